"""The same inputs through the board and through TFLite Micro on the host, compared.

Integers byte for byte; floats by their difference over the tensor's largest magnitude.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.board_access import BoardAccess
from engine.boards import BoardSpec
from engine.events import CancelToken, Report, StageProgress
from engine.figures import Figure, Measured
from engine.metrics import accuracy_and_confusion
from engine.summaries import BoardRunSummary, BuildSummary

if TYPE_CHECKING:
    from engine.micro_reference import MicroReference

_STAGE = "board-run"
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
    comparison, cycles = OutputComparison(reference), []
    board_answers, host_answers = [], []
    started = time.monotonic()
    for number, row in enumerate(inputs):
        cancel.check()
        inference = session.run(row.tobytes())
        expected = reference.run_bytes(row.tobytes())
        comparison.add(inference.output, expected)
        board_answers.append(reference.output_values(inference.output))
        host_answers.append(reference.output_values(expected))
        cycles.append(inference.cycles)
        done = number + 1
        left = (time.monotonic() - started) / done * (len(inputs) - done)
        report(
            StageProgress(stage=_STAGE, done=done, total=len(inputs), unit="inputs", seconds_left=left)
        )
    statistics = access.statistics()
    typical = float(np.median(cycles)) if cycles else 0.0
    accuracy, confusion = _accuracy(board_answers, labels, classes)
    host_accuracy, _ = _accuracy(host_answers, labels, classes)
    return BoardRunSummary(
        board=board.id,
        link=access.link,
        inputs_compared=len(inputs),
        mismatched_bytes=comparison.mismatched_bytes,
        worst_relative_error=comparison.worst_relative_error,
        accuracy=accuracy,
        host_accuracy=host_accuracy,
        instructions=int(statistics.get("instructions", 0)),
        cycles=access.figure(typical, "cycles"),
        latency_ms=access.figure(typical / board.clock_hz * 1e3, "ms"),
        layer_cycles=list(session.layers(inputs[-1].tobytes())),
        arena_bytes=hello.arena_bytes,
        stack_bytes=session.stats().stack_high_water_bytes,
        confusion=confusion,
    )


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
        parts.append(np.ascontiguousarray(values).view(np.int8).reshape(count, -1))
    return np.concatenate(parts, axis=1)


def _accuracy(
    answers: list[NDArray[Any]], labels: NDArray[np.int64] | None, classes: int
) -> tuple[Figure | None, list[list[int]]]:
    if labels is None or not answers:
        return None, []
    accuracy, confusion = accuracy_and_confusion(np.stack(answers), labels, classes)
    return Measured(accuracy, "fraction"), confusion
