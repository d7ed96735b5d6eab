"""What can be downloaded: `resources/downloads.toml`, checked."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import EngineError, UsageError
from engine.resources import resource


@dataclass(frozen=True, kw_only=True)
class Item:
    """One file that a publisher offers; the keys of its table in `downloads.toml`.

    Attributes:
        name: what people type.
        title: one line.
        address: http or https.
        source: who made it.
        licence: under which terms.
        use: the command that uses it; the word PATH in it stands for where it lies.
        bytes: exact size of the file, 0 where `bytes_at_most` is all that is known.
        bytes_at_most: more than this is never fetched.
        sha256: of the file, 64 hexadecimal digits; may be empty where `sha256_starts` is given.
        sha256_starts: how it starts, at least 8 digits.
        unpacked_bytes: of an archive, at most; 0 for a file that stays as it is.
        unpacked_files: of an archive, at most.
    """

    name: str
    title: str
    address: str
    source: str
    licence: str
    use: str
    bytes: int = 0
    bytes_at_most: int = 0
    sha256: str = ""
    sha256_starts: str = ""
    unpacked_bytes: int = 0
    unpacked_files: int = 0

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        digits = self.sha256 or self.sha256_starts
        sound = (
            parts.scheme in ("http", "https"),
            self.file_name not in ("", ".", ".."),
            self.most_bytes > 0,
            len(self.sha256) == 64 if self.sha256 else len(digits) >= 8,
            not set(digits) - set("0123456789abcdef"),
            bool(self.unpacked_bytes) == bool(self.unpacked_files),
        )
        if not all(sound):
            raise EngineError(
                f"Thimble's list of downloads is wrong at {self.name}.",
                hint="Install the program again.",
            )

    @property
    def file_name(self) -> str:
        """The last part of the address."""
        return urlsplit(self.address).path.rpartition("/")[2]

    @property
    def most_bytes(self) -> int:
        """How much is fetched at most."""
        return self.bytes or self.bytes_at_most

    @property
    def is_archive(self) -> bool:
        """Whether it is unpacked."""
        return self.unpacked_bytes > 0


def catalogue(path: Path | None = None) -> tuple[Item, ...]:
    """Everything that can be downloaded, in the order of the file.

    Args:
        path: another list than Thimble's own.

    Raises:
        EngineError: the list is damaged.
    """
    path = path or resource("downloads.toml")
    known = {f.name for f in dataclasses.fields(Item)}
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        if unknown := {key for table in tables.values() for key in table} - known:
            raise TypeError(f"unknown keys: {', '.join(sorted(unknown))}")
        return tuple(Item(name=name, **table) for name, table in tables.items())
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise EngineError(
            f"Thimble's list of downloads cannot be read: {error}.", hint="Install the program again."
        ) from error


def find_item(name: str) -> Item:
    """The item of that name.

    Raises:
        UsageError: there is none.
    """
    items = catalogue()
    for item in items:
        if item.name == name:
            return item
    raise UsageError(
        f"There is nothing to download called {name}.",
        hint=f"Known: {', '.join(item.name for item in items)}.",
    )
