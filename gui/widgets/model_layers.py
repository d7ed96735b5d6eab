"""The network as a strip of blocks, and as a table."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QToolTip, QWidget

from engine.summaries import LayerInfo
from gui.engine_words import engine_words
from gui.theme import color, font, mix
from gui.widgets.amounts import count, size
from gui.widgets.import_tables import Roomy
from gui.widgets.primitives import EN_DASH

_Index = QModelIndex | QPersistentModelIndex


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape without the batch: `(1, 25, 5, 64)` is "25 x 5 x 64" with real multiplication signs."""
    inner = shape[1:] if len(shape) > 1 and shape[0] in (1, -1) else shape
    return "\u00d7".join(str(n) for n in inner) or EN_DASH


class LayerStrip(QWidget):
    """One block a layer: its height is its output's size, its brightness its weights' size."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: list[LayerInfo] = []
        self.setMinimumHeight(150)
        self.setMouseTracking(True)

    def show_layers(self, layers: list[LayerInfo]) -> None:
        """Show these layers."""
        self._layers = layers
        self.setAccessibleName(self.tr("{n} layers").format(n=len(layers)))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        if not self._layers:
            return
        position = int(event.position().x() / self.width() * len(self._layers))
        layer = self._layers[min(max(position, 0), len(self._layers) - 1)]
        words = self.tr("{name} ({kind}): output {shape}, weights {weights}, {macs} MACs").format(
            name=layer.name,
            kind=layer.kind,
            shape=shape_text(layer.output_shape),
            weights=size(layer.parameter_bytes),
            macs=count(layer.macs),
        )
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        if not self._layers:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        number, width, base = len(self._layers), self.width(), self.height() - 24
        step = width / number
        gap = min(10.0, step * 0.2)
        biggest = max((layer.output_bytes for layer in self._layers), default=1) or 1
        heaviest = max((layer.parameter_bytes for layer in self._layers), default=1) or 1
        middle = base / 2 + 4
        painter.setPen(QPen(color("line2"), 2))
        painter.drawLine(QPointF(step / 2, middle), QPointF(width - step / 2, middle))
        for index, layer in enumerate(self._layers):
            x = index * step + gap / 2
            height = 12 + (base - 24) * (layer.output_bytes / biggest) ** 0.5
            block = QRectF(x, middle - height / 2, step - gap, height)
            share = (layer.parameter_bytes / heaviest) ** 0.6
            brush = mix("raised", "accent", 0.12 + 0.88 * share) if share else color("raised")
            unsupported = layer.support == "unsupported"
            painter.setPen(QPen(color("bad"), 2) if unsupported else QPen(color("line"), 1))
            painter.setBrush(brush)
            radius = min(6.0, (step - gap) / 3)
            painter.drawRoundedRect(block, radius, radius)
        self._paint_names(painter, step)

    def _paint_names(self, painter: QPainter, step: float) -> None:
        painter.setFont(font("axis"))
        painter.setPen(color("text2"))
        metrics = painter.fontMetrics()
        names = [layer.name for layer in self._layers]
        widest = max(metrics.horizontalAdvance(name) for name in names)
        if widest > step - 4:
            names = [str(layer.index) for layer in self._layers]
            widest = max(metrics.horizontalAdvance(name) for name in names) + 4
        every = max(1, -(-widest // max(1, int(step))))
        for index in range(0, len(names), every):
            box = QRectF((index + 0.5) * step - 60, self.height() - 20, 120, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, names[index])


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
