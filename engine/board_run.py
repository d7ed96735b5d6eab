"""The same inputs through the board and through TFLite Micro on the host, compared.

Integers byte for byte; floats by their difference over the tensor's largest magnitude.
"""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.board_access import BoardAccess
from engine.boards import BoardSpec
from engine.errors import BoardError
from engine.events import CancelToken, LogLine, Report, StageProgress
from engine.figures import Figure, Measured
from engine.metrics import accuracy_and_confusion
from engine.summaries import BoardRunSummary, BuildSummary, VerifyRow

if TYPE_CHECKING:
    from engine.micro_reference import MicroReference
    from engine.telemetry.answers import Hello
    from engine.telemetry.board_session import BoardSession

_STAGE = "board-run"
_CYCLES = struct.Struct("<I")
_LAYER_INPUTS = 3
_LAYER_INPUTS_ON_SERIAL = 1  # every layer's bytes at 115,200 baud
NOISE_INPUTS = 100
FLOAT_TOLERANCE = 1e-5
"""Relative error up to which a float output counts as equal: sums run in another order on the board."""


def run_inputs_on_board(
    access: BoardAccess,
    board: BoardSpec,
    *,
    tflite: Path,
    build: BuildSummary,
    inputs: NDArray[np.int8] | None = None,
    labels: NDArray[np.int64] | None = None,
    classes: int = 0,
    layers: bool = False,
    partial: Path | None = None,
    report: Report,
    cancel: CancelToken,
) -> BoardRunSummary:
    """Stream inputs to a flashed board and compare every output with TFLite Micro's.

    All bytes of a float beyond `FLOAT_TOLERANCE` count as mismatched.

    Args:
        access: the board; the firmware of `build` runs on it.
        board: what it is.
        tflite: the network, for the reference on the host.
        build: what was flashed.
        inputs: (n, input_bytes) raw bytes of the input tensor(s); None takes 100 of seeded noise.
        labels: (n,) true classes, or None where there are none.
        classes: number of classes, with `labels`.
        layers: also compare what each layer computes, for a few of the inputs.
        partial: a file that keeps what is done when the run is interrupted, and that the next run of the
            same inputs goes on from; it is removed at the end.
        report: gets the progress.
        cancel: checked at every input.

    Raises:
        BoardError: the board stopped answering.
        Cancelled: the user stopped it.
    """
    from engine.micro_reference import MicroReference

    reference = MicroReference(tflite)
    if inputs is None:
        inputs = noise_inputs(reference.input_types, NOISE_INPUTS)
    session = access.session()
    hello = session.hello()
    kept = None
    if partial is not None and not _remembers(tflite):
        kept = _PartialRun(partial, hello, access.link, inputs)
    comparison, cycles = OutputComparison(reference), []
    board_answers, host_answers = [], []
    started = time.monotonic()
    for number, row in enumerate(inputs):
        cancel.check()
        answer = kept.answer(number) if kept else None
        if answer is None:
            inference = session.run(row.tobytes())
            answer = _Answer(inference.cycles, inference.output)
            if kept:
                kept.keep(answer)
            if session.needs_recovery:
                _recover(session, tflite, report)
        expected = reference.run_bytes(row.tobytes())
        comparison.add(answer.output, expected)
        board_answers.append(reference.output_values(answer.output))
        host_answers.append(reference.output_values(expected))
        cycles.append(answer.cycles)
        done = number + 1
        left = (time.monotonic() - started) / done * (len(inputs) - done)
        report(
            StageProgress(stage=_STAGE, done=done, total=len(inputs), unit="inputs", seconds_left=left)
        )
    statistics = _statistics(access, session, inputs)
    typical = float(np.median(cycles)) if cycles else 0.0
    accuracy, confusion = _accuracy(board_answers, labels, classes)
    host_accuracy, _ = _accuracy(host_answers, labels, classes)
    layer_cycles = list(session.layers(inputs[-1].tobytes()))
    stack_bytes = session.stats().stack_high_water_bytes
    tested = session.self_test()
    layer_rows = _layer_rows(access, tflite, inputs, report, cancel) if layers else []
    if kept:
        kept.remove()
    return BoardRunSummary(
        board=board.id,
        link=access.link,
        inputs_compared=len(inputs),
        mismatched_bytes=comparison.mismatched_bytes,
        worst_relative_error=comparison.worst_relative_error,
        accuracy=accuracy,
        host_accuracy=host_accuracy,
        instructions=int(statistics.get("instructions", 0)),
        cycles=access.time_figure(typical, "cycles", board),
        latency_ms=access.time_figure(typical / board.clock_hz * 1e3, "ms", board),
        layer_cycles=layer_cycles,
        arena_bytes=hello.arena_bytes,
        stack_bytes=stack_bytes,
        confusion=confusion,
        layer_rows=layer_rows,
        self_test=tested.sentence if tested else "",
    )


def _recover(session: BoardSession, tflite: Path, report: Report) -> None:
    """Go on after a reset, at the old rate; where answers depend on those before, that is an error."""
    from engine.telemetry.answers import reset_sentence

    cause = session.recover()
    if cause is None:
        return
    if _remembers(tflite):
        raise BoardError(
            f"{reset_sentence(cause)} It has forgotten what the network remembers between inferences.",
            hint="Start the comparison again.",
        )
    report(LogLine(stage=_STAGE, text=reset_sentence(cause), level="warning"))


def _remembers(tflite: Path) -> bool:
    """Whether an inference depends on those before it, so that a run cannot go on in the middle."""
    from engine.model_import.tflite_file import read_tflite

    return any(tensor.is_variable for tensor in read_tflite(tflite).tensors)


def _statistics(access: BoardAccess, session: BoardSession, inputs: NDArray[np.int8]) -> dict[str, Any]:
    """Exact counts of the last inference; one is run for them if all answers came from a file."""
    found = access.statistics()
    if found and not found.get("instructions"):
        session.run(inputs[-1].tobytes())
        found = access.statistics()
    return found


def _layer_rows(
    access: BoardAccess, tflite: Path, inputs: NDArray[np.int8], report: Report, cancel: CancelToken
) -> list[VerifyRow]:
    """What each layer computes on the board, for a few inputs evenly over all."""
    from engine.target_layers import compare_on_board

    count = min(_LAYER_INPUTS if access.is_virtual else _LAYER_INPUTS_ON_SERIAL, len(inputs))
    chosen = np.unique(np.linspace(0, len(inputs) - 1, count).astype(int))
    samples = [inputs[number].tobytes() for number in chosen]
    rows, _ = compare_on_board(access, tflite, samples, report=report, cancel=cancel)
    return rows


@dataclass(frozen=True)
class _Answer:
    """What the board said to one input."""

    cycles: int
    output: bytes


class _PartialRun:
    """The board's answers so far, in a file that an interrupted run leaves behind.

    A header names the firmware, the board and the inputs; then one record of fixed size per input:
    cycles (u32) and the output's bytes. A file of another run, or a record cut short, is dropped.
    """

    def __init__(self, path: Path, hello: Hello, link: str, inputs: NDArray[np.int8]) -> None:
        content = hashlib.sha256(np.ascontiguousarray(inputs).tobytes()).hexdigest()
        words = [hello.model_hash, hello.board_id, str(hello.flash_bytes), link, content]
        header = hashlib.sha256("\n".join(words).encode()).digest()
        self._path = path
        self._size = _CYCLES.size + hello.output_bytes
        data = path.read_bytes() if path.is_file() else b""
        if not data.startswith(header):
            data = header
        body = data[len(header) :]
        self._answers = [
            _Answer(_CYCLES.unpack_from(body, at)[0], body[at + _CYCLES.size : at + self._size])
            for at in range(0, len(body) - self._size + 1, self._size)
        ]
        whole = len(header) + self._size * len(self._answers)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[:whole])

    def answer(self, number: int) -> _Answer | None:
        """What is kept of an input, None if it must be run."""
        return self._answers[number] if number < len(self._answers) else None

    def keep(self, answer: _Answer) -> None:
        """Append the next input's answer."""
        if len(answer.output) != self._size - _CYCLES.size:
            raise BoardError(
                f"The board answered with {len(answer.output)} bytes of output, "
                f"its firmware promised {self._size - _CYCLES.size}.",
                hint="Flash the firmware of this model again.",
            )
        self._answers.append(answer)
        with self._path.open("ab") as stream:
            stream.write(_CYCLES.pack(answer.cycles) + answer.output)

    def remove(self) -> None:
        """The run is complete."""
        self._path.unlink(missing_ok=True)


class OutputComparison:
    """Sums up how outputs of the board differ from the reference's.

    Attributes:
        mismatched_bytes: of integers, and of floats beyond the tolerance.
        worst_relative_error: of float outputs, None if there are none.
    """

    def __init__(self, reference: MicroReference) -> None:
        self._reference = reference
        self.mismatched_bytes = 0
        self.worst_relative_error: float | None = None

    def add(self, answer: bytes, expected: bytes) -> None:
        """Compare the outputs of one inference."""
        if len(answer) != len(expected):
            self.mismatched_bytes += len(expected)
            return
        for got, wanted in zip(
            self._reference.split_outputs(answer), self._reference.split_outputs(expected), strict=True
        ):
            if wanted.dtype.kind != "f":
                same = got.view(np.uint8) == wanted.view(np.uint8)
                self.mismatched_bytes += int(np.count_nonzero(~same))
                continue
            errors = relative_errors(got, wanted)
            self.mismatched_bytes += wanted.itemsize * int(
                np.count_nonzero(~(errors <= FLOAT_TOLERANCE))
            )
            self.worst_relative_error = max(
                self.worst_relative_error or 0.0, float(errors.max(initial=0))
            )


def relative_errors(got: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.float64]:
    """Differences over the largest finite magnitude wanted; infinite where only one is not a number."""
    with np.errstate(invalid="ignore", over="ignore"):
        largest = float(np.abs(wanted[np.isfinite(wanted)]).max(initial=0))
        errors = np.abs(got.astype(np.float64) - wanted.astype(np.float64)) / (largest or 1.0)
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    errors = np.where(same, 0.0, np.where(np.isnan(errors), np.inf, errors))
    return np.asarray(errors, np.float64)


def noise_inputs(types: Sequence[tuple[str, int]], count: int, *, seed: int = 0) -> NDArray[np.int8]:
    """Seeded noise: integers over their whole range, floats normally distributed.

    Args:
        types: numpy type name and number of elements of each input tensor.
        count: how many inputs.
        seed: of the noise.

    Returns:
        int8 (count, bytes of all inputs), raw bytes.
    """
    chance = np.random.default_rng(seed)
    parts = []
    for dtype, elements in types:
        kind = np.dtype(dtype)
        if kind.kind == "f":
            values = chance.standard_normal((count, elements)).astype(kind)
        elif kind.kind == "b":
            values = chance.integers(0, 2, (count, elements)).astype(kind)
        else:
            values = chance.integers(-128, 128, (count, elements * kind.itemsize)).astype(np.int8)
        parts.append(np.ascontiguousarray(values).view(np.int8).reshape(count, elements * kind.itemsize))
    return np.concatenate(parts, axis=1)


def _accuracy(
    answers: list[NDArray[Any]], labels: NDArray[np.int64] | None, classes: int
) -> tuple[Figure | None, list[list[int]]]:
    if labels is None or not answers:
        return None, []
    accuracy, confusion = accuracy_and_confusion(np.stack(answers), labels, classes)
    return Measured(accuracy, "fraction"), confusion
