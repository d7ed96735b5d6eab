"""Line icons tinted with a token: Phosphor from qtawesome, and a few drawn by us in resources/icons."""

from __future__ import annotations

import functools

import qtawesome
from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from engine.resources import resource
from gui.theme import TOKENS, theme

# our name -> Phosphor's; names that are missing here are files in resources/icons
_PHOSPHOR = {
    "alert": "ph.warning",
    "arrow-right": "ph.arrow-right",
    "back": "ph.caret-left",
    "board": "ph.cpu",
    "booth": "ph.presentation",
    "box": "ph.cube",
    "budget": "ph.target",
    "check": "ph.check",
    "check-circle": "ph.check-circle",
    "chevron-down": "ph.caret-down",
    "chevron-right": "ph.caret-right",
    "chevron-up": "ph.caret-up",
    "clock": "ph.clock",
    "command": "ph.magnifying-glass",
    "copy": "ph.copy",
    "cross": "ph.x",
    "cross-circle": "ph.x-circle",
    "csv": "ph.file-text",
    "demo": "ph.corners-out",
    "doctor": "ph.first-aid-kit",
    "document": "ph.file",
    "dot": "ph.circle-fill",
    "down": "ph.arrow-down",
    "download": "ph.download-simple",
    "file-up": "ph.file-arrow-up",
    "filters": "ph.sliders-horizontal",
    "fit": "ph.stack",
    "distil": "ph.chalkboard-teacher",
    "flag": "ph.flag",
    "flash": "ph.hard-drive",
    "folder": "ph.folder-open",
    "ghost": "ph.ghost",
    "grip": "ph.dots-six-vertical",
    "help": "ph.question",
    "image": "ph.image",
    "info": "ph.info",
    "language": "ph.translate",
    "learn": "ph.graduation-cap",
    "lightning": "ph.lightning",
    "lock": "ph.lock",
    "magic": "ph.magic-wand",
    "microphone": "ph.microphone",
    "minus": "ph.minus",
    "moon": "ph.moon",
    "pause": "ph.pause",
    "pencil": "ph.pencil-simple",
    "play": "ph.play",
    "plus": "ph.plus",
    "practise": "ph.barbell",
    "pulse": "ph.activity",
    "record": "ph.record",
    "refresh": "ph.arrows-clockwise",
    "restart": "ph.arrow-counter-clockwise",
    "scissors": "ph.scissors",
    "shield": "ph.shield-check",
    "stop": "ph.stop",
    "sun": "ph.sun",
    "system-theme": "ph.circle-half",
    "timer": "ph.timer",
    "trash": "ph.trash",
    "up": "ph.arrow-up",
    "virtual": "ph.monitor-play",
    "warning-circle": "ph.warning-circle",
}

STATUS_ICONS = {"ok": "check-circle", "warn": "alert", "bad": "cross-circle", "accent": "info"}


def icon_pixmap(name: str, role: str = "text2", size: int = 18) -> QPixmap:
    """The icon `name` in the colour of token `role`, `size` logical pixels square.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    screen = QGuiApplication.primaryScreen()
    # drawn at twice the size at least: a window may move to a finer screen, and halving stays crisp
    ratio = max(2.0, screen.devicePixelRatio() if screen is not None else 1.0)
    return _pixmap(name, TOKENS[theme().name][role], size, ratio)


def icon(name: str, role: str = "text2", size: int = 18) -> QIcon:
    """The same as a QIcon, for buttons; it does not follow a change of theme by itself."""
    value = QIcon(icon_pixmap(name, role, size))
    value.addPixmap(icon_pixmap(name, "text3", size), QIcon.Mode.Disabled)
    return value


@functools.lru_cache(maxsize=1024)
def _pixmap(name: str, tint: str, size: int, ratio: float) -> QPixmap:
    pixels = QSize(round(size * ratio), round(size * ratio))
    if name in _PHOSPHOR:
        picture = qtawesome.icon(_PHOSPHOR[name], color=tint, scale_factor=1.15).pixmap(pixels)
    else:
        picture = QPixmap(pixels)
        picture.fill(Qt.GlobalColor.transparent)
        text = resource("icons", f"{name}.svg").read_text("utf-8").replace("currentColor", tint)
        painter = QPainter(picture)
        QSvgRenderer(QByteArray(text.encode())).render(
            painter, QRectF(0, 0, pixels.width(), pixels.height())
        )
        painter.end()
    picture.setDevicePixelRatio(picture.width() / size)
    return picture


def app_icon() -> QIcon:
    """The thimble, for the window and the task bar."""
    return QIcon(str(resource("icons", "thimble.svg")))
