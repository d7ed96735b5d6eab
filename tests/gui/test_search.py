"""The search in the window: its front, its states, and one real search whose result is taken."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.data.spec import DataSpec
from engine.project import Budgets, create_project
from engine.recipe import PruneStep, QuantizeStep, Recipe, TrainStep
from gui.intents import StartSearch
from gui.widgets.search_panel import SearchPanel

SECONDS = 240_000  # milliseconds; a loaded machine is slow


def row(number, latency_ms, accuracy, **others):
    usual = {
        "network": "tiny-cnn", "pruned_percent": 10 * number, "first_last_int16": False, "image_size": 0,
        "flash_bytes": 30_000, "ram_bytes": 6_000, "fits": accuracy is not None, "on_front": True,
        "problem": "",
    }  # fmt: skip
    return {"number": number, "latency_ms": latency_ms, "accuracy": accuracy, **usual, **others}


@pytest.fixture
def panel(qtbot):
    panel = SearchPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 560)
    panel.show()
    yield panel
    panel.plot.close()


ROWS = [row(0, 9.0, 0.90), row(1, 2.0, 0.80), row(2, 5.0, 0.70), row(3, 40.0, None)]


def test_the_front_is_that_of_all_rows_whatever_each_row_said_when_it_came(panel):
    panel.show_state(ROWS)
    assert [(p.number, p.on_front) for p in panel.plot.points] == [(1, True), (2, False), (0, True)]


def test_the_best_so_far_is_chosen_until_the_user_picks(panel, qtbot):
    panel.show_state(ROWS[1:])
    with qtbot.waitSignal(panel.taken) as taken:
        panel._take.click()
    assert taken.args[0]["number"] == 1
    panel.show_state(ROWS)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Left)  # from the best one to the next faster one
    panel.show_state([*ROWS, row(4, 12.0, 0.99)])
    with qtbot.waitSignal(panel.taken) as taken:
        panel._take.click()
    assert taken.args[0]["number"] == 2


def test_a_click_near_a_point_picks_it(panel, qtbot):
    panel.show_state(ROWS)
    qtbot.wait(50)
    box = panel.plot.getPlotItem().getViewBox()
    point = panel.plot.points[0]
    from PySide6.QtCore import QPointF

    place = panel.plot.mapFromScene(box.mapViewToScene(QPointF(point.latency_ms, 100 * 0.80)))
    with qtbot.waitSignal(panel.plot.picked) as picked:
        qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert picked.args == [point.number]


def test_what_was_not_trained_is_counted_and_no_point(panel):
    panel.show_state(ROWS)
    assert len(panel.plot.points) == 3
    assert "1" in panel._sentence.text().split("fit:")[1]


def test_without_a_board_it_cannot_start(panel):
    panel.show_state([], board=False)
    assert not panel._start.isEnabled()
    assert "board" in panel._sentence.text()


def test_while_it_runs_it_can_be_stopped_and_nothing_taken(panel, qtbot):
    panel.show_state(ROWS, running=True, busy=True, trained_of=(3, 12), seconds_left=60.0)
    assert panel._start.isHidden()
    assert not panel._take.isEnabled()
    assert "3" in panel._sentence.text()
    assert "12" in panel._sentence.text()
    with qtbot.waitSignal(panel.cancelled):
        panel._stop.click()


def test_a_search_of_a_project_ends_in_its_recipe(window, qtbot, tmp_path):
    project = create_project(
        tmp_path / "digits",
        task="images",
        board_id="stm32f407",
        network="tiny-cnn",
        data=DataSpec(source="builtin:digits", task="images"),
        recipe=Recipe((TrainStep(epochs=1, augment=False), PruneStep(enabled=False, epochs=1))),
        budgets=Budgets(latency_ms=2.0),
    )
    window.work.open_project_folder(project.folder)
    window.open_page("compress")
    page = window.pages["compress"]
    page._views.choose(1)
    window.act(StartSearch(1))
    qtbot.waitUntil(lambda: not window.model.job.running, timeout=SECONDS)
    assert window.model.job.failure is None
    points = page._search.plot.points
    assert len(points) == 1
    assert points[0].latency_ms <= 2.0
    chosen = page._search._picked_row()
    page._search._take.click()
    recipe = window.model.project.recipe
    prune = next(step for step in recipe.steps if isinstance(step, PruneStep))
    assert prune.ratio == chosen["pruned_percent"] / 100
    assert recipe.steps[-1] == QuantizeStep(first_last_int16=chosen["first_last_int16"])
    window.model.undo()
    assert not any(step.enabled for step in window.model.project.recipe.steps[1:2])
