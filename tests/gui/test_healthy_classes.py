"""Telling the window which classes are healthy, against the real engine."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.data.spec import DataSpec
from engine.project import create_project, open_project
from engine.summaries import DataSummary
from gui.widgets.healthy_classes import HealthyClasses
from tests.gui.test_model_page import ended

SECONDS = 300_000


@pytest.fixture
def fan(tmp_path):
    """A folder with three classes of vibration records, none of which is called normal."""
    return write_fan(tmp_path / "fan", ("still", "coin", "tape"))


def write_fan(folder, classes):
    generator = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(12):
            record = generator.normal(size=(80, 2))
            np.savetxt(folder / name / f"{number:03d}.csv", record, delimiter=",", fmt="%.4f")
    return folder


def opened(qtbot, window, project):
    """Open a project in the window, and show the card."""
    with qtbot.waitSignal(window.model.stages_changed, timeout=SECONDS):
        window.work.open_project_folder(project.folder)
    window.open_page("model")
    return window.pages["model"]._healthy


def vibration_project(tmp_path, fan, **settings):
    data = DataSpec(source=str(fan), task="vibration", variants=1, **settings)
    return create_project(tmp_path / "p", task="vibration", network="autoencoder", data=data)


def summary_of(source, classes) -> DataSummary:
    return DataSummary(
        source=source, kind="log-mel", classes=classes, counts={}, groups={}, input_shape=(1,),
        problems=[],
    )  # fmt: skip


def saved(window) -> DataSpec:
    return open_project(window.model.project.folder).data


def test_ticking_saves_and_the_results_become_stale(qtbot, window, tmp_path, fan):
    card = opened(qtbot, window, vibration_project(tmp_path, fan))
    assert card.isVisible()
    assert card._not_read.isVisible()
    assert card.boxes == []
    ended(qtbot, window, "run", lambda: window.work.run_until("model"))
    qtbot.waitUntil(lambda: len(card.boxes) == 3, timeout=SECONDS)
    qtbot.waitUntil(lambda: window.model.stage("model").state == "done", timeout=SECONDS)
    assert not card._not_read.isVisible()
    assert [box.accessibleName() for box in card.boxes] == [
        "coin is healthy", "still is healthy", "tape is healthy",
    ]  # fmt: skip
    assert card.ticked == []
    assert "nothing to learn from" in card.sentence.text()

    still = card.boxes[1]
    still.setFocus()
    qtbot.keyClick(still, Qt.Key.Key_Space)

    assert saved(window).normal_classes == "still"
    assert card.sentence.isHidden()
    qtbot.waitUntil(lambda: window.model.stage("data").state == "stale", timeout=SECONDS)
    assert window.model.stage("model").state == "stale"
    assert card.boxes[1] is still, "the classes are still known, and the focus stays"
    assert still.hasFocus()

    for box in (card.boxes[0], card.boxes[2]):
        qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert saved(window).normal_classes == "coin,still,tape"
    assert "no AUC" in card.sentence.text()

    for box in card.boxes:
        qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert card.ticked == []
    assert "nothing to learn from" in card.sentence.text()
    assert "the choice before stays" in card.sentence.text()
    assert saved(window).normal_classes == "tape", "without names the data would be asked"
    window.model.project_changed.emit()
    assert card.ticked == [], "what was unticked stays so"


def test_features_of_vibration_are_chosen_with_the_keyboard(qtbot, window, tmp_path, fan):
    card = opened(qtbot, window, vibration_project(tmp_path, fan))
    assert card.features.isVisible()
    spectra, gain_free = card._picks.values()
    assert spectra.isChecked()
    assert "every frequency" in spectra.accessibleDescription()
    spectra.setFocus()
    qtbot.keyClick(spectra, Qt.Key.Key_Down)
    assert gain_free.isChecked()
    assert saved(window).vibration_features == "gain-free"


def test_other_examples_forget_the_healthy_classes_that_they_lack(qtbot, window, tmp_path, fan):
    project = vibration_project(tmp_path, fan, normal_classes="still,coin")
    card = opened(qtbot, window, project)
    other = write_fan(tmp_path / "pump", ("still", "dry"))
    ended(qtbot, window, "run", lambda: window.work.choose_data(str(other)))
    assert saved(window).normal_classes == "still"
    qtbot.waitUntil(lambda: [box.name for box in card.boxes] == ["dry", "still"], timeout=SECONDS)
    assert card.ticked == ["still"]


def test_a_ready_made_task_has_its_healthy_class_by_name(qtbot, tmp_path):
    card = HealthyClasses()
    qtbot.addWidget(card)
    data = DataSpec(source="builtin:hum", task="anomaly")
    project = create_project(tmp_path / "p", task="anomaly", network="tiny-cnn", data=data)
    card.show_choice(project, summary_of("builtin:hum", ["normal", "abnormal knock"]), None)
    assert card.ticked == ["normal"]
    assert "by their names" in card.note.text()
    assert "learns the faults, too" in card.note.text(), "it is a classifier"
    assert card.features.isHidden(), "sound has no choice of features"
    card.show_choice(project, summary_of("elsewhere", ["normal", "abnormal knock"]), None)
    assert not card._not_read.isHidden(), "what was read is of other examples"


def test_other_tasks_do_not_ask(window_with_project):
    assert not window_with_project.pages["model"]._healthy.isVisible()


def test_any_name_can_be_ticked(qtbot, tmp_path):
    card, told = HealthyClasses(), []
    qtbot.addWidget(card)
    card.changed.connect(told.append)
    data = DataSpec(source="x", task="anomaly", normal_classes="a & b")
    project = create_project(tmp_path / "p", task="anomaly", network="autoencoder", data=data)
    names = ["a & b", "on, off", "a name so long that no column of this card has room for all of it"]
    card.show_choice(project, summary_of("x", names), None)
    card.resize(800, 200)
    card.show()
    assert all(box.isEnabled() for box in card.boxes)
    assert card.ticked == ["a & b"]
    card.boxes[2].grab()
    assert card.boxes[2].width() >= 200
    card.boxes[2].click()
    assert told[-1].normal_classes == f"a & b,{names[2]}"
    assert told[-1] == dataclasses.replace(data, normal_classes=told[-1].normal_classes)
    card.boxes[1].click()
    assert told[-1].healthy(names) == tuple(names)
    again = HealthyClasses()
    qtbot.addWidget(again)
    again.show_choice(dataclasses.replace(project, data=told[-1]), summary_of("x", names), None)
    assert again.ticked == names
