from __future__ import annotations

import pytest
import torch

from engine.compress.prune import remove_filters
from engine.errors import UsageError
from engine.zoo import NETWORKS, build_network, network_names
from engine.zoo.layers import ConvUnit

# Parameters of MLPerf Tiny's own networks (trainable ones of the Keras models, BatchNorm included).
MLPERF = {
    "ds-cnn-s": ((49, 10, 1), 12),
    "resnet8": ((32, 32, 3), 10),
    "mobilenet-v1-025": ((96, 96, 3), 2),
    "autoencoder": ((640,), 0),
}


def _batch(shape: tuple[int, ...]) -> torch.Tensor:
    size = (shape[2], shape[0], shape[1]) if len(shape) == 3 else shape
    return torch.randn(3, *size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", network_names())
@pytest.mark.parametrize("shape", [(49, 10, 1), (8, 8, 1), (30, 32, 1), (33, 47, 3)])
def test_every_network_takes_every_picture_shape(name: str, shape: tuple[int, ...]) -> None:
    module = build_network(name, shape, 7, seed=0).eval()
    scores = module(_batch(shape))
    expected = shape[0] * shape[1] * shape[2] if getattr(module, "reconstructs", False) else 7
    assert scores.shape == (3, expected)
    assert torch.isfinite(scores).all()


def _multiplications(module: torch.nn.Module, shape: tuple[int, ...]) -> int:
    total = 0

    def count(layer: torch.nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        weight = layer.weight
        assert isinstance(weight, torch.Tensor)
        positions = output[0, 0].numel() if output.ndim == 4 else 1
        total += weight.numel() * positions

    for layer in module.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            layer.register_forward_hook(count)
    module.eval()(_batch(shape)[:1])
    return total


@pytest.mark.parametrize(
    ("name", "million_macs"),
    # Published for MLPerf Tiny's reference models.
    [("ds-cnn-s", 2.657), ("mobilenet-v1-025", 7.490), ("resnet8", 12.502), ("autoencoder", 0.264)],
)
def test_reference_networks_cost_what_mlperf_tiny_publishes(name: str, million_macs: float) -> None:
    shape, classes = MLPERF[name]
    macs = _multiplications(build_network(name, shape, classes, seed=0), shape)
    assert macs / 1e6 == pytest.approx(million_macs, abs=0.002)


def _parameters(module: torch.nn.Module, *, norms: bool) -> int:
    kept = (m for m in module.modules() if norms or not isinstance(m, torch.nn.BatchNorm2d))
    return sum(p.numel() for m in kept for p in m.parameters(recurse=False))


@pytest.mark.parametrize(
    ("name", "edge", "million_macs", "million_parameters"),
    [
        # Howard et al. 2017, table 6: "Mult-Adds" and "Parameters" of 0.5 and 0.25 MobileNet-224.
        ("mobilenet-v1-050", 224, "149", "1.3"),
        ("mobilenet-v1-025", 224, "41", "0.5"),
        # Lin et al.'s model zoo (README of mit-han-lab/mcunet): mcunet-in3 at 176x176.
        ("mcunet-in3", 176, "81.8", "0.74"),
    ],
)
def test_networks_cost_what_their_authors_say_with_imagenets_classes(
    name: str, edge: int, million_macs: str, million_parameters: str
) -> None:
    shape = (edge, edge, 3)
    module = build_network(name, shape, 1000, seed=0)
    digits = [len(text.partition(".")[2]) for text in (million_macs, million_parameters)]
    assert f"{_multiplications(module, shape) / 1e6:.{digits[0]}f}" == million_macs
    assert f"{_parameters(module, norms=True) / 1e6:.{digits[1]}f}" == million_parameters


@pytest.mark.parametrize(
    ("name", "edge", "million_macs", "million_parameters"),
    # The checkpoints of Sandler et al. 2018 (README of tensorflow/models, research/slim/nets/mobilenet;
    # the paper's table 4 has the first: 300M, 3.4M). Decimals of MACs are cut off there, and parameters
    # leave out those of normalisations, which conversion folds away.
    [
        ("mobilenet-v2-100", 224, 300, "3.47"),
        ("mobilenet-v2-100", 96, 56, "3.47"),
        ("mobilenet-v2-050", 224, 97, "1.95"),
        ("mobilenet-v2-050", 96, 18, "1.95"),
        ("mobilenet-v2-035", 224, 59, "1.66"),
        ("mobilenet-v2-035", 160, 30, "1.66"),
        ("mobilenet-v2-035", 96, 11, "1.66"),
    ],
)
def test_mobilenet_v2_costs_what_its_checkpoints_say(
    name: str, edge: int, million_macs: int, million_parameters: str
) -> None:
    shape = (edge, edge, 3)
    module = build_network(name, shape, 1000, seed=0)
    assert _multiplications(module, shape) // 1_000_000 == million_macs
    assert f"{_parameters(module, norms=False) / 1e6:.2f}" == million_parameters


@pytest.mark.parametrize(
    ("name", "billion_macs", "parameters"),
    # torchvision's documentation of ResNet18_Weights and ResNet50_Weights. He et al. 2016, table 1, have
    # 1.8 and 3.8 billion: their ResNet-50 strides in a stage's first 1x1 convolution, not in the 3x3.
    [("resnet-18", "1.81", 11_689_512), ("resnet-50", "4.09", 25_557_032)],
)
def test_teachers_cost_what_torchvision_says(name: str, billion_macs: str, parameters: int) -> None:
    module = build_network(name, (224, 224, 3), 1000, seed=0)
    assert f"{_multiplications(module, (224, 224, 3)) / 1e9:.2f}" == billion_macs
    assert _parameters(module, norms=True) == parameters


@pytest.mark.parametrize(("edge", "last_edge"), [(32, 4), (48, 3), (64, 4), (96, 3), (224, 7)])
def test_resnet_keeps_places_for_its_head_on_small_pictures(edge: int, last_edge: int) -> None:
    module = build_network("resnet-18", (edge, edge, 3), 5, seed=0).eval()
    seen = []
    module.get_submodule("head.pool").register_forward_hook(lambda _, x, y: seen.append(x[0].shape))
    module(torch.zeros(1, 3, edge, edge))
    assert seen == [(1, 512, last_edge, last_edge)]


NEW_SMALL = ("mobilenet-v1-050", "mobilenet-v2-035", "mobilenet-v2-100", "mcunet-in3")


@pytest.mark.parametrize("name", [*NEW_SMALL, "resnet-18", "resnet-50"])
@pytest.mark.parametrize("scope", ["layer", "global"])
def test_networks_can_be_pruned(name: str, scope: str) -> None:
    module = build_network(name, (48, 48, 3), 10, seed=0)
    before = _parameters(module, norms=True)
    remove_filters(module, (48, 48, 3), ratio=0.3, round_to=4, scope=scope)
    assert _parameters(module, norms=True) < 0.9 * before
    assert all(m.out_channels % 4 == 0 for m in module.modules() if isinstance(m, torch.nn.Conv2d))
    assert module.eval()(_batch((48, 48, 3))).shape == (3, 10)


@pytest.mark.parametrize("kernel", [(10, 4), (3, 3), (1, 1)])
@pytest.mark.parametrize("size", [(49, 10), (8, 7), (5, 5)])
@pytest.mark.parametrize("stride", [1, 2])
def test_padding_equals_tensorflows_same(
    kernel: tuple[int, int], size: tuple[int, int], stride: int
) -> None:
    tf = pytest.importorskip("tensorflow")
    unit = ConvUnit(2, 3, kernel, size, stride=stride).eval()
    x = torch.randn(1, 2, *size, generator=torch.Generator().manual_seed(0))
    convolution = unit.conv(x if unit.pad is None else unit.pad(x)).detach()
    weights = unit.conv.weight.detach().permute(2, 3, 1, 0).numpy()
    expected = tf.nn.conv2d(x.permute(0, 2, 3, 1).numpy(), weights, stride, "SAME").numpy()
    assert convolution.permute(0, 2, 3, 1).shape == expected.shape
    torch.testing.assert_close(
        convolution.permute(0, 2, 3, 1), torch.from_numpy(expected), atol=1e-5, rtol=1e-5
    )


def test_the_seed_decides_the_weights_and_leaves_torchs_own_alone() -> None:
    torch.manual_seed(4)
    before = torch.random.get_rng_state()
    one, same, other = (
        build_network("tiny-cnn", (8, 8, 1), 10, seed=seed).state_dict()["conv1.conv.weight"]
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())


def test_layer_names_read_like_the_network() -> None:
    names = dict(build_network("ds-cnn-s", (49, 10, 1), 10, seed=0).named_modules())
    assert {"stem.conv", "block1.depthwise.conv", "block4.pointwise.conv", "pool", "classifier"} <= set(
        names
    )


def test_unknown_networks_and_shapes_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match="vgg-99"):
        build_network("vgg-99", (8, 8, 1), 10, seed=0)
    with pytest.raises(UsageError, match="resnet8"):
        build_network("resnet8", (640,), 10, seed=0)


def test_every_task_has_a_network_and_every_network_a_sentence() -> None:
    assert {task for network in NETWORKS for task in network.tasks} == {
        "keywords",
        "images",
        "anomaly",
        "vibration",
    }
    assert all(network.description.endswith(".") for network in NETWORKS)
