"""What a network gets wrong: which classes it mixes up, and the samples it finds hardest."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from engine.examples import Example, HardExample
from gui.engine_words import engine_words
from gui.lookups import LookedUp
from gui.widgets import amounts
from gui.widgets.confusion import ConfusionMatrix
from gui.widgets.example_detail import PlayButton
from gui.widgets.example_view import ExampleGrid, Tile
from gui.widgets.primitives import Card, Text, card_head, column, row
from gui.widgets.view_switch import ViewSwitch

HARDEST = 1


class MistakesCard(Card):
    """Two views; `wanted` names the samples that are to be got, `play_asked` a sound to play."""

    wanted = Signal(tuple)  # origins
    play_asked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(gap=4)
        self.matrix = ConfusionMatrix()
        self.about = Text("", "small", "text3", elide=True)
        self.words = Text("", "small", "text2", wrap=True)
        self.switch = ViewSwitch([self.tr("Mix-ups"), self.tr("Hardest")])
        self.grid = ExampleGrid(most_rows=2)
        self.grid.setAccessibleName(
            self.tr("The hardest examples; the arrow keys choose one, Space plays it")
        )
        self.hard_words = Text("", "small", "text2", wrap=True)
        self.play = PlayButton()
        self.play.asked.connect(self.play_asked)
        self._views = QStackedWidget()
        mixed, hard = QWidget(), QWidget()
        mixed.setLayout(column((self.matrix, 1), self.words, gap=4))
        hard.setLayout(column(self.grid, None, row((self.hard_words, 1), self.play), gap=4))
        self._views.addWidget(mixed)
        self._views.addWidget(hard)
        self.title = Text("", "card_title")
        self.add(card_head(self.title, self.about, self.switch), (self._views, 1))
        self.switch.view_chosen.connect(self._on_view)
        self.grid.chosen.connect(lambda _: self._show_chosen())
        self.grid.activated.connect(lambda _: self.play.play())
        self._hardest: list[HardExample] = []
        self._classes: list[str] = []
        self._looked_up = LookedUp()
        self._can_be_shown = False
        self._repeats = False

    def show_mistakes(
        self,
        confusion: Sequence[Sequence[int]],
        hardest: Sequence[HardExample],
        classes: Sequence[str],
        *,
        looked_up: LookedUp,
        same_data: bool,
        unseen: str,
    ) -> None:
        """Show mistakes.

        Args:
            confusion: `[true][said]`; empty for an autoencoder.
            hardest: the hardest first; may be empty.
            classes: names.
            looked_up: of the project model.
            same_data: the samples can still be got by their origins.
            unseen: what the samples are, in words: "examples never trained on".
        """
        self._hardest, self._classes = list(hardest), list(classes)
        self._looked_up, self._can_be_shown = looked_up, same_data
        self.matrix.show_counts(confusion, classes)
        self._repeats = repeats = not confusion
        self.title.setText(self.tr("What it repeats worst") if repeats else self.tr("What it mixes up"))
        count = amounts.number(sum(map(sum, confusion)))
        self.about.setText(self.tr("largest error first") if repeats else unseen.format(n=count))
        self.words.setText(self.matrix.sentence())
        self.switch.setVisible(bool(hardest) and not repeats)
        wanted = HARDEST if repeats else self.switch.chosen if hardest else 0
        if wanted != self.switch.chosen:
            self.switch.choose(wanted)  # which shows them
        else:
            self._show_hardest()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt
        super().showEvent(event)
        self._show_hardest()

    def _on_view(self, number: int) -> None:
        self._views.setCurrentIndex(number)
        self._show_hardest()

    def _show_hardest(self) -> None:
        if self.switch.chosen != HARDEST:
            return
        found = self._looked_up.examples
        self.grid.show_tiles([self._tile(hard, found.get(hard.origin)) for hard in self._hardest])
        # Nobody chose to see what an autoencoder repeats worst: it is got once it is in sight.
        if self._can_be_shown and (self.isVisible() or not self._repeats):
            missing = tuple(h.origin for h in self._hardest if h.origin and h.origin not in found)
            if missing:
                self.wanted.emit(missing)
        self._show_chosen()

    def _name(self, number: int) -> str:
        return self._classes[number] if number < len(self._classes) else str(number + 1)

    def _tile(self, hard: HardExample, example: Example | None) -> Tile:
        percent = amounts.percent(hard.confidence, 0)
        wrong = hard.said_class != hard.true_class
        note = f"\u2192 {self._name(hard.said_class)}, {percent}" if wrong else percent
        if hard.error_ratio is not None:
            note = self.tr("error \u00d7 {times}").format(times=_times(hard.error_ratio))
        tone = "bad" if wrong or hard.healthy else "text3"
        if not self._can_be_shown or not hard.origin:
            example = Example(origin=hard.origin, label="", kind="", problem="-")
        return Tile(self._name(hard.true_class), note, example, tone, self._sentence(hard))

    def _sentence(self, hard: HardExample) -> str:
        true, said = self._name(hard.true_class), self._name(hard.said_class)
        percent = amounts.percent(hard.confidence, 0)
        if hard.error_ratio is not None:
            words = (
                self.tr("Healthy ({true}), but with {times} times the usual error: a false alarm.")
                if hard.healthy
                else self.tr("A fault ({true}), with {times} times the error of a healthy one.")
            )
            return words.format(true=true, times=_times(hard.error_ratio))
        if hard.said_class != hard.true_class:
            return self.tr("It was {true}; the model said {said}, {percent} sure.").format(
                true=true, said=said, percent=percent
            )
        return self.tr("It was {true}; the model said so, but only {percent} sure.").format(
            true=true, percent=percent
        )

    def _show_chosen(self) -> None:
        found = self._looked_up
        if not self._hardest or not self.grid.shown:
            return
        hard = self._hardest[min(self.grid.current, len(self._hardest) - 1)]
        example = found.examples.get(hard.origin) if self._can_be_shown else None
        words = self._sentence(hard)
        if not self._can_be_shown:
            words += " " + self.tr("The examples have changed since, so it cannot be shown.")
        elif example is not None and example.problem:
            words += " " + engine_words(example.problem)
        elif example is not None and example.wav and found.sound_problem:
            words += " " + found.sound_problem
        self.hard_words.setText(words)
        self.play.show_example(example, found.playing)
        heard = [n for n, h in enumerate(self._hardest) if h.origin and h.origin == found.playing]
        self.grid.set_playing(heard[0] if heard else -1)


def _times(ratio: float) -> str:
    return amounts.number(ratio, 0 if ratio >= 10 else 1)
