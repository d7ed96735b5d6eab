"""The report's tables and drawings, from documents to plain rows that the template writes down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from engine.figures import Figure
from engine.summaries import (
    BoardRunSummary,
    BuildSummary,
    FitSummary,
    Placement,
    VerifyRow,
    VerifySummary,
    layers_in_order,
)

NOT_COMPARABLE = 1e9  # what verification says of results of another shape, or that are no numbers
_ARENA_WIDTH, _ARENA_HEIGHT = 640, 200
_LONGEST_NAME, _KEPT_START = 48, 10  # names differ at their ends


@dataclass(frozen=True)
class Level:
    """How much of its limit a difference takes: `up_to` this share, with a sign that needs no colour."""

    key: str
    sign: str
    up_to: float
    words: str


LEVELS = (
    Level("exact", "=", 0.0, "equal"),
    Level("low", "○", 0.1, "up to 10 % of its limit"),
    Level("middle", "◐", 0.85, "10 to 85 %, or one quantum"),
    Level("tight", "●", 1.0, "85 to 100 %"),
    Level("over", "✗", math.inf, "above its limit"),
)


def used_share(row: VerifyRow) -> float:
    """Share of the limit that the isolated difference takes; infinite where the limit 0 is missed."""
    if row.limit > 0:
        return row.isolated_error / row.limit
    return 0.0 if row.isolated_error == 0 else math.inf


def level(row: VerifyRow) -> Level:
    """The first level that holds the row; a row that failed is `over` whatever its share.

    One quantum is the smallest difference there is, so it is `middle` where its limit is no more.
    """
    if not row.passed:
        return LEVELS[-1]
    if row.unit == "quanta" and 0 < row.isolated_error <= 1:
        return LEVELS[min(LEVELS.index(_by_share(row)), 2)]
    return _by_share(row)


def _by_share(row: VerifyRow) -> Level:
    return next((found for found in LEVELS[:-1] if used_share(row) <= found.up_to), LEVELS[-2])


def closest(rows: Iterable[VerifyRow]) -> VerifyRow | None:
    """The row that takes most of its limit, None where all are equal or one failed."""
    found = list(rows)
    worst = max(found, key=used_share, default=None)
    if worst is None or used_share(worst) == 0 or not all(row.passed for row in found):
        return None
    return worst


def pairs(rows: Iterable[VerifyRow]) -> list[dict[str, Any]]:
    """One dict for each pair of neighbouring forms, with its rows."""
    found = []
    for (before, after), group in groupby(rows, lambda row: (row.from_form, row.to_form)):
        members = list(group)
        worst = max(members, key=lambda row: row.isolated_error)
        found.append(
            {
                "before": before,
                "after": after,
                "rows": members,
                "passed": all(row.passed for row in members),
                "worst": _brief(worst),
            }
        )
    return found


def chain(
    found: Sequence[dict[str, Any]], accuracies: dict[str, float], run: BoardRunSummary | None
) -> list[dict[str, Any]]:
    """The forms in order, each with what came in from the form it is compared with.

    `branch` names that form where it is not the one just before.
    """
    forms: list[dict[str, Any]] = []
    for pair in found:
        if not forms:
            forms.append(
                {"title": pair["before"], "accuracy": accuracies.get(pair["before"]), "pair": None}
            )
        branch = pair["before"] if pair["before"] != forms[-1]["title"] else ""
        accuracy = accuracies.get(pair["after"])
        if run is not None and run.accuracy is not None and pair["rows"][0] in run.layer_rows:
            accuracy = run.accuracy.value
        forms.append({"title": pair["after"], "accuracy": accuracy, "pair": pair, "branch": branch})
    return forms


def accuracies(verify: VerifySummary, run: BoardRunSummary | None, board: str) -> list[dict[str, Any]]:
    """Title, share and number of samples (0: not told) of each form, then of the board."""
    found = [
        {"title": title, "value": value, "samples": verify.accuracy_samples}
        for title, value in verify.accuracies.items()
    ]
    if run is not None and run.accuracy is not None:
        if run.host_accuracy is not None:
            title = "TFLite Micro, the board's inputs"
            found.append(
                {"title": title, "value": run.host_accuracy.value, "samples": run.inputs_compared}
            )
        title = f"{board} ({'virtual' if run.link.startswith('virtual') else 'real'})"
        found.append({"title": title, "value": run.accuracy.value, "samples": run.inputs_compared})
    return found


def class_table(verify: VerifySummary, run: BoardRunSummary | None, board: str) -> dict[str, Any] | None:
    """Shares of right answers, a row for each class and a column for each form; the board's come last.

    A cell is (share or None, whether it is below the first form's). The board saw more samples than the
    chain, so it has its own column for comparison and no mark.
    """
    if not verify.classes:
        return None
    columns = [
        (form, verify.accuracy_samples, shares) for form, shares in verify.class_accuracies.items()
    ]
    marked = len(columns)
    if run is not None and len(run.confusion) == len(verify.classes):
        shares = [row[n] / sum(row) if sum(row) else None for n, row in enumerate(run.confusion)]
        columns.append((board, run.inputs_compared, shares))
    if not columns:
        return None
    rows = []
    for number, name in enumerate(verify.classes):
        cells = [shares[number] if number < len(shares) else None for _, _, shares in columns]
        first = cells[0]
        below = [
            0 < place < marked and first is not None and share is not None and share < first
            for place, share in enumerate(cells)
        ]
        rows.append({"name": name, "cells": list(zip(cells, below, strict=True))})
    return {"columns": [(form, samples) for form, samples, _ in columns], "rows": rows}


def confusions(
    classes: Sequence[str], host: list[list[int]], run: BoardRunSummary | None, board: str
) -> list[dict[str, Any]]:
    """Confusion matrices of the host and of the board; a cell is (count, share of its row)."""
    found = []
    on_board = run.confusion if run is not None else []
    for title, counts in (("Host, whole numbers", host), (board, on_board)):
        if counts and len(counts) == len(classes):
            rows = [
                {"name": name, "cells": [(count, count / max(sum(row), 1)) for count in row]}
                for name, row in zip(classes, counts, strict=True)
            ]
            found.append({"title": title, "samples": sum(map(sum, counts)), "rows": rows})
    if len(found) > 1:
        found[-1]["equal"] = host == on_board
    return found


def matrix(rows: Sequence[VerifyRow]) -> dict[str, Any]:
    """Layers down, pairs of forms across; a cell is (row, level) or None where nothing was compared."""
    units = {(row.from_form, row.to_form): row.unit for row in rows}
    hops = list(units)
    cells = {(row.layer, row.from_form, row.to_form): (row, level(row)) for row in rows}
    lines = [
        {"layer": layer, "cells": [cells.get((layer, *hop)) for hop in hops]}
        for layer in layers_in_order(rows)
    ]
    return {"hops": [(*hop, unit) for hop, unit in units.items()], "lines": lines}


def figure_rows(
    fit: FitSummary | None, build: BuildSummary | None, run: BoardRunSummary | None
) -> list[dict[str, Any]]:
    """Each figure in the column that says where it comes from: predicted, simulated or measured."""
    rows: list[dict[str, Any]] = []

    def add(name: str, *figures: tuple[str, str] | None, has: str = "") -> None:
        told = dict(figure for figure in figures if figure is not None)
        if told:
            rows.append({"name": name, "told": told, "has": has})

    seen = run.cycles.basis if run is not None else ""
    add(
        "Flash",
        _typed(fit.flash_bytes) if fit else None,
        ("measured", f"{build.flash_bytes:,} bytes") if build else None,
        has=_room(build.flash_bytes if build else fit.flash_bytes.value, fit.flash_budget_bytes)
        if fit
        else "",
    )
    add(
        "RAM",
        _typed(fit.ram_bytes) if fit else None,
        ("measured", f"{build.ram_bytes:,} bytes") if build else None,
        has=_room(build.ram_bytes if build else fit.ram_bytes.value, fit.ram_budget_bytes)
        if fit
        else "",
    )
    least = f", the least possible is {fit.arena_lower_bound_bytes:,}" if fit else ""
    add(
        "Arena, a part of the RAM",
        ("predicted", f"{fit.arena_bytes:,} bytes{least}") if fit else None,
        (seen, f"{run.arena_bytes:,} bytes") if run else None,
    )
    add("Deepest stack", (seen, f"{run.stack_bytes:,} bytes") if run else None)
    add(
        "Time of one inference",
        _typed(fit.latency_ms) if fit and fit.latency_ms else None,
        _typed(run.latency_ms) if run else None,
    )
    add(
        "Cycles",
        _typed(fit.cycles) if fit and fit.cycles else None,
        _typed(run.cycles) if run else None,
    )
    add("Instructions", ("simulated", f"{run.instructions:,}") if run and run.instructions else None)
    return rows


def _typed(figure: Figure) -> tuple[str, str]:
    return figure.basis, amount(figure)


def _room(used: float, budget: int) -> str:
    return f"{budget:,} bytes, {100 * used / budget:.0f} % used" if budget else ""


def arena(placements: Sequence[Placement], arena_bytes: int) -> dict[str, Any]:
    """Rectangles of the tensors: layers from left to right, offset upwards."""
    last = max((p.last for p in placements), default=0) + 1
    scale_x, scale_y = _ARENA_WIDTH / last, _ARENA_HEIGHT / max(arena_bytes, 1)
    tensors = [
        {
            "x": round(p.first * scale_x, 2),
            "y": round(_ARENA_HEIGHT - (p.offset + p.size_bytes) * scale_y, 2),
            "width": round((p.last - p.first + 1) * scale_x, 2),
            "height": round(max(p.size_bytes * scale_y, 0.5), 2),
            "title": f"{short(p.name)}: {p.size_bytes:,} bytes at {p.offset:,}",
        }
        for p in placements
    ]
    return {"width": _ARENA_WIDTH, "height": _ARENA_HEIGHT, "tensors": tensors, "layers": last}


def amount(figure: Figure) -> str:
    """The figure for people, with its error bar."""
    if figure.unit == "fraction":
        text = f"{100 * figure.value:.1f} %"
    elif figure.unit == "ms":
        text = f"{figure.value:.3g} ms" if figure.value < 1000 else f"{figure.value:,.0f} ms"
    else:
        text = f"{figure.value:,.0f} {figure.unit}"
    return text if figure.error_percent is None else f"{text} ± {figure.error_percent:.0f} %"


def short(name: str) -> str:
    """The first of the names that a fused layer carries, cut near its start where it is very long."""
    first = name.split(";")[0]
    if len(first) <= _LONGEST_NAME:
        return first
    return f"{first[:_KEPT_START]}…{first[_KEPT_START + 1 - _LONGEST_NAME :]}"


def difference(value: float) -> str:
    """A difference as a short number; whole quanta stay whole."""
    if value >= NOT_COMPARABLE:
        return "not comparable"
    if value == round(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.01 else f"{value:.1e}"


def _brief(row: VerifyRow) -> str:
    if row.isolated_error == 0:
        return "equal"
    relative = row.unit == "relative" and row.isolated_error < NOT_COMPARABLE
    text = with_unit(row.isolated_error, row.unit)
    return f"{difference(row.isolated_error)} relative" if relative else text


def with_unit(value: float, unit: str) -> str:
    """A difference with the unit of its pair."""
    if value == 0:
        return "nothing"
    text = difference(value)
    if value >= NOT_COMPARABLE:
        return text
    if unit == "quanta":
        return f"{text} quantum" if value == 1 else f"{text} quanta"
    return f"{text} of its largest value"
