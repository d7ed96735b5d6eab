"""What the board gets while it is live: test clips in turn, one by hand, or what the microphone hears.

The sound is the work of a process of its own; the window only hands its clips on to the recorder.
"""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from gui import intents
from gui.child_process import ChildProcess

if TYPE_CHECKING:
    from gui.jobs import LiveLink
    from gui.project_model import ProjectModel

CLIPS, HAND, MICROPHONE = "clips", "hand", "microphone"
CLIP_STEP_SECONDS = 0.5


@dataclass(frozen=True)
class InputState:
    """Where the board's inputs come from; part of the project model.

    Attributes:
        source: `clips`, `hand` or `microphone`.
        devices: names of what can be heard, the default first; known while the microphone is open.
        device: the one that was asked for, "" for the default.
        hearing: the microphone is open.
        problem, hint: why nothing is heard, and the cure; "" each if nothing is wrong.
        rows: int8 (n, bytes of one input), the test inputs as the board gets them; None before they
            are read.
        classes: of the test inputs, () where they have none.
        labels: which class each row is, None where that is not known.
    """

    source: str = CLIPS
    devices: tuple[str, ...] = ()
    device: str = ""
    hearing: bool = False
    problem: str = ""
    hint: str = ""
    rows: NDArray[np.int8] | None = field(default=None, compare=False)
    classes: tuple[str, ...] = ()
    labels: NDArray[np.int64] | None = field(default=None, compare=False)
    rows_from: Path | None = None


def takes_sound(model: ProjectModel) -> bool:
    """Whether the project's network can be fed with sound from a microphone."""
    project = model.project
    return project is not None and project.takes_sound


class LiveInput(QObject):
    """Acts on what the pages ask for, and owns the process that hears."""

    _rows_read = Signal(object, object)

    def __init__(self, model: ProjectModel, live: LiveLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._live = model, live
        self._hearing: ChildProcess | None = None
        self._waiting: dict[str, object] | None = None  # the newest clip that the board did not get yet
        self._under_way = False
        self._leaving: list[ChildProcess] = []
        self._folder: Path | None = None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._rows_read.connect(self._on_rows_read)
        model.live_frame.connect(self._on_frame)
        model.live_changed.connect(self._on_live_changed)
        model.project_changed.connect(self._on_project_changed)

    def actions(self) -> dict[type, Callable[[Any], None]]:
        """What to do for each intent that makes the board run."""
        return {
            intents.PlayInputs: lambda i: self.play(i.interval_ms),
            intents.RunFreely: lambda i: self.run_freely(i.rate_hz),
            intents.ChooseInput: lambda i: self.choose(i.source, i.device),
            intents.SendInput: lambda i: self.send(i.data),
            intents.ResetBoard: lambda i: self._live.send({"reset": True}),
        }

    def choose(self, source: str, device: str = "") -> None:
        """Feed the board from another source; the microphone opens at once."""
        self._stop_hearing()
        self._set(source=source, device=device, problem="", hint="")
        if source == MICROPHONE:
            self._start_hearing()
        elif self._model.live.state == "open":
            if source == CLIPS:
                self.play(intents.PlayInputs().interval_ms)
            else:
                self._live.send({"run_freely": 0})

    def play(self, interval_ms: int) -> None:
        """Send the test set to the board, one input after the other; without one, run freely."""
        self._leave_source()
        inputs = test_inputs(self._model)
        if inputs is not None:
            self._live.send({"play": {"inputs": str(inputs), "interval_ms": interval_ms}})
        else:
            self._live.send({"run_freely": 1000 / interval_ms})

    def run_freely(self, rate_hz: float) -> None:
        """Let the board repeat its last input by itself."""
        self._leave_source()
        self._live.send({"run_freely": rate_hz})

    def _leave_source(self) -> None:
        if self._model.input.source != CLIPS:
            self._stop_hearing()
            self._set(source=CLIPS, problem="", hint="")

    def go_on(self, interval_ms: int) -> None:
        """After the board was flashed: play, unless another source was chosen."""
        if self._model.input.source == CLIPS:
            self.play(interval_ms)

    def send(self, data: bytes) -> None:
        """Run one input once."""
        self._live.send({"clip": {"tensor": base64.b64encode(data).decode("ascii")}})

    def close(self) -> list[ChildProcess]:
        """Ask the process to end; returns what is to be waited for."""
        self._stop_hearing()
        self._pool.waitForDone()
        return [process for process in self._leaving if process.running]

    # ---- the microphone ------------------------------------------------------------------------
    def _start_hearing(self) -> None:
        project, network = self._model.project, _int8_network(self._model)
        if project is None or network is None:
            self._set(
                problem=self.tr("The model is not converted yet."),
                hint=self.tr("Run Verify first, then try again."),
            )
            return
        wanted = {
            "device": self._model.input.device,
            "project": str(project.folder),
            "model": str(network),
            "step_seconds": CLIP_STEP_SECONDS,
        }
        self._hearing = process = ChildProcess("microphone", (json.dumps(wanted),), parent=self)
        process.line_arrived.connect(self._on_heard)
        process.ended.connect(self._on_ended)

    def _stop_hearing(self) -> None:
        process, self._hearing = self._hearing, None
        self._waiting, self._under_way = None, False
        if process is not None:
            process.line_arrived.disconnect(self._on_heard)
            process.ended.disconnect(self._on_ended)
            process.ended.connect(self._tidy_up)
            self._leaving.append(process)
            process.close()
            self._tidy_up()
        self._set(hearing=False)

    def _tidy_up(self, *_: object) -> None:
        """Be rid of processes that were asked to end, once they have."""
        for process in [p for p in self._leaving if not p.running]:
            self._leaving.remove(process)
            process.deleteLater()

    def _on_heard(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        kind = message.get("event")
        if kind == "heard_devices":
            names = tuple(str(name) for name in message["devices"])
            self._set(hearing=True, devices=names, device=str(message["device"]))
        elif kind == "heard_problem":
            self._set(hearing=False, problem=str(message["message"]), hint=str(message["hint"]))
        elif kind == "heard_clip":
            parts = ("number", "samples", "tensor", "features_us")
            self._waiting = {part: message[part] for part in parts}
            self._send_next()
        self._model.take_live_frame(message)

    def _on_ended(self, _exit_code: int, _unasked: bool) -> None:
        process, self._hearing = self._hearing, None
        if process is None:
            return
        if not self._model.input.problem:
            last = process.complaints.splitlines()[-1:]
            self._set(
                problem=self.tr("The process that hears has ended."),
                hint=" ".join([*last, self.tr("Try again.")]),
            )
        self._set(hearing=False)
        process.deleteLater()

    def _send_next(self) -> None:
        """Give the board the newest clip, unless it still works on the one before."""
        if self._waiting is not None and not self._under_way and self._model.live.state == "open":
            clip, self._waiting = self._waiting, None
            self._under_way = True
            self._live.send({"clip": clip})

    def _on_frame(self, frame: dict[str, object]) -> None:
        if frame.get("event") in ("clip", "error"):
            self._under_way = False
            self._send_next()

    # ---- state ---------------------------------------------------------------------------------
    def _set(self, **changes: object) -> None:
        self._model.set_input(replace(self._model.input, **changes))  # type: ignore[arg-type]

    def _on_live_changed(self) -> None:
        if self._model.live.state != "open":
            self._under_way = False
            return
        path = test_inputs(self._model)
        if path is not None and path != self._model.input.rows_from:
            self._set(rows_from=path)
            self._pool.start(_Reader(self, path))

    def _on_rows_read(self, path: Path, read: tuple[Any, Any, Any]) -> None:
        if path == self._model.input.rows_from:
            rows, labels, classes = read
            self._set(rows=rows, labels=labels, classes=classes)

    def _on_project_changed(self) -> None:
        project = self._model.project
        folder = project.folder if project is not None else None
        if folder != self._folder:
            self._folder = folder
            self._stop_hearing()
            self._model.set_input(InputState())


def test_inputs(model: ProjectModel) -> Path | None:
    """The file of the test set as the board gets it, None before the conversion."""
    state = model.stage("convert")
    return state.folder / "test_inputs.npz" if state is not None and state.folder else None


def _int8_network(model: ProjectModel) -> Path | None:
    project, state, converted = model.project, model.stage("convert"), model.convert()
    if project is not None and project.is_finished_model:
        return project.model_path
    if state is None or state.folder is None or converted is None:
        return None
    return state.folder / converted.files["int8"]


class _Reader(QRunnable):
    """Reads the test inputs in the background."""

    def __init__(self, owner: LiveInput, path: Path) -> None:
        super().__init__()
        self._owner, self._path = owner, path

    def run(self) -> None:
        """Read, and hand over to the window's thread by a queued signal."""
        rows = labels = None
        classes: tuple[str, ...] = ()
        try:
            with np.load(self._path, allow_pickle=False) as file:
                inputs = np.ascontiguousarray(file["inputs"])
                rows = inputs.reshape(len(inputs), -1).view(np.int8)
                classes = tuple(str(c) for c in file["classes"]) if "classes" in file else ()
                labels = file["labels"] if classes and "labels" in file else None
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            pass  # without pictures the page still works; playing tells what is wrong
        self._owner._rows_read.emit(self._path, (rows, labels, classes))
