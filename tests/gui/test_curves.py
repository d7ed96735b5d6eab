"""The curves of a training: earlier runs under them, zoom, cross-hair, logarithm, smoothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.past_runs import PastTraining
from gui.pages.train_page import TrainPage
from gui.widgets.curves import EarlierRun, EpochPlot, Series, decade_ticks, smoothed
from gui.widgets.run_list import earlier_trainings, told_apart
from tests.gui import documents
from tests.gui.documents import STEP, project_model

SERIES = (Series("validation", "validation", "cat1"), Series("train", "training", "cat0"))


@pytest.fixture
def plot(qtbot):
    plot = EpochPlot(SERIES, decimals=2, floor=0.0)
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    values = [1.0 / n for n in range(1, 41)]
    plot.show_values({"validation": values, "train": values}, end=40)
    return plot


def y_range(plot) -> tuple[float, float]:
    return tuple(plot.getPlotItem().getViewBox().viewRange()[1])


def training(
    *, run="2026-11-23T09-05-00-11", started="2026-11-23T09:05:00", epochs=5, shift=0.1, **more
):
    rows = [documents.epoch_row(n) for n in range(1, epochs + 1)]
    for place, row in enumerate(rows):
        values = {name: getattr(row, name) for name in row.__struct_fields__}
        rows[place] = type(row)(**{**values, "train_loss": row.train_loss + shift})
    base = {"stage": STEP, "kind": "train", "ended": "done"}
    return PastTraining(run=run, started=started, epochs=rows, **{**base, **more})


def test_keys_zoom_move_the_cross_and_show_the_whole_again(plot, qtbot):
    whole = plot.span
    for _ in range(10):
        qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot._cursor.isVisible()
    assert plot.accessibleDescription() == "epoch 10, validation 0.10, training 0.10"
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    low, high = plot.span
    assert high - low < whole[1] - whole[0]
    assert low < 10 < high
    qtbot.keyClick(plot, Qt.Key.Key_0)
    assert plot.span == pytest.approx(whole)
    assert not plot.zoomed


def test_what_is_zoomed_to_stays_while_epochs_come_and_y_follows_it(plot):
    plot.show_span(30.0, 40.0)
    assert plot.zoomed
    assert y_range(plot)[1] < 0.1  # the first epochs, up to 1.0, are out of view
    plot.append({"validation": 0.01, "train": 0.01}, end=60)
    assert plot.span == pytest.approx((30.0, 40.0))
    plot.show_whole()
    assert plot.span[1] == pytest.approx(60.5)
    plot.show_span(-50.0, 500.0)
    assert plot.span == pytest.approx((0.0, 60.5))


def test_the_logarithm_leaves_out_what_has_none(plot):
    plot.show_values({"validation": [1.0, 0.0, 0.01], "train": []}, end=3)
    plot.set_logarithmic(True)
    x, y = plot.curve_data("validation")
    assert x.tolist() == [1.0, 3.0]
    assert y.tolist() == pytest.approx([0.0, -2.0])
    assert plot.hover_text(2.0) == "epoch 2\nvalidation 0.00"
    plot.set_logarithmic(False)
    assert plot.curve_data("validation")[1].tolist() == [1.0, 0.0, 0.01]
    ticks = decade_ticks(-2.0, 0.0)
    assert 3 <= len(ticks) <= 6
    assert [(-2.0, "0.01"), (-1.0, "0.1"), (0.0, "1")] == [t for t in ticks if t[0] == round(t[0])]


def test_smoothing_keeps_steps_apart_and_gaps_open():
    values = [0.0, 1.0, 2.0, math.nan, 10.0, 10.0]
    result = smoothed(values, boundaries=[4])
    assert result[:3].tolist() == [1.0, 1.0, 1.0]
    assert math.isnan(result[3])
    assert result[4:].tolist() == [10.0, 10.0]
    assert smoothed([3.0]).tolist() == [3.0]


def test_smoothing_draws_means_and_the_values_behind(plot):
    plot.show_values({"validation": [0.0, 3.0, 0.0], "train": []}, end=3)
    plot.set_smooth(True)
    assert plot.curve_data("validation")[1].tolist() == [1.0, 1.0, 1.0]
    assert plot.curve_data("validation exact")[1].tolist() == [0.0, 3.0, 0.0]
    assert "3.00" in plot.hover_text(2.0)
    plot.set_smooth(False)
    assert plot.curve_data("validation exact")[1].size == 0


def test_an_earlier_run_starts_where_its_step_does_and_can_go_again(plot):
    before = len(plot.getPlotItem().listDataItems())
    run = EarlierRun("a", "24 Nov 09:05, Prune", (5, 3), 10, {"validation": [2.0, 4.0]})
    plot.show_values({"validation": [1.0] * 12, "train": []}, end=12, earlier=[run])
    assert plot.curve_data("earlier a")[0].tolist() == [11.0, 12.0]
    assert y_range(plot)[1] > 4.0
    assert plot.hover_text(12.0).splitlines()[-1] == "24 Nov 09:05, Prune 4.00"
    plot.show_values({"validation": [1.0] * 12, "train": []}, end=12)
    assert plot.curve_data("earlier a")[0].size == 0
    assert len(plot.getPlotItem().listDataItems()) == before


def test_a_run_that_the_curves_show_is_no_earlier_one():
    shown = [documents.epoch_row(n) for n in range(1, 31)]
    same, other = training(shift=0.0), training(run="b")
    running = training(run="c", ended="running")
    assert earlier_trainings([running, same, other], shown, running=True) == [other]
    assert earlier_trainings([running, other], shown, running=False) == [running, other]


def test_runs_of_one_minute_are_told_apart_by_their_seconds():
    first, second = training(), training(run="b", started="2026-11-23T09:05:41")
    assert told_apart([first]) == ["23 Nov 09:05, Train"]
    assert told_apart([first, second]) == ["23 Nov 09:05:00, Train", "23 Nov 09:05:41, Train"]


def test_the_train_page_offers_earlier_runs_by_check_boxes(qtbot, tmp_path):
    page, model = TrainPage(), project_model(tmp_path)
    qtbot.addWidget(page)
    model.looked_up.trainings = [training(), training(run="b", started="2026-11-22T08:00:00", epochs=3)]
    page.refresh(model)
    assert [box.isChecked() for box in page.curves.runs.boxes] == [True, False]
    key = training(run="b").key
    assert page.accuracy.curve_data(f"earlier {key}")[0].size == 0
    qtbot.keyClick(page.curves.runs.boxes[1], Qt.Key.Key_Space)
    assert page.accuracy.curve_data(f"earlier {key}")[0].tolist() == [1.0, 2.0, 3.0]
    wanted = documents.epoch_row(3).validation_loss
    assert page.loss.curve_data(f"earlier {key}")[1][-1] == pytest.approx(wanted)
    page.refresh(model)
    assert [box.isChecked() for box in page.curves.runs.boxes] == [True, True]
    model.looked_up.trainings = []
    page.refresh(model)
    assert page.curves.runs_title.isHidden()


def test_both_plots_zoom_together(qtbot, tmp_path):
    page = TrainPage()
    qtbot.addWidget(page)
    page.refresh(project_model(tmp_path))
    assert not page.curves.whole.isEnabled()
    page.loss.zoom_in()
    assert page.accuracy.span == pytest.approx(page.loss.span)
    page.curves.whole.click()
    assert not page.loss.zoomed
    assert np.allclose(page.loss.span, page.accuracy.span)
