"""Booth mode: the show that runs by itself. It gets the board ready, feeds it, and mends what fails.

Where a microphone can be heard, visitors speak a word; else clips of the test set are played.

The work is the workbench's, in processes; this only asks for it again whenever nothing happens.
"""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from gui.engine_words import engine_words
from gui.live_input import CLIPS, MICROPHONE, takes_sound
from gui.main_window import MainWindow
from gui.project_model import ProjectModel, RunningJob
from gui.spoken_words import SpokenWords
from gui.statuses import time_left
from gui.translation import language
from gui.widgets.booth_canvas import BoothAnswer, BoothFacts
from gui.widgets.booth_screen import CLIP_SECONDS, BoothScreen
from gui.widgets.clip_preview import clip_picture, heard_picture
from gui.widgets.live_cards import shares_of

INTERVAL_MS = 3500
"""From one answer to the next."""
_NEXT_CLIP_MS = INTERVAL_MS - round(CLIP_SECONDS * 1000)
_SILENCE_SECONDS = 9.0  # then the link is made anew; each further time waits twice as long
_LONGEST_SILENCE_SECONDS = 60.0
_TRY_AGAIN_SECONDS = 10.0  # after a job that failed
_SECOND_MS = 1000
_LATENCIES = 90
_WORD_SECONDS = 4.0  # a spoken word stays in view
_BOARD = "stm32f407"
_SETTING = "booth_project"


class Booth(QObject):
    """Shows the open project if it is converted for a board, else a keyword project of its own.

    Attributes:
        screen: None while booth mode is off.
        answers, reconnects: since it was opened; a reset does not change them.
    """

    left = Signal()

    def __init__(self, window: MainWindow, settings: QSettings | None = None) -> None:
        super().__init__(window)
        self._window, self._work, self._model = window, window.work, window.model
        self._settings = settings
        self.screen: BoothScreen | None = None
        self.answers = self.reconnects = 0
        self._own = ""  # folder of the booth's project
        self._before: tuple[Path | None, str] = (None, "system")
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._heard_at = self._silent_since = 0.0
        self._patience_seconds = _SILENCE_SECONDS
        self._failed_at: float | None = None
        self._next_index = 0
        self._words = SpokenWords()
        self._word_at = 0.0
        self._deaf = False  # no microphone can be heard: until somebody begins anew
        self._second = QTimer(self)
        self._second.setInterval(_SECOND_MS)
        self._second.timeout.connect(self._on_second)
        self._next_clip = QTimer(self)
        self._next_clip.setSingleShot(True)
        self._next_clip.setInterval(_NEXT_CLIP_MS)
        self._next_clip.timeout.connect(self._show_next_clip)
        self._model.live_frame.connect(self._on_live_frame)
        self._model.live_changed.connect(self._on_live_changed)
        self._model.stages_changed.connect(self._go_on)
        self._model.job_finished.connect(self._on_job_finished)

    # ---- begin and end -----------------------------------------------------------------------------
    def open(self) -> None:
        """Go to booth mode; the window waits behind it."""
        if self.screen is not None:
            return
        project = self._model.project
        self._before = (project.folder if project is not None else None, language().choice)
        self._own = str(self._settings.value(_SETTING) or "") if self._settings is not None else ""
        self.answers = self.reconnects = 0
        self.screen = BoothScreen()
        self.screen.leave_asked.connect(self.leave)
        self.screen.reset_asked.connect(self.reset)
        self.screen.language_asked.connect(self._on_language)
        self.screen.showFullScreen()
        self._window.hide()
        self._second.start()
        self._begin()

    def leave(self) -> None:
        """Back to the window, with the project and the language from before."""
        if self.screen is None:
            return
        folder, choice = self._before
        language().apply(choice)
        self._work.disconnect_board()
        project = self._model.project
        if folder is not None and (project is None or project.folder != folder):
            self._work.open_project_folder(folder)
        self._window.show()
        self._take_screen_away()
        self.left.emit()

    def close(self) -> None:
        """End with the program."""
        if self.screen is not None:
            self._take_screen_away()

    def reset(self) -> None:
        """Begin anew for the next visitor: counts, language, first clip, and the board restarts."""
        if self.screen is None:
            return
        language().apply(self._before[1])
        self.screen.say_language()
        self._begin()

    def _take_screen_away(self) -> None:
        screen, self.screen = self.screen, None
        if self._model.input.source == MICROPHONE:
            self._work.input.choose(CLIPS)
        self._second.stop()
        self._next_clip.stop()
        if screen is not None:
            screen.may_close = True
            screen.close()
            screen.deleteLater()

    def _begin(self) -> None:
        assert self.screen is not None
        view = self.screen.view
        view.mode, view.answer, view.clip = "preparing", None, None
        view.answers = view.right = 0
        self._latencies.clear()
        view.latencies = ()
        view.listens = self._deaf = False
        self._failed_at = None
        self._next_clip.stop()
        if self._model.live.state == "open":
            self._work.live.send({"reset": True})
        self._go_on()

    # ---- getting ready -------------------------------------------------------------------------------
    def _go_on(self) -> None:
        """Take the next step towards a board that answers; safe to call at any time."""
        screen, model = self.screen, self._model
        if screen is None or screen.view.mode != "preparing" or self._work.busy:
            return
        if self._failed_at is not None or (model.project is not None and not model.stages):
            return  # the second timer tries again, or the stages are being read
        own = model.project is not None and str(model.project.folder) == self._own
        can_show = self._can_show()
        if can_show and _is_done(model, "build"):
            self._play()
        elif can_show or own:
            self._work.run_until("board-run", follow=False)
        elif self._own and Path(self._own).is_dir() and self._work.open_project_folder(Path(self._own)):
            return
        else:
            self._own = ""
            self._work.new_from_task("keywords", _BOARD)
        screen.refresh()

    def _can_show(self) -> bool:
        """Whether the open project is converted for a board, and its answers are known classes."""
        project, data = self._model.project, self._model.data()
        if project is None or not project.board_id or data is None:
            return False
        return len(data.classes) > 1 and _is_done(self._model, "convert")

    def _play(self) -> None:
        """Connect the board, and let it hear visitors or one clip after the other."""
        assert self.screen is not None
        self.screen.view.facts = self._facts()
        self.screen.view.mode = "playing"
        self._heard_at = self._silent_since = time.monotonic()
        self._patience_seconds = _SILENCE_SECONDS
        if self._model.live.state != "open":
            self._work.connect_board()
        if takes_sound(self._model) and not self._deaf:
            self._listen()
        else:
            self._play_clips()

    def _listen(self) -> None:
        assert self.screen is not None
        view = self.screen.view
        view.listens, view.answer, view.clip, view.clip_share = True, None, None, 1.0
        self._work.input.choose(MICROPHONE)

    def _play_clips(self) -> None:
        assert self.screen is not None
        self.screen.view.listens = False
        self._work.play_inputs(INTERVAL_MS)
        self._next_index = 0
        self._show_next_clip()

    def _on_job_finished(self, job: RunningJob) -> None:
        if self.screen is None:
            return
        if job.exit_code == 0:
            if job.job.get("verb") == "new" and job.results:
                self._own = str(job.results[-1]["project"])
                if self._settings is not None:
                    self._settings.setValue(_SETTING, self._own)
            return  # the stages are read anew, and then it goes on
        self._failed_at = time.monotonic()
        view = self.screen.view
        view.mode = "problem"
        view.detail = engine_words(job.failure.message) if job.failure is not None else ""
        self.screen.refresh()

    def _facts(self) -> BoothFacts:
        model = self._model
        board, build, ran, convert = model.board(), model.build(), model.board_run(), model.convert()
        data, project = model.data(), model.project
        figure = ran.accuracy if ran is not None else None
        if figure is None and convert is not None:
            figure = convert.int8_accuracy
        tested = sum(data.counts.get("test", {}).values()) if data is not None else 0
        return BoothFacts(
            board=board.name if board is not None else "",
            clock_hz=board.clock_hz if board is not None else 0,
            ram_bytes=board.ram_bytes if board is not None else 0,
            flash_bytes=board.flash_bytes if board is not None else 0,
            simulated=model.link == "virtual",
            task=project.task if project is not None else "",
            classes=tuple(data.classes) if data is not None else (),
            program_bytes=build.flash_bytes if build is not None else 0,
            memory_bytes=build.ram_bytes if build is not None else 0,
            accuracy=figure.value if figure is not None else None,
            tested=ran.inputs_compared if ran is not None else tested,
        )

    # ---- the show ------------------------------------------------------------------------------------
    def _show_next_clip(self) -> None:
        if self.screen is None or self.screen.view.mode != "playing":
            return
        rows = self._model.input.rows
        if rows is not None and len(rows):
            self.screen.view.clip = self._picture_of(rows[self._next_index % len(rows)])
        self.screen.view.answer = None
        self.screen.begin_clip()

    def _picture_of(self, row: NDArray[np.int8]) -> NDArray[np.uint8]:
        data = self._model.data()
        return clip_picture(row, tuple(data.input_shape) if data is not None else ())

    def _on_live_frame(self, frame: dict[str, object]) -> None:
        screen = self.screen
        if screen is None:
            return
        if screen.view.listens:
            self._on_sound(screen, frame)
            return
        if frame.get("event") != "inference" or "predicted_class" not in frame:
            return
        index, output, place = frame.get("index"), frame.get("output"), frame.get("predicted")
        if not (isinstance(index, int) and isinstance(output, list) and isinstance(place, int)):
            return
        self._heard_at = time.monotonic()
        self._patience_seconds = _SILENCE_SECONDS
        self.answers += 1
        view = screen.view
        if view.mode not in ("playing", "lost"):
            return
        latency_us = frame.get("latency_us")
        latency_ms = latency_us / 1e3 if isinstance(latency_us, int | float) else 0.0
        view.mode = "playing"
        view.answer = BoothAnswer(
            str(frame["predicted_class"]),
            shares_of(output)[place],
            str(frame.get("class", "")),
            latency_ms,
        )
        rows = self._model.input.rows
        if rows is not None and index < len(rows):
            view.clip = self._picture_of(rows[index])
        view.clip_share = 1.0
        view.answers += 1
        view.right += view.answer.word == view.answer.truth
        self._latencies.append(latency_ms)
        view.latencies = tuple(self._latencies)
        self._next_index = index + 1
        self._next_clip.start()
        screen.refresh()

    def _on_sound(self, screen: BoothScreen, frame: dict[str, object]) -> None:
        """The microphone heard something, or the board answered to it."""
        kind, now, view = frame.get("event"), time.monotonic(), screen.view
        if kind == "heard_level" and isinstance(frame.get("db"), int | float):
            self._words.hear_level(float(str(frame["db"])), now)
        elif kind == "heard_clip":
            view.clip, view.clip_share = heard_picture(frame), 1.0
            screen.refresh()
        elif kind == "inference" and isinstance(frame.get("output"), list):
            self._heard_at, self._patience_seconds = now, _SILENCE_SECONDS
            self._on_heard(screen, shares_of(frame["output"]), frame.get("latency_us"), now)

    def _on_heard(
        self, screen: BoothScreen, shares: tuple[float, ...], latency_us: object, now: float
    ) -> None:
        view = screen.view
        if view.mode not in ("playing", "lost"):
            return
        latency_ms = latency_us / 1e3 if isinstance(latency_us, int | float) else 0.0
        view.mode = "playing"
        self._latencies.append(latency_ms)
        view.latencies = tuple(self._latencies)
        place, is_new = self._words.judge(shares, view.facts.classes, now)
        if place >= 0:
            self._word_at = now
            self.answers += is_new
            view.answers += is_new
            view.answer = BoothAnswer(view.facts.classes[place], shares[place], "", latency_ms)
        elif now - self._word_at > _WORD_SECONDS:
            view.answer = None
        screen.refresh()

    def _on_live_changed(self) -> None:
        screen, state = self.screen, self._model.live.state
        if screen is None or screen.view.mode not in ("playing", "lost"):
            return
        if screen.view.listens and self._model.input.problem:
            self._deaf = True
            self._play_clips()
        if state == "lost" and screen.view.mode == "playing":
            screen.view.mode = "lost"
            self._silent_since = time.monotonic()
            self.reconnects += 1
            self._next_clip.stop()
        elif state == "open" and screen.view.mode == "lost":
            screen.view.mode = "playing"
        screen.refresh()

    def _on_second(self) -> None:
        """Show how long it still takes; where nothing happens any more, try again."""
        screen, now = self.screen, time.monotonic()
        if screen is None:
            return
        view = screen.view
        if self._failed_at is not None:
            if now - self._failed_at >= _TRY_AGAIN_SECONDS:
                self._failed_at = None
                self._model.forget_failure()
                view.mode = "preparing"
                self._go_on()
        elif view.mode == "preparing":
            job = self._model.job
            view.work = self._model.page_of(job.stage) if job is not None else ""
            view.share = job.share if job is not None else None
            view.detail = time_left(self._model)
            self._go_on()
        elif now - self._heard_at >= self._patience_seconds:
            self._heard_at = now
            self._patience_seconds = min(2 * self._patience_seconds, _LONGEST_SILENCE_SECONDS)
            self._revive()
        view.silent_seconds = int(now - self._silent_since)
        screen.refresh()

    def _revive(self) -> None:
        """Nothing was heard: play again, or make the link anew."""
        if self._model.live.fault:
            self._work.live.send({"reset": True})
        elif self._model.live.state != "open":
            self._model.set_problem(None)
            self._work.disconnect_board()
            self._work.connect_board()
        if self.screen is not None and self.screen.view.listens:
            self._listen()
        else:
            self._work.play_inputs(INTERVAL_MS)

    def _on_language(self, choice: str) -> None:
        language().apply(choice)
        if self.screen is not None:
            self.screen.say_language()


def _is_done(model: ProjectModel, stage: str) -> bool:
    state = model.stage(stage)
    return state is not None and state.state == "done" and state.folder is not None
