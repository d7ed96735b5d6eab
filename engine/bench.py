"""Build each model with each kernel family, run it on a board, and tell one row each.

All rows of one call come from the same run on the same board; only rows whose basis is `quoted` come
from `resources/quoted_figures.toml`. A model that cannot run is a row too, with the refusal in words.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.boards import BoardSpec
from engine.errors import DoesNotFit, UnsupportedOperator
from engine.events import CancelToken, Report, StageProgress
from engine.graph import TensorGraph
from engine.plan import Optimise
from engine.resources import resource
from engine.summaries import BuildSummary

Row = dict[str, Any]


@dataclass(frozen=True)
class BenchSettings:
    """What to compare.

    Attributes:
        board: where the models run.
        link: `virtual`, or a board that can be flashed.
        families: kernel families, one row each.
        inputs: how many inputs are compared byte for byte with TFLite Micro.
        patches, optimise: see `planning.plan_on_board`.
        samples: folder with real inputs, None for seeded noise alone.
        toolchain: `zig` or `gcc`, None for the first that is installed.
        peers: also a row for each other engine that can be built here.
        quoted: also rows of figures that were measured elsewhere.
    """

    board: BoardSpec
    link: str = "virtual"
    families: Sequence[str] = ("dsp",)
    inputs: int = 100
    patches: str | int = "auto"
    optimise: Optimise | None = None
    samples: Path | None = None
    toolchain: str | None = None
    peers: bool = False
    quoted: bool = False


@dataclass(frozen=True)
class _Case:
    """One model, and how to build it into a folder; `build` gives the image and its own columns."""

    path: Path
    graph: TensorGraph
    kernels: str
    build: Callable[[Path], tuple[BuildSummary, Row]]


def bench_rows(
    files: Sequence[Path], settings: BenchSettings, *, report: Report, cancel: CancelToken
) -> Iterator[Row]:
    """One row for each file and family, as it is measured; then peers, then quoted figures.

    Raises:
        BadInputFile: a file is not a model.
        BoardError: the board did not answer.
        UsageError: peers are wanted and not installed.
        Cancelled: the user stopped it.
    """
    from engine.model_import.tflite_file import read_tflite

    total = len(files) * (len(settings.families) + settings.peers)
    done = 0
    for path in files:
        graph = read_tflite(path)
        for case in _cases(path, graph, settings, report, cancel):
            cancel.check()
            title = f"{path.stem} ({case.kernels})"
            report(StageProgress(stage="bench", done=done, total=total, unit=title))
            done += 1
            row = _key_columns(path, graph, settings.board, case.kernels)
            try:
                row |= _measure(case, settings, report, cancel)
            except (UnsupportedOperator, DoesNotFit) as refusal:
                row |= {"refused": refusal.message, "refused_code": refusal.code}
            yield _with_ratio(row)
        if settings.quoted:
            for figures in quoted_rows(graph.model_hash, settings.board.core):
                columns = _key_columns(path, graph, settings.board, figures["kernels"])
                yield _with_ratio(columns | figures)


def quoted_rows(model_hash: str, core: str) -> tuple[Row, ...]:
    """What others measured on this core with this very file; none if nobody did."""
    document = _quoted_figures()
    if model_hash not in document["models"] or document["core"] != core:
        return ()
    place = document["models"].index(model_hash)
    return tuple(
        {key: value[place] if isinstance(value, list) else value for key, value in row.items()}
        | {"basis": "quoted"}
        for row in document["rows"]
    )


@cache
def _quoted_figures() -> dict[str, Any]:
    return tomllib.loads(resource("quoted_figures.toml").read_text("utf-8"))


def _key_columns(path: Path, graph: TensorGraph, board: BoardSpec, kernels: str) -> Row:
    return {"model": path.stem, "board": board.id, "kernels": kernels, "macs": graph.total_macs}


def _with_ratio(row: Row) -> Row:
    if row["macs"] and row.get("instructions"):
        row["instructions_per_mac"] = round(row["instructions"] / row["macs"], 3)
    return row


def _cases(
    path: Path, graph: TensorGraph, settings: BenchSettings, report: Report, cancel: CancelToken
) -> Iterator[_Case]:
    from engine.firmware import bakenn_model
    from engine.firmware.build import build_firmware
    from engine.planning import build_on_board, plan_on_board

    board, toolchain = settings.board, settings.toolchain

    def build_family(family: str, folder: Path) -> tuple[BuildSummary, Row]:
        patches, optimise = settings.patches, settings.optimise
        plan = plan_on_board(graph, board, family=family, patches=patches, optimise=optimise)
        built = build_on_board(
            graph,
            board,
            family=family,
            folder=folder,
            patches=patches,
            optimise=optimise,
            toolchain=toolchain,
            report=report,
            cancel=cancel,
        )
        return built, {
            "arena_lower_bound_bytes": plan.memory.arena_lower_bound_bytes,
            "arena_is_least": plan.memory.is_least,
            "scratch_bytes": plan.memory.scratch_bytes,
            "optimise": plan.fit.optimise,
        }

    def build_peer(folder: Path) -> tuple[BuildSummary, Row]:
        generated = bakenn_model.generate_bakenn(path, graph, board, folder / "source")
        built = build_firmware(
            generated,
            board,
            folder,
            kernels=bakenn_model.PEER,
            toolchain=toolchain,
            report=report,
            cancel=cancel,
        )
        return built, {"note": f"{bakenn_model.title()}, from a copy with the batch size fixed to 1"}

    for family in settings.families:
        yield _Case(path, graph, family, partial(build_family, family))
    if settings.peers:
        bakenn_model.require_bakenn()
        yield _Case(path, graph, bakenn_model.PEER, build_peer)


def _inputs(graph: TensorGraph, settings: BenchSettings) -> NDArray[np.int8]:
    from engine.board_run import noise_inputs
    from engine.data.sample_files import inputs_from_files

    if settings.samples is None:
        tensors = [graph.tensors[i] for i in graph.inputs]
        return noise_inputs([(t.dtype, t.elements) for t in tensors], settings.inputs)
    tensor = graph.tensors[graph.inputs[0]]
    return inputs_from_files(settings.samples, tensor, count=settings.inputs)


def _measure(case: _Case, settings: BenchSettings, report: Report, cancel: CancelToken) -> Row:
    from engine.board_access import open_board
    from engine.board_run import run_inputs_on_board

    inputs = _inputs(case.graph, settings)
    with tempfile.TemporaryDirectory(prefix="thimble-bench-") as name:
        folder = Path(name)
        built, columns = case.build(folder)
        with open_board(settings.link, settings.board.id) as access:
            access.flash(folder / built.elf, report=report, cancel=cancel)
            ran = run_inputs_on_board(
                access,
                settings.board,
                tflite=case.path,
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
        "toolchain": built.toolchain,
        "flash_bytes": built.flash_bytes,
        "ram_bytes": built.ram_bytes,
        "stack_bytes": ran.stack_bytes,
        "arena_bytes": ran.arena_bytes,
        "mismatched_bytes": ran.mismatched_bytes,
        "worst_relative_error": ran.worst_relative_error,
        "inputs_compared": ran.inputs_compared,
        **columns,
    }
