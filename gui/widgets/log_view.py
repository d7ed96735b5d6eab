"""A log: monospaced, wrapped, at most 5,000 lines, appended in batches so that a flood costs little."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from gui import theme

BATCH_MS = 100
MOST_LINES = 5000
# a warning or an error carries a mark beside its colour
_MARKS = {"info": " ", "warning": "!", "error": "x"}
_ROLES = {"!": "warn", "x": "bad"}


class _Tint(QSyntaxHighlighter):
    """Colours a line by its mark, so that a change of theme recolours old lines."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        theme.theme().themeChanged.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:  # noqa: D102 - Qt
        role = _ROLES.get(text[:1])
        if role is not None and text[1:2] == " ":
            style = QTextCharFormat()
            style.setForeground(theme.color(role))
            self.setFormat(0, len(text), style)


class LogView(QPlainTextEdit):
    """Shows the newest line unless the reader has scrolled up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(MOST_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFont(theme.font("mono"))
        self.setAccessibleName(self.tr("Log"))
        self._waiting: list[str] = []
        self._tint = _Tint(self.document())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(BATCH_MS)
        self._timer.timeout.connect(self.flush)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was logged, also nothing that waits."""
        return not self._waiting and self.document().isEmpty()

    def append_line(self, text: str, level: str = "info") -> None:
        """Add one line; it appears with the next batch. `level` is info, warning or error."""
        self._waiting.append(f"{_MARKS.get(level, ' ')} {text}")
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
        cursor.insertText(("" if self.document().isEmpty() else "\n") + "\n".join(waiting))
        if follow:
            bar.setValue(bar.maximum())

    def clear_log(self) -> None:
        """Forget everything, also what is waiting."""
        self._waiting.clear()
        self._timer.stop()
        self.clear()
