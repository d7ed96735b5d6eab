"""Networks made for measuring: chains of one kind of layer each, in sizes that tell its costs apart.

Weights are seeded noise, scaled so that activations keep using their range; nothing else is learnt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from engine.graph import Operator, OptionValue, Quantization, Tensor, TensorGraph

_SCALE = 0.05
_SPREAD = 40.0  # standard deviation of activations and weights, in quanta, about

Shape = tuple[int, ...]
# (output channels, kernel height, kernel width, stride, dilation) of a layer
_Window = tuple[int, int, int, int, int]

_CONVOLUTIONS: tuple[tuple[Shape, tuple[_Window, ...]], ...] = (
    ((1, 24, 20, 3), ((8, 3, 3, 1, 1), (12, 3, 3, 2, 1), (16, 3, 3, 1, 1), (16, 3, 3, 1, 1),
                      (32, 3, 3, 2, 1), (24, 5, 5, 1, 1), (32, 3, 3, 1, 1))),
    ((1, 49, 10, 1), ((32, 10, 4, 2, 1), (8, 3, 3, 1, 1), (20, 1, 5, 1, 1))),
    ((1, 48, 48, 3), ((8, 3, 3, 2, 1),)),
    ((1, 32, 1, 32), ((40, 5, 1, 1, 1), (16, 3, 1, 1, 1), (6, 7, 1, 2, 1))),
    ((1, 14, 14, 6), ((10, 3, 3, 1, 1), (9, 3, 3, 1, 2), (16, 3, 3, 2, 1))),
    ((1, 12, 12, 64), ((64, 3, 3, 2, 1), (16, 3, 3, 1, 1))),
)  # fmt: skip
_POINTWISE: tuple[tuple[Shape, tuple[int, ...]], ...] = (
    ((1, 12, 12, 8), (16, 32, 64, 24, 64, 128)),
    ((1, 25, 5, 64), (64, 10, 17, 4, 33, 48)),
    ((1, 3, 3, 128), (256, 64, 256, 12)),
)
# Pointwise layers with a share of channels that never change, as trained networks have them.
_DEAD_PERCENT = 60
_SPARSE: tuple[tuple[Shape, tuple[int, ...]], ...] = (
    ((1, 12, 12, 16), (32, 64, 64, 128)),
    ((1, 6, 6, 64), (128, 128, 256)),
    ((1, 3, 3, 128), (256, 256)),
)
_DEPTHWISE: tuple[tuple[Shape, tuple[_Window, ...]], ...] = (
    ((1, 24, 24, 16), ((0, 3, 3, 1, 1), (0, 3, 3, 2, 1), (0, 3, 3, 1, 1), (0, 3, 3, 2, 1),
                       (0, 3, 3, 1, 1))),
    ((1, 25, 5, 32), ((0, 3, 3, 1, 1), (0, 3, 3, 2, 1))),
    ((1, 11, 15, 24), ((0, 3, 3, 2, 1), (0, 3, 3, 1, 1))),
    ((1, 3, 3, 128), ((0, 3, 3, 1, 1), (0, 3, 3, 2, 1))),
    ((1, 16, 12, 4), ((8, 3, 3, 1, 1), (16, 3, 3, 2, 1))),
)  # fmt: skip
_DEPTHWISE_ANY: tuple[tuple[Shape, tuple[_Window, ...]], ...] = (
    ((1, 20, 12, 8), ((0, 5, 5, 1, 1), (0, 7, 3, 1, 1), (0, 5, 5, 2, 1), (0, 3, 3, 1, 2))),
    ((1, 40, 1, 40), ((0, 9, 1, 1, 1), (0, 5, 1, 1, 1), (0, 21, 1, 1, 1))),
    ((1, 30, 20, 1), ((8, 10, 8, 2, 1),)),
    ((1, 12, 9, 3), ((12, 4, 2, 1, 1),)),
)
_FULLY_CONNECTED: tuple[tuple[int, tuple[int, ...]], ...] = (
    (64, (12, 32, 128, 8)),
    (640, (128, 128, 8, 128, 256, 10)),
    (250, (37, 3, 16)),
)
_POOLS: tuple[tuple[Shape, tuple[_Window, ...]], ...] = (
    ((1, 24, 24, 16), ((0, 2, 2, 2, 1), (0, 3, 3, 1, 1), (0, 3, 3, 2, 1), (0, 6, 6, 6, 1))),
    ((1, 8, 8, 63), ((0, 3, 2, 2, 1), (0, 4, 4, 4, 1))),
    ((1, 25, 5, 64), ((0, 25, 5, 25, 1),)),
)
# Few channels, many, few: run in bands of one or two rows, between which rows of the many are kept.
_BANDED: tuple[tuple[Shape, int, tuple[_Window, ...]], ...] = (
    ((1, 24, 16, 8), 24, ((48, 1, 1, 1, 1), (4, 3, 1, 1, 1))),
    ((1, 32, 10, 8), 16, ((64, 1, 1, 1, 1), (6, 5, 1, 1, 1))),
)
_CASTS: tuple[int, ...] = (16, 140, 640)
_CLASSES: tuple[int, ...] = (3, 12, 100)
_SUMS: tuple[Shape, ...] = ((1, 16, 16, 16), (1, 5, 5, 7), (1, 8, 8, 32))


def cost_networks() -> Iterator[TensorGraph]:
    """All networks, the same ones at every call."""
    for number, (shape, windows) in enumerate(_CONVOLUTIONS):
        yield _windows(f"conv_{number}", "CONV_2D", shape, windows)
    for number, (shape, channels) in enumerate(_POINTWISE):
        yield _windows(f"pointwise_{number}", "CONV_2D", shape, [(c, 1, 1, 1, 1) for c in channels])
    for number, (shape, channels) in enumerate(_SPARSE):
        layers = [(c, 1, 1, 1, 1) for c in channels]
        yield _windows(f"sparse_{number}", "CONV_2D", shape, layers, dead_percent=_DEAD_PERCENT)
    for number, (shape, windows) in enumerate((*_DEPTHWISE, *_DEPTHWISE_ANY)):
        yield _windows(f"depthwise_{number}", "DEPTHWISE_CONV_2D", shape, windows)
    for number, (features, outputs) in enumerate(_FULLY_CONNECTED):
        yield _dense(f"dense_{number}", features, outputs)
    for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        for number, (shape, windows) in enumerate(_POOLS):
            yield _windows(f"{kind.lower()}_{number}", kind, shape, windows)
    yield _sums("sums", _SUMS)
    yield _ends("ends", _CASTS, _CLASSES)


def banded_networks() -> Iterator[tuple[TensorGraph, int]]:
    """Networks to be run in bands, and in how many."""
    for number, (shape, bands, windows) in enumerate(_BANDED):
        yield _windows(f"bands_{number}", "CONV_2D", shape, windows), bands


class _Chain:
    """Collects tensors and operators; every layer reads what the last one wrote."""

    def __init__(self, name: str, dead_percent: int = 0) -> None:
        self.name = name
        self.dead_percent = dead_percent
        self.chance = np.random.default_rng(sum(name.encode()))
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.inputs: list[int] = []

    def values(self, shape: Shape, scale: float = _SCALE) -> int:
        """A run-time tensor; pools want one scale for input and output."""
        quantization = Quantization(np.array([scale], np.float32), np.array([-3], np.int64))
        return self._add(Tensor(len(self.tensors), "values", shape, "int8", quantization))

    def reals(self, shape: Shape) -> int:
        """A float run-time tensor."""
        return self._add(Tensor(len(self.tensors), "reals", shape, "float32"))

    def shares(self, shape: Shape) -> int:
        """A run-time tensor in the scale that softmax gives."""
        quantization = Quantization(np.array([1 / 256], np.float32), np.array([-128], np.int64))
        return self._add(Tensor(len(self.tensors), "shares", shape, "int8", quantization))

    def weights(self, shape: Shape, axis: int, taps: int, *, per_channel: bool) -> tuple[int, int]:
        """Weights and bias of a layer whose outputs sum over so many taps."""
        channels = shape[axis]
        usual = 1.0 / (math.sqrt(taps) * _SPREAD * 1.5)
        spread = self.chance.uniform(0.7, 1.3, channels if per_channel else 1)
        scales = (usual * spread).astype(np.float32)
        noise = np.clip(self.chance.normal(0, _SPREAD, shape), -127, 127).astype(np.int8)
        noise[: channels * self.dead_percent // 100] = 0
        points = np.zeros(scales.size, np.int64)
        weights = self._add(
            Tensor(
                len(self.tensors), "weights", shape, "int8", Quantization(scales, points, axis), noise
            )
        )
        bias = self.chance.integers(-1000, 1000, channels).astype(np.int32)
        quantization = Quantization((scales * _SCALE).astype(np.float32), points, 0)
        return weights, self._add(
            Tensor(len(self.tensors), "bias", (channels,), "int32", quantization, bias)
        )

    def operator(self, kind: str, inputs: Sequence[int], output: int, **options: OptionValue) -> None:
        """Add an operator."""
        self.operators.append(Operator(len(self.operators), kind, tuple(inputs), (output,), {**options}))

    def graph(self, output: int) -> TensorGraph:
        """The finished network."""
        return TensorGraph(
            name=self.name,
            tensors=tuple(self.tensors),
            operators=tuple(self.operators),
            inputs=tuple(self.inputs),
            outputs=(output,),
            model_hash="0" * 16,
        )

    def _add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return tensor.index


def _windows(
    name: str, kind: str, shape: Shape, windows: Sequence[_Window], *, dead_percent: int = 0
) -> TensorGraph:
    chain = _Chain(name, dead_percent)
    source = chain.values(shape)
    chain.inputs = [source]
    for channels, height, width, stride, dilation in windows:
        batches, rows, columns, depth = shape
        channels = channels or depth
        shape = (batches, -(-rows // stride), -(-columns // stride), channels)
        output = chain.values(shape)
        options: dict[str, OptionValue] = {"stride_h": stride, "stride_w": stride, "padding": "SAME"}
        options["fused_activation_function"] = "NONE"
        inputs = [source]
        if kind.endswith("POOL_2D"):
            options |= {"filter_height": height, "filter_width": width}
        else:
            options |= {"dilation_hfactor": dilation, "dilation_wfactor": dilation}
            if kind == "CONV_2D":
                table, axis, taps = (channels, height, width, depth), 0, height * width * depth
            else:
                table, axis, taps = (1, height, width, channels), 3, height * width
                options["depth_multiplier"] = channels // depth
            inputs += chain.weights(table, axis, taps, per_channel=True)
        chain.operator(kind, inputs, output, **options)
        source = output
    return chain.graph(source)


def _dense(name: str, features: int, layers: Sequence[int]) -> TensorGraph:
    chain = _Chain(name)
    source = chain.values((1, features))
    chain.inputs = [source]
    for outputs in layers:
        output = chain.values((1, outputs))
        tables = chain.weights((outputs, features), 0, features, per_channel=False)
        chain.operator(
            "FULLY_CONNECTED",
            [source, *tables],
            output,
            fused_activation_function="NONE",
            weights_format="DEFAULT",
        )
        source, features = output, outputs
    return chain.graph(source)


def _sums(name: str, shapes: Sequence[Shape]) -> TensorGraph:
    """Sums of two inputs each; the last one is the output, the others are made and let go."""
    chain = _Chain(name)
    output = -1
    for shape in shapes:
        first, second, output = (chain.values(shape, _SCALE * by) for by in (1.0, 0.7, 1.2))
        chain.inputs += [first, second]
        chain.operator("ADD", [first, second], output, fused_activation_function="NONE")
    return chain.graph(output)


def _ends(name: str, casts: Sequence[int], classes: Sequence[int]) -> TensorGraph:
    """What networks begin and end with: quantisation, its inverse, softmax."""
    chain = _Chain(name)
    output = -1
    for size in casts:
        source, values, output = chain.reals((1, size)), chain.values((1, size)), chain.reals((1, size))
        chain.inputs.append(source)
        chain.operator("QUANTIZE", [source], values)
        chain.operator("DEQUANTIZE", [values], output)
    for size in classes:
        source, output = chain.values((1, size)), chain.shares((1, size))
        chain.inputs.append(source)
        chain.operator("SOFTMAX", [source], output, beta=1.0)
    return chain.graph(output)
