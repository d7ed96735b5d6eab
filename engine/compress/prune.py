"""Structured pruning: whole filters go, by L1 norm over dependency groups (Li et al. 2017)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from engine.compress.batches import Batches
from engine.compress.finetune import TrainingFailed, TrainResult, train
from engine.events import CancelToken, LogLine, Report
from engine.recipe import PruneStep, TrainStep

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
) -> TrainResult:
    """Remove filters, re-estimate BatchNorm, then train on.

    Args:
        module: changed in place: its layers get narrower.
        data: the labelled set.
        step: settings.
        report: told what was removed, and of every epoch.
        cancel: checked before each phase and at every batch.
        stage: named in events.
        checkpoint: see `finetune.train`.

    Raises:
        TrainingFailed: the ratio is out of its range, or training cannot go on.
        Cancelled: the user stopped it.
    """
    before = parameter_count(module)
    remove_filters(module, data.input_shape, ratio=step.ratio, round_to=step.round_to)
    cancel.check()
    after = parameter_count(module)
    share = 1 - after / before
    text = f"Removed {before - after:,} of {before:,} parameters ({share:.0%})."
    report(LogLine(stage=stage, text=text))
    _estimate_statistics(module, data, step.seed, cancel)
    training = TrainStep(epochs=step.epochs, learning_rate=step.learning_rate, seed=step.seed)
    return train(
        module,
        data,
        training,
        report=report,
        cancel=cancel,
        stage=stage,
        kind=step.kind,
        checkpoint=checkpoint,
    )


def remove_filters(
    module: nn.Module, input_shape: tuple[int, ...], *, ratio: float, round_to: int
) -> None:
    """Remove the filters of the smallest L1 norm in every dependency group, in place.

    Layers that depend on each other (depthwise after pointwise, both ends of a shortcut) lose the same
    channels. The last layer keeps its outputs.

    Args:
        module: the network.
        input_shape: (height, width, channels), (length, channels) or (length,).
        ratio: share of the filters to remove in each group, 0 to 0.9.
        round_to: channel counts stay multiples of this; 1 leaves them free.

    Raises:
        TrainingFailed: the ratio or the rounding is out of its range, or the layers are joined in a way
            that cannot be followed.
    """
    if not 0.0 <= ratio <= 0.9:
        raise TrainingFailed(
            f"The pruning ratio is {ratio:g}, but must lie between 0 and 0.9.",
            hint="0.4 removes 40 % of the filters of every layer.",
        )
    if round_to < 1:
        raise TrainingFailed(
            f"Channels cannot be rounded to multiples of {round_to}.",
            hint="Use 4, or 1 for no rounding.",
        )
    if ratio == 0.0:
        return
    import torch_pruning

    shape = (input_shape[-1], *input_shape[:-1]) if len(input_shape) > 1 else input_shape
    example = torch.zeros(2, *shape)
    module.eval()
    weighted = [m for m in module.modules() if isinstance(m, nn.Linear | nn.Conv1d | nn.Conv2d)]
    loose = [getattr(layer, "value", None) for layer in module.modules()]  # a number for each channel
    try:
        pruner = torch_pruning.pruner.MagnitudePruner(
            module,
            example,
            importance=torch_pruning.importance.GroupMagnitudeImportance(p=1),
            pruning_ratio=ratio,
            ignored_layers=weighted[-1:],
            unwrapped_parameters=[(p, 0) for p in loose if isinstance(p, nn.Parameter)],
            round_to=round_to if round_to > 1 else None,
        )
        pruner.step()
    except (IndexError, RuntimeError, ValueError) as error:  # what the pruner does not see coming
        raise TrainingFailed(
            "This network's filters cannot be removed: some of its layers are joined in a way that the "
            "pruner cannot follow.",
            hint="Leave the pruning step out, or avoid depthwise layers with several filters a channel.",
            details=str(error)[:500],
        ) from error


def parameter_count(module: nn.Module) -> int:
    """Trainable numbers in a network."""
    return sum(parameter.numel() for parameter in module.parameters())


def _estimate_statistics(module: nn.Module, data: LabelledSet, seed: int, cancel: CancelToken) -> None:
    """Let BatchNorm see the narrower network: its old means and variances no longer hold."""
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over the batches
    module.train()
    rows = torch.arange(len(data.train.labels)).numpy()
    batches = Batches(data, rows, batch_size=96, augment=True, seed=seed)
    with torch.no_grad():
        for number, (inputs, _) in enumerate(batches.epoch(0)):
            cancel.check()
            if number >= _STATISTICS_BATCHES:
                break
            module(inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    module.eval()
