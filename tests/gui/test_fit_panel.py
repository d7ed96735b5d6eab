"""The budgets are edited in the Fit panel itself."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.project import Budgets
from gui.widgets.fit_panel import BudgetFields, FitPanel
from tests.gui.documents import project_model


@pytest.fixture
def panel(qtbot, tmp_path):
    panel = FitPanel()
    qtbot.addWidget(panel)
    model = project_model(tmp_path)
    model.project = dataclasses.replace(model.project, budgets=Budgets(latency_ms=40.0, accuracy=0.9))
    panel.refresh(model)
    panel.resize(panel.width(), 800)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def opened(qtbot, panel) -> BudgetFields:
    qtbot.mouseClick(panel._change, Qt.MouseButton.LeftButton)
    fields = QApplication.activePopupWidget()
    assert isinstance(fields, BudgetFields)
    return fields


def test_what_is_typed_is_taken_with_enter(qtbot, panel):
    told = []
    panel.budget_changed.connect(lambda name, value: told.append((name, value)))
    fields = opened(qtbot, panel)
    assert fields.row.fields["latency_ms"].text() == "40"
    field = fields.row.fields["flash_bytes"]
    qtbot.keyClicks(field, "256")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told == [("flash_bytes", 256 * 1024)]


def test_a_click_elsewhere_takes_it_too_and_an_emptied_field_is_no_limit(qtbot, panel):
    told = []
    panel.budget_changed.connect(lambda name, value: told.append((name, value)))
    fields = opened(qtbot, panel)
    fields.row.fields["accuracy"].setText("92.5")
    fields.row.fields["latency_ms"].clear()
    fields.close()
    assert told == [("latency_ms", None), ("accuracy", 0.925)]


def test_escape_takes_nothing(qtbot, panel):
    told = []
    panel.budget_changed.connect(lambda name, value: told.append((name, value)))
    fields = opened(qtbot, panel)
    qtbot.keyClicks(fields.row.fields["flash_bytes"], "1")
    qtbot.keyClick(fields.row.fields["flash_bytes"], Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None
    assert told == []


def test_without_a_project_there_is_no_budget_to_change(panel, tmp_path):
    model = project_model(tmp_path)
    model.project = None
    panel.refresh(model)
    assert not panel._change.isEnabled()
