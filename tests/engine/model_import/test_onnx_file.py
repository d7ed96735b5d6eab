import warnings

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from engine.errors import BadInputFile, UnsupportedOperator
from engine.model_import.onnx_file import read_onnx
from tests.helpers import networks
from tests.helpers.importing import (
    FLOAT_LIMIT,
    answers,
    channels_first,
    kinds,
    names,
    onnx_answers,
    random_inputs,
    relative_error,
    seeded_norms,
)
from tests.helpers.shared_data import shared_data


class Signal(nn.Module):
    """A 1-D network with dilation, a concatenation and uneven padding."""

    def __init__(self):
        super().__init__()
        self.pad = nn.ConstantPad1d((1, 2), 0.0)
        self.first = nn.Sequential(nn.Conv1d(3, 8, 4, 2), nn.BatchNorm1d(8), nn.Hardswish())
        self.wide = nn.Conv1d(8, 6, 3, padding=2, dilation=2)
        self.narrow = nn.Conv1d(8, 6, 1)
        self.pool = nn.MaxPool1d(2)
        self.head = nn.Linear(12, 5)

    def forward(self, x):
        x = self.first(self.pad(x))
        x = torch.cat([self.wide(x), self.narrow(x)], 1)
        return self.head(self.pool(x).mean(2))


class Flattening(nn.Module):
    """Flattens a picture of several channels: the dense layer's weights have an order."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.act = nn.LeakyReLU(0.2)
        self.norm = nn.BatchNorm1d(4 * 12)
        self.head = nn.Linear(4 * 12, 6)

    def forward(self, x):
        return self.head(self.norm(self.act(self.conv(x)).flatten(1))).softmax(-1)


class Gated(nn.Module):
    """Squeeze and excite, PReLU, average pooling that does not count its padding."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.act = nn.PReLU(8)
        self.squeeze = nn.Linear(8, 4)
        self.excite = nn.Linear(4, 8)
        self.pool = nn.AvgPool2d(3, 2, 1, count_include_pad=False)
        self.out = nn.Conv2d(8, 5, 1)

    def forward(self, x):
        x = self.act(self.conv(x))
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(x.mean((2, 3))))))
        x = self.pool(x * gate[:, :, None, None])
        return self.out(x).mean((2, 3))


NETWORKS = {
    "signal": (Signal, (3, 40)),
    "flattening": (Flattening, (2, 8, 6)),
    "gated": (Gated, (3, 9, 9)),
    "residual": (networks.ResNet8, (3, 32, 32)),
    "separable": (networks.DepthwiseSeparable, (1, 49, 10)),
}


def exported(module, shape, path, *, dynamo: bool, external: bool = False):
    """The module as PyTorch's newer (dynamo) or older exporter writes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"verbose": False, "external_data": external} if dynamo else {}
        inputs = (torch.zeros(1, *shape),)
        torch.onnx.export(module.eval(), inputs, str(path), dynamo=dynamo, **options)
    return path


@pytest.mark.parametrize("dynamo", [True, False], ids=["dynamo", "torchscript"])
@pytest.mark.parametrize("name", NETWORKS)
def test_what_pytorch_exports_comes_back_equal(name, dynamo, tmp_path):
    torch.manual_seed(0)
    network, shape = NETWORKS[name]
    path = exported(seeded_norms(network()), shape, tmp_path / "net.onnx", dynamo=dynamo)

    model = read_onnx(path)

    assert model.input_shape == (*shape[1:], shape[0])
    inputs = random_inputs(model.input_shape)
    reference = onnx_answers(path, channels_first(inputs))
    assert relative_error(answers(model, inputs), reference) <= FLOAT_LIMIT
    assert model.meaning.softmax == (name == "flattening")


@pytest.mark.parametrize(
    "name",
    ["mlperf_ic_resnet_float", "mlperf_vww_96_float", "st_tutorial_mobilenet_v2_128_0.5"],
)
def test_files_of_others_give_the_answers_of_onnx_runtime(name):
    path = shared_data("models", "onnx_torch", f"{name}.onnx")

    model = read_onnx(path)

    inputs = random_inputs(model.input_shape)
    reference = onnx_answers(path, channels_first(inputs))
    assert relative_error(answers(model, inputs), reference) <= FLOAT_LIMIT
    assert model.meaning.softmax
    assert "softmax" not in kinds(model)


@pytest.mark.parametrize("dynamo", [True, False], ids=["dynamo", "torchscript"])
def test_layers_keep_the_paths_of_their_torch_modules(dynamo, tmp_path):
    module = networks.ResNet8()
    path = exported(module, (3, 32, 32), tmp_path / "net.onnx", dynamo=dynamo)

    found = names(read_onnx(path))

    assert {"stem.0", "layers.1.first.0", "layers.1.second", "layers.2.shortcut", "classifier"} <= set(
        found
    )


def test_matmul_and_add_become_one_dense_layer_and_norms_stay_apart():
    path = shared_data("models", "onnx_torch", "st_tutorial_mobilenet_v2_128_0.5.onnx")
    found = kinds(read_onnx(path))
    assert found.count("linear") == 1
    assert found[-1] == "linear"
    assert found.count("batch_norm2d") == 7


def graph(nodes, inputs, outputs, constants, *, opset=17, **metadata):
    """A model file of a few nodes."""
    made = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
        [numpy_helper.from_array(a, n) for n, a in constants.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    return model


def weights(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def channels_last_model():
    """As TensorFlow's exporter writes it: transposes around convolutions, a flatten of channels last."""
    nodes = [
        helper.make_node("Mul", ["x", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["first", "w"], ["conv"], auto_pad="SAME_UPPER", strides=[2, 2]),
        helper.make_node("Transpose", ["conv"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("Add", ["last", "b"], ["moved"]),
        helper.make_node("Relu", ["moved"], ["relu"]),
        helper.make_node("Reshape", ["relu", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "dense"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["y"]),
    ]
    constants = {
        "scale": np.array([0.5, 1.0, 2.0], np.float32),
        "w": weights(4, 3, 3, 3),
        "b": weights(4),
        "shape": np.array([-1, 60], np.int64),
        "dense": weights(60, 7),
        "bias": weights(7),
    }
    return graph(nodes, {"x": ["batch", 9, 6, 3]}, {"y": ["batch", 7]}, constants)


def test_channels_last_graphs_lose_their_transposes(tmp_path):
    path = tmp_path / "tf.onnx"
    onnx.save(channels_last_model(), path)

    model = read_onnx(path)

    inputs = random_inputs((9, 6, 3))
    assert model.input_shape == (9, 6, 3)
    assert relative_error(answers(model, inputs), onnx_answers(path, inputs)) <= FLOAT_LIMIT
    assert "permute" not in kinds(model)


def test_signals_that_lie_channels_last_are_recognised(tmp_path):
    """As TensorFlow writes a 1-D convolution: a height of one, and its transposes."""
    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["padded"]),
        helper.make_node("Unsqueeze", ["padded", "height"], ["high"]),
        helper.make_node("Transpose", ["high"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["first", "w"], ["conv"]),
        helper.make_node("Transpose", ["conv"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("Squeeze", ["last", "height"], ["signal"]),
        helper.make_node("Relu", ["signal"], ["relu"]),
        helper.make_node("ReduceMean", ["relu"], ["y"], axes=[1], keepdims=0),
    ]
    constants = {
        "pads": np.array([0, 2, 0, 0, 0, 0], np.int64),
        "height": np.array([1], np.int64),
        "w": weights(5, 3, 1, 4),
    }
    path = tmp_path / "signal.onnx"
    onnx.save(graph(nodes, {"x": [1, 30, 3]}, {"y": [1, 5]}, constants), path)

    model = read_onnx(path)

    inputs = random_inputs((30, 3))
    assert model.input_shape == (30, 3)
    assert relative_error(answers(model, inputs), onnx_answers(path, inputs)) <= FLOAT_LIMIT
    assert "permute" not in kinds(model)


def test_weights_in_a_file_beside_the_model_are_read_from_there(tmp_path):
    torch.manual_seed(0)
    path = exported(Flattening(), (2, 8, 6), tmp_path / "net.onnx", dynamo=True, external=True)

    model = read_onnx(path)

    assert model.companions == ("net.onnx.data",)
    inputs = random_inputs(model.input_shape)
    reference = onnx_answers(path, channels_first(inputs))
    assert relative_error(answers(model, inputs), reference) <= FLOAT_LIMIT


def test_class_names_of_the_file_are_said_and_the_rest_is_a_guess(tmp_path):
    nodes = [helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)]
    path = tmp_path / "named.onnx"
    names_text = "{0: 'left', 1: 'right'}"
    onnx.save(graph(nodes, {"x": [1, 9]}, {"y": [1, 2]}, {"w": weights(2, 9)}, names=names_text), path)

    meaning = read_onnx(path).meaning

    assert meaning.classes == ("left", "right")
    assert "classes" not in meaning.guesses
    assert "task" in meaning.guesses


def gemm_model(**changes):
    nodes = changes.pop("nodes", [helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)])
    return graph(
        nodes, {"x": changes.pop("shape", [1, 4])}, {"y": None}, {"w": weights(2, 4)}, **changes
    )


def test_a_quantised_file_keeps_its_ranges_and_gets_back_the_relus_it_stands_for():
    path = shared_data("models", "onnx_torch", "mlperf_kws_ref.onnx")

    model = read_onnx(path)

    session = onnxruntime.InferenceSession(path)
    inputs = 40 * random_inputs((490,), count=20)
    quantised = np.concatenate([session.run(None, {"input_1": row[None]})[0] for row in inputs])
    with torch.no_grad():
        found = model.module(torch.from_numpy(inputs)).softmax(1).numpy()
    assert np.array_equal(found.argmax(1), quantised.argmax(1))
    assert np.abs(found - quantised).max() < 0.03
    assert kinds(model).count("relu") == 9
    assert kinds(model).count("mean") == 1  # a pool would have the range of its input
    scale = float(onnx_constant(path, "QuantizeLinear", "input_1", 1))
    low, high = model.ranges["input"]
    assert (high - low) / 255 == pytest.approx(scale, rel=1e-6)


def onnx_constant(path, kind, after, position):
    """A constant operand of the first node of a kind behind the node that reads `after`."""
    model = onnx.load(path)
    constants = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    reader = next(n for n in model.graph.node if after in n.input)
    node = next(n for n in model.graph.node if n.op_type == kind and n.input[0] in reader.output)
    return constants[node.input[position]]


def test_weights_that_are_rounded_in_the_graph_come_rounded(tmp_path):
    scales = np.array([0.5, 0.25], np.float32)
    nodes = [
        helper.make_node("QuantizeLinear", ["w", "s", "z"], ["q"], axis=0),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"], axis=0),
        helper.make_node("Gemm", ["x", "d"], ["y"], transB=1),
    ]
    constants = {"w": weights(2, 9), "s": scales, "z": np.zeros(2, np.int8)}
    path = tmp_path / "fake.onnx"
    onnx.save(graph(nodes, {"x": [1, 9]}, {"y": [1, 2]}, constants), path)
    inputs = random_inputs((9,))
    assert relative_error(answers(read_onnx(path), inputs), onnx_answers(path, inputs)) <= FLOAT_LIMIT


@pytest.mark.parametrize("kind", ["QLinearConv", "MatMulInteger"])
def test_arithmetic_with_whole_numbers_is_refused_with_the_way_round(kind, tmp_path):
    constants = {"w": weights(2, 4).astype(np.int8), "s": np.float32(0.1), "z": np.int8(0)}
    operands = ["x", "s", "z", "w", "s", "z", "s", "z"] if kind == "QLinearConv" else ["x", "w"]
    nodes = [helper.make_node(kind, operands, ["y"])]
    path = tmp_path / "whole.onnx"
    onnx.save(graph(nodes, {"x": [1, 4]}, {"y": None}, constants), path)
    with pytest.raises(UnsupportedOperator, match=kind) as refusal:
        read_onnx(path)
    assert "quant_format=QDQ" in refusal.value.hint


def declared_large(model):
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend([1 << 29, 4])


def declared_outside(model):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../secret.bin"


def cyclic(model):
    model.graph.node[0].input[0] = "y"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (declared_large, "declares 2,147,483,648 numbers"),
        (declared_outside, "outside its own folder"),
        (cyclic, "a cycle"),
    ],
)
def test_hostile_files_are_refused_in_words(damage, words, tmp_path):
    model = gemm_model()
    damage(model)
    path = tmp_path / "bad.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(BadInputFile, match=words):
        read_onnx(path)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (gemm_model(opset=9), "opset 9"),
        (gemm_model(shape=[1, "length"]), "leaves the size of its input x open"),
        (gemm_model(shape=[1, 5]), "cannot take an input of 1x5"),
    ],
)
def test_what_cannot_be_read_says_why(model, words, tmp_path):
    path = tmp_path / "bad.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(BadInputFile, match=words):
        read_onnx(path)


def test_unknown_operators_are_named_with_their_layers(tmp_path):
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["mid"], transB=1),
        helper.make_node("Det", ["mid"], ["y"], name="/head/Det"),
    ]
    path = tmp_path / "odd.onnx"
    path.write_bytes(gemm_model(nodes=nodes).SerializeToString())
    with pytest.raises(UnsupportedOperator, match=r"head \(Det\)"):
        read_onnx(path)


def test_text_is_not_a_model(tmp_path):
    path = tmp_path / "note.onnx"
    path.write_text("this is a note, not a model")
    with pytest.raises(BadInputFile):
        read_onnx(path)
