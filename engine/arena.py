"""Packing of an arena: blocks with lifetimes, as low as possible (dynamic storage allocation).

Two blocks that live at the same time lie apart, unless one is written over the other by a kernel that
knows what it does: such a pair may overlap, by rules of its own.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

ALIGNMENT = 4
# Up to so many blocks all orders are tried; above the other limit a round is too slow for predictions.
_ALL_ORDERS_BLOCKS = 6
_SEARCH_BLOCKS = 200
_SEARCH_ROUNDS = 400


@dataclass(frozen=True)
class Block:
    """`size` bytes, a multiple of the alignment, alive from operator `first` to `last` inclusive."""

    size: int
    first: int
    last: int


@dataclass(frozen=True)
class Overlap:
    """How an output may lie over the input it overwrites. The lead is input offset less output offset.

    Attributes:
        least_lead: the lead is at least so large; None for any, also below 0.
        step: if not 0, the lead is a multiple of it.
        equal: the lead is 0.
    """

    least_lead: int | None = None
    step: int = 0
    equal: bool = False

    def allows(self, lead: int) -> bool:
        """Whether blocks with this lead may overlap."""
        if self.equal:
            return lead == 0
        enough = self.least_lead is None or lead >= self.least_lead
        return enough and (self.step == 0 or lead % self.step == 0)

    def together(self, source: int, output: int) -> int:
        """Least bytes that an input and an output of these sizes take while both live."""
        least = max(source, output)
        if not self.equal and self.least_lead is not None:
            step = self.step or 1
            least = max(least, source - (-self.least_lead // step) * step)
        return min(least, source + output)


Overlaps = Mapping[tuple[int, int], Overlap]  # (input block, output block)


def live_bytes(blocks: Sequence[Block], overlaps: Overlaps, operators: int) -> tuple[int, ...]:
    """Least bytes that must exist while each operator runs."""
    live = [0] * max(operators, 1)
    for block in blocks:
        for operator in range(block.first, block.last + 1):
            live[operator] += block.size
    for (source, output), overlap in overlaps.items():
        a, b = blocks[source], blocks[output]
        saved = a.size + b.size - overlap.together(a.size, b.size)
        for operator in range(b.first, a.last + 1):
            live[operator] -= saved
    return tuple(live)


def pack(blocks: Sequence[Block], overlaps: Overlaps, bound: int) -> tuple[list[int], int]:
    """(offset of each block, size of the arena).

    First fit in several orders, then a seeded search unless one of them already meets `bound`. For few
    blocks every order is tried.
    """
    if not blocks:
        return [], 0
    packer = _Packer(blocks, overlaps)
    few = len(blocks) <= _ALL_ORDERS_BLOCKS
    orders: Iterable[Sequence[int]] = (
        sorted(packer.indices, key=lambda i: key(blocks[i])) for key in _KEYS
    )
    if few:
        orders = itertools.chain(orders, itertools.permutations(packer.indices))
    best = _smallest(map(packer.first_fit, orders), bound)
    if best.total <= bound or few or len(blocks) > _SEARCH_BLOCKS:
        return best.offsets, best.total
    chance = random.Random(0)
    for _ in range(_SEARCH_ROUNDS):
        packing = packer.first_fit(packer.promote_peak(best, chance))
        if packing.total <= best.total:
            best = packing
        if best.total <= bound:
            break
    return best.offsets, best.total


_KEYS: tuple[Callable[[Block], tuple[int, ...]], ...] = (
    lambda b: (-b.size, b.first),
    lambda b: (-b.size, -b.first),
    lambda b: (-b.size * (b.last - b.first + 1), b.first),
    lambda b: (b.first - b.last, -b.size),
    lambda b: (b.first, -b.size),
    lambda b: (-b.last, -b.size),
)


@dataclass(frozen=True)
class _Packing:
    offsets: list[int]
    total: int
    order: Sequence[int]


def _smallest(packings: Iterable[_Packing], bound: int) -> _Packing:
    """The smallest, or the first that meets the bound."""
    best: _Packing | None = None
    for packing in packings:
        if best is None or packing.total < best.total:
            best = packing
        if best.total <= bound:
            break
    assert best is not None
    return best


class _Packer:
    """First fit for one set of blocks."""

    def __init__(self, blocks: Sequence[Block], overlaps: Overlaps) -> None:
        self.indices = range(len(blocks))
        self._blocks = blocks
        self._overlaps = overlaps
        self._meeting = [
            [
                j
                for j, other in enumerate(blocks)
                if j != i and block.size and other.size
                and block.first <= other.last and other.first <= block.last
            ]
            for i, block in enumerate(blocks)
        ]  # fmt: skip

    def first_fit(self, order: Sequence[int]) -> _Packing:
        """Each block in turn at the lowest offset that those before it leave."""
        offsets = [-1] * len(self._blocks)
        total = 0
        for index in order:
            met = sorted((offsets[j], j) for j in self._meeting[index] if offsets[j] >= 0)
            offset = 0
            while True:
                moved = offset
                for there, other in met:
                    offset = self._past(index, offset, other, there)
                if offset == moved:
                    break
            offsets[index] = offset
            total = max(total, offset + self._blocks[index].size)
        return _Packing(offsets, total, order)

    def _past(self, index: int, offset: int, other: int, there: int) -> int:
        """The lowest offset from `offset` on at which a block may live beside one placed `there`."""
        end = there + self._blocks[other].size
        if offset >= end or offset + self._blocks[index].size <= there:
            return offset
        as_output = self._overlaps.get((other, index))
        overlap = as_output or self._overlaps.get((index, other))
        if overlap is None:
            return end
        if overlap.equal:
            return there if offset <= there else end
        # an output's lead falls on the way up, an input's grows
        if as_output is None and overlap.least_lead is not None:
            offset = max(offset, there + overlap.least_lead)
        if overlap.step:
            offset += (there - offset) % overlap.step
        lead = there - offset if as_output else offset - there
        return min(offset, end) if overlap.allows(lead) else end

    def promote_peak(self, best: _Packing, chance: random.Random) -> Sequence[int]:
        """A neighbour order: a block at the top moves forward, and perhaps two others swap."""
        tops = [i for i in self.indices if best.offsets[i] + self._blocks[i].size == best.total]
        moved = chance.choice(tops)
        changed = [i for i in best.order if i != moved]
        changed.insert(chance.randrange(len(changed) + 1), moved)
        if len(changed) > 1 and chance.random() < 0.5:
            a, b = chance.sample(range(len(changed)), 2)
            changed[a], changed[b] = changed[b], changed[a]
        return changed
