"""Kernels from their last position to their first, over inputs that lie before their outputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.firmware.kernel_choice import choose_kernels
from engine.graph import TensorGraph
from engine.plan import KernelChoice
from tests.helpers.host_model import HostModel
from tests.helpers.kernel_harness import run_on_core
from tests.kernels.dsp.independent_layers import IndependentLayers, trial_inputs

_NEVER_BYTES = 1 << 20

WINDOWS = [
    ("conv", {"input": [7, 6, 5], "output_channels": 5, "kernel": [3, 3], "stride": [1, 1]}),
    ("conv", {"input": [6, 7, 4], "output_channels": 11, "kernel": [1, 1], "stride": [1, 1]}),
    ("conv", {"input": [9, 8, 3], "output_channels": 7, "kernel": [3, 2], "stride": [2, 2]}),
    ("conv", {"input": [9, 9, 4], "output_channels": 4, "kernel": [2, 3], "stride": [1, 1],
              "dilation": [2, 3]}),
    ("depthwise", {"input": [7, 6, 6], "kernel": [3, 3], "stride": [1, 1]}),
    ("depthwise", {"input": [8, 9, 3], "kernel": [5, 1], "stride": [2, 3], "multiplier": 2}),
]  # fmt: skip
POSITIONS = [
    ("conv", {"input": [h, w, c], "output_channels": n, "kernel": [1, 1], "stride": [1, 1]})
    for h, w, c, n in ((5, 5, 8, 16), (4, 6, 3, 3), (3, 3, 7, 2), (1, 2, 5, 6))
]


def only_backwards(graph: TensorGraph, family: str) -> tuple[KernelChoice, ...]:
    """The choices, with outputs that overlap inputs from behind alone."""
    choices = choose_kernels(graph, family=family)
    assert all(choice.in_place_back_lead_bytes is not None for choice in choices)
    return tuple(replace(choice, in_place_lead_bytes=_NEVER_BYTES) for choice in choices)


def test_portable_windows(tmp_path: Path) -> None:
    for number, (kind, case) in enumerate(WINDOWS):
        for padding in ("SAME", "VALID"):
            layers = IndependentLayers(seed=number)
            layers.add(kind, {**case, "padding": padding, "zero_points": [5, -9]})
            folder = tmp_path / f"{number}-{padding}"
            folder.mkdir()
            graph = layers.read(folder)
            model = HostModel(graph, folder, choices=only_backwards(graph, "portable"))
            assert model.plan.backwards == {0}
            assert model.plan.arena_bytes == model.plan.arena_lower_bound_bytes
            (tensor,) = graph.inputs
            inputs = trial_inputs(graph)
            shape = graph.tensors[tensor].shape
            outputs = [model.run(row.view(np.int8).reshape(shape))[0].reshape(-1) for row in inputs]
            layers.assert_equal(graph, np.array(outputs).view(np.uint8), layers.expected(graph, inputs))


def test_positions_on_cortex_m0(tmp_path: Path) -> None:
    for number, (kind, case) in enumerate(POSITIONS):
        layers = IndependentLayers(seed=number)
        layers.add(kind, {**case, "padding": "SAME"})
        folder = tmp_path / str(number)
        folder.mkdir()
        graph = layers.read(folder)
        inputs = trial_inputs(graph)
        choices = only_backwards(graph, "thumb")
        run = run_on_core(graph, inputs, folder, core="cortex-m0plus", choices=choices)
        layers.assert_equal(graph, run.outputs, layers.expected(graph, inputs))
        assert run.plan.backwards == {0}
