"""A pseudo-terminal in front of a virtual board, so that it looks like a serial port. Not on Windows."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


@contextlib.contextmanager
def terminal_to(url: str) -> Iterator[str]:
    """The name of a port that leads to `socket://host:port`."""
    target = urlsplit(url)
    master, slave = os.openpty()
    ended, end = os.pipe()
    with socket.create_connection((target.hostname, target.port)) as board:

        def relay() -> None:
            while True:
                ready, _, _ = select.select([master, board, ended], [], [])
                if ended in ready:
                    return
                if master in ready:
                    board.sendall(os.read(master, 4096))
                if board in ready:
                    os.write(master, board.recv(4096))

        thread = threading.Thread(target=relay)
        thread.start()
        try:
            yield os.ttyname(slave)
        finally:
            os.write(end, b"x")
            thread.join(5)
            for descriptor in (master, slave, ended, end):
                os.close(descriptor)
