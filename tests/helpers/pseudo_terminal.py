"""A pseudo-terminal in front of a virtual board, so that it looks like a serial port. Not on Windows.

A pseudo-terminal itself passes bytes on whatever its rate; `rated_terminal` has the board garble them.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tests.helpers.stub_firmware import Running

_LOOK_SECONDS = 0.01


@contextlib.contextmanager
def rated_terminal(board: Running) -> Iterator[str]:
    """The name of a port whose rate must be the board's for both to understand each other."""
    import termios

    bauds = {
        getattr(termios, f"B{baud}"): baud for baud in (115_200, 460_800, 921_600, 1_000_000, 2_000_000)
    }
    told = 0

    def tell(terminal: int) -> None:
        nonlocal told
        baud = bauds.get(termios.tcgetattr(terminal)[5], 0)  # another before it is opened
        if baud != told:
            board.control(command="line", baud=baud)
            told = baud

    with terminal_to(board.uart_url, before_each=tell) as port:
        yield port


@contextlib.contextmanager
def terminal_to(url: str, *, before_each: Callable[[int], None] = lambda _: None) -> Iterator[str]:
    """The name of a port that leads to `socket://host:port`; `before_each` portion gets the terminal."""
    target = urlsplit(url)
    master, slave = os.openpty()
    ended, end = os.pipe()
    with socket.create_connection((target.hostname, target.port)) as board:

        def relay() -> None:
            while True:
                ready, _, _ = select.select([master, board, ended], [], [], _LOOK_SECONDS)
                if ended in ready:
                    return
                before_each(slave)
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
