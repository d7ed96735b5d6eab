"""Nearest neighbours of any factor against TFLite Micro, byte for byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.micro import assert_same_as_micro
from tests.helpers.tflite_builder import TfliteBuilder

# rows and columns before and after: larger, smaller, one that stays, whole factors, a single pixel
SIZES = [(5, 4, 7, 9), (7, 9, 3, 4), (1, 3, 5, 3), (4, 5, 8, 15), (6, 5, 1, 1), (3, 50, 50, 3)]


@pytest.mark.parametrize("half_pixel", [False, True])
@pytest.mark.parametrize("aligned", [False, True])
def test_every_rule_of_places(aligned: bool, half_pixel: bool, tmp_path: Path) -> None:
    builder = TfliteBuilder()
    for number, (height, width, new_height, new_width) in enumerate(SIZES):
        dtype = ("int8", "float32")[number % 2]
        scale = 0.1 if dtype == "int8" else None
        channels = number % 3 + 1
        source = builder.tensor((2, height, width, channels), dtype, scale=scale)
        size = builder.tensor((2,), "int32", data=np.array([new_height, new_width]))
        output = builder.tensor((2, new_height, new_width, channels), dtype, scale=scale)
        builder.operator(
            "RESIZE_NEAREST_NEIGHBOR", [source, size], [output], "ResizeNearestNeighborOptions",
            alignCorners=aligned, halfPixelCenters=half_pixel,
        )  # fmt: skip
        builder.inputs.append(source)
        builder.outputs.append(output)
    assert_same_as_micro(builder.content(), tmp_path)
