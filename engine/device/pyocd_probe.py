"""ST-LINK, CMSIS-DAP and J-Link through pyOCD, an optional package that is imported where it is used.

pyOCD would also read settings and scripts from the working folder, and erase a protected chip to open
it: both are turned off.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.boards import BoardSpec, boards_with_chip, load_board
from engine.device.chip_ids import known_boards, read_chip_id
from engine.device.probe import Probe, ProbeInfo, ProbeNotFound, WrongBoard
from engine.device.target_packs import need_target, pack_files, require_pyocd
from engine.errors import BoardError, UsageError
from engine.port_diagnosis import UDEV_HINT

_LEAST_WRITE_BYTES = 4096
_LOWEST_SUPPLY_VOLTS = 1.65  # no STM32 and no RP2040 runs below
_CHIP_ERRORS = ("DebugError", "TimeoutError", "ProbeError", "TargetError")  # of pyOCD
_GENERIC = "cortex_m"  # pyOCD's name of any chip: enough to read memory
_NO_ANSWER = (
    "Check the board's supply and the SWD wires; hold its reset button while you try again if its "
    "firmware sleeps or has turned the debug pins off."
)
_PROTECTED = "Remove the protection with STM32CubeProgrammer; this erases the whole chip."


@dataclass(frozen=True)
class FoundProbe:
    """A probe that is plugged in. `board_id` is of the board it sits on, empty if it does not say."""

    unique_id: str
    title: str
    board_id: str


def found_probes() -> list[FoundProbe]:
    """Probes that pyOCD can open; asks each for its board.

    Raises:
        UsageError: pyOCD is not installed.
        BoardError: USB cannot be used.
    """
    return [FoundProbe(p.unique_id, p.description, _board_of(p)) for p in _connected("probe")]


def chip_at(unique_id: str) -> tuple[str, ...]:
    """Ids of the boards whose chip answers at this probe; its firmware goes on running.

    Raises:
        UsageError: pyOCD is not installed.
        BoardError: the probe or the chip does not answer.
    """
    link = f"probe:{unique_id}"
    number = _chip_number(_choose(unique_id, link), link, "attach")
    return tuple(board.id for board in boards_with_chip(number) if number)


class PyOcdProbe(Probe):
    """Programs a chip through a probe.

    Args:
        unique_id: of the probe, or a part of it that no other has; empty takes the only one there.
        board_id: the board it should be; empty takes the first that has this chip.

    Raises:
        UsageError: pyOCD is not installed, or the board names no chip.
        ProbeNotFound: there is no such probe, or more than one.
        TargetPackMissing: pyOCD cannot program this chip yet.
        WrongBoard: the chip is another one.
        BoardError: the chip does not answer.
    """

    def __init__(self, unique_id: str = "", board_id: str = "") -> None:
        require_pyocd()
        self.link = f"probe:{unique_id}" if unique_id else "probe"
        self._session: Any = None
        probe = _choose(unique_id, self.link)
        self.link = f"probe:{probe.unique_id}"
        self._name = str(probe.description)
        self._chip_id, mode = _ask_chip(probe, self.link)
        self._board = self._which_board(probe, board_id)
        target = need_target(self._board)
        try:
            with _words(self.link):
                self._session = _open(probe, target, mode)
                self._flash = self._session.target.memory_map.get_region_for_address(self._origin).flash
            self._refuse_protection()
        except BaseException:
            self.close()
            raise

    def identify(self) -> ProbeInfo:
        """See `Probe`."""
        region = self._board.region("code")
        page = int(self._flash.get_page_info(region.origin).size)
        return ProbeInfo(
            link=self.link,
            name=f"{self._board.name}, {self._name}",
            board_id=self._board.id,
            chip=f"0x{self._chip_id:03X}" if self._chip_id else self._board.probe_target,
            flash_origin=region.origin,
            flash_bytes=region.size_bytes,
            page_bytes=region.page_bytes,
            write_bytes=-(-_LEAST_WRITE_BYTES // page) * page,
        )

    def halt(self) -> None:
        """See `Probe`."""
        with _words(self.link):
            self._session.target.reset_and_halt()

    def erase(self, address: int, size_bytes: int) -> None:
        """See `Probe`."""
        with _words(self.link):
            self._flash.init(self._flash.Operation.ERASE, address)
            at = address
            while at < address + size_bytes:
                sector = self._flash.get_sector_info(at)
                self._flash.erase_sector(sector.base_addr)
                at = sector.base_addr + sector.size

    def write(self, address: int, data: bytes) -> None:
        """See `Probe`. The rest of the last page is left erased."""
        with _words(self.link):
            self._flash.init(self._flash.Operation.PROGRAM, address)
            at, end = address, address + len(data)
            while at < end:
                page = int(self._flash.get_page_info(at).size)
                part = data[at - address : at - address + page]
                self._flash.program_page(at, list(part.ljust(page, b"\xff")))
                at += page

    def read(self, address: int, size_bytes: int) -> bytes:
        """See `Probe`."""
        with _words(self.link):
            self._flash.cleanup()  # its code may hold the flash in a state that cannot be read
            return bytes(self._session.target.read_memory_block8(address, size_bytes))

    def set_symbols(self, symbols: Mapping[str, int]) -> None:
        """See `Probe`."""

    def reset(self) -> None:
        """See `Probe`."""
        with _words(self.link):
            self._flash.cleanup()
            self._session.target.reset()

    def close(self) -> None:
        """See `Probe`."""
        if self._session is not None:
            with contextlib.suppress(Exception):  # the probe may be gone, and nobody can act on it
                self._session.close()
            self._session = None

    @property
    def _origin(self) -> int:
        return self._board.region("code").origin

    def _which_board(self, probe: Any, board_id: str) -> BoardSpec:
        boards = boards_with_chip(self._chip_id) if self._chip_id else ()
        if board_id:
            board = load_board(board_id)
            if board.chip_id and self._chip_id and board.chip_id != self._chip_id:
                other = " or ".join(b.id for b in boards) or f"0x{self._chip_id:03X}, which is unknown"
                raise WrongBoard(
                    f"The firmware is for {board_id}, the chip at {self.link} is that of {other}.",
                    hint="Choose the board that is connected, and build again.",
                    link=self.link,
                )
            return board
        sits_on = _board_of(probe)
        if sits_on:
            return load_board(sits_on)
        if not boards:
            raise BoardError(
                f"The chip at {self.link} has the product id 0x{self._chip_id:03X}, which no known "
                "board has.",
                hint="Name the board with --board, or add a board file: see CONTRIBUTING.md.",
                link=self.link,
            )
        return boards[0]

    def _refuse_protection(self) -> None:
        """A protected STM32 answers a debugger that reads its flash with a bus fault (RM0090, 3.6)."""
        if not self._board.chip_id:
            return
        from pyocd.core.exceptions import TransferFaultError

        with _words(self.link):
            try:
                self._session.target.read32(self._origin)
            except TransferFaultError as error:
                raise BoardError(
                    f"The chip at {self.link} refuses to show its flash: its read-out protection is on.",
                    hint=_PROTECTED,
                    link=self.link,
                ) from error


def _connected(link: str) -> list[Any]:
    require_pyocd()
    from pyocd.core.helpers import ConnectHelper

    logging.getLogger("pyocd").setLevel(logging.CRITICAL)  # its findings come back as errors
    with _words(link):
        return list(ConnectHelper.get_all_connected_probes(blocking=False))


def _choose(unique_id: str, link: str) -> Any:
    wanted = unique_id.lower().lstrip("0")
    found = [p for p in _connected(link) if wanted in str(p.unique_id).lower()]
    exact = [p for p in found if str(p.unique_id).lower().lstrip("0") == wanted]
    found = exact or found
    if not found:
        raise ProbeNotFound(
            f"There is no probe called {unique_id}." if unique_id else "No probe is plugged in.",
            hint="Run: thimble-cli ports. If the probe's light is on and it is not listed, the cable "
            "may have no data lines, or you may not open it: thimble-cli doctor tells.",
            link=link,
        )
    if len(found) > 1:
        names = ", ".join(f"probe:{p.unique_id}" for p in found)
        raise ProbeNotFound(
            f"{len(found)} probes are plugged in.", hint=f"Name one with --on: {names}.", link=link
        )
    return found[0]


def _board_of(probe: Any) -> str:
    """The board that an on-board probe sits on, by the first digits of its board code."""
    with contextlib.suppress(RuntimeError, OSError, ValueError, AttributeError):
        code = str(getattr(probe, "board_id", None) or "")[:4]
        return next((board.id for board in known_boards() if code in board.drive_codes), "")
    return ""


def _open(probe: Any, target: str, mode: str) -> Any:
    """An open pyOCD session. pyOCD moves to its project folder: ours is empty, and we move back."""
    from pyocd.core.session import Session

    here = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="thimble-probe-") as empty:
        options = {
            "target_override": target,
            "connect_mode": mode,
            "auto_unlock": False,
            "resume_on_disconnect": False,
            "no_config": True,
            "project_dir": empty,
            "warning.cortex_m_default": False,
        }
        if pack_files() and target != _GENERIC:
            options["pack"] = pack_files()
        try:
            session = Session(probe, auto_open=False, options=options)
            try:
                session.open()
                _check_supply(probe)
            except BaseException:
                with contextlib.suppress(Exception):
                    session.close()
                raise
        finally:
            os.chdir(here)
    return session


def _ask_chip(probe: Any, link: str) -> tuple[int, str]:
    """The chip's product id, and the way to connect: held in reset if the core does not answer else."""
    try:
        return _chip_number(probe, link, "halt"), "halt"
    except BoardError:
        return _chip_number(probe, link, "under-reset"), "under-reset"


def _chip_number(probe: Any, link: str, mode: str) -> int:
    with _words(link):
        session = _open(probe, _GENERIC, mode)

    def read_word(address: int) -> int:
        with _words(link):
            return int(session.target.read32(address))

    try:
        return read_chip_id(read_word)
    finally:
        with contextlib.suppress(Exception):
            session.close()


def _check_supply(probe: Any) -> None:
    """Only an ST-LINK measures the voltage at the chip."""
    volts = getattr(getattr(probe, "_link", None), "target_voltage", None)
    if isinstance(volts, float | int) and 0 <= volts < _LOWEST_SUPPLY_VOLTS:
        raise BoardError(
            f"The supply at the chip is {volts:.2f} V, too low to program it.",
            hint="Power the board; on a Nucleo board check the jumper IDD (JP6) and the power jumper.",
        )


@contextlib.contextmanager
def _words(link: str) -> Iterator[None]:
    """Turns what pyOCD and libusb raise into facts with a next step."""
    try:
        yield
    except (BoardError, UsageError) as error:
        error.facts.setdefault("link", link)
        raise
    except (RuntimeError, OSError, ValueError, AssertionError, AttributeError, KeyError) as error:
        raise _in_words(link, error) from error


def _in_words(link: str, error: Exception) -> BoardError:
    kind, text = type(error).__name__, str(error).rstrip(". ") or type(error).__name__
    low, number = text.lower(), getattr(error, "errno", None)
    if number == errno.EACCES or "access denied" in low or "insufficient permissions" in low:
        return ProbeNotFound(f"You may not open the probe at {link}.", hint=UDEV_HINT, link=link)
    if number == errno.EBUSY or "resource busy" in low or "exclusive" in low:
        return ProbeNotFound(
            f"Another program uses the probe at {link}.",
            hint="Close other debuggers (STM32CubeIDE, OpenOCD, pyOCD), then try again.",
            link=link,
        )
    if number == errno.ENODEV or kind == "ProbeDisconnected" or "no such device" in low:
        return BoardError(
            f"The probe at {link} was unplugged.", hint="Check the cable, then flash again.", link=link
        )
    if kind in ("FlashEraseFailure", "FlashProgramFailure", "FlashFailure"):
        return BoardError(
            f"The chip at {link} did not take what was to be written: {text}.",
            hint="Its flash may be write-protected (STM32CubeProgrammer shows it), or the supply low.",
            link=link,
        )
    if kind.startswith("Transfer") or kind in _CHIP_ERRORS:
        return BoardError(
            f"The chip does not answer the probe at {link}: {text}.", hint=_NO_ANSWER, link=link
        )
    return BoardError(f"pyOCD failed at {link}: {text}.", hint=_NO_ANSWER, link=link)
