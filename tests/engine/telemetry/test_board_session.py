"""The whole conversation with real firmware on a virtual board, over a real socket."""

from __future__ import annotations

import random
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from engine.errors import BoardError
from engine.telemetry.answers import Hello
from engine.telemetry.board_session import BoardSession
from engine.telemetry.frame import (
    Capability,
    FrameDecoder,
    TelemetryFrame,
    Value,
    encode_frame,
)
from tests.helpers.noisy_line import noisy_line
from tests.helpers.pseudo_terminal import terminal_to
from tests.helpers.stub_firmware import Running, expected_output, fault_input, running_board


@pytest.fixture
def board(stub_elf: Path) -> Iterator[Running]:
    with running_board("--elf", str(stub_elf)) as board:
        yield board


def test_hello_says_what_the_firmware_is(board: Running) -> None:
    with BoardSession(board.uart_url) as session:
        hello = session.hello()
    assert hello.board_id == "stm32f407"
    assert hello.model_hash == "0123456789abcdef"
    assert hello.clock_hz == 168_000_000
    assert (hello.input_bytes, hello.output_bytes, hello.layer_count) == (490, 10, 2)
    assert hello.arena_bytes == 506
    assert hello.stack_bytes == 2048
    assert Capability.KEEPS_INPUT in hello.capabilities
    assert hello.reset_cause == 1


def test_inferences_answer_for_their_own_input(board: Running) -> None:
    generator = random.Random(1)
    with BoardSession(board.uart_url) as session:
        hello = session.hello()
        for _ in range(20):
            data = bytes([generator.randrange(200)]) + generator.randbytes(hello.input_bytes - 1)
            inference = session.run(data)
            assert inference.output == expected_output(data)
            assert inference.status == 0
            assert inference.latency_us == pytest.approx(inference.cycles / 168)
        assert session.decoder.lost == 0


def test_an_input_too_large_to_keep_is_sent_in_chunks(large_stub_elf: Path) -> None:
    generator = random.Random(2)
    with running_board("--elf", str(large_stub_elf)) as board, BoardSession(board.uart_url) as session:
        hello = session.hello()
        assert Capability.KEEPS_INPUT not in hello.capabilities
        for _ in range(5):
            data = b"\0" + generator.randbytes(hello.input_bytes - 1)
            assert session.run(data).output == expected_output(data)
        stats = session.stats()
    assert stats.overruns == 0
    assert stats.damaged_frames == 0


def test_layers_add_up_to_about_the_whole(board: Running) -> None:
    with BoardSession(board.uart_url) as session:
        data = bytes(490)
        whole = session.run(data).cycles
        layers = session.layers(data)
    assert len(layers) == 2
    assert sum(layers) == pytest.approx(whole, abs=60)  # reading the counter costs a few cycles


def test_the_stack_high_water_lies_within_the_stack(board: Running) -> None:
    with BoardSession(board.uart_url) as session:
        hello = session.hello()
        session.run(bytes(490))
        used = session.stats().stack_high_water_bytes
    assert 0 < used < hello.stack_bytes


def test_running_freely_repeats_the_kept_input_until_stopped(board: Running) -> None:
    data = bytes(range(1, 201)).ljust(490, b"\7")
    with BoardSession(board.uart_url) as session:
        session.run(data)
        session.run_freely(2000)
        outputs: list[bytes] = []
        times: list[int] = []
        while len(outputs) < 12:
            for frame in session.poll(5.0):
                assert frame.kind == "inference"
                outputs.append(frame.data("output"))
                times.append(frame.number("timestamp_us"))
        other = bytes(490)
        assert session.run(other).output == expected_output(other)  # stops it by itself
    assert set(outputs) == {expected_output(data)}
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert min(gaps) >= 1900


def test_an_input_of_the_wrong_size_is_refused(board: Running) -> None:
    with (
        BoardSession(board.uart_url) as session,
        pytest.raises(BoardError, match="489 bytes, the firmware on the board takes 490"),
    ):
        session.run(bytes(489))


@pytest.mark.parametrize("seed", range(3))
def test_answers_stay_right_on_a_noisy_line(board: Running, seed: int) -> None:
    generator = random.Random(seed)
    with (
        noisy_line(board.uart_url, bytes_per_error=2500, seed=seed) as line,
        BoardSession(line.url, timeout_seconds=0.2, inference_timeout_seconds=0.5) as session,
    ):
        for _ in range(30):
            data = b"\0" + generator.randbytes(489)
            assert session.run(data).output == expected_output(data)
        assert line.errors > 0


def test_a_fault_is_told_and_a_reset_brings_the_board_back(board: Running) -> None:
    with BoardSession(board.uart_url) as session:
        with pytest.raises(BoardError, match="stopped with a hard fault at 0x08") as caught:
            session.run(fault_input(0))
        assert caught.value.facts["bfar"] == 0x60000000
        session.reset()
        hello = session.hello()
        assert hello.reset_cause == 3
        assert session.run(bytes(490)).output == bytes(10)


class ForgetfulBoard:
    """A board in a thread: loses its first ack of infer, and sends its second answer late."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._sequence = 0
        self._data = b""
        self._inferences = 0
        self._late: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        decoder = FrameDecoder()
        with connection:
            while received := connection.recv(4096):
                for frame in decoder.feed(received):
                    connection.sendall(b"".join(self._answer(frame)))

    def _answer(self, frame: TelemetryFrame) -> list[bytes]:
        late, self._late = self._late, []
        ack = self._encode("ack", request=frame.sequence, status=0)
        match frame.kind:
            case "ask_hello":
                values: dict[str, Value] = dict.fromkeys(Hello.__dataclass_fields__, 0)
                values |= {"protocol": 1, "input_bytes": 4, "chunk_bytes": 4, "window_bytes": 64}
                values |= {"clock_hz": 1_000_000, "board_id": "", "model_hash": ""}
                return [ack, self._encode("hello", **values)]
            case "set_input":
                self._data = frame.data("data")
            case "infer":
                self._inferences += 1
                inference = self._encode(
                    "inference", timestamp_us=0, cycles=1, status=0, output=self._data
                )
                if self._inferences == 1:
                    return [inference]
                if self._inferences == 2:
                    self._late = [inference]
                    return [ack]
                return [*late, ack, inference]
        return [*late, ack]

    def _encode(self, kind: str, **values: Value) -> bytes:
        self._sequence += 1
        return encode_frame(kind, self._sequence, values)

    def close(self) -> None:
        self._thread.join(5)
        self._listener.close()


def test_a_late_answer_is_not_taken_for_that_of_the_next_input() -> None:
    board = ForgetfulBoard()
    with BoardSession(board.url, timeout_seconds=0.1, inference_timeout_seconds=0.1) as session:
        assert session.run(b"one!").output == b"one!"
        assert session.run(b"two!").output == b"two!"
        assert session.run(b"more").output == b"more"
    board.close()


def test_a_silent_port_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        with (
            BoardSession(url, timeout_seconds=0.05) as session,
            pytest.raises(BoardError, match="does not answer") as caught,
        ):
            session.hello()
        assert "firmware is flashed" in caught.value.hint


def test_a_port_that_is_not_there_is_reported() -> None:
    with pytest.raises(BoardError, match="cannot be opened"):
        BoardSession("socket://127.0.0.1:1")
    with pytest.raises(BoardError, match="no port"):
        BoardSession("/dev/no-such-port")


def test_a_link_to_a_virtual_board_that_is_gone_is_reported() -> None:
    with pytest.raises(BoardError, match="No virtual board answers at virtual:1"):
        BoardSession("virtual:1")


def test_a_virtual_board_is_found_by_its_control_port(board: Running) -> None:
    with BoardSession(f"virtual:{board.control_port}") as session:
        assert session.hello().board_id == "stm32f407"


def test_a_board_that_goes_away_is_reported(stub_elf: Path) -> None:
    with running_board("--elf", str(stub_elf)) as board, BoardSession(board.uart_url) as session:
        session.hello()
        board.process.stop()
        with pytest.raises(BoardError, match="was lost"):
            session.hello()


def test_changing_the_rate_keeps_the_conversation(board: Running) -> None:
    with BoardSession(board.uart_url) as session:
        session.change_baud(921_600)
        assert session.run(bytes(490)).output == bytes(10)
        with pytest.raises(BoardError, match="refused baud"):
            session.change_baud(50)
        assert session.hello().clock_hz == 168_000_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_serial_port_works_as_a_socket_does(board: Running) -> None:
    with terminal_to(board.uart_url) as port, BoardSession(port) as session:
        assert session.hello().board_id == "stm32f407"
        session.change_baud(230_400)
        data = b"\0" + random.Random(5).randbytes(489)
        assert session.run(data).output == expected_output(data)


def test_pyserial_opens_the_virtual_board(board: Running) -> None:
    with serial.serial_for_url(board.uart_url, timeout=10) as port:
        port.write(encode_frame("ask_hello", 0))
        decoder = FrameDecoder()
        frames = []
        while len(frames) < 2:
            frames += decoder.feed(port.read(1))
    assert [frame.kind for frame in frames] == ["ack", "hello"]
