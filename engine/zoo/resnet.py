"""ResNet-18 and ResNet-50 (He et al. 2016, "Deep Residual Learning for Image Recognition", table 1).

Teachers: too large for boards. ResNet-50 halves the picture in the 3x3 convolution of a block, not in
the 1x1 before it, as published weights have it. On small pictures the stem halves less often.
"""

from __future__ import annotations

import torch
from torch import nn

from engine.zoo.layers import ConvUnit, Head

# (blocks of the four stages, whether they are bottlenecks)
DEPTHS = {"resnet-18": ((2, 2, 2, 2), False), "resnet-50": ((3, 4, 6, 3), True)}
_STEM_CHANNELS = 64
_STAGE_CHANNELS = (64, 128, 256, 512)
_BOTTLENECK = 4  # a bottleneck block puts out so many times its inner channels
_STAGES_SHRINK = 8  # the stages make a picture so many times smaller, the stem up to four times more
_LEAST_LAST_EDGE = 3  # of the picture that reaches the head


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (figure 5, left)."""

    def __init__(self, inputs: int, channels: int, size: tuple[int, int], stride: int) -> None:
        super().__init__()
        self.first = ConvUnit(inputs, channels, (3, 3), size, stride=stride)
        self.output_size, self.outputs = self.first.output_size, channels
        self.second = ConvUnit(channels, channels, (3, 3), self.output_size, relu=False)
        self.shortcut = _shortcut(inputs, channels, size, stride)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, inputs, height, width) to (batch, outputs, ...)."""
        straight = x if self.shortcut is None else self.shortcut(x)
        output: torch.Tensor = self.relu(self.second(self.first(x)) + straight)
        return output


class BottleneckBlock(nn.Module):
    """A 1x1, a 3x3 and a widening 1x1 convolution and a shortcut (figure 5, right)."""

    def __init__(self, inputs: int, channels: int, size: tuple[int, int], stride: int) -> None:
        super().__init__()
        self.outputs = _BOTTLENECK * channels
        self.first = ConvUnit(inputs, channels, (1, 1), size)
        self.second = ConvUnit(channels, channels, (3, 3), size, stride=stride)
        self.output_size = self.second.output_size
        self.third = ConvUnit(channels, self.outputs, (1, 1), self.output_size, relu=False)
        self.shortcut = _shortcut(inputs, self.outputs, size, stride)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, inputs, height, width) to (batch, outputs, ...)."""
        straight = x if self.shortcut is None else self.shortcut(x)
        output: torch.Tensor = self.relu(self.third(self.second(self.first(x))) + straight)
        return output


class ResNet(nn.Module):
    """Pictures of any size: from 96 pixels on the stem is the paper's.

    Below, it leaves its pooling away, and below 48 pixels its stride too, so that at least 3x3 places
    reach the head. Its filter stays 7x7, so published weights fit at every size.

    Args:
        input_shape: (height, width, channels).
        classes: number of classes.
        blocks: of each of the four stages.
        bottleneck: whether the blocks are bottlenecks.
    """

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        classes: int,
        blocks: tuple[int, int, int, int],
        *,
        bottleneck: bool,
    ) -> None:
        super().__init__()
        height, width, depth = input_shape
        places = min(height, width) // (_LEAST_LAST_EDGE * _STAGES_SHRINK)
        stride = 2 if places >= 2 else 1
        self.stem = ConvUnit(depth, _STEM_CHANNELS, (7, 7), (height, width), stride=stride)
        channels, size = _STEM_CHANNELS, self.stem.output_size
        self.stem_pool: nn.Module | None = None
        if places >= 4:
            self.stem_pool = nn.MaxPool2d(3, stride=2, padding=1)
            size = ((size[0] + 1) // 2, (size[1] + 1) // 2)
        make = BottleneckBlock if bottleneck else BasicBlock
        self._blocks: list[str] = []
        for stage, (count, inner) in enumerate(zip(blocks, _STAGE_CHANNELS, strict=True), start=1):
            for number in range(1, count + 1):
                halves = stage > 1 and number == 1
                block = make(channels, inner, size, 2 if halves else 1)
                self._blocks.append(f"stage{stage}_block{number}")
                self.add_module(self._blocks[-1], block)
                channels, size = block.outputs, block.output_size
        self.head = Head(channels, size, classes, dropout=0.05)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, height, width) to scores before softmax (batch, classes)."""
        x = self.stem(x)
        if self.stem_pool is not None:
            x = self.stem_pool(x)
        for name in self._blocks:
            x = self.get_submodule(name)(x)
        scores: torch.Tensor = self.head(x)
        return scores


def _shortcut(inputs: int, outputs: int, size: tuple[int, int], stride: int) -> nn.Module | None:
    """A projection where the shape changes (section 3.3, option B), else None."""
    if stride == 1 and inputs == outputs:
        return None
    return ConvUnit(inputs, outputs, (1, 1), size, stride=stride, relu=False)
