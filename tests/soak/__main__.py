"""A long run of the host link: `python -m tests.soak --frames 1000000 --replugs 100` (Linux).

Four parts of five of the frames come over a socket and one over a pseudo-terminal, from a process that
speaks the firmware's protocol as fast as it can; `--virtual` more come from firmware on a virtual board.
At each tenth of the frames: memory of the recorder and frames lost so far. Then the line is unplugged
and plugged in again, by turns socket and terminal, and the times until the recorder talks again are
told. The exit code is 1 if a frame was lost or a connection did not come back.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.helpers.stub_firmware import build_stub, running_board
from tests.soak.board import SoakBoard, open_terminal
from tests.soak.link import Recorder

_UNPLUGGED_SECONDS = 0.05


class Lost(Exception):  # noqa: N818 - what was found, not an error of ours
    """Frames that did not arrive."""


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def stream(over: str, frames: int) -> None:
    """Send frames over one kind of line and tell memory at each tenth.

    Raises:
        Lost: not all arrived, or some were damaged.
    """
    command = [sys.executable, "-m", "tests.soak.board", "--over", over, "--frames", str(frames)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as board,
        Recorder() as recorder,
    ):
        assert board.stdout is not None
        try:
            follow(recorder, board.stdout.readline().decode().strip(), over, frames)
        finally:
            board.kill()  # it may still be sending, and nobody reads


def follow(recorder: Recorder, url: str, title: str, frames: int) -> None:
    """Let the board at `url` run freely until so many inferences have arrived.

    The ring, a mapped file of 32 MB, is counted page by page as it fills; the recorder's own memory must
    stay as it is.

    Raises:
        Lost: not all arrived, or some were damaged.
    """
    recorder.ask(connect=url)
    recorder.until("state", state="connected")
    began, told, inferences, lost, damaged = time.monotonic(), 0, 0, 0, 0
    recorder.ask(run_freely=1_000_000)
    while inferences < frames:
        event = recorder.next_event()
        if event["event"] == "stats":
            lost, damaged = event["host_lost_frames"], event["host_damaged_frames"]
            if lost or damaged:
                raise Lost(f"{title}: {lost} frames lost, {damaged} damaged")
        if event["event"] in ("inference", "stats"):
            inferences = event.get("count", event.get("inferences", 0))
        if min(10, inferences * 10 // frames) > told:
            told = min(10, inferences * 10 // frames)
            _say(
                f"{title}: {10 * told:3d} %, {inferences:,} frames, {recorder.memory_text()}, "
                f"{lost} lost, {time.monotonic() - began:.1f} s"
            )
    recorder.ask(run_freely=0)
    event = recorder.until("stats")
    lost, damaged = event["host_lost_frames"], event["host_damaged_frames"]
    _say(f"{title}: {event['inferences']:,} frames arrived, {lost} lost, {damaged} damaged")
    if lost or damaged:
        raise Lost(f"{title}: {lost} frames lost, {damaged} damaged")


def stream_from_firmware(frames: int) -> None:
    """The same from firmware on a virtual board."""
    with tempfile.TemporaryDirectory() as name:
        elf = build_stub(Path(name), 16)
        with running_board("--elf", str(elf)) as board, Recorder() as recorder:
            follow(recorder, board.uart_url, "virtual board", frames)


@contextlib.contextmanager
def plugged_socket(port: int) -> Iterator[int]:
    """A board that listens at this port (0: any); gives the port."""
    ended, end = os.pipe()
    with socket.create_server(("127.0.0.1", port)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    SoakBoard().serve(connection.fileno(), ended)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            os.write(end, b"x")
            thread.join()
            os.close(ended)
            os.close(end)


@contextlib.contextmanager
def plugged_terminal(path: Path) -> Iterator[None]:
    """A serial port of this name, which is gone afterwards."""
    ended, end = os.pipe()
    line, host, name = open_terminal()
    path.symlink_to(name)
    thread = threading.Thread(target=SoakBoard().serve, args=(line, ended))
    thread.start()
    try:
        yield
    finally:
        path.unlink()
        os.write(end, b"x")
        thread.join()
        for descriptor in (line, host, ended, end):
            os.close(descriptor)


Plug = Callable[[], contextlib.AbstractContextManager[object]]


def reconnect_seconds(recorder: Recorder, plug: Plug, url: str, times: int) -> tuple[list[float], str]:
    """Times from plugging in until the recorder is connected again, and its memory at the beginning."""
    with plug():
        recorder.ask(connect=url)
        recorder.until("state", state="connected")
        before = recorder.memory_text()
    seconds = []
    for _ in range(times):
        recorder.until("state", state="lost")
        time.sleep(_UNPLUGGED_SECONDS)
        began = time.monotonic()
        with plug():
            recorder.until("state", state="connected")
            seconds.append(time.monotonic() - began)
    recorder.ask(release=True)
    recorder.until("state", state="released")
    return seconds, before


def replug(times: int) -> None:
    """Unplug and plug in again, half of the times each kind of line."""
    with plugged_socket(0) as port:
        socket.create_connection(("127.0.0.1", port)).close()
    with tempfile.TemporaryDirectory() as name, Recorder() as recorder:
        path = Path(name) / "ttyUSB9"
        kinds: dict[str, tuple[Plug, str, int]] = {
            "socket": (lambda: plugged_socket(port), f"socket://127.0.0.1:{port}", times - times // 2),
            "terminal": (lambda: plugged_terminal(path), str(path), times // 2),
        }
        for title, (plug, url, count) in kinds.items():
            if not count:
                continue
            seconds, before = reconnect_seconds(recorder, plug, url, count)
            _say(
                f"{title}: {count} times unplugged and plugged in again: connected after "
                f"{statistics.median(seconds):.2f} s (median), {max(seconds):.2f} s (longest); "
                f"memory from {before} to {recorder.memory_text()}"
            )


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--virtual", type=int, default=10_000, help="frames from a virtual board")
    parser.add_argument("--replugs", type=int, default=100)
    given = parser.parse_args()
    try:
        over_terminal = given.frames // 5
        if given.frames:
            stream("socket", given.frames - over_terminal)
            stream("terminal", over_terminal)
        if given.virtual:
            stream_from_firmware(given.virtual)
    except Lost as lost:
        _say(str(lost))
        return 1
    replug(given.replugs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
