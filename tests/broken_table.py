"""Prints what verification says about each fault put into the chain: `python -m tests.broken_table`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.helpers.broken_converters import FAULTS, first_guilty_row, is_named, verify_broken
from tests.helpers.whole_chain import in_cell


def main() -> int:
    """One row a fault; 1 if any was missed, or named at another layer or for another reason."""
    missed = 0
    sys.stdout.write("| fault | pair | first guilty layer | likely cause | error | limit |\n")
    sys.stdout.write("|---|---|---|---|---:|---:|\n")
    for fault in FAULTS:
        with tempfile.TemporaryDirectory(prefix="thimble-broken-") as name:
            summary = verify_broken(fault, Path(name))
        row = first_guilty_row(summary)
        named = is_named(fault, summary)
        missed += not named
        mark = "" if named else "**MISSED** "
        if row is None:
            sys.stdout.write(f"| {mark}{in_cell(fault.name)} | – | – | – | – | – |\n")
        else:
            error = "not comparable" if row.isolated_error >= 1e9 else f"{row.isolated_error:.3g}"
            sys.stdout.write(
                f"| {mark}{in_cell(fault.name)} | {row.from_form} → {row.to_form} | {row.layer} | "
                f"{in_cell(summary.likely_cause)} | {error} {row.unit} | {row.limit:.3g} |\n"
            )
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
