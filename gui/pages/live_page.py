"""Flash & Live: write the firmware, then watch every answer of the board as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy

from engine.events import Event, StageFailed, StageProgress, StageStarted
from engine.telemetry.ring import RingReader
from gui.intents import (
    CancelJob,
    ChooseInput,
    Connect,
    CopyText,
    Disconnect,
    PlayInputs,
    RecordLive,
    ResetBoard,
    RunFreely,
    RunUntil,
    SaveImage,
    SaveText,
    SendInput,
)
from gui.live_input import MICROPHONE, takes_sound, test_inputs
from gui.pages.page import Footer
from gui.pages.result_page import EmptyWords, ResultPage
from gui.project_model import LiveState, ProjectModel, RunningJob
from gui.theme import CARD_GAP
from gui.widgets import amounts
from gui.widgets.board_log import BoardLog, frame_number
from gui.widgets.fault_card import FaultCard
from gui.widgets.input_card import InputCard
from gui.widgets.job_card import JobCard, Phase
from gui.widgets.latency_plots import LatencyPlots
from gui.widgets.layer_bars import LayerTimesCard
from gui.widgets.live_cards import (
    SPARK_POINTS,
    Answer,
    AnswerCard,
    FlashCard,
    LatencyCard,
    shares_of,
    split_outputs,
)
from gui.widgets.live_plot import SampleReader
from gui.widgets.primitives import Button, row
from gui.widgets.verdict import Verdict

CONNECTED = ("open", "connected")
PLAY_INTERVAL_MS = 500
FREE_RATE_HZ = 20.0
STATISTICS_MS = 500
SECOND_MS = 1000


class LivePage(ResultPage):
    """The board: flashing, the live link, and what it tells."""

    key: ClassVar[str] = "live"
    fills_with_log: ClassVar[bool] = False
    icon: ClassVar[str] = "lightning"

    def __init__(self, open_ring: Callable[[Path], SampleReader] = RingReader) -> None:
        super().__init__()
        self._open_ring = open_ring
        self._ring = ""
        self._job: RunningJob | None = None
        self._classes: tuple[str, ...] = ()
        self._latest_ms: float | None = None
        self._answers = 0
        self._lost_frames: int | None = None
        self._layer_cycles: list[int] = []
        self._add_actions()
        self.job_card = JobCard()
        self.job_card.cancel_confirmed.connect(lambda: self.intent.emit(CancelJob()))
        self.lost = Verdict("warn")
        self.fault = FaultCard()
        self.fault.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        self.latency = LatencyCard()
        self.answer = AnswerCard(self.tr("Last answer"))
        self.answer.play.clicked.connect(lambda: self.intent.emit(PlayInputs(PLAY_INTERVAL_MS)))
        self.answer.free.clicked.connect(lambda: self.intent.emit(RunFreely(FREE_RATE_HZ)))
        self.flash = FlashCard()
        self.flash.flash.clicked.connect(lambda: self.intent.emit(RunUntil("flash")))
        for button in (self.flash.restart, self.fault.restart):
            button.clicked.connect(lambda: self.intent.emit(ResetBoard()))
        for widget in (self.job_card, self.lost, self.fault):
            widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            self.content_layout.addWidget(widget)
        self.input = InputCard()
        self.input.source_chosen.connect(self._on_source)
        self.input.input_sent.connect(lambda data: self.intent.emit(SendInput(data)))
        self.input.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.content_layout.addWidget(self.input)
        self.flash.setFixedWidth(222)
        self.content_layout.addLayout(
            row((self.latency, 5), (self.answer, 4), self.flash, gap=CARD_GAP), 24
        )
        self.plots = LatencyPlots()
        self.strip, self.histogram = self.plots.strip, self.plots.histogram
        self.content_layout.addWidget(self.plots, 18)
        self.layers, self.board_log = LayerTimesCard(), BoardLog()
        self.log = self.board_log.view
        self.board_log.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        for card in (self.layers, self.board_log):
            card.setMinimumHeight(112)
            # both scroll by themselves and would rather be as high as all they hold
            card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.content_layout.addLayout(row((self.layers, 6), (self.board_log, 7), gap=CARD_GAP), 18)
        self.content_layout.setSpacing(CARD_GAP)
        self._statistics_timer = QTimer(self, interval=STATISTICS_MS)
        self._statistics_timer.timeout.connect(self._show_statistics)
        self._second_timer = QTimer(self, interval=SECOND_MS)
        self._second_timer.timeout.connect(self._on_second)

    def _add_actions(self) -> None:
        self.record = Button(self.tr("Record"), "", "record")
        self.record.setCheckable(True)
        self.record.clicked.connect(lambda on: self.intent.emit(RecordLive(on)))
        self.pause = Button(
            self.tr("Pause"), "", "pause", tip=self.tr("Freezes the view, not the recording")
        )
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._on_paused)
        tip = self.tr("Save the latencies of the last minute")
        self.csv = Button(self.tr("CSV"), "", "csv", tip=tip)
        self.csv.clicked.connect(self._save_csv)
        self.png = Button(self.tr("PNG"), "", "image", tip=self.tr("Save the chart as a picture"))
        self.png.clicked.connect(
            lambda: self.intent.emit(SaveImage("latency.png", self.strip.picture()))
        )
        keys = {self.record: "Ctrl+R", self.pause: "Ctrl+P", self.csv: "Ctrl+E", self.png: ""}
        for button, key in keys.items():
            button.setShortcut(key)
            self.actions.addWidget(button)

    def title(self) -> str:  # noqa: D102 - see Page
        return self.tr("Flash & Live")

    def sentence(self) -> str:  # noqa: D102 - see Page
        return self.tr("Writes the firmware to the board, then shows every answer it gives.")

    # ---- state ---------------------------------------------------------------------------------
    @property
    def _live(self) -> LiveState:
        return self.model.live if self.model is not None else LiveState()

    @property
    def connected(self) -> bool:
        """Whether the board talks."""
        return self._live.state in CONNECTED

    def footer(self) -> Footer:  # noqa: D102 - see Page
        live = self._live
        if self.state == "busy":
            return Footer(self.tr("The live link waits for the job"), self.tr("Connect"), None)
        if self.state == "empty":
            return Footer(self.tr("Connect after flashing"), self.tr("Connect"), None)
        if self.connected:
            lost = (
                self.tr("lost messages not known") if self._lost_frames is None else self._lost_words()
            )
            time_text = amounts.duration(max(0, int(time.time() - live.since)))
            hint = self.tr("Connected for {time}, {lost}").format(time=time_text, lost=lost)
            if self._answers:
                return Footer(hint, self.tr("Disconnect"), Disconnect(), "cross")
            return Footer(hint, self.tr("Play test clips"), PlayInputs(PLAY_INTERVAL_MS), "play")
        if live.fault:
            hint = self.tr("The program on the board stopped")
            return Footer(hint, self.tr("Restart the board"), ResetBoard(), "restart")
        if live.state == "connecting":
            return Footer(
                self.tr("Waiting for the board to answer"), self.tr("Stop"), Disconnect(), "cross"
            )
        if live.state == "lost":
            return Footer(self.tr("Tries again by itself"), self.tr("Stop"), Disconnect(), "cross")
        if self.state in ("stale", "error"):
            hint = self.tr("The board runs an older model") if self.state == "stale" else ""
            return Footer(hint, self.tr("Flash the board"), RunUntil("flash"), "lightning")
        return Footer(self.tr("The board is flashed"), self.tr("Connect"), Connect(), "plug")

    def _lost_words(self) -> str:
        if self._lost_frames == 1:
            return self.tr("1 lost message")
        return self.tr("{n} lost messages").format(n=amounts.number(self._lost_frames or 0))

    def refresh(self, model: ProjectModel) -> None:  # noqa: D102 - see Page
        flash, live = model.flash(), model.live
        self.show_state(
            model,
            has_result=flash is not None or live.state not in ("closed", "released"),
            empty=EmptyWords(
                self.tr("Nothing on the board yet"),
                self.tr("Thimble builds the firmware, writes it to the board and starts it."),
                self.tr("Flash the board"),
                RunUntil("flash"),
            ),
            failed_document=bool(live.fault) and self.own_failure(model) is None,
        )
        if model.job is not self._job:
            self._job = model.job
            self.job_card.reset()
        board_run = self._job_runs("board-run")
        self.job_card.setVisible(board_run)
        self._classes = _classes(model)
        task = model.project.task if model.project is not None and self._classes else ""
        titles = {"keywords": self.tr("It just heard"), "images": self.tr("It just saw")}
        self.answer.title.setText(titles.get(task, self.tr("Last answer")))
        if live.ring:
            self._take_ring(live.ring)
        self.strip.set_live(self.connected)
        budget = model.project.budgets.latency_ms if model.project is not None else None
        fit = model.fit()
        predicted = fit.latency_ms.value if fit is not None and fit.latency_ms is not None else None
        self.strip.set_lines(budget, predicted)
        self._show_link(live)
        self._show_input(model)
        self._show_flash()
        self._show_job()
        self._show_layers()
        self._show_statistics()
        self._arm()
        self.footer_changed.emit()

    def _job_runs(self, stage: str) -> bool:
        return self._job is not None and self._job.running and self._job.stage == stage

    def _show_link(self, live: LiveState) -> None:
        basis = (
            self.tr("simulated, virtual board") if live.simulated else self.tr("measured on the chip")
        )
        self.latency.basis.setText(basis if self._latest_ms is not None else "")
        tones = {
            "connecting": (self.tr("Connecting"), "accent", "refresh"),
            "lost": (self.tr("Lost"), "warn", None),
            "stopped": (self.tr("Stopped"), "bad", None),
        }
        state = "stopped" if live.fault else live.state
        words, tone, icon = tones.get(state, (self.tr("Not connected"), "text2", ""))
        if self.connected:
            words, tone, icon = self.tr("Live"), "ok", "record"
            if self.pause.isChecked():
                words, tone, icon = self.tr("Paused"), "warn", "pause"
        self.latency.state.set(words, tone, icon)
        self.latency.show_latency(self._latest_ms, dull=not self.connected)
        self.fault.show_fault(live.fault)
        self.lost.setVisible(state == "lost")
        if state == "lost":
            self._show_silence(live)
        self.board_log.about.setText(live.link if live.state != "closed" else "")
        self.record.setEnabled(self.connected)
        self.record.setChecked(bool(live.recording))
        self.record.set_label(self.tr("Recording") if live.recording else self.tr("Record"))
        for button in (self.answer.play, self.answer.free, self.flash.restart):
            button.setEnabled(self.connected)

    def _show_input(self, model: ProjectModel) -> None:
        ends = model.model()
        if model.input.source != MICROPHONE:
            self.latency.show_features(None)  # finished inputs need none
        self.input.refresh(
            model.input,
            connected=self.connected,
            no_sound="" if takes_sound(model) else self.tr("This model is not fed with sound"),
            has_clips=test_inputs(model) is not None,
            shape=tuple(ends.inputs[0].shape) if ends is not None and ends.inputs else (),
            input_bytes=int(frame_number(self._live.hello, "input_bytes")),
        )

    def _on_source(self, source: str, device: str) -> None:
        self.input.forget()
        self.latency.show_features(None)
        self.intent.emit(ChooseInput(source, device))

    def _show_silence(self, live: LiveState) -> None:
        seconds = max(0, int(time.time() - live.since))
        self.lost.set(
            "warn",
            self.tr("The board stopped talking {n} s ago. Check the cable.").format(n=seconds),
            self.tr("Thimble tries again by itself; everything received so far is kept."),
        )

    def _show_flash(self) -> None:
        model, job = self.model, self._job
        if model is None:
            return
        self.flash.flash.setEnabled(not self._job_running(model))
        if job is not None and self._job_runs("flash"):
            self.flash.show_progress(job.progress)
        else:
            self.flash.show_summary(model.flash())

    def _show_job(self) -> None:
        job = self._job
        if job is None or not self._job_runs("board-run"):
            return
        detail = self.tr("Every test input goes to the board and to this PC.")
        if job.progress is not None and job.progress.total > 0:
            done, total = amounts.number(job.progress.done), amounts.number(job.progress.total)
            detail = self.tr("{done} of {total} inputs").format(done=done, total=total)
        self.job_card.show_job(
            title=job.title,
            detail=detail,
            phases=[Phase(self.tr("Compare"), 1.0, min(job.share or 0.01, 0.99))],
            seconds_left=job.progress.seconds_left if job.progress is not None else None,
            cancelling=job.cancelling,
            icon="board",
        )

    def on_event(self, event: Event) -> None:  # noqa: D102 - see Page
        if isinstance(event, StageProgress | StageStarted | StageFailed) and event.stage in (
            "flash",
            "board-run",
        ):
            self._show_flash()
            self._show_job()

    # ---- the stream ----------------------------------------------------------------------------
    def on_live(self, frame: dict[str, object]) -> None:  # noqa: D102 - see Page
        kind = frame.get("event")
        if not self.pause.isChecked():
            self.input.take(frame)
        if kind == "inference":
            self._take_answer(frame)
        elif kind == "clip":
            self._take_features(frame)
        elif kind == "ring":
            self._take_ring(str(frame.get("path", "")))
        elif kind == "layers":
            cycles = frame.get("cycles")
            self._layer_cycles = [int(c) for c in cycles] if isinstance(cycles, list) else []
            self._show_layers()
        elif kind == "stats":
            lost = frame_number(frame, "lost_frames") + frame_number(frame, "host_lost_frames")
            self._lost_frames = int(lost)
        elif kind == "hello":
            self._answers = 0
        self.board_log.take(frame)

    def _take_features(self, frame: dict[str, object]) -> None:
        """How long the features of the last clip took, which the network's own time leaves out."""
        made_on = frame.get("made_on")
        if not made_on or self.pause.isChecked():
            return
        if made_on == "host":
            words = self.tr("features made on this computer, measured")
        elif self._live.simulated:
            words = self.tr("features made on the board, simulated")
        else:
            words = self.tr("features made on the board, measured")
        self.latency.show_features(frame_number(frame, "features_us") / 1e3, words)

    def _take_ring(self, path: str) -> None:
        if not path or path == self._ring:
            return
        try:
            self.strip.set_reader(self._open_ring(Path(path)))
            self._ring = path
        except (OSError, ValueError) as error:
            words = self.tr("The live samples cannot be read: {error}")
            self.board_log.write(words.format(error=error), "error")

    def _take_answer(self, frame: dict[str, object]) -> None:
        first = self._answers == 0
        self._answers += 1
        ms = frame_number(frame, "latency_us") / 1e3
        self._latest_ms = ms
        output = frame.get("output")
        values = [int(v) for v in output] if isinstance(output, list) else []
        known = len(self._classes) > 1 and len(values) == len(self._classes)
        truth = int(frame_number(frame, "label", -1))
        answer = Answer(shares_of(values), self._classes, truth)
        if not known:
            ends = self.model.model() if self.model is not None else None
            answer = Answer((), (), outputs=split_outputs(values, ends.outputs if ends else ()))
        if not self.pause.isChecked():
            self.latency.show_latency(ms)
            self.answer.show_answer(answer)
        self.board_log.write_answer(answer.classes[answer.best] if answer.best >= 0 else "", ms)
        if first:
            self._show_link(self._live)
            self._show_statistics()
            self.footer_changed.emit()

    def _show_statistics(self) -> None:
        model = self.model
        if model is None or self.pause.isChecked():
            return
        budget = model.project.budgets.latency_ms if model.project is not None else None
        statistics = self.plots.show_statistics(budget)
        self.latency.show_statistics(statistics, budget)
        newest = self.strip.latencies_ms[-SPARK_POINTS:].copy()
        self.latency.spark.show_values(newest, dull=not self.connected)

    def _show_layers(self) -> None:
        model = self.model
        if model is None:
            return
        fit, ran, board = model.fit(), model.board_run(), model.board()
        cycles, live = self._layer_cycles, True
        if not cycles and ran is not None:
            cycles, live = ran.layer_cycles, False
        simulated = self._live.simulated if live else ran is not None and ran.cycles.basis == "simulated"
        self.layers.show_cycles(
            fit.layers if fit is not None else [],
            cycles,
            clock_hz=board.clock_hz if board is not None else 0,
            basis="simulated" if simulated else "measured",
        )

    # ---- timers and actions --------------------------------------------------------------------
    def _arm(self) -> None:
        visible = self.isVisible()
        if visible and self.connected and not self.pause.isChecked():
            self._statistics_timer.start()
        else:
            self._statistics_timer.stop()
        if visible and (self.connected or self._live.state == "lost"):
            self._second_timer.start()
        else:
            self._second_timer.stop()

    def _on_second(self) -> None:
        if self._live.state == "lost":
            self._show_silence(self._live)
        self.footer_changed.emit()

    def _on_paused(self, paused: bool) -> None:
        self.pause.set_label(self.tr("Resume") if paused else self.tr("Pause"))
        self.pause.set_icon("play" if paused else "pause")
        self.strip.set_paused(paused)
        self._show_link(self._live)
        self._arm()
        if not paused:
            self._show_statistics()

    def _save_csv(self) -> None:
        lines = ["time_s,latency_ms"]
        times, values = self.strip.times_s, self.strip.latencies_ms
        lines += [f"{t:.6f},{v:.6f}" for t, v in zip(times.tolist(), values.tolist(), strict=True)]
        self.intent.emit(SaveText("latency.csv", "\n".join(lines) + "\n"))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt
        super().showEvent(event)
        self._arm()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102 - Qt
        super().hideEvent(event)
        self._statistics_timer.stop()
        self._second_timer.stop()


def _classes(model: ProjectModel) -> tuple[str, ...]:
    """Names of the outputs: of the examples, else as the user or the model file says."""
    data, project = model.data(), model.project
    if data is not None:
        return tuple(data.classes)
    return project.meaning.classes if project is not None and project.meaning is not None else ()
