"""The conversion chain: one node per form of the network, the worst error of each hop on its arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.widgets.icons import STATUS_ICONS, icon_pixmap

HEIGHT = 84


@dataclass(frozen=True)
class Node:
    """A form of the network; `value` is its accuracy in words, or an en dash."""

    name: str
    detail: str
    value: str = ""
    todo: bool = False


@dataclass(frozen=True)
class Hop:
    """The step between two forms; `tone` is ok, warn, bad, or text3 where nothing was compared."""

    text: str
    tone: str


class ConversionChain(QWidget):
    """Nodes and hops; there is one hop less than nodes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._nodes: list[Node] = []
        self._hops: list[Hop] = []
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_chain(self, nodes: Sequence[Node], hops: Sequence[Hop]) -> None:
        """Show these forms.

        Raises:
            ValueError: the numbers of nodes and hops do not match.
        """
        if len(hops) != max(0, len(nodes) - 1):
            raise ValueError(f"{len(nodes)} nodes need {len(nodes) - 1} hops, not {len(hops)}")
        self._nodes, self._hops = list(nodes), list(hops)
        words = [f"{n.name} {n.detail} {n.value}".strip() for n in nodes]
        told = [f"{a}, {h.text}" for a, h in zip(words, hops, strict=False)] + words[-1:]
        self.setAccessibleName(self.tr("Conversion chain"))
        self.setAccessibleDescription("; ".join(told))
        self.update()

    @property
    def nodes(self) -> list[Node]:
        """What is shown."""
        return self._nodes

    @property
    def hops(self) -> list[Hop]:
        """What is shown."""
        return self._hops

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(max(1, len(self._nodes)) * 96, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        if not self._nodes:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        count = len(self._nodes)
        hop_width = min(64.0, max(44.0, self.width() * 0.36 / count))
        node_width = (self.width() - hop_width * (count - 1)) / count
        for index, node in enumerate(self._nodes):
            x = index * (node_width + hop_width)
            self._paint_node(painter, QRectF(x + 0.5, 4.5, node_width - 1, HEIGHT - 9), node)
            if index < count - 1:
                self._paint_hop(painter, x + node_width, hop_width, self._hops[index])

    @staticmethod
    def _paint_node(painter: QPainter, rect: QRectF, node: Node) -> None:
        pen = QPen(theme.color("line2"), 1)
        if node.todo:
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush if node.todo else theme.color("raised"))
        painter.drawRoundedRect(rect, 9, 9)
        lines = (
            (node.name, "sentence_strong", "text2" if node.todo else "text", 20.0),
            (node.detail, "axis", "text3", 17.0),
            (node.value, "sentence_strong", "text", 20.0),
        )
        height = sum(h for text, _, _, h in lines if text)
        y = rect.center().y() - height / 2
        for text, style, role, line in lines:
            if not text:
                continue
            painter.setFont(theme.font(style))
            if QFontMetricsF(painter.font()).horizontalAdvance(text) > rect.width() - 6:
                painter.setFont(theme.font("small_strong" if style == "sentence_strong" else style))
            painter.setPen(theme.color(role))
            shown = QFontMetricsF(painter.font()).elidedText(
                text, Qt.TextElideMode.ElideRight, rect.width() - 4
            )
            painter.drawText(
                QRectF(rect.left(), y, rect.width(), line), Qt.AlignmentFlag.AlignCenter, shown
            )
            y += line

    @staticmethod
    def _paint_hop(painter: QPainter, x: float, width: float, hop: Hop) -> None:
        middle = HEIGHT / 2 - 2
        pen = QPen(theme.color(hop.tone), 2)
        if hop.tone == "text3":
            pen.setDashPattern([2, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(x + 4, middle), QPointF(x + width - 4, middle))
        name = STATUS_ICONS.get(hop.tone, "")
        if name:
            painter.drawPixmap(QPointF(x + width / 2 - 8, middle - 22), icon_pixmap(name, hop.tone, 16))
        painter.setFont(theme.font("axis_strong"))
        painter.setPen(theme.color("text2"))
        painter.drawText(
            QRectF(x - 4, middle + 5, width + 8, 18), Qt.AlignmentFlag.AlignCenter, hop.text
        )
