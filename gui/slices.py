"""Work in slices: each in a turn of the event loop of its own, so that the window answers in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

_PAUSE_MS = 12  # between two slices, so that other timers and what a slice has posted come in between


class Slices(QObject):
    """Does what it was given, first come, first served. A slice should take less than 30 ms."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Callable[[], object]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._do_next)

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def put(self, *slices: Callable[[], object]) -> None:
        """Do these too, after what waits already."""
        self._waiting.extend(slices)
        if self._waiting:
            self._timer.start()

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self._timer.stop()

    def _do_next(self) -> None:
        if self._waiting:
            self._waiting.popleft()()
        if not self._waiting:
            self._timer.stop()
