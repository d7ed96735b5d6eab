"""Why a port cannot be opened: with real ports where the system has them."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.device.serial_bootloader import SerialBootloader
from engine.errors import BoardError
from engine.port_diagnosis import port_trouble, programs_using
from engine.telemetry.link import open_link

HOLDER = """
import fcntl, os, sys
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
print("ready", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def busy_port() -> Iterator[tuple[str, int]]:
    """A port that another program has open, and that program's process id."""
    master, slave = os.openpty()
    name = os.ttyname(slave)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield name, process.pid
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
        os.close(master)
        os.close(slave)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who has a port open")
@pytest.mark.parametrize("opener", [open_link, SerialBootloader])
def test_the_program_that_has_the_port_open_is_named(opener: type) -> None:
    with busy_port() as (port, pid):
        with pytest.raises(BoardError, match=f"in use by python.* \\(process {pid}\\)") as caught:
            opener(port)
        assert caught.value.hint.startswith("Close it")


def test_nobody_else_has_a_port_open_that_only_we_have(tmp_path: Path) -> None:
    file = tmp_path / "port"
    with file.open("w"):
        assert programs_using(str(file)) == []


@pytest.mark.parametrize("opener", [open_link, SerialBootloader])
def test_a_port_that_is_not_there(opener: type) -> None:
    with pytest.raises(BoardError, match="no port /dev/thimble-none") as caught:
        opener("/dev/thimble-none")
    assert "no data lines" in caught.value.hint


def test_no_permission_offers_the_rule() -> None:
    error = PermissionError(errno.EACCES, "Permission denied")
    message, hint = port_trouble("/dev/ttyACM0", error)
    if sys.platform == "win32":
        assert "in use" in message
    else:
        assert message == "You may not open the port /dev/ttyACM0."
        assert "--udev" in hint


def test_windows_says_no_permission_of_a_busy_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    error = OSError("could not open port 'COM5': PermissionError(13, 'Access is denied.', None, 5)")
    message, hint = port_trouble("COM5", error, processes=Path("none"))
    assert message == "The port COM5 is in use by another program."
    assert "serial monitors" in hint


def test_anything_else_keeps_its_words() -> None:
    message, _ = port_trouble("COM5", OSError("A device attached to the system is not functioning."))
    assert message == (
        "The port COM5 cannot be opened: A device attached to the system is not functioning."
    )
