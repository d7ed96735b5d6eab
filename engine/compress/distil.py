"""Learning from a teacher: knowledge distillation (Hinton et al. 2015)."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from msgspec import structs
from torch import Tensor, nn
from torch.nn import functional

from engine.compress.batches import to_tensor
from engine.compress.devices import moved_to
from engine.compress.finetune import Trainer, TrainingFailed, TrainResult, evaluate, outputs_of, train
from engine.events import CancelToken, LogLine, Report
from engine.metrics import calibration_error
from engine.recipe import DistillStep, TrainStep
from engine.summaries import EarlyStop

if TYPE_CHECKING:
    from engine.data.labelled_set import LabelledSet

_HARM = 0.01  # of accuracy, from which a teacher counts as harmful
TEMPERATURE = 4.0
ALPHA = 0.3


@dataclass(frozen=True)
class Distillation:
    """alpha * (usual loss) + (1 - alpha) * (distance from what the teachers say).

    For classifiers the distance is T^2 times the Kullback-Leibler divergence of the softened answers; of
    several teachers the mean answer counts. For autoencoders it is the mean squared difference.

    Attributes:
        teachers: networks in evaluation mode that take what the student takes.
        alpha: weight of the true labels, 0 to 1.
        temperature: softens the answers.
        reconstructs: student and teachers are autoencoders.
    """

    teachers: Sequence[nn.Module]
    alpha: float = ALPHA
    temperature: float = TEMPERATURE
    reconstructs: bool = False

    def __call__(self, outputs: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
        """The loss of one batch; see `finetune.Loss`."""
        with torch.no_grad():
            said = [moved_to(inputs.device, teacher)(inputs) for teacher in self.teachers]
        if self.reconstructs:
            own = functional.mse_loss(outputs, inputs.flatten(1))
            taught = functional.mse_loss(outputs, torch.stack(said).mean(0))
            return self.alpha * own + (1 - self.alpha) * taught
        own = functional.cross_entropy(outputs, labels)
        soft = torch.stack([functional.softmax(s / self.temperature, 1) for s in said]).mean(0)
        student = functional.log_softmax(outputs / self.temperature, 1)
        taught = functional.kl_div(student, soft, reduction="batchmean") * self.temperature**2
        return self.alpha * own + (1 - self.alpha) * taught


def frozen(teacher: nn.Module) -> nn.Module:
    """The teacher in evaluation mode, its weights fixed."""
    return teacher.eval().requires_grad_(False)


@dataclass(frozen=True)
class Distilled:
    """What a teacher gave.

    Attributes:
        result: the student.
        teacher_accuracy: of the teachers' mean answer on the test samples; None where nobody can tell.
        alone_accuracy: of the same network after the same training without a teacher; None if not asked
            or where nobody can tell.
        calibration_errors: ECE of `teacher`, `before`, `alone`, `after`; empty for autoencoders.
        notes: sentences.
        alone_stop: set where somebody ended the training without a teacher early; no figure is given
            for it then.
    """

    result: TrainResult
    teacher_accuracy: float | None
    alone_accuracy: float | None
    calibration_errors: dict[str, float]
    notes: list[str] = field(default_factory=list)
    alone_stop: EarlyStop | None = None


class MeanAnswer(nn.Module):
    """Several teachers as one: the logarithm of their mean probabilities, or their mean repetition."""

    def __init__(self, teachers: Sequence[nn.Module], *, reconstructs: bool) -> None:
        super().__init__()
        self.teachers = nn.ModuleList(teachers)
        self.reconstructs = reconstructs

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, ...) to (batch, classes) or to the repeated input, flat."""
        said = [teacher(x) for teacher in self.teachers]
        if self.reconstructs:
            return torch.stack(said).mean(0)
        return torch.stack([functional.softmax(s, 1) for s in said]).mean(0).clamp(min=1e-12).log()


def distil(
    module: nn.Module,
    data: LabelledSet,
    step: DistillStep,
    teachers: Sequence[nn.Module],
    *,
    report: Report,
    cancel: CancelToken,
    stage: str = "distill",
    checkpoint: Path | None = None,
    trainer: Trainer = train,
) -> Distilled:
    """Train a network on true labels and on what teachers say.

    Args:
        module: the student; changed in place.
        data: the labelled set.
        step: settings.
        teachers: trained networks that take the same inputs and give as many outputs.
        report: told of every epoch.
        cancel: checked at every batch.
        stage: named in events.
        checkpoint: see `finetune.train`.
        trainer: see `prune.prune`.

    Raises:
        TrainingFailed: a setting is out of its range, a teacher takes inputs of another size or gives
            another number of outputs, or training cannot go on.
        Cancelled: the user stopped it.
    """
    if not 0.0 <= step.alpha <= 1.0 or not step.temperature > 0.0:
        raise TrainingFailed(
            f"alpha is {step.alpha:g} and the temperature {step.temperature:g}: alpha must lie between "
            "0 and 1, and the temperature above 0.",
            hint="Usual are 0.3 and 4.",
        )
    _refuse_other_task(module, teachers, data)
    reconstructs = bool(getattr(module, "reconstructs", False))
    training = TrainStep(epochs=step.epochs, learning_rate=step.learning_rate, seed=step.seed)
    mean_answer = MeanAnswer(teachers, reconstructs=reconstructs).eval()
    errors = {} if reconstructs else {"teacher": _ece(mean_answer, data), "before": _ece(module, data)}
    alone: float | None = None
    alone_stop: EarlyStop | None = None
    if step.compare_alone:
        alone, error, alone_stop = _trained_alone(
            copy.deepcopy(module), data, training, copy.copy(trainer), report, cancel, stage, checkpoint
        )
        if error is not None:
            errors["alone"] = error
    result = trainer(
        module,
        data,
        training,
        report=report,
        cancel=cancel,
        stage=stage,
        kind=step.kind,
        checkpoint=checkpoint,
        loss=Distillation(teachers, step.alpha, step.temperature, reconstructs),
    )
    if not reconstructs:
        errors["after"] = _ece(result.module, data)
    if result.early_stop is not None:
        alone = None  # that of a whole training says nothing about a teacher of a shorter one
        errors.pop("alone", None)
    elif checkpoint is not None:
        with contextlib.suppress(OSError):
            _alone_file(checkpoint).unlink(missing_ok=True)
    taught = evaluate(mean_answer, data, data.test).accuracy
    notes = _verdict(result.test_accuracy, alone)
    if step.compare_alone and (alone_stop is not None or result.early_stop is not None):
        notes = ["What the teacher is worth cannot be told: a training was stopped early."]
    return Distilled(result, taught, alone, errors, notes, alone_stop)


def _refuse_other_task(student: nn.Module, teachers: Sequence[nn.Module], data: LabelledSet) -> None:
    """Check that all teachers answer the student's question."""
    inputs = to_tensor(data.train.inputs[:2])
    wanted = outputs_of(student.eval(), inputs).shape[-1]
    size = "x".join(str(n) for n in data.input_shape)
    for number, teacher in enumerate(teachers, start=1):
        name = f"Teacher {number}" if len(teachers) > 1 else "The teacher"
        try:
            given = outputs_of(teacher.eval(), inputs).shape[-1]
        except (RuntimeError, ValueError, IndexError) as error:
            raise TrainingFailed(
                f"{name} cannot take inputs of {size}.",
                hint="Choose a teacher for inputs of this size, or read the data at its size.",
            ) from error
        if given != wanted:
            raise TrainingFailed(
                f"{name} gives {given} outputs, but the network here gives {wanted}.",
                hint="Choose a teacher that was trained on the same classes.",
            )


def _verdict(accuracy: float | None, alone: float | None) -> list[str]:
    if accuracy is None or alone is None:
        return []
    points = 100 * (accuracy - alone)
    said = f"With the teacher {accuracy:.1%}, after the same training without one {alone:.1%}"
    if points < -100 * _HARM:
        return [
            f"{said}: the teacher costs {-points:.1f} points. Switch this step off, or double its "
            "epochs: being taught takes longer."
        ]
    return [f"{said} ({points:+.1f} points)."]


def _ece(module: nn.Module, data: LabelledSet) -> float:
    if not len(data.test.labels):
        return 0.0
    probabilities = functional.softmax(outputs_of(module.eval(), to_tensor(data.test.inputs)), 1)
    return calibration_error(probabilities.numpy(), data.test.labels)


def _alone_file(checkpoint: Path) -> Path:
    return checkpoint.with_name(f"{checkpoint.name}.alone.json")


def _trained_alone(
    module: nn.Module,
    data: LabelledSet,
    training: TrainStep,
    trainer: Trainer,
    report: Report,
    cancel: CancelToken,
    stage: str,
    checkpoint: Path | None,
) -> tuple[float | None, float | None, EarlyStop | None]:
    """Test accuracy and ECE after the same training without a teacher; kept for a run that goes on.

    Of a training that was stopped early there are no figures and nothing is kept.
    """
    kept = _alone_file(checkpoint) if checkpoint is not None else None
    if kept is not None:
        with contextlib.suppress(OSError, ValueError, TypeError):
            accuracy, error = json.loads(kept.read_text("utf-8"))
            return accuracy, error, None
    report(LogLine(stage=stage, text="First the same training without a teacher, to compare with."))
    own = checkpoint.with_name(f"{checkpoint.name}.alone") if checkpoint is not None else None
    result = trainer(
        module, data, training, report=report, cancel=cancel, stage=stage, kind="train", checkpoint=own
    )
    if result.early_stop is not None:
        return None, None, structs.replace(result.early_stop, training="alone")
    error = None if getattr(module, "reconstructs", False) else _ece(result.module, data)
    if kept is not None:
        with contextlib.suppress(OSError):
            kept.write_text(json.dumps([result.test_accuracy, error]), "utf-8")
    return result.test_accuracy, error, None
