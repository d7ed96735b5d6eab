from __future__ import annotations

import os
import signal
from types import SimpleNamespace

import pytest

from engine.events import EpochEnded, LogLine, StageFailed, StageProgress, StageStarted
from gui.intents import RunUntil
from gui.jobs import EventQueue, JobRunner, Predictor
from gui.project_model import ProjectModel
from gui.running_job import RunningJob
from gui.statuses import time_left
from tests.gui.documents import STEP, epoch_event
from tests.gui.states import project_in

SECONDS = 60_000


@pytest.fixture
def runner(qapp):
    model = ProjectModel()
    runner = JobRunner(model)
    yield runner, model
    for process in runner.close():
        process.wait()
    model.wait_for_stages()


def epoch(number: int) -> EpochEnded:
    return EpochEnded(
        stage="step-1-train", step="train", epoch=number, epochs=500, train_loss=1.0, train_accuracy=0.5,
        validation_loss=1.0, validation_accuracy=0.5, learning_rate=1e-3, seconds=1.0,
        samples_per_second=10.0,
    )  # fmt: skip


def test_progress_is_thinned_out_but_epochs_and_logs_never(qtbot):
    queue, seen = EventQueue(), []
    queue.event_ready.connect(seen.append)
    with qtbot.waitSignals([queue.event_ready] * 3, timeout=SECONDS):
        for number in range(500):
            queue.put(StageProgress(stage="step-1-train", done=number, total=500))
            queue.put(epoch(number))
            queue.put(LogLine(stage="step-1-train", text=str(number)))
    while len(seen) < 1001:
        queue.flush()
    assert [e.epoch for e in seen if isinstance(e, EpochEnded)] == list(range(500))
    assert [e.text for e in seen if isinstance(e, LogLine)] == [str(n) for n in range(500)]
    progress = [e for e in seen if isinstance(e, StageProgress)]
    assert [p.done for p in progress] == [499]


def test_a_job_runs_in_the_worker_and_its_results_arrive(qtbot, runner):
    jobs, model = runner
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS) as finished:
        jobs.start({"verb": "boards"})
    job = finished.args[0]
    assert job.exit_code == 0
    assert "stm32f407" in {row["id"] for row in job.results}
    assert not jobs.running


def test_the_worker_stays_for_the_next_job(qtbot, runner):
    jobs, model = runner
    ids = []
    for _ in range(2):
        with qtbot.waitSignal(model.job_finished, timeout=SECONDS):
            jobs.start({"verb": "boards"})
        ids.append(jobs.worker_process_id)
    assert ids[0] == ids[1] > 0


def test_an_error_of_the_engine_is_told_with_hint_and_code(qtbot, runner):
    jobs, model = runner
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS) as finished:
        jobs.start({"verb": "juggle"})
    failure = finished.args[0].failure
    assert (failure.code, finished.args[0].exit_code) == ("usage", 2)
    assert failure.hint


def test_a_second_job_is_refused_while_one_runs(qtbot, runner):
    jobs, model = runner
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS):
        jobs.start({"verb": "boards"})
        with pytest.raises(RuntimeError):
            jobs.start({"verb": "boards"})


def start_reading_data(qtbot, runner, tmp_path):
    jobs, model = runner
    model.set_project(project_in(tmp_path))
    model.wait_for_stages()
    started = lambda event: isinstance(event, StageStarted)  # noqa: E731
    with qtbot.waitSignal(model.job_event, timeout=SECONDS, check_params_cb=started):
        jobs.start({"verb": "run", "project": str(model.project.folder), "until": "data"})
    return jobs, model


def test_a_killed_worker_costs_the_job_and_nothing_else(qtbot, runner, tmp_path):
    jobs, model = start_reading_data(qtbot, runner, tmp_path)
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS) as finished:
        os.kill(jobs.worker_process_id, getattr(signal, "SIGKILL", signal.SIGTERM))
    failure = finished.args[0].failure
    assert isinstance(failure, StageFailed)
    assert (failure.code, failure.stage) == ("worker-lost", "data")
    assert not jobs.running
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS) as again:
        jobs.start({"verb": "boards"})
    assert again.args[0].exit_code == 0


def test_cancel_stops_at_a_safe_point_and_is_no_error(qtbot, runner, tmp_path):
    jobs, model = start_reading_data(qtbot, runner, tmp_path)
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS) as finished:
        jobs.cancel()
        assert model.job.cancelling
    assert finished.args[0].exit_code == 9
    assert finished.args[0].failure.code == "cancelled"


def test_a_paused_job_can_be_cancelled_and_the_next_is_not_paused(qtbot, runner, tmp_path):
    jobs, model = start_reading_data(qtbot, runner, tmp_path)
    jobs.pause(True)
    assert model.job.paused
    assert time_left(model) == "paused"
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS) as finished:
        jobs.cancel()
    assert finished.args[0].failure.code == "cancelled"
    jobs.pause(True)  # nothing runs
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS) as again:
        jobs.start({"verb": "boards"})
        assert not model.job.paused
    assert again.args[0].exit_code == 0


def test_the_best_is_asked_of_the_stage_that_trains_and_ends_a_pause(runner):
    jobs, model = runner
    sent: list[str] = []
    jobs._worker = SimpleNamespace(send=sent.append)
    model.begin_job({"verb": "run"})
    model.take_event(StageStarted(stage=STEP, title="Train"))
    jobs.keep_best()  # no epoch has ended yet
    assert sent == []
    model.take_event(epoch_event(1))
    model.job.paused = True
    jobs.keep_best()
    jobs.keep_best()  # asked for already
    assert sent == [f"keep-best {STEP}"]
    assert (model.job.keeping, model.job.paused) == (True, False)
    model.take_event(epoch_event(1))  # of the next training in this stage
    assert model.job.has_best
    model.take_event(epoch_event(30))  # its last
    assert not model.job.has_best
    jobs._worker = None


def test_closing_the_window_ends_a_paused_job(qtbot, runner, tmp_path):
    jobs, model = start_reading_data(qtbot, runner, tmp_path)
    jobs.pause(True)
    (process,) = jobs.close()
    with qtbot.waitSignal(process.ended, timeout=SECONDS) as ended:
        pass
    assert ended.args == [0, False]  # by itself, and asked


def test_the_predictor_answers_one_question_after_the_other(qtbot):
    predictor, answers = Predictor(), []
    failures = []
    predictor.answered.connect(lambda question, values: answers.append((question, values)))
    predictor.failed.connect(lambda question, failure: failures.append((question, failure)))
    with qtbot.waitSignals([predictor.answered] * 2, timeout=SECONDS):
        predictor.ask({"verb": "boards"})
        predictor.ask({"verb": "juggle"})
        predictor.ask({"verb": "juggle"})
    assert [question["verb"] for question, _ in answers] == ["boards", "juggle"]
    assert answers[0][1]
    assert answers[1][1] == []
    assert [(question["verb"], failure.code) for question, failure in failures] == [("juggle", "usage")]
    for process in predictor.close():
        process.wait()
        assert not process.running


def test_questions_of_a_lost_light_worker_fail_and_do_not_hang(qtbot):
    predictor, failures = Predictor(), []
    predictor.failed.connect(lambda question, failure: failures.append((question, failure.code)))
    predictor.ask({"verb": "doctor"})
    predictor.ask({"verb": "boards"})
    with qtbot.waitSignals([predictor.failed] * 2, timeout=SECONDS):
        os.kill(predictor._worker.process_id, getattr(signal, "SIGKILL", signal.SIGTERM))
    assert [(question["verb"], code) for question, code in failures] == [
        ("doctor", "worker-lost"),
        ("boards", "worker-lost"),
    ]


def test_a_run_that_is_asked_for_while_another_reads_follows_it(qtbot, window_with_project):
    window = window_with_project
    model, project = window.model, window.model.project
    train = model.page_stages("train")[-1]
    window.work.run_until("data", follow=False)
    window.act(RunUntil(train))
    assert window.page_key == "train"
    assert window.pages["train"].state == "busy"
    assert model.job.job["until"] == "data"
    with qtbot.waitSignal(model.job_started, timeout=SECONDS):
        pass
    assert model.job.job["project"] == str(project.folder)
    assert model.job.job["until"] == train
    window.act(RunUntil(train))  # a second click asks for nothing more
    assert model.job.then is None
    with qtbot.waitSignal(model.job_finished, timeout=SECONDS):
        window.work.jobs.cancel()
    qtbot.wait(50)
    assert not window.work.busy


def test_a_run_that_waits_is_given_up_with_the_one_before_it(qtbot, window_with_project):
    window = window_with_project
    window.work.run_until("data", follow=False)
    window.act(RunUntil(window.model.page_stages("train")[-1]))
    with qtbot.waitSignal(window.model.job_finished, timeout=SECONDS):
        window.work.jobs.cancel()
    qtbot.wait(50)
    assert not window.work.busy
    assert window.pages["train"].state == "empty"


def test_only_a_run_of_the_same_project_can_be_followed(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    reads = RunningJob(job={"verb": "run", "project": str(here), "until": "data"})
    assert reads.leads_to("fit", here)
    assert not reads.leads_to("data", here)
    assert not reads.leads_to("fit", there)
    assert not RunningJob(job={"verb": "new", "project": str(here)}).leads_to("fit", here)
    reads.exit_code = 0
    assert not reads.leads_to("fit", here)
