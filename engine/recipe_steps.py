"""One runner for every kind of recipe step: from the network of the step before to a new one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import summaries
from engine.events import LogLine
from engine.figures import Measured
from engine.recipe import PruneStep, RemoveDeadStep, Step, TrainStep
from engine.trainable_network import first_network, load_network, save_network

if TYPE_CHECKING:
    from torch import nn

    from engine.compress.finetune import TrainResult
    from engine.data import LabelledSet
    from engine.pipeline import PlannedStage
    from engine.stages import StageContext


@dataclass
class StepRun:
    """What a runner of one kind gets. `channels` go to everything that reports and can be stopped."""

    step: Any
    context: StageContext
    data: LabelledSet
    module: nn.Module
    channels: dict[str, Any]
    checkpoint: Path
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Say something that stays with the result."""
        self.notes.append(text)
        self.channels["report"](LogLine(stage=self.channels["stage"], text=text))


def run_step(planned: PlannedStage, context: StageContext, folder: Path) -> summaries.StepSummary:
    """Run one step of the recipe; the network goes into `folder`.

    Raises:
        EngineError: the step failed.
        Cancelled: the user stopped it; the last finished epoch is kept.
    """
    step, project, data = planned.step, context.project, context.data()
    assert step is not None
    earlier = [f for s, f in context.folders.items() if s.startswith("step-")]
    if earlier:
        module = load_network(earlier[-1])
    else:
        seed = getattr(step, "seed", 0)
        module = first_network(project, data, context.folders["model"], seed=seed)
    before = _figures_before(module, data, earlier, trained=bool(earlier or project.model_file))
    channels = {"report": context.report, "cancel": context.cancel, "stage": planned.stage}
    checkpoint = folder.parent / f".{planned.input_hash}.checkpoint"
    run = StepRun(step, context, data, module, channels, checkpoint)
    result = _RUNNERS[type(step)](run)
    save_network(result.module, folder, project, data)
    return _summary(step, run, result, before)


def _train(run: StepRun) -> TrainResult:
    from engine.compress.finetune import train

    return train(run.module, run.data, run.step, checkpoint=run.checkpoint, **run.channels)


def _prune(run: StepRun) -> TrainResult:
    from engine.compress.prune import prune

    return prune(run.module, run.data, run.step, checkpoint=run.checkpoint, **run.channels)


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
    PruneStep: _prune,
    RemoveDeadStep: _remove_dead,
}


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
    from engine.compress.finetune import evaluate
    from engine.zoo.describe import describe_network

    described = describe_network(module, name="", task="", input_shape=data.input_shape)
    accuracy = Measured(evaluate(module, data, data.test).accuracy, "fraction") if trained else None
    return _Before(accuracy, 4 * described.parameters, described.macs)


def _summary(step: Step, run: StepRun, result: TrainResult, before: _Before) -> summaries.StepSummary:
    from engine.zoo.describe import describe_network

    described = describe_network(result.module, name="", task="", input_shape=run.data.input_shape)
    return summaries.StepSummary(
        kind=step.kind,
        accuracy_before=before.accuracy,
        accuracy_after=Measured(float(result.test_accuracy), "fraction"),
        model_bytes_before=before.model_bytes,
        model_bytes_after=4 * described.parameters,
        macs_before=before.macs,
        macs_after=described.macs,
        parameters=described.parameters,
        epochs=list(result.epochs),
        confusion=[[int(n) for n in row] for row in result.confusion],
        seconds=float(result.seconds),
        notes=run.notes,
    )
