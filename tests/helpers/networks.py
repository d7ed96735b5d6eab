"""Small torch networks that conversion tests send through the chain: input NCHW, no softmax inside.

Weights are seeded; batch normalisation gets random scales, shifts and running statistics, so that a
wrong folding shows.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def conv_bn_relu(
    inputs: int,
    outputs: int,
    kernel: int | tuple[int, int],
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class DepthwiseSeparable(nn.Module):
    """DS-CNN for keywords (arXiv 1711.07128): asymmetric stem padding, average pool over the rest."""

    def __init__(self, channels: int = 64, classes: int = 12, blocks: int = 4) -> None:
        super().__init__()
        self.pad = nn.ZeroPad2d((1, 1, 4, 5))
        self.stem = conv_bn_relu(1, channels, (10, 4), stride=2)
        self.blocks = nn.Sequential(
            *(
                nn.Sequential(
                    conv_bn_relu(channels, channels, 3, padding=1, groups=channels),
                    conv_bn_relu(channels, channels, 1),
                )
                for _ in range(blocks)
            )
        )
        self.pool = nn.AvgPool2d((25, 5))
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.pool(self.blocks(self.stem(self.pad(x)))).flatten(1))


class ResidualBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = conv_bn_relu(inputs, outputs, 3, stride, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.norm(self.second(self.first(x))) + self.shortcut(x))


class ResNet8(nn.Module):
    """MLPerf Tiny's image network."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.stem = conv_bn_relu(3, 16, 3, padding=1)
        self.layers = nn.Sequential(
            ResidualBlock(16, 16, 1), ResidualBlock(16, 32, 2), ResidualBlock(32, 64, 2)
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.pool(self.layers(self.stem(x))).flatten(1))


class MobileNetV1(nn.Module):
    """MobileNetV1 (arXiv 1704.04861), width 0.25: its weights pass 256 KiB."""

    def __init__(self, width: float = 0.25, classes: int = 2) -> None:
        super().__init__()

        def scaled(channels: int) -> int:
            return max(8, int(channels * width))

        plan = [
            (64, 1),
            (128, 2),
            (128, 1),
            (256, 2),
            (256, 1),
            (512, 2),
            *[(512, 1)] * 5,
            (1024, 2),
            (1024, 1),
        ]
        inputs = scaled(32)
        layers: list[nn.Module] = [conv_bn_relu(3, inputs, 3, 2, padding=1)]
        for outputs, stride in plan:
            layers.append(conv_bn_relu(inputs, inputs, 3, stride, padding=1, groups=inputs))
            layers.append(conv_bn_relu(inputs, scaled(outputs), 1))
            inputs = scaled(outputs)
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.pool(self.features(x)).flatten(1))


class Autoencoder(nn.Module):
    """MLPerf Tiny's anomaly network: dense layers with batch normalisation, 1 MB of float weights."""

    def __init__(self) -> None:
        super().__init__()
        widths = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128]
        layers: list[nn.Module] = []
        for inputs, outputs in zip(widths, widths[1:], strict=False):
            layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]
        self.net = nn.Sequential(*layers, nn.Linear(128, 640))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class Waveform(nn.Module):
    """1-D convolutions with stride, uneven padding, pooling; flattened over channels and time."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv1d(3, 8, 9, 2, padding=4, bias=False), nn.BatchNorm1d(8), nn.ReLU()
        )
        self.pool = nn.MaxPool1d(2)
        self.depthwise = nn.Conv1d(8, 8, 5, padding=2, groups=8)
        self.pad = nn.ConstantPad1d((0, 2), 0.0)
        self.second = nn.Conv1d(8, 12, 3)
        self.average = nn.AvgPool1d(2)
        self.dense = nn.Linear(12 * 8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.depthwise(self.pool(self.first(x))))
        return self.dense(self.average(torch.tanh(self.second(self.pad(x)))).flatten(1))


class SqueezeExcite(nn.Module):
    """Channel attention (arXiv 1709.01507) with sigmoid, broadcast over height and width."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_bn_relu(3, 16, 3, 2, padding=1)
        self.reduce = nn.Conv2d(16, 4, 1)
        self.expand = nn.Conv2d(4, 16, 1)
        self.gate = nn.Sigmoid()
        self.classifier = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        scale = self.gate(self.expand(torch.relu(self.reduce(x.mean((2, 3), keepdim=True)))))
        return self.classifier((x * scale).mean((2, 3)))


class InvertedResidual(nn.Module):
    """MobileNetV2 blocks (arXiv 1801.04381) with ReLU6 and a residual sum."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.block = nn.Sequential(
            nn.Conv2d(8, 24, 1, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU6(),
            nn.Conv2d(24, 24, 3, 1, 1, groups=24, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU6(),
            nn.Conv2d(24, 8, 1, bias=False),
            nn.BatchNorm2d(8),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        return self.classifier(self.dropout(self.pool(x + self.block(x)).flatten(1)))


class HardSwish(nn.Module):
    """MobileNetV3's activations (arXiv 1905.02244): hard-swish and hard-sigmoid gate."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 12, 3, 2, 1), nn.Hardswish())
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.gate = nn.Sequential(nn.Conv2d(12, 12, 1), nn.Hardsigmoid())
        self.classifier = nn.Linear(12, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        return self.classifier(self.squeeze(x * self.gate(self.squeeze(x))).flatten(1))


class Dilated(nn.Module):
    """Dilated convolutions, leaky activations, a concatenation and a max pool; NHWC flatten."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = nn.Conv2d(2, 6, 3, padding=1)
        self.dilated = nn.Conv2d(6, 6, 3, padding=2, dilation=2)
        self.leaky = nn.LeakyReLU(0.1)
        self.prelu = nn.PReLU(12)
        self.pool = nn.MaxPool2d(2)
        self.dense = nn.Linear(12 * 8 * 8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.leaky(self.plain(x))
        x = self.prelu(torch.cat([x, self.dilated(x)], 1))
        return self.dense(self.pool(x).flatten(1))


class TwoHeads(nn.Module):
    """Two outputs from one trunk, asymmetric padding, a subtraction."""

    def __init__(self) -> None:
        super().__init__()
        self.pad = nn.ZeroPad2d((0, 1, 0, 1))
        self.trunk = conv_bn_relu(3, 8, 3, 2)
        self.left = nn.Conv2d(8, 8, 1)
        self.right = nn.Conv2d(8, 8, 3, padding=1)
        self.classifier = nn.Linear(8, 4)
        self.regressor = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.trunk(self.pad(x))
        x = (self.left(x) - self.right(x)).mean((2, 3))
        return self.classifier(x), self.regressor(x)


class Recurrent(nn.Module):
    """An LSTM or GRU over (batch, features, steps) and a dense layer: one class score per class.

    Args:
        rnn: one or more layers.
        read: what the dense layer gets: the `last` step, the last `state`, or the mean of the `whole`.
        classes: how many scores.
    """

    def __init__(self, rnn: nn.RNNBase, read: str, classes: int) -> None:
        super().__init__()
        self.rnn = rnn
        self.head = nn.Linear(rnn.hidden_size, classes)
        self.read = read

    def forward(self, x: Tensor) -> Tensor:
        whole, state = self.rnn(x.transpose(1, 2))
        if self.read == "last":
            return self.head(whole[:, -1])
        if self.read == "state":
            return self.head((state[0] if isinstance(state, tuple) else state)[-1])
        return self.head(whole).mean(1)


class PictureAndVector(nn.Module):
    """Two inputs of other shapes, two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_bn_relu(3, 8, 3, 2, padding=1)
        self.dense = nn.Linear(5, 8)
        self.classifier = nn.Linear(16, 4)
        self.regressor = nn.Linear(16, 2)

    def forward(self, picture: Tensor, vector: Tensor) -> tuple[Tensor, Tensor]:
        both = torch.cat([self.stem(picture).mean((2, 3)), torch.relu(self.dense(vector))], 1)
        return self.classifier(both), self.regressor(both)


class SignalAndSequence(nn.Module):
    """A convolution over one input, a GRU over another; (batch, channels, length) both."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 6, 3, padding=1)
        self.rnn = nn.GRU(4, 6, batch_first=True)
        self.head = nn.Linear(6, 4)

    def forward(self, signal: Tensor, sequence: Tensor) -> Tensor:
        signal = torch.relu(self.conv(signal)).mean(2)
        return self.head(signal * self.rnn(sequence.transpose(1, 2))[0][:, -1] + signal)


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "ds-cnn": (DepthwiseSeparable, (49, 10, 1)),
    "resnet-8": (ResNet8, (32, 32, 3)),
    "mobilenet-v1": (MobileNetV1, (96, 96, 3)),
    "autoencoder": (Autoencoder, (640,)),
    "waveform": (Waveform, (64, 3)),
    "squeeze-excite": (SqueezeExcite, (24, 24, 3)),
    "inverted-residual": (InvertedResidual, (24, 24, 3)),
    "hard-swish": (HardSwish, (24, 24, 3)),
    "dilated": (Dilated, (16, 16, 2)),
    "two-heads": (TwoHeads, (16, 16, 3)),
}


def channels_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A sample's shape without batch, from channels last to channels first."""
    return (shape[-1], *shape[:-1])


def build_test_network(name: str, *, seed: int = 0) -> tuple[nn.Module, tuple[int, ...]]:
    """A network in evaluation mode, and its input shape (channels last, without batch)."""
    torch.manual_seed(seed)
    factory, shape = NETWORKS[name]
    module = factory()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, 0.0, 0.2)
    module.train()
    with torch.no_grad():
        for _ in range(20):
            module(torch.randn(8, *channels_first(shape)))
    return module.eval(), shape
