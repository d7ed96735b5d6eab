"""One step of the recipe as a card: order, picture, words, main setting, what it changed, switch."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QSizePolicy, QSlider, QSpinBox, QWidget

from engine.file_code import may_hold_code
from engine.recipe import (
    DistillStep,
    PruneStep,
    QatStep,
    QuantizeStep,
    RemoveDeadStep,
    Step,
    TrainStep,
)
from gui.recipe_figures import StepFigures
from gui.theme import font
from gui.widgets.amounts import MINUS, number
from gui.widgets.import_cards import TrustDialog
from gui.widgets.primitives import (
    EN_DASH,
    Button,
    Card,
    Icon,
    Switch,
    Text,
    Tile,
    column,
    polish,
    row,
    spacer,
)
from gui.widgets.what_is import WhatIs

# accuracy, flash, SRAM, latency: one set of widths for the head, the cards and the result
COLUMN_WIDTHS = (64, 58, 58, 64)
_ICONS = {
    "train": "learn",
    "remove-dead": "ghost",
    "distill": "distil",
    "prune": "scissors",
    "qat": "practise",
    "quantize": "stairs",
}
# Networks that can teach, beside files; the first is the largest for the task that trains in minutes.
_TEACHERS = (
    *("", "ds-cnn-s", "ds-cnn-m", "ds-cnn-l", "resnet8", "mobilenet-v1-025", "mobilenet-v1-050"),
    *("mobilenet-v2-035", "mobilenet-v2-050", "mobilenet-v2-100", "mcunet-in3", "resnet-18"),
    *("resnet-50", "tiny-cnn", "tiny-dense", "autoencoder"),
)


def step_words(step: Step) -> tuple[str, str, str]:
    """Title, the field's term, and one sentence about a step, translated."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Steps", text)

    if isinstance(step, TrainStep):
        return (
            tr("Train the network"),
            tr("supervised training"),
            tr("It sees the examples again and again until it stops getting better."),
        )
    if isinstance(step, RemoveDeadStep):
        return (
            tr("Remove dead filters"),
            tr("exact"),
            tr("Removes the filters that give the same output for every input. No answer changes."),
        )
    if isinstance(step, DistillStep):
        return (
            tr("Learn from a teacher"),
            tr("distillation"),
            tr("A larger network shows how sure it is of each class, and this one imitates it."),
        )
    if isinstance(step, QatStep):
        return (
            tr("Practise with whole numbers"),
            tr("8-bit aware training"),
            tr("Trains on with the rounding errors of the chip, so that they cost less afterwards."),
        )
    if isinstance(step, PruneStep):
        terms = {
            "l1": tr("L1 filter pruning"),
            "taylor": tr("Taylor filter pruning"),
            "bn-scale": tr("BatchNorm filter pruning"),
        }
        return (
            tr("Prune weak channels"),
            terms.get(step.importance, tr("filter pruning")),
            tr("Removes the channels that matter least, then trains on to win back the loss."),
        )
    return (
        tr("Use whole numbers"),
        tr("INT8 post-training"),
        tr("Stores each weight in 1 byte instead of 4, with ranges measured on your examples."),
    )


def signed(value: float, decimals: int) -> str:
    """A change with its sign; zero is an en dash."""
    if round(value, decimals) == 0:
        return EN_DASH
    return ("+" if value > 0 else MINUS) + number(abs(value), decimals)


class Delta(Text):
    """A change: a gain is plain green, a cost stands on an amber plate, zero is an en dash."""

    def __init__(self, width: int) -> None:
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        super().__init__(EN_DASH, "card_title", "text3", align=align)
        self.setContentsMargins(0, 3, 7, 3)
        self.setFixedWidth(width)

    def set(self, change: float | None, decimals: int, *, more_is_better: bool, off: bool) -> None:
        """Show a change; None is not known."""
        text = EN_DASH if change is None else signed(change, decimals)
        self.setText(text)
        cost = change is not None and text != EN_DASH and (change > 0) != more_is_better
        role = "text3" if text == EN_DASH or off else "warn" if cost else "ok"
        plate = "warn" if cost and not off else ""
        if self.property("plate") != plate:
            self.setProperty("plate", plate)
            polish(self)
        self.set_role(role)


class Grip(Icon):
    """The dots to drag a card by."""

    dragged = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__("grip", "text3", 18)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        self.dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.dropped.emit(event.globalPosition().toPoint())


class StepCard(Card):
    """See the module. Alt+Up and Alt+Down move it, Space switches it, Delete removes it."""

    changed = Signal(int, object)  # index, the new step
    moved = Signal(int, int)  # index, by how many places
    removed = Signal(int)
    dragged = Signal(int, QPoint)
    dropped = Signal(int, QPoint)

    def __init__(self, index: int, step: Step) -> None:
        super().__init__(vertical=False, margins=(10, 6, 14, 6))
        self.index, self.step = index, step
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        title, term, sentence = step_words(step)
        self.setAccessibleName(f"{index + 1}. {title}")
        self._grip = Grip()
        self._grip.dragged.connect(lambda at: self.dragged.emit(self.index, at))
        self._grip.dropped.connect(lambda at: self.dropped.emit(self.index, at))
        self._order = Text("", "sentence_strong", "text3", align=Qt.AlignmentFlag.AlignCenter)
        self._order.setFixedWidth(16)
        self._tile = Tile(_ICONS[step.kind], "accent", 38)
        self._title = Text(title, "h3")
        self._switch = Switch(step.enabled, self.tr("{step} on or off").format(step=title))
        self._switch.toggled.connect(self._on_toggled)
        remove = Button("", "ghost", "trash", tip=self.tr("Remove this step"))
        remove.clicked.connect(lambda: self.removed.emit(self.index))
        self._deltas = [Delta(width) for width in COLUMN_WIDTHS]
        self._setting = self._make_setting()
        self._sentence = sentence
        self._words = Text(sentence, "sentence", "text2", wrap=True)
        words = column(
            None,
            row(self._title, Text(term, "small", "text3", elide=True), WhatIs(step.kind), gap=6),
            self._words,
            None,
            gap=2,
        )
        self.add(
            self._grip,
            self._order,
            self._tile,
            2,
            (words, 1),
            self._setting,
            *self._deltas,
            4,
            self._switch,
            remove,
        )
        self.setMinimumHeight(78)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_figures(self, figures: StepFigures, number_in_order: int) -> None:
        """Show order and changes; order 0 is a step that is off."""
        off = not self.step.enabled
        self.set_off(off)
        self._title.set_role("text2" if off else "text")
        self._tile.set_icon(_ICONS[self.step.kind], "text3" if off else "accent")
        self._order.setText(str(number_in_order) if number_in_order else EN_DASH)
        self._words.setText(self._harm(figures.harm) if figures.harm else self._sentence)
        self._words.set_role("warn" if figures.harm and not off else "text2")
        points = None if figures.accuracy_change is None else figures.accuracy_change * 100
        off = off or figures.stale
        self._deltas[0].set(points, 1, more_is_better=True, off=off)
        kilobytes = (figures.flash_change_bytes, figures.ram_change_bytes)
        for delta, change in zip(self._deltas[1:3], kilobytes, strict=True):
            change = None if change is None else change / 1024
            delta.set(change, 1, more_is_better=False, off=off)
        self._deltas[3].set(figures.latency_change_ms, 1, more_is_better=False, off=off)

    def _harm(self, share: float) -> str:
        words = self.tr("The teacher cost {n} points. Switch this step off, or double its epochs.")
        return words.format(n=number(share * 100, 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(self.index, -1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_Space:
            self._switch.toggle()
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit(self.index)
        else:
            super().keyPressEvent(event)

    def _on_toggled(self, on: bool) -> None:
        self.changed.emit(self.index, dataclasses.replace(self.step, enabled=on))

    def _change(self, **settings: object) -> None:
        step = dataclasses.replace(self.step, **settings)  # type: ignore[arg-type]
        if step != self.step:
            self.step = step
            self.changed.emit(self.index, step)

    def _make_setting(self) -> QWidget:
        step = self.step
        holder = QWidget()
        holder.setFixedWidth(156)
        if isinstance(step, TrainStep):
            words, control = self.tr("at most"), self._spin(step.epochs, 1, 500, self.tr("epochs"))
            control.editingFinished.connect(lambda: self._change(epochs=control.value()))
            holder.setLayout(row(None, Text(words, "small", "text3"), control))
        elif isinstance(step, QatStep):
            control = self._spin(step.epochs, 1, 500, self.tr("epochs"))
            control.editingFinished.connect(lambda: self._change(epochs=control.value()))
            holder.setLayout(row(None, Text(self.tr("at most"), "small", "text3"), control))
        elif isinstance(step, DistillStep):
            holder.setLayout(column(self._teacher(step), gap=4))
        elif isinstance(step, PruneStep):
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setRange(5, 90)
            slider.setSingleStep(5)
            slider.setPageStep(10)
            slider.setValue(round(step.ratio * 100))
            slider.setAccessibleName(self.tr("Share of channels to remove, %"))
            share = Text(f"{slider.value()} %", "small_strong", "accent")
            share.setFixedWidth(38)
            slider.valueChanged.connect(lambda value: share.setText(f"{value} %"))
            slider.valueChanged.connect(
                lambda value: None if slider.isSliderDown() else self._change(ratio=value / 100)
            )
            slider.sliderReleased.connect(lambda: self._change(ratio=slider.value() / 100))
            holder.setLayout(row(Text(self.tr("remove"), "small", "text3"), slider, share))
        elif isinstance(step, QuantizeStep):
            samples = self._spin(step.calibration_samples, 100, 500, self.tr("samples"))
            samples.editingFinished.connect(lambda: self._change(calibration_samples=samples.value()))
            method = QComboBox()
            method.setFont(font("sentence"))
            for key, name in (
                ("minmax", self.tr("full range")),
                ("percentile", self.tr("without outliers")),
                ("mse", self.tr("least error")),
            ):
                method.addItem(name, key)
            method.setCurrentIndex(max(0, method.findData(step.method)))
            method.setAccessibleName(self.tr("How ranges are read"))
            method.activated.connect(lambda: self._change(method=method.currentData()))
            holder.setLayout(column(samples, method, gap=4))
        else:
            holder.setLayout(row(spacer(1)))
        return holder

    def _teacher(self, step: DistillStep) -> QComboBox:
        teacher = QComboBox()
        teacher.setFont(font("sentence"))
        teacher.setAccessibleName(self.tr("Teacher"))
        for name in _TEACHERS:
            teacher.addItem(name or self.tr("the usual teacher"), name)
        if step.teacher not in _TEACHERS:
            teacher.addItem(Path(step.teacher).name, step.teacher)
        teacher.setCurrentIndex(teacher.findData(step.teacher))
        teacher.addItem(self.tr("a file…"), None)
        teacher.activated.connect(lambda: self._on_teacher(teacher))
        return teacher

    def _on_teacher(self, teacher: QComboBox) -> None:
        chosen = teacher.currentData()
        if chosen is None:
            chosen, _ = QFileDialog.getOpenFileName(self, self.tr("The teacher's model file"))
            if not chosen:
                teacher.setCurrentIndex(teacher.findData(getattr(self.step, "teacher", "")))
                return
        trusted = ""
        if may_hold_code(Path(chosen)):
            if TrustDialog(Path(chosen), self).exec() != QDialog.DialogCode.Accepted:
                teacher.setCurrentIndex(teacher.findData(getattr(self.step, "teacher", "")))
                return
            trusted = chosen
        self._change(teacher=chosen, trusted_teacher=trusted)

    def _spin(self, value: int, low: int, high: int, suffix: str) -> QSpinBox:
        control = QSpinBox()
        control.setRange(low, high)
        control.setValue(value)
        control.setSuffix(f"\u00a0{suffix}")
        control.setAccessibleName(suffix)
        control.setKeyboardTracking(False)
        control.setAlignment(Qt.AlignmentFlag.AlignCenter)
        control.setFont(font("sentence"))
        return control
