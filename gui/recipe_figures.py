"""What each recipe step gave and cost, read from the documents of its stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.recipe import QuantizeStep, Recipe, Step, order_problem
from gui.project_model import ProjectModel

_HARM = 0.01  # of accuracy, from which a teacher counts as harmful


@dataclass(frozen=True)
class StepFigures:
    """After one step; None where it is not known. Differences are against the step before.

    Attributes:
        stage: key of the stage that holds the result, '' for a step that is switched off.
        accuracy: fraction.
        flash_bytes, ram_bytes, latency_ms: predicted on the board, of the 8-bit form after the step.
        accuracy_change: fraction; the other changes: negative is a gain.
        stale: the result was made with an older recipe, model or data set.
        harm: fraction of accuracy that a teacher cost against the same training without it, 0 if little.
    """

    stage: str = ""
    accuracy: float | None = None
    flash_bytes: float | None = None
    ram_bytes: float | None = None
    latency_ms: float | None = None
    accuracy_change: float | None = None
    flash_change_bytes: float | None = None
    ram_change_bytes: float | None = None
    latency_change_ms: float | None = None
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
    rows = []
    for stage in stage_of_steps(model.project.recipe):
        measured = _converted(model) if stage == "convert" else _trained(model, stage)
        rows.append(replace(measured, **_costs(model, stage)))
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
        accuracy_change=after - earlier if after is not None and earlier is not None else None,
        stale=model.stages[stage].state == "stale",
        harm=harm if harm > _HARM else 0.0,
    )


def _converted(model: ProjectModel) -> StepFigures:
    summary = model.convert()
    if summary is None:
        return StepFigures("convert")
    accuracy = summary.int8_accuracy.value if summary.int8_accuracy else None
    plain = summary.float_accuracy.value if summary.float_accuracy else None
    return StepFigures(
        stage="convert",
        accuracy=accuracy,
        accuracy_change=accuracy - plain if accuracy is not None and plain is not None else None,
        stale=model.stages["convert"].state == "stale",
    )


def _costs(model: ProjectModel, stage: str) -> dict[str, Any]:
    """What the light worker predicted for the step, and how that differs from before it."""
    row = next((row for row in model.recipe_costs if stage and row.get("stage") == stage), {})
    found = {}
    for name, change in (
        ("flash_bytes", "flash_change_bytes"),
        ("ram_bytes", "ram_change_bytes"),
        ("latency_ms", "latency_change_ms"),
    ):
        before, after = row.get(f"{name}_before"), row.get(f"{name}_after")
        found[name] = after
        found[change] = after - before if before is not None and after is not None else None
    return found
