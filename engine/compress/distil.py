"""Learning from a teacher: the loss of knowledge distillation (Hinton et al. 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

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
            said = [teacher(inputs) for teacher in self.teachers]
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
