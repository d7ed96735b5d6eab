"""ResNet for CIFAR (He et al. 2016, section 4.2): 6n + 2 layers, the network of many `.th` files."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3x3 convolutions; a shortcut without weights that halves the picture and adds channels."""

    def __init__(self, inputs: int, outputs: int, stride: int, *, projected: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if projected:  # option B
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
        elif stride != 1 or inputs != outputs:  # option A, as a convolution that training may change
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            with torch.no_grad():
                front = (outputs - inputs) // 2
                self.shortcut.weight.zero_()
                self.shortcut.weight[range(front, front + inputs), range(inputs)] = 1.0
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs, height, width) to (batch, outputs, ...)."""
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        result: Tensor = self.relu2(y + self.shortcut(x))
        return result


class CifarResNet(nn.Module):
    """Pictures of 32x32.

    Args:
        blocks: of each of the three stages (3 for ResNet-20).
        classes: number of classes.
        projected: shortcuts have weights of their own where the shape changes.
    """

    def __init__(self, blocks: int, classes: int, *, projected: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        inputs = 16
        for stage, (outputs, stride) in enumerate(((16, 1), (32, 2), (64, 2)), start=1):
            layers = []
            for number in range(blocks):
                changes = stage > 1 and number == 0
                step = stride if number == 0 else 1
                layers.append(BasicBlock(inputs, outputs, step, projected=projected and changes))
                inputs = outputs
            self.add_module(f"layer{stage}", nn.Sequential(*layers))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 3, 32, 32) to scores (batch, classes)."""
        x = self.relu(self.bn1(self.conv1(x)))
        for stage in ("layer1", "layer2", "layer3"):
            x = self.get_submodule(stage)(x)
        scores: Tensor = self.linear(self.pool(x).flatten(1))
        return scores
