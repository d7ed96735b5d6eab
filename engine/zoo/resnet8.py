"""ResNet-8 of MLPerf Tiny's image classification task: three residual stacks of 16, 32, 64 channels."""

from __future__ import annotations

import torch
from torch import nn

from engine.zoo.layers import ConvUnit, Head


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, inputs: int, outputs: int, size: tuple[int, int], stride: int) -> None:
        super().__init__()
        self.first = ConvUnit(inputs, outputs, (3, 3), size, stride=stride)
        self.output_size = self.first.output_size
        self.second = ConvUnit(outputs, outputs, (3, 3), self.output_size, relu=False)
        self.shortcut: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, inputs, height, width) to (batch, outputs, ...)."""
        straight = x if self.shortcut is None else self.shortcut(x)
        output: torch.Tensor = self.relu(self.second(self.first(x)) + straight)
        return output


class ResNet8(nn.Module):
    """Pictures of 32x32 or so.

    Args:
        input_shape: (height, width, channels).
        classes: number of classes.
    """

    def __init__(self, input_shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        height, width, depth = input_shape
        self.stem = ConvUnit(depth, 16, (3, 3), (height, width))
        self.stack1 = ResidualBlock(16, 16, self.stem.output_size, 1)
        self.stack2 = ResidualBlock(16, 32, self.stack1.output_size, 2)
        self.stack3 = ResidualBlock(32, 64, self.stack2.output_size, 2)
        self.head = Head(64, self.stack3.output_size, classes, dropout=0.05)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, height, width) to scores before softmax (batch, classes)."""
        scores: torch.Tensor = self.head(self.stack3(self.stack2(self.stack1(self.stem(x)))))
        return scores
