"""Archives unpacked with suspicion: nothing outside the folder, no links, no more than was announced."""

from __future__ import annotations

import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn

from engine.data.downloads.transfer import DownloadFailed
from engine.events import CancelToken

_CHUNK_BYTES = 1 << 20
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, lzma.LZMAError, zlib.error),
    *(EOFError, ValueError, NotImplementedError, RuntimeError),
)


@dataclass(frozen=True)
class _Entry:
    name: str
    is_folder: bool
    size: int
    open: Callable[[], IO[bytes] | None]


def unpack(
    archive: Path,
    folder: Path,
    *,
    most_bytes: int,
    most_files: int,
    progress: Callable[[int, int], None],
    cancel: CancelToken,
) -> None:
    """Unpack a tar (also compressed) or zip archive into a folder.

    A file of the right size that is in the folder already is kept, so that an unpacking that was
    stopped goes on; the archive must be the same.

    Args:
        archive: the file.
        folder: made if it is missing.
        most_bytes: of all files together.
        most_files: entries.
        progress: told bytes read of the archive, and its size.
        cancel: checked at every MB.

    Raises:
        DownloadFailed: the archive is damaged, names a place outside, holds a link or a device, is
            larger than announced, or the disk is full.
        Cancelled: the user stopped it; what was unpacked stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size, written = archive.stat().st_size, 0
    try:
        with archive.open("rb") as raw:
            for number, entry in enumerate(_entries(archive, raw), start=1):
                cancel.check()
                progress(min(raw.tell(), size), size)
                if number > most_files:
                    _refuse(archive, f"holds more than {most_files:,} entries")
                target = _target(archive, entry.name, folder)
                if entry.is_folder:
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                if written + entry.size > most_bytes:
                    _refuse(archive, f"unpacks to more than {most_bytes / 1e6:,.0f} MB")
                target.parent.mkdir(parents=True, exist_ok=True)
                if not (target.is_file() and target.stat().st_size == entry.size):
                    _write(archive, entry, target, cancel)
                written += entry.size
    except _DAMAGED as error:
        _refuse(archive, f"is damaged: {error}", error)
    except OSError as error:
        raise DownloadFailed(
            f"{archive.name} cannot be unpacked: {error.strerror or error}.",
            hint="Make room, or choose another --folder; then give the command again.",
            path=str(folder),
        ) from error


def _entries(archive: Path, raw: IO[bytes]) -> Iterator[_Entry]:
    if zipfile.is_zipfile(raw):
        raw.seek(0)
        with zipfile.ZipFile(raw) as packed:
            for info in packed.infolist():
                kind = stat.S_IFMT(info.external_attr >> 16)
                if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                    _refuse(archive, f"holds a link or a device: {info.filename[:80]!r}")
                yield _Entry(info.filename, info.is_dir(), info.file_size, lambda i=info: packed.open(i))  # type: ignore[misc]
        return
    raw.seek(0)
    with tarfile.open(fileobj=raw, mode="r:*") as tape:
        for member in tape:
            if not (member.isreg() or member.isdir()):
                _refuse(archive, f"holds a link or a device: {member.name[:80]!r}")
            yield _Entry(
                member.name,
                member.isdir(),
                member.size,
                lambda m=member: tape.extractfile(m),  # type: ignore[misc]
            )


def _target(archive: Path, name: str, folder: Path) -> Path:
    """Where an entry goes, if that is inside the folder on every system."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or any(c in name for c in "\\:\0"):
        _refuse(archive, f"names a place outside itself: {name[:80]!r}")
    target = folder.joinpath(*path.parts)
    if not target.resolve().is_relative_to(folder.resolve()):
        _refuse(archive, f"names a place outside itself: {name[:80]!r}")
    return target


def _write(archive: Path, entry: _Entry, target: Path, cancel: CancelToken) -> None:
    source, left = entry.open(), entry.size
    if source is None:
        _refuse(archive, f"holds no content for {entry.name[:80]!r}")
    with source, target.open("wb") as stream:
        while piece := source.read(_CHUNK_BYTES):
            cancel.check()
            left -= len(piece)
            if left < 0:
                _refuse(archive, f"is not truthful about the size of {entry.name[:80]!r}")
            stream.write(piece)
    if left:
        _refuse(archive, f"ends within {entry.name[:80]!r}")


def _refuse(archive: Path, what: str, cause: Exception | None = None) -> NoReturn:
    raise DownloadFailed(
        f"{archive.name} {what}.",
        hint="It is not what its publisher announced: delete it and download it again.",
        path=str(archive),
    ) from cause
