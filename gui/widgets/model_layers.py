"""The network as a strip of blocks, and as a table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QToolTip, QWidget

from engine.summaries import FitSummary, LayerInfo
from gui.engine_words import engine_words
from gui.theme import color, font, mix
from gui.widgets.amounts import count, percent, size
from gui.widgets.import_tables import Roomy
from gui.widgets.primitives import EN_DASH

_Index = QModelIndex | QPersistentModelIndex


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape without the batch: `(1, 25, 5, 64)` is "25 x 5 x 64" with real multiplication signs."""
    inner = shape[1:] if len(shape) > 1 and shape[0] in (1, -1) else shape
    return "\u00d7".join(str(n) for n in inner) or EN_DASH


COSTS = ("flash", "macs", "ram", "time")


def layer_costs(layers: Sequence[LayerInfo], fit: FitSummary | None) -> dict[str, list[float]]:
    """What each layer costs, for each of `COSTS`; empty where nobody can tell.

    Args:
        layers: of the model.
        fit: the plan of the same network for a board, or None. Its times count only if it has the same
            layers: conversion may join some.
    """
    cycles = [layer.cycles for layer in fit.layers] if fit is not None else []
    return {
        "flash": [float(layer.parameter_bytes) for layer in layers],
        "macs": [float(layer.macs) for layer in layers],
        "ram": [float(layer.output_bytes) for layer in layers],
        "time": cycles if len(cycles) == len(layers) and any(cycles) else [],
    }


class LayerStrip(QWidget):
    """One block a layer: as wide as it has channels, as high as its output is large.

    The brighter a block, the larger its share of the cost that is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._layers: list[LayerInfo] = []
        self._costs: list[float] = []
        self._channels: list[int] = []
        self.setMinimumHeight(150)
        self.setMouseTracking(True)

    def show_layers(
        self, layers: list[LayerInfo], costs: Sequence[float] = (), *, channels_first: bool = False
    ) -> None:
        """Show these layers; `costs` are of each of them, or empty."""
        self._layers, self._costs = layers, list(costs) or [0.0] * len(layers)
        self._channels = [channels(layer.output_shape, first=channels_first) for layer in layers]
        self.setAccessibleName(self.tr("{n} layers").format(n=len(layers)))
        self.update()

    def share(self, index: int) -> float:
        """The part of the cost that one layer has, 0 to 1."""
        total = sum(self._costs)
        return self._costs[index] / total if total else 0.0

    @property
    def edges(self) -> list[float]:
        """Left edges of the blocks in pixels, and the right edge of the last."""
        # The square root, and a floor: one wide layer would leave no room for the others.
        widths = [max(2.0, number) ** 0.5 for number in self._channels]
        usual = sum(widths) / max(1, len(widths))
        widths = [width + usual for width in widths]
        scale = self.width() / max(sum(widths), 1e-9)
        return [0.0, *accumulate(width * scale for width in widths)]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        if not self._layers:
            return
        position = bisect_right(self.edges, event.position().x()) - 1
        number = min(max(position, 0), len(self._layers) - 1)
        layer = self._layers[number]
        words = self.tr("{name} ({kind}): output {shape}, weights {weights}, {macs} MACs").format(
            name=layer.name,
            kind=layer.kind,
            shape=shape_text(layer.output_shape),
            weights=size(layer.parameter_bytes),
            macs=count(layer.macs),
        )
        if any(self._costs):
            words += ", " + self.tr("{percent} of what is shown").format(
                percent=percent(self.share(number), 0)
            )
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        if not self._layers:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edges, base = self.edges, self.height() - 24
        gap = min(10.0, edges[-1] / len(self._layers) * 0.2)
        biggest = max((layer.output_bytes for layer in self._layers), default=1) or 1
        heaviest = max(self._costs, default=1) or 1
        middle = base / 2 + 4
        painter.setPen(QPen(color("line2"), 2))
        ends = edges[1] / 2, (edges[-2] + edges[-1]) / 2
        painter.drawLine(QPointF(ends[0], middle), QPointF(ends[1], middle))
        for index, layer in enumerate(self._layers):
            x, width = edges[index] + gap / 2, edges[index + 1] - edges[index] - gap
            height = 12 + (base - 24) * (layer.output_bytes / biggest) ** 0.5
            block = QRectF(x, middle - height / 2, width, height)
            share = (self._costs[index] / heaviest) ** 0.6
            brush = mix("raised", "accent", 0.12 + 0.88 * share) if share else color("raised")
            unsupported = layer.support == "unsupported"
            painter.setPen(QPen(color("bad"), 2) if unsupported else QPen(color("line"), 1))
            painter.setBrush(brush)
            radius = min(6.0, width / 3)
            painter.drawRoundedRect(block, radius, radius)
        self._paint_names(painter, edges)

    def _paint_names(self, painter: QPainter, edges: list[float]) -> None:
        painter.setFont(font("axis"))
        painter.setPen(color("text2"))
        metrics = painter.fontMetrics()
        step = min(right - left for left, right in pairwise(edges))
        names = [layer.name for layer in self._layers]
        widest = max(metrics.horizontalAdvance(name) for name in names)
        if widest > step - 4:
            names = [str(layer.index) for layer in self._layers]
            widest = max(metrics.horizontalAdvance(name) for name in names) + 4
        every = max(1, -(-widest // max(1, int(step))))
        for index in range(0, len(names), every):
            centre = (edges[index] + edges[index + 1]) / 2
            box = QRectF(centre - 60, self.height() - 20, 120, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, names[index])


def channels(shape: tuple[int, ...], *, first: bool) -> int:
    """Of an output with its batch; `first`: pictures lie channels first in the file."""
    if not shape:
        return 1
    return shape[1] if first and len(shape) > 2 else shape[-1]


class LayerList(QAbstractTableModel):
    """Layers as rows."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: list[LayerInfo] = []

    def show_layers(self, layers: list[LayerInfo]) -> None:
        """Show these layers."""
        self.beginResetModel()
        self._layers = layers
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: D102 - Qt
        return 0 if parent is not None and parent.isValid() else len(self._layers)

    def columnCount(self, parent: _Index | None = None) -> int:  # noqa: D102 - Qt
        return 7

    def headerData(  # noqa: D102 - Qt
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            self.tr("No."),
            self.tr("Layer"),
            self.tr("Operator"),
            self.tr("Output"),
            self.tr("MACs"),
            self.tr("Weights"),
            self.tr("On a board"),
        )[section]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: D102 - Qt
        layer = self._layers[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                str(layer.index),
                layer.name,
                layer.kind,
                shape_text(layer.output_shape),
                count(layer.macs) if layer.macs else EN_DASH,
                size(layer.parameter_bytes) if layer.parameter_bytes else EN_DASH,
                self._support(layer),
            )[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (4, 5):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            if layer.support == "unsupported":
                return color("bad")
            return color("text" if index.column() == 1 else "text2")
        if role == Qt.ItemDataRole.ToolTipRole:
            return engine_words(layer.reason) or None
        return None

    def _support(self, layer: LayerInfo) -> str:
        if layer.support == "unsupported":
            return engine_words(layer.reason) or self.tr("not supported")
        if layer.support == "replaced":
            words = self.tr("replaced")
            return f"{words}: {engine_words(layer.reason)}" if layer.reason else words
        return self.tr("supported")


class LayersTable(QTableView):
    """The table of layers."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = LayerList()
        self.setModel(self._rows)
        self.setFont(font("sentence"))
        self.horizontalHeader().setFont(font("small_medium"))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setItemDelegate(Roomy(self))
        self.setMinimumHeight(150)
        self.setAccessibleName(self.tr("Layers"))

    def show_layers(self, layers: list[LayerInfo]) -> None:
        """Show these layers."""
        self._rows.show_layers(layers)
