"""Cycles of a front-end, predicted: its windows and samples times what each costs on a core.

The costs stand in `resources/firmware/front_end_costs.toml`, measured on virtual boards by
`python -m tests.front_end_costs`, on clips of other lengths than those that exist.
"""

from __future__ import annotations

import tomllib
from functools import cache

import msgspec

from engine.boards import BoardSpec
from engine.figures import Predicted
from engine.front_end import AnyFrontEnd, VibrationFrontEnd
from engine.latency import table_name
from engine.plan import Optimise
from engine.resources import resource

_NEAREST_CORE = "cortex-m4f"  # for a core without a table of its own


class FrontEndCost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one kind of front-end on one core.

    Attributes:
        window: cycles of one window (of one axis), with its spectrum and what is made of that.
        sample: cycles of one sample of the clip, besides.
    """

    window: float
    sample: float


class FrontEndCosts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one core and aim of compiling: `kinds` by name, and the largest error on whole clips."""

    error_percent: float
    kinds: dict[str, FrontEndCost]


def front_end_windows(front_end: AnyFrontEnd) -> int:
    """Spectra of one clip or record."""
    axes = front_end.axes if isinstance(front_end, VibrationFrontEnd) else 1
    return front_end.frames * axes


def predict_front_end_cycles(front_end: AnyFrontEnd, board: BoardSpec, optimise: Optimise) -> Predicted:
    """Cycles of one clip or record, within the error bar of the virtual board's."""
    tables = read_front_end_costs()
    core = board.costs_name if board.costs_name in tables else _NEAREST_CORE
    costs = tables.get(table_name(core, optimise), tables[core])
    cost = costs.kinds[front_end.kind]
    cycles = front_end_windows(front_end) * cost.window + front_end.samples * cost.sample
    return Predicted(cycles, "cycles", costs.error_percent)


@cache
def read_front_end_costs() -> dict[str, FrontEndCosts]:
    """All measured costs, by core and aim of compiling."""
    text = resource("firmware", "front_end_costs.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, FrontEndCosts])
