"""Recipe steps as stages of a project: figures before and after, chained results, words that stay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine import pipeline
from engine.data.spec import DataSpec
from engine.errors import EngineError
from engine.events import CancelToken, Event, StageFinished, discard
from engine.project import Project, create_project
from engine.recipe import Recipe, RemoveDeadStep, Step, TrainStep
from engine.summaries import StepSummary

QUICK = TrainStep(epochs=1, augment=False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose first step is done; tests copy it."""
    project = create_project(
        tmp_path_factory.mktemp("recipe") / "digits",
        task="images",
        network="tiny-cnn",
        data=DataSpec(source="builtin:digits", task="images"),
        recipe=Recipe((QUICK,)),
    )
    pipeline.run(project, until="step-1-train", report=discard, cancel=CancelToken())
    return project


def with_steps(trained: Project, tmp_path: Path, *steps: Step) -> Project:
    folder = tmp_path / trained.folder.name
    shutil.copytree(trained.folder, folder)
    trained_copy = Project(**{**vars(trained), "folder": folder, "recipe": Recipe((QUICK, *steps))})
    trained_copy.save()
    return trained_copy


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
