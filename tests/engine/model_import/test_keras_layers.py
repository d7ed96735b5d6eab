"""Layers as Keras users write them: each gives Keras's own answers, or is refused by its name."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import BadInputFile, UnsupportedOperator
from engine.model_import.imported_model import ImportedModel
from engine.model_import.keras_file import read_keras
from tests.helpers.importing import FLOAT_LIMIT, random_inputs, relative_error
from tests.helpers.whole_chain import convert_and_verify

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras
    from keras import layers

# TensorFlow's own conversion and NumPy talk to each other through names that NumPy is retiring.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

PICTURE, SIGNAL, SEQUENCE, ROW = (9, 8, 4), (16, 3), (7, 5), (6,)
Layer = Callable[[], Any]


def joined(kind: type, **settings: Any) -> Callable[[Any], Any]:
    """Two branches of a picture that meet in the layer."""

    def build(x: Any) -> Any:
        branches = [layers.Conv2D(4, 3, padding="same", name=f"branch{i}")(x) for i in range(2)]
        return kind(**settings)([*branches, x])

    return build


def adapted(**settings: Any) -> Any:
    """A Normalization that knows its data."""
    return layers.Normalization(mean=[0.5, -1.0, 2.0], variance=[0.3, 2.0, 1.0], **settings)


def both_ways(kind: type, **settings: Any) -> Any:
    merge = {k: settings.pop(k) for k in ("merge_mode",) if k in settings}
    return layers.Bidirectional(kind(4, **settings), **merge)


L, S = layers, {"return_sequences": True}
# Input shape, then what is put between input and output.
EQUAL: dict[str, tuple[tuple[int, ...], Callable[..., Any]]] = {
    "LSTM": (SEQUENCE, lambda: L.LSTM(4)),
    "LSTM whole": (SEQUENCE, lambda: L.LSTM(4, return_sequences=True)),
    "LSTM backwards": (SEQUENCE, lambda: L.LSTM(4, go_backwards=True)),
    "LSTM backwards whole": (SEQUENCE, lambda: L.LSTM(4, go_backwards=True, return_sequences=True)),
    "LSTM no bias": (SEQUENCE, lambda: L.LSTM(4, use_bias=False)),
    "LSTM one step": ((1, 5), lambda: L.LSTM(4)),
    "LSTM dropout": (SEQUENCE, lambda: L.LSTM(4, dropout=0.5, recurrent_dropout=0.5)),
    "GRU": (SEQUENCE, lambda: L.GRU(4)),
    "GRU whole": (SEQUENCE, lambda: L.GRU(4, return_sequences=True)),
    "GRU no bias": (SEQUENCE, lambda: L.GRU(4, use_bias=False)),
    "GRU reset first": (SEQUENCE, lambda: L.GRU(4, reset_after=False)),
    "GRU reset first whole": (SEQUENCE, lambda: L.GRU(4, reset_after=False, **S)),
    "GRU reset first no bias": (SEQUENCE, lambda: L.GRU(4, reset_after=False, use_bias=False)),
    "SimpleRNN": (SEQUENCE, lambda: L.SimpleRNN(4)),
    "SimpleRNN whole": (SEQUENCE, lambda: L.SimpleRNN(4, return_sequences=True)),
    "SimpleRNN relu": (SEQUENCE, lambda: L.SimpleRNN(4, activation="relu", go_backwards=True)),
    "SimpleRNN then Dense": (
        SEQUENCE,
        lambda: keras.Sequential([L.SimpleRNN(4, return_sequences=True), L.TimeDistributed(L.Dense(3))]),
    ),
    "Bidirectional LSTM": (SEQUENCE, lambda: both_ways(L.LSTM)),
    "Bidirectional LSTM whole": (SEQUENCE, lambda: both_ways(L.LSTM, **S)),
    "Bidirectional GRU sum": (SEQUENCE, lambda: both_ways(L.GRU, merge_mode="sum", **S)),
    "Bidirectional SimpleRNN ave": (SEQUENCE, lambda: both_ways(L.SimpleRNN, merge_mode="ave")),
    "Bidirectional GRU mul": (SEQUENCE, lambda: both_ways(L.GRU, merge_mode="mul")),
    "TimeDistributed Dense": (SEQUENCE, lambda: L.TimeDistributed(L.Dense(4, activation="relu"))),
    "TimeDistributed Conv1D": (PICTURE, lambda: L.TimeDistributed(L.Conv1D(5, 3, padding="same"))),
    "TimeDistributed Flatten": (PICTURE, lambda: L.TimeDistributed(L.Flatten())),
    "SeparableConv1D": (SIGNAL, lambda: L.SeparableConv1D(4, 3)),
    "SeparableConv2D": (PICTURE, lambda: L.SeparableConv2D(6, 3, strides=2, padding="same")),
    "DepthwiseConv1D": (SIGNAL, lambda: L.DepthwiseConv1D(3, padding="same")),
    "DepthwiseConv2D": (PICTURE, lambda: L.DepthwiseConv2D(3, depth_multiplier=2)),
    "Conv1D causal": (SIGNAL, lambda: L.Conv1D(4, 3, padding="causal", dilation_rate=2)),
    "Conv2D groups": (PICTURE, lambda: L.Conv2D(4, 3, groups=2)),
    "Conv2DTranspose same": (PICTURE, lambda: L.Conv2DTranspose(3, 3, strides=2, padding="same")),
    "Conv2DTranspose valid": (PICTURE, lambda: L.Conv2DTranspose(3, (2, 4), strides=(3, 2))),
    "Conv2DTranspose even": (PICTURE, lambda: L.Conv2DTranspose(3, 4, strides=2, padding="same")),
    "Conv1DTranspose": (SIGNAL, lambda: L.Conv1DTranspose(4, 3, strides=2, padding="same")),
    "UpSampling1D": (SIGNAL, lambda: L.UpSampling1D(3)),
    "UpSampling2D": (PICTURE, lambda: L.UpSampling2D((2, 3))),
    "UpSampling2D bilinear": (PICTURE, lambda: L.UpSampling2D((2, 3), interpolation="bilinear")),
    "ZeroPadding1D": (SIGNAL, lambda: L.ZeroPadding1D((1, 2))),
    "ZeroPadding2D": (PICTURE, lambda: L.ZeroPadding2D(((1, 0), (2, 3)))),
    "Cropping1D": (SIGNAL, lambda: L.Cropping1D((1, 2))),
    "Cropping2D": (PICTURE, lambda: L.Cropping2D(((1, 0), (2, 3)))),
    "GlobalMaxPooling1D": (SIGNAL, lambda: L.GlobalMaxPooling1D()),
    "GlobalMaxPooling2D": (PICTURE, lambda: L.GlobalMaxPooling2D()),
    "GlobalAveragePooling2D": (PICTURE, lambda: L.GlobalAveragePooling2D(keepdims=True)),
    "Rescaling": (PICTURE, lambda: L.Rescaling(0.5, offset=-1.0)),
    "Normalization": (SIGNAL, adapted),
    "Normalization back": (SIGNAL, lambda: adapted(invert=True)),
    "Permute": (SIGNAL, lambda: L.Permute((2, 1))),
    "RepeatVector": (ROW, lambda: L.RepeatVector(3)),
    "Softmax axis": (PICTURE, lambda: L.Softmax(axis=1)),
    "ReLU6": (PICTURE, lambda: L.ReLU(6.0)),
    "ReLU max": (PICTURE, lambda: L.ReLU(1.5)),
    "ReLU slope": (PICTURE, lambda: L.ReLU(negative_slope=0.1)),
    "LeakyReLU": (PICTURE, lambda: L.LeakyReLU(negative_slope=0.2)),
    "PReLU": (PICTURE, lambda: L.PReLU(shared_axes=[1, 2], alpha_initializer="random_normal")),
    "ELU": (PICTURE, lambda: L.ELU(0.7)),
    **{
        name: (PICTURE, lambda name=name: L.Activation(name))
        for name in ("elu", "gelu", "swish", "hard_sigmoid", "hard_silu", "relu6", "softplus")
    },
    "Add": (PICTURE, joined(L.Add)),
    "Average": (PICTURE, joined(L.Average)),
    "Multiply": (PICTURE, joined(L.Multiply)),
    "Maximum": (PICTURE, joined(L.Maximum)),
    "Minimum": (PICTURE, joined(L.Minimum)),
    "Concatenate": (PICTURE, joined(L.Concatenate, axis=-1)),
    "RandomFlip": (PICTURE, lambda: L.RandomFlip()),
    "GaussianNoise": (PICTURE, lambda: L.GaussianNoise(0.5)),
}


def network_of(shape: tuple[int, ...], make: Callable[..., Any]) -> Any:
    """The layer behind a convolution or dense layer of its input's own shape."""
    keras.utils.set_random_seed(3)
    given = layers.Input(shape)
    if make.__qualname__.startswith("joined"):
        return keras.Model(given, make(given))
    result = make()(layers.Dense(shape[-1], name="front")(given))
    network = keras.Model(given, result)
    chance = np.random.default_rng(4)
    for weight in network.trainable_variables:  # Keras starts biases at zero, where none can be wrong
        if weight.name == "bias":
            weight.assign(chance.normal(size=weight.shape))
    return network


def saved(network: Any, path: Path) -> ImportedModel:
    network.save(path)
    return read_keras(path)


@pytest.mark.parametrize("name", EQUAL)
def test_the_layer_gives_the_answers_of_keras(name: str, tmp_path: Path) -> None:
    network = network_of(*EQUAL[name])
    model = saved(network, tmp_path / "net.keras")
    inputs = random_inputs(EQUAL[name][0], count=3)
    reference = np.asarray(network(inputs, training=False))
    tensor = torch.from_numpy(inputs)
    with torch.no_grad():
        got = model.module(torch.movedim(tensor, -1, 1) if tensor.ndim > 2 else tensor).numpy()
    orders = [np.moveaxis(got, 1, -1)] if got.ndim > 2 else [got]
    if got.shape == reference.shape:  # a sequence, or what was permuted, may lie as the file has it
        orders.append(got)
    orders = [order for order in orders if order.shape == reference.shape]
    assert min(relative_error(order, reference) for order in orders) <= FLOAT_LIMIT


def custom_layer() -> Any:
    """A class that Keras can only make by running the user's code."""

    @keras.saving.register_keras_serializable("mine")
    class Doubled(layers.Layer):
        def call(self, x: Any) -> Any:
            return 2 * x

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    return Doubled(name="culprit")


# Input shape, the layer (named `culprit`), what the refusal says, what its hint says.
REFUSED: dict[str, tuple[tuple[int, ...], Layer, str, str]] = {
    "LSTM stateful": (SEQUENCE, lambda: L.LSTM(4, stateful=True, name="culprit"), "stateful", "False"),
    "GRU state": (SEQUENCE, lambda: L.GRU(4, return_state=True, name="culprit"), "return_state", "out"),
    "LSTM relu": (SEQUENCE, lambda: L.LSTM(4, activation="relu", name="culprit"), "relu", "tanh"),
    "LSTM old gates": (
        SEQUENCE,
        lambda: L.LSTM(4, recurrent_activation="hard_sigmoid", name="culprit"),
        "hard_sigmoid",
        "sigmoid",
    ),
    "SimpleRNN elu": (SEQUENCE, lambda: L.SimpleRNN(4, activation="elu", name="culprit"), "elu", "tanh"),
    "GRU long": ((65, 2), lambda: L.GRU(2, reset_after=False, name="culprit"), "65 steps", "Shorten"),
    "Bidirectional apart": (
        SEQUENCE,
        lambda: L.Bidirectional(L.LSTM(4), merge_mode=None, name="culprit"),
        "merge_mode",
        "concat",
    ),
    "RNN of a cell": (SEQUENCE, lambda: L.RNN(L.LSTMCell(4), name="culprit"), "RNN", ""),
    "ConvLSTM1D": ((4, 8, 3), lambda: L.ConvLSTM1D(2, 3, name="culprit"), "ConvLSTM1D", ""),
    "TimeDistributed Conv2D": (
        (3, 8, 8, 2),
        lambda: L.TimeDistributed(L.Conv2D(2, 3), name="culprit"),
        "holds Conv2D",
        "Conv1D",
    ),
    "LayerNormalization": (ROW, lambda: L.LayerNormalization(name="culprit"), "LayerNorm", ""),
    "Masking": (SEQUENCE, lambda: L.Masking(name="culprit"), "Masking", ""),
    "Embedding": ((4,), lambda: L.Embedding(9, 2, name="culprit"), "Embedding", ""),
    "SELU": (ROW, lambda: L.Activation("selu", name="culprit"), "selu", "ReLU"),
    "softsign": (ROW, lambda: L.Dense(2, activation="softsign", name="culprit"), "softsign", "ReLU"),
    "bicubic": (
        PICTURE,
        lambda: L.UpSampling2D(2, interpolation="bicubic", name="culprit"),
        "bicubic",
        "nearest",
    ),
    "ReLU both": (ROW, lambda: L.ReLU(6.0, negative_slope=0.1, name="culprit"), "max_value", "one"),
    "channels first": (
        PICTURE,
        lambda: L.Cropping2D(1, data_format="channels_first", name="culprit"),
        "channels first",
        "channels_last",
    ),
    "GroupNormalization": (
        PICTURE,
        lambda: L.GroupNormalization(2, name="culprit"),
        "GroupNorm",
        "batch",
    ),
    "Resizing": (PICTURE, lambda: L.Resizing(4, 4, name="culprit"), "Resizing", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_imported_is_named_with_its_fix(name: str, tmp_path: Path) -> None:
    shape, make, why, fix = REFUSED[name]
    batch = 1 if name == "LSTM stateful" else None
    given = layers.Input(shape, batch_size=batch)
    result = make()(given)
    keras.Model(given, result).save(tmp_path / "net.keras")
    with pytest.raises(UnsupportedOperator, match=re.escape(why)) as caught:
        read_keras(tmp_path / "net.keras")
    assert "culprit" in caught.value.message
    assert caught.value.hint
    assert fix in caught.value.hint


def test_a_first_state_from_the_network_is_refused(tmp_path: Path) -> None:
    given, start = layers.Input(SEQUENCE), layers.Input((4,))
    network = keras.Model([given, start], layers.GRU(4, name="culprit")(given, initial_state=start))
    with pytest.raises(UnsupportedOperator, match="culprit.*first state"):
        saved(network, tmp_path / "net.keras")


def test_vectors_that_meet_in_a_dot_product_are_refused(tmp_path: Path) -> None:
    given = [layers.Input(ROW), layers.Input(ROW)]
    network = keras.Model(given, layers.Dot(1, name="culprit")(given))
    with pytest.raises(UnsupportedOperator, match="culprit.*Dot"):
        saved(network, tmp_path / "net.keras")


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "wrapped"])
@pytest.mark.parametrize("form", ["net.keras", "net.h5"])
@pytest.mark.parametrize("kind", ["Lambda", "custom"])
def test_code_of_the_user_is_never_run(kind: str, form: str, wrapped: bool, tmp_path: Path) -> None:
    ran: list[str] = []
    layer = layers.Lambda(lambda x: (ran.append("ran"), x)[1]) if kind == "Lambda" else custom_layer()
    given = layers.Input(SEQUENCE)
    network = keras.Model(given, (layers.TimeDistributed(layer) if wrapped else layer)(given))
    network.save(tmp_path / form)
    ran.clear()
    with pytest.raises((BadInputFile, UnsupportedOperator), match="Lambda|Doubled"):
        read_keras(tmp_path / form)
    assert not ran


@pytest.mark.parametrize(
    "name", ["Bidirectional LSTM whole", "GRU reset first", "SimpleRNN", "TimeDistributed Dense"]
)
def test_h5_files_hold_the_same(name: str, tmp_path: Path) -> None:
    network = network_of(*EQUAL[name])
    inputs = torch.from_numpy(random_inputs(EQUAL[name][0], count=2)).movedim(-1, 1)
    with torch.no_grad():
        old = saved(network, tmp_path / "net.h5").module(inputs)
        new = saved(network, tmp_path / "net.keras").module(inputs)
    assert torch.equal(old, new)


@pytest.mark.parametrize(
    "name",
    [
        "Bidirectional SimpleRNN ave",
        "GRU reset first",
        "SimpleRNN then Dense",
        "Conv2DTranspose same",
        "UpSampling2D",
        "LeakyReLU",
    ],
)
def test_the_whole_chain_agrees(name: str, tmp_path: Path) -> None:
    model = saved(network_of(*EQUAL[name]), tmp_path / "net.keras")
    shapes = list(model.input_shapes.values())
    verified = convert_and_verify(model.module, shapes, tmp_path, classification=False)
    assert verified.summary.passed
    assert "QAT simulation" in {row.to_form for row in verified.summary.rows}


def test_a_recurrent_layer_trains_and_is_stored(tmp_path: Path) -> None:
    model = saved(network_of(*EQUAL["GRU reset first"]), tmp_path / "net.keras")
    module = model.module.train()
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    inputs = torch.from_numpy(random_inputs(SEQUENCE, count=3)).movedim(-1, 1)
    module(inputs).square().sum().backward()
    torch.optim.SGD(module.parameters(), lr=0.1).step()
    assert all(not torch.equal(before[name], p) for name, p in module.named_parameters())
    model.save(tmp_path)
    with torch.no_grad():
        assert torch.equal(ImportedModel.load(tmp_path).module(inputs), module.eval()(inputs))
