"""Let booth mode run for long: `python -m tests.booth_soak --minutes 10`.

Every two minutes the virtual board is killed, as if the cable was pulled. Prints answers, reconnects,
the longest pause of the window, and how the memory of the window and of its processes grew.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_SAMPLE_SECONDS = 5.0
_SETTLE_SECONDS = 60.0  # at first caches fill
_MEGABYTE = 1 << 20


def main(words: Sequence[str] | None = None) -> int:
    """Run the show; 0 if it never stopped for good."""
    parser = argparse.ArgumentParser(prog="python -m tests.booth_soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--kill-every", type=float, default=120, metavar="SECONDS")
    parser.add_argument("--project", type=Path, help="a converted project; else a small one is made")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="thimble-soak-") as folder:
        if given.project is None:
            from tests.helpers.booth_project import booth_project

            given.project = booth_project(Path(folder))
        return _soak(given.project, given.minutes * 60, given.kill_every, Path(folder))


def _soak(project: Path, seconds: float, kill_every: float, folder: Path) -> int:
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from gui.booth import INTERVAL_MS, Booth
    from gui.heartbeat import Heartbeat
    from gui.main_window import MainWindow
    from gui.theme import theme

    app = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(app, QApplication)
    theme().apply("dark")
    window = MainWindow(projects_folder=folder / "projects")
    window.show()
    window.work.open_project_folder(project)
    booth, heartbeat = Booth(window), Heartbeat()
    booth.open()
    while booth.answers == 0:
        QTest.qWait(100)
    heartbeat.start()
    began = last_answer = time.monotonic()
    kills, silence, seen, next_kill, next_sample = 0, 0.0, booth.answers, began + kill_every, began
    samples: list[tuple[float, float, float]] = []
    while (now := time.monotonic()) - began < seconds:
        QTest.qWait(100)
        if booth.answers != seen:
            seen, last_answer = booth.answers, now
        silence = max(silence, now - last_answer)
        if now >= next_kill:
            next_kill += kill_every
            process = window.work.virtual_board._process
            if process is not None and process.process_id:
                kills += 1
                psutil.Process(process.process_id).kill()
        if now >= next_sample:
            next_sample += _SAMPLE_SECONDS
            samples.append((now - began, *_memory_mb()))
    answers, reconnects, answered = booth.answers, booth.reconnects, time.monotonic() - last_answer
    heartbeat.stop()
    booth.leave()
    window.close()
    left = psutil.Process().children(recursive=True)
    _say("Time", f"{seconds / 60:.1f} min")
    _say("Answers", str(answers))
    _say("Boards killed", str(kills))
    _say("Reconnects", str(reconnects))
    _say("Longest time without an answer", f"{silence:.1f} s (one each {INTERVAL_MS / 1000:.1f} s)")
    pause = f"{heartbeat.worst_gap_ms:.0f} ms ({heartbeat.worst_work_ms:.0f} ms own work)"
    _say("Longest pause of the window", pause)
    settled = np.array([row for row in samples if row[0] >= min(_SETTLE_SECONDS, seconds / 4)])
    for place, name in ((1, "window"), (2, "its processes")):
        slope = np.polyfit(settled[:, 0] / 60, settled[:, place], 1)[0]
        first, last = settled[0, place], settled[-1, place]
        _say(f"Memory, {name}", f"{first:.1f} to {last:.1f} MB, {slope:+.3f} MB a minute")
    _say("Processes left", str(len(left)))
    return 0 if answered < 4 * INTERVAL_MS / 1000 and not left else 1


def _memory_mb() -> tuple[float, float]:
    """Resident memory of this process, and of all below it, in MB."""
    own = psutil.Process()
    below = 0
    for child in own.children(recursive=True):
        try:
            below += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return own.memory_info().rss / _MEGABYTE, below / _MEGABYTE


def _say(name: str, value: str) -> None:
    sys.stdout.write(f"{name:<34}{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
