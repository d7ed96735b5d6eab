# SPDX-License-Identifier: GPL-2.0-or-later
"""Cycle costs of basic blocks on Cortex-M cores.

Costs follow Arm's technical reference manuals (Cortex-M4 DDI 0439, 3.3.1; Cortex-M0+ DDI 0484, 3.3).
The dual issue of the Cortex-M7 has no published table; the model here is the more cautious of two
readings. Nothing is calibrated against a chip: resources/firmware/timing.toml gives the error bars. What
memory adds is in waits.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, Cs
from capstone.arm import ARM_OP_REG, ARM_REG_CPSR

from engine.virtual_board.reads import Read, aligned_access, always_aligned, block_reads

TAIL_CHAIN_CYCLES = 6
"""From one handler straight to the next, with memory that does not wait (DDI 0439, 3.9). For the other
cores no figure is published; theirs is taken to be the same."""

_DIVISIONS = ("sdiv", "udiv")
_BARRIERS = {"dsb", "isb", "dmb"}
_BRANCHES = {"b", "bl", "bx", "blx", "cbz", "cbnz", "tbb", "tbh"}
_NOT_BRANCHES = {"bic", "bics", "bfi", "bfc", "bkpt"}
_STACK_ACCESSES = ("push", "pop", "vpush", "vpop")
_LOADS_STORES = ("ldr", "str", "ldm", "stm", "vldr", "vstr", "vldm", "vstm", *_STACK_ACCESSES)
_MULTIPLES = ("ldm", "stm", "vldm", "vstm")
_MULTIPLIES = ("mul", "mla", "mls", "smla", "smul", "umul", "umla", "smml", "smua", "smus", "smls")
_SIMD = tuple(
    "smlad smuad smusd smlsd smlald sxtb16 uxtb16 sxtab16 ssat usat pkh sadd uadd qadd qsub rev "
    "sel".split()
)
_SHIFTERS = ("sxt", "uxt", "bfi", "bfc", "ubfx", "sbfx")

_disassembler = Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS)
_disassembler.detail = True


@dataclass(frozen=True)
class BlockCost:
    """What one basic block costs.

    Attributes:
        cycles: without the refill after a taken branch.
        instructions: instructions in it.
        refill: extra cycles when a taken branch leads here.
        unmasks: 1 if it may let masked interrupts in (CPSIE, MSR), 2 if it may change rights.
        divisions: addresses of its UDIV and SDIV.
        reads: its loads, as far as their addresses can be told.
        aligned: its accesses that fault where they are not aligned, as far as they can be told.
    """

    cycles: int
    instructions: int
    refill: int
    unmasks: int
    divisions: tuple[int, ...]
    reads: tuple[Read, ...] = ()
    aligned: tuple[Read, ...] = ()


def block_cost(core: str, code: bytes, address: int) -> BlockCost:
    """The cost of the block `code` at `address` on `cortex-m4f`, `cortex-m7f` or `cortex-m0plus`."""
    instructions = list(_disassembler.disasm(code, address))
    if not instructions:  # data or an encoding that the disassembler does not know
        return BlockCost(len(code) // 2, len(code) // 2, 1, 0, ())
    names = [_name(i) for i in instructions]
    reads, aligned = block_reads(instructions)
    return BlockCost(
        cycles=_MODELS[core](instructions),
        instructions=len(instructions),
        refill=_refill(core, instructions[0]),
        unmasks=max(map(_unmasks, instructions)),
        divisions=tuple(
            i.address for i, name in zip(instructions, names, strict=True) if name in _DIVISIONS
        ),
        reads=reads,
        aligned=() if core == "cortex-m0plus" else aligned,  # where the emulator looks by itself
    )


def alignment_of(code: bytes, address: int, *, traps_all: bool) -> Read | None:
    """What the first instruction of `code` needs aligned: see `aligned_access`.

    Without `traps_all`, only what faults whatever CCR.UNALIGN_TRP is.
    """
    instruction = next(_disassembler.disasm(code, address, 1), None)
    if instruction is None or not (traps_all or always_aligned(instruction)):
        return None
    return aligned_access(instruction)


def exception_cycles(core: str) -> int:
    """Entry, and likewise return, of an exception with memory that does not wait.

    Cortex-M4: DDI 0439, 3.9, taken for Cortex-M7 too; Cortex-M0+: DDI 0484, 1.4.
    """
    return 15 if core == "cortex-m0plus" else 12


def _name(instruction: Any) -> str:
    return str(instruction.mnemonic).split(".")[0]


def _unmasks(instruction: Any) -> int:
    name, operands = instruction.mnemonic, instruction.op_str
    if (
        name == "msr"
        and operands.startswith(("control", "faultmask"))
        or name == "cpsid"
        and "f" in operands
    ):
        return 2
    return int(name.startswith(("cps", "msr")))


def _refill(core: str, first: Any) -> int:
    """Pipeline refill of a taken branch: on M4 longer where the target straddles a word."""
    if core == "cortex-m4f":
        return 2 if first.size == 4 and first.address & 2 else 1
    return 1


def _cortex_m4(instructions: Sequence[Any]) -> int:
    """DDI 0439 table 3-1: loads take 2 cycles, 1 behind another load; SDIV and UDIV 2 to 12, here 7."""
    cycles = 0
    previous: Any = None
    after_load = False
    float_result: int | None = None
    for instruction in instructions:
        name = _name(instruction)
        if name.startswith("v"):
            cycles += _cortex_m4_float(instruction, name)
            if float_result is not None and float_result in instruction.regs_access()[0]:
                cycles += 1
            operands = instruction.operands
            float_result = operands[0].reg if operands and operands[0].type == ARM_OP_REG else None
            after_load = False
        else:
            float_result = None
            cycles += _cortex_m4_integer(instruction, name, previous, after_load)
            after_load = name.startswith(("ldr", "str")) and not name.startswith(("ldrd", "strd"))
        previous = instruction
    return cycles


def _cortex_m4_float(instruction: Any, name: str) -> int:
    """DDI 0439 table 7-1."""
    if name.startswith(("vfma", "vfms", "vmla", "vmls", "vfnm", "vnml")):
        return 3
    if name.startswith(("vdiv", "vsqrt")):
        return 14
    if name.startswith(("vldr", "vstr")):
        return 3 if ".64" in instruction.mnemonic else 2
    if name.startswith(("vpush", "vpop")):
        return 1 + len(instruction.operands)
    if name.startswith(("vldm", "vstm")):
        return len(instruction.operands)
    return 1


def _cortex_m4_integer(instruction: Any, name: str, previous: Any, after_load: bool) -> int:
    if name.startswith(("ldrd", "strd")):
        return 3
    if name.startswith(("ldm", "stm")):
        return len(instruction.operands)
    if name.startswith(("push", "pop")):
        return 1 + len(instruction.operands)
    if name.startswith("ldr"):
        return 1 if after_load else 2
    if name in _DIVISIONS:
        return 7
    if name in _BARRIERS:
        return 3
    if name.startswith(("mrs", "msr")):
        return 2
    if name.startswith("it"):  # folded into a 16-bit instruction before it
        return 0 if previous is not None and previous.size == 2 else 1
    return 1


def _cortex_m0plus(instructions: Sequence[Any]) -> int:
    """DDI 0484 table 3-1, with the single-cycle multiplier."""
    cycles = 0
    for instruction in instructions:
        name = _name(instruction)
        if name.startswith(("ldm", "stm")):
            cycles += len(instruction.operands)
        elif name.startswith(("push", "pop")):
            cycles += 1 + len(instruction.operands)
        elif name.startswith(("ldr", "str")) or name == "bl":
            cycles += 2
        elif name in _BARRIERS or name in ("mrs", "msr"):
            cycles += 3
        else:
            cycles += 1
    return cycles


def _cortex_m7(instructions: Sequence[Any]) -> int:
    """In-order dual issue.

    One memory access, one multiply and one branch a cycle; results of loads and multiplies after 2
    cycles, of the FPU after 3; SIMD only in the first slot; one shifter.
    """
    cycle = 0
    slots = 0
    used: set[str] = set()
    ready: dict[int, int] = {}
    for instruction in instructions:
        name = _name(instruction)
        read, written = instruction.regs_access()
        kind = _cortex_m7_kind(name)
        simd = name.startswith(_SIMD)
        shifts = not simd and _uses_shifter(instruction, name)
        operands = instruction.operands
        accumulator = operands[-1].reg if kind == "multiply" and len(operands) == 4 else None
        earliest = cycle
        for register in read:
            if register == ARM_REG_CPSR and kind == "branch":
                continue
            available = ready.get(register, 0)
            if register == accumulator and available:
                available -= 1
            earliest = max(earliest, available)
        if earliest > cycle:
            cycle, slots, used = earliest, 0, set()
        if (
            slots == 2
            or (kind in used and kind != "alu")
            or (simd and slots == 1)
            or (shifts and "shifter" in used)
        ):
            cycle, slots, used = cycle + 1, 0, set()
        if shifts:
            used.add("shifter")
        latency, busy = _cortex_m7_latency(instruction, name, kind)
        for register in written:
            ready[register] = cycle + latency + busy
        used.add(kind)
        slots += 1
        if busy:
            cycle += busy
            slots = 2
    return cycle + 1


def _cortex_m7_kind(name: str) -> str:
    if name.startswith(_LOADS_STORES):
        return "memory"
    if name.startswith(_MULTIPLIES) or name in _DIVISIONS:
        return "multiply"
    if name in _BRANCHES or (name[0] == "b" and name not in _NOT_BRANCHES):
        return "branch"
    return "float" if name[0] == "v" else "alu"


def _cortex_m7_latency(instruction: Any, name: str, kind: str) -> tuple[int, int]:
    """Latency of the result, and cycles for which nothing else issues."""
    if kind == "memory":
        words = 1
        if name.startswith(_STACK_ACCESSES):
            words = len(instruction.operands)
        elif name.startswith(_MULTIPLES):
            words = max(1, len(instruction.operands) - 1)
        return 2, max(0, (words + 1) // 2 - 1)
    if kind == "multiply":
        return 2, 6 if name in _DIVISIONS else 0
    if kind == "float":
        return 3, 13 if name.startswith(("vdiv", "vsqrt")) else 0
    return 1, 0


def _uses_shifter(instruction: Any, name: str) -> bool:
    return name.startswith(_SHIFTERS) or any(
        operand.type == ARM_OP_REG and operand.shift.type for operand in instruction.operands
    )


_MODELS: dict[str, Callable[[Sequence[Any]], int]] = {
    "cortex-m4f": _cortex_m4,
    "cortex-m7f": _cortex_m7,
    "cortex-m0plus": _cortex_m0plus,
}
