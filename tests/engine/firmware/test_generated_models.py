"""Generated C of other people's models, compiled for this computer, against TFLite Micro."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UnsupportedOperator, UsageError
from engine.firmware.kernel_choice import choose_kernels, supported_kinds, unsupported_layers
from engine.model_import.tflite_file import read_tflite
from tests.helpers.micro import assert_same_as_micro
from tests.helpers.shared_data import shared_data
from tests.helpers.tflite_builder import TfliteBuilder

MLPERF = [
    "mlperf_kws_int8",
    "mlperf_ic_int8",
    "mlperf_vww_int8",
    "mlperf_ad_int8",
    "tflm_person_detect_int8",
]
OTHERS = [
    "mlperf_sww_int8", "mlperf_ad_float", "mlperf_ic_float", "mlperf_vww_float",
    "mltk_autoencoder_example", "mltk_keyword_spotting_on_off", "mltk_rock_paper_scissors",
    "mltk_tflite_micro_magic_wand", "mww_v2_okay_nabu", "mww_v2_vad", "shawnhymel_fan_autoencoder_float",
    "tflm_hello_world_float", "tflm_hello_world_int8", "tflm_keyword_scrambled_8bit",
    "tflm_micro_speech_int8", "tflm_mnist_lstm_int8", "tinyengine_detection", "tinyengine_vww_mcunet",
]  # fmt: skip


@pytest.mark.parametrize("name", MLPERF)
def test_benchmark_models_are_exact_over_100_inputs(name, tmp_path):
    content = shared_data("models", "tflite", f"{name}.tflite").read_bytes()
    assert_same_as_micro(content, tmp_path, runs=100)


@pytest.mark.parametrize("name", OTHERS)
def test_other_models_are_exact(name, tmp_path):
    content = shared_data("models", "tflite", f"{name}.tflite").read_bytes()
    assert_same_as_micro(content, tmp_path, runs=5)


def test_hybrid_quantisation_is_refused_in_words():
    graph = read_tflite(shared_data("models", "tflite", "mlperf_kws_float.tflite"))
    with pytest.raises(
        UnsupportedOperator, match=r"Layer 0 .* CONV_2D with hybrid quantisation"
    ) as caught:
        choose_kernels(graph, family="portable")
    assert "int8" in caught.value.hint


def test_custom_operators_are_refused_by_name():
    graph = read_tflite(shared_data("models", "tflite", "tflm_audio_preprocessor_int8.tflite"))
    with pytest.raises(UnsupportedOperator, match=r"Layer 0 .* custom operator SignalWindow") as caught:
        choose_kernels(graph, family="dsp")
    assert "CONV_2D" in caught.value.hint
    reasons = unsupported_layers(graph)
    assert "custom operator" in reasons[0]
    assert 1 not in reasons  # its RESHAPE is fine


def test_unknown_family():
    graph = read_tflite(shared_data("models", "tflite", "tflm_hello_world_int8.tflite"))
    with pytest.raises(UsageError, match="no kernel family called fastest"):
        choose_kernels(graph, family="fastest")


def test_a_shape_that_lies_is_refused_before_any_code_exists(tmp_path):
    """A convolution whose output is declared larger than it is would write beyond its tensor."""
    builder = TfliteBuilder()
    source = builder.tensor((1, 4, 4, 1), scale=0.5)
    weights = builder.tensor((1, 3, 3, 1), scale=0.5, data=[1] * 9)
    output = builder.tensor((1, 9, 9, 1), scale=0.5)
    builder.operator(
        "CONV_2D", [source, weights], [output], "Conv2DOptions", strideH=1, strideW=1,
        dilationHFactor=1, dilationWFactor=1,
    )  # fmt: skip
    builder.inputs, builder.outputs = [source], [output]
    path = tmp_path / "model.tflite"
    path.write_bytes(builder.content())
    with pytest.raises(UnsupportedOperator, match="9 rows or columns, not 4"):
        choose_kernels(read_tflite(path), family="portable")


def test_names_from_the_file_cannot_leave_a_comment(tmp_path):
    builder = TfliteBuilder()
    source = builder.tensor((1, 4), scale=0.5, name="x */ #error x /*\n#error y")
    output = builder.tensor((1, 4), scale=0.5, name="y */ #error z \\\n")
    builder.operator("RELU", [source], [output])
    builder.inputs, builder.outputs = [source], [output]
    assert_same_as_micro(builder.content(), tmp_path)


def test_every_supported_kind_says_what_it_takes():
    from engine.firmware.portable import PORTABLE

    assert all(PORTABLE[kind].__doc__ for kind in supported_kinds())


def test_the_page_of_operators_is_up_to_date():
    from engine.firmware.operator_list import operators_markdown

    page = Path(__file__).resolve().parents[3] / "docs" / "operators.md"
    assert page.read_text("utf-8") == operators_markdown(), (
        "run: python -m engine.firmware.operator_list docs/operators.md"
    )
