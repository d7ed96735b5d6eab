"""DS-CNN: depthwise separable network for keyword spotting (Zhang et al. 2017, "Hello Edge").

The small one equals MLPerf Tiny's: 64 channels, a 10x4 stem with stride 2, four separable blocks.
"""

from __future__ import annotations

import torch
from torch import nn

from engine.zoo.layers import ConvUnit, SeparableBlock

SIZES = {"ds-cnn-s": (64, 4), "ds-cnn-m": (172, 4), "ds-cnn-l": (276, 5)}  # channels, blocks


class DsCnn(nn.Module):
    """Keyword spotting on MFCC, or any small single- or few-channel picture.

    Args:
        input_shape: (height, width, channels).
        classes: number of classes.
        channels: of every layer.
        blocks: number of separable blocks.
    """

    def __init__(
        self, input_shape: tuple[int, int, int], classes: int, channels: int, blocks: int
    ) -> None:
        super().__init__()
        height, width, depth = input_shape
        self.stem = ConvUnit(depth, channels, (10, 4), (height, width), stride=2)
        size = self.stem.output_size
        self._blocks = [f"block{number}" for number in range(1, blocks + 1)]
        for name in self._blocks:
            self.add_module(name, SeparableBlock(channels, channels, size))
        self.pool = nn.AvgPool2d(size)
        self.dropout = nn.Dropout(0.05)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores before softmax.

        Args:
            x: (batch, channels, height, width).

        Returns:
            (batch, classes).
        """
        x = self.stem(x)
        for name in self._blocks:
            x = self.get_submodule(name)(x)
        scores: torch.Tensor = self.classifier(self.dropout(self.pool(x).flatten(1)))
        return scores
