"""Every layer of generated code, on the host or on a board, against TFLite Micro's tensors."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.board_access import BoardAccess
from engine.errors import BuildFailed, UnsupportedOperator
from engine.events import CancelToken, LogLine, Report, StageProgress
from engine.graph import TensorGraph
from engine.host_model import TITLE, HostModel
from engine.micro_reference import TFLITE_MICRO, MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.summaries import VerifyRow, VerifySummary

VIRTUAL_BOARD, REAL_BOARD = "virtual board", "real board"
_STAGE = "verify"


def compare_on_board(
    access: BoardAccess, path: Path, samples: Sequence[bytes], *, report: Report, cancel: CancelToken
) -> tuple[list[VerifyRow], str]:
    """Let a board's firmware send what each layer computes, and compare.

    Args:
        access: the board; the firmware of this network runs on it.
        path: the `.tflite`.
        samples: as for the host.
        report: told how many inputs are done.
        cancel: checked at every input.

    Raises:
        BoardError: the board does not answer, or its firmware cannot send layers.
    """
    graph = read_tflite(path)
    session = access.session()
    if any(tensor.is_variable for tensor in graph.tensors):
        session.reset()  # the reference, too, begins without memory of other inputs

    def runs() -> Iterator[Mapping[int, bytes]]:
        for sample in samples:
            outputs = session.layer_outputs(sample)
            yield {graph.operators[o].outputs[n]: data for (o, n), data in outputs.items()}

    title = VIRTUAL_BOARD if access.simulates else REAL_BOARD
    return _compare(path, graph, samples, runs(), title, report, cancel)


def with_rows(summary: VerifySummary, rows: Sequence[VerifyRow], cause: str) -> VerifySummary:
    """A chain that goes on: more rows, and what they mean for its verdict."""
    from engine.verify.comparison import first_guilty

    guilty = summary.first_guilty or first_guilty(rows)
    return msgspec.structs.replace(
        summary,
        rows=[*summary.rows, *rows],
        passed=not guilty,
        first_guilty=guilty,
        likely_cause=summary.likely_cause if summary.first_guilty else cause,
    )


def with_host(
    summary: VerifySummary,
    path: Path,
    samples: Sequence[bytes],
    *,
    labelled: tuple[Sequence[bytes], NDArray[np.int64]] | None = None,
    report: Report,
    cancel: CancelToken,
) -> VerifySummary:
    """The chain with the generated C on this computer behind it, where that can be compiled.

    Args:
        summary: the chain up to TFLite Micro.
        path: the `.tflite`.
        samples: inputs to compare every layer with.
        labelled: inputs with their classes, for the accuracy of this form.
        report: told how many inputs are done.
        cancel: checked at every input.

    Raises:
        EngineError: the generated code faulted.
    """
    graph = read_tflite(path)
    with tempfile.TemporaryDirectory(prefix="thimble-host-model-") as folder:
        try:
            model = HostModel(graph, Path(folder), cancel=cancel)
        except (UnsupportedOperator, BuildFailed) as error:
            report(LogLine(stage=_STAGE, text=f"Generated C is not compared: {error.message}"))
            return summary
        runs = (run.layers for run in model.run(samples, layers=True, cancel=cancel))
        rows, cause = _compare(path, graph, samples, runs, TITLE, report, cancel)
        summary = with_rows(summary, rows, cause)
        if labelled is None:
            return summary
        from engine.verify import with_accuracy

        inputs, labels = labelled
        reference = MicroReference(path)
        hits = [
            bool(reference.output_values(run.output).argmax() == label)
            for run, label in zip(model.run(inputs, cancel=cancel), labels, strict=True)
        ]
        return with_accuracy(summary, TITLE, hits, labels)


def _compare(
    path: Path,
    graph: TensorGraph,
    samples: Sequence[bytes],
    runs: Iterable[Mapping[int, bytes]],
    title: str,
    report: Report,
    cancel: CancelToken,
) -> tuple[list[VerifyRow], str]:
    from engine.verify.comparison import FLOAT_LIMIT, QUANTA, QUANTUM_LIMIT, PairRecord

    reference = MicroReference(path, layers=True)
    exact = 0.0 if reference.engine == TFLITE_MICRO else QUANTUM_LIMIT
    record = PairRecord(reference.engine, title, QUANTA)
    for number, (sample, found) in enumerate(zip(samples, runs, strict=True)):
        cancel.check()
        reference.run_bytes(sample)
        for operator in graph.operators:
            for tensor in operator.outputs:
                if tensor in found:
                    right = reference.tensor(tensor)
                    came = _values(found[tensor], right)
                    limit = FLOAT_LIMIT if right.dtype.kind == "f" else exact
                    record.note(graph.tensors[tensor].name, right, came, came, limit=limit)
        report(StageProgress(stage=_STAGE, done=number + 1, total=len(samples), unit="inputs"))
    return record.rows(), record.cause()


def _values(data: bytes, like: NDArray[Any]) -> NDArray[Any]:
    values = np.frombuffer(data, like.dtype)
    return values.reshape(like.shape) if values.size == like.size else values
