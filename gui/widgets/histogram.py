"""How often each latency occurs, with the median and the 99th percentile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.widgets.amounts import milliseconds, number
from gui.widgets.plot import HousePlot

MOST_BINS = 40


@dataclass(frozen=True)
class LatencyStatistics:
    """Of all samples seen, in ms."""

    count: int
    minimum: float
    p50: float
    p99: float
    maximum: float


def latency_statistics(values_ms: NDArray[np.float64]) -> LatencyStatistics | None:
    """Percentiles by linear interpolation; None without samples."""
    if not values_ms.size:
        return None
    p50, p99 = np.percentile(values_ms, [50, 99])
    return LatencyStatistics(
        int(values_ms.size), float(values_ms.min()), float(p50), float(p99), float(values_ms.max())
    )


def latency_bins(values_ms: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Counts and edges: round widths, at most 40 bins; what lies above 99.9 % is gathered in the last.

    Identical samples give one bin around the value.
    """
    low, high = float(values_ms.min()), float(np.percentile(values_ms, 99.9))
    span = high - low
    if span <= max(1e-9, 1e-6 * abs(high)):
        half = max(abs(low) * 1e-3, 1e-4)
        return np.array([values_ms.size]), np.array([low - half, low + half])
    rough = span / MOST_BINS * 1.25
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= rough)
    first, last = math.floor(low / width), math.floor(high / width) + 1
    edges = width * np.arange(first, last + 1)
    counts, _ = np.histogram(np.minimum(values_ms, edges[-1] - width / 2), edges)
    return counts, edges


class LatencyHistogram(HousePlot):
    """Bars from zero; the percentile lines carry their value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, left_width=44)
        self._bars = pg.BarGraphItem(x0=[], x1=[], height=[])
        self.getPlotItem().addItem(self._bars)
        self._counts: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._edges: NDArray[np.float64] = np.empty(0)
        self.statistics: LatencyStatistics | None = None
        self.setAccessibleName(self.tr("How often each latency occurs"))
        self.hover_text = self._text_at
        self.show_latencies(np.empty(0))

    def show_latencies(self, values_ms: NDArray[np.float64]) -> None:
        """Show the distribution of these samples."""
        self.statistics = latency_statistics(values_ms)
        if self.statistics is None:
            self._counts, self._edges = np.empty(0, dtype=np.int64), np.empty(0)
            self._bars.setOpts(x0=[], x1=[], height=[])
            self.set_level("p50", None)
            self.set_level("p99", None)
            self.set_x(0, 1, [])
            self.set_y(0, 1, [])
            return
        self._counts, self._edges = latency_bins(values_ms)
        self._paint_bars()
        p50, p99 = self.statistics.p50, self.statistics.p99
        low, high = float(self._edges[0]), float(self._edges[-1])
        room = (high - low) * 0.12
        self.set_x(low - room, high + room * 3)
        self.set_y(0, float(self._counts.max()) * 1.2)
        self.set_level(
            "p50", p50, f"p50  {self._precise(p50)} ms", "text", dash=[4, 3], at=0.93, vertical=True
        )
        self.set_level(
            "p99", p99, f"p99  {self._precise(p99)} ms", "cat1", dash=[4, 3], at=0.72, vertical=True
        )

    @property
    def counts(self) -> NDArray[np.int64]:
        """Samples in each bin."""
        return self._counts

    def restyle(self) -> None:  # noqa: D102 - see HousePlot
        super().restyle()
        if hasattr(self, "_bars") and self._counts.size:
            self._paint_bars()

    def _paint_bars(self) -> None:
        self._bars.setOpts(
            x0=self._edges[:-1],
            x1=self._edges[1:],
            height=self._counts,
            brush=theme.color("accent", 170),
            pen=pg.mkPen(theme.color("card"), width=1),
        )

    def _precise(self, value_ms: float) -> str:
        """With as many decimals as the bins need, and no fewer than elsewhere."""
        width = float(self._edges[1] - self._edges[0])
        decimals = min(4, max(0, math.ceil(-math.log10(width))))
        return max(milliseconds(value_ms), number(value_ms, decimals), key=len)

    def _text_at(self, x: float) -> str:
        index = int(np.searchsorted(self._edges, x, side="right")) - 1
        if not 0 <= index < self._counts.size:
            return ""
        low, high = float(self._edges[index]), float(self._edges[index + 1])
        return self.tr("{low} to {high} ms: {n}").format(
            low=milliseconds(low), high=milliseconds(high), n=int(self._counts[index])
        )
