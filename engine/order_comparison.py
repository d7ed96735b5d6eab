"""Quantise first, or prune first? Both orders with the same steps, judged on the same samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadInputFile, UsageError
from engine.events import CancelToken, LogLine, Report
from engine.int8_judgement import abnormal, judge_int8, why_unknown
from engine.project import Project
from engine.project_data import load_project_data
from engine.recipe import PruneStep, QatStep, QuantizeStep, Recipe, Step


def orders(recipe: Recipe, *, seed: int) -> dict[str, Recipe]:
    """The recipe with its steps `qat` and `prune` in both orders, everything else alike.

    Steps that it lacks, or that are off, are taken with the settings they have, or the usual ones.

    Args:
        recipe: of the project.
        seed: added to the seed of every step.
    """

    def first(kind: type[Step]) -> Step:
        found = [step for step in recipe.steps if isinstance(step, kind)]
        return dataclasses.replace(found[0], enabled=True) if found else kind()

    def seeded(steps: Sequence[Step]) -> Recipe:
        changed = []
        for step in steps:
            own = {"seed": step.seed + seed} if hasattr(step, "seed") else {}
            changed.append(dataclasses.replace(step, **own))
        return Recipe(tuple(changed))

    pair = (PruneStep, QatStep, QuantizeStep)
    before = [step for step in recipe.steps if step.enabled and not isinstance(step, pair)]
    qat, prune, quantize = first(QatStep), first(PruneStep), first(QuantizeStep)
    return {
        "qat, prune": seeded([*before, qat, prune, quantize]),
        "prune, qat": seeded([*before, prune, qat, quantize]),
    }


def compare_orders(
    project: Project, *, seeds: Sequence[int], report: Report, cancel: CancelToken
) -> dict[str, Any]:
    """Run both orders for every seed, up to the converted 8-bit network, and judge them in pairs.

    The results lie among the project's own; its recipe stays as it is. Trainings that were ended
    early go on to their ends first.

    Returns:
        `orders`, `accuracies` (fraction of the 8-bit networks, a list by seed for each order; for an
        autoencoder the area under the ROC curve), `points` (second order minus first) with the 95 %
        interval `low`, `high`, `resolved` (the interval leaves out zero), `seeds`, `samples`,
        `sentence`.

    Raises:
        BadInputFile: the test samples cannot tell how well an autoencoder finds faults.
        EngineError: a step failed.
        Cancelled: the user stopped it; finished steps stay.
    """
    from engine import pipeline
    from engine.compress.paired import paired_auc_difference, paired_difference

    if project.data is None:
        raise UsageError("This project has no data set, so there is nothing to train with.")
    found: dict[str, list[NDArray[Any]]] = {}
    accuracies: dict[str, list[float]] = {}
    for seed in seeds:
        for name, recipe in orders(project.recipe, seed=seed).items():
            report(LogLine(stage="recipe", text=f"Order: {name}; seed {seed}."))
            ordered = dataclasses.replace(project, recipe=recipe)
            pipeline.run(ordered, until="convert", to_the_end=True, report=report, cancel=cancel)
            (state,) = [s for s in pipeline.readiness(ordered) if s.stage == "convert"]
            assert state.folder is not None
            data = load_project_data(project, report=report, cancel=cancel)
            judged, accuracy = judge_int8(state.folder, data, data.test, cancel=cancel)
            if accuracy is None:
                raise BadInputFile(
                    why_unknown(data, data.test, "test"), hint="Add such samples to compare by them."
                )
            found.setdefault(name, []).append(judged)
            accuracies.setdefault(name, []).append(accuracy)
    first, second = (np.stack(found[name]) for name in found)
    clusters = [group or f"sample {n}" for n, group in enumerate(data.test.groups)]
    if first.dtype == bool:
        difference = paired_difference(first, second, clusters)
    else:
        difference = paired_auc_difference(first, second, abnormal(data, data.test), clusters)
    one, other = found
    said = f"{other} gives {difference} points against {one}"
    sentence = said if difference.resolved else f"{said}: these samples cannot tell them apart"
    return {
        "orders": list(found),
        "accuracies": accuracies,
        "points": difference.points,
        "low": difference.low,
        "high": difference.high,
        "resolved": difference.resolved,
        "seeds": list(seeds),
        "samples": len(data.test.labels),
        "sentence": f"{sentence}.",
    }
