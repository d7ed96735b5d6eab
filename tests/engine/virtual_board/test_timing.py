"""Block costs against Arm's published tables, added up by hand."""

from __future__ import annotations

import struct

import pytest

from engine.virtual_board.timing import block_cost

NOP, MOVS, ADDS, BX_LR = 0xBF00, 0x2001, 0x1840, 0x4770
LDR, STR = 0x6808, 0x6008  # r0, [r1]
SMLAD = (0xFB20, 0x3001)  # r0, r0, r1, r3
UDIV = (0xFBB0, 0xF0F1)  # r0, r0, r1
PUSH = 0xB570  # {r4, r5, r6, lr}
CPSIE = 0xB662
LDRD = (0xE9D1, 0x2300)
BL = (0xF000, 0xF800)


def code(*halfwords: int | tuple[int, int]) -> bytes:
    flat = [word for item in halfwords for word in (item if isinstance(item, tuple) else (item,))]
    return struct.pack(f"<{len(flat)}H", *flat)


@pytest.mark.parametrize(
    ("halfwords", "cycles"),
    [
        ((MOVS, ADDS), 2),
        ((LDR, MOVS), 3),
        ((LDR, LDR, LDR), 4),  # pipelined: the first takes 2
        ((STR, MOVS), 2),
        ((SMLAD, SMLAD), 2),
        ((LDRD, MOVS), 4),
        ((PUSH,), 5),  # 1 + 4 registers
    ],
)
def test_cortex_m4(halfwords: tuple[int | tuple[int, int], ...], cycles: int) -> None:
    assert block_cost("cortex-m4f", code(*halfwords), 0x08000000).cycles == cycles


@pytest.mark.parametrize(
    ("halfwords", "cycles"),
    [((MOVS, ADDS), 2), ((LDR, LDR), 4), ((PUSH,), 5), ((BL,), 2)],
)
def test_cortex_m0plus(halfwords: tuple[int | tuple[int, int], ...], cycles: int) -> None:
    assert block_cost("cortex-m0plus", code(*halfwords), 0x08000000).cycles == cycles


def test_cortex_m7_issues_two_independent_instructions_at_once() -> None:
    movs_r2, movs_r3 = 0x2202, 0x2303
    two = block_cost("cortex-m7f", code(MOVS, movs_r2), 0x08000000).cycles
    four = block_cost("cortex-m7f", code(MOVS, movs_r2, movs_r3, 0x2404), 0x08000000).cycles
    dependent = block_cost("cortex-m7f", code(ADDS, ADDS, ADDS, ADDS), 0x08000000).cycles
    assert (two, four, dependent) == (1, 2, 4)


def test_a_branch_to_an_instruction_across_words_costs_more() -> None:
    assert block_cost("cortex-m4f", code(SMLAD, BX_LR), 0x08000002).refill == 2
    assert block_cost("cortex-m4f", code(SMLAD, BX_LR), 0x08000004).refill == 1
    assert block_cost("cortex-m4f", code(MOVS, BX_LR), 0x08000002).refill == 1


def test_what_the_emulator_must_know_about_a_block() -> None:
    cost = block_cost("cortex-m4f", code(NOP, UDIV, CPSIE), 0x08000100)
    assert cost.instructions == 3
    assert cost.divisions == (0x08000102,)
    assert cost.unmasks
    assert not block_cost("cortex-m4f", code(NOP, MOVS), 0x08000100).unmasks
