"""Networks of every supported kind through the whole chain."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.convert.chain import ConvertedNetwork, check_network, convert_network
from engine.convert.ranges import measure_ranges
from engine.convert.tensorflow_to_tflite import convert_int8, weighted_layers
from engine.errors import Cancelled, ConversionFailed, UnsupportedOperator, UsageError
from engine.events import CancelToken, Event, StageProgress, discard
from engine.micro_reference import MicroReference
from engine.tflite_model import TfliteModel
from tests.helpers.conversions import convert_test_network, converted_test_network, noise
from tests.helpers.networks import NETWORKS


@pytest.mark.parametrize("name", NETWORKS)
def test_int8_answers_follow_the_torch_network(name: str) -> None:
    module, converted = converted_test_network(name)
    _, shape = NETWORKS[name]
    inputs = noise(shape, 20, seed=1)
    with torch.no_grad():
        result = module(torch.from_numpy(np.moveaxis(inputs, -1, 1).copy()))
        wanted = (result if torch.is_tensor(result) else result[0]).numpy()
    model = TfliteModel.read(converted.tflite_int8_path)
    scores = converted.layers[-2].name if converted.softmax else converted.outputs[0]
    tensor = next(t for t in model.activations() if model.name(t) == scores)
    scale, zero_point, _ = model.quantization(tensor)
    reference = MicroReference(converted.tflite_int8_path, layers=True)
    error = 0.0
    for sample, answer in zip(reference.quantize_input(inputs), wanted, strict=True):
        reference.run(sample)
        found = (reference.tensor(tensor).astype(np.float64).ravel() - zero_point) * scale
        error += np.square(found - answer).sum()
    assert 10 * np.log10(np.square(wanted).sum() / error) > 20  # dB


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_keep_names_and_are_whole_numbers(name: str) -> None:
    _, converted = converted_test_network(name)
    model = TfliteModel.read(converted.tflite_int8_path)
    known = {layer.name for layer in converted.layers}
    for kind, operator in model.operators():
        assert kind not in ("TRANSPOSE", "DEQUANTIZE", "QUANTIZE")
        for tensor in map(int, operator.outputs):
            assert model.dtype(tensor) == "int8"
            title = model.name(tensor)
            assert title in known or title.rsplit(".", 1)[0] in known
    assert [model.name(int(t)) for t in model.graph.inputs] == list(converted.inputs)
    assert [model.name(int(t)) for t in model.graph.outputs] == list(converted.outputs)


class Tied(torch.nn.Module):
    """Two dense layers over a sequence that share one weight, and one of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.own = (torch.nn.Linear(4, 4) for _ in range(3))
        self.second.weight = self.first.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.first(x.transpose(1, 2)))
        return torch.relu(self.own(self.second(x))).mean(1)


def test_dense_layers_over_a_sequence_keep_their_names_even_with_shared_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, shape = Tied().eval(), (6, 4)
    inputs = noise(shape, 8)
    converted = convert_network(
        module, shape, inputs, tmp_path, classification=False, report=discard, cancel=CancelToken()
    )
    model = TfliteModel.read(converted.tflite_float_path)
    assert "own.weight" in {model.name(t) for t in range(len(model.tensors))}
    reference = MicroReference(converted.tflite_float_path)
    with torch.no_grad():
        wanted = module(torch.from_numpy(np.moveaxis(inputs, -1, 1).copy())).numpy()
    np.testing.assert_allclose(reference.run_all(inputs), wanted, atol=1e-5)


def test_weights_keep_the_names_of_the_torch_parameters() -> None:
    module, converted = converted_test_network("ds-cnn")
    model = TfliteModel.read(converted.tflite_int8_path)
    names = {model.name(t) for t in range(len(model.tensors))}
    weights = {key for key, value in module.named_parameters() if value.ndim > 1}
    assert weights <= names


def test_large_networks_hold_their_buffers_inside() -> None:
    """TFLite Micro reads external buffers as garbage."""
    for name in ("mobilenet-v1", "autoencoder"):
        path = converted_test_network(name)[1].tflite_int8_path
        assert path.stat().st_size > 256 * 1024
        assert TfliteModel.read(path).external_buffers == 0


def test_ranges_decide_the_scales() -> None:
    _, converted = converted_test_network("waveform")
    model = TfliteModel.read(converted.tflite_int8_path)
    of = {model.name(t): model.quantization(t) for t in model.activations()}
    low, high = converted.ranges["second"]
    scale, zero_point = of["second"][0][0], of["second"][1][0]
    assert scale == pytest.approx((high - low) / 255, rel=1e-6)
    assert zero_point == round(-128 - low / ((high - low) / 255))
    assert (of["softmax"][0][0], of["softmax"][1][0]) == (1 / 256, -128)
    assert (of["tanh"][0][0], of["tanh"][1][0]) == (1 / 128, 0)
    for copy, source in (
        ("pool", "first.2"),
        ("average", "tanh"),
        ("view", "tanh"),
        ("first.1.pad", "input"),
    ):
        assert (of[copy][0][0], of[copy][1][0]) == (of[source][0][0], of[source][1][0])


def test_first_and_last_layer_with_16_bits(tmp_path: Path) -> None:
    _, converted = convert_test_network("dilated", tmp_path, first_last_int16=True)
    model = TfliteModel.read(converted.tflite_int8_path)
    types = {model.name(t): model.dtype(t) for t in model.activations()}
    assert {n for n, t in types.items() if t == "int16"} >= {"input", "plain", "dense", "softmax"}
    assert {n for n, t in types.items() if t == "int8"} >= {"dilated", "cat", "prelu", "pool"}


def test_a_saved_conversion_can_move(tmp_path: Path) -> None:
    _, converted = converted_test_network("two-heads")
    moved = tmp_path / "elsewhere"
    shutil.copytree(converted.folder, moved)
    found = ConvertedNetwork.in_folder(moved)
    assert found.tflite_int8_path == moved / converted.tflite_int8_path.name
    assert found.layers == converted.layers
    assert found.ranges == converted.ranges


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    _, again = convert_test_network("squeeze-excite", tmp_path)
    _, first = converted_test_network("squeeze-excite")
    assert again.tflite_int8_path.read_bytes() == first.tflite_int8_path.read_bytes()


def test_reports_every_hop_and_can_be_cancelled(tmp_path: Path) -> None:
    events: list[Event] = []
    convert_test_network("two-heads", tmp_path, report=events.append)
    progress = [event for event in events if isinstance(event, StageProgress)]
    done = [event.done for event in progress]
    assert done == sorted(done)
    assert done[-1] == progress[-1].total
    units = {event.unit for event in progress}
    assert {"ONNX", "TensorFlow", "TFLite float", "calibration", "TFLite INT8", "TFLite Micro"} <= units
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        convert_test_network("two-heads", tmp_path, cancel=cancel)


def test_unsupported_operator_leaves_no_tflite(tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Softplus())
    with pytest.raises(UnsupportedOperator) as refusal:
        convert_network(
            module, (8, 8, 3), noise((8, 8, 3), 2), tmp_path, report=discard, cancel=CancelToken()
        )
    assert refusal.value.facts["module"] == "1"
    assert not list(tmp_path.glob("*.tflite"))


def test_a_network_can_be_checked_before_training() -> None:
    check_network(torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU()), (8, 8, 1))
    with pytest.raises(UnsupportedOperator, match="PixelShuffle|DepthToSpace|Reshape"):
        check_network(torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.PixelShuffle(2)), (8, 8, 1))


def float_path(name: str) -> tuple[Path, tuple[int, ...]]:
    return converted_test_network(name)[1].tflite_float_path, NETWORKS[name][1]


def test_known_ranges_win_over_measured_ones_also_where_one_range_is_shared() -> None:
    path, shape = float_path("waveform")
    settings = {"report": discard, "cancel": CancelToken()}
    given = {"first.2": (-0.25, 0.5)}
    ranges = measure_ranges(path, 10 * noise(shape, 4), given=given, **settings)
    assert ranges["first.2"] == ranges["pool"] == (-0.25, 0.5)
    assert ranges["second"][1] > 0.5


def test_percentile_ignores_a_lone_spike() -> None:
    path, shape = float_path("hard-swish")
    inputs = noise(shape, 40)
    inputs[3, 0, 0, 0] = 500.0
    settings = {"report": discard, "cancel": CancelToken()}
    plain = measure_ranges(path, inputs, method="minmax", **settings)
    cut = measure_ranges(path, inputs, method="percentile", **settings)
    assert plain["input"][1] == 500.0
    assert cut["input"][1] < 10.0
    assert all(low <= 0.0 <= high and low < high for low, high in (*plain.values(), *cut.values()))


@pytest.mark.parametrize(
    ("inputs", "method", "kind"),
    [
        (np.zeros((0, 24, 24, 3), np.float32), "minmax", UsageError),
        (np.zeros((2, 24, 24, 3), np.float32), "entropy", UsageError),
        (np.full((2, 24, 24, 3), np.nan, np.float32), "minmax", ConversionFailed),
    ],
)
def test_calibration_that_cannot_be(inputs: np.ndarray, method: str, kind: type) -> None:
    path, _ = float_path("hard-swish")
    with pytest.raises(kind):
        measure_ranges(path, inputs, method=method, report=discard, cancel=CancelToken())


@pytest.mark.parametrize("name", ["ds-cnn", "inverted-residual", "squeeze-excite"])
def test_two_layers_in_the_middle_with_16_bits(name: str, tmp_path: Path) -> None:
    _, converted = converted_test_network(name)
    first, second = weighted_layers(TfliteModel.read(converted.tflite_float_path))[1:3]
    path = tmp_path / "mixed.tflite"
    convert_int8(converted.tflite_float_path, path, converted.ranges, int16_layers=[first, second])
    model = TfliteModel.read(path)
    types = {model.name(t): model.dtype(t) for t in model.activations()}
    assert types[first] == types[second] == "int16"
    assert {types[name] for name in (*converted.inputs, *converted.outputs)} == {"int8"}
    _, shape = NETWORKS[name]
    samples = noise(shape, 40, seed=2)
    wanted = MicroReference(converted.tflite_float_path)
    answers = wanted.run_all(wanted.quantize_input(samples))

    def error(quantised: Path) -> float:
        reference = MicroReference(quantised)
        return float(np.square(reference.run_all(reference.quantize_input(samples)) - answers).mean())

    assert error(path) < 1.5 * error(converted.tflite_int8_path)
