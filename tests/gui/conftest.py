"""Windows in tests live on Qt's offscreen platform, in the dark theme, and leave nothing behind."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest


def pytest_configure(config: pytest.Config) -> None:
    # qtawesome leaves its own character maps open
    config.addinivalue_line("filterwarnings", "ignore:unclosed file .*charmap:ResourceWarning")


@pytest.fixture(autouse=True)
def _dark_theme(qapp):
    from gui.theme import theme

    theme().apply("dark")
