"""What a fault frame means: the cause in words, and where it was in the firmware's sources.

Bits as the Armv7-M Architecture Reference Manual (DDI 0403E) has them in B3.2.15.
"""

from __future__ import annotations

from enum import StrEnum

from engine.code_places import CodePlace, CodePlaces
from engine.errors import BadInputFile, BoardError
from engine.telemetry.frame import TelemetryFrame

_EXCEPTIONS = {3: "hard fault", 4: "memory management fault", 5: "bus fault", 6: "usage fault"}
_STACKING = 1 << 12 | 1 << 4
_DATA_VIOLATION = 1 << 1
_MEMORY_ADDRESS_VALID = 1 << 7
_PRECISE_BUS = 1 << 9
_BUS_ADDRESS_VALID = 1 << 15


class FaultKind(StrEnum):
    """What went wrong, for the window to say in its own words."""

    STACK_FULL = "stack_full"
    FORBIDDEN_ADDRESS = "forbidden_address"
    NO_MEMORY = "no_memory"
    DIVISION_BY_ZERO = "division_by_zero"
    UNALIGNED = "unaligned"
    FLOAT_UNIT_OFF = "float_unit_off"
    WRONG_RETURN = "wrong_return"
    NO_THUMB_CODE = "no_thumb_code"
    UNKNOWN_INSTRUCTION = "unknown_instruction"
    WRONG_STORE = "wrong_store"
    JUMP_TO_NO_MEMORY = "jump_to_no_memory"
    JUMP_TO_DATA = "jump_to_data"
    UNKNOWN = "unknown"


_KINDS = {
    1 << 25: FaultKind.DIVISION_BY_ZERO,
    1 << 24: FaultKind.UNALIGNED,
    1 << 19: FaultKind.FLOAT_UNIT_OFF,
    1 << 18: FaultKind.WRONG_RETURN,
    1 << 17: FaultKind.NO_THUMB_CODE,
    1 << 16: FaultKind.UNKNOWN_INSTRUCTION,
    1 << 10: FaultKind.WRONG_STORE,
    1 << 8: FaultKind.JUMP_TO_NO_MEMORY,
    1 << 0: FaultKind.JUMP_TO_DATA,
}
_CAUSES = {
    FaultKind.STACK_FULL: "the stack is full",
    FaultKind.FORBIDDEN_ADDRESS: "an access to address 0x{address:08X}, as through a null pointer",
    FaultKind.NO_MEMORY: "an access to address 0x{address:08X}, where there is no memory",
    FaultKind.DIVISION_BY_ZERO: "a division by zero",
    FaultKind.UNALIGNED: "an unaligned access",
    FaultKind.FLOAT_UNIT_OFF: "a floating-point instruction, and the unit is off",
    FaultKind.WRONG_RETURN: "a wrong return from an exception",
    FaultKind.NO_THUMB_CODE: "a jump to an address that is no Thumb code",
    FaultKind.UNKNOWN_INSTRUCTION: "an instruction that the core does not have",
    FaultKind.WRONG_STORE: "a store where it may not be",
    FaultKind.JUMP_TO_NO_MEMORY: "a jump to where there is no memory",
    FaultKind.JUMP_TO_DATA: "a jump to where no code may run",
    FaultKind.UNKNOWN: "",
}


def fault_kind(frame: TelemetryFrame) -> tuple[FaultKind, int | None]:
    """What went wrong, and the address that was accessed where the core knows it.

    `FaultKind.UNKNOWN` where the core does not tell, as on Cortex-M0+.
    """
    status = frame.number("cfsr")
    if status & _STACKING:
        return FaultKind.STACK_FULL, None
    if status & _DATA_VIOLATION and status & _MEMORY_ADDRESS_VALID:
        return FaultKind.FORBIDDEN_ADDRESS, frame.number("mmfar")
    if status & _PRECISE_BUS and status & _BUS_ADDRESS_VALID:
        return FaultKind.NO_MEMORY, frame.number("bfar")
    return next((kind for bit, kind in _KINDS.items() if status & bit), FaultKind.UNKNOWN), None


def fault_cause(frame: TelemetryFrame) -> str:
    """Why the core faulted, in words; empty where it does not tell, as on Cortex-M0+."""
    kind, address = fault_kind(frame)
    return _CAUSES[kind].format(address=address)


def fault_error(frame: TelemetryFrame, places: CodePlaces | None = None) -> BoardError:
    """A fault frame as an error.

    Args:
        frame: of kind `fault`.
        places: of the firmware that faulted, None if its ELF file is not at hand.

    Returns:
        An error whose facts are all registers, `kind`, `exception` and, where known, `address`,
        `cause_words`, and `function`, `file`, `line` and `caller` of the instruction that faulted.
    """
    number = frame.number("cause")
    name = _EXCEPTIONS.get(number, f"exception {number}")
    facts: dict[str, object] = {k: v for k, v in frame.values.items() if isinstance(v, int)}
    where = _where(frame, places, facts)
    kind, address = fault_kind(frame)
    facts |= {"kind": kind.value, "exception": name}
    if address is not None:
        facts["address"] = address
    cause = fault_cause(frame)
    if cause:
        facts["cause_words"] = cause
    return BoardError(
        f"The firmware stopped with a {name}{where}{f': {cause}' if cause else ''}.",
        hint="Flash the firmware again; if it stops again, send the report.",
        **facts,
    )


def _where(frame: TelemetryFrame, places: CodePlaces | None, facts: dict[str, object]) -> str:
    """The words for the place, and its parts put into the facts."""
    address, return_address = frame.number("pc"), frame.number("lr")
    at: CodePlace | None = None
    caller: CodePlace | None = None
    if places is not None:
        try:
            at, caller = places.place(address), places.call_before(return_address)
        except BadInputFile:  # removed since
            pass
    jumped = at is None and caller is not None
    place = at or caller
    if place is not None:
        facts |= {"function": place.function, "file": place.file, "line": place.line}
    if at is not None and caller is not None and caller.function != at.function:
        facts["caller"] = str(caller)
    known = f" in {place}" if place is not None else ""
    if not address:  # nothing could be stacked
        return known
    if jumped:
        return f" at 0x{address:08X}, called{known}"
    called = f", called from {facts['caller']}" if "caller" in facts else ""
    return f"{known} at 0x{address:08X}{called}"
