"""Hashes of what a stage reads, so that staleness is computed and never guessed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

_DIGITS = 16
_cache: dict[tuple[str, int, int], str] = {}


def hash_values(values: Any) -> str:
    """16 hex digits over plain JSON values; the order of keys does not matter."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def hash_file(path: Path) -> str:
    """16 hex digits over a file's content; remembered while its size and time stay the same."""
    status = path.stat()
    key = (str(path), status.st_size, status.st_mtime_ns)
    if key not in _cache:
        with path.open("rb") as stream:
            _cache[key] = hashlib.file_digest(stream, "sha256").hexdigest()[:_DIGITS]
    return _cache[key]


def hash_tree(root: Path) -> str:
    """16 hex digits over the names and contents of a file, or of all files below a folder.

    Raises:
        OSError: it is not there, or a file in it cannot be read.
    """
    if root.is_file():
        return hash_file(root)
    if not root.is_dir():
        raise FileNotFoundError(str(root))
    rows = []
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            path = Path(folder, name)
            rows.append((path.relative_to(root).as_posix(), hash_file(path)))
    return hash_values(rows)


def sha256_of(path: Path) -> str:
    """Of a file, as `sha256sum` says it; of a folder 16 digits over its files' names and contents."""
    if path.is_dir():
        return f"{hash_tree(path)} (names and contents of the folder)"
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
