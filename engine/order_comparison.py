"""Quantise first, or prune first? Both orders with the same steps, judged on the same samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.events import CancelToken, LogLine, Report
from engine.project import Project
from engine.recipe import PruneStep, QatStep, QuantizeStep, Recipe, Step

if TYPE_CHECKING:
    from engine.data import LabelledSet


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

    The results lie among the project's own; its recipe stays as it is.

    Returns:
        `orders`, `accuracies` (fraction of the 8-bit networks, a list by seed for each order; for an
        autoencoder the area under the ROC curve), `points` (second order minus first) with the 95 %
        interval `low`, `high`, `resolved` (the interval leaves out zero), `seeds`, `samples`,
        `sentence`.

    Raises:
        EngineError: a step failed.
        Cancelled: the user stopped it; finished steps stay.
    """
    from engine import pipeline
    from engine.compress.paired import paired_auc_difference, paired_difference
    from engine.data import load_data

    assert project.data is not None or not project.is_finished_model
    found: dict[str, list[NDArray[Any]]] = {}
    accuracies: dict[str, list[float]] = {}
    for seed in seeds:
        for name, recipe in orders(project.recipe, seed=seed).items():
            report(LogLine(stage="recipe", text=f"Order: {name}; seed {seed}."))
            ordered = dataclasses.replace(project, recipe=recipe)
            pipeline.run(ordered, until="convert", report=report, cancel=cancel)
            (state,) = [s for s in pipeline.readiness(ordered) if s.stage == "convert"]
            assert state.folder is not None
            assert project.data is not None
            data = load_data(
                project.data,
                cache_folder=project.artefacts_folder / "features",
                report=report,
                cancel=cancel,
            )
            judged, accuracy = _judged(state.folder, data, cancel)
            found.setdefault(name, []).append(judged)
            accuracies.setdefault(name, []).append(accuracy)
    first, second = (np.stack(found[name]) for name in found)
    clusters = [group or f"sample {n}" for n, group in enumerate(data.test.groups)]
    if first.dtype == bool:
        difference = paired_difference(first, second, clusters)
    else:
        difference = paired_auc_difference(first, second, _abnormal(data), clusters)
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


def _judged(folder: Path, data: LabelledSet, cancel: CancelToken) -> tuple[NDArray[Any], float]:
    """Of the 8-bit network: which test answers are right; or the anomaly scores; and the accuracy."""
    from engine.micro_reference import MicroReference
    from engine.summaries import ConvertSummary, read_summary

    summary = read_summary(ConvertSummary, folder)
    reference = MicroReference(folder / summary.files["int8"])
    inputs = data.test.inputs
    answers = reference.run_all(reference.quantize_input(inputs), cancel=cancel)
    if summary.int8_accuracy is not None:
        right = answers.argmax(axis=1) == data.test.labels
        return right, float(right.mean())
    from sklearn.metrics import roc_auc_score

    wanted = np.moveaxis(inputs, -1, 1) if inputs.ndim > 2 else inputs
    scores = np.square(answers - wanted.reshape(len(wanted), -1)).mean(axis=1)
    return scores, float(roc_auc_score(_abnormal(data), scores))


def _abnormal(data: LabelledSet) -> NDArray[np.bool_]:
    normal = [data.classes.index(name) for name in data.normal]
    return ~np.isin(data.test.labels, normal)
