"""Rows of a board's inferences as they happen, for `monitor`."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.events import CancelToken, LogLine, Report
from engine.pipeline import readiness
from engine.project import Project
from engine.summaries import ConvertSummary
from engine.telemetry.answers import Inference, read_inference, reset_sentence
from engine.telemetry.board_session import BoardSession

_FREE_PERIOD_US = 100_000
_POLL_SECONDS = 0.2


TEST_INPUTS = "test_inputs.npz"
"""What the conversion leaves for the board: `inputs`, and `labels` and `classes` where there are any."""


@dataclass(frozen=True)
class PlayedInputs:
    """Test inputs to drive a board with: (n, input_bytes), their true labels, and the classes.

    There are no labels and classes where the network's answer is not one of classes that are known.
    """

    inputs: NDArray[np.int8]
    labels: NDArray[np.int64] | None
    classes: list[str]


def project_inputs(project: Project) -> PlayedInputs | None:
    """The quantised test set that the conversion left, or None where there is none."""
    for state in readiness(project):
        if isinstance(state.summary, ConvertSummary) and state.folder is not None:
            return read_test_inputs(state.folder)
    return None


def read_test_inputs(folder: Path) -> PlayedInputs:
    """The test inputs in a conversion's folder."""
    with np.load(folder / TEST_INPUTS) as stored:
        classes = [str(c) for c in stored["classes"]] if "classes" in stored else []
        return PlayedInputs(stored["inputs"], stored["labels"] if classes else None, classes)


def driven_inferences(
    session: BoardSession, played: PlayedInputs, *, layers: bool, report: Report, cancel: CancelToken
) -> Generator[dict[str, Any], None, None]:
    """Send one test input after the other, round and round; one row each. A reset is reported."""
    session.hello()
    for number in itertools.cycle(range(len(played.inputs))):
        cancel.check()
        data = played.inputs[number].tobytes()
        row = _row(session.run(data))
        if played.labels is not None:
            best = int(np.frombuffer(bytes(row["output"]), np.int8).argmax())
            row["expected"] = played.classes[int(played.labels[number])]
            row["answer"] = played.classes[best]
        if layers:
            row["layers"] = list(session.layers(data))
        _recover_if_needed(session, report)
        yield row


def free_inferences(
    session: BoardSession, *, layers: bool, report: Report, cancel: CancelToken
) -> Generator[dict[str, Any], None, None]:
    """Let the board repeat an input of zeros by itself; one row each.

    After a reset, which is reported, it is asked to go on.
    """
    hello = session.hello()
    blank = bytes(hello.input_bytes)
    cycles_of_layers = list(session.layers(blank)) if layers else None
    session.set_input(blank)
    session.run_freely(_FREE_PERIOD_US)
    try:
        while True:
            cancel.check()
            for frame in session.poll(_POLL_SECONDS):
                if frame.kind == "inference":
                    row = _row(read_inference(frame, hello.clock_hz))
                    if cycles_of_layers is not None:
                        row["layers"] = cycles_of_layers
                    yield row
            _recover_if_needed(session, report)
    finally:
        session.run_freely(0)


def _recover_if_needed(session: BoardSession, report: Report) -> None:
    if session.needs_recovery:
        cause = session.recover()
        if cause is not None:
            report(LogLine(stage="monitor", text=reset_sentence(cause), level="warning"))


def _row(inference: Inference) -> dict[str, Any]:
    return {
        "sequence": inference.sequence,
        "cycles": inference.cycles,
        "latency_us": inference.latency_us,
        "output": list(inference.output),
    }
