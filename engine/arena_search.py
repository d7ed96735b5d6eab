"""Exact search for a packing: finds one of at most so many bytes, or shows that there is none.

Two blocks that live together lie one behind the other, or overlap by a rule: each of these ways asks
for least differences between their offsets. A node of the search has settled on a way for some pairs;
the lowest offsets that follow from these, and the highest ones that still fit, tell which ways the other
pairs have left. Without a way left a branch ends; offsets that suit every pair end the search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.arena import Block, Overlap, Overlaps

_WORK = 100_000  # pairs looked at before it gives up: some tenths of a second

_Edge = tuple[int, int, int]  # (a, b, distance): b begins at least so far behind a


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        offsets: of each block, bytes; None if there are none or the search gave up.
        complete: it did not give up: without offsets there are none.
    """

    offsets: list[int] | None
    complete: bool


@dataclass(frozen=True)
class _Way:
    """How two blocks may lie: edges, and a tie whose offsets differ by a multiple of its step."""

    edges: tuple[_Edge, ...]
    tie: tuple[int, int, int] | None = None


@dataclass
class _Node:
    low: list[int]
    high: list[int]
    edges: list[_Edge]
    ties: list[tuple[int, int, int]]
    pairs: list[tuple[_Way, ...]]

    def branch(self, way: _Way) -> _Node | None:
        """A child that settles on a way; None if no offsets are left."""
        pairs = list(self.pairs)
        child = _Node(list(self.low), list(self.high), list(self.edges), list(self.ties), pairs)
        return child if child.settle(way) else None

    def settle(self, way: _Way) -> bool:
        """Take a way, and what follows from it; False if no offsets are left."""
        if way.tie is not None:
            self.ties.append(way.tie)
        self.edges += way.edges
        low, high = self.low, self.high
        moved = bool(way.edges)
        while moved:
            moved = False
            for a, b, distance in self.edges:
                if low[a] + distance > low[b]:
                    low[b] = low[a] + distance
                    moved = True
                if high[b] - distance < high[a]:
                    high[a] = high[b] - distance
                    moved = True
                if low[b] > high[b] or low[a] > high[a]:
                    return False
        return True

    def room(self, way: _Way) -> int:
        """Bytes that the offsets of a way can still move; negative if it is impossible."""
        return min((self.high[b] - self.low[a] - d for a, b, d in way.edges), default=1 << 60)

    def suits(self, way: _Way) -> bool:
        """Whether the lowest offsets lie so."""
        low = self.low
        return all(low[b] - low[a] >= d for a, b, d in way.edges) and (
            way.tie is None or self.is_tied(way.tie)
        )

    def is_tied(self, tie: tuple[int, int, int]) -> bool:
        a, b, step = tie
        return (self.low[a] - self.low[b]) % step == 0


def search(blocks: Sequence[Block], overlaps: Overlaps, limit: int) -> Found:
    """Offsets with which all blocks end at `limit` or before, if there are any.

    Args:
        blocks: sizes and lifetimes.
        overlaps: rules by (input block, output block).
        limit: bytes.
    """
    high = [limit - block.size for block in blocks]
    if min(high, default=0) < 0:
        return Found(None, True)
    pairs = _pairs(blocks, overlaps)
    waiting = [_Node([0] * len(high), high, [], [], pairs)]
    for _ in range(_WORK // (len(pairs) + 1)):
        if not waiting:
            return Found(None, True)
        node = waiting.pop()
        branches = _branches(node)
        if branches is None:
            continue
        if not branches:
            return Found(node.low, True)
        children = [node.branch(way) for way in reversed(branches)]
        waiting += [child for child in children if child is not None]
    return Found(None, not waiting)


def _branches(node: _Node) -> list[_Way] | None:
    """The ways to branch over; none if the lowest offsets suit everything, None if nothing does."""
    if not _settle_forced(node):
        return None
    tightest: list[_Way] = []
    least_room = 0
    for ways in node.pairs:
        if not any(node.suits(way) for way in ways):
            room = max(node.room(way) for way in ways)
            if not tightest or (len(ways), room) < (len(tightest), least_room):
                tightest, least_room = sorted(ways, key=node.room, reverse=True), room
    if tightest:
        return tightest
    for tie in node.ties:
        if not node.is_tied(tie):
            a, b, step = tie
            more = -((node.low[b] - node.low[a]) // step) * step
            return [_Way(((b, a, more),)), _Way(((a, b, step - more),))]
    return []


def _settle_forced(node: _Node) -> bool:
    """Settle pairs that have one way left, until all have several; False if one has none."""
    again = True
    while again:
        again = False
        left_open = []
        for pair in node.pairs:
            ways = tuple(way for way in pair if node.room(way) >= 0)
            if len(ways) > 1:
                left_open.append(ways)
            elif not ways or not node.settle(ways[0]):
                return False
            else:
                again = True
        node.pairs = left_open
    return True


def _pairs(blocks: Sequence[Block], overlaps: Overlaps) -> list[tuple[_Way, ...]]:
    pairs = []
    for a, one in enumerate(blocks):
        for b in range(a + 1, len(blocks)):
            other = blocks[b]
            meet = one.first <= other.last and other.first <= one.last
            if meet and one.size and other.size:
                ways = [_Way(((a, b, one.size),)), _Way(((b, a, other.size),))]
                for source, output in ((a, b), (b, a)):
                    rule = overlaps.get((source, output))
                    ways += _ways_over(source, output, rule) if rule else []
                pairs.append(tuple(ways))
    return pairs


def _ways_over(source: int, output: int, rule: Overlap) -> list[_Way]:
    """How an output may lie over its input."""
    backward = [] if rule.most_lead is None else [_Way(((source, output, -rule.most_lead),))]
    if rule.equal:
        return [_Way(((source, output, 0), (output, source, 0))), *backward]
    tie = (source, output, rule.step) if rule.step else None
    edges = () if rule.least_lead is None else ((output, source, rule.least_lead),)
    return [_Way(edges, tie), *backward]
