"""Recipe steps as stages of a project: figures before and after, chained results, words that stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import pipeline
from engine.errors import EngineError
from engine.events import CancelToken, EpochEnded, Event, StageFinished, discard
from engine.project import Project
from engine.recipe import (
    DistillStep,
    PruneStep,
    QatStep,
    QuantizeStep,
    Recipe,
    RemoveDeadStep,
    Step,
    TrainStep,
)
from engine.summaries import StepSummary
from engine.trainable_network import fixed_ranges
from tests.helpers.projects import QUICK, with_steps


def run(project: Project, until: str) -> tuple[StepSummary, list[Event]]:
    events: list[Event] = []
    pipeline.run(project, until=until, report=events.append, cancel=CancelToken())
    (state,) = [s for s in pipeline.readiness(project) if s.stage == until]
    assert isinstance(state.summary, StepSummary)
    return state.summary, events


def refused(project: Project, until: str) -> EngineError:
    with pytest.raises(EngineError) as caught:
        pipeline.run(project, until=until, report=discard, cancel=CancelToken())
    assert caught.value.hint
    return caught.value


def test_removing_dead_filters_changes_no_answer(trained: Project, tmp_path: Path) -> None:
    project = with_steps(trained, tmp_path, RemoveDeadStep())
    summary, events = run(project, "step-2-remove-dead")
    assert summary.accuracy_before == summary.accuracy_after
    assert summary.model_bytes_after <= summary.model_bytes_before
    assert summary.notes
    assert [e.cached for e in events if isinstance(e, StageFinished)] == [True, True, True, False]


def folder_of(project: Project, stage: str) -> Path:
    (state,) = [s for s in pipeline.readiness(project) if s.stage == stage]
    assert state.folder is not None
    return state.folder


def test_roundings_stay_on_in_the_steps_after_them(trained: Project, tmp_path: Path) -> None:
    steps = (QatStep(epochs=1), RemoveDeadStep(), PruneStep(ratio=0.5, epochs=1))
    project = with_steps(trained, tmp_path, *steps)
    pruned, events = run(project, "step-4-prune")
    assert [e.step for e in events if isinstance(e, EpochEnded)] == ["qat", "prune"]
    first = fixed_ranges(folder_of(project, "step-2-qat"))
    assert fixed_ranges(folder_of(project, "step-3-remove-dead")) == first
    last = fixed_ranges(folder_of(project, "step-4-prune"))
    assert last.keys() == first.keys()
    assert last != first  # the narrower network has its own
    assert pruned.model_bytes_after < pruned.model_bytes_before
    assert pruned.accuracy_before is not None
    assert "8-bit roundings" in pruned.notes[-1]


def test_a_teacher_of_the_zoo_is_trained_once_and_kept(trained: Project, tmp_path: Path) -> None:
    step = DistillStep(teacher="tiny-cnn, tiny-dense", teacher_epochs=1, epochs=1)
    project = with_steps(trained, tmp_path, step)
    summary, events = run(project, "step-2-distill")
    epochs = [e.step for e in events if isinstance(e, EpochEnded)]
    assert epochs == ["train", "train", "train", "distill"]  # two teachers, alone, taught
    assert summary.teacher_accuracy is not None
    assert summary.alone_accuracy is not None
    assert set(summary.calibration_errors) == {"teacher", "before", "alone", "after"}
    again = DistillStep(teacher="tiny-cnn, tiny-dense", teacher_epochs=1, epochs=1, alpha=0.5)
    project.recipe = Recipe((QUICK, again))
    _, events = run(project, "step-2-distill")
    assert [e.step for e in events if isinstance(e, EpochEnded)] == ["train", "distill"]


@pytest.mark.parametrize(
    ("teacher", "named"), [("resnet-9000", "resnet-9000"), ("nowhere.onnx", "nowhere")]
)
def test_an_unknown_teacher_is_named(trained: Project, tmp_path: Path, teacher: str, named: str) -> None:
    project = with_steps(trained, tmp_path, DistillStep(teacher=teacher))
    assert teacher in refused(project, "step-2-distill").message


@pytest.mark.parametrize(
    ("steps", "named"),
    [
        ((PruneStep(), TrainStep()), "prune needs a trained network"),
        ((QatStep(),), "qat needs a trained network"),
        ((TrainStep(), QuantizeStep(), PruneStep()), "prune comes after the conversion"),
        ((TrainStep(), QuantizeStep(), QuantizeStep()), "twice"),
    ],
)
def test_an_order_without_sense_is_refused_in_words(
    trained: Project, tmp_path: Path, steps: tuple[Step, ...], named: str
) -> None:
    project = with_steps(trained, tmp_path)
    project.recipe = Recipe(steps)
    assert named in refused(project, "convert").message


def test_a_step_that_is_off_does_not_count(trained: Project, tmp_path: Path) -> None:
    project = with_steps(trained, tmp_path)
    project.recipe = Recipe((PruneStep(enabled=False), QUICK, QuantizeStep()))
    assert [s.state for s in pipeline.readiness(project) if s.stage == "convert"] == ["todo"]
