"""How many samples each class has: one bar a class; of many classes the largest and the smallest."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.examples import ClassCount
from gui import theme
from gui.widgets import amounts
from gui.widgets.primitives import rounded

_ROW = 20
_MOST = 12


class CountBars(QWidget):
    """Rows in the order of the classes while they are few, else by size."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ClassCount | None] = []
        self._left_out = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Examples of each class"))

    def show_counts(self, counts: Sequence[ClassCount]) -> None:
        """Show classes with their numbers."""
        self._left_out = max(0, len(counts) - _MOST)
        if self._left_out:
            ordered = sorted(counts, key=lambda count: -count.samples)
            half = _MOST // 2
            self.rows = [*ordered[:half], None, *ordered[-half:]]
        else:
            self.rows = list(counts)
        told = [f"{row.name} {amounts.number(row.samples)}" for row in self.rows if row is not None]
        self.setAccessibleDescription(", ".join(told))
        self.setFixedHeight(max(1, len(self.rows)) * _ROW)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(300, max(1, len(self.rows)) * _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("axis"))
        metrics = QFontMetricsF(painter.font())
        known = [row for row in self.rows if row is not None]
        widest = max((metrics.horizontalAdvance(row.name) for row in known), default=0.0)
        left, right = min(130.0, widest + 10), 56.0
        most = max((row.samples for row in known), default=1) or 1
        middle = Qt.AlignmentFlag.AlignVCenter
        for place, row in enumerate(self.rows):
            area = QRectF(0, place * _ROW, self.width(), _ROW)
            painter.setPen(theme.color("text2" if row is not None else "text3"))
            if row is None:
                words = self.tr("{n} more in between").format(n=amounts.number(self._left_out))
                painter.drawText(area.adjusted(left, 0, 0, 0), middle, words)
                continue
            name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, left - 8)
            painter.drawText(
                QRectF(0, area.y(), left - 8, _ROW), middle | Qt.AlignmentFlag.AlignRight, name
            )
            room = self.width() - left - right
            bar = rounded(left, area.y() + 6, room, 8, 4)
            painter.fillPath(bar, theme.color("raised"))
            if row.samples:
                filled = rounded(left, area.y() + 6, max(8.0, room * row.samples / most), 8, 4)
                painter.fillPath(filled, theme.color("accent"))
            number = QRectF(self.width() - right, area.y(), right, _ROW)
            painter.drawText(number, middle | Qt.AlignmentFlag.AlignRight, amounts.number(row.samples))
