"""Cycles and milliseconds of a network on a board, predicted before anything is built.

Per call of a kernel: cycles = per_call + per_output * outputs + per_step * steps, where a step is one
multiply-accumulate, or one tap of a pooling window. The coefficients stand in
`resources/firmware/costs.toml`, measured per core; the error bar is that table's own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from engine.boards import BoardSpec
from engine.figures import Predicted
from engine.graph import TensorGraph
from engine.plan import KernelCall, KernelChoice
from engine.resources import resource

# Layers with a memory multiply by every weight at every step; the graph counts no MACs for them.
_SEQUENCE_SHAPES = ("th_svdf_shape", "th_lstm_shape")


@dataclass(frozen=True)
class KernelCost:
    """What one kernel costs on one core.

    Attributes:
        copy_bytes: flash of one specialised copy.
        shared_bytes: flash of what all its copies share.
        per_call: cycles of a call without work.
        per_output: cycles per output element.
        per_step: cycles per multiply-accumulate or window tap.
    """

    copy_bytes: float
    shared_bytes: float
    per_call: float
    per_output: float
    per_step: float


@dataclass(frozen=True)
class CostTable:
    """Costs of all kernels on one core.

    Attributes:
        kernels: by C function without its prefix.
        error_percent: half width of the error bar of a whole network's cycles.
        code_error_percent: the same for its code bytes.
    """

    kernels: dict[str, KernelCost]
    error_percent: float
    code_error_percent: float

    def cost(self, function: str) -> KernelCost:
        """The cost of a C function; for one that was never measured, that of the nearest name."""
        name = function.removeprefix("th_")
        if name in self.kernels:
            return self.kernels[name]
        return self.kernels[max(self.kernels, key=lambda known: _common_prefix(known, name))]


@dataclass(frozen=True)
class LatencyPrediction:
    """Predicted time of one inference.

    Attributes:
        layer_cycles: per operator.
        cycles: their sum, with its error bar.
        latency_ms: at the board's clock.
    """

    layer_cycles: tuple[float, ...]
    cycles: Predicted
    latency_ms: Predicted


def predict_latency(
    graph: TensorGraph, choices: Sequence[KernelChoice], board: BoardSpec
) -> LatencyPrediction:
    """Predict cycles per layer and the time of one inference.

    Args:
        graph: the network.
        choices: its kernels, in schedule order.
        board: core and clock.
    """
    table = cost_table(board.core)
    layer_cycles = tuple(
        sum(_call_cycles(graph, choice, call, table) for call in choice.calls) for choice in choices
    )
    cycles = sum(layer_cycles)
    return LatencyPrediction(
        layer_cycles=layer_cycles,
        cycles=Predicted(cycles, "cycles", table.error_percent),
        latency_ms=Predicted(cycles / board.clock_hz * 1000, "ms", table.error_percent),
    )


def predict_code_bytes(choices: Sequence[KernelChoice], board: BoardSpec) -> dict[int, int]:
    """Flash of the specialised kernels, counted at the operator that first needs each copy."""
    table = cost_table(board.core)
    seen: set[object] = set()
    sizes: dict[int, int] = {}
    for choice in choices:
        size = 0.0
        for call in (*choice.initial_calls, *choice.calls):
            cost = table.cost(call.function)
            copy = (call.function, tuple(sorted(call.shape.items())))
            size += 0.0 if copy in seen else cost.copy_bytes
            size += 0.0 if call.function in seen else cost.shared_bytes
            seen |= {copy, call.function}
        sizes[choice.operator] = round(size)
    return sizes


@cache
def cost_table(core: str) -> CostTable:
    """The table of a core; cores without one of their own use `cortex-m4f`."""
    document = tomllib.loads(resource("firmware", "costs.toml").read_text("utf-8"))
    section = document.get(core, document["cortex-m4f"])
    kernels = {name: KernelCost(*map(float, row)) for name, row in section["kernels"].items()}
    return CostTable(kernels, float(section["error_percent"]), float(section["code_error_percent"]))


@cache
def platform_flash_bytes(family: str) -> int:
    """Flash of start-up, telemetry and run-time library of a chip family, measured from builds."""
    document = tomllib.loads(resource("firmware", "costs.toml").read_text("utf-8"))
    sizes = document["platform_flash_bytes"]
    return int(sizes.get(family, max(sizes.values())))


def call_work(graph: TensorGraph, choice: KernelChoice, call: KernelCall) -> tuple[int, int]:
    """(output elements, steps) of one call; an operator's MACs count at its main call."""
    outputs = sum(graph.tensors[i].elements for i in call.outputs)
    if call.places:
        return _band_work(call)
    main = max(choice.calls, key=_constant_bytes, default=None)
    steps = graph.macs(graph.operators[choice.operator]) if call is main else 0
    if steps == 0 and "kernel_height" in call.shape:
        steps = outputs * call.shape["kernel_height"] * call.shape["kernel_width"]
    if call.shape_type in _SEQUENCE_SHAPES:
        steps = sum(k.values.size for k in call.constants.values()) * call.shape.get("steps", 1)
    return outputs, steps


def _band_work(call: KernelCall) -> tuple[int, int]:
    """The same of a call that makes a band of rows, from its own shape."""
    members = call.shape
    if "bytes" in members:
        return members["bytes"], 0
    if "count" in members or "size3" in members:
        return members.get("count", members.get("size3", 0)), 0
    channels = members.get("output_channels", members.get("channels", 1))
    rows, columns = members.get("output_height", 1), members.get("output_width", 1)
    positions = members.get("positions", rows * columns)
    taps = members.get("kernel_height", 1) * members.get("kernel_width", 1)
    depthwise = "depthwise" in call.function or "channels" in members
    depth = 1 if depthwise else members.get("live_channels", members["input_channels"])
    return positions * channels, positions * channels * taps * depth // members.get("groups", 1)


def _constant_bytes(call: KernelCall) -> int:
    return sum(constant.values.nbytes for constant in call.constants.values())


def _call_cycles(graph: TensorGraph, choice: KernelChoice, call: KernelCall, table: CostTable) -> float:
    cost = table.cost(call.function)
    outputs, steps = call_work(graph, choice, call)
    return call.repeats * (cost.per_call + cost.per_output * outputs + cost.per_step * steps)


def _common_prefix(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
