"""What a data set holds, to see and to hear: samples, the balance of its classes, what looks wrong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.examples import DataLook, DataProblem, Example
from gui.engine_words import engine_sentences, engine_words
from gui.lookups import LookedUp
from gui.widgets.amounts import number
from gui.widgets.count_bars import CountBars
from gui.widgets.example_detail import ExampleDetail
from gui.widgets.example_view import ExampleGrid, Tile
from gui.widgets.primitives import Button, Card, Icon, Text, card_head, clear, column, row

_MOST_TOLD = 4  # of what reading the whole set has told


class DataPreview(Card):
    """States: busy, failed, nothing to show, done."""

    play_asked = Signal(str, str)
    again_asked = Signal()

    def __init__(self) -> None:
        super().__init__(gap=10)
        self.about = Text("", "small", "text3", elide=True)
        self.title = Text(self.tr("A look at the examples"), "card_title")
        self._state_icon = Icon("clock", "text3", 18)
        self.state = Text("", "sentence", "text2", wrap=True)
        self.again = Button(self.tr("Try again"), "small", "refresh")
        self.again.clicked.connect(self.again_asked)
        self._state_row = QWidget()
        self._state_row.setLayout(row(self._state_icon, (self.state, 1), self.again))
        self.grid = ExampleGrid(most_rows=3)
        self.grid.setAccessibleName(self.tr("Examples; the arrow keys choose one, Space plays it"))
        self.grid.chosen.connect(lambda _: self._show_chosen())
        self.detail = ExampleDetail()
        self.detail.play.asked.connect(self.play_asked)
        self.grid.activated.connect(lambda _: self.detail.play.play())
        self.bars = CountBars()
        self._problems = column(gap=5)
        self._shown = QWidget()
        problems = column(
            Text(self.tr("What looks wrong"), "sentence_strong"), self._problems, None, gap=6
        )
        balance = column(
            Text(self.tr("Examples of each class"), "sentence_strong"), self.bars, None, gap=6
        )
        self._shown.setLayout(
            column(
                row((column(self.grid, None), 5), (self.detail, 3), gap=16),
                row((balance, 1), (problems, 1), gap=24),
                gap=12,
            )
        )
        self.add(card_head(self.title, self.about), self._state_row, self._shown)
        self._look: DataLook | None = None
        self._told: object = None
        self._looked_up = LookedUp()

    def show_look(self, looked_up: LookedUp, told: Sequence[str]) -> None:
        """Show how far a look is, or what it has found.

        Args:
            looked_up: of the project model.
            told: problems that were found when the whole set was read.
        """
        self._looked_up = looked_up
        look, failure = looked_up.look, looked_up.failure
        empty = look is not None and not look.examples
        if failure is not None:
            self._show_state("warning-circle", "bad", engine_sentences(failure.message, failure.hint))
        elif look is None:
            self._show_state("clock", "text3", self.tr("Looking at the examples\u2026"))
        elif empty:
            self._show_state(
                "info", "text3", self.tr("None of the files that were opened can be shown.")
            )
        self._state_row.setVisible(failure is not None or look is None or empty)
        self.again.setVisible(failure is not None)
        self._shown.setVisible(look is not None)
        self.about.setText(self._summary(look) if look is not None else "")
        if look is None:
            self._look = None
            return
        if look is not self._look or told != self._told:
            self._look, self._told = look, list(told)
            self.grid.show_tiles([Tile(e.label, _file_name(e), e) for e in look.examples])
            self.bars.show_counts(look.classes)
            self._show_problems(look, told)
        self._show_chosen()

    @property
    def chosen(self) -> Example | None:
        """The sample in view."""
        shown = self.grid.shown
        return shown[self.grid.current].example if shown else None

    @property
    def problem_words(self) -> list[str]:
        """What is said to be wrong."""
        texts = (self._problems.itemAt(n).layout() for n in range(self._problems.count()))
        return [text.itemAt(1).widget().text() for text in texts if text is not None]

    def _show_chosen(self) -> None:
        found = self._looked_up
        self.detail.show_example(self.chosen, playing=found.playing, sound_problem=found.sound_problem)
        heard = [
            n for n, t in enumerate(self.grid.shown) if t.example and t.example.origin == found.playing
        ]
        self.grid.set_playing(heard[0] if heard and found.playing else -1)

    def _show_state(self, icon: str, role: str, words: str) -> None:
        self._state_icon.set_icon(icon, role)
        self.state.setText(words)

    def _summary(self, look: DataLook) -> str:
        words = self.tr("{n} in {classes} classes").format(
            n=number(look.samples), classes=number(len(look.classes))
        )
        if look.checked < look.samples:
            words += self.tr("; {n} of them were opened").format(n=number(look.checked))
        return words

    def _show_problems(self, look: DataLook, told: Sequence[str]) -> None:
        clear(self._problems)
        words = [sentence for sentence in map(self._sentence, look.problems) if sentence]
        words += [text for text in map(engine_words, told) if text not in words][:_MOST_TOLD]
        for text in words:
            self._problems.addLayout(self._line("alert", "warn", text))
        if not words:
            nothing = self.tr("Nothing, in the {n} that were opened.").format(n=number(look.checked))
            self._problems.addLayout(self._line("check-circle", "ok", nothing))

    @staticmethod
    def _line(icon: str, role: str, text: str) -> object:
        return row(column(Icon(icon, role, 16), None), (Text(text, "sentence", "text2", wrap=True), 1))

    def _sentence(self, problem: DataProblem) -> str:
        names = ", ".join(problem.names)
        if problem.kind == "unbalanced":
            most, least = problem.names
            return self.tr(
                "{most} has over 5 times as many examples as {least}. Even classes are learnt better."
            ).format(most=most, least=least)
        words = {
            "empty": self.tr("Empty files: {n}, such as {names}. Record them again or delete them."),
            "pointer": self.tr(
                "Git LFS pointers instead of files: {n}, such as {names}. Run: git lfs pull"
            ),
            "unreadable": self.tr("Unreadable: {n}, such as {names}. Save them again or delete them."),
            "copy": self.tr("Copies of other examples: {n}, such as {names}. Delete them."),
            "silent": self.tr(
                "Silent recordings: {n}, such as {names}. Record them again or delete them."
            ),
            "flat": self.tr("Pictures of one colour: {n}, such as {names}. Delete them."),
            "few": self.tr("Classes with fewer than 20 examples: {n}, such as {names}. Add more."),
            "one-class": self.tr("There is only one class, {names}. Training needs two or more."),
        }.get(problem.kind, "")
        return words.format(n=number(problem.count), names=names)


def _file_name(example: Example) -> str:
    name, _, piece = example.origin.rpartition("#")
    return name.rsplit("/", 1)[-1] or f"#{piece}"
