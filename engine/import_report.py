"""How `import` looks to a person at a terminal: the file, its meaning, and its cost on every board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.table import Table

Cell = Callable[[Any], str]
_GUESSED, _UNKNOWN = "guessed", "not known"


def tables(values: dict[str, Any], cell: Cell) -> list[Table | str]:
    """The parts of the report in order: facts, meaning, layers, operators, boards.

    Args:
        values: the keys of an `import` result.
        cell: how a value is written in a cell.
    """
    parts: list[Table | str] = [_facts(values, cell), _meaning(values, cell)]
    columns = ["name", "kind", "output_shape", "macs", "parameter_bytes", "support"]
    rows = [_known(row) for row in values["layers"]]
    parts += ["Layers", _table(rows, columns, cell)]
    columns = ["name", "count", "macs", "support", "note"]
    rows = [
        {**row, "note": row["reason"] if row["support"] == "replaced" else ""}
        for row in values["operators"]
    ]
    parts += ["Operators", _table(rows, columns, cell)]
    for row in values["operators"]:
        if row["support"] == "unsupported":
            where = ", ".join(row["layers"])
            parts.append(f"{row['name']} in {where}: {row['reason']}\nWhat helps: {row['fix']}")
    if not values["boards"]:
        parts.append("No prediction: an operator has no equal here or on a board.")
        return parts
    form = "in 8 bits, before any training" if values["predicted_form"] == "int8" else "as it is"
    columns = ["board", "flash_bytes", "ram_bytes", "latency_ms", "error", "fits"]
    rows = [{**row, "error": _error(row)} for row in values["boards"]]
    parts += [f"Predicted on every board, {form}", _table(rows, columns, cell)]
    for row in values["boards"]:
        if not row["fits"]:
            parts.append(f"{row['board']}: {' '.join(row['reasons'])}")
    return parts


def _facts(values: dict[str, Any], cell: Cell) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    if not any(row["output_shape"] for row in values["layers"]):
        values = {**values, "parameters": _UNKNOWN, "macs": _UNKNOWN}
    for name in ("model", "format", "trainable", "parameters", "macs"):
        table.add_row(name, cell(values[name]))
    for name in ("inputs", "outputs"):
        several = len(values[name]) > 1
        shown = [
            f"{t['name'] + ' ' if several else ''}{_shape(t['shape']) or _UNKNOWN} {t['dtype']}"
            for t in values[name]
        ]
        table.add_row(name, ", ".join(shown))
    return table


def _meaning(values: dict[str, Any], cell: Cell) -> Table:
    meaning = values["meaning"]
    table = Table(show_header=False, box=None, pad_edge=False)
    reasons = meaning["reasons"]
    if layout := values.get("layout"):
        table.add_row("layout in the file", layout.replace("-", " "))
    for name in ("task", "scale", "mean", "channel_order", "classes"):
        value = meaning[name]
        if value in ("", (), []):
            continue
        listed = isinstance(value, list | tuple)
        shown = ", ".join(cell(entry) for entry in value[:12]) if listed else cell(value)
        note = _GUESSED if name in meaning["guesses"] else ""
        if note and name in reasons:
            note = f"{_GUESSED}: {reasons[name]}"
        table.add_row(name.replace("_", " "), shown + (", ..." if len(value) > 12 else ""), note)
    return table


def _known(row: dict[str, Any]) -> dict[str, Any]:
    """A layer's row; without a shape its counts are not known either, which is not zero."""
    if row["output_shape"]:
        return row
    return {**row, "macs": row["macs"] or None, "parameter_bytes": row["parameter_bytes"] or None}


def _error(row: dict[str, Any]) -> str:
    percent = row.get("latency_error_percent")
    return f"\u00b1{percent:.0f} %" if percent else ""


def _table(rows: list[dict[str, Any]], columns: list[str], cell: Cell) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        right = any(type(row.get(column)) in (int, float) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if right else "left")
    for row in rows:
        table.add_row(*(_shape(row[c]) if c == "output_shape" else cell(row.get(c)) for c in columns))
    return table


def _shape(shape: list[int] | tuple[int, ...]) -> str:
    return "x".join(map(str, shape[1:] or shape))
