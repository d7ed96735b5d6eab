"""What every way to program a board offers, and what it may fail with.

A probe is opened by its own constructor, used as a context manager, and works on whole pages. All
failures are `BoardError`; progress and cancelling are the business of `flash.py`, which calls these
in small steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from engine.errors import BoardError


class ProbeNotFound(BoardError):
    """There is no such probe, port or running virtual board."""

    code = "probe-not-found"


class WrongBoard(BoardError):
    """The chip at the other end is not the one the firmware was built for."""

    code = "wrong-board"


class VerificationFailed(BoardError):
    """What was read back differs from what was written."""

    code = "flash-verification-failed"


@dataclass(frozen=True)
class ProbeInfo:
    """What is known after connecting.

    Attributes:
        link: how the user names it.
        name: for people.
        board_id: the board's id, empty if the probe cannot tell; `chip` is then all there is.
        chip: what the chip itself says, for example `cortex-m4f` or a device id.
        flash_origin, flash_bytes: of the flash that programs go into.
        page_bytes: smallest size that `erase` works on.
        write_bytes: best size for `write`.
    """

    link: str
    name: str
    board_id: str
    chip: str
    flash_origin: int
    flash_bytes: int
    page_bytes: int
    write_bytes: int


class Probe(Protocol):
    """A connection to a chip's memory. Methods raise `BoardError` when the chip does not answer."""

    def identify(self) -> ProbeInfo:
        """Ask what is connected."""

    def halt(self) -> None:
        """Stop the firmware, so that its memory may change."""

    def erase(self, address: int, size_bytes: int) -> None:
        """Erase the pages that hold this range."""

    def write(self, address: int, data: bytes) -> None:
        """Program erased flash."""

    def read(self, address: int, size_bytes: int) -> bytes:
        """Read memory."""

    def set_symbols(self, symbols: Mapping[str, int]) -> None:
        """Tell addresses of functions to a probe that can use them; others ignore it."""

    def reset(self) -> None:
        """Start the program in flash."""

    def close(self) -> None:
        """Let go of the chip; may be called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
