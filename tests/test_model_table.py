"""The table of model files has a row for each, whatever a file is."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.helpers.shared_data import shared_data
from tests.model_table import model_files, rows


def test_a_damaged_file_costs_only_its_own_row(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    (tmp_path / "note.txt").write_text("no model")
    shutil.copy(shared_data("models", "tflite", "tflm_hello_world_int8.tflite"), tmp_path)

    broken, finished = rows(model_files(tmp_path))

    assert "is not an ONNX model" in broken.cells["refusal"]
    assert not broken.faulty
    assert not finished.faulty
    assert "refusal" not in finished.cells
    assert finished.cells["on board"].startswith("stm32f407: 0 bytes differ")
    assert finished.cells["verified"].startswith("passed")
