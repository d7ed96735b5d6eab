"""Trainable reference networks, by name. Loading a module of torch is left until one is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import UsageError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class NetworkInfo:
    """What people need to choose.

    Attributes:
        name: what `build_network` takes.
        description: one sentence.
        tasks: that it suits, the best first.
        for_boards: whether some board could have room for it, pruned at least; else it can only teach.
        least_edge: of pictures in pixels: on smaller ones it halves them until hardly a place is left.
    """

    name: str
    description: str
    tasks: tuple[str, ...]
    for_boards: bool = True
    least_edge: int = 0


NETWORKS = (
    NetworkInfo(
        "ds-cnn-s",
        "Depthwise separable network, 64 channels: MLPerf Tiny's keyword spotter, 25 thousand weights.",
        ("keywords", "anomaly"),
    ),
    NetworkInfo(
        "ds-cnn-m",
        "The keyword spotter with 172 channels: more accurate, five times the work.",
        ("keywords", "anomaly"),
    ),
    NetworkInfo(
        "ds-cnn-l",
        "The keyword spotter with 276 channels and five blocks: for boards with room to spare.",
        ("keywords", "anomaly"),
    ),
    NetworkInfo(
        "tiny-cnn",
        "Three convolutions for tiny pictures and spectra, 15 thousand weights.",
        ("images", "vibration", "anomaly", "keywords"),
    ),
    NetworkInfo(
        "resnet8",
        "Residual network for 32x32 pictures: MLPerf Tiny's image classifier, 78 thousand weights.",
        ("images",),
    ),
    NetworkInfo(
        "mobilenet-v1-025",
        "MobileNetV1 a quarter wide, for 96x96 pictures: MLPerf Tiny's visual wake words network.",
        ("images",),
        least_edge=48,
    ),
    NetworkInfo(
        "mobilenet-v1-050",
        "MobileNetV1 half as wide as published: more accurate than a quarter, four times the weights.",
        ("images",),
        least_edge=48,
    ),
    NetworkInfo(
        "mobilenet-v2-035",
        "MobileNetV2 a third wide, for pictures of 48x48 and larger: often the most accurate small one.",
        ("images",),
        least_edge=48,
    ),
    NetworkInfo(
        "mobilenet-v2-050",
        "MobileNetV2 half wide, for boards with 1 MB of flash.",
        ("images",),
        least_edge=48,
    ),
    NetworkInfo(
        "mobilenet-v2-100",
        "MobileNetV2 as published, 2.2 million weights: a teacher, and pruned for large boards.",
        ("images",),
        least_edge=48,
    ),
    NetworkInfo(
        "mcunet-in3",
        "MCUNet for 320 KB of RAM and 1 MB of flash, 0.74 million weights with 1,000 classes.",
        ("images",),
        least_edge=48,
    ),
    NetworkInfo(
        "resnet-18",
        "ResNet-18, 11 million weights: a teacher, too large for boards.",
        ("images",),
        for_boards=False,
    ),
    NetworkInfo(
        "resnet-50",
        "ResNet-50, 24 million weights: a teacher that wants a GPU or weights trained elsewhere.",
        ("images",),
        for_boards=False,
    ),
    NetworkInfo(
        "tiny-dense",
        "Two dense layers of 64 for vectors of measurements.",
        ("vibration", "anomaly", "images", "keywords"),
    ),
    NetworkInfo(
        "autoencoder",
        "Learns what is normal and repeats it: MLPerf Tiny's network for anomalous sound.",
        ("anomaly", "vibration"),
    ),
    NetworkInfo(
        "autoencoder-s",
        "One hidden layer that guesses hidden inputs from the others: below 28 KB, for vibration.",
        ("vibration", "anomaly"),
    ),
)


def network_names() -> tuple[str, ...]:
    """The names that `build_network` takes."""
    return tuple(network.name for network in NETWORKS)


def build_network(name: str, input_shape: tuple[int, ...], classes: int, *, seed: int) -> nn.Module:
    """A freshly initialised network in training mode.

    Args:
        name: one of `network_names()`.
        input_shape: of one input without the batch: (height, width, channels), or (length,).
        classes: number of classes; an autoencoder has none and ignores it.
        seed: of the initial weights.

    Returns:
        A module that takes (batch, channels, height, width), or (batch, length), float32, and gives
        scores before softmax.

    Raises:
        UsageError: the name is unknown, or the network cannot take inputs of that shape.
    """
    if name not in network_names():
        raise UsageError(
            f"There is no network {name}.", hint=f"Choose one of {', '.join(network_names())}."
        )
    import torch

    from engine.zoo import (
        autoencoder,
        ds_cnn,
        mcunet,
        mobilenet_v1,
        mobilenet_v2,
        resnet,
        resnet8,
        tiny_cnn,
    )

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if name == "autoencoder":
            return autoencoder.Autoencoder(input_shape)
        if name == "autoencoder-s":
            return autoencoder.SmallAutoencoder(input_shape)
        if name == "tiny-dense":
            return tiny_cnn.TinyDense(input_shape, classes)
        if len(input_shape) != 3:
            raise UsageError(
                f"The network {name} needs pictures or spectra, but one input here has shape "
                f"{'x'.join(map(str, input_shape))}.",
                hint="Choose tiny-dense or an autoencoder for vectors.",
            )
        picture = (input_shape[0], input_shape[1], input_shape[2])
        if name in ds_cnn.SIZES:
            channels, blocks = ds_cnn.SIZES[name]
            return ds_cnn.DsCnn(picture, classes, channels, blocks)
        if name == "resnet8":
            return resnet8.ResNet8(picture, classes)
        if name in mobilenet_v1.WIDTHS:
            return mobilenet_v1.MobileNetV1(picture, classes, mobilenet_v1.WIDTHS[name])
        if name in mobilenet_v2.WIDTHS:
            return mobilenet_v2.MobileNetV2(picture, classes, mobilenet_v2.WIDTHS[name])
        if name in resnet.DEPTHS:
            depths, bottleneck = resnet.DEPTHS[name]
            return resnet.ResNet(picture, classes, depths, bottleneck=bottleneck)
        if name == "mcunet-in3":
            return mcunet.McuNet(picture, classes)
        return tiny_cnn.TinyCnn(picture, classes)
