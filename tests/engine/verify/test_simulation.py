"""The simulation of a quantised network: rounding, and a convolution by torch's fake quantisation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.tflite_model import TfliteModel
from engine.verify.quantised_arithmetic import to_quanta
from engine.verify.simulation import SimulationForm
from tests.helpers.conversions import converted_test_network, noise
from tests.helpers.tflite_builder import TfliteBuilder


def test_halves_are_rounded_away_from_zero_and_ends_are_clipped():
    builder = TfliteBuilder()
    tensor = builder.tensor((1, 7), "int8", scale=0.5, zero_point=3)
    output = builder.tensor((1, 7), "int8", scale=0.5, zero_point=3)
    builder.operator("RELU", [tensor], [output])
    builder.inputs.append(tensor)
    builder.outputs.append(output)
    model = TfliteModel(builder.content())
    real = np.array([[0.25, -0.25, 0.75, -0.75, 0.24, 100.0, -100.0]], np.float32)
    assert to_quanta(model, tensor, real).tolist() == [[4, 2, 5, 1, 3, 127, -128]]
    simulated = SimulationForm(model).run([np.array([[4, 2, 5, 1, 3, 127, -128]], np.int8)])
    assert simulated[output].tolist() == [[4, 3, 5, 3, 3, 127, 3]]


def test_a_convolution_equals_torch_between_fake_quantisations():
    converted = converted_test_network("dilated")[1]
    model = TfliteModel.read(converted.tflite_int8_path)
    kind, convolution = next(iter(model.operators()))
    assert kind == "CONV_2D"
    source, weights, bias = map(int, convolution.inputs)
    result = int(convolution.outputs[0])
    quanta = np.random.default_rng(1).integers(-128, 128, model.shape(source)).astype(np.int8)
    simulated = SimulationForm(model).run([quanta])[result]

    def real(tensor: int, values: np.ndarray) -> torch.Tensor:
        scales, points, axis = model.quantization(tensor)
        shape = [1] * values.ndim
        shape[axis if scales.size > 1 else 0] = -1
        return torch.from_numpy((values - points.reshape(shape)) * scales.reshape(shape))

    image = real(source, quanta).permute(0, 3, 1, 2)
    filters = real(weights, model.constant(weights)).permute(0, 3, 1, 2)
    scale, point, _ = model.quantization(result)
    wanted = functional.conv2d(image, filters, real(bias, model.constant(bias)).ravel(), padding=1)
    wanted = torch.fake_quantize_per_tensor_affine(
        wanted.float(), float(scale[0]), int(point[0]), -128, 127
    )
    came = real(result, simulated.astype(np.int64)).permute(0, 3, 1, 2)
    steps = ((came - wanted) / float(scale[0])).abs()
    assert steps.max() <= 1.001
    assert (steps > 0.01).float().mean() < 0.01  # only ties, which torch rounds to even


@pytest.mark.parametrize("name", ["waveform", "autoencoder"])
def test_every_tensor_comes_in_its_own_type_and_shape(name):
    module, converted = converted_test_network(name)
    model = TfliteModel.read(converted.tflite_int8_path)
    source = int(model.graph.inputs[0])
    inputs = to_quanta(model, source, noise(model.shape(source), 1)[0])
    found = SimulationForm(model).run([inputs])
    assert set(found) == set(model.activations())
    for tensor, values in found.items():
        assert (values.shape, str(values.dtype)) == (model.shape(tensor), model.dtype(tensor))
