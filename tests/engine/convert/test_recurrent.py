"""LSTM and GRU written out step by step, through the whole chain to the virtual board."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from engine.convert.chain import check_network
from engine.convert.recurrent import MAX_STEPS
from engine.convert.torch_to_onnx import export_onnx
from engine.errors import UnsupportedOperator
from engine.tflite_model import TfliteModel
from tests.helpers.networks import Recurrent
from tests.helpers.whole_chain import convert_and_verify, run_on_board, worst_by_pair

STEPS, FEATURES, UNITS = 5, 4, 8


def seeded(module: nn.Module) -> nn.Module:
    """Weights large enough for gates to open and close."""
    torch.manual_seed(0)
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -0.8, 0.8)
    return module.eval()


@pytest.mark.parametrize(
    ("kind", "read"), [(nn.LSTM, "last"), (nn.LSTM, "whole"), (nn.GRU, "last"), (nn.GRU, "state")]
)
def test_whole_chain(kind: type[nn.RNNBase], read: str, tmp_path: Path) -> None:
    module = seeded(Recurrent(kind(FEATURES, UNITS, batch_first=True), read, classes=3))
    done = convert_and_verify(module, (STEPS, FEATURES), tmp_path, classification=True)
    assert done.summary.passed, done.summary.first_guilty
    worst = worst_by_pair(done.summary.rows)
    assert max(e.get("relative", 0.0) for e in worst.values()) <= 1e-5
    assert max(e.get("quanta", 0.0) for e in worst.values()) <= 1.0
    assert worst[("TFLite Micro", "generated C on the host")] == {"quanta": 0.0}
    told = {row.layer for row in done.summary.rows if row.from_form == "PyTorch"}
    assert any(name.startswith("rnn.") for name in told)  # the layer itself, beside what follows
    run = run_on_board(done.converted.tflite_int8_path, done.samples)
    assert run.mismatched_bytes == 0
    assert run.layer_rows
    assert all(row.isolated_error == 0 for row in run.layer_rows)
    model = TfliteModel.read(done.converted.tflite_int8_path)
    kinds = [kind for kind, _ in model.operators()]
    assert "TRANSPOSE" not in kinds
    assert ("CONCATENATION" in kinds) == (read == "whole")
    weights = [int(o.inputs[1]) for k, o in model.operators() if k == "FULLY_CONNECTED"]
    assert len(set(weights)) == 2 + 2 + 1  # gates and candidate of input and state, and the head
    assert run.self_test == "passed"
    # One range for all steps: so they share constants and tables on the board.
    ranges = done.converted.ranges
    assert len({ranges[f"rnn.step{i}_of_{STEPS}.gates_sum"] for i in range(2, STEPS + 1)}) == 1


def test_every_inference_starts_from_a_state_of_zeros(tmp_path: Path) -> None:
    from engine.micro_reference import MicroReference

    module = seeded(Recurrent(nn.LSTM(FEATURES, UNITS, batch_first=True), "last", classes=3))
    done = convert_and_verify(module, (STEPS, FEATURES), tmp_path, classification=True)
    reference = MicroReference(done.converted.tflite_int8_path)
    assert len({reference.run_bytes(done.samples[0]) for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("kind", "layers", "bias", "steps"),
    [
        (nn.LSTM, 1, True, 1),
        (nn.LSTM, 2, True, 2),
        (nn.LSTM, 1, False, 12),
        (nn.GRU, 1, True, 1),
        (nn.GRU, 1, False, 2),
        (nn.GRU, 2, True, 12),
    ],
)
def test_onnx_runtime_computes_what_torch_does(
    kind: type[nn.RNNBase], layers: int, bias: bool, steps: int, tmp_path: Path
) -> None:
    layer = kind(FEATURES, UNITS, num_layers=layers, bias=bias, batch_first=True)
    module = seeded(Recurrent(layer, "whole", classes=3))
    model = export_onnx(module, [(FEATURES, steps)], tmp_path / "network.onnx")
    assert not {"LSTM", "GRU"} & {node.op_type for node in model.graph.node}
    x = torch.randn(1, FEATURES, steps)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    got = session.run(None, {"input": x.numpy()})[0]
    with torch.no_grad():
        wanted = module(x).numpy()
    assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()


def test_weights_too_large_for_the_exporter_to_reorder(tmp_path: Path) -> None:
    """PyTorch leaves the reordering of their gates to nodes of their own."""
    module = seeded(Recurrent(nn.LSTM(FEATURES, 64, batch_first=True), "last", classes=3))
    model = export_onnx(module, [(FEATURES, 2)], tmp_path / "network.onnx")
    x = torch.randn(1, FEATURES, 2)
    got = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"input": x.numpy()})[0]
    with torch.no_grad():
        np.testing.assert_allclose(got, module(x), atol=1e-5)


class StatesAndCell(nn.Module):
    """Everything that a recurrent layer returns, and steps in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(UNITS, UNITS, batch_first=True)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        whole, (state, cell) = self.rnn(x.transpose(1, 2))
        return whole[:, 2], whole[:, 1:3].mean(1), whole.transpose(1, 2)[:, 3], state[0], cell[0]


def test_what_is_read_of_a_sequence(tmp_path: Path) -> None:
    """As many steps as units: a step must not be taken for a unit."""
    module = seeded(StatesAndCell())
    model = export_onnx(module, [(UNITS, UNITS)], tmp_path / "network.onnx")
    x = torch.randn(1, UNITS, UNITS)
    got = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"input": x.numpy()})
    with torch.no_grad():
        wanted = module(x)
    for ours, theirs in zip(got, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


class CalledTwice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(FEATURES, FEATURES, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.rnn(x.transpose(1, 2))[0])[0].mean(1)


def test_a_layer_called_twice_keeps_its_weights_once(tmp_path: Path) -> None:
    module = seeded(CalledTwice())
    model = export_onnx(module, [(FEATURES, 3)], tmp_path / "network.onnx")
    names = [initializer.name for initializer in model.graph.initializer]
    assert names.count("rnn.gates_state.weight") == 1
    x = torch.randn(1, FEATURES, 3)
    got = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"input": x.numpy()})[0]
    with torch.no_grad():
        np.testing.assert_allclose(got, module(x), atol=1e-6)


def test_names_come_from_the_module(tmp_path: Path) -> None:
    module = seeded(Recurrent(nn.GRU(FEATURES, UNITS, batch_first=True), "last", classes=3))
    model = export_onnx(module, [(FEATURES, 3)], tmp_path / "network.onnx")
    names = {node.output[0] for node in model.graph.node}
    steps = {"rnn.step1_of_3.state", "rnn.step3_of_3.reset_gate", "rnn.step3_of_3.state"}
    assert {"rnn.gates_input", *steps} <= names
    onnx.checker.check_model(model, full_check=True)


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (nn.LSTM(FEATURES, UNITS, batch_first=True, bidirectional=True), "both directions"),
        (nn.GRU(FEATURES, UNITS, batch_first=True, bidirectional=True), "both directions"),
        (nn.LSTM(FEATURES, 2 * UNITS, batch_first=True, proj_size=UNITS), "projects its state"),
        (nn.RNN(FEATURES, UNITS, batch_first=True), "only LSTM and GRU"),
    ],
)
def test_what_has_no_form_is_refused_before_export(layer: nn.RNNBase, why: str) -> None:
    with pytest.raises(UnsupportedOperator, match=f"torch module rnn .*{why}") as caught:
        check_network(nn.ModuleDict({"rnn": layer}), (STEPS, FEATURES))
    assert caught.value.facts["module"] == "rnn"
    assert "bidirectional=False" in caught.value.hint


def test_long_sequences_are_refused_by_path() -> None:
    module = Recurrent(nn.GRU(FEATURES, UNITS, batch_first=True), "last", classes=3)
    with pytest.raises(UnsupportedOperator, match=rf"layer rnn .*{MAX_STEPS + 1} steps; shorten it"):
        check_network(module.eval(), (MAX_STEPS + 1, FEATURES))


class GivenState(nn.Module):
    """Starts from a state that the network computes."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(FEATURES, UNITS, batch_first=True)
        self.first = nn.Linear(FEATURES, UNITS)

    def forward(self, x: Tensor) -> Tensor:
        x = x.transpose(1, 2)
        return self.rnn(x, self.first(x[:, 0])[None])[1][0]


def test_a_computed_first_state_is_refused() -> None:
    with pytest.raises(UnsupportedOperator, match="rnn.* first state"):
        check_network(GivenState().eval(), (STEPS, FEATURES))


def test_a_forgotten_batch_first_is_told() -> None:
    module = Recurrent(nn.LSTM(FEATURES, UNITS), "whole", classes=3)
    with pytest.raises(UnsupportedOperator, match="batch of 5; is batch_first missing"):
        check_network(module.eval(), (STEPS, FEATURES))
