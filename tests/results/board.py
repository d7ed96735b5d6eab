"""Runs networks of the tables on a virtual board: the program's whole chain, to the last byte."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from engine import pipeline
from engine.content_hash import hash_values
from engine.events import CancelToken, discard
from engine.project import write_atomically
from engine.recipe import Recipe
from engine.summaries import BoardRunSummary, BuildSummary
from tests.results.measure import Wanted, project_of, seeded

BOARD = "stm32f407"


def board_run(wanted: Wanted, seed: int, folder: Path) -> dict[str, Any]:
    """Build a network's firmware, run every test clip on a virtual board, and keep what came out.

    Steps that `measure` has trained are taken from the project.

    Returns:
        `inputs` compared, `mismatched_bytes` against TFLite Micro, `accuracy` and `host_accuracy` (0 to
        1, None of autoencoders), `cycles` and `latency_ms` (simulated), `flash_bytes` of the build,
        `arena_bytes`.

    Raises:
        EngineError: a stage failed.
    """
    if (known := kept_board_run(wanted, seed, folder)) is not None:
        return known
    project = project_of(wanted.subject, seed, folder)
    steps = seeded(wanted.steps, seed)
    project = dataclasses.replace(project, recipe=Recipe(steps), board_id=BOARD)
    pipeline.run(project, report=discard, cancel=CancelToken())
    summaries = {state.stage: state.summary for state in pipeline.readiness(project)}
    ran, built = summaries["board-run"], summaries["build"]
    assert isinstance(ran, BoardRunSummary)
    assert isinstance(built, BuildSummary)
    found = {
        "depends": wanted.depends(seed),
        "inputs": ran.inputs_compared,
        "mismatched_bytes": ran.mismatched_bytes,
        "accuracy": ran.accuracy.value if ran.accuracy else None,
        "host_accuracy": ran.host_accuracy.value if ran.host_accuracy else None,
        "cycles": ran.cycles.value,
        "latency_ms": ran.latency_ms.value,
        "flash_bytes": built.flash_bytes,
        "arena_bytes": ran.arena_bytes,
    }
    path = _file(wanted, seed, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(found) + "\n")
    return found


def kept_board_run(wanted: Wanted, seed: int, folder: Path) -> dict[str, Any] | None:
    """What `board_run` found earlier with the same code, or None."""
    path = _file(wanted, seed, folder)
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _file(wanted: Wanted, seed: int, folder: Path) -> Path:
    code = hash_values([pipeline.CODE_VERSIONS, BOARD])[:8]
    return folder / "board-runs" / f"{wanted.key(seed)}-{code}.json"
