"""A choice of a few views in one control; the chosen one lies on an accent plate."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.widgets.primitives import rounded

HEIGHT = 30


class ViewSwitch(QWidget):
    """Mouse or arrow keys choose; `view_chosen` tells the index."""

    view_chosen = Signal(int)

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = list(names)
        self._chosen = 0
        self._font = theme.font("small_strong")
        metrics = QFontMetricsF(self._font)
        self._widths = [math.ceil(metrics.horizontalAdvance(name)) + 28 for name in self._names]
        self.setFixedSize(sum(self._widths) + 4, HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("View"))
        self.setAccessibleDescription(self._names[0])

    @property
    def chosen(self) -> int:
        """Index of the view."""
        return self._chosen

    def choose(self, index: int) -> None:
        """Choose a view."""
        if index != self._chosen and 0 <= index < len(self._names):
            self._chosen = index
            self.setAccessibleDescription(self._names[index])
            self.update()
            self.view_chosen.emit(index)

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(sum(self._widths) + 4, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(rounded(0, 0, self.width(), HEIGHT, 8), theme.color("raised"))
        painter.setFont(self._font)
        x = 2.0
        for index, (name, width) in enumerate(zip(self._names, self._widths, strict=True)):
            here = index == self._chosen
            if here:
                painter.fillPath(rounded(x, 2, width, HEIGHT - 4, 6), theme.color("accent_bg"))
            painter.setPen(theme.color("accent" if here else "text2"))
            painter.drawText(QRectF(x, 0, width, HEIGHT), Qt.AlignmentFlag.AlignCenter, name)
            x += width
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawPath(rounded(1, 1, self.width() - 2, HEIGHT - 2, 8))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        right = 2.0
        for index, width in enumerate(self._widths):
            right += width
            if event.position().x() < right:
                self.choose(index)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.choose(self._chosen + step)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt
        super().focusOutEvent(event)
        self.update()
