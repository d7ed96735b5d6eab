"""MCUNet (Lin et al. 2020, "MCUNet: Tiny Deep Learning on IoT Devices", section 3): mcunet-in3.

The network that its authors' search found for 320 KB of RAM and 1 MB of flash: inverted residuals whose
filters and expansions differ from block to block. Their model zoo gives 0.74 M parameters and 81.8 M
multiply-accumulates for 1,000 classes at 176x176. ReLU stands for ReLU6, as in `mobilenet_v2`.
"""

from __future__ import annotations

import torch
from torch import nn

from engine.zoo.layers import ConvUnit, Head, InvertedResidual

_STEM_CHANNELS = 16
# (filter's edge, expansion, channels, stride)
_BLOCKS = (
    (3, 1, 8, 1),
    *((7, 3, 16, 2), (3, 5, 16, 1), (7, 5, 16, 1), (5, 4, 16, 1)),
    *((5, 5, 24, 2), (5, 5, 24, 1), (5, 5, 24, 1)),
    *((3, 5, 40, 2), (7, 6, 40, 1), (5, 4, 40, 1)),
    *((5, 5, 48, 1), (7, 5, 48, 1), (3, 5, 48, 1)),
    *((3, 6, 96, 2), (7, 5, 96, 1), (3, 4, 96, 1)),
    (7, 5, 160, 1),
)


class McuNet(nn.Module):
    """Pictures of 48x48 and larger.

    Args:
        input_shape: (height, width, channels).
        classes: number of classes.
    """

    def __init__(self, input_shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        height, picture_width, depth = input_shape
        self.stem = ConvUnit(depth, _STEM_CHANNELS, (3, 3), (height, picture_width), stride=2)
        channels, size = _STEM_CHANNELS, self.stem.output_size
        self._blocks = [f"block{number}" for number in range(1, len(_BLOCKS) + 1)]
        for name, (kernel, expansion, outputs, stride) in zip(self._blocks, _BLOCKS, strict=True):
            block = InvertedResidual(
                channels, outputs, size, expansion=expansion, kernel=kernel, stride=stride
            )
            self.add_module(name, block)
            channels, size = outputs, block.output_size
        self.head = Head(channels, size, classes, dropout=0.05)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, channels, height, width) to scores before softmax (batch, classes)."""
        x = self.stem(x)
        for name in self._blocks:
            x = self.get_submodule(name)(x)
        scores: torch.Tensor = self.head(x)
        return scores
