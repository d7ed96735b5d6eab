"""Tables that commands print while they measure."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol


class TableRow(Protocol):
    """One measured row; `faulty` is what the command exists to find."""

    @property
    def faulty(self) -> bool: ...

    def line(self) -> str:
        """Its text, with bars between the cells."""


def print_table(headings: Sequence[str], numeric: Collection[str], rows: Iterable[TableRow]) -> int:
    """Print each row once it is there; returns 1 if any is faulty, else 0.

    Args:
        headings: of the columns.
        numeric: those that are set to the right.
        rows: may be measured one by one.
    """
    sys.stdout.write("| " + " | ".join(headings) + " |\n|")
    sys.stdout.write("|".join("---:" if h in numeric else "---" for h in headings) + "|\n")
    faulty = 0
    for row in rows:
        faulty |= row.faulty
        sys.stdout.write(row.line() + "\n")
        sys.stdout.flush()
    return int(faulty)
