"""Packing of an arena: blocks with lifetimes, as low as possible (dynamic storage allocation)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.arena import ALIGNMENT, Block, Overlap, Overlaps
from engine.arena_search import search


@dataclass(frozen=True)
class Packing:
    """Where blocks lie.

    Attributes:
        offsets: of each block, bytes.
        total: size of the arena, bytes.
        is_least: no packing is smaller: this one meets the bound, or all others were searched.
    """

    offsets: list[int]
    total: int
    is_least: bool


def pack(blocks: Sequence[Block], overlaps: Overlaps, bound: int) -> Packing:
    """First fit in several orders; where none of them meets `bound`, an exact search."""
    if not blocks:
        return Packing([], 0, True)
    best = _best_first_fit(blocks, overlaps, bound)
    limit = bound  # which most packings can meet
    while best.total > bound:
        found = search(blocks, overlaps, limit)
        if found.offsets is not None:
            best = Packing(found.offsets, _end(blocks, found.offsets), False)
        elif limit == best.total - ALIGNMENT:
            return replace(best, is_least=found.complete)
        limit = best.total - ALIGNMENT
    return replace(best, is_least=True)


def _end(blocks: Sequence[Block], offsets: Sequence[int]) -> int:
    return max(offset + block.size for offset, block in zip(offsets, blocks, strict=True))


_KEYS: tuple[Callable[[Block], tuple[int, ...]], ...] = (
    lambda b: (-b.size, b.first),
    lambda b: (-b.size, -b.first),
    lambda b: (-b.size * (b.last - b.first + 1), b.first),
    lambda b: (b.first - b.last, -b.size),
    lambda b: (b.first, -b.size),
    lambda b: (-b.last, -b.size),
)


def _best_first_fit(blocks: Sequence[Block], overlaps: Overlaps, bound: int) -> Packing:
    packer = _Packer(blocks, overlaps)
    best: Packing | None = None
    for key in _KEYS:
        ranks = [key(block) for block in blocks]
        offsets = packer.first_fit(sorted(range(len(blocks)), key=ranks.__getitem__))
        total = _end(blocks, offsets)
        if best is None or total < best.total:
            best = Packing(offsets, total, False)
        if best.total <= bound:
            break
    assert best is not None
    return best


class _Packer:
    """First fit for one set of blocks."""

    def __init__(self, blocks: Sequence[Block], overlaps: Overlaps) -> None:
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

    def first_fit(self, order: Sequence[int]) -> list[int]:
        """Each block in turn at the lowest offset that those before it leave."""
        offsets = [-1] * len(self._blocks)
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
        return offsets

    def _past(self, index: int, offset: int, other: int, there: int) -> int:
        """The lowest offset from `offset` on at which a block may live beside one placed `there`."""
        end = there + self._blocks[other].size
        if offset >= end or offset + self._blocks[index].size <= there:
            return offset
        as_output = self._overlaps.get((other, index))
        overlap = as_output or self._overlaps.get((index, other))
        if overlap is None:
            return end

        def allowed(at: int) -> bool:
            return overlap.allows(there - at if as_output else at - there)

        candidates = (offset, *_next(overlap, offset, there))
        return min((at for at in candidates if offset <= at < end and allowed(at)), default=end)


def _next(overlap: Overlap, offset: int, there: int) -> list[int]:
    """Offsets behind `offset` where a rule may begin to allow a block beside one placed `there`."""
    if overlap.equal:
        found = [there]
    else:
        step = overlap.step or 1
        lowest = (offset, there + (overlap.least_lead or 0))
        found = [at + (there - at) % step for at in lowest]
    return found if overlap.most_lead is None else [*found, there - overlap.most_lead]
