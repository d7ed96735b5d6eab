"""Where the time goes: one bar per layer, in the order they run, and the prediction as a mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from engine.summaries import LayerCost
from gui import theme
from gui.widgets.amounts import milliseconds
from gui.widgets.memory_map import block_role, place_name
from gui.widgets.primitives import Card, Text, column, dots, rounded, row, stripes

ROW = 20


@dataclass(frozen=True)
class LayerTime:
    """One layer; `value` in the unit of the chart, None if not known; `predicted` likewise."""

    name: str
    value: float | None
    role: str
    predicted: float | None = None


class LayerBars(QWidget):
    """Bars in network order: the order tells the story. `basis` is predicted, simulated or measured."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: list[LayerTime] = []
        self._texts: list[str] = []
        self._basis = "measured"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Time of each layer"))

    def show_layers(self, layers: Sequence[LayerTime], texts: Sequence[str], basis: str) -> None:
        """Show layers and the words of their values."""
        self._layers, self._texts, self._basis = list(layers), list(texts), basis
        told = (f"{place_name(a.name)} {t}" for a, t in zip(layers, texts, strict=True))
        self.setAccessibleDescription(", ".join(told))
        self.setFixedHeight(max(ROW, ROW * len(self._layers)))
        self.update()

    @property
    def layers(self) -> list[LayerTime]:
        """What is shown."""
        return self._layers

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(320, ROW * max(1, len(self._layers)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        if not self._layers:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small, strong = theme.font("small"), theme.font("small_strong")
        names = [place_name(layer.name) for layer in self._layers]
        advance = QFontMetricsF(small).horizontalAdvance
        name_width = min(self.width() * 0.36, max(advance(n) for n in names) + 12)
        value_width = max(QFontMetricsF(strong).horizontalAdvance(t) for t in self._texts) + 10
        width = max(10.0, self.width() - name_width - value_width)
        most = (
            max((v for a in self._layers for v in (a.value, a.predicted) if v is not None), default=0.0)
            or 1.0
        )
        middle = Qt.AlignmentFlag.AlignVCenter
        for index, (layer, name, text) in enumerate(zip(self._layers, names, self._texts, strict=True)):
            y = index * ROW
            painter.setFont(small)
            painter.setPen(theme.color("text2"))
            shown = QFontMetricsF(small).elidedText(name, Qt.TextElideMode.ElideMiddle, name_width - 10)
            painter.drawText(QRectF(0, y, name_width, ROW), middle, shown)
            top = y + ROW / 2 - 4.5
            painter.fillPath(rounded(name_width, top, width, 9, 4.5), theme.color("raised"))
            if layer.value:
                self._paint_bar(
                    painter, name_width, top, max(9.0, width * layer.value / most), layer.role
                )
            if layer.predicted is not None:
                x = name_width + width * layer.predicted / most
                painter.setPen(QPen(theme.color("card"), 4))
                painter.drawLine(QPointF(x, top - 2), QPointF(x, top + 11))
                painter.setPen(QPen(theme.color("text"), 1.5))
                painter.drawLine(QPointF(x, top - 2), QPointF(x, top + 11))
            painter.setFont(strong)
            painter.setPen(theme.color("text"))
            right = QRectF(self.width() - value_width, y, value_width, ROW)
            painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, text)

    def _paint_bar(self, painter: QPainter, x: float, y: float, length: float, role: str) -> None:
        path = rounded(x, y, length, 9, 4.5)
        if self._basis == "measured":
            painter.fillPath(path, theme.color(role))
            return
        painter.fillPath(path, theme.mix("card", role, 0.35))
        mark = dots if self._basis == "simulated" else stripes
        mark(painter, path, theme.color(role))


class LayerTimesCard(Card):
    """The bars in a card: ms of each layer from cycles at a clock, scrolling where there are many."""

    def __init__(self) -> None:
        super().__init__(gap=6, margins=(16, 10, 8, 10))
        self.bars = LayerBars()
        self.about = Text("", "small", "text3", elide=True)
        self.empty = Text(
            self.tr("The cycles of each layer appear with the first answers of the board."),
            "sentence",
            "text3",
            wrap=True,
        )
        holder = QWidget()
        holder.setObjectName("layer_times")
        holder.setStyleSheet("#layer_times { background: transparent; }")
        holder.setLayout(column(self.empty, self.bars, None, margins=(0, 0, 8, 0)))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(holder)
        area.setStyleSheet("QScrollArea { background: transparent; border: none; }")
        area.viewport().setAutoFillBackground(False)
        self.add(row(Text(self.tr("Where the time goes"), "card_title"), (self.about, 1)), (area, 1))
        self.show_cycles([], [], clock_hz=0, basis="measured")

    def show_cycles(
        self, layers: Sequence[LayerCost], cycles: Sequence[int], *, clock_hz: int, basis: str
    ) -> None:
        """Show the cycles of each layer; nothing is shown unless there is one number for every layer."""
        known = bool(cycles) and len(cycles) == len(layers) and clock_hz > 0
        self.bars.setVisible(known)
        self.empty.setVisible(not known)
        self.about.setText("")
        if not known:
            return
        per_ms = clock_hz / 1e3
        shown = [
            LayerTime(
                layer.name,
                count / per_ms,
                block_role(layer.kind, layer.kernel),
                layer.cycles / per_ms if layer.cycles else None,
            )
            for layer, count in zip(layers, cycles, strict=True)
        ]
        self.bars.show_layers(shown, [milliseconds(layer.value or 0.0) for layer in shown], basis)
        total = milliseconds(sum(cycles) / per_ms)
        self.about.setText(self.tr("ms, sums to {total}; mark: predicted").format(total=total))
