from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from engine.events import StageFailed, StageFinished, StageStarted
from engine.figures import Predicted
from engine.project import Budgets
from engine.recipe import PruneStep, QuantizeStep, Recipe, TrainStep
from gui.fit_fixes import fixes, kept_share, prune_fix
from gui.intents import ChooseBoard, ChooseFeaturePlace, OpenPage, RunUntil, SaveText
from gui.pages.fit_page import FitPage
from gui.theme import color
from gui.widgets.compare_table import figure_text
from gui.widgets.flash_bar import FlashBar, NeedBar, part_roles, segment_edges
from gui.widgets.primitives import Button, Text
from tests.gui import documents
from tests.gui.documents import STAGES, project_model


@pytest.fixture
def page(qtbot):
    page = FitPage()
    qtbot.addWidget(page)
    page.resize(940, 760)
    return page


def _words(widget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


def test_empty_the_page_offers_to_plan(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path, done=STAGES[:5]))
    assert page.state == "empty"
    with qtbot.waitSignal(page.intent) as asked:
        page.empty.button.click()
    assert asked.args == [RunUntil("fit")]


def test_without_a_board_the_way_leads_to_the_board_page(page, qtbot, tmp_path):
    model = project_model(tmp_path, done=STAGES[:5])
    model.project.board_id = ""
    for key in ("fit", "build"):
        state = model.stages[key]
        model.stages[key] = type(state)(key, key, "blocked", "Choose a board first.")
    page.refresh(model)
    assert page.empty.sentence.text() == "Choose a board first."
    with qtbot.waitSignal(page.intent) as asked:
        page.empty.button.click()
    assert asked.args == [OpenPage("board")]


def test_a_plan_without_a_build_is_predicted_everywhere(page, tmp_path):
    page.refresh(project_model(tmp_path, done=STAGES[:6]))
    fit = documents.fit()
    assert page.state == "done"
    assert page.verdict.title.text() == "Yes, it fits."
    free = (fit.flash_budget_bytes - fit.flash_bytes.value) / 1024
    assert f"{free:.0f} KB of flash" in page.verdict.sentence.text()
    assert "(predicted)" in page.verdict.sentence.text()
    assert page.flash_basis.text == "predicted"
    assert page.flash_bar._predicted
    assert page.flash_bar._parts == fit.flash_parts
    assert page.footer().intent == RunUntil("build")


def test_after_the_build_the_linked_amounts_count(page, tmp_path):
    page.refresh(project_model(tmp_path))
    build, fit, ran = documents.build(), documents.fit(), documents.board_run()
    assert page.flash_basis.text == "measured in the linked firmware"
    assert page.flash_bar._parts == build.flash_parts
    assert (
        f"{(fit.ram_budget_bytes - build.ram_bytes) / 1024:.0f} KB of SRAM"
        in page.verdict.sentence.text()
    )
    assert f"{ran.latency_ms.value:.1f} ms of 40.0 ms (simulated)" in page.verdict.sentence.text()
    words = _words(page.compare)
    off = (build.flash_bytes - fit.flash_bytes.value) / fit.flash_bytes.value
    assert f"+{100 * off:.1f} %" in words
    assert "54 KB" in words
    assert page.footer().intent == OpenPage("live")


def test_over_the_time_budget_it_fits_but_is_too_slow(page, tmp_path):
    page.refresh(project_model(tmp_path, budgets=Budgets(latency_ms=12.0)))
    over = documents.board_run().latency_ms.value - 12.0
    assert page.verdict.property("kind") == "warn"
    assert page.verdict.title.text() == f"It fits, but it is {over:.2f} ms too slow."


def test_not_fitting_says_by_how_much_and_what_to_do(page, qtbot, tmp_path):
    model = project_model(tmp_path, done=STAGES[:6], fit=documents.fit(fits=False))
    model.begin_job({"verb": "run", "until": "fit"})
    model.take_event(
        StageFailed(stage="fit", code="does-not-fit", message="It does not fit.", exit_code=5)
    )
    model.end_job(5)
    page.refresh(model)
    assert page.state == "error"
    assert page.failure.isHidden()  # the page says it better than the error card
    fit = documents.fit(fits=False)
    over = (fit.ram_bytes.value - fit.ram_budget_bytes) / 1024
    assert page.verdict.title.text() == f"It does not fit: SRAM is {over:.1f} KB too big."
    assert page.need_bar.accessibleName() == f"there is room for 12 KB, {over:.1f} KB too big"
    button, elsewhere = page.fixes_box.findChildren(Button)
    assert elsewhere.text().strip("\u00a0") == "Open Board"  # which one suits is not known yet
    asked = []
    page.intent.connect(asked.append)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    recipe, place = asked
    assert place == OpenPage("train")
    assert [step.kind for step in recipe.recipe.steps] == ["train", "prune"]
    assert page.footer().intent is None
    assert "ram_budget_bytes: 12288" in page.details._text.toPlainText()


def test_both_memories_too_small_are_both_named(page, tmp_path):
    fit = msgspec.structs.replace(documents.fit(fits=False), flash_budget_bytes=10_240)
    page.refresh(project_model(tmp_path, done=STAGES[:6], fit=fit))
    title = page.verdict.title.text()
    assert "flash is" in title
    assert "and SRAM is" in title


def test_the_map_shows_the_region_of_the_board(page, tmp_path):
    page.refresh(project_model(tmp_path))
    assert len(page.map.blocks) == len(documents.placements())
    assert page.map._memory_bytes == 131_072  # the F407's RAM; its stack and data lie in CCM
    assert page.map._memory_name == "RAM"
    assert page.peak_title.text() == "Busiest moment: layer 2, depthwise_1"
    assert "The plan reaches the lowest possible size." in page.peak_words.text()


def test_choosing_the_layers_shows_kernels_and_both_kinds_of_cycles(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path))
    with qtbot.waitExposed(page):
        page.show()
    qtbot.keyClick(page.view, Qt.Key.Key_Right)
    assert page.cost_table.isVisible()
    assert not page.map.isVisible()
    titles = [
        page.cost_model.headerData(column, Qt.Orientation.Horizontal)
        for column in range(page.cost_model.columnCount())
    ]
    assert titles[-2:] == ["Cycles predicted", "Cycles simulated"]
    assert page.cost_model.index(2, 1).data() == "conv_1x1_int8_dsp"


def test_selecting_a_tensor_describes_it(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path))
    qtbot.keyClick(page.map, Qt.Key.Key_Left)  # the last tensor
    assert page.map_about.text().startswith("softmax: 10 B, address 0 to 10")
    assert "Written over dense in place" in page.map_about.text()


def test_busy_and_failed_build(page, tmp_path):
    model = project_model(tmp_path, done=STAGES[:6])
    model.job_event.connect(page.on_event)
    model.begin_job({"verb": "run", "until": "build"})
    model.job.stages = STAGES[:7]
    page.refresh(model)
    for stage in STAGES[:6]:
        model.take_event(StageFinished(stage=stage, seconds=0.1))
    model.take_event(StageStarted(stage="build", title="Build the firmware"))
    assert page.state == "busy"
    assert page.job_card.title.text() == "Build the firmware"
    model.take_event(
        StageFailed(stage="build", code="build-failed", message="The linker refused.", hint="x")
    )
    model.end_job(7)
    page.refresh(model)
    assert page.state == "error"
    assert page.failure.verdict.title.text() == "The linker refused."
    assert not page.map_card.isHidden()
    assert page.footer().intent == RunUntil("build")


def test_stale(page, tmp_path):
    page.refresh(project_model(tmp_path, stale=("fit", "build")))
    assert page.state == "stale"
    assert page.footer().intent == RunUntil("fit")


def test_the_exported_map_holds_every_tensor(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path))
    with qtbot.waitSignal(page.intent) as asked:
        page.export.click()
    saved = asked.args[0]
    assert isinstance(saved, SaveText)
    lines = saved.text.splitlines()
    assert len(lines) == 1 + len(documents.placements())
    assert lines[2] == '1,"conv_1",CONV_2D,0,8000,0,1,-1'


# ---- bars ---------------------------------------------------------------------------------------
def test_segments_are_to_scale_and_touch():
    parts = {"code": 300, "weights": 500, "tables": 200}
    edges = segment_edges(parts, 2000, 400.0)
    assert edges == [("weights", 0.0, 100.0), ("code", 100.0, 160.0), ("tables", 160.0, 200.0)]
    assert segment_edges({"weights": 3000}, 2000, 300.0)[0][2] == 300.0  # too big: the bar is full


def test_weights_keep_the_first_colour_even_when_small():
    assert part_roles({"code": 900, "weights": 10}) == {"weights": "cat0", "code": "cat1"}
    many = {f"part {n}": 100 - n for n in range(9)}
    assert part_roles(many)["part 8"] == "cat5"


def test_the_flash_bar_paints_measured_solid_and_predicted_striped(qtbot):
    bar = FlashBar()
    qtbot.addWidget(bar)
    bar.resize(400, bar.height())
    tints = {}
    for predicted in (False, True):
        bar.show_parts({"weights": 500}, total=1000, budget=800, predicted=predicted)
        image: QImage = bar.grab().toImage()
        tints[predicted] = {image.pixelColor(x, 30).name() for x in range(20, 190)}
    assert tints[False] == {color("cat0").name()}
    assert len(tints[True]) > 5


def test_the_border_of_need_and_have_is_to_scale(qtbot):
    bar = NeedBar()
    qtbot.addWidget(bar)
    bar.resize(900, 82)
    bar.show_amounts(136, 64, have_text="64 KB", over_text="72 KB too big", need_text="136 KB")
    assert bar.border == pytest.approx(900 * 64 / 136)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Predicted(75_776, "bytes"), "74 KB"),
        (Predicted(20.61, "ms"), "20.6 ms"),
        (Predicted(0.9421, "fraction"), "94.2 %"),
        (Predicted(3_462_000, "cycles"), "3.46 M"),
    ],
)
def test_figures_in_words(figure, text):
    assert figure_text(figure) == text


def test_the_page_fits_its_place_in_the_smallest_window(page, tmp_path):
    page.refresh(project_model(tmp_path))
    assert page.minimumSizeHint().width() <= 1280 - 212 - 76


def _failing(tmp_path, *steps, **changes):
    fit = msgspec.structs.replace(documents.fit(fits=False), **changes)
    model = project_model(tmp_path, done=STAGES[:6], fit=fit)
    if steps:
        model.project.recipe = Recipe(steps)
    return model, fit


def test_the_filters_that_a_click_removes_suffice(tmp_path):
    """RAM goes with the channels: what is left of 16,000 bytes of arena must suffice."""
    model, fit = _failing(tmp_path)
    fix = prune_fix(model, fit)
    ratio = fix.intents[0].recipe.steps[-1].ratio
    assert fit.ram_bytes.value - 16_000 * ratio <= fit.ram_budget_bytes
    assert fit.ram_bytes.value - 16_000 * (ratio - 0.12) > fit.ram_budget_bytes  # and not many more
    assert fix.intents[0].recipe.steps[-1].scope == "layer"  # the busiest layer loses its share, too
    assert f"{100 * ratio:.0f}" in fix.words
    assert "estimated" in fix.gives


def test_more_filters_go_where_some_went_before(tmp_path):
    model, fit = _failing(tmp_path, TrainStep(), PruneStep(ratio=0.4), QuantizeStep())
    alone, _ = _failing(tmp_path)
    first = prune_fix(alone, fit).intents[0].recipe.steps[1].ratio
    (change, _) = prune_fix(model, fit).intents
    assert [step.kind for step in change.recipe.steps] == ["train", "prune", "quantize"]
    ratio = change.recipe.steps[1].ratio
    assert 1 - ratio == pytest.approx((1 - first) * (1 - 0.4), abs=0.06)


def test_weights_go_with_the_square_of_the_channels(tmp_path):
    fit = documents.fit()
    weights = fit.flash_parts["weights"]
    need = int(fit.flash_bytes.value)
    half = msgspec.structs.replace(fit, fits=False, flash_budget_bytes=need - weights // 2)
    assert kept_share(half) == pytest.approx(0.95 * 0.5**0.5, rel=1e-3)
    assert kept_share(fit) == 1


def test_what_pruning_cannot_do_is_not_offered(tmp_path):
    model, fit = _failing(tmp_path, ram_budget_bytes=3000)  # less than what is not arena
    assert prune_fix(model, fit) is None
    model, fit = _failing(tmp_path)
    model.project.data, model.project.network = None, ""
    model.project.model_file = "own.onnx"
    assert prune_fix(model, fit) is None
    assert [fix.action for fix in fixes(model, fit)] == ["Open Compress", "Open Board"]


def test_a_click_takes_the_smallest_board_that_suits(page, qtbot, tmp_path):
    model, _ = _failing(tmp_path)
    suits, large = documents.fit(), msgspec.structs.replace(documents.fit(), ram_budget_bytes=10**6)
    model.set_predictions({"rp2040": large, "stm32f446": suits, "stm32g0b1": documents.fit(fits=False)})
    page.refresh(model)
    buttons = page.fixes_box.findChildren(Button)
    asked = []
    page.intent.connect(asked.append)
    qtbot.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert asked == [ChooseBoard("stm32f446"), OpenPage("fit")]
    words = " ".join(text.text() for text in page.fixes_box.findChildren(Text))
    assert "19 KB of 192 KB SRAM" in words
    assert "predicted" in words


def test_features_go_back_to_the_computer_by_a_click(tmp_path):
    model, fit = _failing(tmp_path)
    words = "Leave the front-end to the computer: on the board it takes 9 KB of flash, 40 KB of RAM."
    fit = msgspec.structs.replace(fit, suggestions=[words, *fit.suggestions])
    assert fixes(model, fit)[0].intents == (ChooseFeaturePlace("host"),)
