"""Drives a board over its serial line as MLPerf Tiny's host does: accuracy and performance mode.

The firmware is one that was built with one of the protocols of `engine.firmware.protocols`.
"""

from __future__ import annotations

import csv
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.boards import BoardSpec
from engine.errors import BadInputFile, BoardError, UsageError
from engine.events import CancelToken, Report, StageProgress
from engine.telemetry.link import Link, open_link

MODES = ("performance", "accuracy")
LEAST_SECONDS, LEAST_INFERENCES = 10.0, 10
"""The benchmark's rule: at least so long and so many inferences between two timestamps."""

_READY = "m-ready"
_HEX_BYTES = 31  # a line of the benchmark's own host
_START_SECONDS = 30.0
_ANSWER_SECONDS = 120.0
_STAGE = "mlperf"
_LABELS = "y_labels.csv"


@dataclass(frozen=True)
class Run:
    """What one `infer` gave: microseconds between its timestamps, and the results as printed."""

    elapsed_us: int
    results: tuple[float, ...]


class Dut:
    """The device under test at the other end of a line.

    Raises (every method):
        BoardError: it does not answer, or answers with an error.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._text = ""

    def wait_until_ready(self, seconds: float = _START_SECONDS) -> list[str]:
        """Lines up to the next m-ready."""
        lines: list[str] = []
        end = time.monotonic() + seconds
        while True:
            line, found, rest = self._text.partition("\n")
            if not found:
                if time.monotonic() > end:
                    raise BoardError(
                        "The board does not answer as MLPerf Tiny's protocol says.",
                        hint="Build with --protocol mlperf, flash, and check the baud rate, 115200.",
                        details=self._text[-200:],
                    )
                self._text += self._link.read(0.2).decode("ascii", "replace")
                continue
            self._text = rest
            line = line.strip()
            if line == _READY:
                return lines
            if line:
                lines.append(line)

    def command(self, text: str, seconds: float = _ANSWER_SECONDS) -> list[str]:
        """Send one command; the lines of its answer."""
        self._link.write(f"{text}%".encode("ascii"))
        lines = self.wait_until_ready(seconds)
        for line in lines:
            if line.startswith("e-"):
                reason = line.removeprefix("e-[").removesuffix("]")
                raise BoardError(f"The board refuses {text.split(' ')[0]}: {reason}.")
        return lines

    def name(self) -> str:
        """Who it says it is. What it said before, at its start for example, is passed over."""
        self._link.write(b"%name%")  # an empty command ends what an earlier host left unfinished
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            for line in self.wait_until_ready():
                found = re.fullmatch(r"m-name-dut-\[(.*)\]", line)
                if found:
                    return found[1]
        raise BoardError(
            "The board does not tell its name.", hint="Build with --protocol mlperf, and flash again."
        )

    def timestamp_us(self) -> int:
        """Its clock."""
        return int(self._value("timestamp", r"m-lap-us-(\d+)"))

    def load(self, data: bytes) -> None:
        """Give it one input."""
        self.command(f"db load {len(data)}")
        answer: list[str] = []
        for at in range(0, len(data), _HEX_BYTES):
            answer = self.command(f"db {data[at : at + _HEX_BYTES].hex()}")
        if "m-load-done" not in answer:
            raise BoardError("The board did not take the whole input.")

    def infer(self, count: int, warm_ups: int) -> Run:
        """Run the loaded input `count` times after `warm_ups` that do not count."""
        lines = self.command(f"infer {count} {warm_ups}", _ANSWER_SECONDS + 2.0 * count)
        laps = [int(line.removeprefix("m-lap-us-")) for line in lines if line.startswith("m-lap-us-")]
        if len(laps) != 2:
            raise BoardError("The board told no two timestamps of its inferences.")
        return Run((laps[1] - laps[0]) & 0xFFFFFFFF, _results(lines))

    def results(self) -> tuple[float, ...]:
        """The last result again."""
        return _results(self.command("results"))

    def _value(self, command: str, pattern: str) -> str:
        for line in self.command(command):
            found = re.fullmatch(pattern, line)
            if found:
                return found[1]
        raise BoardError(f"The board does not answer {command} as the protocol says.")


def _results(lines: list[str]) -> tuple[float, ...]:
    for line in lines:
        found = re.fullmatch(r"m-results-\[(.*)\]", line)
        if found:
            return tuple(float(value) for value in found[1].split(","))
    raise BoardError("The board told no results.")


def run_benchmark(
    path: Path,
    board: BoardSpec,
    *,
    link: str,
    protocol: str,
    mode: str,
    inputs: int,
    samples: Path | None,
    report: Report,
    cancel: CancelToken,
) -> dict[str, Any]:
    """Build a `.tflite` with the protocol, flash it, and run one mode.

    Args:
        path: the network.
        board: where it runs.
        link: how the board is reached.
        protocol: one of `mlperf`, `mlperf-uint8`, `mlperf-float32`.
        mode: `performance`: the median rate over inputs; `accuracy`: the share of right classes.
        inputs: how many of the data set, or of seeded noise without one.
        samples: folder with y_labels.csv and the files that it names; needed for `accuracy`.
        report: told after each input.
        cancel: looked at between inputs.

    Returns:
        What the verb prints: see docs/command-line.md.

    Raises:
        UsageError: a mode or protocol that there is not.
        DoesNotFit, BuildFailed, BoardError, Cancelled: see `build_on_board` and `BoardAccess.flash`.
    """
    from engine.board_access import open_board
    from engine.firmware.protocols import TELEMETRY, loaded_bytes, protocol_of
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import build_on_board

    if mode not in MODES or protocol_of(protocol) == TELEMETRY:
        raise UsageError(
            f"There is no mode {mode} with the protocol {protocol}.",
            hint="Use --mode performance or accuracy, --protocol mlperf, mlperf-uint8, mlperf-float32.",
        )
    if mode == "accuracy" and samples is None:
        raise UsageError("Accuracy needs inputs whose answers are known.", hint="Use --samples DIR.")
    graph = read_tflite(path)
    chosen = list(_inputs(samples, loaded_bytes(protocol, graph), protocol, max(1, inputs)))
    channels: dict[str, Any] = {"report": report, "cancel": cancel}
    with tempfile.TemporaryDirectory(prefix="thimble-mlperf-") as name:
        folder = Path(name)
        family = board.kernels
        built = build_on_board(
            graph, board, family=family, folder=folder, protocol=protocol, tflite=path, **channels
        )
        with open_board(link, board.id) as access:
            access.flash(folder / built.elf, **channels)
            basis = "simulated" if access.simulates else "measured"
            line = open_link(access.uart_url)
            try:
                result = _run(Dut(line), mode, chosen, report, cancel)
            finally:
                line.close()
    return {"model": path.stem, "board": board.id, "mode": mode, "basis": basis, **result}


def _run(
    dut: Dut, mode: str, chosen: list[tuple[bytes, int | None]], report: Report, cancel: CancelToken
) -> dict[str, Any]:
    name = dut.name()
    rates, right, told = [], 0, []
    for number, (data, label) in enumerate(chosen):
        cancel.check()
        dut.load(data)
        if mode == "performance":
            first = dut.infer(1, 1)
            count = max(LEAST_INFERENCES, int(LEAST_SECONDS * 1e6 / max(1, first.elapsed_us)) + 1)
            run = dut.infer(count, 1)
            rates.append(count / run.elapsed_us * 1e6)
        else:
            run = dut.infer(1, 0)
            right += int(np.argmax(run.results)) == label
        told.append(run.results)
        report(StageProgress(stage=_STAGE, done=number + 1, total=len(chosen), unit="inputs"))
    values: dict[str, Any] = {"name": name, "inputs": len(chosen), "last_results": list(told[-1])}
    if mode == "performance":
        rate = statistics.median(rates)
        return values | {"inferences_per_second": rate, "latency_ms": 1000.0 / rate}
    return values | {"right": right, "accuracy": right / len(chosen)}


def _inputs(
    samples: Path | None, size: int, protocol: str, count: int
) -> Iterator[tuple[bytes, int | None]]:
    """Inputs as the host loads them, with their classes where they are known."""
    if samples is None:
        chance = np.random.default_rng(0)
        for _ in range(count):
            if protocol == "mlperf-float32":
                yield chance.standard_normal(size // 4).astype("<f4").tobytes(), None
            else:
                yield chance.bytes(size), None
        return
    try:
        with (samples / _LABELS).open(newline="", encoding="utf-8") as stream:
            rows = [row for row in csv.reader(stream) if len(row) >= 3][:count]
            for row in rows:
                data = (samples / Path(row[0].strip()).name).read_bytes()
                if len(data) != size:
                    raise BadInputFile(f"{row[0]} has {len(data)} bytes, the network takes {size}.")
                yield data, int(row[2])
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise BadInputFile(
            f"{samples.name} is no data set of the benchmark: {error}.",
            hint=f"It holds {_LABELS} (name, number of classes, class) and the files named there.",
        ) from error
    if not rows:
        raise BadInputFile(f"{_LABELS} names no inputs.")
