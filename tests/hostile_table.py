"""Prints what becomes of every hostile model file: `python -m tests.hostile_table`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.helpers.hostile_files import HOSTILE
from tests.helpers.hostile_run import run_hostile


def main() -> int:
    """One row a file; 1 if any of them did harm."""
    harmful = 0
    sys.stdout.write("| file | outcome | seconds | of processor | peak MB | new files |\n")
    sys.stdout.write("|---|---|---:|---:|---:|---:|\n")
    for hostile in HOSTILE:
        with tempfile.TemporaryDirectory(prefix="thimble-hostile-") as name:
            outcome = run_hostile(hostile, Path(name))
        text = outcome.message.replace("|", "/") or f"exit code {outcome.exit_code}"
        mark = "" if outcome.harmless else "**HARM** "
        harmful += not outcome.harmless
        sys.stdout.write(
            f"| {hostile.name} | {mark}{text} | {outcome.seconds:.1f} | "
            f"{outcome.processor_seconds:.1f} | {outcome.peak_bytes / 1e6:.0f} | "
            f"{len(outcome.new_files)} |\n"
        )
        sys.stdout.flush()
    return 1 if harmful else 0


if __name__ == "__main__":
    sys.exit(main())
