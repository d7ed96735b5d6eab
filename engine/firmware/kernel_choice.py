"""Which kernel runs each operator: a table from operator kind to ordered candidates.

A candidate is a function `(graph, operator) -> KernelChoice | None`; None means that it does not apply.
Family `dsp` tries the fast candidates first and falls to the portable ones; `portable` uses these alone.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.errors import UnsupportedOperator, UsageError
from engine.firmware.portable import PORTABLE
from engine.graph import Operator, TensorGraph
from engine.plan import KernelChoice

Candidate = Callable[[TensorGraph, Operator], KernelChoice | None]

FAMILIES = ("dsp", "portable")


def candidates(kind: str, family: str) -> tuple[Candidate, ...]:
    """The candidates for one operator kind, best first; empty if the kind is unknown.

    Raises:
        UsageError: there is no such family.
    """
    if family not in FAMILIES:
        raise UsageError(
            f"There is no kernel family called {family}.", hint=f"Known families: {', '.join(FAMILIES)}."
        )
    return PORTABLE.get(kind, ())
