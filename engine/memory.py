"""The arena plan: where each tensor lies, for how long, and how near that is to the least possible.

Tensors that never live at the same time may share bytes (dynamic storage allocation). Views and in-place
results join their input's buffer; scratch is a buffer that lives during its operator alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.boards import BoardSpec, board_ids, load_board
from engine.figures import Predicted
from engine.graph import Operator, TensorGraph
from engine.latency import (
    cost_table,
    platform_flash_bytes,
    predict_code_bytes,
    predict_latency,
)
from engine.plan import KernelChoice, MemoryPlan, OperatorNeeds, constant_bytes
from engine.summaries import FitSummary, LayerCost, Placement

_ALIGNMENT = 4
_SEARCH_ROUNDS = 400
# Above this many buffers a round of the search is too slow for interactive predictions.
_SEARCH_BUFFERS = 200

# RAM of the firmware besides the arena: stack as build.py reserves it; ring, frames and fault stack of
# the platform, measured from builds; a kept copy of a small input (platform/common/main.c).
_STACK_BYTES = 2048
_PLATFORM_DATA_BYTES = 2140
_KEPT_INPUT_LIMIT_BYTES = 1024


@dataclass
class _Buffer:
    """Bytes that one tensor, a group of sharing tensors or one scratch block needs."""

    size: int
    first: int
    last: int
    tensors: list[int] = field(default_factory=list)
    operator: int = -1
    pinned: bool = False

    def overlaps(self, other: _Buffer) -> bool:
        return self.first <= other.last and other.first <= self.last


def plan_memory(graph: TensorGraph, needs: Sequence[OperatorNeeds]) -> MemoryPlan:
    """Place all run-time tensors and scratch blocks in one arena.

    Args:
        graph: the network.
        needs: one per operator, in schedule order; kernel choices are needs.

    Returns:
        A plan whose arena equals its lower bound wherever the search finds such a placement.
    """
    shares: dict[int, int] = {}
    buffers = _tensor_buffers(graph, needs, shares)
    scratch = [
        _Buffer(_align(need.scratch_bytes), index, index, operator=index)
        for index, need in enumerate(needs)
        if need.scratch_bytes > 0
    ]
    everything = buffers + scratch
    live = _live_bytes(everything, len(graph.operators))
    bound = max(live, default=0)
    offsets, arena = _place(everything, bound)
    scratch_offsets = [-1] * len(graph.operators)
    place_of: dict[int, tuple[int, _Buffer]] = {}
    for buffer, offset in zip(everything, offsets, strict=True):
        if buffer.operator >= 0:
            scratch_offsets[buffer.operator] = offset
        for tensor in buffer.tensors:
            place_of[tensor] = (offset, buffer)
    producers = {i: operator for operator in graph.operators for i in operator.outputs}
    spans = _lifetimes(graph)
    placements = tuple(
        Placement(
            tensor=tensor,
            name=graph.tensors[tensor].name,
            layer_kind=_origin(graph, producers, tensor),
            offset=place_of[tensor][0],
            size_bytes=graph.tensors[tensor].size_bytes,
            first=spans[tensor][0],
            last=spans[tensor][1],
            shares_with=shares.get(tensor, -1),
        )
        for tensor in sorted(place_of)
    )
    return MemoryPlan(
        placements=placements,
        scratch_offsets=tuple(scratch_offsets),
        arena_bytes=arena,
        arena_lower_bound_bytes=bound,
        scratch_bytes=max((need.scratch_bytes for need in needs), default=0),
        live_bytes=live,
    )


def _origin(graph: TensorGraph, producers: Mapping[int, Operator], tensor: int) -> str:
    """Kind of the operator that makes a tensor, `VARIABLE` or `INPUT`."""
    if graph.tensors[tensor].is_variable:
        return "VARIABLE"
    return producers[tensor].kind if tensor in producers else "INPUT"


def _lifetimes(graph: TensorGraph) -> dict[int, tuple[int, int]]:
    """First and last operator of each run-time tensor that is made or read; both inclusive."""
    end = max(len(graph.operators) - 1, 0)
    spans: dict[int, tuple[int, int]] = {i: (0, 0) for i in graph.inputs}
    for operator in graph.operators:
        for i in (*operator.inputs, *operator.outputs):
            if i >= 0 and not graph.tensors[i].is_constant:
                first, _ = spans.get(i, (operator.index, operator.index))
                spans[i] = (first, operator.index)
    for tensor in graph.tensors:
        if tensor.is_variable and tensor.index in spans:
            spans[tensor.index] = (0, end)
    for i in graph.outputs:
        if not graph.tensors[i].is_constant:
            spans[i] = (spans.get(i, (0, 0))[0], end)
    return spans


def _tensor_buffers(
    graph: TensorGraph, needs: Sequence[OperatorNeeds], shares: dict[int, int]
) -> list[_Buffer]:
    buffers: dict[int, _Buffer] = {}
    for tensor, (first, last) in _lifetimes(graph).items():
        buffers[tensor] = _Buffer(
            _align(graph.tensors[tensor].size_bytes),
            first,
            last,
            [tensor],
            pinned=graph.tensors[tensor].is_variable,
        )
    for operator, need in zip(graph.operators, needs, strict=True):
        if need.in_place_input is None:
            continue
        source, output = operator.inputs[need.in_place_input], operator.outputs[0]
        if source not in buffers or output not in buffers or buffers[output].pinned:
            continue
        if need.view or _may_overwrite(operator, buffers, source, output):
            shares[output] = source
            _join(buffers, source, output)
    unique: dict[int, _Buffer] = {id(b): b for b in buffers.values()}
    return list(unique.values())


def _may_overwrite(operator: Operator, buffers: dict[int, _Buffer], source: int, output: int) -> bool:
    """Whether nothing needs the input's bytes after this operator, nor through another of its inputs."""
    buffer = buffers[source]
    others = [buffers[i] for i in operator.inputs if i >= 0 and i != source and i in buffers]
    return (
        buffer.last == operator.index
        and not buffer.pinned
        and buffers[output].size <= buffer.size
        and all(other is not buffer for other in others)
    )


def _join(buffers: dict[int, _Buffer], source: int, output: int) -> None:
    kept, merged = buffers[source], buffers[output]
    kept.size = max(kept.size, merged.size)
    kept.first = min(kept.first, merged.first)
    kept.last = max(kept.last, merged.last)
    kept.tensors += merged.tensors
    for tensor in merged.tensors:
        buffers[tensor] = kept


def _live_bytes(buffers: Sequence[_Buffer], operators: int) -> tuple[int, ...]:
    live = [0] * max(operators, 1)
    for buffer in buffers:
        for index in range(buffer.first, buffer.last + 1):
            live[index] += buffer.size
    return tuple(live)


def _place(buffers: Sequence[_Buffer], bound: int) -> tuple[list[int], int]:
    """Offsets and total size: first-fit in several orders, then a seeded search if none is optimal."""
    orders: list[Callable[[_Buffer], tuple[int, ...]]] = [
        lambda b: (-b.size, b.first),
        lambda b: (-b.size * (b.last - b.first + 1), b.first),
        lambda b: (-(b.last - b.first), -b.size),
        lambda b: (b.first, -b.size),
        lambda b: (-b.last, -b.size),
    ]
    best_offsets: list[int] = [0] * len(buffers)
    best_total = 1 << 62
    best_order: list[int] = []
    for key in orders:
        order = sorted(range(len(buffers)), key=lambda i: key(buffers[i]))
        offsets, total = _first_fit(buffers, order)
        if total < best_total:
            best_offsets, best_total, best_order = offsets, total, order
        if best_total == bound:
            return best_offsets, best_total
    if len(buffers) > _SEARCH_BUFFERS:
        return best_offsets, best_total
    chance = random.Random(0)
    for _ in range(_SEARCH_ROUNDS):
        order = _promote_peak(buffers, best_offsets, best_total, best_order, chance)
        offsets, total = _first_fit(buffers, order)
        if total <= best_total:
            best_offsets, best_total, best_order = offsets, total, order
        if best_total == bound:
            break
    return best_offsets, best_total


def _promote_peak(
    buffers: Sequence[_Buffer],
    offsets: Sequence[int],
    total: int,
    order: Sequence[int],
    chance: random.Random,
) -> list[int]:
    """A neighbour order: a buffer at the top of the arena moves forward, and two others swap."""
    top = [i for i, buffer in enumerate(buffers) if offsets[i] + buffer.size == total]
    moved = chance.choice(top)
    changed = [i for i in order if i != moved]
    changed.insert(chance.randrange(len(changed) + 1), moved)
    if len(changed) > 1 and chance.random() < 0.5:
        a, b = chance.sample(range(len(changed)), 2)
        changed[a], changed[b] = changed[b], changed[a]
    return changed


def _first_fit(buffers: Sequence[_Buffer], order: Iterable[int]) -> tuple[list[int], int]:
    offsets = [0] * len(buffers)
    placed: list[int] = []
    total = 0
    for index in order:
        buffer = buffers[index]
        taken = sorted(
            (offsets[other], offsets[other] + buffers[other].size)
            for other in placed
            if buffer.overlaps(buffers[other])
        )
        offset = 0
        for start, end in taken:
            if start - offset >= buffer.size:
                break
            offset = max(offset, end)
        offsets[index] = offset
        total = max(total, offset + buffer.size)
        placed.append(index)
    return offsets, total


def _align(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def fit_on_board(
    graph: TensorGraph, plan: MemoryPlan, choices: Sequence[KernelChoice], board: BoardSpec
) -> FitSummary:
    """Predict flash, RAM and time on one board, and say in words what does not fit.

    Constants and arena are exact; code and the platform's share come from measured tables.

    Args:
        graph: the network.
        plan: its arena.
        choices: its kernels, in schedule order.
        board: the chip and what it leaves for the network.
    """
    latency = predict_latency(graph, choices, board)
    constants = constant_bytes(choices)
    code = predict_code_bytes(choices, board)
    flash_parts = {
        "weights": sum(constants),
        "kernels": sum(code.values()),
        "platform": platform_flash_bytes(board.family),
    }
    ram_parts = {
        "arena": plan.arena_bytes,
        "data": _PLATFORM_DATA_BYTES + _kept_input_bytes(graph) + 4 * len(graph.operators),
        "stack": _STACK_BYTES,
    }
    flash_bytes, ram_bytes = sum(flash_parts.values()), sum(ram_parts.values())
    shared_region = board.region("arena").name == board.region("data").name
    ram_needed = ram_bytes if shared_region else plan.arena_bytes
    reasons, suggestions = _verdict(graph, plan, board, flash_bytes, ram_needed, flash_parts["weights"])
    guessed = flash_parts["kernels"] + flash_parts["platform"]
    table = cost_table(board.core)
    return FitSummary(
        model=graph.name,
        board=board.id,
        flash_bytes=Predicted(flash_bytes, "bytes", table.code_error_percent * guessed / flash_bytes),
        ram_bytes=Predicted(ram_bytes, "bytes"),
        arena_bytes=plan.arena_bytes,
        arena_lower_bound_bytes=plan.arena_lower_bound_bytes,
        scratch_bytes=plan.scratch_bytes,
        cycles=latency.cycles,
        latency_ms=latency.latency_ms,
        flash_budget_bytes=board.flash_budget_bytes,
        ram_budget_bytes=board.arena_budget_bytes,
        flash_parts=flash_parts,
        ram_parts=ram_parts,
        placements=list(plan.placements),
        layers=[
            LayerCost(
                index=choice.operator,
                name=graph.layer_name(graph.operators[choice.operator]),
                kind=graph.operators[choice.operator].kind,
                kernel=choice.kernel,
                macs=graph.macs(graph.operators[choice.operator]),
                flash_bytes=constants[choice.operator] + code.get(choice.operator, 0),
                live_bytes=plan.live_bytes[choice.operator],
                scratch_bytes=choice.scratch_bytes,
                cycles=latency.layer_cycles[choice.operator],
            )
            for choice in choices
        ],
        fits=not reasons,
        reasons=reasons,
        suggestions=suggestions,
    )


def _verdict(
    graph: TensorGraph,
    plan: MemoryPlan,
    board: BoardSpec,
    flash_bytes: int,
    ram_bytes: int,
    weight_bytes: int,
) -> tuple[list[str], list[str]]:
    """Reasons why it does not fit, and what to do about each, in words with amounts."""
    reasons: list[str] = []
    suggestions: list[str] = []
    if ram_bytes > board.arena_budget_bytes:
        reasons.append(_shortage("SRAM", ram_bytes, board.arena_budget_bytes))
        peak = plan.live_bytes.index(max(plan.live_bytes))
        layer = graph.layer_name(graph.operators[peak])
        percent = 100 - 100 * board.arena_budget_bytes // ram_bytes
        suggestions.append(
            f"Layer {peak} ({layer}) needs the most: lower the input size, or prune about {percent} % "
            "of its channels."
        )
    if flash_bytes > board.flash_budget_bytes:
        reasons.append(_shortage("Flash", flash_bytes, board.flash_budget_bytes))
        over = flash_bytes - board.flash_budget_bytes
        percent = min(99, -(-100 * over // max(weight_bytes, 1)))
        advice = f"Prune about {percent} % of the weights ({_kilobytes(over)} KB)"
        if any(graph.tensors[i].dtype == "float32" for op in graph.operators for i in op.outputs):
            advice = f"Quantise the network to INT8, or prune {_kilobytes(over)} KB of weights"
        suggestions.append(f"{advice}.")
    if reasons:
        roomier = [
            other.name
            for other in map(load_board, board_ids())
            if other.arena_budget_bytes >= ram_bytes and other.flash_budget_bytes >= flash_bytes
        ]
        if roomier:
            suggestions.append(f"Or choose a larger board: {', '.join(roomier[:3])}.")
    return reasons, suggestions


def _shortage(memory: str, needed: int, available: int) -> str:
    return f"{memory}: needs {_kilobytes(needed)} KB, board has {available // 1024} KB."


def _kilobytes(count: int) -> int:
    return -(-count // 1024)


def _kept_input_bytes(graph: TensorGraph) -> int:
    """The firmware keeps a copy of a small input, since the network may overwrite its own."""
    total = sum(graph.tensors[i].size_bytes for i in graph.inputs)
    return total if total <= _KEPT_INPUT_LIMIT_BYTES else 0
