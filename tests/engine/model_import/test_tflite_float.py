import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from engine.errors import BadInputFile
from engine.model_import.tflite_float import read_tflite_float
from engine.tflite_model import TfliteModel
from tests.helpers.importing import FLOAT_LIMIT, answers, kinds, random_inputs, relative_error
from tests.helpers.shared_data import shared_data

FILES = (
    "mlperf_ad_float",
    "mlperf_ic_float",
    "mlperf_kws_float",
    "mlperf_vww_float",
    "shawnhymel_fan_autoencoder_float",
    "tflm_hello_world_float",
)


def real_weights(path) -> bytes:
    """The file, with the weights that it holds as whole numbers written as real ones."""
    model = TfliteModel.read(path)
    for index, tensor in enumerate(model.tensors):
        scheme = model.quantization(index)
        if scheme is not None and model.is_constant(index):
            scales, points, axis = scheme
            shape = [1] * len(model.shape(index))
            shape[axis] = scales.size
            values = (model.constant(index).astype(np.float64) - points.reshape(shape)) * scales.reshape(
                shape
            )
            model.set_constant(index, values.astype(np.float32))
            tensor.type, tensor.quantization = 0, None
    return model.to_bytes()


def runtime_answers(content: bytes, inputs):
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], inputs)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


@pytest.mark.parametrize("name", FILES)
def test_float_networks_give_the_answers_of_the_runtime(name):
    path = shared_data("models", "tflite", f"{name}.tflite")

    model = read_tflite_float(path)

    inputs = random_inputs(model.input_shape)
    found = answers(model, inputs)
    found = softmax(found) if model.meaning.softmax else found
    assert relative_error(found, runtime_answers(real_weights(path), inputs)) <= FLOAT_LIMIT
    assert "permute" not in kinds(model)


def test_an_autoencoder_is_recognised_by_its_shapes():
    model = read_tflite_float(shared_data("models", "tflite", "mlperf_ad_float.tflite"))
    assert model.module.reconstructs
    assert model.meaning.task == "anomaly"
    assert "task" in model.meaning.guesses


@pytest.mark.parametrize("name", ["mlperf_ic_int8", "mltk_rock_paper_scissors", "tflm_mnist_lstm_int8"])
def test_whole_number_networks_are_finished(name):
    with pytest.raises(BadInputFile, match="cannot be trained"):
        read_tflite_float(shared_data("models", "tflite", f"{name}.tflite"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("open_batch", [True, False], ids=["open batch", "batch of one"])
def test_dilated_convolutions_come_back_as_one_layer(open_batch, tmp_path):
    """With an open batch the converter leaves SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND in the file."""
    import tensorflow as tf

    draw = np.random.default_rng(0)

    def weights(*shape):
        return tf.constant(draw.normal(size=shape).astype(np.float32))

    image, depthwise, signal = weights(3, 3, 2, 4), weights(3, 2, 4, 1), weights(3, 8 * 4, 5)

    def network(x):
        x = tf.nn.relu(tf.nn.conv2d(x, image, 1, "SAME", dilations=2) + weights(4))
        x = tf.nn.depthwise_conv2d(x, depthwise, (1, 1, 1, 1), "VALID", dilations=(3, 2))
        x = tf.reshape(x, (-1, 7, 32))
        return tf.nn.conv1d(x, signal, 1, "SAME", dilations=2)

    given = tf.TensorSpec([None if open_batch else 1, 13, 10, 2], tf.float32)
    function = tf.function(network).get_concrete_function(given)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())
    path = tmp_path / "dilated.tflite"
    path.write_bytes(converter.convert())
    assert ("SPACE_TO_BATCH_ND" in {k for k, _ in TfliteModel.read(path).operators()}) == open_batch

    model = read_tflite_float(path)

    inputs = random_inputs((13, 10, 2))
    wanted = function(tf.constant(inputs)).numpy()
    assert relative_error(answers(model, inputs), wanted) <= FLOAT_LIMIT
    assert len([kind for kind in kinds(model) if kind.startswith("conv")]) == 3
