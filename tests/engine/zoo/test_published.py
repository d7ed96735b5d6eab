"""Weights as torchvision and timm publish them, run as those libraries run them, and as the zoo does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.model_import.adaptation import adapted
from engine.model_import.torch_file import read_torch
from engine.zoo import build_network
from engine.zoo.published import published_network

State = dict[str, Tensor]
# (expansion, channels, blocks, stride) of MobileNetV2, table 2 of its paper.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
# Channels at half width: multiples of 8, no more than a tenth below half.
HALF = {16: 8, 24: 16, 32: 16, 64: 32, 96: 48, 160: 80, 320: 160}


class _Maker:
    """Random tensors of a published file, by name."""

    def __init__(self) -> None:
        self.state: State = {}
        self._chance = torch.Generator().manual_seed(0)

    def convolution(self, name: str, outputs: int, inputs: int, kernel: int) -> None:
        weight = torch.randn(outputs, inputs, kernel, kernel, generator=self._chance)
        self.state[f"{name}.weight"] = weight * (2 / (inputs * kernel * kernel)) ** 0.5

    def norm(self, name: str, channels: int) -> None:
        for part, low in (("weight", 0.5), ("bias", -0.5), ("running_mean", -0.5), ("running_var", 0.5)):
            self.state[f"{name}.{part}"] = low + torch.rand(channels, generator=self._chance)
        self.state[f"{name}.num_batches_tracked"] = torch.tensor(7)

    def linear(self, name: str, outputs: int, inputs: int) -> None:
        self.state[f"{name}.weight"] = torch.randn(outputs, inputs, generator=self._chance) / inputs**0.5
        self.state[f"{name}.bias"] = torch.randn(outputs, generator=self._chance)


def _blocks(channels: dict[int, int]) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Stage, place in it, inputs, width in between, outputs, stride of each inverted residual."""
    inputs = channels[32] if channels is HALF else 32
    for stage, (expansion, full, count, stride) in enumerate(STAGES):
        outputs = channels[full]
        for place in range(count):
            yield stage, place, inputs, inputs * expansion, outputs, stride if place == 0 else 1
            inputs = outputs


def _torchvision_mobilenet(classes: int) -> State:
    """As torchvision names MobileNetV2 at full width."""
    made = _Maker()
    made.convolution("features.0.0", 32, 3, 3)
    made.norm("features.0.1", 32)
    number = 0
    for _, _, inputs, wide, outputs, _ in _blocks({full: full for full in HALF}):
        number += 1
        at, place = f"features.{number}.conv", 0
        if wide != inputs:
            made.convolution(f"{at}.0.0", wide, inputs, 1)
            made.norm(f"{at}.0.1", wide)
            place = 1
        made.convolution(f"{at}.{place}.0", wide, 1, 3)
        made.norm(f"{at}.{place}.1", wide)
        made.convolution(f"{at}.{place + 1}", outputs, wide, 1)
        made.norm(f"{at}.{place + 2}", outputs)
    made.convolution("features.18.0", 1280, 320, 1)
    made.norm("features.18.1", 1280)
    made.linear("classifier.1", classes, 1280)
    return made.state


def _timm_mobilenet(classes: int) -> State:
    """As timm names MobileNetV2 at half width."""
    made = _Maker()
    made.convolution("conv_stem", 16, 3, 3)
    made.norm("bn1", 16)
    for stage, place, inputs, wide, outputs, _ in _blocks(HALF):
        at, norms = f"blocks.{stage}.{place}", iter(("bn1", "bn2", "bn3"))
        narrow = "conv_pw"
        if wide != inputs:
            made.convolution(f"{at}.conv_pw", wide, inputs, 1)
            made.norm(f"{at}.{next(norms)}", wide)
            narrow = "conv_pwl"
        made.convolution(f"{at}.conv_dw", wide, 1, 3)
        made.norm(f"{at}.{next(norms)}", wide)
        made.convolution(f"{at}.{narrow}", outputs, wide, 1)
        made.norm(f"{at}.{next(norms)}", outputs)
    made.convolution("conv_head", 1280, 160, 1)
    made.norm("bn2", 1280)
    made.linear("classifier", classes, 1280)
    return made.state


def _resnet(blocks: tuple[int, ...], *, bottleneck: bool, classes: int) -> State:
    """As torchvision and timm name ResNets."""
    made = _Maker()
    made.convolution("conv1", 64, 3, 7)
    made.norm("bn1", 64)
    inputs = 64
    for stage, count in enumerate(blocks, start=1):
        inner = 32 * 2**stage
        outputs = 4 * inner if bottleneck else inner
        for place in range(count):
            at = f"layer{stage}.{place}"
            if bottleneck:
                shapes = [(inner, inputs, 1), (inner, inner, 3), (outputs, inner, 1)]
            else:
                shapes = [(inner, inputs, 3), (outputs, inner, 3)]
            for number, shape in enumerate(shapes, start=1):
                made.convolution(f"{at}.conv{number}", *shape)
                made.norm(f"{at}.bn{number}", shape[0])
            if inputs != outputs:
                made.convolution(f"{at}.downsample.0", outputs, inputs, 1)
                made.norm(f"{at}.downsample.1", outputs)
            inputs = outputs
    made.linear("fc", classes, inputs)
    return made.state


class _Plain:
    """A published network with plain functions: what the library that trained it computes."""

    def __init__(self, state: State) -> None:
        self.state = state

    def unit(self, x: Tensor, convolution: str, norm: str, *, stride: int = 1, top: float = 0) -> Tensor:
        """Convolution padded alike on both sides, normalisation, a cut at 0 and `top`; none at 0."""
        weight = self.state[f"{convolution}.weight"]
        groups = x.shape[1] // weight.shape[1]
        x = functional.conv2d(x, weight, stride=stride, padding=weight.shape[2] // 2, groups=groups)
        numbers = [self.state[f"{norm}.{k}"] for k in ("running_mean", "running_var", "weight", "bias")]
        x = functional.batch_norm(x, *numbers, eps=1e-5)
        return x.clamp(0, top) if top else x

    def linear(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.state[f"{name}.weight"], self.state[f"{name}.bias"]
        return functional.linear(x.mean((2, 3)), weight, bias)


def _run_torchvision_mobilenet(state: State, x: Tensor) -> Tensor:
    net = _Plain(state)
    x = net.unit(x, "features.0.0", "features.0.1", stride=2, top=6)
    for number, (_, _, inputs, wide, outputs, stride) in enumerate(
        _blocks({full: full for full in HALF}), start=1
    ):
        at, place, before = f"features.{number}.conv", 0, x
        if wide != inputs:
            x, place = net.unit(x, f"{at}.0.0", f"{at}.0.1", top=6), 1
        x = net.unit(x, f"{at}.{place}.0", f"{at}.{place}.1", stride=stride, top=6)
        x = net.unit(x, f"{at}.{place + 1}", f"{at}.{place + 2}")
        x = x + before if stride == 1 and inputs == outputs else x
    return net.linear(net.unit(x, "features.18.0", "features.18.1", top=6), "classifier.1")


def _run_timm_mobilenet(state: State, x: Tensor) -> Tensor:
    net = _Plain(state)
    x = net.unit(x, "conv_stem", "bn1", stride=2, top=6)
    for stage, place, inputs, wide, outputs, stride in _blocks(HALF):
        at, before = f"blocks.{stage}.{place}", x
        if wide == inputs:
            x = net.unit(x, f"{at}.conv_dw", f"{at}.bn1", stride=stride, top=6)
            x = net.unit(x, f"{at}.conv_pw", f"{at}.bn2")
        else:
            x = net.unit(x, f"{at}.conv_pw", f"{at}.bn1", top=6)
            x = net.unit(x, f"{at}.conv_dw", f"{at}.bn2", stride=stride, top=6)
            x = net.unit(x, f"{at}.conv_pwl", f"{at}.bn3")
        x = x + before if stride == 1 and inputs == outputs else x
    return net.linear(net.unit(x, "conv_head", "bn2", top=6), "classifier")


def _run_resnet(state: State, x: Tensor) -> Tensor:
    """The stem of a 224x224 network: stride 2 and pooling."""
    net, top = _Plain(state), float("inf")
    x = functional.max_pool2d(net.unit(x, "conv1", "bn1", stride=2, top=top), 3, 2, 1)
    blocks = sorted({tuple(name.split(".")[:2]) for name in state if name.startswith("layer")})
    for layer, place in blocks:
        at, before = f"{layer}.{place}", x
        stride = 2 if layer != "layer1" and place == "0" else 1
        if f"{at}.conv3.weight" in state:
            x = net.unit(x, f"{at}.conv1", f"{at}.bn1", top=top)
            x = net.unit(x, f"{at}.conv2", f"{at}.bn2", stride=stride, top=top)
            x = net.unit(x, f"{at}.conv3", f"{at}.bn3")
        else:
            x = net.unit(x, f"{at}.conv1", f"{at}.bn1", stride=stride, top=top)
            x = net.unit(x, f"{at}.conv2", f"{at}.bn2")
        if f"{at}.downsample.0.weight" in state:
            before = net.unit(before, f"{at}.downsample.0", f"{at}.downsample.1", stride=stride)
        x = functional.relu(x + before)
    return net.linear(x, "fc")


FILES = {
    "mobilenet-v2-100": (_torchvision_mobilenet, _run_torchvision_mobilenet),
    "mobilenet-v2-050": (_timm_mobilenet, _run_timm_mobilenet),
    "resnet-18": (
        lambda classes: _resnet((2, 2, 2, 2), bottleneck=False, classes=classes),
        _run_resnet,
    ),
    "resnet-50": (
        lambda classes: _resnet((3, 4, 6, 3), bottleneck=True, classes=classes),
        _run_resnet,
    ),
}


def _inputs(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", FILES)
def test_published_weights_compute_what_their_own_library_computes(name: str) -> None:
    make, run = FILES[name]
    state = make(9)
    found = published_network(state, (96, 128, 3))
    assert found is not None
    assert found.name == name
    inputs = _inputs(2, 3, 96, 128)
    with torch.no_grad():
        expected, answer = run(state, inputs), found.module(inputs)
    torch.testing.assert_close(answer, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_a_file_becomes_a_project_network_with_a_new_last_layer(tmp_path) -> None:
    state = _timm_mobilenet(1000)
    path = tmp_path / "mobilenetv2_050.pth"
    torch.save(state, path)

    model = read_torch(path, (3, 64, 64))

    assert model.input_shape == (64, 64, 3)
    assert "Recognised as mobilenet-v2-050, as timm publishes it" in model.notes[0]
    # (pixel / 255 - mean) / deviation, with ImageNet's numbers
    white = [s * (255 - m) for s, m in zip(model.meaning.scale, model.meaning.mean, strict=True)]
    assert white == pytest.approx([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225])
    module, notes = adapted(model.module, (64, 64, 3), 5, name=path.name)
    assert module(_inputs(2, 3, 64, 64)).shape == (2, 5)
    assert any("it had 1000 outputs, the data have 5 classes" in note for note in notes)
    assert torch.equal(
        module.state_dict()["block3.project.conv.weight"], state["blocks.1.1.conv_pwl.weight"]
    )


def test_grey_pictures_are_seen_like_their_three_equal_colours() -> None:
    state = _resnet((2, 2, 2, 2), bottleneck=False, classes=4)
    colour, grey = published_network(state, (32, 32, 3)), published_network(state, (32, 32, 1))
    assert colour is not None
    assert grey is not None
    picture = _inputs(1, 1, 32, 32)
    with torch.no_grad():
        expected = colour.module(picture.expand(-1, 3, -1, -1))
        torch.testing.assert_close(grey.module(picture), expected, rtol=1e-4, atol=1e-4)


def test_old_files_that_count_no_batches_are_read() -> None:
    state = {k: v for k, v in _timm_mobilenet(3).items() if not k.endswith("num_batches_tracked")}
    assert published_network(state) is not None


@pytest.mark.parametrize("damage", ["missing", "left over", "shape"])
def test_almost_published_weights_are_of_no_published_network(damage: str) -> None:
    state = _timm_mobilenet(3)
    if damage == "missing":
        del state["blocks.3.2.bn1.running_var"]
    elif damage == "left over":
        state["blocks.3.2.se.conv_reduce.weight"] = torch.zeros(4, 4, 1, 1)
    else:
        state["conv_head.weight"] = torch.zeros(1280, 161, 1, 1)
    assert published_network(state) is None


def test_the_zoos_own_weights_are_still_the_zoos(tmp_path) -> None:
    module = build_network("resnet-18", (32, 32, 3), 6, seed=2).eval()
    path = tmp_path / "teacher.pt"
    torch.save(module.state_dict(), path)
    model = read_torch(path, (3, 32, 32))
    assert "Recognised as resnet-18 " in model.notes[0]
    inputs = _inputs(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(model.module(inputs), module(inputs))
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in model.module.modules())
