"""Building blocks of the zoo: convolution, BatchNorm and ReLU with TensorFlow's SAME padding."""

from __future__ import annotations

import math

import torch
from torch import nn


class ConvUnit(nn.Module):
    """Convolution, BatchNorm, and ReLU unless `relu` is False. Padding is TensorFlow's SAME.

    SAME puts the odd row below and the odd column to the right; where both sides are equal the
    convolution pads by itself, otherwise a padding layer stands in front.

    Attributes:
        output_size: (height, width) after the convolution.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: tuple[int, int],
        input_size: tuple[int, int],
        *,
        stride: int = 1,
        groups: int = 1,
        relu: bool = True,
    ) -> None:
        super().__init__()
        self.output_size = (math.ceil(input_size[0] / stride), math.ceil(input_size[1] / stride))
        totals = [
            max((out - 1) * stride + k - size, 0)
            for out, k, size in zip(self.output_size, kernel, input_size, strict=True)
        ]
        even = all(total % 2 == 0 for total in totals)
        self.pad: nn.Module | None = None
        if not even:
            top, left = totals[0] // 2, totals[1] // 2
            self.pad = nn.ZeroPad2d((left, totals[1] - left, top, totals[0] - top))
        padding = (totals[0] // 2, totals[1] // 2) if even else (0, 0)
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.relu: nn.Module | None = nn.ReLU() if relu else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, height, width) to the same with `outputs` channels."""
        if self.pad is not None:
            x = self.pad(x)
        x = self.norm(self.conv(x))
        return x if self.relu is None else self.relu(x)


class SeparableBlock(nn.Module):
    """A depthwise 3x3 convolution and a pointwise one, each with BatchNorm and ReLU."""

    def __init__(self, inputs: int, outputs: int, size: tuple[int, int], stride: int = 1) -> None:
        super().__init__()
        self.depthwise = ConvUnit(inputs, inputs, (3, 3), size, stride=stride, groups=inputs)
        self.output_size = self.depthwise.output_size
        self.pointwise = ConvUnit(inputs, outputs, (1, 1), self.output_size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, inputs, height, width) to (batch, outputs, ...)."""
        output: torch.Tensor = self.pointwise(self.depthwise(x))
        return output


class InvertedResidual(nn.Module):
    """Widen by a pointwise convolution, filter by a depthwise one, narrow again without ReLU.

    The input is added where it has the output's shape (Sandler et al. 2018, figure 4d).

    Args:
        inputs: channels.
        outputs: channels.
        size: (height, width) of the input.
        expansion: channels in between, times `inputs`; 1 leaves the first convolution away.
        kernel: edge of the depthwise filter.
        stride: of the depthwise filter.

    Attributes:
        output_size: (height, width) of the output.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: tuple[int, int],
        *,
        expansion: int,
        kernel: int = 3,
        stride: int = 1,
    ) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand: nn.Module | None = None
        if expansion > 1:
            self.expand = ConvUnit(inputs, wide, (1, 1), size)
        self.depthwise = ConvUnit(wide, wide, (kernel, kernel), size, stride=stride, groups=wide)
        self.output_size = self.depthwise.output_size
        self.project = ConvUnit(wide, outputs, (1, 1), self.output_size, relu=False)
        self._adds = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, inputs, height, width) to (batch, outputs, ...)."""
        wide = x if self.expand is None else self.expand(x)
        narrow: torch.Tensor = self.project(self.depthwise(wide))
        return narrow + x if self._adds else narrow


class Head(nn.Module):
    """Average over the whole picture, then one linear layer; scores without softmax."""

    def __init__(self, channels: int, size: tuple[int, int], classes: int, dropout: float) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(size)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, *size) to (batch, classes)."""
        output: torch.Tensor = self.classifier(self.dropout(self.pool(x).flatten(1)))
        return output
