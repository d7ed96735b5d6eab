"""LSTM and GRU from ONNX files of both PyTorch exporters; what cannot be imported is refused."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from engine.errors import UnsupportedOperator
from engine.model_import.describe_module import describe_module
from engine.model_import.imported_model import ImportedModel
from engine.model_import.onnx_file import read_onnx
from tests.helpers.importing import FLOAT_LIMIT, kinds, relative_error

BATCH_FIRST = {"batch_first": True}


class Sequence(nn.Module):
    """One recurrent layer over (1, steps, 5), read at its end in one of three ways."""

    def __init__(self, kind: type[nn.RNNBase], read: str, **settings: object) -> None:
        super().__init__()
        self.rnn = kind(5, 6, **{**BATCH_FIRST, **settings})
        self.head = nn.Linear(6, 3)
        self.read = read

    def forward(self, x: Tensor) -> Tensor:
        whole, state = self.rnn(x)
        if self.read == "state":
            state = state[0] if isinstance(state, tuple) else state
            return self.head(state[-1])
        if self.read == "last":
            return self.head(whole[:, -1])
        return self.head(whole).mean(1)


class StepsFirst(nn.Module):
    """Two layers over (steps, 1, 5), as torch has them without `batch_first`."""

    def __init__(self, kind: type[nn.RNNBase]) -> None:
        super().__init__()
        self.rnn = kind(5, 6, num_layers=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x)[0][-1]


class AfterConvolution(nn.Module):
    """A convolution over (1, 3, steps) in front."""

    def __init__(self, kind: type[nn.RNNBase]) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 5, 3, padding=1)
        self.rnn = kind(5, 6, **BATCH_FIRST)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(torch.relu(self.conv(x)).transpose(1, 2))[0].mean(1)


def exported(module: nn.Module, example: Tensor, folder: Path, *, dynamo: bool) -> Path:
    path = folder / "network.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            (example,),
            str(path),
            dynamo=dynamo,
            opset_version=20 if dynamo else 17,
            **({"verbose": False, "external_data": False} if dynamo else {}),
        )
    return path


@pytest.mark.parametrize("dynamo", [True, False], ids=["dynamo", "torchscript"])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("read", ["state", "last", "whole", "steps first", "convolution"])
def test_both_exporters(read: str, kind: type[nn.RNNBase], dynamo: bool, tmp_path: Path) -> None:
    torch.manual_seed(1)
    # What the imported network takes is (1, features, steps): the order of the file's axes there.
    if read == "steps first":
        module, example, order = StepsFirst(kind), torch.randn(7, 1, 5), (1, 2, 0)
    elif read == "convolution":
        module, example, order = AfterConvolution(kind), torch.randn(1, 3, 7), (0, 1, 2)
    else:
        module, example, order = Sequence(kind, read), torch.randn(1, 7, 5), (0, 2, 1)
    imported = read_onnx(exported(module, example, tmp_path, dynamo=dynamo))
    assert imported.input_shape == tuple(example.permute(order).shape[:0:-1])
    with torch.no_grad():
        got, wanted = imported.module(example.permute(order)), module(example)
    assert relative_error(got.numpy(), wanted.numpy()) < FLOAT_LIMIT
    imported.save(tmp_path)
    with torch.no_grad():
        again = ImportedModel.load(tmp_path).module(example.permute(order))
    np.testing.assert_array_equal(again, got)


@pytest.fixture
def imported(tmp_path: Path) -> ImportedModel:
    return read_onnx(exported(Sequence(nn.GRU, "last"), torch.zeros(1, 7, 5), tmp_path, dynamo=True))


def test_the_layer_trains(imported: ImportedModel) -> None:
    assert kinds(imported) == ["permute", "gru", "slice", "flatten", "linear"]
    module = imported.module.train()
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    optimiser = torch.optim.SGD(module.parameters(), lr=0.1)
    nn.functional.cross_entropy(module(torch.randn(4, 5, 7)), torch.tensor([0, 1, 2, 0])).backward()
    optimiser.step()
    assert all(not torch.equal(before[name], p) for name, p in module.named_parameters())


def test_the_summary_says_that_steps_are_written_out(imported: ImportedModel) -> None:
    summary = describe_module(imported.module, name="", task="", model_format="onnx")
    layer = next(layer for layer in summary.layers if layer.kind == "GRU")
    assert layer.output_shape == (1, 7, 6)
    assert layer.macs == 7 * 3 * 6 * (5 + 6)
    assert layer.support == "replaced"
    assert "7 steps" in layer.reason


def recurrent_file(
    path: Path,
    kind: str,
    *,
    directions: int = 1,
    wanted: int = 0,
    extra: dict[int, np.ndarray] | None = None,
    **attributes: object,
) -> Path:
    """An ONNX file with one LSTM or GRU over (4 steps, 1, 5) and nothing else."""
    gates = {"LSTM": 4, "GRU": 3}[kind]
    chance = np.random.default_rng(0)
    arrays = {
        1: chance.normal(size=(directions, gates * 6, 5)),
        2: chance.normal(size=(directions, gates * 6, 6)),
        3: chance.normal(size=(directions, 2 * gates * 6)),
        **(extra or {}),
    }
    names = ["x", *(f"operand_{i}" if i in arrays else "" for i in range(1, max(arrays) + 1))]
    results = ["", "", ""][: 3 if kind == "LSTM" else 2]
    results[wanted] = "y"
    node = helper.make_node(kind, names, results, hidden_size=6, **attributes)
    shape = (4, directions, 1, 6) if wanted == 0 else (directions, 1, 6)
    graph = helper.make_graph(
        [node],
        "recurrent",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (4, 1, 5))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(v.astype(np.int32 if i == 4 else np.float32), f"operand_{i}")
            for i, v in arrays.items()
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), path)
    return path


@pytest.mark.parametrize(
    ("kind", "settings"), [("LSTM", {}), ("GRU", {"linear_before_reset": 1})], ids=["LSTM", "GRU"]
)
@pytest.mark.parametrize("wanted", [0, 1])
def test_gates_are_in_onnx_runtimes_order(
    kind: str, settings: dict[str, int], wanted: int, tmp_path: Path
) -> None:
    path = recurrent_file(tmp_path / "node.onnx", kind, wanted=wanted, **settings)
    x = np.random.default_rng(1).normal(size=(4, 1, 5)).astype(np.float32)
    reference = onnxruntime.InferenceSession(path.read_bytes()).run(None, {"x": x})[0]
    with torch.no_grad():
        got = read_onnx(path).module(torch.from_numpy(x).permute(1, 2, 0))
    assert relative_error(got.numpy(), reference) < FLOAT_LIMIT


@pytest.mark.parametrize(
    ("kind", "settings", "why", "fix"),
    [
        (
            "LSTM",
            {"directions": 2, "direction": "bidirectional"},
            "both directions",
            "bidirectional=False",
        ),
        ("GRU", {"direction": "reverse", "linear_before_reset": 1}, "backwards", "bidirectional=False"),
        ("GRU", {}, "reset gate acts before", "reset_after=True"),
        ("LSTM", {"extra": {7: np.ones((1, 18))}}, "peepholes", "proj_size=0"),
        ("LSTM", {"extra": {5: np.ones((1, 1, 6))}}, "does not start from zero", "Leave out"),
        ("LSTM", {"wanted": 2}, "reads its cell", "h_n"),
        ("LSTM", {"clip": 3.0}, "clipping", "tanh"),
        ("LSTM", {"extra": {4: np.array([3])}}, "differ in length", "without sequence lengths"),
    ],
)
def test_what_torch_has_no_equal_for_is_refused(
    kind: str, settings: dict[str, object], why: str, fix: str, tmp_path: Path
) -> None:
    path = recurrent_file(tmp_path / "node.onnx", kind, **settings)
    with pytest.raises(UnsupportedOperator, match=why) as caught:
        read_onnx(path)
    assert fix in caught.value.hint
    assert kind in caught.value.message


def test_a_forgotten_batch_first_is_told(tmp_path: Path) -> None:
    module = Sequence(nn.LSTM, "last", batch_first=False)
    with pytest.raises(UnsupportedOperator, match="its batch is 7") as caught:
        read_onnx(exported(module, torch.zeros(1, 7, 5), tmp_path, dynamo=True))
    assert "batch_first=True" in caught.value.hint
