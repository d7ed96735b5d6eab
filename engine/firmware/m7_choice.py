"""Kernels for the Cortex-M7: those for the DSP extension, in an order that pairs instructions.

Constants, choice and exactness are those of `dsp_choice.py`; only functions differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.firmware import dsp_choice
from engine.firmware.dsp import DSP
from engine.graph import Operator, TensorGraph
from engine.plan import KernelCall, KernelChoice

_READ_AHEAD_BYTES = 8  # of a column's end, see th_gemm_m7.h
_Candidate = Callable[[TensorGraph, Operator], KernelChoice | None]


def convolution(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """CONV_2D as `dsp_choice.convolution` has it."""
    return _reading_ahead(dsp_choice.convolution(graph, operator))


def fully_connected(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """FULLY_CONNECTED as `dsp_choice.fully_connected` has it."""
    return _reading_ahead(dsp_choice.fully_connected(graph, operator))


def depthwise(graph: TensorGraph, operator: Operator) -> KernelChoice | None:
    """DEPTHWISE_CONV_2D as `dsp_choice.depthwise` has it."""
    choice = dsp_choice.depthwise(graph, operator)
    if choice is None or choice.calls[0].shape_type == "th_depthwise_taps_dsp_shape":
        return choice
    return _with_functions(choice, header="th_depthwise_m7.h")


def _reading_ahead(choice: KernelChoice | None) -> KernelChoice | None:
    if choice is None:
        return None
    longer = replace(choice, scratch_bytes=choice.scratch_bytes + _READ_AHEAD_BYTES)
    return _with_functions(longer, header="th_conv_m7.h")


def _with_functions(choice: KernelChoice, *, header: str) -> KernelChoice:
    def renamed(call: KernelCall) -> KernelCall:
        if not call.scratch:  # a clamp behind the layer
            return call
        return replace(call, function=f"{call.function.removesuffix('_dsp')}_m7", header=header)

    kernel = f"{choice.kernel.removesuffix('_dsp')}_m7"
    return replace(choice, kernel=kernel, calls=tuple(renamed(call) for call in choice.calls))


DSP_M7: dict[str, tuple[_Candidate, ...]] = {
    **DSP,
    "CONV_2D": (convolution,),
    "DEPTHWISE_CONV_2D": (depthwise,),
    "FULLY_CONNECTED": (fully_connected,),
}
"""Candidates of the family `dsp-m7`, best first; where none applies the portable ones follow."""
