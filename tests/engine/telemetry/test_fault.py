"""Faults planted in real firmware on virtual boards, told with cause, function and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.boards import load_board
from engine.code_places import CodePlaces
from engine.errors import BadInputFile, BoardError
from engine.telemetry.board_session import BoardSession
from engine.telemetry.fault import fault_cause, fault_error
from engine.telemetry.frame import FRAME_TYPES, TelemetryFrame
from tests.helpers.board_in_process import Firmware
from tests.helpers.stub_firmware import SOURCES, build_stub, fault_input, running_board

MODEL = (SOURCES / "model.c").read_text("utf-8").splitlines()


def lines_of(text: str) -> set[int]:
    """Numbers of the lines of model.c that hold a text."""
    found = {number for number, line in enumerate(MODEL, start=1) if text in line}
    assert found
    return found


def body_of(function: str) -> set[int]:
    """Numbers of the lines of a function of model.c."""
    (start,) = (n for n, line in enumerate(MODEL, 1) if f" {function}(" in line and line[-1] == ")")
    end = next(n for n, line in enumerate(MODEL, 1) if n > start and line == "}")
    return set(range(start, end + 1))


@pytest.fixture(scope="module", params=["stm32f407", "stm32f746", "stm32g0b1"])
def board_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def elf(board_id: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_stub(tmp_path_factory.mktemp(f"fault-{board_id}"), board=board_id)


NULL, DIVISION, OVERFLOW, UNALIGNED = 1, 3, 4, 7
ARMV7_FAULTS = {
    NULL: ({"load_from_null"}, lines_of("*)4u"), "access to address 0x00000004"),
    DIVISION: ({"stub_invoke", "plant_fault"}, lines_of("udiv"), "a division by zero"),
    OVERFLOW: ({"recurse"}, body_of("recurse"), "the stack is full"),
}
ARMV6_FAULTS = {
    OVERFLOW: ({"recurse"}, body_of("recurse"), ""),
    UNALIGNED: ({"load_unaligned"}, lines_of('"ldr %0'), ""),
}


def test_planted_faults_are_told_with_function_and_line(elf: Path, board_id: str) -> None:
    spec = load_board(board_id)
    planted = ARMV6_FAULTS if spec.core == "cortex-m0plus" else ARMV7_FAULTS
    for which, (functions, lines, cause) in planted.items():
        firmware = Firmware(elf, spec=spec)
        firmware.settle()
        error = fault_error(firmware.fault(which), CodePlaces(elf))
        assert error.facts["function"] in functions
        assert error.facts["file"] == "model.c"
        assert error.facts["line"] in lines, error.message
        assert f"in {error.facts['function']} (model.c:{error.facts['line']})" in error.message
        assert cause in error.message


def test_a_jump_away_is_told_by_its_caller(elf: Path, board_id: str) -> None:
    firmware = Firmware(elf, spec=load_board(board_id))
    firmware.settle()
    error = fault_error(firmware.fault(5), CodePlaces(elf))
    assert "at 0x60000000, called in " in error.message
    assert error.facts["line"] in lines_of("0x60000001u")


def test_without_the_firmware_the_address_is_told(elf: Path, board_id: str, tmp_path: Path) -> None:
    firmware = Firmware(elf, spec=load_board(board_id))
    firmware.settle()
    frame = firmware.fault(2)
    address = f"at 0x{frame.number('pc'):08X}"
    for places in (None, CodePlaces(tmp_path / "removed.elf")):
        error = fault_error(frame, places)
        assert address in error.message
        assert "function" not in error.facts


def test_the_file_of_other_firmware_is_not_believed(elf: Path, board_id: str, tmp_path: Path) -> None:
    firmware = Firmware(elf, spec=load_board(board_id))
    (hello,) = firmware.settle()
    told = hello.text("model_hash"), hello.number("flash_bytes")
    assert CodePlaces(elf).is_of(*told)
    assert not CodePlaces(elf).is_of("fedcba9876543210", told[1])
    assert not CodePlaces(elf).is_of(told[0], told[1] + 4)
    (tmp_path / "x.elf").write_bytes(b"\x7fELF and then nothing")
    with pytest.raises(BadInputFile, match=r"x\.elf"):
        CodePlaces(tmp_path / "x.elf").is_of(*told)


def test_lines_are_not_flashed(elf: Path) -> None:
    image = elf.with_suffix(".bin").read_bytes()
    assert b"model.c" in elf.read_bytes()
    assert b"model.c" not in image
    assert str(elf.parent).encode() not in elf.read_bytes()


def test_a_session_tells_where_the_firmware_faulted(stub_elf: Path) -> None:
    with (
        running_board("--elf", str(stub_elf)) as board,
        BoardSession(board.uart_url) as session,
    ):
        session.learn_places(CodePlaces(stub_elf))
        with pytest.raises(BoardError, match=r"in \w+ \(model\.c:\d+\) at 0x08.*: a division by zero"):
            session.run(fault_input(DIVISION))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (1 << 24, "unaligned"),
        (1 << 16, "does not have"),
        (1 << 12 | 1 << 10, "stack is full"),
        (1 << 10, "store"),
        (0, ""),
    ],
)
def test_the_cause_is_told_in_words(status: int, words: str) -> None:
    names = next(kind for kind in FRAME_TYPES if kind.name == "fault").fields
    frame = TelemetryFrame("fault", 0, {name: 0 for name, _ in names} | {"cfsr": status})
    assert words in fault_cause(frame)
