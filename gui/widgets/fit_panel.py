"""The Fit panel: four numbers against their budgets, always in sight."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QStackedLayout, QWidget

from gui.project_model import ProjectModel
from gui.readings import GAUGES, overall, readings
from gui.widgets.budget_row import BudgetRow
from gui.widgets.gauges import Gauge, GaugeStrip
from gui.widgets.primitives import (
    Badge,
    Button,
    Card,
    Item,
    Rule,
    Text,
    column,
    legend,
    row,
)

WIDTH, FOLDED_WIDTH = 284, 76


class FitPanel(QFrame):
    """Gauges, a verdict and the way to the budgets. Folds to a strip in a narrow window."""

    budget_changed = Signal(str, object)  # see BudgetRow

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fit")
        self.gauges = {kind: Gauge(kind) for kind in GAUGES}
        self._strips = [GaugeStrip(gauge) for gauge in self.gauges.values()]
        self._board = Text("", "sentence", "text3", elide=True)
        self._badge = Badge()
        self._badge.hide()
        self._note = Card(kind="info", gap=1, margins=(14, 9, 14, 9))
        self._note_title = Text("", "card_title", "accent", wrap=True)
        self._note_text = Text("", "small", "text2", wrap=True)
        self._note.add(self._note_title, self._note_text)
        self._change = Button(self.tr("Change the budget\u2026"), "small", "budget")
        self._change.clicked.connect(lambda: self.edit_budgets(self._change))
        self._changers = [self._change]
        self._model: ProjectModel | None = None
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._full())
        self._stack.addWidget(self._folded())
        self.set_folded(False)

    def _full(self) -> QWidget:
        items: list[Item] = [row(Text(self.tr("Fit"), "h3"), (self._board, 1), self._badge), 18]
        for number, gauge in enumerate(self.gauges.values()):
            items.append(gauge)
            items += [10, Rule(), 14] if number < len(GAUGES) - 1 else [14]
        marks = legend(
            (self.tr("measured"), "text2", "box"),
            (self.tr("simulated"), "text2", "dots"),
            (self.tr("predicted"), "text2", "stripes"),
            style="axis",
        )
        marks.addStretch(1)
        items += [self._note, None, self._change, 12, marks]
        marks.setSpacing(3)
        page = QWidget()
        page.setLayout(column(*items, gap=0, margins=(20, 16, 20, 14)))
        return page

    def _folded(self) -> QWidget:
        page = QWidget()
        change = Button("", "ghost", "budget", tip=self.tr("Change the budget\u2026"))
        change.clicked.connect(lambda: self.edit_budgets(change))
        self._changers.append(change)
        page.setLayout(
            column(*self._strips, None, row(None, change, None), gap=8, margins=(4, 16, 4, 14))
        )
        return page

    def set_folded(self, folded: bool) -> None:
        """Show the strip or the full panel."""
        self._stack.setCurrentIndex(int(folded))
        self.setFixedWidth(FOLDED_WIDTH if folded else WIDTH)

    def refresh(self, model: ProjectModel) -> None:
        """Read the gauges from the model."""
        self._model = model
        for button in self._changers:
            button.setEnabled(model.project is not None)
        values = readings(model)
        for kind, gauge in self.gauges.items():
            gauge.set(values[kind])
        for strip in self._strips:
            strip.refresh()
        board = model.board()
        self._board.setText(self.tr("on {board}").format(board=board.id.upper()) if board else "")
        tone = overall(values)
        words = {
            "ok": self.tr("Fits"),
            "warn": self.tr("Fits, tight"),
            "bad": self.tr("Over budget"),
        }.get(tone, "")
        self._badge.setVisible(bool(words))
        if words:
            self._badge.set(words, tone)
        self._explain(model, tone)

    def edit_budgets(self, button: QWidget) -> None:
        """Open the fields of the budgets above a button."""
        if self._model is None or self._model.project is None:
            return
        fields = BudgetFields(self)
        fields.row.refresh(self._model.project.budgets, self._model.board())
        fields.row.changed.connect(self.budget_changed)
        fields.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - fields.width(), -fields.height() - 6))
        fields.move(corner)
        fields.show()
        fields.row.fields["flash_bytes"].setFocus(Qt.FocusReason.PopupFocusReason)

    def _explain(self, model: ProjectModel, tone: str) -> None:
        reduction = compression(model)
        if reduction is not None:
            self._note_title.setText(self.tr("{n}\u00d7 smaller").format(n=f"{reduction:.1f}"))
            self._note_text.setText(self.tr("than the trained network in 32-bit floats"))
        elif not tone:
            self._note_title.setText(self.tr("These four bars follow you."))
            self._note_text.setText(
                self.tr("They show, at every step, whether the model fits your chip.")
            )
        self._note.setVisible(reduction is not None or not tone)


class BudgetFields(QFrame):
    """The budgets in a box over the panel. Enter or a click elsewhere takes them, Esc does not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.row = BudgetRow(stacked=True)
        self.setLayout(column(self.row))
        self.setAccessibleName(self.tr("Your budget"))
        self._taken = True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102, N802 - Qt
        if event.key() == Qt.Key.Key_Escape:
            self._taken = False
            self.row.blockSignals(True)  # noqa: FBT003 - Qt
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102, N802 - Qt
        if self._taken:
            self.row.commit()
        super().hideEvent(event)


def compression(model: ProjectModel) -> float | None:
    """Size of the first trained network over that of the INT8 file, or None."""
    convert = model.convert()
    first = next((summary for summary in model.steps().values() if summary is not None), None)
    if convert is None or first is None:
        return None
    small = convert.file_bytes.get("int8", 0)
    return first.model_bytes_after / small if small and first.model_bytes_after > small else None
