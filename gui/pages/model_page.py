"""Model: start from a file of one's own or from a ready-made task, and see what it is."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from engine.data.spec import DEFAULT_SOURCES
from engine.summaries import DataSummary, ModelSummary
from gui.intents import (
    ChooseData,
    ChooseModelFile,
    ChooseTask,
    CopyText,
    OpenPage,
    RunUntil,
)
from gui.pages.page import Footer, Page
from gui.project_model import ProjectModel
from gui.widgets.amounts import number
from gui.widgets.model_layers import LayersTable, LayerStrip, shape_text
from gui.widgets.primitives import (
    EN_DASH,
    Badge,
    Button,
    Card,
    Chip,
    DropFrame,
    Fact,
    Icon,
    Rule,
    Text,
    Tile,
    card_head,
    column,
    row,
    text_column,
)
from gui.widgets.verdict import ErrorCard

FILE_ENDINGS = (".tflite",)
TASKS = ("keywords", "images", "anomaly")
_TASK_ICONS = {"keywords": "microphone", "images": "image", "anomaly": "waveform"}


def task_words(task: str) -> tuple[str, str, str]:
    """Title, sentence and small print of a ready-made task, translated."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Tasks", text)

    return {
        "keywords": (
            tr("Keyword spotting"),
            tr("Hears a few spoken words, such as yes, no, stop, go."),
            tr("10 words \u00b7 1 s of sound at 16 kHz"),
        ),
        "images": (
            tr("Image classification"),
            tr("Says which digit a small picture shows."),
            tr("10 digits \u00b7 8 \u00d7 8 grey"),
        ),
        "anomaly": (
            tr("Anomalous sound"),
            tr("Notices when a machine starts to sound wrong."),
            tr("machine hum with faults"),
        ),
    }[task]


class TaskCard(Card):
    """A ready-made task."""

    chosen = Signal(str)

    def __init__(self, task: str) -> None:
        super().__init__(clickable=True, gap=4)
        self.task = task
        title, sentence, small = task_words(task)
        self._tile = Tile(_TASK_ICONS[task], "text2", 40)
        self._badge = Badge(self.tr("In use"), "accent", "check")
        self._badge.hide()
        self.add(
            row(self._tile, None, self._badge),
            2,
            Text(title, "h3"),
            Text(sentence, "sentence", "text2", wrap=True),
            None,
            Text(small, "small", "text3"),
        )
        self.setAccessibleName(f"{title}. {sentence}")
        self.clicked.connect(lambda: self.chosen.emit(self.task))

    def set_in_use(self, in_use: bool) -> None:
        """Mark the task of the open project."""
        self.set_selected(in_use)
        self._badge.setVisible(in_use)
        self._tile.set_icon(_TASK_ICONS[self.task], "accent" if in_use else "text2")


class ModelCard(Card):
    """What the model is: facts, and what is inside."""

    def __init__(self) -> None:
        super().__init__(gap=10)
        self._name = Text("", "h3", elide=True)
        self._what = Text("", "sentence", "text2", elide=True)
        self._badge = Badge()
        self._facts = {
            "parameters": Fact(self.tr("Adjustable numbers (parameters)")),
            "macs": Fact(self.tr("Work per answer (MACs)")),
            "format": Fact(self.tr("Number format")),
            "input": Fact(self.tr("Input")),
            "answers": Fact(self.tr("Answers")),
        }
        self._toggle = Button(self.tr("Show as a table"), "small", "csv")
        self._toggle.clicked.connect(self._on_toggled)
        self._strip, self._table = LayerStrip(), LayersTable()
        self._views = QStackedLayout()
        self._views.addWidget(self._strip)
        self._views.addWidget(self._table)
        self._inside = QWidget()
        self._inside.setLayout(
            column(
                card_head(
                    self.tr("What is inside"),
                    self.tr("taller = bigger output (costs SRAM), brighter = more weights (cost flash)"),
                    self._toggle,
                ),
                self._views,
                gap=4,
            )
        )
        self._views.setContentsMargins(0, 0, 0, 0)
        self._nothing = QWidget()  # keeps the facts at the top while there is nothing inside
        facts: list[QWidget | int | None] = []
        for fact in self._facts.values():
            facts += [fact, 18]
        self.add(
            row(
                Tile("box", "accent", 38),
                2,
                (text_column(self._name, self._what, gap=1), 1),
                self._badge,
            ),
            row(*facts, None),
            Rule(),
            (self._inside, 1),
            (self._nothing, 1),
        )

    def show_model(self, name: str, summary: ModelSummary | None, data: DataSummary | None) -> None:
        """Fill the card; a summary None means that the model was not read yet."""
        self._name.setText(name)
        self._inside.setVisible(summary is not None)
        self._nothing.setVisible(summary is None)
        self._badge.setVisible(summary is not None)
        if summary is None:
            self._what.setText(self.tr("not read yet; its facts appear here"))
            for fact in self._facts.values():
                fact.set("")
            return
        self._what.setText(self._sentence(summary))
        self._facts["parameters"].set(number(summary.parameters))
        self._facts["macs"].set(number(summary.macs))
        dtypes = sorted({tensor.dtype for tensor in summary.inputs})
        self._facts["format"].set(", ".join(_dtype_words(dtype) for dtype in dtypes))
        self._facts["input"].set(", ".join(shape_text(tensor.shape) for tensor in summary.inputs))
        if data is not None and data.classes:
            self._facts["answers"].set(self.tr("{n} classes").format(n=len(data.classes)))
        else:
            self._facts["answers"].set(", ".join(shape_text(tensor.shape) for tensor in summary.outputs))
        refused = sorted({layer.kind for layer in summary.layers if layer.support == "unsupported"})
        if refused:
            words = self.tr("Cannot run on a board: {kinds}").format(kinds=", ".join(refused))
            self._badge.set(words, "bad")
        else:
            self._badge.set(self.tr("Every layer can run on a board"), "ok")
        self._strip.show_layers(summary.layers)
        self._table.show_layers(summary.layers)

    def _sentence(self, summary: ModelSummary) -> str:
        kind = self.tr("can be trained") if summary.trainable else self.tr("finished, cannot be trained")
        return self.tr("{format}, {layers} layers, {kind}").format(
            format=_format_words(summary.format), layers=len(summary.layers), kind=kind
        )

    def _on_toggled(self) -> None:
        to_table = self._views.currentIndex() == 0
        self._views.setCurrentIndex(int(to_table))
        self._toggle.set_label(self.tr("Show as blocks") if to_table else self.tr("Show as a table"))


class ModelPage(Page):
    """See the module."""

    key = "model"

    def __init__(self) -> None:
        super().__init__()
        self._footer = Footer()
        self._error = ErrorCard()
        self._error.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        another = Button(self.tr("Choose another file\u2026"), "", "folder")
        another.clicked.connect(lambda: self.intent.emit(ChooseModelFile()))
        self._error.verdict.add_action(another)
        self._big_drop = self._make_big_drop()
        self._tasks_head = row(
            Text(self.tr("No model at hand? Start with a ready-made task"), "h3"),
            Text(self.tr("comes with a network and test data"), "small", "text3"),
            None,
        )
        self._tasks_head_box = QWidget()
        self._tasks_head_box.setLayout(self._tasks_head)
        self._tasks = [TaskCard(task) for task in TASKS]
        for card in self._tasks:
            card.chosen.connect(lambda task: self.intent.emit(ChooseTask(task)))
        self._model_card = ModelCard()
        self._data_line = self._make_data_line()
        self._drop_bar = self._make_drop_bar()
        self.body.addWidget(self._error)
        self.body.addWidget(self._big_drop, 1)
        self.body.addWidget(self._tasks_head_box)
        self.body.addLayout(row(*[(card, 1) for card in self._tasks], gap=12))
        self.body.addWidget(self._model_card, 1)
        self.body.addWidget(self._data_line)
        self.body.addWidget(self._drop_bar)

    def title(self) -> str:  # noqa: D102 - Page
        return self.tr("Model")

    def sentence(self) -> str:  # noqa: D102 - Page
        return self.tr(
            "Start from a file of your own or from a ready-made task. Thimble never changes your file."
        )

    def footer(self) -> Footer:  # noqa: D102 - Page
        return self._footer

    def focus_first(self) -> None:  # noqa: D102 - Page
        target = self._choose if self._big_drop.isVisible() else self._tasks[0]
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_dragging(self, dragging: bool) -> None:
        """A file hangs over the window."""
        self._big_drop.set_hot(dragging)
        self._drop_bar.set_hot(dragging)

    def refresh(self, model: ProjectModel) -> None:  # noqa: D102 - Page
        project, summary = model.project, model.model()
        empty = project is None
        self._big_drop.setVisible(empty)
        self._tasks_head_box.setVisible(empty)
        self._model_card.setVisible(not empty)
        self._data_line.setVisible(not empty)
        self._drop_bar.setVisible(not empty)
        for card in self._tasks:
            source = DEFAULT_SOURCES[card.task]
            in_use = project is not None and project.data is not None and project.data.source == source
            card.set_in_use(in_use)
        self._show_error(model)
        if project is not None:
            path = project.model_path
            self._model_card.show_model(path.name if path else project.network, summary, model.data())
            self._show_data(model)
        self._set_footer(model)

    def _set_footer(self, model: ProjectModel) -> None:
        if model.project is None:
            footer = Footer(self.tr("Choose a model to go on"), self.tr("Continue to Board"), None)
        else:
            footer = Footer(
                self.tr("Next: choose the chip it has to fit into"),
                self.tr("Continue to Board"),
                OpenPage("board"),
            )
        if footer != self._footer:
            self._footer = footer
            self.footer_changed.emit()

    def _show_error(self, model: ProjectModel) -> None:
        failure = model.problem
        if failure is None and model.job is not None and model.job.failure is not None:
            own = model.job.failure.stage in ("", "data", "model")
            failure = model.job.failure if own else None
        self._error.show_failure(failure)

    def _show_data(self, model: ProjectModel) -> None:
        project, data = model.project, model.data()
        assert project is not None
        self._read.setVisible(data is None and not project.is_finished_model)
        busy = model.job is not None and model.job.running
        self._read.setEnabled(not busy)
        self._other_data.setVisible(not project.is_finished_model)
        if project.is_finished_model:
            self._data_icon.set_icon("info", "text3")
            self._data_title.setText(self.tr("A finished model brings no test set."))
            self._data_note.setText(self.tr("Byte comparison uses seeded noise as input."))
        elif data is None:
            self._data_icon.set_icon("clock", "text3")
            source = project.data.source if project.data is not None else EN_DASH
            self._data_title.setText(self.tr("Examples: {source}").format(source=_source_words(source)))
            self._data_note.setText(self.tr("not read yet"))
        else:
            totals = {split: sum(classes.values()) for split, classes in data.counts.items()}
            self._data_icon.set_icon(
                "alert" if data.problems else "check-circle", "warn" if data.problems else "ok"
            )
            self._data_title.setText(
                self.tr("{train} examples to learn from, {test} kept for the test.").format(
                    train=number(totals.get("train", 0) + totals.get("validation", 0)),
                    test=number(totals.get("test", 0)),
                )
            )
            note = self.tr("{source}; test groups stay unseen").format(source=_source_words(data.source))
            self._data_note.setText(" ".join(data.problems[:1]) or note)

    def _make_big_drop(self) -> DropFrame:
        self._choose = Button(self.tr("Choose a file\u2026"), "primary", "folder")
        self._choose.clicked.connect(lambda: self.intent.emit(ChooseModelFile()))
        centre = Qt.AlignmentFlag.AlignCenter
        return DropFrame(
            None,
            row(None, Tile("file-up", "accent", 72), None),
            14,
            Text(self.tr("Drop a neural network here"), "h1", align=centre),
            Text(
                self.tr(
                    "Thimble makes it small enough for a microcontroller, proves that nothing broke, "
                    "and runs it on your board."
                ),
                "body",
                "text2",
                wrap=True,
                align=centre,
            ),
            12,
            row(None, *[Chip(ending, mono=True) for ending in FILE_ENDINGS], None),
            14,
            row(None, self._choose, None),
            None,
        )

    def _make_data_line(self) -> Card:
        self._data_icon = Icon("check-circle", "ok", 18)
        self._data_title = Text("", "sentence_strong")
        self._data_note = Text("", "small", "text3", elide=True)
        self._read = Button(self.tr("Read model and examples"), "small", "play")
        self._read.clicked.connect(lambda: self.intent.emit(RunUntil("model")))
        self._other_data = Button(self.tr("Choose other examples\u2026"), "small", "folder")
        self._other_data.clicked.connect(lambda: self.intent.emit(ChooseData()))
        return Card(
            self._data_icon,
            self._data_title,
            (self._data_note, 1),
            self._read,
            self._other_data,
            vertical=False,
        )

    def _make_drop_bar(self) -> DropFrame:
        choose = Button(self.tr("Choose a file\u2026"), "", "folder")
        choose.clicked.connect(lambda: self.intent.emit(ChooseModelFile()))
        words = text_column(
            Text(self.tr("Use another model"), "card_title"),
            Text(self.tr("drop a file anywhere in this window"), "small", "text3"),
            gap=1,
        )
        chips = [Chip(ending, mono=True) for ending in FILE_ENDINGS]
        return DropFrame(row(Tile("file-up", "text2", 40), 4, words, None, *chips, 4, choose, gap=6))


def _source_words(source: str) -> str:
    names = {
        "builtin:keywords": QCoreApplication.translate("Tasks", "built-in spoken words"),
        "builtin:digits": QCoreApplication.translate("Tasks", "built-in handwritten digits"),
        "builtin:hum": QCoreApplication.translate("Tasks", "built-in machine hum"),
    }
    return names.get(source, source)


def _format_words(name: str) -> str:
    names = {
        "zoo": QCoreApplication.translate("Tasks", "network that comes with Thimble"),
        "tflite-int8": QCoreApplication.translate("Tasks", "TensorFlow Lite in 8-bit numbers"),
        "tflite": QCoreApplication.translate("Tasks", "TensorFlow Lite"),
    }
    return names.get(name, name)


def _dtype_words(dtype: str) -> str:
    return {"int8": "INT8", "uint8": "UINT8", "float32": "FP32", "int16": "INT16"}.get(dtype, dtype)
