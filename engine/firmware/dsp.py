"""Candidates of the family `dsp`: kernels for Arm cores with SIMD-in-register (Cortex-M4, M7).

`DSP` maps an operator kind to candidates, best first; where none applies the portable ones follow.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.firmware import dsp_choice
from engine.graph import Operator, TensorGraph
from engine.plan import KernelChoice

DSP: dict[str, tuple[Callable[[TensorGraph, Operator], KernelChoice | None], ...]] = {
    "CONV_2D": (dsp_choice.convolution,),
    "DEPTHWISE_CONV_2D": (dsp_choice.depthwise,),
    "FULLY_CONNECTED": (dsp_choice.fully_connected,),
    "ADD": (dsp_choice.add,),
    "SUB": (dsp_choice.subtract,),
    "AVERAGE_POOL_2D": (dsp_choice.average_pool,),
    "MAX_POOL_2D": (dsp_choice.max_pool,),
}
