"""Structured pruning: whole filters go over dependency groups (Li et al. 2017), then fine-tuning."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import pickle
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from msgspec import structs
from torch import nn

from engine.compress.batches import Batches
from engine.compress.distil import Distillation, frozen
from engine.compress.finetune import Loss, Trainer, TrainingFailed, TrainResult, train
from engine.compress.importance import Importance, Selection
from engine.compress.statistics import fresh_statistics
from engine.events import CancelToken, EpochEnded, Event, LogLine, Report
from engine.recipe import PruneStep, TrainStep
from engine.summaries import EarlyStop, EpochRow

if TYPE_CHECKING:
    from engine.data.labelled_set import LabelledSet

_STATISTICS_BATCHES = 20


def prune(
    module: nn.Module,
    data: LabelledSet,
    step: PruneStep,
    *,
    report: Report,
    cancel: CancelToken,
    stage: str = "prune",
    checkpoint: Path | None = None,
    trainer: Trainer = train,
) -> TrainResult:
    """Remove filters, re-estimate BatchNorm, then train on; in rounds, if the step says so.

    Args:
        module: changed in place: its layers get narrower.
        data: the labelled set.
        step: settings.
        report: told what was removed, and of every epoch.
        cancel: checked before each phase and at every batch. After `keep_best` the rounds that are left
            still remove their filters, and train for one epoch each.
        stage: named in events.
        checkpoint: see `finetune.train`; finished rounds lie beside it until the last one is done.
        trainer: trains the narrower network; `qat.RoundedTraining` does it with 8-bit roundings.

    Raises:
        TrainingFailed: a setting is out of its range or unknown, or training cannot go on.
        Cancelled: the user stopped it.
    """
    if step.rounds < 1:
        raise TrainingFailed(
            f"Filters cannot be removed in {step.rounds} rounds.", hint="There must be one round."
        )
    loss: Loss | None = None
    if step.distil:
        reconstructs = bool(getattr(module, "reconstructs", False))
        loss = Distillation([frozen(copy.deepcopy(module))], reconstructs=reconstructs)
    before = parameter_count(module)
    selection = Selection(module, data.input_shape, step.ratio, step.scope, step.round_to)
    rounds = _epochs_of_rounds(step)
    rows: list[EpochRow] = []
    seconds, done, before_last, last = 0.0, 0, 0, len(rounds)
    hurried = False
    for number, epochs in enumerate(rounds, start=1):
        cancel.check()
        importance = Importance(step.importance, module, data, cancel)
        selection.remove(importance, number / last)
        importance.clear()
        _tell(report, stage, module, before, number, last)
        kept = _round_file(checkpoint, number) if number < last else None
        loaded = _load_round(kept, module)
        if loaded is not None:
            finished, hurried = loaded
        else:
            _estimate_statistics(module, data, step.seed, cancel)
            training = TrainStep(
                epochs=1 if hurried else epochs,
                learning_rate=step.learning_rate,
                seed=step.seed + number - 1,
            )
            result = trainer(
                module,
                data,
                training,
                report=_within(report, done, step.epochs),
                cancel=cancel,
                stage=stage,
                kind=step.kind,
                checkpoint=checkpoint,
                loss=loss,
            )
            finished = result.epochs
            seconds += result.seconds
            hurried = hurried or result.early_stop is not None
            _save_round(kept, module, finished, hurried=hurried)
        rows += [structs.replace(row, epoch=row.epoch + done) for row in finished]
        before_last = done
        done += len(finished) if hurried else epochs
    early: EarlyStop | None = None
    if hurried:
        early = EarlyStop(len(rows), step.epochs, before_last + result.best_epoch)
    leftovers = [_round_file(checkpoint, number) for number in range(1, last)]
    if hurried and last > 1:
        leftovers.append(checkpoint)  # its last round alone cannot make up for the others
    for path in leftovers:
        if path is not None:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    return dataclasses.replace(result, epochs=rows, seconds=seconds, early_stop=early)


def remove_filters(
    module: nn.Module, input_shape: tuple[int, ...], *, ratio: float, round_to: int, scope: str = "layer"
) -> None:
    """Remove the filters of the smallest L1 norm, in place.

    Layers that depend on each other (depthwise after pointwise, both ends of a shortcut) lose the same
    channels. The last layer keeps its outputs.

    Args:
        module: the network.
        input_shape: (height, width, channels), (length, channels) or (length,).
        ratio: share of the filters to remove, 0 to 0.9.
        round_to: channel counts stay multiples of this; 1 leaves them free.
        scope: `layer` or `global`, see `PruneStep`.

    Raises:
        TrainingFailed: the ratio or the rounding is out of its range, or the layers are joined in a way
            that cannot be followed.
    """
    selection = Selection(module, input_shape, ratio, scope, round_to)
    selection.remove(Importance("l1", module, None, CancelToken()), 1.0)


def parameter_count(module: nn.Module) -> int:
    """Trainable numbers in a network."""
    return sum(parameter.numel() for parameter in module.parameters())


def _epochs_of_rounds(step: PruneStep) -> list[int]:
    """The last round gets two parts, the others one each; none goes without an epoch."""
    rounds = min(step.rounds, max(1, step.epochs))
    each = max(1, step.epochs // (rounds + 1)) if rounds > 1 else 0
    return [each] * (rounds - 1) + [step.epochs - each * (rounds - 1)]


def _tell(report: Report, stage: str, module: nn.Module, before: int, number: int, rounds: int) -> None:
    gone = before - parameter_count(module)
    place = f"Round {number} of {rounds}: removed" if rounds > 1 else "Removed"
    text = f"{place} {gone:,} of {before:,} parameters ({gone / before:.0%})."
    report(LogLine(stage=stage, text=text))


def _within(report: Report, done: int, epochs: int) -> Report:
    """Count the epochs of all rounds through."""

    def tell(event: Event) -> None:
        if isinstance(event, EpochEnded):
            event = dataclasses.replace(event, epoch=event.epoch + done, epochs=epochs)
        report(event)

    return tell


def _round_file(checkpoint: Path | None, number: int) -> Path | None:
    return checkpoint.with_name(f"{checkpoint.name}.round-{number}") if checkpoint else None


def _save_round(path: Path | None, module: nn.Module, rows: list[EpochRow], *, hurried: bool) -> None:
    """Keep the weights of a finished round; without them a later run repeats it."""
    if path is None:
        return
    draft = path.with_name(f"{path.name}.part")
    with contextlib.suppress(OSError, RuntimeError):
        content = {
            "weights": module.state_dict(),
            "rows": [structs.asdict(row) for row in rows],
            "hurried": hurried,
        }
        torch.save(content, draft)
        draft.replace(path)


def _load_round(path: Path | None, module: nn.Module) -> tuple[list[EpochRow], bool] | None:
    """Put a finished round's weights into the network pruned like it; None if there are none.

    The rows come with whether the rounds were hurried by then.
    """
    if path is None or not path.exists():
        return None
    try:
        content = torch.load(path, weights_only=True)
        module.load_state_dict(content["weights"])
        return [EpochRow(**row) for row in content["rows"]], bool(content.get("hurried"))
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError):
        return None


def _estimate_statistics(module: nn.Module, data: LabelledSet, seed: int, cancel: CancelToken) -> None:
    """Let BatchNorm see the narrower network: its old means and variances no longer hold."""
    rows = torch.arange(len(data.train.labels)).numpy()
    batches = Batches(data, rows, batch_size=96, augment=True, seed=seed)
    with fresh_statistics(module), torch.no_grad():
        module.train()
        for inputs, _ in islice(batches.epoch(0), _STATISTICS_BATCHES):
            cancel.check()
            module(inputs)
    module.eval()
