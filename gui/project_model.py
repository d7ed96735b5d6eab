"""The state that the window shows: project, stages and their documents, the running job, the live link.

Pages read it and never change it; only the window and the job runner call the methods that change
something. Signals are in the past tense and carry plain data.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from engine import summaries
from engine.boards import BoardSpec, load_board
from engine.data.spec import NO_DATA
from engine.errors import EngineError
from engine.events import (
    ArtifactReady,
    EpochEnded,
    Event,
    LogLine,
    Result,
    StageFailed,
    StageFinished,
    StageProgress,
    StageStarted,
)
from engine.meaning import Meaning, set_by
from engine.pipeline import StageState, planned_stages, readiness
from engine.project import Project
from engine.recipe import Recipe
from gui.feature_place import FeatureCosts
from gui.live_input import InputState
from gui.lookups import LookedUp
from gui.running_job import RunningJob
from gui.saved_report import SavedReport

LOG_LINES = 5000
# which stages stand behind which page; recipe steps belong to `train`
PAGE_STAGES = {
    "model": ("data", "model"),
    "board": (),
    "compress": (),
    "train": (),
    "verify": ("convert", "verify"),
    "fit": ("fit", "build"),
    "live": ("flash", "board-run"),
}

_D = TypeVar("_D", bound=summaries.Document)


@dataclass(frozen=True)
class FoundBoard:
    """Something a board may be reached by: `kind` is `serial`, `probe` or `virtual`."""

    link: str
    kind: str
    title: str
    detail: str = ""
    board_id: str = ""


@dataclass(frozen=True)
class Candidate:
    """A model file that was looked at, before a project is made of it.

    Attributes:
        path: the file, or the folder of a SavedModel.
        trust: the user has allowed code in it to run, confined.
        report: the values of the engine's `import`.
        input_shape: that the user gave, channels first; () where the file says it.
        chosen: what the user set about its numbers, by name.
        data: folder of examples, "" for none chosen, `NO_DATA` for a network that shall not be trained.
    """

    path: Path
    trust: bool
    report: dict[str, object]
    input_shape: tuple[int, ...] = ()
    chosen: dict[str, object] = field(default_factory=dict)
    data: str = ""

    @property
    def summary(self) -> summaries.ModelSummary:
        """What the model is."""
        return msgspec.convert(self.report, summaries.ModelSummary)

    @property
    def meaning(self) -> Meaning:
        """What its numbers mean, with what the user set."""
        read = Meaning.from_document(self.report["meaning"])  # type: ignore[arg-type]
        return read.with_set(**set_by(self.chosen))

    @property
    def finished_without_data(self) -> bool:
        """Whether it can be used as it is, so that examples are not needed."""
        return str(self.report["format"]).startswith("tflite")

    @property
    def takes_data(self) -> bool:
        """Whether a data set can train it: it has one input and one output."""
        summary = self.summary
        return len(summary.inputs) == len(summary.outputs) == 1

    @property
    def goes_without_data(self) -> bool:
        """Whether it will be converted as it is, without training."""
        return self.data == NO_DATA or not self.takes_data


@dataclass(frozen=True)
class LiveState:
    """The live link. `state` is `closed`, `connecting`, `open` or `lost`.

    Attributes:
        link: what was asked for.
        hello: the board's own words (board, model hash, clock, memory), empty before them.
        ring: file of the shared ring that holds time_us and latency_us, '' before there is one.
        since: `time.time()` when this state began.
        message, recording: why it was lost; the file being recorded. Each "" where there is none.
        simulated: the link ends at a virtual board.
        fault: what the recorder told when the program on the board stopped, empty while it runs.
    """

    state: str = "closed"
    link: str = ""
    hello: dict[str, object] = field(default_factory=dict)
    ring: str = ""
    since: float = 0.0
    message: str = ""
    recording: str = ""
    simulated: bool = True
    fault: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class PageStatus:
    """One entry of the rail: done, todo, stale, blocked, running or error, and a few words."""

    state: str
    words: str
    share: float | None = None


class ProjectModel(QObject):
    """See the module. `project` is None before one is opened."""

    project_changed = Signal()
    stages_changed = Signal()
    job_started = Signal()
    job_event = Signal(object)  # Event
    job_finished = Signal(object)  # RunningJob
    live_changed = Signal()
    live_frame = Signal(object)  # dict: one line of the recorder, its kind under "event"
    boards_changed = Signal()
    predictions_changed = Signal()
    candidate_changed = Signal()
    report_changed = Signal()  # the saving of a report began or ended
    problem_arose = Signal(object)  # StageFailed: outside a stage (a bad file, a lost worker)

    _stages_read = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.project: Project | None = None
        self.stages: dict[str, StageState] = {}
        self.job: RunningJob | None = None
        self.log: deque[LogLine] = deque(maxlen=LOG_LINES)
        self.live = LiveState()
        self.input = InputState()
        self.feature_costs = FeatureCosts()
        self.link = "virtual"
        self.found_boards: tuple[FoundBoard, ...] = ()
        self.predictions: dict[str, summaries.FitSummary] = {}
        self.recipe_costs: list[dict[str, Any]] = []  # rows of the engine's `recipe show`
        self.search_rows: list[dict[str, Any]] = []  # rows of the engine's `search`
        self.problem: StageFailed | None = None
        self.candidate: Candidate | None = None
        self.saved_report = SavedReport()
        self.looked_up = LookedUp()
        self.undoable: list[Recipe] = []
        self.redoable: list[Recipe] = []
        self._reading = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._stages_read.connect(self._on_stages_read)

    # ---- documents -----------------------------------------------------------------------------
    def stage(self, key: str) -> StageState | None:
        """State of a stage, or None if the project has no such stage."""
        return self.stages.get(key)

    def document(self, key: str, kind: type[_D]) -> _D | None:
        """The result of a stage (also a stale one), or None."""
        state = self.stages.get(key)
        return state.summary if state is not None and isinstance(state.summary, kind) else None

    def model(self) -> summaries.ModelSummary | None:
        """What the model is."""
        return self.document("model", summaries.ModelSummary)

    def data(self) -> summaries.DataSummary | None:
        """What the labelled set holds."""
        return self.document("data", summaries.DataSummary)

    def steps(self) -> dict[str, summaries.StepSummary | None]:
        """Results of the recipe's training and pruning steps by stage key, in order."""
        return {k: self.document(k, summaries.StepSummary) for k in self.stages if k.startswith("step-")}

    def convert(self) -> summaries.ConvertSummary | None:
        """The conversion chain."""
        return self.document("convert", summaries.ConvertSummary)

    def verify(self) -> summaries.VerifySummary | None:
        """The comparison of every layer."""
        return self.document("verify", summaries.VerifySummary)

    def fit(self) -> summaries.FitSummary | None:
        """The memory plan."""
        return self.document("fit", summaries.FitSummary)

    def build(self) -> summaries.BuildSummary | None:
        """The linked firmware."""
        return self.document("build", summaries.BuildSummary)

    def flash(self) -> summaries.FlashSummary | None:
        """The last write to a board."""
        return self.document("flash", summaries.FlashSummary)

    def board_run(self) -> summaries.BoardRunSummary | None:
        """The comparison of the board's answers."""
        return self.document("board-run", summaries.BoardRunSummary)

    def board(self) -> BoardSpec | None:
        """The chosen board, or None."""
        return _board(self.project.board_id) if self.project is not None else None

    def page_stages(self, page: str) -> tuple[str, ...]:
        """Keys of the stages behind a page that this project has."""
        if page == "train":
            return tuple(key for key in self.stages if key.startswith("step-"))
        return tuple(key for key in PAGE_STAGES.get(page, ()) if key in self.stages)

    def page_of(self, stage: str) -> str:
        """The page that shows a stage."""
        if stage.startswith("step-"):
            return "train"
        return next((page for page, keys in PAGE_STAGES.items() if stage in keys), "model")

    # ---- changes (window and job runner only) ---------------------------------------------------
    def set_project(self, project: Project | None) -> None:
        """Show another project."""
        self.project = project
        self.stages = {}
        self.job = None
        self.problem = None
        self.predictions = {}
        self.recipe_costs = []
        self.search_rows = []
        self.candidate = None
        self.saved_report = SavedReport()
        self.log.clear()
        self.undoable.clear()
        self.redoable.clear()
        self.project_changed.emit()
        self.reload_stages()

    def save(self, **changes: object) -> None:
        """Change fields of the project, save it and look at its stages again.

        Raises:
            UsageError: the project could not be saved; it stays as it was.
        """
        if self.project is None:
            return
        changed = replace(self.project, **changes)  # type: ignore[arg-type]
        changed.save()
        self.project = changed
        self.project_changed.emit()
        self.reload_stages()

    def change_recipe(self, recipe: Recipe) -> None:
        """Put a recipe in place of the present one; `undo` brings that back."""
        if self.project is not None and recipe != self.project.recipe:
            before = self.project.recipe
            self.save(recipe=recipe)
            self.undoable.append(before)
            self.redoable.clear()

    def undo(self) -> None:
        """Take back the last change of the recipe."""
        if self.project is not None and self.undoable:
            self.redoable.append(self.project.recipe)
            self.save(recipe=self.undoable.pop())

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self.project is not None and self.redoable:
            self.undoable.append(self.project.recipe)
            self.save(recipe=self.redoable.pop())

    def reload_stages(self) -> None:
        """Read the stages again in the background; `stages_changed` follows."""
        self._reading += 1
        if self.project is None:
            self._on_stages_read(self._reading, ())
            return
        self._pool.start(_StagesReader(self, self._reading, replace(self.project)))

    def wait_for_stages(self) -> None:
        """Block until the background reading is over (before the window closes)."""
        self._pool.waitForDone()

    def set_link(self, link: str) -> None:
        """Choose how to reach the board."""
        if link != self.link:
            self.link = link
            self.boards_changed.emit()

    def set_found_boards(self, found: tuple[FoundBoard, ...]) -> None:
        """What the last look at the ports found."""
        if found != self.found_boards:
            self.found_boards = found
            self.boards_changed.emit()

    def set_predictions(self, predictions: dict[str, summaries.FitSummary]) -> None:
        """What the light worker computed for the present model, by board id."""
        if predictions != self.predictions:
            self.predictions = predictions
            self.predictions_changed.emit()

    def set_recipe_costs(self, rows: list[dict[str, Any]]) -> None:
        """What the light worker computed for each step of the recipe."""
        if rows != self.recipe_costs:
            self.recipe_costs = rows
            self.predictions_changed.emit()

    def set_search_rows(self, rows: list[dict[str, Any]]) -> None:
        """What earlier searches of this project found."""
        if rows != self.search_rows:
            self.search_rows = rows
            self.predictions_changed.emit()

    def set_problem(self, problem: StageFailed | None) -> None:
        """A failure outside the pipeline, shown on the page that asked; None clears it."""
        self.problem = problem
        self.problem_arose.emit(problem)

    def set_candidate(self, candidate: Candidate | None) -> None:
        """A model file was looked at, or is looked at no more."""
        self.candidate = candidate
        self.candidate_changed.emit()

    def set_saved_report(self, report: SavedReport) -> None:
        """How far the saving of a report is."""
        self.saved_report = report
        self.report_changed.emit()

    def forget_failure(self) -> None:
        """The last job's failure was read."""
        if self.job is not None and not self.job.running:
            self.job = None
        self.set_problem(None)

    def begin_job(self, job: dict[str, object]) -> None:
        """A job was handed to the worker."""
        keys: tuple[str, ...] = ()
        if self.project is not None and job.get("verb") == "run":
            plan = [stage.stage for stage in planned_stages(self.project)]
            until = str(job.get("until", "board-run"))
            keys = tuple(plan[: plan.index(until) + 1]) if until in plan else tuple(plan)
        self.job = RunningJob(job=job, stages=keys)
        self.problem = None
        self.job_started.emit()

    def take_event(self, event: Event) -> None:
        """One event of the running job."""
        job = self.job
        if job is None:
            return
        if isinstance(event, StageStarted):
            job.stage, job.title, job.progress = event.stage, event.title, None
            job.keeping = False
            job.stage_started_at = time.time()
        elif isinstance(event, StageProgress):
            job.progress = event
        elif isinstance(event, EpochEnded):
            job.epochs.append(event)
            if event.epoch == 1:  # of the next training in this stage
                job.keeping = False
        elif isinstance(event, LogLine):
            self.log.append(event)
        elif isinstance(event, StageFinished):
            job.finished[event.stage] = event.seconds
            if event.cached:
                job.cached.add(event.stage)
        elif isinstance(event, Result):
            job.results.append(event.values)
            if job.job.get("verb") == "search" and "number" in event.values:
                self.search_rows = [*self.search_rows, event.values]
        elif isinstance(event, StageFailed):
            job.failure = event
        self.job_event.emit(event)
        if isinstance(event, ArtifactReady):
            self.reload_stages()

    def end_job(self, exit_code: int) -> None:
        """The job is over; a worker that vanished counts as exit code 1 with a `failure`."""
        if self.job is not None and self.job.running:
            self.job.exit_code = exit_code
            self.job_finished.emit(self.job)
            self.reload_stages()

    def set_cancelling(self) -> None:
        """Cancel was sent to the worker."""
        if self.job is not None and self.job.running:
            self.job.cancelling = True
            self.stages_changed.emit()

    def set_live(self, live: LiveState) -> None:
        """The live link changed its state."""
        if live != self.live:
            self.live = live
            self.live_changed.emit()

    def set_feature_costs(self, costs: FeatureCosts) -> None:
        """What the light worker computed for features made by the computer and by the board."""
        if costs != self.feature_costs:
            self.feature_costs = costs
            self.predictions_changed.emit()

    def set_input(self, state: InputState) -> None:
        """Where the board's inputs come from changed, or the test inputs were read."""
        old, self.input = self.input, state
        if state != old or state.rows is not old.rows:
            self.live_changed.emit()

    def take_live_frame(self, frame: dict[str, object]) -> None:
        """One line of the recorder."""
        self.live_frame.emit(frame)

    def _on_stages_read(self, number: int, states: tuple[StageState, ...]) -> None:
        if number == self._reading:  # an older reading that comes late is of no use
            self.stages = {state.stage: state for state in states}
            self.stages_changed.emit()


@cache
def _board(board_id: str) -> BoardSpec | None:
    try:
        return load_board(board_id) if board_id else None
    except EngineError:
        return None


class _StagesReader(QRunnable):
    """Reads the readiness of a project in the background: hashing a large data set takes a while."""

    def __init__(self, model: ProjectModel, number: int, project: Project) -> None:
        super().__init__()
        self._model, self._number, self._project = model, number, project

    def run(self) -> None:
        """Read, and hand over to the window's thread by a queued signal."""
        try:
            states = readiness(self._project)
        except (EngineError, OSError):
            states = ()
        self._model._stages_read.emit(self._number, states)
