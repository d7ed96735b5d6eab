"""The small question mark beside a word, and what it says."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.glossary import meaning
from gui.theme import theme
from gui.widgets.icons import icon
from gui.widgets.primitives import Card, Text

_WIDTH, _MARGIN = 300, 14
_SIDE = 16


class WhatIs(QToolButton):
    """Click, Space or Enter shows two sentences; Esc or a click elsewhere takes them away."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word
        self.setObjectName("what_is")
        self.setAutoRaise(True)
        self.setIconSize(QSize(12, 12))
        self.setFixedSize(_SIDE, _SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.WhatsThisCursor)
        words = self.tr("What is this: {word}?").format(word=meaning(word)[0])
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.clicked.connect(self._show)
        self._tint()
        theme().themeChanged.connect(self._tint)

    def _tint(self) -> None:
        self.setIcon(icon("help", "text3", 12))

    def _show(self) -> None:
        note = Note(*meaning(self.word), self)
        note.adjustSize()
        place = self.mapToGlobal(QPoint(0, self.height() + 4))
        room = self.screen().availableGeometry()
        x = max(room.left(), min(place.x(), room.right() - note.width()))
        above = self.mapToGlobal(QPoint(0, -4)).y() - note.height()
        y = above if place.y() + note.height() > room.bottom() else place.y()
        note.move(x, y)
        note.show()


class Note(QFrame):
    """Two sentences in a box that goes when something else is clicked."""

    def __init__(self, title: str, words: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self.words = Text(words, "sentence", "text2", wrap=True)
        inner = _WIDTH - 2 * _MARGIN
        self.words.setFixedSize(inner, self.words.heightForWidth(inner))
        card = Card(Text(title, "card_title"), self.words, gap=4, margins=(_MARGIN, 10, _MARGIN, 12))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
