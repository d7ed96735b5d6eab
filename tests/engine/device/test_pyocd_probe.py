"""Probes through pyOCD: the contract of flashing on a stand-in, and the words for what goes wrong."""

from __future__ import annotations

import errno
import importlib
import inspect
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.boards import load_board
from engine.device import target_packs
from engine.device.flash import flash_image, read_image
from engine.device.probe import ProbeNotFound, WrongBoard
from engine.device.pyocd_probe import PyOcdProbe, chip_at, found_probes
from engine.device.target_packs import TargetPackMissing, install_pack
from engine.errors import BoardError, Cancelled, UsageError
from engine.events import CancelToken, Event, StageProgress, discard
from tests.helpers.fake_pyocd import IDCODE_F4, Chip, FakeProbe, Installed, ProbeError, Session


@pytest.fixture(autouse=True)
def _own_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_packs, "pack_files_folder", lambda: tmp_path / "packs")


@pytest.fixture
def probe(fake_pyocd: Installed) -> FakeProbe:
    probe = FakeProbe("0669FF303731", Chip())
    fake_pyocd.probes.append(probe)
    return probe


def test_the_image_arrives_and_the_rest_of_the_flash_stays(
    probe: FakeProbe, three_sector_elf: Path
) -> None:
    image, before = read_image(three_sector_elf), bytes(probe.chip.flash)
    units: list[str] = []

    def report(event: Event) -> None:
        if isinstance(event, StageProgress):
            units.append(event.unit)

    with PyOcdProbe("", "stm32f407") as opened:
        summary = flash_image(
            opened, three_sector_elf, board_id="stm32f407", report=report, cancel=CancelToken()
        )
    assert probe.chip.flash[: len(image.data)] == image.data
    assert probe.chip.resets == 1
    assert not probe.chip.halted
    assert summary.link == "probe:0669FF303731"
    assert summary.bytes_written == len(image.data)
    assert units.count("bytes written") > 1
    last_sector = len(before) - 131072
    assert probe.chip.flash[last_sector:] == before[last_sector:]


def test_a_relative_path_still_works_and_nothing_of_the_folder_is_read(
    probe: FakeProbe, stub_elf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stub_elf.parent)
    with PyOcdProbe("0669", "stm32f407") as opened:
        assert os.getcwd() == str(stub_elf.parent)
        flash_image(opened, Path(stub_elf.name), report=discard, cancel=CancelToken())
    for options in Session.opened:
        assert options["no_config"]
        assert options["project_dir"] != str(stub_elf.parent)
        assert options["auto_unlock"] is False


def test_cancelled_it_stays_halted(probe: FakeProbe, three_sector_elf: Path) -> None:
    cancel = CancelToken()

    def report(event: Event) -> None:
        if isinstance(event, StageProgress) and event.unit == "bytes written":
            cancel.cancel()

    with pytest.raises(Cancelled), PyOcdProbe("", "stm32f407") as opened:
        flash_image(opened, three_sector_elf, report=report, cancel=cancel)
    assert probe.chip.halted
    assert probe.chip.flash[:8] == b"\xff" * 8  # the reset vector comes last


def test_another_chip_is_named_before_anything_is_touched(probe: FakeProbe) -> None:
    probe.chip.words = {IDCODE_F4: 0x1000_6421}
    before = bytes(probe.chip.flash)
    with pytest.raises(WrongBoard, match="for stm32f407, the chip .* is that of stm32f446"):
        PyOcdProbe("", "stm32f407")
    assert probe.chip.flash == before


def test_without_a_board_the_chip_or_the_boards_own_code_tells(probe: FakeProbe) -> None:
    with PyOcdProbe() as opened:
        assert opened.identify().board_id == "stm32f407"
    probe.chip.words = {IDCODE_F4: 0x999}
    with pytest.raises(BoardError, match="0x999, which no known board has"):
        PyOcdProbe()
    assert chip_at(probe.unique_id) == ()
    probe.board_id = "0830"
    assert [found.board_id for found in found_probes()] == ["stm32f407"]


def test_asking_for_the_chip_leaves_the_firmware_running(probe: FakeProbe) -> None:
    assert chip_at(probe.unique_id) == ("stm32f407",)
    assert not probe.chip.halted
    assert [options["connect_mode"] for options in Session.opened] == ["attach"]


def test_early_chips_that_say_a_wrong_number_are_known(probe: FakeProbe) -> None:
    probe.chip.words = {IDCODE_F4: 0x1000_6411}
    assert chip_at(probe.unique_id) == ("stm32f407",)


def test_a_sleeping_core_is_caught_under_reset(probe: FakeProbe, stub_elf: Path) -> None:
    probe.chip.answers_only_under_reset = True
    with pytest.raises(BoardError, match="does not answer"):
        chip_at(probe.unique_id)  # which would not stop the firmware for it
    with PyOcdProbe("", "stm32f407") as opened:
        flash_image(opened, stub_elf, report=discard, cancel=CancelToken())


def _refused(unique_id: str, board_id: str = "stm32f407") -> BoardError:
    with pytest.raises(BoardError) as caught:
        PyOcdProbe(unique_id, board_id)
    return caught.value


@pytest.mark.parametrize(
    ("error", "words", "next_step"),
    [
        (OSError(errno.EACCES, "Access denied (insufficient permissions)"), "may not open", "--udev"),
        (OSError(errno.EBUSY, "Resource busy"), "Another program uses", "debuggers"),
        (OSError(errno.ENODEV, "No such device"), "was unplugged", "cable"),
        (ProbeError("STLink error (9): Get IDCODE error"), "does not answer", "SWD wires"),
        (RuntimeError("something new"), "pyOCD failed .*something new", "supply"),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    probe: FakeProbe, error: Exception, words: str, next_step: str
) -> None:
    probe.opening_error = error
    with pytest.raises(BoardError, match=words) as caught:
        PyOcdProbe("", "stm32f407")
    assert next_step in caught.value.hint
    assert caught.value.facts["link"] == "probe:0669FF303731"


def test_read_out_protection_is_named_and_not_lifted(probe: FakeProbe) -> None:
    probe.chip.protected = True
    before = bytes(probe.chip.flash)
    error = _refused("")
    assert "read-out protection" in error.message
    assert "erases the whole chip" in error.hint
    assert probe.chip.flash == before


def test_write_protection_is_named(probe: FakeProbe, stub_elf: Path) -> None:
    probe.chip.write_protected = True
    with PyOcdProbe("", "stm32f407") as opened, pytest.raises(BoardError) as caught:
        flash_image(opened, stub_elf, report=discard, cancel=CancelToken())
    assert "write-protected" in caught.value.hint
    assert "flash again" in caught.value.hint


def test_a_board_without_power_is_named(probe: FakeProbe) -> None:
    probe._link.target_voltage = 0.03
    assert "0.03 V" in _refused("").message


def test_no_probe_or_several(fake_pyocd: Installed) -> None:
    error = _refused("")
    assert error.message == "No probe is plugged in."
    assert "data lines" in error.hint
    fake_pyocd.probes += [FakeProbe("AAA1", Chip()), FakeProbe("000261008470", Chip())]
    error = _refused("")
    assert "probe:AAA1" in error.hint
    assert "BBB" in _refused("BBB").message
    with PyOcdProbe("261008470", "stm32f407") as opened:  # a J-Link's number without its zeros
        assert opened.link == "probe:000261008470"
    fake_pyocd.listing_error = OSError(errno.EACCES, "Access denied")
    with pytest.raises(ProbeNotFound, match="may not open"):
        found_probes()


def test_a_missing_pack_comes_with_its_command_and_is_downloaded_by_it(
    probe: FakeProbe, fake_pyocd: Installed
) -> None:
    probe.chip.words = {IDCODE_F4: 0x421}
    with pytest.raises(TargetPackMissing) as caught:
        PyOcdProbe("", "stm32f446")
    assert caught.value.hint == "Run: thimble-cli doctor --pack stm32f446"
    fake_pyocd.reachable = False
    with pytest.raises(TargetPackMissing) as caught:
        install_pack(load_board("stm32f446"))
    assert "Keil.STM32F4xx_DFP" in caught.value.hint
    assert str(target_packs.pack_files_folder()) in caught.value.hint
    fake_pyocd.reachable = True
    assert "is here now" in install_pack(load_board("stm32f446"))
    with PyOcdProbe("", "stm32f446") as opened:
        assert opened.identify().board_id == "stm32f446"
    assert "already" in install_pack(load_board("stm32f446"))


def test_a_pack_brought_by_hand_is_used(probe: FakeProbe, fake_pyocd: Installed) -> None:
    fake_pyocd.packs = []
    folder = target_packs.pack_files_folder()
    folder.mkdir()
    (folder / "a.pack").write_text("<html>not found</html>")
    with pytest.raises(TargetPackMissing):
        PyOcdProbe("", "stm32f407")
    (folder / "b.pack").write_text("pack STM32F407VGTx")
    with PyOcdProbe("", "stm32f407"):
        assert Session.opened[-1]["pack"] == [str(folder / "a.pack"), str(folder / "b.pack")]


def test_without_pyocd_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyocd", None)
    for ask in (PyOcdProbe, found_probes, lambda: install_pack(load_board("stm32f407"))):
        with pytest.raises(UsageError, match="not installed") as caught:
            ask()
        assert "pip install" in caught.value.hint


def real_session(target: str, folder: Path) -> Any:
    """A session of the real pyOCD, not opened, on a probe that is not there."""
    from pyocd.core.session import Session as RealSession
    from pyocd.probe.debug_probe import DebugProbe

    class NoProbe(DebugProbe):
        unique_id = "none"

    here = os.getcwd()
    options = {"target_override": target, "project_dir": str(folder), "no_config": True}
    try:
        return RealSession(NoProbe(), auto_open=False, options=options)
    finally:
        os.chdir(here)


def test_the_names_we_use_are_those_of_the_real_package(tmp_path: Path) -> None:
    pytest.importorskip("pyocd", reason="pyOCD is an optional package and not installed")

    def real(module: str, name: str) -> object:
        found: object = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def parameters(module: str, name: str) -> set[str]:
        return set(inspect.signature(real(module, name)).parameters)  # type: ignore[arg-type]

    assert "blocking" in parameters("pyocd.core.helpers", "ConnectHelper.get_all_connected_probes")
    assert {"probe", "auto_open", "options"} <= parameters("pyocd.core.session", "Session.__init__")
    assert {"operation", "address"} <= parameters("pyocd.flash.flash", "Flash.init")
    for name in ("erase_sector", "program_page", "cleanup", "get_sector_info", "get_page_info"):
        real("pyocd.flash.flash", f"Flash.{name}")
    real("pyocd.flash.flash", "Flash.Operation.ERASE")
    real("pyocd.flash.flash", "Flash.Operation.PROGRAM")
    for name in ("reset_and_halt", "reset", "read32", "read_memory_block8"):
        real("pyocd.core.soc_target", f"SoCTarget.{name}")
    real("pyocd.target.pack.pack_target", "ManagedPacks.get_installed_targets")
    real("pyocd.target.pack.pack_target", "PackTargets.process_targets_from_pack")
    targets = real("pyocd.target", "TARGET")
    assert load_board("stm32h743").probe_target in targets  # type: ignore[operator]
    regions = real_session("stm32h743xx", tmp_path).target.memory_map
    assert regions.get_region_for_address(load_board("stm32h743").region("code").origin).is_flash
    options = real("pyocd.core.options", "BUILTIN_OPTIONS")
    known = {option.name for option in options}  # type: ignore[attr-defined]
    assert {"target_override", "connect_mode", "auto_unlock", "no_config", "pack"} <= known
    assert {"resume_on_disconnect", "project_dir", "warning.cortex_m_default"} <= known
