"""Channels whose weights have died keep their bias."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.convert.chain import convert_network
from engine.events import CancelToken, discard
from engine.micro_reference import MicroReference
from engine.tflite_model import TfliteModel
from engine.verify import verify_converted
from tests.helpers.conversions import noise

CHANNELS = {"report": discard, "cancel": CancelToken()}
DEAD = 1e-19


def conv() -> tuple[nn.Module, nn.Module]:
    layer = nn.Conv2d(2, 3, 3)
    with torch.no_grad():
        layer.weight[1] *= DEAD
    return layer, nn.Sequential(layer, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def depthwise() -> tuple[nn.Module, nn.Module]:
    layer = nn.Conv2d(2, 2, 3, groups=2)
    with torch.no_grad():
        layer.weight[1] *= DEAD
    return layer, nn.Sequential(layer, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def dense() -> tuple[nn.Module, nn.Module]:
    layer = nn.Linear(2 * 8 * 8, 2)
    with torch.no_grad():
        layer.weight *= DEAD
    return layer, nn.Sequential(nn.Flatten(), layer)


@pytest.mark.parametrize("wide", [False, True], ids=["int8", "int16"])
@pytest.mark.parametrize("build", [conv, depthwise, dense])
def test_the_bias_of_a_dead_channel_is_kept(build, wide, tmp_path) -> None:
    torch.manual_seed(0)
    layer, module = build()
    with torch.no_grad():
        layer.bias.copy_(torch.arange(1, len(layer.bias) + 1) * 0.25)
    shape = (8, 8, 2)
    converted = convert_network(
        module.eval(),
        shape,
        noise(shape, 8),
        tmp_path,
        classification=False,
        first_last_int16=wide,
        **CHANNELS,
    )
    inputs = noise(shape, 3, seed=1)
    summary = verify_converted(module, converted, inputs, **CHANNELS)
    assert summary.passed, f"{summary.first_guilty} {summary.likely_cause}"
    reference = MicroReference(converted.tflite_int8_path)
    found = reference.run_all(reference.quantize_input(inputs[:1])).ravel()
    model = TfliteModel.read(converted.tflite_int8_path)
    quantum = model.quantization(int(model.graph.outputs[0]))[0][0]
    assert found[1] == pytest.approx(0.5, abs=2 * quantum)
