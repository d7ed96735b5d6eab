"""The child process that runs jobs: one JSON object a line in, events as JSON lines out.

A job names a verb and its arguments: `{"verb": "run", "project": "...", "until": "build"}`. The line
`cancel` stops the running job at its next safe point, `pause` lets it rest there until `continue`, and
`keep-best STAGE` ends the training that runs in that stage with the best weights so far. Jobs run one
after the other; when standard input ends, the running job is cancelled and the process ends. A crash
here costs the job, never the window that asked for it.
"""

from __future__ import annotations

import functools
import json
import os
import queue
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any, TextIO

from engine.errors import Cancelled, EngineError
from engine.events import CancelToken, Event, JobEnded, Report, StageFailed, to_json
from engine.pipeline import failure
from engine.verbs import perform

_ASKED: dict[str, Callable[[CancelToken], None]] = {
    "cancel": CancelToken.cancel,
    "pause": CancelToken.pause,
    "continue": CancelToken.go_on,
}
_KEEP_BEST = "keep-best"


class _Commands:
    """Reads standard input; hands out jobs and passes what is asked of the running one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._jobs: queue.Queue[tuple[str, CancelToken] | None] = queue.Queue()
        self._lock = threading.Lock()
        # of the running job, or the one about to run, and those after it
        self._unfinished: deque[CancelToken] = deque()
        threading.Thread(target=self._read, daemon=True).start()

    def next_job(self) -> tuple[str, CancelToken] | None:
        """The next job's line with its token, or None when the front is gone."""
        return self._jobs.get()

    def finished(self) -> None:
        """The job that was handed out has ended: what is asked from now on is meant for the next."""
        with self._lock:
            self._unfinished.popleft()

    def _read(self) -> None:
        for line in self._stream:
            text = line.strip()
            word, _, stage = text.partition(" ")
            if text in _ASKED:
                self._ask(_ASKED[text])
            elif word == _KEEP_BEST:
                self._ask(functools.partial(CancelToken.keep_best, stage=stage.strip()))
            elif text:
                token = CancelToken()  # made here: what is asked just after the job must not be lost
                with self._lock:
                    self._unfinished.append(token)
                self._jobs.put((text, token))
        self._jobs.put(None)
        with self._lock:
            for token in self._unfinished:
                token.cancel()

    def _ask(self, what: Callable[[CancelToken], None]) -> None:
        with self._lock:
            if self._unfinished:
                what(self._unfinished[0])


def run_job(line: str, *, report: Report, cancel: CancelToken) -> int:
    """Run one job to its end and report how it ended; never raises.

    Returns:
        The exit code that the command line would have.
    """
    stage = ""
    failed = False

    def watch(event: Event) -> None:
        nonlocal stage, failed
        stage = getattr(event, "stage", stage)
        failed = failed or isinstance(event, StageFailed)
        report(event)

    try:
        job: dict[str, Any] = json.loads(line)
        perform(job, report=watch, cancel=cancel)
        return 0
    except (EngineError, Cancelled) as error:
        if not failed:
            report(failure(stage, error))
        return error.exit_code
    except Exception as error:  # a fault of ours: tell it, keep serving
        report(
            StageFailed(
                stage=stage,
                code="fault",
                message=f"Thimble made a mistake: {type(error).__name__}: {error}",
                hint="Please report it with the details.",
                facts={"traceback": traceback.format_exc()},
            )
        )
        return 1


def main() -> int:
    """Serve jobs until standard input ends."""
    # Libraries that print would break the lines: give them standard error instead.
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lock = threading.Lock()

    def send(event: Event) -> None:
        with lock:
            events.write(to_json(event) + "\n")
            events.flush()

    commands = _Commands(sys.stdin)
    try:
        while (job := commands.next_job()) is not None:
            exit_code = run_job(job[0], report=send, cancel=job[1])
            commands.finished()
            send(JobEnded(exit_code=exit_code))
    except BrokenPipeError:  # the front is gone
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
