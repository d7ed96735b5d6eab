"""Model files that no project trains: converted as they are and verified down to the board."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import BadInputFile
from engine.events import CancelToken, Event, LogLine, discard
from engine.tflite_model import TfliteModel
from engine.untrained import convert_untrained, seeded_inputs
from engine.verification import verify_file
from tests.helpers.networks import PictureAndVector


@pytest.fixture(scope="module")
def two_inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX file of a picture and a vector, with two outputs."""
    path = tmp_path_factory.mktemp("files") / "two_inputs.onnx"
    torch.manual_seed(0)
    examples = (torch.zeros(1, 3, 12, 12), torch.zeros(1, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(PictureAndVector().eval(), examples, str(path), dynamo=False, opset_version=17)
    return path


def test_an_onnx_file_of_two_inputs_reaches_the_board(two_inputs: Path) -> None:
    events: list[Event] = []
    found = verify_file(two_inputs, board_id="stm32f407", report=events.append, cancel=CancelToken())
    found.refuse_failure()
    assert found.board_run is not None
    assert found.board_run.mismatched_bytes == 0
    assert found.board_run.inputs_compared == 100
    forms = {row["to"] for row in found.rows}
    assert {"ONNX Runtime", "TFLite Micro", "generated C on the host", "virtual board"} <= forms
    said = [event.text for event in events if isinstance(event, LogLine)]
    assert any("seeded inputs" in text for text in said)


def test_the_int8_file_of_two_inputs_is_verified_by_itself(two_inputs: Path, tmp_path: Path) -> None:
    made = convert_untrained(two_inputs, tmp_path, report=discard, cancel=CancelToken())
    assert [values.shape for values in made.inputs] == [(8, 12, 12, 3), (8, 5)]
    path = made.converted.tflite_int8_path
    model = TfliteModel.read(path)
    assert [model.dtype(int(t)) for t in model.graph.inputs] == ["int8", "int8"]
    found = verify_file(path, report=discard, cancel=CancelToken())
    found.refuse_failure()
    host = [row for row in found.rows if row["to"] == "generated C on the host"]
    assert {row["layer"] for row in host} >= {model.name(int(t)) for t in model.graph.outputs}
    assert all(row["isolated_error"] == 0 for row in host)


def test_seeded_inputs_fill_the_range_that_is_known(two_inputs: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from engine.model_import.onnx_file import read_onnx

    imported = replace(read_onnx(two_inputs), ranges={"input_1": (2.0, 6.0)})
    picture, vector = seeded_inputs(imported, [(12, 12, 3), (5,)], 40)
    assert vector.min() >= 2.0
    assert 5.0 < vector.max() <= 6.0
    assert picture.shape == (40, 12, 12, 3)
    assert np.array_equal(picture, seeded_inputs(imported, [(12, 12, 3), (5,)], 40)[0])


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputFile):
        verify_file(tmp_path / "nothing.onnx", report=discard, cancel=CancelToken())
