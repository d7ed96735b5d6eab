"""OpenOCD and dfu-util: programs that imitate them, really run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.boards import load_board
from engine.device.dfu import flash_with_dfu
from engine.device.flash import read_image
from engine.device.openocd import flash_with_openocd
from engine.device.probe import VerificationFailed, WrongBoard
from engine.errors import BoardError, Cancelled, EngineError, UsageError
from engine.events import CancelToken, Event, LogLine, StageProgress
from tests.helpers.fake_tools import Tools

F407 = load_board("stm32f407")
Flasher = Callable[..., object]
BOTH = pytest.mark.parametrize("flasher", [flash_with_openocd, flash_with_dfu])


def flash(flasher: Flasher, elf: Path, name: str = "") -> list[Event]:
    events: list[Event] = []
    flasher(name, elf, F407, report=events.append, cancel=CancelToken())
    return events


@BOTH
def test_every_byte_arrives_with_progress(
    flasher: Flasher, fake_tools: Tools, three_sector_elf: Path
) -> None:
    image = read_image(three_sector_elf).data
    events = flash(flasher, three_sector_elf)
    assert fake_tools.memory[: len(image)] == image
    for unit in ("bytes written", "bytes verified"):
        done = [e.done for e in events if isinstance(e, StageProgress) and e.unit == unit]
        assert done == sorted(done)
        assert done[-1] == len(image)
    if flasher is flash_with_dfu:
        assert fake_tools.started
    else:
        assert "reset run" in fake_tools.calls[-1]


@BOTH
@pytest.mark.parametrize("trouble", ["permission", "protected", "worn"])
def test_their_words_become_ours(
    flasher: Flasher, fake_tools: Tools, three_sector_elf: Path, trouble: str
) -> None:
    fake_tools.go_wrong(trouble)
    with pytest.raises(BoardError) as caught:
        flash(flasher, three_sector_elf)
    message, hint = caught.value.message, caught.value.hint
    if trouble == "permission":
        assert "may not open" in message
        assert "--udev" in hint
    elif trouble == "protected":
        assert "read-out" in message
        assert "erases the whole chip" in hint
        assert "incomplete" in hint
    else:
        assert isinstance(caught.value, VerificationFailed)
        assert not fake_tools.started
        assert "reset run" not in fake_tools.calls[-1].split("verify_image")[0]


@pytest.mark.parametrize(
    ("trouble", "words", "next_step"),
    [
        ("no probe", "finds no probe", "data lines"),
        ("no chip", "does not answer", "SWD wires"),
        ("supply", "0.61 V", "Power the board"),
    ],
)
def test_openocd_says_what_is_missing_before_it_writes(
    fake_tools: Tools, three_sector_elf: Path, trouble: str, words: str, next_step: str
) -> None:
    fake_tools.go_wrong(trouble)
    before = fake_tools.memory
    with pytest.raises(BoardError, match=words) as caught:
        flash(flash_with_openocd, three_sector_elf)
    assert next_step in caught.value.hint
    assert "incomplete" not in caught.value.hint
    assert fake_tools.memory == before


def test_openocd_finds_another_chip_before_it_writes(fake_tools: Tools, three_sector_elf: Path) -> None:
    fake_tools.go_wrong("wrong chip")
    before = fake_tools.memory
    with pytest.raises(WrongBoard, match="that of stm32f446"):
        flash(flash_with_openocd, three_sector_elf)
    assert fake_tools.memory == before


def test_a_board_that_is_not_in_dfu_mode_gets_the_picture(
    fake_tools: Tools, three_sector_elf: Path
) -> None:
    fake_tools.go_wrong("none")
    with pytest.raises(BoardError, match="No board in DFU mode") as caught:
        flash(flash_with_dfu, three_sector_elf)
    assert caught.value.facts["picture"] == "boot0"
    assert "BOOT0" in caught.value.hint


def test_of_several_boards_in_dfu_mode_one_is_named(fake_tools: Tools, three_sector_elf: Path) -> None:
    fake_tools.go_wrong("two")
    with pytest.raises(BoardError, match="2 boards") as caught:
        flash(flash_with_dfu, three_sector_elf)
    assert "dfu:366A" in caught.value.hint
    flash(flash_with_dfu, three_sector_elf, "366A")
    assert "-S 366A" in fake_tools.calls[-1]


def test_a_cable_pulled_during_dfu_leaves_no_reset_vector(
    fake_tools: Tools, three_sector_elf: Path
) -> None:
    fake_tools.go_wrong("unplugged")
    with pytest.raises(BoardError, match="was lost") as caught:
        flash(flash_with_dfu, three_sector_elf)
    assert "incomplete" in caught.value.hint
    assert fake_tools.memory[:16384] == b"\xff" * 16384
    assert fake_tools.memory[16384:16400] == read_image(three_sector_elf).data[16384:16400]


@BOTH
def test_cancel_waits_for_the_end_of_a_step_and_tells_the_state(
    flasher: Flasher, fake_tools: Tools, three_sector_elf: Path
) -> None:
    fake_tools.go_wrong("slow")
    cancel = CancelToken()
    told: list[str] = []
    written: list[int] = []

    def report(event: Event) -> None:
        if isinstance(event, StageProgress) and event.unit == "bytes written":
            written.append(event.done)
            cancel.cancel()
        if isinstance(event, LogLine):
            told.append(event.text)

    with pytest.raises(Cancelled):
        flasher("", three_sector_elf, F407, report=report, cancel=cancel)
    assert len(told) == 1
    image = read_image(three_sector_elf).data
    if flasher is flash_with_openocd:  # all its blocks are one step
        assert written[-1] == len(image)
        assert fake_tools.memory[: len(image)] == image
    assert "flash again" in told[0]


@BOTH
def test_a_tool_that_is_not_installed_is_named(
    flasher: Flasher, three_sector_elf: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="not installed"):
        flash(flasher, three_sector_elf)


def test_an_unknown_interface_gets_the_known_ones(three_sector_elf: Path) -> None:
    with pytest.raises(EngineError) as caught:
        flash(flash_with_openocd, three_sector_elf, "usb; rm")
    assert "cmsis-dap" in caught.value.hint


def test_openocd_erases_the_reset_vector_first_and_writes_it_last(
    fake_tools: Tools, three_sector_elf: Path
) -> None:
    flash(flash_with_openocd, three_sector_elf)
    commands = " ".join(fake_tools.calls)
    places = [f"bin}} 0x{0x0800_0000 + offset:08X}" for offset in (16384, 32768, 0)]
    written = [commands.index(place) for place in places]
    assert written == sorted(written)
    assert commands.index("erase_address 0x08000000") < commands.index("erase_address 0x08004000")
    assert commands.rindex("erase_address") < written[0]
    assert written[-1] < commands.index("verify_image") < commands.index("reset run")
