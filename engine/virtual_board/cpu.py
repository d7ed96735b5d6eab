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
from engine.virtual_board.frames import (
    EXCEPTION_BITS,
    RETURN_TO_HANDLER,
    RETURN_TO_PROCESS,
    RETURN_TO_THREAD,
    THUMB_BIT,
    Frames,
    StackFault,
)
from engine.virtual_board.mpu import EXECUTE, PRIVATE_BUS, READ, WRITE, Mpu, Protection
from engine.virtual_board.timing import (
    TAIL_CHAIN_CYCLES,
    BlockCost,
    alignment_of,
    block_cost,
    exception_cycles,
)

CORES = {
    "cortex-m4f": reg.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7f": reg.UC_CPU_ARM_CORTEX_M7,
    "cortex-m0plus": reg.UC_CPU_ARM_CORTEX_M0,
}

_RETURN_ADDRESS = 0xFFFFFFF8  # where the core seems to go when a handler returns through EXC_RETURN
_FIRST_EXC_RETURN = 0xFFFFFFE0
_WFI = b"\x30\xbf"
_WFE = b"\x20\xbf"
_PRIORITY_BITS = {"cortex-m0plus": 2}  # of 8, the highest; the others' makers chose 4

# CFSR, B3.2.15
_INSTRUCTION_VIOLATION = 1 << 0
_DATA_VIOLATION = 1 << 1
_UNSTACKING_VIOLATION = 1 << 3
_STACKING_VIOLATION = 1 << 4
_MEMORY_ADDRESS_VALID = 1 << 7
_INSTRUCTION_BUS = 1 << 8
_PRECISE_BUS = 1 << 9
_IMPRECISE_BUS = 1 << 10
_UNSTACKING_BUS = 1 << 11
_STACKING_BUS = 1 << 12
_BUS_ADDRESS_VALID = 1 << 15
_UNDEFINED = 1 << 16
_INVALID_STATE = 1 << 17
_INVALID_RETURN = 1 << 18
_UNALIGNED = 1 << 24
_DIVISION_BY_ZERO = 1 << 25

_INTERRUPT_SVC = 2
_INTERRUPT_DATA_ABORT = 4
_INTERRUPT_BREAKPOINT = 7

_FETCHES = {unicorn_const.UC_MEM_FETCH_UNMAPPED, unicorn_const.UC_MEM_FETCH_PROT}
_READS = {unicorn_const.UC_MEM_READ_UNMAPPED, unicorn_const.UC_MEM_READ_PROT}
_CLOSED = {
    unicorn_const.UC_MEM_READ_PROT,
    unicorn_const.UC_MEM_WRITE_PROT,
    unicorn_const.UC_MEM_FETCH_PROT,
}


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
        mpu: its registers.
        priority_mask: the bits of a priority that the core has.
        traps_division: whether a division by zero faults (CCR.DIV_0_TRP).
        traps_unaligned: whether unaligned accesses fault (CCR.UNALIGN_TRP), of code in flash. Without,
            LDM, STM, LDRD and their like do (A3.2.1) if their address is known as their block begins.
        returns_to_base: whether a handler may return to thread mode while others are active
            (CCR.NONBASETHRDENA, B3.2.8).
        sleeps_on_exit, wakes_on_pending: SCR.SLEEPONEXIT and SEVONPEND (B3.2.7).
        catch_up: makes what has become due since the core ran pending.
        lockup_reason: why the core has stopped for good, empty while it has not.
    """

    def __init__(self, board: BoardSpec, *, mpu_regions: int = 8, allow_compiled: bool = True) -> None:
        self.core = board.core
        self.has_float = board.core.endswith("f")
        self.is_armv6 = board.core == "cortex-m0plus"
        mode = unicorn_const.UC_MODE_THUMB
        if not self.is_armv6:
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
        self.priority_mask = 0xFF & ~(0xFF >> _PRIORITY_BITS.get(board.core, 4))
        self.exceptions = ExceptionState()
        self.mpu = Mpu(board.core, mpu_regions)
        self._protection = Protection(self.engine, self.mpu)
        self.frames = Frames(
            self.engine, self._check_stack, has_float=self.has_float, is_armv6=self.is_armv6
        )
        self.traps_division = self.returns_to_base = self.sleeps_on_exit = self.wakes_on_pending = False
        self.traps_unaligned = self._seeks_unaligned = False
        self._hooked_alignment = (False, False)
        self.catch_up: Callable[[], None] = lambda: None
        self.lockup_reason = ""
        self.counter: BlockCounter = make_counter(
            flash.origin, flash.size_bytes, allow_compiled=allow_compiled
        )
        self.counter.attach(self.engine, self._find_cost)
        self.engine.hook_add(unicorn_const.UC_HOOK_INTR, self._on_interrupt)
        unmapped_fetch = unicorn_const.UC_HOOK_MEM_FETCH_UNMAPPED
        self.engine.hook_add(unicorn_const.UC_HOOK_MEM_INVALID & ~unmapped_fetch, self._on_bad_access)
        self._flash = range(flash.origin, flash.origin + flash.size_bytes)
        self._bad_access = (0, 0)
        self._interrupt: int | None = None
        self._divisions: set[int] = set()
        self._unhooked_divisions: set[int] = set()
        self._pc = 0
        self._thumb = True
        self._asleep = b""  # the instruction that the core sleeps in
        self._rights_may_differ = True
        self._event = False  # WFE does not wait for it again, B1.5.18

    def reset(self, stack: int | None = None, start: int | None = None) -> bool:
        """Load the stack pointer and the program counter from the vector table (B1.5.5), if not given.

        Returns:
            False when there is no program: the table is erased flash.
        """
        self.exceptions = ExceptionState()
        self.traps_division = self.returns_to_base = self.sleeps_on_exit = self.wakes_on_pending = False
        self.traps_unaligned = False
        self._rights_may_differ = True
        self.lockup_reason = ""
        self._asleep, self._event, self._thumb = b"", False, True
        if stack is None or start is None:
            stack, start = struct.unpack("<II", self.engine.mem_read(self.vectors, 8))
        self.frames.reset(stack)
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

    def run(self, until_cycle: int) -> Stop:
        """Enter the exception that is due, then run until a cycle, a change that matters, or sleep."""
        try:
            if self.sleeps:
                return Stop.SLEEP
            self._asleep = b""
            state = self.exceptions
            if state.pending and state.next_exception(*self.frames.masks()) is not None:
                self._enter()
            self.counter.interrupt_masked = int(bool(state.pending & state.enabled))
            if self._rights_may_differ or self.mpu.changed:
                self._rights_may_differ = False
                self._update_protection()
            if (self.traps_unaligned, self._seeks_unaligned) != self._hooked_alignment:
                self._hook_alignment()
            self.counter.next_event = until_cycle
            self._run_unicorn()
            if self.counter.cycles < until_cycle:  # something has happened
                self._rights_may_differ = True
            return Stop.SLEEP if self._after_run() else Stop.EVENT
        except Lockup as lockup:
            self.lockup_reason = f"The core has locked up at 0x{self._pc:08X}: {lockup}."
            return Stop.LOCKUP

    def stop_soon(self) -> None:
        """From a peripheral: come back from `run` at the next block."""
        self.counter.next_event = 0

    @property
    def sleeps(self) -> bool:
        """Whether it sleeps, and nothing that is pending wakes it."""
        return bool(self._asleep) and not self._wakes(self.frames.masks())

    def _wakes(self, masks: tuple[bool, int, bool]) -> bool:
        """B1.5.18 and B1.5.19."""
        primask, basepri, faultmask = masks
        if self.exceptions.wakes(basepri, faultmask):
            return True
        return self._asleep == _WFE and self.wakes_on_pending and bool(self.exceptions.pending)

    def _run_unicorn(self) -> None:
        self.counter.stopped = 0
        self._interrupt = None
        self._bad_access = (0, 0)
        if not self._thumb:  # B1.5.7: the vector or the frame had no T bit
            self._thumb = True
            self._raise(exceptions.USAGE_FAULT, _INVALID_STATE)
            return
        if self._pc >= _FIRST_EXC_RETURN:  # it came from a vector: no code can be there
            self._raise(exceptions.MEMORY_FAULT, _INSTRUCTION_VIOLATION)
            return
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
        if self._pc >= _FIRST_EXC_RETURN:
            self._leave_exception()
            return bool(self._asleep)
        if self.counter.divided_by_zero:
            self.counter.divided_by_zero = 0
            self._raise(exceptions.USAGE_FAULT, _DIVISION_BY_ZERO)
            return False
        self._seeks_unaligned = bool(self.counter.unaligned_block)
        if self._seeks_unaligned:  # which instruction of the block is told by running it again, slowly
            self.counter.unaligned_block = 0
            return False
        if self.counter.unaligned:
            self.counter.unaligned = 0
            self._raise(exceptions.USAGE_FAULT, _UNALIGNED)
            return False
        if self._unhooked_divisions:
            self._hook_divisions()
        if self._interrupt is not None:
            self._take_instruction_exception(self._interrupt)
            return False
        if self.counter.stopped:
            return False
        if self._ended_with(_WFI):
            self._asleep = _WFI
        elif self._ended_with(_WFE):
            self._asleep = b"" if self._event else _WFE
            self._event = False
        if self._asleep and self._wakes(self.frames.masks()):
            self._asleep = b""
        return bool(self._asleep)

    def _take_instruction_exception(self, interrupt: int) -> None:
        if interrupt == _INTERRUPT_SVC:
            self._raise(exceptions.SVCALL)
        elif interrupt == _INTERRUPT_BREAKPOINT:  # without a debugger: B1.5.16
            self.exceptions.hfsr |= exceptions.DEBUG_EVENT
            self._raise(exceptions.HARD_FAULT)
        elif interrupt == _INTERRUPT_DATA_ABORT:  # DDI 0419 A3.2.1; on Armv7-M LDREX and its like
            self._raise(exceptions.USAGE_FAULT, _UNALIGNED)
        elif not self._protection.allows(self._pc, EXECUTE):
            self._raise(exceptions.MEMORY_FAULT, _INSTRUCTION_VIOLATION)
        else:
            self._raise(exceptions.USAGE_FAULT, _UNDEFINED)

    # --- exceptions -------------------------------------------------------------------------------

    def _raise(self, number: int, cause: int = 0) -> None:
        """A fault or a supervisor call of the instruction at hand; `cause` are bits of CFSR."""
        self._pend(number, cause)
        self._enter()

    def _pend(self, number: int, cause: int = 0) -> None:
        if not self.is_armv6:
            self.exceptions.cfsr |= cause
        self.exceptions.pending.add(self.exceptions.fault_target(number, *self.frames.masks()))

    def _enter(self) -> None:
        """Stack the frame, then enter what has the highest priority by now (B1.5.6).

        What comes during the stacking may thus overtake: late arrival, B1.5.12.

        A fault of the stacking itself is one more exception that is pending (B1.5.11).
        """
        active = self.exceptions.active[-1] if self.exceptions.active else 0
        fault = None
        try:
            self.frames.push(self._pc, self._thumb, active)
        except StackFault as found:
            fault = found
        self._thumb = True
        self.counter.cycles += exception_cycles(self.core)
        self.catch_up()
        if fault is not None and fault.forbidden:
            self._pend(exceptions.MEMORY_FAULT, _STACKING_VIOLATION)
        elif fault is not None:
            self._pend(exceptions.BUS_FAULT, _STACKING_BUS)
        self._take(self.frames.return_code)

    def _take(self, return_code: int) -> None:
        """ExceptionTaken() of B1.5.6: the handler begins, with EXC_RETURN in LR."""
        number = self.exceptions.next_exception(*self.frames.masks())
        assert number is not None
        self._rights_may_differ = True
        self.exceptions.pending.discard(number)
        self.exceptions.active.append(number)
        self.frames.enter_handler(number)
        self.engine.reg_write(reg.UC_ARM_REG_LR, return_code)
        self._event = True
        try:
            (vector,) = struct.unpack("<I", self.engine.mem_read(self.vectors + 4 * number, 4))
        except UcError:
            if self.exceptions.running_priority(*self.frames.masks()) <= -1:
                raise Lockup("the vector of its handler cannot be read") from None
            self.exceptions.active.pop()
            self.exceptions.hfsr |= exceptions.VECTOR_ERROR
            self.exceptions.pending.add(exceptions.HARD_FAULT)
            self._take(return_code)
            return
        self._pc = vector & ~1
        self._thumb = bool(vector & 1)

    def _leave_exception(self) -> None:
        """ExceptionReturn() of B1.5.8: the core seems to have branched to EXC_RETURN."""
        state = self.exceptions
        if not state.active:  # in thread mode that is only an address, where no code may be
            self._raise(exceptions.MEMORY_FAULT, _INSTRUCTION_VIOLATION)
            return
        code = self._pc | 1
        nested = len(state.active) > 1
        to_handler = code & 0xF == RETURN_TO_HANDLER & 0xF
        known = to_handler or code & 0xF in (RETURN_TO_THREAD & 0xF, RETURN_TO_PROCESS & 0xF)
        if state.active.pop() != exceptions.NMI and not self.is_armv6:
            self.engine.reg_write(reg.UC_ARM_REG_FAULTMASK, 0)
        self._event = self._rights_may_differ = True
        if not known or to_handler != nested and not (nested and self.returns_to_base):
            self._pend(exceptions.USAGE_FAULT, _INVALID_RETURN)
        self.catch_up()
        if state.next_exception(*self.frames.masks()) is not None:  # tail-chaining: B1.5.12
            self.counter.cycles += TAIL_CHAIN_CYCLES
            self._take(code)
            return
        try:
            self._pc, xpsr = self.frames.pop(code)
        except StackFault as fault:
            if fault.forbidden:
                self._pend(exceptions.MEMORY_FAULT, _UNSTACKING_VIOLATION)
            else:
                self._pend(exceptions.BUS_FAULT, _UNSTACKING_BUS)
            self._take(code)
            return
        self._pc &= ~1
        self._thumb = bool(xpsr & THUMB_BIT)
        self.counter.cycles += exception_cycles(self.core)
        if bool(xpsr & EXCEPTION_BITS) != to_handler:
            self._raise(exceptions.USAGE_FAULT, _INVALID_RETURN)
        elif self.sleeps_on_exit and not state.active and not self._wakes(self.frames.masks()):
            self._asleep = _WFI

    def _update_protection(self) -> None:
        """Code with other rights may run from now on."""
        priority = exceptions.LOWEST
        if self.mpu.enabled:
            priority = self.exceptions.running_priority(*self.frames.masks())
        self._protection.update(self.frames.privileged, priority)

    def _check_stack(self, address: int, size: int, writes: bool) -> None:
        """Whether a frame may be there."""
        right = WRITE if writes else READ
        self._update_protection()
        if self._protection.in_use and not all(
            self._protection.allows(a, right) for a in range(address, address + size, 4)
        ):
            raise StackFault(forbidden=True)
        if writes and (address in self._flash or address + size - 1 in self._flash):
            raise StackFault(forbidden=False)

    # --- faults -----------------------------------------------------------------------------------

    def _fault(self, error: int) -> None:
        """Turn an error of Unicorn into the fault that the chip would raise."""
        if error == unicorn_const.UC_ERR_EXCEPTION and self._interrupt is not None:
            return
        access, address = self._bad_access
        if error in (unicorn_const.UC_ERR_INSN_INVALID, unicorn_const.UC_ERR_EXCEPTION):
            thumb = self.engine.reg_read(reg.UC_ARM_REG_XPSR) & THUMB_BIT
            self._raise(exceptions.USAGE_FAULT, _UNDEFINED if thumb else _INVALID_STATE)
        elif (
            error in (unicorn_const.UC_ERR_FETCH_UNMAPPED, unicorn_const.UC_ERR_FETCH_PROT)
            or access in _FETCHES
        ):
            if self._pc >= _FIRST_EXC_RETURN:  # a handler's return, seen as a fetch
                return
            if not self._protection.allows(self._pc, EXECUTE):
                self._raise(exceptions.MEMORY_FAULT, _INSTRUCTION_VIOLATION)
            else:
                self._raise(exceptions.BUS_FAULT, _INSTRUCTION_BUS)
        elif address not in PRIVATE_BUS and not self._protection.allows(
            address, READ if access in _READS else WRITE
        ):
            self.exceptions.mmfar = address
            self._raise(exceptions.MEMORY_FAULT, _DATA_VIOLATION | _MEMORY_ADDRESS_VALID)
        elif access in _READS or address in PRIVATE_BUS:
            self.exceptions.bfar = address
            self._raise(exceptions.BUS_FAULT, _PRECISE_BUS | _BUS_ADDRESS_VALID)
        else:  # stores go through a buffer, so the core learns of the error later
            self._raise(exceptions.BUS_FAULT, _IMPRECISE_BUS)

    def _on_interrupt(self, engine: Any, number: int, user: object) -> None:
        self._interrupt = number
        engine.emu_stop()

    def _on_bad_access(
        self, engine: Any, access: int, address: int, size: int, value: int, user: object
    ) -> bool:
        """True: the access is allowed after all."""
        right = READ if access in _READS else EXECUTE if access in _FETCHES else WRITE
        if access in _CLOSED and self._protection.opens(address, right):
            if right == WRITE:  # which the emulator leaves to us
                engine.mem_write(address, (value & ((1 << 8 * size) - 1)).to_bytes(size, "little"))
            return True
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

    def _hook_alignment(self) -> None:
        if any(self._hooked_alignment):
            self.counter.unhook_alignment()
        traps_all = self.traps_unaligned
        self._hooked_alignment = (traps_all, self._seeks_unaligned)
        self.counter.looks_for_unaligned = not any(self._hooked_alignment)
        if any(self._hooked_alignment):
            self.counter.hook_alignment(
                lambda address, size: alignment_of(
                    bytes(self.engine.mem_read(address, size)), address, traps_all=traps_all
                )
            )
        self.engine.ctl_flush_tb()

    def _hook_divisions(self) -> None:
        for address in self._unhooked_divisions:
            self.counter.hook_division(address)
        self._divisions |= self._unhooked_divisions
        self._unhooked_divisions.clear()
        self.engine.ctl_flush_tb()
