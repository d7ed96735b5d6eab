"""Training: AdamW with a cosine schedule, augmentation, early stopping, resumable after every epoch."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.compress.batches import Batches, to_tensor
from engine.compress.devices import device_of, training_device, training_threads
from engine.compress.hardest import hardest_examples, told_of_epoch, worst_repeated
from engine.compress.training_state import TrainingState, load_state, save_state
from engine.errors import UsageError
from engine.events import CancelToken, EpochEnded, LogLine, Metric, Report, StageProgress
from engine.examples import HardExample
from engine.metrics import accuracy_and_confusion
from engine.recipe import TrainStep
from engine.summaries import EarlyStop, EpochRow

if TYPE_CHECKING:
    from engine.data.labelled_set import LabelledSet, Split

_WEIGHT_DECAY = 0.01
_WARM_UP_SHARE = 0.05
_AVERAGED_BATCHES = 50  # at most, and a small part of a short training
_EVALUATION_BATCH = 256
_EVENT_SECONDS = 0.1


class TrainingFailed(UsageError):
    """Training cannot go on with these settings or data."""

    code = "training-failed"


class Loss(Protocol):
    """What training makes small: a number from outputs, inputs (channels first) and labels."""

    def __call__(
        self, outputs: torch.Tensor, inputs: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """The mean over the batch."""


class Trainer(Protocol):
    """`train`, or what stands in for it."""

    def __call__(
        self,
        module: nn.Module,
        data: LabelledSet,
        step: TrainStep,
        *,
        report: Report,
        cancel: CancelToken,
        stage: str = ...,
        kind: str = ...,
        checkpoint: Path | None = ...,
        loss: Loss | None = ...,
    ) -> TrainResult:
        """See `train`."""


@dataclass(frozen=True)
class Evaluation:
    """How good a network is on one part of a set.

    Attributes:
        accuracy: share of right answers; for an autoencoder the area under the ROC curve of its
            reconstruction error (healthy against everything else). None where nobody can tell: the part
            has no samples, or for an autoencoder not both healthy and other ones.
        loss: mean cross-entropy, or mean squared error of the healthy samples.
        confusion: `confusion[true][predicted]`; empty for an autoencoder.
        hardest: samples that it is least sure of, or as an autoencoder repeats worst; these first.
    """

    accuracy: float | None
    loss: float
    confusion: list[list[int]]
    hardest: list[HardExample] = field(default_factory=list)


@dataclass(frozen=True)
class TrainResult:
    """A trained network in evaluation mode, with the weights of its best epoch, and how it came about.

    Attributes:
        module: the network.
        epochs: one row each.
        validation_accuracy: of the best epoch; None as in `Evaluation`.
        test_accuracy: on samples that were never trained or tuned on; None as in `Evaluation`.
        confusion: of the test samples.
        seconds: wall time.
        hardest: of the test samples.
        best_epoch: the one whose weights were kept, from 1; 0 if there was none.
        early_stop: set where somebody asked for the best weights before the end.
    """

    module: nn.Module
    epochs: list[EpochRow]
    validation_accuracy: float | None
    test_accuracy: float | None
    confusion: list[list[int]]
    seconds: float
    hardest: list[HardExample] = field(default_factory=list)
    best_epoch: int = 0
    early_stop: EarlyStop | None = None


def train(
    module: nn.Module,
    data: LabelledSet,
    step: TrainStep,
    *,
    report: Report,
    cancel: CancelToken,
    stage: str = "train",
    kind: str = TrainStep.kind,
    checkpoint: Path | None = None,
    loss: Loss | None = None,
) -> TrainResult:
    """Train a network, from wherever its weights are.

    Args:
        module: takes (batch, channels, height, width) or (batch, length); changed in place.
        data: the labelled set; an autoencoder learns from its normal classes only.
        step: settings.
        report: told of every epoch, of batch losses and of progress.
        cancel: checked at every batch. Once an epoch has ended, `keep_best` of this stage ends the
            training at the next batch.
        stage: named in events.
        kind: of the recipe step, named in epoch rows.
        checkpoint: a file written after every epoch; training goes on from it if it is there and
            belongs to the same settings. It is removed at the end, but stays where `keep_best` ended the
            training: so that can still go on.
        loss: what is made small; by default cross-entropy, or for an autoencoder the squared error.

    Raises:
        TrainingFailed: the data do not suit the network, or the loss is no longer a number.
        Cancelled: the checkpoint of the last epoch stays.
    """
    run = _Run(module, data, step, report, cancel, stage, kind, checkpoint, loss)
    try:
        return run.result()
    finally:
        module.to("cpu")  # where everything else computes


def cross_entropy(outputs: torch.Tensor, inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loss of a classifier."""
    return functional.cross_entropy(outputs, labels)


def repetition_error(outputs: torch.Tensor, inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The loss of an autoencoder: mean squared difference between what goes in and comes out."""
    return functional.mse_loss(outputs, inputs.flatten(1))


def evaluate(module: nn.Module, data: LabelledSet, split: Split) -> Evaluation:
    """Measure a network on one part of a set; leaves it in evaluation mode."""
    module.eval()
    if not len(split.labels):
        return Evaluation(None, 0.0, [])
    inputs = to_tensor(split.inputs)
    outputs = outputs_of(module, inputs)
    if not getattr(module, "reconstructs", False):
        loss = functional.cross_entropy(outputs, torch.from_numpy(split.labels)).item()
        accuracy, confusion = accuracy_and_confusion(outputs.numpy(), split.labels, len(data.classes))
        return Evaluation(accuracy, loss, confusion, hardest_examples(outputs, split))
    from sklearn.metrics import roc_auc_score

    errors = (outputs - inputs.flatten(1)).square().mean(dim=1).numpy()
    healthy = _healthy(data, split.labels)
    loss = float(errors[healthy].mean()) if healthy.any() else 0.0
    both = healthy.any() and not healthy.all()
    area = float(roc_auc_score(~healthy, errors)) if both else None
    return Evaluation(area, loss, [], worst_repeated(errors, healthy, split))


def measured(module: nn.Module, data: LabelledSet, *, seconds: float) -> TrainResult:
    """The figures of a network that a step changed without training it."""
    test = evaluate(module, data, data.test)
    validation = evaluate(module, data, data.validation).accuracy
    return TrainResult(module, [], validation, test.accuracy, test.confusion, seconds, test.hardest)


def outputs_of(module: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """What a network in evaluation mode makes of (n, channels, ...), in parts that fit into memory."""
    device = device_of(module)
    with torch.no_grad():
        parts = torch.split(inputs, _EVALUATION_BATCH)
        return torch.cat([module(part.to(device)).cpu() for part in parts])


def _healthy(data: LabelledSet, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.isin(labels, [data.classes.index(name) for name in data.normal])


class _Run:
    def __init__(
        self,
        module: nn.Module,
        data: LabelledSet,
        step: TrainStep,
        report: Report,
        cancel: CancelToken,
        stage: str,
        kind: str,
        checkpoint: Path | None,
        loss: Loss | None,
    ) -> None:
        self._reconstructs = bool(getattr(module, "reconstructs", False))
        self._loss = loss or (repetition_error if self._reconstructs else cross_entropy)
        _check(module, data, step, self._reconstructs)
        rows = np.arange(len(data.train.labels))
        if self._reconstructs:
            rows = rows[_healthy(data, data.train.labels)]
        # Of faults alone an autoencoder has neither an area nor a loss: as little as of no samples.
        judges = data.validation.labels
        self._judged = bool((_healthy(data, judges) if self._reconstructs else judges >= 0).any())
        self._batches = Batches(
            data, rows, batch_size=step.batch_size, augment=step.augment, seed=step.seed
        )
        self._device = training_device()
        if self._device.type != "cpu":
            report(LogLine(stage=stage, text=f"Training on {self._device}."))
        # Half again as fast on CPUs as channels first; layers without channels stay as they are.
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._module = module.to(self._device)
        self._data, self._step = data, step
        self._report, self._cancel = report, cancel
        self._stage, self._kind, self._checkpoint = stage, kind, checkpoint
        # The mean over the last batches is what is judged and kept: it is better and less noisy than
        # the weights of any one batch (Polyak and Juditsky 1992).
        self._averaged = copy.deepcopy(self._module)
        self._total = max(1, step.epochs * self._batches.count)
        self._optimiser = torch.optim.AdamW(
            module.parameters(), lr=step.learning_rate, weight_decay=_WEIGHT_DECAY
        )
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, self._rate_factor)
        self._state = TrainingState()
        self._started = self._cancel.working_seconds()
        self._batches_timed = 0
        self._last_event = 0.0
        torch.set_num_threads(training_threads())

    def result(self) -> TrainResult:
        self._resume()
        state, step = self._state, self._step
        self._cancel.forget_keep_best()
        stopped = False
        if state.epoch:
            stopped, self._cancel.keep_resumed = self._cancel.keep_resumed and not self._whole(), False
        with torch.random.fork_rng(devices=[]):
            while not stopped and not self._whole():
                stopped = not self._one_epoch()
                if not stopped:
                    self._save()
        if state.best_weights:
            self._module.load_state_dict(state.best_weights)
        validation = evaluate(self._module, self._data, self._data.validation)
        test = evaluate(self._module, self._data, self._data.test)
        if self._checkpoint is not None and not stopped:
            with contextlib.suppress(OSError):
                self._checkpoint.unlink(missing_ok=True)
        seconds = self._cancel.working_seconds() - self._started
        found = (test.accuracy, test.confusion, seconds, test.hardest)
        early = EarlyStop(state.epoch, step.epochs, state.best_epoch) if stopped else None
        return TrainResult(
            self._module, state.rows, validation.accuracy, *found, state.best_epoch, early
        )

    def _rate_factor(self, done: int) -> float:
        """Linear warm-up over the first twentieth, then half a cosine down to zero."""
        warm_up = max(1, round(_WARM_UP_SHARE * self._total))
        if done < warm_up:
            return (done + 1) / warm_up
        return 0.5 * (
            1 + float(np.cos(np.pi * min(1.0, (done - warm_up) / (self._total - warm_up + 1))))
        )

    def _whole(self) -> bool:
        """Whether all epochs are done, or the last ones brought nothing."""
        state, patience = self._state, self._step.patience
        waited = patience > 0 and state.epoch - state.improved_epoch >= patience
        return waited or state.epoch >= self._step.epochs

    def _one_epoch(self) -> bool:
        """Train for one epoch; False if it was broken off because the best so far is wanted."""
        state, step = self._state, self._step
        number = state.epoch
        torch.manual_seed(step.seed * 100_003 + number)
        self._module.train()
        started = self._cancel.working_seconds()
        loss_sum, right, seen = 0.0, 0, 0
        rate = float(self._schedule.get_last_lr()[0])
        for index, batch in enumerate(self._batches.epoch(number)):
            self._cancel.check()
            if number and self._cancel.keeps_best(self._stage):
                return False
            inputs, labels = (part.to(self._device) for part in batch)
            outputs = self._module(inputs)
            loss = self._loss(outputs, inputs, labels)
            if not self._reconstructs:
                right += int((outputs.argmax(dim=1) == labels).sum())
            value = loss.item()
            if not np.isfinite(value):
                raise self._diverged(number * self._batches.count + index + 1)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()
            self._schedule.step()
            self._average_weights(number * self._batches.count + index)
            loss_sum += value * len(labels)
            seen += len(labels)
            self._tell_progress(number * self._batches.count + index + 1, value)
        seconds = self._cancel.working_seconds() - started
        validation = evaluate(self._averaged, self._data, self._data.validation)
        row = EpochRow(
            step=self._kind,
            epoch=number + 1,
            train_loss=loss_sum / seen,
            train_accuracy=None if self._reconstructs else right / seen,
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            learning_rate=rate,
        )
        state.rows.append(row)
        state.epoch = number + 1
        # Of equal accuracies the lower loss wins: small validation sets have many ties.
        score = (validation.accuracy or 0.0, -validation.loss)
        if validation.loss < state.lowest_loss:
            state.lowest_loss, state.improved_epoch = validation.loss, state.epoch
        if score > state.best_score or not self._judged:
            state.best_score, state.best_epoch = score, state.epoch
            state.improved_epoch = state.epoch
            state.best_weights = copy.deepcopy(self._averaged.state_dict())
        self._report(
            EpochEnded(
                stage=self._stage,
                step=self._kind,
                epoch=row.epoch,
                epochs=step.epochs,
                train_loss=row.train_loss,
                train_accuracy=row.train_accuracy,
                validation_loss=row.validation_loss,
                validation_accuracy=row.validation_accuracy,
                learning_rate=rate,
                seconds=seconds,
                samples_per_second=seen / max(seconds, 1e-9),
                **told_of_epoch(validation.confusion, validation.hardest),
            )
        )
        return True

    @torch.no_grad()
    def _average_weights(self, done: int) -> None:
        """Move the averaged network towards the trained one; early on in larger steps."""
        window = min(_AVERAGED_BATCHES, self._total // 24, done)
        weight = 1 / (window + 1)
        averaged = self._averaged.state_dict()
        for name, value in self._module.state_dict().items():
            if value.is_floating_point():
                averaged[name].lerp_(value, weight)
            else:
                averaged[name].copy_(value)

    def _tell_progress(self, done: int, loss: float) -> None:
        self._batches_timed += 1
        now = self._cancel.working_seconds()
        if now - self._last_event < _EVENT_SECONDS and done < self._total:
            return
        self._last_event = now
        self._report(Metric(stage=self._stage, name="batch_loss", value=loss, step=done))
        # The mean over all batches so far moves slowly; the first ones are slow and tell nothing.
        left = None
        if self._batches_timed > 5:
            left = (self._total - done) * (now - self._started) / self._batches_timed
        self._report(
            StageProgress(
                stage=self._stage, done=done, total=self._total, unit="batches", seconds_left=left
            )
        )

    def _diverged(self, batch: int) -> TrainingFailed:
        rate = self._step.learning_rate
        return TrainingFailed(
            f"The loss is no longer a number at batch {batch} of {self._total}.",
            hint=f"Lower the learning rate, for example from {rate:g} to {rate / 4:g}.",
            batch=batch,
            learning_rate=rate,
        )

    def _fingerprint(self) -> str:
        """Settings and data that a checkpoint belongs to."""
        shapes = [tuple(p.shape) for p in self._module.state_dict().values()]
        train = self._data.train
        content = float(train.inputs.sum(dtype=np.float64)), int(train.labels.sum()), len(train.labels)
        return repr((self._kind, dataclasses.astuple(self._step), shapes, content))

    def _parts(self) -> dict[str, Any]:
        return {
            "module": self._module,
            "averaged": self._averaged,
            "optimiser": self._optimiser,
            "schedule": self._schedule,
        }

    def _save(self) -> None:
        if self._checkpoint is None:
            return
        try:
            save_state(self._checkpoint, self._state, self._fingerprint(), self._parts())
        except (OSError, RuntimeError) as error:
            text = (
                f"The state after epoch {self._state.epoch} could not be saved ({error}); "
                "training goes on."
            )
            self._report(LogLine(stage=self._stage, text=text, level="warning"))

    def _resume(self) -> None:
        if self._checkpoint is None:
            return
        state = load_state(self._checkpoint, self._fingerprint(), self._parts())
        if state is None:
            return
        self._state = state
        text = f"Going on after epoch {state.epoch}, where an earlier run was stopped."
        self._report(LogLine(stage=self._stage, text=text))


def _check(module: nn.Module, data: LabelledSet, step: TrainStep, reconstructs: bool) -> None:
    if len(data.train.labels) < 2:
        raise TrainingFailed(
            f"There are only {len(data.train.labels)} training samples.", hint="Add samples."
        )
    if step.batch_size < 2:
        raise TrainingFailed(
            f"A batch of {step.batch_size} is too small.", hint="Use 2 samples or more."
        )
    if reconstructs:
        if not data.normal:
            raise TrainingFailed(
                "An autoencoder learns from normal samples, but no class is marked as normal.",
                hint="Name the normal classes in the data settings (normal_classes).",
            )
        if not _healthy(data, data.train.labels).any():
            raise TrainingFailed(
                f"The training part holds no sample of a normal class ({', '.join(data.normal)}).",
                hint="Add some to the train folder, or name other normal classes.",
            )
        return
    seen = set(data.train.labels.tolist())
    others = {*data.validation.labels.tolist(), *data.test.labels.tolist()} - seen
    if others:
        raise TrainingFailed(
            f"The training part holds no sample of class {data.classes[min(others)]}, "
            "so this network cannot learn to tell it.",
            hint="Add some to the train folder, or use an autoencoder: it learns normal samples only.",
        )
    module.eval()
    outputs = outputs_of(module, to_tensor(data.train.inputs[:2])).shape[-1]
    if outputs != len(data.classes):
        raise TrainingFailed(
            f"The network has {outputs} outputs, the data have {len(data.classes)} classes.",
            hint="Choose a network with as many outputs as classes.",
        )
