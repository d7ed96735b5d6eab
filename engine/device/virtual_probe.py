"""The probe of a virtual board: a client of its control port."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
from collections.abc import Mapping
from typing import Any

from engine.device.probe import Probe, ProbeInfo, ProbeNotFound
from engine.errors import BoardError

_TIMEOUT_SECONDS = 20.0
_WRITE_BYTES = 16 * 1024


class VirtualProbe(Probe):
    """Programs a running virtual board.

    Args:
        control_port: what the virtual board said when it started.

    Attributes:
        link: `virtual:CONTROLPORT`.
        uart_url: `socket://127.0.0.1:PORT`, the board's serial line.

    Raises:
        ProbeNotFound: no virtual board listens there.
    """

    def __init__(self, control_port: int) -> None:
        self.link = f"virtual:{control_port}"
        try:
            self._socket = socket.create_connection(("127.0.0.1", control_port), _TIMEOUT_SECONDS)
        except (OverflowError, OSError) as error:
            raise ProbeNotFound(
                f"No virtual board listens at {self.link}.",
                hint="Start one, or choose another link.",
                link=self.link,
            ) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")
        try:
            self.uart_url = str(self._ask("identify")["uart"])
        except BaseException:
            self.close()
            raise

    def identify(self) -> ProbeInfo:
        """See `Probe`."""
        answer = self._ask("identify")
        flash = answer["flash"]
        return ProbeInfo(
            link=self.link,
            name=f"Virtual {answer['name']}",
            board_id=answer["board"],
            chip=answer["core"],
            flash_origin=flash["origin"],
            flash_bytes=flash["size"],
            page_bytes=flash["page"],
            write_bytes=_WRITE_BYTES,
        )

    def halt(self) -> None:
        """See `Probe`."""
        self._ask("halt")

    def erase(self, address: int, size_bytes: int) -> None:
        """See `Probe`."""
        self._ask("erase", address=address, size=size_bytes)

    def write(self, address: int, data: bytes) -> None:
        """See `Probe`."""
        self._ask("write", address=address, data=base64.b64encode(data).decode())

    def read(self, address: int, size_bytes: int) -> bytes:
        """See `Probe`."""
        answer = self._ask("read", address=address, size=size_bytes)
        return base64.b64decode(answer["data"])

    def set_symbols(self, symbols: Mapping[str, int]) -> None:
        """See `Probe`: the virtual board counts the instructions of the model's invoke."""
        self._ask("symbols", symbols=dict(symbols))

    def reset(self) -> None:
        """See `Probe`."""
        self._ask("reset")

    def statistics(self) -> dict[str, Any]:
        """Exact counts of the last invoke: `instructions`, `cycles`, `invoke_count`.

        And the emulator's own: `total_instructions`, `total_cycles`, `processor_seconds`, `mips`.
        """
        return self._ask("statistics")

    def close(self) -> None:
        """See `Probe`."""
        with contextlib.suppress(OSError):
            self._answers.close()
            self._socket.close()

    def _ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        try:
            self._socket.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
            line = self._answers.readline()
            answer: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise BoardError(
                f"The virtual board at {self.link} does not answer.",
                hint="Start it again.",
                link=self.link,
            ) from error
        if not answer.pop("ok", False):
            raise BoardError(
                str(answer.get("message")), hint=str(answer.get("hint", "")), link=self.link
            )
        return answer
