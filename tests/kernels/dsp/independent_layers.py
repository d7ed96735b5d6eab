"""A model of many layers side by side, so that one compilation tries many shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from engine.graph import TensorGraph
from engine.model_import.tflite_file import read_tflite
from tests.helpers.micro import MicroModel, noise
from tests.helpers.tflite_builder import TfliteBuilder


@dataclass
class IndependentLayers:
    """Layers that share nothing but a file; each has its own inputs and output."""

    seed: int
    builder: TfliteBuilder = field(default_factory=TfliteBuilder)
    labels: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = np.random.default_rng(self.seed)
        self._previous: int | None = None

    def add_chain(self, *layers: tuple[str, Mapping[str, Any]]) -> None:
        """Add layers of which each reads what the one before wrote; all results are outputs."""
        self._previous = None
        for kind, case in layers:
            self.add(kind, case)
            self._previous = self.builder.outputs[-1]
        self._previous = None

    def add_padded(
        self, kind: str, case: Mapping[str, Any], amounts: tuple[tuple[int, int], ...]
    ) -> None:
        """Add a PAD by rows and columns (before, after) and a layer that reads what it gives.

        The case's own input is what comes out of the PAD.
        """
        height, width, channels = case["input"]
        (top, bottom), (left, right) = amounts
        shapes = (1, height - top - bottom, width - left - right, channels), (1, *case["input"])
        zero_point = case.get("zero_points", [-128, -128])[0]
        source, padded = (
            self.builder.tensor(shape, scale=0.05, zero_point=zero_point) for shape in shapes
        )
        sides = self.builder.tensor((4, 2), "int32", data=np.array([[0, 0], *amounts, [0, 0]]))
        self.builder.operator("PAD", [source, sides], [padded], "PadOptions")
        self.builder.inputs.append(source)
        self._previous = padded
        self.add(kind, {**case, "padding": "VALID"})
        self._previous = None

    def add(self, kind: str, case: Mapping[str, Any]) -> None:
        """Add one layer; `kind` and the keys are those of shapes.toml."""
        self.labels.append(f"{kind} {dict(case)}")
        getattr(self, f"_add_{kind}")(case)

    def _add_conv(self, case: Mapping[str, Any]) -> None:
        shape = (case["output_channels"], *case["kernel"], case["input"][2])
        self._windowed("CONV_2D", "Conv2DOptions", case, shape, 0)

    def _add_depthwise(self, case: Mapping[str, Any]) -> None:
        multiplier = case.get("multiplier", 1)
        shape = (1, *case["kernel"], case["input"][2] * multiplier)
        self._windowed(
            "DEPTHWISE_CONV_2D", "DepthwiseConv2DOptions", case, shape, 3, depthMultiplier=multiplier
        )

    def _windowed(
        self,
        kind: str,
        table: str,
        case: Mapping[str, Any],
        shape: tuple[int, ...],
        axis: int,
        **options: int,
    ) -> None:
        dilation = case.get("dilation", [1, 1])
        source = (case.get("batches", 1), *case["input"])
        output = (source[0], *_output_size(case, dilation), shape[axis])
        self._weighted(
            kind, table, case, source, shape, axis, output,
            padding=getattr(schema.Padding, case["padding"]), strideH=case["stride"][0],
            strideW=case["stride"][1], dilationHFactor=dilation[0], dilationWFactor=dilation[1],
            **options,
        )  # fmt: skip

    def _add_fully_connected(self, case: Mapping[str, Any]) -> None:
        batches, features = case.get("batches", 1), case["output_features"]
        self._weighted(
            "FULLY_CONNECTED",
            "FullyConnectedOptions",
            case,
            (batches, case["input_features"]),
            (features, case["input_features"]),
            0,
            (batches, features),
        )

    def _weighted(
        self,
        kind: str,
        table: str,
        case: Mapping[str, Any],
        source_shape: tuple[int, ...],
        shape: tuple[int, ...],
        axis: int,
        output_shape: tuple[int, ...],
        **options: int,
    ) -> None:
        chance, builder = self._chance, self.builder
        channels = shape[axis]
        taps = int(np.prod(shape)) // channels
        input_zero, output_zero = case.get("zero_points", [-128, -128])
        weights = _weights(chance, case.get("weights", "any"), shape)
        bias = chance.integers(-5000, 5000, channels)
        if case.get("weights") == "dead":
            bias[4:-1] = -(2**30)
            bias[1::3] = chance.choice([-(2**30), 2**30, -(2**31) + 2**20], bias[1::3].size)
        weight_scales = chance.uniform(0.002, 0.02, channels).astype(np.float32)
        input_scale = np.float32(0.05)
        if self._previous is not None:
            input_scale = builder.tensors[self._previous].quantization.scale[0]
        spread = float(input_scale * weight_scales.mean()) * 60 * 128 * np.sqrt(taps)
        output_scale = case.get("output_scale", spread * chance.uniform(0.5, 2) / 128)
        source = self._previous
        if source is None:
            source = builder.tensor(source_shape, scale=input_scale, zero_point=input_zero)
        output = builder.tensor(output_shape, scale=output_scale, zero_point=output_zero)
        inputs = [
            source,
            builder.tensor(shape, scale=weight_scales, axis=axis, data=weights),
            builder.tensor((channels,), "int32", scale=input_scale * weight_scales, data=bias),
        ]
        run_time = [source] if self._previous is None else []
        self._finish(kind, table, case, inputs, run_time, output, **options)

    def _add_pool(self, case: Mapping[str, Any]) -> None:
        source = self.builder.tensor((1, *case["input"]), scale=0.05, zero_point=-10)
        height, width = _output_size(case, [1, 1])
        output = self.builder.tensor((1, height, width, case["input"][2]), scale=0.05, zero_point=-10)
        self._finish(
            case["kind"], "Pool2DOptions", case, [source], [source], output,
            padding=getattr(schema.Padding, case["padding"]), strideH=case["stride"][0],
            strideW=case["stride"][1], filterHeight=case["kernel"][0], filterWidth=case["kernel"][1],
        )  # fmt: skip

    def _add_sum(self, case: Mapping[str, Any]) -> None:
        first, second, output = (
            self.builder.tensor(tuple(case["shape"]), scale=scale, zero_point=zero_point)
            for scale, zero_point in zip(case["scales"], case["zero_points"], strict=True)
        )
        table = "AddOptions" if case["kind"] == "ADD" else "SubOptions"
        self._finish(case["kind"], table, case, [first, second], [first, second], output)

    def _finish(
        self,
        kind: str,
        table: str,
        case: Mapping[str, Any],
        inputs: list[int],
        run_time: list[int],
        output: int,
        **options: int,
    ) -> None:
        activation = getattr(schema.ActivationFunctionType, case.get("activation", "NONE"))
        self.builder.operator(
            kind, inputs, [output], table, version=3, fusedActivationFunction=activation, **options
        )
        self.builder.inputs.extend(run_time)
        self.builder.outputs.append(output)

    def read(self, folder: Path) -> TensorGraph:
        """The graph, through a file in `folder`."""
        path = folder / "model.tflite"
        path.write_bytes(self.builder.content())
        return read_tflite(path)

    def expected(self, graph: TensorGraph, inputs: np.ndarray) -> np.ndarray:
        """TFLite Micro's outputs for the rows of `inputs`: uint8 (rows, output bytes)."""
        micro = MicroModel(self.builder.content())
        rows = []
        for row in inputs:
            values, start = [], 0
            for index in graph.inputs:
                tensor = graph.tensors[index]
                values.append(row[start : start + tensor.elements].reshape(tensor.shape))
                start += tensor.elements
            results = micro.run(*values, outputs=len(graph.outputs))
            rows.append(np.concatenate([r.reshape(-1).view(np.uint8) for r in results]))
        return np.array(rows)

    def assert_equal(self, graph: TensorGraph, outputs: np.ndarray, expected: np.ndarray) -> None:
        """Compare layer by layer, so that a failure names its layer."""
        start = 0
        for label, index in zip(self.labels, graph.outputs, strict=True):
            end = start + graph.tensors[index].size_bytes
            wrong = int((outputs[:, start:end] != expected[:, start:end]).sum())
            assert wrong == 0, f"{wrong} of {(end - start) * len(outputs)} bytes differ: {label}"
            start = end


def trial_inputs(graph: TensorGraph) -> np.ndarray:
    """int8 rows: noise with many extremes, all lowest, all highest."""
    drawn = [np.concatenate([v.reshape(-1) for v in noise(graph, seed)]) for seed in (1, 2)]
    return np.stack([*drawn, np.full_like(drawn[0], -128), np.full_like(drawn[0], 127)])


def _weights(chance: np.random.Generator, how: str, shape: tuple[int, ...]) -> np.ndarray:
    if how == "large":
        return np.full(shape, 127) * chance.choice([-1, 1], shape[0]).reshape(
            -1, *[1] * (len(shape) - 1)
        )
    drawn = chance.integers(-127, 128, shape)
    if how == "lowest":
        return np.where(chance.random(shape) < 0.4, -128, drawn)
    return drawn


def _output_size(case: Mapping[str, Any], dilation: list[int]) -> tuple[int, int]:
    sizes = []
    for axis in range(2):
        reach = (case["kernel"][axis] - 1) * dilation[axis] + 1
        size, stride = case["input"][axis], case["stride"][axis]
        same = case["padding"] == "SAME"
        sizes.append(-(-size // stride) if same else (size - reach) // stride + 1)
    return sizes[0], sizes[1]
