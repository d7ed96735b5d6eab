"""What a search has tried: accuracy against time per answer, the best of each speed joined by a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.widgets.amounts import number
from gui.widgets.curves import padded_range
from gui.widgets.plot import HousePlot

_NEAR_PIXELS = 24.0


@dataclass(frozen=True)
class FrontPoint:
    """A candidate that was trained.

    Attributes:
        number: of the candidate.
        latency_ms: predicted.
        accuracy_percent: on the validation samples.
        on_front: nothing that was tried is both faster and more accurate.
    """

    number: int
    latency_ms: float
    accuracy_percent: float
    on_front: bool


class FrontPlot(HousePlot):
    """Click a point, or walk with the arrow keys; `picked` tells the candidate's number."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, left_width=46, zoom=False)
        self._points: list[FrontPoint] = []
        self._picked: int | None = None
        self._others = pg.ScatterPlotItem(size=8, antialias=True)
        self._front = pg.ScatterPlotItem(size=12, antialias=True)
        self._ring = pg.ScatterPlotItem(size=22, antialias=True)
        for level, item in ((5, self._others), (6, self._front), (7, self._ring)):
            item.setZValue(level)
            self.getPlotItem().addItem(item)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Networks that were tried"))
        self.set_caption(self.tr("milliseconds per answer, predicted"))
        theme.theme().themeChanged.connect(self._draw)
        self.show_points((), floor_percent=None, budget_ms=None)

    def close(self) -> None:
        """Let go of pyqtgraph's parts; a closed plot no longer follows the theme."""
        if self.getPlotItem() is not None:
            theme.theme().themeChanged.disconnect(self._draw)
        super().close()

    @property
    def points(self) -> list[FrontPoint]:
        """What is shown."""
        return self._points

    def show_points(
        self,
        points: Sequence[FrontPoint],
        *,
        floor_percent: float | None,
        budget_ms: float | None,
    ) -> None:
        """Replace all points and both limits."""
        self._points = sorted(points, key=lambda point: point.latency_ms)
        self.set_message("" if points else self.tr("Each network that is trained becomes a point"))
        x = [point.latency_ms for point in points]
        y = [point.accuracy_percent for point in points]
        if floor_percent is not None:
            y.append(floor_percent)
        high = max(x, default=1.0) * 1.12
        self.set_x(0.0, high)
        if points:
            self.set_y(*padded_range(min(y), max(y), floor=0.0, ceiling=100.0))
        else:
            self.set_y(0.0, 1.0, [])
        words = self.tr("at least {n} %").format(n=number(floor_percent or 0.0, 1))
        self.set_level("floor", floor_percent if points else None, words, at=0.02)
        near = budget_ms is not None and budget_ms <= high
        words = self.tr("budget {n} ms").format(n=number(budget_ms or 0.0, 1))
        self.set_level("budget", budget_ms if near and points else None, words, vertical=True, at=0.06)
        self._draw()

    def pick(self, candidate: int | None) -> None:
        """Put the ring around a candidate; None takes it away."""
        self._picked = candidate
        self._draw()

    def _draw(self) -> None:
        card = pg.mkPen(theme.color("card"), width=2)
        front = [point for point in self._points if point.on_front]
        others = [point for point in self._points if not point.on_front]
        for item, points, role in ((self._others, others, "text3"), (self._front, front, "accent")):
            item.setData(*_places(points), brush=theme.color(role), pen=card)
        x, y = _places(front)  # a staircase: up to the next point nothing more accurate is known
        self.set_curve("front", np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1], "accent", dash=[4, 3])
        ringed = [point for point in self._points if point.number == self._picked]
        self._ring.setData(
            *_places(ringed), brush=pg.mkBrush(None), pen=pg.mkPen(theme.color("text"), width=2)
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the nearest point."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        place = event.position()
        near = min(self._points, key=lambda p: self._distance(p, place), default=None)
        if near is not None and self._distance(near, place) <= _NEAR_PIXELS:
            self.picked.emit(near.number)

    def _distance(self, point: FrontPoint, place: QPointF) -> float:
        box = self.getPlotItem().getViewBox()
        scene = box.mapViewToScene(QPointF(point.latency_ms, point.accuracy_percent))
        gap = QPointF(self.mapFromScene(scene)) - place
        return float(np.hypot(gap.x(), gap.y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk along the points by speed."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None or not self._points:
            super().keyPressEvent(event)
            return
        numbers = [point.number for point in self._points]
        here = numbers.index(self._picked) if self._picked in numbers else -1 if step > 0 else 0
        self.picked.emit(numbers[(here + step) % len(numbers)])


def _places(points: Sequence[FrontPoint]) -> tuple[list[float], list[float]]:
    return [p.latency_ms for p in points], [p.accuracy_percent for p in points]
