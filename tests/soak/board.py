"""What speaks the firmware's protocol as fast as the line takes it: `python -m tests.soak.board`.

It answers what a recorder asks, and when told to run freely it sends so many inference frames without a
pause. Frames are encoded beforehand, one for each of the 65,536 sequence numbers.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import socket
import sys
import tty

from engine.telemetry.frame import FrameDecoder, Status, TelemetryFrame, Value, encode_frame

CLOCK_HZ = 100_000_000
OUTPUT = bytes(range(10))
_SEQUENCES = 1 << 16
_FRAMES_PER_WRITE = 256
# the board's clock, 32 bits of microseconds, comes around with the sequence number
_FRAME_US = (1 << 32) // _SEQUENCES


def cycles_of(sequence: int) -> int:
    """What the frame with this sequence number says its inference took."""
    return 100_000 + sequence


def _inference(sequence: int) -> bytes:
    values: dict[str, Value] = {
        "timestamp_us": sequence * _FRAME_US,
        "cycles": cycles_of(sequence),
        "status": 0,
        "output": OUTPUT,
    }
    return encode_frame("inference", sequence, values)


class SoakBoard:
    """The board's side of one line.

    Args:
        frames: inferences that it sends when it runs freely.
    """

    def __init__(self, frames: int = 0) -> None:
        self._left = frames
        self._encoded = [_inference(number) for number in range(_SEQUENCES)] if frames else []
        self._sequence = 0

    def serve(self, line: int, ended: int = -1) -> None:
        """Answer on this file descriptor until the other side closes it or `ended` can be read."""
        decoder = FrameDecoder()
        watched = [line] if ended < 0 else [line, ended]
        while True:
            ready, _, _ = select.select(watched, [], [])
            if ended in ready:
                return
            with contextlib.suppress(BlockingIOError):
                data = os.read(line, 4096)
                if not data:
                    return
                for request in decoder.feed(data):
                    self._answer(line, request)

    def _answer(self, line: int, request: TelemetryFrame) -> None:
        self._send(line, "ack", request=request.sequence, status=int(Status.OK))
        if request.kind == "ask_hello":
            self._send(line, "hello", **_HELLO)
        elif request.kind == "ask_stats":
            self._send(line, "stats", **_STATS, uptime_us=self._sequence * _FRAME_US)
        elif request.kind == "run_freely" and request.number("period_us"):
            self._stream(line)

    def _send(self, line: int, kind: str, **values: Value) -> None:
        _write(line, encode_frame(kind, self._sequence, values))
        self._sequence = (self._sequence + 1) % _SEQUENCES

    def _stream(self, line: int) -> None:
        while self._left:
            count = min(_FRAMES_PER_WRITE, self._left, _SEQUENCES - self._sequence)
            _write(line, b"".join(self._encoded[self._sequence : self._sequence + count]))
            self._sequence = (self._sequence + count) % _SEQUENCES
            self._left -= count


_HELLO: dict[str, Value] = {
    "protocol": 1, "reset_cause": 1, "capabilities": 0, "clock_hz": CLOCK_HZ, "input_bytes": 4,
    "output_bytes": len(OUTPUT), "arena_bytes": 1024, "data_bytes": 64, "stack_bytes": 2048,
    "flash_bytes": 8192, "layer_count": 1, "chunk_bytes": 240, "window_bytes": 1023,
    "model_hash": "0123456789abcdef", "board_id": "soak",
}  # fmt: skip
_STATS: dict[str, Value] = {
    "stack_high_water_bytes": 0, "lost_frames": 0, "damaged_frames": 0, "unknown_frames": 0,
    "overruns": 0,
}  # fmt: skip


def _write(line: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(line, rest) :]


def open_terminal() -> tuple[int, int, str]:
    """A pseudo-terminal that changes no byte: its two ends, and the name of the host's."""
    board, host = os.openpty()
    tty.setraw(host)
    return board, host, os.ttyname(host)


def main() -> int:
    """Print where the line is, then serve it until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.board", description=__doc__)
    parser.add_argument("--over", choices=("socket", "terminal"), required=True)
    parser.add_argument("--frames", type=int, required=True)
    given = parser.parse_args()
    board = SoakBoard(given.frames)
    if given.over == "terminal":
        line, _host, name = open_terminal()
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        board.serve(line, sys.stdin.fileno())
        return 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"socket://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        connection, _ = listener.accept()
        with connection:
            board.serve(connection.fileno(), sys.stdin.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
