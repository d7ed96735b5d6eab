from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.boards import load_board
from engine.data.spec import DataSpec
from engine.figures import Measured
from engine.recipe import PruneStep, QuantizeStep, Recipe, TrainStep
from engine.summaries import ConvertSummary, LayerInfo, ModelSummary, StepSummary, TensorInfo
from gui import intents
from gui.pages.board_page import BoardPage
from gui.pages.compress_page import CompressPage
from gui.pages.model_page import ModelPage
from gui.project_model import ProjectModel
from gui.recipe_figures import may_follow, stage_of_steps
from gui.widgets.model_card import LAYERS, OPERATORS
from gui.widgets.step_card import signed
from tests.gui.states import model_with, project_in
from tests.gui.test_readings import fit_summary


@pytest.fixture
def asked():
    return []


def shown(qtbot, page, model, asked):
    qtbot.addWidget(page)
    page.intent.connect(asked.append)
    page.refresh(model)
    page.resize(960, 760)
    with qtbot.waitExposed(page):
        page.show()
    return page


def step_summary(**fields) -> StepSummary:
    values = {
        "kind": "train", "accuracy_before": None, "accuracy_after": Measured(0.95, "fraction"),
        "model_bytes_before": 92_160, "model_bytes_after": 92_160, "macs_before": 2_656_640,
        "macs_after": 2_656_640, "parameters": 23_050, "epochs": [], "confusion": [], "seconds": 10.0,
    }  # fmt: skip
    return StepSummary(**{**values, **fields})


CONVERTED = ConvertSummary(
    files={}, file_bytes={"int8": 43_008}, float_accuracy=Measured(0.95, "fraction"),
    int8_accuracy=Measured(0.946, "fraction"), confusion=[], calibration_samples=200,
)  # fmt: skip


# ---- model -----------------------------------------------------------------------------------------
def test_an_empty_window_offers_a_drop_zone_and_tasks(qtbot, asked):
    page = shown(qtbot, ModelPage(), ProjectModel(), asked)
    assert page._big_drop.isVisible()
    assert not page._model_card.isVisible()
    assert page.footer().intent is None
    page.focus_first()
    assert page._choose.hasFocus()
    qtbot.keyClick(page._tasks[0], Qt.Key.Key_Return)
    qtbot.mouseClick(page._tasks[2], Qt.MouseButton.LeftButton)
    assert asked == [intents.ChooseTask("keywords"), intents.ChooseTask("anomaly")]


def test_facts_are_dashes_until_the_model_is_read(qtbot, asked, tmp_path):
    page = shown(qtbot, ModelPage(), model_with(project_in(tmp_path)), asked)
    assert {fact.value.text() for fact in page._model_card._facts.values()} == {"\u2013"}
    assert not page._model_card._inside.isVisible()
    qtbot.mouseClick(page._read, Qt.MouseButton.LeftButton)
    assert asked == [intents.RunUntil("model")]


def test_an_unsupported_operator_is_named(qtbot, asked, tmp_path):
    layers = [
        LayerInfo(0, "conv", "CONV_2D", (1, 8, 8, 4), 1000, 64, 256),
        LayerInfo(1, "odd", "CUMSUM", (1, 4), 0, 0, 4, "unsupported", "CUMSUM has no kernel."),
    ]
    summary = ModelSummary(
        model="m", format="tflite", trainable=False, task="", parameters=64, macs=1000, layers=layers,
        inputs=[TensorInfo("x", (1, 8, 8, 1), "int8")], outputs=[TensorInfo("y", (1, 4), "int8")],
        model_hash="0",
    )  # fmt: skip
    page = shown(qtbot, ModelPage(), model_with(project_in(tmp_path), model=summary), asked)
    assert "CUMSUM" in page._model_card._badge.text
    facts = {name: fact.value.text() for name, fact in page._model_card._facts.items()}
    assert facts["input"] == "8\u00d78\u00d71"
    assert facts["format"] == "INT8"
    page._model_card.show_view(LAYERS)
    rows = page._model_card.layers.model()
    assert rows.rowCount() == 2
    assert rows.data(rows.index(1, 6)) == "CUMSUM has no kernel."
    assert rows.data(rows.index(1, 4)) == "\u2013"
    page._model_card.show_view(OPERATORS)
    kinds = page._model_card.operators.rows
    first = [kinds.data(kinds.index(0, column)) for column in range(5)]
    assert first[0] == "CUMSUM"
    assert first[3] == "cannot run"
    assert "odd: CUMSUM has no kernel. Replace it" in first[4]


# ---- board -----------------------------------------------------------------------------------------
def test_a_board_card_shows_what_the_model_would_use(qtbot, asked, tmp_path):
    page = BoardPage((load_board("stm32f407"),))
    model = model_with(project_in(tmp_path))
    shown(qtbot, page, model, asked)
    assert page.cards[0]._badge.text == "Not computed yet"
    model.predictions = {"stm32f407": fit_summary(flash=Measured(100 * 1024, "bytes"))}
    page.refresh(model)
    assert page.cards[0]._badge.text == "Fits"
    assert page.cards[0]._flash._amount.text() == "100 of 512 KB"
    model.predictions = {"stm32f407": fit_summary(flash=Measured(600 * 1024, "bytes"))}
    page.refresh(model)
    assert page.cards[0]._badge.text == "Too big"


def test_a_board_is_chosen_by_key_and_mouse(qtbot, asked, tmp_path):
    page = BoardPage((load_board("stm32f407"),))
    shown(qtbot, page, model_with(project_in(tmp_path)), asked)
    qtbot.keyClick(page.cards[0], Qt.Key.Key_Space)
    qtbot.mouseClick(page.cards[0], Qt.MouseButton.LeftButton)
    assert asked == [intents.ChooseBoard("stm32f407")] * 2


def test_another_link_can_be_typed(qtbot, asked, tmp_path):
    page = BoardPage((load_board("stm32f407"),))
    model = model_with(project_in(tmp_path))
    shown(qtbot, page, model, asked)
    qtbot.keyClicks(page._other, " socket://127.0.0.1:5000 ")
    qtbot.keyClick(page._other, Qt.Key.Key_Return)
    assert asked == [intents.ChooseLink("socket://127.0.0.1:5000")]
    model.link = "socket://127.0.0.1:5000"
    page.refresh(model)
    assert [card.found.link for card in page._links] == ["virtual", "socket://127.0.0.1:5000"]


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("flash_bytes", "256", 262_144),
        ("latency_ms", "12.5", 12.5),
        ("accuracy", "93", pytest.approx(0.93)),
    ],
)
def test_budgets_are_edited_in_place(qtbot, asked, tmp_path, name, typed, value):
    page = BoardPage((load_board("stm32f407"),))
    shown(qtbot, page, model_with(project_in(tmp_path)), asked)
    field = page.budgets.fields[name]
    qtbot.keyClicks(field, typed)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert asked == [intents.ChangeBudget(name, value)]


# ---- compress --------------------------------------------------------------------------------------
def test_the_switch_of_a_step_changes_the_recipe(qtbot, asked, tmp_path):
    model = model_with(project_in(tmp_path))
    page = shown(qtbot, CompressPage(), model, asked)
    prune = next(card for card in page._cards if isinstance(card.step, PruneStep))
    prune.setFocus()
    qtbot.keyClick(prune, Qt.Key.Key_Space)
    (change,) = asked
    assert [step.enabled for step in change.recipe.steps] == [True, True, True]


def cost_row(stage, before, after):
    names = ("flash_bytes", "ram_bytes", "latency_ms")
    row = {f"{name}_before": value for name, value in zip(names, before, strict=True)}
    return {"stage": stage, **row, **{f"{n}_after": v for n, v in zip(names, after, strict=True)}}


def test_each_step_shows_what_it_changes(qtbot, asked, tmp_path):
    model = model_with(project_in(tmp_path), convert=CONVERTED, **{"step-1-train": step_summary()})
    model.recipe_costs = [
        cost_row("step-1-train", (61_440, 8_192, 30.0), (61_440, 8_192, 30.0)),
        cost_row("convert", (61_440, 8_192, 30.0), (43_008, 8_704, 26.5)),
    ]
    page = shown(qtbot, CompressPage(), model, asked)
    first, _, last = page._cards
    assert [delta.text() for delta in first._deltas] == ["\u2013"] * 4
    changes = ["\u22120.4", "\u221218.0", "+0.5", "\u22123.5"]
    assert [delta.text() for delta in last._deltas] == changes
    assert [delta.property("plate") for delta in last._deltas] == ["warn", "", "warn", ""]
    assert last._deltas[1].property("role") == "ok"
    assert [text.text() for text in page._result] == ["94.6 %", "42 KB", "8.5 KB", "26.5 ms"]


def test_without_a_board_only_accuracy_is_known(qtbot, asked, tmp_path):
    model = model_with(project_in(tmp_path), convert=CONVERTED, **{"step-1-train": step_summary()})
    page = shown(qtbot, CompressPage(), model, asked)
    assert [text.text() for text in page._result] == ["94.6 %", *["\u2013"] * 3]


def test_a_step_moves_only_where_it_makes_sense(qtbot, asked, tmp_path):
    recipe = Recipe((TrainStep(), PruneStep(ratio=0.2), PruneStep(ratio=0.4), QuantizeStep()))
    page = shown(qtbot, CompressPage(), model_with(project_in(tmp_path, recipe=recipe)), asked)
    alt = Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(page._cards[0], Qt.Key.Key_Down, alt)
    qtbot.keyClick(page._cards[3], Qt.Key.Key_Up, alt)
    assert asked == []
    qtbot.keyClick(page._cards[1], Qt.Key.Key_Down, alt)
    (change,) = asked
    assert [getattr(step, "ratio", None) for step in change.recipe.steps] == [None, 0.4, 0.2, None]


def test_a_finished_model_has_no_recipe(qtbot, asked, tmp_path):
    (tmp_path / "m.tflite").write_bytes(b"x")
    project = project_in(tmp_path, network="", data=None, model_file=tmp_path / "m.tflite")
    page = shown(qtbot, CompressPage(), model_with(project), asked)
    assert page._finished.isVisible()
    assert not page._charts.isVisible()
    assert page.footer().intent == intents.OpenPage("verify")


def test_training_is_the_one_next_action(qtbot, asked, tmp_path):
    page = shown(qtbot, CompressPage(), model_with(project_in(tmp_path)), asked)
    assert page.footer().intent == intents.RunUntil("step-1-train")
    off = Recipe((TrainStep(enabled=False), QuantizeStep()))
    page.refresh(model_with(project_in(tmp_path / "off", recipe=off)))
    assert page.footer().intent is None


def test_stages_of_steps_skip_what_is_off():
    recipe = Recipe((TrainStep(), PruneStep(enabled=False), PruneStep(), QuantizeStep()))
    assert stage_of_steps(recipe) == ["step-1-train", "", "step-2-prune", "convert"]


@pytest.mark.parametrize(
    ("steps", "sensible"),
    [
        ((TrainStep(), PruneStep(), QuantizeStep()), True),
        ((TrainStep(),), True),
        ((), True),
        ((PruneStep(), TrainStep()), False),
        ((QuantizeStep(), TrainStep()), False),
        ((TrainStep(), QuantizeStep(), QuantizeStep()), False),
    ],
)
def test_sensible_orders(steps, sensible):
    assert may_follow(steps) is sensible


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(-1.94, 1, "\u22121.9"), (1180, 0, "+1,180"), (0.04, 1, "\u2013"), (0.0, 0, "\u2013")],
)
def test_changes_carry_the_sign_of_the_number(value, decimals, text):
    assert signed(value, decimals) == text


def test_data_of_ones_own_marks_no_task(qtbot, asked, tmp_path):
    (tmp_path / "clips").mkdir()
    project = project_in(tmp_path, data=DataSpec(source=str(tmp_path / "clips")))
    page = shown(qtbot, ModelPage(), model_with(project), asked)
    assert not any(card._badge.isVisible() for card in page._tasks)
