"""A right conversion passes; each way of breaking one is caught at the right pair and layer."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch

import engine.verify.network
from engine.convert.chain import ConvertedNetwork
from engine.errors import BadInputFile, Cancelled, UnsupportedOperator
from engine.events import CancelToken, Event, LogLine, StageProgress, discard
from engine.summaries import VerifySummary
from engine.tflite_model import TfliteModel
from engine.verify import verify_converted, verify_tflite
from engine.verify.quantised_forms import MicroForm
from engine.verify.simulation import SimulationForm
from tests.helpers.conversions import converted_test_network, noise
from tests.helpers.networks import NETWORKS
from tests.helpers.shared_data import shared_data

FORMS = [
    "PyTorch",
    "ONNX Runtime",
    "TensorFlow",
    "TFLite float",
    "QAT simulation",
    "TFLite INT8 reference",
    "TFLite Micro",
]


def verify(module: torch.nn.Module, converted: ConvertedNetwork, count: int = 3) -> VerifySummary:
    shape = tuple(converted.layers[0].shape)
    inputs = np.moveaxis(noise(shape[1:], count), 1, -1)
    return verify_converted(module, converted, inputs, report=discard, cancel=CancelToken())


@pytest.mark.parametrize("name", NETWORKS)
def test_right_conversions_pass(name: str) -> None:
    module, converted = converted_test_network(name)
    summary = verify(module, converted)
    assert summary.passed, summary.first_guilty
    assert summary.first_guilty == ""
    pairs = list(dict.fromkeys((row.from_form, row.to_form) for row in summary.rows))
    assert pairs == list(zip(FORMS, FORMS[1:], strict=False))
    last = [row for row in summary.rows if row.to_form == "TFLite Micro"]
    model = TfliteModel.read(converted.tflite_int8_path)
    assert [row.layer for row in last] == [model.name(int(o.outputs[0])) for _, o in model.operators()]
    noise_decibels = [r.signal_to_noise_db for r in summary.rows if r.to_form == "QAT simulation"]
    assert all(value is None or 20 < value < 60 for value in noise_decibels)  # 8 bits cost
    assert any(noise_decibels)
    # what is promised (docs/command-line.md), whatever the code calls its limit
    promised = {"relative": 1e-5, "quanta": 1.0}
    assert all(row.limit <= promised[row.unit] for row in summary.rows)
    for form in ("ONNX Runtime", "TFLite float"):
        errors = [row.isolated_error for row in summary.rows if row.to_form == form]
        assert any(0 < error < 1e-5 for error in errors)  # really computed twice, not copied


@pytest.fixture(scope="module")
def waveform() -> tuple[torch.nn.Module, ConvertedNetwork]:
    return converted_test_network("waveform")


@pytest.fixture
def copied(
    waveform: tuple[torch.nn.Module, ConvertedNetwork], tmp_path: Path
) -> tuple[torch.nn.Module, ConvertedNetwork]:
    module, converted = waveform
    shutil.copytree(converted.folder, tmp_path / "copy")
    return module, ConvertedNetwork.in_folder(tmp_path / "copy")


def guilty(summary: VerifySummary) -> tuple[str, str, str]:
    assert not summary.passed
    first = next(row for row in summary.rows if not row.passed)
    assert first.layer in summary.first_guilty
    assert first.from_form in summary.first_guilty
    return first.from_form, first.to_form, first.layer


def test_changed_weights_in_the_onnx_file_are_named(
    copied: tuple[torch.nn.Module, ConvertedNetwork],
) -> None:
    module, converted = copied
    model = onnx.load(converted.onnx_path)
    for initializer in model.graph.initializer:
        if initializer.name == "second.weight":
            values = onnx.numpy_helper.to_array(initializer) * np.float32(1.001)
            initializer.CopyFrom(onnx.numpy_helper.from_array(values, initializer.name))
    onnx.save_model(model, converted.onnx_path)
    summary = verify(module, converted)
    assert guilty(summary) == ("PyTorch", "ONNX Runtime", "second")
    assert summary.likely_cause.startswith("Scale: all its elements are 1.001 times")


def tensor_of(model: TfliteModel, name: str) -> int:
    return next(t for t in range(len(model.tensors)) if model.name(t) == name)


def test_changed_weights_in_the_float_tflite_are_named(
    copied: tuple[torch.nn.Module, ConvertedNetwork],
) -> None:
    module, converted = copied
    model = TfliteModel.read(converted.tflite_float_path)
    bias = tensor_of(model, "depthwise.bias")
    model.set_constant(bias, -model.constant(bias))
    converted.tflite_float_path.write_bytes(model.to_bytes())
    summary = verify(module, converted)
    assert guilty(summary) == ("TensorFlow", "TFLite float", "relu")
    assert summary.likely_cause.startswith("Bias")


def test_zero_point_off_by_one_is_named(copied: tuple[torch.nn.Module, ConvertedNetwork]) -> None:
    module, converted = copied
    model = TfliteModel.read(converted.tflite_int8_path)
    quantization = model.tensors[tensor_of(model, "second")].quantization
    quantization.zeroPoint = np.array([quantization.zeroPoint[0] + 1])
    converted.tflite_int8_path.write_bytes(model.to_bytes())
    summary = verify(module, converted)
    assert guilty(summary) == ("TFLite float", "QAT simulation", "second")
    point = quantization.zeroPoint[0]
    assert summary.likely_cause == f"Zero point: it is {point} and should be {point - 1}."


def test_range_that_is_too_narrow_is_named(copied: tuple[torch.nn.Module, ConvertedNetwork]) -> None:
    module, converted = copied
    model = TfliteModel.read(converted.tflite_int8_path)
    quantization = model.tensors[tensor_of(model, "second")].quantization
    quantization.scale = np.array([quantization.scale[0] * 0.8])
    converted.tflite_int8_path.write_bytes(model.to_bytes())
    summary = verify(module, converted)
    assert guilty(summary) == ("TFLite float", "QAT simulation", "second")
    assert summary.likely_cause == "Range clipped: the scale covers 80.0 % of the values' range."


def test_swapped_channels_in_quantised_weights_are_named(
    copied: tuple[torch.nn.Module, ConvertedNetwork],
) -> None:
    module, converted = copied
    model = TfliteModel.read(converted.tflite_int8_path)
    weights = tensor_of(model, "depthwise.weight")
    model.set_constant(weights, model.constant(weights)[..., ::-1])
    converted.tflite_int8_path.write_bytes(model.to_bytes())
    summary = verify(module, converted)
    assert guilty(summary) == ("TFLite float", "QAT simulation", "relu")
    assert "Its weights are others. Swapped channels: 8 of 8" in summary.likely_cause


def test_wrong_micro_kernel_is_named(
    copied: tuple[torch.nn.Module, ConvertedNetwork], monkeypatch: pytest.MonkeyPatch
) -> None:
    class WrongMicro(MicroForm):
        """Rounds one bias another way."""

        def __init__(self, model: TfliteModel) -> None:
            other = TfliteModel(model.to_bytes())
            bias = tensor_of(other, "second.bias")
            other.set_constant(bias, other.constant(bias) + 200)
            super().__init__(other)

    monkeypatch.setattr(engine.verify.network, "MicroForm", WrongMicro)
    summary = verify(*copied)
    assert guilty(summary) == ("TFLite INT8 reference", "TFLite Micro", "second")
    assert summary.likely_cause.startswith(("Zero point or offset", "Bias", "Rounding"))


def test_accuracy_of_every_form(waveform: tuple[torch.nn.Module, ConvertedNetwork]) -> None:
    module, converted = waveform
    inputs = noise((64, 3), 12)
    with torch.no_grad():
        labels = module(torch.from_numpy(np.moveaxis(inputs, -1, 1).copy())).argmax(1).numpy()
    labels[0] = (labels[0] + 1) % 5
    labelled = SimpleNamespace(inputs=inputs, labels=labels)
    events: list[Event] = []
    summary = verify_converted(
        module, converted, inputs[:1], labelled=labelled, report=events.append, cancel=CancelToken()
    )
    assert list(summary.accuracies) == FORMS
    assert [summary.accuracies[form] for form in FORMS[:4]] == [11 / 12] * 4
    assert summary.accuracies["TFLite Micro"] >= 9 / 12
    progress = [event for event in events if isinstance(event, StageProgress)]
    assert (progress[-1].done, progress[-1].total) == (13, 13)


def test_without_a_simulation_the_float_form_is_compared_with_the_kernels(
    waveform: tuple[torch.nn.Module, ConvertedNetwork], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimulationForm, "supports", lambda model: False)
    summary = verify(*waveform)
    assert summary.passed, summary.first_guilty
    pairs = list(dict.fromkeys((row.from_form, row.to_form) for row in summary.rows))
    assert pairs[3:] == [("TFLite float", "TFLite INT8 reference"), tuple(FORMS[-2:])]
    errors = [row.isolated_error for row in summary.rows if row.to_form == "TFLite INT8 reference"]
    assert max(errors) <= 1.0


def test_cancel_between_inputs(waveform: tuple[torch.nn.Module, ConvertedNetwork]) -> None:
    module, converted = waveform
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        verify_converted(
            module, converted, noise((64, 3), 50), report=lambda event: cancel.cancel(), cancel=cancel
        )


def test_finished_network(waveform: tuple[torch.nn.Module, ConvertedNetwork]) -> None:
    summary = verify_tflite(waveform[1].tflite_int8_path, report=discard, cancel=CancelToken())
    assert summary.passed
    assert {(row.from_form, row.to_form) for row in summary.rows} == {tuple(FORMS[-2:])}
    assert {row.limit for row in summary.rows if row.layer != "dense"} == {0.0}


@pytest.mark.parametrize(
    "name",
    [
        "mlperf_kws_int8",
        "mlperf_ic_int8",
        "mlperf_vww_int8",
        "mlperf_ad_int8",
        "mww_v2_vad",
        "tflm_mnist_lstm_int8",
    ],
)
def test_finished_networks_by_others(name: str) -> None:
    path = shared_data("models", "tflite", f"{name}.tflite")
    summary = verify_tflite(path, report=discard, cancel=CancelToken())
    assert summary.passed, summary.first_guilty
    assert summary.rows


@pytest.mark.parametrize("name", ["tflm_person_detect_int8", "tflm_keyword_scrambled_8bit"])
def test_micro_alone_where_litert_cannot(name: str) -> None:
    path = shared_data("models", "tflite", f"{name}.tflite")
    events: list[Event] = []
    summary = verify_tflite(path, report=events.append, cancel=CancelToken())
    assert summary.passed, summary.first_guilty
    assert {row.from_form for row in summary.rows} == {"quantised arithmetic"}
    assert any(isinstance(event, LogLine) and "LiteRT" in event.text for event in events)


def test_whole_numbers_before_a_float_output_are_compared_in_quanta() -> None:
    path = shared_data("models", "tflite", "mltk_tflite_micro_magic_wand.tflite")
    summary = verify_tflite(path, report=discard, cancel=CancelToken())
    assert summary.passed, summary.first_guilty
    *layers, last = summary.rows
    assert {row.unit for row in layers} == {"quanta"}
    assert (last.unit, last.limit) == ("relative", 1e-5)


def test_hybrid_network_is_refused_with_the_reason() -> None:
    path = shared_data("models", "tflite", "mlperf_kws_float.tflite")
    with pytest.raises(UnsupportedOperator, match="Hybrid"):
        verify_tflite(path, report=discard, cancel=CancelToken())


def test_not_a_network(tmp_path: Path) -> None:
    path = tmp_path / "pointer.tflite"
    path.write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(BadInputFile):
        verify_tflite(path, report=discard, cancel=CancelToken())
