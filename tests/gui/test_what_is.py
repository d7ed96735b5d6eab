"""What is this? Each word has its two sentences, and the way to them by mouse and keyboard."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication

from engine.recipe import QatStep
from gui.glossary import WORDS, meaning
from gui.pages.fit_page import FitPage
from gui.pages.train_page import TrainPage
from gui.pages.verify_page import VerifyPage
from gui.widgets.model_card import ModelCard
from gui.widgets.primitives import Fact
from gui.widgets.step_card import StepCard
from gui.widgets.what_is import Note, WhatIs


@pytest.mark.parametrize("word", WORDS)
def test_a_word_takes_two_short_sentences(word):
    title, words = meaning(word)
    sentences = re.split(r"(?<=\.) (?=[A-Z])", words)
    assert len(sentences) == 2
    assert all(sentence.endswith(".") and len(sentence.split()) <= 20 for sentence in sentences)
    assert title


def test_every_word_is_explained_somewhere(qtbot):
    shown = set()
    for widget in (ModelCard(), TrainPage(), VerifyPage(), FitPage()):
        qtbot.addWidget(widget)
        shown |= {mark.word for mark in widget.findChildren(WhatIs)}
    card = StepCard(0, QatStep())
    qtbot.addWidget(card)
    shown |= {mark.word for mark in card.findChildren(WhatIs)}
    assert shown | {"train", "distill", "prune", "remove-dead", "quantize"} == set(WORDS)


@pytest.mark.parametrize("way", [Qt.Key.Key_Space, None])
def test_it_is_told_by_click_and_key_and_goes_with_escape(qtbot, way):
    fact = Fact("Loss", "0.3", what=WhatIs("loss"))
    qtbot.addWidget(fact)
    with qtbot.waitExposed(fact):
        fact.show()
    mark = fact.findChild(WhatIs)
    assert "Loss" in mark.accessibleName()
    mark.setFocus()
    if way is None:
        qtbot.mouseClick(mark, Qt.MouseButton.LeftButton)
    else:
        qtbot.keyClick(mark, way)
    note = QApplication.activePopupWidget()
    assert isinstance(note, Note)
    assert note.words.text() == meaning("loss")[1]
    assert note.words.height() >= note.words.heightForWidth(note.words.width())  # all of it is seen
    assert note.height() > note.words.height() + 20
    qtbot.keyClick(note, Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert mark.findChildren(Note) == []
