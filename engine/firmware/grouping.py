"""Which layers run together in bands: those around the peak of the arena, as long as that lowers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.firmware.bands import run_in_bands
from engine.graph import TensorGraph
from engine.memory import least_live_bytes
from engine.plan import KernelChoice

_LONGEST = 8  # operators in a group
_WORTH_PERCENT = 2  # what a group must save of the arena

Choices = tuple[KernelChoice, ...]


def fuse_sums(graph: TensorGraph, choices: Choices) -> Choices:
    """Each convolution that an ADD or SUB follows runs with it where that lowers the arena's peak."""

    def candidates(peak: int) -> list[tuple[int, int]]:
        pairs = ((peak - 1, peak), (peak, peak + 1))
        return [
            (first, last)
            for first, last in pairs
            if 0 <= first and last < len(graph.operators)
            and graph.operators[first].kind == "CONV_2D" and graph.operators[last].kind in ("ADD", "SUB")
        ]  # fmt: skip

    def rows(last: int) -> int:
        # kernels take positions in pairs: no row of an odd number of them alone
        return 1 + graph.tensors[graph.operators[last].outputs[0]].shape[2] % 2

    return _shrink(graph, choices, candidates, rows, goal_bytes=0)


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

    def candidates(peak: int) -> list[tuple[int, int]]:
        lasts = range(peak, min(peak + _LONGEST, len(graph.operators)))
        spans = [
            (first, last) for last in lasts for first in range(max(0, last - _LONGEST + 1), peak + 1)
        ]
        return sorted((s for s in spans if s[0] < s[1]), key=lambda span: span[1] - span[0])

    def rows(last: int) -> int:
        height = graph.tensors[graph.operators[last].outputs[0]].shape[1]
        return -(-height // patches)

    return _shrink(graph, choices, candidates, rows, goal_bytes)


def _shrink(
    graph: TensorGraph,
    choices: Choices,
    candidates: Callable[[int], Sequence[tuple[int, int]]],
    rows: Callable[[int], int],
    goal_bytes: int,
) -> Choices:
    while True:
        live = least_live_bytes(graph, choices)
        peak = max(live, default=0)
        if peak <= goal_bytes:
            return choices
        best, least = None, peak - peak * _WORTH_PERCENT // 100
        for first, last in candidates(live.index(peak)):
            grouped = run_in_bands(graph, choices, first, last, rows(last))
            if grouped is not None:
                needed = max(least_live_bytes(graph, grouped))
                if needed < least:
                    best, least = grouped, needed
        if best is None:
            return choices
        choices = best
