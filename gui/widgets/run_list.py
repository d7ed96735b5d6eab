"""Which earlier trainings lie under the curves: one check box each, with the line that stands for it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from engine.past_runs import PastTraining
from engine.summaries import EpochRow
from gui.theme import color, font
from gui.translation import language
from gui.widgets.curves import EarlierRun
from gui.widgets.healthy_classes import Tick
from gui.widgets.primitives import clear, row

DASHES: tuple[tuple[float, ...], ...] = ((), (5, 3), (1, 2), (6, 2, 1, 2), (10, 4), (2, 4))
_COLUMNS = 2


def step_title(kind: str) -> str:
    """What a recipe step is called, translated."""
    return {
        "train": QCoreApplication.translate("Runs", "Train"),
        "distill": QCoreApplication.translate("Runs", "Learn from a teacher"),
        "prune": QCoreApplication.translate("Runs", "Prune and retrain"),
        "qat": QCoreApplication.translate("Runs", "Practise with whole numbers"),
    }.get(kind, kind)


def run_name(run: PastTraining, *, seconds: bool = False) -> str:
    """When it began and its step: "24 Nov 14:45, Train"; without the day if that is today."""
    title = step_title(run.kind)
    if run.ended == "early":
        title = QCoreApplication.translate("Runs", "{step}, stopped early").format(step=title)
    if not run.started:
        return title
    began = datetime.datetime.fromisoformat(run.started)
    moment = f"{began:%H:%M:%S}" if seconds else f"{began:%H:%M}"
    if began.date() != datetime.date.today():
        pattern = "M\u6708d\u65e5" if language().name.startswith("zh") else "d MMM"
        moment = f"{QLocale(language().name).toString(began.date(), pattern)} {moment}"
    return f"{moment}, {title}"


def told_apart(runs: Sequence[PastTraining]) -> list[str]:
    """The name of each; trainings of the same minute also get their seconds."""
    names = [run_name(run) for run in runs]
    return [run_name(run, seconds=names.count(name) > 1) for name, run in zip(names, runs, strict=True)]


def earlier_trainings(
    runs: Iterable[PastTraining], shown: Sequence[EpochRow], *, running: bool
) -> list[PastTraining]:
    """Which trainings are not the ones that the curves show already.

    Args:
        runs: all, the newest first.
        shown: epochs of the curves of the present.
        running: a job trains now, so the newest unfinished run is its own.
    """
    present = {(row_.epoch, row_.train_loss) for row_ in shown}
    return [
        run
        for run in runs
        if not (running and run.ended == "running")
        and not all((epoch.epoch, epoch.train_loss) in present for epoch in run.epochs)
    ]


def as_line(
    run: PastTraining, name: str, dash: tuple[float, ...], *, start: int
) -> dict[str, EarlierRun]:
    """The line of a training in the plot of accuracies (percent) and in that of losses."""
    start += run.epochs[0].epoch - 1
    right = [
        math.nan if e.validation_accuracy is None else 100 * e.validation_accuracy for e in run.epochs
    ]
    loss = [e.validation_loss for e in run.epochs]
    return {
        plot: EarlierRun(run.key, name, dash, start, {"validation": values})
        for plot, values in (("accuracy", right), ("loss", loss))
    }


class RunMark(QWidget):
    """The line of a training, as the curves draw it."""

    def __init__(self, dash: tuple[float, ...]) -> None:
        super().__init__()
        self._dash = list(dash)
        self.setFixedSize(28, 12)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(color("text3"), 1.5)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if self._dash:
            pen.setDashPattern(self._dash)
        painter.setPen(pen)
        painter.drawLine(QPointF(0, 6), QPointF(28, 6))


class RunList(QWidget):
    """Check boxes of earlier trainings; the newest one is ticked until the user chooses."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[Tick] = []
        self._runs: list[PastTraining] = []
        self._names: list[str] = []
        self._chosen: set[str] | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_runs(self, runs: Sequence[PastTraining]) -> None:
        """Offer these, the newest first."""
        runs = list(runs)[: len(DASHES)]
        if runs == self._runs:
            return
        self._runs, self._names = runs, told_apart(runs)
        clear(self._grid)
        self.boxes = []
        for number, (run, name) in enumerate(zip(runs, self._names, strict=True)):
            box = Tick(name)
            box.setFont(font("small_medium"))
            box.setAccessibleName(self.tr("Show {name} in the curves").format(name=name))
            box.setChecked(run.key in self._ticked())
            box.toggled.connect(self._on_toggled)
            self.boxes.append(box)
            cell = QWidget()
            cell.setLayout(row(RunMark(DASHES[number]), (box, 1), gap=6))
            self._grid.addWidget(cell, number // _COLUMNS, number % _COLUMNS)
        self.setVisible(bool(runs))

    def lines(self, starts: dict[str, int]) -> dict[str, list[EarlierRun]]:
        """What is ticked, for each plot; `starts` are the epochs before each step of the present."""
        found: dict[str, list[EarlierRun]] = {"accuracy": [], "loss": []}
        for run, name, dash in zip(self._runs, self._names, DASHES, strict=False):
            if run.key in self._ticked():
                for plot, line in as_line(run, name, dash, start=starts.get(run.stage, 0)).items():
                    found[plot].append(line)
        return found

    def forget(self) -> None:
        """Another project: nothing was chosen in it yet."""
        self._chosen = None

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(160, super().minimumSizeHint().height())

    def _ticked(self) -> set[str]:
        if self._chosen is None:
            return {run.key for run in self._runs[:1]}
        return self._chosen

    def _on_toggled(self) -> None:
        self._chosen = {
            run.key for run, box in zip(self._runs, self.boxes, strict=True) if box.isChecked()
        }
        self.changed.emit()
