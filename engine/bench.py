"""Build each model with each kernel family, run it on a board, and tell one row each.

All rows of one call come from the same run on the same board. A model that cannot run is a row too,
with the refusal in words.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.boards import BoardSpec
from engine.errors import DoesNotFit, UnsupportedOperator
from engine.events import CancelToken, Report, StageProgress
from engine.graph import TensorGraph


@dataclass(frozen=True)
class BenchSettings:
    """What to compare.

    Attributes:
        board: where the models run.
        link: `virtual`, or a board that can be flashed.
        families: kernel families, one row each.
        inputs: how many inputs are compared byte for byte with TFLite Micro.
        samples: folder with real inputs, None for seeded noise alone.
    """

    board: BoardSpec
    link: str = "virtual"
    families: Sequence[str] = ("dsp",)
    inputs: int = 100
    samples: Path | None = None


def bench_rows(
    files: Sequence[Path], settings: BenchSettings, *, report: Report, cancel: CancelToken
) -> Iterator[dict[str, Any]]:
    """One row for each file and family, as it is measured.

    Raises:
        BadInputFile: a file is not a model.
        BoardError: the board did not answer.
        Cancelled: the user stopped it.
    """
    from engine.model_import.tflite_file import read_tflite

    total = len(files) * len(settings.families)
    for number, (path, family) in enumerate((p, f) for p in files for f in settings.families):
        cancel.check()
        report(StageProgress(stage="bench", done=number, total=total, unit=f"{path.stem} ({family})"))
        graph = read_tflite(path)
        row = {
            "model": path.stem,
            "board": settings.board.id,
            "kernels": family,
            "macs": graph.total_macs,
        }
        try:
            yield row | _measure(path, graph, family, settings, report, cancel)
        except (UnsupportedOperator, DoesNotFit) as refusal:
            yield row | {"refused": refusal.message, "refused_code": refusal.code}


def _measure(
    path: Path,
    graph: TensorGraph,
    family: str,
    settings: BenchSettings,
    report: Report,
    cancel: CancelToken,
) -> dict[str, Any]:
    from engine.board_access import open_board
    from engine.board_run import noise_inputs, run_inputs_on_board
    from engine.data.sample_files import inputs_from_files
    from engine.planning import build_on_board, plan_on_board

    board = settings.board
    plan = plan_on_board(graph, board, family=family)
    if settings.samples is None:
        size = sum(graph.tensors[i].size_bytes for i in graph.inputs)
        inputs = noise_inputs(size, settings.inputs)
    else:
        tensor = graph.tensors[graph.inputs[0]]
        inputs = inputs_from_files(settings.samples, tensor, count=settings.inputs)
    with tempfile.TemporaryDirectory(prefix="thimble-bench-") as name:
        folder = Path(name)
        built = build_on_board(graph, board, family=family, folder=folder, report=report, cancel=cancel)
        with open_board(settings.link, board.id) as access:
            access.flash(folder / built.elf, report=report, cancel=cancel)
            ran = run_inputs_on_board(
                access,
                board,
                tflite=path,
                build=built,
                inputs=inputs,
                report=report,
                cancel=cancel,
            )
    return {
        "instructions": ran.instructions,
        "cycles": int(ran.cycles.value),
        "latency_ms": ran.latency_ms.value,
        "basis": ran.cycles.basis,
        "flash_bytes": built.flash_bytes,
        "ram_bytes": built.ram_bytes,
        "stack_bytes": ran.stack_bytes,
        "arena_bytes": plan.memory.arena_bytes,
        "arena_lower_bound_bytes": plan.memory.arena_lower_bound_bytes,
        "scratch_bytes": plan.memory.scratch_bytes,
        "mismatched_bytes": ran.mismatched_bytes,
        "inputs_compared": ran.inputs_compared,
    }
