"""Equalisation keeps every output and narrows ranges; bias correction takes shifts back."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from engine.compress.bias_correction import bias_corrected
from engine.compress.equalise import equalised
from engine.events import CancelToken
from tests.helpers.networks import NETWORKS, build_test_network

PAIRS = {  # counted by hand: layers joined by ReLU, pooling or nothing, with one reader
    "ds-cnn": 9,
    "resnet-8": 3,
    "mobilenet-v1": 27,
    "autoencoder": 9,
}


def inputs_of(shape: tuple[int, ...], count: int = 16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    size = (shape[-1], *shape[:-1]) if len(shape) > 1 else shape
    return torch.randn(count, *size, generator=generator)


@torch.no_grad()
def outputs_of(module: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    result = module(inputs)
    return result if torch.is_tensor(result) else torch.cat([part.flatten(1) for part in result], 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_float_network_computes_the_same(name: str) -> None:
    module, shape = build_test_network(name)
    inputs = inputs_of(shape)
    wanted = outputs_of(module.eval(), inputs)
    balanced, pairs = equalised(module, inputs, cancel=CancelToken())
    assert pairs == PAIRS.get(name, pairs)
    found = outputs_of(balanced, inputs)
    assert float((found - wanted).abs().max() / wanted.abs().max()) < 1e-5
    assert torch.equal(outputs_of(module, inputs), wanted)  # the original is left alone


def test_channels_of_very_different_size_become_alike() -> None:
    torch.manual_seed(0)
    first, second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1, groups=8)
    module = nn.Sequential(first, nn.ReLU(), second, nn.Flatten(), nn.Linear(8 * 25, 4)).eval()
    sizes = torch.logspace(0, 1.5, 8)
    with torch.no_grad():
        first.weight.mul_(sizes[:, None, None, None])
        first.bias.mul_(sizes)
    inputs = inputs_of((5, 5, 3), 64)
    balanced, pairs = equalised(module, inputs, cancel=CancelToken())
    assert pairs == 2

    def spread(network: nn.Module) -> float:
        peaks = outputs_of(network[:2], inputs).amax(dim=(0, 2, 3))
        return float(peaks.max() / peaks.min())

    assert spread(module) > 20
    assert spread(balanced) < 1.5
    torch.testing.assert_close(outputs_of(balanced, inputs), outputs_of(module, inputs))


@pytest.mark.parametrize(
    "between", [nn.ReLU6(), nn.Sigmoid(), nn.Hardswish(), nn.ConstantPad2d(1, 1.0), nn.BatchNorm2d(4)]
)
def test_what_would_not_stay_the_same_is_left_alone(between: nn.Module) -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), between, nn.Conv2d(4, 4, 1)).eval()
    inputs = inputs_of((6, 6, 3))
    balanced, pairs = equalised(module, inputs, cancel=CancelToken())
    assert pairs == 0
    assert torch.equal(outputs_of(balanced, inputs), outputs_of(module, inputs))


class Shared(nn.Module):
    """One layer runs twice, one result has two readers, one dense layer reads rows, not channels."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Conv1d(4, 4, 1)
        self.read_twice = nn.Conv1d(4, 4, 1)
        self.rows = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.twice(torch.relu(self.twice(x))))
        y = self.read_twice(x)
        result: torch.Tensor = self.rows(torch.relu(y) + y)
        return result


def test_layers_that_others_also_read_are_left_alone() -> None:
    torch.manual_seed(0)
    module, inputs = Shared().eval(), inputs_of((8, 4))
    balanced, _ = equalised(module, inputs, cancel=CancelToken())
    torch.testing.assert_close(outputs_of(balanced, inputs), outputs_of(module, inputs))


class Deciding(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if x.sum() > 0 else -x


def test_networks_that_decide_by_values_stay_as_they_are() -> None:
    inputs = inputs_of((4,))
    for step in (equalised, bias_corrected):
        same, changed = step(Deciding(), inputs, cancel=CancelToken())
        assert changed == 0
        assert torch.equal(same(inputs), Deciding()(inputs))


@torch.no_grad()
def round_weights(module: nn.Sequential) -> None:
    """Round convolutions (each with BatchNorm behind) a filter at a time, dense layers as a whole."""
    for layer, behind in zip(module, [*module[1:], None], strict=True):
        if isinstance(layer, nn.Conv2d):
            factor = behind.weight / (behind.running_var + behind.eps).sqrt()
            for row, scale in zip(layer.weight, factor, strict=True):
                step = (row * scale).abs().max() / 127
                row.copy_(torch.round(row * scale / step) * step / scale)
        elif isinstance(layer, nn.Linear):
            step = layer.weight.abs().max() / 127
            layer.weight.copy_(torch.round(layer.weight / step) * step)


def test_corrected_means_are_those_of_the_float_network() -> None:
    torch.manual_seed(3)
    module = nn.Sequential(
        *(nn.Conv2d(2, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(6 * 49, 8), nn.ReLU(), nn.Linear(8, 3)),
    ).eval()
    with torch.no_grad():
        module[0].weight[:, :, 0, 0] *= 40  # the other weights become coarse
        module[1].running_var.uniform_(0.5, 2.0)
        module[1].weight.uniform_(-2.0, 2.0)
    inputs = 1.0 + inputs_of((9, 9, 2), 50)
    corrected, layers = bias_corrected(module, inputs, cancel=CancelToken())
    assert layers == 3
    assert all(torch.equal(corrected[i].weight, module[i].weight) for i in (0, 1, 4, 6))
    plain = copy.deepcopy(module)
    round_weights(plain)
    round_weights(corrected)
    for end in (2, 5, 7):  # behind each layer, before its activation function
        dims = (0, 2, 3) if end == 2 else (0,)
        wanted, without, found = (
            outputs_of(network[:end], inputs).mean(dim=dims) for network in (module, plain, corrected)
        )
        assert (without - wanted).abs().max() > 1e-3
        assert (found - wanted).abs().max() < 0.01 * (without - wanted).abs().max()
