"""The step rail: seven steps with their states, and the running job under them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QWidget

from gui.engine_words import engine_words
from gui.project_model import PageStatus
from gui.theme import color, font, mix, sized_font
from gui.widgets.icons import icon_pixmap
from gui.widgets.primitives import Bar, Card, Text, column

WIDTH, FOLDED_WIDTH = 212, 64
_TONES = {"done": "ok", "running": "accent", "todo": "text3", "stale": "warn", "blocked": "text3",
          "error": "bad"}  # fmt: skip
_MARKS = {"done": "check", "stale": "refresh", "blocked": "lock"}
_STEP_HEIGHT = 68


class RailStep(QAbstractButton):
    """One step. The line to the next one is drawn by the step that it leaves."""

    moved = Signal(int)  # -1 up, +1 down

    def __init__(self, number: int, name: str, *, last: bool) -> None:
        super().__init__()
        self.number, self._last = number, last
        self.status = PageStatus("todo", "")
        self._previous_done = False
        self._folded = False
        self._ring = False
        self.setText(name)
        self.setCheckable(True)
        self.setFixedHeight(_STEP_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_status(self, status: PageStatus, *, previous_done: bool) -> None:
        """Show a state."""
        self.status, self._previous_done = status, previous_done
        self.setAccessibleName(f"{self.number}. {self.text()}: {status.words}")
        self.setToolTip(f"{self.text()}: {status.words}" if self._folded else "")
        self.update()

    def set_folded(self, folded: bool) -> None:
        """Show the circle alone."""
        self._folded = folded
        self.setToolTip(f"{self.text()}: {self.status.words}" if folded else "")
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt
        # a ring helps the keyboard; a mouse needs none
        self._ring = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        super().focusInEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(FOLDED_WIDTH if self._folded else WIDTH, _STEP_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state, here = self.status.state, self.isChecked()
        centre = QPointF(self.width() / 2 if self._folded else 34, _STEP_HEIGHT / 2)
        self._paint_plate(painter, state, here)
        self._paint_lines(painter, centre, state)
        self._paint_circle(painter, centre, state, here)
        if not self._folded:
            self._paint_words(painter, state, here)

    def _paint_plate(self, painter: QPainter, state: str, here: bool) -> None:
        plate = QRectF(8, 7, self.width() - 17, _STEP_HEIGHT - 14)
        if here or state == "error":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("bad_bg" if state == "error" else "accent_bg"))
            painter.drawRoundedRect(plate, 10, 10)
        if self.hasFocus() and self._ring:
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(plate.adjusted(1, 1, -1, -1), 10, 10)

    def _paint_lines(self, painter: QPainter, centre: QPointF, state: str) -> None:
        solid, dotted = Qt.PenStyle.SolidLine, Qt.PenStyle.DotLine
        if self.number > 1:
            done = self._previous_done
            painter.setPen(
                QPen(color("ok", 150) if done else color("line2"), 2, solid if done else dotted)
            )
            painter.drawLine(QPointF(centre.x(), 0), QPointF(centre.x(), centre.y() - 17))
        if not self._last:
            done = state == "done"
            painter.setPen(
                QPen(color("ok", 150) if done else color("line2"), 2, solid if done else dotted)
            )
            painter.drawLine(QPointF(centre.x(), centre.y() + 17), QPointF(centre.x(), _STEP_HEIGHT))

    def _paint_circle(self, painter: QPainter, centre: QPointF, state: str, here: bool) -> None:
        tone = _TONES[state]
        filled = state == "error" or (here and state != "running")
        if filled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("bad" if state == "error" else "accent"))
            painter.drawEllipse(centre, 14, 14)
        elif state == "running":
            box = QRectF(centre.x() - 12.5, centre.y() - 12.5, 25, 25)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(color("line2"), 3))
            painter.drawEllipse(box)
            painter.setPen(QPen(color("accent"), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            share = self.status.share if self.status.share is not None else 0.0
            painter.drawArc(box, 90 * 16, -round(360 * 16 * max(share, 0.02)))
        else:
            painter.setBrush(mix("panel", tone, 0.16))
            painter.setPen(QPen(color("line2" if state == "blocked" else tone), 1.5))
            painter.drawEllipse(centre, 13.5, 13.5)
        mark = _MARKS.get(state, "")
        if mark and not filled:
            painter.drawPixmap(centre - QPointF(7, 7), icon_pixmap(mark, tone, 14))
            return
        painter.setFont(sized_font(13, 600))
        painter.setPen(color(("bg" if state == "error" else "accent_ink") if filled else tone))
        box = QRectF(centre.x() - 14, centre.y() - 14, 28, 28)
        text = "!" if state == "error" else str(self.number)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_words(self, painter: QPainter, state: str, here: bool) -> None:
        width = self.width() - 60 - 14
        top = _STEP_HEIGHT / 2
        name_font = sized_font(14, 600 if here else 500)
        painter.setFont(name_font)
        painter.setPen(color("text3" if state == "blocked" and not here else "text"))
        align = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(60, top - 20, width, 20), align, self.text())
        painter.setFont(font("small"))
        told = state in ("stale", "error", "running")
        painter.setPen(color(_TONES[state] if told else "text2" if here else "text3"))
        words = painter.fontMetrics().elidedText(
            self.status.words, Qt.TextElideMode.ElideRight, round(width)
        )
        painter.drawText(QRectF(60, top, width, 18), align, words)


class Rail(QFrame):
    """The column of steps."""

    step_chosen = Signal(str)
    job_chosen = Signal()

    def __init__(self, steps: Sequence[tuple[str, str]]) -> None:
        """Make a rail of (page key, translated name)."""
        super().__init__()
        self.setObjectName("rail")
        self._keys = [key for key, _ in steps]
        self.steps = {
            key: RailStep(number, name, last=number == len(steps))
            for number, (key, name) in enumerate(steps, start=1)
        }
        for key, step in self.steps.items():
            step.clicked.connect(lambda _=False, key=key: self.step_chosen.emit(key))
            step.moved.connect(lambda by, key=key: self._move_focus(key, by))
        self._hint = Text(self.tr("Ctrl+1\u20137 jumps to a step"), "small", "text3")
        self._job_title = Text("", "sentence_strong", elide=True)
        self._job_bar = Bar(None, "accent", 6)
        self._job_words = Text("", "small", "text2", elide=True)
        self._job = Card(
            self._job_title,
            self._job_bar,
            self._job_words,
            gap=6,
            margins=(12, 10, 12, 10),
            clickable=True,
        )
        self._job.clicked.connect(self.job_chosen)
        self._job_box = QWidget()
        self._job_box.setLayout(column(self._job, margins=(12, 0, 13, 0)))
        self._job_box.hide()
        hint_row = column(self._hint, margins=(15, 0, 0, 8))
        self._hint_box = QWidget()
        self._hint_box.setLayout(hint_row)
        self.setLayout(
            column(
                *self.steps.values(), None, self._job_box, self._hint_box, gap=0, margins=(0, 12, 0, 12)
            )
        )
        self._folded = False
        self.set_folded(False)

    def set_current(self, key: str) -> None:
        """Mark the page in view."""
        for name, step in self.steps.items():
            step.setChecked(name == key)

    def show_statuses(self, statuses: dict[str, PageStatus]) -> None:
        """Show the states of all steps."""
        previous_done = False
        for key, step in self.steps.items():
            step.show_status(statuses[key], previous_done=previous_done)
            previous_done = statuses[key].state == "done"

    def show_job(self, title: str, share: float | None, words: str) -> None:
        """Show the running job; an empty title hides it."""
        self._job_box.setVisible(bool(title) and not self._folded)
        self._hint_box.setVisible(not title and not self._folded)
        title = engine_words(title)
        self._job_title.setText(title)
        self._job_bar.set(share, "accent")
        self._job_words.setText(words)
        self._job.setAccessibleName(f"{title}. {words}")

    def set_folded(self, folded: bool) -> None:
        """Show circles alone, or circles with words."""
        self._folded = folded
        self.setFixedWidth(FOLDED_WIDTH if folded else WIDTH)
        for step in self.steps.values():
            step.set_folded(folded)
        has_job = bool(self._job_title.text())
        self._job_box.setVisible(has_job and not folded)
        self._hint_box.setVisible(not has_job and not folded)

    def _move_focus(self, key: str, by: int) -> None:
        position = self._keys.index(key) + by
        if 0 <= position < len(self._keys):
            self.steps[self._keys[position]].setFocus(Qt.FocusReason.TabFocusReason)
