"""Layers in bands of rows: the same bytes as layer by layer, in less memory."""

from __future__ import annotations

import numpy as np
import pytest

from engine.firmware.bands import run_in_bands
from engine.firmware.kernel_choice import choose_kernels
from engine.model_import.tflite_file import read_tflite
from tests.helpers.host_model import HostModel
from tests.helpers.micro import MicroModel, noise
from tests.helpers.shared_data import shared_data

CASES = [
    ("mlperf_ic_int8", 2, 3, 1),
    ("mlperf_ic_int8", 1, 3, 5),
    ("mlperf_ic_int8", 0, 3, 3),
    ("mlperf_vww_int8", 0, 3, 1),
    ("mlperf_vww_int8", 2, 5, 7),
    ("tflm_person_detect_int8", 0, 3, 1),
    ("tflm_person_detect_int8", 0, 6, 2),
    ("mlperf_kws_int8", 0, 2, 4),
]


@pytest.mark.parametrize(("name", "first", "last", "rows"), CASES)
def test_portable_bands_give_the_bytes_of_tflite_micro(tmp_path, name, first, last, rows):
    path = shared_data("models", "tflite", f"{name}.tflite")
    graph = read_tflite(path)
    choices = choose_kernels(graph, family="portable")
    banded = run_in_bands(graph, choices, first, last, rows)
    assert banded is not None
    model = HostModel(graph, tmp_path, choices=banded)
    micro = MicroModel(path.read_bytes())
    for seed in range(2):
        inputs = noise(graph, seed)
        np.testing.assert_array_equal(model.run(*inputs)[0], micro.run(*inputs)[0])
