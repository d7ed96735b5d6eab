"""How outputs of a board are compared with the reference's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.board_run import OutputComparison, noise_inputs, relative_errors
from engine.micro_reference import MicroReference
from tests.helpers.tflite_builder import TfliteBuilder


def reference_of(dtype: str, folder: Path) -> MicroReference:
    """A network with one output of three numbers."""
    builder = TfliteBuilder()
    quantization = {"scale": 0.5, "zero_point": 0} if dtype == "int8" else {}
    source = builder.tensor((1, 3), dtype, **quantization)
    output = builder.tensor((3,), dtype, **quantization)
    shape = builder.tensor((1,), "int32", data=np.array([3]))
    builder.operator("RESHAPE", [source, shape], [output])
    builder.inputs.append(source)
    builder.outputs.append(output)
    path = folder / "model.tflite"
    path.write_bytes(builder.content())
    return MicroReference(path)


def test_integers_count_byte_for_byte(tmp_path: Path) -> None:
    comparison = OutputComparison(reference_of("int8", tmp_path))
    comparison.add(bytes([1, 2, 3]), bytes([1, 2, 3]))
    comparison.add(bytes([1, 2, 3]), bytes([1, 9, 4]))
    assert comparison.mismatched_bytes == 2
    assert comparison.worst_relative_error is None


def test_an_output_of_another_length_mismatches_as_a_whole(tmp_path: Path) -> None:
    comparison = OutputComparison(reference_of("int8", tmp_path))
    comparison.add(bytes([1, 2]), bytes([1, 2, 3]))
    assert comparison.mismatched_bytes == 3


@pytest.mark.parametrize(("factor", "mismatched_bytes"), [(1 + 4e-6, 0), (1 + 4e-5, 4)])
def test_floats_may_differ_by_the_tolerance(
    factor: float, mismatched_bytes: int, tmp_path: Path
) -> None:
    comparison = OutputComparison(reference_of("float32", tmp_path))
    wanted = np.array([0.001, -2.0, 1.0], np.float32)
    got = wanted * np.array([1.001, factor, 1], np.float32)
    comparison.add(got.tobytes(), wanted.tobytes())
    assert comparison.mismatched_bytes == mismatched_bytes
    assert comparison.worst_relative_error == pytest.approx(factor - 1, rel=0.05)


def test_what_is_no_number_matches_only_itself() -> None:
    wanted = np.array([np.nan, np.inf, 1.0, 2.0], np.float32)
    got = np.array([np.nan, np.inf, np.nan, np.inf], np.float32)
    assert relative_errors(got, wanted).tolist() == [0, 0, np.inf, np.inf]


def test_noise_suits_the_types_of_the_inputs() -> None:
    noise = noise_inputs([("int8", 500), ("float32", 7)], 3)
    assert noise.shape == (3, 528)
    assert (noise[:, :500].min(), noise[:, :500].max()) == (-128, 127)
    floats = np.ascontiguousarray(noise[:, 500:]).view(np.float32)
    assert np.abs(floats).max() < 10
    assert np.unique(floats).size == 21
