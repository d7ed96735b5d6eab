"""What is plugged in: folders as Linux makes them, and what belongs to one board."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from engine.device import detect as detect_module
from engine.device.detect import FoundDevice, detect, join, serial_line_of
from engine.device.mounted_drives import Drive
from engine.device.ports import SerialPort, adapter_ids
from engine.device.udev import rules_text, write_rules
from engine.device.usb import UsbDevice, usb_devices
from engine.errors import BadInputFile
from tests.helpers.fake_pyocd import Chip, FakeProbe, Installed

SERIAL = "0669FF303731"


@pytest.fixture
def bus(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of USB devices: ST-LINK, J-Link, DFU, a Pico in BOOTSEL, a mouse and an interface."""
    devices, nodes = tmp_path / "devices", tmp_path / "nodes"
    for number, (vendor, product, words, serial) in enumerate(
        [
            ("0483", "374b", "STM32 STLink", SERIAL),
            ("1366", "0105", "J-Link", "000261008470"),
            ("0483", "df11", "STM32  BOOTLOADER", "355F"),
            ("2e8a", "0003", "RP2 Boot", "E0"),
            ("0d28", "0204", "BBC micro:bit CMSIS-DAP", "9904"),
            ("046d", "c077", "USB Optical Mouse", ""),
        ],
        start=1,
    ):
        folder = devices / f"1-{number}"
        folder.mkdir(parents=True)
        contents = {"idVendor": vendor, "idProduct": product, "product": words, "serial": serial}
        for name, text in {**contents, "busnum": "1", "devnum": str(number)}.items():
            (folder / name).write_text(text + "\n")
        (nodes / "001").mkdir(parents=True, exist_ok=True)
        (nodes / "001" / f"{number:03}").touch()
    (devices / "1-1:1.0").mkdir()
    return devices, nodes


def test_usb_devices_are_told_apart_without_opening_them(bus: tuple[Path, Path]) -> None:
    found = usb_devices(*bus)
    assert [(d.kind, d.serial_number) for d in found] == [
        ("probe", SERIAL),
        ("probe", "000261008470"),
        ("dfu", "355F"),
        ("pico-boot", "E0"),
        ("probe", "9904"),
    ]
    assert found[0].title == "ST-LINK/V2-1"
    assert all(device.may_be_opened for device in found)
    (bus[1] / "001" / "001").unlink()
    assert not usb_devices(*bus)[0].may_be_opened
    assert usb_devices(bus[0] / "none", bus[1]) == []


def port(name: str, title: str, serial: str = "", ids: tuple[int, int] | None = None) -> SerialPort:
    vendor, product = ids or (None, None)
    return SerialPort(name, title, vendor, product, serial, known=ids is not None)


def probe(serial: str = SERIAL, node: str = "") -> UsbDevice:
    return UsbDevice("probe", "ST-LINK/V2-1", serial, node)


STLINK_PORT = port("/dev/thimble-test", "ST-LINK/V2-1", SERIAL, (0x0483, 0x374B))


def by_kind(found: list[FoundDevice]) -> dict[str, FoundDevice]:
    assert len({device.kind for device in found}) == len(found)
    return {device.kind: device for device in found}


def test_the_code_on_its_drive_names_the_board_for_all_its_parts() -> None:
    drive = Drive(Path("/media/NODE_F446RE"), "image", "ST-LINK drive NODE_F446RE", "0777", SERIAL)
    found = by_kind(join([STLINK_PORT], [drive], [probe()]))
    assert {device.boards for device in found.values()} == {("stm32f446",)}
    assert "0777" in found["serial"].evidence
    assert found["probe"].link == f"probe:{SERIAL}"
    assert found["drive"].link == "drive:/media/NODE_F446RE"
    assert {device.serial_line for device in found.values()} == {"/dev/thimble-test"}


def test_without_serial_numbers_only_a_lone_st_link_is_put_together() -> None:
    drive = Drive(Path("/D"), "image", "ST-LINK drive", "0777")
    assert by_kind(join([STLINK_PORT], [drive], []))["serial"].boards == ("stm32f446",)
    other = port("/dev/thimble-other", "ST-LINK/V2-1", "066A", (0x0483, 0x374B))
    ports = [device for device in join([STLINK_PORT, other], [drive], []) if device.kind == "serial"]
    assert [device.boards for device in ports] == [(), ()]


def test_another_boards_parts_stay_apart() -> None:
    drive = Drive(Path("/D"), "image", "ST-LINK drive", "0777", "066A")
    found = by_kind(join([STLINK_PORT], [drive], [probe()]))
    assert found["drive"].boards == ("stm32f446",)
    assert found["probe"].boards == ()
    assert found["drive"].serial_line == ""


def test_what_stands_in_the_way_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    locked = by_kind(join([], [], [probe(node=str(tmp_path / "001"))]))["probe"]
    assert "may not open" in locked.problem
    assert "--udev" in locked.hint
    monkeypatch.setattr(detect_module.importlib.util, "find_spec", lambda name: None)
    missing = by_kind(join([], [], [probe()]))["probe"]
    assert "pyOCD" in missing.problem
    assert "pip install" in missing.hint
    monkeypatch.setenv("PATH", str(tmp_path))
    dfu = by_kind(join([], [], [UsbDevice("dfu", "STM32 in DFU mode", "355F", "")]))["dfu"]
    assert dfu.link == "dfu:355F"
    assert "dfu-util" in dfu.problem
    pico = by_kind(join([], [], [UsbDevice("pico-boot", "Raspberry Pi Pico, BOOTSEL", "E0", "")]))
    assert "not mounted" in pico["drive"].problem
    if sys.platform != "win32":
        assert "may not open" in by_kind(join([STLINK_PORT], [], []))["serial"].problem


def test_a_probe_asked_for_its_chip_names_the_board(
    fake_pyocd: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_pyocd.probes.append(FakeProbe(SERIAL, Chip()))
    monkeypatch.setattr(detect_module, "serial_ports", lambda: [STLINK_PORT])
    monkeypatch.setattr(detect_module, "mounted_drives", list)
    monkeypatch.setattr(detect_module, "_usb_or_pyocd", lambda: [probe()])
    monkeypatch.setattr(detect_module.importlib.util, "find_spec", lambda name: name)
    assert by_kind(detect())["serial"].boards == ()
    found = by_kind(detect(ask_chips=True))
    assert found["probe"].boards == found["serial"].boards == ("stm32f407",)
    assert not fake_pyocd.probes[0].chip.halted
    fake_pyocd.probes[0].opening_error = OSError(19, "No such device")
    assert "unplugged" in by_kind(detect(ask_chips=True))["probe"].problem


@pytest.mark.parametrize("link", ["probe", f"probe:{SERIAL[:4]}", "openocd:stlink", "openocd:"])
def test_the_serial_line_of_a_probe_is_the_port_with_its_number(
    link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = port("/dev/thimble-other", "FTDI", "A1", (0x0403, 0x6001))
    monkeypatch.setattr(detect_module, "serial_ports", lambda: [other, STLINK_PORT])
    monkeypatch.setattr(detect_module, "mounted_drives", list)
    monkeypatch.setattr(detect_module, "_usb_or_pyocd", lambda: [probe()])
    assert serial_line_of(link) == "/dev/thimble-test"
    monkeypatch.setattr(detect_module, "_usb_or_pyocd", list)
    assert serial_line_of(link) == ""  # two ports, and nothing tells which
    monkeypatch.setattr(detect_module, "serial_ports", lambda: [other])
    assert serial_line_of(link) == "/dev/thimble-other"


def test_the_rules_open_every_adapter_and_probe_and_are_well_formed(tmp_path: Path) -> None:
    file = tmp_path / "my rules"
    command = write_rules(file)
    assert f"'{file}'" in command
    number = int(re.search(r"rules\.d/(\d+)-", command)[1])  # type: ignore[index]
    assert number < 73  # 73-seat-late.rules gives the access that the tag asks for
    text = file.read_text()
    assert text == rules_text()
    pair = r'[A-Z]+(\{\w+\})?(==|\+=|=)"[^"]+"'
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(rf"{pair}(, {pair})*", line), line
    for vendor, product in [*adapter_ids(), (0x0483, 0xDF11), (0x0483, 0x374B), (0x2E8A, 0x0003)]:
        assert f'ATTRS{{idVendor}}=="{vendor:04x}", ATTRS{{idProduct}}=="{product:04x}"' in text
    with pytest.raises(BadInputFile, match="cannot be written"):
        write_rules(tmp_path / "none" / "file")
