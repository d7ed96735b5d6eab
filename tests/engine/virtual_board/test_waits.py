"""Wait states: where blocks read, what caches hold, and what the registers switch on."""

from __future__ import annotations

import random
import struct
from collections import OrderedDict

import pytest
from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, Cs

from engine.boards import CacheShape, board_ids, load_board
from engine.virtual_board.board import VirtualBoard
from engine.virtual_board.reads import block_reads
from engine.virtual_board.waits import FLASH_CONTROLS, NO_WAITS, Cache


def reads(*halfwords: int, address: int = 0x08000100) -> list[tuple[dict[int, int], int, int]]:
    disassembler = Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS)
    disassembler.detail = True
    code = struct.pack(f"<{len(halfwords)}H", *halfwords)
    found, _ = block_reads(list(disassembler.disasm(code, address)))
    return [(dict(read.terms), read.offset, read.size_bytes) for read in found]


LDR_R0_R1 = (0x6808,)
LDR_R0_R1_POST_4 = (0xF851, 0x0B04)
LDR_R0_R1_PRE_8 = (0xF851, 0x0F08)
LDR_R0_R1_R2_LSL_2 = (0xF851, 0x0022)
LDRB_R0_R1_R2 = (0x5C88,)
LDRD_R2_R3_R1_POST_8 = (0xE8F1, 0x2302)
LDM_R1_UP = (0xC90C,)  # {r2, r3}
LDMDB_R1 = (0xE931, 0x000C)  # {r2, r3}, writing back
LDR_R0_LITERAL_8 = (0x4802,)
LDR_R0_SP = (0x9801,)
STR_R0_R1_POST_4 = (0xF841, 0x0B04)
ADDS_R1_8 = (0x3108,)
ADD_R1_R2 = (0x4411,)
SUBS_R1_R2_4 = (0x1F11,)
MOV_R1_R2 = (0x4611,)
IT_EQ = (0xBF08,)


@pytest.mark.parametrize(
    ("halfwords", "expected"),
    [
        ((*LDR_R0_R1, *LDR_R0_R1), [({1: 1}, 0, 4)] * 2),
        ((*LDR_R0_R1_POST_4, *LDR_R0_R1), [({1: 1}, 0, 4), ({1: 1}, 4, 4)]),
        ((*LDR_R0_R1_PRE_8, *LDR_R0_R1), [({1: 1}, 8, 4), ({1: 1}, 8, 4)]),
        (LDR_R0_R1_R2_LSL_2, [({1: 1, 2: 4}, 0, 4)]),
        (LDRB_R0_R1_R2, [({1: 1, 2: 1}, 0, 1)]),
        ((*LDRD_R2_R3_R1_POST_8, *LDR_R0_R1), [({1: 1}, 0, 8), ({1: 1}, 8, 4)]),
        ((*LDM_R1_UP, *LDR_R0_R1), [({1: 1}, 0, 8), ({1: 1}, 8, 4)]),
        ((*LDMDB_R1, *LDR_R0_R1), [({1: 1}, -8 & 0xFFFFFFFF, 8), ({1: 1}, -8 & 0xFFFFFFFF, 4)]),
        (LDR_R0_LITERAL_8, [({}, 0x08000100 + 4 + 8, 4)]),
        (LDR_R0_SP, []),  # the stack
        ((*STR_R0_R1_POST_4, *LDR_R0_R1), [({1: 1}, 4, 4)]),
        ((*ADDS_R1_8, *LDR_R0_R1), [({1: 1}, 8, 4)]),
        ((*ADD_R1_R2, *LDR_R0_R1), [({1: 1, 2: 1}, 0, 4)]),
        ((*SUBS_R1_R2_4, *LDR_R0_R1), [({2: 1}, -4 & 0xFFFFFFFF, 4)]),
        ((*MOV_R1_R2, *LDR_R0_R1), [({2: 1}, 0, 4)]),
        ((*IT_EQ, *MOV_R1_R2, *LDR_R0_R1), []),  # r1 is one or the other
        ((0x6809, *LDR_R0_R1), [({1: 1}, 0, 4)]),  # ldr r1, [r1]: then nobody knows
    ],
)
def test_loads_are_told_by_the_registers_that_a_block_begins_with(
    halfwords: tuple[int, ...], expected: list[tuple[dict[int, int], int, int]]
) -> None:
    assert reads(*halfwords) == expected


@pytest.mark.parametrize("shape", [(16, 1, 8), (32, 32, 4), (8, 4, 4), (8, 1, 1)])
def test_the_least_recently_used_line_makes_room(shape: tuple[int, int, int]) -> None:
    line_bytes, sets, ways = shape
    cache = Cache(CacheShape(line_bytes=line_bytes, sets=sets, ways=ways))
    model: list[OrderedDict[int, None]] = [OrderedDict() for _ in range(sets)]
    chance = random.Random(1)
    for _ in range(5000):
        line = chance.randrange(2 * sets * ways)
        lines = model[line % sets]
        assert cache.touch(line) is (line in lines)
        lines[line] = None
        lines.move_to_end(line)
        if len(lines) > ways:
            lines.popitem(last=False)


def test_nothing_is_ever_in_a_cache_that_is_off() -> None:
    cache = Cache(None)
    assert [cache.touch(1), cache.touch(1)] == [False, False]


def test_waits_follow_the_registers() -> None:
    control = FLASH_CONTROLS["stm32f4"]
    timing = load_board("stm32f407").memory_timing
    values = {control.register: 0}
    assert control.waits(lambda a: values.get(a, 0), timing) == NO_WAITS
    values[control.register] = 5
    slow = control.waits(lambda a: values.get(a, 0), timing)
    assert (slow.flash_miss, slow.sequential_miss) == (5, 5)
    assert (slow.instruction, slow.data) == (None, None)
    values[control.register] = 5 | 7 << 8
    art = control.waits(lambda a: values.get(a, 0), timing)
    assert (art.flash_miss, art.sequential_miss) == (5, 2)  # 4 cycles of a line's 4 words less 1
    assert (art.instruction, art.data) == (timing.instruction, timing.data)


def test_firmware_leaves_the_waits_that_the_board_file_names(stub_elf: object) -> None:
    board = VirtualBoard(load_board("stm32f407"))
    board.load_elf(stub_elf)  # type: ignore[arg-type]
    board.reset()
    board.run_slice()
    assert board.cpu.counter.flash_miss == board.spec.flash_wait_states  # type: ignore[attr-defined]


@pytest.mark.parametrize("board_id", board_ids())
def test_each_board_has_a_timing_model_with_its_error_bar(board_id: str) -> None:
    board = load_board(board_id)
    assert 0 < board.cycle_error_percent < 100
    assert board.core_timing.basis.strip()
    for shape in (board.memory_timing.instruction, board.memory_timing.data):
        for number in (shape.line_bytes, shape.sets, shape.ways):
            assert number & (number - 1) == 0  # the emulator takes bits of addresses
