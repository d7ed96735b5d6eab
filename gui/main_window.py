"""The window: bars, rail, pages, Fit panel, and the one place that acts on what pages ask for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QFileDialog, QLayout, QWidget

from engine.data.spec import NO_DATA
from engine.errors import EngineError
from engine.project import write_atomically
from gui import intents
from gui.commands import KEYS, commands
from gui.drop_window import DropWindow
from gui.focus_home import FocusHome
from gui.machine_check import MachineCheck
from gui.pages.board_page import BoardPage
from gui.pages.model_page import DATA_ENDINGS, FILE_ENDINGS, ModelPage
from gui.pages.page import PAGE_KEYS, Page, page_title
from gui.pages.verify_page import VerifyPage
from gui.recent_projects import RecentProjects
from gui.sheets import Sheets
from gui.slices import Slices
from gui.statuses import page_statuses, time_left
from gui.theme import dress, theme
from gui.translation import language
from gui.widgets.fit_panel import WIDTH as FIT_WIDTH
from gui.widgets.icons import app_icon
from gui.widgets.rail import WIDTH as RAIL_WIDTH
from gui.window_parts import WindowParts, page_makers
from gui.workbench import Workbench

FOLD_FIT_WIDTH, FOLD_RAIL_WIDTH = 1360, 1280


class MainWindow(DropWindow):
    """See the module.

    Args:
        settings: None keeps nothing between sessions.
        projects_folder: where new projects are made; None is `Thimble` among the documents.
    """

    escape_pressed = Signal()
    demo_asked = Signal()
    booth_asked = Signal()
    language_shown = Signal()

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
        self._settings, self.recent = settings, RecentProjects(settings)
        self.work = Workbench(projects_folder, self)
        self.model = self.work.model
        self._machine = MachineCheck(self.work.predictor, self)
        self._closed, self.page_key = False, "model"
        self._making, self._dressing = Slices(self), Slices(self)
        self._leaving: list[QWidget] = []  # parts of the former language
        self._put_in(self._make_parts())
        self._connect_model()
        self._add_shortcuts()
        self._actions = self._make_actions()
        self._on_project_changed()
        self._restore()
        FocusHome(self, lambda: self.pages[self.page_key])

    # ---- building ------------------------------------------------------------------------------
    def _make_parts(self) -> WindowParts:
        return WindowParts(page_makers(self.recent.folders))

    def _put_in(self, parts: WindowParts) -> None:
        """Show these parts; those in view before are let go."""
        old = self.layout()
        if old is not None:
            self._take_out(old)
        self.parts = parts
        self.top_bar, self.footer, self.fit_panel = parts.top_bar, parts.footer, parts.fit_panel
        self.rail, self.stack, self.pages = parts.rail, parts.stack, parts.stack.pages
        self.setLayout(parts.layout())
        parts.order_tabs()
        self.sheets = Sheets(self, self._machine, self.act, parts.in_tab_order)
        self._connect_parts()
        self._dressing.put(*(partial(dress, sheet) for sheet in self.sheets.all))

    def _take_out(self, old: QLayout) -> None:
        """Take the parts in view off the window."""
        # the window would be no more the active one if the focus went with them
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        holder = QWidget()
        holder.setLayout(old)
        self.sheets.delete()
        self._leaving += [holder, *self.stack.areas.values()]

    def _let_one_go(self) -> None:
        if self._leaving:
            self._leaving.pop().deleteLater()

    def _tidy_up(self) -> None:
        """Be rid of the parts of the former language, then make the pages that nobody asked for yet."""
        stack = self.stack
        self._making.put(*[self._let_one_go] * len(self._leaving))
        for key in stack.missing:
            self._making.put(
                partial(stack.prepare, key), partial(stack.pages.__getitem__, key), self._fold
            )

    def _on_page_made(self, page: Page) -> None:
        page.intent.connect(self.act)
        page.footer_changed.connect(self._show_footer)
        if self.stack.indexOf(self.stack.areas[page.key]) > 0:
            self.parts.put_into_tab_order(page)

    def _connect_parts(self) -> None:
        self.rail.step_chosen.connect(self.open_page)
        self.rail.job_chosen.connect(self._on_job_chosen)
        self.footer.back_asked.connect(lambda: self._step_by(-1))
        self.footer.action_asked.connect(self._on_footer_action)
        self.fit_panel.budget_changed.connect(lambda n, v: self.act(intents.ChangeBudget(n, v)))
        self.top_bar.theme_chosen.connect(self._on_theme_chosen)
        self.top_bar.language_chosen.connect(self._on_language_chosen)
        self.top_bar.help_asked.connect(lambda: self.act(intents.ShowKeys()))
        self.top_bar.open_asked.connect(self._ask_for_model)
        self.top_bar.demo_asked.connect(self.demo_asked)
        self.top_bar.booth_asked.connect(self.booth_asked)
        for page in self.pages.values():
            self._on_page_made(page)
        self.stack.page_made.connect(self._on_page_made)

    def _connect_model(self) -> None:
        model = self.model
        model.project_changed.connect(self._on_project_changed)
        model.stages_changed.connect(self._refresh)
        model.report_changed.connect(self._on_report_changed)
        model.job_started.connect(self._refresh)
        model.job_event.connect(self._on_job_event)
        model.job_finished.connect(self._refresh)
        model.live_changed.connect(self._refresh)
        model.live_frame.connect(self._on_live_frame)
        model.boards_changed.connect(self._refresh)
        model.predictions_changed.connect(self._refresh)
        model.problem_arose.connect(self._refresh)
        model.candidate_changed.connect(self._refresh)
        self.work.page_wanted.connect(self.open_page)
        self.work.project_opened.connect(self.recent.remember)
        self.file_dropped.connect(self._on_file_dropped)
        self.dragging_changed.connect(self._set_dragging)
        self._second = QTimer(self)  # "3 s ago" and time left move on without events
        self._second.setInterval(1000)
        self._second.timeout.connect(self._on_second)
        self._second.start()
        theme().themeChanged.connect(self._dress_anew)

    def _add_shortcuts(self) -> None:
        for intent, shortcuts in KEYS.items():
            for keys in shortcuts:
                slot = partial(self._on_key, intent)
                QShortcut(QKeySequence(keys), self, activated=slot)

    def _make_actions(self) -> dict[type, Callable[[Any], None]]:
        return {
            intents.OpenPage: self._open_as_asked,
            intents.DoNext: lambda i: self.footer.trigger(),
            intents.RunUntil: self.work.run_as_asked,
            **self.work.jobs.actions(),
            intents.StartSearch: lambda i: self.work.start_search(i.trials),
            intents.TakeCandidate: lambda i: self.work.take_candidate(i.row),
            intents.ChooseTask: lambda i: self.work.new_from_task(i.task),
            intents.ChooseModelFile: lambda i: self._ask_for_model(),
            intents.OpenModelFile: lambda i: self.work.open_model_file(
                i.path, trust=i.trust, input_shape=i.input_shape
            ),
            intents.ChooseModelFolder: lambda i: self._ask_for_model_folder(),
            intents.UseModel: lambda i: self.work.use_candidate(),
            intents.PutModelAway: lambda i: self.work.put_candidate_away(),
            intents.ChangeMeaning: lambda i: self.work.change_meaning(i.values),
            intents.DismissProblem: lambda i: self.model.forget_failure(),
            intents.ChooseData: lambda i: self._ask_for_data(i.file),
            **self.work.lookups.actions(),
            **self.work.input.actions(),
            **self.work.features.actions(),
            intents.ChangeData: lambda i: self.work.change_data(i.data),
            intents.GoWithoutData: lambda i: self.work.choose_data(NO_DATA),
            intents.ChooseProject: lambda i: self._ask_for_project(),
            intents.OpenProject: lambda i: self.work.open_project_folder(i.folder),
            intents.ChooseBoard: lambda i: self.work.choose_board(i.board_id),
            intents.ChooseLink: lambda i: self.work.choose_link(i.link),
            intents.FindBoards: lambda i: self.work.find_boards(),
            intents.ChangeRecipe: lambda i: self.work.guarded(self.model.change_recipe)(i.recipe),
            intents.Undo: lambda i: self.work.guarded(self.model.undo)(),
            intents.Redo: lambda i: self.work.guarded(self.model.redo)(),
            intents.ChangeBudget: lambda i: self.work.change_budget(i.name, i.value),
            intents.EditBudgets: lambda i: self._edit_budgets(),
            intents.Connect: lambda i: self.work.connect_board(),
            intents.Disconnect: lambda i: self.work.disconnect_board(),
            intents.RecordLive: lambda i: self._record(i.on),
            intents.SaveText: lambda i: self._save_text(i.suggested_name, i.text),
            intents.SaveReport: lambda i: self._save_report(i.suggested_name),
            intents.ForgetReport: lambda i: self.work.forget_report(),
            intents.OpenFile: lambda i: QDesktopServices.openUrl(QUrl.fromLocalFile(str(i.path))),
            intents.SaveImage: lambda i: self._save_image(i.suggested_name, i.image),
            intents.CopyText: lambda i: QGuiApplication.clipboard().setText(i.text),
            intents.SetTheme: lambda i: self._on_theme_chosen(i.mode),
            intents.SetLanguage: lambda i: self._on_language_chosen(i.choice),
            intents.PlayDemo: lambda i: self.demo_asked.emit(),
            intents.ShowBooth: lambda i: self.booth_asked.emit(),
            intents.ShowCommands: lambda i: self._show_commands(),
            intents.ShowKeys: lambda i: self.sheets.toggle(self.sheets.keys),
            intents.ShowTour: lambda i: self._show_tour(),
            intents.ShowDoctor: lambda i: self.sheets.toggle(self.sheets.doctor),
            intents.CheckMachine: lambda i: self._machine.look(),
        }

    # ---- what is in view -----------------------------------------------------------------------
    def act(self, intent: intents.Intent) -> None:
        """Do what a page asks for."""
        self._actions[type(intent)](intent)

    def open_page(self, key: str) -> None:
        """Show a page."""
        self.page_key = key
        page = self.stack.open(key)
        self.rail.set_current(key)
        page.refresh(self.model)
        self._show_footer()
        if key == "board":
            self.work.find_boards()

    def _open_as_asked(self, intent: intents.OpenPage) -> None:
        self.open_page(intent.key)
        if intent.by_keyboard:
            self.pages[intent.key].focus_first()

    def _on_key(self, intent: intents.Intent) -> None:
        if not isinstance(intent, intents.ShowCommands | intents.ShowKeys):
            self.sheets.dismiss()
        self.act(intent)

    def _show_commands(self) -> None:
        state = {"busy": self.work.busy, "footer": self.pages[self.page_key].footer()}
        self.sheets.toggle_palette(commands(self.model, **state, recent=self.recent.folders()))

    def _show_tour(self) -> None:
        self.open_page("model")
        self.sheets.toggle(self.sheets.tour)

    def _step_by(self, by: int) -> None:
        position = PAGE_KEYS.index(self.page_key) + by
        if 0 <= position < len(PAGE_KEYS):
            self.open_page(PAGE_KEYS[position])

    def _show_footer(self) -> None:
        position = PAGE_KEYS.index(self.page_key)
        back = page_title(PAGE_KEYS[position - 1]) if position else ""
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

    def _on_report_changed(self) -> None:
        page = self.pages["verify"]
        assert isinstance(page, VerifyPage)
        page.show_report(self.model)

    def _refresh_rail(self) -> None:
        self.rail.show_statuses(page_statuses(self.model))
        job = self.model.job
        if job is not None and job.running:
            self.rail.show_job(job.title or self.tr("Starting"), job.share, time_left(self.model))
        else:
            self.rail.show_job("", None, "")

    def _on_second(self) -> None:
        if self.work.jobs.running or self.model.live.state not in ("closed", "open"):
            self._refresh_rail()

    def _on_project_changed(self) -> None:
        project = self.model.project
        name = f"{project.name} \u2013 Thimble" if project is not None else "Thimble"
        self.setWindowTitle(name)
        self._refresh()

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
        self._fold()
        super().resizeEvent(event)

    def _fold(self) -> None:
        # a page that needs more room than that is rather given it than scrolled sideways
        widest = max((page.minimumSizeHint().width() for page in self.pages.values()), default=0)
        needed = max(FOLD_FIT_WIDTH, RAIL_WIDTH + widest + FIT_WIDTH)
        self.fit_panel.set_folded(self.width() < needed)
        self.rail.set_folded(self.width() < FOLD_RAIL_WIDTH)

    def _edit_budgets(self) -> None:
        self.open_page("board")
        page = self.pages["board"]
        assert isinstance(page, BoardPage)
        field = page.budgets.fields["flash_bytes"]
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()
        self.stack.areas["board"].ensureWidgetVisible(field)

    def _record(self, on: bool) -> None:
        if not on:
            self.work.live.send({"record": None})
            return
        path = self._ask_where(self.tr("Record to"), "live.jsonl")
        if path:
            self.work.live.send({"record": path})

    # ---- dialogs and files ---------------------------------------------------------------------
    def _ask_for_model(self) -> None:
        endings = " ".join(f"*{ending}" for ending in FILE_ENDINGS)
        words = self.tr("Models ({endings})").format(endings=endings)
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a model"), "", words)
        if path:
            self.work.open_model_file(Path(path))

    def _ask_for_model_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a SavedModel folder"))
        if folder:
            self.work.open_model_file(Path(folder))

    def _ask_for_project(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a project folder (.thimble)"))
        if folder:
            self.work.open_project_folder(Path(folder))

    def _ask_for_data(self, file: bool) -> None:
        if file:
            kinds = " ".join(f"*{ending}" for ending in DATA_ENDINGS)
            words = self.tr("Examples ({endings})").format(endings=kinds)
            path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a file of examples"), "", words)
        else:
            path = QFileDialog.getExistingDirectory(
                self, self.tr("Choose a folder with one sub-folder for each class")
            )
        if path:
            self.work.choose_data(path)

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

    def _save_report(self, suggested_name: str) -> None:
        path = self._ask_where(self.tr("Save report"), suggested_name)
        if path:
            self.work.save_report(Path(path))

    def _save_image(self, suggested_name: str, image: object) -> None:
        path = self._ask_where(self.tr("Save picture"), suggested_name)
        if path and isinstance(image, QImage) and not image.save(path):
            self._could_not_save(path, self.tr("the disk refused"))

    def _could_not_save(self, path: str, reason: str) -> None:
        self.work.report(
            EngineError(
                self.tr("{file} could not be saved: {reason}.").format(
                    file=Path(path).name, reason=reason
                ),
                hint=self.tr("Choose another folder."),
                path=path,
            )
        )

    def _on_file_dropped(self, path: Path) -> None:
        self.open_page("model")
        if path.suffix.lower() in DATA_ENDINGS and (self.model.project or self.model.candidate):
            self.work.choose_data(str(path))
        else:
            self.work.open_model_file(path)

    def _set_dragging(self, dragging: bool) -> None:
        page = self.pages["model"]
        assert isinstance(page, ModelPage)
        page.set_dragging(dragging)

    # ---- life ----------------------------------------------------------------------------------
    def _on_theme_chosen(self, mode: str) -> None:
        theme().apply(mode)
        if self._settings is not None:
            self._settings.setValue("theme", mode)

    def _on_language_chosen(self, choice: str) -> None:
        if self._settings is not None:
            self._settings.setValue("language", choice)
        language().apply(choice)
        self._making.clear()
        # not at once: the menu that was clicked is one of the parts that go
        self._making.put(self._say_all_anew)

    def _say_all_anew(self) -> None:
        """Make everything in view anew in slices, then change over."""
        parts = self._make_parts()
        self._making.put(*parts.slices(self.page_key, self.model), lambda: self._change_over(parts))

    def _change_over(self, parts: WindowParts) -> None:
        self.setUpdatesEnabled(False)  # to be painted in a turn of its own
        self._making.put(lambda: self.setUpdatesEnabled(True))
        self._put_in(parts)
        self.stack.open(self.page_key)
        self.rail.set_current(self.page_key)
        self._fold()
        self._refresh()
        self._tidy_up()
        step = self.rail.steps[self.page_key]  # takes the focus once it is shown
        QTimer.singleShot(0, step, lambda: step.setFocus(Qt.FocusReason.OtherFocusReason))
        self.language_shown.emit()

    def _dress_anew(self) -> None:
        """Another theme is in force: what is in view changes at once, the rest when there is time."""
        self._dressing.clear()
        shown = [self.stack.areas[self.page_key], *(s for s in self.sheets.all if s.isVisible())]
        rest = [*self.stack.areas.values(), *self.sheets.all]
        self.setUpdatesEnabled(False)
        for parts in (self.parts.bars, shown):
            self._dressing.put(*(partial(dress, part) for part in parts))
        self._dressing.put(lambda: self.setUpdatesEnabled(True))
        self._dressing.put(*(partial(dress, part) for part in rest))

    def _restore(self) -> None:
        geometry = self._settings.value("geometry") if self._settings is not None else None
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.open_page("model")
        self.rail.steps["model"].setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt
        super().showEvent(event)
        QTimer.singleShot(0, self, self._tidy_up)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - Qt
        if not self._closed:
            self._closed = True
            self._second.stop()
            self._making.clear()
            self._dressing.clear()
            if self._settings is not None:
                self._settings.setValue("geometry", self.saveGeometry())
            self.work.close()
        super().closeEvent(event)
