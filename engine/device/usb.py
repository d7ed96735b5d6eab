"""USB devices that lead to a board, as Linux lists them: without opening any, so that none is disturbed.

On other systems the list is empty; there pyOCD and the serial ports must do.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ST_DFU = (0x0483, 0xDF11)
_STLINK = {
    0x3744: "ST-LINK/V1",
    0x3748: "ST-LINK/V2",
    0x374A: "ST-LINK/V2-1",
    0x374B: "ST-LINK/V2-1",
    0x374D: "STLINK-V3",
    0x374E: "STLINK-V3",
    0x374F: "STLINK-V3",
    0x3752: "ST-LINK/V2-1",
    0x3753: "STLINK-V3",
    0x3754: "STLINK-V3",
    0x3757: "STLINK-V3",
}
_ST, _SEGGER, _RASPBERRY, _DAPLINK = 0x0483, 0x1366, 0x2E8A, (0x0D28, 0x0204)
_PICO_PROBE, _PICO_BOOT = 0x000C, 0x0003


def known_devices() -> dict[tuple[int, int | None], str]:
    """USB vendor and product (None: all of them) of probes and boot loaders, and what they are."""
    return {
        **{(_ST, product): title for product, title in _STLINK.items()},
        ST_DFU: "STM32 in DFU mode",
        (_SEGGER, None): "SEGGER J-Link",
        (_RASPBERRY, _PICO_BOOT): "Raspberry Pi Pico, BOOTSEL",
        (_RASPBERRY, _PICO_PROBE): "Raspberry Pi Debug Probe",
        _DAPLINK: "DAPLink",
    }


@dataclass(frozen=True)
class UsbDevice:
    """One device.

    Attributes:
        kind: `probe`, `dfu` or `pico-boot`.
        title: for people.
        serial_number: empty if it has none.
        node: the file that programs open it by.
    """

    kind: str
    title: str
    serial_number: str
    node: str

    @property
    def may_be_opened(self) -> bool:
        """Whether this user may open it."""
        return os.access(self.node, os.R_OK | os.W_OK)


def usb_devices(
    folder: Path = Path("/sys/bus/usb/devices"), nodes: Path = Path("/dev/bus/usb")
) -> list[UsbDevice]:
    """Probes, and boards whose USB boot loader runs.

    Args:
        folder: where Linux lists USB devices.
        nodes: where their files are.
    """
    found = []
    for device in sorted(folder.glob("*")) if folder.is_dir() else ():
        try:
            vendor = int(_read(device / "idVendor"), 16)
            product = int(_read(device / "idProduct"), 16)
            node = nodes / f"{int(_read(device / 'busnum')):03}" / f"{int(_read(device / 'devnum')):03}"
        except ValueError:  # an interface or a hub's port, or it is being unplugged
            continue
        words = _read(device / "product")
        kind, title = _kind(vendor, product, words)
        if kind:
            found.append(UsbDevice(kind, title, _read(device / "serial"), str(node)))
    return found


def _kind(vendor: int, product: int, words: str) -> tuple[str, str]:
    if (vendor, product) == ST_DFU:
        return "dfu", "STM32 in DFU mode"
    if vendor == _ST and product in _STLINK:
        return "probe", _STLINK[product]
    if (vendor, product) == (_RASPBERRY, _PICO_BOOT):
        return "pico-boot", "Raspberry Pi Pico, BOOTSEL"
    if (vendor, product) == (_RASPBERRY, _PICO_PROBE):
        return "probe", "Raspberry Pi Debug Probe"
    if vendor == _SEGGER:
        return "probe", words or "J-Link"
    # CMSIS-DAP: the name of the product or of an interface holds these letters
    if "CMSIS-DAP" in words.upper() or "DAPLINK" in words.upper():
        return "probe", words
    return "", ""


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
