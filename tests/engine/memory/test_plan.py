"""The arena plan: nothing overlaps that lives together, and the arena is as small as it can be."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.arena import Block, Overlap, live_bytes
from engine.arena_packing import pack
from engine.arena_search import Found, search
from engine.boards import load_board
from engine.firmware.kernel_choice import choose_kernels, unsupported_layers
from engine.graph import Operator, Tensor, TensorGraph
from engine.memory import fit_on_board, plan_memory
from engine.model_import.tflite_file import read_tflite
from engine.plan import OperatorNeeds
from tests.helpers.shared_data import shared_data


def chain(*sizes: int, kind: str = "RELU") -> TensorGraph:
    """Operators in a row; tensor i has sizes[i] bytes."""
    tensors = tuple(Tensor(i, f"t{i}", (size,), "int8") for i, size in enumerate(sizes))
    operators = tuple(Operator(i, kind, (i,), (i + 1,)) for i in range(len(sizes) - 1))
    return TensorGraph("chain", tensors, operators, (0,), (len(sizes) - 1,))


@st.composite
def graphs(draw):
    """Random graphs in execution order, each operator reading up to three earlier tensors."""
    count = draw(st.integers(1, 15))
    tensors = [Tensor(0, "input", (draw(st.integers(1, 900)),), "int8")]
    operators, needs = [], []
    for index in range(count):
        reads = draw(st.lists(st.integers(0, len(tensors) - 1), min_size=1, max_size=3, unique=True))
        view = draw(st.integers(0, 9)) == 0
        size = tensors[reads[0]].size_bytes if view else draw(st.integers(1, 900))
        tensors.append(Tensor(len(tensors), f"t{len(tensors)}", (size,), "int8"))
        operators.append(Operator(index, "ANY", tuple(reads), (len(tensors) - 1,)))
        in_place = 0 if view or draw(st.booleans()) else None
        lead = None if view or in_place is None else draw(st.none() | st.integers(-900, 900))
        back = None if view or in_place is None else draw(st.none() | st.integers(-900, 900))
        needs.append(
            OperatorNeeds(
                scratch_bytes=draw(st.sampled_from([0, 0, 1, 333])),
                in_place_input=in_place,
                in_place_lead_bytes=lead,
                in_place_back_lead_bytes=back,
                in_place_step_bytes=draw(st.sampled_from([0, 0, 6, 7]))
                if in_place == 0 and not view
                else 0,
                view=view,
            )
        )
    graph = TensorGraph("any", tuple(tensors), tuple(operators), (0,), (len(tensors) - 1,))
    return graph, needs


def assert_sound(graph: TensorGraph, needs, plan) -> None:
    """No two tensors that live together share a byte, unless one is the other's view or successor."""
    places = {p.tensor: p for p in plan.placements}
    assert plan.arena_bytes >= plan.arena_lower_bound_bytes
    for p in places.values():
        assert p.offset % 4 == 0
        assert p.offset + p.size_bytes <= plan.arena_bytes
    for index, need in enumerate(needs):
        offset = plan.scratch_offsets[index]
        assert (offset >= 0) == (need.scratch_bytes > 0)
        for p in places.values():
            if need.scratch_bytes and p.first <= index <= p.last:
                assert offset + need.scratch_bytes <= p.offset or p.offset + p.size_bytes <= offset
    for a in places.values():
        for b in places.values():
            apart = a.offset + a.size_bytes <= b.offset or b.offset + b.size_bytes <= a.offset
            if a.tensor < b.tensor and not apart:
                together = range(max(a.first, b.first), min(a.last, b.last) + 1)
                assert all(may_share(graph, needs, plan, places, a, b, t) for t in together)


def may_share(graph, needs, plan, places, a, b, operator) -> bool:
    """Views may share for ever; a result shares with its input during its operator, by its rule."""
    if root(graph, needs, a.tensor) == root(graph, needs, b.tensor):
        return True
    made_here = {i: graph.operators[operator] for i in graph.operators[operator].outputs}
    for early, late in ((a, b), (b, a)):
        if late.tensor in made_here and needs[operator].in_place_input is not None:
            source = made_here[late.tensor].inputs[needs[operator].in_place_input]
            same = root(graph, needs, source) == root(graph, needs, early.tensor)
            backwards = operator in plan.backwards
            allowed = lead_is_allowed(needs[operator], early, late, backwards=backwards)
            return same and early.last == operator and allowed
    return False


def lead_is_allowed(need, source, output, *, backwards) -> bool:
    lead = source.offset - output.offset
    if backwards:
        return lead <= need.in_place_back_lead_bytes
    if need.in_place_lead_bytes is None and not need.in_place_step_bytes:
        return lead == 0 and output.size_bytes <= source.size_bytes
    enough = need.in_place_lead_bytes is None or lead >= need.in_place_lead_bytes
    return enough and (not need.in_place_step_bytes or lead % need.in_place_step_bytes == 0)


def root(graph, needs, tensor) -> int:
    """The tensor that a chain of views starts from."""
    for operator, need in zip(graph.operators, needs, strict=True):
        if tensor in operator.outputs and need.view:
            return root(graph, needs, operator.inputs[need.in_place_input])
    return tensor


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(case=graphs())
def test_random_graphs_are_planned_soundly(case):
    graph, needs = case
    assert_sound(graph, needs, plan_memory(graph, needs))


def test_a_chain_needs_its_two_largest_neighbours():
    plan = plan_memory(chain(100, 400, 200, 300), [OperatorNeeds()] * 3)
    assert plan.arena_bytes == plan.arena_lower_bound_bytes == 600
    assert plan.live_bytes == (500, 600, 500)


def test_sizes_are_rounded_to_words():
    assert plan_memory(chain(5, 3), [OperatorNeeds()]).arena_bytes == 12


def test_in_place_operators_need_their_buffer_once():
    plan = plan_memory(chain(100, 100, 100), [OperatorNeeds(in_place_input=0)] * 2)
    assert plan.arena_bytes == 100
    assert [p.shares_with for p in plan.placements] == [-1, 0, 1]


def test_in_place_is_refused_while_the_input_is_still_read():
    graph = chain(100, 100, 100)
    last = Operator(1, "ADD", (0, 1), (2,))
    graph = TensorGraph("g", graph.tensors, (graph.operators[0], last), (0,), (2,))
    plan = plan_memory(graph, [OperatorNeeds(in_place_input=0), OperatorNeeds()])
    assert plan.arena_bytes == 300


def test_a_view_costs_nothing_even_while_its_input_lives():
    tensors = tuple(Tensor(i, f"t{i}", (100,), "int8") for i in range(3))
    operators = (Operator(0, "RESHAPE", (0,), (1,)), Operator(1, "ADD", (0, 1), (2,)))
    graph = TensorGraph("g", tensors, operators, (0,), (2,))
    plan = plan_memory(graph, [OperatorNeeds(in_place_input=0, view=True), OperatorNeeds()])
    assert plan.arena_bytes == 200


def test_scratch_counts_at_its_operator_only():
    needs = [OperatorNeeds(scratch_bytes=50), OperatorNeeds()]
    plan = plan_memory(chain(100, 100, 200), needs)
    assert plan.arena_bytes == 300
    assert plan.scratch_bytes == 50


def test_variables_keep_their_place_for_the_whole_schedule():
    tensors = (
        Tensor(0, "x", (8,), "int8"),
        Tensor(1, "y", (8,), "int8"),
        Tensor(2, "z", (8,), "int8"),
        Tensor(3, "state", (16,), "int8", is_variable=True),
    )
    operators = (Operator(0, "RELU", (0,), (1,)), Operator(1, "SVDF", (1, 3), (2,)))
    plan = plan_memory(TensorGraph("g", tensors, operators, (0,), (2,)), [OperatorNeeds()] * 2)
    state = next(p for p in plan.placements if p.tensor == 3)
    assert (state.first, state.last) == (0, 1)
    assert plan.arena_bytes == 32


def test_a_growing_result_begins_before_its_input():
    needs = [OperatorNeeds(in_place_input=0, in_place_lead_bytes=400), OperatorNeeds(in_place_input=0)]
    plan = plan_memory(chain(400, 800, 100), needs)
    assert plan.arena_bytes == plan.arena_lower_bound_bytes == 800
    assert [p.offset for p in plan.placements[:2]] == [400, 0]


def test_a_window_keeps_the_rows_that_it_still_reads():
    needs = [OperatorNeeds(in_place_input=0, in_place_lead_bytes=50)]
    plan = plan_memory(chain(400, 400), needs)
    assert plan.arena_bytes == plan.arena_lower_bound_bytes == 452


def test_leads_of_one_direction_add_up_and_that_is_shown_to_be_least():
    needs = [OperatorNeeds(in_place_input=0, in_place_lead_bytes=48)] * 3
    plan = plan_memory(chain(400, 400, 400, 400), needs)
    assert (plan.arena_lower_bound_bytes, plan.arena_bytes) == (448, 544)
    assert plan.is_least


def test_kernels_that_can_go_either_way_take_turns():
    both = OperatorNeeds(in_place_input=0, in_place_lead_bytes=48, in_place_back_lead_bytes=-48)
    plan = plan_memory(chain(400, 400, 400, 400), [both] * 3)
    assert plan.arena_bytes == plan.arena_lower_bound_bytes == 448
    assert plan.backwards in ({1}, {0, 2})


def test_a_result_of_the_network_is_never_overwritten():
    graph = chain(100, 100, 100)
    graph = TensorGraph("g", graph.tensors, graph.operators, (0,), (1, 2))
    plan = plan_memory(graph, [OperatorNeeds(in_place_input=0)] * 2)
    assert plan.arena_bytes == 200


@st.composite
def small_cases(draw):
    """Up to five blocks of few words, some of which may overlap."""
    count = draw(st.integers(1, 5))
    blocks, overlaps = [], {}
    for _ in range(count):
        first = draw(st.integers(0, 3))
        blocks.append(Block(4 * draw(st.integers(1, 4)), first, first + draw(st.integers(0, 2))))
    for source, output in itertools.permutations(range(count), 2):
        if blocks[source].last == blocks[output].first and draw(st.booleans()):
            rule = Overlap(
                least_lead=draw(st.none() | st.integers(-3, 3).map(lambda words: 4 * words)),
                step=draw(st.sampled_from([0, 0, 8])),
                equal=draw(st.booleans()),
                most_lead=draw(st.none() | st.integers(-4, 3).map(lambda words: 4 * words)),
            )
            if (output, source) not in overlaps:
                overlaps[source, output] = rule
    return blocks, overlaps


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(case=small_cases())
def test_few_blocks_take_no_more_than_the_best_of_all_placements(case):
    blocks, overlaps = case
    bound = max(live_bytes(blocks, overlaps, 6))
    packing = pack(blocks, overlaps, bound)
    offsets, total = packing.offsets, packing.total
    assert packing.is_least
    assert bound <= total == max(o + b.size for o, b in zip(offsets, blocks, strict=True))
    assert all(may_lie_so(blocks, overlaps, offsets, j) for j in range(len(blocks)))
    assert total == best_of_all(blocks, overlaps, [], total)


def best_of_all(blocks, overlaps, offsets, best) -> int:
    """Least total over every placement on words, by exhaustion."""
    index = len(offsets)
    if index == len(blocks):
        return min(best, max(o + b.size for o, b in zip(offsets, blocks, strict=True)))
    for offset in range(0, best - blocks[index].size, 4):
        placed = [*offsets, offset]
        if may_lie_so(blocks, overlaps, placed, index):
            best = min(best, best_of_all(blocks, overlaps, placed, best))
    return best


def may_lie_so(blocks, overlaps, offsets, index) -> bool:
    """Whether a block lies apart from those before it, or over them as a rule allows."""
    mine = blocks[index]
    for other in range(index):
        theirs = blocks[other]
        in_time = mine.first <= theirs.last and theirs.first <= mine.last
        start, there = offsets[index], offsets[other]
        if in_time and start < there + theirs.size and there < start + mine.size:
            if (other, index) in overlaps:
                allowed = overlaps[other, index].allows(there - start)
            elif (index, other) in overlaps:
                allowed = overlaps[index, other].allows(start - there)
            else:
                allowed = False
            if not allowed:
                return False
    return True


@pytest.mark.parametrize("family", ["dsp", "dsp-m7", "thumb", "portable"])
def test_shared_models_reach_the_lower_bound(family):
    for path in sorted(shared_data("models", "tflite").glob("*.tflite")):
        graph = read_tflite(path)
        if not unsupported_layers(graph):
            choices = choose_kernels(graph, family=family)
            plan = plan_memory(graph, choices)
            assert plan.arena_bytes == plan.arena_lower_bound_bytes, path.name
            assert plan.is_least
            assert_sound(graph, choices, plan)


def test_what_does_not_fit_says_so_with_amounts():
    board = load_board("stm32f407")
    graph = read_tflite(shared_data("models", "tflite", "mlperf_vww_float.tflite"))
    choices = choose_kernels(graph, family="portable")
    fit = fit_on_board(graph, plan_memory(graph, choices), choices, board)
    assert not fit.fits
    assert fit.reasons[0] == "SRAM: needs 145 KB, board has 128 KB."
    assert fit.reasons[1].startswith("Flash: needs ")
    assert any("INT8" in suggestion for suggestion in fit.suggestions)


def test_the_parts_of_a_fit_add_up():
    board = load_board("stm32f407")
    graph = read_tflite(shared_data("models", "tflite", "mlperf_kws_int8.tflite"))
    choices = choose_kernels(graph, family="dsp")
    fit = fit_on_board(graph, plan_memory(graph, choices), choices, board)
    assert fit.fits
    assert sum(fit.flash_parts.values()) == fit.flash_bytes.value
    assert sum(fit.ram_parts.values()) == fit.ram_bytes.value
    assert sum(layer.macs for layer in fit.layers) == graph.total_macs
    assert sum(layer.cycles for layer in fit.layers) == pytest.approx(fit.cycles.value)
    assert max(layer.live_bytes for layer in fit.layers) == fit.arena_lower_bound_bytes


def test_a_search_that_gives_up_proves_nothing(monkeypatch):
    together = [Block(16, 0, 1), Block(16, 0, 1)]
    assert search(together, {}, 16) == Found(None, complete=True)
    monkeypatch.setattr("engine.arena_search._WORK", 0)
    assert search(together, {}, 16) == Found(None, complete=False)
    assert search(together, {}, 8) == Found(None, complete=True)  # one block alone is too large
