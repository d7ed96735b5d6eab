"""Times the whole verification of MobileNetV1 96x96: `python -m tests.verify_benchmark [INPUTS]`.

Seconds on the clock, seconds of processor, and resident memory at the first input and at its highest:
if activations piled up, it would grow with the inputs. Conversion is not counted, only what `verify`
does. `--board ID` adds a virtual board: all inputs, and every layer for a few of them. With `--profile`
the functions that take longest follow.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from engine.board_access import open_board
from engine.board_run import run_inputs_on_board
from engine.boards import load_board
from engine.events import CancelToken, Event
from engine.micro_reference import MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board
from engine.target_layers import with_host
from engine.verify import verify_converted
from engine.verify.boundary import boundary_values
from tests.helpers.conversions import convert_test_network, noise

_INPUTS = 100
_SHAPE = (96, 96, 3)


class Meter:
    """Seconds and memory since it was made; a reporter of progress that looks at memory each time."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._started = self._clocks()
        self.resident_bytes: list[int] = []

    def __call__(self, event: Event) -> None:
        """Note the memory of this process and its children."""
        family = [self._process, *self._process.children(recursive=True)]
        self.resident_bytes.append(sum(process.memory_info().rss for process in family))

    def _clocks(self) -> tuple[float, float]:
        times = self._process.cpu_times()
        processor = times.user + times.system + times.children_user + times.children_system
        return time.perf_counter(), processor

    def lap(self) -> tuple[float, float]:
        """Seconds on the clock and of processor since the last lap; finished children count."""
        now = self._clocks()
        passed = now[0] - self._started[0], now[1] - self._started[1]
        self._started = now
        return passed


def main() -> int:
    """Prints the figures; 1 if the verification did not pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inputs", type=int, nargs="?", default=_INPUTS)
    parser.add_argument("--board", help="for example stm32h743")
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="thimble-benchmark-") as name:
        module, converted = convert_test_network("mobilenet-v1", Path(name))
        path = converted.tflite_int8_path
        inputs = np.concatenate(
            [boundary_values(path, _SHAPE), noise(_SHAPE, max(chosen.inputs, 1), seed=1)]
        )[: chosen.inputs]
        profile = cProfile.Profile()
        meter = Meter()
        if chosen.profile:
            profile.enable()
        summary = verify_converted(module, converted, inputs, report=meter, cancel=CancelToken())
        laps = [("PyTorch to TFLite Micro", meter.lap())]
        quanta = MicroReference(path).quantize_input(inputs)
        summary = with_host(
            summary, path, [q.tobytes() for q in quanta], report=meter, cancel=CancelToken()
        )
        laps.append(("generated C on the host", meter.lap()))
        if chosen.board:
            _run_on_board(path, chosen.board, quanta.reshape(len(quanta), -1), meter)
            laps.append((f"build and virtual {chosen.board}", meter.lap()))
        profile.disable()
    laps.append(("all", (sum(lap[0] for _, lap in laps), sum(lap[1] for _, lap in laps))))
    sys.stdout.write("| part | seconds | of processor |\n|---|---:|---:|\n")
    for title, (seconds, processor) in laps:
        sys.stdout.write(f"| {title} | {seconds:.1f} | {processor:.1f} |\n")
    layers = len({row.layer for row in summary.rows})
    first, most = meter.resident_bytes[0] / 1e6, max(meter.resident_bytes) / 1e6
    sys.stdout.write(
        f"{summary.inputs_compared} inputs, {layers} layers, {len(summary.rows)} rows: "
        f"{summary.first_guilty or 'passed'}\n"
        f"resident memory {first:.0f} MB at the first input, {most:.0f} MB at most\n"
    )
    if chosen.profile:
        pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(25)
    return 0 if summary.passed else 1


def _run_on_board(path: Path, board_id: str, inputs: NDArray[np.int8], meter: Meter) -> None:
    board = load_board(board_id)
    channels: dict[str, Any] = {"report": meter, "cancel": CancelToken()}
    with tempfile.TemporaryDirectory(prefix="thimble-benchmark-") as name:
        folder = Path(name)
        build = build_on_board(
            read_tflite(path), board, family=board.kernels, folder=folder, tflite=path, **channels
        )
        with open_board("virtual", board_id) as access:
            access.flash(folder / build.elf, **channels)
            ran = run_inputs_on_board(
                access, board, tflite=path, build=build, inputs=inputs, layers=True, **channels
            )
    sys.stdout.write(f"{board.name}: {ran.mismatched_bytes} bytes differ, self-test {ran.self_test}\n\n")


if __name__ == "__main__":
    sys.exit(main())
