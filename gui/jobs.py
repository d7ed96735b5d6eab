"""The window's only bridge to work: worker, predictor, recorder, virtual board, each its own process.

The window never trains, converts, builds or reads a port. A crash here costs a job, never the window.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.events import Event, JobEnded, LogLine, Metric, StageFailed, StageProgress, from_json
from gui import intents
from gui.child_process import ChildProcess
from gui.engine_words import engine_words
from gui.project_model import LiveState, ProjectModel

FLUSH_MS = 33  # about 30 Hz
_FLUSH_BUDGET_SECONDS = 0.008
_RETRY_MS = 1000


class EventQueue(QObject):
    """Hands events over at about 30 Hz.

    Progress and metrics of one kind replace each other while they wait; all else is kept, in order.
    """

    event_ready = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[object, Event] = {}
        self._number = 0
        self._timer = QTimer(self)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self.flush)

    def put(self, event: Event) -> None:
        """Add an event."""
        key: object
        if isinstance(event, StageProgress):
            key = ("progress", event.stage)
        elif isinstance(event, Metric):
            key = ("metric", event.stage, event.name)
        else:
            self._number += 1
            key = self._number
        self._waiting.pop(key, None)  # the newest stands at the end
        self._waiting[key] = event
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Hand over what waits, for a few milliseconds at most."""
        until = time.monotonic() + _FLUSH_BUDGET_SECONDS
        while self._waiting and time.monotonic() < until:
            key = next(iter(self._waiting))
            self.event_ready.emit(self._waiting.pop(key))
        if not self._waiting:
            self._timer.stop()


class JobRunner(QObject):
    """Runs one job at a time in a worker process that stays for the next one."""

    def __init__(self, model: ProjectModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._worker: ChildProcess | None = None
        self._queue = EventQueue(self)
        self._queue.event_ready.connect(self._on_event)

    @property
    def running(self) -> bool:
        """Whether a job runs."""
        return self._model.job is not None and self._model.job.running

    @property
    def worker_process_id(self) -> int:
        """Of the worker, 0 when there is none."""
        return self._worker.process_id if self._worker is not None else 0

    def start(self, job: dict[str, object]) -> None:
        """Hand a job to the worker.

        Raises:
            RuntimeError: a job runs already.
        """
        if self.running:
            raise RuntimeError("a job runs already")
        if self._worker is None or not self._worker.running:
            self._worker = ChildProcess("worker", parent=self)
            self._worker.line_arrived.connect(self._on_line)
            self._worker.ended.connect(self._on_ended)
        self._model.begin_job(job)
        self._worker.send(job)

    def cancel(self) -> None:
        """Ask the job to stop at its next safe point."""
        if self.running and self._worker is not None:
            self._worker.send("cancel")
            self._model.set_cancelling()

    def pause(self, on: bool) -> None:
        """Let the job rest at its next safe point, or go on."""
        job = self._model.job
        if self.running and self._worker is not None and job is not None and not job.cancelling:
            self._worker.send("pause" if on else "continue")
            job.paused = on
            self._model.stages_changed.emit()

    def keep_best(self) -> None:
        """Ask the running training to end with its best weights so far."""
        job = self._model.job
        if self._worker is not None and job is not None and job.has_best and not job.cancelling:
            self._worker.send(f"keep-best {job.stage}")
            job.keeping, job.paused = True, False
            self._model.stages_changed.emit()

    def actions(self) -> dict[type, Callable[[Any], None]]:
        """What to do for each intent that is about the running job."""
        return {
            intents.CancelJob: lambda i: self.cancel(),
            intents.PauseJob: lambda i: self.pause(i.on),
            intents.KeepBest: lambda i: self.keep_best(),
        }

    def close(self) -> list[ChildProcess]:
        """Ask the worker to end; returns what is to be waited for."""
        if self._worker is None:
            return []
        self._worker.close()
        return [self._worker]

    def _on_line(self, line: str) -> None:
        try:
            self._queue.put(from_json(line))
        except ValueError:
            self._queue.put(LogLine(stage="", text=line, level="warning"))

    def _on_event(self, event: Event) -> None:
        if isinstance(event, JobEnded):
            self._model.end_job(event.exit_code)
        else:
            self._model.take_event(event)

    def _on_ended(self, exit_code: int, unasked: bool) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if self.running and unasked:
            stage = self._model.job.stage if self._model.job is not None else ""
            self._queue.put(
                StageFailed(
                    stage=stage,
                    code="worker-lost",
                    message=self.tr("The worker process ended unexpectedly (code {code}).").format(
                        code=exit_code
                    ),
                    hint=self.tr("Run again; everything finished before is kept."),
                    facts={"standard_error": worker.complaints},
                )
            )
        if self.running:
            self._queue.put(JobEnded(exit_code=1))
        worker.deleteLater()


class Predictor(QObject):
    """A light worker that answers small questions (does this model fit that board?), newest first."""

    answered = Signal(object, object)  # the question, the values of its Results (a list of dicts)
    failed = Signal(object, object)  # the question, StageFailed; `answered` with what there is follows

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: ChildProcess | None = None
        self._waiting: deque[dict[str, object]] = deque()
        self._asked: dict[str, object] | None = None
        self._values: list[dict[str, Any]] = []
        self._failure: StageFailed | None = None

    def ask(self, question: dict[str, object]) -> None:
        """Put a question (a worker job) in the queue; the same question waits only once."""
        if question in self._waiting or question == self._asked:
            return
        self._waiting.append(question)
        self._next()

    def close(self) -> list[ChildProcess]:
        """Ask the worker to end; returns what is to be waited for."""
        self._waiting.clear()
        if self._worker is None:
            return []
        self._worker.close()
        return [self._worker]

    def _next(self) -> None:
        if self._asked is not None or not self._waiting:
            return
        if self._worker is None or not self._worker.running:
            self._worker = ChildProcess("worker", parent=self)
            self._worker.line_arrived.connect(self._on_line)
            self._worker.ended.connect(self._on_ended)
        self._asked, self._values, self._failure = self._waiting.popleft(), [], None
        self._worker.send(self._asked)

    def _on_line(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if message.get("event") == "result":
            self._values.append(message)
        elif message.get("event") == "stage_failed":
            failure = from_json(line)
            self._failure = failure if isinstance(failure, StageFailed) else None
        elif message.get("event") == "job_ended":
            self._answer(self._values)

    def _on_ended(self, exit_code: int, unasked: bool) -> None:
        if self._worker is not None:
            self._worker.deleteLater()
            self._worker = None
        self._failure = lost = StageFailed(
            stage="",
            code="worker-lost",
            message=self.tr("The worker process ended unexpectedly (code {code}).").format(
                code=exit_code
            ),
            hint=self.tr("Try again."),
        )
        forgotten = list(self._waiting)
        self._waiting.clear()
        self._answer([])
        for question in forgotten:
            self.failed.emit(question, lost)

    def _answer(self, values: list[dict[str, Any]]) -> None:
        question, self._asked = self._asked, None
        if question is not None:
            if self._failure is not None:
                self.failed.emit(question, self._failure)
            self.answered.emit(question, values)
        self._next()


class VirtualBoard(QObject):
    """A virtual board in its own process, for as long as the window wants it."""

    listening = Signal(str, int)  # uart url, control port
    lost = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: ChildProcess | None = None
        self.board_id = ""
        self.uart = ""
        self.control_port = 0

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self.control_port > 0

    def start(self, board_id: str, elf: Path | None = None) -> None:
        """Start it; `listening` follows. A board of the same kind that listens already is kept."""
        if self.running and self.board_id == board_id:
            self.listening.emit(self.uart, self.control_port)
            return
        for process in self.stop():
            process.wait()
        self.board_id = board_id
        arguments = ("--board", board_id, *(("--elf", str(elf)) if elf is not None else ()))
        self._process = ChildProcess("virtual-board", arguments, self)
        self._process.line_arrived.connect(self._on_line)
        self._process.ended.connect(self._on_ended)

    def stop(self) -> list[ChildProcess]:
        """Ask it to end; returns what is to be waited for."""
        process, self._process = self._process, None
        self.uart, self.control_port = "", 0
        if process is None:
            return []
        process.close()
        return [process]

    def _on_line(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if message.get("event") == "listening":
            self.uart, self.control_port = str(message["uart"]), int(message["control_port"])
            self.listening.emit(self.uart, self.control_port)

    def _on_ended(self, exit_code: int, unasked: bool) -> None:
        if self._process is None:
            return
        complaints = self._process.complaints
        self._process.deleteLater()
        self._process = None
        self.uart, self.control_port = "", 0
        if unasked:
            last = complaints.splitlines()[-1] if complaints else ""
            self.lost.emit(
                self.tr("The virtual board ended (code {code}). {detail}").format(
                    code=exit_code, detail=last
                )
            )


class LiveLink(QObject):
    """The recorder process that owns the port: connect, play inputs, record, let go of the port.

    The recorder itself tries a lost link again by itself; here only a lost recorder is replaced.
    """

    def __init__(self, model: ProjectModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._recorder: ChildProcess | None = None
        self._url = ""
        self._elf: Path | None = None
        self._wanted = False
        self._after_open: list[dict[str, object]] = []
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self._connect)

    def connect_to(self, url: str, *, link: str, simulated: bool, elf: Path | None = None) -> None:
        """Open `url` (a serial port or `socket://...`) and keep trying until `disconnect_link`.

        `elf` is the firmware that should run there, so that a fault can be told with its line.
        """
        self._url, self._wanted, self._elf = url, True, elf
        live = LiveState(
            state="connecting",
            link=link,
            since=time.time(),
            simulated=simulated,
            ring=self._model.live.ring,
        )
        self._model.set_live(live)
        self._connect()

    def disconnect_link(self) -> None:
        """Let go of the port."""
        self._wanted = False
        self._after_open.clear()
        self._retry.stop()
        if self._recorder is not None:
            self._recorder.send({"release": True})
        live = replace(
            self._model.live, state="closed", since=time.time(), message="", recording="", fault={}
        )
        self._model.set_live(live)

    def send(self, command: dict[str, object]) -> None:
        """A command of the recorder, for example `{"play": {...}}`; it waits for the link to open."""
        live = self._model.live
        if self._recorder is not None and (live.state == "open" or (live.fault and "reset" in command)):
            self._recorder.send(command)
            if "record" in command:
                path = str(command["record"] or "")
                self._model.set_live(replace(live, recording=path))
        else:
            self._after_open.append(command)

    def close(self) -> list[ChildProcess]:
        """Ask the recorder to end; returns what is to be waited for."""
        self._wanted = False
        self._retry.stop()
        if self._recorder is None:
            return []
        self._recorder.close()
        return [self._recorder]

    def _connect(self) -> None:
        if not self._wanted:
            return
        if self._recorder is None or not self._recorder.running:
            self._recorder = ChildProcess("recorder", parent=self)
            self._recorder.line_arrived.connect(self._on_line)
            self._recorder.ended.connect(self._on_ended)
        self._recorder.send({"connect": self._url, "elf": str(self._elf or "")})

    def _on_line(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        kind = message.get("event")
        if kind == "ring":
            self._model.set_live(replace(self._model.live, ring=str(message["path"])))
        elif kind == "hello":
            self._model.set_live(replace(self._model.live, hello=message, fault={}))
        elif kind == "fault" and self._wanted and not self._model.live.fault:
            self._model.set_live(replace(self._model.live, fault=message))
        elif kind == "reset":
            message = {"event": "log", "level": 1, "message": engine_words(str(message["message"]))}
        elif kind == "state" and self._wanted:
            self._on_state(message)
        self._model.take_live_frame(message)

    def _on_state(self, message: dict[str, Any]) -> None:
        states = {"connected": "open", "connecting": "connecting", "lost": "lost"}
        state = states.get(str(message.get("state")))
        if state is None:  # it is about an earlier link
            return
        live = self._model.live
        if live.state == "lost" and state == "connecting":
            state = "lost"  # still: the words count the seconds since the board fell silent
        since = live.since if state == live.state else time.time()
        text = str(message.get("message", ""))
        self._model.set_live(replace(live, state=state, since=since, message=text))
        if state == "open":
            waiting, self._after_open = self._after_open, []
            for command in waiting:
                self.send(command)

    def _on_ended(self, exit_code: int, unasked: bool) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.deleteLater()
        if unasked and self._wanted:
            words = self.tr("The recorder process ended (code {code}).").format(code=exit_code)
            self._model.set_live(
                replace(self._model.live, state="lost", ring="", since=time.time(), message=words)
            )
            self._retry.start()
