"""Projects for tests: one that is trained a little, copies with other steps, and what verbs tell."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from engine import pipeline
from engine.data.spec import DataSpec
from engine.events import CancelToken, Event, LogLine, Result, discard
from engine.project import Project, create_project
from engine.recipe import Recipe, Step, TrainStep
from engine.summaries import VerifyRow, VerifySummary, write_summary
from engine.verbs import perform

QUICK = TrainStep(epochs=2, augment=False)


def trained_digits(folder: Path) -> Project:
    """A project for the built-in digits whose training, `QUICK`, is done."""
    project = create_project(
        folder / "digits",
        task="images",
        network="tiny-cnn",
        data=DataSpec(source="builtin:digits", task="images"),
        recipe=Recipe((QUICK,)),
    )
    pipeline.run(project, until="step-1-train", report=discard, cancel=CancelToken())
    return project


COMPARED = VerifySummary(
    rows=[VerifyRow("TFLite INT8 reference", "TFLite Micro", "conv", 0.0, 0.0, "quanta", 0.0, True)],
    accuracies={},
    inputs_compared=9,
    passed=True,
)


def verified_project(folder: Path) -> Project:
    """A project with a finished model, and `COMPARED` as a run would have left it; nothing has run."""
    model = folder / "net.tflite"
    model.write_bytes(b"a network")
    project = create_project(folder / "mine", task="", model_file=model)
    plan = {planned.stage: planned for planned in pipeline.planned_stages(project)}
    place = plan["verify"].folder(project)
    place.mkdir(parents=True)
    write_summary(COMPARED, place)
    return project


def with_steps(trained: Project, folder: Path, *steps: Step) -> Project:
    """A copy below `folder` whose recipe goes on with these steps."""
    copy = folder / trained.folder.name
    shutil.copytree(trained.folder, copy)
    project = Project(**{**vars(trained), "folder": copy, "recipe": Recipe((QUICK, *steps))})
    project.save()
    return project


def told_by(verb: str, **arguments: object) -> tuple[list[dict[str, Any]], list[str]]:
    """Run a verb; values of its results, and texts of its notes."""
    events: list[Event] = []
    perform({"verb": verb, **arguments}, report=events.append, cancel=CancelToken())
    values = [event.values for event in events if isinstance(event, Result)]
    return values, [event.text for event in events if isinstance(event, LogLine)]
