"""Two small networks: a convolutional one for tiny pictures, a dense one for vectors."""

from __future__ import annotations

import math

import torch
from torch import nn

from engine.zoo.layers import ConvUnit, Head


class TinyCnn(nn.Module):
    """Three 3x3 convolutions; made for 8x8 digits, at home with any small picture or spectrum.

    Args:
        input_shape: (height, width, channels).
        classes: number of classes.
    """

    def __init__(self, input_shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        height, width, depth = input_shape
        # Larger pictures are halved once more, so that the cost stays small.
        stride = 1 if height * width <= 256 else 2
        self.conv1 = ConvUnit(depth, 16, (3, 3), (height, width), stride=stride)
        self.conv2 = ConvUnit(16, 32, (3, 3), self.conv1.output_size, stride=2)
        self.conv3 = ConvUnit(32, 32, (3, 3), self.conv2.output_size)
        self.head = Head(32, self.conv3.output_size, classes, dropout=0.05)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, height, width) to scores before softmax (batch, classes)."""
        scores: torch.Tensor = self.head(self.conv3(self.conv2(self.conv1(x))))
        return scores


class TinyDense(nn.Module):
    """Two hidden layers of 64; takes vectors, or flattens whatever it gets.

    Args:
        input_shape: of one input.
        classes: number of classes.
    """

    def __init__(self, input_shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.dense1 = nn.Linear(math.prod(input_shape), 64)
        self.norm1 = nn.BatchNorm1d(64)
        self.relu1 = nn.ReLU()
        self.dense2 = nn.Linear(64, 64)
        self.norm2 = nn.BatchNorm1d(64)
        self.relu2 = nn.ReLU()
        self.classifier = nn.Linear(64, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, ...) to scores before softmax (batch, classes)."""
        x = self.relu1(self.norm1(self.dense1(x.flatten(1))))
        x = self.relu2(self.norm2(self.dense2(x)))
        scores: torch.Tensor = self.classifier(x)
        return scores
