"""Batch normalisation that a file has merged comes back for training and changes no answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.model_import.norms import with_norms
from engine.model_import.stored_module import ModulePlan, Node, StoredModule


def conv(name: str, source: str, inputs: int, outputs: int) -> Node:
    settings = {"in_channels": inputs, "out_channels": outputs, "kernel_size": [3, 3], "padding": [1, 1]}
    return Node(name, "conv2d", [source], settings)


def network(*, with_norm: bool = False) -> StoredModule:
    """Two convolutions joined by a shortcut, then a dense layer."""
    nodes = [
        conv("first", "x", 3, 8),
        *([Node("first.norm", "batch_norm2d", ["first"], {"num_features": 8})] if with_norm else []),
        Node("active", "relu", ["first.norm" if with_norm else "first"]),
        conv("second", "active", 8, 8),
        *([Node("second.norm", "batch_norm2d", ["second"], {"num_features": 8})] if with_norm else []),
        Node("sum", "add", ["second.norm" if with_norm else "second", "active"]),
        Node("flat", "flatten", ["sum"]),
        Node("dense", "linear", ["flat"], {"in_features": 8 * 36, "out_features": 4}),
    ]
    torch.manual_seed(0)
    return StoredModule(ModulePlan({"x": [3, 6, 6]}, nodes, ["dense"])).eval()


@pytest.fixture
def inputs() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (40, 6, 6, 3)).astype(np.float32)


def outputs(module: StoredModule, inputs: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return module(torch.from_numpy(inputs).movedim(-1, 1)).numpy()


def test_answers_stay_and_training_sees_normalised_values(inputs):
    module = network()
    with torch.no_grad():
        module.get_submodule("second").weight[3] = 0.0  # a channel without any variance
    changed, note = with_norms(module, inputs)
    kinds = [node.kind for node in changed.plan.nodes]
    assert kinds.count("batch_norm2d") == 2
    assert "2 convolutions" in note
    assert [node.kind for node in module.plan.nodes].count("batch_norm2d") == 0
    before = outputs(module, inputs)
    np.testing.assert_allclose(outputs(changed, inputs), before, atol=2e-4 * np.abs(before).max())
    # with the statistics of the whole batch, training starts at the same function
    changed.train()
    np.testing.assert_allclose(outputs(changed, inputs), before, atol=2e-2 * np.abs(before).max())


def test_every_reader_of_a_convolution_reads_the_norm(inputs):
    module = network()
    module.plan.nodes[3].inputs = ["second", "second"]
    changed, _ = with_norms(StoredModule(module.plan).eval(), inputs)
    by_name = {node.name: node for node in changed.plan.nodes}
    assert by_name["sum"].inputs == ["second_norm", "second_norm"]
    assert by_name["second_norm"].inputs == ["second"]


def test_what_has_norms_is_left_alone(inputs):
    module = network(with_norm=True)
    assert with_norms(module, inputs) == (module, "")


def test_a_convolution_that_is_the_output_keeps_its_values(inputs):
    plan = ModulePlan({"x": [3, 6, 6]}, [conv("only", "x", 3, 4)], ["only"])
    module = StoredModule(plan).eval()
    assert with_norms(module, inputs) == (module, "")
