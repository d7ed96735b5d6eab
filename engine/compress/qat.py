"""Quantisation-aware training: the network learns with the roundings of its 8-bit form."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import nn

from engine.compress.batches import Batches
from engine.compress.fake_quantised import FakeQuantised, Ranges
from engine.compress.finetune import Loss, TrainingFailed, TrainResult, train
from engine.events import CancelToken, Report
from engine.recipe import QatStep, TrainStep

if TYPE_CHECKING:
    from engine.data.labelled_set import LabelledSet

_OBSERVED_BATCHES = 20
_FREEZE_SHARE = 0.6  # of the training, after which ranges stay


class RoundedTraining:
    """Trains like `finetune.train`, but with rounded weights and activations.

    Args:
        known: ranges from an earlier training; they are learnt anew if layers have changed since, and so
            are the statistics of BatchNorm.
        module: the network that they belong to.

    Attributes:
        freeze_share: share of the training after which the ranges stay as they are.
        live_norms: see `FakeQuantised`; in a network whose layers have changed they are always live.
        ranges: by the name that conversion gives each activation; filled by a training.
    """

    def __init__(
        self,
        known: Mapping[str, tuple[float, float]] | None = None,
        module: nn.Module | None = None,
    ) -> None:
        self.ranges: Ranges = dict(known or {})
        self._shapes = _shapes(module) if module is not None else None
        self.freeze_share = _FREEZE_SHARE
        self.live_norms = False

    def __call__(
        self,
        module: nn.Module,
        data: LabelledSet,
        step: TrainStep,
        *,
        report: Report,
        cancel: CancelToken,
        stage: str = "qat",
        kind: str = QatStep.kind,
        checkpoint: Path | None = None,
        loss: Loss | None = None,
    ) -> TrainResult:
        """See `finetune.train`; the figures are with rounding, the network in the result is in float."""
        same = self._shapes is not None and self._shapes == _shapes(module)
        rounded = FakeQuantised(module, self.ranges if same else None)
        # A pruned network needs other statistics than it had: with those its weights learn badly.
        rounded.live_norms = self.live_norms or (self._shapes is not None and not same)
        rows = np.arange(len(data.train.labels))
        if rounded.reconstructs and data.normal:
            normal = [data.classes.index(name) for name in data.normal]
            rows = rows[np.isin(data.train.labels, normal)]
        if len(rows) > 1 and step.batch_size > 1:
            batches = Batches(
                data, rows, batch_size=step.batch_size, augment=step.augment, seed=step.seed
            )
            if not same:
                some = itertools.islice(batches.epoch(0), _OBSERVED_BATCHES)
                rounded.observe(inputs for inputs, _ in some)
            rounded.freeze_after = max(1, round(self.freeze_share * step.epochs * batches.count))
        result = train(
            rounded,
            data,
            step,
            report=report,
            cancel=cancel,
            stage=stage,
            kind=kind,
            checkpoint=checkpoint,
            loss=loss,
        )
        self.ranges = rounded.ranges
        self._shapes = _shapes(rounded.network)
        return dataclasses.replace(result, module=rounded.network.eval())


def train_quantised(
    module: nn.Module,
    data: LabelledSet,
    step: QatStep,
    *,
    report: Report,
    cancel: CancelToken,
    stage: str = "qat",
    checkpoint: Path | None = None,
    trainer: RoundedTraining,
) -> TrainResult:
    """Train on with the roundings of 8 bits.

    Args:
        module: a trained network in float; changed in place.
        data: the labelled set.
        step: settings.
        report: told of every epoch.
        cancel: checked at every batch.
        stage: named in events.
        checkpoint: see `finetune.train`.
        trainer: brings ranges that are known already, and has those learnt afterwards.

    Returns:
        The network in float, and its figures with rounding.

    Raises:
        TrainingFailed: a setting is out of its range, or training cannot go on.
        UsageError: the operations of the network cannot be followed.
    """
    if not 0.0 < step.freeze_share <= 1.0:
        raise TrainingFailed(
            f"The ranges cannot be frozen after {step.freeze_share:g} of the training.",
            hint="0.6 freezes them after 60 %.",
        )
    trainer.freeze_share = step.freeze_share
    trainer.live_norms = step.batch_norm == "live"
    training = TrainStep(epochs=step.epochs, learning_rate=step.learning_rate, seed=step.seed)
    return trainer(
        module,
        data,
        training,
        report=report,
        cancel=cancel,
        stage=stage,
        kind=step.kind,
        checkpoint=checkpoint,
    )


def _shapes(module: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(p.shape) for p in module.parameters()]
