"""A byte stream to a board: a serial port, or the socket of a virtual board."""

from __future__ import annotations

import contextlib
import json
import select
import socket
from typing import Any

import serial

from engine.errors import BoardError
from engine.telemetry.frame import DEFAULT_BAUD

_READ_BYTES = 1 << 16
_WRITE_TIMEOUT_SECONDS = 5.0
_CONTROL_TIMEOUT_SECONDS = 5.0


class Link:
    """An open stream. All failures are `BoardError`.

    Attributes:
        url: what was opened, a port name or `socket://host:port`.
        is_socket: whether it is a virtual board's.
    """

    def __init__(self, url: str, *, baud: int = DEFAULT_BAUD) -> None:
        self.url = url
        self.is_socket = "://" in url
        try:
            self._port: Any = serial.serial_for_url(
                url,
                baudrate=baud,
                # The socket's read waits for all it was asked for, so it must not wait at all.
                timeout=0 if self.is_socket else None,
                write_timeout=_WRITE_TIMEOUT_SECONDS,
                **({} if self.is_socket else {"exclusive": True}),
            )
        except (serial.SerialException, ValueError, OSError) as error:
            raise BoardError(
                f"The port {url} cannot be opened: {_reason(error)}.",
                hint="Check the cable, and that no other program uses the port.",
                link=url,
            ) from error
        if self.is_socket:
            self._port._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, timeout_seconds: float) -> bytes:
        """Bytes that have arrived, after waiting for the first one; empty when the time is over.

        Raises:
            BoardError: the connection is gone.
        """
        try:
            if self.is_socket:
                ready, _, _ = select.select([self._port.fileno()], [], [], timeout_seconds)
                return bytes(self._port.read(_READ_BYTES)) if ready else b""
            self._port.timeout = timeout_seconds
            return bytes(self._port.read(max(1, self._port.in_waiting)))
        except (serial.SerialException, OSError, TypeError) as error:
            raise self._lost(error) from error

    def write(self, data: bytes) -> None:
        """Send all bytes.

        Raises:
            BoardError: the connection is gone, or does not take them in time.
        """
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise self._lost(error) from error

    def set_baud(self, baud: int) -> None:
        """Change the rate of a serial port."""
        if not self.is_socket:
            self._port.flush()
            self._port.baudrate = baud

    def close(self) -> None:
        """Close; may be called again."""
        with contextlib.suppress(serial.SerialException, OSError):
            self._port.close()

    def _lost(self, error: Exception) -> BoardError:
        return BoardError(
            f"The connection to {self.url} was lost: {_reason(error)}.",
            hint="Check the cable.",
            link=self.url,
        )


def open_link(link: str, *, baud: int = DEFAULT_BAUD) -> Link:
    """Open a link to a board that runs.

    Args:
        link: a serial port's name, `socket://host:port`, or `virtual:CONTROLPORT` of a running
            virtual board.
        baud: rate of a serial port.

    Raises:
        BoardError: it cannot be opened.
    """
    return Link(serial_url(link), baud=baud)


def serial_url(link: str) -> str:
    """What pyserial opens for a link: asks a running virtual board for its socket.

    Raises:
        BoardError: `virtual:CONTROLPORT` does not answer.
    """
    if not link.startswith("virtual:"):
        return link
    try:
        address = ("127.0.0.1", int(link.removeprefix("virtual:")))
        with socket.create_connection(address, _CONTROL_TIMEOUT_SECONDS) as connection:
            connection.sendall(b'{"command": "identify"}\n')
            with connection.makefile("rb") as answers:
                return str(json.loads(answers.readline())["uart"])
    except (OSError, ValueError, KeyError) as error:
        raise BoardError(
            f"No virtual board answers at {link}.", hint="Start one, or choose another link.", link=link
        ) from error


def _reason(error: Exception) -> str:
    return str(error).rstrip(". ") or type(error).__name__
