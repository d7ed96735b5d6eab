"""Why a serial port cannot be opened, in words: no permission, in use by which program, gone."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

UDEV_HINT = "Run: thimble-cli doctor --udev 60-thimble.rules, and then the command that it prints."


def port_trouble(port: str, error: BaseException, *, processes: Path = Path("/proc")) -> tuple[str, str]:
    """One sentence with the cause, and one with the next step.

    Args:
        port: name or URL.
        error: what opening it raised, also pyserial's own exceptions, which carry an errno on POSIX
            and only words on Windows.
        processes: where the kernel lists processes.
    """
    number, words = _errno(error), str(error).lower()
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in words:
        return _busy(port, processes)
    denied = "permissionerror" in words or "access is denied" in words
    if denied or number in (errno.EACCES, errno.EPERM):
        if sys.platform == "win32":  # Windows says this of a port that another program has open
            return _busy(port, processes)
        return f"You may not open the port {port}.", UDEV_HINT
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or "filenotfounderror" in words:
        return (
            f"There is no port {port}.",
            "Plug the board in; if its light is on and no port appears, the cable may have no data "
            "lines: try another. Run: thimble-cli ports",
        )
    reason = str(error).rstrip(". ") or type(error).__name__
    return (
        f"The port {port} cannot be opened: {reason}.",
        "Check the cable, and that no other program uses the port.",
    )


def programs_using(device: str, *, processes: Path = Path("/proc")) -> list[str]:
    """Programs that have this device open, as `name (process id)`; those of other users stay hidden.

    Empty where the system does not tell: on Windows and macOS.
    """
    wanted = os.path.realpath(device)
    found = []
    for process in sorted(processes.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            targets = {os.readlink(descriptor) for descriptor in (process / "fd").iterdir()}
            if wanted in targets and int(process.name) != os.getpid():
                name = (process / "comm").read_text("utf-8", "replace").strip()
                found.append(f"{name} (process {process.name})")
        except OSError:  # it has ended, or is another user's
            continue
    return found


def _busy(port: str, processes: Path) -> tuple[str, str]:
    programs = programs_using(port, processes=processes)
    if programs:
        return f"The port {port} is in use by {', '.join(programs)}.", "Close it there, then try again."
    return f"The port {port} is in use by another program.", "Close serial monitors, then try again."


def _errno(error: BaseException) -> int | None:
    """Also of the error that pyserial wrapped."""
    for cause in (error, error.__cause__, error.__context__):
        number = getattr(cause, "errno", None)
        if number:
            return int(number)
    return None
