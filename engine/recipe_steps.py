"""One runner for every kind of recipe step: from the network of the step before to a new one."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import summaries
from engine.errors import EngineError
from engine.events import CancelToken, LogLine, discard
from engine.figures import Measured
from engine.int8_judgement import why_unknown
from engine.recipe import DistillStep, PruneStep, QatStep, RemoveDeadStep, Step, TrainStep
from engine.summaries import EARLY_STOPS_FILE
from engine.trainable_network import (
    OUTLINE_FILE,
    first_network,
    learnt_ranges,
    load_network,
    save_learnt_ranges,
    save_network,
    write_data_outline,
)

if TYPE_CHECKING:
    from torch import nn

    from engine.compress.finetune import Trainer, TrainResult
    from engine.compress.qat import RoundedTraining
    from engine.data import LabelledSet
    from engine.pipeline import PlannedStage
    from engine.stages import StageContext


@dataclass
class StepRun:
    """What a runner of one kind gets, and what it adds to the summary.

    Attributes:
        step: the settings.
        context: of the run.
        data: the labelled set.
        module: the network before the step.
        channels: `report`, `cancel` and `stage`, for everything that reports and can be stopped.
        checkpoint: file of an unfinished training.
        rounded: trains with 8-bit roundings, once a step before has begun with that; else None.
        notes: sentences that stay with the result.
        early_stops: trainings within the step that somebody ended early.
        extra: further values of the summary.
    """

    step: Any
    context: StageContext
    data: LabelledSet
    module: nn.Module
    channels: dict[str, Any]
    checkpoint: Path
    rounded: RoundedTraining | None = None
    notes: list[str] = field(default_factory=list)
    early_stops: list[summaries.EarlyStop] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Say something that stays with the result."""
        self.notes.append(text)
        self.channels["report"](LogLine(stage=self.channels["stage"], text=text))

    def stopped(self, early: summaries.EarlyStop | None) -> None:
        """Remember that a training was ended early, if it was."""
        if early is not None:
            self.early_stops.append(early)
            self.note(early.sentence)

    @property
    def trainer(self) -> Trainer:
        """What trains the network: in float, or with roundings."""
        from engine.compress.finetune import train

        return self.rounded or train


def run_step(planned: PlannedStage, context: StageContext, folder: Path) -> summaries.StepSummary:
    """Run one step of the recipe; the network goes into `folder`.

    Raises:
        EngineError: the step failed.
        Cancelled: the user stopped it; the last finished epoch is kept.
    """
    step, project, data = planned.step, context.project, context.data()
    assert step is not None
    earlier = [f for s, f in context.folders.items() if s.startswith("step-")]
    rounded: RoundedTraining | None = None
    if earlier:
        module = load_network(earlier[-1])
        if known := learnt_ranges(earlier[-1]):
            from engine.compress.qat import RoundedTraining

            rounded = RoundedTraining(known, module)
    else:
        seed = getattr(step, "seed", 0)
        module = first_network(project, data, context.folders["model"], seed=seed)
    before = _figures_before(module, data, earlier, trained=bool(earlier or project.model_file))
    channels = {"report": context.report, "cancel": context.cancel, "stage": planned.stage}
    checkpoint = folder.parent / f".{planned.input_hash}.checkpoint"
    run = StepRun(step, context, data, module, channels, checkpoint, rounded)
    result = _RUNNERS[type(step)](run)
    run.stopped(result.early_stop)
    if run.early_stops:
        marks = [stop.sentence for stop in run.early_stops]
        (folder / EARLY_STOPS_FILE).write_text("\n".join(marks), "utf-8")
    save_network(result.module, folder, project, data)
    _write_outline(result.module, data, folder, context.cancel)
    if run.rounded is not None:
        save_learnt_ranges(run.rounded.ranges, folder)
        if result.epochs:
            plain = evaluate_test(result.module, data)
            if plain is not None:
                run.note(f"Measured with 8-bit roundings; the same network in float gives {plain:.1%}.")
    if getattr(result.module, "reconstructs", False) and (why := why_unknown(data, data.test, "test")):
        run.note(why)
    return _summary(step, run, result, before)


def _write_outline(module: nn.Module, data: LabelledSet, folder: Path, cancel: CancelToken) -> None:
    """From it flash, RAM and time are predicted; a training is not lost for want of that."""
    with contextlib.suppress(EngineError, OSError):
        write_data_outline(module, data, folder / OUTLINE_FILE, report=discard, cancel=cancel)


def evaluate_test(module: nn.Module, data: LabelledSet) -> float | None:
    """Accuracy, or area under the ROC curve, on the test samples; None where nobody can tell."""
    from engine.compress.finetune import evaluate

    return evaluate(module, data, data.test).accuracy


def _train(run: StepRun) -> TrainResult:
    return run.trainer(
        run.module, run.data, run.step, kind=run.step.kind, checkpoint=run.checkpoint, **run.channels
    )


def _prune(run: StepRun) -> TrainResult:
    from engine.compress.prune import prune

    return prune(
        run.module,
        run.data,
        run.step,
        checkpoint=run.checkpoint,
        trainer=run.trainer,
        **run.channels,
    )


def _qat(run: StepRun) -> TrainResult:
    from engine.compress.qat import RoundedTraining, train_quantised

    run.rounded = run.rounded or RoundedTraining()
    return train_quantised(
        run.module,
        run.data,
        run.step,
        checkpoint=run.checkpoint,
        trainer=run.rounded,
        **run.channels,
    )


def _distill(run: StepRun) -> TrainResult:
    from engine.compress.distil import distil, frozen
    from engine.distillation import find_teachers

    repeats = bool(getattr(run.module, "reconstructs", False))
    teachers = find_teachers(run.step, run.context, run.data, run.channels, repeats=repeats)
    for teacher in teachers:
        run.stopped(teacher.early_stop)
    checkpoint = run.checkpoint
    if run.early_stops:  # what such a teacher has taught does not go on with a better one
        checkpoint = checkpoint.with_name(f"{checkpoint.name}.short")
    outcome = distil(
        run.module,
        run.data,
        run.step,
        [frozen(teacher.module) for teacher in teachers],
        checkpoint=checkpoint,
        trainer=run.trainer,
        **run.channels,
    )
    run.stopped(outcome.alone_stop)
    if checkpoint != run.checkpoint:
        for path in checkpoint.parent.glob(f"{checkpoint.name}*"):
            path.unlink(missing_ok=True)
    taught = outcome.teacher_accuracy
    known = "" if taught is None else f" ({taught:.1%})"
    run.note(f"Teacher: {', '.join(t.name for t in teachers)}{known}.")
    for text in outcome.notes:
        run.note(text)
    run.extra["teacher_accuracy"] = _fraction(outcome.teacher_accuracy)
    run.extra["alone_accuracy"] = _fraction(outcome.alone_accuracy)
    run.extra["calibration_errors"] = outcome.calibration_errors
    return outcome.result


def _remove_dead(run: StepRun) -> TrainResult:
    from engine.compress.dead_filters import remove_dead_filters
    from engine.compress.finetune import measured

    started = time.monotonic()
    found = remove_dead_filters(run.module, run.data.input_shape)
    if found.count:
        layers = ", ".join(f"{name} ({count})" for name, count in found.removed.items())
        run.note(f"{found.count} filters never changed their output and are gone: {layers}.")
    else:
        run.note("No filter of this network gives the same output for every input.")
    return measured(found.module, run.data, seconds=time.monotonic() - started)


_RUNNERS: dict[type[Step], Any] = {
    TrainStep: _train,
    DistillStep: _distill,
    PruneStep: _prune,
    QatStep: _qat,
    RemoveDeadStep: _remove_dead,
}


def _fraction(accuracy: float | None) -> Measured | None:
    return None if accuracy is None else Measured(float(accuracy), "fraction")


@dataclass(frozen=True)
class _Before:
    accuracy: Any
    model_bytes: int
    macs: int


def _figures_before(
    module: nn.Module, data: LabelledSet, earlier: list[Path], *, trained: bool
) -> _Before:
    if earlier:
        last = summaries.read_summary(summaries.StepSummary, earlier[-1])
        return _Before(last.accuracy_after, last.model_bytes_after, last.macs_after)
    from engine.zoo.describe import describe_network

    described = describe_network(module, name="", task="", input_shape=data.input_shape)
    accuracy = _fraction(evaluate_test(module, data)) if trained else None
    return _Before(accuracy, 4 * described.parameters, described.macs)


def _summary(step: Step, run: StepRun, result: TrainResult, before: _Before) -> summaries.StepSummary:
    from engine.zoo.describe import describe_network

    described = describe_network(result.module, name="", task="", input_shape=run.data.input_shape)
    return summaries.StepSummary(
        kind=step.kind,
        accuracy_before=before.accuracy,
        accuracy_after=_fraction(result.test_accuracy),
        model_bytes_before=before.model_bytes,
        model_bytes_after=4 * described.parameters,
        macs_before=before.macs,
        macs_after=described.macs,
        parameters=described.parameters,
        epochs=list(result.epochs),
        confusion=[[int(n) for n in row] for row in result.confusion],
        seconds=float(result.seconds),
        notes=run.notes,
        early_stops=run.early_stops,
        hardest=result.hardest,
        **run.extra,
    )
