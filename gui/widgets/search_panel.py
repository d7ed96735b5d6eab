"""The search for the best network on a board: start it, watch its front grow, take one of its points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSpinBox

from engine.candidates import front_of
from gui.theme import font
from gui.widgets.amounts import duration, milliseconds, percent, size
from gui.widgets.front_plot import FrontPlot, FrontPoint
from gui.widgets.primitives import Button, Card, Icon, Text, row, text_column

_USUAL_TRIALS = 12

Row = dict[str, Any]
"""What the engine's `search` says of one candidate."""


def trials_offered(trained: int) -> int:
    """How many networks a search should train in all, if so many are trained already."""
    return _USUAL_TRIALS if trained < _USUAL_TRIALS else trained + _USUAL_TRIALS


class SearchPanel(Card):
    """See the module. It knows no process: it shows rows and says what was asked for."""

    started = Signal(int)  # how many networks to train in all
    cancelled = Signal()
    taken = Signal(object)  # Row

    def __init__(self) -> None:
        super().__init__(gap=12)
        self._rows: list[Row] = []
        self._picked: int | None = None
        self._by_hand = False  # picked by the user; else the best so far
        self._running = False
        self._trials = QSpinBox()
        self._trials.setRange(1, 500)
        self._trials.setValue(_USUAL_TRIALS)
        self._trials.setFont(font("sentence"))
        self._trials.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._trials.setAccessibleName(self.tr("Networks to train"))
        self._start = Button(self.tr("Start search"), "primary", "magic")
        self._start.clicked.connect(lambda: self.started.emit(self._trials.value()))
        self._stop = Button(self.tr("Stop"), "", "stop")
        self._stop.clicked.connect(self.cancelled)
        self._sentence = Text("", "sentence", "text2", wrap=True)
        self.add(
            row(
                (
                    text_column(
                        Text(self.tr("Find the best that fits"), "h3"),
                        self._sentence,
                    ),
                    1,
                ),
                Text(self.tr("networks to train"), "small", "text3"),
                self._trials,
                self._start,
                self._stop,
            )
        )
        legend = row(
            Icon("dot", "accent", 12),
            Text(self.tr("nothing tried is faster and more accurate"), "small", "text3"),
            Icon("dot", "text3", 12),
            Text(self.tr("others that fit"), "small", "text3"),
            None,
            Text(self.tr("accuracy in %, on examples kept for choosing"), "small", "text3"),
        )
        self.plot = FrontPlot()
        self.plot.setMinimumHeight(220)
        self.plot.picked.connect(self._pick)
        self._name = Text("", "h3", elide=True)
        self._figures = Text("", "sentence", "text2", wrap=True)
        self._take = Button(self.tr("Take this one"), "primary", "check")
        self._take.clicked.connect(self._on_take)
        self._choice = Card(
            (text_column(self._name, self._figures), 1), self._take, kind="info", vertical=False
        )
        self.add(legend, (self.plot, 1), self._choice)
        self.show_state([])

    def show_state(
        self,
        rows: Sequence[Row],
        *,
        running: bool = False,
        busy: bool = False,
        board: bool = True,
        trained_of: tuple[int, int] | None = None,
        seconds_left: float | None = None,
        now: str = "",
        floor: float | None = None,
        budget_ms: float | None = None,
    ) -> None:
        """Show what is known.

        Args:
            rows: of all candidates so far.
            running: the search runs now.
            busy: another job runs, so none can start.
            board: a board is chosen.
            trained_of: how many networks are trained, of how many.
            seconds_left: until the search ends, None if unknown.
            now: what is being done, one sentence.
            floor: least accuracy, a fraction.
            budget_ms: most time per answer.
        """
        self._rows, self._running = list(rows), running
        trained = [r for r in rows if r["accuracy"] is not None and r["fits"]]
        # among all of them: a row tells what was on the front when it came
        front = front_of([(r["latency_ms"], r["accuracy"]) for r in trained])
        self.plot.show_points(
            [
                FrontPoint(r["number"], r["latency_ms"], r["accuracy"] * 100, place in front)
                for place, r in enumerate(trained)
            ],
            floor_percent=None if floor is None else floor * 100,
            budget_ms=budget_ms,
        )
        self._start.setVisible(not running)
        self._start.setEnabled(board and not busy)
        self._start.set_label(self.tr("Search on") if rows else self.tr("Start search"))
        self._start.set_kind("" if rows else "primary")
        self._trials.setEnabled(not running)
        if not running and len(trained) >= self._trials.value():
            self._trials.setValue(trials_offered(len(trained)))
        self._stop.setVisible(running)
        self._sentence.setText(self._words(len(trained), trained_of, seconds_left, now))
        if not board:
            self._sentence.setText(self.tr("Choose a board first: boards differ in what fits."))
        known = {r["number"] for r in trained}
        if self._picked not in known or not self._by_hand:
            self._by_hand = False
            best = max(trained, key=lambda r: r["accuracy"], default=None)
            self._picked = None if best is None else best["number"]
        self._show_choice()

    def _words(
        self,
        trained: int,
        trained_of: tuple[int, int] | None,
        seconds_left: float | None,
        now: str,
    ) -> str:
        refused = sum(not r["fits"] for r in self._rows)
        if self._running:
            done = self.tr("{n} of {all} networks trained").format(
                n=(trained_of or (0, 0))[0], all=(trained_of or (0, self._trials.value()))[1]
            )
            left = (
                self.tr(", about {time} left").format(time=duration(seconds_left))
                if seconds_left
                else ""
            )
            return f"{done}{left}. {now}"
        if not self._rows:
            return self.tr(
                "Thimble prunes this network more and less, with 8 bits and with finer ends. "
                "What does not fit is not trained. The rest becomes a point each."
            )
        parts = [self.tr("Trained networks: {n}.").format(n=trained)]
        if refused:
            parts.append(self.tr("Not trained because they do not fit: {n}.").format(n=refused))
        return " ".join(parts)

    def _pick(self, candidate: int) -> None:
        self._picked, self._by_hand = candidate, True
        self._show_choice()

    def _picked_row(self) -> Row | None:
        return next((r for r in self._rows if r["number"] == self._picked), None)

    def _show_choice(self) -> None:
        chosen = self._picked_row()
        self._choice.setVisible(chosen is not None)
        self.plot.pick(self._picked)
        if chosen is None:
            return
        parts = [chosen["network"]] if chosen["network"] else []
        parts.append(
            self.tr("{n} % of the channels removed").format(n=chosen["pruned_percent"])
            if chosen["pruned_percent"]
            else self.tr("whole")
        )
        if chosen["first_last_int16"]:
            parts.append(self.tr("first and last layer in 16 bits"))
        if chosen["image_size"]:
            parts.append(self.tr("pictures of {n} pixels").format(n=chosen["image_size"]))
        self._name.setText(", ".join(parts))
        self._figures.setText(
            self.tr(
                "{accuracy} right, measured. Predicted: {time} ms, {flash} flash, {ram} SRAM."
            ).format(
                accuracy=percent(chosen["accuracy"]),
                time=milliseconds(chosen["latency_ms"]),
                flash=size(chosen["flash_bytes"]),
                ram=size(chosen["ram_bytes"]),
            )
        )
        self._take.setEnabled(not self._running)
        self._take.setToolTip(self.tr("Stop the search first") if self._running else "")
        self.plot.setAccessibleDescription(f"{self._name.text()}. {self._figures.text()}")

    def _on_take(self) -> None:
        chosen = self._picked_row()
        if chosen is not None:
            self.taken.emit(chosen)
