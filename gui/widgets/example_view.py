"""A sample as a picture: a photograph, a wave over its spectrogram, lines over time, or a grid."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.examples import Example
from gui import theme
from gui.widgets.icons import icon_pixmap
from gui.widgets.primitives import rounded

_LINE_ROLES = ("cat0", "cat1", "cat2", "cat3", "cat4", "cat5")
_SMALL_PIXELS = 64  # pictures up to this size keep their pixels sharp


@lru_cache(maxsize=96)
def _photograph(png: str) -> QImage:
    return QImage.fromData(base64.b64decode(png), "PNG")  # type: ignore[arg-type]


@lru_cache(maxsize=96)
def _shades(grid: str, size: tuple[int, int], theme_name: str) -> QImage:
    """The bytes of a grid as a picture from the ground of a plot to its brightest colour."""
    rows, columns = size
    picture = QImage(base64.b64decode(grid), columns, rows, columns, QImage.Format.Format_Indexed8)
    table = []
    for step in range(256):
        share = step / 255
        if share < 0.6:
            tint = theme.mix("well", "cat0", share / 0.6)
        else:
            tint = theme.mix("cat0", "text", (share - 0.6) / 0.4)
        table.append(tint.rgb())
    picture.setColorTable(table)
    return picture.convertToFormat(QImage.Format.Format_RGB32)


def paint_example(painter: QPainter, area: QRectF, example: Example) -> None:
    """Paint a sample into a rectangle; a sound's wave stands over its spectrogram if there is room."""
    if example.kind == "picture":
        _paint_photograph(painter, area, example.png)
    elif example.kind == "sound":
        high = area.height() > 100
        wave = QRectF(area.x(), area.y(), area.width(), area.height() * 0.34 if high else 0.0)
        if high:
            _paint_wave(painter, wave, example.wave)
        painter.drawImage(
            area.adjusted(0, wave.height(), 0, 0),
            _shades(example.grid, example.grid_size, theme.theme().name),
        )
    elif example.kind == "grid":
        painter.drawImage(area, _shades(example.grid, example.grid_size, theme.theme().name))
    elif example.kind == "lines":
        _paint_lines(painter, area, example.lines)


def _paint_photograph(painter: QPainter, area: QRectF, png: str) -> None:
    picture = _photograph(png)
    if picture.isNull():
        return
    size = picture.size().scaled(area.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    small = max(picture.width(), picture.height()) <= _SMALL_PIXELS
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not small)
    left = area.x() + (area.width() - size.width()) / 2
    top = area.y() + (area.height() - size.height()) / 2
    painter.drawImage(QRectF(left, top, size.width(), size.height()), picture)


def _paint_wave(painter: QPainter, area: QRectF, wave: Sequence[int]) -> None:
    painter.setPen(QPen(theme.color("cat1"), 1))
    middle, half = area.center().y(), area.height() / 2 - 2
    step = area.width() / max(1, len(wave) // 2)
    for place in range(len(wave) // 2):
        x = area.x() + (place + 0.5) * step
        low, high = wave[2 * place], wave[2 * place + 1]
        painter.drawLine(
            QPointF(x, middle - half * high / 127), QPointF(x, middle - half * low / 127 + 0.5)
        )


def _paint_lines(painter: QPainter, area: QRectF, lines: Sequence[Sequence[float]]) -> None:
    """One band a line, all to one scale: gravity alone would flatten what matters."""
    lines = [line for line in lines if line]
    span = max((max(line) - min(line) for line in lines), default=0.0) or 1.0
    band = area.height() / max(1, len(lines))
    scale = (band - 4) / span
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, line in enumerate(lines):
        painter.setPen(QPen(theme.color(_LINE_ROLES[number % len(_LINE_ROLES)]), 1))
        step = area.width() / max(1, len(line) - 1)
        centre, middle = area.y() + (number + 0.5) * band, (max(line) + min(line)) / 2
        points = [
            QPointF(area.x() + n * step, centre - (value - middle) * scale)
            for n, value in enumerate(line)
        ]
        painter.drawPolyline(QPolygonF(points))


class ExampleView(QWidget):
    """One sample, large."""

    def __init__(self) -> None:
        super().__init__()
        self._example: Example | None = None
        self.setMinimumSize(160, 150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_example(self, example: Example | None) -> None:
        """Show a sample, or nothing."""
        self._example = example
        self.setAccessibleName(f"{example.label} {example.origin}".strip() if example else "")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(260, 190)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(rounded(0, 0, self.width(), self.height(), 8), theme.color("well"))
        if self._example is not None:
            paint_example(painter, QRectF(self.rect()).adjusted(8, 8, -8, -8), self._example)


@dataclass(frozen=True)
class Tile:
    """One sample of a grid: what it is, and two short lines under it. `tone` colours the second."""

    caption: str
    note: str = ""
    example: Example | None = None
    tone: str = "text3"
    told: str = ""


class ExampleGrid(QWidget):
    """Samples side by side. Mouse or arrows choose one; Space, Enter or a second click activate it."""

    chosen = Signal(int)
    activated = Signal(int)

    TILE = QSize(88, 96)

    def __init__(self, *, most_rows: int = 3) -> None:
        super().__init__()
        self.tiles: list[Tile] = []
        self.current = 0
        self._most_rows = most_rows
        self.playing = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()

    def show_tiles(self, tiles: Sequence[Tile]) -> None:
        """Show these; what was chosen stays so if its place is still there."""
        tiles = list(tiles)
        if tiles == self.tiles:
            return
        self.tiles = tiles
        self.current = min(self.current, max(0, len(self.shown) - 1))
        self._lay_out()
        self._tell()
        self.update()

    def set_playing(self, number: int) -> None:
        """Mark the one that is heard; -1 for none."""
        if number != self.playing:
            self.playing = number
            self.update()

    @property
    def columns(self) -> int:
        """How many stand in a row."""
        return max(1, self.width() // self.TILE.width())

    @property
    def shown(self) -> list[Tile]:
        """Those that have a place."""
        return self.tiles[: self.columns * self._most_rows]

    def choose(self, number: int) -> None:
        """Choose one."""
        if 0 <= number < len(self.shown) and number != self.current:
            self.current = number
            self._tell()
            self.update()
            self.chosen.emit(number)

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(2 * self.TILE.width(), self.TILE.height())

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(4 * self.TILE.width(), self._rows * self.TILE.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt
        super().resizeEvent(event)
        self._lay_out()

    @property
    def _rows(self) -> int:
        return max(1, -(-len(self.shown) // self.columns))

    def _lay_out(self) -> None:
        if self.minimumHeight() != self._rows * self.TILE.height():
            self.setFixedHeight(self._rows * self.TILE.height())

    def _tell(self) -> None:
        if self.shown:
            tile = self.shown[self.current]
            self.setAccessibleDescription(tile.told or f"{tile.caption}, {tile.note}")

    def _place(self, number: int) -> QRectF:
        width = self.width() / self.columns
        x, y = number % self.columns, number // self.columns
        return QRectF(x * width, y * self.TILE.height(), width, self.TILE.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, tile in enumerate(self.shown):
            self._paint_tile(painter, self._place(number).adjusted(3, 3, -3, -3), number, tile)

    def _paint_tile(self, painter: QPainter, area: QRectF, number: int, tile: Tile) -> None:
        painter.fillPath(
            rounded(area.x(), area.y(), area.width(), area.height(), 8), theme.color("well")
        )
        if number == self.current:
            role = "accent" if self.hasFocus() else "line2"
            painter.setPen(QPen(theme.color(role), 2))
            painter.drawPath(rounded(area.x(), area.y(), area.width(), area.height(), 8))
        picture = area.adjusted(6, 6, -6, -34)
        if tile.example is not None and not tile.example.problem:
            paint_example(painter, picture, tile.example)
        else:
            centre = picture.center() - QPointF(10, 10)
            missing = tile.example is not None
            painter.drawPixmap(centre, icon_pixmap("cross" if missing else "clock", "text3", 20))
        if number == self.playing:
            plate = QRectF(picture.right() - 20, picture.top(), 20, 20)
            painter.fillPath(rounded(plate.x(), plate.y(), 20, 20, 10), theme.color("accent"))
            painter.drawPixmap(plate.topLeft() + QPointF(3, 3), icon_pixmap("pulse", "accent_ink", 14))
        for text, role, style, y in (
            (tile.caption, "text", "small_strong", area.bottom() - 33),
            (tile.note, tile.tone, "small", area.bottom() - 18),
        ):
            painter.setFont(theme.font(style))
            painter.setPen(theme.color(role))
            metrics = QFontMetricsF(painter.font())
            short = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width() - 8)
            place = QRectF(area.x() + 4, y, area.width() - 8, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, short)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        for number in range(len(self.shown)):
            if self._place(number).contains(event.position()):
                if number == self.current:
                    self.activated.emit(number)
                self.choose(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        step = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
        }.get(Qt.Key(event.key()))
        if step is not None:
            self.choose(self.current + step)
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activated.emit(self.current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt
        super().focusOutEvent(event)
        self.update()
