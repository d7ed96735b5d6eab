"""A byte stream to a board: a serial port, or the socket of a virtual board."""

from __future__ import annotations

import contextlib
import json
import select
import socket
from typing import Any, Protocol
from urllib.parse import urlsplit

import serial

from engine.errors import BoardError
from engine.links import split_link
from engine.port_diagnosis import port_trouble
from engine.telemetry.frame import DEFAULT_BAUD

_READ_BYTES = 1 << 16
_WRITE_TIMEOUT_SECONDS = 5.0
_CONNECT_TIMEOUT_SECONDS = 5.0
_SOCKET_SCHEME = "socket://"


class Link(Protocol):
    """An open stream. All failures are `BoardError`.

    Attributes:
        url: what was opened, a port name or `socket://host:port`.
        has_rate: `set_baud` changes something.
    """

    url: str
    has_rate: bool

    def read(self, timeout_seconds: float) -> bytes:
        """Bytes that have arrived, after waiting for the first one; empty when the time is over.

        Raises:
            BoardError: the connection is gone.
        """

    def write(self, data: bytes) -> None:
        """Send all bytes.

        Raises:
            BoardError: the connection is gone, or does not take them in time.
        """

    def set_baud(self, baud: int) -> None:
        """Change the rate of a serial port; a socket has none.

        Raises:
            BoardError: the connection is gone, or the port cannot be set to this rate.
        """

    def close(self) -> None:
        """Close; may be called again."""


def open_link(link: str, *, baud: int = DEFAULT_BAUD) -> Link:
    """Open a link to a board that runs.

    Args:
        link: a serial port's name or any URL that pyserial knows, `socket://host:port`,
            `virtual:CONTROLPORT` of a running virtual board, or `probe@PORT` and the like.
        baud: rate of a serial port.

    Raises:
        BoardError: it cannot be opened.
    """
    url = serial_url(link)
    try:
        return _SocketLink(url) if url.startswith(_SOCKET_SCHEME) else _SerialLink(url, baud)
    except (serial.SerialException, ValueError, OSError) as error:
        message, hint = port_trouble(url, error)
        raise BoardError(message, hint=hint, link=url) from error


def serial_url(link: str) -> str:
    """What `open_link` opens for a link: asks a running virtual board for its socket.

    Raises:
        BoardError: `virtual:CONTROLPORT` does not answer, or the link writes flash and names no line.
    """
    way, line = split_link(link)
    if not line:
        raise BoardError(
            f"{way} only writes firmware: where it is heard is not known.",
            hint=f"Name the serial port too: {way}@PORT.",
            link=link,
        )
    if not link.startswith("virtual:"):
        return line
    try:
        address = ("127.0.0.1", int(link.removeprefix("virtual:")))
        with socket.create_connection(address, _CONNECT_TIMEOUT_SECONDS) as connection:
            connection.sendall(b'{"command": "identify"}\n')
            with connection.makefile("rb") as answers:
                return str(json.loads(answers.readline())["uart"])
    except (OSError, ValueError, KeyError, OverflowError) as error:
        raise BoardError(
            f"No virtual board answers at {link}.", hint="Start one, or choose another link.", link=link
        ) from error


class _SerialLink:
    """A serial port through pyserial."""

    has_rate = True

    def __init__(self, url: str, baud: int) -> None:
        self.url = url
        self._port: Any = serial.serial_for_url(
            url, baudrate=baud, write_timeout=_WRITE_TIMEOUT_SECONDS, exclusive=True
        )

    def read(self, timeout_seconds: float) -> bytes:
        try:
            self._port.timeout = timeout_seconds
            return bytes(self._port.read(max(1, self._port.in_waiting)))
        # pyserial lets a TypeError out when the port is closed under it
        except (serial.SerialException, OSError, TypeError) as error:
            raise _lost(self.url, error) from error

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise _lost(self.url, error) from error

    def set_baud(self, baud: int) -> None:
        try:
            self._port.flush()
            self._port.baudrate = baud
        except (serial.SerialException, OSError, ValueError) as error:
            raise _lost(self.url, error) from error

    def close(self) -> None:
        with contextlib.suppress(serial.SerialException, OSError):
            self._port.close()


class _SocketLink:
    """A socket. Not pyserial's own, which reads byte by byte and sleeps when it closes."""

    has_rate = False

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._socket = socket.create_connection(
            (parts.hostname or "", parts.port or 0), _CONNECT_TIMEOUT_SECONDS
        )
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(_WRITE_TIMEOUT_SECONDS)

    def read(self, timeout_seconds: float) -> bytes:
        try:
            ready, _, _ = select.select([self._socket], [], [], max(0.0, timeout_seconds))
            if not ready:
                return b""
            data = self._socket.recv(_READ_BYTES)
        except (OSError, ValueError) as error:
            raise _lost(self.url, error) from error
        if not data:
            raise _lost(self.url, ConnectionError("the other side closed it"))
        return data

    def write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise _lost(self.url, error) from error

    def set_baud(self, baud: int) -> None:
        pass

    def close(self) -> None:
        self._socket.close()


def _lost(url: str, error: Exception) -> BoardError:
    return BoardError(
        f"The connection to {url} was lost: {_reason(error)}.", hint="Check the cable.", link=url
    )


def _reason(error: Exception) -> str:
    return str(error).rstrip(". ") or type(error).__name__
