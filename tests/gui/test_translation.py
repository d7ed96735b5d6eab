"""The window in Traditional Chinese: no English left, nothing cut, and a switch without restart."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import PySide6
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel

from gui.pages.page import PAGE_KEYS
from gui.translation import LANGUAGES, TsTranslator, language, translation_file

ROOT = Path(__file__).parents[2]
OTHERS = [name for name in LANGUAGES if name != "en"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def back_to_english():
    yield
    language().apply("en")


@pytest.fixture
def window(window_with_project):
    return window_with_project


def messages(path: Path) -> dict[tuple[str, str], str | None]:
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            finished = translation.get("type") is None and bool(translation.text)
            text = translation.text if finished else None
            found[context.findtext("name") or "", message.findtext("source")] = text
    return found


@pytest.mark.parametrize("name", OTHERS)
def test_every_text_of_the_window_is_translated(name, tmp_path):
    """Qt's own tool collects the texts from the code, as a translator would."""
    lupdate = shutil.which("lupdate", path=Path(PySide6.__file__).parent)
    if lupdate is None:
        pytest.skip("this PySide6 brings no lupdate")
    copy = tmp_path / "words.ts"
    shutil.copyfile(translation_file(name), copy)
    sources = [str(path) for path in sorted((ROOT / "gui").rglob("*.py"))]
    command = [lupdate, *sources, "-locations", "none", "-no-obsolete", "-ts", str(copy)]
    subprocess.run(command, check=True, capture_output=True)
    now = messages(copy)
    assert len(now) > 400
    assert [key for key, text in now.items() if text is None] == []
    assert set(messages(translation_file(name))) == set(now), "texts that are no longer in the code"


@pytest.mark.parametrize("name", OTHERS)
def test_a_translation_keeps_the_places_of_values(name):
    for (_, source), text in messages(translation_file(name)).items():
        wanted = sorted(re.findall(r"\{\w*\}", source))
        assert sorted(re.findall(r"\{\w*\}", text or "")) == wanted, source


def test_a_text_is_found_whatever_class_asks():
    words = TsTranslator(translation_file("zh_TW"))
    assert CHINESE.search(words.translate("Steps", "Train the network"))
    assert words.translate("Nobody", "Train the network") == words.translate(
        "Steps", "Train the network"
    )
    assert words.translate("Steps", "a text that is not there") is None


def test_a_text_without_translation_is_shown_in_english(qapp):
    language().apply("zh_TW")
    assert QCoreApplication.translate("Steps", "a text that is not there") == "a text that is not there"


def test_no_text_is_where_the_translators_tool_does_not_look():
    """It finds none inside an f-string."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for path in (ROOT / "gui").rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("self.tr", "tr")
    ]
    assert hidden == []


def test_switching_says_everything_anew_and_keeps_the_project(qtbot, window):
    window.open_page("compress")
    english = window.pages["compress"].heading.text()
    window.top_bar.language_chosen.emit("zh_TW")
    qtbot.waitUntil(lambda: bool(CHINESE.search(window.pages["compress"].heading.text())))
    assert window.page_key == "compress"
    assert window.model.project is not None
    qtbot.waitUntil(lambda: window.pages["compress"].isVisible())
    for key in PAGE_KEYS:
        window.open_page(key)
        assert CHINESE.search(window.pages[key].heading.text())
        footer = window.pages[key].footer()
        assert CHINESE.search(footer.hint + footer.action)
    window.open_page("compress")
    window.top_bar.language_chosen.emit("en")
    qtbot.waitUntil(lambda: window.pages["compress"].heading.text() == english)


def test_the_parts_of_the_former_language_are_gone(qtbot, window):
    qtbot.waitUntil(lambda: not window.stack.missing)
    before = len(window.findChildren(QLabel))
    for name in ("zh_TW", "en"):
        old = window.rail
        with qtbot.waitSignal(old.destroyed):
            window.top_bar.language_chosen.emit(name)
        qtbot.waitUntil(lambda: not window.stack.missing)
    qtbot.wait(50)
    assert len(window.findChildren(QLabel)) <= before + 5


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_no_text_is_cut(qtbot, window, name):
    """A text that may be cut says so (`elide`) and is told in full by its tool tip."""
    with qtbot.waitSignal(window.language_shown):
        window.top_bar.language_chosen.emit(name)
    cut = []
    for key in PAGE_KEYS:
        window.open_page(key)
        qtbot.wait(20)
        for label in window.findChildren(QLabel):
            if label.isVisible() and label.text() and not label.wordWrap():
                elides = getattr(label, "_elide", False)
                if not elides and label.sizeHint().width() > label.width() + 1:
                    cut.append((key, label.text(), label.sizeHint().width(), label.width()))
    assert cut == []
