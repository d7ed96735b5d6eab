# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the loads of a basic block read, as far as its registers tell when it begins.

A block's loads mostly read at a register that it began with, plus what the block itself has added. Those
addresses can be told before the block runs, without a hook on every access, which would cost most of the
emulator's speed. Loads at addresses that the block has itself loaded are left out, and so is the stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from capstone.arm import (
    ARM_CC_AL,
    ARM_OP_IMM,
    ARM_OP_MEM,
    ARM_OP_REG,
    ARM_REG_LR,
    ARM_REG_PC,
    ARM_REG_R0,
    ARM_REG_R12,
    ARM_SFT_INVALID,
    ARM_SFT_LSL,
)

_REGISTERS = {register: register - ARM_REG_R0 for register in range(ARM_REG_R0, ARM_REG_R12 + 1)}
_REGISTERS[ARM_REG_LR] = 14
_WORD_BYTES = 4
_MULTIPLE = ("ldm", "stm", "vldm", "vstm")
_ALWAYS_ALIGNED = (*_MULTIPLE, "ldrd", "strd", "vldr", "vstr")
_BYTES = {"ldrb", "ldrsb", "strb", "ldrbt", "ldrsbt", "strbt", "ldrexb", "strexb"}
_HALFWORDS = {"ldrh", "ldrsh", "strh", "ldrht", "ldrsht", "strht", "ldrexh", "strexh"}


@dataclass(frozen=True)
class Read:
    """A load from `offset` plus registers, each times a factor, as they are when the block begins.

    Attributes:
        terms: up to two pairs of register number (0 to 12, 14) and factor.
        offset: constant part, modulo 2^32.
        size_bytes: how much it loads.
    """

    terms: tuple[tuple[int, int], ...]
    offset: int
    size_bytes: int


@dataclass(frozen=True)
class _Sum:
    """A value in terms of the registers at the beginning of a block."""

    terms: tuple[tuple[int, int], ...]
    offset: int

    def plus(self, other: _Sum, factor: int = 1) -> _Sum:
        terms = dict(self.terms)
        for register, times in other.terms:
            terms[register] = terms.get(register, 0) + factor * times
        kept = tuple(sorted((r, t) for r, t in terms.items() if t))
        return _Sum(kept, self.offset + factor * other.offset)


class _Values:
    """What is known of each register; None is unknown."""

    def __init__(self) -> None:
        self._known: dict[int, _Sum | None] = {}

    def get(self, register: int) -> _Sum | None:
        if register not in _REGISTERS:
            return None
        return self._known.get(register, _Sum(((_REGISTERS[register], 1),), 0))

    def set(self, register: int, value: _Sum | None) -> None:
        self._known[register] = value


def block_reads(instructions: Sequence[Any]) -> tuple[tuple[Read, ...], tuple[Read, ...]]:
    """What a block accesses at addresses that can be told when it begins.

    Returns:
        Its loads; and which of its loads and stores must be aligned by all means (DDI 0403E A3.2.1), one
        of those that can only be aligned together.
    """
    values = _Values()
    reads: list[Read] = []
    aligned: dict[tuple[object, int], Read] = {}
    for instruction in instructions:
        name = str(instruction.mnemonic).split(".")[0]
        if name.startswith(_ALWAYS_ALIGNED) and instruction.cc == ARM_CC_AL:
            needed = aligned_access(instruction, values)
            if needed is not None and 0 < len(needed.terms) <= 2:
                aligned.setdefault((needed.terms, needed.offset % _WORD_BYTES), needed)
        address, size, updates = _access(instruction, name, values)
        if address is not None and len(address.terms) <= 2:
            reads.append(Read(address.terms, address.offset & 0xFFFFFFFF, size))
        if not updates:
            updates = _sums(instruction, name, values)
        for register in instruction.regs_access()[1]:
            certain = instruction.cc == ARM_CC_AL
            values.set(register, updates.get(register) if certain else None)
    return tuple(reads), tuple(aligned.values())


def always_aligned(instruction: Any) -> bool:
    """Whether it faults where its address is not that of a word, whatever CCR.UNALIGN_TRP is."""
    return str(instruction.mnemonic).startswith(_ALWAYS_ALIGNED)


def aligned_access(instruction: Any, values: _Values | None = None) -> Read | None:
    """What a load or store needs aligned while CCR.UNALIGN_TRP is set (DDI 0403E A3.2.1).

    Returns:
        Its address in terms of `values`, or else of the registers just before it, with the alignment as
        `size_bytes`; None for bytes, and for accesses beside SP and PC, which compilers align.
    """
    name = str(instruction.mnemonic).split(".")[0]
    values, operands = values or _Values(), instruction.operands
    if name.startswith(_MULTIPLE):
        address = values.get(operands[0].reg)
        return Read(address.terms, 0, _WORD_BYTES) if address is not None else None
    places = [operand for operand in operands if operand.type == ARM_OP_MEM]
    if not places or not name.startswith(("ldr", "str", "vldr", "vstr")) or name in _BYTES:
        return None
    memory, shift = places[0].mem, places[0].shift
    address = values.get(memory.base)
    if address is not None and memory.index:
        index = values.get(memory.index)
        scale = 1 << (shift.value if shift.type == ARM_SFT_LSL else 0)
        address = address.plus(index, scale) if index is not None else None
    if address is None:
        return None
    size = 2 if name in _HALFWORDS else _WORD_BYTES
    return Read(address.terms, (address.offset + memory.disp) & 0xFFFFFFFF, size)


_Updates = dict[int, _Sum | None]


def _access(instruction: Any, name: str, values: _Values) -> tuple[_Sum | None, int, _Updates]:
    """Address of a load, if it is one and known; its size; and what its base register becomes."""
    operands = instruction.operands
    if name.startswith(_MULTIPLE) and operands:
        count = _WORD_BYTES * (len(operands) - 1) * (2 if _double(instruction) else 1)
        base = values.get(operands[0].reg)
        down = name.endswith("db")
        if base is None:
            return None, 0, {}
        begin = base.plus(_Sum((), -count)) if down else base
        end = begin if down else base.plus(_Sum((), count))
        updates: _Updates = {operands[0].reg: end} if instruction.writeback else {}
        return (begin if "ld" in name else None), count, updates
    if not name.startswith(("ldr", "str", "vldr", "vstr")):
        return None, 0, {}
    place = next((i for i, operand in enumerate(operands) if operand.type == ARM_OP_MEM), None)
    if place is None:
        return None, 0, {}
    memory, shift = operands[place].mem, operands[place].shift
    size = _access_bytes(instruction, name)
    if memory.base == ARM_REG_PC:  # a literal: A5.1.2
        literal = _Sum((), (instruction.address & ~3) + 4 + memory.disp)
        return (literal if "ld" in name and not memory.index else None), size, {}
    address = values.get(memory.base)
    if address is not None and memory.index:
        index = values.get(memory.index)
        known = index is not None and shift.type in (ARM_SFT_INVALID, ARM_SFT_LSL)
        factor = memory.scale << (shift.value if shift.type == ARM_SFT_LSL else 0)
        address = address.plus(index, factor) if known and index is not None else None
    if address is not None:
        address = address.plus(_Sum((), memory.disp))
    after = address
    if instruction.post_index and address is not None:
        step = operands[place + 1] if place + 1 < len(operands) else None
        known = step is not None and step.type == ARM_OP_IMM
        after = address.plus(_Sum((), step.imm)) if known and step is not None else None
    updates = {memory.base: after} if instruction.writeback else {}
    return (address if "ld" in name else None), size, updates


def _access_bytes(instruction: Any, name: str) -> int:
    if name.startswith(("ldrd", "strd")) or _double(instruction):
        return 2 * _WORD_BYTES
    if name.startswith(("ldrb", "ldrsb", "strb")):
        return 1
    return 2 if name.startswith(("ldrh", "ldrsh", "strh")) else _WORD_BYTES


def _double(instruction: Any) -> bool:
    return any(
        instruction.reg_name(operand.reg).startswith("d")
        for operand in instruction.operands
        if operand.type == ARM_OP_REG
    )


def _sums(instruction: Any, name: str, values: _Values) -> _Updates:
    """What ADD, SUB and MOV leave in their register."""
    operands = instruction.operands
    if name.rstrip("s") not in ("add", "sub", "mov", "addw", "subw", "movw") or len(operands) < 2:
        return {}
    if any(
        o.type == ARM_OP_REG and o.shift.type not in (ARM_SFT_INVALID, ARM_SFT_LSL) for o in operands
    ):
        return {}
    target, *sources = operands
    if name.startswith("mov"):
        return {target.reg: _operand(sources[0], values)}
    left = values.get(target.reg) if len(sources) == 1 else _operand(sources[0], values)
    right = _operand(sources[-1], values)
    if left is None or right is None:
        return {target.reg: None}
    return {target.reg: left.plus(right, -1 if name.startswith("sub") else 1)}


def _operand(operand: Any, values: _Values) -> _Sum | None:
    if operand.type == ARM_OP_IMM:
        return _Sum((), operand.imm)
    value = values.get(operand.reg) if operand.type == ARM_OP_REG else None
    if value is None or operand.shift.type != ARM_SFT_LSL:
        return value
    return _Sum((), 0).plus(value, 1 << operand.shift.value)
