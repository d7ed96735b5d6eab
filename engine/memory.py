"""The arena plan: where each tensor lies, for how long, and how near that is to the least possible.

Tensors that never live at the same time may share bytes (dynamic storage allocation). A view lies where
its input does; a result that a kernel may write over its input may overlap it, by that kernel's rule;
scratch is a block that lives during its operators alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.arena import ALIGNMENT, Block, Overlap, live_bytes
from engine.arena_packing import pack
from engine.boards import BoardSpec, board_ids, load_board
from engine.figures import Predicted
from engine.graph import Operator, TensorGraph
from engine.latency import (
    code_error_percent,
    platform_flash_bytes,
    predict_code_bytes,
    predict_latency,
)
from engine.plan import ExtraMemory, KernelChoice, MemoryPlan, OperatorNeeds, Optimise, constant_bytes
from engine.summaries import FitSummary, LayerCost, Placement

# RAM of the firmware besides the arena: stack as build.py reserves it; ring, frames and fault stack of
# the platform, measured from builds; a kept copy of a small input (platform/common/main.c).
_STACK_BYTES = 2048
_PLATFORM_DATA_BYTES = 2140
_KEPT_INPUT_LIMIT_BYTES = 1024


def plan_memory(graph: TensorGraph, needs: Sequence[OperatorNeeds]) -> MemoryPlan:
    """Place all run-time tensors and scratch blocks in one arena.

    Args:
        graph: the network.
        needs: one per operator, in schedule order; kernel choices are needs.

    Returns:
        A plan whose arena equals its lower bound, or is the least that all placements allow, unless the
        search for it had to give up (`is_least`).
    """
    contents = _contents(graph, needs)
    block_of, blocks, spans = contents.block_of, contents.blocks, contents.spans
    live = live_bytes(blocks, contents.overlaps, len(graph.operators))
    bound = max(live, default=0)
    packing = pack(blocks, contents.overlaps, bound)
    offsets = packing.offsets
    scratch_offsets = [-1] * len(graph.operators)
    for index, block in contents.scratch.items():
        scratch_offsets[index] = offsets[block]
    producers = {i: operator for operator in graph.operators for i in operator.outputs}
    shares = dict(contents.sources)
    backwards = set()
    for source, output in contents.in_place:
        pair = block_of[source], block_of[output]
        start, end = (offsets[block] for block in pair)
        if start < end + blocks[pair[1]].size and end < start + blocks[pair[0]].size:
            shares[output] = source
            if not contents.overlaps[pair].allows_forward(start - end):
                backwards.add(producers[output].index)
    placements = tuple(
        Placement(
            tensor=tensor,
            name=graph.tensors[tensor].name,
            layer_kind=_origin(graph, producers, tensor),
            offset=offsets[block_of[tensor]],
            size_bytes=graph.tensors[tensor].size_bytes,
            first=spans[tensor][0],
            last=spans[tensor][1],
            shares_with=shares.get(tensor, -1),
        )
        for tensor in sorted(spans)
    )
    return MemoryPlan(
        placements=placements,
        scratch_offsets=tuple(scratch_offsets),
        arena_bytes=packing.total,
        arena_lower_bound_bytes=bound,
        scratch_bytes=max((need.scratch_bytes for need in needs), default=0),
        live_bytes=live,
        is_least=packing.is_least,
        backwards=frozenset(backwards),
    )


def least_live_bytes(graph: TensorGraph, needs: Sequence[OperatorNeeds]) -> tuple[int, ...]:
    """Per operator, what the arena must hold at least: `MemoryPlan.live_bytes` without a plan."""
    contents = _contents(graph, needs)
    return live_bytes(contents.blocks, contents.overlaps, len(graph.operators))


@dataclass(frozen=True)
class _Contents:
    """What an arena must hold.

    Attributes:
        blocks: tensors (views lie in their source's block), then scratch.
        block_of: block of each tensor.
        scratch: block of each operator's scratch.
        overlaps: rules for blocks that may overlap.
        in_place: (input, output) tensors of those rules.
        sources: for each view the tensor whose bytes it is.
        spans: first and last operator of each tensor.
    """

    blocks: list[Block]
    block_of: dict[int, int]
    scratch: dict[int, int]
    overlaps: dict[tuple[int, int], Overlap]
    in_place: tuple[tuple[int, int], ...]
    sources: dict[int, int]
    spans: dict[int, tuple[int, int]]


def _contents(graph: TensorGraph, needs: Sequence[OperatorNeeds]) -> _Contents:
    group = _groups(needs)
    spans = _lifetimes(graph, group)
    sources = _view_sources(graph, needs, spans)
    block_of, blocks = _tensor_blocks(graph, spans, sources)
    in_place = _in_place_pairs(graph, needs, group, block_of, blocks)
    scratch = {}
    for index, need in enumerate(needs):
        if need.scratch_bytes > 0:
            scratch[index] = len(blocks)
            blocks.append(Block(_align(need.scratch_bytes), index, group[index][1]))
    overlaps = {(block_of[s], block_of[o]): rule for (s, o), rule in in_place.items()}
    return _Contents(blocks, block_of, scratch, overlaps, tuple(in_place), sources, spans)


def _origin(graph: TensorGraph, producers: Mapping[int, Operator], tensor: int) -> str:
    """Kind of the operator that makes a tensor, `VARIABLE` or `INPUT`."""
    if graph.tensors[tensor].is_variable:
        return "VARIABLE"
    return producers[tensor].kind if tensor in producers else "INPUT"


def _groups(needs: Sequence[OperatorNeeds]) -> dict[int, tuple[int, int]]:
    """First and last operator of the group that each operator runs in."""
    groups = {index: (index, index) for index in range(len(needs))}
    for index, need in enumerate(needs):
        for covered in (index, *need.covers) if need.covers else ():
            groups[covered] = (index, need.covers[-1])
    return groups


def _lifetimes(graph: TensorGraph, group: Mapping[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """First and last operator of each run-time tensor that is made or read; both inclusive.

    Operators of a group run together: what one of them reads or makes lives while all of them run, and
    what only passes between them has no place of its own.
    """
    end = max(len(graph.operators) - 1, 0)
    spans: dict[int, tuple[int, int]] = {i: (0, 0) for i in graph.inputs}
    passed_on = _passed_on(graph, group)
    for operator in graph.operators:
        start, stop = group[operator.index]
        for i in (*operator.inputs, *operator.outputs):
            if i >= 0 and i not in passed_on and not graph.tensors[i].is_constant:
                first, last = spans.get(i, (start, stop))
                spans[i] = (first, max(last, stop))
    for tensor in graph.tensors:
        if tensor.is_variable and tensor.index in spans:
            spans[tensor.index] = (0, end)
    for i in graph.outputs:
        if not graph.tensors[i].is_constant:
            spans[i] = (spans.get(i, (0, 0))[0], end)
    return spans


def _passed_on(graph: TensorGraph, group: Mapping[int, tuple[int, int]]) -> set[int]:
    """Tensors made and read inside one group of several operators alone."""
    makers = {i: group[o.index] for o in graph.operators for i in o.outputs}
    readers: dict[int, set[tuple[int, int]]] = {}
    for operator in graph.operators:
        for i in operator.inputs:
            readers.setdefault(i, set()).add(group[operator.index])
    return {
        i
        for i, made_in in makers.items()
        if made_in[0] < made_in[1] and readers.get(i) == {made_in} and i not in graph.outputs
    }


def _view_sources(
    graph: TensorGraph, needs: Sequence[OperatorNeeds], spans: Mapping[int, tuple[int, int]]
) -> dict[int, int]:
    """The tensor whose bytes a tensor is under another shape, for each that is."""
    sources = {}
    for operator, need in zip(graph.operators, needs, strict=True):
        if need.view and need.in_place_input is not None:
            source, output = operator.inputs[need.in_place_input], operator.outputs[0]
            if source in spans and output in spans:
                sources[output] = source
    return sources


def _tensor_blocks(
    graph: TensorGraph, spans: Mapping[int, tuple[int, int]], sources: Mapping[int, int]
) -> tuple[dict[int, int], list[Block]]:
    """The block of each tensor, and the blocks; a view lies in its source's."""
    roots: dict[int, list[int]] = {}
    for tensor in spans:
        root = tensor
        while root in sources:
            root = sources[root]
        roots.setdefault(root, []).append(tensor)
    blocks = [
        Block(
            max(_align(graph.tensors[i].size_bytes) for i in tensors),
            min(spans[i][0] for i in tensors),
            max(spans[i][1] for i in tensors),
        )
        for tensors in roots.values()
    ]
    return {i: n for n, tensors in enumerate(roots.values()) for i in tensors}, blocks


def _in_place_pairs(
    graph: TensorGraph,
    needs: Sequence[OperatorNeeds],
    group: Mapping[int, tuple[int, int]],
    block_of: Mapping[int, int],
    blocks: Sequence[Block],
) -> dict[tuple[int, int], Overlap]:
    """How each output may lie over the input (input, output) that its kernel may overwrite.

    Nothing may need the input's bytes after the kernel, nor through another input of its group.
    """
    pairs = {}
    results = {block_of[i] for i in graph.outputs if i in block_of}
    for operator, need in zip(graph.operators, needs, strict=True):
        if need.view or (need.in_place_input is None and need.in_place_tensor < 0):
            continue
        source, output = need.in_place_tensor, operator.outputs[0]
        if need.in_place_input is not None:
            source = operator.inputs[need.in_place_input]
        if source not in block_of or output not in block_of:
            continue
        first, last = group[operator.index]
        others = [
            i
            for index in range(first, last + 1)
            for position, i in enumerate(graph.operators[index].inputs)
            if (index, position) != (operator.index, need.in_place_input)
            and i != need.in_place_tensor
            and i in block_of
        ]
        fits = graph.tensors[output].size_bytes <= graph.tensors[source].size_bytes
        if (
            blocks[block_of[source]].last <= last
            and block_of[source] not in results
            and not graph.tensors[source].is_variable
            and not graph.tensors[output].is_variable
            and block_of[output] != block_of[source]
            and (fits or need.in_place_lead_bytes is not None or need.in_place_step_bytes)
            and all(block_of[other] != block_of[source] for other in others)
        ):
            lead, step = need.in_place_lead_bytes, need.in_place_step_bytes
            back = need.in_place_back_lead_bytes
            pairs[source, output] = Overlap(
                least_lead=None if lead is None else _align(lead),
                step=math.lcm(step, ALIGNMENT) if step else 0,
                equal=lead is None and not step,
                most_lead=None if back is None else back // ALIGNMENT * ALIGNMENT,
            )
    return pairs


def _align(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def fit_on_board(
    graph: TensorGraph,
    plan: MemoryPlan,
    choices: Sequence[KernelChoice],
    board: BoardSpec,
    optimise: Optimise = "speed",
    extra: ExtraMemory | None = None,
) -> FitSummary:
    """Predict flash, RAM and time on one board, and say in words what does not fit.

    Constants and arena are exact; code and the platform's share come from measured tables.

    Args:
        graph: the network.
        plan: its arena.
        choices: its kernels, in schedule order.
        board: the chip and what it leaves for the network.
        optimise: what the code is compiled for; the summary says what the other way would give.
        extra: what the firmware holds besides, None for nothing.
    """
    latency = predict_latency(graph, choices, board, optimise)
    constants = constant_bytes(choices)
    code = predict_code_bytes(choices, board, optimise)
    other: Optimise = "size" if optimise == "speed" else "speed"
    other_latency = predict_latency(graph, choices, board, other)
    other_code = predict_code_bytes(choices, board, other)
    flash_parts = {
        "weights": sum(constants),
        "kernels": sum(code.values()),
        "platform": platform_flash_bytes(board.family),
    }
    ram_parts = {"arena": plan.arena_bytes, "data": _data_bytes(graph), "stack": _STACK_BYTES}
    if extra is not None:
        flash_parts[extra.name], ram_parts[extra.name] = extra.flash_bytes, extra.ram_bytes
    flash_bytes, ram_bytes = sum(flash_parts.values()), sum(ram_parts.values())
    ram_needed = plan.arena_bytes + _ram_beside_arena(graph, board, extra)
    reasons, suggestions = _verdict(graph, plan, board, flash_bytes, ram_needed, flash_parts["weights"])
    if reasons and extra is not None:
        kilobytes = (
            f"{_kilobytes(extra.flash_bytes)} KB of flash, {_kilobytes(extra.ram_bytes)} KB of RAM"
        )
        suggestions.insert(
            0, f"Leave the {extra.name} to the computer: on the board it takes {kilobytes}."
        )
    other_flash_bytes = flash_bytes - sum(code.values()) + sum(other_code.values())

    def flash(total: int, aim: Optimise) -> Predicted:
        """Exact but for code and platform."""
        guessed = code_error_percent(choices, board, aim) * (total - flash_parts["weights"])
        return Predicted(total, "bytes", guessed / total)

    return FitSummary(
        model=graph.name,
        board=board.id,
        flash_bytes=flash(flash_bytes, optimise),
        ram_bytes=Predicted(ram_bytes, "bytes"),
        arena_bytes=plan.arena_bytes,
        arena_lower_bound_bytes=plan.arena_lower_bound_bytes,
        arena_is_least=plan.is_least,
        optimise=optimise,
        other_flash_bytes=flash(other_flash_bytes, other),
        other_cycles=other_latency.cycles,
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
                other_cycles=other_latency.layer_cycles[choice.operator],
                other_flash_bytes=constants[choice.operator] + other_code.get(choice.operator, 0),
                instructions_per_mac=_ratio(
                    latency.layer_instructions[choice.operator],
                    graph.macs(graph.operators[choice.operator]),
                ),
            )
            for choice in choices
        ],
        fits=not reasons,
        reasons=reasons,
        suggestions=suggestions,
    )


def arena_room_bytes(graph: TensorGraph, board: BoardSpec, extra: ExtraMemory | None = None) -> int:
    """The largest arena that a board has room for, beside what else lies in the same memory."""
    return board.arena_budget_bytes - _ram_beside_arena(graph, board, extra)


def _ram_beside_arena(graph: TensorGraph, board: BoardSpec, extra: ExtraMemory | None) -> int:
    if board.region("arena").name != board.region("data").name:
        return 0
    return _data_bytes(graph) + _STACK_BYTES + (extra.ram_bytes if extra is not None else 0)


def _data_bytes(graph: TensorGraph) -> int:
    return _PLATFORM_DATA_BYTES + _kept_input_bytes(graph) + 4 * len(graph.operators)


def _ratio(instructions: float, macs: int) -> float | None:
    return round(instructions / macs, 3) if macs and instructions else None


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
