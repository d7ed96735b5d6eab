"""Cards of the live page: the big latency number, the last answer, and the steps of flashing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from engine.events import StageProgress
from engine.summaries import FlashSummary, TensorInfo
from gui import theme
from gui.widgets import amounts
from gui.widgets.histogram import LatencyStatistics
from gui.widgets.primitives import (
    Badge,
    Bar,
    BigNumber,
    Button,
    Card,
    Icon,
    Text,
    card_head,
    clear,
    column,
    row,
)

SHOWN_ANSWERS = 4
SHOWN_OUTPUTS, SHOWN_NUMBERS = 4, 6
SPARK_POINTS = 140


class Spark(QWidget):
    """The newest values as a line without axes; its range only serves the eye."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: NDArray[np.float64] = np.empty(0)
        self._dull = False
        self.setMinimumHeight(34)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_values(self, values: NDArray[np.float64], *, dull: bool = False) -> None:
        """Show these values, oldest first; `dull` greys them."""
        self._values, self._dull = values, dull
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(200, 44)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        if self._values.size < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width, height = self.width() - 8, self.height() - 8
        low, high = float(self._values.min()), float(self._values.max())
        # a steady stream must look steady: the range is at least a twentieth of the value
        span = max(high - low, abs(high) * 0.05, 1e-9)
        middle = (low + high) / 2
        xs = np.linspace(1, width, self._values.size)
        ys = 4 + height / 2 - (self._values - middle) / span * height
        role = "text3" if self._dull else "accent"
        line = QPainterPath(QPointF(xs[0], ys[0]))
        for x, y in zip(xs[1:], ys[1:], strict=True):
            line.lineTo(x, y)
        area = QPainterPath(line)
        area.lineTo(xs[-1], self.height())
        area.lineTo(xs[0], self.height())
        shade = QLinearGradient(0, 0, 0, self.height())
        shade.setColorAt(0, theme.color(role, 70))
        shade.setColorAt(1, theme.color(role, 0))
        painter.fillPath(area, shade)
        painter.setPen(QPen(theme.color(role), 1.75))
        painter.drawPath(line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(role))
        painter.drawEllipse(QPointF(xs[-1], ys[-1]), 3.5, 3.5)


class LatencyCard(Card):
    """Time per answer in display type, where it comes from, percentiles and a spark."""

    def __init__(self) -> None:
        super().__init__(gap=4)
        self.basis = Text("", "small", "text3", elide=True)
        self.state = Badge("", "text2", "")
        self.number = BigNumber(amounts.DASH, "ms", pixels=60, unit_pixels=20)
        self.features = Text("", "small", "text2", elide=True)
        self.spark = Spark()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._rows = {
            "p50": (self.tr("typical (p50)"), Text(amounts.DASH, "sentence_strong", align=right)),
            "p99": (self.tr("worst 1 % (p99)"), Text(amounts.DASH, "sentence_strong", align=right)),
            "budget": (self.tr("your budget"), Text(amounts.DASH, "sentence_strong", align=right)),
        }
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        for line, (words, value) in enumerate(self._rows.values()):
            grid.addWidget(Text(words, "small", "text3"), line, 0)
            grid.addWidget(value, line, 1)
        self.add(
            row(Text(self.tr("Time per answer"), "card_title"), (self.basis, 1), self.state),
            6,
            row(self.number, None, column(None, grid, None), gap=6),
            self.features,
            (self.spark, 1),
        )
        self.features.hide()

    def show_latency(self, ms: float | None, *, dull: bool = False) -> None:
        """Show the newest latency; `dull` greys it: the board is silent."""
        text = amounts.DASH if ms is None else amounts.milliseconds(ms)
        self.number.set(text, "ms", "text3" if dull or ms is None else "text")

    def show_features(self, ms: float | None, words: str = "") -> None:
        """Show what the features of a clip took beside the network; None where nothing was made."""
        self.features.setVisible(ms is not None)
        if ms is not None:
            self.features.setText(f"+ {amounts.milliseconds(ms)} ms  {words}")

    def show_statistics(self, statistics: LatencyStatistics | None, budget_ms: float | None) -> None:
        """Show the percentiles over everything in memory, and the budget."""
        values = {
            "p50": statistics.p50 if statistics is not None else None,
            "p99": statistics.p99 if statistics is not None else None,
            "budget": budget_ms,
        }
        for key, value in values.items():
            text = amounts.DASH if value is None else amounts.milliseconds(value)
            self._rows[key][1].setText(text)


@dataclass(frozen=True)
class Answer:
    """One answer of the board.

    Attributes:
        shares: of each class, 0..1; empty where the output is not one of classes.
        classes: their names.
        truth: index of the true class of the input that was played, -1 if not known.
        outputs: where there are no classes, each output's name and its whole numbers.
    """

    shares: tuple[float, ...]
    classes: tuple[str, ...]
    truth: int = -1
    outputs: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @property
    def best(self) -> int:
        """Index of the likeliest class, -1 without classes."""
        return max(range(len(self.shares)), key=self.shares.__getitem__) if self.shares else -1


def shares_of(output: list[int]) -> tuple[float, ...]:
    """Shares of a softmax in INT8: TFLite fixes its output to scale 1/256 and zero point -128."""
    return tuple((value + 128) / 256 for value in output)


def split_outputs(
    data: list[int], tensors: Sequence[TensorInfo]
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Each output's name and whole numbers.

    Args:
        data: bytes of all outputs one behind another, each -128..127.
        tensors: the outputs; their numbers are of 8 or of 16 bits on the board.

    Returns:
        Nothing where the bytes do not suit the outputs.
    """
    counts = [math.prod(tensor.shape) for tensor in tensors]
    width, rest = divmod(len(data), max(1, sum(counts)))
    if rest or width not in (1, 2):
        return ()
    raw = np.array(data, np.int8).view(np.dtype(f"<i{width}"))
    parts = np.split(raw, np.cumsum(counts)[:-1])
    return tuple((t.name, tuple(part.tolist())) for t, part in zip(tensors, parts, strict=True))


def _outputs_text(outputs: Sequence[tuple[str, tuple[int, ...]]]) -> str:
    """Each output in a line of its own: its name and its first numbers."""
    lines = []
    for name, numbers in outputs[:SHOWN_OUTPUTS]:
        shown = "  ".join(str(number) for number in numbers[:SHOWN_NUMBERS])
        more = "  \u2026" if len(numbers) > SHOWN_NUMBERS else ""
        lines.append(f"{name}:  {shown}{more}")
    if len(outputs) > SHOWN_OUTPUTS:
        lines.append("\u2026")
    return "\n".join(lines)


class AnswerCard(Card):
    """The last answer in large type, the true class beside it, and the likeliest classes."""

    def __init__(self, title: str) -> None:
        super().__init__(gap=4, margins=(16, 12, 16, 12))
        self.title = Text(title, "card_title", elide=True)
        self.sure = Text("", "sentence_strong", "text2")
        self.word = Text(amounts.DASH, "gauge", "text3", elide=True)
        self.truth = Badge("", "text2", "")
        self.truth.hide()
        self.play = Button(self.tr("Play clips"), "small", "play")
        self.free = Button(self.tr("Run freely"), "small", "refresh")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._lines: list[tuple[Text, Bar, Text]] = []
        for line in range(SHOWN_ANSWERS):
            items = (
                Text("", "sentence", "text2"),
                Bar(None, "cat5", 9),
                Text("", "sentence", align=right),
            )
            items[0].setMaximumWidth(96)
            for place, widget in enumerate(items):
                self._grid.addWidget(widget, line, place)
                policy = widget.sizePolicy()
                policy.setRetainSizeWhenHidden(True)
                widget.setSizePolicy(policy)
            self._lines.append(items)
        self.hint = Text("", "small", "text3", wrap=True)
        self.add(
            row((self.title, 1), self.truth),
            row((self.word, 1), self.sure),
            None,
            self._grid,
            self.hint,
            None,
            row(self.play, self.free, None, gap=6),
        )
        self.show_answer(None)

    def show_answer(self, answer: Answer | None) -> None:
        """Show an answer; None before the first one."""
        best = answer.best if answer is not None else -1
        self.hint.setVisible(best < 0)
        for widgets in self._lines:
            for widget in widgets:
                widget.setVisible(best >= 0)
        if answer is None or best < 0:
            self.word.setText(amounts.DASH)
            self.word.set_role("text3")
            self.sure.setText("")
            self.truth.hide()
            self.hint.setText(
                self.tr("No answer yet. Play the test clips, or let the board run by itself.")
                if answer is None
                else _outputs_text(answer.outputs)
                or self.tr("The output of this model is not one of a list of classes.")
            )
            return
        self.word.setText(answer.classes[best])
        self.word.set_role("accent")
        self.sure.setText(
            self.tr("{percent} sure").format(percent=amounts.percent(answer.shares[best], 0))
        )
        order = sorted(range(len(answer.shares)), key=lambda i: -answer.shares[i])[:SHOWN_ANSWERS]
        for line, (name, bar, share) in enumerate(self._lines):
            used = line < len(order)
            for widget in (name, bar, share):
                widget.setVisible(used)
            if not used:
                continue
            index = order[line]
            name.setText(answer.classes[index])
            name.set_style("sentence_strong" if line == 0 else "sentence")
            name.set_role("text" if line == 0 else "text2")
            bar.set(answer.shares[index], "cat0" if line == 0 else "cat5")
            share.setText(amounts.percent(answer.shares[index]))
        self._show_truth(answer, best)

    def _show_truth(self, answer: Answer, best: int) -> None:
        known = 0 <= answer.truth < len(answer.classes)
        self.truth.setVisible(known)
        if known:
            right = answer.truth == best
            words = self.tr("right: {name}") if right else self.tr("played: {name}")
            self.truth.set(words.format(name=answer.classes[answer.truth]), "ok" if right else "bad")


@dataclass(frozen=True)
class FlashStep:
    """One step of flashing: its name, how long it took (None: not done), whether it runs."""

    name: str
    seconds: float | None
    running: bool = False


class FlashCard(Card):
    """The steps of the last or the running write to the board."""

    STEPS = ("erase", "write", "verify", "restart")
    # the unit of the progress tells which step runs
    UNITS: ClassVar = {"bytes erased": "erase", "bytes written": "write", "bytes verified": "verify"}

    def __init__(self) -> None:
        super().__init__(gap=5)
        self.badge = Badge("", "text2", "")
        self.steps = column(gap=5)
        self.bar = Bar(None, "accent", 6)
        self.flash = Button(self.tr("Write"), "small", "lightning")
        self.restart = Button(self.tr("Restart"), "small", "restart")
        self.add(
            card_head(self.tr("Flashing"), "", self.badge),
            self.steps,
            None,
            self.bar,
            row(self.flash, self.restart, None, gap=6),
        )
        self._shown: tuple[FlashStep, ...] = ()

    @property
    def shown(self) -> tuple[FlashStep, ...]:
        """The steps in view."""
        return self._shown

    def step_name(self, step: str, size: int | None = None) -> str:
        """A step in words."""
        if step == "write" and size is not None:
            return self.tr("Write {size}").format(size=amounts.size(size))
        words = {
            "erase": self.tr("Erase"),
            "write": self.tr("Write"),
            "verify": self.tr("Read back, compare"),
            "restart": self.tr("Restart, say hello"),
        }
        return words.get(step, step)

    def show_summary(self, summary: FlashSummary | None) -> None:
        """Show the last write, or that there was none."""
        if summary is None:
            self.badge.set(self.tr("not yet"), "text2", "")
            self._show_steps([FlashStep(self.step_name(step), None) for step in self.STEPS])
            self.bar.set(None, "accent")
            return
        steps = summary.step_seconds
        total = amounts.duration(sum(steps.values()))
        self.badge.set(self.tr("Done, {time}").format(time=total), "ok")
        size = summary.bytes_written
        self._show_steps([FlashStep(self.step_name(name, size), took) for name, took in steps.items()])
        self.bar.set(1.0, "ok_fill")

    def show_progress(self, progress: StageProgress | None) -> None:
        """Show the running write; before its first progress the first step runs."""
        here = self.UNITS.get(progress.unit, "erase") if progress is not None else "erase"
        self.badge.set(self.tr("Writing"), "accent", "lightning")
        self._show_steps([FlashStep(self.step_name(step), None, step == here) for step in self.STEPS])
        known = progress is not None and progress.total > 0
        share = progress.done / progress.total if progress is not None and known else None
        self.bar.set(share, "accent")

    def _show_steps(self, steps: Sequence[FlashStep]) -> None:
        if tuple(steps) == self._shown:
            return
        self._shown = tuple(steps)
        clear(self.steps)
        for step in steps:
            done = step.seconds is not None
            mark = (
                ("check", "ok")
                if done
                else ("refresh", "accent")
                if step.running
                else ("minus", "text3")
            )
            seconds = "" if step.seconds is None else amounts.duration(step.seconds)
            name = Text(step.name, "sentence", "text" if done or step.running else "text2", elide=True)
            line = QWidget()
            line.setLayout(row(Icon(*mark, 15), (name, 1), Text(seconds, "small", "text3"), gap=7))
            self.steps.addWidget(line)
