"""What goes into a network and comes out of it: read from the file, guessed, or set here."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from engine.errors import EngineError
from engine.meaning import CHANNEL_ORDERS, COLOUR_CHANNELS, PICTURE_RANGES, TASKS, Meaning, set_by
from gui.engine_words import engine_sentences, engine_words
from gui.widgets.primitives import Badge, Button, Card, Text, card_head, column, row

_SHORT = 96
_OWN_NUMBERS = ""


def task_name(task: str) -> str:
    """What a network is for, in two words, translated."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Tasks", text)

    names = {
        "keywords": tr("Spoken words"),
        "images": tr("Pictures"),
        "anomaly": tr("Unusual sound"),
        "vibration": tr("Vibration"),
    }
    return names.get(task, task)


class _Field(QWidget):
    """A control under its caption, which says where the value comes from."""

    def __init__(self, caption: str, control: QComboBox | QLineEdit) -> None:
        super().__init__()
        self.control = control
        self._caption = caption
        self._origin = Text("", "small", "warn")
        control.setAccessibleName(caption)
        head = row(Text(caption, "small", "text3"), self._origin, None, gap=6)
        self.setLayout(column(head, control, gap=3))

    def set_guessed(self, guessed: bool) -> None:
        """Say whether the value is a guess."""
        self._origin.setText(self.tr("guessed") if guessed else "")
        words = self.tr("guessed") if guessed else ""
        self.control.setAccessibleDescription(words)


class MeaningForm(Card):
    """Fields for a `Meaning`; `changed` carries what people set, keyed as `set_by` wants it."""

    changed = Signal(object)  # dict[str, object]

    def __init__(self) -> None:
        super().__init__(gap=8)
        self._meaning: Meaning | None = None
        self._input_shape: tuple[int, ...] = ()
        self._outputs = 0
        self._badge = Badge()
        self.confirm = Button(
            self.tr("These are right"), "small", "check", tip=self.tr("Take the guesses as known")
        )
        self.confirm.clicked.connect(self._on_confirmed)
        self.task, self.range, self.order = QComboBox(), QComboBox(), QComboBox()
        for task in TASKS:
            self.task.addItem(task_name(task), task)
        names = {
            "0 to 255": self.tr("0 to 255, as they are"),
            "0 to 1": self.tr("0 to 1"),
            "-1 to 1": self.tr("\u22121 to 1"),
            "ImageNet's mean and deviation": self.tr("ImageNet's mean and deviation"),
        }
        for name in PICTURE_RANGES:
            self.range.addItem(names[name], name)
        self.range.addItem(self.tr("other numbers"), _OWN_NUMBERS)
        for order in CHANNEL_ORDERS:
            words = self.tr("red, green, blue") if order == "RGB" else self.tr("blue, green, red")
            self.order.addItem(words, order)
        self.scale, self.mean, self.classes = QLineEdit(), QLineEdit(), QLineEdit()
        self.classes.setPlaceholderText(self.tr("yes, no, stop \u2026 in the order of the outputs"))
        self.scale.setMinimumWidth(_SHORT)
        self.mean.setMinimumWidth(_SHORT)
        self._fields = {
            "task": _Field(self.tr("What it is for"), self.task),
            "range": _Field(self.tr("Pixels become"), self.range),
            "scale": _Field(self.tr("Scale"), self.scale),
            "mean": _Field(self.tr("Mean"), self.mean),
            "channel_order": _Field(self.tr("Order of colours"), self.order),
            "classes": _Field(self.tr("Names of the answers"), self.classes),
        }
        self._note = Text("", "small", "text3", wrap=True)
        self._error = Text("", "sentence", "bad", wrap=True)
        self._error.hide()
        fields = self._fields
        self.add(
            card_head(
                self.tr("What goes in and comes out"),
                self.tr("the network takes scale \u00d7 (value \u2212 mean)"),
                self.confirm,
                self._badge,
            ),
            row(
                (fields["task"], 3), (fields["range"], 4), (fields["scale"], 3), (fields["mean"], 3),
                (fields["channel_order"], 3), gap=12,
            ),
            fields["classes"],
            self._note,
            self._error,
        )  # fmt: skip
        self.task.activated.connect(lambda _: self._set("task", self.task.currentData()))
        self.order.activated.connect(lambda _: self._set("channel_order", self.order.currentData()))
        self.range.activated.connect(self._on_range_chosen)
        for name, field in (("scale", self.scale), ("mean", self.mean), ("classes", self.classes)):
            field.editingFinished.connect(lambda name=name, field=field: self._on_edited(name, field))

    @property
    def problem(self) -> str:
        """What is wrong with the last value, '' if nothing is."""
        return "" if self._error.isHidden() else self._error.text()

    def show_meaning(
        self, meaning: Meaning, *, input_shape: tuple[int, ...], outputs: int, fixed_task: bool = False
    ) -> None:
        """Fill the fields.

        Args:
            meaning: to show.
            input_shape: of the network's input without batch, channels last.
            outputs: how many numbers it answers with, 0 if that is no list of classes.
            fixed_task: the task cannot be changed any more.
        """
        self._input_shape, self._outputs = input_shape, outputs
        self._fields["task"].setEnabled(not fixed_task)
        pictures = meaning.task == "images"
        colour = len(input_shape) == 3 and input_shape[-1] == COLOUR_CHANNELS and pictures
        self._fields["range"].setVisible(pictures)
        self._fields["channel_order"].setVisible(colour)
        guesses = set(meaning.guesses)
        if not colour:
            guesses.discard("channel_order")
        for name, field in self._fields.items():
            field.set_guessed(name in guesses)
        self.confirm.setVisible(bool(guesses))
        if guesses:
            self._badge.set(self.tr("{n} guessed: please look").format(n=len(guesses)), "warn")
        else:
            self._badge.set(self.tr("All known"), "ok")
        if meaning == self._meaning:
            return
        self._meaning = meaning
        self._error.hide()
        self.task.setCurrentIndex(self.task.findData(meaning.task))
        self.order.setCurrentIndex(self.order.findData(meaning.channel_order or "RGB"))
        self.range.setCurrentIndex(self.range.findData(_range_of(meaning)))
        self.scale.setText(_numbers(meaning.scale))
        self.mean.setText(_numbers(meaning.mean))
        self.classes.setText(", ".join(meaning.classes))
        self._note.setText(self._sentence(meaning, pictures))
        self._note.setVisible(bool(self._note.text()))

    def _sentence(self, meaning: Meaning, pictures: bool) -> str:
        if "scale" not in meaning.guesses or "scale" not in meaning.reasons:
            return ""
        words = self.tr("Why this guess: {reason}. A wrong scale gives no error, only wrong answers.")
        return words.format(reason=engine_words(meaning.reasons["scale"])) if pictures else ""

    def _on_confirmed(self) -> None:
        if self._meaning is not None:
            values = {name: getattr(self._meaning, name) for name in self._meaning.guesses}
            self._try({k: list(v) if isinstance(v, tuple) else v for k, v in values.items()})

    def _on_range_chosen(self, _index: int) -> None:
        name = str(self.range.currentData())
        if name == _OWN_NUMBERS:
            self.scale.setFocus()
            return
        scale, mean = PICTURE_RANGES[name]
        self._try({"scale": list(scale), "mean": list(mean)})

    def _on_edited(self, name: str, field: QLineEdit) -> None:
        if self._meaning is None:
            return
        known = getattr(self._meaning, name)
        shown = ", ".join(known) if name == "classes" else _numbers(known)
        text = field.text().strip()
        if text != shown:
            self._set(name, [part.strip() for part in text.split(",")] if name == "classes" else text)
        elif self.problem:
            self._error.hide()

    def _set(self, name: str, value: object) -> None:
        self._try({name: value})

    def _try(self, values: dict[str, object]) -> None:
        """Pass on what makes sense; say what does not."""
        if self._meaning is None:
            return
        try:
            meaning = self._meaning.with_set(**set_by(values))
            shape = self._input_shape if len(meaning.scale) + len(meaning.mean) > 2 else ()
            meaning.check(input_shape=shape, outputs=self._outputs)
        except EngineError as error:
            self._error.setText(engine_sentences(error.message, error.hint))
            self._error.show()
            return
        self._error.hide()
        self.changed.emit(values)


def _range_of(meaning: Meaning) -> str:
    for name, numbers in PICTURE_RANGES.items():
        if (meaning.scale, meaning.mean) == numbers:
            return name
    return _OWN_NUMBERS


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)
