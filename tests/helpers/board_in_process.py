"""A virtual board in this process, with firmware, for tests that look inside."""

from __future__ import annotations

from pathlib import Path

from engine.boards import BoardSpec, load_board
from engine.telemetry.frame import FrameDecoder, TelemetryFrame, Value, encode_frame
from engine.virtual_board.board import State, VirtualBoard
from tests.helpers.stub_firmware import fault_input


class Firmware:
    """A board with the stub firmware, and the host's end of its serial line."""

    def __init__(
        self,
        elf: Path,
        *,
        spec: BoardSpec | None = None,
        allow_compiled: bool = True,
        wait_states: bool = True,
    ) -> None:
        self.board = VirtualBoard(
            spec or load_board("stm32f407"), allow_compiled=allow_compiled, wait_states=wait_states
        )
        self.board.load_elf(elf)
        self.board.reset()
        self._decoder = FrameDecoder()
        self._sequence = 0

    def settle(self) -> list[TelemetryFrame]:
        """Run until the firmware sleeps; what it sent."""
        sent = b""
        for _ in range(2000):
            self.board.run_slice()
            sent += self.board.cpu.counter.take_sent()
            if self.board.state is not State.RUNNING:
                break
        return self._decoder.feed(sent)

    def send(self, kind: str, **values: Value) -> list[TelemetryFrame]:
        self.board.cpu.counter.receive(encode_frame(kind, self._sequence, values))
        self._sequence += 1
        return self.settle()

    def start(self, kind: str, **values: Value) -> None:
        """Put a request on the line without running the board."""
        self.board.cpu.counter.receive(encode_frame(kind, self._sequence, values))
        self._sequence += 1

    def received(self) -> list[TelemetryFrame]:
        """What the board has sent meanwhile."""
        return self._decoder.feed(self.board.cpu.counter.take_sent())

    def infer(self, data: bytes) -> bytes:
        for offset in range(0, len(data), 240):
            self.send("set_input", offset=offset, data=data[offset : offset + 240])
        frames = self.send("infer", flags=0)
        return next(frame.data("output") for frame in frames if frame.kind == "inference")

    def fault(self, which: int) -> TelemetryFrame:
        data = fault_input(which)
        for offset in range(0, len(data), 240):
            self.send("set_input", offset=offset, data=data[offset : offset + 240])
        self.board.cpu.counter.receive(encode_frame("infer", self._sequence, {"flags": 0}))
        for _ in range(200):
            self.board.run_slice()
            for frame in self._decoder.feed(self.board.cpu.counter.take_sent()):
                if frame.kind == "fault":
                    return frame
        raise AssertionError("no fault frame")
