"""How to start the boot loader of an STM32, in three drawings: BOOT0 to 3.3 V, reset, and back."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.boards import BoardSpec
from gui import theme
from gui.widgets.primitives import Card, Text, column, row

HIGH, RESET, LOW = "high", "reset", "low"
_WIDTH, _HEIGHT = 220, 132
_PINS = (("GND", 44.0), ("BOOT0", 92.0), ("3V3", 140.0))
_PIN_Y = 34.0


class BoardDrawing(QWidget):
    """A board: its chip, the three pins around BOOT0, the reset button; the step marks one of them."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self._step = step
        self.setFixedSize(_WIDTH, _HEIGHT)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(_WIDTH, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.sized_font(11, 600))
        painter.setPen(QPen(theme.color("line2"), 1))
        painter.setBrush(theme.color("well"))
        painter.drawRoundedRect(QRectF(0.5, 0.5, _WIDTH - 1, _HEIGHT - 1), 10, 10)
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(QRectF(22, _PIN_Y - 13, 140, 26), 4, 4)
        self._draw_chip(painter)
        self._draw_reset(painter)
        for name, x in _PINS:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("text2"))
            painter.drawEllipse(QPointF(x, _PIN_Y), 4.5, 4.5)
            painter.setPen(theme.color("text" if name == "BOOT0" else "text2"))
            centre = Qt.AlignmentFlag.AlignCenter
            painter.drawText(QRectF(x - 24, 3, 48, 16), centre, name)
        if self._step != RESET:
            self._draw_jumper(painter)

    def _draw_chip(self, painter: QPainter) -> None:
        painter.setPen(QPen(theme.color("text3"), 2))
        for place in range(5):
            y = 70 + 10 * place
            painter.drawLine(QPointF(60, y), QPointF(124, y))
        painter.setPen(QPen(theme.color("line2"), 1))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(66, 62, 52, 56), 3, 3)
        painter.setPen(theme.color("text2"))
        painter.drawText(QRectF(66, 62, 52, 56), Qt.AlignmentFlag.AlignCenter, "STM32")

    def _draw_reset(self, painter: QPainter) -> None:
        pressed = self._step == RESET
        painter.setPen(QPen(theme.color("accent" if pressed else "line2"), 3 if pressed else 1))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(156, 78, 44, 40), 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent" if pressed else "text3"))
        painter.drawEllipse(QPointF(178, 98), 10, 10)
        painter.setPen(theme.color("text" if pressed else "text2"))
        painter.drawText(QRectF(148, 60, 60, 16), Qt.AlignmentFlag.AlignCenter, "RESET")

    def _draw_jumper(self, painter: QPainter) -> None:
        start = _PINS[1 if self._step == HIGH else 0][1]
        painter.setPen(QPen(theme.color("accent"), 3.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(start - 10, _PIN_Y - 9, 68, 18), 5, 5)


class Boot0Picture(Card):
    """Three drawings with their words."""

    def __init__(self) -> None:
        super().__init__(gap=10)
        self.where = Text("", "sentence", "text2", wrap=True)
        steps = (
            (HIGH, self.tr("1. Connect BOOT0 to 3.3 V"), self.tr("Jumper or button, marked BOOT0.")),
            (RESET, self.tr("2. Press reset"), self.tr("The chip now waits for the firmware.")),
            (LOW, self.tr("3. Flash, then BOOT0 back"), self.tr("Else no firmware starts.")),
        )
        columns = [
            column(
                Text(title, "card_title"),
                BoardDrawing(step),
                Text(words, "small", "text2"),
                gap=6,
            )
            for step, title, words in steps
        ]
        self.add(
            Text(self.tr("How to start the boot loader"), "h3"), row(*columns, None, gap=24), self.where
        )
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(
            self.tr("Connect BOOT0 to 3.3 V, press reset, flash, then connect BOOT0 to ground again.")
        )

    def set_board(self, board: BoardSpec | None) -> None:
        """Say where the boot loader of this board listens."""
        self.where.setVisible(board is not None)
        if board is not None:
            words = self.tr("The boot loader of {board} listens at {uart}; that port must be wired.")
            self.where.setText(words.format(board=board.name, uart=board.bootloader_uart))
