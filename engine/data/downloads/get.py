"""From an address to a checked file, or to a folder that `--data` takes."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.data.downloads.items import Item
from engine.data.downloads.transfer import DownloadFailed, transfer
from engine.data.downloads.unpack import unpack
from engine.events import CancelToken, LogLine, Report, StageProgress

STAGE = "download"
_MEGABYTE = 1e6
_CHUNK_BYTES = 1 << 20
_TELL_SECONDS = 0.25


@dataclass(frozen=True)
class Download:
    """What is here now. `path` is a file, or the folder of an unpacked archive."""

    path: Path
    was_here: bool


def download(item: Item, folder: Path, *, report: Report, cancel: CancelToken) -> Download:
    """Fetch an item into a folder, check it, unpack it if it is an archive.

    The file is fetched as `<file>.part`, an archive is unpacked into `.<name>.part`; both get their
    names when they are whole. An archive is deleted then. A file that was put into the folder by hand is
    checked and used like a fetched one.

    Args:
        item: what.
        folder: where; it is made.
        report: gets progress in MB.
        cancel: ends it within a second; the next call goes on where this one stopped.

    Raises:
        DownloadFailed: see `transfer` and `unpack`; or the file is not the one announced, then it is
            deleted.
        Cancelled: the user stopped it.
    """
    archive = folder / item.file_name
    whole = folder / item.name if item.is_archive else archive
    if whole.exists() and (item.is_archive or _is_announced(whole, item, report, cancel)):
        return Download(whole, was_here=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadFailed(
            f"The folder {folder} cannot be made: {error.strerror}.", hint="Choose another --folder."
        ) from error
    if not archive.exists():
        _fetch(item, archive, report, cancel)
    if not _is_announced(archive, item, report, cancel):
        archive.unlink()
        raise DownloadFailed(
            f"{archive.name} is not the file that its publisher announced: its checksum differs. It "
            "was deleted.",
            hint="Give the command again. If that does not help, the publisher has changed the file.",
            address=item.address,
        )
    if not item.is_archive:
        return Download(archive, was_here=False)
    draft = folder / f".{item.name}.part"
    report(LogLine(stage=STAGE, text=f"Unpacking {archive.name}"))
    unpack(
        archive,
        draft,
        most_bytes=item.unpacked_bytes,
        most_files=item.unpacked_files,
        progress=_teller(report),
        cancel=cancel,
    )
    draft.rename(whole)
    archive.unlink()
    return Download(whole, was_here=False)


def _fetch(item: Item, target: Path, report: Report, cancel: CancelToken) -> None:
    part = target.with_name(f"{target.name}.part")
    here = part.stat().st_size if part.exists() else 0
    needed = max(item.bytes - here, 0) + item.unpacked_bytes
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise DownloadFailed(
            f"{item.name} needs {needed / _MEGABYTE:,.0f} MB with everything unpacked, the disk of "
            f"{target.parent} has {free / _MEGABYTE:,.0f} MB left.",
            hint="Make room, or choose another --folder.",
            path=str(target.parent),
        )
    goes_on = f", going on at {here / _MEGABYTE:,.1f} MB" if here else ""
    report(LogLine(stage=STAGE, text=f"Fetching {item.address}{goes_on}"))
    transfer(item.address, part, most_bytes=item.most_bytes, progress=_teller(report), cancel=cancel)
    if item.bytes and part.stat().st_size != item.bytes:
        part.unlink()
        raise DownloadFailed(
            f"{target.name} has not the size that its publisher announced; it was deleted.",
            hint="Give the command again. If that does not help, the publisher has changed the file.",
            address=item.address,
        )
    part.replace(target)


def _is_announced(path: Path, item: Item, report: Report, cancel: CancelToken) -> bool:
    digest, done, tell = hashlib.sha256(), 0, _teller(report)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            while piece := stream.read(_CHUNK_BYTES):
                cancel.check()
                digest.update(piece)
                done += len(piece)
                tell(done, size)
    except OSError as error:
        raise DownloadFailed(
            f"{path.name} cannot be read: {error.strerror}.", hint="Check its permissions."
        ) from error
    if item.sha256:
        return digest.hexdigest() == item.sha256
    return digest.hexdigest().startswith(item.sha256_starts)


def _teller(report: Report) -> Callable[[int, int], None]:
    """Progress in MB, a few times a second, with the time left at the speed so far."""
    started, first, told = time.monotonic(), -1, 0.0

    def tell(done: int, total: int) -> None:
        nonlocal first, told
        first = done if first < 0 else first
        now = time.monotonic()
        if now - told < _TELL_SECONDS and done < total:
            return
        told, moved = now, done - first
        left = (total - done) * (now - started) / moved if total and moved else None
        report(
            StageProgress(
                stage=STAGE,
                done=done / _MEGABYTE,
                total=total / _MEGABYTE,
                unit="MB",
                seconds_left=left,
            )
        )

    return tell
