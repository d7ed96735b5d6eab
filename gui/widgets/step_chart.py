"""A small multiple: a value after each step. Bars are predicted, from zero up; points are measured."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import color, mix, sized_font
from gui.widgets.primitives import EN_DASH, Text, column, row, stripes


@dataclass(frozen=True)
class Mark:
    """One value. `label` stands under it, `words` above it; value None leaves the place empty."""

    label: str
    value: float | None
    words: str


class _Plot(QWidget):
    def __init__(self, points: bool) -> None:
        super().__init__()
        self._points = points
        self.marks: list[Mark] = []
        self.limit: float | None = None
        self.setFixedHeight(104)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = self.height() - 20.0
        painter.setPen(QPen(color("line2"), 1))
        painter.drawLine(QPointF(0, base), QPointF(self.width(), base))
        if not self.marks:
            return
        low, high = self._range()
        step = self.width() / len(self.marks)
        places = []
        for index, mark in enumerate(self.marks):
            x = (index + 0.5) * step
            y = None if mark.value is None else base - (mark.value - low) / (high - low) * (base - 24)
            places.append((x, y))
        if self._points:
            self._paint_points(painter, places)
        else:
            self._paint_bars(painter, places, step, base)
        if self.limit is not None:
            y = base - (self.limit - low) / (high - low) * (base - 24)
            pen = QPen(color("text"), 1.5)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        self._paint_words(painter, places, step, base)

    def _range(self) -> tuple[float, float]:
        values = [mark.value for mark in self.marks if mark.value is not None]
        if self.limit is not None:
            values.append(self.limit)
        if not values:
            return 0.0, 1.0
        if not self._points:
            return 0.0, max(values) or 1.0
        low, high = min(values), max(values)
        room = max((high - low) * 0.4, 0.005)
        return low - room, high + room

    def _paint_bars(
        self, painter: QPainter, places: list[tuple[float, float | None]], step: float, base: float
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        width = min(step * 0.7, 64.0)
        for index, (x, y) in enumerate(places):
            if y is not None:
                last = index == len(places) - 1
                bar = QPainterPath()
                bar.addRect(QRectF(x - width / 2, y, width, max(base - y, 1.5)))
                tint = color("accent") if last else mix("card", "accent", 0.5)
                painter.fillPath(bar, mix("card", "accent", 0.35 if last else 0.15))
                stripes(painter, bar, tint)

    def _paint_points(self, painter: QPainter, places: list[tuple[float, float | None]]) -> None:
        known = [QPointF(x, y) for x, y in places if y is not None]
        painter.setPen(QPen(mix("card", "accent", 0.55), 2))
        for (x1, y1), (x2, y2) in pairwise(places):
            if y1 is not None and y2 is not None:
                painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))
        painter.setPen(Qt.PenStyle.NoPen)
        for index, point in enumerate(known):
            last = index == len(known) - 1
            painter.setBrush(color("accent") if last else mix("card", "accent", 0.7))
            painter.drawEllipse(point, 5 if last else 4, 5 if last else 4)

    def _paint_words(
        self, painter: QPainter, places: list[tuple[float, float | None]], step: float, base: float
    ) -> None:
        for index, (mark, (x, y)) in enumerate(zip(self.marks, places, strict=True)):
            last = index == len(self.marks) - 1
            painter.setFont(sized_font(11.5, 400))
            painter.setPen(color("text3"))
            under = QRectF(x - step / 2, base + 2, step, 18)
            painter.drawText(under, Qt.AlignmentFlag.AlignCenter, mark.label)
            if y is None:
                place = QRectF(x - step / 2, base - 18, step, 16)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, EN_DASH)
            else:
                painter.setFont(sized_font(11.5, 600 if last else 400))
                painter.setPen(color("text" if last else "text2"))
                lift = 22 if self._points else 18
                above = QRectF(x - step / 2 - 10, y - lift, step + 20, 16)
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, mark.words)


class StepChart(QWidget):
    """Title, unit and the plot."""

    def __init__(self, title: str, *, points: bool = False) -> None:
        super().__init__()
        self._title = Text(title, "sentence_strong")
        self._unit = Text("", "small", "text3", elide=True)
        self._plot = _Plot(points)
        self.setLayout(column(row(self._title, (self._unit, 1), gap=6), self._plot, gap=2))

    def show_marks(self, marks: list[Mark], unit: str, limit: float | None = None) -> None:
        """Show values; `limit` is drawn as a dashed line and named in `unit` by the caller."""
        self._unit.setText(unit)
        self._plot.marks, self._plot.limit = marks, limit
        told = ", ".join(f"{mark.label}: {mark.words}" for mark in marks)
        self.setAccessibleName(f"{self._title.text()}. {told}")
        self._plot.update()
