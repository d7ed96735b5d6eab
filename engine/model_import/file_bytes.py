"""The bytes of a model file, if it is one that a microcontroller could ever need."""

from __future__ import annotations

from pathlib import Path

from engine.errors import BadInputFile

MAX_FILE_BYTES = 256 * 1024 * 1024


def check_file(path: Path, kind: str) -> None:
    """Refuse what cannot be a model file before anything reads it.

    Args:
        path: the file.
        kind: what it should be, with its article, for the message.

    Raises:
        BadInputFile: missing, a folder, empty, too large, or a Git LFS pointer.
    """
    try:
        if path.is_dir():
            raise BadInputFile(f"{path.name} is a folder, not {kind}.", hint="Choose a file.")
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(64)
    except FileNotFoundError as error:
        raise BadInputFile(f"There is no file {path.name}.", hint="Check the path.") from error
    except OSError as error:
        raise BadInputFile(
            f"{path.name} cannot be read: {error.strerror}.", hint="Check its permissions."
        ) from error
    if size > MAX_FILE_BYTES:
        raise BadInputFile(
            f"{path.name} has {size // 1_000_000} MB, far more than a microcontroller holds.",
            hint="Choose a model of at most a few megabytes.",
        )
    if start.startswith(b"version https://git-lfs"):
        raise BadInputFile(
            f"{path.name} is a Git LFS pointer, not the model itself.",
            hint="Fetch the real file with: git lfs pull",
        )
    if not size:
        raise BadInputFile(f"{path.name} is empty.", hint=f"Choose {kind}.")


def read_file(path: Path, kind: str) -> bytes:
    """The whole file; see `check_file`."""
    check_file(path, kind)
    return path.read_bytes()
