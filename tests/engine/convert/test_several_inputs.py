"""Networks with several inputs through the whole chain to the virtual board."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.convert.ranges import measure_ranges
from engine.events import CancelToken, discard
from engine.micro_reference import MicroReference, quantize
from engine.tflite_model import TfliteModel
from tests.helpers.networks import PictureAndVector, SignalAndSequence
from tests.helpers.whole_chain import Verified, convert_and_verify, run_on_board, worst_by_pair

SHAPES = {
    PictureAndVector: [(12, 12, 3), (5,)],
    SignalAndSequence: [(16, 3), (6, 4)],
}


@pytest.fixture(scope="module", params=SHAPES, ids=lambda kind: kind.__name__)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Verified:
    torch.manual_seed(0)
    module = request.param().eval()
    classifies = request.param is SignalAndSequence
    folder = tmp_path_factory.mktemp("several")
    return convert_and_verify(module, SHAPES[request.param], folder, classification=classifies)


def test_every_form_agrees(done: Verified) -> None:
    assert done.summary.passed, done.summary.first_guilty
    worst = worst_by_pair(done.summary.rows)
    assert max(e.get("relative", 0.0) for e in worst.values()) <= 1e-5
    assert max(e.get("quanta", 0.0) for e in worst.values()) <= 1.0
    assert worst[("TFLite Micro", "generated C on the host")] == {"quanta": 0.0}


def test_the_board_answers_the_same_bytes(done: Verified) -> None:
    run = run_on_board(done.converted.tflite_int8_path, done.samples)
    assert run.mismatched_bytes == 0
    assert run.layer_rows
    assert all(row.isolated_error == 0 for row in run.layer_rows)
    assert run.self_test == "passed"


def test_inputs_keep_their_order_and_have_their_own_ranges(done: Verified) -> None:
    model = TfliteModel.read(done.converted.tflite_int8_path)
    names = [model.name(int(t)) for t in model.graph.inputs]
    assert names == ["input", "input_1"] == list(done.converted.inputs)
    shapes = [model.shape(int(t)) for t in model.graph.inputs]
    generator = np.random.default_rng(0)
    small, large = (
        [scale * generator.standard_normal((4, *shape)).astype(np.float32) for shape in shapes]
        for scale in (1.0, 8.0)
    )
    ranges = measure_ranges(
        done.converted.tflite_float_path,
        [small[0][:, 0], large[1][:, 0]],
        report=discard,
        cancel=CancelToken(),
    )
    assert ranges["input_1"][1] > 4 * ranges["input"][1]


def test_samples_hold_all_inputs_one_behind_another(done: Verified) -> None:
    model = TfliteModel.read(done.converted.tflite_int8_path)
    parts, expected = [], []
    for tensor in map(int, model.graph.inputs):
        values = np.linspace(-1, 1, model.elements(tensor), dtype=np.float32)[None]
        scale, point, _ = model.quantization(tensor)
        parts.append(values)
        expected.append(quantize(values, scale[0], point[0], np.dtype("int8")).tobytes())
    (sample,) = MicroReference(done.converted.tflite_int8_path).input_samples(parts)
    assert sample == b"".join(expected)
