"""MobileNetV2 (Sandler et al. 2018, "Inverted Residuals and Linear Bottlenecks", tables 1 and 2).

The blocks are those of table 2; the width multiplier of section 6.1 narrows all layers but the last.
ReLU stands for ReLU6: on 8-bit boards it costs the same, and equalisation can work through it.
"""

from __future__ import annotations

import torch
from torch import nn

from engine.zoo.layers import ConvUnit, Head, InvertedResidual

WIDTHS = {"mobilenet-v2-035": 0.35, "mobilenet-v2-050": 0.5, "mobilenet-v2-100": 1.0}
# (expansion, channels at full width, blocks, stride of the first)
_STAGES = (
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2)),
    *((6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)
STAGE_BLOCKS = tuple(count for _, _, count, _ in _STAGES)
_LAST_CHANNELS = 1280  # narrower networks keep them


class MobileNetV2(nn.Module):
    """Pictures of 48x48 and larger.

    Args:
        input_shape: (height, width, channels).
        classes: number of classes.
        width: multiplier of all channel counts but the last.
    """

    def __init__(self, input_shape: tuple[int, int, int], classes: int, width: float) -> None:
        super().__init__()
        height, picture_width, depth = input_shape
        channels = _rounded(32 * width)
        self.stem = ConvUnit(depth, channels, (3, 3), (height, picture_width), stride=2)
        size = self.stem.output_size
        self._blocks: list[str] = []
        for expansion, full, count, first_stride in _STAGES:
            outputs = _rounded(full * width)
            for number in range(count):
                stride = first_stride if number == 0 else 1
                block = InvertedResidual(channels, outputs, size, expansion=expansion, stride=stride)
                self._blocks.append(f"block{len(self._blocks) + 1}")
                self.add_module(self._blocks[-1], block)
                channels, size = outputs, block.output_size
        last = _LAST_CHANNELS if width <= 1 else _rounded(_LAST_CHANNELS * width)
        self.last = ConvUnit(channels, last, (1, 1), size)
        self.head = Head(last, size, classes, dropout=0.05)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, height, width) to scores before softmax (batch, classes)."""
        x = self.stem(x)
        for name in self._blocks:
            x = self.get_submodule(name)(x)
        scores: torch.Tensor = self.head(self.last(x))
        return scores


def _rounded(channels: float) -> int:
    """The nearest multiple of 8, but not more than a tenth below, as the paper's own code does it."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * channels else nearest + 8
