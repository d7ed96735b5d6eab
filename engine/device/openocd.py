"""OpenOCD, where it is installed, as a way to a board.

First it is asked what the chip is; only then it erases, writes (the first block, with the reset vector,
last), compares and restarts.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

from engine.boards import BoardSpec, boards_with_chip
from engine.device.chip_ids import device_id, id_register
from engine.device.external_tools import Tool, Trouble, check_fits, not_found
from engine.device.flash import Image, read_image
from engine.device.probe import VerificationFailed, WrongBoard
from engine.errors import BoardError, UsageError
from engine.events import CancelToken, Report
from engine.port_diagnosis import UDEV_HINT
from engine.summaries import FlashSummary

INTERFACES = ("stlink", "cmsis-dap", "jlink")
_TARGETS = {
    "stm32f4": "stm32f4x",
    "stm32f7": "stm32f7x",
    "stm32h7": "stm32h7x",
    "stm32l4": "stm32l4x",
    "stm32g0": "stm32g0x",
    "rp2040": "rp2040",
}
_BLOCK_BYTES = 16 * 1024
_LOWEST_SUPPLY_VOLTS = 1.65
_TROUBLES = (
    not_found(
        ("LIBUSB_ERROR_ACCESS", "insufficient permissions"),
        "You may not open the probe at {link}.",
        UDEV_HINT,
    ),
    not_found(
        ("LIBUSB_ERROR_BUSY", "resource busy"),
        "Another program uses the probe at {link}.",
        "Close other debuggers (STM32CubeIDE, pyOCD, another OpenOCD), then try again.",
    ),
    not_found(
        ("open failed", "no device found", "unable to find a matching", "no j-link device found"),
        "OpenOCD finds no probe at {link}.",
        "Plug it in. If its light is on, the cable may have no data lines. For another kind of probe "
        "use --on openocd:cmsis-dap or --on openocd:jlink.",
    ),
    Trouble(
        ("voltage may be too low", "target voltage too low"),
        "The supply at the chip is too low.",
        "Power the board; on a Nucleo board check the jumper IDD (JP6) and the power jumper.",
    ),
    Trouble(
        ("read protect", "device protected", "security bit set", "rdp level"),
        "The chip at {link} refuses access: its read-out protection is on.",
        "Remove the protection with STM32CubeProgrammer; this erases the whole chip.",
    ),
    Trouble(
        ("checksum mismatch", "contents differ", "verify failed"),
        "What was read back from the chip at {link} differs from what was written.",
        "Flash again; if it fails again, the flash may be worn.",
        VerificationFailed,
    ),
    Trouble(
        (
            "unable to connect",
            "target not examined",
            "init mode failed",
            "no ack",
            "error connecting dp",
        ),
        "The chip does not answer the probe at {link}.",
        "Check the board's supply and the SWD wires; hold its reset button while you try again.",
    ),
    Trouble(
        ("can't find interface/", "can't find target/"),
        "This OpenOCD is too old for {link}.",
        "Install OpenOCD 0.12 or newer.",
    ),
)


def flash_with_openocd(
    interface: str, elf: Path, board: BoardSpec, *, report: Report, cancel: CancelToken
) -> FlashSummary:
    """Erase, write, compare and restart with OpenOCD.

    Args:
        interface: one of `INTERFACES`; empty takes `stlink`.
        elf: the linked firmware.
        board: what it was built for.
        report: gets bytes erased, written, verified.
        cancel: looked at between the steps; a step that has begun goes on to its end.

    Raises:
        UsageError: OpenOCD is not installed, or does not know interface or board.
        BadInputFile: `elf` is not a firmware image.
        WrongBoard: the chip is another one.
        BoardError: it failed; the hint says what state the board is in.
        Cancelled: `cancel` was set.
    """
    interface = interface or INTERFACES[0]
    if interface not in INTERFACES or board.family not in _TARGETS:
        raise UsageError(
            f"OpenOCD is not used here with {interface} and {board.id}.",
            hint=f"Known interfaces: {', '.join(INTERFACES)}.",
        )
    image, link = read_image(elf), f"openocd:{interface}"
    check_fits(image, board)
    tool = Tool("openocd", "OpenOCD", link, _TROUBLES, report, cancel)
    base = ["-f", f"interface/{interface}.cfg"]
    if interface != "stlink":
        base += ["-c", "transport select swd"]
    base += ["-f", f"target/{_TARGETS[board.family]}.cfg", "-c", "init; reset halt"]
    seconds: dict[str, float] = {}
    _check_chip(tool, base, board)
    with tempfile.TemporaryDirectory(prefix="thimble-openocd-") as folder:
        for step, commands, unit in _steps(image, board, Path(folder)):
            began = time.monotonic()
            _run_step(tool, base, step, commands, unit, len(image.data))
            seconds[step] = time.monotonic() - began
    return FlashSummary(board=board.id, link=link, bytes_written=len(image.data), step_seconds=seconds)


def _check_chip(tool: Tool, base: list[str], board: BoardSpec) -> None:
    register = id_register(board)
    ask = [f"mdw 0x{register:08X}"] if register else []
    lines = tool.run([*base, *_commands([*ask, "shutdown"])])
    text = "\n".join(lines)
    volts = re.search(r"target voltage:\s*([0-9.]+)", text, re.IGNORECASE)
    if volts and 0 < float(volts[1]) < _LOWEST_SUPPLY_VOLTS:
        raise BoardError(
            f"The supply at the chip is {float(volts[1]):.2f} V, too low to program it.",
            hint="Power the board; on a Nucleo board check the jumper IDD (JP6) and the power jumper.",
            link=tool.link,
        )
    word = re.search(rf"0x{register:08x}:\s*([0-9a-f]{{8}})", text, re.IGNORECASE)
    if not (register and board.chip_id and word):
        return
    number = device_id(int(word[1], 16))
    if number != board.chip_id:
        other = " or ".join(b.id for b in boards_with_chip(number)) or f"0x{number:03X}"
        raise WrongBoard(
            f"The firmware is for {board.id}, the chip at {tool.link} is that of {other}.",
            hint="Choose the board that is connected, and build again.",
            link=tool.link,
        )


def _steps(image: Image, board: BoardSpec, folder: Path) -> list[tuple[str, list[str], str]]:
    """Name, OpenOCD's commands and the unit of progress of each step."""
    size = len(image.data)
    origin = image.address
    flash = board.region("code")
    ends = [*flash.page_starts()[1:], flash.origin + flash.size_bytes]
    erase = []
    for page in flash.pages(origin, size):
        start = flash.page_starts()[page]
        erase += [
            f"flash erase_address 0x{start:08X} {ends[page] - start}",
            f"echo thimble-{min(size, ends[page] - origin)}",
        ]
    write, done = [], 0
    offsets = range(0, size, _BLOCK_BYTES)
    for offset in (*offsets[1:], 0):
        block = image.data[offset : offset + _BLOCK_BYTES]
        file = folder / f"{offset:08x}.bin"
        file.write_bytes(block)
        done += len(block)
        write += [
            f"flash write_image {{{file.as_posix()}}} 0x{origin + offset:08X} bin",
            f"echo thimble-{done}",
        ]
    whole = folder / "image.bin"
    whole.write_bytes(image.data)
    verify = [
        f"verify_image {{{whole.as_posix()}}} 0x{origin:08X} bin",
        f"echo thimble-{size}",
        "reset run",
    ]
    return [
        ("erase", erase, "bytes erased"),
        ("write", write, "bytes written"),
        ("verify", verify, "bytes verified"),
    ]


def _run_step(
    tool: Tool, base: list[str], step: str, commands: list[str], unit: str, total: int
) -> None:
    def hear(line: str) -> None:
        mark = re.fullmatch(r"(?:.*: )?thimble-(\d+)", line.strip())
        if mark:
            tool.progress(int(mark[1]), total, unit)

    tool.cancelled_here()
    tool.step = step
    tool.run([*base, *_commands([*commands, "shutdown"])], hear)


def _commands(commands: list[str]) -> list[str]:
    return [word for command in commands for word in ("-c", command)]
