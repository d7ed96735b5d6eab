"""Projects opened before: remembered between sessions, opened again by one click or by name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt

from engine.project import create_project
from gui import intents
from gui.commands import commands
from gui.main_window import MainWindow
from gui.pages.page import Footer
from gui.recent_projects import MOST, RecentProjects


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def project(folder, name):
    create_project(folder / f"{name}.thimble", task="images", network="tiny-cnn")
    return folder / f"{name}.thimble"


def test_the_latest_comes_first_once_and_only_while_it_is_there(settings, tmp_path):
    folders = [tmp_path / f"p{number}.thimble" for number in range(MOST + 2)]
    for folder in folders:
        folder.mkdir()
        RecentProjects(settings).remember(folder)
    RecentProjects(settings).remember(folders[-2])
    settings.sync()
    again = RecentProjects(QSettings(settings.fileName(), QSettings.Format.IniFormat))
    assert again.folders() == [folders[-2], folders[-1], *reversed(folders[2:-2])]
    assert again.latest == folders[-2]
    folders[-1].rmdir()
    assert folders[-1] not in again.folders()
    folders[-2].rmdir()
    assert again.latest is None


def test_a_single_one_is_read_back(settings, tmp_path):
    RecentProjects(settings).remember(tmp_path)
    settings.sync()
    again = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    assert RecentProjects(again).folders() == [tmp_path]


def test_without_settings_nothing_is_kept(tmp_path):
    recent = RecentProjects(None)
    recent.remember(tmp_path)
    assert recent.folders() == []


def test_an_empty_window_opens_one_by_a_click_and_the_palette_by_name(qtbot, settings, tmp_path):
    first, second = project(tmp_path, "first"), project(tmp_path, "second")
    for folder in (first, second):
        RecentProjects(settings).remember(folder)
    window = MainWindow(settings, projects_folder=tmp_path)
    qtbot.addWidget(window)
    window.show()
    page = window.pages["model"]
    assert [button.text().strip() for button in page.recent_buttons] == ["second", "first"]
    assert page.recent_buttons[1].isVisible()
    qtbot.mouseClick(page.recent_buttons[1], Qt.MouseButton.LeftButton)
    assert window.model.project.folder == first
    assert not page.recent_buttons[1].isVisible()
    assert window.recent.folders() == [first, second]
    offered = commands(window.model, busy=False, footer=Footer(), recent=window.recent.folders())
    again = {c.intent.folder: c.reason for c in offered if isinstance(c.intent, intents.OpenProject)}
    assert again == {first: "It is open.", second: ""}
    window.close()
