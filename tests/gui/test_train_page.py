from __future__ import annotations

import dataclasses

import msgspec
import pytest
from PySide6.QtCore import Qt

from engine.events import LogLine, StageFailed, StageFinished, StageProgress, StageStarted
from engine.project import Budgets
from engine.summaries import EarlyStop
from gui.intents import CancelJob, CopyText, KeepBest, OpenPage, PauseJob, RunUntil
from gui.pages.train_page import TrainPage
from gui.widgets.job_card import TimeLeft
from gui.widgets.primitives import NO_BREAK_SPACE
from tests.gui import documents
from tests.gui.documents import STEP, project_model


@pytest.fixture
def page(qtbot):
    page = TrainPage()
    qtbot.addWidget(page)
    page.resize(940, 700)
    return page


def _train(model, page, epochs: int) -> None:
    """Start a job that has trained for some epochs, as the window would tell it."""
    model.job_event.connect(page.on_event)
    model.begin_job({"verb": "run", "until": "verify"})
    model.job.stages = ("data", "model", STEP, "convert", "verify")
    page.refresh(model)
    for stage in ("data", "model"):
        model.take_event(StageStarted(stage=stage, title=stage))
        model.take_event(StageFinished(stage=stage, seconds=1.0))
    model.take_event(StageStarted(stage=STEP, title="Train"))
    for epoch in range(1, epochs + 1):
        model.take_event(documents.epoch_event(epoch))


def test_empty_the_page_offers_to_train(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path, done=("data", "model")))
    assert page.state == "empty"
    assert page.content.isHidden()
    assert page.footer().intent is None
    with qtbot.waitSignal(page.intent) as asked:
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert asked.args == [RunUntil(STEP)]


def test_without_a_project_the_way_leads_to_the_model_page(page, qtbot, tmp_path):
    model = project_model(tmp_path)
    model.project, model.stages = None, {}
    page.refresh(model)
    with qtbot.waitSignal(page.intent) as asked:
        page.empty.button.click()
    assert asked.args == [OpenPage("model")]


def test_curves_grow_with_every_epoch(page, tmp_path):
    model = project_model(tmp_path, done=("data", "model"))
    _train(model, page, 3)
    assert page.state == "busy"
    row = documents.epoch_row(3)
    x, y = page.accuracy.curve_data("validation")
    assert x.tolist() == [1, 2, 3]
    assert y[-1] == pytest.approx(100 * row.validation_accuracy)
    model.take_event(documents.epoch_event(4))
    assert page.accuracy.curve_data("train")[0].tolist() == [1, 2, 3, 4]
    assert page.loss.curve_data("train")[1][-1] == pytest.approx(documents.epoch_row(4).train_loss)
    assert page.speed.value.text() == "1,480"
    assert page.rate.value.text() == "0.0036"
    (low, high), _ = page.accuracy.getPlotItem().getViewBox().viewRange()
    assert low <= 1
    assert high >= 30


def test_the_job_card_says_step_epoch_and_time_left(page, tmp_path):
    model = project_model(tmp_path, done=("data", "model"))
    _train(model, page, 12)
    assert not page.job_card.isHidden()
    assert page.job_card.title.text() == "Train"
    assert page.job_card.detail.text() == "Step 1 of 1, epoch 12 of at most 30"
    assert page.job_card.left.text() == "about 40 s left"  # 18 epochs of 2 s, rounded up to 5 s


def test_cancel_asks_once_and_then_cancels(page, qtbot, tmp_path):
    model = project_model(tmp_path, done=("data", "model"))
    _train(model, page, 2)
    with qtbot.waitExposed(page):
        page.show()
    asked = []
    page.intent.connect(asked.append)
    qtbot.mouseClick(page.job_card.cancel, Qt.MouseButton.LeftButton)
    assert page.job_card.asking
    qtbot.mouseClick(page.job_card._keep, Qt.MouseButton.LeftButton)
    assert not page.job_card.asking
    assert asked == []
    qtbot.mouseClick(page.job_card.cancel, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.job_card._really, Qt.MouseButton.LeftButton)
    assert asked == [CancelJob()]
    model.set_cancelling()
    page.refresh(model)
    assert not page.job_card.cancel.isEnabled()


def test_a_training_can_be_paused_by_button_and_key_and_goes_on(page, qtbot, tmp_path):
    model = project_model(tmp_path, done=("data", "model"))
    asked = []
    page.intent.connect(asked.append)
    model.job_event.connect(page.on_event)
    model.begin_job({"verb": "run", "until": "verify"})
    page.refresh(model)
    assert page.job_card.pause.isHidden()  # reading data is no training
    _train(model, page, 12)
    with qtbot.waitExposed(page):
        page.show()
    card = page.job_card
    qtbot.mouseClick(card.pause, Qt.MouseButton.LeftButton)
    assert asked == [PauseJob(on=True)]
    model.job.paused = True
    page.refresh(model)
    assert card.title.text() == "Paused: Train"
    assert card.pause.text().strip(NO_BREAK_SPACE) == "Continue"
    assert (card.left.text(), card.done_at.text()) == ("about 40 s left", "once it goes on")
    assert card.cancel.isEnabled()
    page.activateWindow()
    qtbot.keyClick(page, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: asked == [PauseJob(on=True), PauseJob(on=False)])
    model.job.paused = False
    page.refresh(model)
    assert card.title.text() == "Train"
    assert card.pause.text().strip(NO_BREAK_SPACE) == "Pause"
    assert card.left.text() == "about 40 s left"
    model.set_cancelling()
    page.refresh(model)
    assert card.pause.isHidden()


def test_a_training_can_be_ended_with_its_best_once_an_epoch_has_ended(page, qtbot, tmp_path):
    model = project_model(tmp_path, done=("data", "model"))
    asked = []
    page.intent.connect(asked.append)
    _train(model, page, 0)
    best = page.job_card.best
    assert not best.isHidden()
    assert not best.isEnabled()
    assert "first epoch" in best.toolTip()
    model.take_event(documents.epoch_event(1))
    assert best.isEnabled()
    with qtbot.waitExposed(page):
        page.show()
    qtbot.mouseClick(best, Qt.MouseButton.LeftButton)
    page.activateWindow()
    qtbot.keyClick(page, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: asked == [KeepBest(), KeepBest()])
    model.job.keeping = True
    page.refresh(model)
    assert not best.isEnabled()
    assert "Asked for" in best.toolTip()
    model.take_event(StageStarted(stage="step-2-prune", title="Prune"))  # the next one goes its way
    assert "first epoch" in best.toolTip()
    model.take_event(StageStarted(stage="convert", title="Convert"))
    page.refresh(model)
    assert best.isHidden()


def test_a_training_ended_early_says_so_and_can_be_trained_to_the_end(page, qtbot, tmp_path):
    model = project_model(tmp_path)
    early = msgspec.structs.replace(documents.step(), early_stops=[EarlyStop(7, 30, 5)])
    model.stages[STEP] = dataclasses.replace(model.stages[STEP], summary=early)
    page.refresh(model)
    assert page.state == "done"
    assert "Train was stopped after 7 of 30 epochs; the best was epoch 5." in page.happening.text()
    assert page.again.text().strip(NO_BREAK_SPACE) == "Train to the end"
    with qtbot.waitSignal(page.intent) as asked:
        page.again.click()
    assert asked.args == [RunUntil(STEP, to_the_end=True)]
    teachers = [EarlyStop(3, 20, 2, "ds-cnn-l"), EarlyStop(1, 9, 1, "alone")]
    model.stages[STEP] = dataclasses.replace(
        model.stages[STEP], summary=msgspec.structs.replace(early, early_stops=teachers)
    )
    page.refresh(model)
    assert "The teacher's training was stopped after 3 of 20 epochs." in page.happening.text()
    assert "without a teacher was stopped after 1 of 9 epochs." in page.happening.text()


def test_done_the_stored_epochs_and_the_confusion_are_shown(page, tmp_path):
    model = project_model(tmp_path)
    page.refresh(model)
    assert page.state == "done"
    assert page.job_card.isHidden()
    assert page.accuracy.curve_data("train")[0].size == 30
    assert page.mistakes.matrix.counts == documents.confusion()
    assert "no and go, 7 of 10 mistakes" in page.mistakes.words.text()
    assert page.speed.value.text() == "\u2013"  # a stored epoch does not know its speed
    assert page.footer().intent == OpenPage("verify")
    assert page.footer().hint == "Trained to 97.5 %"


def test_the_minimum_is_on_the_plot_only_if_there_is_one(page, tmp_path):
    page.refresh(project_model(tmp_path, budgets=Budgets(accuracy=0.93)))
    assert [level.text for level in page._levels()] == ["your minimum, 93.0 %"]
    page.refresh(project_model(tmp_path, budgets=Budgets()))
    assert page._levels() == []


def test_stale_results_stay_readable_under_a_band(page, tmp_path):
    page.refresh(project_model(tmp_path, stale=(STEP,)))
    assert page.state == "stale"
    assert not page.stale_band.isHidden()
    assert "older" in page.stale_band.words.text()
    assert page.accuracy.curve_data("train")[0].size == 30
    assert page.footer().intent == RunUntil(STEP)


def test_a_failure_says_what_and_how_to_go_on(page, qtbot, tmp_path):
    model = project_model(tmp_path, done=("data", "model"))
    _train(model, page, 2)
    failure = StageFailed(
        stage=STEP,
        code="usage",
        message="The loss is not a number after epoch 3.",
        hint="Lower the rate.",
    )
    model.take_event(failure)
    model.end_job(2)
    page.refresh(model)
    assert page.state == "error"
    assert page.failure.verdict.title.text() == failure.message
    assert page.failure.verdict.sentence.text() == failure.hint
    page.log.flush()
    assert failure.message in page.log.toPlainText()
    with qtbot.waitSignal(page.intent) as asked:
        page.failure.details.copied.emit("code: usage")
    assert asked.args == [CopyText("code: usage")]


def test_cancelled_is_not_an_error(page, tmp_path):
    model = project_model(tmp_path, done=("data", "model"))
    _train(model, page, 2)
    model.take_event(
        StageFailed(stage=STEP, code="cancelled", message="Stopped as you asked.", exit_code=9)
    )
    model.end_job(9)
    page.refresh(model)
    assert page.state == "done"  # the epochs of the stopped step are still on the plot
    assert page.accuracy.curve_data("train")[0].size == 2


def test_a_retrained_step_hides_the_older_results_of_the_steps_after_it(page, tmp_path):
    model = project_model(tmp_path)
    late = "step-2-prune"
    state = model.stages[STEP]
    model.stages = {
        key: value
        for old, kept in model.stages.items()
        for key, value in (
            [(old, kept), (late, dataclasses.replace(state, stage=late))]
            if old == STEP
            else [(old, kept)]
        )
    }
    page.refresh(model)
    assert page.accuracy.curve_data("train")[0].size == 60
    _train(model, page, 5)
    page.refresh(model)
    assert page.accuracy.curve_data("train")[0].size == 5


def test_log_lines_and_progress_reach_the_page(page, tmp_path):
    model = project_model(tmp_path, done=("data", "model"))
    _train(model, page, 0)
    model.take_event(LogLine(stage=STEP, text="two damaged clips were left out", level="warning"))
    model.take_event(StageProgress(stage=STEP, done=3, total=8, unit="batches", seconds_left=7.0))
    page.log.flush()
    assert page.log.toPlainText().splitlines()[-1].endswith("two damaged clips were left out")
    assert page.log.toPlainText().splitlines()[-1].startswith("! ")
    assert page.job_card.detail.text() == "Step 1 of 1, 3 / 8 batches"


def test_the_time_left_never_rises_silently_by_more_than_a_fifth():
    left = TimeLeft()
    assert left.update(100.0, now=0.0) == 100.0
    assert left.update(95.0, now=10.0) == pytest.approx(90 + 0.25 * 5)
    assert not left.rose
    assert left.update(300.0, now=20.0) == 300.0
    assert left.rose
    assert left.update(40.0, now=30.0) == 40.0
    assert not left.rose
    assert left.update(None, now=31.0) is None


def test_the_page_fits_its_place_in_the_smallest_window(page, tmp_path):
    page.refresh(project_model(tmp_path))
    assert page.minimumSizeHint().width() <= 1280 - 212 - 76


def test_a_page_that_was_not_shown_yet_takes_the_events_of_a_training(page, tmp_path):
    page.on_event(StageStarted(stage=STEP, title="Train"))
    page.on_event(documents.epoch_event(1))
    page.on_event(StageFinished(stage=STEP, seconds=1.0))
    page.refresh(project_model(tmp_path, done=("data", "model", STEP)))
    assert page.mistakes.isVisibleTo(page)
    page.log.flush()
    assert "Train" in page.log.toPlainText()
