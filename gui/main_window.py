"""The window: bars, rail, pages, Fit panel, and the one place that acts on what pages ask for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QSettings, QStandardPaths, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QStackedWidget, QWidget

from engine.boards import board_ids, load_board
from engine.data.spec import DataSpec
from engine.errors import BoardError, EngineError
from engine.events import StageFailed
from engine.project import Budgets, create_project, open_project, write_atomically
from engine.summaries import FitSummary
from gui import intents
from gui.child_process import ChildProcess
from gui.jobs import JobRunner, LiveLink, Predictor, VirtualBoard
from gui.pages.board_page import BoardPage
from gui.pages.compress_page import CompressPage
from gui.pages.fit_page import FitPage
from gui.pages.live_page import LivePage
from gui.pages.model_page import FILE_ENDINGS, ModelPage
from gui.pages.page import PAGE_KEYS, Page
from gui.pages.train_page import TrainPage
from gui.pages.verify_page import VerifyPage
from gui.project_model import FoundBoard, ProjectModel, RunningJob
from gui.statuses import page_statuses, time_left
from gui.theme import theme
from gui.widgets.bars import FooterBar, TopBar
from gui.widgets.fit_panel import WIDTH as FIT_WIDTH
from gui.widgets.fit_panel import FitPanel
from gui.widgets.help_sheet import HelpSheet
from gui.widgets.icons import app_icon
from gui.widgets.primitives import column
from gui.widgets.rail import WIDTH as RAIL_WIDTH
from gui.widgets.rail import Rail

FOLD_FIT_WIDTH, FOLD_RAIL_WIDTH = 1360, 1280
PAGE_MAX_WIDTH = 1280
_BOARD_STAGES = ("flash", "board-run")
_PREDICT_AFTER_MS = 60
_RESTART_MS = 1000


class MainWindow(QWidget):
    """See the module.

    Args:
        settings: None keeps nothing between sessions.
        projects_folder: where new projects are made; None is `Thimble` among the documents.
    """

    escape_pressed = Signal()

    def __init__(
        self, settings: QSettings | None = None, *, projects_folder: Path | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Thimble")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(1100, 680)
        self.resize(1440, 900)
        self.setAcceptDrops(True)
        self._settings = settings
        self._projects_folder = projects_folder
        self.model = ProjectModel()
        self.jobs = JobRunner(self.model, self)
        self.predictor = Predictor(self)
        self.virtual_board = VirtualBoard(self)
        self.live = LiveLink(self.model, self)
        self._job_for_board: dict[str, object] | None = None
        self._connect_when_listening = False
        self._predicted_for: object = None
        self._closed = False
        self.pages: dict[str, Page] = {page.key: page for page in self._make_pages()}
        self.page_key = "model"
        self._lay_out()
        self._connect_signals()
        self._add_shortcuts()
        self._actions = self._make_actions()
        self._on_project_changed()
        self._restore()

    # ---- building ------------------------------------------------------------------------------
    def _make_pages(self) -> list[Page]:
        boards = tuple(load_board(board_id) for board_id in board_ids())
        pages: list[Page] = [ModelPage(), BoardPage(boards), CompressPage(), TrainPage()]
        return [*pages, VerifyPage(), FitPage(), LivePage()]

    def _lay_out(self) -> None:
        self.top_bar, self.footer, self.fit_panel = TopBar(), FooterBar(), FitPanel()
        self.rail = Rail([(key, self.pages[key].heading.text()) for key in PAGE_KEYS])
        self.stack = QStackedWidget()
        self.stack.setObjectName("page_stack")
        self._areas: dict[str, QScrollArea] = {}
        for key in PAGE_KEYS:
            holder = QWidget()
            holder.setObjectName("pages")
            layout = QHBoxLayout(holder)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addStretch(1)
            self.pages[key].setMaximumWidth(PAGE_MAX_WIDTH)
            layout.addWidget(self.pages[key], 1000)
            layout.addStretch(1)
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setWidget(holder)
            self._areas[key] = area
            self.stack.addWidget(area)
        middle = column((self.stack, 1), self.footer, gap=0)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.rail)
        body.addLayout(middle, 1)
        body.addWidget(self.fit_panel)
        self.setLayout(column(self.top_bar, (body, 1), gap=0))
        parts = (self.rail, self.stack, self.footer, self.fit_panel, self.top_bar)
        for first, second in pairwise(parts):
            _tab_after(first, second)
        self._help = HelpSheet(self)

    def _connect_signals(self) -> None:
        model = self.model
        model.project_changed.connect(self._on_project_changed)
        model.stages_changed.connect(self._on_stages_changed)
        model.job_started.connect(self._refresh)
        model.job_event.connect(self._on_job_event)
        model.job_finished.connect(self._on_job_finished)
        model.live_changed.connect(self._refresh)
        model.live_frame.connect(self._on_live_frame)
        model.boards_changed.connect(self._refresh)
        model.predictions_changed.connect(self._refresh)
        model.problem_arose.connect(self._refresh)
        self.rail.step_chosen.connect(self.open_page)
        self.rail.job_chosen.connect(self._on_job_chosen)
        self.footer.back_asked.connect(lambda: self._step_by(-1))
        self.footer.action_asked.connect(self._on_footer_action)
        self.fit_panel.budgets_asked.connect(lambda: self.act(intents.EditBudgets()))
        self.top_bar.theme_chosen.connect(self._on_theme_chosen)
        self.top_bar.help_asked.connect(self._help.toggle)
        self.top_bar.open_asked.connect(self._ask_for_model)
        self.predictor.answered.connect(self._on_predicted)
        self.virtual_board.listening.connect(self._on_board_listening)
        self.virtual_board.lost.connect(self._on_board_lost)
        self._predict_timer = QTimer(self)
        self._predict_timer.setSingleShot(True)
        self._predict_timer.setInterval(_PREDICT_AFTER_MS)
        self._predict_timer.timeout.connect(self._ask_for_predictions)
        self._second = QTimer(self)  # "3 s ago" and time left move on without events
        self._second.setInterval(1000)
        self._second.timeout.connect(self._on_second)
        self._second.start()
        for page in self.pages.values():
            page.intent.connect(self.act)
            page.footer_changed.connect(self._show_footer)

    def _add_shortcuts(self) -> None:
        def add(keys: str, slot: Callable[[], object]) -> None:
            QShortcut(QKeySequence(keys), self, activated=slot)

        for number, key in enumerate(PAGE_KEYS, start=1):
            add(f"Ctrl+{number}", lambda key=key: self._open_by_keyboard(key))
        add("Ctrl+Return", self.footer.trigger)
        add("Ctrl+Enter", self.footer.trigger)
        add("Ctrl+O", self._ask_for_model)
        add("Ctrl+Shift+O", self._ask_for_project)
        add("Ctrl+Z", self._guarded(self.model.undo))
        add("Ctrl+Shift+Z", self._guarded(self.model.redo))
        add("F1", self._help.toggle)
        add("F11", self.top_bar.demo_asked.emit)

    def _make_actions(self) -> dict[type, Callable[[Any], None]]:
        return {
            intents.OpenPage: lambda i: self.open_page(i.key),
            intents.RunUntil: lambda i: self.run_until(i.stage),
            intents.CancelJob: lambda i: self.jobs.cancel(),
            intents.ChooseTask: lambda i: self.new_from_task(i.task),
            intents.ChooseModelFile: lambda i: self._ask_for_model(),
            intents.OpenModelFile: lambda i: self.open_model_file(i.path),
            intents.ChooseData: lambda i: self._ask_for_data(),
            intents.ChooseProject: lambda i: self._ask_for_project(),
            intents.OpenProject: lambda i: self.open_project_folder(i.folder),
            intents.ChooseBoard: lambda i: self._choose_board(i.board_id),
            intents.ChooseLink: lambda i: self._choose_link(i.link),
            intents.FindBoards: lambda i: self._find_boards(),
            intents.ChangeRecipe: lambda i: self._guarded(self.model.change_recipe)(i.recipe),
            intents.ChangeBudget: self._change_budget,
            intents.EditBudgets: lambda i: self._edit_budgets(),
            intents.Connect: lambda i: self.connect_board(),
            intents.Disconnect: lambda i: self._disconnect(),
            intents.PlayInputs: lambda i: self.play_inputs(i.interval_ms),
            intents.RunFreely: lambda i: self.live.send({"run_freely": i.rate_hz}),
            intents.RecordLive: lambda i: self._record(i.on),
            intents.SaveText: lambda i: self._save_text(i.suggested_name, i.text),
            intents.SaveImage: lambda i: self._save_image(i.suggested_name, i.image),
            intents.CopyText: lambda i: QGuiApplication.clipboard().setText(i.text),
            intents.ResetBoard: lambda i: self.live.send({"reset": True}),
        }

    # ---- what is in view -----------------------------------------------------------------------
    def act(self, intent: intents.Intent) -> None:
        """Do what a page asks for."""
        self._actions[type(intent)](intent)

    def open_page(self, key: str) -> None:
        """Show a page."""
        self.page_key = key
        self.stack.setCurrentWidget(self._areas[key])
        self.rail.set_current(key)
        self.pages[key].refresh(self.model)
        self._show_footer()
        if key == "board":
            self._find_boards()

    def _open_by_keyboard(self, key: str) -> None:
        self.open_page(key)
        self.pages[key].focus_first()

    def _step_by(self, by: int) -> None:
        position = PAGE_KEYS.index(self.page_key) + by
        if 0 <= position < len(PAGE_KEYS):
            self.open_page(PAGE_KEYS[position])

    def _show_footer(self) -> None:
        position = PAGE_KEYS.index(self.page_key)
        back = self.pages[PAGE_KEYS[position - 1]].heading.text() if position else ""
        self.footer.show_footer(back, self.pages[self.page_key].footer())

    def _on_footer_action(self) -> None:
        intent = self.pages[self.page_key].footer().intent
        if intent is not None:
            self.act(intent)

    def _refresh(self, *_: object) -> None:
        if self._closed:
            return
        self.top_bar.refresh(self.model)
        self.fit_panel.refresh(self.model)
        self._refresh_rail()
        self.pages[self.page_key].refresh(self.model)
        self._show_footer()

    def _refresh_rail(self) -> None:
        self.rail.show_statuses(page_statuses(self.model))
        job = self.model.job
        if job is not None and job.running:
            self.rail.show_job(job.title or self.tr("Starting"), job.share, time_left(self.model))
        else:
            self.rail.show_job("", None, "")

    def _on_second(self) -> None:
        if self.jobs.running or self.model.live.state not in ("closed", "open"):
            self._refresh_rail()

    def _on_project_changed(self) -> None:
        project = self.model.project
        name = f"{project.name} \u2013 Thimble" if project is not None else "Thimble"
        self.setWindowTitle(name)
        self._refresh()

    def _on_stages_changed(self) -> None:
        self._refresh()
        self._predict_timer.start()

    def _on_job_event(self, event: object) -> None:
        for page in self.pages.values():
            page.on_event(event)
        self._refresh_rail()

    def _on_live_frame(self, frame: dict[str, object]) -> None:
        for page in self.pages.values():
            page.on_live(frame)

    def _on_job_chosen(self) -> None:
        if self.model.job is not None:
            self.open_page(self.model.page_of(self.model.job.stage))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt
        if event.key() == Qt.Key.Key_Escape:
            self.escape_pressed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt
        # a page that needs more room than that is rather given it than scrolled sideways
        widest = max(page.minimumSizeHint().width() for page in self.pages.values())
        needed = max(FOLD_FIT_WIDTH, RAIL_WIDTH + widest + FIT_WIDTH)
        self.fit_panel.set_folded(self.width() < needed)
        self.rail.set_folded(self.width() < FOLD_RAIL_WIDTH)
        super().resizeEvent(event)

    # ---- project -------------------------------------------------------------------------------
    def open_project_folder(self, folder: Path) -> bool:
        """Open a project; a bad one is reported on the Model page and changes nothing."""
        try:
            project = open_project(folder)
        except EngineError as error:
            self._report(error)
            return False
        self._disconnect()
        self.model.set_project(project)
        if self._settings is not None:
            self._settings.setValue("project", str(folder))
        return True

    def _guarded(self, change: Callable[..., object]) -> Callable[..., None]:
        def guarded(*arguments: object, **settings: object) -> None:
            try:
                change(*arguments, **settings)
            except EngineError as error:
                self._report(error)

        return guarded

    def _report(self, error: EngineError) -> None:
        facts = json.loads(json.dumps(error.facts, default=str))
        failure = StageFailed(
            stage="",
            code=error.code,
            message=error.message,
            hint=error.hint,
            facts=facts,
            exit_code=error.exit_code,
        )
        self.model.set_problem(failure)
        self.open_page("model")

    def new_from_task(self, task: str, board_id: str = "") -> None:
        """Make a project from a ready-made task, for a board or for that of the present project."""
        if not board_id and self.model.project is not None:
            board_id = self.model.project.board_id
        folder = self._free_folder(task)
        self._start({"verb": "new", "project": str(folder), "task": task, "board": board_id})

    def open_model_file(self, path: Path) -> None:
        """Look at a model file; when it is good, a project is made of it."""
        if path.is_dir():
            self.open_project_folder(path)
        else:
            self._start({"verb": "import", "file": str(path)})

    def _start(self, job: dict[str, object]) -> None:
        if not self.jobs.running:
            self.model.set_problem(None)
            self.jobs.start(job)

    def _free_folder(self, name: str) -> Path:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        root = self._projects_folder or Path(documents) / "Thimble"
        root.mkdir(parents=True, exist_ok=True)
        folder, number = root / f"{name}.thimble", 2
        while folder.exists():
            folder, number = root / f"{name}-{number}.thimble", number + 1
        return folder

    def _after_new(self, job: RunningJob) -> None:
        if job.results and self.open_project_folder(Path(str(job.results[-1]["project"]))):
            self.run_until("model", follow=False)

    def _after_import(self, job: RunningJob) -> None:
        path = Path(str(job.job["file"]))
        old = self.model.project
        try:
            project = create_project(
                self._free_folder(path.stem),
                task=str(job.results[-1].get("task", "")) if job.results else "",
                board_id=old.board_id if old is not None else "",
                model_file=path,
            )
        except EngineError as error:
            self._report(error)
            return
        if self.open_project_folder(project.folder):
            self.run_until("model", follow=False)

    def _choose_board(self, board_id: str) -> None:
        if self.model.project is None:
            return
        if self.virtual_board.board_id != board_id:
            self._disconnect()
            self.virtual_board.stop()
        self._guarded(self.model.save)(board_id=board_id)

    def _choose_link(self, link: str) -> None:
        if link != self.model.link:
            self._disconnect()
            self.model.set_link(link)

    def _find_boards(self) -> None:
        self.predictor.ask({"verb": "ports"})

    def _change_budget(self, intent: intents.ChangeBudget) -> None:
        project = self.model.project
        if project is not None:
            budgets: Budgets = dataclasses.replace(project.budgets, **{intent.name: intent.value})
            self._guarded(self.model.save)(budgets=budgets)

    def _edit_budgets(self) -> None:
        self.open_page("board")
        page = self.pages["board"]
        assert isinstance(page, BoardPage)
        field = page.budgets.fields["flash_bytes"]
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()
        self._areas["board"].ensureWidgetVisible(field)

    # ---- jobs ----------------------------------------------------------------------------------
    def run_until(self, stage: str, *, follow: bool = True) -> None:
        """Run the pipeline up to a stage; `follow` shows the page of that stage."""
        project = self.model.project
        if project is None or self.jobs.running or self._job_for_board is not None:
            return
        job: dict[str, object] = {
            "verb": "run",
            "project": str(project.folder),
            "until": stage,
            "on": self.model.link,
        }
        self.model.set_problem(None)
        if stage in _BOARD_STAGES:
            self._disconnect()
        if stage in _BOARD_STAGES and self.model.link == "virtual" and project.board_id:
            self._job_for_board = job
            self.virtual_board.start(project.board_id)
        else:
            self.jobs.start(job)
        if follow:
            self.open_page(self.model.page_of(stage))

    def _on_job_finished(self, job: RunningJob) -> None:
        self._refresh()
        if job.exit_code != 0:
            if job.job.get("verb") != "run":
                self.open_page("model")
            return
        verb = job.job.get("verb")
        if verb == "new":
            self._after_new(job)
        elif verb == "import":
            self._after_import(job)
        elif job.job.get("until") in _BOARD_STAGES:
            self.connect_board()
            self.play_inputs(500)

    def _ask_for_predictions(self) -> None:
        project, model = self.model.project, self.model
        state = model.stage("convert")
        ready = project is not None and (
            project.is_finished_model or (state is not None and state.summary is not None)
        )
        if project is None or not ready:
            self._predicted_for = None
            model.set_predictions({})
            return
        content = project.model_path if state is None else state.folder
        if self._predicted_for == (project.folder, content):
            return
        self._predicted_for = (project.folder, content)
        self.predictor.ask({"verb": "fit", "target": str(project.folder), "board": "all"})

    def _on_predicted(self, question: dict[str, object], values: list[dict[str, Any]]) -> None:
        if question.get("verb") == "ports":
            self._show_ports(values)
            return
        project = self.model.project
        if project is None or question.get("target") != str(project.folder):
            return
        found: dict[str, FitSummary] = {}
        for row in values:
            try:
                found[str(row["board"])] = msgspec.convert(row["summary"], FitSummary)
            except (KeyError, msgspec.ValidationError):
                continue
        self.model.set_predictions(found)

    def _show_ports(self, ports: list[dict[str, Any]]) -> None:
        found = [
            FoundBoard(str(p["name"]), "serial", str(p["title"]), str(p["name"]))
            for p in ports
            if p.get("known")
        ]
        self.model.set_found_boards(tuple(found))

    # ---- board ---------------------------------------------------------------------------------
    def connect_board(self) -> None:
        """Open the live link to the board."""
        project, link = self.model.project, self.model.link
        if project is None:
            return
        if link != "virtual":
            self.live.connect_to(link, link=link, simulated=False)
        elif self.virtual_board.running and self.virtual_board.board_id == project.board_id:
            self.live.connect_to(self.virtual_board.uart, link=link, simulated=True)
        elif project.board_id:
            self._connect_when_listening = True
            state, build = self.model.stage("build"), self.model.build()
            built = state is not None and state.folder is not None and build is not None
            elf = state.folder / build.elf if built else None  # type: ignore[union-attr, operator]
            self.virtual_board.start(project.board_id, elf)

    def play_inputs(self, interval_ms: int) -> None:
        """Send the test set to the board, one input after the other."""
        state = self.model.stage("convert")
        if state is not None and state.folder is not None:
            inputs = state.folder / "test_inputs.npz"
            self.live.send({"play": {"inputs": str(inputs), "interval_ms": interval_ms}})
        else:
            self.live.send({"run_freely": 1000 / interval_ms})

    def _on_board_listening(self, uart: str, control_port: int) -> None:
        job, self._job_for_board = self._job_for_board, None
        if job is not None:
            self.jobs.start({**job, "on": f"virtual:{control_port}"})
        elif self._connect_when_listening:
            self.connect_board()
        self._connect_when_listening = False

    def _on_board_lost(self, message: str) -> None:
        job, self._job_for_board = self._job_for_board, None
        self._connect_when_listening = False
        failure = StageFailed(
            stage="flash",
            code="board",
            message=message,
            hint=self.tr("Run again. If it happens again, run: thimble-cli doctor"),
            exit_code=BoardError.exit_code,
        )
        if job is not None:
            self.model.begin_job(job)
            self.model.take_event(failure)
            self.model.end_job(failure.exit_code)
        elif self.model.live.state in ("open", "lost"):  # it ran: start it again, once
            QTimer.singleShot(_RESTART_MS, self, self.connect_board)
        else:
            self.model.set_problem(failure)

    def _disconnect(self) -> None:
        if self.model.live.state != "closed":
            self.live.disconnect_link()

    def _record(self, on: bool) -> None:
        if not on:
            self.live.send({"record": None})
            return
        path = self._ask_where(self.tr("Record to"), "live.jsonl")
        if path:
            self.live.send({"record": path})

    # ---- dialogs and files ---------------------------------------------------------------------
    def _ask_for_model(self) -> None:
        endings = " ".join(f"*{ending}" for ending in FILE_ENDINGS)
        words = self.tr("Models ({endings})").format(endings=endings)
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a model"), "", words)
        if path:
            self.open_model_file(Path(path))

    def _ask_for_project(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a project folder (.thimble)"))
        if folder:
            self.open_project_folder(Path(folder))

    def _ask_for_data(self) -> None:
        project = self.model.project
        folder = QFileDialog.getExistingDirectory(
            self, self.tr("Choose a folder with one sub-folder for each class")
        )
        if folder and project is not None:
            task = project.task or "keywords"
            self._guarded(self.model.save)(data=DataSpec(source=folder, task=task))
            self.run_until("model", follow=False)

    def _ask_where(self, title: str, suggested_name: str) -> str:
        path, _ = QFileDialog.getSaveFileName(self, title, suggested_name)
        return path

    def _save_text(self, suggested_name: str, text: str) -> None:
        path = self._ask_where(self.tr("Save"), suggested_name)
        if path:
            try:
                write_atomically(Path(path), text)
            except OSError as error:
                self._could_not_save(path, error.strerror or str(error))

    def _save_image(self, suggested_name: str, image: object) -> None:
        path = self._ask_where(self.tr("Save picture"), suggested_name)
        if path and isinstance(image, QImage) and not image.save(path):
            self._could_not_save(path, self.tr("the disk refused"))

    def _could_not_save(self, path: str, reason: str) -> None:
        self._report(
            EngineError(
                self.tr("{file} could not be saved: {reason}.").format(
                    file=Path(path).name, reason=reason
                ),
                hint=self.tr("Choose another folder."),
                path=path,
            )
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt
        if _local_file(event.mimeData().urls()) is not None:
            event.acceptProposedAction()
            self._set_dragging(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: D102 - Qt
        self._set_dragging(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 - Qt
        self._set_dragging(False)
        path = _local_file(event.mimeData().urls())
        if path is not None:
            event.acceptProposedAction()
            self.open_page("model")
            self.open_model_file(path)

    def _set_dragging(self, dragging: bool) -> None:
        page = self.pages["model"]
        assert isinstance(page, ModelPage)
        page.set_dragging(dragging)

    # ---- life ----------------------------------------------------------------------------------
    def _on_theme_chosen(self, mode: str) -> None:
        theme().apply(mode)
        if self._settings is not None:
            self._settings.setValue("theme", mode)

    def _restore(self) -> None:
        if self._settings is not None:
            geometry = self._settings.value("geometry")
            if geometry is not None:
                self.restoreGeometry(geometry)
        self.open_page("model")
        self.rail.steps["model"].setFocus(Qt.FocusReason.OtherFocusReason)

    def children_processes(self) -> list[ChildProcess]:
        """All processes of this window, asked to end."""
        processes = [*self.live.close(), *self.jobs.close(), *self.predictor.close()]
        return [*processes, *self.virtual_board.stop()]

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - Qt
        if not self._closed:
            self._closed = True
            self._second.stop()
            self._predict_timer.stop()
            if self._settings is not None:
                self._settings.setValue("geometry", self.saveGeometry())
            for process in self.children_processes():
                process.wait()
            self.model.wait_for_stages()
        super().closeEvent(event)


def _tab_after(first: QWidget, second: QWidget) -> None:
    """Put what takes the focus inside `second` after what takes it inside `first`."""

    def takers(widget: QWidget) -> list[QWidget]:
        inside = widget.findChildren(QWidget)
        return [w for w in inside if w.focusPolicy() & Qt.FocusPolicy.TabFocus]

    before, after = takers(first), takers(second)
    if before and after:
        QWidget.setTabOrder(before[-1], after[0])


def _local_file(urls: list[QUrl]) -> Path | None:
    return next((Path(url.toLocalFile()) for url in urls if url.isLocalFile()), None)
