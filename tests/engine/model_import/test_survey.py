"""Files with layers that cannot be imported: all of them are named, and the others are described."""

from __future__ import annotations

import warnings

import keras
import msgspec
import numpy as np
import onnx
import pytest
import torch
from keras import layers
from onnx import TensorProto, helper
from torch import nn

from engine.errors import EngineError, UnsupportedOperator
from engine.events import CancelToken, Result, discard
from engine.model_import.confined_import import import_model_file
from engine.model_import.onnx_file import read_onnx
from engine.model_import.survey import SURVEY_FILE, UnsupportedLayers, load_survey
from engine.verbs import perform

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


class Odd(nn.Module):
    """Two unknown operators, one that is refused for how it is used, and known ones between them."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.second = nn.Conv2d(8, 6, 3, padding=1)
        self.enlarge = nn.Upsample(scale_factor=2, mode="bicubic")
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        x = self.second(torch.cumsum(self.first(x), 1))
        x = torch.cumsum(torch.erf(self.enlarge(x)), 2)
        return self.head(x.mean((2, 3)))


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "odd.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Odd().eval(), (torch.zeros(1, 3, 8, 10),), str(path), dynamo=False)
    return path


def told(path, **arguments):
    """The values of the result that came before the refusal, and the refusal."""
    events = []
    with pytest.raises(UnsupportedOperator) as caught:
        perform(
            {"verb": "import", "file": str(path), **arguments},
            report=events.append,
            cancel=CancelToken(),
        )
    (values,) = [event.values for event in events if isinstance(event, Result)]
    return values, caught.value


def test_every_operator_that_cannot_be_imported_is_named_and_the_rest_described(odd):
    values, error = told(odd, classes="a,b,c,d")
    rows = [(row["kind"], tuple(row["output_shape"][1:]), row["support"]) for row in values["layers"]]
    assert rows == [
        ("CONV_2D", (8, 10, 8), "supported"),
        ("CumSum", (8, 10, 8), "unsupported"),
        ("CONV_2D", (8, 10, 6), "supported"),
        ("Resize", (16, 20, 6), "unsupported"),
        ("Erf", (16, 20, 6), "unsupported"),
        ("CumSum", (16, 20, 6), "unsupported"),
        ("AVERAGE_POOL_2D", (1, 1, 6), "supported"),
        ("RESHAPE", (6,), "supported"),
        ("FULLY_CONNECTED", (4,), "supported"),
    ]
    assert len({row["name"] for row in values["layers"]}) == len(rows)
    assert values["parameters"] == sum(p.numel() for p in Odd().parameters())
    assert values["macs"] == 80 * (27 * 8 + 72 * 6) + 24
    assert values["boards"] == []
    assert not values["trainable"]
    assert values["layout"] == "channels-first"
    assert values["meaning"]["classes"] == ("a", "b", "c", "d")
    operators = {row["name"]: row for row in values["operators"] if row["support"] == "unsupported"}
    assert set(operators) == set(error.facts["operators"]) == {"CumSum", "Erf", "Resize"}
    assert len(operators["CumSum"]["layers"]) == 2
    assert "whole factor" in operators["Resize"]["fix"], "what helps this use of it, not Resize at large"
    assert all(row["fix"] for row in operators.values())
    for row in values["layers"]:
        assert (row["name"] in error.message) == (row["support"] == "unsupported") or row["name"] in (
            "head", "first", "second"
        )  # fmt: skip


def model_of(nodes, *, weights=(), output=(1, 4), value_info=()):
    graph = helper.make_graph(
        list(nodes),
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, list(output))],
        [onnx.numpy_helper.from_array(np.ones(shape, np.float32), name) for name, shape in weights],
        value_info=list(value_info),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def refused(path, model):
    path.write_bytes(model.SerializeToString())
    with pytest.raises(UnsupportedLayers) as caught:
        read_onnx(path)
    return caught.value.summary


def test_behind_a_result_of_unknown_shape_only_unknown_operators_are_blamed(tmp_path):
    nodes = [
        helper.make_node("Secret", ["x"], ["a"], domain="my.domain"),
        helper.make_node("MatMul", ["a", "w"], ["b"]),
        helper.make_node("Det", ["b"], ["c"]),
        helper.make_node("Relu", ["c"], ["y"]),
    ]
    summary = refused(tmp_path / "a.onnx", model_of(nodes, weights=[("w", (4, 4))]))
    assert {layer.kind: layer.support for layer in summary.layers} == {
        "Secret": "unsupported",
        "MatMul": "supported",
        "Det": "unsupported",
        "Relu": "supported",
    }
    held = {layer.kind: layer.parameter_bytes for layer in summary.layers}
    assert held["MatMul"] == 4 * 16


def test_a_layer_is_not_blamed_for_weights_that_a_missing_one_computes(tmp_path):
    nodes = [
        helper.make_node("Erf", ["x"], ["e"]),
        helper.make_node("Transpose", ["e"], ["t"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "e2"], ["y"]),
    ]
    nodes[1] = helper.make_node("Erf", ["w"], ["e2"])
    summary = refused(tmp_path / "a.onnx", model_of(nodes, weights=[("w", (4, 4))]))
    assert [(layer.kind, layer.support) for layer in summary.layers] == [
        ("Erf", "unsupported"),
        ("Erf", "unsupported"),
        ("MatMul", "supported"),
    ]


def test_layers_of_a_keras_file_are_listed(tmp_path):
    path = tmp_path / "net.keras"
    keras.Sequential(
        [
            layers.Input((6, 5, 3)),
            layers.Conv2D(4, 3, name="see"),
            layers.LayerNormalization(name="even"),
            layers.UnitNormalization(name="unit"),
            layers.Flatten(name="flat"),
        ]
    ).save(path)
    values, error = told(path)
    support = {row["name"]: row["support"] for row in values["layers"]}
    assert support == {
        "see": "supported",
        "even": "unsupported",
        "unit": "unsupported",
        "flat": "supported",
    }
    assert values["inputs"][0]["shape"] == (1, 6, 5, 3)
    assert "even" in error.message
    assert "unit" in error.message
    assert "batch normalisation" in error.hint


def test_what_the_child_writes_is_not_believed(odd, tmp_path):
    with pytest.raises(UnsupportedLayers) as caught:
        import_model_file(odd, tmp_path, report=discard, cancel=CancelToken())
    assert list(tmp_path.iterdir()) == []
    summary = msgspec.to_builtins(caught.value.summary)
    for damaged in (
        ["hint", {**summary, "layers": []}],
        ["hint", {**summary, "inputs": []}],
        ["hint", {**summary, "layers": [{"name": 3}]}],
        ["hint"],
        "nothing",
    ):
        (tmp_path / SURVEY_FILE).write_bytes(msgspec.json.encode(damaged))
        assert load_survey(tmp_path) is None
    summary["layers"][1]["name"] = "a\x1b[2Jb" + "c" * 1000
    (tmp_path / SURVEY_FILE).write_bytes(msgspec.json.encode(["hint", summary]))
    name = load_survey(tmp_path).summary.layers[1].name
    assert name.isprintable()
    assert len(name) <= 300


def test_a_graph_that_reads_what_nothing_computes_is_still_refused(tmp_path):
    nodes = [helper.make_node("Erf", ["x"], ["e"]), helper.make_node("Add", ["e", "later"], ["y"])]
    path = tmp_path / "a.onnx"
    path.write_bytes(model_of(nodes).SerializeToString())
    with pytest.raises(EngineError):
        read_onnx(path)
