"""Where the focus goes when what had it is hidden or switched off."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class FocusHome(QObject):
    """Brings the focus home to the page in view.

    Qt hands it to whatever comes next, which then lights up as if the user had gone there.

    Args:
        window: whose focus this is.
        home: the widget that gets it; Tab goes on from there.
    """

    def __init__(self, window: QWidget, home: Callable[[], QWidget]) -> None:
        super().__init__(window)
        self._window, self._home = window, home
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_change)

    def _on_change(self, old: QWidget | None, new: QWidget | None) -> None:
        if (
            old is None
            or new is None
            or old.window() is not self._window
            or new.window() is not self._window
        ):
            return
        # Qt moves it before the old one counts as hidden; and it may be moved on purpose just after
        QTimer.singleShot(0, self, lambda: self._bring_home(old, new))

    def _bring_home(self, old: QWidget, new: QWidget) -> None:
        gone = not isValid(old) or not (old.isVisible() and old.isEnabled())
        if gone and isValid(new) and QApplication.focusWidget() is new:
            self._home().setFocus(Qt.FocusReason.OtherFocusReason)
