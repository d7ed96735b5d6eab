"""Which tensor lies where in the arena, and when: x is the operator, y the address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.summaries import Placement
from gui import theme
from gui.widgets import amounts
from gui.widgets.plot import nice_ticks

# an arena that fills less than this share of its memory is drawn larger, under a broken axis
BROKEN_BELOW = 0.45
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 26, 40
_SHORT = {"depthwise": "dw", "pointwise": "pw", "average": "avg", "convolution": "conv"}


@dataclass(frozen=True)
class Block:
    """One tensor as drawn: `start` and `end` in operators, `low` and `high` in bytes of the arena."""

    placement: Placement
    start: float
    end: float
    low: int
    high: int
    role: str
    overwrites: str = ""


def map_blocks(placements: Sequence[Placement], kernels: dict[int, str] | None = None) -> list[Block]:
    """The rectangles of a memory plan.

    A tensor fills the columns of the operators from its first to its last use. Where an operator
    writes its output over one of its inputs (`shares_with`), the column is split in the middle: the
    input ends there and the output starts there.

    Args:
        placements: offsets and lifetimes in the arena.
        kernels: name of the kernel of each operator, tells pointwise from other convolutions.
    """
    by_tensor = {p.tensor: p for p in placements}
    ends = {p.tensor: p.last + 1.0 for p in placements}
    starts = {p.tensor: float(p.first) for p in placements}
    overwritten: dict[int, str] = {}
    for p in placements:
        source = by_tensor.get(p.shares_with)
        if source is not None and source.last == p.first:
            ends[source.tensor] = p.first + 0.5
            starts[p.tensor] = p.first + 0.5
            overwritten[p.tensor] = source.name
    return [
        Block(
            p,
            starts[p.tensor],
            ends[p.tensor],
            p.offset,
            p.offset + p.size_bytes,
            block_role(p.layer_kind, (kernels or {}).get(p.first, "")),
            overwritten.get(p.tensor, ""),
        )
        for p in placements
    ]


def block_role(layer_kind: str, kernel: str = "") -> str:
    """The plot colour of a layer: its kind has the same one on every page."""
    if layer_kind == "DEPTHWISE_CONV_2D":
        return "cat0"
    if layer_kind == "CONV_2D":
        return "cat2" if "pointwise" in kernel or "1x1" in kernel else "cat1"
    if layer_kind == "FULLY_CONNECTED":
        return "cat3"
    if layer_kind in ("ADD", "MUL", "CONCATENATION", "SUB"):
        return "cat4"
    return "cat5"


def live_bytes(placements: Sequence[Placement], operator: int) -> int:
    """Bytes of the arena in use while one operator runs; shared addresses count once."""
    spans = sorted(
        (p.offset, p.offset + p.size_bytes) for p in placements if p.first <= operator <= p.last
    )
    total, reached = 0, 0
    for low, high in spans:
        total += max(0, high - max(low, reached))
        reached = max(reached, high)
    return total


def busiest_operator(placements: Sequence[Placement]) -> int:
    """The first operator with the most live bytes; -1 without placements."""
    if not placements:
        return -1
    last = max(p.last for p in placements)
    return max(range(last + 1), key=lambda operator: (live_bytes(placements, operator), -operator))


@dataclass(frozen=True)
class MapScale:
    """From operators and bytes to pixels. `broken` says that the memory's end is not to scale."""

    area: QRectF
    operators: int
    top_bytes: float
    broken: bool

    def x(self, operator: float) -> float:
        """Pixel of an operator's left edge."""
        return self.area.left() + self.area.width() * operator / max(1, self.operators)

    def y(self, address: float) -> float:
        """Pixel of an address; the arena starts at the bottom."""
        return self.area.bottom() - self.area.height() * address / self.top_bytes

    def rect(self, block: Block) -> QRectF:
        """Pixels of a block."""
        return QRectF(
            QPointF(self.x(block.start), self.y(block.high)),
            QPointF(self.x(block.end), self.y(block.low)),
        )


def map_scale(area: QRectF, operators: int, arena_bytes: int, memory_bytes: int) -> MapScale:
    """Choose the y scale: to the end of the memory, or a broken axis if the arena would be flat."""
    if memory_bytes > 0 and arena_bytes < BROKEN_BELOW * memory_bytes:
        return MapScale(area, operators, max(1.0, arena_bytes * 1.34), True)
    return MapScale(area, operators, max(1.0, max(arena_bytes, memory_bytes) * 1.06), False)


@dataclass(frozen=True)
class _Line:
    """A line across the map with its words; without a dash there are only the words."""

    y: float
    role: str
    dash: tuple[int, ...]
    text: str
    left: bool = False
    below: bool = False

    def rects(self, area: QRectF) -> list[QRectF]:
        """What it covers: the line, then its words."""
        width = QFontMetricsF(theme.font("axis_strong")).horizontalAdvance(self.text)
        x = area.left() + 8 if self.left else area.right() - width - 8
        words = QRectF(x - 4, self.y + 3 if self.below else self.y - 20, width + 8, 17)
        return [QRectF(area.left(), self.y - 1, area.width(), 2), words]

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Draw both; a band of the card's colour lifts the line off the blocks."""
        if self.dash:
            ends = QPointF(area.left(), self.y), QPointF(area.right(), self.y)
            painter.setPen(QPen(theme.color("card", 215), 4))
            painter.drawLine(*ends)
            pen = QPen(theme.color(self.role), 1.5)
            pen.setDashPattern(self.dash)
            painter.setPen(pen)
            painter.drawLine(*ends)
        rect = self.rects(area)[1]
        painter.setFont(theme.font("axis_strong"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("card", 215))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setPen(theme.color(self.role))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.text)


def clear_part(rect: QRectF, taken: Sequence[QRectF]) -> QRectF:
    """The highest part of a rectangle, over its whole width, that nothing of `taken` covers."""
    free = [(rect.top(), rect.bottom())]
    for other in taken:
        if other.right() > rect.left() and other.left() < rect.right():
            free = [
                part
                for top, bottom in free
                for part in ((top, min(bottom, other.top())), (max(top, other.bottom()), bottom))
                if part[1] > part[0]
            ]
    top, bottom = max(free, key=lambda part: part[1] - part[0], default=(rect.top(), rect.top()))
    return QRectF(rect.left(), top, rect.width(), bottom - top)


class MemoryMap(QWidget):
    """The SRAM lifetime chart of one memory plan. Arrow keys step through the tensors."""

    tensor_selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blocks: list[Block] = []
        self._layers: list[str] = []
        self._arena_bytes = 0
        self._lower_bound_bytes = 0
        self._memory_bytes = 0
        self._memory_name = ""
        self._busiest = -1
        self._selected = -1
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Which piece of data lies where in memory, and when"))

    def show_plan(
        self,
        placements: Sequence[Placement],
        layers: Sequence[str],
        *,
        arena_bytes: int,
        lower_bound_bytes: int,
        memory_bytes: int,
        memory_name: str,
        kernels: dict[int, str] | None = None,
    ) -> None:
        """Show a plan; `layers` are the operators' names in order."""
        self._blocks = map_blocks(placements, kernels)
        last = max((p.last for p in placements), default=-1)
        self._layers = list(layers) + [str(i + 1) for i in range(len(layers), last + 1)]
        self._arena_bytes, self._lower_bound_bytes = arena_bytes, lower_bound_bytes
        self._memory_bytes, self._memory_name = memory_bytes, memory_name
        self._busiest = busiest_operator(placements)
        self._selected = -1
        self.setAccessibleDescription("")
        self.update()

    @property
    def blocks(self) -> list[Block]:
        """The tensors as drawn."""
        return self._blocks

    @property
    def scale(self) -> MapScale:
        """The scale in force at the present size."""
        area = QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)
        return map_scale(area, len(self._layers), self._arena_bytes, self._memory_bytes)

    def describe(self, block: Block) -> str:
        """One tensor in words."""
        p = block.placement
        text = self.tr("{name}: {size}, address {low} to {high}, alive from {first} to {last}").format(
            name=p.name,
            size=amounts.size(p.size_bytes),
            low=amounts.number(block.low),
            high=amounts.number(block.high),
            first=self._layers[p.first],
            last=self._layers[p.last],
        )
        if block.overwrites:
            text += ". " + self.tr("Written over {name} in place").format(name=block.overwrites)
        return text

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, blocks, lines, names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._blocks:
            painter.setFont(theme.font("sentence"))
            painter.setPen(theme.color("text3"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("No memory plan yet."))
            return
        scale = self.scale
        self._paint_grid(painter, scale)
        if self._busiest >= 0:
            left, right = scale.x(self._busiest), scale.x(self._busiest + 1)
            painter.fillRect(
                QRectF(left, scale.area.top(), right - left, scale.area.height()),
                theme.color("warn", 26),
            )
        lines = self._lines(scale)
        taken = [rect for line in lines for rect in line.rects(scale.area)]
        for index, block in enumerate(self._blocks):
            self._paint_block(painter, scale, block, taken, index == self._selected)
        for line in lines:
            line.paint(painter, scale.area)
        if scale.broken:
            self._paint_break(painter, scale.area, scale.area.top() + 22)
        self._paint_layer_names(painter, scale)

    def _paint_grid(self, painter: QPainter, scale: MapScale) -> None:
        area = scale.area
        painter.setFont(theme.font("axis"))
        kilobytes = scale.top_bytes / 1024
        limit = kilobytes if not scale.broken else kilobytes * 0.9
        for tick in nice_ticks(0, limit, 5):
            y = scale.y(tick * 1024)
            painter.setPen(QPen(theme.color("text3", theme.PLOT_GRID_ALPHA), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(theme.color("text3"))
            painter.drawText(
                QRectF(0, y - 9, LEFT - 8, 18),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                amounts.number(tick, 0 if tick == int(tick) else 1),
            )
        painter.setPen(QPen(theme.color("line2"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())

    def _paint_block(
        self,
        painter: QPainter,
        scale: MapScale,
        block: Block,
        taken: Sequence[QRectF],
        selected: bool,
    ) -> None:
        rect = scale.rect(block).adjusted(0.75, 0.75, -0.75, -0.75)
        if rect.height() < 2:
            rect.setTop(rect.bottom() - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(block.role))
        painter.drawRoundedRect(rect, min(3.0, rect.height() / 2), min(3.0, rect.height() / 2))
        if selected:
            painter.setPen(QPen(theme.color("text"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 3, 3)
        if block.overwrites:
            self._paint_in_place_mark(painter, rect)
        rect = clear_part(rect, taken)
        if block.role not in ("cat0", "cat1", "cat2", "cat5") or rect.height() < 17 or rect.width() < 34:
            return
        painter.setFont(theme.font("axis_strong"))
        painter.setPen(theme.color("bg" if theme.theme().name == "dark" else "card"))
        metrics = QFontMetricsF(painter.font())
        inner = rect.adjusted(8 + (12 if block.overwrites else 0), 0, -4, 0)
        size = amounts.size(block.placement.size_bytes)
        name = place_name(block.placement.name)
        both = f"{name}  {size}"
        room = metrics.horizontalAdvance(size) <= inner.width()
        if rect.height() > 36 and room and metrics.horizontalAdvance(both) > inner.width():
            both = f"{metrics.elidedText(name, Qt.TextElideMode.ElideRight, inner.width())}\n{size}"
        elif metrics.horizontalAdvance(both) > inner.width():
            both = size if room else ""
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, both)

    @staticmethod
    def _paint_in_place_mark(painter: QPainter, rect: QRectF) -> None:
        """A wedge at the left edge: this tensor replaced the one before it at the same address."""
        size = min(9.0, rect.height() - 2, rect.width() / 2)
        if size < 3:
            return
        middle = rect.center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("card"))
        painter.drawPolygon(
            [
                QPointF(rect.left() - 0.5, middle - size / 2),
                QPointF(rect.left() + size * 0.8, middle),
                QPointF(rect.left() - 0.5, middle + size / 2),
            ]
        )

    def _lines(self, scale: MapScale) -> list[_Line]:
        memory = self.tr("{name} for the arena, {size}").format(
            name=self._memory_name, size=amounts.size(self._memory_bytes)
        )
        lines: list[_Line] = []
        if scale.broken:
            y = scale.area.top()
            free = self.tr("{size} free above; axis cut").format(
                size=amounts.size(self._memory_bytes - self._arena_bytes)
            )
            lines.append(_Line(y, "text", (6, 4), memory, left=True))
            lines.append(_Line(y, "text3", (), free))
        elif self._memory_bytes:
            lines.append(_Line(scale.y(self._memory_bytes), "text", (6, 4), memory, left=True))
        peak_y, bound_y = scale.y(self._arena_bytes), scale.y(self._lower_bound_bytes)
        peak = self.tr("busiest moment, {size}").format(size=amounts.size(self._arena_bytes))
        bound = self.tr("lowest possible, {size}").format(size=amounts.size(self._lower_bound_bytes))
        together = abs(peak_y - bound_y) < 3
        if together:
            peak = self.tr("busiest moment, {size}: the lowest possible").format(
                size=amounts.size(self._arena_bytes)
            )
        over = 0 < self._memory_bytes < self._arena_bytes
        lines.append(_Line(peak_y, "bad" if over else "warn", (2, 3), peak))
        if not together and self._lower_bound_bytes:
            lines.append(_Line(bound_y, "ok", (1, 3), bound, below=bound_y - peak_y < 20))
        return lines

    @staticmethod
    def _paint_break(painter: QPainter, area: QRectF, y: float) -> None:
        """Two slanted strokes on the axis: the scale is cut here."""
        painter.setPen(QPen(theme.color("text3"), 1.5))
        for offset in (-3, 3):
            painter.drawLine(
                QPointF(area.left() - 7, y + offset + 3), QPointF(area.left() + 7, y + offset - 3)
            )

    def _paint_layer_names(self, painter: QPainter, scale: MapScale) -> None:
        painter.setFont(theme.font("axis"))
        painter.setPen(theme.color("text3"))
        metrics = QFontMetricsF(painter.font())
        column = scale.x(1) - scale.x(0)
        names = [short_name(name) for name in self._layers]
        widest = max(metrics.horizontalAdvance(name) for name in names)
        if widest + 6 > column:
            names = [place_name(name) for name in self._layers]
            widest = max(metrics.horizontalAdvance(name) for name in names)
        # a number says more than the first letters of a long name
        numbered = widest + 6 > 1.25 * column
        every = 1
        if numbered:
            names = [str(i + 1) for i in range(len(names))]
            every = max(1, int(-(-(metrics.horizontalAdvance("000") + 4) // max(column, 1))))
        for index in range(0, len(names), every):
            rect = QRectF(
                scale.x(index) - column * (every - 1) / 2, scale.area.bottom() + 4, column * every, 16
            )
            text = metrics.elidedText(names[index], Qt.TextElideMode.ElideRight, rect.width() - 4)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        caption = (
            self.tr("layer number, in the order they run")
            if numbered
            else self.tr("layers, in the order they run")
        )
        painter.drawText(
            QRectF(scale.area.left(), scale.area.bottom() + 20, scale.area.width(), 16),
            Qt.AlignmentFlag.AlignCenter,
            caption,
        )

    def block_at(self, point: QPointF) -> int:
        """Index of the block under a point of the widget, -1 if there is none."""
        scale = self.scale
        for index in range(len(self._blocks) - 1, -1, -1):
            if scale.rect(self._blocks[index]).contains(point):
                return index
        return -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what lies under the pointer."""
        index = self.block_at(event.position())
        if index >= 0:
            QToolTip.showText(event.globalPosition().toPoint(), self.describe(self._blocks[index]), self)
        else:
            QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the tensor under the pointer."""
        self._select(self.block_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right step through the tensors."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self._blocks:
            super().keyPressEvent(event)
            return
        start = self._selected if self._selected >= 0 else min(0, -step)
        self._select((start + step) % len(self._blocks))

    def leaveEvent(self, event: QEvent) -> None:
        """Drop the tool tip."""
        QToolTip.hideText()

    def _select(self, index: int) -> None:
        self._selected = index
        words = self.describe(self._blocks[index]) if index >= 0 else ""
        self.setAccessibleDescription(words)
        self.update()
        self.tensor_selected.emit(self._blocks[index].placement.tensor if index >= 0 else -1)


def short_name(name: str) -> str:
    """The last part of a path-like layer name: "model/conv2d_1/Relu;..." is "conv2d_1/Relu"."""
    first = name.split(";")[0].strip("/")
    parts = [part for part in first.split("/") if part]
    return "/".join(parts[-2:]) if len(parts) > 2 else first


def compact_name(name: str) -> str:
    """The short name with the field's usual abbreviations, for narrow columns."""
    name = short_name(name)
    for word, short in _SHORT.items():
        name = name.replace(word, short)
    return name


def place_name(name: str) -> str:
    """The compact name without a last part that only names the activation."""
    name = compact_name(name)
    stem = re.sub(r"[./]relu6?$", "", name, flags=re.IGNORECASE)
    return stem or name
