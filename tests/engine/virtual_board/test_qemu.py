"""An independent emulator runs the same image: QEMU's Netduino Plus 2 (STM32F405).

QEMU has no clock control, so that start-up waits in vain and falls back to the internal oscillator; and
no CCM memory, so that the image is the F446's, whose stack lies in the RAM that every STM32F4 has.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from engine.telemetry.frame import FrameDecoder, TelemetryFrame, Value, encode_frame
from tests.helpers.stub_firmware import build_stub, expected_output

SECONDS = 60


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


def test_qemu_starts_the_image_and_gets_the_same_answer(tmp_path: Path) -> None:
    qemu = shutil.which("qemu-system-arm")
    if qemu is None:
        pytest.skip("qemu-system-arm is not installed")
    elf = build_stub(tmp_path, board="stm32f446")
    data = bytes(range(200)) + bytes(290)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        port = listener.getsockname()[1]
        serial = ["-serial", "null", "-serial", f"tcp:127.0.0.1:{port}"]  # USART2 is the second
        display = ["-display", "none", "-monitor", "none"]
        command = [qemu, "-M", "netduinoplus2", "-icount", "shift=0", *display, *serial]
        with subprocess.Popen([*command, "-kernel", str(elf)], stdin=subprocess.DEVNULL) as process:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(SECONDS)
                    line = Line(connection)
                    assert line.wait_for("hello").number("clock_hz") == 16_000_000
                    for offset in range(0, len(data), 240):
                        line.send("set_input", offset=offset, data=data[offset : offset + 240])
                        assert line.wait_for("ack").number("status") == 0
                    line.send("infer", flags=0)
                    assert line.wait_for("inference").data("output") == expected_output(data)
            finally:
                process.terminate()
