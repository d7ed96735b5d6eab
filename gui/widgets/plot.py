"""A pyqtgraph plot in the house style: no frame, horizontal grid only, few ticks, named levels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from gui import theme


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """At most `most` round values from `low` to `high`: multiples of 1, 2, 2.5 or 5 by powers of ten."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 2:
        return []
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 2.5, 5, 10, 20, 25, 50):
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [round(i * step, 12) for i in range(first, last + 1)]
    return []


def tick_text(value: float, step: float) -> str:
    """A tick label with just as many decimals as the step between ticks needs."""
    decimals = 0
    while decimals < 6 and abs(round(step, decimals) - step) > 1e-9 * max(1.0, abs(step)):
        decimals += 1
    return f"{value:,.{decimals}f}".replace("-", "\u2212")


class HousePlot(pg.PlotWidget):
    """Base of every pyqtgraph plot of the window.

    Curves and levels are known by a key; setting one again replaces its values. Colours are theme
    roles, so a change of theme re-pens everything. The wheel zooms x, a double click resets.
    """

    view_reset = Signal()

    def __init__(
        self, parent: QWidget | None = None, *, left_width: int = 44, zoom: bool = True
    ) -> None:
        super().__init__(parent, background=None, enableMenu=False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("background: transparent; border: none;")
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self._curves: dict[str, tuple[pg.PlotDataItem, str, float, list[float] | None]] = {}
        self._levels: dict[str, tuple[pg.InfiniteLine, pg.InfLineLabel, str, list[float] | None]] = {}
        self._dots: dict[str, tuple[pg.ScatterPlotItem, str]] = {}
        self._home: tuple[float, float] = (0.0, 1.0)
        self._caption = ""
        self._x_ticks: list[tuple[float, str]] | None = []
        self.hover_text: Callable[[float], str] | None = None
        item = self.getPlotItem()
        item.hideButtons()
        item.setContentsMargins(0, 6, 14, 0)
        item.setMouseEnabled(x=zoom, y=False)
        item.getViewBox().setDefaultPadding(0)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setStyle(tickLength=0, tickTextOffset=8, hideOverlappingLabels=False)
            axis.enableAutoSIPrefix(False)
        item.getAxis("left").setWidth(left_width)
        item.getAxis("left").setGrid(theme.PLOT_GRID_ALPHA)
        self._chip = pg.TextItem("", anchor=(0, 0))
        self._chip.setZValue(20)
        self._chip.hide()
        item.addItem(self._chip, ignoreBounds=True)
        self._message = pg.TextItem("", anchor=(0.5, 0.5))
        self._message.hide()
        item.addItem(self._message, ignoreBounds=True)
        item.getViewBox().sigRangeChanged.connect(self._place_message)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        item.addItem(self._cursor, ignoreBounds=True)
        self.restyle()
        theme.theme().themeChanged.connect(self.restyle)

    def close(self) -> None:
        """Let go of pyqtgraph's parts; a closed plot no longer follows the theme."""
        if self.getPlotItem() is not None:
            theme.theme().themeChanged.disconnect(self.restyle)
            super().close()

    def set_caption(self, text: str) -> None:
        """Words under the x axis."""
        self._caption = text
        self.restyle()

    def set_curve(
        self,
        key: str,
        x: NDArray[np.float64] | Sequence[float],
        y: NDArray[np.float64] | Sequence[float],
        role: str,
        *,
        width: float = 2.0,
        dash: list[float] | None = None,
        antialias: bool = True,
        behind: bool = False,
    ) -> None:
        """Draw or replace the curve `key`; `x` and `y` have the same length, which may be 0."""
        known = self._curves.get(key)
        if known is None:
            curve = pg.PlotDataItem(antialias=antialias, skipFiniteCheck=True)
            curve.setZValue(1 if behind else 2)
            self.getPlotItem().addItem(curve)
        else:
            curve = known[0]
        if known is None or known[1:] != (role, width, dash):
            self._curves[key] = (curve, role, width, dash)
            curve.setPen(self._pen(role, width, dash))
        curve.setData(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))

    def curve_data(self, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The x and y of the curve `key`; two empty arrays if there is none."""
        known = self._curves.get(key)
        x, y = known[0].getData() if known else (None, None)
        empty = np.empty(0)
        return (empty if x is None else x), (empty if y is None else y)

    def set_message(self, text: str) -> None:
        """Words in the middle of a plot that has nothing to show yet; '' takes them away."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._place_message()

    def _place_message(self) -> None:
        (x_low, x_high), (y_low, y_high) = self.getPlotItem().getViewBox().viewRange()
        self._message.setPos((x_low + x_high) / 2, (y_low + y_high) / 2)

    def remove_curve(self, key: str) -> None:
        """Take the curve `key` away, if there is one."""
        known = self._curves.pop(key, None)
        if known is not None:
            self.getPlotItem().removeItem(known[0])

    def remove_dots(self) -> None:
        """Take all dots away."""
        for dot, _ in self._dots.values():
            self.getPlotItem().removeItem(dot)
        self._dots.clear()

    def set_dot(self, key: str, x: float, y: float, role: str) -> None:
        """Mark one point, for example the newest."""
        known = self._dots.get(key)
        dot = known[0] if known else pg.ScatterPlotItem(size=9, antialias=True)
        if known is None:
            dot.setZValue(3)
            self.getPlotItem().addItem(dot)
        self._dots[key] = (dot, role)
        dot.setData([x], [y], brush=theme.color(role), pen=pg.mkPen(theme.color("card"), width=2))

    def set_level(
        self,
        key: str,
        value: float | None,
        text: str = "",
        role: str = "text",
        *,
        dash: list[float] | None = None,
        at: float = 0.02,
        vertical: bool = False,
        below: bool = False,
    ) -> None:
        """A named straight line: a budget, a minimum, a percentile. `value` None takes it away.

        `at` is where along the line its words stand, `below` puts them under it.
        """
        known = self._levels.pop(key, None)
        if value is None:
            if known:
                self.getPlotItem().removeItem(known[0])
            return
        if known is None:
            line = pg.InfiniteLine(angle=90 if vertical else 0, movable=False)
            line.setZValue(4)
            if vertical:
                anchors = [(-0.04, 0.5), (1.04, 0.5)]
            else:
                anchors = [(0 if at < 0.5 else 1, 0 if below else 1)] * 2
            label = pg.InfLineLabel(
                line, text, position=at, anchors=anchors, fill=theme.color("card", 200)
            )
            self.getPlotItem().addItem(line, ignoreBounds=True)
        else:
            line, label = known[0], known[1]
            label.setFormat(text)
        line.setValue(value)
        line.setPen(self._pen(role, 1.5, dash or [6, 4]))
        label.setColor(theme.color(role))
        label.setFont(theme.font("axis_strong"))
        self._levels[key] = (line, label, role, dash)

    def set_x(self, low: float, high: float, ticks: Sequence[tuple[float, str]] | None = None) -> None:
        """The visible span of x and its labels; without `ticks` round numbers are chosen."""
        self._home = (low, high)
        self._x_ticks = None if ticks is None else list(ticks)
        self.getPlotItem().setXRange(low, high, padding=0)
        self._label_x()

    def _label_x(self) -> None:
        chosen = self._x_ticks
        if chosen is None:
            metrics = QFontMetricsF(theme.font("axis"))
            room = self.getPlotItem().getViewBox().width()
            for most in (7, 5, 4, 3, 2):
                chosen = self._round_labels(most)
                if sum(metrics.horizontalAdvance(text) + 14 for _, text in chosen) <= room:
                    break
        self.getPlotItem().getAxis("bottom").setTicks([chosen or []])

    def _round_labels(self, most: int) -> list[tuple[float, str]]:
        """At most so many round labels of x."""
        return self._labels(*self._home, most)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt
        super().resizeEvent(event)
        if hasattr(self, "_x_ticks") and self.getPlotItem() is not None:
            self._label_x()

    def set_y(self, low: float, high: float, ticks: Sequence[float] | None = None) -> None:
        """The visible span of y, drawn a little wider so that the outermost labels stay."""
        edge = (high - low) * 0.035
        self.getPlotItem().setYRange(low - edge, high + edge, padding=0)
        chosen = self._labels(low, high, 5) if ticks is None else [(v, f"{v:g}") for v in ticks]
        self.getPlotItem().getAxis("left").setTicks([chosen])

    @staticmethod
    def _labels(low: float, high: float, most: int) -> list[tuple[float, str]]:
        values = nice_ticks(low, high, most)
        step = values[1] - values[0] if len(values) > 1 else 1.0
        return [(v, tick_text(v, step)) for v in values]

    def _pen(self, role: str, width: float, dash: list[float] | None) -> object:
        # pyqtgraph counts the pixels of the screen; hair lines stay as they are, Qt draws others slowly
        ratio = self.devicePixelRatioF() if width > 1 else 1.0
        pen = pg.mkPen(theme.color(role), width=width * ratio)
        if dash:
            pen.setDashPattern(dash)
        return pen

    def restyle(self) -> None:
        """Take all colours and fonts from the theme again."""
        item = self.getPlotItem()
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(
                pg.mkPen(
                    theme.color("line2" if side == "bottom" else "card", 255 if side == "bottom" else 0)
                )
            )
            axis.setTextPen(pg.mkPen(theme.color("text3")))
            axis.setTickFont(theme.font("axis"))
        item.getAxis("left").setTickPen(pg.mkPen(theme.color("text3")))
        if self._caption:
            family = theme.font("small").family()
            item.setLabel(
                "bottom",
                self._caption,
                **{"color": theme.color("text3").name(), "font-size": "12px", "font-family": family},
            )
        for curve, role, width, dash in self._curves.values():
            curve.setPen(self._pen(role, width, dash))
        for line, label, role, dash in self._levels.values():
            line.setPen(self._pen(role, 1.5, dash or [6, 4]))
            label.setColor(theme.color(role))
            label.setFont(theme.font("axis_strong"))
            label.fill = pg.mkBrush(theme.color("card", 200))
        for dot, role in self._dots.values():
            dot.setBrush(theme.color(role))
            dot.setPen(pg.mkPen(theme.color("card"), width=2))
        self._message.setColor(theme.color("text3"))
        self._message.setFont(theme.font("sentence"))
        self._chip.setColor(theme.color("text"))
        self._chip.setFont(theme.font("small_medium"))
        self._chip.fill = pg.mkBrush(theme.color("well"))
        self._chip.border = pg.mkPen(theme.color("line2"))
        self._cursor.setPen(pg.mkPen(theme.color("line2"), width=1))

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(240, 130)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(160, 96)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the values under the pointer."""
        super().mouseMoveEvent(event)
        if self.hover_text is None:
            return
        box = self.getPlotItem().getViewBox()
        scene = self.mapToScene(event.position().toPoint())
        if not box.sceneBoundingRect().contains(scene):
            self._hide_chip()
            return
        self._show_chip(box.mapSceneToView(scene).x())

    def _show_chip(self, x: float) -> None:
        """Put the cross-hair and the values at `x`; where there are none, take them away."""
        text = self.hover_text(x) if self.hover_text is not None else ""
        if not text:
            self._hide_chip()
            return
        (x_low, x_high), (_, y_high) = self.getPlotItem().getViewBox().viewRange()
        self._chip.setText(text)
        room = (x_high - x) / (x_high - x_low) * self.getPlotItem().getViewBox().width()
        to_the_left = room < 1.1 * self._chip.boundingRect().width()
        self._chip.setAnchor(QPointF(1.04 if to_the_left else -0.04, 0))
        self._chip.setPos(x, y_high)
        self._chip.show()
        self._cursor.setValue(x)
        self._cursor.show()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the value chip."""
        super().leaveEvent(event)
        self._hide_chip()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the full span."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.getPlotItem().setXRange(*self._home, padding=0)
            self.view_reset.emit()

    def _hide_chip(self) -> None:
        self._chip.hide()
        self._cursor.hide()
