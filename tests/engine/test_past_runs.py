from __future__ import annotations

import dataclasses

from engine.events import CancelToken, EpochEnded, StageFailed, StageFinished, StageProgress, to_json
from engine.past_runs import past_trainings
from engine.project import create_project
from engine.verbs import perform
from tests.gui.documents import STEP, epoch_event


def keep(project, name: str, *events) -> None:
    folder = project / "runs" / name
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text("".join(to_json(event) + "\n" for event in events), "utf-8")


def epochs(count: int, first: int = 1, **changes) -> list[EpochEnded]:
    return [dataclasses.replace(epoch_event(n), **changes) for n in range(first, first + count)]


def test_trainings_come_the_newest_first_with_how_they_ended(tmp_path):
    progress = StageProgress(stage=STEP, done=1, total=2)
    keep(tmp_path, "2026-11-23T09-05-00-11", *epochs(3), StageFinished(stage=STEP, seconds=1.0))
    stopped = StageFailed(stage=STEP, code="cancelled", message="")
    keep(tmp_path, "2026-11-23T10-00-00-12", progress, *epochs(2, first=4), stopped)
    keep(tmp_path, "2026-11-23T11-00-00-13", StageFinished(stage="fit", seconds=0.1))
    later = epochs(1, stage="step-2-prune", step="prune")
    keep(tmp_path, "2026-11-24T08-30-59-14", *epochs(1), StageFinished(stage=STEP, seconds=1.0), *later)
    found = past_trainings(tmp_path)
    assert [(t.started, t.stage, t.ended) for t in found] == [
        ("2026-11-24T08:30:59", "step-2-prune", "running"),
        ("2026-11-24T08:30:59", STEP, "done"),
        ("2026-11-23T10:00:00", STEP, "cancelled"),
        ("2026-11-23T09:05:00", STEP, "done"),
    ]
    assert [row.epoch for row in found[2].epochs] == [4, 5]
    assert len({training.key for training in found}) == 4
    assert len(past_trainings(tmp_path, most=1)) == 1


def test_what_is_damaged_or_of_a_help_is_passed_over(tmp_path):
    alone = epochs(2, stage="step-1-distill", step="train")
    taught = epochs(1, stage="step-1-distill", step="distill")
    keep(tmp_path, "2026-11-23T09-05-00-11", *alone, *taught)
    file = tmp_path / "runs" / "2026-11-23T09-05-00-11" / "events.jsonl"
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"event": "epoch_ended", "stage": "step-1-dist')  # killed here
    (tmp_path / "runs" / "notes").mkdir()
    (training,) = past_trainings(tmp_path)
    assert (training.kind, len(training.epochs)) == ("distill", 1)
    assert past_trainings(tmp_path / "nowhere") == []


def test_the_command_tells_each_training(tmp_path):
    project = create_project(tmp_path / "p", task="keywords", network="ds-cnn-s")
    keep(project.folder, "2026-11-23T09-05-00-11", *epochs(3))
    rows = []
    perform({"verb": "runs", "project": str(project.folder)}, report=rows.append, cancel=CancelToken())
    (row,) = rows
    assert row.values["epochs_run"] == 3
    assert row.values["best_validation_accuracy"] == max(e.validation_accuracy for e in epochs(3))
