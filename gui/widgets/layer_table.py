"""Tables with a row per layer: the errors of verification, and the costs of a plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.summaries import LayerCost, VerifyRow, layers_in_order
from gui import theme
from gui.widgets import amounts
from gui.widgets.icons import icon_pixmap
from gui.widgets.memory_map import compact_name
from gui.widgets.primitives import dots, rounded, stripes

Index = QModelIndex | QPersistentModelIndex
CELL = Qt.ItemDataRole.UserRole
TIGHT = 0.85
NOT_COMPARABLE = 1e9  # the engine's word for results of another shape, or that are no numbers
FIRST_WIDTH = 100
_WIDEST_NAME = 128
_NAME_MARGIN = 4


@dataclass(frozen=True)
class ErrorCell:
    """One layer in one hop: words, share of the tolerance used, and whether it passed."""

    isolated: str
    cumulated: str
    used: float
    passed: bool


@dataclass(frozen=True)
class ShareCell:
    """A number with a bar: `share` of the largest in the column; `basis` decides how the bar looks."""

    text: str
    share: float
    basis: str


def error_words(value: float, unit: str) -> str:
    """An error in the form of its unit: quanta are whole steps, relative errors small numbers."""
    if value >= NOT_COMPARABLE:
        return "\u2260"
    if unit == "quanta":
        return amounts.number(value, 0 if value == round(value) else 1)
    return amounts.number(value, 2) if value >= 0.01 else amounts.scientific(value)


def used_tolerance(row: VerifyRow) -> float:
    """Share of the limit that the isolated error takes; infinite where the limit is zero and missed."""
    if row.limit > 0:
        return row.isolated_error / row.limit
    return 0.0 if row.isolated_error == 0 else math.inf


class VerifyTableModel(QAbstractTableModel):
    """Rows are layers, columns the hops of the chain, the last column the layer's verdict."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: list[str] = []
        self._hops: list[tuple[str, str]] = []
        self._names: dict[str, str] = {}
        self._cells: dict[tuple[str, tuple[str, str]], VerifyRow] = {}

    def show_rows(self, rows: Sequence[VerifyRow], names: dict[str, str] | None = None) -> None:
        """Show a verification; `names` are the forms' names for people."""
        self.beginResetModel()
        self._layers = layers_in_order(rows)
        self._hops = list(dict.fromkeys((row.from_form, row.to_form) for row in rows))
        self._cells = {(row.layer, (row.from_form, row.to_form)): row for row in rows}
        self._names = names or {}
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102 - Qt
        return 0 if parent.isValid() else len(self._layers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102 - Qt
        return 0 if parent.isValid() else len(self._hops) + 2

    def headerData(  # noqa: D102 - Qt
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if section == 0:
                return self.tr("Layer")
            if section <= len(self._hops):
                before, after = self._hops[section - 1]
                name = self._names.get(after, after)
                several = sum(to == after for _, to in self._hops) > 1
                return f"{self._names.get(before, before)} \u2192 {name}" if several else name
            return ""
        if role == Qt.ItemDataRole.FontRole:
            return theme.font("small_medium")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            return left if section == 0 else Qt.AlignmentFlag.AlignCenter
        if role == Qt.ItemDataRole.ToolTipRole and 1 <= section <= len(self._hops):
            before, after = self._hops[section - 1]
            return self.tr("From {before} to {after}").format(
                before=self._names.get(before, before), after=self._names.get(after, after)
            )
        return None

    def row(self, layer: int, hop: int) -> VerifyRow | None:
        """The comparison behind a cell, or None where this layer was not compared in this hop."""
        return self._cells.get((self._layers[layer], self._hops[hop]))

    def row_at(self, index: Index) -> VerifyRow | None:
        """The comparison behind an index; for the name or the verdict, the worst one of its layer."""
        if not index.isValid():
            return None
        if 1 <= index.column() <= len(self._hops):
            return self.row(index.row(), index.column() - 1)
        rows = [self.row(index.row(), hop) for hop in range(len(self._hops))]
        return max((r for r in rows if r is not None), key=used_tolerance, default=None)

    def passed(self, layer: int) -> bool:
        """Whether the layer is inside its limit in every hop."""
        rows = [self.row(layer, hop) for hop in range(len(self._hops))]
        return all(row.passed for row in rows if row is not None)

    def tight(self, layer: int) -> bool:
        """Whether the layer uses more than 85 % of a limit that is not a whole step anyway."""
        rows = [self.row(layer, hop) for hop in range(len(self._hops))]
        return any(r is not None and r.unit == "relative" and used_tolerance(r) > TIGHT for r in rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102 - Qt
        column, layer = index.column(), index.row()
        if column == 0:
            if role == Qt.ItemDataRole.DisplayRole:
                return compact_name(self._layers[layer])
            return self._layers[layer] if role == Qt.ItemDataRole.ToolTipRole else None
        if column > len(self._hops):
            tone = "bad" if not self.passed(layer) else "warn" if self.tight(layer) else "ok"
            words = {
                "bad": self.tr("over its limit"),
                "warn": self.tr("close to its limit"),
                "ok": self.tr("agrees"),
            }
            if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
                return words[tone]
            return tone if role == CELL else None
        row = self.row(layer, column - 1)
        if row is None:
            return amounts.DASH if role == Qt.ItemDataRole.DisplayRole else None
        isolated, cumulated = (
            error_words(row.isolated_error, row.unit),
            error_words(row.cumulated_error, row.unit),
        )
        if role == Qt.ItemDataRole.DisplayRole:
            return isolated
        if role == CELL:
            return ErrorCell(isolated, cumulated, used_tolerance(row), row.passed)
        if role == Qt.ItemDataRole.ToolTipRole:
            words = self.tr("alone {isolated}, added up {cumulated}, limit {limit} ({unit})")
            return words.format(
                isolated=isolated,
                cumulated=cumulated,
                limit=error_words(row.limit, row.unit),
                unit=self.tr("INT8 steps")
                if row.unit == "quanta"
                else self.tr("of the layer's largest value"),
            )
        return None


class CostTableModel(QAbstractTableModel):
    """Rows are layers with kernel, MACs, flash, memory, and cycles by their basis."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: list[LayerCost] = []
        self._columns: list[tuple[str, list[float], str]] = []

    def show_layers(
        self, layers: Sequence[LayerCost], *, ran: Sequence[int] = (), ran_basis: str = "simulated"
    ) -> None:
        """Show the costs of a plan, and the cycles of a run where there is one for every layer."""
        self.beginResetModel()
        self._layers = list(layers)
        self._columns = [
            (self.tr("MACs"), [float(a.macs) for a in layers], "measured"),
            (self.tr("Flash"), [float(a.flash_bytes) for a in layers], "predicted"),
            (self.tr("Live memory"), [float(a.live_bytes) for a in layers], "measured"),
        ]
        if any(layer.cycles for layer in layers):
            self._columns.append((self.tr("Cycles predicted"), [a.cycles for a in layers], "predicted"))
        if len(ran) == len(layers) and layers:
            title = (
                self.tr("Cycles measured") if ran_basis == "measured" else self.tr("Cycles simulated")
            )
            self._columns.append((title, [float(c) for c in ran], ran_basis))
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102 - Qt
        return 0 if parent.isValid() else len(self._layers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102 - Qt
        return 0 if parent.isValid() else len(self._columns) + 2

    def headerData(  # noqa: D102 - Qt
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.FontRole:
            return theme.font("small_medium")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            fixed = (self.tr("Layer"), self.tr("Kernel"))
            return fixed[section] if section < 2 else self._columns[section - 2][0]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102 - Qt
        layer, column = self._layers[index.row()], index.column()
        if column < 2:
            if role == Qt.ItemDataRole.DisplayRole:
                return compact_name(layer.name) if column == 0 else layer.kernel
            if role == Qt.ItemDataRole.ToolTipRole:
                return layer.name if column == 0 else layer.kind
            return None
        title, values, basis = self._columns[column - 2]
        value = values[index.row()]
        in_bytes = title in (self.tr("Flash"), self.tr("Live memory"))
        text = amounts.size(value) if in_bytes else amounts.count(value)
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return amounts.number(value)
        if role == CELL:
            return ShareCell(text, value / (max(values) or 1.0), basis)
        return None


class LayerDelegate(QStyledItemDelegate):
    """Paints error cells tinted by the tolerance they use, and number cells with a bar."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: D102 - Qt
        cell = index.data(CELL)
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(cell, ErrorCell):
            self._paint_error(painter, rect, cell)
            if option.state & QStyle.StateFlag.State_Selected:
                painter.setPen(QPen(theme.color("accent"), 2))
                painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), 5, 5)
        elif isinstance(cell, ShareCell):
            self._paint_share(painter, rect, cell)
        elif cell in ("ok", "warn", "bad"):
            name = {"ok": "check-circle", "warn": "alert", "bad": "cross-circle"}[cell]
            corner = QPointF(rect.center().x() - 8, rect.center().y() - 8)
            painter.drawPixmap(corner, icon_pixmap(name, cell, 16))
        else:
            first = index.column() == 0
            painter.setFont(theme.font("small_medium" if first else "small"))
            painter.setPen(theme.color("text" if first else "text2"))
            inner = rect.adjusted(_NAME_MARGIN, 0, -_NAME_MARGIN, 0)
            text = str(index.data() or "")
            # names of layers differ in their ends: block1.dw.norm, block1.pw.norm
            mode = Qt.TextElideMode.ElideLeft if first else Qt.TextElideMode.ElideRight
            shown = QFontMetricsF(painter.font()).elidedText(text, mode, inner.width())
            dash = text == amounts.DASH
            align = Qt.AlignmentFlag.AlignCenter if dash else Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inner, align, shown)
        painter.restore()

    @staticmethod
    def _paint_error(painter: QPainter, rect: QRectF, cell: ErrorCell) -> None:
        used = min(1.0, cell.used)
        if not cell.passed:
            tint = theme.mix("card", "bad_fill", 0.45)
        else:
            tint = theme.mix("card", "warn_fill" if 1 > used > TIGHT else "accent", 0.06 + 0.34 * used)
        plate = rect.adjusted(2, 2, -2, -2)
        painter.fillPath(rounded(plate.x(), plate.y(), plate.width(), plate.height(), 5), tint)
        painter.setFont(theme.font("mono_medium" if not cell.passed else "mono"))
        small = theme.sized_font(11, 400, mono=True)
        painter.setPen(theme.color("text"))
        half = plate.height() / 2
        painter.drawText(
            QRectF(plate.left(), plate.top() + 1, plate.width(), half),
            Qt.AlignmentFlag.AlignCenter,
            cell.isolated,
        )
        painter.setFont(small)
        painter.setPen(theme.color("text2"))
        painter.drawText(
            QRectF(plate.left(), plate.top() + half - 1, plate.width(), half),
            Qt.AlignmentFlag.AlignCenter,
            cell.cumulated,
        )

    @staticmethod
    def _paint_share(painter: QPainter, rect: QRectF, cell: ShareCell) -> None:
        painter.setFont(theme.font("small_medium"))
        text_width = 62.0
        painter.setPen(theme.color("text"))
        painter.drawText(
            QRectF(rect.left() + 4, rect.top(), text_width, rect.height()),
            Qt.AlignmentFlag.AlignVCenter,
            cell.text,
        )
        room = rect.width() - text_width - 16
        if room < 12:
            return
        y = rect.center().y() - 3.5
        painter.fillPath(rounded(rect.left() + text_width, y, room, 7, 3.5), theme.color("raised"))
        if cell.share <= 0:
            return
        path = rounded(rect.left() + text_width, y, max(7.0, room * cell.share), 7, 3.5)
        if cell.basis == "measured":
            painter.fillPath(path, theme.color("accent"))
        else:
            painter.fillPath(path, theme.mix("card", "accent", 0.35))
            (dots if cell.basis == "simulated" else stripes)(painter, path, theme.color("accent"))


class LayerTable(QTableView):
    """A table in the house style over one of the models above."""

    def __init__(
        self, model: QAbstractTableModel, *, row_height: int = 34, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(LayerDelegate(self))
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(row_height)
        header = self.horizontalHeader()
        header.setFixedHeight(26)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        model.modelReset.connect(self._fit_columns)
        self._fit_columns()

    def _fit_columns(self) -> None:
        header, model = self.horizontalHeader(), self.model()
        errors = isinstance(model, VerifyTableModel)
        for column in range(model.columnCount()):
            width = 0
            if column == 0:
                width = self._name_width()
            elif errors and column == model.columnCount() - 1:
                width = 30
            mode = QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
            if width:
                header.resizeSection(column, width)

    def _name_width(self) -> int:
        metrics, model = QFontMetricsF(theme.font("small_medium")), self.model()
        names = (str(model.index(row, 0).data() or "") for row in range(model.rowCount()))
        longest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
        return round(min(max(longest + 2 * _NAME_MARGIN + 1, FIRST_WIDTH), _WIDEST_NAME))
