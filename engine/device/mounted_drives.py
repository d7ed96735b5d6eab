"""Mounted drives that take firmware: the ST-LINK's, DAPLink's, and the RP2040's own."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UF2_INFO = "INFO_UF2.TXT"
_BOARD_PAGE = "MBED.HTM"
_DETAILS = "DETAILS.TXT"
_CODE = re.compile(r"code=([0-9A-Fa-f]{4})")
_LARGEST_INFO_BYTES = 4096
_REMOVABLE = 2  # GetDriveTypeW: DRIVE_REMOVABLE


@dataclass(frozen=True)
class Drive:
    """One drive.

    Attributes:
        path: where it is mounted.
        kind: `uf2`, or `image` for one that takes a .bin file.
        title: for people.
        board_code: first four digits of the board's code, empty if it has none.
        serial_number: of the USB device, empty where the system does not tell.
    """

    path: Path
    kind: str
    title: str
    board_code: str = ""
    serial_number: str = ""

    @property
    def link(self) -> str:
        """How the user names it."""
        return f"drive:{self.path}"


def mounted_drives(
    mounts: Path = Path("/proc/mounts"), block_devices: Path = Path("/sys/class/block")
) -> list[Drive]:
    """All drives that take firmware.

    Args:
        mounts: Linux's list of what is mounted.
        block_devices: Linux's folder of disks and partitions.
    """
    found = []
    for device, path in _mount_points(mounts):
        drive = read_drive(path, serial_number=_serial_number(block_devices / Path(device).name))
        if drive is not None:
            found.append(drive)
    return found


def read_drive(path: Path, *, serial_number: str = "") -> Drive | None:
    """What kind of drive this folder is; None if it takes no firmware."""
    uf2 = _text(path / _UF2_INFO)
    if uf2:
        model = re.search(r"Model:\s*(.+)", uf2)
        return Drive(path, "uf2", model[1].strip() if model else "UF2 drive", "", serial_number)
    page, details = _text(path / _BOARD_PAGE), _text(path / _DETAILS)
    if not page and not details:
        return None
    code = _CODE.search(page)
    title = "DAPLink drive" if "daplink" in details.lower() else f"ST-LINK drive {path.name}".rstrip()
    return Drive(path, "image", title, code[1] if code else "", serial_number)


def _mount_points(mounts: Path) -> Iterator[tuple[str, Path]]:
    """Device and folder of each drive that may be a board's."""
    if sys.platform == "win32":
        yield from (("", path) for path in _windows_drives())
    elif sys.platform == "darwin":
        volumes = Path("/Volumes")
        yield from (("", path) for path in (volumes.iterdir() if volumes.is_dir() else ()))
    else:
        try:
            lines = mounts.read_text("utf-8", "replace").splitlines()
        except OSError:
            return
        for line in lines:
            device, folder, kind = (line.split() + ["", "", ""])[:3]
            if kind in ("vfat", "msdos", "fuseblk"):
                # proc(5): blanks are written as octal numbers
                name = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), folder)
                yield device, Path(name)


def _windows_drives() -> list[Path]:
    import ctypes

    system = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    mask = int(system.GetLogicalDrives())
    letters = [f"{chr(ord('A') + bit)}:\\" for bit in range(26) if mask >> bit & 1]
    return [Path(letter) for letter in letters if system.GetDriveTypeW(letter) == _REMOVABLE]


def _serial_number(block_device: Path) -> str:
    """Of the USB device that a disk or partition belongs to: its folder is one of the parents."""
    try:
        folder = Path(os.path.realpath(block_device, strict=True))
    except OSError:
        return ""
    for parent in folder.parents:
        if (parent / "idVendor").is_file():
            return _text(parent / "serial").strip()
    return ""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_LARGEST_INFO_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
