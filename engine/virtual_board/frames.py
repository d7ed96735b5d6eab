# SPDX-License-Identifier: GPL-2.0-or-later
"""What exception entry puts on the stack and exception return takes from it, and the two stack pointers.

Armv7-M Architecture Reference Manual (DDI 0403E): PushStack() and PopStack() of B1.5.6 to B1.5.8.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from unicorn import arm_const as reg
from unicorn.unicorn_py3.unicorn import UcError

THUMB_BIT = 1 << 24
EXCEPTION_BITS = 0x1FF
_ALIGNED_BIT = 1 << 9  # of the stacked xPSR: the frame was moved to 8 bytes
_IF_THEN_BITS = 3 << 25 | 0x3F << 10
_FRAME_REGISTERS = (
    reg.UC_ARM_REG_R0, reg.UC_ARM_REG_R1, reg.UC_ARM_REG_R2, reg.UC_ARM_REG_R3, reg.UC_ARM_REG_R12,
    reg.UC_ARM_REG_LR,
)  # fmt: skip
_FLOAT_REGISTERS = (*range(reg.UC_ARM_REG_S0, reg.UC_ARM_REG_S0 + 16), reg.UC_ARM_REG_FPSCR)
_BASIC_WORDS = 8
_FLOAT_WORDS = 18  # S0 to S15, FPSCR, and one that is reserved
_UNPRIVILEGED = 1 << 0  # CONTROL, B1.4.4
_PROCESS_STACK = 1 << 1
_FLOAT_ACTIVE = 1 << 2

# EXC_RETURN, B1.5.8
RETURN_TO_HANDLER = 0xFFFFFFF1
RETURN_TO_THREAD = 0xFFFFFFF9
RETURN_TO_PROCESS = 0xFFFFFFFD
_BASIC_FRAME = 1 << 4  # the frame holds no floating-point registers


class StackFault(Exception):  # noqa: N818 - of the firmware, not of ours
    """The frame cannot be written or read; `forbidden`: because of the MPU."""

    def __init__(self, *, forbidden: bool) -> None:
        self.forbidden = forbidden


class Frames:
    """Stack frames of one core.

    `check(address, bytes, writes)` raises `StackFault` where the stack may not be.
    """

    def __init__(
        self, engine: Any, check: Callable[[int, int, bool], None], *, has_float: bool, is_armv6: bool
    ) -> None:
        self._engine = engine
        self._check = check
        self._has_float = has_float
        self._is_armv6 = is_armv6

    @property
    def privileged(self) -> bool:
        """Whether the code that runs is (B1.3.1)."""
        if self._is_armv6:
            return True
        in_handler = self._engine.reg_read(reg.UC_ARM_REG_XPSR) & EXCEPTION_BITS
        return bool(in_handler or not self._engine.reg_read(reg.UC_ARM_REG_CONTROL) & _UNPRIVILEGED)

    def masks(self) -> tuple[bool, int, bool]:
        """PRIMASK, BASEPRI and FAULTMASK (B1.4.3)."""
        engine = self._engine
        xpsr = None if self.privileged else engine.reg_read(reg.UC_ARM_REG_XPSR)
        if xpsr is not None:  # the emulator shows them to privileged code only
            engine.reg_write(reg.UC_ARM_REG_XPSR, xpsr | THUMB_BIT | 3)
        primask = bool(engine.reg_read(reg.UC_ARM_REG_PRIMASK) & 1)
        basepri, faultmask = 0, False
        if not self._is_armv6:
            basepri = int(engine.reg_read(reg.UC_ARM_REG_BASEPRI)) & 0xFF
            faultmask = bool(engine.reg_read(reg.UC_ARM_REG_FAULTMASK) & 1)
        if xpsr is not None:
            engine.reg_write(reg.UC_ARM_REG_XPSR, xpsr)
        return primask, basepri, faultmask

    def reset(self, stack: int) -> None:
        """Registers as after a reset (B1.5.5)."""
        self.enter_handler(3)  # privileged, so that the masks can be written
        masks = (reg.UC_ARM_REG_PRIMASK, reg.UC_ARM_REG_BASEPRI, reg.UC_ARM_REG_FAULTMASK)
        for register in (*_FRAME_REGISTERS, *masks):
            self._engine.reg_write(register, 0)
        self._set_control(0)
        self._engine.reg_write(reg.UC_ARM_REG_XPSR, THUMB_BIT)
        self._engine.reg_write(reg.UC_ARM_REG_SP, stack & ~3)

    def enter_handler(self, number: int) -> None:
        """Handler mode, on the main stack; the if-then state of the interrupted code is gone."""
        engine = self._engine
        control = engine.reg_read(reg.UC_ARM_REG_CONTROL) & ~_PROCESS_STACK & ~_FLOAT_ACTIVE
        if self._is_armv6:  # the emulator takes CONTROL from it only in thread mode
            engine.reg_write(reg.UC_ARM_REG_CONTROL, control)
        flags = engine.reg_read(reg.UC_ARM_REG_XPSR) & ~EXCEPTION_BITS & ~_IF_THEN_BITS
        engine.reg_write(reg.UC_ARM_REG_XPSR, flags | THUMB_BIT | number)
        if not self._is_armv6:  # and from this one only when it is privileged
            engine.reg_write(reg.UC_ARM_REG_CONTROL, control)

    def push(self, pc: int, thumb: bool, active: int) -> int:
        """Put the frame on the stack that is in use.

        Args:
            pc: where the interrupted code goes on.
            thumb: its T bit.
            active: number of the exception that it handles, 0 for none.

        Returns:
            EXC_RETURN for the handler.

        Raises:
            StackFault: the frame has no memory. The stack pointer has moved all the same.
        """
        engine = self._engine
        xpsr = engine.reg_read(reg.UC_ARM_REG_XPSR) & ~EXCEPTION_BITS & ~_ALIGNED_BIT & ~THUMB_BIT
        xpsr |= active | (THUMB_BIT if thumb else 0)
        stack = engine.reg_read(reg.UC_ARM_REG_SP)
        control = engine.reg_read(reg.UC_ARM_REG_CONTROL)
        self.return_code = RETURN_TO_HANDLER
        if not active:
            on_process_stack = control & _PROCESS_STACK
            self.return_code = RETURN_TO_PROCESS if on_process_stack else RETURN_TO_THREAD
        if stack & 4:
            stack -= 4
            xpsr |= _ALIGNED_BIT
        frame = [*(engine.reg_read(r) for r in _FRAME_REGISTERS), pc, xpsr]
        if self._has_float and control & _FLOAT_ACTIVE:
            frame += [*(engine.reg_read(r) for r in _FLOAT_REGISTERS), 0]
            self.return_code &= ~_BASIC_FRAME
        size = 4 * len(frame)
        stack = (stack - size) & 0xFFFFFFFF
        engine.reg_write(reg.UC_ARM_REG_SP, stack)
        self._check(stack, size, True)
        try:
            engine.mem_write(stack, struct.pack(f"<{len(frame)}I", *frame))
        except UcError:
            raise StackFault(forbidden=False) from None
        return self.return_code

    def pop(self, return_code: int) -> tuple[int, int]:
        """Take the frame and go back to the mode and stack of EXC_RETURN.

        Returns:
            PC and xPSR of the frame; nothing has been written to the emulator's xPSR but the flags.

        Raises:
            StackFault: there is no memory; nothing has changed.
        """
        engine = self._engine
        process = return_code & 0xF == RETURN_TO_PROCESS & 0xF
        pointer = reg.UC_ARM_REG_PSP if process else reg.UC_ARM_REG_MSP
        with_floats = self._has_float and not return_code & _BASIC_FRAME
        words = _BASIC_WORDS + (_FLOAT_WORDS if with_floats else 0)
        stack = engine.reg_read(pointer)
        self._check(stack, 4 * words, False)
        try:
            frame = struct.unpack(f"<{words}I", engine.mem_read(stack, 4 * words))
        except UcError:
            raise StackFault(forbidden=False) from None
        *registers, pc, xpsr = frame[:_BASIC_WORDS]
        for register, value in zip(_FRAME_REGISTERS, registers, strict=True):
            engine.reg_write(register, value)
        if with_floats:
            for register, value in zip(_FLOAT_REGISTERS, frame[_BASIC_WORDS:], strict=False):
                engine.reg_write(register, value)
        stack += 4 * words + (4 if xpsr & _ALIGNED_BIT else 0)
        engine.reg_write(pointer, stack & 0xFFFFFFFF)
        control = engine.reg_read(reg.UC_ARM_REG_CONTROL) & ~_PROCESS_STACK & ~_FLOAT_ACTIVE
        control |= _PROCESS_STACK if process else 0
        control |= _FLOAT_ACTIVE if with_floats else 0
        if not self._is_armv6:
            engine.reg_write(reg.UC_ARM_REG_CONTROL, control)
        number = xpsr & EXCEPTION_BITS if return_code & 0xF == RETURN_TO_HANDLER & 0xF else 0
        engine.reg_write(
            reg.UC_ARM_REG_XPSR, xpsr & ~EXCEPTION_BITS & ~_ALIGNED_BIT | THUMB_BIT | number
        )
        if self._is_armv6:
            engine.reg_write(reg.UC_ARM_REG_CONTROL, control)
        return pc, xpsr

    def _set_control(self, value: int) -> None:
        """The emulator takes it only in thread mode, or only when it is privileged, by core."""
        self._engine.reg_write(reg.UC_ARM_REG_CONTROL, value)
        self._engine.reg_write(reg.UC_ARM_REG_XPSR, THUMB_BIT)
        self._engine.reg_write(reg.UC_ARM_REG_CONTROL, value)
