"""Cards of every kind of step, their main setting, and what may be added."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QFileDialog, QMenu

from engine.figures import Measured
from engine.recipe import (
    DistillStep,
    PruneStep,
    QatStep,
    QuantizeStep,
    Recipe,
    RemoveDeadStep,
    TrainStep,
)
from engine.summaries import StepSummary
from gui.intents import ChangeRecipe
from gui.pages.compress_page import CompressPage
from gui.presets import PRESETS, preset_words
from gui.recipe_figures import may_follow
from gui.widgets.import_cards import TrustDialog
from gui.widgets.step_card import StepCard, step_words
from tests.gui.states import model_with, project_in

ALL = (TrainStep(), RemoveDeadStep(), DistillStep(), PruneStep(), QatStep(), QuantizeStep())


@pytest.fixture
def asked():
    return []


def shown(qtbot, tmp_path, recipe, asked, **documents):
    page = CompressPage()
    qtbot.addWidget(page)
    page.intent.connect(asked.append)
    page.refresh(model_with(project_in(tmp_path, recipe=recipe), **documents))
    return page


def cards(page):
    return sorted(page.findChildren(StepCard), key=lambda card: card.index)


def test_every_kind_has_a_card_with_words_of_its_own(qtbot, tmp_path, asked):
    page = shown(qtbot, tmp_path, Recipe(ALL), asked)
    assert [card.step for card in cards(page)] == list(ALL)
    assert len({step_words(step) for step in ALL}) == len(ALL)
    assert all(word for step in ALL for word in step_words(step))


def test_a_teacher_is_chosen_by_name_or_file(qtbot, tmp_path, asked, monkeypatch):
    page = shown(qtbot, tmp_path, Recipe((TrainStep(), DistillStep())), asked)
    teacher = cards(page)[1].findChild(QComboBox)
    teacher.setCurrentIndex(teacher.findData("resnet8"))
    teacher.activated.emit(teacher.currentIndex())
    assert asked[-1] == ChangeRecipe(Recipe((TrainStep(), DistillStep(teacher="resnet8"))))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/a/large.onnx", ""))
    teacher.setCurrentIndex(teacher.count() - 1)
    teacher.activated.emit(teacher.currentIndex())
    assert asked[-1].recipe.steps[1].teacher == "/a/large.onnx"


@pytest.mark.parametrize("yes", [True, False])
def test_a_teacher_that_may_hold_code_is_asked_about(qtbot, tmp_path, asked, monkeypatch, yes):
    path = tmp_path / "teacher.pt2"
    path.write_bytes(b"")
    page = shown(qtbot, tmp_path, Recipe((TrainStep(), DistillStep())), asked)
    teacher = cards(page)[1].findChild(QComboBox)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    questions = []

    def answer():
        (dialog,) = page.findChildren(TrustDialog)
        questions.append(dialog.card.title.text())
        (dialog.card.trust if yes else dialog.card.decline).click()

    QTimer.singleShot(0, answer)
    before = len(asked)
    teacher.setCurrentIndex(teacher.count() - 1)
    teacher.activated.emit(teacher.currentIndex())
    assert questions == ["teacher.pt2 may hold code"]
    if yes:
        assert asked[-1].recipe.steps[1].trusts(str(path))
    else:
        assert len(asked) == before
        assert teacher.currentData() == ""


def test_only_steps_that_make_sense_can_be_added(qtbot, tmp_path, asked):
    page = shown(qtbot, tmp_path, Recipe((QuantizeStep(),)), asked)
    page._on_add()
    (menu,) = page.findChildren(QMenu)
    enabled = {action.text() for action in menu.actions() if action.isEnabled()}
    menu.close()
    assert enabled == {step_words(TrainStep())[0], step_words(DistillStep())[0]}


def test_a_network_that_comes_trained_needs_no_training_step():
    assert not may_follow((QatStep(), QuantizeStep()))
    assert may_follow((QatStep(), QuantizeStep()), trained=True)


def test_a_teacher_that_harmed_is_told_on_its_card(qtbot, tmp_path, asked):
    summary = StepSummary(
        kind="distill", accuracy_before=None, accuracy_after=Measured(0.90, "fraction"),
        model_bytes_before=4, model_bytes_after=4, macs_before=1, macs_after=1, parameters=1,
        epochs=[], confusion=[], seconds=1.0, alone_accuracy=Measured(0.93, "fraction"),
    )  # fmt: skip
    recipe = Recipe((DistillStep(),))
    page = shown(qtbot, tmp_path, recipe, asked, step_1_distill=summary)
    (card,) = cards(page)
    assert "cost 3.0 points" in card._words.text()


def test_presets_are_offered_with_what_they_are_for(qtbot, tmp_path, asked):
    page = shown(qtbot, tmp_path, PRESETS["usual"], asked)
    page._presets.click()
    (menu,) = page.findChildren(QMenu)
    actions = {action.text().split(":")[0]: action for action in menu.actions()}
    assert list(actions) == ["Usual recipe", "Smallest", "Fastest", "Most accurate"]
    assert not actions["Usual recipe"].isEnabled()  # it is this one
    actions["Smallest"].trigger()
    assert asked == [ChangeRecipe(PRESETS["smallest"])]
    menu.close()


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_makes_sense_for_every_network(key):
    steps = PRESETS[key].steps
    assert may_follow(steps)
    assert may_follow(steps, trained=True)
    assert isinstance(steps[-1], QuantizeStep)
    assert all(preset_words(key))
