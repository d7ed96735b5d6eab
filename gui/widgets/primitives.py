"""The small parts that every page is made of: text, cards, buttons, badges, switches, bars."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui.theme import GRID, RADIUS_CARD, color, font, sized_font, theme
from gui.widgets.icons import STATUS_ICONS, icon, icon_pixmap

EN_DASH = "\u2013"
NO_BREAK_SPACE = "\u00a0"

Item = QWidget | QLayout | int | None | tuple[QWidget | QLayout, int]


def fill(layout: QBoxLayout, items: tuple[Item, ...]) -> None:
    """Add items: a widget, a layout, an int (spacing in px), None (stretch), or (item, stretch)."""
    for item in items:
        stretch = 0
        if isinstance(item, tuple):
            item, stretch = item
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item, stretch)
        else:
            layout.addLayout(item, stretch)


def row(*items: Item, gap: int = GRID, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """A horizontal layout of items (see `fill`)."""
    layout = QHBoxLayout()
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    fill(layout, items)
    return layout


def column(
    *items: Item, gap: int = GRID, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """A vertical layout of items (see `fill`)."""
    layout = QVBoxLayout()
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    fill(layout, items)
    return layout


def text_column(*items: Item, gap: int = 2) -> QVBoxLayout:
    """A column of texts, centred vertically."""
    return column(None, *items, None, gap=gap)


def spacer(width: int) -> QWidget:
    """An empty widget of a fixed width."""
    widget = QWidget()
    widget.setFixedWidth(width)
    return widget


def clear(layout: QLayout) -> None:
    """Remove and delete everything in a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def polish(widget: QWidget) -> None:
    """Make the style sheet look at changed dynamic properties."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def rounded(x: float, y: float, width: float, height: float, radius: float) -> QPainterPath:
    """A rounded rectangle as a path."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(x, y, max(width, 0.0), height), radius, radius)
    return path


def stripes(
    painter: QPainter, path: QPainterPath, tint: QColor, step: float = 6.0, width: float = 2.0
) -> None:
    """Diagonal stripes inside a path: the mark of a predicted value."""
    painter.save()
    painter.setClipPath(path)
    area = path.boundingRect()
    painter.setPen(QPen(tint, width))
    x = area.left() - area.height()
    while x < area.right() + area.height():
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x + area.height(), area.top()))
        x += step
    painter.restore()


def dots(
    painter: QPainter, path: QPainterPath, tint: QColor, step: float = 5.0, radius: float = 1.5
) -> None:
    """Dots inside a path: the mark of a value from a virtual board."""
    painter.save()
    painter.setClipPath(path)
    area = path.boundingRect()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    rows = max(1, round(area.height() / step))
    for index in range(rows):
        y = area.top() + (index + 0.5) * area.height() / rows
        x = area.left() + (step / 2 if index % 2 else 0.0) + 1
        while x < area.right() + radius:
            painter.drawEllipse(QPointF(x, y), radius, radius)
            x += step
    painter.restore()


class Text(QLabel):
    """A label with a style of `theme.STYLES` and the colour of a token.

    With `elide`, text that does not fit ends in an ellipsis and is told in full by the tool tip.
    """

    def __init__(
        self,
        text: str = "",
        style: str = "body",
        role: str = "text",
        *,
        wrap: bool = False,
        elide: bool = False,
        align: Qt.AlignmentFlag | None = None,
    ) -> None:
        super().__init__(text)
        self._elide = elide
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.set_style(style)
        self.setWordWrap(wrap)
        if align is not None:
            self.setAlignment(align)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        elif elide:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        else:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_style(self, style: str) -> None:
        """Change the font."""
        self.setFont(font(style))

    def set_role(self, role: str) -> None:
        """Change the colour token."""
        if self.property("role") != role:
            self.setProperty("role", role)
            polish(self)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        hint = super().minimumSizeHint()
        return QSize(24, hint.height()) if self._elide else hint

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        if not self._elide:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment() | Qt.AlignmentFlag.AlignVCenter, shown)


class Card(QFrame):
    """A frame of a kind (`card`, `flat`, `ok`, `warn`, `bad`, `info`) with a box layout `body`.

    A clickable card takes the focus, shows it, and says `clicked` for mouse, Space and Enter.
    """

    clicked = Signal()

    def __init__(
        self,
        *items: Item,
        kind: str = "card",
        vertical: bool = True,
        gap: int = GRID,
        margins: tuple[int, int, int, int] = (16, 12, 16, 12),
        clickable: bool = False,
    ) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.body: QBoxLayout = QVBoxLayout(self) if vertical else QHBoxLayout(self)
        self.body.setSpacing(gap)
        self.body.setContentsMargins(*margins)
        fill(self.body, items)
        if kind == "flat":
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._clickable = clickable
        if clickable:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def add(self, *items: Item) -> None:
        """Append items (see `fill`)."""
        fill(self.body, items)

    def set_kind(self, kind: str) -> None:
        """Change the kind of frame."""
        self._set("kind", kind)

    def set_selected(self, selected: bool) -> None:
        """Show or remove the accent edge."""
        self._set("sel", selected)

    def set_off(self, off: bool) -> None:
        """Show the card as switched off."""
        self._set("off", off)

    def _set(self, name: str, value: object) -> None:
        if self.property(name) != value:
            self.setProperty(name, value)
            polish(self)

    def enterEvent(self, event: object) -> None:  # noqa: D102 - Qt
        if self._clickable:
            self._set("hover", True)

    def leaveEvent(self, event: object) -> None:  # noqa: D102 - Qt
        if self._clickable:
            self._set("hover", False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        inside = self.rect().contains(event.position().toPoint())
        if self._clickable and event.button() == Qt.MouseButton.LeftButton and inside:
            self.clicked.emit()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        if self._clickable and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class Rule(QFrame):
    """A thin horizontal line."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "rule")


class Button(QPushButton):
    """A push button of a kind: `` (plain), `primary`, `ghost`, `small` or `danger`."""

    def __init__(
        self, text: str = "", kind: str = "", icon: str = "", *, icon_after: bool = False, tip: str = ""
    ) -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self._kind, self._icon, self._after = kind, icon, icon_after
        self.setFont(sized_font(13 if kind == "small" else 14, 600 if kind == "primary" else 500))
        self.setIconSize(QSize(16, 16))
        if icon_after:
            self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.set_label(text)
        if tip:
            self.setToolTip(tip)
            if not text:
                self.setAccessibleName(tip)
        self._tint()
        theme().themeChanged.connect(self._tint)

    def set_label(self, text: str) -> None:
        """Change the words; the gap to the icon is a no-break space, which a style sheet cannot make."""
        gap = NO_BREAK_SPACE if self._icon and text else ""
        self.setText(text + gap if self._after else gap + text)
        if text:
            self.setAccessibleName(text)

    def set_icon(self, name: str) -> None:
        """Change the icon."""
        if name != self._icon:
            label = self.text().strip(NO_BREAK_SPACE)
            self._icon = name
            self.set_label(label)
            self._tint()

    def set_kind(self, kind: str) -> None:
        """Change the kind."""
        if kind != self._kind:
            self._kind = kind
            self.setProperty("kind", kind)
            polish(self)
            self._tint()

    def _tint(self) -> None:
        if self._icon:
            role = {"primary": "accent_ink", "danger": "bad"}.get(self._kind, "text2")
            self.setIcon(icon(self._icon, role, 16))


class Icon(QWidget):
    """A line icon in the colour of a token."""

    def __init__(self, name: str, role: str = "text2", size: int = 18) -> None:
        super().__init__()
        self._name, self._role, self._size = name, role, size
        self.setFixedSize(size, size)

    def set_icon(self, name: str, role: str) -> None:
        """Change picture and colour."""
        self._name, self._role = name, role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        if self._name:
            QPainter(self).drawPixmap(QPointF(0, 0), icon_pixmap(self._name, self._role, self._size))


class Tile(QWidget):
    """An icon on a tinted square: the picture of a step, a task or a cause."""

    def __init__(self, name: str, tone: str = "accent", size: int = 36) -> None:
        super().__init__()
        self._name, self._tone = name, tone
        self.setFixedSize(size, size)

    def set_icon(self, name: str, tone: str) -> None:
        """Change picture and tone."""
        self._name, self._tone = name, tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self.width()
        painter.fillPath(rounded(0, 0, size, size, size * 0.26), _plate(self._tone))
        inner = round(size * 0.54)
        corner = QPointF((size - inner) / 2, (size - inner) / 2)
        painter.drawPixmap(corner, icon_pixmap(self._name, self._tone, inner))


class Badge(QWidget):
    """A status in words with an icon, on a tinted pill. Tones: ok, warn, bad, accent, text2."""

    def __init__(self, text: str = "", tone: str = "ok", icon: str | None = None) -> None:
        super().__init__()
        self._font = font("small_strong")
        self._text, self._tone, self._icon = "", tone, icon
        self.set(text, tone, icon)

    def set(self, text: str, tone: str, icon: str | None = None) -> None:
        """Change words, tone and icon; icon None takes the tone's own, '' none."""
        self._text, self._tone = text, tone
        self._icon = STATUS_ICONS.get(tone, "") if icon is None else icon
        width = QFontMetricsF(self._font).horizontalAdvance(text) + (36 if self._icon else 18)
        self.setFixedSize(math.ceil(width), 22)
        self.setAccessibleName(text)
        self.update()

    @property
    def text(self) -> str:
        """The words."""
        return self._text

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self.width(), self.height()
        painter.fillPath(rounded(0, 0, width, height, height / 2), _plate(self._tone))
        x = 9
        if self._icon:
            painter.drawPixmap(QPointF(8, (height - 14) / 2), icon_pixmap(self._icon, self._tone, 14))
            x = 26
        painter.setFont(self._font)
        painter.setPen(color(self._tone))
        painter.drawText(QRectF(x, 0, width, height), Qt.AlignmentFlag.AlignVCenter, self._text)


class Chip(Card):
    """A short value on a dark plate, such as a file ending or a port."""

    def __init__(self, text: str, *, mono: bool = False, icon: str = "", role: str = "text2") -> None:
        super().__init__(kind="flat", vertical=False, gap=6, margins=(8, 3, 8, 3))
        self._icon_widget = Icon(icon, role, 14) if icon else None
        self.label = Text(text, "mono_medium" if mono else "small_medium", role)
        if self._icon_widget is not None:
            self.add(self._icon_widget)
        self.add(self.label)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class Switch(QAbstractButton):
    """A switch; Space toggles it."""

    def __init__(self, on: bool = True, name: str = "") -> None:
        super().__init__()
        self.setCheckable(True)
        self.setChecked(on)
        self.setAccessibleName(name)
        self.setFixedSize(42, 26)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(2, 2)
        on, enabled = self.isChecked(), self.isEnabled()
        track = color("accent") if on and enabled else color("line2")
        painter.setPen(Qt.PenStyle.NoPen if on else QPen(color("text3"), 1.5))
        painter.setBrush(track if on else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(1, 1, 36, 20), 10, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("accent_ink") if on else color("text3"))
        painter.drawEllipse(QPointF(27 if on else 11, 11), 6.5, 6.5)
        if self.hasFocus():
            painter.setPen(QPen(color("text"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(-1, -1, 40, 24), 12, 12)


class Bar(QWidget):
    """A horizontal bar on a track. `share` 0..1, or None for an empty track; striped if predicted."""

    def __init__(
        self, share: float | None = None, role: str = "accent", height: int = 8, *,
        predicted: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self._share, self._role, self._predicted = share, role, predicted
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, share: float | None, role: str) -> None:
        """Change value and colour token."""
        self._share, self._role = share, role
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(120, self.height())

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(40, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self.width(), self.height()
        painter.fillPath(rounded(0, 0, width, height, height / 2), color("raised"))
        if self._share is not None and self._share > 0:
            length = max(height, width * min(self._share, 1.0))
            filled = rounded(0, 0, length, height, height / 2)
            if self._predicted:
                stripes(painter, filled, color(self._role))
            else:
                painter.fillPath(filled, color(self._role))


class BigNumber(QWidget):
    """A display number with its unit on one baseline, in a width that is reserved."""

    def __init__(
        self, text: str = EN_DASH, unit: str = "", *, pixels: int = 60, unit_pixels: int = 24,
        role: str = "text", reserve: str = "888.8", weight: int = 600,
    ) -> None:  # fmt: skip
        super().__init__()
        self._font, self._unit_font = sized_font(pixels, weight), sized_font(unit_pixels, 500)
        self._pixels, self._reserve, self._role = pixels, reserve, role
        self._text, self._unit = text, unit
        self._lay_out()

    def set(self, text: str, unit: str | None = None, role: str | None = None) -> None:
        """Change number, unit or colour."""
        self._text = text
        self._unit = self._unit if unit is None else unit
        self._role = self._role if role is None else role
        self.setAccessibleName(f"{self._text} {self._unit}".strip())
        self._lay_out()
        self.update()

    def _lay_out(self) -> None:
        metrics = QFontMetricsF(self._font)
        self._ascent = metrics.tightBoundingRect("8h").height()
        descent = (
            metrics.tightBoundingRect("yg").bottom() if any(c in self._text for c in "gjpqy") else 0
        )
        self._left = metrics.tightBoundingRect(self._text).left()
        self._advance = metrics.horizontalAdvance(self._text)
        width = max(self._advance, metrics.horizontalAdvance(self._reserve))
        if self._unit:
            width += QFontMetricsF(self._unit_font).horizontalAdvance(self._unit) + self._pixels * 0.08
        self.setFixedSize(math.ceil(width) + 4, math.ceil(self._ascent + descent) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setFont(self._font)
        painter.setPen(color(self._role))
        painter.drawText(QPointF(-self._left, self._ascent + 2), self._text)
        if self._unit:
            painter.setFont(self._unit_font)
            painter.setPen(color("text2"))
            x = self._advance - self._left + self._pixels * 0.08
            painter.drawText(QPointF(x, self._ascent + 2), self._unit)


class DropFrame(QFrame):
    """A dashed outline, painted: a style sheet's dashes are too fine to be seen."""

    def __init__(self, *items: Item, gap: int = 4) -> None:
        super().__init__()
        self.body = column(*items, gap=gap, margins=(16, 12, 16, 12))
        self.setLayout(self.body)
        self._hot = False

    def set_hot(self, hot: bool) -> None:
        """Show that a file is being dragged over the window."""
        self._hot = hot
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(color("accent" if self._hot else "text3"), 1.5)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(color("accent_bg" if self._hot else "panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_CARD, RADIUS_CARD)


class LegendMark(QWidget):
    """The sample in a legend: `box`, `stripes`, `dots`, `line` or `dotted`."""

    def __init__(self, role: str, kind: str = "box") -> None:
        super().__init__()
        self._role, self._kind = role, kind
        self.setFixedSize(16, 12)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tint = color(self._role)
        if self._kind in ("line", "dotted"):
            style = Qt.PenStyle.SolidLine if self._kind == "line" else Qt.PenStyle.DotLine
            painter.setPen(QPen(tint, 2, style))
            painter.drawLine(QPointF(0, 6), QPointF(16, 6))
            return
        path = rounded(2, 1, 12, 10, 3)
        if self._kind == "box":
            painter.fillPath(path, tint)
            return
        painter.fillPath(path, color(self._role, 60))
        if self._kind == "stripes":
            stripes(painter, path, tint, 4, 1.5)
        else:
            dots(painter, path, tint, 4, 1.2)


def legend(*entries: tuple[str, str, str], style: str = "small") -> QHBoxLayout:
    """A legend of (words, token, kind of mark)."""
    items: list[Item] = []
    for words, role, kind in entries:
        items += [LegendMark(role, kind), Text(words, style, "text2"), 3]
    return row(*items, gap=4)


def card_head(title: str | Text, unit: str | Text = "", *right: Item) -> QHBoxLayout:
    """The head of a card: title, unit or explanation in `text3`, and things on the right."""
    title_text = title if isinstance(title, Text) else Text(title, "card_title")
    items: list[Item] = [title_text]
    if unit:
        items.append(unit if isinstance(unit, Text) else Text(unit, "small", "text3"))
    return row(*items, None, *right)


class Fact(QWidget):
    """A term in small grey type and its value under it; `what` explains the term."""

    def __init__(self, term: str, value: str = EN_DASH, *, what: QWidget | None = None) -> None:
        super().__init__()
        self.term = Text(term, "small", "text3")
        self.value = Text(value, "card_title")
        head = self.term if what is None else row(self.term, what, None, gap=2)
        self.setLayout(column(head, self.value, gap=2))
        self.set(value)

    def set(self, value: str) -> None:
        """Change the value; '' shows an en dash."""
        self.value.setText(value or EN_DASH)
        self.setAccessibleName(f"{self.term.text()}: {value or EN_DASH}")


def _plate(tone: str) -> QColor:
    return color(f"{tone}_bg") if tone in ("ok", "warn", "bad", "accent") else color("raised")
