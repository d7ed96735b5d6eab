"""Which layers run together in bands: those around the peak of the arena, as long as that lowers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.firmware.bands import run_in_bands
from engine.graph import TensorGraph
from engine.memory import least_live_bytes
from engine.plan import KernelChoice

_LONGEST = 8  # operators in a group
_WORTH_PERCENT = 2  # what a group must save of the arena

_ROWS_OF_A_PLANE = 8

Choices = tuple[KernelChoice, ...]
_Group = tuple[int, int, int]  # first and last operator, rows of a band


def keep_small(graph: TensorGraph, choices: Choices) -> Choices:
    """What lowers the arena's peak at hardly any cost in time.

    A convolution runs with the ADD or SUB behind it, and a depthwise convolution whose scratch holds a
    whole channel holds some rows of it instead.
    """

    def candidates(peak: int) -> list[_Group]:
        found = []
        for first, last in ((peak - 1, peak), (peak, peak + 1)):
            kinds = [operator.kind for operator in graph.operators[max(first, 0) : last + 1]]
            if kinds in (["CONV_2D", "ADD"], ["CONV_2D", "SUB"]):
                # kernels take positions in pairs: no row of an odd number of them alone
                found.append((first, last, 1 + _output_shape(graph, last)[2] % 2))
        if graph.operators[peak].kind == "DEPTHWISE_CONV_2D" and choices[peak].scratch_bytes:
            found.append((peak, peak, _ROWS_OF_A_PLANE))
        return found

    return _shrink(graph, choices, candidates, goal_bytes=0)


def run_in_patches(
    graph: TensorGraph, choices: Choices, patches: int, *, goal_bytes: int = 0
) -> Choices:
    """Groups of layers in so many bands, added around the peak until the arena meets a goal.

    Args:
        graph: the network.
        choices: one kernel per operator, in schedule order.
        patches: bands that a group's output is made in.
        goal_bytes: of the arena; 0 to go on as long as it gets smaller.
    """

    def candidates(peak: int) -> list[_Group]:
        lasts = range(peak, min(peak + _LONGEST, len(graph.operators)))
        spans = [
            (first, last)
            for last in lasts
            for first in range(max(0, last - _LONGEST + 1), peak + 1)
            if first < last and len(_output_shape(graph, last)) == 4
        ]
        spans.sort(key=lambda span: span[1] - span[0])
        return [(first, last, -(-_output_shape(graph, last)[1] // patches)) for first, last in spans]

    return _shrink(graph, choices, candidates, goal_bytes)


def _output_shape(graph: TensorGraph, operator: int) -> tuple[int, ...]:
    return graph.tensors[graph.operators[operator].outputs[0]].shape


def _shrink(
    graph: TensorGraph,
    choices: Choices,
    candidates: Callable[[int], Sequence[_Group]],
    goal_bytes: int,
) -> Choices:
    while True:
        live = least_live_bytes(graph, choices)
        peak = max(live, default=0)
        if peak <= goal_bytes:
            return choices
        best, least = None, peak - peak * _WORTH_PERCENT // 100
        for first, last, rows in candidates(live.index(peak)):
            grouped = run_in_bands(graph, choices, first, last, rows)
            if grouped is not None:
                needed = max(least_live_bytes(graph, grouped))
                if needed < least:
                    best, least = grouped, needed
        if best is None:
            return choices
        choices = best
