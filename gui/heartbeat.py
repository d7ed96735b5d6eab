"""How long the window's thread was ever blocked: a timer that measures how late it is."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

_INTERVAL_MS = 10


class Heartbeat(QObject):
    """Beats every 10 ms; `worst_gap_ms` is the longest time between two beats beyond that.

    `worst_work_ms` is how much of that gap this thread was at work; for the rest the machine was busy
    with something else.

    Args:
        label: asked at each new worst gap, to remember what was going on.
    """

    def __init__(self, label: Callable[[], str] = str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worst_gap_ms = 0.0
        self.worst_work_ms = 0.0
        self.worst_label = ""
        self._label = label
        self._last = 0.0
        self._last_work = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._on_beat)

    def start(self) -> None:
        """Begin, or begin anew."""
        self.worst_gap_ms, self.worst_work_ms, self.worst_label = 0.0, 0.0, ""
        self._last, self._last_work = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        """End."""
        self._timer.stop()

    def _on_beat(self) -> None:
        now, work = time.perf_counter(), time.thread_time()
        gap = (now - self._last) * 1000 - _INTERVAL_MS
        busy = (work - self._last_work) * 1000
        self._last, self._last_work = now, work
        if gap > self.worst_gap_ms:
            self.worst_gap_ms, self.worst_work_ms, self.worst_label = gap, busy, self._label()
