"""Model: start from a file of one's own or from a ready-made task, and see what it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from engine.data.spec import DEFAULT_SOURCES
from engine.events import Event, StageProgress
from gui.engine_words import engine_words
from gui.intents import (
    CancelJob,
    ChangeData,
    ChangeMeaning,
    ChooseData,
    ChooseModelFile,
    ChooseModelFolder,
    ChooseTask,
    CopyText,
    DismissProblem,
    GoWithoutData,
    LookAtData,
    OpenModelFile,
    OpenPage,
    OpenProject,
    PlaySound,
    PutModelAway,
    RunUntil,
    UseModel,
)
from gui.lookups import look_question
from gui.pages.page import Footer, Page
from gui.project_model import Candidate, ProjectModel
from gui.recent_projects import project_name
from gui.widgets.amounts import number
from gui.widgets.data_preview import DataPreview
from gui.widgets.healthy_classes import HealthyClasses, has_faults
from gui.widgets.import_cards import ReadingCard, TrustCard
from gui.widgets.meaning_form import MeaningForm
from gui.widgets.model_card import BOARDS, ModelCard
from gui.widgets.primitives import (
    EN_DASH,
    Button,
    Card,
    Chip,
    DropFrame,
    Icon,
    Text,
    Tile,
    row,
    text_column,
)
from gui.widgets.task_card import TASKS, TaskCard
from gui.widgets.verdict import ErrorCard

FILE_ENDINGS = (".onnx", ".tflite", ".keras", ".h5", ".hdf5", ".pt", ".pth", ".th", ".ckpt", ".pt2")
DATA_ENDINGS = (".npz", ".csv")
SHOWN_ENDINGS = (".onnx", ".tflite", ".keras", ".h5", ".pt", ".pt2")
_SHOWN_RECENT = 3


class ModelPage(Page):
    """See the module.

    Args:
        recent: folders of projects opened before, the latest first.
    """

    key = "model"

    def __init__(self, recent: Sequence[Path] = ()) -> None:
        super().__init__()
        self._footer = Footer()
        self._model: ProjectModel | None = None
        self._error = ErrorCard()
        self._error.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        another = Button(self.tr("Choose another file\u2026"), "", "folder")
        another.clicked.connect(lambda: self.intent.emit(ChooseModelFile()))
        dismiss = Button(self.tr("Close"), "ghost", "cross")
        dismiss.clicked.connect(lambda: self.intent.emit(DismissProblem()))
        self._error.verdict.add_action(another, dismiss)
        self._trust = TrustCard()
        self._trust.declined.connect(lambda: self.intent.emit(DismissProblem()))
        self._trust.trusted.connect(self._on_trusted)
        self._reading = ReadingCard()
        self._reading.cancelled.connect(lambda: self.intent.emit(CancelJob()))
        self._meaning = MeaningForm()
        self._meaning.changed.connect(lambda values: self.intent.emit(ChangeMeaning(values)))
        self._shown_candidate: Candidate | None = None
        other = Button(self.tr("Look at another file\u2026"), "small", "folder")
        other.clicked.connect(lambda: self.intent.emit(ChooseModelFile()))
        away = Button(self.tr("Put away"), "small", "cross")
        away.clicked.connect(lambda: self.intent.emit(PutModelAway()))
        self._candidate_buttons = (other, away)
        for button in self._candidate_buttons:
            self.actions.addWidget(button)
        self._big_drop = self._make_big_drop()
        self._recent = self._make_recent(recent)
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
        self._tasks_box = QWidget()
        self._tasks_box.setLayout(row(*[(card, 1) for card in self._tasks], gap=12))
        self._model_card = ModelCard()
        self._data_line = self._make_data_line()
        self.preview = DataPreview()
        self.preview.hide()
        self.preview.play_asked.connect(lambda key, wav: self.intent.emit(PlaySound(key, wav)))
        self.preview.again_asked.connect(lambda: self.intent.emit(LookAtData()))
        self._healthy = HealthyClasses()
        self._healthy.changed.connect(lambda data: self.intent.emit(ChangeData(data)))
        self._drop_bar = self._make_drop_bar()
        self.body.addWidget(self._error)
        self.body.addWidget(self._trust)
        self.body.addWidget(self._reading)
        self.body.addWidget(self._big_drop, 1)
        self.body.addWidget(self._recent)
        self.body.addWidget(self._tasks_head_box)
        self.body.addWidget(self._tasks_box)
        self.body.addWidget(self._model_card, 1)
        self.body.addWidget(self._meaning)
        self.body.addWidget(self._data_line)
        self.body.addWidget(self.preview)
        self.body.addWidget(self._healthy)
        self.body.addWidget(self._drop_bar)

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
        self._model = model
        project, found = model.project, model.candidate
        empty = project is None and found is None
        own = found is not None or (project is not None and project.meaning is not None)
        self._big_drop.setVisible(empty)
        self._recent.setVisible(empty and bool(self.recent_buttons))
        self._tasks_head_box.setVisible(empty)
        self._tasks_box.setVisible(not own)
        self._model_card.setVisible(not empty)
        self._meaning.setVisible(own)
        self._data_line.setVisible(not empty)
        self._drop_bar.setVisible(not empty and found is None)
        self._healthy.setVisible(found is None and project is not None and has_faults(project))
        for card in self._tasks:
            source = DEFAULT_SOURCES[card.task]
            in_use = project is not None and project.data is not None and project.data.source == source
            card.set_in_use(in_use)
        for button in self._candidate_buttons:
            button.setVisible(found is not None)
        self._show_error(model)
        self._show_reading(model)
        if found is not None:
            self._show_candidate(found)
        elif project is not None:
            self._show_project(model)
        self._shown_candidate = found
        self._show_preview(model)
        self._set_footer(model)

    def on_event(self, event: Event) -> None:  # noqa: D102 - Page
        if isinstance(event, StageProgress) and not self._reading.isHidden():
            self._reading.show_share(event.done / event.total if event.total else None)

    def _show_project(self, model: ProjectModel) -> None:
        project, summary = model.project, model.model()
        assert project is not None
        path = project.model_path
        self._model_card.show_model(path.name if path else project.network, summary, model.data())
        board_id = model.project.board_id if model.project is not None else ""
        self._model_card.show_predictions(model.predictions, board_id)
        if project.meaning is not None:
            shape = summary.inputs[0].shape[1:] if summary is not None else ()
            self._meaning.show_meaning(project.meaning, input_shape=shape, outputs=0, fixed_task=True)
        self._show_data(model)
        if has_faults(project):
            self._healthy.show_choice(project, model.data(), summary)

    def _show_candidate(self, found: Candidate) -> None:
        summary = found.summary
        if self._shown_candidate is None or self._shown_candidate.report is not found.report:
            self._model_card.show_model(found.path.name, summary, None)
            boards = found.report.get("boards", [])
            assert isinstance(boards, list)
            self._model_card.boards.show_report(boards)
            if boards:
                self._model_card.show_view(BOARDS)
        answers = summary.outputs[0].shape[1:]
        self._meaning.show_meaning(
            found.meaning,
            input_shape=summary.inputs[0].shape[1:],
            outputs=answers[0] if len(answers) == 1 else 0,
        )
        self._read.setVisible(False)
        for button in (self._other_data, self._data_file):
            button.setVisible(found.takes_data)
        offered = found.takes_data and not found.finished_without_data and not found.data
        self._no_data.setVisible(offered)
        task = found.meaning.task
        if not found.takes_data:
            self._data_icon.set_icon("info", "text3")
            self._data_title.setText(
                self.tr("No examples: it is used as it is.")
                if found.finished_without_data
                else self.tr("No examples: it is converted as it is, without training.")
            )
            inputs, outputs = len(summary.inputs), len(summary.outputs)
            words = self.tr(
                "It has {inputs} inputs and {outputs} outputs; examples are for one of each."
            )
            self._data_note.setText(words.format(inputs=inputs, outputs=outputs))
        elif found.goes_without_data:
            self._data_icon.set_icon("info", "text3")
            self._data_title.setText(self.tr("No examples: it is converted as it is, without training."))
            self._data_note.setText(self.tr("Choose examples to train it and to make it smaller."))
        elif found.data:
            self._data_icon.set_icon("check-circle", "ok")
            self._data_title.setText(self.tr("Examples: {source}").format(source=found.data))
            self._data_note.setText(self.tr("read when the project is made"))
        elif found.finished_without_data:
            self._data_icon.set_icon("info", "text3")
            self._data_title.setText(self.tr("No examples: it is used as it is."))
            self._data_note.setText(self.tr("Choose examples to train it and to make it smaller."))
        else:
            source = _source_words(DEFAULT_SOURCES.get(task, ""))
            self._data_icon.set_icon("alert", "warn")
            self._data_title.setText(self.tr("Examples: {source}").format(source=source))
            self._data_note.setText(
                self.tr("Only to try the way: choose your own for a model that is of use.")
            )

    def _show_preview(self, model: ProjectModel) -> None:
        question = look_question(model)
        self.look.setVisible(question is not None)
        wanted = question is not None and self.look.isChecked()
        self.preview.setVisible(wanted)
        if not wanted:
            return
        if question != model.looked_up.question:
            self.intent.emit(LookAtData())
        data = model.data()
        same = data is not None and model.candidate is None
        self.preview.show_look(model.looked_up, data.problems if data is not None and same else [])

    def _on_look(self, wanted: bool) -> None:
        if self._model is not None:
            self._show_preview(self._model)

    def _set_footer(self, model: ProjectModel) -> None:
        found = model.candidate
        busy = model.job is not None and model.job.running
        if found is not None:
            bad = any(layer.support == "unsupported" for layer in found.summary.layers)
            hint = self.tr("Next: make a project of this model; the file is copied")
            if bad:
                hint = self.tr("It cannot run on a board as it is: see Operators for what helps")
            footer = Footer(hint, self.tr("Use this model"), None if busy or bad else UseModel())
        elif model.project is None:
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
        failure, job = model.problem, model.job
        if failure is None and job is not None and job.failure is not None:
            own = job.failure.stage in ("", "data", "model") or job.job.get("verb") in ("import", "new")
            failure = job.failure if own else None
        asks = failure is not None and failure.facts.get("option") == "--trust" and job is not None
        asked = job is not None and asks and job.job.get("verb") == "import"
        self._trust.ask(Path(str(job.job["file"])) if asked and job is not None else None)
        self._error.show_failure(None if asked else failure)

    def _on_trusted(self, path: Path, input_shape: tuple[int, ...]) -> None:
        self.intent.emit(OpenModelFile(path, trust=True, input_shape=input_shape))

    def _show_reading(self, model: ProjectModel) -> None:
        job = model.job
        if job is None or not job.running or job.job.get("verb") not in ("import", "new"):
            self._reading.hide()
            return
        if job.job["verb"] == "import":
            title = self.tr("Looking at {file}").format(file=Path(str(job.job["file"])).name)
        else:
            title = self.tr("Making a project")
        step = engine_words(job.title) or self.tr(
            "The file is read in a process of its own, without rights."
        )
        self._reading.show_job(title, step, job.share, cancelling=job.cancelling)

    def _show_data(self, model: ProjectModel) -> None:
        project, data, summary = model.project, model.data(), model.model()
        assert project is not None
        without = project.is_without_data
        self._read.setVisible(summary is None if without else data is None)
        self._read.set_label(
            self.tr("Read the model") if without else self.tr("Read model and examples")
        )
        self._no_data.setVisible(False)
        busy = model.job is not None and model.job.running
        self._read.setEnabled(not busy)
        for button in (self._other_data, self._data_file):
            button.setVisible(not without)
        if project.is_finished_model:
            self._data_icon.set_icon("info", "text3")
            self._data_title.setText(self.tr("A finished model brings no test set."))
            self._data_note.setText(self.tr("Byte comparison uses seeded noise as input."))
        elif without:
            self._data_icon.set_icon("info", "text3")
            self._data_title.setText(self.tr("No data set belongs to this model."))
            self._data_note.setText(
                self.tr("Ranges come from your own samples. Training is not offered.")
                if project.calibration_path is not None
                else self.tr(
                    "Ranges come from the file or from made-up inputs. Training is not offered."
                )
            )
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
            self._data_note.setText(engine_words(" ".join(data.problems[:1])) or note)

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
            row(None, *[Chip(ending, mono=True) for ending in SHOWN_ENDINGS], None),
            14,
            row(None, self._choose, self._choose_folder(), None),
            None,
        )

    def _make_recent(self, folders: Sequence[Path]) -> QWidget:
        self.recent_buttons = [
            Button(project_name(folder), "small", "folder") for folder in folders[:_SHOWN_RECENT]
        ]
        for button, folder in zip(self.recent_buttons, folders, strict=False):
            button.setAccessibleName(self.tr("Open again: {name}").format(name=project_name(folder)))
            button.setToolTip(str(folder))
            button.clicked.connect(lambda _=False, folder=folder: self.intent.emit(OpenProject(folder)))
        box = QWidget()
        box.setLayout(row(Text(self.tr("Go on with"), "h3"), 4, *self.recent_buttons, None))
        return box

    def _choose_folder(self) -> Button:
        button = Button(self.tr("SavedModel folder\u2026"), "ghost", "folder")
        button.clicked.connect(lambda: self.intent.emit(ChooseModelFolder()))
        return button

    def _make_data_line(self) -> Card:
        self._data_icon = Icon("check-circle", "ok", 18)
        self._data_title = Text("", "sentence_strong", elide=True)
        self._data_note = Text("", "small", "text3", elide=True)
        self._read = Button(self.tr("Read model and examples"), "small", "play")
        self._read.clicked.connect(lambda: self.intent.emit(RunUntil("model")))
        self._other_data = Button(self.tr("Choose other examples\u2026"), "small", "folder")
        self._other_data.clicked.connect(lambda: self.intent.emit(ChooseData()))
        self.look = Button(self.tr("Show examples"), "small", "image")
        self.look.setCheckable(True)
        self.look.toggled.connect(self._on_look)
        self._data_file = Button(self.tr("Data file\u2026"), "small", "document")
        self._data_file.setToolTip(
            self.tr("One file with all examples: {endings}").format(endings=", ".join(DATA_ENDINGS))
        )
        self._data_file.clicked.connect(lambda: self.intent.emit(ChooseData(file=True)))
        self._no_data = Button(self.tr("Without examples"), "small", "cross-circle")
        self._no_data.clicked.connect(lambda: self.intent.emit(GoWithoutData()))
        return Card(
            self._data_icon,
            (text_column(self._data_title, self._data_note, gap=1), 1),
            self._read,
            self.look,
            self._no_data,
            self._other_data,
            self._data_file,
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
        chips = [Chip(ending, mono=True) for ending in SHOWN_ENDINGS]
        return DropFrame(row(Tile("file-up", "text2", 40), 4, words, None, *chips, 4, choose, gap=6))


def _source_words(source: str) -> str:
    names = {
        "builtin:keywords": QCoreApplication.translate("Tasks", "built-in spoken words"),
        "builtin:digits": QCoreApplication.translate("Tasks", "built-in handwritten digits"),
        "builtin:hum": QCoreApplication.translate("Tasks", "built-in machine hum"),
    }
    return names.get(source) or Path(source).name or source
