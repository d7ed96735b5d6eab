"""What this computer has and lacks: the engine's answer, its cures, and what if none comes."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from engine.events import StageFailed
from gui import intents
from gui.engine_words import engine_words
from gui.machine_check import MachineCheck
from gui.translation import language
from gui.widgets.doctor_sheet import DoctorSheet, FindingRow

ROWS = [
    {"check": "Python", "state": "ok", "found": "3.11", "cure": ""},
    {"check": "pyocd: boards through probes on USB", "state": "optional", "found": "not here",
     "cure": "pip install pyocd"},
    {"check": "torch: training", "state": "missing", "found": "not here", "cure": "pip install torch"},
]  # fmt: skip


@pytest.fixture(autouse=True)
def back_to_english():
    yield
    language().apply("en")


class Worker(QObject):
    """A light worker that answers when the test says so."""

    answered = Signal(object, object)
    failed = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, object]] = []

    def ask(self, question: dict[str, object]) -> None:
        self.asked.append(question)

    def answer(self, rows) -> None:
        self.answered.emit(self.asked[-1], rows)

    def fail(self) -> None:
        failure = StageFailed(stage="", code="worker-lost", message="It ended.", hint="Try again.")
        self.failed.emit(self.asked[-1], failure)
        self.answered.emit(self.asked[-1], [])


@pytest.fixture
def worker():
    return Worker()


@pytest.fixture
def sheet(qtbot, worker):
    parent = QWidget()
    parent.resize(1100, 680)
    qtbot.addWidget(parent)
    check = MachineCheck(worker)
    check.setParent(parent)
    shown = DoctorSheet(check, parent)
    shown.asked_for = []
    shown.intent.connect(shown.asked_for.append)
    shown.intent.connect(lambda i: check.look() if isinstance(i, intents.CheckMachine) else None)
    with qtbot.waitExposed(parent):
        parent.show()
    yield shown
    parent.close()


def rows_of(sheet) -> list[FindingRow]:
    layout = sheet._rows
    widgets = [layout.itemAt(place).widget() for place in range(layout.count())]
    return [widget for widget in widgets if isinstance(widget, FindingRow)]


def answer(qtbot, sheet, worker, rows) -> None:
    worker.answer(rows)
    qtbot.waitUntil(lambda: len(rows_of(sheet)) == len(rows) and rows_of(sheet)[-1].isVisible())


def test_before_the_first_look_it_says_so(sheet):
    assert "Check again" in sheet.words.text()
    assert rows_of(sheet) == []


def test_opening_asks_once_and_shows_that_it_looks(sheet, worker):
    sheet.appear()
    assert worker.asked == [{"verb": "doctor"}]
    assert not sheet.again.isEnabled()
    assert sheet.words.text()
    sheet.intent.emit(intents.CheckMachine())
    assert len(worker.asked) == 1


def test_what_is_missing_comes_first_with_its_cure(qtbot, sheet, worker):
    sheet.appear()
    answer(qtbot, sheet, worker, ROWS)
    shown = rows_of(sheet)
    assert [row.finding.state for row in shown] == ["missing", "optional", "ok"]
    assert shown[0].cure.text() == "pip install torch"
    assert [row.copy is not None for row in shown] == [True, True, False]
    assert len({row.badge.text for row in shown}) == 3, "told by words, not by colour alone"
    assert "1 thing is missing" in sheet.words.text()
    assert sheet.again.isEnabled()


def test_a_cure_is_copied_by_keyboard_alone(qtbot, sheet, worker):
    sheet.appear()
    answer(qtbot, sheet, worker, ROWS)
    seen = []
    while not (seen and seen[-1] is rows_of(sheet)[0].copy):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() not in seen
        seen.append(QApplication.focusWidget())
    qtbot.keyClick(seen[-1], Qt.Key.Key_Space)
    assert sheet.asked_for[-1] == intents.CopyText("pip install torch")
    qtbot.keyClick(seen[-1], Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_all_good_is_said_and_nothing_is_left_of_before(qtbot, sheet, worker):
    sheet.appear()
    answer(qtbot, sheet, worker, ROWS)
    sheet.intent.emit(intents.CheckMachine())
    assert len(rows_of(sheet)) == 3, "what was known stays while it looks again"
    answer(qtbot, sheet, worker, ROWS[:1])
    assert [row.finding.check for row in rows_of(sheet)] == ["Python"]
    assert "missing" not in sheet.words.text()


def test_a_failure_is_shown_and_can_be_tried_again(qtbot, sheet, worker):
    sheet.appear()
    worker.fail()
    assert sheet.error.isVisible()
    assert sheet.again.isEnabled()
    sheet.again.click()
    assert not sheet.error.isVisible()
    answer(qtbot, sheet, worker, ROWS)
    assert len(rows_of(sheet)) == 3


def test_answers_to_other_questions_are_not_taken(sheet, worker):
    sheet.appear()
    worker.answered.emit({"verb": "ports"}, [])
    worker.failed.emit({"verb": "ports"}, None)
    assert not sheet.again.isEnabled()


def test_the_real_engine_answers_and_the_window_stays_awake(qtbot, window):
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F1)
    doctor = window.sheets.doctor
    window.sheets.keys.doctor_asked.emit()
    assert doctor.isVisible()
    assert not window.sheets.keys.isVisible()
    qtbot.waitUntil(lambda: len(rows_of(doctor)) > 20, timeout=60_000)
    qtbot.waitUntil(lambda: len(rows_of(doctor)) == len(window._machine.findings))
    checks = {row.finding.check for row in rows_of(doctor)}
    assert {"Python", "zig compiler", "Free disk space for caches"} <= checks
    assert not any(row.copy for row in rows_of(doctor) if row.finding.state == "ok")
    language().apply("zh_TW")
    for words in checks | {row.finding.cure for row in rows_of(doctor)}:
        is_command = words.startswith(("pip install ", "thimble-cli "))
        english = re.search(r"[a-z]{2,}( [a-z]{2,}){2}", engine_words(words))
        assert is_command or not english, words
    language().apply("en")
    focus = QApplication.focusWidget()
    assert doctor.isAncestorOf(focus)
    qtbot.keyClick(focus, Qt.Key.Key_Escape)
    assert not doctor.isVisible()


def test_the_engines_words_are_said_in_chinese_and_unknown_ones_stay():
    language().apply("zh_TW")
    assert engine_words("torch: training").startswith("torch: ")
    assert engine_words("torch: training") != "torch: training"
    assert "(Landlock 7)" in engine_words("Model files: only its own files (Landlock 7)")
    assert engine_words("something new") == "something new"
    assert engine_words("3.11.7") == "3.11.7"
