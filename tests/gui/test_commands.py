"""The command palette and the keys: what is offered, how it is found, and the keyboard is enough."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from engine.boards import board_ids
from gui import intents
from gui.commands import KEYS, Command, commands, matching
from gui.pages.page import PAGE_KEYS, Footer
from gui.project_model import ProjectModel, RunningJob
from gui.theme import theme
from gui.translation import language
from tests.gui.documents import epoch_event
from tests.gui.states import model_with, project_in


@pytest.fixture(autouse=True)
def back_to_english():
    yield
    language().apply("en")


def press(qtbot, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    """Like a person: the key goes to whatever has the focus."""
    qtbot.keyClick(QApplication.focusWidget(), key, modifier)


def open_palette(qtbot, window):
    press(qtbot, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.sheets.palette
    assert palette.isVisible()
    assert QApplication.focusWidget() is palette.field
    return palette


def write(qtbot, palette, words: str) -> None:
    if words.isascii():
        qtbot.keyClicks(palette.field, words)
    else:  # QTest has no such keys; an input method hands over the characters as well
        palette.field.insert(words)


def do_by_name(qtbot, window, words: str) -> None:
    palette = open_palette(qtbot, window)
    write(qtbot, palette, words)
    press(qtbot, Qt.Key.Key_Return)
    assert not palette.isVisible()


def offered(palette) -> list[Command]:
    return [palette.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(palette.list.count())]


def listed(model: ProjectModel, *, busy: bool = False, footer: Footer | None = None) -> list[Command]:
    return commands(model, busy=busy, footer=footer or Footer())


def reason(found: list[Command], intent: intents.Intent) -> str:
    return next(command.reason for command in found if command.intent == intent)


# ---- what is offered -------------------------------------------------------------------------------
def test_every_command_and_every_key_is_something_the_window_does(window, tmp_path):
    known = set(window._actions)
    model = model_with(project_in(tmp_path))
    for command in listed(model, footer=Footer("hint", "Go", intents.Connect())):
        assert type(command.intent) in known, command.words
    assert {type(intent) for intent in KEYS} <= known
    assert known == set(intents.Intent.__args__)


def test_no_two_commands_have_the_same_words_and_no_key_means_two_things(tmp_path):
    words = [command.words for command in listed(model_with(project_in(tmp_path)))]
    assert len(set(words)) == len(words)
    keys = [QKeySequence(key).toString() for shortcuts in KEYS.values() for key in shortcuts]
    assert len(set(keys)) == len(keys)
    assert "" not in keys


def test_without_a_project_the_reason_is_told_and_files_can_be_opened():
    found = listed(ProjectModel())
    assert reason(found, intents.RunUntil("build"))
    assert reason(found, intents.ChooseBoard(board_ids()[0]))
    assert reason(found, intents.StartSearch(12))
    assert not reason(found, intents.ChooseModelFile())
    assert not reason(found, intents.ChooseTask("keywords"))
    assert not reason(found, intents.SetTheme("light"))


def test_with_a_project_its_board_is_known_and_the_others_can_be_chosen(tmp_path):
    found = listed(model_with(project_in(tmp_path)))
    boards = {c.intent.board_id: c.reason for c in found if isinstance(c.intent, intents.ChooseBoard)}
    assert set(boards) == set(board_ids())
    assert [board for board, why in boards.items() if why] == ["stm32f407"]


def test_while_a_job_runs_it_can_be_stopped_and_no_other_begun(tmp_path):
    model = model_with(project_in(tmp_path))
    assert not any(isinstance(c.intent, intents.CancelJob) for c in listed(model))
    assert not reason(listed(model), intents.RunUntil("fit"))
    model.job = RunningJob(job={"verb": "run"})
    found = listed(model, busy=True)
    assert reason(found, intents.RunUntil("fit"))
    assert not reason(found, intents.CancelJob())
    model.job.cancelling = True
    assert reason(listed(model, busy=True), intents.CancelJob())


def test_a_training_can_be_paused_and_a_paused_job_continued(tmp_path):
    model = model_with(project_in(tmp_path))
    model.job = RunningJob(job={"verb": "run"}, stage="convert")
    pauses = lambda: [c.intent for c in listed(model) if isinstance(c.intent, intents.PauseJob)]  # noqa: E731
    assert pauses() == []
    model.job.stage = "step-1-train"
    assert pauses() == [intents.PauseJob(on=True)]
    model.job.paused = True
    assert pauses() == [intents.PauseJob(on=False)]


def test_a_training_can_be_ended_with_its_best_or_it_is_said_why_not(tmp_path):
    model = model_with(project_in(tmp_path))
    model.job = RunningJob(job={"verb": "run"}, stage="convert")
    assert not any(c.intent == intents.KeepBest() for c in listed(model))
    model.job.stage = "step-1-train"
    assert "first epoch" in reason(listed(model), intents.KeepBest())
    model.job.epochs.append(epoch_event(1))
    assert reason(listed(model), intents.KeepBest()) == ""


def test_a_disabled_next_action_tells_the_hint_of_the_footer():
    found = listed(ProjectModel(), footer=Footer("Choose a model first", "Go on"))
    assert found[0].intent == intents.DoNext()
    assert found[0].reason == "Choose a model first"


# ---- how it is found -------------------------------------------------------------------------------
def named(words: str, *, english: str = "", why: str = "") -> Command:
    return Command(words, intents.FindBoards(), "board", why, english)


def test_words_are_found_in_any_order_and_any_case():
    found = [named("Theme: dark colours"), named("Theme: light colours"), named("Open a project")]
    assert matching(found, "DARK theme") == found[:1]
    assert matching(found, "colo") == found[:2]
    assert matching(found, "theme project") == []
    assert matching(found, "  ") == found


def test_chinese_is_found_without_spaces_in_any_order_and_by_its_english_name():
    dark = named("主題:深色", english="Theme: dark colours")
    light = named("主題:淺色", english="Theme: light colours")
    assert matching([dark, light], "深色主題") == [dark]
    assert matching([dark, light], "主題 淺") == [light]
    assert matching([dark, light], "dark") == [dark]
    assert matching([dark, light], "開發板") == []


def test_what_can_be_done_comes_first_then_what_begins_with_the_words():
    off, inside, begins = named("Run it", why="no"), named("Do run"), named("Run all")
    assert matching([off, inside, begins], "run") == [begins, inside, off]


# ---- by keyboard -----------------------------------------------------------------------------------
def test_escape_gives_the_focus_back_where_it_was(qtbot, window_with_project):
    window = window_with_project
    window.open_page("board")
    before = window.pages["board"].cards[1]
    before.setFocus()
    palette = open_palette(qtbot, window)
    press(qtbot, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is before


def test_the_same_key_closes_it_again(qtbot, window):
    before = QApplication.focusWidget()
    palette = open_palette(qtbot, window)
    press(qtbot, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is before


def test_enter_goes_to_the_page_and_to_its_first_setting(qtbot, window_with_project):
    window = window_with_project
    do_by_name(qtbot, window, "board go")
    assert window.page_key == "board"
    assert window.pages["board"].isAncestorOf(QApplication.focusWidget())


def test_a_board_is_chosen_by_name(qtbot, window_with_project):
    other = next(board for board in board_ids() if board != "stm32f407")
    from engine.boards import load_board

    do_by_name(qtbot, window_with_project, f"choose {load_board(other).name}")
    assert window_with_project.model.project.board_id == other


def test_theme_language_and_demo_by_name(qtbot, window):
    do_by_name(qtbot, window, "light theme")
    assert theme().name == "light"
    with qtbot.waitSignal(window.demo_asked):
        do_by_name(qtbot, window, "demo")
    do_by_name(qtbot, window, "language 繁體")
    qtbot.waitUntil(lambda: window.pages["model"].heading.text() != "Model")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.rail.steps["model"])
    palette = open_palette(qtbot, window)
    write(qtbot, palette, "深色主題")
    assert [c.intent for c in offered(palette)] == [intents.SetTheme("dark")]
    press(qtbot, Qt.Key.Key_Return)
    assert theme().name == "dark"


def test_arrows_go_round_and_a_screen_reader_hears_the_choice(qtbot, window):
    palette = open_palette(qtbot, window)
    qtbot.keyClicks(palette.field, "go to")
    assert len(offered(palette)) >= len(PAGE_KEYS)
    first = palette.field.accessibleDescription()
    assert "Ctrl+1" in first
    press(qtbot, Qt.Key.Key_Down)
    second = palette.field.accessibleDescription()
    assert "Ctrl+2" in second
    press(qtbot, Qt.Key.Key_Up)
    press(qtbot, Qt.Key.Key_Up)
    assert palette.list.currentRow() == palette.list.count() - 1
    press(qtbot, Qt.Key.Key_Down)
    assert palette.field.accessibleDescription() == first


def test_what_cannot_be_done_says_why_and_enter_leaves_it_open(qtbot, window):
    palette = open_palette(qtbot, window)
    qtbot.keyClicks(palette.field, "firmware built")
    (command,) = offered(palette)
    assert command.reason in palette.field.accessibleDescription()
    press(qtbot, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert window.model.job is None


def test_nothing_found_is_said(qtbot, window):
    palette = open_palette(qtbot, window)
    qtbot.keyClicks(palette.field, "zzzz")
    assert not palette.list.isVisible()
    assert palette._none.isVisible()
    assert palette.field.accessibleDescription() == palette._none.text()
    press(qtbot, Qt.Key.Key_Down)
    press(qtbot, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_a_key_that_acts_closes_the_sheet_first(qtbot, window):
    palette = open_palette(qtbot, window)
    press(qtbot, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert not palette.isVisible()
    assert window.page_key == "compress"


def test_undo_is_offered_once_there_is_something_to_undo(qtbot, window_with_project):
    model = window_with_project.model
    assert reason(listed(model), intents.Undo())
    recipe = model.project.recipe
    model.change_recipe(type(recipe)(steps=()))
    do_by_name(qtbot, window_with_project, "undo change")
    assert model.project.recipe == recipe
    do_by_name(qtbot, window_with_project, "redo change")
    assert model.project.recipe.steps == ()


# ---- the sheet of keys -----------------------------------------------------------------------------
def test_the_question_mark_opens_and_closes_the_sheet_of_keys(qtbot, window):
    before = QApplication.focusWidget()
    qtbot.keyClicks(before, "?")
    assert window.sheets.keys.isVisible()
    qtbot.keyClicks(QApplication.focusWidget(), "?")
    assert not window.sheets.keys.isVisible()
    assert QApplication.focusWidget() is before


def test_a_question_mark_in_a_field_is_only_a_character(qtbot, window):
    palette = open_palette(qtbot, window)
    qtbot.keyClicks(palette.field, "a?")
    assert palette.field.text() == "a?"
    assert not window.sheets.keys.isVisible()


def test_tab_stays_inside_a_sheet(qtbot, window):
    press(qtbot, Qt.Key.Key_F1)
    sheet = window.sheets.keys
    seen = set()
    for _ in range(6):
        press(qtbot, Qt.Key.Key_Tab)
        assert sheet.isAncestorOf(QApplication.focusWidget())
        seen.add(QApplication.focusWidget().accessibleName())
    assert len(seen) == 3
    press(qtbot, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert sheet.isAncestorOf(QApplication.focusWidget())
