"""The four budgets, editable in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QLineEdit

from engine.boards import BoardSpec
from engine.project import Budgets
from gui.widgets.amounts import number
from gui.widgets.primitives import Card, Item, Text, column, row

# name of the budget -> what one unit in the field is in the project
_FACTORS = {"flash_bytes": 1024.0, "ram_bytes": 1024.0, "latency_ms": 1.0, "accuracy": 0.01}
_UNITS = {"flash_bytes": "KB", "ram_bytes": "KB", "latency_ms": "ms", "accuracy": "%"}
_LIMITS = {"flash_bytes": 1e6, "ram_bytes": 1e6, "latency_ms": 1e6, "accuracy": 100.0}


class BudgetRow(Card):
    """Fields for the budgets; an empty field means what the board leaves, or no limit.

    `stacked`: one under the other, for a narrow place.
    """

    changed = Signal(str, object)  # name of the budget, value in the project's unit or None

    def __init__(self, *, stacked: bool = False) -> None:
        super().__init__(vertical=stacked, gap=8, margins=(16, 10, 16, 10))
        names = {
            "flash_bytes": self.tr("Flash"),
            "ram_bytes": self.tr("SRAM"),
            "latency_ms": self.tr("Answer within"),
            "accuracy": self.tr("Accuracy at least"),
        }
        self.fields: dict[str, QLineEdit] = {}
        items: list[Item] = [Text(self.tr("Your budget"), "card_title"), 4 if stacked else 16]
        for name, words in names.items():
            field = QLineEdit()
            field.setFixedWidth(88)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setAccessibleName(f"{words}, {_UNITS[name]}")
            validator = QDoubleValidator(0.0, _LIMITS[name], 2, field)
            validator.setNotation(QDoubleValidator.Notation.StandardNotation)
            field.setValidator(validator)
            field.editingFinished.connect(lambda name=name: self._on_edited(name))
            self.fields[name] = field
            unit = Text(_UNITS[name], "small", "text2")
            if stacked:
                unit.setFixedWidth(24)
                items.append(row(Text(words, "small", "text3"), None, field, unit, gap=6))
            else:
                items += [column(Text(words, "small", "text3"), row(field, unit, gap=6), gap=3), 10]
        self.add(*items, *([] if stacked else [None]))
        self._shown: dict[str, str] = {}

    def refresh(self, budgets: Budgets, board: BoardSpec | None) -> None:
        """Show the budgets; what the board leaves stands as a hint in an empty field."""
        hints = {
            "flash_bytes": number(board.flash_budget_bytes / 1024) if board else "",
            "ram_bytes": number(board.arena_budget_bytes / 1024) if board else "",
            "latency_ms": self.tr("no limit"),
            "accuracy": self.tr("no limit"),
        }
        for name, field in self.fields.items():
            value = getattr(budgets, name)
            text = "" if value is None else f"{value / _FACTORS[name]:.10g}"
            field.setPlaceholderText(hints[name])
            if not field.hasFocus() or self._shown.get(name) != text:
                field.setText(text)
            self._shown[name] = text

    def commit(self) -> None:
        """Tell what was typed and not finished yet."""
        for name, field in self.fields.items():
            if field.hasAcceptableInput() or not field.text():
                self._on_edited(name)

    def _on_edited(self, name: str) -> None:
        text = self.fields[name].text().strip().replace(",", ".")
        if text == self._shown.get(name, ""):
            return
        self._shown[name] = text
        value = float(text) * _FACTORS[name] if text else None
        if value is not None and name.endswith("_bytes"):
            value = int(value)
        self.changed.emit(name, value)
