"""Numbers in files: `.npz` archives, one CSV of vectors, and CSV records of vibration."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.features import Floats
from engine.errors import BadInputFile

# What numpy raises where a byte of an archive or of an array's header has changed.
_DAMAGED = (
    *(OSError, EOFError, ValueError, TypeError, OverflowError, MemoryError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error, SyntaxError, RuntimeError, LookupError, tokenize.TokenError),
)


@dataclass(frozen=True)
class Table:
    """Samples of one file: labels int64 (n,), class names and n groups.

    Attributes:
        inputs: float32 (n, ...), or uint8 (n, height, width, channels) for pixels.
    """

    inputs: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    groups: tuple[str, ...]


def read_npz(path: Path) -> Table:
    """An archive with `inputs` (n, ...) and `labels` (n,), and perhaps `groups` (n,) and `classes`.

    Pictures are (n, height, width) or (n, height, width, channels). Labels are numbers or names.

    Raises:
        BadInputFile: the archive is damaged, or an array is missing or has the wrong size.
    """
    arrays = read_arrays(path, ("inputs", "labels"))
    inputs, labels = arrays["inputs"], arrays["labels"]
    if inputs.ndim < 2 or inputs.dtype.kind not in "biuf":
        raise BadInputFile(
            f"{path.name}: inputs must be numbers of shape (n, ...), not {inputs.dtype} {inputs.shape}.",
            hint="The first axis counts the samples.",
        )
    groups = arrays.get("groups", np.full(len(inputs), ""))
    for name, array in (("labels", labels), ("groups", groups)):
        if array.shape != (len(inputs),):
            raise BadInputFile(
                f"{path.name}: {name} has shape {array.shape}, but there are {len(inputs)} inputs.",
                hint=f"Give one entry of {name} for each input.",
            )
    if inputs.ndim == 3:
        inputs = inputs[..., None]
    pixels = inputs.dtype == np.uint8 and inputs.ndim == 4
    values = inputs.astype(np.float32) if not pixels else inputs
    return _table(path, values, labels, groups, arrays.get("classes"))


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Every array of an `.npz` archive, by name; none is an object, so nothing in it is code.

    Args:
        path: the archive.
        names: that it must hold.

    Raises:
        BadInputFile: the archive is missing or damaged, holds objects, or lacks a name.
    """
    hint = f"Write it with numpy.savez(path, {', '.join(f'{name}=...' for name in names)})."
    if not all(name.isidentifier() for name in names):
        hint = f"Write it with numpy.savez(path, **arrays), by these names: {', '.join(names)}."
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except _DAMAGED as error:
        raise BadInputFile(
            f"{path.name} cannot be read as an .npz archive of plain numbers.",
            hint=hint,
            details=str(error),
        ) from error
    for name in names:
        if name not in arrays:
            raise BadInputFile(f"{path.name} has no array named {name}.", hint=hint)
    return arrays


def read_vectors(path: Path) -> Table:
    """A CSV file with one sample a line, numbers first and the label last; a header line is skipped.

    Raises:
        BadInputFile: a line has another length or holds something that is not a number.
    """
    lines = [line.split(",") for line in _text(path).splitlines() if line.strip()]
    if lines and not _is_number(lines[0][0]):
        lines = lines[1:]
    if not lines or len(lines[0]) < 2:
        raise BadInputFile(
            f"{path.name} holds no samples.", hint="Write numbers, then the label, separated by commas."
        )
    rows, labels = [], []
    for number, line in enumerate(lines, start=1):
        if len(line) != len(lines[0]):
            raise BadInputFile(
                f"{path.name}: sample {number} has {len(line)} columns, the first has {len(lines[0])}.",
                hint="Give every line the same number of columns.",
            )
        rows.append(_numbers(path, number, line[:-1]))
        labels.append(line[-1].strip())
    groups = np.full(len(rows), "")
    return _table(path, np.array(rows, dtype=np.float32), np.array(labels), groups, None)


def read_record(path: Path) -> Floats:
    """A CSV time series, one row for each moment and one column for each axis: float32 (rows, axes).

    Raises:
        BadInputFile: a row has another length or holds something that is not a number.
    """
    lines = [line.split(",") for line in _text(path).splitlines() if line.strip()]
    if lines and not _is_number(lines[0][0]):
        lines = lines[1:]
    if not lines:
        raise BadInputFile(f"{path.name} holds no rows.", hint="Record it again or delete it.")
    rows = []
    for number, line in enumerate(lines, start=1):
        if len(line) != len(lines[0]):
            raise BadInputFile(
                f"{path.name}: row {number} has {len(line)} columns, the first has {len(lines[0])}.",
                hint="Record it again or delete it.",
            )
        rows.append(_numbers(path, number, line))
    return np.array(rows, dtype=np.float32)


def _table(
    path: Path, inputs: np.ndarray, labels: np.ndarray, groups: np.ndarray, names: np.ndarray | None
) -> Table:
    if not np.isfinite(inputs).all():
        raise BadInputFile(
            f"{path.name}: the inputs hold values that are no numbers (NaN or infinite).",
            hint="Remove those samples.",
        )
    found, indices = np.unique(labels, return_inverse=True)
    classes = tuple(str(name) for name in found)
    if names is not None and labels.dtype.kind in "iu":
        if int(found.max()) >= len(names) or int(found.min()) < 0:
            raise BadInputFile(
                f"{path.name}: label {int(found.max())} has no name among {len(names)} classes.",
                hint="Labels count from 0.",
            )
        indices, classes = labels, tuple(str(name) for name in names)
    if len(found) < 2:
        raise BadInputFile(
            f"{path.name} holds only one class, {found[0]}.", hint="Training needs two or more."
        )
    return Table(inputs, indices.astype(np.int64), classes, tuple(str(group) for group in groups))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputFile(
            f"{path.name} cannot be read as text.", hint="Save it as CSV in UTF-8.", details=str(error)
        ) from error


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(path: Path, line_number: int, cells: list[str]) -> list[float]:
    try:
        return [float(cell) for cell in cells]
    except ValueError as error:
        raise BadInputFile(
            f"{path.name}: line {line_number} holds something that is not a number.",
            hint="Use numbers with a decimal point, separated by commas.",
            details=str(error),
        ) from error
