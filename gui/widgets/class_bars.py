"""How many of each class are answered right: one bar per class, and the trained network as a mark."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.widgets import amounts
from gui.widgets.primitives import rounded

_ROW = 22
_LEAST_ROW = 15


def class_shares(counts: Sequence[Sequence[int]]) -> list[float | None]:
    """Share of right answers of each class of `counts[true][predicted]`; None without samples."""
    return [
        answers[true] / sum(answers) if sum(answers) else None for true, answers in enumerate(counts)
    ]


class ClassBars(QWidget):
    """One row per class, in the order of the classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, float | None, float | None]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Right answers of each class"))

    def show_shares(
        self,
        classes: Sequence[str],
        shares: Sequence[float | None],
        marks: Sequence[float | None] = (),
    ) -> None:
        """Show shares (fractions), and where the trained network stood."""
        padded = [*marks, *([None] * len(shares))]
        self._rows = [
            (classes[i] if i < len(classes) else str(i + 1), share, padded[i])
            for i, share in enumerate(shares)
        ]
        told = [f"{n} {amounts.percent(s) if s is not None else amounts.DASH}" for n, s, _ in self._rows]
        self.setAccessibleDescription(", ".join(told))
        self.update()

    @property
    def rows(self) -> list[tuple[str, float | None, float | None]]:
        """What is shown: name, share, mark."""
        return self._rows

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(200, max(130, _LEAST_ROW * len(self._rows)))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("axis"))
        metrics = QFontMetricsF(painter.font())
        widest = max(metrics.horizontalAdvance(name) for name, _, _ in self._rows)
        left, right = min(96.0, widest + 10), 52.0
        height = min(float(_ROW), self.height() / len(self._rows))
        worst = min((s for _, s, _ in self._rows if s is not None), default=None)
        for place, (name, share, mark) in enumerate(self._rows):
            y = place * height
            painter.setPen(theme.color("text2"))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left - 8)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y, left - 8, height), Qt.AlignmentFlag.AlignRight | middle, shown)
            room = self.width() - left - right
            bar = QRectF(left, y + height / 2 - 4.5, room, 9)
            painter.fillPath(rounded(bar.x(), bar.y(), room, 9, 4.5), theme.color("raised"))
            if share is not None and share > 0:
                path = rounded(bar.x(), bar.y(), max(9.0, room * share), 9, 4.5)
                painter.fillPath(path, theme.color("accent"))
            if mark is not None:
                x = left + room * mark
                painter.setPen(QPen(theme.color("text"), 2))
                painter.drawLine(QPointF(x, bar.top() - 3), QPointF(x, bar.bottom() + 3))
            lowest = share is not None and share == worst
            painter.setFont(theme.font("axis_strong" if lowest else "axis"))
            painter.setPen(theme.color("text" if lowest else "text2"))
            text = amounts.percent(share, 0) if share is not None else amounts.DASH
            painter.drawText(
                QRectF(self.width() - right, y, right, height),
                Qt.AlignmentFlag.AlignRight | middle,
                text,
            )
            painter.setFont(theme.font("axis"))
