"""One board behind a link, whatever it is: how to flash it and how to talk to it.

virtual               start a virtual board for as long as this object lives
virtual:CONTROLPORT   a virtual board that already runs, for example the window's
socket://HOST:PORT    a serial line over TCP
COM5, /dev/ttyACM0    a serial port

A serial line is flashed through the boot loader in the chip's ROM, and talked to when its firmware runs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.boards import BoardSpec
from engine.child import Child, ChildError, start
from engine.device.flash import flash_image
from engine.device.serial_bootloader import SerialBootloader
from engine.device.virtual_probe import VirtualProbe
from engine.errors import BoardError
from engine.events import CancelToken, Report
from engine.figures import Figure, Measured, Simulated
from engine.summaries import FlashSummary
from engine.telemetry.board_session import BoardSession

_START_SECONDS = 60.0  # the first start compiles the block hook


class BoardAccess:
    """An open board. Close it, or use it as a context manager.

    Attributes:
        link: as the user named it.
        board_id: what it should be.
        uart_url: what `telemetry.link.open_link` takes.
        is_virtual: it is programmed through a virtual board's control port.
        simulates: numbers from it are simulated, not measured: it is virtual, or a socket of this
            computer, which is where virtual boards listen.
    """

    def __init__(self, link: str, board_id: str) -> None:
        self.link = link
        self.board_id = board_id
        self.is_virtual = link == "virtual" or link.startswith("virtual:")
        self.simulates = self.is_virtual or _is_local_socket(link)
        self._child: Child | None = None
        self._probe: VirtualProbe | None = None
        self._session: BoardSession | None = None
        if link == "virtual":
            self._child, listening = start_virtual_board(board_id)
            self._probe = VirtualProbe(int(listening["control_port"]))
            self.uart_url = str(listening["uart"])
        elif self.is_virtual:
            self._probe = VirtualProbe(int(link.removeprefix("virtual:")))
            self.uart_url = self._probe.uart_url
        else:
            self.uart_url = link

    def flash(self, elf: Path, *, report: Report, cancel: CancelToken) -> FlashSummary:
        """Write firmware, read it back, restart.

        Raises:
            BoardError: no boot loader answers on the serial line, or the board did not take it.
        """
        self._drop_session()
        if self._probe is not None:
            return flash_image(self._probe, elf, board_id=self.board_id, report=report, cancel=cancel)
        with SerialBootloader(self.link, self.board_id) as loader:
            return flash_image(loader, elf, board_id=self.board_id, report=report, cancel=cancel)

    def session(self) -> BoardSession:
        """The open conversation with the firmware, opened at the first call.

        Raises:
            BoardError: nothing answers.
        """
        if self._session is None:
            self._session = BoardSession(self.uart_url)
        return self._session

    def statistics(self) -> dict[str, Any]:
        """Exact counts of the last invoke from a virtual board; empty for a real one."""
        return self._probe.statistics() if self._probe is not None else {}

    def time_figure(self, value: float, unit: str, board: BoardSpec) -> Figure:
        """Cycles or time of this board as what they are: simulated within its error bar, or measured."""
        if self.simulates:
            return Simulated(value, unit, board.cycle_error_percent)
        return Measured(value, unit)

    def close(self) -> None:
        """Let go of the port, the probe and a virtual board that was started here."""
        self._drop_session()
        if self._probe is not None:
            self._probe.close()
            self._probe = None
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def __enter__(self) -> BoardAccess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_local_socket(link: str) -> bool:
    return link.startswith("socket://") and urlsplit(link).hostname in ("127.0.0.1", "localhost", "::1")


def open_board(link: str, board_id: str) -> BoardAccess:
    """Open the board behind a link.

    Raises:
        BoardError: it cannot be reached.
    """
    return BoardAccess(link, board_id)


def start_virtual_board(
    board_id: str, *, elf: Path | None = None, listen: int | None = None
) -> tuple[Child, dict[str, Any]]:
    """Start a virtual board in its own process.

    Args:
        board_id: which board.
        elf: firmware to start with; None for an erased chip.
        listen: TCP port of its serial line on 127.0.0.1; None takes a free one.

    Returns:
        The process and its first message, with `uart` (a URL) and `control_port`.

    Raises:
        BoardError: it did not start; the details hold what it said.
    """
    arguments = ["--board", board_id]
    if elf is not None:
        arguments += ["--elf", str(elf)]
    if listen is not None:
        arguments += ["--listen", str(listen)]
    child = start("virtual-board", arguments)
    try:
        line = child.read_line(_START_SECONDS)
        message = json.loads(line) if line else {}
        if message.get("event") == "listening":
            return child, message
        problem = str(message.get("message", ""))
    except (ChildError, ValueError) as error:
        problem = str(error)
    child.stop(1.0)
    raise BoardError(
        f"The virtual {board_id} did not start. {problem}".rstrip(),
        hint="Run: thimble-cli doctor",
        details=child.error_text,
    )
