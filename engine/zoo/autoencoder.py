"""The dense autoencoder of MLPerf Tiny's anomaly detection task: 128 wide, 8 at the waist."""

from __future__ import annotations

import math

import torch
from torch import nn

_WIDTHS = (128, 128, 128, 128, 8, 128, 128, 128, 128)


class Autoencoder(nn.Module):
    """Learns to repeat healthy inputs; the squared error of the repetition is the anomaly score.

    Args:
        input_shape: of one input; it is flattened.
    """

    reconstructs = True

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        super().__init__()
        length = math.prod(input_shape)
        inputs = length
        self._dense = [f"dense{number}" for number in range(1, len(_WIDTHS) + 1)]
        for name, outputs in zip(self._dense, _WIDTHS, strict=True):
            layers = (nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU())
            self.add_module(name, nn.Sequential(*layers))
            inputs = outputs
        self.output = nn.Linear(inputs, length)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, ...) to the repeated input, flat: (batch, length)."""
        x = x.flatten(1)
        for name in self._dense:
            x = self.get_submodule(name)(x)
        repeated: torch.Tensor = self.output(x)
        return repeated
