"""The hands-free demo: plays the whole path in the window, following the running stage page by page."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.events import EpochEnded, StageFailed, StageFinished, StageStarted
from engine.figures import Simulated
from gui.heartbeat import Heartbeat
from gui.main_window import MainWindow
from gui.pages.page import PAGE_KEYS
from gui.project_model import ProjectModel, RunningJob
from gui.widgets.amounts import DASH, milliseconds, number, percent, size

_LOOK_MS = 1200  # at each page before the run
_LIVE_ANSWERS = 12
_LIVE_PATIENCE_MS = 30_000
_SETTLE_MS = 250
_BOARD_EXIT_CODE = 8
_BOARD_WITHOUT_PROJECT = "stm32f407"


class DemoPlayer(QObject):
    """Plays the path of the open project.

    `speak` writes progress and the closing table to standard output; `exit_code` is 0, or that of the
    stage that failed.
    """

    finished = Signal(int)

    def __init__(self, window: MainWindow, *, screenshots: Path | None = None) -> None:
        super().__init__(window)
        self.exit_code = 0
        self.speak = False
        self.playing = False
        self._window, self._model = window, window.model
        self._screenshots = screenshots
        self._answers = 0
        self._waiting_for_live = False
        self._to_show: list[str] = []
        self.heartbeat = Heartbeat(self._what_runs, self)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_LIVE_PATIENCE_MS)
        self._patience.timeout.connect(self._on_no_answer)
        self._model.job_event.connect(self._on_job_event)
        self._model.job_finished.connect(self._on_job_finished)
        self._model.live_frame.connect(self._on_live_frame)
        self._model.stages_changed.connect(self._on_stages_changed)

    def play(self) -> None:
        """Begin once the stages are known; without a project, make one from the first task."""
        if self.playing or self._window.work.jobs.running:
            return
        self.playing, self.exit_code, self._answers = True, 0, 0
        self.heartbeat.start()
        if self._model.project is None:
            self._window.work.new_from_task("keywords", _BOARD_WITHOUT_PROJECT)
        elif self._model.stages:
            self._look_around()

    def refuse(self, problem: StageFailed | None) -> None:
        """There is no project to play: say why."""
        self.exit_code = problem.exit_code if problem is not None else 1
        if problem is not None:
            self._say(f"{problem.message} {problem.hint}".rstrip())

    def stop(self) -> None:
        """Leave the demo; a running job goes on."""
        if self.playing:
            self._patience.stop()
            self.heartbeat.stop()
            self.playing, self._waiting_for_live, self._to_show = False, False, []

    def _on_stages_changed(self) -> None:
        waits = not self._to_show and not self._waiting_for_live and not self._window.work.jobs.running
        if self.playing and waits and self._model.stages and self._model.job is None:
            self._look_around()

    def _look_around(self) -> None:
        self._to_show = ["model", "board", "compress"]
        self._show_next()

    def _show_next(self) -> None:
        if not self.playing:
            return
        if not self._to_show:
            self._window.work.run_until("board-run")
            return
        self._window.open_page(self._to_show[0])
        QTimer.singleShot(_LOOK_MS, self, self._on_looked)

    def _on_looked(self) -> None:
        if self._to_show:
            self._to_show.pop(0)
        self._show_next()

    def _on_job_event(self, event: object) -> None:
        if isinstance(event, StageStarted):
            if self.playing:
                self._window.open_page(self._model.page_of(event.stage))
            self._say(f"{event.title} ({event.stage})")
        elif isinstance(event, EpochEnded):
            self._say(
                f"  epoch {event.epoch} of {event.epochs}: loss {event.validation_loss:.3f}, "
                f"accuracy {_fraction(event.validation_accuracy)}"
            )
        elif isinstance(event, StageFinished):
            self._say("  was done before" if event.cached else f"  done in {event.seconds:.1f} s")
        elif isinstance(event, StageFailed):
            self._say(f"  {event.message} {event.hint}".rstrip())

    def _on_job_finished(self, job: RunningJob) -> None:
        if not self.playing:
            return
        if job.exit_code:
            self._end(job.exit_code)
        elif job.job.get("until") == "board-run":
            self._window.open_page("live")
            self._waiting_for_live = True
            self._patience.start()
        elif job.job.get("until") == "model":
            self._look_around()

    def _on_live_frame(self, frame: dict[str, object]) -> None:
        if self._waiting_for_live and frame.get("event") == "inference":
            self._answers += 1
            if self._answers >= _LIVE_ANSWERS:
                self._patience.stop()
                self._waiting_for_live = False
                self._end(0)

    def _on_no_answer(self) -> None:
        self._waiting_for_live = False
        self._say("The board gave no live answer in 30 s.")
        self._end(_BOARD_EXIT_CODE)

    def _end(self, exit_code: int) -> None:
        self.exit_code = exit_code
        self.heartbeat.stop()
        if self._screenshots is None:
            self._conclude()
            return
        self._screenshots.mkdir(parents=True, exist_ok=True)
        self._to_show = list(PAGE_KEYS)
        self._picture_next()

    def _picture_next(self) -> None:
        if not self._to_show:
            self._window.open_page("live")
            self._conclude()
            return
        self._window.open_page(self._to_show[0])
        QTimer.singleShot(_SETTLE_MS, self, self._on_settled)

    def _on_settled(self) -> None:
        key = self._to_show.pop(0)
        assert self._screenshots is not None
        path = self._screenshots / f"{PAGE_KEYS.index(key) + 1}-{key}.png"
        if self._window.grab().save(str(path)):
            self._say(f"Saved {path}")
        else:
            self._say(f"{path} could not be saved.")
        self._picture_next()

    def _conclude(self) -> None:
        self._to_show = []
        self.playing = False
        self._say("")
        for name, value in closing_table(self._model):
            self._say(f"{name:<34}{value}")
        beat = self.heartbeat
        pause = f"{beat.worst_gap_ms:.0f} ms ({beat.worst_work_ms:.0f} ms own work, {beat.worst_label})"
        self._say(f"{'Longest pause of the window':<34}{pause}")
        self.finished.emit(self.exit_code)

    def _what_runs(self) -> str:
        job = self._model.job
        return job.stage if job is not None and job.running and job.stage else self._window.page_key

    def _say(self, line: str) -> None:
        if self.speak:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


def closing_table(model: ProjectModel) -> list[tuple[str, str]]:
    """The figures that matter at the end, in order; what is not known is an en dash."""
    convert, fit, build, ran, board = (
        model.convert(),
        model.fit(),
        model.build(),
        model.board_run(),
        model.board(),
    )
    rows: list[tuple[str, str]] = []

    plain = convert.float_accuracy if convert is not None else None
    int8 = convert.int8_accuracy if convert is not None else None
    on_board = ran.accuracy if ran is not None else None
    rows.append(("Accuracy, 32-bit float", _fraction(plain.value if plain else None)))
    rows.append(("Accuracy, INT8 on this computer", _fraction(int8.value if int8 else None)))
    rows.append(("Accuracy, INT8 on the board", _fraction(on_board.value if on_board else None)))
    flash = ram = arena = cycles = latency = bytes_differ = DASH
    if build is not None and board is not None:
        flash = f"{size(build.flash_bytes)} of {size(board.flash_bytes)}"
        ram = f"{size(build.ram_bytes)} of {size(board.ram_bytes)}"
    if fit is not None:
        arena = f"{number(fit.arena_bytes)} bytes, lower bound {number(fit.arena_lower_bound_bytes)}"
    if ran is not None:
        basis = "simulated" if isinstance(ran.cycles, Simulated) else ran.cycles.basis
        cycles = f"{number(ran.cycles.value)} ({basis})"
        latency = f"{milliseconds(ran.latency_ms.value)} ms ({basis})"
        bytes_differ = f"{number(ran.mismatched_bytes)} over {number(ran.inputs_compared)} inputs"
    return [
        *rows,
        ("Flash", flash),
        ("RAM", ram),
        ("Arena", arena),
        ("Cycles per inference", cycles),
        ("Time per inference", latency),
        ("Bytes unlike TFLite Micro", bytes_differ),
    ]


def _fraction(value: float | None) -> str:
    return DASH if value is None else percent(value)
