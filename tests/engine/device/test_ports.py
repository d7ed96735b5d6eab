from __future__ import annotations

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from engine.device.ports import serial_ports


def port(name: str, vendor_id: int | None = None, product_id: int | None = None) -> ListPortInfo:
    info = ListPortInfo(name)
    info.vid, info.pid, info.serial_number = vendor_id, product_id, "0669FF"
    info.description = "n/a" if vendor_id is None else "some adapter"
    return info


def test_ports_of_known_adapters_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        port("/dev/ttyS0"),
        port("/dev/ttyUSB1", 0x1234, 0x5678),
        port("/dev/ttyACM0", 0x0483, 0x374B),
    ]
    monkeypatch.setattr(list_ports, "comports", lambda: found)
    ports = serial_ports()
    assert [p.name for p in ports] == ["/dev/ttyACM0", "/dev/ttyS0", "/dev/ttyUSB1"]
    assert ports[0].title == "ST-LINK/V2-1"
    assert [p.known for p in ports] == [True, False, False]
    assert ports[1].vendor_id is None


def test_a_computer_without_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_ports, "comports", list)
    assert serial_ports() == ()
