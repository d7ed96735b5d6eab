"""Writing firmware through the probe contract: on a virtual board, and on a probe that misbehaves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pytest

from engine.device.flash import flash_image, read_image
from engine.device.probe import ProbeInfo, ProbeNotFound, VerificationFailed, WrongBoard
from engine.device.virtual_probe import VirtualProbe
from engine.errors import BadInputFile, Cancelled, DoesNotFit
from engine.events import CancelToken, Event, StageProgress, discard
from engine.telemetry.board_session import BoardSession
from tests.helpers.stub_firmware import expected_output, running_board

FLASH = 0x08000000


class MemoryProbe:
    """A chip in a byte array, with small pages; `broken` is an offset at which a bit sticks."""

    def __init__(
        self, *, board_id: str = "stm32f407", flash_bytes: int = 65536, broken: int = -1
    ) -> None:
        self.memory = bytearray(flash_bytes)
        self.halted = False
        self.restarts = 0
        self.symbols: dict[str, int] = {}
        self._broken = broken
        self._info = ProbeInfo("probe:1", "Probe", board_id, "chip", FLASH, flash_bytes, 1024, 256)

    def identify(self) -> ProbeInfo:
        return self._info

    def halt(self) -> None:
        self.halted = True

    def erase(self, address: int, size_bytes: int) -> None:
        assert self.halted
        start = (address - FLASH) // 1024 * 1024
        end = -(-(address - FLASH + size_bytes) // 1024) * 1024
        self.memory[start:end] = b"\xff" * (end - start)

    def write(self, address: int, data: bytes) -> None:
        at = address - FLASH
        assert self.memory[at : at + len(data)] == b"\xff" * len(data)
        self.memory[at : at + len(data)] = data
        if at <= self._broken < at + len(data):
            self.memory[self._broken] ^= 0x10

    def read(self, address: int, size_bytes: int) -> bytes:
        return bytes(self.memory[address - FLASH : address - FLASH + size_bytes])

    def set_symbols(self, symbols: Mapping[str, int]) -> None:
        self.symbols = dict(symbols)

    def reset(self) -> None:
        self.restarts += 1

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_an_erased_virtual_board_runs_what_was_flashed(stub_elf: Path) -> None:
    events: list[Event] = []
    with running_board() as board, board.probe() as probe:
        assert probe.statistics()["state"] == "erased"
        summary = flash_image(
            probe, stub_elf, board_id="stm32f407", report=events.append, cancel=CancelToken()
        )
        with BoardSession(board.uart_url) as session:
            data = bytes(range(200)) + bytes(290)
            assert session.run(data).output == expected_output(data)
        assert probe.statistics()["invoke_count"] == 1
    image = read_image(stub_elf)
    assert summary.bytes_written == len(image.data)
    assert summary.board == "stm32f407"
    assert list(summary.step_seconds) == ["erase", "write", "verify", "restart"]
    units = [event.unit for event in events if isinstance(event, StageProgress)]
    assert list(dict.fromkeys(units)) == ["bytes erased", "bytes written", "bytes verified"]


def test_other_firmware_replaces_what_runs(stub_elf: Path, large_stub_elf: Path) -> None:
    with running_board("--elf", str(stub_elf)) as board, board.probe() as probe:
        with BoardSession(board.uart_url) as session:
            assert session.hello().input_bytes == 490
        flash_image(probe, large_stub_elf, report=discard, cancel=CancelToken())
        with BoardSession(board.uart_url) as session:
            assert session.hello().input_bytes == 27_648


def test_every_byte_arrives_and_progress_is_told_page_by_page(stub_elf: Path) -> None:
    image = read_image(stub_elf)
    probe = MemoryProbe()
    events: list[StageProgress] = []

    def report(event: Event) -> None:
        assert isinstance(event, StageProgress)
        events.append(event)

    flash_image(probe, stub_elf, report=report, cancel=CancelToken())
    assert probe.memory[: len(image.data)] == image.data
    assert probe.restarts == 1
    assert "stub_invoke" in probe.symbols
    written = [event.done for event in events if event.unit == "bytes written"]
    steps = [after - before for before, after in zip([0, *written], written, strict=False)]
    assert written[-1] == len(image.data)
    assert sorted(steps) == [len(image.data) % 256, *[256] * (len(image.data) // 256)]
    assert all(event.done <= event.total for event in events)


def test_a_bit_that_sticks_is_found_and_the_program_is_not_started(stub_elf: Path) -> None:
    probe = MemoryProbe(broken=1000)
    with pytest.raises(VerificationFailed, match="0x080003E8"):
        flash_image(probe, stub_elf, report=discard, cancel=CancelToken())
    assert probe.restarts == 0


@pytest.mark.parametrize("unit", ["bytes erased", "bytes written", "bytes verified"])
def test_cancelling_stops_between_pages_and_leaves_the_board_halted(stub_elf: Path, unit: str) -> None:
    probe = MemoryProbe()
    cancel = CancelToken()
    seen: list[str] = []

    def report(event: Event) -> None:
        if isinstance(event, StageProgress):
            seen.append(event.unit)
            if event.unit == unit:
                cancel.cancel()

    with pytest.raises(Cancelled):
        flash_image(probe, stub_elf, report=report, cancel=cancel)
    assert seen.count(unit) == 1
    assert probe.restarts == 0


def test_firmware_for_another_board_is_not_written(stub_elf: Path) -> None:
    probe = MemoryProbe(board_id="stm32f746")
    with pytest.raises(WrongBoard, match="for stm32f407, the board at probe:1 is stm32f746"):
        flash_image(probe, stub_elf, board_id="stm32f407", report=discard, cancel=CancelToken())
    assert not probe.halted


def test_an_image_larger_than_the_flash_is_not_written(stub_elf: Path) -> None:
    probe = MemoryProbe(flash_bytes=4096)
    with pytest.raises(DoesNotFit, match="the board has 4096"):
        flash_image(probe, stub_elf, report=discard, cancel=CancelToken())
    assert not probe.halted


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"version https://git-lfs.github.com/spec/v1\n"])
def test_a_file_that_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "firmware.elf"
    path.write_bytes(content)
    with pytest.raises(BadInputFile, match=r"firmware\.elf"):
        read_image(path)
    with pytest.raises(BadInputFile, match=r"missing\.elf"):
        read_image(tmp_path / "missing.elf")


@pytest.mark.parametrize("port", [1, 70_000])
def test_a_virtual_board_that_is_not_there_is_reported(port: int) -> None:
    with pytest.raises(ProbeNotFound, match=f"virtual:{port}"):
        VirtualProbe(port)


def test_the_reset_vector_is_erased_first_and_written_last(stub_elf: Path) -> None:
    probe = MemoryProbe()
    probe.memory[:] = bytes(len(probe.memory))  # an older program
    vectors: list[tuple[str, bytes]] = []

    def report(event: Event) -> None:
        if isinstance(event, StageProgress):
            vectors.append((event.unit, bytes(probe.memory[:8])))

    flash_image(probe, stub_elf, report=report, cancel=CancelToken())
    erased, new = b"\xff" * 8, read_image(stub_elf).data[:8]
    assert {seen for unit, seen in vectors if unit == "bytes erased"} == {erased}
    written = [seen for unit, seen in vectors if unit == "bytes written"]
    assert set(written[:-1]) == {erased}
    assert written[-1] == new
