"""A stand-in for the optional package pyOCD: a probe, and behind it a chip whose flash is a byte array.

It has the names and the rules of pyOCD 0.36 to 0.46 that Thimble relies on; `test_pyocd_probe.py` checks
the names against the real package where that is installed.
"""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

FLASH = 0x0800_0000
IDCODE_F4 = 0xE004_2000
SECTORS = [16384] * 4 + [65536] + [131072] * 7


class Error(RuntimeError):
    pass


class ProbeError(Error):
    pass


class TargetSupportError(Error):
    pass


class TransferError(Error):
    pass


class TransferFaultError(TransferError):
    pass


class FlashEraseFailure(Error):
    pass


class Operation(enum.IntEnum):
    ERASE = 1
    PROGRAM = 2


class Chip:
    """What hangs on the probe."""

    def __init__(self) -> None:
        self.flash = bytearray(os.urandom(sum(SECTORS)))
        self.words = {IDCODE_F4: 0x1007_6413}
        self.halted = False
        self.resets = 0
        self.protected = False
        self.write_protected = False
        self.answers_only_under_reset = False


class Flash:
    """The algorithm that pyOCD loads into the chip. Memory cannot be read while it is active."""

    Operation = Operation
    page = 1024

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.active: Operation | None = None

    def init(self, operation: Operation, address: int | None = None) -> None:
        assert self._chip.halted
        self.active = operation

    def cleanup(self) -> None:
        self.active = None

    def get_sector_info(self, address: int) -> SimpleNamespace:
        start = FLASH
        for size in SECTORS:
            if address < start + size:
                return SimpleNamespace(base_addr=start, size=size)
            start += size
        raise AssertionError(hex(address))

    def get_page_info(self, address: int) -> SimpleNamespace:
        return SimpleNamespace(base_addr=address // self.page * self.page, size=self.page)

    def erase_sector(self, address: int) -> None:
        assert self.active is Operation.ERASE
        if self._chip.write_protected:
            raise FlashEraseFailure("flash erase sector failure")
        sector = self.get_sector_info(address)
        at = sector.base_addr - FLASH
        self._chip.flash[at : at + sector.size] = b"\xff" * sector.size

    def program_page(self, address: int, data: list[int]) -> None:
        assert self.active is Operation.PROGRAM
        assert address % self.page == 0
        assert len(data) == self.page
        at = address - FLASH
        assert self._chip.flash[at : at + self.page] == b"\xff" * self.page
        self._chip.flash[at : at + self.page] = bytes(data)


class FakeProbe:
    def __init__(self, unique_id: str, chip: Chip, *, board_id: str | None = None) -> None:
        self.unique_id = unique_id
        self.description = "STM32 STLink"
        self.board_id = board_id
        self.chip = chip
        self.opening_error: Exception | None = None
        self._link = SimpleNamespace(target_voltage=3.25)


class Target:
    def __init__(self, chip: Chip, name: str) -> None:
        self._chip = chip
        self._flash = Flash(chip)
        flash = None if name == "cortex_m" else self._flash
        self.memory_map = SimpleNamespace(
            get_region_for_address=lambda address: SimpleNamespace(flash=flash)
        )

    def reset_and_halt(self) -> None:
        self._chip.halted = True

    def reset(self) -> None:
        assert self._flash.active is None
        self._chip.halted = False
        self._chip.resets += 1

    def read32(self, address: int) -> int:
        if FLASH <= address < FLASH + len(self._chip.flash):
            return int.from_bytes(self.read_memory_block8(address, 4), "little")
        if address not in self._chip.words:
            raise TransferFaultError(f"memory transfer fault @ 0x{address:08x}")
        return self._chip.words[address]

    def read_memory_block8(self, address: int, size: int) -> list[int]:
        assert self._flash.active is None
        if self._chip.protected:
            raise TransferFaultError(f"memory transfer fault @ 0x{address:08x}")
        return list(self._chip.flash[address - FLASH : address - FLASH + size])


class Session:
    opened: list[dict[str, Any]] = []

    def __init__(self, probe: FakeProbe, auto_open: bool = True, options: Any = None) -> None:
        assert not auto_open
        os.chdir(options["project_dir"])  # as pyOCD does
        self._probe = probe
        self.options = dict(options)
        self.is_open = False
        self.target = Target(probe.chip, options["target_override"])

    def open(self) -> None:
        if self._probe.opening_error:
            raise self._probe.opening_error
        mode = self.options["connect_mode"]
        if self._probe.chip.answers_only_under_reset and mode != "under-reset":
            raise TransferError("SWD/JTAG communication failure (No ACK)")
        if mode != "attach":
            self._probe.chip.halted = True
        self.is_open = True
        Session.opened.append(self.options)

    def close(self) -> None:
        self.is_open = False
        if self.options.get("resume_on_disconnect", True):
            self._probe.chip.halted = False


class Installed:
    """What a test may change: probes that are plugged in, targets that packs brought."""

    def __init__(self) -> None:
        self.probes: list[FakeProbe] = []
        self.packs: list[str] = ["STM32F407VGTx"]
        self.reachable = True  # the pack server
        self.listing_error: Exception | None = None


def _device(name: str) -> SimpleNamespace:
    return SimpleNamespace(part_number=name)


@pytest.fixture
def fake_pyocd(monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Puts the stand-in where `import pyocd` finds it."""
    installed = Installed()
    Session.opened = []

    def connected(blocking: bool) -> list[FakeProbe]:
        assert not blocking
        if installed.listing_error:
            raise installed.listing_error
        return installed.probes

    def from_pack(path: str, tell: Callable[[Any], None]) -> None:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        if not text.startswith("pack "):
            raise TargetSupportError("no pack")
        tell(_device(text.split()[1]))

    class Cache:
        def __init__(self, silent: bool, no_timeouts: bool) -> None:
            self.index: dict[str, Any] = {}

        def cache_descriptors(self) -> None:
            if installed.reachable:
                self.index = {"STM32F446RETx": {"name": "STM32F446RETx"}}

        def packs_for_devices(self, devices: list[Any]) -> list[str]:
            return [device["name"] for device in devices]

        def download_pack_list(self, packs: list[str]) -> None:
            installed.packs += packs

    managed = SimpleNamespace(get_installed_targets=lambda: [_device(n) for n in installed.packs])
    contents: dict[str, dict[str, Any]] = {
        "pyocd": {},
        "pyocd.core": {},
        "pyocd.core.exceptions": {
            "TransferFaultError": TransferFaultError,
            "Error": Error,
        },
        "pyocd.core.helpers": {"ConnectHelper": SimpleNamespace(get_all_connected_probes=connected)},
        "pyocd.core.session": {"Session": Session},
        "pyocd.target": {"TARGET": {"stm32h743xx": object, "cortex_m": object}},
        "pyocd.target.pack": {},
        "pyocd.target.pack.pack_target": {
            "ManagedPacks": managed,
            "PackTargets": SimpleNamespace(process_targets_from_pack=from_pack),
        },
        "cmsis_pack_manager": {"Cache": Cache},
    }
    for name, members in contents.items():
        module = ModuleType(name)
        for member, value in members.items():
            setattr(module, member, value)
        monkeypatch.setitem(sys.modules, name, module)
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, module)
    return installed
