"""The two cards of training curves, with what can be done to them and the earlier runs under them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from engine.events import EpochEnded
from engine.past_runs import PastTraining
from engine.summaries import EpochRow
from gui.widgets.curves import SMOOTHED_EPOCHS, EpochPlot, Level, Series
from gui.widgets.primitives import Button, Card, Text, legend, row
from gui.widgets.run_list import RunList, earlier_trainings
from gui.widgets.what_is import WhatIs

Epoch = EpochRow | EpochEnded


class CurveCards(QObject):
    """Accuracy and loss after each epoch; `changed` says that other earlier runs are wanted."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        training, validation = self.tr("training"), self.tr("validation")
        series = (Series("validation", validation, "cat1"), Series("train", training, "cat0"))
        self.accuracy = EpochPlot(series, unit=" %", decimals=1, floor=0.0, ceiling=100.0)
        self.accuracy.setAccessibleName(self.tr("Accuracy after each epoch"))
        self.loss = EpochPlot(series, decimals=3, floor=0.0)
        self.loss.setAccessibleName(self.tr("Error after each epoch"))
        self.accuracy.set_caption(self.tr("epoch (one pass over the training data)"))
        self.accuracy.span_changed.connect(self.loss.show_span)
        self.loss.span_changed.connect(self.accuracy.show_span)
        self.runs = RunList()
        self.runs.changed.connect(self.changed)
        self.runs_title = Text(self.tr("Earlier runs"), "small_strong", "text2")
        self._make_buttons()
        self.accuracy_title = Text(self.tr("Answers right"), "card_title")
        marks = ((training, "cat0", "line"), (validation, "cat1", "line"))
        self.accuracy_card = Card(
            row(
                self.accuracy_title,
                Text("%", "small", "text3"),
                WhatIs("validation"),
                None,
                legend(*marks),
            ),
            (self.accuracy, 1),
            row(self.runs_title, None, self.smooth, 4, self.wider, self.closer, self.whole, gap=4),
            self.runs,
            gap=4,
        )
        self.loss_card = Card(
            row(
                Text(self.tr("Error"), "card_title"),
                Text(self.tr("loss"), "small", "text3"),
                WhatIs("loss"),
                None,
                legend(*marks),
                self.logarithmic,
            ),
            (self.loss, 1),
            gap=2,
        )

    def _make_buttons(self) -> None:
        self.smooth = Button(self.tr("Smooth"), "small")
        self.smooth.setCheckable(True)
        self.smooth.setToolTip(
            self.tr("Means over {n} epochs; the values stay behind them").format(n=SMOOTHED_EPOCHS)
        )
        self.smooth.toggled.connect(self.accuracy.set_smooth)
        self.smooth.toggled.connect(self.loss.set_smooth)
        self.logarithmic = Button(self.tr("Log scale"), "small")
        self.logarithmic.setCheckable(True)
        self.logarithmic.setToolTip(
            self.tr("Equal steps are equal factors: small losses can be told apart")
        )
        self.logarithmic.toggled.connect(self.loss.set_logarithmic)
        self.closer = Button("", "small", "plus", tip=self.tr("Zoom in (+)"))
        self.wider = Button("", "small", "minus", tip=self.tr("Zoom out (\u2212)"))
        self.whole = Button(self.tr("Whole"), "small", tip=self.tr("Show all epochs (0)"))
        self.whole.setEnabled(False)
        self.closer.clicked.connect(self.accuracy.zoom_in)
        self.wider.clicked.connect(self.accuracy.zoom_out)
        self.whole.clicked.connect(self.accuracy.show_whole)
        self.accuracy.zoom_changed.connect(self.whole.setEnabled)

    def show_epochs(
        self,
        by_step: dict[str, Sequence[Epoch]],
        *,
        end: int,
        levels: Sequence[Level],
        past: Sequence[PastTraining],
        running: bool,
    ) -> None:
        """Show the epochs of each step of the present one after the other.

        Args:
            by_step: epochs by stage, in order; also of steps without any.
            end: the last epoch that is expected.
            levels: of the accuracy.
            past: trainings of earlier runs; what the curves show already is left out.
            running: a job trains now.
        """
        rows = [epoch for epochs in by_step.values() for epoch in epochs]
        # An autoencoder gives no answers that could be right.
        area = bool(rows) and all(r.train_accuracy is None for r in rows)
        self.accuracy_title.setText(
            self.tr("Faults told apart, AUC") if area else self.tr("Answers right")
        )
        starts: dict[str, int] = {}
        boundaries: list[int] = []
        total = 0
        for key, epochs in by_step.items():
            starts[key] = total
            total += len(epochs)
            if epochs:
                boundaries.append(total)
        self.runs.show_runs(earlier_trainings(past, rows, running=running))
        self.runs_title.setVisible(bool(self.runs.boxes))
        earlier = self.runs.lines(starts)
        self.accuracy.show_values(
            {
                "train": [_percent_or_gap(r.train_accuracy) for r in rows],
                "validation": [_percent_or_gap(r.validation_accuracy) for r in rows],
            },
            end=end,
            boundaries=boundaries[:-1],
            levels=levels,
            earlier=earlier["accuracy"],
        )
        self.loss.show_values(
            {"train": [r.train_loss for r in rows], "validation": [r.validation_loss for r in rows]},
            end=end,
            boundaries=boundaries[:-1],
            earlier=earlier["loss"],
        )


def _percent_or_gap(fraction: float | None) -> float:
    """A value of the plot; what nobody knows leaves a gap."""
    return math.nan if fraction is None else 100 * fraction
