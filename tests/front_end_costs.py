"""Measures what a front-end's work costs on each core: writes resources/firmware/front_end_costs.toml.

    python -m tests.front_end_costs            # about three minutes
    python -m tests.front_end_costs --check    # only how far predictions are from boards

Costs are fitted to clips of other lengths than those that exist; the error bar is the largest error on
those that do, and what other chips of the core add.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from engine.board_access import open_board
from engine.boards import BoardSpec, load_board
from engine.events import CancelToken, discard
from engine.firmware.front_end_cost import (
    front_end_windows,
    predict_front_end_cycles,
    read_front_end_costs,
)
from engine.front_end import VIBRATION, AnyFrontEnd, FrontEnd
from engine.front_end_choice import front_end_of, vibration_front_end
from engine.latency import table_name
from engine.model_import.tflite_file import read_tflite
from engine.plan import Optimise
from engine.planning import build_on_board, usual_optimise
from engine.resources import resource
from tests.helpers.tflite_builder import TfliteBuilder

BOARDS = {
    "cortex-m4f": "stm32f407",
    "cortex-m7f": "stm32f746",
    "cortex-m0plus": "stm32g0b1",
    "rp2040": "rp2040",
}
OTHER_CHIPS_PERCENT = 3  # of the same core, with other wait states and caches
CHECKED = ("stm32f407", "stm32f746", "stm32h743", "stm32g0b1", "rp2040")
REAL: dict[str, AnyFrontEnd] = {
    "mfcc": front_end_of("mfcc"),
    "log-mel": front_end_of("log-mel"),
    "vibration 200x3": vibration_front_end(200, 3, 2048.0),
    "vibration 520x1": vibration_front_end(520, 1, 2048.0),
}


def fitted_to() -> dict[str, list[AnyFrontEnd]]:
    """By kind, front-ends that tell windows and samples apart."""

    def cut(kind: str, samples: int, stride: int) -> FrontEnd:
        front_end = front_end_of(kind)
        return dataclasses.replace(front_end, samples=samples, stride=stride)

    return {
        "mfcc": [cut("mfcc", 5_600, 320), cut("mfcc", 5_280, 960)],
        "log-mel": [cut("log-mel", 5_632, 512), cut("log-mel", 5_120, 2048)],
        VIBRATION: [
            vibration_front_end(300, 1, 2048.0),
            vibration_front_end(127, 6, 2048.0),
            vibration_front_end(512, 2, 2048.0),
        ],
    }


def simulated(front_end: AnyFrontEnd, board: BoardSpec, optimise: Optimise) -> int:
    """Cycles of a noisy clip on the virtual board."""
    builder = TfliteBuilder()
    shape = (1, *front_end.shape)
    builder.inputs = [builder.tensor(shape, scale=6 / 255)]
    builder.outputs = [builder.tensor(shape, scale=6 / 255)]
    builder.operator("RELU", builder.inputs, builder.outputs)
    channels = {"report": discard, "cancel": CancelToken()}
    with tempfile.TemporaryDirectory() as name, open_board("virtual", board.id) as access:
        path = Path(name) / "network.tflite"
        path.write_bytes(builder.content())
        built = build_on_board(
            read_tflite(path), board, family=board.kernels, folder=Path(name) / "out",
            front_end=front_end, optimise=optimise, **channels,
        )  # fmt: skip
        access.flash(Path(name) / "out" / built.elf, **channels)
        samples = np.random.default_rng(0).normal(0, 2000, front_end.samples).astype("<i2")
        return access.session().run_samples(samples.tobytes())[1].cycles


def fitted(made: list[AnyFrontEnd], cycles: list[int]) -> tuple[float, float]:
    """Costs of a window and of a sample that explain the cycles best, in relative terms."""
    amounts = np.array([[front_end_windows(f), f.samples] for f in made], np.float64)
    costs, _ = nnls(amounts / np.array(cycles)[:, None], np.ones(len(cycles)))
    return float(costs[0]), float(costs[1])


def table(core: str, board_id: str, optimise: Optimise) -> str:
    """One core's part of the file."""
    board, lines, worst = load_board(board_id), [], 0.0
    for kind, made in fitted_to().items():
        cycles = [simulated(front_end, board, optimise) for front_end in made]
        window, sample = fitted(made, cycles)
        lines.append(f"{kind} = {{ window = {window:.5g}, sample = {sample:.4g} }}")
        for front_end in REAL.values():
            if front_end.kind == kind:
                predicted = front_end_windows(front_end) * window + front_end.samples * sample
                actual = simulated(front_end, board, optimise)
                worst = max(worst, abs(predicted / actual - 1) * 100)
    name = table_name(core, optimise)
    error = math.ceil(worst) + OTHER_CHIPS_PERCENT
    return "\n".join([f"[{name}]", f"error_percent = {error}", f"[{name}.kinds]", *lines]) + "\n"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def check() -> None:
    """Print predicted and simulated cycles."""
    for board_id in CHECKED:
        board = load_board(board_id)
        for name, front_end in REAL.items():
            optimise = usual_optimise(board)
            predicted = predict_front_end_cycles(front_end, board, optimise)
            actual = simulated(front_end, board, optimise)
            apart = (predicted.value / actual - 1) * 100
            _say(
                f"{board_id:10} {name:16} predicted {predicted.value:12,.0f} "
                f"(within {predicted.error_percent} %)"
                f" simulated {actual:12,} {apart:+.1f} %"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        parts = ["# Cycles of front-ends on virtual boards: python -m tests.front_end_costs\n"]
        for core, board_id in BOARDS.items():
            for optimise in ("speed", "size"):
                parts.append(table(core, board_id, optimise))
                _say(parts[-1])
        resource("firmware", "front_end_costs.toml").write_text("\n".join(parts), "utf-8")
    read_front_end_costs.cache_clear()
    check()
