"""Weights that torchvision and timm publish for networks of the zoo, read into networks of the zoo.

A published file names its tensors after the code that trained it. What each part is called here:

| here                     | torchvision's MobileNetV2         | timm's MobileNetV2                     |
|--------------------------|-----------------------------------|----------------------------------------|
| stem                     | features.0.0, .0.1                | conv_stem, bn1                         |
| block1 depthwise/project | features.1.conv.0.0, .0.1; .1, .2 | blocks.0.0: conv_dw, bn1; conv_pw, bn2 |
| blockN expand            | features.N.conv.0.0, .0.1         | blocks.S.K: conv_pw, bn1               |
| blockN depthwise         | features.N.conv.1.0, .1.1         | blocks.S.K: conv_dw, bn2               |
| blockN project           | features.N.conv.2, .3             | blocks.S.K: conv_pwl, bn3              |
| last                     | features.18.0, .18.1              | conv_head, bn2                         |
| head.classifier          | classifier.1                      | classifier                             |

| here                                | ResNet, both                                       |
|-------------------------------------|----------------------------------------------------|
| stem                                | conv1, bn1                                         |
| stageS_blockK first, second, third  | layerS.(K - 1): conv1, bn1; conv2, bn2; conv3, bn3 |
| stageS_blockK shortcut              | layerS.(K - 1).downsample.0, .1                    |
| head.classifier                     | fc                                                 |

Only tensors are looked at; what reads the file must read nothing else of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.zoo import build_network
from engine.zoo.layers import ConvUnit
from engine.zoo.mobilenet_v2 import STAGE_BLOCKS, WIDTHS, MobileNetV2
from engine.zoo.resnet import DEPTHS

PUBLISHED_SHAPE = (224, 224, 3)  # height, width, channels that these files were trained with
_MAX_CLASSES = 100_000
_Pairs = Iterator[tuple[str, str, str]]  # unit here, convolution there, normalisation there


@dataclass(frozen=True)
class Published:
    """A network with published weights.

    Attributes:
        name: of the network in the zoo.
        source: whose names the file has.
        module: in evaluation mode; it computes what the source's own network does.
    """

    name: str
    source: str
    module: nn.Module


def published_network(
    state: dict[str, Tensor], input_shape: tuple[int, int, int] = PUBLISHED_SHAPE
) -> Published | None:
    """The network that a published file of weights belongs to.

    Args:
        state: the file's tensors by name.
        input_shape: what the network shall take: (height, width, channels). With one channel, the first
            layer's weights of red, green and blue are added up: grey pictures need no copies.

    Returns:
        None if the tensors are of no network above, or one is missing, left over or of another shape.
    """
    for name, source, pairs, head in _schemes():
        classifier = state.get(f"{head}.weight")
        if classifier is None or classifier.ndim != 2 or classifier.shape[0] > _MAX_CLASSES:
            continue
        renamed = _renamed(state, pairs, head)
        if renamed is None:
            continue
        with torch.device("meta"):  # no time for weights that are replaced, or do not fit
            module = build_network(name, input_shape, int(classifier.shape[0]), seed=0)
        first = renamed["stem.conv.weight"]
        if input_shape[2] == 1 and first.ndim == 4:
            renamed["stem.conv.weight"] = first.sum(1, keepdim=True)
        expected = module.state_dict()
        if set(renamed) != set(expected):
            continue
        if any(renamed[key].shape != tensor.shape for key, tensor in expected.items()):
            continue
        module.load_state_dict(renamed, assign=True)
        return Published(name, source, _as_trained(module).eval())
    return None


def _schemes() -> Iterator[tuple[str, str, list[tuple[str, str, str]], str]]:
    """Name here, source, names of its convolutions and normalisations, name of its last layer."""
    for name in WIDTHS:
        yield name, "torchvision", list(_torchvision_mobilenet_v2()), "classifier.1"
        yield name, "timm", list(_timm_mobilenet_v2()), "classifier"
    for name, (blocks, bottleneck) in DEPTHS.items():
        yield name, "torchvision or timm", list(_resnet(blocks, 3 if bottleneck else 2)), "fc"


def _torchvision_mobilenet_v2() -> _Pairs:
    count = sum(STAGE_BLOCKS)
    yield "stem", "features.0.0", "features.0.1"
    for number in range(1, count + 1):
        at = f"features.{number}.conv"
        widened = ["expand"] if number > 1 else []
        for place, part in enumerate([*widened, "depthwise"]):
            yield f"block{number}.{part}", f"{at}.{place}.0", f"{at}.{place}.1"
        place = len(widened) + 1
        yield f"block{number}.project", f"{at}.{place}", f"{at}.{place + 1}"
    yield "last", f"features.{count + 1}.0", f"features.{count + 1}.1"


def _timm_mobilenet_v2() -> _Pairs:
    yield "stem", "conv_stem", "bn1"
    number = 0
    for stage, count in enumerate(STAGE_BLOCKS):
        for place in range(count):
            number += 1
            at, here = f"blocks.{stage}.{place}", f"block{number}"
            if number == 1:
                yield f"{here}.depthwise", f"{at}.conv_dw", f"{at}.bn1"
                yield f"{here}.project", f"{at}.conv_pw", f"{at}.bn2"
                continue
            yield f"{here}.expand", f"{at}.conv_pw", f"{at}.bn1"
            yield f"{here}.depthwise", f"{at}.conv_dw", f"{at}.bn2"
            yield f"{here}.project", f"{at}.conv_pwl", f"{at}.bn3"
    yield "last", "conv_head", "bn2"


def _resnet(blocks: tuple[int, int, int, int], convolutions: int) -> _Pairs:
    yield "stem", "conv1", "bn1"
    for stage, count in enumerate(blocks, start=1):
        for number in range(1, count + 1):
            here, there = f"stage{stage}_block{number}", f"layer{stage}.{number - 1}"
            for place, part in enumerate(("first", "second", "third")[:convolutions], start=1):
                yield f"{here}.{part}", f"{there}.conv{place}", f"{there}.bn{place}"
            if number == 1 and (stage > 1 or convolutions == 3):
                yield f"{here}.shortcut", f"{there}.downsample.0", f"{there}.downsample.1"


def _renamed(
    state: dict[str, Tensor], pairs: list[tuple[str, str, str]], head: str
) -> dict[str, Tensor] | None:
    """The tensors under the names of the zoo; None if one is missing or left over."""
    names = {f"{head}.{part}": f"head.classifier.{part}" for part in ("weight", "bias")}
    for here, convolution, norm in pairs:
        names[f"{convolution}.weight"] = f"{here}.conv.weight"
        for part in ("weight", "bias", "running_mean", "running_var"):
            names[f"{norm}.{part}"] = f"{here}.norm.{part}"
        # old files do not count their batches, and nothing here asks for the number
        names[f"{norm}.num_batches_tracked"] = f"{here}.norm.num_batches_tracked"
    renamed = {names[name]: tensor for name, tensor in state.items() if name in names}
    if len(renamed) < len(state):
        return None
    for counter in (name for name in names.values() if name.endswith("num_batches_tracked")):
        renamed.setdefault(counter, torch.zeros((), dtype=torch.long))
    return renamed if len(renamed) == len(names) else None


def _as_trained(module: nn.Module) -> nn.Module:
    """Padding and activations as in the published networks; shapes stay the same.

    Their convolutions pad both sides alike, and MobileNetV2 cuts at 6.
    """
    cut = isinstance(module, MobileNetV2)
    for unit in [unit for unit in module.modules() if isinstance(unit, ConvUnit)]:
        kernel = unit.conv.kernel_size
        unit.pad, unit.conv.padding = None, (kernel[0] // 2, kernel[1] // 2)
        if cut and unit.relu is not None:
            unit.relu = nn.ReLU6()
    return module
