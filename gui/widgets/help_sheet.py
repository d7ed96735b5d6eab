"""The sheet of keys, laid over the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.theme import color
from gui.widgets.primitives import Button, Card, Chip, Text, column, row


class HelpSheet(QWidget):
    """Covers its parent while it is shown; Esc or F1 closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        keys = (
            ("Ctrl+1 \u2026 7", self.tr("go to a step")),
            ("Ctrl+Enter", self.tr("the one next action")),
            ("Ctrl+O", self.tr("open a model")),
            ("Ctrl+Shift+O", self.tr("open a project")),
            ("Ctrl+Z, Ctrl+Shift+Z", self.tr("undo and redo a change of the recipe")),
            ("Alt+Up, Alt+Down", self.tr("move a recipe step")),
            ("Space", self.tr("switch a recipe step on or off")),
            ("F11", self.tr("demo mode: plays the whole path")),
            ("F1", self.tr("this sheet")),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for number, (key, words) in enumerate(keys):
            grid.addWidget(Chip(key, mono=True), number, 0)
            grid.addWidget(Text(words, "body", "text2"), number, 1)
        self._close = Button(self.tr("Close"), "small", "cross")
        self._close.clicked.connect(self.hide)
        card = Card(
            row(Text(self.tr("Keys"), "h2"), None, self._close),
            grid,
            Text(self.tr("Everything works without a mouse."), "small", "text3"),
            gap=14,
            margins=(24, 20, 24, 20),
        )
        self.setLayout(column(None, row(None, card, None), None))
        parent.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show or hide."""
        if self.isVisible():
            self.hide()
            return
        parent = self.parentWidget()
        self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self._close.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self.parentWidget().rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        QPainter(self).fillRect(self.rect(), color("bg", 200))
