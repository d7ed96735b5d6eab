"""The probe of a virtual board: a client of its control port, and how to start one."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine import child
from engine.device.probe import ProbeInfo, ProbeNotFound
from engine.errors import BoardError

_TIMEOUT_SECONDS = 20.0
_START_SECONDS = 60.0  # the first start compiles the emulator's inner loop
_WRITE_BYTES = 16 * 1024


class VirtualProbe:
    """Programs a running virtual board.

    Args:
        link: `virtual:CONTROLPORT`.

    Raises:
        ProbeNotFound: no virtual board listens there.
    """

    def __init__(self, link: str) -> None:
        self.link = link
        try:
            port = int(link.removeprefix("virtual:"))
            self._socket = socket.create_connection(("127.0.0.1", port), _TIMEOUT_SECONDS)
        except (ValueError, OSError) as error:
            raise ProbeNotFound(
                f"No virtual board listens at {link}.",
                hint="Start one, or choose another link.",
                link=link,
            ) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")

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
        """Instructions and cycles, in all and of the last invoke: see engine/virtual_board/server.py."""
        return self._ask("statistics")

    def close(self) -> None:
        """See `Probe`."""
        with contextlib.suppress(OSError):
            self._answers.close()
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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


class RunningVirtualBoard:
    """A virtual board in its own process, which ends with this object's `close` or with our process.

    Attributes:
        uart_url: `socket://127.0.0.1:PORT`, its serial line.
        control_port: for `VirtualProbe`.
        link: `virtual:CONTROLPORT`.
    """

    def __init__(self, process: child.Child, uart_url: str, control_port: int) -> None:
        self._process = process
        self.uart_url = uart_url
        self.control_port = control_port
        self.link = f"virtual:{control_port}"

    @property
    def running(self) -> bool:
        """Whether the process still lives."""
        return self._process.running

    def close(self) -> None:
        """End the process."""
        self._process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start_virtual_board(
    board_id: str, elf: Path | None = None, *, listen_port: int = 0, pace: bool = False
) -> RunningVirtualBoard:
    """Start a virtual board in its own process.

    Args:
        board_id: which board.
        elf: firmware to begin with; None for an erased chip, which waits to be programmed.
        listen_port: TCP port of the serial line, 0 for any.
        pace: never run faster than the real board would.

    Raises:
        BoardError: it could not start; the message is its own.
    """
    arguments = ["--board", board_id, "--listen", str(listen_port)]
    if elf is not None:
        arguments += ["--elf", str(elf)]
    if pace:
        arguments += ["--pace"]
    process = child.start("virtual-board", arguments)
    try:
        line = process.read_line(_START_SECONDS)
        event: dict[str, Any] = json.loads(line) if line else {"event": "failed"}
        if event["event"] == "listening":
            return RunningVirtualBoard(process, event["uart"], event["control_port"])
        raise BoardError(
            event.get("message", "The virtual board could not be started."),
            hint=event.get("hint", "Run: thimble-cli doctor"),
            details=process.error_text,
        )
    except BaseException:
        process.stop()
        raise
