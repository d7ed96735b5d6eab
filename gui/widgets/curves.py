"""Training curves: one plot of one quantity over epochs, several series, named levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtWidgets import QWidget

from gui.widgets.amounts import number
from gui.widgets.plot import HousePlot


@dataclass(frozen=True)
class Series:
    """One line of a plot: its key, its translated name and its colour."""

    key: str
    name: str
    role: str


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


class EpochPlot(HousePlot):
    """Values after each epoch; the last point of the first series carries a dot.

    Epochs of consecutive steps follow one another; a thin line marks where a step ends.
    """

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
        self._end = 1
        self.hover_text = self._text_at
        self._redraw()

    @property
    def values(self) -> dict[str, list[float]]:
        """The values of each series by epoch."""
        return self._values

    def show_values(
        self,
        values: dict[str, Sequence[float]],
        *,
        end: int,
        boundaries: Sequence[int] = (),
        levels: Sequence[Level] = (),
    ) -> None:
        """Replace everything: values by series, the last epoch expected, where steps end, the levels."""
        self._values = {s.key: list(values.get(s.key, ())) for s in self._series}
        self._end = max(1, end)
        for old in self._levels_shown:
            self.set_level(old.key, None)
        for number_, _ in enumerate(self._boundaries):
            self.set_level(f"step-{number_}", None)
        self._levels_shown, self._boundaries = list(levels), list(boundaries)
        self._redraw()

    def append(self, values: dict[str, float], *, end: int) -> None:
        """Add one epoch."""
        for key, value in values.items():
            self._values[key].append(value)
        self._end = max(1, end)
        self._redraw()

    def _redraw(self) -> None:
        longest = max((len(v) for v in self._values.values()), default=0)
        shown: list[float] = [level.value for level in self._levels_shown]
        for index, series in enumerate(self._series):
            y = np.asarray(self._values[series.key], dtype=np.float64)
            x = np.arange(1, y.size + 1, dtype=np.float64)
            good = np.isfinite(y)
            x, y = x[good], y[good]
            self.set_curve(series.key, x, y, series.role, width=2.0, behind=index > 0)
            shown.extend(y.tolist())
            if y.size:
                self.set_dot(series.key, float(x[-1]), float(y[-1]), series.role)
        if not longest:
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
        end = max(self._end, longest, 2)
        self.set_x(0.5 if end < 6 else 0.0, end + 0.5)
        if shown:
            self.set_y(*padded_range(min(shown), max(shown), floor=self._floor, ceiling=self._ceiling))
        else:
            self.set_y(0.0, 1.0, [])

    def _text_at(self, x: float) -> str:
        longest = max((len(v) for v in self._values.values()), default=0)
        epoch = round(x)
        if not 1 <= epoch <= longest:
            return ""
        parts = [self.tr("epoch {n}").format(n=epoch)]
        for series in self._series:
            values = self._values[series.key]
            if epoch <= len(values) and math.isfinite(values[epoch - 1]):
                parts.append(f"{series.name} {number(values[epoch - 1], self._decimals)}{self._unit}")
        return "\n".join(parts)
