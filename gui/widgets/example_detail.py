"""One sample, large, with what it is and a button that plays it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.examples import Example
from gui.widgets.amounts import duration
from gui.widgets.example_view import ExampleView
from gui.widgets.primitives import Button, Text, column, row, text_column


class PlayButton(Button):
    """Plays the sound of a sample, or stops it; hidden for samples that cannot be heard."""

    asked = Signal(str, str)  # key and base64 of the sound

    def __init__(self) -> None:
        super().__init__(self.tr("Play"), "small", "play")
        self._example: Example | None = None
        self.clicked.connect(self.play)
        self.hide()

    def show_example(self, example: Example | None, playing: str) -> None:
        """Follow the sample in view, and what is heard."""
        self._example = example
        heard = example is not None and example.origin == playing != ""
        self.set_icon("stop" if heard else "play")
        self.set_label(self.tr("Stop") if heard else self.tr("Play"))
        self.setVisible(example is not None and bool(example.wav))

    def play(self) -> None:
        """Ask for the sound."""
        if self._example is not None and self._example.wav:
            self.asked.emit(self._example.origin, self._example.wav)


class ExampleDetail(QWidget):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.view = ExampleView()
        self.title = Text("", "card_title", elide=True)
        self.origin = Text("", "small", "text3", elide=True)
        self.play = PlayButton()
        self.note = Text("", "small", "text2", wrap=True)
        words = text_column(self.title, self.origin, gap=1)
        self.setLayout(column((self.view, 1), row((words, 1), self.play), self.note, gap=6))

    def show_example(self, example: Example | None, *, playing: str, sound_problem: str) -> None:
        """Show a sample, or nothing."""
        self.view.show_example(example)
        self.play.show_example(example, playing)
        self.title.setText(example.label if example is not None else "")
        place = example.origin.removesuffix("#0").replace("#", " #") if example is not None else ""
        if example is not None and example.seconds:
            place = f"{duration(example.seconds)}, {place}"
        self.origin.setText(place)
        self.note.setText(sound_problem if example is not None and example.wav else "")
        self.note.setVisible(bool(self.note.text()))
