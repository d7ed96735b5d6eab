"""Which PAD becomes a convolution's own padding, and which stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from engine.model_import.tflite_file import read_tflite
from tests.helpers.tflite_builder import TfliteBuilder


def kinds(
    folder: Path,
    *,
    amounts=((0, 0), (1, 1), (1, 0), (0, 0)),
    value: int | None = None,
    padded_scale: float = 0.5,
    padding: str = "VALID",
    reader: str = "CONV_2D",
    padded_is_result: bool = False,
) -> list[str]:
    """Kinds of the operators that are left of a PAD and its reader."""
    builder = TfliteBuilder()
    source = builder.tensor((1, 5, 5, 2), scale=0.5, zero_point=7)
    shape = tuple(size + sum(pair) for size, pair in zip((1, 5, 5, 2), amounts, strict=True))
    padded = builder.tensor(shape, scale=padded_scale, zero_point=7)
    inputs = [source, builder.tensor((4, 2), "int32", data=np.array(amounts))]
    if value is not None:
        inputs.append(builder.tensor((1,), scale=0.5, zero_point=7, data=np.array([value])))
    builder.operator("PAD" if value is None else "PADV2", inputs, [padded],
                     "PadOptions" if value is None else "PadV2Options")  # fmt: skip
    _, height, width, depth = shape
    size = (1, height - 1, width - 1, depth) if padding == "VALID" else shape
    output = builder.tensor(size, scale=0.5, zero_point=7)
    if reader == "CONV_2D":
        weights = builder.tensor((depth, 2, 2, depth), scale=0.1, data=np.ones((depth, 2, 2, depth)))
        builder.operator(
            "CONV_2D", [padded, weights], [output], "Conv2DOptions",
            padding=getattr(schema.Padding, padding), strideH=1, strideW=1,
            dilationHFactor=1, dilationWFactor=1,
        )  # fmt: skip
    else:
        builder.operator(
            "AVERAGE_POOL_2D", [padded], [output], "Pool2DOptions",
            padding=getattr(schema.Padding, padding), strideH=1, strideW=1,
            filterHeight=2, filterWidth=2,
        )  # fmt: skip
    builder.inputs.append(source)
    builder.outputs += [output, *([padded] if padded_is_result else [])]
    path = folder / "padded.tflite"
    path.write_bytes(builder.content())
    graph = read_tflite(path)
    assert [operator.index for operator in graph.operators] == list(range(len(graph.operators)))
    return [operator.kind for operator in graph.operators]


def test_zero_points_around_an_image_are_the_convolutions_own(tmp_path: Path) -> None:
    assert kinds(tmp_path) == ["CONV_2D"]
    assert kinds(tmp_path, value=7) == ["CONV_2D"]


@pytest.mark.parametrize(
    "change",
    [
        {"value": 0},
        {"padded_scale": 0.25},
        {"padding": "SAME"},
        {"reader": "AVERAGE_POOL_2D"},
        {"padded_is_result": True},
        {"amounts": ((0, 0), (2, 0), (0, 0), (0, 0))},  # a whole window outside the image
        {"amounts": ((0, 0), (1, 0), (0, 0), (1, 0))},
    ],
)
def test_any_other_padding_stays(change: dict, tmp_path: Path) -> None:
    assert kinds(tmp_path, **change)[0] in ("PAD", "PADV2")
