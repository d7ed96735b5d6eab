"""One child process of Thimble seen from the window: JSON lines out, JSON lines in, an honest end."""

from __future__ import annotations

import json
from collections import deque

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from engine.child import role_command, role_environment

_STDERR_LINES = 40
_POLITE_MS, _TERMINATE_MS = 1500, 1000
_MOST_TOLD = 2000  # characters
_KILL_MS = 30_000  # it always works, but a busy machine may take its time


class ChildProcess(QObject):
    """A child started by role (see `engine.child.ROLES`).

    It ends when its standard input ends; `close` relies on that first, and is harsher only afterwards.
    """

    line_arrived = Signal(str)
    ended = Signal(int, bool)  # exit code, whether it ended by itself without being asked

    def __init__(self, role: str, args: tuple[str, ...] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.role = role
        self._buffer = b""
        self._complaints: deque[str] = deque(maxlen=_STDERR_LINES)
        self._closing = False
        self._over = False
        self._process = QProcess(self)
        environment = QProcessEnvironment()
        for key, value in role_environment().items():
            environment.insert(key, value)
        self._process.setProcessEnvironment(environment)
        command = role_command(role, args)
        self._process.setProgram(command[0])
        self._process.setArguments(command[1:])
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.readyReadStandardError.connect(self._on_complaint)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._process.start()

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return not self._over

    @property
    def process_id(self) -> int:
        """Of the operating system, 0 when it is not running."""
        return int(self._process.processId())

    @property
    def complaints(self) -> str:
        """The last lines of its standard error."""
        return "\n".join(self._complaints)

    def send(self, message: dict[str, object] | str) -> None:
        """Write one line to its standard input: JSON, or the text itself."""
        text = message if isinstance(message, str) else json.dumps(message)
        if not self._over:
            self._process.write((text + "\n").encode())

    def close(self) -> None:
        """End its standard input; it finishes by itself. Call `wait` afterwards to be sure."""
        if not self._over and not self._closing:
            self._closing = True
            self._process.closeWriteChannel()

    def wait(self) -> None:
        """Block until it is gone, ending it by force if it does not go."""
        if self._over:
            return
        if not self._process.waitForFinished(_POLITE_MS):
            self._process.terminate()
            if not self._process.waitForFinished(_TERMINATE_MS):
                self._process.kill()
                self._process.waitForFinished(_KILL_MS)

    def _on_output(self) -> None:
        self._buffer += bytes(self._process.readAllStandardOutput().data())
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            if line.strip():
                self.line_arrived.emit(line.decode("utf-8", "replace"))

    def _on_complaint(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._complaints.extend(line for line in text.splitlines() if line.strip())

    def _on_finished(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        if self._over:
            return
        self._on_output()
        self._on_complaint()
        self._over = True
        crashed = status != QProcess.ExitStatus.NormalExit
        self.ended.emit(-1 if crashed and exit_code == 0 else exit_code, not self._closing)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and not self._over:
            self._over = True
            self._complaints.append(self._process.errorString())
            self.ended.emit(-1, not self._closing)


class ToolProcess(QObject):
    """A program of the system that runs for a moment, such as one that plays a sound."""

    ended = Signal(bool, str)  # whether it went well, and the last it said on standard error

    def __init__(self, program: str, args: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._over = False
        self._process = QProcess(self)
        self._process.setProgram(program)
        self._process.setArguments(list(args))
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._process.start()

    def end(self) -> None:
        """End it at once, and wait until it is gone; nothing more is told."""
        self._over = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(_KILL_MS)

    def _tell(self, good: bool) -> None:
        if not self._over:
            self._over = True
            text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
            self.ended.emit(good, text[-_MOST_TOLD:] or self._process.errorString())

    def _on_finished(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        self._tell(exit_code == 0 and status == QProcess.ExitStatus.NormalExit)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._tell(False)
