"""Tables of what a model needs: its operators, and what it would take on every board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from engine.operator_fixes import fix_of
from engine.summaries import FitSummary, LayerInfo
from gui.engine_words import engine_sentences, engine_words
from gui.theme import color, font
from gui.widgets.amounts import count, milliseconds, size
from gui.widgets.icons import icon
from gui.widgets.primitives import EN_DASH

_Index = QModelIndex | QPersistentModelIndex
_COLUMN_GAP = 16
_ROW_GAP = 6
_ICONS = {"ok": "check-circle", "bad": "cross-circle", "warn": "refresh"}


@dataclass(frozen=True)
class Row:
    """Texts of one row; `tone` is ok, bad or warn and is shown in the last but one column's icon."""

    texts: tuple[str, ...]
    tone: str = "ok"
    tip: str = ""


class RowsModel(QAbstractTableModel):
    """Rows of texts; the column `status` bears the row's tone as icon and colour."""

    def __init__(self, titles: Sequence[str], status: int) -> None:
        super().__init__()
        self.titles, self._status = tuple(titles), status
        self._rows: list[Row] = []

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: D102 - Qt
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index | None = None) -> int:  # noqa: D102 - Qt
        return len(self.titles)

    def headerData(  # noqa: D102 - Qt
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.titles[section]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: D102 - Qt
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.texts[column]
        if role == Qt.ItemDataRole.DecorationRole and column == self._status:
            return icon(_ICONS[row.tone], row.tone, 16)
        if role == Qt.ItemDataRole.ForegroundRole:
            if column == self._status and row.tone != "warn":
                return color(row.tone)
            return color("text" if column == 0 else "text2")
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or row.texts[column]
        return None


class Roomy(QStyledItemDelegate):
    """Leaves a gap between columns."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: D102 - Qt
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + _COLUMN_GAP, hint.height() + _ROW_GAP)


class RowsTable(QTableView):
    """A table of rows in the house style; the last column takes the room that is left."""

    def __init__(self, titles: Sequence[str], *, status: int, name: str) -> None:
        super().__init__()
        self.rows = RowsModel(titles, status)
        self.setModel(self.rows)
        self.setFont(font("sentence"))
        header = self.horizontalHeader()
        header.setFont(font("small_medium"))
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMinimumHeight(150)
        self.setAccessibleName(name)
        self.setItemDelegate(Roomy(self))


class OperatorsTable(RowsTable):
    """One row per kind of operator, the unsupported ones first, with the reason and what helps."""

    def __init__(self) -> None:
        titles = (
            self.tr("Operator"),
            self.tr("Number"),
            self.tr("MACs"),
            self.tr("On a board"),
            self.tr("Why, and what helps"),
        )
        super().__init__(titles, status=3, name=self.tr("Operators"))
        self.setWordWrap(True)  # what helps is a sentence, and has to be read whole

    def show_layers(self, layers: Sequence[LayerInfo]) -> None:
        """Show the kinds of these layers."""
        kinds: dict[tuple[str, str, str], list[LayerInfo]] = {}
        for layer in layers:
            reason = layer.reason if layer.support == "unsupported" else ""
            kinds.setdefault((layer.support, layer.kind, reason), []).append(layer)
        order = ("unsupported", "replaced", "supported")
        ordered = sorted(kinds.items(), key=lambda item: order.index(item[0][0]))
        rows = [self._row(support, kind, found) for (support, kind, _), found in ordered]
        self.rows.show_rows(rows)
        self.resizeRowsToContents()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt
        super().resizeEvent(event)
        self.resizeRowsToContents()

    def _row(self, support: str, kind: str, layers: list[LayerInfo]) -> Row:
        tone = {"unsupported": "bad", "replaced": "warn"}.get(support, "ok")
        words = {
            "unsupported": self.tr("cannot run"),
            "replaced": self.tr("replaced"),
            "supported": self.tr("runs"),
        }[support]
        note = engine_words(layers[0].reason)
        if support == "unsupported":
            where = ", ".join(layer.name for layer in layers)
            why = layers[0].reason.rstrip(".") + "."
            note = f"{where}: {engine_sentences(why, layers[0].fix or fix_of(kind))}"
        macs = sum(layer.macs for layer in layers)
        names = ", ".join(layer.name for layer in layers[:12])
        texts = (kind, str(len(layers)), count(macs) if macs else EN_DASH, words, note)
        return Row(texts, tone, note or names)


class BoardsTable(RowsTable):
    """One row per board: flash, RAM, time, and whether it fits; all predicted."""

    def __init__(self) -> None:
        titles = (
            self.tr("Board"),
            self.tr("Flash"),
            self.tr("SRAM"),
            self.tr("Time per answer"),
            self.tr("Does it fit?"),
            self.tr("Why not"),
        )
        super().__init__(titles, status=4, name=self.tr("Predicted on every board"))

    def show_report(self, boards: Sequence[dict[str, object]]) -> None:
        """Show the rows of an `import` result."""
        self._show([self._row(board) for board in boards])

    def show_fits(self, fits: dict[str, FitSummary], name_of: Callable[[str], str]) -> None:
        """Show plans by board id."""
        rows = []
        for board_id, fit in fits.items():
            latency = fit.latency_ms
            row: dict[str, object] = {
                "name": name_of(board_id),
                "flash_bytes": fit.flash_bytes.value,
                "ram_bytes": fit.ram_bytes.value,
                "latency_ms": latency.value if latency else None,
                "latency_error_percent": latency.error_percent if latency else None,
                "fits": fit.fits,
                "reasons": fit.reasons,
            }
            rows.append(self._row(row))
        self._show(rows)

    def _show(self, rows: list[Row]) -> None:
        self.rows.show_rows(rows)
        self.setColumnHidden(len(self.rows.titles) - 1, all(row.tone == "ok" for row in rows))

    def _row(self, board: dict[str, object]) -> Row:
        fits, reasons = bool(board.get("fits")), board.get("reasons") or []
        assert isinstance(reasons, list)
        error = board.get("latency_error_percent")
        time = _amount(board.get("latency_ms"), lambda ms: f"{milliseconds(ms)} ms")
        texts = (
            str(board["name"]),
            _amount(board.get("flash_bytes"), size),
            _amount(board.get("ram_bytes"), size),
            f"{time} \u00b1 {error:.0f} %" if isinstance(error, int | float) else time,
            self.tr("fits") if fits else self.tr("does not fit"),
            engine_sentences(*map(str, reasons)),
        )
        return Row(texts, "ok" if fits else "bad")


def _amount(value: object, words: Callable[[float], str]) -> str:
    return words(value) if isinstance(value, int | float) else EN_DASH
