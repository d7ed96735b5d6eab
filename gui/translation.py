"""The languages of the window. English is in the code; others are Qt Linguist files (`.ts`).

A `.ts` file is read as it is, so that nothing has to be compiled after an edit. Make one up to date with

    pyside6-lupdate gui -extensions py -ts resources/translations/thimble_zh_TW.ts

What the engine says is in files of its own: see gui/engine_words.py.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from engine.resources import resource

LANGUAGES = {"en": "English", "zh_TW": "\u7e41\u9ad4\u4e2d\u6587"}


class TsTranslator(QTranslator):
    """Answers from a `.ts` file.

    Words of one context come first; a text that several places share is found from any of them, since
    a word list that is looked up later has no class of its own.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._words = read_words(path)
        for (_, source), words in tuple(self._words.items()):
            self._words.setdefault(("", source), words)

    def isEmpty(self) -> bool:  # noqa: D102, N802 - Qt
        return not self._words

    def translate(  # noqa: D102 - Qt
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        # None means: not translated, and Qt shows the source; it would show an empty answer
        return self._words.get((context, source)) or self._words.get(("", source))


def read_words(path: Path) -> dict[tuple[str, str], str]:
    """The translations of a `.ts` file, by context and English text."""
    words: dict[tuple[str, str], str] = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            found = message.find("translation")
            if found is not None and found.text and found.get("type") != "vanished":
                words[name, message.findtext("source") or ""] = found.text
    return words


class Language:
    """The language in force. `choice` may be `system`; `name` is a key of `LANGUAGES`."""

    def __init__(self) -> None:
        self.choice = "system"
        self.name = "en"
        self._translator: TsTranslator | None = None

    def apply(self, choice: str) -> None:
        """Put a language in force for texts made from now on."""
        self.choice = choice if choice in LANGUAGES else "system"
        self.name = _system_language() if self.choice == "system" else self.choice
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None
        if self.name != "en":
            self._translator = TsTranslator(translation_file(self.name))
            QCoreApplication.installTranslator(self._translator)


def translation_file(name: str) -> Path:
    """Where the words of a language are."""
    return resource("translations", f"thimble_{name}.ts")


def _system_language() -> str:
    """Chinese where the desktop is in the traditional script, else English."""
    locale = QLocale.system()
    traditional = locale.script() == QLocale.Script.TraditionalHanScript
    return "zh_TW" if locale.language() == QLocale.Language.Chinese and traditional else "en"


_LANGUAGE = Language()


def language() -> Language:
    """The language of this process."""
    return _LANGUAGE
