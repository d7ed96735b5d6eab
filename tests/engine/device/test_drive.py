"""Drag-and-drop drives: a real folder that behaves as such a drive does."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from engine.boards import BoardSpec, load_board
from engine.device import drive as drive_module
from engine.device.drive import drive_at, flash_drive
from engine.device.flash import read_image
from engine.device.mounted_drives import Drive, mounted_drives, read_drive
from engine.device.probe import ProbeNotFound, WrongBoard
from engine.device.uf2 import uf2_file
from engine.errors import BoardError, Cancelled, DoesNotFit
from engine.events import CancelToken, Event, StageProgress, discard
from engine.virtual_board.board import State, VirtualBoard
from tests.helpers.stub_firmware import build_stub

PAGE = '<meta http-equiv="refresh" content="0; url=http://mbed.org/device/?code=08300221"/>'
F407 = load_board("stm32f407")


@pytest.fixture
def stlink(tmp_path: Path) -> Path:
    folder = tmp_path / "DIS_F407VG"
    folder.mkdir()
    (folder / "MBED.HTM").write_text(PAGE)
    (folder / "DETAILS.TXT").write_text("Version: 0221\r\nBuild:   Feb 12 2024 10:00:00\r\n")
    return folder


@pytest.fixture
def pico(tmp_path: Path) -> Path:
    folder = tmp_path / "RPI-RP2"
    folder.mkdir()
    (folder / "INFO_UF2.TXT").write_text(
        "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n"
    )
    return folder


def pico_board() -> BoardSpec:
    flash = msgspec.structs.replace(F407.region("code"), origin=0x1000_0000, size_bytes=2 << 20)
    return msgspec.structs.replace(F407, id="rp2040", regions=[flash, *F407.regions[1:]], drive_codes=[])


@contextlib.contextmanager
def firmware_of_the_drive(file: Path, then: Callable[[bytes], None], size: int) -> Iterator[None]:
    """Waits until the whole file is there, then does what the drive's own firmware would do."""

    def watch() -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                if file.stat().st_size >= size:
                    then(file.read_bytes())
                    return
            time.sleep(0.01)

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    thread.join(25)


def flash(drive: Drive, elf: Path, board: BoardSpec = F407, **more: float) -> list[Event]:
    events: list[Event] = []
    flash_drive(drive, elf, board, report=events.append, cancel=CancelToken(), **more)
    return events


def test_a_bin_file_is_copied_and_taken(stlink: Path, stub_elf: Path) -> None:
    image = read_image(stub_elf).data
    taken: list[bytes] = []

    def take(content: bytes) -> None:
        taken.append(content)
        (stlink / "THIMBLE.BIN").unlink()

    drive = drive_at(str(stlink))
    assert (drive.kind, drive.board_code) == ("image", "0830")
    with firmware_of_the_drive(stlink / "THIMBLE.BIN", take, len(image)):
        events = flash(drive, stub_elf)
    assert taken == [image]
    done = [event.done for event in events if isinstance(event, StageProgress)]
    assert done[-1] == len(image)
    assert done == sorted(done)


@pytest.mark.parametrize(
    ("text", "meaning", "next_step"),
    [
        (
            "The interface firmware FAILED to reset/halt the target MCU",
            "does not reach the chip",
            "BOOT0",
        ),
        ("The target MCU is read protected (RDP)", "protection is on", "erases the whole chip"),
        ("The application file format is unknown and cannot be flashed", "take this file", "Update"),
        ("An error nobody has seen", "An error nobody has seen", "flash again"),
    ],
)
def test_the_words_of_fail_txt_become_ours(
    stlink: Path, stub_elf: Path, text: str, meaning: str, next_step: str
) -> None:
    def refuse(content: bytes) -> None:
        (stlink / "FAIL.TXT").write_text(text)
        (stlink / "THIMBLE.BIN").unlink()

    size = len(read_image(stub_elf).data)
    with firmware_of_the_drive(stlink / "THIMBLE.BIN", refuse, size):
        with pytest.raises(BoardError, match=meaning) as caught:
            flash(drive_at(str(stlink)), stub_elf)
    assert next_step in caught.value.hint
    assert "incomplete" in caught.value.hint


def test_an_older_fail_txt_is_not_this_ones(stlink: Path, stub_elf: Path) -> None:
    (stlink / "FAIL.TXT").write_text("The interface firmware FAILED to reset/halt the target MCU")

    def take(content: bytes) -> None:
        (stlink / "FAIL.TXT").unlink()
        (stlink / "THIMBLE.BIN").unlink()

    size = len(read_image(stub_elf).data)
    with firmware_of_the_drive(stlink / "THIMBLE.BIN", take, size):
        flash(drive_at(str(stlink)), stub_elf)


def test_the_same_failure_twice_is_seen(stlink: Path, stub_elf: Path) -> None:
    (stlink / "FAIL.TXT").write_text("The interface firmware FAILED to reset/halt the target MCU")
    size = len(read_image(stub_elf).data)
    with firmware_of_the_drive(
        stlink / "THIMBLE.BIN", lambda _: (stlink / "THIMBLE.BIN").unlink(), size
    ):
        with pytest.raises(BoardError, match="does not reach the chip"):
            flash(drive_at(str(stlink)), stub_elf)


def decode_uf2(content: bytes) -> tuple[list[int], dict[int, bytes]]:
    """Numbers in the order of the file, and memory by address; written from the format's description."""
    assert len(content) % 512 == 0
    order, memory = [], {}
    for at in range(0, len(content), 512):
        block = content[at : at + 512]
        first, second, flags, address, size, number, count, family = struct.unpack_from("<8I", block)
        assert (first, second) == (0x0A324655, 0x9E5D5157)
        assert struct.unpack_from("<I", block, 508) == (0x0AB16F30,)
        assert flags & 0x2000
        assert family == 0xE48BFF56
        assert count == len(content) // 512
        assert size == 256
        order.append(number)
        memory[address] = block[32 : 32 + size]
    return order, memory


def test_uf2_holds_every_byte_and_the_first_page_comes_last() -> None:
    data = os.urandom(1000)
    order, memory = decode_uf2(uf2_file(0x1000_0000, data))
    assert order == [1, 2, 3, 0]
    joined = b"".join(memory[0x1000_0000 + 256 * n] for n in range(4))
    assert joined == data + b"\xff" * 24
    with pytest.raises(ValueError, match="page"):
        uf2_file(0x1000_0010, data)


def test_the_pico_gets_a_uf2_and_its_drive_vanishes(
    pico: Path, tmp_path: Path, stub_elf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = at_the_picos_flash(stub_elf, monkeypatch)
    taken: list[bytes] = []

    def take(content: bytes) -> None:
        taken.append(content)
        shutil.rmtree(pico)

    size = -(-len(image) // 256) * 512
    with firmware_of_the_drive(pico / "THIMBLE.UF2", take, size):
        flash(drive_at(str(pico)), stub_elf, pico_board())
    _, memory = decode_uf2(taken[0])
    assert b"".join(memory[a] for a in sorted(memory))[: len(image)] == image


def test_what_a_picos_drive_gets_starts_on_a_pico(pico: Path, tmp_path: Path) -> None:
    board = load_board("rp2040")
    elf = build_stub(tmp_path / "firmware", board=board.id)
    taken: list[bytes] = []

    def take(content: bytes) -> None:
        taken.append(content)
        shutil.rmtree(pico)

    size = -(-len(read_image(elf).data) // 256) * 512
    with firmware_of_the_drive(pico / "THIMBLE.UF2", take, size):
        flash(drive_at(str(pico)), elf, board)
    _, memory = decode_uf2(taken[0])
    virtual = VirtualBoard(board)
    for address, page in memory.items():
        virtual.write(address, page)
    virtual.reset()
    for _ in range(20):
        virtual.run_slice()
    assert virtual.state is State.ASLEEP
    assert virtual.bus.rcc.core_hz == board.clock_hz


def at_the_picos_flash(elf: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Let the image lie where the RP2040's flash is; returns its bytes."""
    image = read_image(elf)
    moved = type(image)(0x1000_0000, image.data, image.symbols)
    monkeypatch.setattr(drive_module, "read_image", lambda _: moved)
    return image.data


def test_a_pico_that_does_not_restart_is_reported(
    pico: Path, stub_elf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_picos_flash(stub_elf, monkeypatch)
    with pytest.raises(BoardError, match="did not restart") as caught:
        flash(drive_at(str(pico)), stub_elf, pico_board(), settle_seconds=0.3)
    assert "BOOTSEL" in caught.value.hint


def test_another_boards_drive_is_left_alone(stlink: Path, pico: Path, stub_elf: Path) -> None:
    for folder, board in (
        (pico, F407),
        (stlink, pico_board()),
        (stlink, load_board("stm32f446")),
    ):
        before = sorted(folder.iterdir())
        with pytest.raises(WrongBoard):
            flash(drive_at(str(folder)), stub_elf, board)
        assert sorted(folder.iterdir()) == before


def test_cancelled_before_the_copy_nothing_is_written(stlink: Path, stub_elf: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    before = sorted(stlink.iterdir())
    with pytest.raises(Cancelled):
        flash_drive(drive_at(str(stlink)), stub_elf, F407, report=discard, cancel=cancel)
    assert sorted(stlink.iterdir()) == before


def test_cancelled_during_the_copy_it_goes_on_to_its_end(stlink: Path, three_sector_elf: Path) -> None:
    cancel = CancelToken()
    image = read_image(three_sector_elf).data
    taken: list[bytes] = []

    def take(content: bytes) -> None:
        taken.append(content)
        (stlink / "THIMBLE.BIN").unlink()

    with firmware_of_the_drive(stlink / "THIMBLE.BIN", take, len(image)):
        flash_drive(
            drive_at(str(stlink)),
            three_sector_elf,
            F407,
            report=lambda _: cancel.cancel(),
            cancel=cancel,
        )
    assert taken == [image]


def test_an_image_for_another_place_does_not_fit(stlink: Path, stub_elf: Path) -> None:
    small = msgspec.structs.replace(F407.region("code"), size_bytes=1024)
    board = msgspec.structs.replace(F407, regions=[small, *F407.regions[1:]])
    with pytest.raises(DoesNotFit):
        flash(drive_at(str(stlink)), stub_elf, board)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has files that not even root may write")
def test_a_drive_that_may_not_be_written(stlink: Path, stub_elf: Path) -> None:
    if os.geteuid() == 0:
        (stlink / "THIMBLE.BIN").symlink_to("/sys/kernel/notes")
    else:
        stlink.chmod(0o555)
    with pytest.raises(BoardError, match="may not write"):
        flash(drive_at(str(stlink)), stub_elf)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_a_drive_without_room_means_that_the_chip_is_not_reached(stlink: Path, stub_elf: Path) -> None:
    (stlink / "THIMBLE.BIN").symlink_to("/dev/full")
    with pytest.raises(BoardError, match="no room .* may not reach the chip"):
        flash(drive_at(str(stlink)), stub_elf)


def test_a_plain_folder_is_no_drive(tmp_path: Path) -> None:
    with pytest.raises(ProbeNotFound, match="no drive of a board") as caught:
        drive_at(str(tmp_path))
    assert "BOOTSEL" in caught.value.hint


def test_mounted_drives_are_found_with_their_usb_serial_number(
    tmp_path: Path, stlink: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaced = tmp_path / "MY DRIVE"
    stlink.rename(spaced)
    usb = tmp_path / "sys" / "usb1" / "1-2"
    block = usb / "1-2:1.2" / "host0" / "block" / "sdb"
    block.mkdir(parents=True)
    (usb / "idVendor").write_text("0483\n")
    (usb / "serial").write_text("0669FF303731\n")
    classes = tmp_path / "sys" / "block"
    classes.mkdir()
    (classes / "sdb").symlink_to(block)
    escaped = str(spaced).replace(" ", "\\040")
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/root / ext4 rw 0 0\n"
        f"/dev/sdb {escaped} vfat rw 0 0\n"
        f"/dev/sdc {tmp_path / 'gone'} vfat rw 0 0\nbroken\n"
    )
    monkeypatch.setattr("sys.platform", "linux")
    found = mounted_drives(mounts, classes)
    assert [(d.path, d.serial_number, d.board_code) for d in found] == [(spaced, "0669FF303731", "0830")]
    assert mounted_drives(tmp_path / "none", classes) == []


def test_the_only_drive_needs_no_name(stlink: Path, pico: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drives = [read_drive(stlink), read_drive(pico)]
    monkeypatch.setattr(drive_module, "mounted_drives", lambda: drives[:1])
    assert drive_at("").path == stlink
    monkeypatch.setattr(drive_module, "mounted_drives", lambda: drives)
    with pytest.raises(ProbeNotFound, match="2 drives") as caught:
        drive_at("")
    assert f"drive:{pico}" in caught.value.hint
    monkeypatch.setattr(drive_module, "mounted_drives", list)
    with pytest.raises(ProbeNotFound, match="No drive") as caught:
        drive_at("")
    assert "no data lines" in caught.value.hint
