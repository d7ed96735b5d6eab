"""Class names that TFLite's metadata packs behind a model, as a text file in a zip archive."""

from __future__ import annotations

import zipfile
from pathlib import Path

_MAX_LABEL_BYTES = 1 << 20
_MAX_CLASSES = 10_000
_MAX_ENTRIES = 64


def labels_behind(path: Path) -> tuple[str, ...]:
    """The names of the classes, () where there is no label file or more than one."""
    try:
        with zipfile.ZipFile(path) as packed:
            entries = packed.infolist()
            files = [entry for entry in entries if entry.filename.endswith(".txt")]
            if len(entries) > _MAX_ENTRIES or len(files) != 1 or files[0].file_size > _MAX_LABEL_BYTES:
                return ()
            with packed.open(files[0]) as stream:
                text = stream.read(_MAX_LABEL_BYTES).decode("utf-8", "replace")
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        return ()
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    return names if 1 < len(names) <= _MAX_CLASSES else ()
