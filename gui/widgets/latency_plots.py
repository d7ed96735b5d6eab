"""How the latency went over the last minute, and how often each value occurred."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.theme import CARD_GAP
from gui.widgets import amounts
from gui.widgets.histogram import LatencyHistogram, LatencyStatistics, latency_statistics
from gui.widgets.live_plot import StripChart
from gui.widgets.primitives import Card, Text, card_head, row

# percentiles over more would hold up the window
_STATISTICS_SAMPLES = 1 << 17


class LatencyPlots(QWidget):
    """Strip chart and histogram side by side, with a few words about each."""

    def __init__(self) -> None:
        super().__init__()
        self.strip = StripChart()
        self.strip_about = Text("", "small", "text3")
        strip = Card(
            card_head(self.tr("Latency, last minute"), "ms", self.strip_about),
            (self.strip, 1),
            gap=2,
            margins=(16, 10, 10, 6),
        )
        self.histogram = LatencyHistogram()
        self.histogram_about = Text("", "small", "text3", elide=True)
        spread = Card(
            row(Text(self.tr("How often each time occurs"), "card_title"), (self.histogram_about, 1)),
            (self.histogram, 1),
            gap=2,
            margins=(16, 10, 12, 6),
        )
        self.setLayout(row((strip, 8), (spread, 5), gap=CARD_GAP))

    def show_statistics(self, budget_ms: float | None) -> LatencyStatistics | None:
        """Count anew over what the strip chart holds; None before the first answer."""
        values = self.strip.latencies_ms
        recent = values[-_STATISTICS_SAMPLES:]
        statistics = latency_statistics(recent)
        self.histogram.show_latencies(recent)
        waiting = "" if statistics is not None else self.tr("Every answer of the board appears here.")
        self.strip.set_message(waiting)
        self.histogram.set_message(self.tr("no answers yet") if waiting else "")
        if statistics is None:
            self.strip_about.setText(self.tr("no answers yet"))
            self.histogram_about.setText("")
            return None
        words = self.tr("{n} answers")
        self.histogram_about.setText(words.format(n=amounts.number(statistics.count)))
        text = words.format(n=amounts.number(values.size))
        if budget_ms is not None:
            late = int((values > budget_ms).sum())
            text += ", " + (
                self.tr("none late") if not late else self.tr("{n} late").format(n=amounts.number(late))
            )
        self.strip_about.setText(text)
        return statistics
