"""Which class is taken for which: rows are the truth, columns the answers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme

# a wrong answer is written into its cell from this share of its row on
WRITTEN_SHARE = 0.02
_LABEL_ROW = 13  # pixels from one row of column names to the next


def written_cells(counts: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    """Cells off the diagonal that carry their number: over 2 % of the row."""
    cells = set()
    for true, answers in enumerate(counts):
        total = sum(answers)
        for predicted, number in enumerate(answers):
            if predicted != true and number > WRITTEN_SHARE * total:
                cells.add((true, predicted))
    return cells


def mistakes(counts: Sequence[Sequence[int]]) -> int:
    """All wrong answers."""
    return sum(n for t, answers in enumerate(counts) for p, n in enumerate(answers) if p != t)


def worst_pair(counts: Sequence[Sequence[int]]) -> tuple[int, int, int] | None:
    """The two classes mixed up most, both ways together, and how often; None without mistakes."""
    size = len(counts)
    pairs = [(counts[a][b] + counts[b][a], -a, -b) for a in range(size) for b in range(a + 1, size)]
    if not pairs or max(pairs)[0] == 0:
        return None
    number, a, b = max(pairs)
    return -a, -b, number


class ConfusionMatrix(QWidget):
    """A square of cells; brighter means a larger share of the row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: list[list[int]] = []
        self._classes: list[str] = []
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What it mixes up"))

    def show_counts(self, counts: Sequence[Sequence[int]], classes: Sequence[str]) -> None:
        """Show `counts[true][predicted]`; without names the classes are numbered."""
        self._counts = [list(answers) for answers in counts]
        self._classes = [
            classes[i] if i < len(classes) else str(i + 1) for i in range(len(self._counts))
        ]
        self.setAccessibleDescription(self.sentence())
        self.update()

    @property
    def counts(self) -> list[list[int]]:
        """What is shown."""
        return self._counts

    def sentence(self) -> str:
        """How to read it, and the worst pair."""
        if not self._counts:
            return ""
        text = self.tr("Row: what it was. Column: what the model said.")
        pair = worst_pair(self._counts)
        if pair is None:
            return text + " " + self.tr("No mistakes.")
        a, b, number = pair
        worst = self.tr("Mixed up most: {a} and {b}, {n} of {all} mistakes.").format(
            a=self._classes[a], b=self._classes[b], n=number, all=mistakes(self._counts)
        )
        return f"{text} {worst}"

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(200, 130)

    def cells_area(self) -> QRectF:
        """The pixels of all cells together."""
        metrics = QFontMetricsF(theme.font("axis"))
        left = min(86.0, max((metrics.horizontalAdvance(c) for c in self._classes), default=0.0) + 12)
        width = max(1.0, self.width() - left - 2)
        under = 24 + (self._label_rows(width) - 1) * _LABEL_ROW
        return QRectF(left, 2, width, max(1.0, self.height() - under))

    def _label_rows(self, width: float) -> int:
        """Names under the columns stand in two rows by turns where they would touch in one."""
        metrics = QFontMetricsF(theme.font("axis"))
        longest = max((metrics.horizontalAdvance(name) for name in self._classes), default=0.0)
        return 2 if longest + 5 > width / max(1, len(self._counts)) else 1

    def cell(self, true: int, predicted: int) -> QRectF:
        """The pixels of one cell."""
        area, size = self.cells_area(), max(1, len(self._counts))
        width, height = area.width() / size, area.height() / size
        return QRectF(area.left() + predicted * width, area.top() + true * height, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        if not self._counts:
            painter.setFont(theme.font("sentence"))
            painter.setPen(theme.color("text3"))
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Nothing to compare yet.")
            )
            return
        written = written_cells(self._counts)
        painter.setPen(Qt.PenStyle.NoPen)
        ink = "bg" if theme.theme().name == "dark" else "card"
        roomy = self.cell(0, 0).width() >= 20 and self.cell(0, 0).height() >= 15
        for true, answers in enumerate(self._counts):
            total = max(1, sum(answers))
            for predicted, number in enumerate(answers):
                share = number / total
                strength = 0.04 + 0.96 * share**0.6 if number else 0.04
                rect = self.cell(true, predicted)
                painter.fillRect(rect.adjusted(0, 0, -1, -1), theme.mix("card", "accent", strength))
                diagonal = true == predicted
                if roomy and number and (diagonal or (true, predicted) in written):
                    painter.setFont(theme.font("axis_strong" if diagonal else "axis"))
                    painter.setPen(theme.color(ink if strength > 0.62 else "text"))
                    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(number))
                    painter.setPen(Qt.PenStyle.NoPen)
        self._paint_names(painter)

    def _paint_names(self, painter: QPainter) -> None:
        painter.setFont(theme.font("axis"))
        painter.setPen(theme.color("text3"))
        metrics = QFontMetricsF(painter.font())
        area = self.cells_area()
        rows = self._label_rows(area.width())
        elide = Qt.TextElideMode.ElideRight
        for index, name in enumerate(self._classes):
            rect = self.cell(index, index)
            if rect.height() >= 11:
                painter.drawText(
                    QRectF(0, rect.top(), area.left() - 8, rect.height()),
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                    metrics.elidedText(name, elide, area.left() - 8),
                )
            row = index % rows
            below = QRectF(rect.left() - 1, area.bottom() + 4 + row * _LABEL_ROW, rect.width() + 2, 16)
            if rows > 1:
                below.adjust(3 - rect.width() / 2, 0, rect.width() / 2 - 3, 0)
                below.setRight(min(below.right(), self.width()))
            shown = (
                name
                if metrics.horizontalAdvance(name) <= below.width()
                else _shortened(name, below.width(), metrics)
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, shown)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        found = self._cell_at(event.position())
        if found is None:
            QToolTip.hideText()
            return
        true, predicted = found
        text = self.tr("{true} taken for {said}: {n} of {all}").format(
            true=self._classes[true],
            said=self._classes[predicted],
            n=self._counts[true][predicted],
            all=sum(self._counts[true]),
        )
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def _cell_at(self, point: QPointF) -> tuple[int, int] | None:
        area, size = self.cells_area(), len(self._counts)
        if not size or not area.contains(point):
            return None
        true = min(size - 1, int((point.y() - area.top()) / area.height() * size))
        predicted = min(size - 1, int((point.x() - area.left()) / area.width() * size))
        return true, predicted


def _shortened(name: str, width: float, metrics: QFontMetricsF) -> str:
    """As many first letters as fit, without an ellipsis: under a narrow column that says more."""
    for length in range(len(name), 0, -1):
        if metrics.horizontalAdvance(name[:length]) <= width:
            return name[:length]
    return ""
