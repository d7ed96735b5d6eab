"""Serial ports of this computer that may lead to a board."""

from __future__ import annotations

from dataclasses import dataclass

from serial.tools import list_ports

_ADAPTERS = {
    (0x0483, 0x374B): "ST-LINK/V2-1",
    (0x0483, 0x374E): "ST-LINK/V3",
    (0x0483, 0x374F): "ST-LINK/V3",
    (0x0483, 0x3753): "ST-LINK/V3",
    (0x0483, 0x3754): "ST-LINK/V3",
    (0x0D28, 0x0204): "DAPLink",
    (0x0483, 0x5740): "STM32 USB serial",
    (0x2E8A, 0x000A): "Raspberry Pi Pico",
    (0x2E8A, 0x000C): "Raspberry Pi Debug Probe",
    (0x0403, 0x6001): "FTDI FT232R",
    (0x0403, 0x6010): "FTDI FT2232",
    (0x0403, 0x6014): "FTDI FT232H",
    (0x0403, 0x6015): "FTDI FT230X",
    (0x10C4, 0xEA60): "Silicon Labs CP210x",
    (0x1A86, 0x7523): "WCH CH340",
    (0x1A86, 0x55D4): "WCH CH9102",
    (0x067B, 0x2303): "Prolific PL2303",
}


def adapter_ids() -> dict[tuple[int, int], str]:
    """Known adapters: USB vendor and product, and what they are."""
    return dict(_ADAPTERS)


@dataclass(frozen=True)
class SerialPort:
    """One port.

    Attributes:
        name: what a link is called, for example `COM5` or `/dev/ttyACM0`.
        title: for people.
        vendor_id, product_id: of the USB adapter, None where it is not on USB.
        serial_number: of the adapter, empty if it has none.
        known: whether the adapter is one that boards are usually connected through.
    """

    name: str
    title: str
    vendor_id: int | None
    product_id: int | None
    serial_number: str
    known: bool


def _words(description: str | None) -> str:
    """Pyserial's `n/a` is no description."""
    return "" if description in (None, "n/a") else str(description)


def serial_ports() -> tuple[SerialPort, ...]:
    """All ports, those of known adapters first, then by name."""
    ports = [
        SerialPort(
            name=port.device,
            title=_ADAPTERS.get((port.vid, port.pid)) or _words(port.description) or port.device,
            vendor_id=port.vid,
            product_id=port.pid,
            serial_number=port.serial_number or "",
            known=(port.vid, port.pid) in _ADAPTERS,
        )
        for port in list_ports.comports()
    ]
    return tuple(sorted(ports, key=lambda port: (not port.known, port.name)))
