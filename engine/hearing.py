"""The process that hears for the window: it owns the microphone, and tells what it hears as JSON lines.

Its only argument is one JSON object: `device` (a name, "" for the computer's default), `project` (its
folder), `model` (its network in INT8) and `step_seconds`, from one clip to the next. It ends when its
standard input does, or when nothing can be heard.

Events: heard_devices (devices: names, the default first; device: the one in use), heard_level (db, the
peak of the last moments against full scale), heard_clip (number, samples and tensor in base64,
features_us, wave, spectrum in base64 with its rows), heard_problem (message, hint).
"""

from __future__ import annotations

import base64
import json
import math
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.clip_features import ClipFeatures, clip_features, clip_spectrum, clip_wave
from engine.errors import Cancelled, EngineError
from engine.events import CancelToken
from engine.microphone import (
    FULL_SCALE,
    Microphone,
    Samples,
    newest_clips,
    require_microphone,
    sound_devices,
)
from engine.project import open_project

_LEVEL_SECONDS = 1 / 15
_SILENT_DB = -90.0


def main() -> int:
    """Hear until standard input ends."""
    cancel = CancelToken()
    threading.Thread(target=_wait_for_end, args=(cancel,), daemon=True).start()
    wanted = json.loads(sys.argv[1])
    try:
        hear(wanted, cancel)
    except EngineError as error:
        tell("heard_problem", message=error.message, hint=error.hint)
    except Cancelled:
        pass
    return 0


def hear(wanted: dict[str, Any], cancel: CancelToken) -> None:
    """Tell what is heard.

    Raises:
        UsageError: there is no microphone, what it needs is missing, or the network takes no sound.
        BoardError: it was unplugged.
        BadInputFile: project or network cannot be read.
        Cancelled: the window wants no more.
    """
    features = clip_features(open_project(Path(wanted["project"])), Path(wanted["model"]))
    require_microphone()
    devices = sorted(sound_devices(), key=lambda one: not one.is_default)
    device = str(wanted.get("device") or "")
    rate_hz = features.front_end.rate_hz
    with Microphone(rate_hz, device) as microphone:
        names = [one.name for one in devices]
        tell("heard_devices", devices=names, device=device or names[0])
        blocks = _with_levels(microphone.blocks(cancel))
        step_seconds, told_at = float(wanted["step_seconds"]), 0.0
        step = max(1, round(step_seconds * rate_hz))
        for number, clip in enumerate(newest_clips(blocks, features.front_end.samples, step)):
            # a device without a clock, such as ALSA's null, brings a second of sound in no time
            if time.monotonic() - told_at >= step_seconds / 2:
                told_at = time.monotonic()
                _tell_clip(number, clip, features)


def _with_levels(blocks: Iterator[Samples]) -> Iterator[Samples]:
    peak, told_at = 0, 0.0
    for block in blocks:
        peak = max(peak, int(np.abs(block.astype(np.int32)).max(initial=0)))
        if time.monotonic() - told_at >= _LEVEL_SECONDS:
            told_at = time.monotonic()
            tell("heard_level", db=20 * math.log10(peak / FULL_SCALE) if peak else _SILENT_DB)
            peak = 0
        yield block


def _tell_clip(number: int, clip: Samples, features: ClipFeatures) -> None:
    tensor, took_us = features.tensor(clip)
    spectrum = clip_spectrum(clip)
    tell(
        "heard_clip",
        number=number,
        samples=_text(clip.astype("<i2").tobytes()),
        tensor=_text(tensor),
        features_us=took_us,
        wave=clip_wave(clip),
        spectrum=_text(spectrum.tobytes()),
        rows=len(spectrum),
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _wait_for_end(cancel: CancelToken) -> None:
    for _ in sys.stdin:
        pass
    cancel.cancel()


def tell(event: str, **values: Any) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
