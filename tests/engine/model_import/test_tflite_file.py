"""Reading `.tflite` files: what is read, and what is refused in words."""

from __future__ import annotations

import random
import struct
import subprocess
import sys

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from engine.errors import BadInputFile
from engine.model_import.describe import describe
from engine.model_import.tflite_file import c_identifier, read_tflite
from tests.helpers.shared_data import shared_data
from tests.helpers.tflite_builder import TfliteBuilder


def small_model() -> TfliteBuilder:
    """A fully connected layer of 3 inputs and 2 outputs."""
    builder = TfliteBuilder()
    source = builder.tensor((1, 3), scale=0.5, zero_point=3, name="audio")
    weights = builder.tensor((2, 3), scale=0.25, data=np.array([[1, 2, 3], [4, 5, 6]]))
    bias = builder.tensor((2,), "int32", scale=0.125, data=np.array([7, 8]))
    output = builder.tensor((1, 2), scale=1.0, zero_point=-1, name="scores/MatMul;scores/BiasAdd")
    builder.operator(
        "FULLY_CONNECTED", [source, weights, bias], [output], "FullyConnectedOptions",
        fusedActivationFunction=schema.ActivationFunctionType.RELU6,
    )  # fmt: skip
    builder.inputs, builder.outputs = [source], [output]
    return builder


def read(tmp_path, content: bytes):
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    return read_tflite(path)


def test_a_small_model_is_read_whole(tmp_path):
    graph = read(tmp_path, small_model().content())
    (operator,) = graph.operators
    assert operator.kind == "FULLY_CONNECTED"
    assert operator.options["fused_activation_function"] == "RELU6"
    source, weights, _ = graph.operands(operator)
    assert (source.name, source.shape, source.dtype) == ("audio", (1, 3), "int8")
    assert (source.quantization.scale, source.quantization.zero_point) == (0.5, 3)
    np.testing.assert_array_equal(weights.data, [[1, 2, 3], [4, 5, 6]])
    assert graph.layer_name(operator) == "scores/MatMul"
    assert graph.macs(operator) == 6
    assert len(graph.model_hash) == 16


def test_description(tmp_path):
    graph = read(tmp_path, small_model().content())
    summary = describe(graph, tmp_path / "model.tflite", unsupported={0: "too new"})
    assert (summary.format, summary.parameters, summary.macs) == ("tflite-int8", 8, 6)
    assert (summary.layers[0].support, summary.layers[0].reason) == ("unsupported", "too new")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KWS model-v2", "kws_model_v2"),
        ("2fast", "model_2fast"),
        ("int", "model_int"),
        ("ÄÖ", "model"),
        ("x" * 90, "x" * 32),
    ],
)
def test_any_text_becomes_a_c_name(text, name):
    assert c_identifier(text) == name


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadInputFile, match="There is no file"):
        read_tflite(tmp_path / "absent.tflite")


def test_a_folder(tmp_path):
    with pytest.raises(BadInputFile, match="is a folder"):
        read_tflite(tmp_path)


def test_a_git_lfs_pointer(tmp_path):
    content = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n"
    with pytest.raises(BadInputFile, match="Git LFS pointer") as caught:
        read(tmp_path, content)
    assert "git lfs pull" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\x89PNG\r\n\x1a\n" * 9, b"RIFF\x24\0\0\0WAVEfmt "])
def test_foreign_files(tmp_path, content):
    with pytest.raises(BadInputFile, match="not a TFLite model" if content else "is empty"):
        read(tmp_path, content)


def test_every_truncation_is_refused_or_read(tmp_path):
    content = small_model().content()
    for length in range(8, len(content), 7):
        try:
            read(tmp_path, content[:length])
        except BadInputFile as error:
            assert error.message  # noqa: PT017 - some cuts only lose padding


@pytest.mark.parametrize("scale", [0.0, float("nan"), float("inf"), -1.0])
def test_impossible_scales(tmp_path, scale):
    builder = small_model()
    builder.tensors[0].quantization.scale = np.array([scale], np.float32)
    with pytest.raises(BadInputFile, match="audio with a scale"):
        read(tmp_path, builder.content())


def test_a_constant_of_another_size(tmp_path):
    builder = small_model()
    builder.tensors[1].shape = [2, 4]
    with pytest.raises(BadInputFile, match="6 bytes for tensor t1, whose shape needs 8"):
        read(tmp_path, builder.content())


@pytest.mark.parametrize("shape", [[1 << 20, 1 << 20], [1 << 30, 1 << 30, 1 << 30], [-1, 3]])
def test_impossible_shapes(tmp_path, shape):
    builder = small_model()
    builder.tensors[0].shape = shape
    with pytest.raises(BadInputFile, match="audio"):
        read(tmp_path, builder.content())


@pytest.mark.parametrize("index", [4, -2, 2**31 - 1])
def test_a_tensor_index_out_of_range(tmp_path, index):
    builder = small_model()
    builder.operators[0].inputs = [index, 1, 2]
    with pytest.raises(BadInputFile, match="refers to tensor"):
        read(tmp_path, builder.content())


def test_a_cycle(tmp_path):
    builder = small_model()
    late = builder.tensor((1, 3), scale=0.5)
    builder.operators[0].inputs = [late, 1, 2]
    builder.operator("RELU", [3], [late])
    with pytest.raises(BadInputFile, match="before any operator has made it"):
        read(tmp_path, builder.content())


def test_a_tensor_made_twice(tmp_path):
    builder = small_model()
    builder.operator("RELU", [0], [3])
    with pytest.raises(BadInputFile, match="twice"):
        read(tmp_path, builder.content())


def test_an_output_that_is_never_made(tmp_path):
    builder = small_model()
    builder.outputs = [builder.tensor((1, 1))]
    with pytest.raises(BadInputFile, match="never makes it"):
        read(tmp_path, builder.content())


def test_custom_operators_are_read_and_named(tmp_path):
    builder = small_model()
    output = builder.tensor((1, 2))
    builder.operator("CUSTOM:MyFilter", [3], [output])
    builder.outputs = [output]
    assert read(tmp_path, builder.content()).operators[1].kind == "CUSTOM:MyFilter"


@pytest.mark.soak
def test_mutated_files_are_refused_in_words(tmp_path, soak):
    """Flipped bytes, changed words, cuts: never another exception than ours, never a hang."""
    contents = [small_model().content()]
    models = shared_data("models", "tflite")
    contents += [
        (models / name).read_bytes()
        for name in ("tflm_hello_world_int8.tflite", "mww_v2_vad.tflite", "tflm_mnist_lstm_int8.tflite")
    ]
    chance = random.Random(1)
    refused = 0
    for _ in range(10_000 if soak else 600):
        content = bytearray(chance.choice(contents))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(8, len(content) - 4)
            if chance.random() < 0.5:
                content[at] = chance.randrange(256)
            else:
                word = chance.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(content), 1 << 24])
                struct.pack_into("<I", content, at & ~3, word)
        if chance.random() < 0.1:
            del content[chance.randrange(8, len(content)) :]
        try:
            read(tmp_path, bytes(content))
        except BadInputFile:
            refused += 1
    assert refused > 50


def test_every_shared_model_is_read():
    for path in sorted(shared_data("models", "tflite").glob("*.tflite")):
        graph = read_tflite(path)
        assert graph.operators
        assert all(i in range(len(graph.tensors)) for i in (*graph.inputs, *graph.outputs))


def test_import_loads_neither_torch_nor_tensorflow():
    code = (
        "import sys; from pathlib import Path; from engine.model_import.tflite_file import read_tflite\n"
        "try: read_tflite(Path('absent'))\n"
        "except Exception: pass\n"
        "sys.exit(bool({'torch', 'tensorflow', 'ai_edge_litert.interpreter'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
