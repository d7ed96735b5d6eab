"""MobileNetV1 (Howard et al. 2017, table 1) with the width multiplier of its section 3.3.

MLPerf Tiny's visual wake words task has it at 0.25, on pictures of 96x96.
"""

from __future__ import annotations

import torch
from torch import nn

from engine.zoo.layers import ConvUnit, Head, SeparableBlock

WIDTHS = {"mobilenet-v1-025": 0.25, "mobilenet-v1-050": 0.5}
# (channels at full width, stride) of the separable blocks
_BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)


class MobileNetV1(nn.Module):
    """Pictures of 96x96 or so.

    Args:
        input_shape: (height, width, channels).
        classes: number of classes.
        width: multiplier of all channel counts.
    """

    def __init__(self, input_shape: tuple[int, int, int], classes: int, width: float) -> None:
        super().__init__()
        height, picture_width, depth = input_shape
        channels = max(8, int(32 * width))
        self.stem = ConvUnit(depth, channels, (3, 3), (height, picture_width), stride=2)
        size = self.stem.output_size
        self._blocks = [f"block{number}" for number in range(1, len(_BLOCKS) + 1)]
        for name, (full, stride) in zip(self._blocks, _BLOCKS, strict=True):
            outputs = max(8, int(full * width))
            block = SeparableBlock(channels, outputs, size, stride)
            self.add_module(name, block)
            channels, size = outputs, block.depthwise.output_size
        self.head = Head(channels, size, classes, dropout=0.05)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, height, width) to scores before softmax (batch, classes)."""
        x = self.stem(x)
        for name in self._blocks:
            x = self.get_submodule(name)(x)
        scores: torch.Tensor = self.head(x)
        return scores
