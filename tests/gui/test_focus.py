"""Where the focus is after what had it went away: nothing lights up that nobody went to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui import intents
from gui.pages.page import Footer
from gui.widgets.primitives import Button


@pytest.mark.parametrize("go", ["hide", "disable"])
def test_a_control_that_goes_away_leaves_the_focus_to_its_page(qtbot, window, go):
    page = window.pages["model"]
    control = Button("Here")
    page.body.addWidget(control)
    control.show()
    control.setFocus()
    assert QApplication.focusWidget() is control
    (control.hide if go == "hide" else lambda: control.setEnabled(False))()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page)
    qtbot.keyClick(page, Qt.Key.Key_Tab)
    assert page.isAncestorOf(QApplication.focusWidget())


def test_the_button_below_goes_home_when_the_next_page_is_not_ready(qtbot, window):
    action = window.footer._action
    window.footer.show_footer("", Footer(action="Go on", intent=intents.OpenPage("board")))
    action.setFocus()
    window.footer.show_footer("", Footer(action="Go on"))
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.pages["model"])


def test_a_focus_that_was_moved_on_purpose_stays(qtbot, window):
    control = Button("Here")
    window.pages["model"].body.addWidget(control)
    control.show()
    control.setFocus()
    assert QApplication.focusWidget() is control
    control.hide()
    chosen = window.rail.steps["model"]
    chosen.setFocus()
    qtbot.wait(50)
    assert QApplication.focusWidget() is chosen
