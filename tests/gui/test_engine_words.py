from __future__ import annotations

import re

import pytest

from engine.firmware.build import _FLASH_PARTS
from engine.pipeline import TITLES
from gui.engine_words import TEXTS, engine_words
from gui.translation import language
from gui.widgets.job_card import JobCard
from gui.widgets.rail import Rail

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def chinese(qapp):
    language().apply("zh_TW")
    yield
    language().apply("en")


def test_every_title_of_a_stage_and_part_of_flash_has_words(chinese):
    assert set(TITLES.values()) | set(_FLASH_PARTS.values()) <= set(TEXTS)
    assert [text for text in TEXTS if not CHINESE.search(engine_words(text))] == []


def test_other_texts_stay_as_they_are(chinese):
    assert engine_words("Download: MobileNet") == "Download: MobileNet"


def test_the_running_stage_is_named_in_the_language_of_the_window(chinese, qtbot):
    rail, card = Rail([("train", "Train")]), JobCard()
    for widget in (rail, card):
        qtbot.addWidget(widget)
    rail.show_job(TITLES["verify"], 0.5, "")
    card.show_job(title=TITLES["verify"], detail="", phases=[], seconds_left=None)
    assert rail._job_title.text() == card.title.text() == engine_words(TITLES["verify"])
    assert CHINESE.search(card.title.text())
