"""Board files: every one is whole and consistent, and a wrong one is refused by its key."""

from __future__ import annotations

import pytest

from engine.boards import board_ids, load_board, read_board_file
from engine.errors import UsageError
from engine.firmware.kernel_choice import FAMILIES
from engine.resources import resource


@pytest.fixture(params=board_ids())
def board(request):
    return load_board(request.param)


def test_memories_do_not_overlap(board):
    regions = sorted(board.regions, key=lambda region: region.origin)
    for region, following in zip(regions, regions[1:], strict=False):
        assert region.origin + region.size_bytes <= following.origin


def test_each_purpose_has_a_memory(board):
    assert board.regions[0].kind == "flash"
    assert board.region("code").kind == "flash"
    assert board.region("arena").kind == "ram"
    assert board.region("data").kind == "ram"


def test_the_model_gets_a_share_of_each_memory(board):
    assert 0 < board.flash_budget_bytes <= board.flash_bytes
    assert 0 < board.arena_budget_bytes <= board.region("arena").size_bytes


def test_flash_holds_whole_pages(board):
    for region in board.regions:
        if region.kind == "flash":
            assert region.size_bytes % region.page_bytes == 0


def test_it_can_be_emulated_and_its_parts_exist(board):
    assert "virtual" in board.links
    assert board.kernels in FAMILIES
    assert resource("firmware", "platform", board.family).is_dir()


def test_it_says_where_its_facts_come_from_and_how_to_wire_it(board):
    assert board.source
    assert board.uart.wiring
    assert board.bootloader_uart


def test_the_discovery_board_is_as_its_datasheet_says():
    board = load_board("stm32f407")  # DS8626: 1 MB flash, 112 + 16 KB SRAM, 64 KB CCM, 168 MHz
    assert board.clock_hz == 168_000_000
    assert board.flash_bytes == 1024 * 1024
    assert board.ram_bytes == (112 + 16 + 64) * 1024
    assert board.region("arena").origin == 0x2000_0000
    assert board.uart.base == 0x4000_4800  # RM0090, table 1: USART3


def test_an_unknown_board_gets_the_known_ones():
    with pytest.raises(UsageError, match="no board called stm32f999") as caught:
        load_board("stm32f999")
    assert "stm32f407" in caught.value.hint


def test_a_board_id_is_not_a_path():
    with pytest.raises(UsageError):
        load_board("../boards/stm32f407")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("clock_hz = 168_000_000", "clock = 168_000_000", "clock"),
        ("clock_hz = 168_000_000", 'clock_hz = "fast"', r"clock_hz"),
        ('core = "cortex-m4f"', "", "core"),
        ("[[regions]]", "[[regions", "TOML|Expected|valid"),
        ("origin = 0x2000_0000", 'origin = "low"', r"regions"),
    ],
)
def test_a_wrong_file_is_refused_by_its_key(tmp_path, old, new, named):
    text = resource("boards", "stm32f407.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(UsageError, match=named) as caught:
        read_board_file(path)
    assert "mine.toml" in caught.value.message
    assert caught.value.hint


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"mine\.toml"):
        read_board_file(path)
