"""The order of the stages, what each depends on, and what is done, stale, blocked or still to do.

    data -> model -> step-1-... -> step-n-... -> convert -> verify -> fit -> build -> flash -> board-run

A model file without a data set has no data and no steps; a finished `.tflite` made elsewhere has no
conversion either. A stage's input hash covers the content of what it reads, its settings and its code
version; its result lies in `artefacts/<stage>/<input hash>/` and is never computed twice. Nothing here
imports a stage: the runners in `engine.stages` do, inside themselves, so that opening a window stays
cheap.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from engine import summaries
from engine.content_hash import hash_file, hash_tree, hash_values
from engine.errors import Cancelled, ConversionFailed, DoesNotFit, EngineError, UsageError
from engine.events import (
    ArtifactReady,
    CancelToken,
    Event,
    Report,
    StageFailed,
    StageFinished,
    StageStarted,
    to_json,
)
from engine.front_end import BOARD
from engine.front_end_choice import board_features
from engine.project import Project, run_lock
from engine.recipe import DistillStep, PruneStep, QatStep, QuantizeStep, Step, order_problem
from engine.resources import resource

# Raise a stage's number when its code changes what it writes: old results become stale.
CODE_VERSIONS = {
    "data": 1,
    "model": 4,
    "step": 1,
    "convert": 2,
    "verify": 3,
    "fit": 3,
    "build": 4,
    "flash": 1,
    "board-run": 3,
}

# Of pruning after a training with roundings: 2 leaves BatchNorm live afterwards.
_ROUNDED_PRUNING_VERSION = 2

TITLES = {
    "data": "Read the examples",
    "model": "Read the model",
    "train": "Train",
    "remove-dead": "Remove filters that never change",
    "distill": "Learn from a teacher",
    "prune": "Remove the least useful filters",
    "qat": "Train with 8-bit roundings",
    "convert": "Convert to 8-bit whole numbers",
    "verify": "Compare every layer",
    "fit": "Plan the memory",
    "build": "Build the firmware",
    "flash": "Write it to the board",
    "board-run": "Compare the board's answers",
}

_SUMMARY_KINDS: dict[str, type[summaries.Document]] = {
    "data": summaries.DataSummary,
    "model": summaries.ModelSummary,
    "step": summaries.StepSummary,
    "convert": summaries.ConvertSummary,
    "verify": summaries.VerifySummary,
    "fit": summaries.FitSummary,
    "build": summaries.BuildSummary,
    "flash": summaries.FlashSummary,
    "board-run": summaries.BoardRunSummary,
}

# These touch a board, so a stored result does not replace doing them.
_ALWAYS_RUN = frozenset({"flash"})


@dataclass(frozen=True)
class StageState:
    """One stage as fronts show it.

    Attributes:
        stage: key, for example `step-1-train` or `fit`.
        title: short sentence.
        state: `done`, `stale` (made from older inputs), `todo` or `blocked`.
        reason: why it is stale or blocked, one sentence.
        folder: where the shown result lies (also a stale one), or None.
        summary: the shown result, or None.
    """

    stage: str
    title: str
    state: str
    reason: str = ""
    folder: Path | None = None
    summary: summaries.Document | None = None


@dataclass(frozen=True)
class PlannedStage:
    """A stage with the hash of its inputs. `blocked` says what is missing, "" if nothing."""

    stage: str
    input_hash: str
    blocked: str = ""
    step: Step | None = None

    @property
    def family(self) -> str:
        """`step` for all recipe steps, else the stage itself."""
        return "step" if self.stage.startswith("step-") else self.stage

    @property
    def title(self) -> str:
        """Short sentence for people."""
        return TITLES[self.step.kind if self.step else self.stage]

    def folder(self, project: Project) -> Path:
        """Where the result of exactly these inputs lies or will lie."""
        return project.artefacts_folder / self.stage / self.input_hash


def planned_stages(project: Project, *, afresh: Collection[str] = ()) -> tuple[PlannedStage, ...]:
    """All stages of this project in order, with the hashes of their present inputs.

    Args:
        project: an opened project.
        afresh: stages that shall train to the end, even if there is a result that was ended early.
    """
    plan: list[PlannedStage] = []

    def add(stage: str, inputs: Any, blocked: str = "", step: Step | None = None) -> str:
        family = "step" if step else stage
        input_hash = hash_values([family, CODE_VERSIONS[family], inputs])
        plan.append(PlannedStage(stage, input_hash, blocked, step))
        return input_hash

    model_path = project.model_path
    no_model = "" if project.network or model_path else "Choose a model first."
    model_content = hash_tree(model_path) if model_path and model_path.exists() else project.network
    if project.is_finished_model:
        network = add("model", model_content, no_model)
        add("verify", network)
    else:
        network = _plan_training(project, add, model_content, no_model, afresh)
    _plan_board(project, add, network, no_model)
    return tuple(plan)


def _plan_training(
    project: Project, add: Any, model_content: str, no_model: str, afresh: Collection[str]
) -> str:
    if project.is_without_data:
        meaning = project.meaning.to_document() if project.meaning is not None else None
        blocked, latest = no_model, add("model", [model_content, meaning], no_model)
        own = project.calibration_path
        calibration = [hash_file(own) if own else ""]
    else:
        blocked, data = _plan_data(project, add)
        blocked = no_model or blocked
        latest = add("model", [model_content, data], blocked)
        calibration = []
    enabled = [step for step in project.recipe.steps if step.enabled]
    blocked = blocked or order_problem(
        enabled, trained=bool(project.model_file), data=not project.is_without_data
    )
    number = 0
    rounded = False
    for step in enabled:
        if isinstance(step, QuantizeStep):
            continue
        number += 1
        inputs = _step_inputs(step)
        if rounded and isinstance(step, PruneStep):
            inputs["rounded_pruning"] = _ROUNDED_PRUNING_VERSION
        rounded = rounded or isinstance(step, QatStep)
        stage = f"step-{number}-{step.kind}"
        latest = add(stage, [latest, inputs], blocked, step)
        mark = project.artefacts_folder / stage / latest / summaries.EARLY_STOPS_FILE
        if stage not in afresh and mark.exists():
            latest = hash_values([latest, hash_file(mark)])
    if not number and not project.model_file:
        blocked = blocked or "The recipe has no training step."
    quantize, by_default = project.recipe.quantisation()
    converted: str = add("convert", [latest, _settings(quantize), by_default, *calibration], blocked)
    add("verify", converted, blocked)
    return converted


def _plan_data(project: Project, add: Any) -> tuple[str, str]:
    """What keeps the data from being read, "" if nothing, and the hash of their stage."""
    no_data = "" if project.data is not None else "Choose examples (a data set) first."
    data_content = ""
    if project.data is not None:
        try:
            data_content = hash_values([project.data.to_toml(), _data_content(project.data.source)])
        except OSError:
            no_data = "The data set cannot be read. Choose it again."
    return no_data, add("data", data_content, no_data)


def _plan_board(project: Project, add: Any, network: str, no_model: str) -> None:
    blocked = no_model or ("" if project.board_id else "Choose a board first.")
    board_file = resource("boards", f"{project.board_id}.toml")
    board = hash_file(board_file) if project.board_id and board_file.exists() else ""
    if project.front_end == BOARD:
        blocked = blocked or project.board_features_problem
    features = board_features(project)  # only where there are any: results made before stay valid
    # kernels, their costs and the platform: what a plan and a build read beside network and board
    fit = add("fit", [network, board, hash_tree(resource("firmware")), *features], blocked)
    build = add("build", fit, blocked)
    add("flash", build, blocked)
    add("board-run", build, blocked)


def _step_inputs(step: Step) -> dict[str, Any]:
    """The settings, and the content of model files that they name."""
    inputs = _settings(step)
    if isinstance(step, DistillStep):
        files = [Path(name) for name in step.teachers if Path(name).exists()]
        inputs["teacher_files"] = [hash_tree(path) for path in files]
    return inputs


def _settings(step: Step) -> dict[str, Any]:
    """All settings, but those that came later only where they say something else than was done before.

    So results from before there was such a setting (its `earlier` is what was done) stay valid.
    """
    as_before = {
        f.name
        for f in dataclasses.fields(step)
        if "earlier" in f.metadata and getattr(step, f.name) == f.metadata["earlier"]
    }
    return {"kind": step.kind} | {
        k: v for k, v in dataclasses.asdict(step).items() if k not in as_before
    }


def _data_content(source: str) -> str:
    if source.startswith("builtin:"):
        samples = resource("samples", source.removeprefix("builtin:"))
        return hash_tree(samples) if samples.exists() else source
    return hash_tree(Path(source))


def readiness(project: Project) -> tuple[StageState, ...]:
    """What is done, stale, blocked or to do; reads small files only, no framework."""
    return tuple(_state(project, planned) for planned in planned_stages(project))


def _state(project: Project, planned: PlannedStage) -> StageState:
    folder = planned.folder(project)
    summary = _read(planned, folder)
    if planned.blocked:
        return StageState(planned.stage, planned.title, "blocked", planned.blocked)
    if summary is not None:
        return StageState(planned.stage, planned.title, "done", "", folder, summary)
    for older in _older_results(folder):
        summary = _read(planned, older)
        if summary is not None:
            reason = "Made with an older model, recipe, data set or board."
            return StageState(planned.stage, planned.title, "stale", reason, older, summary)
    return StageState(planned.stage, planned.title, "todo")


def _read(planned: PlannedStage, folder: Path) -> summaries.Document | None:
    try:
        return summaries.read_summary(_SUMMARY_KINDS[planned.family], folder)
    except (OSError, msgspec.DecodeError):
        return None


def _older_results(folder: Path) -> list[Path]:
    if not folder.parent.is_dir():
        return []
    candidates = [p for p in folder.parent.iterdir() if p != folder and not p.name.startswith(".")]
    return sorted(candidates, key=lambda p: p.stat().st_mtime, reverse=True)


def run(
    project: Project,
    *,
    until: str = "board-run",
    link: str = "virtual",
    to_the_end: bool = False,
    again: bool = False,
    report: Report,
    cancel: CancelToken,
) -> None:
    """Run every stage up to `until` whose result is not there yet.

    Args:
        project: an opened project; nothing in it is changed but its artefacts and runs.
        until: key of the last stage to run, for example `fit`, or `step-1-train`.
        link: where the board is, for `flash` and `board-run`.
        to_the_end: trainings that were ended early go on to their ends; else those results are done.
        again: the last stage runs even if its result is there.
        report: gets the events; they are also kept in `runs/<time>/events.jsonl`.
        cancel: checked by every stage.

    Raises:
        UsageError: there is no such stage, or it is blocked (the reason says by what).
        EngineError: a stage failed; what was finished before stays.
        Cancelled: the user stopped it; finished stages stay.
    """
    afresh = {p.stage for p in planned_stages(project)} if to_the_end else set[str]()
    plan = planned_stages(project, afresh=afresh)
    keys = [p.stage for p in plan]
    if until not in keys:
        raise UsageError(
            f"This project has no stage called {until}.", hint=f"Its stages: {', '.join(keys)}."
        )
    wanted = plan[: keys.index(until) + 1]
    blocked = next((p.blocked for p in wanted if p.blocked), "")
    if blocked:
        raise UsageError(blocked, hint="Then run again.")
    with run_lock(project), _Diary(project, report) as diary:
        from engine.stages import StageContext  # noqa: PLC0415 - stages load frameworks

        context = StageContext(project=project, link=link, report=diary.report, cancel=cancel)
        try:
            for place, stage in enumerate(keys[: len(wanted)]):
                again_here = again and stage == until
                ended_early = _run_stage(plan[place], context, afresh=stage in afresh, again=again_here)
                if ended_early:  # what follows is another result than planned
                    afresh.discard(stage)
                    plan = planned_stages(project, afresh=afresh)
        finally:
            context.close()


def _run_stage(planned: PlannedStage, context: Any, *, afresh: bool, again: bool) -> bool:
    """Run a stage unless its result is there; whether a training in it was ended early just now."""
    from engine.stages import run_stage  # noqa: PLC0415

    report, project = context.report, context.project
    folder = planned.folder(project)
    started = context.cancel.working_seconds()
    report(StageStarted(stage=planned.stage, title=planned.title))
    try:
        context.cancel.check()
        summary = _read(planned, folder)
        if again or afresh and _ended_early(summary):
            summary = None
        cached = summary is not None and planned.stage not in _ALWAYS_RUN
        if not cached:
            summary = _produce(planned, folder, lambda f: run_stage(planned, context, f))
        assert summary is not None
        context.folders[planned.stage] = folder
        refuse_bad_result(summary)
    except (EngineError, Cancelled) as error:
        report(failure(planned.stage, error))
        raise
    report(ArtifactReady(stage=planned.stage, path=str(folder), summary=summaries.to_plain(summary)))
    seconds = context.cancel.working_seconds() - started
    report(StageFinished(stage=planned.stage, seconds=seconds, cached=cached))
    return not cached and _ended_early(summary)


def _ended_early(summary: summaries.Document | None) -> bool:
    return isinstance(summary, summaries.StepSummary) and bool(summary.early_stops)


def refuse_bad_result(summary: summaries.Document) -> None:
    """A plan that does not fit, or a comparison that failed, ends a run; its result stays to be seen.

    Raises:
        DoesNotFit: with the plan's reasons.
        ConversionFailed: with the first guilty layer.
    """
    if isinstance(summary, summaries.FitSummary) and not summary.fits:
        raise DoesNotFit(" ".join(summary.reasons), hint=" ".join(summary.suggestions[:1]))
    if isinstance(summary, summaries.VerifySummary) and not summary.passed:
        raise ConversionFailed(
            f"The comparison failed. {summary.first_guilty} {summary.likely_cause}".rstrip(),
            hint="Look at that layer on the Verify page, or run: thimble-cli verify PROJECT",
        )


def _produce(planned: PlannedStage, folder: Path, runner: Any) -> summaries.Document:
    """Let the runner fill a hidden folder, then make it visible in one rename."""
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        _clear_abandoned(folder.parent)
        unfinished.mkdir(parents=True)
        summary: summaries.Document = runner(unfinished)
        summaries.write_summary(summary, unfinished)
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
    except OSError as error:
        raise UsageError(
            f"The result of '{planned.title}' could not be written: {error.strerror or error}.",
            hint="Free some disk space, then run again; finished stages are kept.",
            path=str(folder),
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return summary


def _clear_abandoned(stage_folder: Path) -> None:
    """Remove what killed runs left half done; the run lock makes sure that no run still uses it."""
    for path in stage_folder.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def failure(stage: str, error: EngineError | Cancelled) -> StageFailed:
    """The event that tells of an error."""
    if isinstance(error, Cancelled):
        return StageFailed(
            stage=stage,
            code="cancelled",
            message="Stopped as you asked.",
            hint="What was finished before is kept.",
            exit_code=Cancelled.exit_code,
        )
    return StageFailed(
        stage=stage,
        code=error.code,
        message=error.message,
        hint=error.hint,
        facts=msgspec.to_builtins(error.facts, enc_hook=str),
        exit_code=error.exit_code,
    )


class _Diary:
    """Keeps the events of one run beside passing them on."""

    def __init__(self, project: Project, report: Report) -> None:
        now = datetime.datetime.now().strftime("%Y-%m-%dT%H-%M-%S")
        self._folder = project.folder / "runs" / f"{now}-{os.getpid()}"
        self._report = report

    def __enter__(self) -> _Diary:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stream = (self._folder / "events.jsonl").open("a", encoding="utf-8")
        return self

    def report(self, event: Event) -> None:
        """Write the event, then pass it on."""
        self._stream.write(to_json(event) + "\n")
        self._stream.flush()
        self._report(event)

    def __exit__(self, *_: object) -> None:
        self._stream.close()
