"""Cards of boards: the drawn chip, and how much of it this model would use."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.boards import BoardSpec
from engine.summaries import FitSummary
from gui.theme import color, sized_font
from gui.widgets.amounts import milliseconds, number
from gui.widgets.primitives import EN_DASH, Badge, Bar, Card, Text, row, text_column

_CORE_WORDS = {
    "cortex-m0plus": ("M0+", "Cortex-M0+"),
    "cortex-m0": ("M0", "Cortex-M0"),
    "cortex-m3": ("M3", "Cortex-M3"),
    "cortex-m4f": ("M4", "Cortex-M4F"),
    "cortex-m4": ("M4", "Cortex-M4"),
    "cortex-m7f": ("M7", "Cortex-M7F"),
    "cortex-m7": ("M7", "Cortex-M7"),
    "cortex-m33": ("M33", "Cortex-M33"),
}


def core_words(core: str) -> tuple[str, str]:
    """Short and long name of a core."""
    return _CORE_WORDS.get(core, (core, core))


class ChipArt(QWidget):
    """A drawn package; more pins for a chip with more flash."""

    def __init__(self, text: str, pins: int, size: int = 64) -> None:
        super().__init__()
        self._text, self._pins, self._on = text, pins, False
        self.setFixedSize(size, size)

    def set_on(self, on: bool) -> None:
        """Tint the chosen chip."""
        self._on = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size, margin = self.width(), 11
        painter.setPen(QPen(color("text3"), 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for index in range(self._pins):
            at = margin + 6 + (size - 2 * margin - 12) * index / (self._pins - 1)
            far = size - 3
            for x1, y1, x2, y2 in (
                (at, 3, at, margin),
                (at, far, at, size - margin),
                (3, at, margin, at),
                (far, at, size - margin, at),
            ):
                painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))
        inner = QRectF(margin, margin, size - 2 * margin, size - 2 * margin)
        painter.setPen(QPen(color("accent" if self._on else "line2"), 1.5))
        painter.setBrush(color("accent_bg" if self._on else "raised"))
        painter.drawRoundedRect(inner, 7, 7)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("accent" if self._on else "text3"))
        painter.drawEllipse(QPointF(margin + 8, margin + 8), 2.4, 2.4)
        painter.setFont(sized_font(15, 700))
        painter.setPen(color("accent" if self._on else "text2"))
        painter.drawText(inner.translated(0, 3), Qt.AlignmentFlag.AlignCenter, self._text)


class UseRow(QWidget):
    """One resource of a chip: name, bar, amount. The colour follows the rules of the gauges."""

    def __init__(self, name: str) -> None:
        super().__init__()
        term = Text(name, "small", "text3")
        term.setFixedWidth(50)
        self._bar = Bar(None, "ok_fill", 7, predicted=True)
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._amount = Text(EN_DASH, "small_medium", "text2", align=align)
        self._amount.setFixedWidth(112)
        layout: QHBoxLayout = row(term, (self._bar, 1), self._amount)
        self.setLayout(layout)
        self._name = name

    def set(self, used: float | None, available: float | None, words: str) -> str:
        """Show `used` of `available`; returns the tone, '' if unknown."""
        self._amount.setText(words or EN_DASH)
        self.setAccessibleName(f"{self._name}: {words or EN_DASH}")
        if used is None or not available:
            self._bar.set(None, "ok_fill")
            return ""
        share = used / available
        tone = "bad" if share > 1 else "warn" if share > 0.85 else "ok"
        self._bar.set(share, f"{tone}_fill")
        return tone


class BoardCard(Card):
    """One board that the model could be fitted to."""

    chosen = Signal(str)

    def __init__(self, board: BoardSpec) -> None:
        super().__init__(clickable=True, gap=7)
        self.board = board
        short, long = core_words(board.core)
        pins = 4 + min(5, board.flash_bytes // (400 * 1024) + 1)
        self._art = ChipArt(short, pins)
        megahertz = number(board.clock_hz / 1e6)
        memories = self.tr("{flash} KB flash, {ram} KB SRAM").format(
            flash=number(board.flash_bytes / 1024), ram=number(board.ram_bytes / 1024)
        )
        self._flash = UseRow(self.tr("Flash"))
        self._ram = UseRow(self.tr("SRAM"))
        self._time = UseRow(self.tr("Time"))
        self._badge = Badge(self.tr("Not computed yet"), "text2", "")
        self.add(
            row(
                self._art,
                (
                    text_column(
                        Text(board.name, "h3", elide=True),
                        Text(f"{long}, {megahertz} MHz", "small", "text2", elide=True),
                        Text(memories, "small", "text3", elide=True),
                        gap=1,
                    ),
                    1,
                ),
                gap=5,
            ),
            None,
            self._flash,
            self._ram,
            self._time,
            None,
            row(self._badge, None),
        )
        self.setMinimumHeight(214)
        self.clicked.connect(lambda: self.chosen.emit(self.board.id))

    def refresh(
        self, fit: FitSummary | None, latency_budget_ms: float | None, *, selected: bool
    ) -> None:
        """Show what the present model would use; `fit` None means that this is not known yet."""
        self.set_selected(selected)
        self._art.set_on(selected)
        tones = {
            "flash": self._set_bytes(
                self._flash, fit and fit.flash_bytes.value, fit and fit.flash_budget_bytes
            ),
            "ram": self._set_bytes(self._ram, fit and fit.ram_bytes.value, fit and fit.ram_budget_bytes),
            "time": self._set_time(fit, latency_budget_ms),
        }
        if fit is None:
            self._badge.set(self.tr("Not computed yet"), "text2", "")
        else:
            self._judge(tones, fit.fits)
        words = self._badge.text
        self.setAccessibleName(f"{self.board.name}: {words}")

    def _judge(self, tones: dict[str, str], fits: bool) -> None:
        too_big = not fits or tones["flash"] == "bad" or tones["ram"] == "bad"
        too_slow = tones["time"] == "bad"
        if too_big and too_slow:
            self._badge.set(self.tr("Too big and too slow"), "bad")
        elif too_big:
            self._badge.set(self.tr("Too big"), "bad")
        elif too_slow:
            self._badge.set(self.tr("Fits, but too slow"), "bad")
        elif "warn" in tones.values():
            self._badge.set(self.tr("Fits, tight"), "warn")
        else:
            self._badge.set(self.tr("Fits"), "ok")

    def _set_bytes(self, use: UseRow, used: float | None, available: float | None) -> str:
        if used is None or available is None:
            return use.set(None, None, "")
        words = self.tr("{used} of {all} KB").format(
            used=number(used / 1024, 1 if used < 10 * 1024 else 0), all=number(available / 1024)
        )
        return use.set(used, available, words)

    def _set_time(self, fit: FitSummary | None, budget_ms: float | None) -> str:
        if fit is None or fit.latency_ms is None:
            return self._time.set(None, None, "")
        value = fit.latency_ms.value
        if budget_ms is None:
            return self._time.set(None, None, f"{milliseconds(value)} ms")
        words = self.tr("{used} of {all} ms").format(
            used=milliseconds(value), all=milliseconds(budget_ms)
        )
        return self._time.set(value, budget_ms, words)
