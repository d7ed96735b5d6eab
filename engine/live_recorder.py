"""The recorder with one command more, for inputs that come one by one: from a microphone or by hand.

    {"clip": {"tensor": base64, "samples": base64, "features_us": 800.0, "number": 7}}

A board that makes features by itself gets the samples, any other the tensor; `samples` may be missing.
The event `clip` follows the inference: number, made_on (`board`, `host`, or "" where nothing was made),
features_us.
"""

from __future__ import annotations

import base64
import binascii
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.telemetry.frame import Capability
from engine.telemetry.recorder import Recorder, tell
from engine.telemetry.ring import RingWriter


class LiveRecorder(Recorder):
    """See the module."""

    def _handle(self, command: dict[str, Any]) -> None:
        super()._handle(command)
        if "clip" in command:
            self._run_clip(dict(command["clip"]))

    def _run_clip(self, clip: dict[str, Any]) -> None:
        session, hello = self._session, self._hello
        if session is None or hello is None:
            return  # a clip of the past is of no use once the board is back
        tensor, samples = _bytes(clip, "tensor"), _bytes(clip, "samples")
        on_board = bool(samples) and Capability.FRONT_END in hello.capabilities
        if not on_board and len(tensor) != hello.input_bytes:
            raise UsageError(
                f"The input has {len(tensor)} bytes, the firmware on the board takes "
                f"{hello.input_bytes}.",
                hint="Flash the firmware of this model.",
            )
        self._play = None
        if not on_board:
            self._input = tensor  # for a board that runs it freely later, and is reset
        self._set_free_period(0)
        features_us, made_on = clip.get("features_us"), "host" if samples else ""
        if self._wants_layers and len(tensor) == hello.input_bytes:
            self._wants_layers = False
            session.layers(tensor)
        elif not on_board:
            session.run(tensor)
        if on_board:
            _, front_end = session.run_samples(samples)
            features_us, made_on = 1e6 * front_end.cycles / hello.clock_hz, "board"
        tell("clip", number=clip.get("number"), made_on=made_on, features_us=features_us)


def _bytes(clip: dict[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(str(clip.get(name, "")), validate=True)
    except binascii.Error as error:
        raise UsageError(f"The {name} of the input is damaged.") from error


def main() -> int:
    """Run until standard input ends."""
    with tempfile.TemporaryDirectory(prefix="thimble-", ignore_cleanup_errors=True) as folder:
        ring = RingWriter(Path(folder) / f"ring-{os.getpid()}")
        try:
            LiveRecorder(ring).run()
        finally:
            ring.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
