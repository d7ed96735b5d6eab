"""An independent emulator runs the same image: QEMU's Netduino Plus 2 (STM32F405).

QEMU has no clock control, so that start-up waits in vain and falls back to the internal oscillator.
The image is the F407's, which is an F405 with Ethernet. Its stack and data lie in the CCM memory, and
QEMU 7.2 has none, so that its first write there ends in a bus fault: there they are linked into the RAM.

With `-icount shift=0` an instruction takes 1 ns of QEMU's time. Its cycle counter stands still, but its
TIM2 counts nanoseconds whatever the clock: divided by 16 for microseconds at 16 MHz, a tick is 16
instructions. The image therefore tells an inference's microseconds where another tells its cycles.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.boards import BoardSpec, load_board
from engine.firmware.build import build_firmware
from engine.firmware.generate import generate_model
from engine.micro_reference import MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.planning import plan_on_board, usual_optimise
from engine.telemetry.frame import FrameDecoder, TelemetryFrame, Value, encode_frame
from tests.helpers.board_in_process import Firmware
from tests.helpers.shared_data import shared_data
from tests.kernels.dsp.independent_layers import IndependentLayers

SECONDS = 60
F407 = load_board("stm32f407")
INTERNAL_OSCILLATOR_HZ = 16_000_000
INSTRUCTIONS_PER_TICK = 16
COUNT_TOLERANCE = 0.0005
INPUTS = 2


class Line:
    """The host's end of the serial line that QEMU has connected."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._decoder = FrameDecoder()
        self._frames: list[TelemetryFrame] = []
        self._sequence = 0

    def send(self, kind: str, **values: Value) -> None:
        self._connection.sendall(encode_frame(kind, self._sequence, values))
        self._sequence += 1

    def wait_for(self, kind: str) -> TelemetryFrame:
        while True:
            while self._frames:
                frame = self._frames.pop(0)
                if frame.kind == kind:
                    return frame
            data = self._connection.recv(4096)
            assert data, "QEMU has ended"
            self._frames += self._decoder.feed(data)

    def infer(self, data: bytes) -> TelemetryFrame:
        for offset in range(0, len(data), 240):
            self.send("set_input", offset=offset, data=data[offset : offset + 240])
            assert self.wait_for("ack").number("status") == 0
        self.send("infer", flags=0)
        return self.wait_for("inference")


def board_of(qemu: str) -> BoardSpec:
    """The F407, less the memory that this QEMU does not have."""
    command = [qemu, "-M", "netduinoplus2", "-S", "-display", "none", "-monitor", "stdio"]
    asked = subprocess.run(
        command, input="info mtree -f\nquit\n", capture_output=True, text=True, timeout=SECONDS
    )
    ccm = F407.region("data")
    if f"{ccm.origin:016x}-" in asked.stdout:
        return F407
    ram = msgspec.structs.replace(F407.region("arena"), use="arena+data")
    return msgspec.structs.replace(F407, regions=[F407.region("code"), ram])


@contextmanager
def running_qemu(qemu: str, elf: Path) -> Iterator[Line]:
    """QEMU with this image; the line to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        port = listener.getsockname()[1]
        serial = [*["-serial", "null"] * 2, "-serial", f"tcp:127.0.0.1:{port}"]  # USART3
        display = ["-display", "none", "-monitor", "none"]
        command = [qemu, "-M", "netduinoplus2", "-icount", "shift=0", *display, *serial]
        with subprocess.Popen([*command, "-kernel", str(elf)], stdin=subprocess.DEVNULL) as process:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(SECONDS)
                    yield Line(connection)
            finally:
                process.terminate()


def random_network(folder: Path) -> Path:
    """Three convolutions, one behind the other; all their outputs are outputs of the network."""
    layers = IndependentLayers(seed=7)
    same = {"stride": [1, 1], "padding": "SAME"}
    layers.add_chain(
        ("conv", {**same, "input": [12, 10, 8], "kernel": [3, 3], "output_channels": 16}),
        ("depthwise", {**same, "input": [12, 10, 16], "kernel": [3, 3]}),
        ("conv", {**same, "input": [12, 10, 16], "kernel": [1, 1], "output_channels": 24}),
    )
    layers.read(folder)
    return folder / "model.tflite"


def keyword_network(folder: Path) -> Path:
    """MLPerf Tiny's."""
    return shared_data("models", "tflite", "mlperf_kws_int8.tflite")


def build_with_microseconds(network: Path, folder: Path, board: BoardSpec) -> Path:
    """Firmware whose inference frames tell microseconds instead of cycles; returns the ELF file."""
    graph = read_tflite(network)
    plan = plan_on_board(graph, board, family=board.kernels)
    generated = generate_model(graph, plan.memory, plan.choices, folder / "source")
    with (generated.folder / "thimble_model.h").open("a", encoding="utf-8") as header:
        header.write("\n#define cycle_counter_read microseconds_read\n")
    build_firmware(generated, board, folder, optimise=usual_optimise(board))
    return folder / "firmware.elf"


@pytest.mark.parametrize("make_network", [random_network, keyword_network])
def test_qemu_gives_the_same_answers_after_as_many_instructions(
    tmp_path: Path, make_network: Callable[[Path], Path]
) -> None:
    qemu = shutil.which("qemu-system-arm")
    if qemu is None:
        pytest.skip("qemu-system-arm is not installed")
    network, board = make_network(tmp_path), board_of(qemu)
    elf = build_with_microseconds(network, tmp_path, board)
    reference = MicroReference(network)
    virtual_board = Firmware(elf, spec=board)
    virtual_board.settle()
    chance = np.random.default_rng(5)
    with running_qemu(qemu, elf) as line:
        assert line.wait_for("hello").number("clock_hz") == INTERNAL_OSCILLATOR_HZ
        for _ in range(INPUTS):
            data = chance.integers(-128, 128, reference.input_bytes).astype(np.int8).tobytes()
            answer = line.infer(data)
            assert virtual_board.infer(data) == answer.data("output") == reference.run_bytes(data)
            counted = virtual_board.board.cpu.counter.invoke_instructions
            ticks = answer.number("cycles")
            assert ticks * INSTRUCTIONS_PER_TICK == pytest.approx(counted, rel=COUNT_TOLERANCE)
