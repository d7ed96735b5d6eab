"""Filters that never change go, and not a bit of the answer with them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.compress.dead_filters import remove_dead_filters
from engine.model_import.stored_module import ModulePlan, Node, StoredModule
from engine.zoo import build_network


def _seeded(module: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(1)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d | nn.BatchNorm1d):
            layer.bias.data = 0.3 * torch.randn(layer.bias.shape, generator=generator)
            layer.running_mean = 0.1 * torch.randn(layer.bias.shape, generator=generator)
    return module.eval()


def _zoo(name: str, shape: tuple[int, ...]) -> nn.Module:
    return _seeded(build_network(name, shape, 5, seed=0))


def _kill(norm: nn.Module, channels: list[int], value: float) -> None:
    """After this BatchNorm these channels are `value` for all inputs."""
    with torch.no_grad():
        norm.weight[channels] = 0.0
        norm.bias[channels] = value


def _largest_difference(one: nn.Module, other: nn.Module, shape: tuple[int, ...]) -> float:
    inputs = 3 * torch.randn(16, *shape, generator=torch.Generator().manual_seed(7))
    with torch.inference_mode():
        return float((one(inputs) - other(inputs)).abs().max())


def _width(module: nn.Module, path: str) -> int:
    layer = module.get_submodule(path)
    return int(layer.out_channels if isinstance(layer, nn.Conv2d) else layer.out_features)


def test_a_filter_that_relu_silences_goes_through_depthwise_and_pointwise() -> None:
    module = _zoo("ds-cnn-s", (49, 10, 1))
    _kill(module.get_submodule("block1.pointwise.norm"), [3, 9, 20], -1.0)
    # behind the silenced channels, the depthwise layers give constants of their own
    for channel in (3, 9, 20):
        module.get_submodule("block2.depthwise.norm").bias.data[channel] = -5.0
    result = remove_dead_filters(module, (49, 10, 1))
    assert result.removed == {"block1.pointwise.conv": 3}
    assert _width(result.module, "block2.depthwise.conv") == 61
    assert _width(module, "block1.pointwise.conv") == 64  # the network given is as it was
    assert _largest_difference(module, result.module, (1, 49, 10)) < 1e-6


def test_a_constant_moves_into_the_norm_of_a_layer_without_padding() -> None:
    module = _zoo("ds-cnn-s", (49, 10, 1))
    _kill(module.get_submodule("block1.depthwise.norm"), [5], 0.7)
    _kill(module.get_submodule("stem.norm"), [5], 0.7)
    result = remove_dead_filters(module, (49, 10, 1))
    assert result.removed == {"stem.conv": 1}
    assert _largest_difference(module, result.module, (1, 49, 10)) < 1e-6


def test_a_constant_stays_where_padding_would_show_it_at_the_borders() -> None:
    module = _zoo("tiny-cnn", (8, 8, 1))
    _kill(module.get_submodule("conv1.norm"), [2], 0.5)
    assert remove_dead_filters(module, (8, 8, 1)).count == 0
    _kill(module.get_submodule("conv1.norm"), [2], -0.5)
    assert remove_dead_filters(module, (8, 8, 1)).removed == {"conv1.conv": 1}


def test_the_last_constants_move_into_the_bias_of_the_classifier() -> None:
    module = _zoo("tiny-cnn", (8, 8, 1))
    _kill(module.get_submodule("conv3.norm"), [0, 31], 2.0)
    result = remove_dead_filters(module, (8, 8, 1))
    assert result.removed == {"conv3.conv": 2}
    assert _largest_difference(module, result.module, (1, 8, 8)) < 1e-6


def test_a_shortcut_keeps_a_channel_that_one_of_its_ends_still_uses() -> None:
    module = _zoo("resnet8", (32, 32, 3))
    _kill(module.get_submodule("stack1.second.norm"), [4], 0.0)
    assert remove_dead_filters(module, (32, 32, 3)).count == 0
    _kill(module.get_submodule("stem.norm"), [4], -1.0)
    result = remove_dead_filters(module, (32, 32, 3))
    assert result.count == 1
    assert _width(result.module, "stack1.second.conv") == 15
    assert _largest_difference(module, result.module, (3, 32, 32)) < 1e-6


def test_weights_that_can_never_wake_a_relu_are_found_by_bounds_alone() -> None:
    module = _zoo("tiny-dense", (12,))
    with torch.no_grad():
        # what it reads is never negative, its weights never positive
        module.get_submodule("dense2").weight[7] = -torch.rand(64)
        module.get_submodule("dense2").bias[7] = -0.1
        norm = module.get_submodule("norm2")
        norm.weight[7], norm.bias[7] = 1.0, -0.2
        norm.running_mean[7], norm.running_var[7] = 0.0, 1.0
    result = remove_dead_filters(module, (12,))
    assert result.removed == {"dense2": 1}
    assert _largest_difference(module, result.module, (12,)) < 1e-6


def test_a_network_without_dead_filters_keeps_its_bits() -> None:
    module = _zoo("resnet8", (16, 16, 3))
    result = remove_dead_filters(module, (16, 16, 3))
    assert result.count == 0
    for name, value in module.state_dict().items():
        assert torch.equal(value, result.module.state_dict()[name])


def test_all_filters_of_a_layer_may_be_dead_but_one_stays() -> None:
    module = _zoo("tiny-cnn", (8, 8, 1))
    _kill(module.get_submodule("conv2.norm"), list(range(32)), -1.0)
    result = remove_dead_filters(module, (8, 8, 1))
    assert _width(result.module, "conv2.conv") == 1
    assert _largest_difference(module, result.module, (1, 8, 8)) < 1e-6


def _stored(nodes: list[Node], shape: list[int], zero: list[int], layer: str) -> StoredModule:
    torch.manual_seed(0)
    module = StoredModule(ModulePlan({"input": shape}, nodes, [nodes[-1].name])).eval()
    with torch.no_grad():
        weighted = module.get_submodule(layer)
        weighted.weight[zero] = 0.0
        weighted.bias[zero] = 0.25
    return module


def _convolution(name: str, source: str, inputs: int, outputs: int, kernel: int) -> Node:
    settings = {"in_channels": inputs, "out_channels": outputs, "kernel_size": kernel}
    return Node(name, "conv2d", [source], settings)


@pytest.mark.parametrize("flatten_last", [False, True])
def test_an_imported_network_whose_dense_layer_reads_every_position(flatten_last: bool) -> None:
    nodes = [
        _convolution("a", "input", 2, 8, 3),
        Node("b", "relu", ["a"]),
        _convolution("c", "b", 8, 6, 1),
    ]
    source = "c"
    if flatten_last:  # as files with channels last do it
        nodes.append(Node("turned", "permute", ["c"], {"order": [0, 2, 3, 1]}))
        source = "turned"
    nodes += [
        Node("flat", "flatten", [source]),
        Node("d", "linear", ["flat"], {"in_features": 6 * 16, "out_features": 3}),
    ]
    module = _stored(nodes, [2, 6, 6], [1, 4], "a")
    with torch.no_grad():
        module.get_submodule("c").weight[[0, 5]] = 0.0
    result = remove_dead_filters(module, (6, 6, 2))
    assert result.removed["a"] == 2
    assert _largest_difference(module, result.module, (2, 6, 6)) < 1e-6
    if not flatten_last:
        assert result.removed["c"] == 2


def test_operations_of_unknown_bounds_are_left_alone() -> None:
    nodes = [
        _convolution("a", "input", 1, 4, 1),
        Node("shape", "hard_swish", ["a"]),
        Node("sum", "mul", ["shape", "shape"]),
        Node("mean", "mean", ["sum"], {"dim": [2, 3], "keepdim": False}),
        Node("d", "linear", ["mean"], {"in_features": 4, "out_features": 2}),
    ]
    module = _stored(nodes, [1, 5, 5], [2], "a")
    result = remove_dead_filters(module, (5, 5, 1))
    assert _largest_difference(module, result.module, (1, 5, 5)) < 1e-6
    assert isinstance(result.module(torch.zeros(1, 1, 5, 5)), Tensor)
