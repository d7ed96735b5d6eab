"""Pictures against approved ones; `python -m tests.screenshots` compares all scenes."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from tests.gui.scenes import SCENES, staged, wait
from tests.screenshots import APPROVED, FONTS, THEMES, approved_file, differs, fonts_here, small

MOST_BYTES = 1_500_000


def picture(window) -> QImage:
    return small(window.grab().toImage())


def test_every_scene_is_approved_in_both_themes_and_languages():
    kept = {file.stem for file in APPROVED.glob("*.webp")}
    wanted = {
        f"{scene}-{mode}-{tongue}" for scene in SCENES for mode in THEMES for tongue in ("en", "zh_TW")
    }
    assert kept == wanted
    assert sum(file.stat().st_size for file in APPROVED.iterdir()) < MOST_BYTES


@pytest.mark.parametrize(
    ("scene", "mode", "tongue"),
    [("fit-done", "dark", "en"), ("verify-done", "light", "zh_TW")],
)
def test_a_page_looks_as_approved_and_a_hidden_gauge_is_noticed(qapp, tmp_path, scene, mode, tongue):
    if FONTS.read_text("utf-8") != fonts_here():
        pytest.skip("the fonts here are not those of the approved pictures")
    approved = QImage(str(approved_file(f"{scene}-{mode}-{tongue}")))
    with staged(scene, tmp_path, mode=mode, tongue=tongue) as window:
        assert not differs(approved, picture(window)), "see python -m tests.screenshots FOLDER --compare"
        gauge = window.fit_panel.gauges["ram"]
        policy = gauge.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # its neighbours stay where they are
        gauge.setSizePolicy(policy)
        gauge.hide()
        wait(50)
        assert differs(approved, picture(window))
