"""What a zip archive says about itself, checked before anything in it is unpacked.

PyTorch's `.pt`, `.pth`, `.th` and `.pt2` and Keras's `.keras` are zip archives.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from pathlib import Path
from typing import NoReturn

from engine.errors import BadInputFile

MAX_UNPACKED_BYTES = 512_000_000
_MAX_ENTRIES = 20_000
_MAX_EXPANSION = 100  # weights hardly compress; a bomb does, by 1000
_SMALL_BYTES = 10_000_000  # below this any expansion is harmless
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\x00")


def check_archive(path: Path) -> tuple[str, ...]:
    """The names in a zip archive, if it is one; an empty tuple for any other file.

    Raises:
        BadInputFile: the archive is damaged, unpacks to too much, names a place outside itself,
            gives a wrong size, or holds a name twice, a link, or entries that share bytes.
    """
    if not zipfile.is_zipfile(path):
        return ()
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadInputFile(
            f"{path.name} is a damaged archive: {error}.", hint="Export or download the model again."
        ) from error
    if len(entries) > _MAX_ENTRIES:
        _refuse(path, f"holds {len(entries)} entries, more than {_MAX_ENTRIES}")
    seen: set[str] = set()
    for entry in entries:
        if _OUTSIDE.search(entry.orig_filename) or _OUTSIDE.search(entry.filename):
            _refuse(path, f"names a place outside itself: {entry.orig_filename[:80]!r}")
        if stat.S_ISLNK(entry.external_attr >> 16):
            _refuse(path, f"holds a link: {entry.filename[:80]!r}")
        if entry.filename in seen:
            _refuse(path, f"holds {entry.filename[:80]!r} twice")
        seen.add(entry.filename)
        # Packing never makes content much larger, so this one is larger than it says.
        if entry.compress_size > 1.01 * entry.file_size + 1000:
            _refuse(path, f"is not truthful about the size of {entry.filename[:80]!r}")
    _check_sizes(path, entries)
    _check_content(path)
    return tuple(entry.filename for entry in entries)


def _check_sizes(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        _refuse(
            path,
            f"unpacks to {unpacked / 1e6:,.0f} MB, more than {MAX_UNPACKED_BYTES / 1e6:.0f} MB",
        )
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            _refuse(path, f"holds {entry.filename[:80]!r} in bytes of another entry")
        end = entry.header_offset + entry.compress_size
    if unpacked > max(_SMALL_BYTES, _MAX_EXPANSION * path.stat().st_size):
        _refuse(path, f"unpacks to {unpacked / path.stat().st_size:,.0f} times its size")


def _check_content(path: Path) -> None:
    """Unpack in pieces to nowhere: other libraries read on after the size that an entry claims."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise BadInputFile(
            f"{path.name} is a damaged archive: {error}.", hint="Export or download the model again."
        ) from error
    if damaged is not None:
        _refuse(path, f"holds other content than it says in {damaged[:80]!r}")


def _refuse(path: Path, what: str) -> NoReturn:
    raise BadInputFile(
        f"{path.name} {what}.",
        hint="No tool writes such an archive by itself: get the model from its author.",
        path=str(path),
    )
