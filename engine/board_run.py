"""The same inputs through the board and through TFLite Micro on the host, compared byte for byte."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.board_access import BoardAccess
from engine.boards import BoardSpec
from engine.events import CancelToken, Report, StageProgress
from engine.figures import Figure, Measured
from engine.metrics import accuracy_and_confusion
from engine.summaries import BoardRunSummary, BuildSummary

_STAGE = "board-run"
NOISE_INPUTS = 100


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
    """Stream inputs to a flashed board and compare every output byte with TFLite Micro's.

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
        inputs = noise_inputs(reference.input_bytes, NOISE_INPUTS)
    session = access.session()
    hello = session.hello()
    mismatched, cycles = 0, []
    board_answers, host_answers = [], []
    started = time.monotonic()
    for number, row in enumerate(inputs):
        cancel.check()
        inference = session.run(row.tobytes())
        expected = reference.run_bytes(row.tobytes())
        answer = np.frombuffer(inference.output, np.uint8)
        wanted = np.frombuffer(expected, np.uint8)
        mismatched += int(np.sum(answer != wanted)) if len(answer) == len(wanted) else len(wanted)
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
        mismatched_bytes=mismatched,
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


def noise_inputs(input_bytes: int, count: int, *, seed: int = 0) -> NDArray[np.int8]:
    """Seeded noise over the whole range of an INT8 input; shape (count, input_bytes)."""
    return np.random.default_rng(seed).integers(-128, 128, (count, input_bytes)).astype(np.int8)


def _accuracy(
    answers: list[NDArray[Any]], labels: NDArray[np.int64] | None, classes: int
) -> tuple[Figure | None, list[list[int]]]:
    if labels is None or not answers:
        return None, []
    accuracy, confusion = accuracy_and_confusion(np.stack(answers), labels, classes)
    return Measured(accuracy, "fraction"), confusion
