"""A desktop of its own: Xvfb with the window manager openbox, and xdotool as mouse and keyboard.

What is not installed skips the test, saying so. On Debian: apt install xvfb openbox xdotool.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).parents[2]
SIZE = "1600x1000x24"
PROGRAMS = ("Xvfb", "openbox", "xdotool")
_READY_SECONDS = 10.0


class Desktop:
    """The window of Thimble on that desktop.

    Args:
        display: such as `:3`.
        window: the program, started with pipes (see `tests.helpers.placed_window`).
    """

    def __init__(self, display: str, window: subprocess.Popen[str]) -> None:
        self._environment = {**os.environ, "DISPLAY": display}
        self._window = window

    def ask(self, name: str) -> Any:
        """The window's answer."""
        assert self._window.stdin is not None
        assert self._window.stdout is not None
        self._window.stdin.write(name + "\n")
        self._window.stdin.flush()
        line = self._window.stdout.readline()
        assert line, f"the window ended with {self._window.wait()}"
        return json.loads(line)

    def words(self) -> list[str]:
        """All the words in view."""
        return list(self.ask("?"))

    def wait_for(self, name: str, seconds: float) -> dict[str, Any]:
        """Where a control is as soon as it can be used and stands still."""
        end, before = time.monotonic() + seconds, None
        while time.monotonic() < end:
            usable = [place for place in self.ask(name) if place["enabled"]]
            if usable and usable[-1] == before:
                return dict(before)
            before = usable[-1] if usable else None
            time.sleep(0.3)
        raise AssertionError(f"{name!r} did not come; in view: {self.words()}")

    def click(self, name: str, seconds: float = 30.0) -> None:
        """Move the mouse onto a control as soon as it can be used, and press."""
        place = self.wait_for(name, seconds)
        middle = place["x"] + place["width"] // 2, place["y"] + place["height"] // 2
        self.type("mousemove", *(str(value) for value in middle), "click", "1")

    def type(self, *words: str) -> None:
        """Let xdotool do something."""
        subprocess.run(["xdotool", *words], env=self._environment, check=True)


@contextmanager
def desktop(folder: Path, *words: str) -> Iterator[Desktop]:
    """Thimble, started with these words on a new desktop; its settings and projects lie in `folder`."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with _ended(server), open(read) as told:
        number = told.readline().strip()
        assert number, "Xvfb did not start"
        environment = {
            **os.environ,
            "DISPLAY": f":{number}",
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
        }
        manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
        with _ended(manager), (folder / "errors.txt").open("w") as errors:
            _wait_for_manager(environment)
            window = _start_window(words, environment, errors)
            with _ended(window):
                yield Desktop(f":{number}", window)


def _start_window(
    words: tuple[str, ...], environment: dict[str, str], errors: IO[str]
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.placed_window", *words],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )


def _wait_for_manager(environment: dict[str, str]) -> None:
    """Until a window manager says that it is there: what it serves first is the number of desktops."""
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        asked = subprocess.run(
            ["xdotool", "get_num_desktops"], env=environment, capture_output=True, check=False
        )
        if asked.returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError("openbox did not start")


@contextmanager
def _ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    """End a process at the end: its input closes, then it is told."""
    try:
        yield
    finally:
        if process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        else:
            process.terminate()
        process.wait(15)
        if process.stdout is not None:
            process.stdout.close()
