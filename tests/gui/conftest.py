"""Windows in tests live on Qt's offscreen platform, in the dark theme, and leave nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

if TYPE_CHECKING:
    from gui.main_window import MainWindow


def pytest_configure(config: pytest.Config) -> None:
    # qtawesome leaves its own character maps open
    config.addinivalue_line("filterwarnings", "ignore:unclosed file .*charmap:ResourceWarning")


@pytest.fixture(autouse=True)
def _dark_theme(qapp, request):
    from gui.theme import theme

    theme().apply("dark")
    # parts that lie in no window are dressed too
    alone = not {"window", "window_with_project"} & set(request.fixturenames)
    sheet = theme().sheet if alone else ""
    if qapp.styleSheet() != sheet:
        qapp.setStyleSheet(sheet)


@contextmanager
def _shown_window(qtbot, folder: Path) -> Iterator[MainWindow]:
    from PySide6.QtCore import QCoreApplication, QEvent

    from gui.main_window import MainWindow

    window = MainWindow(projects_folder=folder / "projects")
    with qtbot.waitExposed(window):
        window.show()
    yield window
    window.close()
    # at once: a style sheet that is set by a later test would still go through it
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(qtbot, tmp_path):
    """A window without a project."""
    with _shown_window(qtbot, tmp_path) as shown:
        yield shown


@pytest.fixture
def window_with_project(qtbot, tmp_path):
    """A window with a keyword project that has not been run."""
    from tests.gui.states import project_in

    with _shown_window(qtbot, tmp_path) as shown:
        with qtbot.waitSignal(shown.model.stages_changed, timeout=60_000):
            shown.work.open_project_folder(project_in(tmp_path).folder)
        yield shown
