"""A log: monospaced, at most 5,000 lines, appended in batches so that a flood of lines costs little."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from gui import theme

BATCH_MS = 100
MOST_LINES = 5000
_ROLES = {"info": "text2", "warning": "warn", "error": "bad"}
_MARKS = {"info": " ", "warning": "!", "error": "x"}


class LogView(QPlainTextEdit):
    """Shows the newest line unless the reader has scrolled up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(MOST_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(theme.font("mono"))
        self.setAccessibleName(self.tr("Log"))
        self._waiting: list[tuple[str, str]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BATCH_MS)
        self._timer.timeout.connect(self.flush)

    def append_line(self, text: str, level: str = "info") -> None:
        """Add one line; it appears with the next batch. A warning or error carries a mark, too."""
        self._waiting.append((text, level))
        if len(self._waiting) > MOST_LINES:
            del self._waiting[: len(self._waiting) - MOST_LINES]
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Show what is waiting."""
        waiting, self._waiting = self._waiting, []
        self._timer.stop()
        if not waiting:
            return
        bar = self.verticalScrollBar()
        follow = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        first = self.document().isEmpty()
        for text, level in waiting:
            if not first:
                cursor.insertBlock()
            first = False
            style = QTextCharFormat()
            style.setForeground(QColor(theme.color(_ROLES.get(level, "text2"))))
            cursor.insertText(f"{_MARKS.get(level, ' ')} {text}", style)
        cursor.endEditBlock()
        if follow:
            bar.setValue(bar.maximum())

    def clear_log(self) -> None:
        """Forget everything, also what is waiting."""
        self._waiting.clear()
        self._timer.stop()
        self.clear()
