"""Make the figures of docs/results.md: `python -m tests.results --seeds 0 1 2 --folder FOLDER`.

Networks that are measured already are not measured again, and a training that was killed goes on after
its last epoch. `--write docs/results.md` writes what the folder holds and names what is missing.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError
from tests.results.board import board_run, kept_board_run
from tests.results.document import document
from tests.results.measure import Wanted, measure, measurement
from tests.results.subjects import SUBJECTS
from tests.results.tables import Table, tables


def main(words: Sequence[str] | None = None) -> int:
    """Measure what is missing, or write the document."""
    known = tables()
    parser = argparse.ArgumentParser(prog="python -m tests.results", description=__doc__)
    parser.add_argument("--table", nargs="+", choices=list(known), default=list(known))
    parser.add_argument("--subject", nargs="+", choices=list(SUBJECTS), default=list(SUBJECTS))
    parser.add_argument("--row", default="", help="only rows whose title holds this text")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, required=True, help="keeps networks and answers")
    parser.add_argument("--write", type=Path, help="write this document; measure nothing")
    parser.add_argument(
        "--board",
        action="store_true",
        help="run the 8-bit networks of `orders` and `frontier` on the virtual board",
    )
    parser.add_argument("--list", action="store_true", help="say what is missing; measure nothing")
    given = parser.parse_args(words)
    if given.write:
        given.write.write_text(document(given.folder, given.seeds), "utf-8")
        return 0
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if given.board:
        return _run_on_board([known[name] for name in given.table], given)
    failures = 0
    for seed in given.seeds:
        todo: dict[Wanted, str] = {}
        for name in given.table:
            for wanted in known[name].wanted(given.row):
                subject = SUBJECTS[wanted.subject]
                if wanted.subject in given.subject and not subject.missing:
                    todo.setdefault(wanted, name)
        for number, (wanted, table) in enumerate(todo.items(), start=1):
            if measurement(wanted, seed, given.folder) is not None:
                continue
            kinds = ", ".join(step.kind for step in wanted.steps)
            _say(f"seed {seed}, {number} of {len(todo)}, {table}: {wanted.subject}: {kinds}")
            if given.list:
                continue
            failures += not _measured(wanted, seed, given.folder)
    return int(failures > 0)


def _run_on_board(tables: Sequence[Table], given: argparse.Namespace) -> int:
    """The 8-bit networks of those tables that ask for it, every test clip; 1 if a byte differs."""
    failures = 0
    for seed in given.seeds:
        for title, wanted in (pair for table in tables for pair in table.compressed()):
            if wanted.subject not in given.subject or SUBJECTS[wanted.subject].missing:
                continue
            _say(f"seed {seed}: {wanted.subject}: {title}")
            if given.list and kept_board_run(wanted, seed, given.folder) is None:
                continue
            try:
                found = board_run(wanted, seed, given.folder)
            except EngineError as error:
                _say(f"    failed: {error.message} {error.hint}")
                failures += 1
                continue
            _say(
                f"    {found['mismatched_bytes']} bytes differ over {found['inputs']} inputs; "
                f"{found['latency_ms']:.1f} ms (simulated), arena {found['arena_bytes']:,} bytes"
            )
            failures += found["mismatched_bytes"] > 0
    return int(failures > 0)


def _measured(wanted: Wanted, seed: int, folder: Path) -> bool:
    started = time.monotonic()
    try:
        found = measure(wanted, seed, folder)
    except EngineError as error:
        _say(f"    failed: {error.message} {error.hint}")
        if os.environ.get("THIMBLE_TRACEBACK"):
            traceback.print_exc()
        return False
    shares = [
        f"{form} {found[form]['right'].count('1') / len(found[form]['right']):.1%}"
        for form in ("float", "int8")
        if "right" in found[form]
    ]
    _say(f"    {', '.join(shares)} after {time.monotonic() - started:.0f} s")
    return True


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
