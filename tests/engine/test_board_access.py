"""Links: how each kind writes flash, and where its firmware is heard."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from engine.board_access import open_board
from engine.device import detect as detect_module
from engine.device.flash import read_image
from engine.device.probe import ProbeNotFound, VerificationFailed
from engine.errors import BadInputFile, BoardError
from engine.events import CancelToken, Event, LogLine, discard
from engine.resources import resource
from engine.summaries import BuildSummary
from tests.helpers.fake_pyocd import Chip, FakeProbe, Installed, fake_pyocd
from tests.helpers.fake_tools import Tools, fake_tools
from tests.helpers.stub_firmware import expected_output, fault_input, running_board, stub_elf

__all__ = ["fake_pyocd", "fake_tools", "stub_elf"]

DATA = bytes(range(200)) + bytes(290)


def build_of(elf: Path, model_hash: str = "0123456789abcdef") -> BuildSummary:
    """What `build` says of the stub firmware."""
    return BuildSummary(
        model="stub",
        board="stm32f407",
        elf=elf.name,
        bin="firmware.bin",
        flash_bytes=elf.with_name("firmware.bin").stat().st_size,
        ram_bytes=0,
        flash_parts={},
        ram_parts={},
        toolchain="zig",
        kernels="portable",
        seconds=0.0,
        model_hash=model_hash,
    )


def texts(events: list[Event]) -> str:
    return " ".join(event.text for event in events if isinstance(event, LogLine))


def test_a_serial_board_that_runs_this_build_needs_no_boot_loader(stub_elf: Path) -> None:
    events: list[Event] = []
    with (
        running_board("--elf", str(stub_elf)) as board,
        open_board(board.uart_url, "stm32f407") as access,
    ):
        summary = access.flash(
            stub_elf, build=build_of(stub_elf), report=events.append, cancel=CancelToken()
        )
        assert access.session().run(DATA).output == expected_output(DATA)
    assert summary.bytes_written == 0
    assert "already" in texts(events)


@pytest.mark.parametrize("change", ["network", "size"])
def test_a_serial_board_that_runs_another_build_asks_for_its_boot_loader(
    stub_elf: Path, change: str
) -> None:
    build = build_of(stub_elf, "f" * 16 if change == "network" else "0123456789abcdef")
    if change == "size":
        build = BuildSummary(
            **{name: getattr(build, name) for name in build.__struct_fields__ if name != "flash_bytes"},
            flash_bytes=build.flash_bytes + 4,
        )
    with (
        running_board("--elf", str(stub_elf)) as board,
        open_board(board.uart_url, "stm32f407") as access,
    ):
        with pytest.raises(ProbeNotFound, match="runs other firmware") as caught:
            access.flash(stub_elf, build=build, report=discard, cancel=CancelToken())
    assert "BOOT0" in caught.value.hint
    assert resource("pictures", f"{caught.value.facts['picture']}.svg").is_file()


def test_a_fault_of_firmware_that_was_flashed_is_told_with_its_line(stub_elf: Path) -> None:
    with open_board("virtual", "stm32f407") as access:
        access.flash(stub_elf, report=discard, cancel=CancelToken())
        with pytest.raises(BoardError, match=r"stub_invoke \(model\.c:\d+\)") as caught:
            access.session().run(fault_input(3))
    assert caught.value.facts["cause_words"] == "a division by zero"


def test_asked_to_flash_without_a_build_it_does_not_guess(stub_elf: Path) -> None:
    with (
        running_board("--elf", str(stub_elf)) as board,
        open_board(board.uart_url, "stm32f407") as access,
    ):
        with pytest.raises(ProbeNotFound, match="runs firmware, and its boot loader does not listen"):
            access.flash(stub_elf, report=discard, cancel=CancelToken())


@pytest.mark.parametrize("way", ["probe", "probe:0669", "openocd:", "openocd:stlink", "dfu", "dfu:355F"])
def test_a_way_that_only_writes_is_joined_by_a_named_serial_line(
    way: str, fake_pyocd: Installed, fake_tools: Tools, stub_elf: Path
) -> None:
    probe = FakeProbe("0669FF303731", Chip())
    fake_pyocd.probes.append(probe)
    image = read_image(stub_elf).data
    with (
        running_board("--elf", str(stub_elf)) as board,
        open_board(f"{way}@{board.uart_url}", "stm32f407") as access,
    ):
        summary = access.flash(stub_elf, report=discard, cancel=CancelToken())
        assert access.session().run(DATA).output == expected_output(DATA)
        assert access.simulates
    memory = probe.chip.flash if way.startswith("probe") else fake_tools.memory
    assert memory[: len(image)] == image
    assert summary.bytes_written == len(image)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    folder = tmp_path / "media @ DIS_F407VG"  # an @ in a path names no serial line
    folder.mkdir()
    (folder / "MBED.HTM").write_text("http://mbed.org/device/?code=08300221")
    return folder


def take_file(folder: Path) -> threading.Thread:
    """Do as the drive does: take the file, and show the drive without it."""

    def take() -> None:
        end = time.monotonic() + 20
        file = folder / "THIMBLE.BIN"
        while time.monotonic() < end:
            if file.exists() and file.stat().st_size > 4096:
                time.sleep(0.2)
                file.unlink()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=take)
    thread.start()
    return thread


@pytest.mark.parametrize("model_hash", ["0123456789abcdef", "f" * 16])
def test_after_a_drive_the_firmwares_own_words_are_compared(
    drive: Path, stub_elf: Path, model_hash: str
) -> None:
    events: list[Event] = []
    with running_board("--elf", str(stub_elf)) as board:
        thread = take_file(drive)
        with open_board(f"drive:{drive}@{board.uart_url}", "stm32f407") as access:
            build = build_of(stub_elf, model_hash)
            if model_hash == "f" * 16:
                with pytest.raises(VerificationFailed, match="other firmware"):
                    access.flash(stub_elf, build=build, report=events.append, cancel=CancelToken())
            else:
                access.flash(stub_elf, build=build, report=events.append, cancel=CancelToken())
                assert "the one written" in texts(events)
        thread.join(25)


def test_an_unknown_serial_line_is_asked_for_with_the_wiring(
    drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("serial_ports", "mounted_drives", "_usb_or_pyocd"):
        monkeypatch.setattr(detect_module, name, list)
    with open_board(f"drive:{drive}", "stm32f407") as access:
        with pytest.raises(BoardError, match="not known") as caught:
            access.session()
    assert f"--on drive:{drive}@PORT" in caught.value.hint
    assert "PB10" in caught.value.hint


def test_a_file_that_is_no_firmware_touches_no_board(tmp_path: Path, fake_pyocd: Installed) -> None:
    probe = FakeProbe("0669FF303731", Chip())
    fake_pyocd.probes.append(probe)
    with open_board("probe", "stm32f407") as access, pytest.raises(BadInputFile):
        access.flash(tmp_path / "none.elf", report=discard, cancel=CancelToken())
    assert not probe.chip.halted
