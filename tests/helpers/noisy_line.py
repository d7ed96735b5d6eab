"""A serial line that damages what passes: a TCP relay between a host and a virtual board."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class NoisyLine:
    """Relays one connection; about one byte in `bytes_per_error` is changed, lost or doubled."""

    def __init__(self, target_url: str, *, bytes_per_error: int, seed: int) -> None:
        target = urlsplit(target_url)
        self._random = random.Random(seed)
        self._bytes_per_error = bytes_per_error
        self.errors = 0
        self._board = socket.create_connection((target.hostname, target.port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._host: socket.socket | None = None
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            self._host, _ = self._listener.accept()
            back = threading.Thread(target=self._relay, args=(self._board, self._host))
            self._threads.append(back)
            back.start()
            self._relay(self._host, self._board)

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(self._damage(data))

    def _damage(self, data: bytes) -> bytes:
        damaged = bytearray()
        with self._lock:
            for byte in data:
                if self._random.randrange(self._bytes_per_error):
                    damaged.append(byte)
                    continue
                self.errors += 1
                damaged += self._random.choice((b"", bytes([byte, byte]), self._random.randbytes(1)))
        return bytes(damaged)

    def close(self) -> None:
        for connection in (self._listener, self._host, self._board):
            if connection is not None:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
        for thread in self._threads:
            thread.join(5)


@contextlib.contextmanager
def noisy_line(target_url: str, *, bytes_per_error: int, seed: int) -> Iterator[NoisyLine]:
    """Open a noisy line to `target_url` and close it afterwards."""
    line = NoisyLine(target_url, bytes_per_error=bytes_per_error, seed=seed)
    try:
        yield line
    finally:
        line.close()
