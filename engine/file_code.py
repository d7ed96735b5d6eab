"""Which model files may hold code that runs when they are read, told by the names inside them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

TORCH_SUFFIXES = (".pt", ".pth", ".th", ".ckpt", ".pt2")
PROGRAM, SCRIPT = "exported program", "TorchScript"
_END_OF_ARCHIVE = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\5\6"
_MAX_COMMENT_BYTES = 1 << 16
_MAX_DIRECTORY_BYTES = 4 << 20


def code_kind(names: Sequence[str]) -> str:
    """What kind of code an archive holds by its names: `TorchScript`, `exported program`, or ''."""
    inner = {name.partition("/")[2] for name in names} | set(names)
    if inner & {"models/model.json", "serialized_exported_program.json", "archive_format"}:
        return PROGRAM
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        return SCRIPT
    return ""


def may_hold_code(path: Path) -> bool:
    """Whether a file has to be trusted before it is read; only its list of names is looked at.

    Args:
        path: a model file; one that is missing or of another kind holds no code.
    """
    suffix = path.suffix.lower()
    if suffix not in TORCH_SUFFIXES or not path.is_file():
        return False
    if suffix == ".pt2":
        return True
    try:
        size = _directory_bytes(path)
        if size > _MAX_DIRECTORY_BYTES:
            return True  # no file that is harmless has as many names
        if not size:
            return False
        with zipfile.ZipFile(path) as archive:
            return bool(code_kind(archive.namelist()))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        return False  # whoever reads it says what is wrong


def shown_path(path: Path) -> str:
    """A path as it is typed in a command."""
    return f'"{path}"' if " " in str(path) else str(path)


def _directory_bytes(path: Path) -> int:
    """How long an archive says its list of names is; 0 for any other file."""
    with path.open("rb") as stream:
        length = stream.seek(0, 2)
        stream.seek(max(0, length - _MAX_COMMENT_BYTES - _END_OF_ARCHIVE.size))
        tail = stream.read()
    place = tail.rfind(_END_MARK)
    return int(_END_OF_ARCHIVE.unpack_from(tail, place)[5]) if place >= 0 else 0
