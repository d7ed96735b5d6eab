"""The sheet of keys, laid over the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.widgets.overlay import Overlay
from gui.widgets.primitives import Button, Card, Chip, Text, column, row


class HelpSheet(Overlay):
    """Esc, ? or F1 closes it."""

    doctor_asked = Signal()
    commands_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        keys = (
            ("Ctrl+K", self.tr("find a command by its name")),
            ("Ctrl+1 \u2026 7", self.tr("go to a step")),
            ("Ctrl+Enter", self.tr("the one next action")),
            ("Ctrl+O", self.tr("open a model")),
            ("Ctrl+Shift+O", self.tr("open a project")),
            ("Ctrl+Z, Ctrl+Shift+Z", self.tr("undo and redo a change of the recipe")),
            ("Alt+Up, Alt+Down", self.tr("move a recipe step")),
            ("Space", self.tr("switch a recipe step on or off")),
            ("Ctrl+P", self.tr("pause the training, or the live view")),
            ("Ctrl+B", self.tr("stop the training here and keep the best")),
            ("F11", self.tr("demo mode: plays the whole path")),
            ("F1, ?", self.tr("this sheet")),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for number, (key, words) in enumerate(keys):
            grid.addWidget(Chip(key, mono=True), number, 0)
            grid.addWidget(Text(words, "body", "text2"), number, 1)
        commands = Button(self.tr("Find a command"), "small", "command")
        commands.clicked.connect(self.commands_asked)
        doctor = Button(self.tr("Check this computer"), "small", "doctor")
        doctor.clicked.connect(self.doctor_asked)
        self._close = Button(self.tr("Close"), "small", "cross")
        self._close.clicked.connect(self.dismiss)
        card = Card(
            row(Text(self.tr("Keys"), "h2"), None, self._close),
            grid,
            Text(self.tr("Everything works without a mouse."), "small", "text3"),
            row(commands, doctor, None),
            gap=14,
            margins=(24, 20, 24, 20),
        )
        self.setLayout(column(None, row(None, card, None), None))

    def focus_first(self) -> None:  # noqa: D102 - Overlay
        self._close.setFocus(Qt.FocusReason.OtherFocusReason)
