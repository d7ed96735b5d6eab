import json
import warnings
import zipfile

import numpy as np
import pytest

from engine.errors import BadInputFile, UnsupportedOperator
from engine.model_import.keras_file import read_keras
from tests.helpers.importing import (
    FLOAT_LIMIT,
    answers,
    kinds,
    names,
    random_inputs,
    relative_error,
)
from tests.helpers.shared_data import shared_data

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras
    from keras import layers

# TensorFlow's own conversion and NumPy talk to each other through names that NumPy is retiring.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def picture_network():
    """Branches, a network inside, separable and depthwise layers, uneven padding, a flatten."""
    given = layers.Input((20, 18, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(given)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.LeakyReLU()(layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x))
    y = layers.SeparableConv2D(16, 3, padding="same", activation="relu")(x)
    x = layers.Add()([x, y])
    inner = keras.Sequential(
        [
            layers.Input((10, 9, 16)),
            layers.Conv2D(8, 1, activation="tanh"),
            layers.MaxPooling2D(3, 2, padding="same"),
        ],
        name="inner",
    )
    x = layers.Concatenate()([inner(x), layers.AveragePooling2D(3, 2, padding="same")(x)])
    x = layers.Flatten()(layers.PReLU(shared_axes=[1, 2])(x))
    x = layers.Dropout(0.3)(layers.BatchNormalization()(x))
    return keras.Model(given, layers.Dense(5)(x))


def signal_network():
    """1-D layers, causal padding, dilation."""
    return keras.Sequential(
        [
            layers.Input((64, 3)),
            layers.Conv1D(8, 5, strides=2, padding="causal", activation="relu"),
            layers.MaxPooling1D(2),
            layers.DepthwiseConv1D(3),
            layers.Conv1D(4, 3, dilation_rate=2, activation="hard_silu"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(6),
        ]
    )


def resized_network():
    """Cropping, padding, upsampling, a permutation, multiplication."""
    given = layers.Input((10, 8, 2))
    x = layers.ZeroPadding2D(((1, 0), (2, 1)))(layers.Cropping2D(1)(given))
    x = layers.UpSampling2D(2)(layers.Conv2D(4, 3, activation="elu")(x))
    gate = layers.Dense(4, activation="sigmoid")(layers.GlobalMaxPooling2D(keepdims=True)(x))
    x = layers.Multiply()([x, gate])
    x = layers.Permute((2, 1, 3))(x)
    x = layers.Reshape((-1,))(layers.Conv2D(3, (3, 2))(x))
    return keras.Model(given, layers.Dense(5)(x))


NETWORKS = {"picture": picture_network, "signal": signal_network, "resized": resized_network}


def made(name):
    """The network with batch normalisations that do something."""
    keras.utils.set_random_seed(0)
    model = NETWORKS[name]()
    draw = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([draw.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return model


FORMS = [(name, form) for name in NETWORKS for form in ("net.keras", "net.h5", "folder")]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_what_keras_saves_comes_back_equal(name, form, tmp_path):
    network = made(name)
    path = tmp_path / form
    if form == "folder":
        network.export(path, verbose=False)
    else:
        network.save(path)

    model = read_keras(path)

    inputs = random_inputs(model.input_shape, count=3)
    reference = np.asarray(network(inputs))
    assert relative_error(answers(model, inputs), reference) <= FLOAT_LIMIT
    assert "permute" not in kinds(model) or name == "resized"


def test_an_old_h5_file_gives_the_answers_of_keras():
    path = shared_data("models", "keras_h5", "pretrainedResnet.h5")

    model = read_keras(path)

    network = keras.models.load_model(path, compile=False)
    network.layers[-1].activation = keras.activations.linear
    inputs = random_inputs(model.input_shape, count=2)
    reference = np.asarray(network({network.inputs[0].name: inputs}))
    assert relative_error(answers(model, inputs), reference) <= FLOAT_LIMIT
    assert model.meaning.softmax
    assert {"conv2d_8", "batch_normalization_6", "dense"} <= set(names(model))


def test_a_softmax_layer_at_the_end_is_left_off(tmp_path):
    network = keras.Sequential([layers.Input((7,)), layers.Dense(3), layers.Softmax()])
    network.save(tmp_path / "net.keras")
    model = read_keras(tmp_path / "net.keras")
    assert kinds(model) == ["linear"]
    assert model.meaning.softmax


@pytest.mark.parametrize("form", ["net.keras", "net.h5"])
def test_lambda_layers_are_refused_before_keras_sees_them(form, tmp_path):
    mark = tmp_path / "ran"
    text = str(mark)
    network = keras.Sequential(
        [layers.Input((3,)), layers.Lambda(lambda x: (open(text, "w").close(), x)[1]), layers.Dense(2)]
    )
    mark.unlink()
    network.save(tmp_path / form)
    with pytest.raises(BadInputFile, match="Python code of its own"):
        read_keras(tmp_path / form)
    assert not mark.exists()


def altered(path, target, change):
    """A copy of a `.keras` archive whose configuration went through `change`."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as result:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            result.writestr(entry.filename, content)
    return target


def imports_a_module(config):
    config["config"]["layers"][1]["module"] = "antigravity"


def downloads_a_file(config):
    layer = config["config"]["layers"][1]
    layer["config"]["kernel_initializer"] = {
        "module": "keras.utils",
        "class_name": "get_file",
        "config": {"origin": "http://localhost:9/x"},
        "registered_name": None,
    }


@pytest.mark.parametrize("change", [imports_a_module, downloads_a_file])
def test_configurations_that_reach_elsewhere_are_refused(change, tmp_path):
    keras.Sequential([layers.Input((3,)), layers.Dense(2)]).save(tmp_path / "net.keras")
    path = altered(tmp_path / "net.keras", tmp_path / "bad.keras", change)
    with pytest.raises(BadInputFile, match="not loaded"):
        read_keras(path)


def test_layers_without_a_torch_form_are_named(tmp_path):
    network = keras.Sequential([layers.Input((4, 8, 3)), layers.ConvLSTM1D(5, 3, name="memory")])
    network.save(tmp_path / "net.keras")
    with pytest.raises(UnsupportedOperator, match="memory.*ConvLSTM1D|ConvLSTM1D.*memory"):
        read_keras(tmp_path / "net.keras")


def test_graphs_that_touch_files_are_refused(tmp_path):
    import tensorflow as tf

    module = tf.Module()
    path = str(tmp_path / "secret")

    @tf.function(input_signature=[tf.TensorSpec([1, 3], tf.float32)])
    def reads(x):
        return x + tf.cast(tf.strings.length(tf.io.read_file(path)), tf.float32)

    module.reads = reads
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures=reads)
    with pytest.raises(BadInputFile, match="ReadFile"):
        read_keras(tmp_path / "saved")


def test_weights_alone_and_text_are_refused(tmp_path):
    network = keras.Sequential([layers.Input((3,)), layers.Dense(2)])
    network.save_weights(tmp_path / "net.weights.h5")
    with pytest.raises(BadInputFile, match="weights but no network"):
        read_keras(tmp_path / "net.weights.h5")
    (tmp_path / "note.h5").write_text("a note")
    with pytest.raises(BadInputFile, match="not a Keras model"):
        read_keras(tmp_path / "note.h5")
