"""A serial port that leads to a virtual board and has a rate, so that both must agree on it."""

from __future__ import annotations

import json
import socket

from engine.telemetry.frame import DEFAULT_BAUD
from engine.telemetry.link import open_link
from tests.helpers.stub_firmware import Running


class RatedLine:
    """A `Link`. `real_bauds` names rates that the port's clock misses, and what it makes instead."""

    has_rate = True

    def __init__(self, board: Running, real_bauds: dict[int, int] | None = None) -> None:
        self.url = board.uart_url
        self._real_bauds = real_bauds or {}
        self._control = socket.create_connection(("127.0.0.1", board.control_port))
        self._answers = self._control.makefile("rb")
        self.board_baud = 0
        self.set_baud(DEFAULT_BAUD)
        self._link = open_link(board.uart_url)

    def read(self, timeout_seconds: float) -> bytes:
        return self._link.read(timeout_seconds)

    def write(self, data: bytes) -> None:
        self._link.write(data)

    def set_baud(self, baud: int) -> None:
        self.board_baud = self.control(command="line", baud=self._real_bauds.get(baud, baud))[
            "board_baud"
        ]

    def control(self, **request: object) -> dict[str, int]:
        """One command of the board's control port."""
        self._control.sendall(json.dumps(request).encode() + b"\n")
        answer: dict[str, int] = json.loads(self._answers.readline())
        assert answer["ok"], answer
        return answer

    def close(self) -> None:
        self._link.close()
        self._answers.close()
        self._control.close()
