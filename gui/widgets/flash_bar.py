"""Flash by part on one bar, and the bar of what is needed against what is there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.engine_words import engine_words
from gui.widgets import amounts
from gui.widgets.primitives import rounded, stripes

_ROLES = ("cat0", "cat1", "cat2", "cat3", "cat4", "cat5")


def part_roles(parts: dict[str, int]) -> dict[str, str]:
    """A colour for each part: the largest is the first colour, weights always are."""
    names = sorted(parts, key=lambda name: (name != "weights", -parts[name]))
    return {name: _ROLES[min(i, len(_ROLES) - 1)] for i, name in enumerate(names)}


def segment_edges(parts: dict[str, int], total: int, width: float) -> list[tuple[str, float, float]]:
    """Name, left and right pixel of each part, in the order of `part_roles`."""
    edges, left = [], 0.0
    scale = width / max(total, sum(parts.values()), 1)
    for name in part_roles(parts):
        right = left + parts[name] * scale
        edges.append((name, left, right))
        left = right
    return edges


class FlashBar(QWidget):
    """Coloured parts, then what stays free, with a ruler in KB below and a legend line on top."""

    BAR = 34

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: dict[str, int] = {}
        self._total = 0
        self._budget = 0
        self._predicted = True
        self.setFixedHeight(24 + self.BAR + 24)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What is stored in flash"))

    def show_parts(self, parts: dict[str, int], *, total: int, budget: int, predicted: bool) -> None:
        """Bytes of each part, of the whole flash and of the budget; stripes mark a prediction."""
        self._parts = {name: size for name, size in parts.items() if size > 0}
        self._total, self._budget, self._predicted = total, budget, predicted
        words = [f"{engine_words(name)} {amounts.size(size)}" for name, size in self._parts.items()]
        self.setAccessibleDescription(", ".join(words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Legend, bar, ruler."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = float(self.width())
        top = 24.0
        bar = rounded(0, top, width, self.BAR, 8)
        painter.fillPath(bar, theme.color("raised"))
        if not self._parts:
            return
        roles = part_roles(self._parts)
        painter.save()
        painter.setClipPath(bar)
        edges = segment_edges(self._parts, self._total, width)
        for name, left, right in edges:
            self._paint_segment(
                painter, QRectF(left, top, max(1.0, right - left - 1.5), self.BAR), roles[name], name
            )
        painter.restore()
        self._paint_free(painter, edges[-1][2], top, width)
        self._paint_budget(painter, top, width)
        self._paint_legend(painter, roles, width)
        self._paint_ruler(painter, top + self.BAR, width)

    def _paint_segment(self, painter: QPainter, rect: QRectF, role: str, name: str) -> None:
        if self._predicted:
            painter.fillRect(rect, theme.mix("card", role, 0.5))
            stripes(painter, _path(rect), theme.color(role))
        else:
            painter.fillRect(rect, theme.color(role))
        text = amounts.size(self._parts[name])
        painter.setFont(theme.font("small_strong"))
        room = QFontMetricsF(painter.font()).horizontalAdvance(text) + 16
        if role not in ("cat0", "cat1") or rect.width() < room:
            return
        if self._predicted:
            plate = QRectF(0, 0, room, 20)
            plate.moveCenter(rect.center())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(role))
            painter.drawRoundedRect(plate, 6, 6)
        painter.setPen(theme.color("bg" if theme.theme().name == "dark" else "card"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_free(self, painter: QPainter, left: float, top: float, width: float) -> None:
        free = self._total - sum(self._parts.values())
        if free <= 0:
            return
        text = self.tr("{size} free").format(size=amounts.size(free))
        painter.setFont(theme.font("sentence"))
        if QFontMetricsF(painter.font()).horizontalAdvance(text) + 16 < width - left:
            right = (
                self._budget * width / self._total
                if left < self._budget * width / self._total
                else width
            )
            if QFontMetricsF(painter.font()).horizontalAdvance(text) + 16 > right - left:
                right = width
            painter.setPen(theme.color("text2"))
            painter.drawText(
                QRectF(left, top, right - left, self.BAR), Qt.AlignmentFlag.AlignCenter, text
            )

    def _paint_budget(self, painter: QPainter, top: float, width: float) -> None:
        if not 0 < self._budget < self._total:
            return
        x = width * self._budget / max(self._total, sum(self._parts.values()))
        pen = QPen(theme.color("text"), 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawLine(int(x), int(top) - 4, int(x), int(top) + self.BAR + 4)
        text = self.tr("budget {size}").format(size=amounts.size(self._budget))
        painter.setFont(theme.font("axis_strong"))
        advance = QFontMetricsF(painter.font()).horizontalAdvance(text)
        painter.drawText(
            QRectF(min(x + 8, width - advance - 4), top, advance + 2, self.BAR),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            text,
        )

    def _paint_legend(self, painter: QPainter, roles: dict[str, str], width: float) -> None:
        painter.setFont(theme.font("small"))
        metrics = QFontMetricsF(painter.font())
        x = 0.0
        for name, role in roles.items():
            text = f"{engine_words(name)} {amounts.size(self._parts[name])}"
            advance = metrics.horizontalAdvance(text)
            if x + 16 + advance > width:
                painter.setPen(theme.color("text3"))
                painter.drawText(QRectF(x, 0, width - x, 18), Qt.AlignmentFlag.AlignVCenter, "\u2026")
                break
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(role))
            painter.drawRoundedRect(QRectF(x, 4, 10, 10), 3, 3)
            painter.setPen(theme.color("text2"))
            painter.drawText(QRectF(x + 16, 0, advance + 2, 18), Qt.AlignmentFlag.AlignVCenter, text)
            x += advance + 34

    def _paint_ruler(self, painter: QPainter, top: float, width: float) -> None:
        painter.setFont(theme.font("axis"))
        painter.setPen(theme.color("text3"))
        whole = max(self._total, sum(self._parts.values()))
        for step in range(5):
            value, x = whole * step / 4, width * step / 4
            text = amounts.number(value / 1024)
            if step == 4:
                text = amounts.size(value)
            rect = QRectF(x - 60, top + 6, 120, 16)
            align = Qt.AlignmentFlag.AlignHCenter
            if step == 0:
                rect, align = QRectF(0, top + 6, 120, 16), Qt.AlignmentFlag.AlignLeft
            if step == 4:
                rect, align = QRectF(width - 120, top + 6, 120, 16), Qt.AlignmentFlag.AlignRight
            painter.drawText(rect, align, text)


class NeedBar(QWidget):
    """What the model needs against what the chip has, to one scale; the excess is striped red."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._need = 0
        self._have = 0
        self._have_text = self._over_text = self._need_text = ""
        self.setFixedHeight(82)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_amounts(
        self, need: int, have: int, *, have_text: str, over_text: str, need_text: str
    ) -> None:
        """Bytes needed and there, and the words at the border and at the end."""
        self._need, self._have = need, have
        self._have_text, self._over_text, self._need_text = have_text, over_text, need_text
        self.setAccessibleName(f"{have_text}, {over_text}")
        self.update()

    @property
    def border(self) -> float:
        """Pixel where the chip ends."""
        return self.width() * self._have / max(self._need, self._have, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar and its words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, top, height = float(self.width()), 26.0, 30.0
        bar = rounded(0, top, width, height, 8)
        painter.save()
        painter.setClipPath(bar)
        painter.fillRect(QRectF(0, top, self.border, height), theme.color("cat5"))
        excess = QRectF(self.border, top, width - self.border, height)
        painter.fillRect(excess, theme.mix("bad_bg", "bad_fill", 0.3))
        stripes(painter, _path(excess), theme.color("bad_fill"))
        painter.restore()
        painter.setPen(QPen(theme.color("text"), 2))
        painter.drawLine(int(self.border), int(top) - 8, int(self.border), int(top + height) + 8)
        painter.setFont(theme.font("small_strong"))
        metrics = QFontMetricsF(painter.font())
        have_width = metrics.horizontalAdvance(self._have_text)
        over_width = metrics.horizontalAdvance(self._over_text)
        left = max(0.0, min(self.border - 8 - have_width, width - have_width - over_width - 16))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 0, have_width + 2, 18), middle, self._have_text)
        painter.setPen(theme.color("bad"))
        painter.drawText(QRectF(left + have_width + 16, 0, over_width + 2, 18), middle, self._over_text)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text2"))
        painter.drawText(
            QRectF(0, top + height + 8, width, 18), Qt.AlignmentFlag.AlignRight, self._need_text
        )


def _path(rect: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRect(rect)
    return path
