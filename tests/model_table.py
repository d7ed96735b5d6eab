"""Prints what becomes of every real model file: `python -m tests.model_table [FOLDER] [--only NAME]`.

Each file is imported as the command line imports it, converted with seeded noise as calibration (the
answers mean nothing then, the comparison of forms does), verified form by form and run on a virtual
board. A file that crashes its reader costs its own row only.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from tests.helpers.printed_table import print_table

_HEADINGS = (
    "file",
    "imported as",
    "trainable",
    "INT8 bytes",
    "worst isolated error",
    "verified",
    "on board",
    "refusal",
    "seconds",
)
_SUFFIXES = (".tflite", ".onnx", ".th", ".pt", ".pth", ".pt2", ".h5", ".keras")
_ROW_SECONDS = 240.0
_NUMERIC = {"INT8 bytes", "seconds"}


@dataclass
class Row:
    """Cells by heading, filled in as far as the file comes; a fault is ours, a refusal is an answer."""

    cells: dict[str, str] = field(default_factory=dict)
    faulty: bool = False

    def line(self) -> str:
        return "| " + " | ".join(self.cells.get(heading) or "-" for heading in _HEADINGS) + " |"


def model_files(folder: Path) -> list[Path]:
    """All model files below a folder, and SavedModels."""
    found = [p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES]
    return sorted([*found, *(p.parent for p in folder.rglob("saved_model.pb"))])


def row_of(path: Path) -> Row:
    """One file as far as it comes."""
    from engine.errors import EngineError
    from tests.helpers.whole_chain import in_cell

    row = Row({"file": path.name})
    try:
        _fill(path, row)
    except EngineError as refusal:
        hint = f" {refusal.hint}" if refusal.hint else ""
        row.cells["refusal"] = in_cell(f"{refusal.message}{hint}")
    except Exception as error:  # every file gets its row
        row.faulty = True
        traceback.print_exc()
        row.cells["refusal"] = in_cell(f"**FAULT** {type(error).__name__}: {error}")
    return row


def _fill(path: Path, row: Row) -> None:
    from engine.events import CancelToken, Event, Result, discard
    from engine.verbs import perform
    from tests.helpers.whole_chain import run_on_board

    channels = {"report": discard, "cancel": CancelToken()}
    values: dict[str, object] = {}

    def note(event: Event) -> None:
        if isinstance(event, Result):
            values.update(event.values)

    perform({"verb": "import", "file": str(path)}, report=note, cancel=channels["cancel"])
    row.cells["imported as"] = str(values["format"])
    parameters = f"{values['parameters']:,} parameters"
    row.cells["trainable"] = f"{'yes' if values['trainable'] else 'no'}, {parameters}"
    with tempfile.TemporaryDirectory(prefix="thimble-models-") as name:
        folder = Path(name)
        if values["trainable"]:
            tflite, samples = _converted(path, folder, row)
        else:
            tflite, samples = _finished(path, row)
        ran = run_on_board(tflite, samples)
    layers = sum(not layer.passed for layer in ran.layer_rows)
    row.cells["on board"] = (
        f"{ran.board}: {ran.mismatched_bytes} bytes differ in {ran.inputs_compared} inputs"
    )
    if ran.worst_relative_error is not None:
        row.cells["on board"] += f", floats by {ran.worst_relative_error:.1e}"
    if layers:
        row.cells["on board"] += f", {layers} layers above their limit"
    row.faulty |= bool(ran.mismatched_bytes or layers)


def _converted(path: Path, folder: Path, row: Row) -> tuple[Path, list[bytes]]:
    """A trainable network: torch to TFLite Micro, generated C on the host."""
    from engine.events import CancelToken, discard
    from engine.model_import.confined_import import import_model_file
    from engine.model_import.imported_model import ImportedModel
    from tests.helpers.whole_chain import convert_and_verify

    read, made = folder / "read", folder / "made"
    read.mkdir()
    made.mkdir()
    import_model_file(path, read, report=discard, cancel=CancelToken())
    imported = ImportedModel.load(read)
    done = convert_and_verify(
        imported.module,
        imported.input_shape,
        made,
        classification=imported.meaning.softmax,
        given_ranges=imported.ranges,
        span=_input_span(imported),
    )
    row.cells["INT8 bytes"] = f"{done.converted.tflite_int8_path.stat().st_size:,}"
    _tell(done.summary, row)
    return done.converted.tflite_int8_path, done.samples


def _input_span(imported: object) -> float:
    """Half of the input's range where the file says it, else one."""
    ranges = getattr(imported, "ranges", {})
    low, high = ranges.get("input", (-1.0, 1.0))
    return max(abs(low), abs(high)) / 2


def _finished(path: Path, row: Row) -> tuple[Path, list[bytes]]:
    """A finished `.tflite`: LiteRT's kernels, TFLite Micro, generated C on the host."""
    from engine.events import CancelToken, discard
    from engine.verification import verify_file
    from engine.verify import file_inputs

    row.cells["INT8 bytes"] = f"{path.stat().st_size:,} as it is"
    found = verify_file(path, report=discard, cancel=CancelToken())
    _tell(found.verify, row)
    return path, file_inputs(path)


def _tell(summary: object, row: Row) -> None:
    from tests.helpers.whole_chain import in_cell, shown_error, worst_by_pair

    if not summary.rows:
        row.cells["verified"] = f"not compared: {in_cell(summary.first_guilty)}"
        return
    pairs = worst_by_pair(summary.rows)
    row.cells["worst isolated error"] = "; ".join(
        f"{_short(first)} > {_short(second)} {shown_error(errors)}"
        for (first, second), errors in pairs.items()
    )
    compared = f"{len(summary.rows)} rows, {summary.inputs_compared} inputs"
    row.cells["verified"] = (
        f"passed: {compared}"
        if summary.passed
        else (f"**failed**: {in_cell(summary.first_guilty)} {in_cell(summary.likely_cause)}".rstrip())
    )
    row.faulty |= not summary.passed


_SHORT = {
    "PyTorch": "torch",
    "ONNX Runtime": "ONNX",
    "TensorFlow": "TF",
    "QAT simulation": "QAT",
    "TFLite float": "float",
    "TFLite INT8 reference": "INT8",
    "TFLite Micro": "Micro",
    "generated C on the host": "C",
}


def _short(form: str) -> str:
    return _SHORT.get(form, form)


def _serve(connection: Connection) -> None:
    """The worker: a path in, a row out, until nothing more comes."""
    while True:
        try:
            path = connection.recv()
        except EOFError:
            return
        connection.send(row_of(path))


def rows(paths: list[Path]) -> Iterator[Row]:
    """A row per file, from a worker process that is replaced when a file breaks it."""
    context = multiprocessing.get_context("spawn")
    worker = None
    for path in paths:
        if worker is None:
            ours, theirs = context.Pipe()
            worker = context.Process(target=_serve, args=(theirs,))
            worker.start()
            theirs.close()
        started = time.monotonic()
        ours.send(path)
        row, broken = None, ""
        try:
            if ours.poll(_ROW_SECONDS):
                row = ours.recv()
            else:
                broken = f"took more than {_ROW_SECONDS:.0f} s"
        except (EOFError, ConnectionError):
            worker.join(5.0)
            broken = f"the process ended with {worker.exitcode}"
        if row is None:
            row = Row({"file": path.name, "refusal": f"**FAULT** {broken}"}, faulty=True)
            worker.kill()
            worker.join()
            worker = None
        row.cells["seconds"] = f"{time.monotonic() - started:.0f}"
        yield row
    if worker is not None:
        ours.close()
        worker.join()


def main() -> int:
    """One row a file; 1 if a row shows a fault of ours."""
    parser = argparse.ArgumentParser(prog="python -m tests.model_table", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--only", default="", metavar="NAME", help="files whose name holds this")
    arguments = parser.parse_args()
    folder = arguments.folder
    if folder is None:
        from tests.helpers.shared_data import shared_data_folder

        folder = shared_data_folder("models")
    if not folder.is_dir():
        sys.stderr.write("The folder of models is not here; name one.\n")
        return 2
    measured = rows([p for p in model_files(folder) if arguments.only in p.name])
    return print_table(_HEADINGS, _NUMERIC, measured)


if __name__ == "__main__":
    sys.exit(main())
