"""What the window can do, without a widget: open and make projects, run jobs, reach the board."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from engine.candidates import Candidate as SearchCandidate
from engine.data.spec import DataSpec
from engine.errors import BoardError, EngineError
from engine.events import StageFailed
from engine.meaning import Meaning, set_by
from engine.project import Budgets, create_project, open_project
from engine.summaries import FitSummary
from gui.child_process import ChildProcess
from gui.feature_place import FeaturePlace
from gui.intents import RunUntil
from gui.jobs import JobRunner, LiveLink, Predictor, VirtualBoard
from gui.live_input import LiveInput
from gui.lookups import Lookups
from gui.project_model import Candidate, FoundBoard, ProjectModel, RunningJob
from gui.recent_projects import free_project_folder
from gui.saved_report import SavedReport
from gui.viewer import Viewer

BOARD_STAGES = ("flash", "board-run")
PLAY_INTERVAL_MS = 500
_PREDICT_AFTER_MS = 60
_RESTART_MS = 1000


class Workbench(QObject):
    """Owns the project model and all processes.

    Args:
        projects_folder: where new projects are made; None is `Thimble` among the documents.
    """

    page_wanted = Signal(str)  # a page that should come into view
    project_opened = Signal(object)  # Path

    def __init__(self, projects_folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._projects_folder = projects_folder
        self.model = ProjectModel()
        self.jobs = JobRunner(self.model, self)
        self.predictor = Predictor(self)
        self.virtual_board = VirtualBoard(self)
        self.live = LiveLink(self.model, self)
        self.input = LiveInput(self.model, self.live, self)
        self.features = FeaturePlace(self.model, self.predictor, self.guarded, self)
        self.lookups = Lookups(self.model, self.predictor, Viewer(self), self)
        self._job_for_board: dict[str, object] | None = None
        self._connect_when_listening = False
        self._predicted_for: object = None
        self._costs_for: object = None
        self._predict_timer = QTimer(self)
        self._predict_timer.setSingleShot(True)
        self._predict_timer.setInterval(_PREDICT_AFTER_MS)
        self._predict_timer.timeout.connect(self._ask_for_predictions)
        self._predict_timer.timeout.connect(self._ask_for_costs)
        self.model.stages_changed.connect(self._predict_timer.start)
        self.model.job_finished.connect(self._on_job_finished)
        self.predictor.answered.connect(self._on_answered)
        self.predictor.failed.connect(self._on_unanswered)
        self.virtual_board.listening.connect(self._on_board_listening)
        self.virtual_board.lost.connect(self._on_board_lost)

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits for its board."""
        return self.jobs.running or self._job_for_board is not None

    # ---- project -------------------------------------------------------------------------------
    def open_project_folder(self, folder: Path) -> bool:
        """Open a project; a bad one is reported and changes nothing."""
        try:
            project = open_project(folder)
        except EngineError as error:
            self.report(error)
            return False
        self.disconnect_board()
        self.model.set_project(project)
        self.project_opened.emit(folder)
        return True

    def new_from_task(self, task: str, board_id: str = "") -> None:
        """Make a project from a ready-made task, for a board or for that of the present project."""
        if not board_id and self.model.project is not None:
            board_id = self.model.project.board_id
        folder = free_project_folder(self._projects_folder, task)
        self._start({"verb": "new", "project": str(folder), "task": task, "board": board_id})

    def open_model_file(
        self, path: Path, *, trust: bool = False, input_shape: tuple[int, ...] = ()
    ) -> None:
        """Look at a model file or a SavedModel's folder; other folders are projects.

        A finished model becomes a project at once; one that can be trained is a candidate first.
        """
        if path.is_dir() and not (path / "saved_model.pb").exists():
            self.open_project_folder(path)
        else:
            shape = {"input_shape": list(input_shape)} if input_shape else {}
            self._start({"verb": "import", "file": str(path), "trust": trust, **shape})

    def use_candidate(self) -> None:
        """Make a project of the model that was looked at."""
        found = self.model.candidate
        if found is None:
            return
        old = self.model.project
        job: dict[str, object] = {
            "verb": "new",
            "project": str(free_project_folder(self._projects_folder, found.path.stem)),
            "task": found.meaning.task,
            "network": str(found.path),
            "trust": found.trust,
            "input_shape": list(found.input_shape),
            "board": old.board_id if old is not None else "",
            **found.chosen,
        }
        if found.data:
            job["data"] = found.data
        self._start(job)

    def put_candidate_away(self) -> None:
        """Forget the model that was looked at."""
        self.model.set_candidate(None)

    def change_meaning(self, values: dict[str, object]) -> None:
        """Set what the numbers of the candidate, or else of the project's model, mean."""
        found, project = self.model.candidate, self.model.project
        if found is not None:
            chosen = {**found.chosen, **values}
            self.model.set_candidate(dataclasses.replace(found, chosen=chosen))
        elif project is not None and project.meaning is not None:
            self.guarded(self._save_meaning)(project.meaning.with_set(**set_by(values)))

    def _save_meaning(self, meaning: Meaning) -> None:
        project = self.model.project
        if project is None or meaning == project.meaning:
            return
        meaning.check()
        data = project.data
        if data is not None:
            old = project.meaning
            named = old is None or meaning.classes != old.classes or bool(data.classes)
            data = data.prepared_for(meaning, classes=named)
        self.model.save(meaning=meaning, data=data)

    def guarded(self, change: Callable[..., object]) -> Callable[..., None]:
        """The same change, with an error of the engine shown instead of raised."""

        def call(*arguments: object, **settings: object) -> None:
            try:
                change(*arguments, **settings)
            except EngineError as error:
                self.report(error)

        return call

    def report(self, error: EngineError) -> None:
        """Show an error that belongs to no stage."""
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
        self.page_wanted.emit("model")

    def choose_board(self, board_id: str) -> None:
        """Fit the model to another board."""
        if self.model.project is None:
            return
        if self.virtual_board.board_id != board_id:
            self.disconnect_board()
            self.virtual_board.stop()
        self.guarded(self.model.save)(board_id=board_id)

    def choose_link(self, link: str) -> None:
        """Reach the board another way."""
        if link != self.model.link:
            self.disconnect_board()
            self.model.set_link(link)

    def choose_data(self, folder: str) -> None:
        """Learn from another folder of examples; `NO_DATA` converts a candidate as it is."""
        project = self.model.project
        if self.model.candidate is not None:
            self.model.set_candidate(dataclasses.replace(self.model.candidate, data=folder))
        elif project is not None:
            old = project.data or DataSpec(task=project.task or "keywords")
            self.guarded(self.model.save)(data=old.with_folder(Path(folder)))
            self.run_until("model", follow=False)

    def change_data(self, data: DataSpec) -> None:
        """Learn from the same examples with other settings."""
        if self.model.project is not None and data != self.model.project.data:
            self.guarded(self.model.save)(data=data)

    def change_budget(self, name: str, value: float | None) -> None:
        """Change one budget; see `engine.project.Budgets`."""
        if self.model.project is not None:
            budgets: Budgets = dataclasses.replace(self.model.project.budgets, **{name: value})
            self.guarded(self.model.save)(budgets=budgets)

    def find_boards(self) -> None:
        """Look at the serial ports again."""
        self.predictor.ask({"verb": "ports"})

    # ---- jobs ----------------------------------------------------------------------------------
    def run_as_asked(self, asked: RunUntil, *, follow: bool = True) -> None:
        """See `RunUntil`."""
        self.run_until(asked.stage, follow=follow, to_the_end=asked.to_the_end, again=asked.again)

    def run_until(self, stage: str, *, follow: bool = True, **how: bool) -> None:
        """Run the pipeline up to a stage; `follow` asks for its page; `how` is as in `RunUntil`.

        If another run of the project is at work, this one follows when that has ended well.
        """
        project, running = self.model.project, self.model.job
        if project is None or self.busy:
            if project is not None and running is not None and running.leads_to(stage, project.folder):
                running.then = RunUntil(stage, **how)
                self.model.stages_changed.emit()
                if follow:
                    self.page_wanted.emit(self.model.page_of(stage))
            return
        of: dict[str, object] = {"project": str(project.folder), "on": self.model.link}
        job = {"verb": "run", **of, "until": stage} | {
            name: True for name, wanted in how.items() if wanted
        }
        self.model.set_problem(None)
        if not self.model.saved_report.running:
            self.model.saved_report = SavedReport()  # it tells of the run before
        if stage in BOARD_STAGES:
            self.disconnect_board()
        if stage in BOARD_STAGES and self.model.link == "virtual" and project.board_id:
            self._job_for_board = job
            self.virtual_board.start(project.board_id)
        else:
            self.jobs.start(job)
        if follow:
            self.page_wanted.emit(self.model.page_of(stage))

    def start_search(self, trials: int) -> None:
        """Look for the best network on the board, until so many are trained."""
        project = self.model.project
        if project is not None:
            self._start({"verb": "search", "project": str(project.folder), "trials": trials})

    def take_candidate(self, row: dict[str, Any]) -> None:
        """Give the recipe what a search found; undo gives back what it was."""
        project = self.model.project
        if project is not None:
            names = [field.name for field in dataclasses.fields(SearchCandidate)]
            found = SearchCandidate(**{name: row[name] for name in names})
            self.guarded(self.model.change_recipe)(found.in_recipe(project.recipe))

    @property
    def _searching(self) -> bool:
        job = self.model.job
        return job is not None and job.running and job.job.get("verb") == "search"

    def _start(self, job: dict[str, object]) -> None:
        if not self.busy:
            self.model.set_problem(None)
            self.jobs.start(job)

    def _on_job_finished(self, job: RunningJob) -> None:
        verb, until = job.job.get("verb"), job.job.get("until")
        if job.exit_code != 0:
            if verb == "import" and job.results:  # layers cannot be imported: their table came before
                self.model.set_candidate(_candidate(job))
            if verb not in ("run", "search"):
                self.page_wanted.emit("model")
        elif verb == "new":
            self._after_new(job)
        elif verb == "import":
            self._after_import(job)
        elif job.then is not None and not job.cancelling:
            QTimer.singleShot(0, self, partial(self.run_as_asked, job.then, follow=False))
        elif until in BOARD_STAGES:
            self.connect_board()
            self.input.go_on(PLAY_INTERVAL_MS)

    def _after_new(self, job: RunningJob) -> None:
        if job.results and self.open_project_folder(Path(str(job.results[-1]["project"]))):
            self.run_until("model", follow=False)

    def _after_import(self, job: RunningJob) -> None:
        path, report = Path(str(job.job["file"])), job.results[-1] if job.results else {}
        if report.get("trainable"):
            self.model.set_candidate(_candidate(job))
            self.page_wanted.emit("model")
            return
        old = self.model.project
        try:
            project = create_project(
                free_project_folder(self._projects_folder, path.stem),
                task=str(report.get("task", "")),
                meaning=Meaning.from_document(report["meaning"]) if "meaning" in report else None,
                board_id=old.board_id if old is not None else "",
                model_file=path,
            )
        except EngineError as error:
            self.report(error)
            return
        if self.open_project_folder(project.folder):
            self.run_until("model", follow=False)

    # ---- report --------------------------------------------------------------------------------
    def save_report(self, path: Path) -> None:
        """Let the light worker write what the last verification found; the model tells how it ended."""
        project = self.model.project
        if project is None or self.model.saved_report.running:
            return
        self.model.set_saved_report(SavedReport(path))
        self.predictor.ask({"verb": "report", "project": str(project.folder), "html": str(path)})

    def forget_report(self) -> None:
        """The words about the last saved report were read."""
        self.model.set_saved_report(SavedReport())

    def _on_unanswered(self, question: dict[str, object], failure: StageFailed) -> None:
        project = self.model.project
        if question["verb"] == "report" and project and question["project"] == str(project.folder):
            path = Path(str(question["html"]))
            self.model.set_saved_report(SavedReport(path, done=True, failure=failure))

    # ---- predictions ---------------------------------------------------------------------------
    def _ask_for_predictions(self) -> None:
        project, state = self.model.project, self.model.stage("convert")
        if state is not None and state.summary is None:
            state = self.model.stage("model")  # beside it lies an outline that costs the same
        ready = project is not None and (
            project.is_finished_model or (state is not None and state.summary is not None)
        )
        if project is None or not ready:
            self._predicted_for = None
            self.model.set_predictions({})
            return
        content = project.model_path if state is None else state.folder
        if self._predicted_for != (project.folder, content, project.front_end):
            self._predicted_for = (project.folder, content, project.front_end)
            self.predictor.ask({"verb": "fit", "target": str(project.folder), "board": "all"})

    def _ask_for_costs(self) -> None:
        """Ask what each step takes on the board, and what was searched, after a change of either."""
        project = self.model.project
        if project is None or not project.board_id or project.is_without_data:
            self._costs_for = None
            self.model.set_recipe_costs([])
            self.model.set_search_rows([])
            return
        folders = [(state.stage, state.folder) for state in self.model.stages.values()]
        content = (project.folder, project.board_id, project.recipe, project.budgets, folders)
        if self._costs_for != content:
            self._costs_for = content
            folder = str(project.folder)
            self.predictor.ask({"verb": "recipe", "action": "show", "project": folder})
            self.predictor.ask({"verb": "search", "show": True, "project": folder})

    def _on_answered(self, question: dict[str, object], values: list[dict[str, Any]]) -> None:
        if question["verb"] == "ports":
            self._show_ports(values)
            return
        project = self.model.project
        if project is None or str(project.folder) not in question.values():
            return
        if question["verb"] == "recipe":
            self.model.set_recipe_costs(values)
            return
        if question["verb"] == "report":
            if values:
                path = Path(str(values[-1]["file"]))
                self.model.set_saved_report(SavedReport(path, done=True))
            return
        if question["verb"] == "search":
            if not self._searching:
                self.model.set_search_rows([row for row in values if "number" in row])
            return
        if question["verb"] != "fit" or "front_end" in question:
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
            FoundBoard(_full_link(p), str(p["kind"]), str(p["title"]), str(p["problem"] or p["name"]))
            for p in ports
            if p.get("known")
        ]
        self.model.set_found_boards(tuple(found))

    # ---- board ---------------------------------------------------------------------------------
    def connect_board(self) -> None:
        """Open the live link to the board; a virtual one is started with the built firmware."""
        project, link = self.model.project, self.model.link
        if project is None:
            return
        if link != "virtual":
            self.live.connect_to(link, link=link, simulated=False, elf=self._built_elf())
        elif self.virtual_board.running and self.virtual_board.board_id == project.board_id:
            uart, elf = self.virtual_board.uart, self._built_elf()
            self.live.connect_to(uart, link=link, simulated=True, elf=elf)
        elif project.board_id:
            self._connect_when_listening = True
            self.virtual_board.start(project.board_id, self._built_elf())

    def disconnect_board(self) -> None:
        """Close the live link."""
        if self.model.live.state != "closed":
            self.live.disconnect_link()

    def play_inputs(self, interval_ms: int) -> None:
        """Send the test set to the board, one input after the other; without one, run freely."""
        self.input.play(interval_ms)

    def _built_elf(self) -> Path | None:
        state, build = self.model.stage("build"), self.model.build()
        if state is None or state.folder is None or build is None:
            return None
        return state.folder / build.elf

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

    # ---- end -----------------------------------------------------------------------------------
    def close(self) -> None:
        """End every process, and wait until it is gone."""
        self._predict_timer.stop()
        processes: list[ChildProcess] = [*self.input.close(), *self.live.close(), *self.jobs.close()]
        processes += [*self.lookups.close(), *self.predictor.close(), *self.virtual_board.stop()]
        for process in processes:
            process.wait()
        self.model.wait_for_stages()


def _full_link(found: dict[str, Any]) -> str:
    """What `ports` found as a link that also names where the firmware is heard."""
    line = found["serial_line"]
    return f"{found['name']}@{line}" if line and found["kind"] != "serial" else str(found["name"])


def _candidate(job: RunningJob) -> Candidate:
    """The model file that an `import` has looked at."""
    shape = job.job.get("input_shape", [])
    assert isinstance(shape, list)
    path = Path(str(job.job["file"]))
    return Candidate(path, bool(job.job.get("trust")), job.results[-1], tuple(shape))
