"""The verb `download`: data sets and weights from their publishers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.events import CancelToken, Report, Result, StageFinished, StageStarted

if TYPE_CHECKING:
    from engine.data.downloads import Item


def download(arguments: dict[str, Any], report: Report, cancel: CancelToken) -> None:
    """Fetch what is named; without a name, say what there is.

    Raises:
        UsageError: nothing of that name is known.
        DownloadFailed: it could not be fetched, checked or unpacked.
        Cancelled: the user stopped it; the same command goes on.
    """
    from engine.data import downloads

    name = str(arguments.get("name") or "")
    if not name:
        for item in downloads.catalogue():
            report(Result(values=_described(item)))
        return
    item, started = downloads.find_item(name), time.monotonic()
    report(StageStarted(stage="download", title=f"Download: {item.title}"))
    folder = Path(arguments.get("folder") or ".").absolute()
    got = downloads.download(item, folder, report=report, cancel=cancel)
    seconds = time.monotonic() - started
    report(StageFinished(stage="download", seconds=seconds, cached=got.was_here))
    use = item.use.replace("PATH", f'"{got.path}"' if " " in str(got.path) else str(got.path))
    values = {"downloaded": name, "path": str(got.path), "was_here": got.was_here, "use": use}
    report(Result(values={**values, "licence": item.licence, "source": item.source}))


def _described(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "title": item.title,
        "megabytes_at_most": round(item.most_bytes / 1e6),
        "licence": item.licence,
        "source": item.source,
        "address": item.address,
    }
