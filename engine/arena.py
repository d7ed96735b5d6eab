"""What an arena must hold: blocks with lifetimes, and how they may lie.

Two blocks that live at the same time lie apart, unless one is written over the other by a kernel that
knows what it does: such a pair may overlap, by rules of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALIGNMENT = 4


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
        most_lead: or it is at most so large, where the kernel can also work from its last result to its
            first; None if it cannot.
    """

    least_lead: int | None = None
    step: int = 0
    equal: bool = False
    most_lead: int | None = None

    def allows(self, lead: int) -> bool:
        """Whether blocks with this lead may overlap."""
        return self.allows_forward(lead) or (self.most_lead is not None and lead <= self.most_lead)

    def allows_forward(self, lead: int) -> bool:
        """Whether they may if the kernel works from its first result to its last."""
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
        if self.most_lead is not None:
            least = min(least, max(source, output, output - self.most_lead))
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
