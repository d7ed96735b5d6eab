"""The program on the board stopped: what happened, where, what to do, and the registers."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from gui.widgets.primitives import Button, text_column
from gui.widgets.verdict import Details, Verdict

_REGISTERS = ("pc", "lr", "xpsr", "r0", "r1", "r2", "r3", "r12")
# firmware for another chip makes these: it reads memory and uses instructions that are not there
_OF_ANOTHER_CHIP = {"no_memory", "unknown_instruction", "jump_to_no_memory", "float_unit_off"}


def tr(text: str) -> str:
    """The text in the language in force."""
    return QCoreApplication.translate("FaultCard", text)


class FaultCard(QWidget):
    """A fault frame in words, a button that restarts the board, and details. Hidden without one."""

    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.verdict = Verdict("bad")
        self.restart = Button(self.tr("Restart the board"), "", "restart")
        self.verdict.add_action(self.restart)
        self.details = Details()
        self.details.copied.connect(self.copied)
        self.setLayout(text_column(self.verdict, self.details, gap=8))
        self._shown: dict[str, object] = {}
        self.hide()

    def show_fault(self, fault: dict[str, object]) -> None:
        """Show what the recorder told of a fault; an empty one hides the card."""
        self.setVisible(bool(fault))
        if not fault or fault == self._shown:
            return
        self._shown = fault
        place = place_words(fault)
        sentence = f"{place}\n{advice(fault)}" if place else advice(fault)
        self.verdict.set("bad", fault_sentence(fault), sentence)
        self.details.fold()
        self.details.set_text(fault_details(fault))


def fault_sentence(fault: dict[str, object]) -> str:
    """One sentence: what the program did, by the engine's `FaultKind`."""
    sentences = {
        "stack_full": tr("The program needed more stack than there is."),
        "forbidden_address": tr("The program used an empty pointer: address {address}."),
        "no_memory": tr("The program used address {address}, where there is no memory."),
        "division_by_zero": tr("The program divided by zero."),
        "unaligned": tr("The program read a number from an address that is not aligned."),
        "float_unit_off": tr("The program used the floating-point unit while it was switched off."),
        "wrong_return": tr("The program returned from an interrupt in a wrong way."),
        "no_thumb_code": tr("The program jumped to an address that is no code."),
        "unknown_instruction": tr("The program came to an instruction that the chip lacks."),
        "wrong_store": tr("The program wrote where it may not write."),
        "jump_to_no_memory": tr("The program jumped to where there is no memory."),
        "jump_to_data": tr("The program jumped to where no code may run."),
        "unknown": tr("The program did something that the chip does not allow."),
    }
    words = sentences.get(str(fault.get("kind")), sentences["unknown"])
    return words.format(address=_hex(fault.get("address")))


def place_words(fault: dict[str, object]) -> str:
    """Function, file and line, and who called it; '' where nothing is known."""
    function, file = str(fault.get("function", "")), str(fault.get("file", ""))
    if not function:
        address = _number(fault, "pc")
        return tr("At address {address}.").format(address=_hex(address)) if address else ""
    place = f"{function} ({file}:{fault.get('line', 0)})" if file else function
    if fault.get("caller"):
        words = tr("In {place}, called from {caller}.")
        return words.format(place=place, caller=fault["caller"])
    return tr("In {place}.").format(place=place)


def advice(fault: dict[str, object]) -> str:
    """What to do next."""
    kind = fault.get("kind")
    if kind == "stack_full":
        return tr("Restart the board. If it stops again, flash it again, then send us the details.")
    if kind in _OF_ANOTHER_CHIP:
        return tr("Check that your chip is the one chosen under Board, then flash it again.")
    if kind == "unknown" and not _number(fault, "cfsr"):
        return tr("This chip does not tell more. Restart it; if it stops again, send us the details.")
    return tr("Restart the board. If it stops at the same place again, send us the details.")


def fault_details(fault: dict[str, object]) -> str:
    """Place, status bits in words and registers, as lines for a report."""
    lines = [str(fault.get("message", "")), ""]
    exception = f"{fault.get('exception', '')} ({_number(fault, 'cause')})"
    lines.append(tr("exception: {name}").format(name=exception))
    address = fault.get("address")
    words = _hex(address) if address is not None else tr("not known")
    lines.append(tr("fault address: {address}").format(address=words))
    for name, bits in (("cfsr", cfsr_bits()), ("hfsr", hfsr_bits())):
        value = _number(fault, name)
        lines.append(f"{name.upper()}  {_hex(value)}")
        lines += [f"      {text}" for bit, text in bits.items() if value >> bit & 1]
    for name in _REGISTERS:
        lines.append(f"{name.upper():<5} {_hex(_number(fault, name))}")
    return "\n".join(lines).strip()


def cfsr_bits() -> dict[int, str]:
    """Bits of the configurable fault status register: Armv7-M ARM (DDI 0403E) B3.2.15."""
    return {
        0: "IACCVIOL: " + tr("code fetched where none may run"),
        1: "DACCVIOL: " + tr("data used at a forbidden address"),
        3: "MUNSTKERR: " + tr("memory fault while registers were restored"),
        4: "MSTKERR: " + tr("memory fault while registers were saved"),
        5: "MLSPERR: " + tr("memory fault while floating-point registers were saved"),
        7: "MMARVALID: " + tr("the address of the memory fault is known"),
        8: "IBUSERR: " + tr("no memory where code was fetched"),
        9: "PRECISERR: " + tr("no memory at a known address"),
        10: "IMPRECISERR: " + tr("a write failed some instructions ago"),
        11: "UNSTKERR: " + tr("bus fault while registers were restored"),
        12: "STKERR: " + tr("bus fault while registers were saved"),
        13: "LSPERR: " + tr("bus fault while floating-point registers were saved"),
        15: "BFARVALID: " + tr("the address of the bus fault is known"),
        16: "UNDEFINSTR: " + tr("unknown instruction"),
        17: "INVSTATE: " + tr("jump to what is no Thumb code"),
        18: "INVPC: " + tr("wrong return from an interrupt"),
        19: "NOCP: " + tr("floating-point unit off or missing"),
        24: "UNALIGNED: " + tr("address not aligned"),
        25: "DIVBYZERO: " + tr("division by zero"),
    }


def hfsr_bits() -> dict[int, str]:
    """Bits of the hard fault status register: B3.2.16."""
    return {
        1: "VECTTBL: " + tr("the table of interrupts could not be read"),
        30: "FORCED: " + tr("a fault that its own handler could not take"),
        31: "DEBUGEVT: " + tr("a debug event without a debugger"),
    }


def _number(fault: dict[str, object], name: str) -> int:
    value = fault.get(name, 0)
    return value if isinstance(value, int) else 0


def _hex(value: object) -> str:
    return f"0x{value:08X}" if isinstance(value, int) else ""
