"""The short tour: the keyboard is enough, it can be skipped and started again, and it comes once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel

from gui import intents
from gui.translation import LANGUAGES, language

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def back_to_english():
    yield
    language().apply("en")


def press(qtbot, key) -> None:
    qtbot.keyClick(QApplication.focusWidget(), key)


def test_enter_goes_through_it_and_the_focus_comes_back(qtbot, window):
    origin = QApplication.focusWidget()
    window.act(intents.ShowTour())
    tour = window.sheets.tour
    for place in range(len(tour.stops)):
        assert tour.place == place
        assert QApplication.focusWidget() is tour.next
        press(qtbot, Qt.Key.Key_Space)
    assert not tour.isVisible()
    assert QApplication.focusWidget() is origin
    window.act(intents.ShowTour())
    assert tour.place == 0


def test_escape_skips_it_and_tab_stays_inside(qtbot, window):
    window.act(intents.ShowTour())
    tour = window.sheets.tour
    press(qtbot, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_Return)
    assert tour.place == 2
    tour.back.click()
    assert tour.place == 1
    reached = set()
    for _ in range(6):
        press(qtbot, Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    assert reached == {tour.skip, tour.back, tour.next}
    press(qtbot, Qt.Key.Key_Escape)
    assert not tour.isVisible()


@pytest.mark.parametrize("name", list(LANGUAGES))
@pytest.mark.parametrize("size", [(1100, 680), (1440, 900), (2560, 1400)])
def test_the_card_lies_inside_the_window_and_nothing_is_cut(qtbot, window, name, size):
    if name != "en":
        old = window.rail
        with qtbot.waitSignal(old.destroyed):
            window.top_bar.language_chosen.emit(name)
    window.resize(*size)
    window.act(intents.ShowTour())
    tour = window.sheets.tour
    for place in range(len(tour.stops)):
        tour.go(place)
        qtbot.wait(10)
        assert tour.rect().contains(tour.card.geometry()), place
        for label in tour.card.findChildren(QLabel):
            if label.isVisible():
                wanted = label.heightForWidth(label.width()) if label.wordWrap() else 0
                assert label.height() >= wanted, label.text()
                assert label.wordWrap() or label.sizeHint().width() <= label.width() + 1, label.text()
        buttons = [b for b in (tour.skip, tour.back, tour.next) if b.isVisible()]
        for first, second in zip(buttons, buttons[1:], strict=False):
            assert not QRect(first.geometry()).intersects(second.geometry())


FIRST_RUN = """
import sys
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication
QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, sys.argv[1])
app = QApplication(["thimble"])
from gui.app import main
from gui.main_window import MainWindow
def look():
    window = next(w for w in app.topLevelWidgets() if isinstance(w, MainWindow))
    print("tour", window.sheets.tour.isVisible())
    app.exit(0)
QTimer.singleShot(300, look)
main([])
"""


def test_it_comes_at_the_first_start_alone(tmp_path):
    said = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", FIRST_RUN, str(tmp_path)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
            timeout=120,
            check=True,
        )
        said.append(done.stdout.strip())
    assert said == ["tour True", "tour False"]
