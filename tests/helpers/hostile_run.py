"""Runs one hostile file through the command line and watches what it does to the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.hostile_files import CANARY, Hostile

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_SECONDS = 10.0
MAX_BYTES = 1_000_000_000

# A process inherits the peak of whoever started it, so a small one starts the command and measures:
# the peak is that of the command or of its child, whichever was larger.
_LAUNCHER = """
import json, os, subprocess, sys, time
started = time.monotonic()
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps({
    "exit_code": os.waitstatus_to_exitcode(status),
    "seconds": time.monotonic() - started,
    "processor_seconds": usage.ru_utime + usage.ru_stime,
    "peak_bytes": usage.ru_maxrss * 1024,
}))
"""


@dataclass(frozen=True)
class Outcome:
    """What came of one file; times and memory of the command and its child together.

    `new_files` are those that appeared in any folder that the command was given, or above them.
    """

    exit_code: int
    code: str
    message: str
    hint: str
    seconds: float
    processor_seconds: float
    peak_bytes: int
    new_files: tuple[str, ...]

    @property
    def harmless(self) -> bool:
        """Refused in time (on the clock) and memory, and nothing was left behind."""
        refused = self.code in ("bad-input-file", "unsupported-operator", "conversion-failed")
        return (
            refused and self.seconds < MAX_SECONDS and self.peak_bytes < MAX_BYTES and not self.new_files
        )


def run_hostile(hostile: Hostile, folder: Path) -> Outcome:
    """Make the file below `folder` and import it from a folder, home and temporary folder of its own."""
    places = {name: folder / name for name in ("files", "home", "tmp", "cwd")}
    for place in places.values():
        place.mkdir(parents=True)
    path = hostile.make(places["files"])
    before = _files(folder)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(places["home"]),
        "TMPDIR": str(places["tmp"]),
        "COLUMNS": "400",
    }
    options = ["--trust"] if hostile.trust else []
    command = [sys.executable, "-m", "engine", "import", "--json", *options, str(path)]
    process = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command],
        cwd=places["cwd"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    *lines, last = process.stdout.splitlines()
    usage = json.loads(last)
    answers = [json.loads(line) for line in lines]
    failed = next((a for a in answers if a["event"] == "stage_failed"), {})
    new = sorted(str(p.relative_to(folder)) for p in _files(folder) - before)
    system_wide = [str(p) for p in _places_outside(folder) if p.exists()]
    return Outcome(
        exit_code=usage["exit_code"],
        code=failed.get("code", ""),
        message=failed.get("message", ""),
        hint=failed.get("hint", ""),
        seconds=usage["seconds"],
        processor_seconds=usage["processor_seconds"],
        peak_bytes=usage["peak_bytes"],
        new_files=(*new, *system_wide),
    )


def _files(folder: Path) -> set[Path]:
    return {p for p in folder.rglob("*") if p.is_file() or p.is_symlink()}


def _places_outside(folder: Path) -> list[Path]:
    """Where a relative canary would land if it left the folder."""
    return [parent / CANARY for parent in folder.parents]
