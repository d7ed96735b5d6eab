"""What lies over the window for a moment: it keeps the focus, and gives it back where it was."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from gui.theme import color


class Overlay(QWidget):
    """Covers its parent while it is shown; Esc closes it, Tab stays inside."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._came_from: QWidget | None = None
        parent.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show or close."""
        if self.isVisible():
            self.dismiss()
        else:
            self.appear()

    def appear(self) -> None:
        """Show over the whole parent and take the focus."""
        if self.isVisible():
            return
        self._came_from = QApplication.focusWidget()
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()
        self.focus_first()

    def dismiss(self) -> None:
        """Close, and give the focus back."""
        if not self.isVisible():
            return
        origin, self._came_from = self._came_from, None
        if origin is not None and isValid(origin) and origin.isVisible():
            origin.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()

    def focus_first(self) -> None:
        """Give the focus to what is used first."""

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: D102, N802 - Qt
        start = QApplication.focusWidget() or self
        widget = start
        while True:
            widget = widget.nextInFocusChain() if forward else widget.previousInFocusChain()
            if widget is start:
                return True
            takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            if takes and widget.isEnabled() and widget.isVisible() and self.isAncestorOf(widget):
                reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
                widget.setFocus(reason)
                return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102, N802 - Qt
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget() and not self.isHidden():
            self.setGeometry(self.parentWidget().rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102, N802 - Qt
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102, N802 - Qt
        QPainter(self).fillRect(self.rect(), color("bg", 200))
