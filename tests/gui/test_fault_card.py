"""The fault card over frames that real firmware sent from the virtual board."""

from __future__ import annotations

import pytest

from engine.code_places import CodePlaces
from engine.telemetry.fault import FaultKind, fault_error
from gui.widgets import fault_card
from gui.widgets.fault_card import FaultCard
from tests.helpers.board_in_process import Firmware
from tests.helpers.stub_firmware import build_stub

PLANTED = {
    0: ("The program used address 0x60000000, where there is no memory.", "PRECISERR"),
    1: ("The program used an empty pointer: address 0x00000004.", "DACCVIOL"),
    2: ("The program came to an instruction that the chip lacks.", "UNDEFINSTR"),
    3: ("The program divided by zero.", "DIVBYZERO"),
    4: ("The program needed more stack than there is.", "STKERR"),
    5: ("The program jumped to where there is no memory.", "IBUSERR"),
    6: ("The program wrote where it may not write.", "IMPRECISERR"),
}


@pytest.fixture(scope="module")
def elf(tmp_path_factory):
    return build_stub(tmp_path_factory.mktemp("stub"))


@pytest.fixture
def card(qtbot):
    card = FaultCard()
    qtbot.addWidget(card)
    return card


def told(elf, which, *, places=True):
    """What the recorder tells of a planted fault."""
    firmware = Firmware(elf)
    firmware.settle()
    error = fault_error(firmware.fault(which), CodePlaces(elf) if places else None)
    return {"event": "fault", "message": error.message, "hint": error.hint, **error.facts}


@pytest.mark.parametrize("which", PLANTED)
def test_planted_faults_are_said_with_place_and_status_bits(card, elf, which):
    fault = told(elf, which)
    card.show_fault(fault)
    sentence, bit = PLANTED[which]
    assert card.verdict.title.text() == sentence
    place, advice = card.verdict.sentence.text().splitlines()
    assert f"{fault['function']} (model.c:{fault['line']})" in place
    assert advice
    details = card.details._text.toPlainText()
    assert bit in details
    assert "FORCED" in details
    assert f"PC    0x{fault['pc']:08X}" in details


def test_the_details_are_folded_and_can_be_copied(card, elf, qtbot):
    card.show_fault(told(elf, 0))
    assert card.details._text.isHidden()
    with qtbot.waitSignal(card.copied) as copied:
        card.details._copy.click()
    assert "fault address: 0x60000000" in copied.args[0]
    assert "BFARVALID" in copied.args[0]


def test_without_the_firmware_the_address_is_said(card, elf):
    fault = told(elf, 2, places=False)
    card.show_fault(fault)
    assert f"At address 0x{fault['pc']:08X}." in card.verdict.sentence.text()


def test_a_core_that_does_not_tell_why_is_said(card, tmp_path):
    card.show_fault({"kind": "unknown", "cause": 3, "exception": "hard fault", "cfsr": 0, "pc": 0x100})
    assert card.verdict.title.text() == "The program did something that the chip does not allow."
    assert "does not tell more" in card.verdict.sentence.text()


def test_the_card_goes_when_the_board_runs_again(card, elf):
    card.show_fault(told(elf, 3))
    assert not card.isHidden()
    card.show_fault({})
    assert card.isHidden()


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_has_a_sentence_and_advice(kind):
    fault = {"kind": kind.value, "address": 4}
    sentence = fault_card.fault_sentence(fault)
    assert sentence.endswith(".")
    assert (sentence == fault_card.fault_sentence({"kind": "unknown"})) == (kind is FaultKind.UNKNOWN)
    assert fault_card.advice(fault).endswith(".")
