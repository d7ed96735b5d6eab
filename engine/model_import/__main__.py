"""The child process that reads one model file: it gives up its rights first, then opens the file.

Started by `engine.child` as the role `import`, with an empty environment and a temporary folder as its
home. Standard input carries one job, `{"file": F, "folder": D, "trust": false, "input_shape": [],
"limits": {...}}`, and its end means that the parent is gone. What is read is saved into `folder`.
Standard output carries events as JSON lines: first a result with the protections, last a result with
the file's name, or how it failed. A job without a file only reports the protections.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from engine.errors import BadInputFile, EngineError
from engine.events import Event, Result, StageFailed, to_json
from engine.model_import.confinement import confine
from engine.model_import.limits import ImportLimits
from engine.model_import.survey import UnsupportedLayers, save_survey

if TYPE_CHECKING:  # PyTorch loads after the rights are given up
    from engine.model_import.imported_model import ImportedModel

# What holds Keras's weights here: PyTorch is loaded anyway, and TensorFlow would add 380 MB.
os.environ["KERAS_BACKEND"] = "torch"

STAGE = "model"
_TOO_MUCH = (errno.ENOMEM, errno.EFBIG, errno.EMFILE)
_ALLOCATION_WORDS = ("alloc", "memory")


def main() -> int:
    """Do one job."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not break the lines

    def send(event: Event) -> None:
        events.write(to_json(event) + "\n")

    job: dict[str, Any] = json.loads(sys.stdin.readline())
    folder = Path(job["folder"])
    path = Path(job["file"]) if job.get("file") else None
    rows = confine(
        ImportLimits(**job["limits"]), readable=_readable(path) if path else [], writable=folder.parent
    )
    send(Result(values={"protections": [vars(row) for row in rows]}))
    threading.Thread(target=_end_with_input, args=(sys.stdin,), daemon=True).start()
    if path is None:
        return 0
    failure = _import(path, folder, trust=bool(job["trust"]), input_shape=job["input_shape"])
    send(failure or Result(values={"imported": path.name}))
    return failure.exit_code if failure else 0


def _import(path: Path, folder: Path, *, trust: bool, input_shape: Sequence[int]) -> StageFailed | None:
    try:
        from engine.model_import.any_file import read_model
        from engine.model_import.value_range import with_guessed_range

        model = with_guessed_range(
            read_model(path, trust=trust, folder=folder.parent, input_shape=input_shape)
        )
        _run_once(model)
        model.save(folder)
        return None
    except Exception as error:
        if isinstance(error, UnsupportedLayers):
            save_survey(error, folder)
        return _failure(path, error)


def _run_once(model: ImportedModel) -> None:
    """What runs here, within the limits, runs anywhere: nobody meets the size of its tensors later."""
    import torch

    blanks = [torch.zeros(1, *shape) for shape in model.module.plan.inputs.values()]
    with torch.no_grad():
        model.module(*blanks)


def _failure(path: Path, error: Exception) -> StageFailed:
    """What is told about an error; nothing but our own errors is quoted as a message."""
    if not isinstance(error, EngineError):
        text = str(error)
        if (
            isinstance(error, MemoryError)
            or (isinstance(error, OSError) and error.errno in _TOO_MUCH)
            or (isinstance(error, RuntimeError) and any(w in text.lower() for w in _ALLOCATION_WORDS))
        ):
            message = f"{path.name} needs more memory or files than a model of its size may have."
        elif isinstance(error, PermissionError):
            message = f"{path.name} tried to reach what a model does not need: {text[:200]}."
        else:
            message = f"{path.name} cannot be read: {type(error).__name__}: {text[:300]}"
        error = BadInputFile(message, hint="Export or download the model again.", path=str(path))
    return StageFailed(
        stage=STAGE,
        code=error.code,
        message=error.message,
        hint=error.hint,
        facts={k: v for k, v in map(_plain_fact, error.facts.items()) if v is not None},
        exit_code=error.exit_code,
    )


def _plain_fact(fact: tuple[str, object]) -> tuple[str, str | int | float | bool | None]:
    """A fact with a list of names as one text; None for what is not plain."""
    name, value = fact
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return name, ", ".join(value)
    return name, value if isinstance(value, str | int | float | bool) else None


def _readable(path: Path) -> list[Path]:
    """The file, and for ONNX its folder: weights may lie beside the model."""
    return [path.parent if path.suffix.lower() == ".onnx" else path]


def _end_with_input(stream: TextIO) -> None:
    for _line in stream:
        pass
    os._exit(9)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # nothing that a file left behind runs at exit
