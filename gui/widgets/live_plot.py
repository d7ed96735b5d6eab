"""The latency stream: decimation to two points a pixel column, and the strip chart that draws it."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QImage, QPainter, QShowEvent
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.widgets.amounts import MINUS, milliseconds
from gui.widgets.plot import HousePlot

FRAME_MS = 16
THIN_FROM = 2000
_LARGE, _LARGEST = 1 << 20, 1 << 24  # samples; the latter hold a minute of 130,000 a second, twice
Floats = NDArray[np.float64]


class SampleReader(Protocol):
    """What the chart needs from the ring that the recorder fills: `RingReader` has it."""

    @property
    def count(self) -> int:
        """Samples written since the beginning, also those that the ring has dropped since."""
        ...

    def read_since(self, count: int) -> tuple[Floats, int]:
        """Samples (n, 2) of time_us and latency_us after the first `count`, and the new count."""
        ...


class SpanBuffer:
    """The samples of the newest `span` of time; its views are valid until the next append."""

    def __init__(self, span: float, capacity: int = 4096) -> None:
        self.span = span
        self._samples = np.empty((capacity, 2))
        self._start = 0
        self._end = 0

    def append(self, samples: Floats) -> None:
        """Add samples (n, 2), times ascending; what is older than the span falls out."""
        number = len(samples)
        if not number:
            return
        kept = self._end - self._start
        half_empty = kept <= self._start and self._end > _LARGE
        if half_empty or self._end + number > len(self._samples):
            self._move_down(kept, number)
        self._samples[self._end : self._end + number] = samples
        self._end += number
        oldest = self._samples[self._end - 1, 0] - self.span
        self._start += int(np.searchsorted(self._samples[self._start : self._end, 0], oldest))

    def _move_down(self, kept: int, number: int) -> None:
        """Put what is kept at the beginning, so that there is room for `number` more."""
        moved = self._samples
        if kept > self._start or kept + number > len(moved):
            room = 2 * (kept + number)
            # a large one is made but once: copying millions of samples into fresh memory takes long,
            # and the system gives the memory only as it is used
            moved = np.empty((max(room, _LARGEST) if room > _LARGE else room, 2))
        moved[:kept] = self._samples[self._start : self._end]
        self._samples, self._start, self._end = moved, 0, kept

    @property
    def times(self) -> Floats:
        """Shape (n,)."""
        return self._samples[self._start : self._end, 0]

    @property
    def values(self) -> Floats:
        """Shape (n,)."""
        return self._samples[self._start : self._end, 1]


def min_max_per_column(
    times: Floats, values: Floats, start: float, end: float, columns: int
) -> tuple[Floats, Floats]:
    """Reduce a stream to at most two points for each of `columns` equal steps from `start` to `end`.

    Args:
        times: shape (n,), ascending.
        values: shape (n,), finite.
        start: left edge, inclusive.
        end: right edge, inclusive.
        columns: number of pixel columns, at least 1.

    Returns:
        x and y. With no more than two samples a column in total these are the samples themselves;
        else each column that holds samples gives its minimum and its maximum at its centre.
    """
    first = int(np.searchsorted(times, start, side="left"))
    last = int(np.searchsorted(times, end, side="right"))
    times, values = times[first:last], values[first:last]
    if times.size <= 2 * columns:
        return times, values
    width = (end - start) / columns
    edges = start + width * np.arange(1, columns)
    bounds = np.concatenate(([0], np.searchsorted(times, edges, side="left"), [times.size]))
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    starts = bounds[:-1][filled]
    x = np.repeat(start + width * (filled + 0.5), 2)
    y = np.empty(x.size)
    y[0::2] = np.minimum.reduceat(values, starts)
    y[1::2] = np.maximum.reduceat(values, starts)
    return x, y


class GrowingRange:
    """A y range that only ever grows, in steps of 10 % of its span, so that the curve does not dance."""

    def __init__(self) -> None:
        self.low = math.nan
        self.high = math.nan

    def include(self, low: float, high: float) -> bool:
        """Make room for the values from `low` to `high`; says whether the range changed."""
        if math.isnan(self.low):
            centre, half = (low + high) / 2, max((high - low) / 2, abs(high) * 0.05, 1e-6)
            self.low, self.high = max(0.0, centre - 1.6 * half), centre + 1.6 * half
            return True
        changed = False
        step = 0.1 * (self.high - self.low)
        if low < self.low:
            self.low = max(0.0, self.low - step * math.ceil((self.low - low) / step))
            changed = True
        if high > self.high:
            self.high += step * math.ceil((high - self.high) / step)
            changed = True
        return changed


class StripChart(HousePlot):
    """Latency in ms over the last `span_seconds`; the newest sample is "now" at the right edge.

    One timer runs only while the chart is visible, live and not paused.
    """

    def __init__(self, parent: QWidget | None = None, *, span_seconds: float = 60.0) -> None:
        super().__init__(parent, left_width=44)
        self.span_seconds = span_seconds
        self._reader: SampleReader | None = None
        self._buffer = SpanBuffer(span_seconds * 1e6)
        self._seen = 0
        self._paused = False
        self._live = False
        self._range = GrowingRange()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.draw)
        self.setAccessibleName(self.tr("Latency over the last minute"))
        self.hover_text = self._value_at
        # a little wider, so that the outermost labels stay
        self.set_x(-span_seconds * 1.015, span_seconds * 0.01, self._time_ticks())
        self.set_y(0.0, 1.0, [])

    @property
    def running(self) -> bool:
        """Whether the frame timer is running."""
        return self._timer.isActive()

    @property
    def paused(self) -> bool:
        """Whether the view is frozen."""
        return self._paused

    def set_reader(self, reader: SampleReader | None) -> None:
        """Draw from this ring from now on; None forgets the stream and clears the chart."""
        self._reader = reader
        self._buffer = SpanBuffer(self.span_seconds * 1e6)
        self._seen = 0
        self._range = GrowingRange()
        self.set_curve("latency", [], [], "accent", width=1.5, antialias=False)
        self._arm()

    def set_live(self, live: bool) -> None:
        """Whether a board is sending."""
        self._live = live
        self._arm()
        self.draw()

    def set_paused(self, paused: bool) -> None:
        """Freeze the view; the recording goes on."""
        self.draw()  # freeze what is newest now
        self._paused = paused
        self._arm()
        self.draw()

    def set_lines(self, budget_ms: float | None, predicted_ms: float | None) -> None:
        """The budget (dashed) and the prediction (dotted), each named on the plot."""
        words = self.tr("budget {ms} ms").format(ms=milliseconds(budget_ms)) if budget_ms else ""
        self.set_level("budget", budget_ms, words, "text", at=0.02)
        words = (
            self.tr("predicted {ms} ms").format(ms=milliseconds(predicted_ms)) if predicted_ms else ""
        )
        self.set_level("predicted", predicted_ms, words, "text3", dash=[2, 3], at=0.98)

    @property
    def latencies_ms(self) -> Floats:
        """All samples in the span, ms, oldest first, not decimated; a view until the next frame."""
        return self._buffer.values

    @property
    def times_s(self) -> Floats:
        """Their times on the recorder's clock, seconds."""
        return self._buffer.times / 1e6

    def draw(self) -> None:
        """Draw the span that ends at the newest sample, if there is anything new."""
        if self._reader is None or self._paused or self._reader.count == self._seen:
            return
        samples, self._seen = self._reader.read_since(self._seen)
        if not len(samples):
            return
        samples[:, 1] /= 1e3
        self._buffer.append(samples)
        times, values = self._buffer.times, self._buffer.values
        now = times[-1]
        columns = max(1, int(self.getPlotItem().getViewBox().width()))
        x, y = min_max_per_column(times, values, now - self.span_seconds * 1e6, now, columns)
        width = 1.0 if times.size > THIN_FROM else 1.5
        self.set_curve("latency", (x - now) / 1e6, y, "accent", width=width, antialias=False)
        if self._range.include(float(y.min()), float(y.max())):
            self.set_y(self._range.low, self._range.high)

    def picture(self) -> QImage:
        """The chart at twice the size on a light background, for reports."""
        shown = theme.theme().name
        image = QImage(self.size() * 2, QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(2.0)
        theme.theme().name = "light"
        try:
            self.restyle()
            image.fill(theme.color("card"))
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.render(painter)
            painter.end()
        finally:
            theme.theme().name = shown
            self.restyle()
        return image

    def showEvent(self, event: QShowEvent) -> None:
        """Start drawing."""
        super().showEvent(event)
        self._arm()
        self.draw()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop drawing: nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def _arm(self) -> None:
        wanted = self.isVisible() and self._live and not self._paused and self._reader is not None
        if wanted and not self._timer.isActive():
            self._timer.start()
        elif not wanted:
            self._timer.stop()

    def _time_ticks(self) -> list[tuple[float, str]]:
        step = self.span_seconds / 6
        ticks = [(-step * i, f"{MINUS}{step * i:g} s") for i in range(6, 0, -1)]
        return [*ticks, (0.0, self.tr("now"))]

    def _value_at(self, x: float) -> str:
        seconds, values = self.curve_data("latency")
        if not seconds.size:
            return ""
        nearest = int(np.argmin(np.abs(seconds - x)))
        return f"{milliseconds(float(values[nearest]))} ms"
