"""What is plugged in, which board it probably is, and what stands in its way."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.boards import BoardSpec
from engine.device.chip_ids import known_boards
from engine.device.mounted_drives import Drive, mounted_drives
from engine.device.ports import SerialPort, serial_ports
from engine.device.target_packs import PYOCD_COMMAND
from engine.device.usb import UsbDevice, usb_devices
from engine.errors import EngineError
from engine.port_diagnosis import UDEV_HINT, programs_using

NOTHING = (
    "Nothing that leads to a board is plugged in. If a board's light is on, its cable may have no data "
    "lines: try another cable."
)
_RP2040_FLASH = 0x1000_0000
_PICO_SERIAL = (0x2E8A, 0x000A)


@dataclass(frozen=True)
class FoundDevice:
    """One way to a board.

    Attributes:
        link: how `--on` names it.
        kind: `serial`, `probe`, `drive` or `dfu`.
        title: for people.
        known: it is one that boards are usually reached by.
        boards: ids of the boards it may be, empty if nothing tells.
        evidence: what tells it.
        serial_number: of the USB device.
        serial_line: the port where the firmware of the same board is heard, empty if none is known.
        problem, hint: why it cannot be used as it is, and the next step; empty if it can.
    """

    link: str
    kind: str
    title: str
    known: bool = True
    boards: tuple[str, ...] = ()
    evidence: str = ""
    serial_number: str = ""
    serial_line: str = ""
    problem: str = ""
    hint: str = ""


def detect(*, ask_chips: bool = False) -> list[FoundDevice]:
    """Everything that is plugged in.

    Args:
        ask_chips: also let each probe read its chip's number; the firmware goes on running.
    """
    found = join(serial_ports(), mounted_drives(), _usb_or_pyocd())
    if not ask_chips:
        return found
    asked = [_with_chip(device) if device.kind == "probe" else device for device in found]
    return _share_boards(asked)


def join(
    ports: Sequence[SerialPort], drives: Sequence[Drive], devices: Sequence[UsbDevice]
) -> list[FoundDevice]:
    """Ports, drives and USB devices as links; what is known of one part of a board holds for all."""
    boards = known_boards()
    found = [
        *(_of_drive(drive, boards) for drive in drives),
        *(_of_usb(device) for device in devices if device.kind != "pico-boot"),
        *(_of_port(port, boards) for port in ports),
    ]
    if any(d.kind == "pico-boot" for d in devices) and not any(d.kind == "uf2" for d in drives):
        found.append(
            FoundDevice(
                "drive",
                "drive",
                "Raspberry Pi Pico, BOOTSEL",
                boards=_at_origin(boards, _RP2040_FLASH),
                problem="Its drive is not mounted.",
                hint="Open it in the file manager, then try again.",
            )
        )
    return _share_boards(found)


def serial_line_of(link: str) -> str:
    """The serial port of the board behind a probe, drive or DFU link; empty if none can be told.

    It is the one with the same USB serial number, else the only one of a known adapter.
    """
    found = detect()
    ports = [device for device in found if device.kind == "serial" and device.known]
    for device in found:
        if device.kind != "serial" and _same_link(link, device.link) and device.serial_line:
            return device.serial_line
    return ports[0].link if len(ports) == 1 else ""


def _same_link(asked: str, found: str) -> bool:
    """Whether a link as the user wrote it may be this one; a kind alone stands for the only one."""
    kind, _, name = asked.partition(":")
    found_kind, _, found_name = found.partition(":")
    if kind == "openocd":
        return found_kind == "probe"
    return kind == found_kind and name.lower() in found_name.lower()


def _of_drive(drive: Drive, boards: Sequence[BoardSpec]) -> FoundDevice:
    if drive.kind == "uf2":
        ids, evidence = _at_origin(boards, _RP2040_FLASH), "the drive's own words"
    else:
        ids = tuple(b.id for b in boards if drive.board_code and drive.board_code in b.drive_codes)
        evidence = f"board code {drive.board_code} on its drive" if ids else ""
    return FoundDevice(
        drive.link,
        "drive",
        drive.title,
        boards=ids,
        evidence=evidence,
        serial_number=drive.serial_number,
    )


def _of_usb(device: UsbDevice) -> FoundDevice:
    problem, hint = "", ""
    if device.node and not device.may_be_opened:
        problem, hint = f"You may not open {device.title}.", UDEV_HINT
    elif device.kind == "probe" and importlib.util.find_spec("pyocd") is None:
        problem, hint = "Probes need pyOCD, which is not installed.", f"Run: {PYOCD_COMMAND}"
    elif device.kind == "dfu" and shutil.which("dfu-util") is None:
        problem = "Boards in DFU mode need dfu-util, which is not installed."
        hint = "Install dfu-util."
    link = f"{device.kind}:{device.serial_number}" if device.serial_number else device.kind
    return FoundDevice(
        link,
        device.kind,
        device.title,
        serial_number=device.serial_number,
        problem=problem,
        hint=hint,
    )


def _of_port(port: SerialPort, boards: Sequence[BoardSpec]) -> FoundDevice:
    problem, hint = "", ""
    if sys.platform != "win32":  # there a port's name is no file
        users = programs_using(port.name)
        if not os.access(port.name, os.R_OK | os.W_OK):
            problem, hint = "You may not open it.", UDEV_HINT
        elif users:
            problem, hint = f"In use by {', '.join(users)}.", "Close it there."
    ids: tuple[str, ...] = ()
    if (port.vendor_id, port.product_id) == _PICO_SERIAL:
        ids = _at_origin(boards, _RP2040_FLASH)
    return FoundDevice(
        port.name,
        "serial",
        port.title,
        port.known,
        ids,
        "the adapter's name" if ids else "",
        port.serial_number,
        port.name,
        problem,
        hint,
    )


def _share_boards(found: list[FoundDevice]) -> list[FoundDevice]:
    """Parts with one USB serial number are one board; without numbers, the only ST-LINK parts are."""
    told: list[FoundDevice] = []
    for device in found:
        kin = [d for d in found if d is not device and _kin(d, device, found)]
        known = next((d for d in kin if d.boards), None)
        if not device.boards and known is not None:
            device = replace(device, boards=known.boards, evidence=known.evidence)
        line = next((d.link for d in kin if d.kind == "serial"), "")
        told.append(replace(device, serial_line=device.serial_line or line))
    return told


def _kin(one: FoundDevice, other: FoundDevice, found: list[FoundDevice]) -> bool:
    if one.serial_number and other.serial_number:
        return one.serial_number.lstrip("0").lower() == other.serial_number.lstrip("0").lower()

    def alone(device: FoundDevice) -> bool:
        same = [d for d in found if d.kind == device.kind and _is_stlink(d)]
        return _is_stlink(device) and len(same) == 1

    return alone(one) and alone(other)


def _is_stlink(device: FoundDevice) -> bool:
    return device.title.upper().replace("STLINK", "ST-LINK").startswith("ST-LINK")


def _at_origin(boards: Sequence[BoardSpec], origin: int) -> tuple[str, ...]:
    return tuple(board.id for board in boards if board.region("code").origin == origin)


def _usb_or_pyocd() -> list[UsbDevice]:
    if sys.platform.startswith("linux"):
        return usb_devices()
    from engine.device.pyocd_probe import found_probes

    try:
        return [UsbDevice("probe", p.title, p.unique_id, "") for p in found_probes()]
    except EngineError:  # no pyOCD: the doctor says so
        return []


def _with_chip(device: FoundDevice) -> FoundDevice:
    from engine.device.pyocd_probe import chip_at

    try:
        boards = chip_at(device.serial_number)
    except EngineError as error:
        return replace(device, problem=device.problem or error.message, hint=device.hint or error.hint)
    if not boards:
        return device
    return replace(device, boards=boards, evidence="its chip's number")
