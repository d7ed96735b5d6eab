"""Training curves: one plot of one quantity over epochs, several series, earlier runs, named levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.widgets.amounts import number
from gui.widgets.plot import HousePlot, nice_ticks, tick_text
from gui.widgets.primitives import rounded

SMOOTHED_EPOCHS = 5
_LEAST_SPAN = 2.0  # epochs in view
_ZOOM = 0.6  # of what was in view


@dataclass(frozen=True)
class Series:
    """One line of a plot: its key, its translated name and its colour."""

    key: str
    name: str
    role: str


@dataclass(frozen=True)
class EarlierRun:
    """A training of before, drawn thin and grey; its first series is shown.

    Attributes:
        key: names it.
        name: for people: its step and its time.
        dash: tells it from its like; () is a whole line.
        start: epochs before its first one.
        values: of each series by epoch.
    """

    key: str
    name: str
    dash: tuple[float, ...] = ()
    start: int = 0
    values: dict[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Level:
    """A named horizontal line, for example the minimum accuracy."""

    key: str
    value: float
    text: str
    role: str = "text"
    dash: tuple[float, ...] = (6, 4)
    at: float = 0.02
    below: bool = False


def padded_range(
    low: float, high: float, *, floor: float | None, ceiling: float | None
) -> tuple[float, float]:
    """A y range with 8 % of air above and below, not past `floor` and `ceiling`."""
    room = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    low, high = low - room, high + room
    if floor is not None:
        low = max(low, floor)
    if ceiling is not None:
        high = min(high, ceiling)
    return (low, high) if high > low else (low, low + 1.0)


def smoothed(values: Sequence[float], boundaries: Sequence[int] = ()) -> NDArray[np.float64]:
    """The mean of up to five epochs around each; what nobody knows is left out, steps stay apart."""
    y = np.asarray(values, dtype=np.float64)
    result = y.copy()
    ends = [0, *[b for b in boundaries if 0 < b < y.size], y.size]
    reach = SMOOTHED_EPOCHS // 2
    for first, last in zip(ends, ends[1:], strict=False):
        for place in range(first, last):
            near = y[max(first, place - reach) : min(last, place + reach + 1)]
            if math.isfinite(y[place]):
                result[place] = near[np.isfinite(near)].mean()
    return result


def decade_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Labels of a logarithmic axis from `low` to `high` (logarithms): 1, 2 and 5 by powers of ten."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    powers = range(math.floor(low) - 1, math.ceil(high) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        values = [f * 10.0**p for p in powers for f in factors]
        shown = [v for v in values if low - 1e-9 <= math.log10(v) <= high + 1e-9]
        if len(shown) <= 6:
            break
    if len(shown) < 2:
        shown = [v for v in nice_ticks(10**low, 10**high, 4) if v > 0]
    return [(math.log10(v), tick_text(v, v)) for v in shown]


class EpochPlot(HousePlot):
    """Values after each epoch; the last point of each series carries a dot.

    Epochs of consecutive steps follow one another; a thin line marks where a step ends. The wheel or the
    keys + and \u2212 zoom, 0 or a double click show the whole again, the arrows move a cross-hair.
    """

    zoomed = False  # the user sees a part only
    span_changed = Signal(float, float)  # the user sees another part of x
    zoom_changed = Signal(bool)

    def __init__(
        self,
        series: Sequence[Series],
        *,
        unit: str = "",
        decimals: int = 1,
        floor: float | None = None,
        ceiling: float | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, left_width=46)
        self._series = list(series)
        self._unit, self._decimals = unit, decimals
        self._floor, self._ceiling = floor, ceiling
        self._values: dict[str, list[float]] = {s.key: [] for s in series}
        self._levels_shown: list[Level] = []
        self._boundaries: list[int] = []
        self._earlier: list[EarlierRun] = []
        self._end = 1
        self._log = self._smooth = self._setting = False
        self._at = 0  # epoch of the cross-hair that keys move, 0 for none
        self.hover_text = self._text_at
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.getPlotItem().getViewBox().sigXRangeChanged.connect(self._on_span_changed)
        self._redraw()

    @property
    def values(self) -> dict[str, list[float]]:
        """The values of each series by epoch."""
        return self._values

    @property
    def span(self) -> tuple[float, float]:
        """The epochs in view."""
        (low, high), _ = self.getPlotItem().getViewBox().viewRange()
        return low, high

    def show_values(
        self,
        values: dict[str, Sequence[float]],
        *,
        end: int,
        boundaries: Sequence[int] = (),
        levels: Sequence[Level] = (),
        earlier: Sequence[EarlierRun] = (),
    ) -> None:
        """Replace everything: values by series, the last epoch expected, where steps end, the levels."""
        self._values = {s.key: list(values.get(s.key, ())) for s in self._series}
        self._end = max(1, end)
        for old in self._levels_shown:
            self.set_level(old.key, None)
        for number_, _ in enumerate(self._boundaries):
            self.set_level(f"step-{number_}", None)
        for run in self._earlier:
            self.remove_curve(f"earlier {run.key}")
        self._levels_shown, self._boundaries = list(levels), list(boundaries)
        self._earlier = list(earlier)
        self._redraw()

    def append(self, values: dict[str, float], *, end: int) -> None:
        """Add one epoch."""
        for key, value in values.items():
            self._values[key].append(value)
        self._end = max(1, end)
        self._redraw()

    def set_logarithmic(self, on: bool) -> None:
        """Draw the logarithms; what is not above zero is left out."""
        self._log = on
        self._redraw()

    def set_smooth(self, on: bool) -> None:
        """Draw means over a few epochs, and the values themselves thinner behind them."""
        self._smooth = on
        self._redraw()

    # ---- zoom ----------------------------------------------------------------------------------
    def show_span(self, low: float, high: float) -> None:
        """Show a part of the epochs, or as much of it as there is."""
        self.getPlotItem().setXRange(low, high, padding=0)

    def zoom(self, factor: float) -> None:
        """Show more or less, around the cross-hair or the middle."""
        low, high = self.span
        width = min(max(_LEAST_SPAN, (high - low) * factor), self._home[1] - self._home[0])
        centre = self._at or (low + high) / 2
        start = min(max(self._home[0], centre - width / 2), self._home[1] - width)
        self.show_span(start, start + width)

    def zoom_in(self) -> None:
        """Show less of the epochs."""
        self.zoom(_ZOOM)

    def zoom_out(self) -> None:
        """Show more of the epochs."""
        self.zoom(1 / _ZOOM)

    def show_whole(self) -> None:
        """Show all epochs again."""
        self.show_span(*self._home)

    def _on_span_changed(self, *_: object) -> None:
        if self._setting:
            return
        low, high = self.span
        zoomed = abs(low - self._home[0]) + abs(high - self._home[1]) > 1e-3
        if zoomed != self.zoomed:
            self.zoomed = zoomed
            self.zoom_changed.emit(zoomed)
        self._label_x()
        self._fit_y()
        self.span_changed.emit(low, high)

    def _round_labels(self, most: int) -> list[tuple[float, str]]:
        labels = self._labels(*(self.span if self.zoomed else self._home), most)
        return [(value, number(value)) for value, _ in labels if value == round(value)]

    # ---- drawing -------------------------------------------------------------------------------
    def _drawn(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """What of some points can be drawn, and where."""
        good = np.isfinite(y) & ((y > 0) if self._log else True)
        return x[good], np.log10(y[good]) if self._log else y[good]

    def _redraw(self) -> None:
        longest = max((len(v) for v in self._values.values()), default=0)
        for index, series in enumerate(self._series):
            y = np.asarray(self._values[series.key], dtype=np.float64)
            epochs = np.arange(1, y.size + 1, dtype=np.float64)
            exact = self._drawn(epochs, y)
            nothing = (np.empty(0), np.empty(0))
            x, y = self._drawn(epochs, smoothed(y, self._boundaries)) if self._smooth else exact
            thin = exact if self._smooth else nothing
            self.set_curve(f"{series.key} exact", *thin, series.role, width=0.75, behind=True)
            self.set_curve(series.key, x, y, series.role, width=2.0, behind=index > 0)
            if y.size:
                self.set_dot(series.key, float(x[-1]), float(y[-1]), series.role)
        for run in self._earlier:
            y = np.asarray(run.values.get(self._series[0].key, ()), dtype=np.float64)
            if self._smooth:
                y = smoothed(y)
            x, y = self._drawn(np.arange(1, y.size + 1, dtype=np.float64) + run.start, y)
            dash = list(run.dash) or None
            self.set_curve(f"earlier {run.key}", x, y, "text3", width=1.25, dash=dash, behind=True)
            longest = max(longest, int(x[-1]) if x.size else 0)
        if not any(self._values.values()):
            self.remove_dots()
        for level in self._levels_shown:
            self.set_level(
                level.key,
                level.value,
                level.text,
                level.role,
                dash=list(level.dash),
                at=level.at,
                below=level.below,
            )
        for index, boundary in enumerate(self._boundaries):
            self.set_level(f"step-{index}", boundary + 0.5, "", "line2", dash=[2, 3], vertical=True)
        self._set_home(max(self._end, longest, 2))
        self._fit_y()

    def _set_home(self, end: int) -> None:
        """Let the whole reach to an epoch; what the user has zoomed to stays in view."""
        low, high = 0.5 if end < 6 else 0.0, end + 0.5
        view = self.span
        self._setting = True
        self.getPlotItem().getViewBox().setLimits(xMin=low, xMax=high, minXRange=_LEAST_SPAN)
        self.set_x(low, high)
        if self.zoomed:
            self.show_span(*view)
        self._setting = False
        self._label_x()

    def _fit_y(self) -> None:
        """The range of y follows what is in view of x."""
        low, high = self.span
        shown: list[float] = [] if self._log else [level.value for level in self._levels_shown]
        for curve, *_ in self._curves.values():
            x, y = curve.getData()
            if x is not None and len(x):
                shown.extend(y[(x >= low) & (x <= high)].tolist())
        if not shown:
            self.set_y(0.0, 1.0, [])
            return
        floor, ceiling = (None, None) if self._log else (self._floor, self._ceiling)
        bottom, top = padded_range(min(shown), max(shown), floor=floor, ceiling=ceiling)
        self.set_y(bottom, top)
        if self._log:
            self.getPlotItem().getAxis("left").setTicks([decade_ticks(bottom, top)])

    def _text_at(self, x: float) -> str:
        epoch = round(x)
        values = [(s.name, self._values[s.key], 0) for s in self._series]
        first = self._series[0].key
        values += [(run.name, list(run.values.get(first, ())), run.start) for run in self._earlier]
        parts = []
        for name, row, start in values:
            place = epoch - start - 1
            if 0 <= place < len(row) and math.isfinite(row[place]):
                parts.append(f"{name} {number(row[place], self._decimals)}{self._unit}")
        return "\n".join([self.tr("epoch {n}").format(n=epoch), *parts]) if parts else ""

    # ---- keys and focus ------------------------------------------------------------------------
    def _move_cross(self, by: int) -> None:
        low, high = self.span
        last = int(self._home[1])
        start = self._at or round(low if by > 0 else high)
        self._at = min(max(1, start + by), last)
        if not low <= self._at <= high:
            shift = self._at - (high if self._at > high else low)
            self.show_span(low + shift, high + shift)
        self._show_chip(float(self._at))
        self.setAccessibleDescription(self._text_at(self._at).replace("\n", ", "))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        key = event.key()
        actions = {
            Qt.Key.Key_Left: lambda: self._move_cross(-1),
            Qt.Key.Key_Right: lambda: self._move_cross(1),
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,
            Qt.Key.Key_Minus: self.zoom_out,
            Qt.Key.Key_0: self.show_whole,
        }
        if key in actions and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            actions[Qt.Key(key)]()
            event.accept()
        else:
            QWidget.keyPressEvent(self, event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt
        super().focusOutEvent(event)
        self._at = 0
        if self.getPlotItem() is not None:  # not while it is closed
            self._hide_chip()
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("accent"), 2))
            area = QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1)
            painter.drawPath(rounded(area.x(), area.y(), area.width(), area.height(), 6))
