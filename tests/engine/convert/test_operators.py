"""One torch operator at a time through ONNX to TensorFlow: same numbers, channels last."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from engine.convert.onnx_to_tensorflow import build_tensorflow
from engine.convert.torch_to_onnx import export_onnx
from engine.errors import ConversionFailed, UnsupportedOperator


class Lambda(nn.Module):
    """A network with one convolution, so that inputs count as images, and a function behind it."""

    def __init__(self, function, channels: int = 4) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 1)
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self.stem(x))


class FlattenedPair(nn.Module):
    """Two flattened images joined before a dense layer, with an activation between."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 2, 5)
        self.dense = nn.Linear(4 * 6 * 5 + 2 * 4 * 3, 7)

    def forward(self, x: Tensor) -> Tensor:
        both = torch.cat([self.left(x).flatten(1), torch.relu(self.right(x).flatten(1))], 1)
        return self.dense(F.hardtanh(both) + 0.5)


class PerPosition(nn.Module):
    """A dense layer over the channels of every position, after a transpose that moves nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.dense = nn.Conv1d(3, 5, 3), nn.Linear(5, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.conv(x).transpose(1, 2)).mean(1)


IMAGE = (3, 8, 7)
NETWORKS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "conv uneven padding": (nn.Sequential(nn.ZeroPad2d((0, 2, 1, 0)), nn.Conv2d(3, 4, 3)), IMAGE),
    "conv same stride 2, odd width": (nn.Conv2d(3, 4, 3, 2, padding=1), IMAGE),
    "conv unequal strides": (nn.Conv2d(3, 4, (3, 2), (2, 1)), IMAGE),
    "conv dilated": (nn.Conv2d(3, 4, 3, padding=2, dilation=2), IMAGE),
    "depthwise multiplier 2": (nn.Conv2d(3, 6, 3, padding=1, groups=3), IMAGE),
    "depthwise dilated": (nn.Conv2d(3, 3, 3, padding=2, dilation=2, groups=3), IMAGE),
    "conv 1d stride 2": (nn.Conv1d(3, 4, 5, 2, padding=2), (3, 17)),
    "depthwise 1d stride 2": (nn.Conv1d(3, 3, 4, 2, padding=1, groups=3), (3, 17)),
    "max pool uneven, negative inputs": (Lambda(lambda x: F.max_pool2d(x - 9, 3, 2, padding=1)), IMAGE),
    "max pool uneven after relu": (Lambda(lambda x: F.max_pool2d(F.relu(x), 3, 2, padding=1)), IMAGE),
    "average pool padded, counted": (Lambda(lambda x: F.avg_pool2d(x, 3, 2, padding=1)), IMAGE),
    "average pool same, not counted": (
        Lambda(lambda x: F.avg_pool2d(x, 3, 1, padding=1, count_include_pad=False)),
        IMAGE,
    ),
    "global max pool": (Lambda(lambda x: F.adaptive_max_pool2d(x, 1)), IMAGE),
    "maximum over positions": (Lambda(lambda x: x.amax((2, 3))), IMAGE),
    "mean over height": (Lambda(lambda x: x.mean(2)), IMAGE),
    "mean over channels, kept": (Lambda(lambda x: x.mean(1, keepdim=True)), IMAGE),
    "prelu with one slope": (nn.Sequential(nn.Conv2d(3, 4, 1), nn.PReLU()), IMAGE),
    "prelu per channel": (nn.Sequential(nn.Conv2d(3, 4, 1), nn.PReLU(4)), IMAGE),
    "leaky relu": (nn.Sequential(nn.Conv2d(3, 4, 1), nn.LeakyReLU(0.2)), IMAGE),
    "relu6": (Lambda(lambda x: F.relu6(4 * x)), IMAGE),
    "hard tanh": (Lambda(F.hardtanh), IMAGE),
    "hard swish": (Lambda(lambda x: F.hardswish(4 * x)), IMAGE),
    "hard sigmoid": (Lambda(lambda x: F.hardsigmoid(4 * x)), IMAGE),
    "softmax over channels": (Lambda(lambda x: x.softmax(1)), IMAGE),
    "constants of each rank": (
        Lambda(lambda x: (x * 2 - torch.arange(7.0)) + torch.ones(4, 1, 1) * 3),
        IMAGE,
    ),
    "constant minus tensor": (Lambda(lambda x: torch.arange(4.0).reshape(1, 4, 1, 1) - x), IMAGE),
    "concat of channels": (Lambda(lambda x: torch.cat([x, x.sigmoid()], 1)), IMAGE),
    "concat of rows": (Lambda(lambda x: torch.cat([x, x.tanh()], 2)), IMAGE),
    "pad with a value": (Lambda(lambda x: F.pad(x, (1, 0, 0, 2), value=0.5)), IMAGE),
    "squeeze and unsqueeze": (Lambda(lambda x: x.mean(3, keepdim=True).squeeze(3).unsqueeze(2)), IMAGE),
    "rows backwards": (Lambda(lambda x: x.flip(2)), IMAGE),
    "channels and columns backwards": (Lambda(lambda x: x.flip(1).flip(3)), IMAGE),
    "enlarged by repeating": (
        nn.Sequential(nn.Conv2d(3, 4, 1), nn.Upsample(scale_factor=(2, 3))),
        IMAGE,
    ),
    "signal enlarged by repeating": (nn.Sequential(nn.Conv1d(3, 4, 1), nn.Upsample(40)), (3, 20)),
    "transposed conv": (nn.ConvTranspose2d(3, 4, 3), IMAGE),
    "transposed conv same": (nn.ConvTranspose2d(3, 4, 4, 2, padding=1), IMAGE),
    "transposed conv cut": (nn.ConvTranspose2d(3, 4, (3, 5), (2, 1), padding=(1, 2)), IMAGE),
    "transposed conv longer": (nn.ConvTranspose2d(3, 4, 3, 2, padding=1, output_padding=1), IMAGE),
    "transposed conv short window": (nn.ConvTranspose2d(3, 4, 2, 3, output_padding=(1, 0)), IMAGE),
    "transposed conv 1d": (nn.ConvTranspose1d(3, 4, 5, 2, padding=1, bias=False), (3, 17)),
    "flatten then dense": (
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.ReLU(), nn.Linear(4 * 6 * 5, 3)),
        IMAGE,
    ),
    "flattened images joined": (FlattenedPair(), IMAGE),
    "dense on every position": (PerPosition(), (3, 12)),
    "dense without bias": (nn.Linear(6, 4, bias=False), (6,)),
    "batch norm alone": (nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3)), IMAGE),
    "batch norm of features": (nn.Sequential(nn.ReLU(), nn.BatchNorm1d(6), nn.Linear(6, 2)), (6,)),
}


def channels_last(values: np.ndarray, axes: tuple[int | None, ...]) -> np.ndarray:
    order = [axis for axis in axes if axis is not None]
    shape = [1 if axis is None else values.shape[axis] for axis in axes]
    return values.transpose(order).reshape(shape)


@pytest.mark.parametrize("name", NETWORKS)
def test_same_numbers_as_torch(name: str, tmp_path: Path) -> None:
    network, shape = NETWORKS[name]
    torch.manual_seed(1)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(part.running_mean)
            nn.init.uniform_(part.running_var, 0.5, 2.0)
            nn.init.normal_(part.bias)
    network.eval()
    inputs = torch.randn(1, *shape)
    with torch.no_grad():
        wanted = network(inputs).numpy()
    translated = build_tensorflow(export_onnx(network, [shape], tmp_path / "network.onnx"))
    layers = {layer.name: layer for layer in translated.layers}
    stored = channels_last(inputs.numpy(), layers["input"].axes)
    found = translated.function(tf.constant(stored))[0].numpy()
    result = layers[translated.outputs[0]]
    np.testing.assert_allclose(found, channels_last(wanted, result.axes), rtol=1e-5, atol=1e-5)
    kinds = {operation.type for operation in translated.function.graph.get_operations()}
    assert "Transpose" not in kinds


@pytest.mark.parametrize(
    ("network", "shape", "operator", "layer"),
    [
        (nn.Sequential(nn.Conv2d(4, 4, 3, groups=2)), (4, 8, 8), "Conv", "0"),
        (nn.Sequential(nn.Conv2d(3, 4, 1), nn.Softplus()), IMAGE, "Softplus", "1.softplus"),
        (
            nn.Sequential(nn.ReLU(), nn.AvgPool2d(3, 2, 1, count_include_pad=False)),
            IMAGE,
            "AveragePool",
            "1",
        ),
        (nn.Sequential(nn.ReLU(), nn.MaxPool2d(2, 2, ceil_mode=True)), IMAGE, "MaxPool", "1"),
        (nn.Sequential(nn.Conv2d(3, 4, 1), nn.Hardtanh(-2, 3)), IMAGE, "Clip", "1"),
        (
            Lambda(lambda x: x.permute(0, 2, 1, 3).flatten(2).softmax(2)),
            IMAGE,
            "Reshape",
            "_unsafe_view",
        ),
        (Lambda(lambda x: x.softmax(3)), IMAGE, "Softmax", "softmax"),
    ],
)
def test_refuses_by_name_what_it_cannot_translate(
    network: nn.Module, shape: tuple[int, ...], operator: str, layer: str, tmp_path: Path
) -> None:
    exported = export_onnx(network.eval(), [shape], tmp_path / "network.onnx")
    with pytest.raises(UnsupportedOperator) as refusal:
        build_tensorflow(exported)
    assert refusal.value.facts["operator"] == operator
    assert refusal.value.facts["layer"] == layer
    assert operator in refusal.value.message
    assert refusal.value.facts["supported"]


def test_names_every_unknown_operator_at_once(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Softplus(), nn.Conv2d(4, 4, 1), nn.Softsign())
    exported = export_onnx(network.eval(), [IMAGE], tmp_path / "network.onnx")
    with pytest.raises(UnsupportedOperator) as refusal:
        build_tensorflow(exported)
    assert "Softplus" in refusal.value.message
    assert "1.softplus (Softplus)" in refusal.value.message
    assert {"Softplus"} < set(refusal.value.facts["operators"])


def test_flattened_image_as_output_is_refused(tmp_path: Path) -> None:
    exported = export_onnx(nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten()), [IMAGE], tmp_path / "n.onnx")
    with pytest.raises(UnsupportedOperator, match="flattened"):
        build_tensorflow(exported)


def test_names_follow_the_torch_modules(tmp_path: Path) -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3)

        def forward(self, x: Tensor) -> Tensor:
            return F.relu(self.norm(self.conv(x)) + x)

    network = nn.Sequential(
        Block(), Block(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)
    ).eval()
    for block in network[:2]:
        nn.init.normal_(block.norm.bias)  # equal biases would be stored once
    exported = export_onnx(network, [IMAGE], tmp_path / "network.onnx", softmax=True)
    names = [node.output[0] for node in exported.graph.node]
    assert names == ["0.norm", "0.add", "0.relu", "1.norm", "1.add", "1.relu", "2", "3", "4", "softmax"]
    weights = {initializer.name for initializer in exported.graph.initializer}
    assert {
        "0.conv.weight",
        "0.conv.bias",
        "1.conv.weight",
        "1.conv.bias",
        "4.weight",
        "4.bias",
    } <= weights


def test_no_machine_path_stays_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    export_onnx(nn.Sequential(nn.Conv2d(3, 4, 1)), [IMAGE], path)
    assert b"site-packages" not in path.read_bytes()
    assert b".py" not in path.read_bytes()


def test_training_mode_comes_back(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout()).train()
    export_onnx(network, [IMAGE], tmp_path / "network.onnx")
    assert network.training


def test_a_network_that_branches_on_values_is_refused(tmp_path: Path) -> None:
    network = Lambda(lambda x: x if x.sum() > 0 else -x)
    with pytest.raises(ConversionFailed, match="PyTorch cannot export"):
        export_onnx(network.eval(), [IMAGE], tmp_path / "network.onnx")
    assert not (tmp_path / "network.onnx").exists()


def test_softmax_needs_one_output(tmp_path: Path) -> None:
    network = Lambda(lambda x: (x, x + 1))
    with pytest.raises(ConversionFailed, match="2"):
        export_onnx(network.eval(), [IMAGE], tmp_path / "network.onnx", softmax=True)
