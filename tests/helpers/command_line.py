"""Run `thimble-cli` as a real process and read its JSON lines."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.child import run_tool

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    exit_code: int
    events: list[dict[str, Any]]
    stdout: str
    stderr: str

    @property
    def results(self) -> list[dict[str, Any]]:
        return [e for e in self.events if e["event"] == "result"]

    @property
    def failure(self) -> dict[str, Any]:
        (only,) = [e for e in self.events if e["event"] == "stage_failed"]
        return only


def thimble(*words: str | Path, cwd: Path | None = None, timeout_seconds: float = 300.0) -> Outcome:
    """Run with `--json`; every line of standard output must be a JSON object."""
    done = run_tool(
        [sys.executable, "-m", "engine", *map(str, words), "--json"],
        cwd=cwd or ROOT,
        timeout_seconds=timeout_seconds,
        env={"PYTHONPATH": str(ROOT)},
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return Outcome(done.returncode, events, done.stdout, done.stderr)
