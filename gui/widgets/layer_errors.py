"""Behind one cell of the layer table: how its differences are spread, and where the worst one is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.summaries import ERROR_EDGES, VerifyRow
from gui import theme
from gui.widgets import amounts
from gui.widgets.primitives import rounded

_QUANTISED = ("simulation", "int8", "micro", "generated", "board")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def edge_words(unit: str) -> list[str]:
    """Names of the bins of `VerifyRow.error_counts`, the last one for what is beyond all edges."""
    edges = ERROR_EDGES[unit]
    if unit == "quanta":
        words = ["0", "1", "2", *(f"\u2264{edge:.0f}" for edge in edges[3:])]
        return [*words, f">{edges[-1]:.0f}"]
    exponents = [int(f"{edge:e}".split("e")[1]) for edge in edges[1:]]
    shown = [f"10{str(exponent).translate(_SUPERSCRIPTS)}" for exponent in exponents]
    return ["0", *shown, f">{shown[-1]}"]


def tr(text: str) -> str:
    """The text in the language in force."""
    return QCoreApplication.translate("LayerErrors", text)


def place_words(row: VerifyRow) -> str:
    """Where the worst element sits, '' if all are equal."""
    index = row.worst_index
    if index is None:
        return ""
    inner = index[1:] if len(index) > 1 else index
    channels_first = not any(word in row.to_form.lower() for word in _QUANTISED)
    if channels_first and len(inner) > 1:
        inner = [*inner[1:], inner[0]]
    if len(inner) == 3:
        words = tr("row {r}, column {c}, channel {n}")
        return words.format(r=inner[0] + 1, c=inner[1] + 1, n=inner[2] + 1)
    if len(inner) == 2:
        return tr("position {r}, channel {n}").format(r=inner[0] + 1, n=inner[1] + 1)
    return tr("element {n}").format(n=", ".join(str(i + 1) for i in inner))


class ErrorHistogram(QWidget):
    """Share of a layer's elements by the size of their difference; the limit is a line with its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: list[int] = []
        self._unit = "relative"
        self._limit: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("How the differences are spread"))

    def show_counts(self, counts: Sequence[int], unit: str, limit: float | None) -> None:
        """Show `VerifyRow.error_counts`, and the limit if there is one."""
        self._counts, self._unit, self._limit = list(counts), unit, limit
        told = [f"{w}: {self._share(n)}" for w, n in zip(edge_words(unit), counts, strict=False) if n]
        self.setAccessibleDescription(", ".join(told))
        self.update()

    @property
    def counts(self) -> list[int]:
        """What is shown."""
        return self._counts

    def _share(self, count: int) -> str:
        share = count / max(1, sum(self._counts))
        return self.tr("under 0.1 %") if 0 < share < 0.001 else amounts.percent(share)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(200, 96)

    def beyond_limit(self, place: int) -> bool:
        """Whether all elements of a bin are above the limit."""
        edges = ERROR_EDGES[self._unit]
        return self._limit is not None and place > 0 and edges[place - 1] >= self._limit

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not sum(self._counts):
            painter.setFont(theme.font("sentence"))
            painter.setPen(theme.color("text3"))
            words = self.tr("This comparison kept no histogram. Run it again.")
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), words)
            return
        words = edge_words(self._unit)
        width = self.width() / len(words)
        bottom, top = self.height() - 20.0, 18.0
        total = sum(self._counts)
        small = theme.sized_font(11, 400)
        for place, (word, count) in enumerate(zip(words, self._counts, strict=False)):
            x = place * width
            height = (bottom - top) * count / total
            bad = self.beyond_limit(place)
            if count:
                bar = QRectF(x + 3, bottom - max(2.0, height), width - 6, max(2.0, height))
                path = rounded(bar.x(), bar.y(), bar.width(), bar.height(), min(3.0, bar.height() / 2))
                painter.fillPath(path, theme.color("bad_fill" if bad else "accent"))
                painter.setFont(small)
                painter.setPen(theme.color("bad" if bad else "text2"))
                share = 100 * count / total
                text = f"{share:.0f} %" if share >= 0.95 else "<1 %"
                painter.drawText(
                    QRectF(x - 8, bar.top() - 16, width + 16, 14), Qt.AlignmentFlag.AlignCenter, text
                )
            painter.setFont(small)
            painter.setPen(theme.color("text3"))
            painter.drawText(
                QRectF(x - 4, bottom + 3, width + 8, 16), Qt.AlignmentFlag.AlignCenter, word
            )
        painter.setPen(QPen(theme.color("line2"), 1))
        painter.drawLine(QPointF(0, bottom + 0.5), QPointF(self.width(), bottom + 0.5))
        first_bad = next((p for p in range(len(words)) if self.beyond_limit(p)), None)
        if first_bad is None:
            return
        x = first_bad * width
        painter.setPen(QPen(theme.color("text"), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, 14), QPointF(x, bottom))
        painter.setFont(small)
        painter.setPen(theme.color("text2"))
        left = x > self.width() * 0.6
        box = QRectF(x - 126, 0, 120, 14) if left else QRectF(x + 6, 0, 120, 14)
        side = Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, self.tr("limit"))
