"""CMSIS-NN as a kernel family: which of its functions run, and that they answer as TFLite Micro does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.bench import BenchSettings, bench_rows
from engine.boards import load_board
from engine.errors import UsageError
from engine.events import CancelToken, discard
from engine.firmware import cmsis_nn
from engine.firmware.kernel_choice import choose_kernels
from engine.model_import.tflite_file import read_tflite
from engine.planning import family_of
from tests.helpers.tflite_builder import TfliteBuilder

needs_sources = pytest.mark.skipif(
    cmsis_nn.find_sources() is None, reason="the extra `bench` is not installed"
)
CHANNELS = 6


def _every_function(folder: Path) -> Path:
    """A network that takes each of the family's functions once, with odd sizes and padding."""
    chance = np.random.default_rng(3)
    builder = TfliteBuilder()
    source = builder.tensor((1, 9, 7, 3), scale=0.04, zero_point=-5)
    builder.inputs = [source]

    def weights(shape: tuple[int, ...], axis: int) -> tuple[int, int]:
        channels = shape[axis]
        scales = chance.uniform(0.002, 0.01, channels)
        values = chance.integers(-127, 128, shape)
        bias = chance.integers(-2000, 2000, channels)
        return (
            builder.tensor(shape, scale=scales, axis=axis, data=values),
            builder.tensor((channels,), "int32", scale=scales * 0.04, data=bias),
        )

    def window(stride: int, padding: int, dilation: int = 1) -> dict[str, int]:
        strides = {"strideH": stride, "strideW": stride, "padding": padding}
        return strides | {"dilationHFactor": dilation, "dilationWFactor": dilation}

    def conv(x: int, out: tuple[int, ...], kernel: int, depth: int, **options: int) -> int:
        y = builder.tensor(out, scale=0.04, zero_point=7)
        inputs = [x, *weights((out[3], kernel, kernel, depth), 0)]
        builder.operator("CONV_2D", inputs, [y], "Conv2DOptions", **options)
        return y

    def depthwise(x: int, out: tuple[int, ...], kernel: int, multiplier: int, **options: int) -> int:
        y = builder.tensor(out, scale=0.04, zero_point=-3)
        inputs = [x, *weights((1, kernel, kernel, out[3]), 3)]
        builder.operator(
            "DEPTHWISE_CONV_2D", inputs, [y], "DepthwiseConv2DOptions", depthMultiplier=multiplier,
            **options,
        )  # fmt: skip
        return y

    x = conv(source, (1, 9, 7, CHANNELS), 3, 3, **window(1, 0))
    x = depthwise(x, (1, 9, 7, CHANNELS), 3, 1, **window(1, 0))
    x = depthwise(x, (1, 9, 7, CHANNELS), 5, 1, **window(1, 0))
    x = depthwise(x, (1, 5, 4, 2 * CHANNELS), 3, 2, **window(2, 0))
    x = conv(x, (1, 5, 4, CHANNELS), 1, 2 * CHANNELS, **window(1, 1))
    x = conv(x, (1, 3, 2, CHANNELS), 1, CHANNELS, **window(2, 1))
    for kind, size in (("MAX_POOL_2D", (1, 3, 2, CHANNELS)), ("AVERAGE_POOL_2D", (1, 2, 1, CHANNELS))):
        y = builder.tensor(size, scale=0.04, zero_point=7)
        builder.operator(
            kind, [x], [y], "Pool2DOptions", filterHeight=2, filterWidth=2, strideH=1, strideW=1,
            padding=int(size[1] < 3),
        )  # fmt: skip
        x = y
    y = builder.tensor((1, 5), scale=0.1, zero_point=2)
    matrix = builder.tensor(
        (5, 2 * CHANNELS), scale=0.01, data=chance.integers(-127, 128, (5, 2 * CHANNELS))
    )
    bias = builder.tensor((5,), "int32", scale=0.0004, data=chance.integers(-500, 500, 5))
    builder.operator("FULLY_CONNECTED", [x, matrix, bias], [y], "FullyConnectedOptions")
    builder.outputs = [y]
    path = folder / "every_function.tflite"
    path.write_bytes(builder.content())
    return path


@needs_sources
def test_every_function_of_the_family_is_exact(tmp_path):
    path = _every_function(tmp_path)
    kernels = [choice.kernel for choice in choose_kernels(read_tflite(path), family="cmsis-nn")]
    suffix = "_int8_cmsis_nn"
    assert [kernel.removesuffix(suffix) for kernel in kernels] == [
        "conv", "depthwise_3x3", "depthwise_opt", "depthwise", "conv_1x1", "conv_1x1_strided",
        "max_pool", "average_pool", "fully_connected",
    ]  # fmt: skip
    settings = BenchSettings(board=load_board("stm32f407"), families=("cmsis-nn",), inputs=20)
    (row,) = bench_rows([path], settings, report=discard, cancel=CancelToken())
    assert row["mismatched_bytes"] == 0
    assert row["inputs_compared"] == 20


@needs_sources
def test_what_the_family_lacks_falls_to_the_portable_kernel(tmp_path):
    builder = TfliteBuilder()
    source = builder.tensor((1, 8), scale=0.1)
    result = builder.tensor((1, 8), scale=1 / 256, zero_point=-128)
    builder.operator("SOFTMAX", [source], [result], "SoftmaxOptions", beta=1.0)
    builder.inputs, builder.outputs = [source], [result]
    path = tmp_path / "softmax.tflite"
    path.write_bytes(builder.content())
    (choice,) = choose_kernels(read_tflite(path), family="cmsis-nn")
    assert choice.kernel == "softmax_int8"


def test_without_the_package_the_family_is_refused_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(cmsis_nn, "find_sources", lambda: None)
    with pytest.raises(UsageError, match="CMSIS-NN are not installed") as caught:
        family_of("cmsis-nn", load_board("stm32f407"))
    assert "thimble-studio[bench]" in caught.value.hint
    graph = read_tflite(_every_function(tmp_path))
    with pytest.raises(UsageError, match="not installed"):
        choose_kernels(graph, family="cmsis-nn")
    assert choose_kernels(graph, family="dsp")
