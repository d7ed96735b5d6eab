"""Autoencoders: MLPerf Tiny's for anomalous sound, 128 wide and 8 at the waist, and a small one."""

from __future__ import annotations

import math

import torch
from torch import nn

_WIDTHS = (128, 128, 128, 128, 8, 128, 128, 128, 128)
_SMALL_WIDTH = 128
_SMALL_WEIGHTS = 10_000  # of each layer, so that the whole .tflite stays below 28 KB
_HIDDEN_SHARE = 0.2


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


class SmallAutoencoder(nn.Module):
    """Learns to repeat healthy inputs of which it sees four fifths; below 28 KB in 8 bits.

    While it trains, a random fifth of the inputs is hidden (set to 0), so it must learn what each one
    says about the others and cannot just copy. That takes the place of a narrow waist.

    Args:
        input_shape: of one input; it is flattened. Inputs should lie around 0.
    """

    reconstructs = True

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        super().__init__()
        length = math.prod(input_shape)
        width = max(4, min(_SMALL_WIDTH, _SMALL_WEIGHTS // length // 4 * 4))
        self.hide = nn.Dropout(_HIDDEN_SHARE)
        self.dense = nn.Sequential(nn.Linear(length, width), nn.BatchNorm1d(width), nn.ReLU())
        self.output = nn.Linear(width, length)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, ...) to the repeated input, flat: (batch, length)."""
        repeated: torch.Tensor = self.output(self.dense(self.hide(x.flatten(1))))
        return repeated
