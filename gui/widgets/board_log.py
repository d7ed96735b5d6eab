"""The board's own words, and what the recorder says of it, in a log with clock times."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal

from gui.engine_words import engine_sentences, engine_words
from gui.widgets import amounts
from gui.widgets.log_view import LogView
from gui.widgets.primitives import Button, Card, Text, row

# answers this close together fill no log line each
_GAP_SECONDS = 0.15
_LEVELS = ("info", "info", "warning", "error")


class BoardLog(Card):
    """See the module; `about` says where the board is."""

    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__(gap=6, margins=(16, 8, 12, 10))
        self.view = LogView()
        self.about = Text("", "small", "text3", elide=True)
        copy = Button(self.tr("Copy"), "small", "copy")
        copy.clicked.connect(lambda: self.copied.emit(self.view.toPlainText()))
        self.add(row(Text(self.tr("Board log"), "card_title"), (self.about, 1), copy), (self.view, 1))
        self._last_answer = 0.0
        self._last_problem = ""

    def write(self, text: str, level: str = "info") -> None:
        """A line; `level` is `info`, `warning` or `error`."""
        clock = time.time()
        stamp = time.strftime("%H:%M:%S", time.localtime(clock)) + f".{int(clock * 1000) % 1000:03d}"
        self.view.append_line(f"{stamp} {text}", level)

    def write_answer(self, word: str, milliseconds: float) -> None:
        """An answer of the board, unless the last one stands there but for a moment."""
        now = time.monotonic()
        if now - self._last_answer >= _GAP_SECONDS:
            self._last_answer = now
            self.write(f"> {word:<10} {amounts.milliseconds(milliseconds)} ms")

    def take(self, frame: dict[str, object]) -> None:
        """What the recorder told."""
        kind = frame.get("event")
        if kind == "hello":
            self._last_problem = ""
            clock, arena = frame_number(frame, "clock_hz") / 1e6, frame_number(frame, "arena_bytes")
            words = self.tr("hello from {board}, {clock} MHz, arena {arena}")
            self.write(
                words.format(
                    board=frame.get("board_id", ""), clock=f"{clock:g}", arena=amounts.size(arena)
                )
            )
        elif kind == "log":
            level = min(int(frame_number(frame, "level")), len(_LEVELS) - 1)
            self.write(str(frame.get("message", "")), _LEVELS[level])
        elif kind == "error":
            words = engine_sentences(*(str(frame.get(key, "")) for key in ("message", "hint")))
            self.write(words, "error")
        elif kind == "fault":
            self._write_problem(frame, "error")
        elif kind == "state" and frame.get("message"):
            self._write_problem(frame, "warning")

    def _write_problem(self, frame: dict[str, object], level: str) -> None:
        """Once, though a stopped or lost board tells of it again with every try."""
        words = str(frame.get("message", ""))
        if words != self._last_problem:
            self._last_problem = words
            self.write(engine_words(words), level)


def frame_number(frame: dict[str, object], key: str, default: float = 0.0) -> float:
    """A number that the recorder told, the default where there is none."""
    value = frame.get(key, default)
    return float(value) if isinstance(value, int | float) else default
