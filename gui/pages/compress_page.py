"""Compress: the recipe, step by step, with what each step gives and costs."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from engine.events import Event, LogLine, Result, StageProgress
from engine.project import Budgets
from engine.recipe import (
    DistillStep,
    PruneStep,
    QatStep,
    QuantizeStep,
    Recipe,
    RemoveDeadStep,
    Step,
    TrainStep,
)
from gui.engine_words import engine_words
from gui.intents import (
    CancelJob,
    ChangeRecipe,
    CopyText,
    OpenPage,
    RunUntil,
    StartSearch,
    TakeCandidate,
)
from gui.pages.page import Footer, Page
from gui.presets import PRESETS, preset_words
from gui.project_model import ProjectModel
from gui.recipe_figures import StepFigures, figures_of_steps, may_follow, stage_of_steps
from gui.widgets.amounts import milliseconds, number, percent, size
from gui.widgets.primitives import (
    EN_DASH,
    Button,
    Card,
    Icon,
    Text,
    clear,
    column,
    spacer,
)
from gui.widgets.search_panel import SearchPanel
from gui.widgets.step_card import COLUMN_WIDTHS, StepCard, step_words
from gui.widgets.step_chart import Mark, StepChart
from gui.widgets.verdict import ErrorCard, Verdict
from gui.widgets.view_switch import ViewSwitch

_SEARCH = 1  # index of the view
_IN_SIGHT = 1.6  # a budget further above the bars than this would only make them small
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_AFTER_COLUMNS = 42 + 34 + 8 + 4  # switch, bin and gaps that stand right of the columns


class CompressPage(Page):
    """See the module."""

    key = "compress"

    def __init__(self) -> None:
        super().__init__()
        self._footer = Footer()
        self._recipe = Recipe()
        self._trained = False  # the network comes trained, from the user's file
        self._cards: list[StepCard] = []
        self._presets = Button(self.tr("Presets"), "", "magic")
        self._presets.clicked.connect(self._on_presets)
        self._add = Button(self.tr("Add step"), "", "plus")
        self._add.clicked.connect(self._on_add)
        self._views = ViewSwitch([self.tr("Recipe"), self.tr("Search")])
        self._views.view_chosen.connect(self._on_view)
        self.actions.addWidget(self._views)
        self.actions.addWidget(self._presets)
        self.actions.addWidget(self._add)
        self._finished = Verdict("info")
        self._stale = Verdict("warn", icon="refresh")
        self._accuracy = StepChart(self.tr("Accuracy"), points=True)
        self._flash = StepChart(self.tr("Flash"))
        self._ram = StepChart(self.tr("SRAM"))
        self._latency = StepChart(self.tr("Latency"))
        charts = (self._accuracy, self._flash, self._ram, self._latency)
        self._charts = Card(
            *[(chart, 1) for chart in charts], vertical=False, gap=18, margins=(16, 10, 16, 6)
        )
        self._head = Card(kind="", vertical=False, margins=(0, 0, 15, 0))
        heads = (
            (self.tr("Accuracy"), self.tr("points")),
            (self.tr("Flash"), self.tr("KB")),
            (self.tr("SRAM"), self.tr("KB")),
            (self.tr("Latency"), self.tr("ms")),
        )
        self._head.add(
            Text(self.tr("Recipe"), "h3"),
            (
                Text(
                    self.tr("runs from top to bottom; drag the dots to reorder"),
                    "small",
                    "text3",
                    elide=True,
                ),
                1,
            ),
            *[
                self._column_head(*words, width)
                for words, width in zip(heads, COLUMN_WIDTHS, strict=True)
            ],
            spacer(_AFTER_COLUMNS),
        )
        self._rows = column(gap=8)
        self._result = [Text(EN_DASH, "h3", align=_RIGHT) for _ in COLUMN_WIDTHS]
        for text, width in zip(self._result, COLUMN_WIDTHS, strict=True):
            text.setFixedWidth(width)
            text.setContentsMargins(0, 0, 7, 0)
        self._result_note = Text("", "small", "text2", elide=True)
        self._total = Card(
            Icon("budget", "accent", 18), Text(self.tr("Result"), "h3"), (self._result_note, 1),
            *self._result, spacer(_AFTER_COLUMNS), kind="info", vertical=False, margins=(16, 9, 15, 9),
        )  # fmt: skip
        self._search = SearchPanel()
        self._search.started.connect(lambda trials: self.intent.emit(StartSearch(trials)))
        self._search.cancelled.connect(lambda: self.intent.emit(CancelJob()))
        self._search.taken.connect(self._on_taken)
        self._failure = ErrorCard()
        self._failure.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        self._model: ProjectModel | None = None
        self._now = ""  # what the search does, in words
        self.body.addWidget(self._finished)
        self.body.addWidget(self._stale)
        self.body.addWidget(self._charts)
        self.body.addWidget(self._head)
        self.body.addLayout(self._rows)
        self.body.addWidget(self._total)
        self.body.addWidget(self._failure)
        self.body.addWidget(self._search, 20)
        self.body.addStretch(1)

    def sentence(self) -> str:  # noqa: D102 - Page
        return self.tr("Each step makes the model smaller or faster, and says what it costs.")

    def footer(self) -> Footer:  # noqa: D102 - Page
        return self._footer

    def focus_first(self) -> None:  # noqa: D102 - Page
        if self._cards:
            self._cards[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, model: ProjectModel) -> None:  # noqa: D102 - Page
        project = model.project
        trainable = project is not None and not project.is_without_data
        self._trained = project is not None and bool(project.model_file)
        self._model = model
        self._views.setVisible(trainable)
        searching = trainable and self._views.chosen == _SEARCH
        for part in (self._charts, self._head, self._total, self._presets, self._add):
            part.setVisible(trainable and not searching)
        self._search.setVisible(searching)
        self._finished.setVisible(not trainable)
        if project is None:
            self._finished.set(
                "info", self.tr("No model yet."), self.tr("Choose one on the first page.")
            )
        elif project.is_finished_model:
            self._finished.set(
                "info",
                self.tr("This model is finished."),
                self.tr("It is in 8-bit numbers already, so it goes straight to Verify and Fit."),
            )
        elif not trainable:
            self._finished.set(
                "info",
                self.tr("This model has no data set, so it is not trained here."),
                self.tr("Steps that make it smaller need examples. It is converted on Verify as it is."),
            )
        self._show_search(model)
        shown = project is not None and trainable and not searching
        self._show_recipe(project.recipe if project is not None and shown else Recipe())
        figures = figures_of_steps(model) if shown else []
        self._show_figures(figures, model)
        stale = any(row.stale for row in figures)
        self._stale.setVisible(stale)
        if stale:
            self._stale.set(
                "warn",
                self.tr("The figures were made with an older recipe, model or data set."),
                self.tr("Train again to bring them up to date."),
                "refresh",
            )
        self._set_footer(model, stale)

    def on_event(self, event: Event) -> None:  # noqa: D102 - Page
        if self._model is None or not _searches(self._model):
            return
        if isinstance(event, LogLine):
            self._now = event.text
        if isinstance(event, LogLine | Result | StageProgress):
            self._show_search(self._model)

    def _show_search(self, model: ProjectModel) -> None:
        job, project = model.job, model.project
        running, progress = _searches(model), job.progress if job is not None else None
        if not running:
            self._now = ""
        failed = job is not None and job.job.get("verb") == "search" and not running
        self._failure.show_failure(
            job.failure if job is not None and failed and self._views.chosen == _SEARCH else None
        )
        known = running and progress is not None
        self._search.show_state(
            model.search_rows,
            running=running,
            busy=job is not None and job.running,
            board=project is not None and bool(project.board_id),
            trained_of=(int(progress.done), int(progress.total)) if known else None,
            seconds_left=progress.seconds_left if known else None,
            now=engine_words(self._now),
            floor=project.budgets.accuracy if project is not None else None,
            budget_ms=project.budgets.latency_ms if project is not None else None,
        )

    def _on_view(self, _: int) -> None:
        if self._model is not None:
            self.refresh(self._model)

    def _on_taken(self, row: dict[str, object]) -> None:
        self.intent.emit(TakeCandidate(row))
        self._views.choose(0)

    def _set_footer(self, model: ProjectModel, stale: bool) -> None:
        project = model.project
        if project is None:
            footer = Footer(self.tr("Choose a model first"), self.tr("Train with this recipe"), None)
        elif project.is_without_data:
            footer = Footer("", self.tr("Continue to Verify"), OpenPage("verify"))
        else:
            footer = self._train_footer(model, project.recipe, stale)
        if footer != self._footer:
            self._footer = footer
            self.footer_changed.emit()

    def _train_footer(self, model: ProjectModel, recipe: Recipe, stale: bool) -> Footer:
        stages = [key for key in stage_of_steps(recipe) if key.startswith("step-")]
        if not stages:
            return Footer(self.tr("Switch a training step on"), self.tr("Train with this recipe"), None)
        if model.job is not None and model.job.running:
            return Footer(self.tr("A job is running"), self.tr("Go to Train"), OpenPage("train"))
        state = model.stage(stages[-1])
        if state is not None and state.state == "done":
            return Footer(
                self.tr("Trained with this recipe"), self.tr("Continue to Train"), OpenPage("train")
            )
        if state is not None and state.state == "blocked":
            return Footer(engine_words(state.reason), self.tr("Train with this recipe"), None)
        action = self.tr("Train again") if stale else self.tr("Train with this recipe")
        hint = self.tr("The recipe changed") if stale else self.tr("Training runs on this computer")
        return Footer(hint, action, RunUntil(stages[-1]))

    def _show_recipe(self, recipe: Recipe) -> None:
        if recipe == self._recipe:
            return
        kinds = [step.kind for step in recipe.steps]
        focused = next((card.index for card in self._cards if card.hasFocus()), None)
        same = [step.kind for step in self._recipe.steps] == kinds
        self._recipe = recipe
        if same and all(card.step == step for card, step in zip(self._cards, recipe.steps, strict=True)):
            return
        clear(self._rows)
        self._cards = []
        for index, step in enumerate(recipe.steps):
            card = StepCard(index, step)
            card.changed.connect(self._on_step_changed)
            card.moved.connect(self._move)
            card.removed.connect(self._on_removed)
            card.dropped.connect(self._on_dropped)
            card.dragged.connect(self._on_dragged)
            self._cards.append(card)
            self._rows.addWidget(card)
        if focused is not None and focused < len(self._cards):
            self._cards[focused].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_figures(self, figures: list[StepFigures], model: ProjectModel) -> None:
        order = 0
        marks: list[tuple[str, StepFigures]] = []
        for card, figure in zip(self._cards, figures, strict=False):
            order += card.step.enabled
            card.show_figures(figure, order if card.step.enabled else 0)
            if card.step.enabled:
                marks.append((str(order), figure))
        minimum = model.project.budgets.accuracy if model.project is not None else None
        self._accuracy.show_marks(
            [
                Mark(n, f.accuracy, "" if f.accuracy is None else number(f.accuracy * 100, 1))
                for n, f in marks
            ],
            self.tr("% after each step")
            if minimum is None
            else self.tr("%, at least {n}").format(n=number(minimum * 100, 1)),
            minimum,
        )
        budgets = model.project.budgets if model.project is not None else Budgets()
        fit = model.fit()
        for chart, name, unit, divisor, limit, budget in (
            (self._flash, "flash_bytes", self.tr("KB"), 1024, budgets.flash_bytes, "flash_budget_bytes"),
            (self._ram, "ram_bytes", self.tr("KB"), 1024, budgets.ram_bytes, "ram_budget_bytes"),
            (self._latency, "latency_ms", self.tr("ms"), 1, budgets.latency_ms, ""),
        ):
            values = [(n, getattr(f, name)) for n, f in marks]
            limit = limit or (getattr(fit, budget) if fit is not None and budget else None)
            highest = max((v for _, v in values if v is not None), default=0)
            chart.show_marks(
                [
                    Mark(n, v, "" if v is None else number(v / divisor, 1 if v / divisor < 100 else 0))
                    for n, v in values
                ],
                unit
                if limit is None
                else self.tr("{unit}, budget {n}").format(unit=unit, n=number(limit / divisor)),
                limit if limit is not None and limit <= _IN_SIGHT * highest else None,
            )
        known = [figure for _, figure in marks if figure.accuracy is not None]
        last = known[-1] if known else StepFigures()
        whole = bool(marks) and last is marks[-1][1]
        self._result[0].setText(EN_DASH if last.accuracy is None else percent(last.accuracy))
        for text, value in zip(self._result[1:3], (last.flash_bytes, last.ram_bytes), strict=True):
            text.setText(EN_DASH if value is None else size(value))
        time = last.latency_ms
        self._result[3].setText(EN_DASH if time is None else f"{milliseconds(time)} ms")
        self._result_note.setText(
            self.tr("of an older recipe, model or data set")
            if last.stale
            else self.tr("accuracy measured, the rest predicted")
            if whole
            else self.tr("after the steps that have run")
            if known
            else self.tr("appears when the recipe has run")
        )

    def _column_head(self, name: str, unit: str, width: int) -> Text:
        head = Text(f"{name}\n{unit}", "small_medium", "text3", align=_RIGHT)
        head.setFixedWidth(width)
        head.setContentsMargins(0, 0, 7, 0)
        return head

    def _on_step_changed(self, index: int, step: Step) -> None:
        steps = list(self._recipe.steps)
        steps[index] = step
        self.intent.emit(ChangeRecipe(Recipe(tuple(steps))))

    def _on_removed(self, index: int) -> None:
        steps = list(self._recipe.steps)
        del steps[index]
        self._emit_if_sensible(steps)

    def _move(self, index: int, by: int) -> None:
        target = index + by
        if not 0 <= target < len(self._recipe.steps) or by == 0:
            return
        steps = list(self._recipe.steps)
        steps.insert(target, steps.pop(index))
        if self._emit_if_sensible(steps) and target < len(self._cards):
            self._cards[target].setFocus(Qt.FocusReason.OtherFocusReason)

    def _emit_if_sensible(self, steps: list[Step]) -> bool:
        if not may_follow(tuple(steps), trained=self._trained):
            return False
        self.intent.emit(ChangeRecipe(Recipe(tuple(steps))))
        return True

    def _place_at(self, at: QPoint) -> int:
        middles = [card.mapToGlobal(card.rect().center()).y() for card in self._cards]
        return min(range(len(middles)), key=lambda index: abs(middles[index] - at.y()))

    def _on_dragged(self, index: int, at: QPoint) -> None:
        target = self._place_at(at)
        for card in self._cards:
            card.set_selected(card.index == target and target != index)

    def _on_dropped(self, index: int, at: QPoint) -> None:
        for card in self._cards:
            card.set_selected(False)
        self._move(index, self._place_at(at) - index)

    def _on_add(self) -> None:
        menu = QMenu(self)
        kinds = (RemoveDeadStep, TrainStep, DistillStep, PruneStep, QatStep, QuantizeStep)
        for step in (kind() for kind in kinds):
            steps = self._with(step)
            action = menu.addAction(step_words(step)[0])
            action.setEnabled(steps is not None)
            action.triggered.connect(lambda _=False, steps=steps: self._emit_if_sensible(steps))
        menu.popup(self._add.mapToGlobal(self._add.rect().bottomLeft()))

    def _on_presets(self) -> None:
        menu = QMenu(self)
        for key, recipe in PRESETS.items():
            action = menu.addAction(": ".join(preset_words(key)))
            action.setEnabled(recipe != self._recipe)
            action.triggered.connect(
                lambda _=False, recipe=recipe: self.intent.emit(ChangeRecipe(recipe))
            )
        menu.popup(self._presets.mapToGlobal(self._presets.rect().bottomLeft()))

    def _with(self, step: Step) -> list[Step] | None:
        steps = list(self._recipe.steps)
        quantized = bool(steps) and isinstance(steps[-1], QuantizeStep)
        steps.insert(len(steps) - quantized if not isinstance(step, QuantizeStep) else len(steps), step)
        return steps if may_follow(tuple(steps), trained=self._trained) else None


def _searches(model: ProjectModel) -> bool:
    """Whether the running job is a search."""
    job = model.job
    return job is not None and job.running and job.job.get("verb") == "search"
