"""Beside the table of layers: the network's answers, or what is behind the cell that was clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QStackedWidget

from engine.summaries import VerifyRow
from gui.widgets import amounts
from gui.widgets.class_bars import ClassBars, class_shares
from gui.widgets.confusion import ConfusionMatrix
from gui.widgets.layer_errors import ErrorHistogram, place_words
from gui.widgets.layer_table import NOT_COMPARABLE, error_words
from gui.widgets.memory_map import short_name
from gui.widgets.primitives import Button, Card, Text, row
from gui.widgets.view_switch import ViewSwitch


def error_sentence(value: float, unit: str) -> str:
    """An error with its unit in words."""
    if value >= NOT_COMPARABLE:
        return QCoreApplication.translate("VerifySide", "the results cannot be compared")
    words = error_words(value, unit)
    if unit != "quanta":
        return words
    if words == "1":
        return QCoreApplication.translate("VerifySide", "1 INT8 step")
    return QCoreApplication.translate("VerifySide", "{n} INT8 steps").format(n=words)


class VerifySide(QStackedWidget):
    """Two cards, one at a time; `closed` tells that the cell's card was left."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.confusion = ConfusionMatrix()
        self.classes = ClassBars()
        self._views = QStackedWidget()
        self._views.addWidget(self.confusion)
        self._views.addWidget(self.classes)
        self.view = ViewSwitch([self.tr("Mixed up"), self.tr("Each class")])
        self.view.view_chosen.connect(self._on_view)
        self.answers_words = Text("", "small", "text2", wrap=True)
        self._where = ""
        self.addWidget(
            Card(
                row(Text(self.tr("Its answers"), "card_title"), None, self.view),
                (self._views, 1),
                self.answers_words,
                gap=6,
            )
        )
        self.cell_title = Text("", "card_title", elide=True)
        self.cell_close = Button(self.tr("Close"), "small", "cross-circle")
        self.cell_close.clicked.connect(self.closed)
        self.cell_about = Text("", "small", "text3", wrap=True)
        self.cell_facts = Text("", "small", "text2", wrap=True)
        self.errors = ErrorHistogram()
        self.addWidget(
            Card(
                row((self.cell_title, 1), self.cell_close),
                self.cell_about,
                (self.errors, 1),
                self.cell_facts,
                gap=6,
            )
        )

    @property
    def has_something(self) -> bool:
        """Whether a cell is open, or there are answers to show."""
        return self.currentIndex() == 1 or bool(self.confusion.counts)

    def close_cell(self) -> None:
        """Go back to the answers."""
        self.setCurrentIndex(0)

    def show_answers(
        self,
        counts: Sequence[Sequence[int]],
        classes: Sequence[str],
        trained: Sequence[float | None],
        where: str,
    ) -> None:
        """Show `counts[true][predicted]` and each class; `trained` are shares of the trained network."""
        self.confusion.show_counts(counts, classes)
        self.classes.show_shares(classes, class_shares(counts), trained)
        number = amounts.number(sum(sum(answers) for answers in counts))
        self._where = self.tr("{n} examples, {where}").format(n=number, where=where)
        self._on_view(self.view.chosen)

    def _on_view(self, view: int) -> None:
        self._views.setCurrentIndex(view)
        text = self.confusion.sentence()
        if view == 1:
            text = self.tr("Share of right answers in each class.")
            if any(mark is not None for _, _, mark in self.classes.rows):
                text += " " + self.tr("The mark is the trained model, on the examples of the check.")
        self.answers_words.setText(f"{self._where}. {text}")

    def show_cell(self, found: VerifyRow, names: Mapping[str, str]) -> None:
        """Show one comparison; `names` are the forms' names for people."""
        before, after = (names.get(form, form) for form in (found.from_form, found.to_form))
        self.cell_title.setText(short_name(found.layer))
        self.cell_title.setToolTip(found.layer)
        words = self.tr("From {before} to {after}. Share of elements by their difference, {unit}.")
        steps, share = self.tr("in INT8 steps"), self.tr("as part of the layer's largest value")
        unit = steps if found.unit == "quanta" else share
        self.cell_about.setText(words.format(before=before, after=after, unit=unit))
        limit = None if _only_constants(found) else found.limit
        self.errors.show_counts(found.error_counts, found.unit, limit)
        self.cell_facts.setText(" ".join(self._sentences(found)))
        self.setCurrentIndex(1)

    def _sentences(self, found: VerifyRow) -> list[str]:
        words = self.tr("Alone: {error}, the limit is {limit}. Added up: {whole}.")
        if _only_constants(found):
            words = self.tr(
                "Its scales and weights are off by {error}, the limit is {limit}. "
                "Rounding and clipping add up to {whole}."
            )
        told = [
            words.format(
                error=error_sentence(found.isolated_error, found.unit),
                limit=error_sentence(found.limit, found.unit),
                whole=error_sentence(found.cumulated_error, found.unit),
            )
        ]
        place = place_words(found)
        if place:
            told.append(self.tr("The worst element: {place}.").format(place=place))
        if found.signal_to_noise_db is not None:
            noise = self.tr("Signal against difference: {n} dB.")
            told.append(noise.format(n=amounts.number(found.signal_to_noise_db)))
        elif not found.isolated_error:
            told.append(self.tr("All elements are equal."))
        return told


def _only_constants(found: VerifyRow) -> bool:
    """Whether the limit is of the layer's constants: to the simulation there is no layer by itself."""
    return "simulation" in found.to_form.lower()
