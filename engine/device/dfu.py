"""The STM32's USB boot loader through dfu-util, where that is installed (ST AN2606, AN3156).

The tool erases each page just before it writes it. To keep an interrupted board from starting half a
program, the first page is blanked first and written last.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

from engine.boards import BoardSpec
from engine.device.external_tools import Tool, Trouble, check_fits, not_found
from engine.device.flash import Image, read_image
from engine.device.probe import ProbeNotFound, VerificationFailed
from engine.errors import BoardError, UsageError
from engine.events import CancelToken, Report
from engine.port_diagnosis import UDEV_HINT
from engine.summaries import FlashSummary

_USB_ID = "0483:df11"
_BLANK_BYTES = 256
_ENTER = (
    "Set BOOT0 high (the jumper or button beside the chip), plug the chip's own USB socket in, press "
    "reset, then try again. If nothing appears, the cable may have no data lines."
)
_TROUBLES = (
    not_found(
        ("LIBUSB_ERROR_ACCESS", "insufficient permissions"),
        "You may not open the board at {link}.",
        UDEV_HINT,
    ),
    not_found(("no dfu capable", "no such device"), "No board in DFU mode at {link}.", _ENTER, "boot0"),
    not_found(
        ("more than one dfu",),
        "Several boards are in DFU mode.",
        "Name one: --on dfu:SERIAL. thimble-cli ports lists them.",
    ),
    not_found(
        ("LIBUSB_ERROR_BUSY", "cannot claim interface"),
        "Another program uses the board at {link}.",
        "Close STM32CubeProgrammer, then try again.",
    ),
    Trouble(
        ("errVENDOR", "status(11)", "is not writeable", "is not readable"),
        "The chip at {link} refuses access: its read-out or write protection is on.",
        "Remove the protection with STM32CubeProgrammer; this erases the whole chip.",
    ),
    Trouble(
        ("LIBUSB_ERROR_NO_DEVICE", "LIBUSB_ERROR_PIPE", "LIBUSB_ERROR_TIMEOUT", "lost device"),
        "The connection to {link} was lost.",
        "Check the cable. Press reset with BOOT0 still high, then flash again.",
    ),
)


def flash_with_dfu(
    serial_number: str, elf: Path, board: BoardSpec, *, report: Report, cancel: CancelToken
) -> FlashSummary:
    """Write, read back, compare and start with dfu-util.

    Args:
        serial_number: of the board in DFU mode; empty takes the only one there.
        elf: the linked firmware.
        board: what it was built for; the boot loader cannot tell which board it is.
        report: gets bytes written and verified.
        cancel: looked at between the steps; a step that has begun goes on to its end.

    Raises:
        UsageError: dfu-util is not installed, or the board has no such boot loader.
        BadInputFile: `elf` is not a firmware image.
        DoesNotFit: the image is larger than the flash.
        ProbeNotFound: no board is in DFU mode.
        VerificationFailed: what was read back differs.
        BoardError: it failed; the hint says what state the board is in.
        Cancelled: `cancel` was set.
    """
    if not board.chip_id:
        raise UsageError(f"{board.name} has no DFU boot loader.", hint="Use another link.")
    image, link = read_image(elf), f"dfu:{serial_number}" if serial_number else "dfu"
    check_fits(image, board)
    tool = Tool("dfu-util", "dfu-util", link, _TROUBLES, report, cancel)
    _look(tool, serial_number)
    base = ["-d", _USB_ID, "-a", "0", *(["-S", serial_number] if serial_number else [])]
    with tempfile.TemporaryDirectory(prefix="thimble-dfu-") as name:
        folder = Path(name)
        began = time.monotonic()
        _write(tool, base, image, board, folder)
        written = time.monotonic()
        _verify(tool, base, image, folder)
        verified = time.monotonic()
        # a read of four bytes: the way to have a chip leave this mode without writing to it
        tool.run([*base, "-s", f"0x{image.address:08X}:4:leave", "-U", str(folder / "leave.bin")])
    return FlashSummary(
        board=board.id,
        link=link,
        bytes_written=len(image.data),
        step_seconds={
            "write": written - began,
            "verify": verified - written,
            "restart": time.monotonic() - verified,
        },
    )


def dfu_serial_numbers(lines: list[str]) -> list[str]:
    """Of the STM32 boards in DFU mode, from what `dfu-util -l` prints."""
    found = [
        serial[1]
        for line in lines
        if f"[{_USB_ID}]" in line and (serial := re.search(r'serial="([^"]*)"', line))
    ]
    return list(dict.fromkeys(found))


def _look(tool: Tool, serial_number: str) -> None:
    found = dfu_serial_numbers(tool.run(["-l"]))
    if not found or (serial_number and serial_number not in found):
        raise ProbeNotFound(
            f"No board in DFU mode at {tool.link}.", hint=_ENTER, link=tool.link, picture="boot0"
        )
    if len(found) > 1 and not serial_number:
        names = ", ".join(f"dfu:{serial}" for serial in found)
        raise ProbeNotFound(
            f"{len(found)} boards are in DFU mode.", hint=f"Name one with --on: {names}.", link=tool.link
        )


def _write(tool: Tool, base: list[str], image: Image, board: BoardSpec, folder: Path) -> None:
    starts = board.region("code").page_starts()
    head = image.data[: starts[1] - image.address]
    body = image.data[len(head) :]
    done = 0
    for name, at, data, counts in (
        ("blank", image.address, b"\xff" * _BLANK_BYTES, False),
        ("body", image.address + len(head), body, True),
        ("head", image.address, head, True),
    ):
        if not data:
            continue
        file = folder / f"{name}.bin"
        file.write_bytes(data)
        tool.cancelled_here()
        tool.step = "write"
        before, size = done, len(data) if counts else 0

        def hear(line: str, before: int = before, size: int = size) -> None:
            if line.startswith("Download") and size:
                tool.progress(before + size * _percent(line) // 100, len(image.data), "bytes written")

        tool.run([*base, "-s", f"0x{at:08X}", "-D", str(file)], hear)
        done += size


def _verify(tool: Tool, base: list[str], image: Image, folder: Path) -> None:
    size = len(image.data)
    file = folder / "read.bin"

    def hear(line: str) -> None:
        if line.startswith("Upload"):
            tool.progress(size * _percent(line) // 100, size, "bytes verified")

    tool.cancelled_here()
    tool.step = "verify"
    tool.run([*base, "-s", f"0x{image.address:08X}:{size}", "-U", str(file)], hear)
    found = file.read_bytes() if file.is_file() else b""
    if found == image.data:
        return
    if len(found) < size:
        raise BoardError(
            f"Only {len(found)} of {size} bytes could be read back at {tool.link}.",
            hint="Flash again.",
            link=tool.link,
        )
    at = next(i for i, (a, b) in enumerate(zip(image.data, found, strict=False)) if a != b)
    raise VerificationFailed(
        f"The flash at 0x{image.address + at:08X} holds 0x{found[at]:02X} instead of "
        f"0x{image.data[at]:02X}.",
        hint="Flash again; if it fails at the same place, the flash may be worn.",
        link=tool.link,
    )


def _percent(line: str) -> int:
    found = re.search(r"(\d+)%", line)
    return int(found[1]) if found else 0
