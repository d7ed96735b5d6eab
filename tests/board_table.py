"""Prints what the MLPerf Tiny models do on every board: `python -m tests.board_table`.

Each model that the plan says has room is built with each toolchain and run on the board's virtual board;
every byte of its answers is compared with TFLite Micro's. One that has no room gets the reason, and
nothing is built for it. `--board ID`, `--model NAME` and `--inputs N` choose less or more.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.bench import BenchSettings, bench_rows
from engine.boards import BoardSpec, board_ids, load_board
from engine.errors import EngineError
from engine.events import CancelToken, discard
from engine.firmware.toolchains import available_toolchains
from engine.model_import.tflite_file import read_tflite
from engine.planning import plan_on_board
from engine.summaries import FitSummary
from tests.helpers.printed_table import print_table
from tests.helpers.shared_data import shared_data_folder
from tests.helpers.whole_chain import in_cell

MODELS = ("kws", "vww", "ic", "ad")
TOOLCHAINS = {"zig": "zig", "gcc": "arm-none-eabi-gcc"}
_HEADINGS = ("board", "model", "toolchain", "fits", "mismatched bytes", "simulated ms")
_NUMERIC = {"mismatched bytes", "simulated ms"}


@dataclass(frozen=True)
class Row:
    """One line of the table; a fault is ours, a model without room is an answer."""

    board: str
    model: str
    toolchain: str
    fits: str
    mismatched_bytes: str = "-"
    simulated_ms: str = "-"
    faulty: bool = False

    def line(self) -> str:
        cells = (
            self.board, self.model, self.toolchain, self.fits, self.mismatched_bytes, self.simulated_ms
        )  # fmt: skip
        return "| " + " | ".join(map(in_cell, cells)) + " |"


def model_file(name: str) -> Path:
    """The finished INT8 network of one MLPerf Tiny task; it may be absent."""
    return shared_data_folder("models", "tflite", f"mlperf_{name}_int8.tflite")


def rows(boards: Sequence[str], models: Sequence[str], inputs: int) -> Iterator[Row]:
    """A row for each board, model and toolchain, as it is measured."""
    installed = {tools.name: tools.title for tools in available_toolchains()}
    for board_id in boards:
        board = load_board(board_id)
        for model in models:
            path = model_file(model)
            try:
                fit = plan_on_board(read_tflite(path), board, family=board.kernels).fit
            except EngineError as refusal:
                yield Row(
                    board_id, model, "-", f"refused before building: {refusal.message}", faulty=True
                )
                continue
            if not fit.fits:
                yield Row(board_id, model, "-", f"no, nothing is built: {' '.join(fit.reasons)}")
                continue
            for name, program in TOOLCHAINS.items():
                if name in installed:
                    yield _measured(board, model, path, name, installed[name], fit, inputs)
                else:
                    yield Row(board_id, model, name, _room(fit), f"{program} is not installed")


def _measured(
    board: BoardSpec, model: str, path: Path, toolchain: str, title: str, fit: FitSummary, inputs: int
) -> Row:
    settings = BenchSettings(board=board, families=(board.kernels,), inputs=inputs, toolchain=toolchain)
    try:
        (found,) = bench_rows([path], settings, report=discard, cancel=CancelToken())
    except EngineError as error:
        return Row(board.id, model, title, _room(fit), f"**FAULT** {error.message}", faulty=True)
    if "refused" in found:  # the plan had promised room
        return Row(board.id, model, title, _room(fit), f"**FAULT** {found['refused']}", faulty=True)
    mismatched = int(found["mismatched_bytes"])
    return Row(
        board.id,
        model,
        title,
        _room(fit),
        f"{mismatched} in {found['inputs_compared']} inputs",
        f"{found['latency_ms']:.2f}",
        faulty=mismatched != 0,
    )


def _room(fit: FitSummary) -> str:
    """What the plan predicts, against what the board leaves for the model."""
    return (
        f"yes: flash {fit.flash_bytes.value / 1024:.0f} of {fit.flash_budget_bytes / 1024:.0f} KB, "
        f"RAM {fit.ram_bytes.value / 1024:.0f} of {fit.ram_budget_bytes / 1024:.0f} KB"
    )


def main() -> int:
    """One row for each board, model and toolchain; 1 if a row shows a fault of ours."""
    parser = argparse.ArgumentParser(prog="python -m tests.board_table", description=__doc__)
    parser.add_argument("--board", action="append", choices=board_ids(), help="default: every board")
    parser.add_argument("--model", action="append", choices=MODELS, help="default: all four")
    parser.add_argument("--inputs", type=int, default=1, metavar="N", help="inputs of noise, default 1")
    arguments = parser.parse_args()
    models = arguments.model or MODELS
    absent = [model_file(model).name for model in models if not model_file(model).is_file()]
    if absent:
        sys.stderr.write(f"The shared models are not here: {', '.join(absent)}.\n")
        return 2
    measured = rows(arguments.board or board_ids(), models, max(1, arguments.inputs))
    return print_table(_HEADINGS, _NUMERIC, measured)


if __name__ == "__main__":
    sys.exit(main())
