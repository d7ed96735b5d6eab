"""Colours, fonts and the one style sheet of the window, for the dark and the light theme.

Painted widgets ask `color("accent")` inside `paintEvent`, so a change of theme needs nothing but a
repaint; widgets that hold pens or icons listen to `theme().themeChanged`. The style sheet is put on the
parts of a window (`dress`).
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyleFactory, QWidget

from gui.style_sheet import style_sheet

DARK = {
    "bg": "#0E1116", "panel": "#12161D", "card": "#191E27", "raised": "#232A35", "well": "#0B0E13",
    "line": "#2A323F", "line2": "#3E4959", "text": "#E9EDF3", "text2": "#AEB8C7", "text3": "#8C97A9",
    "accent": "#6BAEFF", "accent_ink": "#07131F", "accent_bg": "#16273D",
    "ok": "#3DCB98", "ok_fill": "#3DCB98", "ok_bg": "#122B25",
    "warn": "#F4B740", "warn_fill": "#F4B740", "warn_bg": "#2E2718",
    "bad": "#FF7A6B", "bad_fill": "#FF7A6B", "bad_bg": "#351E20",
    "cat0": "#6BAEFF", "cat1": "#D97A2B", "cat2": "#A6F0CB", "cat3": "#DE3C86", "cat4": "#F7CF3A",
    "cat5": "#A9B3C6",
}  # fmt: skip
LIGHT = {
    "bg": "#F2F4F7", "panel": "#FBFCFD", "card": "#FFFFFF", "raised": "#ECEFF4", "well": "#F6F8FA",
    "line": "#DCE1E9", "line2": "#B6C0CD", "text": "#151B24", "text2": "#465164", "text3": "#5B6779",
    "accent": "#0A5FCC", "accent_ink": "#FFFFFF", "accent_bg": "#E4EFFD",
    "ok": "#0A7350", "ok_fill": "#0E8F64", "ok_bg": "#E0F3EB",
    "warn": "#8A5600", "warn_fill": "#B87700", "warn_bg": "#FBF0DA",
    "bad": "#BE2D20", "bad_fill": "#CF3B2B", "bad_bg": "#FCE8E5",
    "cat0": "#0A5FCC", "cat1": "#8A3D00", "cat2": "#1F9D63", "cat3": "#C2508F", "cat4": "#8E8600",
    "cat5": "#3A4252",
}  # fmt: skip
TOKENS = {"dark": DARK, "light": LIGHT}
MODES = ("system", "dark", "light")

GRID = 8
RADIUS_CARD, RADIUS_CONTROL = 12, 8
PAGE_MARGIN, CARD_GAP, SECTION_GAP = 24, 12, 14
PLOT_GRID_ALPHA = 36

# style -> pixel size, weight, monospaced
STYLES: dict[str, tuple[float, int, bool]] = {
    "display": (60, 600, False),
    "gauge": (32, 600, False),
    "h1": (24, 600, False),
    "verdict": (22, 600, False),
    "h2": (18, 600, False),
    "h3": (15, 600, False),
    "card_title": (14, 600, False),
    "body": (14, 400, False),
    "strong": (14, 500, False),
    "sentence": (13, 400, False),
    "sentence_strong": (13, 600, False),
    "small": (12, 400, False),
    "small_medium": (12, 500, False),
    "small_strong": (12, 600, False),
    "axis": (11.5, 400, False),
    "axis_strong": (11.5, 600, False),
    "mono": (12, 400, True),
    "mono_medium": (12, 500, True),
}


class Theme(QObject):
    """The theme in force. `mode` may be `system`; `name` is always `dark` or `light`."""

    themeChanged = Signal()  # noqa: N815 - Qt's own spelling for signals of this kind

    def __init__(self) -> None:
        super().__init__()
        self.mode = "system"
        self.name = "dark"

    @property
    def sheet(self) -> str:
        """The style sheet of the theme in force."""
        return _sheet(self.name)

    def apply(self, mode: str) -> None:
        """Put a mode in force: palette and application font, then `themeChanged`."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("a theme needs an application")
        self.mode = mode if mode in MODES else "system"
        self.name = _system_name() if self.mode == "system" else self.mode
        if app.style().objectName().lower() != "fusion":
            app.setStyle(QStyleFactory.create("Fusion"))
        if app.font() != font("body"):
            app.setFont(font("body"))
        app.setPalette(_palette(TOKENS[self.name]))
        self.themeChanged.emit()

    def follow_system(self) -> None:
        """Listen to the desktop's colour scheme; it counts while `mode` is `system`."""
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)

    def _on_color_scheme_changed(self) -> None:
        if self.mode == "system":
            self.apply("system")


@cache
def theme() -> Theme:
    """The one theme of this process."""
    return Theme()


def dress(widget: QWidget) -> None:
    """Put the style sheet of the theme in force on a part of a window and all that lies in it.

    It is not put on the application: Qt would look at every widget once for each of its ancestors.
    """
    if widget.styleSheet() != theme().sheet:
        widget.setStyleSheet(theme().sheet)


def color(role: str, alpha: int = 255) -> QColor:
    """The colour of a token in the theme in force.

    Raises:
        KeyError: there is no such token.
    """
    value = QColor(TOKENS[theme().name][role])
    value.setAlpha(alpha)
    return value


def mix(first: str, second: str, share: float) -> QColor:
    """The colour between two tokens; `share` 0 is the first, 1 the second."""
    a, b = color(first), color(second)
    return QColor.fromRgbF(
        a.redF() + (b.redF() - a.redF()) * share,
        a.greenF() + (b.greenF() - a.greenF()) * share,
        a.blueF() + (b.blueF() - a.blueF()) * share,
    )


def font(style: str) -> QFont:
    """The font of a style in `STYLES`."""
    pixels, weight, mono = STYLES[style]
    return sized_font(pixels, weight, mono=mono)


def sized_font(pixels: float, weight: int = 400, *, mono: bool = False) -> QFont:
    """A font of any size, for numbers in painted widgets; digits are tabular under 40 px."""
    value = QFont()
    value.setFamilies(list(_families(mono)))
    value.setPixelSize(round(pixels))
    value.setWeight(QFont.Weight(weight))
    if not mono:
        # set to 0 as well: a painter fills unset features from the widget's font
        value.setFeature(QFont.Tag("tnum"), int(pixels < 40))
    if pixels >= 28:
        value.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 98)
    return value


def reduced_motion() -> bool:
    """Whether the desktop asks for no animation."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return True
    return app.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0


@cache
def _sheet(name: str) -> str:
    return style_sheet(TOKENS[name], radius=(RADIUS_CARD, RADIUS_CONTROL))


@cache
def _families(mono: bool) -> tuple[str, ...]:
    kind = QFontDatabase.SystemFont.FixedFont if mono else QFontDatabase.SystemFont.GeneralFont
    wanted = ["JetBrains Mono"] if mono else ["Inter"]
    wanted += [
        QFontDatabase.systemFont(kind).family(),
        "Noto Sans CJK TC",
        "PingFang TC",
        "Microsoft JhengHei",
    ]
    known = set(QFontDatabase.families())
    return tuple(dict.fromkeys(name for name in wanted if name in known)) or ("DejaVu Sans",)


def _system_name() -> str:
    light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    return "light" if light else "dark"


def _palette(tokens: dict[str, str]) -> QPalette:
    roles = {
        QPalette.ColorRole.Window: "bg",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "well",
        QPalette.ColorRole.AlternateBase: "card",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.PlaceholderText: "text3",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.BrightText: "bad",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "accent_ink",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.ToolTipBase: "raised",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.Accent: "accent",
    }
    palette = QPalette()
    for role, token in roles.items():
        palette.setColor(role, QColor(tokens[token]))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens["text3"]))
    return palette
