"""The card of a running job: what it does, which part of it runs, how long it will still take."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from gui import theme
from gui.engine_words import engine_words
from gui.widgets import amounts
from gui.widgets.primitives import Button, Card, Text, Tile, column, rounded, row, text_column


@dataclass(frozen=True)
class Phase:
    """One part of a job. `weight` is its expected time against the others; `share` is 0..1."""

    name: str
    weight: float
    share: float


class PhaseBar(QWidget):
    """Segments as wide as their expected time, so that the bar moves evenly."""

    GAP = 4

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phases: list[Phase] = []
        self.setFixedHeight(38)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_phases(self, phases: Sequence[Phase]) -> None:
        """Show these phases."""
        if list(phases) != self._phases:
            self._phases = list(phases)
            done = sum(p.share * p.weight for p in phases) / max(1e-9, sum(p.weight for p in phases))
            self.setAccessibleName(self.tr("{percent} done").format(percent=amounts.percent(done, 0)))
            self.update()

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(160, 38)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        total = sum(p.weight for p in self._phases)
        if total <= 0:
            return
        usable = self.width() - self.GAP * (len(self._phases) - 1)
        x, free_from = 0.0, 0.0
        for phase in self._phases:
            width = usable * phase.weight / total
            painter.fillPath(rounded(x, 0, width, 12, min(6.0, width / 2)), theme.color("raised"))
            if phase.share > 0:
                length = width if phase.share >= 1 else min(width, max(12.0, width * phase.share))
                role = "ok_fill" if phase.share >= 1 else "accent"
                painter.fillPath(rounded(x, 0, length, 12, min(6.0, length / 2)), theme.color(role))
            running = 0 < phase.share < 1
            painter.setFont(theme.font("small_strong" if running else "small"))
            painter.setPen(theme.color("text" if running else "text2"))
            wanted = QFontMetricsF(painter.font()).horizontalAdvance(phase.name)
            # a name may run into the room of a neighbour that shows none
            if x >= free_from and (wanted <= width + 2 or running or x + wanted <= self.width()):
                painter.drawText(
                    QRectF(x, 17, wanted + 4, 20), Qt.AlignmentFlag.AlignVCenter, phase.name
                )
                free_from = x + wanted + 10
            x += width + self.GAP


class TimeLeft:
    """Steadies an estimate of the time left: it falls freely, a rise of over 20 % is said in words."""

    def __init__(self) -> None:
        self._shown: float | None = None
        self._shown_at = 0.0
        self.rose = False

    def update(self, seconds: float | None, now: float) -> float | None:
        """Take a new estimate at the time `now`; gives the seconds to show."""
        if seconds is None or not math.isfinite(seconds):
            self._shown, self.rose = None, False
            return None
        if self._shown is not None:
            expected = max(0.0, self._shown - (now - self._shown_at))
            self.rose = seconds > 1.2 * expected and seconds - expected > 5
            if not self.rose and seconds > expected:
                seconds = expected + (seconds - expected) * 0.25
        self._shown, self._shown_at = seconds, now
        return seconds

    def hold(self, now: float) -> None:
        """The work rests: the time left is still what it was."""
        self._shown_at = now


class JobCard(Card):
    """Title, detail, time left, Pause, the way out with the best so far, Cancel and the phases.

    Cancel asks once, in the card.
    """

    cancel_confirmed = Signal()
    pause_asked = Signal(bool)  # on, or go on
    best_asked = Signal()

    def __init__(self) -> None:
        super().__init__(gap=8, margins=(16, 12, 16, 8))
        self.tile = Tile("learn", "accent", 40)
        self.title = Text("", "h2", elide=True)
        self.detail = Text("", "sentence", "text2", elide=True)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.left = Text("", "h2", align=right)
        self.done_at = Text("", "sentence", "text2", align=right)
        self.cancel = Button(self.tr("Cancel\u2026"), "danger", "cross")
        self.pause = Button(self.tr("Pause"), "", "pause")
        self.pause.setToolTip("Ctrl+P")
        self.pause.setShortcut("Ctrl+P")
        self.pause.hide()
        self._paused = False
        self.best = Button(self.tr("Stop, keep best"), "", "flag")
        self.best.setShortcut("Ctrl+B")
        self.best.hide()
        self.phases = PhaseBar()
        self._time_left = TimeLeft()
        head = QWidget()
        head.setLayout(
            row(
                self.tile,
                4,
                (text_column(self.title, self.detail), 1),
                text_column(self.left, self.done_at),
                8,
                self.pause,
                self.best,
                self.cancel,
            )
        )
        self._keep = Button(self.tr("Keep going"))
        self._really = Button(self.tr("Cancel the job"), "danger", "cross")
        question = QWidget()
        question.setLayout(
            row(
                Tile("alert", "warn", 40),
                4,
                (
                    text_column(
                        Text(self.tr("Stop this job?"), "h2"),
                        Text(
                            self.tr("Finished steps are kept. The running step would start again."),
                            "sentence",
                            "text2",
                            elide=True,
                        ),
                    ),
                    1,
                ),
                self._keep,
                self._really,
            )
        )
        self._stack = QStackedLayout()
        self.add(column(self._stack), self.phases)
        # only now: a stack without a parent shows its first widget as a window
        self._stack.addWidget(head)
        self._stack.addWidget(question)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.cancel.clicked.connect(self._ask)
        self.pause.clicked.connect(lambda: self.pause_asked.emit(not self._paused))
        self.best.clicked.connect(self.best_asked)
        self._keep.clicked.connect(self._back)
        self._really.clicked.connect(self._confirm)

    @property
    def asking(self) -> bool:
        """Whether the card asks if the job shall really stop."""
        return self._stack.currentIndex() == 1

    def reset(self) -> None:
        """A new job begins: forget the old estimate and question."""
        self._time_left = TimeLeft()
        self._back()

    def show_job(
        self,
        *,
        title: str,
        detail: str,
        phases: Sequence[Phase],
        seconds_left: float | None,
        cancelling: bool = False,
        pausable: bool = False,
        paused: bool = False,
        why_no_best: str = "",
        icon: str = "learn",
    ) -> None:
        """Show the state of the job; `seconds_left` None shows that it is not known yet.

        A paused job can go on, even if it could not be paused any more. `why_no_best` says why a
        training cannot be ended with its best weights now, "" if it can.
        """
        resting = paused and not cancelling
        self.tile.set_icon("pause" if resting else icon, "warn" if resting else "accent")
        title = engine_words(title)
        self.title.setText(self.tr("Paused: {title}").format(title=title) if resting else title)
        self.detail.setText(detail)
        self._show_pause(visible=(pausable or paused) and not cancelling, paused=paused)
        self.best.setVisible(pausable and not cancelling)
        self.best.setEnabled(not why_no_best)
        words = self.tr("Ends this training with its best epoch; the job goes on with the next step.")
        self.best.setToolTip(why_no_best or f"{words} Ctrl+B")
        self.phases.show_phases(phases)
        if cancelling:
            self._back()
            self.cancel.setEnabled(False)
            self.cancel.set_label(self.tr("Stopping\u2026"))
        else:
            self.cancel.setEnabled(True)
            self.cancel.set_label(self.tr("Cancel\u2026"))
        if resting:
            self._time_left.hold(time.monotonic())
            self.done_at.setText(self.tr("once it goes on") if self.left.text() else "")
            return
        shown = self._time_left.update(seconds_left, time.monotonic())
        if shown is None:
            self.left.setText("")
            self.done_at.setText(self.tr("time left not known yet"))
            return
        self.left.setText(self.tr("about {time} left").format(time=_rounded_duration(shown)))
        clock = time.strftime("%H:%M", time.localtime(time.time() + shown))
        words = (
            self.tr("longer than it looked")
            if self._time_left.rose
            else self.tr("done at about {clock}")
        )
        self.done_at.setText(words.format(clock=clock))

    def _show_pause(self, *, visible: bool, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self.pause.set_label(self.tr("Continue") if paused else self.tr("Pause"))
            self.pause.set_icon("play" if paused else "pause")
            self.pause.setShortcut("Ctrl+P")  # new words took it away
        self.pause.setVisible(visible)

    def _ask(self) -> None:
        self._stack.setCurrentIndex(1)
        self._keep.setFocus()

    def _back(self) -> None:
        self._stack.setCurrentIndex(0)

    def _confirm(self) -> None:
        self._back()
        self.cancel_confirmed.emit()


def _rounded_duration(seconds: float) -> str:
    """Seconds in steps of five, so that the words do not flicker."""
    return amounts.duration(
        max(1, math.ceil(seconds / 5) * 5) if seconds > 9.5 else max(1, math.ceil(seconds))
    )
