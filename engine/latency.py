"""Time and code bytes of a network on a board, predicted before anything is built.

A call costs the sum over its units of work (`engine.kernel_work`) of amount times cost. The costs stand
in `resources/firmware/costs.toml`, measured per core on virtual boards by `engine.cost_measurement`.

Cycles predict those of the virtual board; their error bar is the table's own: the largest error on a
real network that took no part in the fit. Time predicts a chip's, so it carries the virtual board's own
error bar (`BoardSpec.cycle_error_percent`) on top.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import msgspec

from engine.boards import BoardSpec
from engine.figures import Predicted
from engine.graph import TensorGraph
from engine.kernel_work import Work, call_work, code_variant
from engine.plan import KernelChoice, Optimise
from engine.resources import resource

T = TypeVar("T")

_FAMILY_ENDINGS = {"_cmsis_nn": "cmsis-nn", "_m7": "dsp-m7", "_dsp": "dsp", "_thumb": "thumb"}
_NEAREST_CORE = "cortex-m4f"  # for a core without a table of its own


class CostTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Costs of all kernels on one core; functions by their C name without `th_`.

    Attributes:
        board: where they were measured.
        error_percent: half width of the error bar of a network's cycles, by kernel family.
        code_error_percent: the same for the bytes of its code, the platform's included.
        model_bytes: code of a network besides its kernels.
        call_bytes: code that each call adds to that.
        cycles: by function, cycles per unit of work.
        instructions_per_cycle: by function.
        copy_bytes: by function, code of one specialised copy.
        shared: by variant of a function, the functions that come with it, once for all layers.
        shared_bytes: code of each of those.
    """

    board: str
    error_percent: dict[str, float]
    code_error_percent: dict[str, float]
    model_bytes: float
    call_bytes: float
    cycles: dict[str, dict[str, float]]
    instructions_per_cycle: dict[str, float]
    copy_bytes: dict[str, float]
    shared: dict[str, list[str]]
    shared_bytes: dict[str, float]


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`costs.toml`: `platform_bytes` of flash by chip family, tables by core and aim of compiling."""

    platform_bytes: dict[str, int]
    core: dict[str, CostTable]


@dataclass(frozen=True)
class LatencyPrediction:
    """Predicted time of one inference.

    Attributes:
        layer_cycles: per operator.
        layer_instructions: per operator.
        cycles: their sum, within its error bar of the virtual board's.
        latency_ms: at the board's clock, within its error bar of a chip's.
    """

    layer_cycles: tuple[float, ...]
    layer_instructions: tuple[float, ...]
    cycles: Predicted
    latency_ms: Predicted


def predict_latency(
    graph: TensorGraph,
    choices: Sequence[KernelChoice],
    board: BoardSpec,
    optimise: Optimise = "speed",
) -> LatencyPrediction:
    """Predict cycles per layer and the time of one inference.

    Args:
        graph: the network.
        choices: its kernels, in schedule order.
        board: core and clock.
        optimise: what the code is compiled for.
    """
    table = cost_table(board.costs_name, optimise)
    layer_cycles, layer_instructions = [], []
    for choice in choices:
        calls = [
            (function_cycles(table, call.function, call_work(graph, call)), call.function)
            for call in choice.calls
        ]
        layer_cycles.append(sum(cycles for cycles, _ in calls))
        layer_instructions.append(
            sum(cycles * nearest(table.instructions_per_cycle, name) for cycles, name in calls)
        )
    error = _of_family(table.error_percent, choices)
    cycles = sum(layer_cycles)
    return LatencyPrediction(
        layer_cycles=tuple(layer_cycles),
        layer_instructions=tuple(layer_instructions),
        cycles=Predicted(cycles, "cycles", error),
        latency_ms=Predicted(cycles / board.clock_hz * 1000, "ms", error + board.cycle_error_percent),
    )


def function_cycles(table: CostTable, function: str, work: Work) -> float:
    """Cycles of one call; for a function never measured, at the costs of that with the nearest name."""
    costs = nearest(table.cycles, function)
    return sum(costs.get(unit, 0.0) * amount for unit, amount in work.items())


def predict_code_bytes(
    choices: Sequence[KernelChoice], board: BoardSpec, optimise: Optimise = "speed"
) -> dict[int, int]:
    """Flash of the network's code, counted at the operator that first needs each function.

    Code that no kernel has (the calls, the model's other functions) counts at the first operator.
    """
    table = cost_table(board.costs_name, optimise)
    seen: set[object] = set()
    sizes: dict[int, int] = {}
    for number, choice in enumerate(choices):
        size = 0.0 if number else table.model_bytes
        for call in (*choice.initial_calls, *choice.calls):
            copy = (call.function, tuple(sorted(call.shape.items())))
            if copy not in seen:
                size += nearest(table.copy_bytes, call.function)
            for name in set(nearest(table.shared, code_variant(call))) - seen:
                size += table.shared_bytes[name]
                seen.add(name)
            seen.add(copy)
            size += table.call_bytes
        sizes[choice.operator] = round(size)
    return sizes


def code_error_percent(
    choices: Sequence[KernelChoice], board: BoardSpec, optimise: Optimise = "speed"
) -> float:
    """Half width of the error bar of `predict_code_bytes`, percent of code and platform together."""
    return _of_family(cost_table(board.costs_name, optimise).code_error_percent, choices)


def family_of_choices(choices: Sequence[KernelChoice]) -> str:
    """The kernel family that a network's kernels come from."""
    functions = [call.function for choice in choices for call in choice.calls]
    for ending, family in _FAMILY_ENDINGS.items():
        if any(ending in function for function in functions):
            return family
    return "portable"


def cost_table(name: str, optimise: Optimise = "speed") -> CostTable:
    """The table of a core or of a chip with costs of its own, or the Cortex-M4's where there is none."""
    tables = read_costs().core
    nearest_core = name if name in tables else _NEAREST_CORE
    return tables.get(table_name(nearest_core, optimise), tables[nearest_core])


def table_name(name: str, optimise: Optimise) -> str:
    """What the table of a core or chip is called in the file."""
    return name if optimise == "speed" else f"{name}-{optimise}"


def platform_flash_bytes(family: str) -> int:
    """Flash of start-up, telemetry and run-time library of a chip family, measured from builds."""
    sizes = read_costs().platform_bytes
    return sizes.get(family, max(sizes.values()))


@cache
def read_costs() -> Costs:
    """All measured costs."""
    document = tomllib.loads(resource("firmware", "costs.toml").read_text("utf-8"))
    return msgspec.convert(document, Costs)


def nearest(table: Mapping[str, T], name: str) -> T:
    """What a table says of a function, or of the one with the most similar name."""
    name = name.removeprefix("th_")
    if name in table:
        return table[name]
    return table[max(table, key=lambda known: _common_prefix(known, name))]


def _of_family(errors: Mapping[str, float], choices: Sequence[KernelChoice]) -> float:
    return errors.get(family_of_choices(choices), max(errors.values()))


def _common_prefix(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
