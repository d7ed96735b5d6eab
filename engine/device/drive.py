"""Firmware by drag and drop: a .bin onto an ST-LINK's drive, a UF2 onto the RP2040's own.

The probe behind such a drive programs while the file arrives, so a copy that has begun is never
stopped; and the flash cannot be read back, so what the firmware says afterwards is the only check.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from engine.boards import BoardSpec
from engine.device.flash import STAGE, Image, read_image
from engine.device.mounted_drives import Drive, mounted_drives, read_drive
from engine.device.probe import ProbeNotFound, WrongBoard
from engine.device.uf2 import uf2_file
from engine.errors import BoardError, DoesNotFit
from engine.events import CancelToken, LogLine, Report, StageProgress
from engine.summaries import FlashSummary

SETTLE_SECONDS = 20.0  # for the drive to program, vanish and come back
_POLL_SECONDS = 0.1
_CHUNK_BYTES = 16 * 1024
_RP2040_FLASH = 0x1000_0000
_GONE = (errno.ENODEV, errno.EIO, errno.ENOENT, errno.ENXIO, errno.ENOTCONN, errno.EINVAL)
_FAILURES = (  # words in FAIL.TXT, what they mean, what to do
    (
        ("protect", "rdp", "security"),
        "read-out or write protection is on",
        "Remove the protection with STM32CubeProgrammer; this erases the whole chip.",
    ),
    (
        ("reset/halt", "halt", "connect", "target mcu", "swd"),
        "the ST-LINK does not reach the chip",
        "Check the board's supply and jumpers (on a Nucleo both jumpers of CN2, and JP5 or JP6); if the "
        "old firmware sleeps, set BOOT0 high, plug the board in again, then flash.",
    ),
    (
        ("format", "hex", "bin file", "binary file"),
        "the drive does not take this file",
        "Update the ST-LINK's own firmware with STM32CubeProgrammer, or use a probe link.",
    ),
)


def drive_at(path: str) -> Drive:
    """The drive at a path; an empty path takes the only one there is.

    Raises:
        ProbeNotFound: there is none, more than one, or the folder is no drive of a board.
    """
    if path:
        for mounted in mounted_drives():
            if mounted.path == Path(path):
                return mounted
        drive = read_drive(Path(path))
        if drive is None:
            raise ProbeNotFound(
                f"{path} is no drive of a board: it has neither MBED.HTM nor INFO_UF2.TXT.",
                hint="Run: thimble-cli ports. A Pico shows its drive when BOOTSEL is held while it is "
                "plugged in.",
                link=f"drive:{path}",
            )
        return drive
    drives = mounted_drives()
    if len(drives) == 1:
        return drives[0]
    if drives:
        names = ", ".join(drive.link for drive in drives)
        raise ProbeNotFound(
            f"{len(drives)} drives of boards are here.",
            hint=f"Name one with --on: {names}.",
            link="drive",
        )
    raise ProbeNotFound(
        "No drive of a board is here.",
        hint="Plug the board in; a Pico shows its drive when BOOTSEL is held meanwhile. If the board's "
        "light is on and no drive appears, the cable may have no data lines.",
        link="drive",
    )


def flash_drive(
    drive: Drive,
    elf: Path,
    board: BoardSpec,
    *,
    report: Report,
    cancel: CancelToken,
    settle_seconds: float = SETTLE_SECONDS,
) -> FlashSummary:
    """Copy firmware to a drive and wait for what becomes of it.

    Args:
        drive: from `drive_at`.
        elf: the linked firmware.
        board: what it was built for.
        report: gets the bytes copied.
        cancel: looked at before the copy begins; one that has begun goes on to its end.
        settle_seconds: how long the drive may take afterwards.

    Raises:
        BadInputFile: `elf` is not a firmware image.
        WrongBoard: the drive is another board's.
        DoesNotFit: the image is larger than the flash.
        BoardError: the drive did not take it; the hint says what state the board is in.
        Cancelled: `cancel` was set before the copy began.
    """
    image = read_image(elf)
    _check(drive, image, board)
    cancel.check()
    if drive.kind == "uf2":
        content, name, wait = uf2_file(image.address, image.data), "THIMBLE.UF2", _wait_until_gone
    else:
        content, name, wait = image.data, "THIMBLE.BIN", _wait_for_verdict
    stale = _failure_text(drive)
    began = time.monotonic()
    complete = _copy(drive, name, content, report)
    copied = time.monotonic()
    wait(drive, name, complete, stale, settle_seconds)
    report(LogLine(stage=STAGE, text="A drive cannot be read back: only the firmware's own words tell."))
    return FlashSummary(
        board=board.id,
        link=drive.link,
        bytes_written=len(image.data),
        step_seconds={"write": copied - began, "restart": time.monotonic() - copied},
    )


def _check(drive: Drive, image: Image, board: BoardSpec) -> None:
    flash = board.region("code")
    takes_uf2 = flash.origin == _RP2040_FLASH
    if takes_uf2 != (drive.kind == "uf2"):
        raise WrongBoard(
            f"The firmware is for {board.id}, the drive {drive.path} is that of a {drive.title}.",
            hint="Choose the board that is connected, and build again.",
            link=drive.link,
        )
    if drive.board_code and board.drive_codes and drive.board_code not in board.drive_codes:
        raise WrongBoard(
            f"The firmware is for {board.id}, the drive {drive.path} is that of another board "
            f"(code {drive.board_code}).",
            hint="Choose the board that is connected, and build again.",
            link=drive.link,
        )
    if image.address != flash.origin or len(image.data) > flash.size_bytes:
        raise DoesNotFit(
            f"Flash: the image needs {len(image.data)} bytes from 0x{image.address:08X}, a drive writes "
            f"{flash.size_bytes} from 0x{flash.origin:08X}.",
            hint="Build the firmware for this board.",
        )


def _copy(drive: Drive, name: str, content: bytes, report: Report) -> bool:
    """Write the file; False if the drive went away at the end, as some do once they have it all."""
    done = 0
    try:
        with (drive.path / name).open("wb", buffering=0) as stream:
            while done < len(content):
                done += stream.write(content[done : done + _CHUNK_BYTES]) or 0
                report(StageProgress(stage=STAGE, done=done, total=len(content), unit="bytes copied"))
            os.fsync(stream.fileno())
    except OSError as error:
        if done == len(content) and error.errno in _GONE:
            return False
        raise _copy_error(drive, error, begun=done > 0) from error
    return True


def _copy_error(drive: Drive, error: OSError, *, begun: bool) -> BoardError:
    if error.errno == errno.ENOSPC:
        message = (
            f"The drive {drive.path} has no room for the firmware: its probe may not reach the chip."
        )
        hint = _FAILURES[1][2]
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        message = f"You may not write to the drive {drive.path}."
        hint = "Mount it for your user, or unplug it and plug it in again."
    else:
        message = f"The copy to {drive.path} broke off: {error.strerror or error}."
        hint = "Check the cable, plug the board in again, then flash again."
    if begun:
        hint += " The program on the board is incomplete."
    return BoardError(message, hint=hint, link=drive.link)


def _wait_until_gone(drive: Drive, name: str, complete: bool, stale: str, seconds: float) -> None:
    """The RP2040 restarts when it has every block, and its drive vanishes."""
    if _poll(lambda: read_drive(drive.path) is None, seconds):
        return
    raise BoardError(
        f"The board at {drive.path} did not restart: it has not taken the whole file.",
        hint="Unplug it, hold BOOTSEL while you plug it in, then flash again. Until then it starts "
        "nothing.",
        link=drive.link,
    )


def _wait_for_verdict(drive: Drive, name: str, complete: bool, stale: str, seconds: float) -> None:
    """An ST-LINK or DAPLink mounts its drive anew: without the file, and with FAIL.TXT if it failed."""

    def decided() -> bool:
        verdict = _failure_text(drive)
        if verdict and verdict != stale:
            return True
        return read_drive(drive.path) is not None and not (drive.path / name).exists()

    _poll(decided, seconds)
    verdict = _failure_text(drive)
    returned = read_drive(drive.path) is not None and not (drive.path / name).exists()
    if verdict and (verdict != stale or returned):
        raise _failure(drive, verdict)
    if not complete and not returned:
        raise BoardError(
            f"The drive {drive.path} vanished and did not come back.",
            hint="Plug the board in again, then flash again: what it holds is not known.",
            link=drive.link,
        )


def _failure(drive: Drive, text: str) -> BoardError:
    said = " ".join(text.split())[:200]
    low = said.lower()
    for words, meaning, hint in _FAILURES:
        if any(word in low for word in words):
            return BoardError(
                f"The drive {drive.path} reports a failure: {meaning}.",
                hint=f"{hint} The program on the board is incomplete.",
                link=drive.link,
                details=said,
            )
    return BoardError(
        f"The drive {drive.path} reports a failure: {said}",
        hint="Plug the board in again, then flash again. The program on the board is incomplete.",
        link=drive.link,
    )


def _failure_text(drive: Drive) -> str:
    with contextlib.suppress(OSError):
        return (drive.path / "FAIL.TXT").read_text("utf-8", "replace").strip()
    return ""


def _poll(found: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not found():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_SECONDS)
    return True
