from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QColor

from gui.theme import TOKENS, color, font, theme
from gui.widgets import icons

TEXTS = ("text", "text2", "text3", "accent", "ok", "warn", "bad")
GROUNDS = ("bg", "panel", "card", "raised", "well")
OTHER_PAIRS = (
    ("accent_ink", "accent"),
    ("text", "accent_bg"),
    ("text2", "accent_bg"),
    ("accent", "accent_bg"),
    *((tone, f"{tone}_bg") for tone in ("ok", "warn", "bad")),
    *(("text", f"{tone}_bg") for tone in ("ok", "warn", "bad")),
    *(("text2", f"{tone}_bg") for tone in ("ok", "warn", "bad")),
)


def luminance(name: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = QColor(name).getRgbF()[:3]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_formula_gives_the_known_extremes():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == 1.0


@pytest.mark.parametrize("name", ["dark", "light"])
def test_every_text_is_readable_on_every_ground(name):
    tokens = TOKENS[name]
    pairs = [*itertools.product(TEXTS, GROUNDS), *OTHER_PAIRS]
    poor = {
        pair: contrast(tokens[pair[0]], tokens[pair[1]])
        for pair in pairs
        if contrast(tokens[pair[0]], tokens[pair[1]]) < 4.5
    }
    assert not poor


def test_both_themes_define_the_same_tokens():
    assert TOKENS["dark"].keys() == TOKENS["light"].keys()


def test_a_change_of_theme_is_told_and_changes_colours(qtbot):
    assert color("bg") == QColor("#0E1116")
    with qtbot.waitSignal(theme().themeChanged):
        theme().apply("light")
    assert color("bg") == QColor("#F2F4F7")
    assert theme().name == "light"


def test_an_unknown_mode_follows_the_system():
    theme().apply("sepia")
    assert theme().mode == "system"
    assert theme().name in TOKENS


def test_small_digits_are_tabular_and_large_ones_are_not(qapp):
    assert font("body").featureValue(font("body").featureTags()[0]) == 1
    assert font("display").featureValue(font("display").featureTags()[0]) == 0


@pytest.mark.parametrize("name", sorted(icons._PHOSPHOR))
def test_every_icon_can_be_drawn(qapp, name):
    picture = icons.icon_pixmap(name, "text", 16).toImage()
    assert any(picture.pixelColor(x, y).alpha() for x in range(32) for y in range(32))
