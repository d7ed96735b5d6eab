"""The boot loader in the chip's ROM: real sockets and ptys, and the virtual board's ROM behind them."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.board_access import open_board
from engine.boards import board_ids, load_board
from engine.device.flash import flash_image, read_image
from engine.device.probe import ProbeNotFound, WrongBoard
from engine.device.serial_bootloader import SerialBootloader
from engine.errors import BoardError, Cancelled
from engine.events import CancelToken, Event, LogLine, StageProgress, discard
from engine.telemetry.board_session import BoardSession
from tests.helpers.pseudo_terminal import terminal_to
from tests.helpers.stub_firmware import Running, expected_output, running_board

DATA = bytes(range(200)) + bytes(290)


def control(board: Running, **request: object) -> dict[str, object]:
    """One command to the virtual board's control port."""
    with socket.create_connection(("127.0.0.1", board.control_port), 20) as connection:
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as answers:
            return dict(json.loads(answers.readline()))


def restart(board: Running, *, boot0: bool) -> str:
    """Set the pin, press reset; returns what the board does then."""
    control(board, command="pins", boot0=boot0)
    return str(control(board, command="reset")["state"])


def works(board: Running) -> bool:
    with BoardSession(board.uart_url) as session:
        return session.run(DATA).output == expected_output(DATA)


def test_a_board_flashed_over_its_serial_line_runs_and_answers_there(stub_elf: Path) -> None:
    events: list[Event] = []
    with running_board("--boot0") as board, open_board(board.uart_url, "stm32f407") as access:
        summary = access.flash(stub_elf, report=events.append, cancel=CancelToken())
        assert access.session().run(DATA).output == expected_output(DATA)
        assert access.time_figure(1.0, "ms", load_board("stm32f407")).basis == "simulated"
    assert summary.bytes_written == len(read_image(stub_elf).data)
    assert summary.board == "stm32f407"
    units = [event.unit for event in events if isinstance(event, StageProgress)]
    assert list(dict.fromkeys(units)) == ["bytes erased", "bytes written", "bytes verified"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_it_flashes_through_a_serial_port(stub_elf: Path) -> None:
    with running_board("--boot0") as board:
        with terminal_to(board.uart_url) as port, SerialBootloader(port) as loader:
            flash_image(loader, stub_elf, board_id="stm32f407", report=discard, cancel=CancelToken())
        assert works(board)


class CutLine:
    """A TCP relay that breaks after so many bytes from the host, as a pulled cable does."""

    def __init__(self, target_url: str, after_bytes: int) -> None:
        target = urlsplit(target_url)
        self._left = after_bytes
        self._board = socket.create_connection((target.hostname, target.port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        host, _ = self._listener.accept()
        back = threading.Thread(target=self._back, args=(host,))
        back.start()
        with contextlib.suppress(OSError):
            while self._left > 0 and (data := host.recv(4096)):
                self._board.sendall(data[: self._left])
                self._left -= len(data)
        for end in (host, self._board):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        back.join(10)
        for end in (host, self._board, self._listener):
            end.close()

    def _back(self, host: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := self._board.recv(4096):
                host.sendall(data)

    def close(self) -> None:
        self._thread.join(10)


@contextlib.contextmanager
def cut_line(url: str, after_bytes: int) -> Iterator[str]:
    line = CutLine(url, after_bytes)
    yield line.url
    line.close()


def test_after_a_cut_at_any_point_no_half_program_starts_and_it_can_be_flashed_again(
    stub_elf: Path,
) -> None:
    size = len(read_image(stub_elf).data)
    chance = random.Random(1)
    cuts = sorted(chance.randrange(30, int(1.1 * size)) for _ in range(20))  # writes send every byte
    written: list[int] = []
    complete = 0

    def report(event: Event) -> None:
        if isinstance(event, StageProgress) and event.unit == "bytes written":
            written.append(event.done)

    with running_board("--boot0") as board:
        for cut in cuts:
            written.clear()
            assert restart(board, boot0=True) == "boot rom"
            with cut_line(board.uart_url, cut) as url, pytest.raises(BoardError) as caught:
                with SerialBootloader(url) as loader:
                    flash_image(loader, stub_elf, report=report, cancel=CancelToken())
            whole = written[-1:] == [size]
            complete += whole
            assert ("not compared" if whole else "incomplete") in caught.value.hint
            state = restart(board, boot0=False)
            assert (state != "erased") == whole, f"cut after {cut} bytes sent, {written[-1:]} written"
        assert 0 < complete < 10
        restart(board, boot0=True)
        with SerialBootloader(board.uart_url) as loader:
            flash_image(loader, stub_elf, report=discard, cancel=CancelToken())
        assert works(board)
        assert restart(board, boot0=False) in ("running", "asleep")
        assert works(board)


def test_cancel_waits_for_a_whole_block_and_tells_the_state_of_the_board(stub_elf: Path) -> None:
    cancel = CancelToken()
    told: list[str] = []

    def report(event: Event) -> None:
        if isinstance(event, StageProgress) and event.unit == "bytes written":
            cancel.cancel()
        if isinstance(event, LogLine):
            told.append(event.text)

    with running_board("--boot0") as board:
        with SerialBootloader(board.uart_url) as loader:
            with pytest.raises(Cancelled):
                flash_image(loader, stub_elf, report=report, cancel=cancel)
            assert loader.identify().board_id == "stm32f407"  # in step with the ROM still
        assert restart(board, boot0=False) == "erased"
    assert len(told) == 1
    assert "incomplete" in told[0]


def test_running_firmware_is_told_apart_from_silence(stub_elf: Path) -> None:
    with running_board("--elf", str(stub_elf)) as board:
        with pytest.raises(ProbeNotFound) as caught:
            SerialBootloader(board.uart_url)
        assert "BOOT0" in caught.value.hint
        assert caught.value.facts["picture"] == "boot0"
    with running_board() as board, pytest.raises(ProbeNotFound, match="No boot loader answers"):
        SerialBootloader(board.uart_url)


def test_read_out_protection_is_named(stub_elf: Path) -> None:
    with running_board("--boot0") as board:
        control(board, command="protect", on=True)
        restart(board, boot0=True)
        with SerialBootloader(board.uart_url) as loader:
            with pytest.raises(BoardError, match="read-out protection"):
                flash_image(loader, stub_elf, report=discard, cancel=CancelToken())


def test_what_the_boot_loader_refuses_is_an_error_that_names_it() -> None:
    with running_board("--boot0") as board, SerialBootloader(board.uart_url) as loader:
        origin = loader.identify().flash_origin
        loader.write(origin, bytes(256))
        with pytest.raises(BoardError, match="refused the write to 0x08000000"):
            loader.write(origin, b"\xff" * 256)  # a flash cannot set bits without an erase
        with pytest.raises(BoardError, match="refused the address 0x30000000"):
            loader.read(0x3000_0000, 16)
        assert loader.read(origin, 4) == bytes(4)  # still in step


def test_a_second_program_finds_the_boot_loader_still_in_step() -> None:
    with running_board("--boot0") as board:
        for _ in range(3):
            with SerialBootloader(board.uart_url) as loader:
                assert loader.identify().chip == "0x413"


def test_firmware_for_another_chip_is_not_written(stub_elf: Path) -> None:
    with running_board("--boot0") as board, SerialBootloader(board.uart_url) as loader:
        with pytest.raises(WrongBoard):
            flash_image(loader, stub_elf, board_id="stm32h743", report=discard, cancel=CancelToken())


@pytest.mark.parametrize("board_id", [b for b in board_ids() if load_board(b).chip_id])
def test_sectors_cover_the_flash_and_an_erase_takes_those_it_touches(board_id: str) -> None:
    flash = load_board(board_id).region("code")
    starts = flash.page_starts()
    bounds = [*starts, flash.origin + flash.size_bytes]
    assert starts[0] == flash.origin
    sizes = [end - start for start, end in zip(bounds, bounds[1:], strict=False)]
    assert min(sizes) > 0
    assert max(sizes) == flash.page_bytes
    assert flash.pages(flash.origin, flash.size_bytes) == list(range(len(starts)))
    assert flash.pages(starts[3] - 1, 2) == [2, 3]
    assert flash.pages(starts[3], 1) == [3]
