"""TFLite Micro on this computer, and the comparison of generated C with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.graph import TensorGraph
from engine.model_import.tflite_file import read_tflite
from tests.helpers.host_model import HostModel


class MicroModel:
    """A model in TFLite Micro's own interpreter."""

    def __init__(self, content: bytes) -> None:
        runtime = pytest.importorskip("tflite_micro", reason="TFLite Micro is for Linux only").runtime
        self._interpreter = runtime.Interpreter.from_bytes(content)

    def run(self, *inputs: np.ndarray, outputs: int = 1) -> list[np.ndarray]:
        """Outputs for one set of inputs."""
        for i, values in enumerate(inputs):
            self._interpreter.set_input(values, i)
        self._interpreter.invoke()
        return [np.array(self._interpreter.get_output(i)) for i in range(outputs)]


def noise(graph: TensorGraph, seed: int) -> list[np.ndarray]:
    """Seeded inputs over the whole range of each integer type; floats are normal."""
    chance = np.random.default_rng(seed)
    values = []
    for index in graph.inputs:
        tensor = graph.tensors[index]
        if tensor.dtype == "float32":
            values.append(chance.normal(0, 1, tensor.shape).astype(np.float32))
        else:
            limits = np.iinfo(tensor.dtype)
            # extremes often: saturation and rounding hide there
            drawn = chance.integers(limits.min, limits.max + 1, tensor.shape)
            edge = chance.choice([limits.min, limits.max, 0], tensor.shape)
            values.append(np.where(chance.random(tensor.shape) < 0.2, edge, drawn).astype(tensor.dtype))
    return values


def assert_same_as_micro(
    content: bytes, folder: Path, *, runs: int = 3, family: str = "portable"
) -> None:
    """Generated C equals TFLite Micro: every byte of integers, 1e-5 of the largest value for floats."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.tflite"
    path.write_bytes(content)
    graph = read_tflite(path)
    ours, theirs = HostModel(graph, folder, family=family), MicroModel(content)
    for seed in range(runs):
        inputs = noise(graph, seed)
        got = ours.run(*inputs)
        wanted = theirs.run(*inputs, outputs=len(got))
        for mine, reference in zip(got, wanted, strict=True):
            if mine.dtype == np.float32:
                largest = max(float(np.abs(reference).max()), 1e-30)
                assert np.abs(mine - reference).max() <= 1e-5 * largest
            else:
                np.testing.assert_array_equal(mine, reference.reshape(mine.shape))
