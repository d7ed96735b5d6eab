"""The recorder as the window starts it: what it tells, and how much memory it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

_SILENCE_SECONDS = 60.0


class Recorder:
    """A process of its own; use as a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engine.telemetry.recorder"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._rest = b""

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def ask(self, **command: Any) -> None:
        """Send one command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    def next_event(self) -> dict[str, Any]:
        """The next thing that it tells."""
        assert self._process.stdout is not None
        end = time.monotonic() + _SILENCE_SECONDS
        while b"\n" not in self._rest:
            data = os.read(self._process.stdout.fileno(), 1 << 16)
            if not data or time.monotonic() > end:
                raise RuntimeError("The recorder ended or is silent.")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        event: dict[str, Any] = json.loads(line)
        return event

    def until(self, kind: str, **values: Any) -> dict[str, Any]:
        """The next event of a kind with these values; others are passed over."""
        while True:
            event = self.next_event()
            if event["event"] == kind and all(event.get(k) == v for k, v in values.items()):
                return event

    def memory(self) -> tuple[int, int]:
        """Kilobytes that it holds now (Linux): of its own, and of mapped files, such as the ring."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        lines = dict(line.partition(":")[::2] for line in status.splitlines())
        own, files, shared = (int(lines[key].split()[0]) for key in ("RssAnon", "RssFile", "RssShmem"))
        return own, files + shared

    def memory_text(self) -> str:
        """`memory` in words."""
        own, mapped = self.memory()
        return f"{own:,} KB own, {mapped:,} KB mapped"
