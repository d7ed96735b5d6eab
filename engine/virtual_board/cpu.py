# SPDX-License-Identifier: GPL-2.0-or-later
"""The core: Unicorn runs the instructions; exceptions, faults and sleep are added here.

Section numbers refer to the Armv7-M Architecture Reference Manual (DDI 0403E).
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from enum import Enum
from typing import Any

from unicorn import arm_const as reg
from unicorn import unicorn_const
from unicorn.unicorn_py3.unicorn import Uc, UcError

from engine.boards import BoardSpec
from engine.virtual_board import exceptions
from engine.virtual_board.block_counter import BlockCounter
from engine.virtual_board.compiled_counter import make_counter
from engine.virtual_board.exceptions import ExceptionState, Lockup
from engine.virtual_board.timing import EXCEPTION_ENTRY_CYCLES, BlockCost, block_cost

CORES = {
    "cortex-m4f": reg.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7f": reg.UC_CPU_ARM_CORTEX_M7,
    "cortex-m0plus": reg.UC_CPU_ARM_CORTEX_M0,
}

_RETURN_ADDRESS = 0xFFFFFFF8  # where the core seems to go when a handler returns through EXC_RETURN
_EXC_RETURN_HANDLER = 0xFFFFFFF1  # B1.5.8
_EXC_RETURN_THREAD = 0xFFFFFFF9
_WFI = b"\x30\xbf"
_WFE = b"\x20\xbf"
_FRAME_REGISTERS = (
    reg.UC_ARM_REG_R0, reg.UC_ARM_REG_R1, reg.UC_ARM_REG_R2, reg.UC_ARM_REG_R3, reg.UC_ARM_REG_R12,
    reg.UC_ARM_REG_LR,
)  # fmt: skip
_FLOAT_REGISTERS = (*range(reg.UC_ARM_REG_S0, reg.UC_ARM_REG_S0 + 16), reg.UC_ARM_REG_FPSCR)
_BASIC_WORDS = 8
_FLOAT_WORDS = 18  # S0 to S15, FPSCR, and one that is reserved
_BASIC_FRAME = 1 << 4  # of EXC_RETURN: the frame holds no floating-point registers
_FLOAT_ACTIVE = 1 << 2  # CONTROL.FPCA, B1.4.4
_THUMB_BIT = 1 << 24
_ALIGNED_BIT = 1 << 9  # of the stacked xPSR: the frame was moved to 8 bytes

# CFSR, B3.2.15
_INSTRUCTION_VIOLATION = 1 << 0
_DATA_VIOLATION = 1 << 1
_MEMORY_ADDRESS_VALID = 1 << 7
_INSTRUCTION_BUS = 1 << 8
_PRECISE_BUS = 1 << 9
_IMPRECISE_BUS = 1 << 10
_STACKING_BUS = 1 << 12
_BUS_ADDRESS_VALID = 1 << 15
_UNDEFINED = 1 << 16
_INVALID_STATE = 1 << 17
_DIVISION_BY_ZERO = 1 << 25

_INTERRUPT_SVC = 2
_INTERRUPT_DATA_ABORT = 4
_INTERRUPT_BREAKPOINT = 7

_FETCHES = {unicorn_const.UC_MEM_FETCH_UNMAPPED, unicorn_const.UC_MEM_FETCH_PROT}
_READS = {unicorn_const.UC_MEM_READ_UNMAPPED, unicorn_const.UC_MEM_READ_PROT}


class Stop(Enum):
    """Why `Cpu.run` came back."""

    EVENT = "event"
    """The cycle was reached, an exception came or went, or a peripheral asked for attention."""
    SLEEP = "sleep"
    """WFI, and nothing is pending."""
    LOCKUP = "lockup"
    """The core has stopped for good."""


class Cpu:
    """A core with its memory.

    Attributes:
        exceptions: pending and active exceptions.
        counter: instructions and cycles.
        forbidden: tells whether an address lies in a no-access region of the MPU.
        traps_division: whether a division by zero faults (CCR.DIV_0_TRP).
    """

    def __init__(self, board: BoardSpec, *, allow_compiled: bool = True) -> None:
        self.core = board.core
        self.has_float = board.core.endswith("f")
        mode = unicorn_const.UC_MODE_THUMB
        if board.core != "cortex-m0plus":
            # Unicorn then takes its Armv8-M core whatever the model. Without, Armv6-M has its own rules:
            # few 32-bit instructions, and unaligned accesses fault.
            mode |= unicorn_const.UC_MODE_MCLASS
        self.engine: Any = Uc(unicorn_const.UC_ARCH_ARM, mode)  # the binding has few types
        self.engine.ctl_set_cpu_model(CORES[board.core])
        for region in board.regions:
            access = unicorn_const.UC_PROT_ALL
            if region.kind == "flash":
                access = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_EXEC
            self.engine.mem_map(region.origin, region.size_bytes, access)
            # memory holds anything after power-on; here the same each time, so that runs can be repeated
            noise = random.Random(region.origin).randbytes(region.size_bytes)
            self.engine.mem_write(region.origin, noise)
        flash = board.region("code")
        self.vectors = flash.origin
        self.exceptions = ExceptionState()
        self.forbidden: Callable[[int], bool] = lambda address: False
        self.traps_division = False
        self.counter: BlockCounter = make_counter(
            flash.origin, flash.size_bytes, allow_compiled=allow_compiled
        )
        self.counter.attach(self.engine, self._find_cost)
        self.engine.hook_add(unicorn_const.UC_HOOK_INTR, self._on_interrupt)
        self.engine.hook_add(
            unicorn_const.UC_HOOK_MEM_INVALID & ~unicorn_const.UC_HOOK_MEM_FETCH, self._on_bad_access
        )
        self._bad_access = (0, 0)
        self._interrupt: int | None = None
        self._divisions: set[int] = set()
        self._unhooked_divisions: set[int] = set()
        self._pc = 0

    def reset(self, stack: int | None = None, start: int | None = None) -> bool:
        """Load the stack pointer and the program counter from the vector table (B1.5.5), if not given.

        Returns:
            False when there is no program: the table is erased flash.
        """
        self.exceptions = ExceptionState()
        self.traps_division = False
        if stack is None or start is None:
            stack, start = struct.unpack("<II", self.engine.mem_read(self.vectors, 8))
        for register in (*_FRAME_REGISTERS, reg.UC_ARM_REG_PRIMASK, reg.UC_ARM_REG_BASEPRI):
            self.engine.reg_write(register, 0)
        self.engine.reg_write(reg.UC_ARM_REG_CONTROL, 0)
        self.engine.reg_write(reg.UC_ARM_REG_SP, stack & ~3)
        self.engine.reg_write(reg.UC_ARM_REG_XPSR, _THUMB_BIT)
        self._pc = start & ~1
        self.counter.forget_invoke()
        return bool(start != 0xFFFFFFFF)

    def map_rom(self, start: int, size: int) -> None:
        """Memory that can only be read, and holds zeros."""
        self.engine.mem_map(start, size, unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_EXEC)

    def code_changed(self) -> None:
        """Flash was written or erased."""
        self.engine.ctl_flush_tb()
        self.counter.forget_blocks()

    @property
    def pc(self) -> int:
        """Address of the next instruction."""
        return self._pc

    @property
    def primask(self) -> bool:
        """Whether interrupts are masked."""
        return bool(self.engine.reg_read(reg.UC_ARM_REG_PRIMASK) & 1)

    @property
    def basepri(self) -> int:
        """Priority at which interrupts are masked, 0 for none."""
        return int(self.engine.reg_read(reg.UC_ARM_REG_BASEPRI)) if self.core != "cortex-m0plus" else 0

    def run(self, until_cycle: int) -> Stop:
        """Enter the exception that is due, then run until a cycle, a change that matters, or sleep."""
        try:
            self._enter_pending()
            self.counter.next_event = until_cycle
            self._run_unicorn()
            return Stop.SLEEP if self._after_run() else Stop.EVENT
        except Lockup:
            return Stop.LOCKUP

    def stop_soon(self) -> None:
        """From a peripheral: come back from `run` at the next block."""
        self.counter.next_event = 0

    def _run_unicorn(self) -> None:
        self.counter.stopped = 0
        self._interrupt = None
        self._bad_access = (0, 0)
        try:
            self.engine.emu_start(self._pc | 1, _RETURN_ADDRESS)
        except UcError as error:
            self._pc = self.engine.reg_read(reg.UC_ARM_REG_PC)
            if not self._ended_with(_WFE):  # which Unicorn calls an invalid instruction
                self._fault(error.errno)
            return
        self._pc = self.engine.reg_read(reg.UC_ARM_REG_PC)

    def _ended_with(self, instruction: bytes) -> bool:
        """Whether the block that ran last ended with this instruction, and has run to its end."""
        if self.counter.previous_end != self._pc:
            return False
        return bytes(self.engine.mem_read(self._pc - 2, 2)) == instruction

    def _after_run(self) -> bool:
        """Handle what ended the run; True if the core sleeps."""
        if self._pc >= 0xFFFFFFE0:
            self._leave_exception()
            return False
        if self.counter.divided_by_zero:
            self.counter.divided_by_zero = 0
            self.exceptions.cfsr |= _DIVISION_BY_ZERO
            self._enter_fault(exceptions.USAGE_FAULT)
            return False
        if self._unhooked_divisions:
            self._hook_divisions()
        if self._interrupt is not None:
            self._take_instruction_exception(self._interrupt)
            return False
        if self.counter.stopped:
            return False
        if self._ended_with(_WFI):
            return not self.exceptions.wakes(self.basepri)
        # as if SCR.SEVONPEND were set, B1.5.18
        return self._ended_with(_WFE) and not self.exceptions.pending

    def _take_instruction_exception(self, interrupt: int) -> None:
        if interrupt == _INTERRUPT_SVC:
            self._enter(exceptions.SVCALL)
        elif interrupt == _INTERRUPT_BREAKPOINT:  # without a debugger: B1.5.16
            self.exceptions.hfsr |= exceptions.DEBUG_EVENT
            self._enter_fault(exceptions.HARD_FAULT)
        elif interrupt == _INTERRUPT_DATA_ABORT:  # unaligned, on Armv6-M: DDI 0419 A3.2.1
            self._enter_fault(exceptions.HARD_FAULT)
        else:
            self.exceptions.cfsr |= _UNDEFINED
            self._enter_fault(exceptions.USAGE_FAULT)

    # --- exceptions -------------------------------------------------------------------------------

    def _enter_pending(self) -> None:
        number = self.exceptions.next_exception(self.primask, self.basepri)
        if number is not None:
            self.exceptions.pending.discard(number)
            self._enter(number)
        self.counter.interrupt_masked = int(bool(self.exceptions.pending & self.exceptions.enabled))

    def _enter(self, number: int) -> None:
        """B1.5.6 and B1.5.7: stack the frame, load LR with EXC_RETURN and PC from the vector table."""
        engine = self.engine
        xpsr = engine.reg_read(reg.UC_ARM_REG_XPSR) & ~0x1FF & ~_ALIGNED_BIT | _THUMB_BIT
        xpsr |= self.exceptions.active[-1] if self.exceptions.active else 0
        stack = engine.reg_read(reg.UC_ARM_REG_SP)
        if stack & 4:
            stack -= 4
            xpsr |= _ALIGNED_BIT
        frame = [*(engine.reg_read(r) for r in _FRAME_REGISTERS), self._pc, xpsr]
        return_code = _EXC_RETURN_HANDLER if self.exceptions.active else _EXC_RETURN_THREAD
        control = engine.reg_read(reg.UC_ARM_REG_CONTROL) if self.has_float else 0
        if control & _FLOAT_ACTIVE:
            frame += [*(engine.reg_read(r) for r in _FLOAT_REGISTERS), 0]
            return_code &= ~_BASIC_FRAME
            engine.reg_write(reg.UC_ARM_REG_CONTROL, control & ~_FLOAT_ACTIVE)
        stack = (stack - 4 * len(frame)) & 0xFFFFFFFF
        try:
            engine.mem_write(stack, struct.pack(f"<{len(frame)}I", *frame))
        except UcError:  # the handler runs all the same, with nothing on the stack
            self.exceptions.cfsr |= _STACKING_BUS
        engine.reg_write(reg.UC_ARM_REG_SP, stack)
        engine.reg_write(reg.UC_ARM_REG_LR, return_code)
        self.exceptions.active.append(number)
        self._pc = struct.unpack("<I", engine.mem_read(self.vectors + 4 * number, 4))[0] & ~1
        self.counter.cycles += EXCEPTION_ENTRY_CYCLES

    def _leave_exception(self) -> None:
        """B1.5.8: the core seems to have branched to EXC_RETURN, and takes the frame from the stack."""
        if not self.exceptions.active:
            self.exceptions.cfsr |= _INVALID_STATE
            self._enter_fault(exceptions.USAGE_FAULT)
            return
        engine = self.engine
        with_floats = self.has_float and not self._pc & _BASIC_FRAME
        words = _BASIC_WORDS + (_FLOAT_WORDS if with_floats else 0)
        stack = engine.reg_read(reg.UC_ARM_REG_SP)
        frame = struct.unpack(f"<{words}I", engine.mem_read(stack, 4 * words))
        *registers, pc, xpsr = frame[:_BASIC_WORDS]
        for register, value in zip(_FRAME_REGISTERS, registers, strict=True):
            engine.reg_write(register, value)
        if with_floats:
            for register, value in zip(_FLOAT_REGISTERS, frame[_BASIC_WORDS:], strict=False):
                engine.reg_write(register, value)
            control = engine.reg_read(reg.UC_ARM_REG_CONTROL)
            engine.reg_write(reg.UC_ARM_REG_CONTROL, control | _FLOAT_ACTIVE)
        stack += 4 * words + (4 if xpsr & _ALIGNED_BIT else 0)
        engine.reg_write(reg.UC_ARM_REG_SP, stack)
        engine.reg_write(reg.UC_ARM_REG_XPSR, xpsr & ~0x1FF & ~_ALIGNED_BIT)
        self.exceptions.active.pop()
        self._pc = pc & ~1
        self.counter.cycles += EXCEPTION_ENTRY_CYCLES

    # --- faults -----------------------------------------------------------------------------------

    def _enter_fault(self, number: int) -> None:
        self._enter(self.exceptions.fault_target(number, self.primask, self.basepri))

    def _fault(self, error: int) -> None:
        """Turn an error of Unicorn into the fault that the chip would raise."""
        if error == unicorn_const.UC_ERR_EXCEPTION and self._interrupt is not None:
            return
        access, address = self._bad_access
        if error in (unicorn_const.UC_ERR_INSN_INVALID, unicorn_const.UC_ERR_EXCEPTION):
            thumb = self.engine.reg_read(reg.UC_ARM_REG_XPSR) & _THUMB_BIT
            self.exceptions.cfsr |= _UNDEFINED if thumb else _INVALID_STATE
            self._enter_fault(exceptions.USAGE_FAULT)
        elif (
            error in (unicorn_const.UC_ERR_FETCH_UNMAPPED, unicorn_const.UC_ERR_FETCH_PROT)
            or access in _FETCHES
        ):
            if self._pc >= 0xFFFFFFE0:  # a handler's return, seen as a fetch
                return
            if self.forbidden(self._pc):
                self.exceptions.cfsr |= _INSTRUCTION_VIOLATION
                self._enter_fault(exceptions.MEMORY_FAULT)
            else:
                self.exceptions.cfsr |= _INSTRUCTION_BUS
                self._enter_fault(exceptions.BUS_FAULT)
        elif self.forbidden(address):
            self.exceptions.cfsr |= _DATA_VIOLATION | _MEMORY_ADDRESS_VALID
            self.exceptions.mmfar = address
            self._enter_fault(exceptions.MEMORY_FAULT)
        elif access in _READS:
            self.exceptions.cfsr |= _PRECISE_BUS | _BUS_ADDRESS_VALID
            self.exceptions.bfar = address
            self._enter_fault(exceptions.BUS_FAULT)
        else:  # stores go through a buffer, so the core learns of the error later
            self.exceptions.cfsr |= _IMPRECISE_BUS
            self._enter_fault(exceptions.BUS_FAULT)

    def _on_interrupt(self, engine: Any, number: int, user: object) -> None:
        self._interrupt = number
        engine.emu_stop()

    def _on_bad_access(
        self, engine: Any, access: int, address: int, size: int, value: int, user: object
    ) -> bool:
        self._bad_access = (access, address)
        return False

    # --- costs ------------------------------------------------------------------------------------

    def _find_cost(self, address: int, size: int) -> BlockCost:
        cost = block_cost(self.core, bytes(self.engine.mem_read(address, size)), address)
        if self.traps_division:
            unknown = set(cost.divisions) - self._divisions
            if unknown:  # a hook takes effect on code that is translated after it was added
                self._unhooked_divisions |= unknown
                self.counter.stopped = 1
        return cost

    def _hook_divisions(self) -> None:
        for address in self._unhooked_divisions:
            self.counter.hook_division(address)
        self._divisions |= self._unhooked_divisions
        self._unhooked_divisions.clear()
        self.engine.ctl_flush_tb()
