"""Recipes on the small autoencoder, through a project up to the virtual board, for the anomaly page."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine import pipeline
from engine.data import DataSpec
from engine.events import CancelToken, discard
from engine.project import create_project
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
from engine.summaries import BoardRunSummary, ConvertSummary, StepSummary
from tests.results.measure import seeded

_HEAD = """## Every step of a recipe

autoencoder-s on gain-free features, as a project does it: the program's own split (blocks of 20 clips,
so mountings are cut in two; validation holds clips with a coin and chooses the best epoch), 40 epochs,
then each step with its default settings unless named. AUC on the test part after each step, mean of the
seeds; nothing here is judged against a float network trained on for as long. Board: virtual STM32F407,
every test clip."""
_AT_ONCE = PruneStep(scope="layer", rounds=1, distil=False)
_TAYLOR = PruneStep(importance="taylor", scope="global", rounds=3, distil=True)
RECIPES: dict[str, tuple[Step, ...]] = {
    "quantise alone": (QuantizeStep(),),
    "prune (L1), then QAT": (RemoveDeadStep(), _AT_ONCE, QatStep(), QuantizeStep()),
    "QAT, then prune (L1)": (RemoveDeadStep(), QatStep(), _AT_ONCE, QuantizeStep()),
    "prune (Taylor, global, 3 rounds, distilled), distil": (
        *(_TAYLOR, DistillStep(epochs=10)),
        QuantizeStep(choice="advised", equalise=True, bias_correction=True),
    ),
    "prune (BatchNorm scale), ranges by MSE": (
        replace(_AT_ONCE, importance="bn-scale"),
        QuantizeStep(method="mse"),
    ),
}


def measure_recipe(name: str, source: Path, normal: Sequence[str], seed: int) -> dict[str, Any]:
    """Run one recipe in a project of its own.

    Returns:
        `steps`: for each its kind, area under the curve and parameters; `int8_area`, `int8_bytes`,
        `board_mismatched_bytes`.
    """
    spec = DataSpec(
        source=str(source),
        task="vibration",
        normal_classes=",".join(normal),
        vibration_features="gain-free",
    )
    steps = seeded((TrainStep(epochs=40), *RECIPES[name]), seed)
    with tempfile.TemporaryDirectory(prefix="thimble-anomaly-") as folder:
        project = create_project(
            Path(folder) / "fan",
            task="vibration",
            network="autoencoder-s",
            board_id="stm32f407",
            data=spec,
            recipe=Recipe(steps),
        )
        pipeline.run(project, report=discard, cancel=CancelToken())
        summaries = [state.summary for state in pipeline.readiness(project)]
    found: dict[str, Any] = {"steps": []}
    for summary in summaries:
        if isinstance(summary, StepSummary) and summary.accuracy_after is not None:
            found["steps"].append([summary.kind, summary.accuracy_after.value, summary.parameters])
        elif isinstance(summary, ConvertSummary) and summary.int8_accuracy is not None:
            found["int8_area"] = summary.int8_accuracy.value
            found["int8_bytes"] = summary.file_bytes["int8"]
        elif isinstance(summary, BoardRunSummary):
            found["board_mismatched_bytes"] = summary.mismatched_bytes
    return found


def recipes_text(found: Mapping[tuple[str, int], dict[str, Any]], seeds: Sequence[int]) -> str:
    """The section of the page."""
    lines = [
        _HEAD,
        "",
        "| recipe | after each step | INT8 | bytes | board: bytes that differ | seeds |",
        "|" + "---|" * 6,
    ]
    for name in RECIPES:
        runs = [run for seed in seeds if (run := found.get((name, seed)))]
        if not runs:
            lines.append(f"| {name} | not measured | | | | none |")
            continue
        after = [
            f"{kind} {np.mean([run['steps'][place][1] for run in runs]):.3f}"
            for place, (kind, _, _) in enumerate(runs[0]["steps"])
        ]
        areas, differ = [r["int8_area"] for r in runs], [r["board_mismatched_bytes"] for r in runs]
        cells = [name, ", ".join(after), f"{np.mean(areas):.3f}"]
        cells += [f"{max(r['int8_bytes'] for r in runs):,}", f"{sum(differ)}", f"{len(runs)}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
