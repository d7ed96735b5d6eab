"""The only starter of processes: Thimble's own children by role, and tools such as the compiler.

A child speaks JSON lines: events on standard output, commands on standard input. It ends when its
standard input ends, so that a killed parent leaves nothing behind; `Child.stop` closes it politely
first, and only then ends the child's process group.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.errors import BuildFailed, EngineError
from engine.events import CancelToken

ROLES = {
    "worker": "engine.worker",
    "import": "engine.model_import",
    "recorder": "engine.telemetry.recorder",
    "microphone": "engine.hearing",
    "virtual-board": "engine.virtual_board",
}

_POLL_SECONDS = 0.05
_LONGEST_READ = 65_536  # of one line, so that a child without line ends fills no memory
_CREATION_FLAGS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows only


class ChildError(EngineError):
    """A child process could not be started or did not answer."""

    code = "child"


def role_command(role: str, args: Sequence[str] = ()) -> list[str]:
    """The command line that starts a role, from a checkout, an installed wheel or a frozen program.

    Raises:
        KeyError: there is no such role.
    """
    module = ROLES[role]
    if getattr(sys, "frozen", False):
        return [sys.executable, "--role", role, *args]
    return [sys.executable, "-P", "-m", module, *args]  # -P: its folder is no place for modules


def role_environment() -> dict[str, str]:
    """The environment of children: ours, plus where to import `engine` from and unbuffered text."""
    environment = dict(os.environ)
    root = str(Path(__file__).resolve().parent.parent)
    inherited = environment.get("PYTHONPATH", "")
    environment["PYTHONPATH"] = root + (os.pathsep + inherited if inherited else "")
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


def bare_environment(home: Path) -> dict[str, str]:
    """The environment of a child that reads what strangers made: nothing of ours but where Python is.

    Args:
        home: an empty folder, for all that programs write into a user's home and temporary folder.
    """
    environment = {
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",  # each thread costs address space, which is bounded
        "MALLOC_ARENA_MAX": "2",
        **dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME"), str(home)),
    }
    if site.ENABLE_USER_SITE:
        environment["PYTHONUSERBASE"] = site.getuserbase()
    if sys.platform == "win32":
        environment["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")  # no DLL loads without it
    return environment


class Child:
    """A running child of one of `ROLES`. Use as a context manager, or call `stop`.

    Args:
        role: key of `ROLES`.
        args: its arguments.
        environment: all of its variables; `role_environment()` if not given.
        folder: its working folder; ours if not given.
        output_limit_bytes: a child that writes more than this many characters is ended.

    Raises:
        ChildError: it could not be started.
    """

    def __init__(
        self,
        role: str,
        args: Sequence[str] = (),
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        output_limit_bytes: int | None = None,
    ) -> None:
        self.role = role
        self.said_too_much = False  # ended by `output_limit_bytes`
        self._output_limit_bytes = output_limit_bytes
        try:
            self._process = subprocess.Popen(
                role_command(role, args),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=dict(environment) if environment is not None else role_environment(),
                cwd=folder,
                start_new_session=sys.platform != "win32",
                creationflags=_CREATION_FLAGS,
            )
        except OSError as error:
            raise ChildError(f"The {role} process could not be started: {error}.") from error
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._error_tail: list[str] = []
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read_lines, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_errors, args=(self._process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process still lives."""
        return self._process.poll() is None

    @property
    def error_text(self) -> str:
        """The last lines of the child's standard error, for the details of a report."""
        return "".join(self._error_tail[-40:])

    def send(self, line: str) -> None:
        """Write one line to the child.

        Raises:
            ChildError: the child is gone.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise ChildError(f"The {self.role} process has ended.", details=self.error_text) from error

    def send_json(self, value: object) -> None:
        """Write one line of JSON.

        Raises:
            ChildError: the child is gone.
        """
        self.send(json.dumps(value))

    def read_line(self, timeout_seconds: float) -> str | None:
        """The next line of standard output, or None when the output has ended.

        Raises:
            ChildError: nothing came within the time.
        """
        try:
            return self._lines.get(timeout=timeout_seconds)
        except queue.Empty as error:
            raise ChildError(
                f"The {self.role} process did not answer within {timeout_seconds:.0f} s.",
                details=self.error_text,
            ) from error

    def lines(self) -> Iterator[str]:
        """Lines of standard output until it ends."""
        while (line := self._lines.get()) is not None:
            yield line

    def wait(self, timeout_seconds: float) -> int:
        """Exit status.

        Raises:
            ChildError: it still runs after the time.
        """
        try:
            return self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired as error:
            raise ChildError(f"The {self.role} process does not end.") from error

    def end(self) -> None:
        """End the child's process group at once; `stop` is still to be called."""
        _end_group(self._process)

    def stop(self, grace_seconds: float = 5.0) -> None:
        """End the child: close its input, wait, then end its process group."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            _end_group(self._process)
        for reader in self._readers:
            reader.join(1.0)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read_lines(self, stream: IO[str]) -> None:
        limit, read = self._output_limit_bytes, 0
        with contextlib.suppress(ValueError, OSError):
            while line := stream.readline(-1 if limit is None else limit):
                read += len(line)
                if limit is not None and read > limit:
                    self.said_too_much = True
                    self._process.kill()
                    break
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _read_errors(self, stream: IO[str]) -> None:
        with contextlib.suppress(ValueError, OSError):
            while line := stream.readline(_LONGEST_READ):
                self._error_tail.append(line)
                del self._error_tail[:-200]


def start(
    role: str,
    args: Sequence[str] = (),
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    output_limit_bytes: int | None = None,
) -> Child:
    """Start a child of one of `ROLES`; the arguments are those of `Child`.

    Raises:
        ChildError: it could not be started.
    """
    return Child(
        role,
        args,
        environment=environment,
        folder=folder,
        output_limit_bytes=output_limit_bytes,
    )


@dataclass(frozen=True)
class ToolResult:
    """How a tool ended."""

    returncode: int
    stdout: str
    stderr: str


def run_tool(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    timeout_seconds: float = 300.0,
    cancel: CancelToken | None = None,
    env: Mapping[str, str] | None = None,
) -> ToolResult:
    """Run a tool to its end and return what it wrote.

    Args:
        argv: program and arguments; no shell is involved.
        cwd: working folder of the tool.
        timeout_seconds: after this the tool is ended.
        cancel: checked about every 50 ms; the tool is ended when it is set.
        env: variables added to ours.

    Raises:
        BuildFailed: the tool is missing or ran out of time.
        Cancelled: `cancel` was set.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **(env or {})},
            start_new_session=sys.platform != "win32",
            creationflags=_CREATION_FLAGS,
        )
    except OSError as error:
        raise BuildFailed(
            f"The tool {argv[0]} could not be started: {error}.", hint="Run: thimble-cli doctor"
        ) from error
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            stdout, stderr = process.communicate(timeout=_POLL_SECONDS)
            return ToolResult(process.returncode, stdout, stderr)
        except subprocess.TimeoutExpired:
            try:
                if cancel is not None:
                    cancel.check()
                if time.monotonic() > deadline:
                    raise BuildFailed(
                        f"The tool {argv[0]} did not finish within {timeout_seconds:.0f} s."
                    ) from None
            except BaseException:
                _end_group(process)
                process.communicate()
                raise


def run_to_its_end(
    argv: Sequence[str], hear: Callable[[str], None], *, patience_seconds: float = 600.0
) -> int:
    """Run a tool that must not be stopped midway, for example one that writes flash.

    It outlives us if we are killed: its output goes to a file, not a pipe that would break. Ctrl-C does
    not reach it.

    Args:
        argv: program and arguments; no shell is involved.
        hear: gets each line of its output and errors as it comes; a carriage return ends a line too.
        patience_seconds: how long it may take.

    Returns:
        Its exit status.

    Raises:
        ChildError: it could not be started, or it still runs after the time; it is left running.
    """
    with (
        tempfile.TemporaryDirectory(prefix="thimble-tool-", ignore_cleanup_errors=True) as folder,
        (Path(folder) / "output").open("wb") as output,
        (Path(folder) / "output").open("rb") as heard,
    ):
        try:
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=sys.platform != "win32",
                creationflags=_CREATION_FLAGS,
            )
        except OSError as error:
            raise ChildError(f"The tool {argv[0]} could not be started: {error}.") from error
        deadline = time.monotonic() + patience_seconds
        rest = b""
        while True:
            ended = process.poll() is not None  # asked before reading, so that nothing is missed
            new = heard.read(_LONGEST_READ)
            *lines, rest = (rest + new).replace(b"\r", b"\n").split(b"\n")
            if ended and not new:
                lines.append(rest)
            for line in filter(None, lines):
                hear(line.decode("utf-8", "replace"))
            if ended and not new:
                return process.returncode
            if not new:
                if time.monotonic() > deadline:
                    raise ChildError(
                        f"The tool {Path(argv[0]).name} has not finished within "
                        f"{patience_seconds:.0f} s and still runs as process {process.pid}.",
                        hint="Do not unplug the board before it has ended.",
                    )
                time.sleep(_POLL_SECONDS)


def _end_group(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
