"""Writes a firmware image to a board: erase, write, read back and compare, restart.

The first block, which holds the reset vector, is erased first and written last: at whatever point the
work is interrupted, the board never starts half a program.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from engine.device.probe import Probe, ProbeInfo, VerificationFailed, WrongBoard
from engine.errors import BadInputFile, BoardError, Cancelled, DoesNotFit
from engine.events import CancelToken, LogLine, Report, StageProgress
from engine.summaries import FlashSummary

STAGE = "flash"
STEPS = ("erase", "write", "verify", "restart")
"""Steps in order; the unit of a `StageProgress` is `bytes erased`, `bytes written`, `bytes verified`."""

_ERASED = b"\xff"
INCOMPLETE = "The program on the board is incomplete and does not start; flash again to complete it."
LEFT_AFTER = {  # the state of the board when a step was not finished
    "erase": INCOMPLETE,
    "write": INCOMPLETE,
    "verify": "The program on the board is written but not compared; flash again to be sure of it.",
}


@dataclass(frozen=True)
class Image:
    """What goes into flash.

    Attributes:
        address: of the first byte.
        data: contiguous, gaps filled with 0xFF.
        symbols: addresses of functions by name.
    """

    address: int
    data: bytes
    symbols: dict[str, int]


def flash_image(
    probe: Probe, elf: Path, *, board_id: str = "", report: Report, cancel: CancelToken
) -> FlashSummary:
    """Write a firmware image and start it.

    Args:
        probe: an open probe.
        elf: the linked firmware.
        board_id: the board the firmware was built for; empty skips the check.
        report: gets progress, in bytes, of each step.
        cancel: looked at between pages. A board whose write was cancelled keeps an incomplete
            program, which does not start, and is left halted; `report` is told so.

    Raises:
        BadInputFile: `elf` is not a firmware image.
        WrongBoard: the probe is connected to another board.
        DoesNotFit: the image is larger than the flash.
        VerificationFailed: what was read back differs.
        BoardError: the board does not answer; the hint says what state it is in.
        Cancelled: `cancel` was set.
    """
    image = read_image(elf)
    info = probe.identify()
    _check(image, info, board_id)
    seconds: dict[str, float] = {}
    cancel.check()
    probe.halt()
    try:
        for step, work in (
            ("erase", _erase(probe, image, info)),
            ("write", _write(probe, image, info)),
            ("verify", _verify(probe, image, info)),
        ):
            began = time.monotonic()
            for done, total in work:
                report(StageProgress(stage=STAGE, done=done, total=total, unit=_UNITS[step]))
                cancel.check()
            seconds[step] = time.monotonic() - began
    except Cancelled:
        report(LogLine(stage=STAGE, text=LEFT_AFTER[step], level="warning"))
        raise
    except BoardError as error:
        error.hint = f"{error.hint} {LEFT_AFTER[step]}".lstrip()
        raise
    began = time.monotonic()
    probe.set_symbols(image.symbols)
    probe.reset()
    seconds["restart"] = time.monotonic() - began
    return FlashSummary(
        board=info.board_id or info.chip,
        link=info.link,
        bytes_written=len(image.data),
        step_seconds=seconds,
    )


def read_image(elf: Path) -> Image:
    """The flash contents of an ELF file.

    Raises:
        BadInputFile: it is missing, not an ELF file, or holds nothing to write.
    """
    try:
        with elf.open("rb") as stream:
            file = ELFFile(stream)
            segments = sorted(
                (int(segment["p_paddr"]), bytes(segment.data()))
                for segment in file.iter_segments("PT_LOAD")
                if segment["p_filesz"]
            )
            symbols = {
                symbol.name: int(symbol["st_value"])
                for section in file.iter_sections()
                if isinstance(section, SymbolTableSection)
                for symbol in section.iter_symbols()
                if symbol["st_info"]["type"] == "STT_FUNC"
            }
    except (OSError, ELFError) as error:
        raise BadInputFile(
            f"{elf.name} cannot be read as a firmware image: {error}.", hint="Build the firmware again."
        ) from error
    if not segments:
        raise BadInputFile(f"{elf.name} holds nothing to write.", hint="Build the firmware again.")
    start = segments[0][0]
    data = bytearray()
    for address, part in segments:
        data += _ERASED * (address - start - len(data))
        data[address - start : address - start + len(part)] = part
    return Image(start, bytes(data), symbols)


_UNITS = {"erase": "bytes erased", "write": "bytes written", "verify": "bytes verified"}


def _check(image: Image, info: ProbeInfo, board_id: str) -> None:
    if board_id and info.board_id and board_id != info.board_id:
        raise WrongBoard(
            f"The firmware is for {board_id}, the board at {info.link} is {info.board_id}.",
            hint="Choose the board that is connected, and build again.",
        )
    end = image.address + len(image.data)
    if image.address < info.flash_origin or end > info.flash_origin + info.flash_bytes:
        raise DoesNotFit(
            f"Flash: the image needs {len(image.data)} bytes from 0x{image.address:08X}, the board has "
            f"{info.flash_bytes} from 0x{info.flash_origin:08X}.",
            hint="Build the firmware for this board.",
        )


def _erase(probe: Probe, image: Image, info: ProbeInfo) -> Iterator[tuple[int, int]]:
    first = (image.address - info.flash_origin) // info.page_bytes * info.page_bytes
    total = image.address + len(image.data) - info.flash_origin - first
    for done in range(0, total, info.page_bytes):
        size = min(info.page_bytes, total - done)
        probe.erase(info.flash_origin + first + done, size)
        yield done + size, total


def _write(probe: Probe, image: Image, info: ProbeInfo) -> Iterator[tuple[int, int]]:
    done, starts = 0, range(0, len(image.data), info.write_bytes)
    for start in (*starts[1:], 0):
        part = image.data[start : start + info.write_bytes]
        probe.write(image.address + start, part)
        done += len(part)
        yield done, len(image.data)


def _verify(probe: Probe, image: Image, info: ProbeInfo) -> Iterator[tuple[int, int]]:
    for done in range(0, len(image.data), info.write_bytes):
        part = image.data[done : done + info.write_bytes]
        found = probe.read(image.address + done, len(part))
        if found != part:
            at = next(i for i, (a, b) in enumerate(zip(part, found, strict=False)) if a != b)
            raise VerificationFailed(
                f"The flash at 0x{image.address + done + at:08X} holds 0x{found[at]:02X} instead of "
                f"0x{part[at]:02X}.",
                hint="Flash again; if it fails at the same place, the flash may be worn.",
            )
        yield done + len(part), len(image.data)
