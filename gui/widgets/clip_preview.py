"""What the board got last, as a picture: a spectrogram with its wave, or the network's input itself."""

from __future__ import annotations

import base64
import binascii

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.widgets.primitives import rounded

_WAVE_SHARE = 0.36
_EDGE = 6
_LEAST_PEAK = 0.08  # what is quieter than this looks quiet


class ClipPreview(QWidget):
    """Draws one input; `setAccessibleName` is told what it is."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: NDArray[np.uint8] | None = None
        self._wave: NDArray[np.float64] = np.empty((0, 2))
        self._message = ""
        self.setMinimumSize(180, 64)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Newest input"))

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """What is drawn, uint8 (rows, columns)."""
        return self._shares

    def show_clip(
        self, picture: NDArray[np.uint8] | None, *, wave: object = None, words: str = ""
    ) -> None:
        """Show an input.

        Args:
            picture: uint8 (rows, columns), bright is 255; None for nothing.
            wave: least and greatest sample, -1..1, of each stretch of a sound; None without one.
            words: what it is, for a screen reader; without a picture they are drawn.
        """
        self._shares, self._message = picture, words
        try:
            pairs = np.asarray(wave if wave is not None else [], np.float64).reshape(-1, 2)
        except (TypeError, ValueError):
            pairs = np.empty((0, 2))
        self._wave = np.clip(pairs / max(_LEAST_PEAK, float(np.abs(pairs).max(initial=0))), -1, 1)
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(220, 72)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plate = rounded(0, 0, self.width(), self.height(), theme.RADIUS_CONTROL)
        painter.fillPath(plate, theme.color("well"))
        if self._shares is None or not self._shares.size:
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("text3"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            inside = self.rect().adjusted(_EDGE, 0, -_EDGE, 0)
            painter.drawText(inside, flags, self._message)
            return
        painter.setClipPath(plate)
        wave_height = self.height() * _WAVE_SHARE if len(self._wave) else 0.0
        area = QRectF(0, wave_height, self.width(), self.height() - wave_height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(area, _tinted(self._shares, theme.color("well"), theme.color("cat0")))
        if len(self._wave):
            self._draw_wave(painter, wave_height)

    def _draw_wave(self, painter: QPainter, height: float) -> None:
        painter.setPen(QPen(theme.color("text2"), 1))
        middle, step = height / 2, self.width() / len(self._wave)
        for column, (low, high) in enumerate(self._wave.tolist()):
            x = (column + 0.5) * step
            # a thin line also where it is quiet
            top, bottom = middle - high * (middle - 3) - 0.5, middle - low * (middle - 3) + 0.5
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))


def _tinted(shares: NDArray[np.uint8], dark: QColor, bright: QColor) -> QImage:
    """The picture between two colours."""
    ends = np.array([dark.getRgb()[:3], bright.getRgb()[:3]], np.float32)
    part = (shares.astype(np.float32) / 255)[..., None]
    colours = np.ascontiguousarray((ends[0] + part * (ends[1] - ends[0])).astype(np.uint8))
    rows, columns = shares.shape
    image = QImage(colours.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    return image.copy()  # the bytes go


def heard_picture(frame: dict[str, object]) -> NDArray[np.uint8] | None:
    """The spectrogram in what the microphone's process told, uint8 (bands, moments); None if damaged."""
    rows = frame.get("rows")
    try:
        data = base64.b64decode(str(frame.get("spectrum", "")), validate=True)
    except binascii.Error:
        return None
    if not isinstance(rows, int) or rows < 1 or not data or len(data) % rows:
        return None
    return np.frombuffer(data, np.uint8).reshape(rows, -1)


def clip_picture(row: NDArray[np.int8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """An input as a picture: time runs to the right, high tones lie on top.

    Args:
        row: the bytes of one input.
        shape: of the input; one with not two sides becomes one line.

    Returns:
        uint8 (rows, columns), over the whole range 0..255.
    """
    values = np.asarray(row).view(np.int8).reshape(-1).astype(np.float32)
    sides = tuple(side for side in shape if side > 1)
    if len(sides) == 2 and values.size == sides[0] * sides[1]:
        values = values.reshape(sides)
        if sides[0] > 2 * sides[1]:  # a sound: one row for each moment
            values = values.T[::-1]
    else:
        values = values.reshape(1, -1)
    low, high = float(values.min()), float(values.max())
    shares = (values - low) / max(high - low, 1.0)
    return np.asarray(shares**2 * 255, np.uint8)  # squared: quiet parts stay dark
