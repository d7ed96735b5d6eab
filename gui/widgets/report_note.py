"""The line that says where a report was saved, or why it could not be."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy

from gui.engine_words import engine_sentences
from gui.saved_report import SavedReport
from gui.widgets.icons import STATUS_ICONS
from gui.widgets.primitives import Button, Card, Icon, Text


class ReportNote(Card):
    """Hidden until a report was saved or could not be; the person closes it."""

    opened = Signal()
    closed = Signal()

    def __init__(self) -> None:
        self.words = Text("", "sentence", "text", wrap=True)
        self._icon = Icon(STATUS_ICONS["ok"], "ok", 18)
        self.open = Button(self.tr("Open"), "small", "document")
        self.close_note = Button("", "ghost", "cross", tip=self.tr("Close"))
        super().__init__(
            self._icon,
            (self.words, 1),
            self.open,
            self.close_note,
            kind="ok",
            vertical=False,
            gap=10,
            margins=(16, 6, 8, 6),
        )
        self.open.clicked.connect(self.opened)
        self.close_note.clicked.connect(self.closed)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_report(self, report: SavedReport) -> None:
        """Say how it ended; hidden while nothing did."""
        self.setVisible(report.path is not None and report.done)
        if report.path is None or not report.done:
            return
        failure = report.failure
        tone = "ok" if failure is None else "bad"
        self.set_kind(tone)
        self._icon.set_icon(STATUS_ICONS[tone], tone)
        if failure is None:
            text = self.tr("The report is saved: {file}").format(file=report.path.name)
        else:
            text = engine_sentences(failure.message, failure.hint)
        self.words.setText(text)
        self.words.setToolTip(str(report.path))
        self.setAccessibleName(text)
        self.open.setVisible(failure is None)
