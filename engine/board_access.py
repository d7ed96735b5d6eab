"""One board behind a link, whatever it is: how to flash it and how to talk to it.

virtual               start a virtual board for as long as this object lives
virtual:CONTROLPORT   a virtual board that already runs, for example the window's
socket://HOST:PORT    a serial line over TCP
COM5, /dev/ttyACM0    a serial port
probe, probe:ID       an ST-LINK, CMSIS-DAP or J-Link on USB, through pyOCD
drive, drive:PATH     a drag-and-drop drive
openocd:INTERFACE     a probe through OpenOCD
dfu, dfu:SERIAL       an STM32's USB boot loader, through dfu-util

A serial line is flashed through the boot loader in the chip's ROM, and talked to when its firmware runs.
The others only write flash; the firmware is heard on the serial port of the same board, which is found
by its USB serial number, or named behind an @: `probe@COM5`.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.boards import BoardSpec, load_board
from engine.child import Child, ChildError, start
from engine.code_places import CodePlaces
from engine.device.flash import STAGE, flash_image, read_image
from engine.device.probe import ProbeNotFound, VerificationFailed
from engine.device.serial_bootloader import SerialBootloader
from engine.device.virtual_probe import VirtualProbe
from engine.errors import BoardError
from engine.events import CancelToken, LogLine, Report
from engine.figures import Figure, Measured, Simulated
from engine.links import WRITERS, split_link
from engine.summaries import BuildSummary, FlashSummary
from engine.telemetry.answers import Hello
from engine.telemetry.board_session import BoardSession

_START_SECONDS = 60.0  # the first start compiles the block hook
_ASK_SECONDS = 0.5
_WAKE_SECONDS = 8.0  # for firmware that a drive or tool has just started: its self-test comes first


class BoardAccess:
    """An open board. Close it, or use it as a context manager.

    Attributes:
        link: as the user named it.
        board_id: what it should be.
        is_virtual: it is programmed through a virtual board's control port.
        simulates: numbers from it are simulated, not measured: it is virtual, or a socket of this
            computer, which is where virtual boards listen.
    """

    def __init__(self, link: str, board_id: str) -> None:
        self.link = link
        self.board_id = board_id
        self._way, self._line = split_link(link)
        self.is_virtual = link == "virtual" or link.startswith("virtual:")
        self.simulates = self.is_virtual or _is_local_socket(self._line)
        self._child: Child | None = None
        self._probe: VirtualProbe | None = None
        self._session: BoardSession | None = None
        self._places: CodePlaces | None = None
        if link == "virtual":
            self._child, listening = start_virtual_board(board_id)
            self._probe = VirtualProbe(int(listening["control_port"]))
            self._line = str(listening["uart"])
        elif self.is_virtual:
            self._probe = VirtualProbe(int(link.removeprefix("virtual:")))
            self._line = self._probe.uart_url

    @property
    def uart_url(self) -> str:
        """What `telemetry.link.open_link` takes: the serial line of the firmware.

        Raises:
            BoardError: which port it is cannot be told.
        """
        if not self._line:
            from engine.device.detect import serial_line_of

            self._line = serial_line_of(self._way)
        if not self._line:
            raise BoardError(
                f"Where the firmware of the board at {self.link} is heard is not known.",
                hint=f"{load_board(self.board_id).uart.wiring} Then name the port: "
                f"--on {self._way}@PORT; thimble-cli ports lists them.",
                link=self.link,
            )
        return self._line

    def flash(
        self,
        elf: Path,
        *,
        build: BuildSummary | None = None,
        report: Report,
        cancel: CancelToken,
    ) -> FlashSummary:
        """Write firmware, read it back where that is possible, restart.

        Args:
            elf: the linked firmware.
            build: what it is. A board on a serial line whose boot loader does not listen, but that runs
                just this, is left as it is; after a way that cannot read flash, the firmware's own
                words are compared with it.
            report: gets the progress.
            cancel: looked at where stopping is safe.

        Raises:
            BoardError: nothing that could write answers, or the board did not take it.
        """
        self._drop_session()
        read_image(elf)  # a file that is no firmware is refused before any board is touched
        self._places = None
        summary = self._write(elf, build, {"report": report, "cancel": cancel})
        self._places = CodePlaces(elf)
        return summary

    def _write(self, elf: Path, build: BuildSummary | None, channels: dict[str, Any]) -> FlashSummary:
        if self._probe is not None:
            return flash_image(self._probe, elf, board_id=self.board_id, **channels)
        kind, _, name = self._way.partition(":")
        if kind not in WRITERS:
            return self._flash_serial(elf, build, channels)
        board = load_board(self.board_id)
        if kind == "probe":
            from engine.device.pyocd_probe import PyOcdProbe

            with PyOcdProbe(name, self.board_id) as probe:
                return flash_image(probe, elf, board_id=self.board_id, **channels)
        if kind == "openocd":
            from engine.device.openocd import flash_with_openocd

            return flash_with_openocd(name, elf, board, **channels)
        if kind == "dfu":
            from engine.device.dfu import flash_with_dfu

            return flash_with_dfu(name, elf, board, **channels)
        from engine.device.drive import drive_at, flash_drive

        drive = drive_at(name)
        if not self._line:  # asked now, while the drive is here to be compared with
            from engine.device.detect import serial_line_of

            self._line = serial_line_of(drive.link)
        summary = flash_drive(drive, elf, board, **channels)
        self._confirm(build, channels["report"])
        return summary

    def session(self) -> BoardSession:
        """The open conversation with the firmware, opened at the first call.

        Raises:
            BoardError: nothing answers.
        """
        if self._session is None:
            self._session = BoardSession(self.uart_url, places=self._places)
            self._session.negotiate_baud()
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

    def _flash_serial(
        self, elf: Path, build: BuildSummary | None, channels: dict[str, Any]
    ) -> FlashSummary:
        """The boot loader is asked first: it takes its baud rate from the first byte it hears."""
        try:
            loader = SerialBootloader(self._line, self.board_id)
        except ProbeNotFound as error:
            hello = self._hello()
            if hello is None:
                raise
            if build is None or not _runs(hello, build):
                what = "firmware" if build is None else "other firmware"
                raise ProbeNotFound(
                    f"The board at {self.link} runs {what}, and its boot loader does not listen.",
                    hint=error.hint,
                    **error.facts,
                ) from error
            text = "The board runs this firmware already: nothing was written."
            channels["report"](LogLine(stage=STAGE, text=text))
            return FlashSummary(board=hello.board_id, link=self.link, bytes_written=0, step_seconds={})
        with loader:
            return flash_image(loader, elf, board_id=self.board_id, **channels)

    def _confirm(self, build: BuildSummary | None, report: Report) -> None:
        """What was written cannot be read back: ask the firmware what it is, if its line is known."""
        if not self._line or build is None:
            return
        end = time.monotonic() + _WAKE_SECONDS
        hello = self._hello()
        while hello is None and time.monotonic() < end:
            hello = self._hello()
        if hello is None:
            text = f"The firmware does not answer on {self._line} yet."
            report(LogLine(stage=STAGE, text=text, level="warning"))
        elif not _runs(hello, build):
            raise VerificationFailed(
                f"The board runs other firmware (network {hello.model_hash}) than was written "
                f"(network {build.model_hash}).",
                hint="Unplug the board, plug it in again, then flash again.",
                link=self.link,
            )
        else:
            report(LogLine(stage=STAGE, text="The firmware answers, and it is the one written."))

    def _hello(self) -> Hello | None:
        """What the running firmware says, None if none answers soon."""
        try:
            with BoardSession(self._line, timeout_seconds=_ASK_SECONDS) as session:
                return session.hello()
        except BoardError:
            return None

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def __enter__(self) -> BoardAccess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _runs(hello: Hello, build: BuildSummary) -> bool:
    """Whether this firmware is that build: the same network, board and size."""
    return (hello.model_hash, hello.board_id, hello.flash_bytes) == (
        build.model_hash,
        build.board,
        build.flash_bytes,
    )


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
