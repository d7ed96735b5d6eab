"""What a fault frame means: the cause in words, and where it was in the firmware's sources.

Bits as the Armv7-M Architecture Reference Manual (DDI 0403E) has them in B3.2.15.
"""

from __future__ import annotations

from engine.code_places import CodePlace, CodePlaces
from engine.errors import BadInputFile, BoardError
from engine.telemetry.frame import TelemetryFrame

_EXCEPTIONS = {3: "hard fault", 4: "memory management fault", 5: "bus fault", 6: "usage fault"}
_STACKING = 1 << 12 | 1 << 4
_DATA_VIOLATION = 1 << 1
_MEMORY_ADDRESS_VALID = 1 << 7
_PRECISE_BUS = 1 << 9
_BUS_ADDRESS_VALID = 1 << 15
_CAUSES = {
    1 << 25: "a division by zero",
    1 << 24: "an unaligned access",
    1 << 19: "a floating-point instruction, and the unit is off",
    1 << 18: "a wrong return from an exception",
    1 << 17: "a jump to an address that is no Thumb code",
    1 << 16: "an instruction that the core does not have",
    1 << 10: "a store where it may not be",
    1 << 8: "a jump to where there is no memory",
    1 << 0: "a jump to where no code may run",
}


def fault_cause(frame: TelemetryFrame) -> str:
    """Why the core faulted, in words; empty where it does not tell, as on Cortex-M0+."""
    status = frame.number("cfsr")
    if status & _STACKING:
        return "the stack is full"
    if status & _DATA_VIOLATION and status & _MEMORY_ADDRESS_VALID:
        return f"an access to address 0x{frame.number('mmfar'):08X}, as through a null pointer"
    if status & _PRECISE_BUS and status & _BUS_ADDRESS_VALID:
        return f"an access to address 0x{frame.number('bfar'):08X}, where there is no memory"
    return next((cause for bit, cause in _CAUSES.items() if status & bit), "")


def fault_error(frame: TelemetryFrame, places: CodePlaces | None = None) -> BoardError:
    """A fault frame as an error.

    Args:
        frame: of kind `fault`.
        places: of the firmware that faulted, None if its ELF file is not at hand.

    Returns:
        An error whose facts are all registers, and as far as they are known `cause_words`, and
        `function`, `file`, `line` and `caller` of the instruction that faulted.
    """
    number = frame.number("cause")
    name = _EXCEPTIONS.get(number, f"exception {number}")
    facts: dict[str, object] = {k: v for k, v in frame.values.items() if isinstance(v, int)}
    where = _where(frame, places, facts)
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
