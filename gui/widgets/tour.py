"""The short tour of the window: five places, each lit up, with two sentences. It can be skipped."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui.theme import color
from gui.widgets.overlay import Overlay
from gui.widgets.primitives import Button, Card, Text, rounded, row

_CARD_WIDTH, _GAP, _EDGE = 400, 18, 12


class Tour(Overlay):
    """See the module.

    Args:
        parent: the window.
        parts: rail, page, footer, Fit panel and top bar.
    """

    def __init__(self, parent: QWidget, parts: Sequence[QWidget]) -> None:
        super().__init__(parent)
        rail, page, footer, fit, top_bar = parts
        self.stops: tuple[tuple[QWidget, str, str], ...] = (
            (
                page,
                self.tr("Start with a model"),
                self.tr(
                    "Drop a file here, or take a ready-made task. Your file is copied and never changed."
                ),
            ),
            (
                rail,
                self.tr("Seven steps, top to bottom"),
                self.tr("Each shows whether it is done. You can open any of them, also while one runs."),
            ),
            (
                footer,
                self.tr("One next action"),
                self.tr("This button always does what comes next. Ctrl+Enter does the same."),
            ),
            (
                fit,
                self.tr("Four numbers against your budget"),
                self.tr(
                    "Flash, memory, time, accuracy. Measured: solid; simulated: dotted; else: striped."
                ),
            ),
            (
                top_bar,
                self.tr("Everything else"),
                self.tr("Colours, language, help, demo and booth mode. Ctrl+K finds every command."),
            ),
        )
        self.place = 0
        self._put_for = QRect()
        self._title = Text("", "h2")
        self._words = Text("", "body", "text2", wrap=True)
        self._count = Text("", "small", "text3")
        self.skip = Button(self.tr("Skip the tour"), "ghost")
        self.skip.clicked.connect(self.dismiss)
        self.back = Button(self.tr("Back"), "")
        self.back.clicked.connect(lambda: self.go(self.place - 1))
        self.next = Button("", "primary", "arrow-right", icon_after=True)
        self.next.clicked.connect(self._on_next)
        self.card = Card(
            row(self._title, None, self._count),
            self._words,
            6,
            row(self.skip, None, self.back, self.next),
            gap=8,
            margins=(20, 16, 16, 14),
        )
        self.card.setParent(self)
        self.card.setFixedWidth(_CARD_WIDTH)

    def appear(self) -> None:  # noqa: D102 - Overlay
        if not self.isVisible():
            super().appear()
            self.go(0)

    def focus_first(self) -> None:  # noqa: D102 - Overlay
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def go(self, place: int) -> None:
        """Show a stop, 0 to the last."""
        self.place = min(max(place, 0), len(self.stops) - 1)
        _, title, words = self.stops[self.place]
        last = self.place == len(self.stops) - 1
        self._title.setText(title)
        self._words.setText(words)
        count = self.tr("{n} of {total}").format(n=self.place + 1, total=len(self.stops))
        self._count.setText(count)
        self.next.set_label(self.tr("Begin") if last else self.tr("Next"))
        self.next.setAccessibleDescription(f"{title}. {words}")
        self.back.setVisible(self.place > 0)
        self.skip.setVisible(not last)
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)
        self._put_card()
        self.update()

    def _on_next(self) -> None:
        if self.place == len(self.stops) - 1:
            self.dismiss()
        else:
            self.go(self.place + 1)

    def _lit(self) -> QRect:
        """What this stop is about, as far as it is inside the window."""
        part = self.stops[self.place][0]
        corner = self.mapFromGlobal(part.mapToGlobal(QPoint(0, 0)))
        return QRect(corner, part.size()).intersected(self.rect())

    def _put_card(self) -> None:
        """Beside what is lit where there is room, else in its corner."""
        lit, room = self._lit(), self.rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        self._put_for = lit
        height = max(self.card.sizeHint().height(), self.card.heightForWidth(_CARD_WIDTH))
        size = QSize(_CARD_WIDTH, height)
        wishes = (
            QPoint(lit.right() + _GAP, lit.top() + 40),
            QPoint(lit.left() - _GAP - size.width(), lit.top() + 40),
            QPoint(lit.right() - size.width(), lit.top() - _GAP - size.height()),
            QPoint(lit.right() - size.width(), lit.bottom() + _GAP),
        )
        for wish in wishes:
            x = min(max(wish.x(), room.left()), room.right() - size.width())
            y = min(max(wish.y(), room.top()), room.bottom() - size.height())
            place = QRect(QPoint(x, y), size)
            if not place.intersects(lit):
                break
        else:
            place = QRect(QPoint(lit.right() - _GAP - size.width(), lit.top() + _GAP), size)
        self.card.setGeometry(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102, N802 - Qt
        focused = QApplication.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, Button):
            focused.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102, N802 - Qt
        self._put_card()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102, N802 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._lit() != self._put_for:  # the window was laid out anew meanwhile
            QTimer.singleShot(0, self, self._put_card)
        lit = self._lit().adjusted(3, 3, -3, -3)
        dark = QPainterPath()
        dark.addRect(self.rect().toRectF())
        hole = rounded(lit.x(), lit.y(), lit.width(), lit.height(), 10)
        painter.fillPath(dark.subtracted(hole), color("bg", 190))
        painter.setPen(QPen(color("accent"), 2))
        painter.drawPath(hole)
