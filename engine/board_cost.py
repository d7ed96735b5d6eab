"""What a network takes on a board, held against what the board leaves and what the user allows."""

from __future__ import annotations

import math
from pathlib import Path

from engine.boards import BoardSpec
from engine.candidates import Cost
from engine.front_end import AnyFrontEnd
from engine.project import Budgets
from engine.summaries import FitSummary

_LIMIT_WORDS = {"flash": "Too much flash", "ram": "Too much RAM", "latency": "Too slow"}


def planned_cost(
    path: Path, board: BoardSpec, budgets: Budgets, front_end: AnyFrontEnd | None = None
) -> Cost:
    """Plan a `.tflite` with the board's own kernels and a front-end, and hold it against the limits.

    Raises:
        UsageError: the network does not read what the front-end makes.
        UnsupportedOperator: an operator has no kernel (it is named with its layer).
        BadInputFile: the file cannot be read.
    """
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import plan_on_board

    plan = plan_on_board(read_tflite(path), board, family=board.kernels, front_end=front_end)
    return cost_within(plan.fit, budgets)


def cost_within(fit: FitSummary, budgets: Budgets) -> Cost:
    """What a plan takes, held against the smaller of what the board leaves and what the user allows."""
    latency = fit.latency_ms.value if fit.latency_ms is not None else 0.0
    limits = {
        "flash": (fit.flash_bytes.value, _smaller(fit.flash_budget_bytes, budgets.flash_bytes), "bytes"),
        "ram": (fit.ram_bytes.value, _smaller(fit.ram_budget_bytes, budgets.ram_bytes), "bytes"),
        "latency": (latency, budgets.latency_ms or math.inf, "ms"),
    }
    return Cost(
        flash_bytes=int(fit.flash_bytes.value),
        ram_bytes=int(fit.ram_bytes.value),
        latency_ms=latency,
        excess={name: used / limit - 1 for name, (used, limit, _) in limits.items()},
        reasons=tuple(
            f"{_LIMIT_WORDS[name]}: {used:,.{1 if unit == 'ms' else 0}f} of {limit:,g} {unit}."
            for name, (used, limit, unit) in limits.items()
            if used > limit
        ),
    )


def _smaller(of_board: int, of_user: int | None) -> int:
    return of_board if of_user is None else min(of_board, of_user)
