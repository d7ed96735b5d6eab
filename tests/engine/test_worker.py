import json
import os
import time

import pytest

from engine.child import start
from engine.data.spec import DataSpec
from engine.events import JobEnded, Result, StageFailed, from_json
from engine.project import create_project
from engine.worker import _Commands


@pytest.fixture
def worker():
    with start("worker") as child:
        yield child


def until_ended(child):
    events = []
    while not (events and isinstance(events[-1], JobEnded)):
        events.append(from_json(child.read_line(60)))
    return events


def test_jobs_follow_one_another_in_one_process(worker):
    for _ in range(2):
        worker.send(json.dumps({"verb": "boards"}))
        events = until_ended(worker)
        assert {e.values["id"] for e in events if isinstance(e, Result)} >= {"stm32f407"}
        assert events[-1].exit_code == 0


def test_unknown_verb_is_an_error_event_and_the_worker_lives_on(worker):
    worker.send(json.dumps({"verb": "dance"}))
    failed, ended = until_ended(worker)
    assert isinstance(failed, StageFailed)
    assert "dance" in failed.message
    assert ended.exit_code == 2
    worker.send(json.dumps({"verb": "boards"}))
    assert until_ended(worker)[-1].exit_code == 0


def test_line_that_is_not_a_job_costs_only_itself(worker):
    worker.send("{{{")
    assert until_ended(worker)[-1].exit_code == 1
    assert worker.running


def test_blocked_stage_says_what_is_missing(worker, tmp_path):
    project = create_project(
        tmp_path / "p",
        task="keywords",
        network="ds-cnn-s",
        data=DataSpec(source="builtin:keywords", task="keywords"),
    )
    worker.send(json.dumps({"verb": "run", "project": str(project.folder), "until": "fit"}))
    events = until_ended(worker)
    failures = [e for e in events if isinstance(e, StageFailed)]
    assert len(failures) == 1
    assert failures[0].message == "Choose a board first."
    assert events[-1].exit_code == 2


def test_a_cancel_in_the_same_breath_as_its_job_is_obeyed_and_spares_the_next(worker, tmp_path):
    project = create_project(
        tmp_path / "p",
        task="keywords",
        network="ds-cnn-s",
        data=DataSpec(source="builtin:keywords", task="keywords"),
    )
    job = {"verb": "run", "project": str(project.folder), "until": "step-1-train"}
    for _ in range(2):  # the second cancel is not meant for the job before it
        worker.send(json.dumps(job) + "\ncancel")
        assert until_ended(worker)[-1].exit_code == 9
    worker.send(json.dumps({"verb": "boards"}))
    assert until_ended(worker)[-1].exit_code == 0


def test_end_of_input_ends_the_process(worker):
    worker.stop()
    assert worker.wait(10) == 0


def test_the_best_is_asked_of_the_running_job_by_the_name_of_its_stage():
    ours, theirs = os.pipe()
    with (
        open(ours, encoding="utf-8") as stream,
        open(theirs, "w", encoding="utf-8", buffering=1) as front,
    ):
        commands = _Commands(stream)
        front.write('{"verb": "run"}\n')
        line, token = commands.next_job()
        assert line == '{"verb": "run"}'
        front.write("pause\nkeep-best step-2-prune\n")
        until = time.monotonic() + 10
        while not token.keeps_best("step-2-prune") and time.monotonic() < until:
            time.sleep(0.001)
        assert token.keeps_best("step-2-prune")
        assert not token.keeps_best("step-1-train")
        assert not token.cancelled
        token.check()  # and it does not wait any more
        front.close()
        assert commands.next_job() is None
