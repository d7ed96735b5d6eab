from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QSpinBox,
)

from gui.pages.page import PAGE_KEYS

CONTROLS = (QAbstractButton, QLineEdit, QSpinBox, QComboBox, QAbstractSlider)


@pytest.fixture
def window(window_with_project):
    return window_with_project


def reachable(widget) -> bool:
    return (
        widget.isVisible()
        and widget.isEnabled()
        and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    )


def controls_in_view(window) -> list:
    return [w for kind in CONTROLS for w in window.findChildren(kind) if reachable(w)]


def test_every_control_has_a_name(window):
    nameless = {}
    for key in PAGE_KEYS:
        window.open_page(key)
        controls = controls_in_view(window)
        assert len(controls) > 7
        for w in controls:
            if not (w.accessibleName() or getattr(w, "text", str)() or w.toolTip()):
                nameless[key] = w
    assert not nameless


def test_tab_reaches_every_control(window):
    for key in PAGE_KEYS:
        window.open_page(key)
        window.rail.steps["model"].setFocus()
        wanted = {id(w) for w in controls_in_view(window)}
        wanted -= {id(box.lineEdit()) for box in window.findChildren(QSpinBox)}
        seen = set()
        for _ in range(4 * len(wanted)):
            seen.add(id(QApplication.focusWidget()))
            window.focusNextChild()
        assert wanted <= seen, key


def test_the_help_sheet_opens_and_closes_by_key(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window.sheets.keys.isVisible()
    qtbot.keyClick(window.sheets.keys, Qt.Key.Key_Escape)
    assert not window.sheets.keys.isVisible()
