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
def _dark_theme(qapp):
    from gui.theme import theme

    theme().apply("dark")


@contextmanager
def _shown_window(qtbot, folder: Path) -> Iterator[MainWindow]:
    from gui.main_window import MainWindow

    window = MainWindow(projects_folder=folder / "projects")
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    yield window
    window.close()


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
