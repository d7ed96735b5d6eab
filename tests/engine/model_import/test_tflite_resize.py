"""RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR of float files against TensorFlow Lite itself."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from engine.errors import UnsupportedOperator
from engine.model_import.describe_module import describe_module
from engine.model_import.imported_model import ImportedModel
from engine.model_import.tflite_float import read_tflite_float
from tests.helpers.importing import FLOAT_LIMIT, answers, random_inputs, relative_error

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import tensorflow as tf

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

SHAPE = (5, 6, 3)
RESIZE = {"bilinear": tf.raw_ops.ResizeBilinear, "nearest": tf.raw_ops.ResizeNearestNeighbor}
CORNERS, CENTRES = {"align_corners": True}, {"half_pixel_centers": True}


def resized(kind: str, size: tuple[int, int], **settings: bool) -> bytes:
    """A float `.tflite` of one convolution and the resize behind it."""
    kernel = tf.constant(np.random.default_rng(0).normal(size=(1, 1, 3, 3)).astype(np.float32))

    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec((1, *SHAPE), tf.float32)])
    def network(x: tf.Tensor) -> tf.Tensor:
        return RESIZE[kind](images=tf.nn.conv2d(x, kernel, 1, "SAME"), size=size, **settings)

    concrete = network.get_concrete_function()
    content: bytes = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert()
    return content


def imported(content: bytes, folder: Path) -> ImportedModel:
    path = folder / "net.tflite"
    path.write_bytes(content)
    return read_tflite_float(path)


@pytest.mark.parametrize(
    ("kind", "size", "settings"),
    [
        ("bilinear", (10, 18), CENTRES),
        ("bilinear", (10, 18), CORNERS),
        ("bilinear", (7, 9), CENTRES),  # a factor that is not whole
        ("bilinear", (4, 3), CENTRES),
        ("bilinear", (7, 4), CORNERS),
        ("nearest", (10, 18), {}),
        ("nearest", (10, 18), CENTRES),
    ],
)
def test_answers_are_those_of_the_runtime(
    kind: str, size: tuple[int, int], settings: dict[str, bool], tmp_path: Path
) -> None:
    content = resized(kind, size, **settings)
    model = imported(content, tmp_path)
    inputs = random_inputs(SHAPE)
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], inputs)
    interpreter.invoke()
    reference = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert reference.shape[1:3] == size
    assert relative_error(answers(model, inputs), reference) <= FLOAT_LIMIT
    summary = describe_module(model.module, name="", task="", model_format="")
    wanted = {"bilinear": "RESIZE_BILINEAR", "nearest": "RESIZE_NEAREST_NEIGHBOR"}[kind]
    assert [layer.kind for layer in summary.layers][-1] == wanted


@pytest.mark.parametrize(
    ("kind", "size", "settings", "why"),
    [
        ("bilinear", (10, 12), {}, "neither of align_corners and half_pixel_centers"),
        ("nearest", (10, 12), CORNERS, "aligns corners"),
        ("nearest", (7, 12), {}, "factor is not whole"),
    ],
)
def test_what_torch_cannot_express_is_refused_in_words(
    kind: str, size: tuple[int, int], settings: dict[str, bool], why: str, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedOperator, match=why) as caught:
        imported(resized(kind, size, **settings), tmp_path)
    assert "RESIZE" in caught.value.message
    assert caught.value.hint
