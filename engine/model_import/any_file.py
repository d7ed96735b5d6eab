"""Which importer reads which file, decided by what the file holds where that can be seen safely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from engine.errors import BadInputFile
from engine.file_code import PROGRAM, TORCH_SUFFIXES, code_kind
from engine.model_import.archives import check_archive

if TYPE_CHECKING:  # PyTorch loads only once a file looks as if it were worth it
    from engine.model_import.imported_model import ImportedModel

KNOWN_SUFFIXES = (".onnx", *TORCH_SUFFIXES, ".keras", ".h5", ".hdf5", ".tflite")


def read_model(
    path: Path, *, trust: bool, folder: Path, input_shape: Sequence[int] = ()
) -> ImportedModel:
    """Read a model file of any known format. Call it only in the confined child.

    Args:
        path: the file, or a SavedModel's folder.
        trust: the user has said that the file may run code.
        folder: for intermediate files.
        input_shape: without batch, channels first, for files that do not say it.

    Raises:
        BadInputFile: the format is unknown, the file damaged or hostile, or it needs trust.
        UnsupportedOperator: the network holds an operator that has no equal here.
        ConversionFailed: PyTorch cannot export the trusted network.
    """
    suffix = path.suffix.lower()
    names = check_archive(path) if path.is_file() else ()
    if suffix in TORCH_SUFFIXES:
        kind = code_kind(names) or (PROGRAM if suffix == ".pt2" else "")
        if not kind:
            from engine.model_import.torch_file import read_torch

            return read_torch(path, input_shape)
        if not trust:
            refuse_untrusted(path, kind)
        from engine.model_import.trusted_torch import export_trusted

        model = _read_onnx(export_trusted(path, kind, folder, input_shape=input_shape))
        return replace(model, name=path.name, format=kind.lower().replace(" ", "-"))
    if suffix == ".onnx":
        return _read_onnx(path)
    if suffix == ".tflite":
        from engine.model_import.tflite_float import read_tflite_float

        return read_tflite_float(path)
    if suffix in (".keras", ".h5", ".hdf5") or path.is_dir():
        from engine.model_import.keras_file import read_keras

        return read_keras(path)
    raise BadInputFile(
        f"{path.name} is not a model file that Thimble reads.",
        hint=f"Known: {', '.join(KNOWN_SUFFIXES)} and SavedModel folders.",
        path=str(path),
    )


def refuse_untrusted(path: Path, kind: str) -> NoReturn:
    """Say why the file is not opened, and how to allow it.

    Raises:
        BadInputFile: always.
    """
    what = f"an {kind}" if kind[0] in "aeiou" else f"a {kind} file"
    raise BadInputFile(
        f"{path.name} is {what}, which may hold code that runs when the file is read.",
        hint=f"If you trust its author: thimble-cli import {path.name} --trust",
        path=str(path),
        option="--trust",
    )


def _read_onnx(path: Path) -> ImportedModel:
    from engine.model_import.onnx_file import read_onnx

    return read_onnx(path)
