"""What each recipe step gave and cost, read from the documents of its stages."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe import QuantizeStep, Recipe, Step, order_problem
from gui.project_model import ProjectModel

_HARM = 0.01  # of accuracy, from which a teacher counts as harmful


@dataclass(frozen=True)
class StepFigures:
    """After one step; None where it is not known. Differences are against the step before.

    Attributes:
        stage: key of the stage that holds the result, '' for a step that is switched off.
        accuracy: fraction.
        size_bytes, macs: of the network after the step.
        accuracy_change: fraction; size_change_bytes, macs_change: negative is a gain.
        stale: the result was made with an older recipe, model or data set.
        harm: fraction of accuracy that a teacher cost against the same training without it, 0 if little.
    """

    stage: str = ""
    accuracy: float | None = None
    size_bytes: float | None = None
    macs: float | None = None
    accuracy_change: float | None = None
    size_change_bytes: float | None = None
    macs_change: float | None = None
    stale: bool = False
    harm: float = 0.0


def stage_of_steps(recipe: Recipe) -> list[str]:
    """The stage of each step in order; '' for those that are switched off."""
    keys, number = [], 0
    for step in recipe.steps:
        if not step.enabled:
            keys.append("")
        elif isinstance(step, QuantizeStep):
            keys.append("convert")
        else:
            number += 1
            keys.append(f"step-{number}-{step.kind}")
    return keys


def figures_of_steps(model: ProjectModel) -> list[StepFigures]:
    """Figures of every step of the recipe, in its order."""
    if model.project is None:
        return []
    rows: list[StepFigures] = []
    before = StepFigures()
    for stage in stage_of_steps(model.project.recipe):
        row = _converted(model, before) if stage == "convert" else _trained(model, stage)
        rows.append(row)
        if stage:
            before = row
    return rows


def may_follow(steps: tuple[Step, ...], *, trained: bool = False) -> bool:
    """Whether the order makes sense with all steps on; `trained`: the network comes trained."""
    return not order_problem(steps, trained=trained)


def _trained(model: ProjectModel, stage: str) -> StepFigures:
    summary = model.steps().get(stage) if stage else None
    if summary is None:
        return StepFigures(stage)
    after = summary.accuracy_after.value if summary.accuracy_after else None
    earlier = summary.accuracy_before.value if summary.accuracy_before else None
    alone = summary.alone_accuracy.value if summary.alone_accuracy else None
    harm = alone - after if after is not None and alone is not None else 0.0
    return StepFigures(
        stage=stage,
        accuracy=after,
        size_bytes=summary.model_bytes_after,
        macs=summary.macs_after,
        accuracy_change=after - earlier if after is not None and earlier is not None else None,
        size_change_bytes=summary.model_bytes_after - summary.model_bytes_before,
        macs_change=summary.macs_after - summary.macs_before,
        stale=model.stages[stage].state == "stale",
        harm=harm if harm > _HARM else 0.0,
    )


def _converted(model: ProjectModel, before: StepFigures) -> StepFigures:
    summary = model.convert()
    if summary is None:
        return StepFigures("convert")
    accuracy = summary.int8_accuracy.value if summary.int8_accuracy else None
    plain = summary.float_accuracy.value if summary.float_accuracy else None
    size = summary.file_bytes.get("int8")
    return StepFigures(
        stage="convert",
        accuracy=accuracy,
        size_bytes=size,
        macs=before.macs,
        accuracy_change=accuracy - plain if accuracy is not None and plain is not None else None,
        size_change_bytes=size - before.size_bytes if size and before.size_bytes else None,
        macs_change=0.0 if before.macs is not None else None,
        stale=model.stages["convert"].state == "stale",
    )
