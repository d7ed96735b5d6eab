"""Candidates of the family `cmsis-nn`: Arm's CMSIS-NN, to compare with on one's own model.

Its sources are not part of Thimble. The extra `bench` installs a package that carries a subset of
CMSIS-NN 4.0 (convolution, depthwise, fully connected, pools; no softmax, no add), and the build compiles
them beside the model. Each candidate chooses the function that CMSIS-NN's own wrappers would choose, and
returns None where CMSIS-NN has none; the portable kernel follows then.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from engine.errors import UsageError
from engine.firmware import layers
from engine.graph import Operator, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice
from engine.resources import resource

FAMILY = "cmsis-nn"
HEADER = "th_cmsis_nn.h"

_PACKAGE = "bakenn"
_VENDOR = ("backend", "cmsis_nn", "vendor")
_LARGEST_SIZE = (1 << 15) - 1  # CMSIS-NN keeps sizes in uint16_t and positions in int16_t


@dataclass(frozen=True)
class CmsisNnSources:
    """Where CMSIS-NN lies on this machine.

    Attributes:
        sources: its C files.
        includes: folders of its headers, and of what they miss in a freestanding compiler.
        defines: macros that its headers want, which choose the compiler's own memory functions.
    """

    sources: tuple[Path, ...]
    includes: tuple[Path, ...]
    defines: Mapping[str, str]


@cache
def find_sources() -> CmsisNnSources | None:
    """CMSIS-NN in the installed package, None where there is none."""
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or not package.submodule_search_locations:
        return None
    vendor = Path(package.submodule_search_locations[0]).joinpath(*_VENDOR)
    headers = vendor / "cmsis_nn" / "Include"
    sources = tuple(sorted((vendor / "cmsis_nn" / "Source").rglob("arm_*.c")))
    if not (headers / "arm_nnfunctions.h").is_file() or not sources:
        return None
    includes = (headers, vendor / "cmsis_core" / "Include", resource("firmware", "cmsis_nn"))
    return CmsisNnSources(sources, includes, {"BAKENN_CMSIS_NN_BUILTIN_MEMORY": "1"})


def require_sources() -> CmsisNnSources:
    """CMSIS-NN in the installed package.

    Raises:
        UsageError: the package is not installed.
    """
    found = find_sources()
    if found is None:
        raise UsageError(
            "The sources of CMSIS-NN are not installed here.",
            hint='Install them with: pip install "thimble-studio[bench]"',
        )
    return found


def convolution(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """CONV_2D of int8 in one group."""
    portable = layers.convolution(graph, operator)
    (call,) = portable.calls
    shape = call.shape
    if call.function != "th_conv_int8" or shape["groups"] != 1 or not _sizes_fit(shape):
        return None
    taps = shape["kernel_height"] * shape["kernel_width"] * shape["input_channels"]
    pads = shape["pad_top"], shape["pad_left"]
    if taps > _LARGEST_SIZE:
        return None
    if (shape["kernel_height"], shape["kernel_width"]) == (1, 1) and pads == (0, 0):
        strides = shape["stride_height"], shape["stride_width"]
        return _choice(portable, "conv_1x1" if strides == (1, 1) else "conv_1x1_strided")
    return _choice(portable, "conv", scratch_bytes=4 * taps)


def depthwise(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """DEPTHWISE_CONV_2D of int8."""
    portable = layers.depthwise(graph, operator)
    (call,) = portable.calls
    shape = call.shape
    if call.function != "th_depthwise_int8" or not _sizes_fit(shape):
        return None
    kernel = shape["kernel_height"], shape["kernel_width"]
    plain = (
        shape["input_channels"] == shape["output_channels"]
        and shape["batches"] == shape["dilation_height"] == shape["dilation_width"] == 1
    )
    if not plain:
        return _choice(portable, "depthwise")
    # The 3x3 function always reads its middle column, so that this must lie inside the image.
    last_middle = (shape["output_width"] - 1) * shape["stride_width"] - shape["pad_left"] + 1
    if (
        kernel == (3, 3)
        and max(shape["pad_top"], shape["pad_left"]) <= 1
        and last_middle < shape["input_width"]
    ):
        return _choice(portable, "depthwise_3x3")
    scratch_bytes = 2 * kernel[0] * kernel[1] * shape["input_channels"]
    return _choice(portable, "depthwise_opt", scratch_bytes=scratch_bytes)


def fully_connected(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """FULLY_CONNECTED of int8 with one scale for all weights."""
    portable = layers.fully_connected(graph, operator)
    (call,) = portable.calls
    if call.function != "th_fully_connected_int8" or call.shape["per_channel"]:
        return None
    return _choice(portable, "fully_connected")


def average_pool(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """AVERAGE_POOL_2D of one int8 image."""
    portable = layers.average_pool(graph, operator)
    (call,) = portable.calls
    if call.function != "th_average_pool_int8" or call.shape["batches"] != 1:
        return None
    return _choice(portable, "average_pool", scratch_bytes=4 * call.shape["channels"])


def max_pool(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """MAX_POOL_2D of one int8 image."""
    portable = layers.max_pool(graph, operator)
    (call,) = portable.calls
    if call.function != "th_max_pool_int8" or call.shape["batches"] != 1:
        return None
    return _choice(portable, "max_pool")


CMSIS_NN: dict[str, tuple[Callable[[TensorGraph, Operator], KernelChoice | None], ...]] = {
    "CONV_2D": (convolution,),
    "DEPTHWISE_CONV_2D": (depthwise,),
    "FULLY_CONNECTED": (fully_connected,),
    "AVERAGE_POOL_2D": (average_pool,),
    "MAX_POOL_2D": (max_pool,),
}


def _choice(portable: KernelChoice, name: str, *, scratch_bytes: int = 0) -> KernelChoice:
    """The portable choice with CMSIS-NN's function, which keeps shifts in 32 bits."""
    (call,) = portable.calls
    constants = dict(call.constants)
    if "shifts" in constants:
        constants["shifts"] = Constant(values=constants["shifts"].values.astype(np.int32))
    kernel = f"{name}_int8_cmsis_nn"
    fast: KernelCall = replace(
        call,
        function=f"th_{kernel}",
        header=HEADER,
        constants=constants,
        scratch=scratch_bytes > 0,
    )
    # CMSIS-NN promises nothing about an output that lies over its input
    return KernelChoice(
        operator=portable.operator, kernel=kernel, calls=(fast,), scratch_bytes=scratch_bytes
    )


def _sizes_fit(shape: Mapping[str, int]) -> bool:
    return all(0 <= size <= _LARGEST_SIZE for size in shape.values())
