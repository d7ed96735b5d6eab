"""Verdicts and errors: what it means, why in one sentence, what to do, and the details for engineers."""

from __future__ import annotations

import json

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from engine.boards import BoardSpec
from engine.events import StageFailed
from gui.engine_words import engine_words
from gui.theme import font
from gui.widgets.boot0_picture import Boot0Picture
from gui.widgets.icons import STATUS_ICONS
from gui.widgets.primitives import Button, Card, Icon, Item, Text, row, text_column


class Verdict(Card):
    """A coloured card with one strong sentence and its reason; `tone` is ok, warn, bad or info."""

    def __init__(self, tone: str = "ok", title: str = "", sentence: str = "", icon: str = "") -> None:
        super().__init__(kind=tone, vertical=False, gap=16, margins=(24, 14, 16, 14))
        self._icon = Icon(icon or STATUS_ICONS.get(tone, "info"), _role(tone), 26)
        self.title = Text(title, "h2", wrap=True)
        self.sentence = Text(sentence, "body", "text2", wrap=True)
        self.actions = row()
        self.add(self._icon, (text_column(self.title, self.sentence), 1), self.actions)

    def set(self, tone: str, title: str, sentence: str, icon: str = "") -> None:
        """Change everything."""
        self.set_kind(tone)
        self._icon.set_icon(icon or STATUS_ICONS.get(tone, "info"), _role(tone))
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleName(f"{title} {sentence}")

    def add_action(self, *items: Item) -> None:
        """Put buttons on the right."""
        for item in items:
            if isinstance(item, QWidget):
                self.actions.addWidget(item)


class Details(Card):
    """Folded facts for engineers and bug reports, with a Copy button."""

    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__(gap=8)
        self._toggle = Button(self.tr("Details"), "ghost", "chevron-right")
        self._toggle.clicked.connect(self._on_toggled)
        self._copy = Button(self.tr("Copy"), "small", "copy")
        self._copy.clicked.connect(lambda: self.copied.emit(self._text.toPlainText()))
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setFont(font("mono"))
        self._text.setMinimumHeight(110)
        self._text.setAccessibleName(self.tr("Details"))
        self._text.hide()
        note = Text(self.tr("for engineers and bug reports"), "small", "text3")
        self.add(row(self._toggle, note, None, self._copy), self._text)

    def set_text(self, text: str) -> None:
        """Change what is inside."""
        self._text.setPlainText(text)

    def fold(self) -> None:
        """Close it."""
        if not self._text.isHidden():
            self._on_toggled()

    def _on_toggled(self) -> None:
        show = self._text.isHidden()
        self._text.setVisible(show)
        self._toggle.set_icon("chevron-down" if show else "chevron-right")


class ErrorCard(QWidget):
    """A StageFailed in words: verdict, the next step, details. Hidden while there is none."""

    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.verdict = Verdict("bad")
        self.details = Details()
        self.details.copied.connect(self.copied)
        self.picture = Boot0Picture()
        column_items = text_column(self.verdict, self.picture, self.details, gap=12)
        self.setLayout(column_items)
        self.hide()

    def show_failure(self, failure: StageFailed | None, board: BoardSpec | None = None) -> None:
        """Show a failure, or hide; `board` is the one that it was about."""
        self.setVisible(failure is not None)
        if failure is None:
            return
        cancelled = failure.code == "cancelled"  # not an error: the user asked for it
        words = engine_words(failure.message), engine_words(failure.hint)
        self.verdict.set("info" if cancelled else "bad", *words)
        self.picture.setVisible(failure.facts.get("picture") == "boot0")
        self.picture.set_board(board)
        self.details.setVisible(not cancelled)
        facts = {"code": failure.code, "stage": failure.stage, **failure.facts}
        self.details.set_text(facts_text(facts))


def facts_text(facts: dict[str, object]) -> str:
    """Facts as lines of `name: value`."""
    lines = []
    for name, value in facts.items():
        if value in ("", None):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append(f"{name}: {text}")
    return "\n".join(lines)


def _role(tone: str) -> str:
    return "accent" if tone == "info" else tone
