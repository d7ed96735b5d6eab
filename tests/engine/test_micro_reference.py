"""TFLite Micro as the reference: bytes in, bytes out, and every layer between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import BadInputFile, UnsupportedOperator
from engine.events import CancelToken
from engine.micro_reference import MicroReference, quantize
from engine.tflite_model import TfliteModel
from engine.verify import compare_outputs, run_tflite_micro
from tests.helpers.conversions import converted_test_network, noise
from tests.helpers.tflite_builder import TfliteBuilder


def test_bytes_arrays_and_batches_agree() -> None:
    path = converted_test_network("waveform")[1].tflite_int8_path
    reference = MicroReference(path)
    quanta = reference.quantize_input(noise((64, 3), 5))
    assert (reference.input_bytes, reference.output_bytes) == (192, 5)
    assert quanta.dtype == np.int8
    single = [reference.run_bytes(sample.tobytes()) for sample in quanta]
    together = run_tflite_micro(path, quanta)
    assert together.tobytes() == b"".join(single)
    values = reference.run_all(quanta, cancel=CancelToken())
    np.testing.assert_allclose(values, (together + 128.0) / 256, atol=1e-7)
    np.testing.assert_allclose(values.sum(1), 1.0, atol=0.02)


def test_two_outputs_come_one_behind_the_other() -> None:
    reference = MicroReference(converted_test_network("two-heads")[1].tflite_int8_path)
    assert reference.output_bytes == 6
    first, second = reference.run(reference.quantize_input(noise((16, 16, 3), 1)))
    assert first.shape == (1, 4)
    assert second.shape == (1, 2)
    assert len(reference.output_values(first.tobytes() + second.tobytes())) == 6


def test_layers_can_be_read_after_a_run() -> None:
    path = converted_test_network("waveform")[1].tflite_int8_path
    model = TfliteModel.read(path)
    reference = MicroReference(path, layers=True)
    output = reference.run(reference.quantize_input(noise((64, 3), 1)))[0]
    np.testing.assert_array_equal(reference.tensor(int(model.graph.outputs[0])), output)
    pooled, source = (
        next(t for t in model.activations() if model.name(t) == name) for name in ("pool", "first.2")
    )
    before = reference.tensor(source)
    np.testing.assert_array_equal(
        reference.tensor(pooled), np.maximum(before[:, :, ::2], before[:, :, 1::2])
    )


def test_external_buffers_are_taken_inside(tmp_path: Path) -> None:
    """TFLite Micro would read garbage from them without a word."""
    right = converted_test_network("waveform")[1].tflite_int8_path
    path = tmp_path / "external.tflite"
    path.write_bytes(with_external_buffers(right.read_bytes()))
    assert TfliteModel.read(path).external_buffers > 0
    quanta = MicroReference(right).quantize_input(noise((64, 3), 3))
    np.testing.assert_array_equal(run_tflite_micro(path, quanta), run_tflite_micro(right, quanta))


def with_external_buffers(data: bytes) -> bytes:
    """The same network with its constants behind the flatbuffer."""
    model = TfliteModel(data)
    contents = {}
    for number, buffer in enumerate(model.model.buffers):
        if buffer.data is not None and len(buffer.data) > 64:
            contents[number] = np.asarray(buffer.data, np.uint8).tobytes()
            buffer.data, buffer.offset, buffer.size = None, 2, len(contents[number])
    start = (len(model.to_bytes()) + 4096) // 16 * 16
    behind = b""
    for number, content in contents.items():
        model.model.buffers[number].offset = start + len(behind)
        behind += content + bytes(-len(content) % 16)
    head = model.to_bytes()
    return head + bytes(start - len(head)) + behind


def test_halves_round_away_from_zero() -> None:
    values = np.array([0.25, -0.25, 0.75, 1000.0, -1000.0, 0.2], np.float32)
    np.testing.assert_array_equal(
        quantize(values, 0.5, 3, np.dtype(np.int8)), np.array([4, 2, 5, 127, -128, 3], np.int8)
    )


@pytest.mark.parametrize("cut", [0, 6, 200, 2000])
def test_truncated_files_are_refused(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "short.tflite"
    path.write_bytes(converted_test_network("waveform")[1].tflite_int8_path.read_bytes()[:cut])
    with pytest.raises(BadInputFile):
        MicroReference(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputFile, match=r"absent\.tflite"):
        MicroReference(tmp_path / "absent.tflite")


def test_comparing_outputs_of_two_forms() -> None:
    quanta = np.array([[1, 2], [3, 4]], np.int8)
    row = compare_outputs("TFLite Micro", "generated C", "softmax", quanta, quanta.ravel(), limit=0)
    assert (row.passed, row.isolated_error, row.unit) == (True, 0.0, "quanta")
    row = compare_outputs("TFLite Micro", "generated C", "softmax", quanta, quanta - 1, limit=0)
    assert (row.passed, row.isolated_error) == (False, 1.0)
    row = compare_outputs(
        "a", "b", "x", np.array([0.0, 4.0]), np.array([1.0, 4.0]), limit=0.1, unit="relative"
    )
    assert (row.passed, row.isolated_error) == (False, 0.25)
    assert not compare_outputs("a", "b", "x", quanta, quanta[0], limit=9).passed
    nothing = np.array([np.nan, 1.0])
    assert not compare_outputs("a", "b", "x", nothing, nothing, limit=9, unit="relative").passed


@pytest.mark.parametrize(("scale", "refused"), [(1e-9, True), (1.4e-8, True), (1.6e-8, False)])
def test_a_softmax_that_would_abort_the_process_is_refused_in_words(scale: float, refused: bool) -> None:
    builder = TfliteBuilder()
    logits = builder.tensor((1, 4), scale=scale, name="logits")
    shares = builder.tensor((1, 4), scale=1 / 256, zero_point=-128)
    builder.operator("SOFTMAX", [logits], [shares], "SoftmaxOptions", beta=1.0)
    builder.inputs, builder.outputs = [logits], [shares]
    content = builder.content()
    if refused:
        with pytest.raises(UnsupportedOperator, match="logits"):
            MicroReference.of_model(TfliteModel(content), content)
    else:
        (answer,) = MicroReference.of_model(TfliteModel(content), content).run(np.zeros(4, np.int8))
        assert answer.ravel().tolist() == [-64] * 4
