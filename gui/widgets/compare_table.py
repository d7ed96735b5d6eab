"""What was predicted beside what came out, never mixed up: each has its own mark."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from engine.figures import Figure
from gui.widgets import amounts
from gui.widgets.primitives import LegendMark, Text, clear

_MARKS = {"predicted": "stripes", "simulated": "dots", "measured": "box"}


def figure_text(figure: Figure) -> str:
    """A figure with its unit, in the words of its unit."""
    if figure.unit == "bytes":
        return amounts.size(figure.value)
    if figure.unit == "ms":
        return f"{amounts.milliseconds(figure.value)} ms"
    if figure.unit == "fraction":
        return amounts.percent(figure.value)
    return amounts.count(figure.value)


class CompareTable(QWidget):
    """What was predicted beside what came out, each with its own mark, and the difference."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        self.setLayout(self._grid)

    def show_pairs(self, pairs: list[tuple[str, Figure, Figure | None]]) -> None:
        """Name, prediction and outcome of each row; an outcome of None is an en dash."""
        clear(self._grid)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        words = {
            "predicted": self.tr("predicted"),
            "simulated": self.tr("simulated"),
            "measured": self.tr("measured"),
        }
        for line, (name, before, after) in enumerate(pairs):
            self._grid.addWidget(Text(name, "small", "text2"), line, 0)
            self._grid.addWidget(LegendMark("text2", _MARKS[before.basis]), line, 1)
            self._grid.addWidget(Text(figure_text(before), "small", "text2", align=right), line, 2)
            if after is None:
                self._grid.addWidget(Text(amounts.DASH, "small_strong", "text3", align=right), line, 4)
                continue
            mark = LegendMark("accent", _MARKS[after.basis])
            mark.setToolTip(words[after.basis])
            self._grid.addWidget(mark, line, 3)
            value = Text(figure_text(after), "small_strong", "text", align=right)
            value.setAccessibleName(f"{name}: {figure_text(after)}, {words[after.basis]}")
            self._grid.addWidget(value, line, 4)
            if before.value:
                off = round((after.value - before.value) / before.value, 3) + 0.0  # no minus zero
                sign = "+" if off > 0 else ""
                text = f"{sign}{amounts.percent(off)}"
                self._grid.addWidget(Text(text, "small", "text3", align=right), line, 5)
