"""A microphone for computers without one: ALSA's file plugin hears what a test writes.

The plugin reads its file as fast as anybody listens. A pipe in place of the file, written in blocks of
50 ms at the pace of the clock, makes it as slow as a real one.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.listening import read_samples
from tests.helpers.shared_data import shared_data

RATE_HZ = 16_000
_BLOCKS_PER_SECOND = 20

_CONFIGURATION = """
pcm.nothing { type null }
pcm.fed { type file slave.pcm "nothing" file "/dev/null" infile "PIPE" format "raw" }
pcm.!default {
    type plug
    slave { pcm "fed" rate 16000 channels 1 format S16_LE }
    hint { show on description "fed by a test" }
}
"""


def require_portaudio() -> None:
    """Skip the test where sounddevice or PortAudio is not installed, or without ALSA."""
    look = "import sounddevice; assert 'ALSA' in {api['name'] for api in sounddevice.query_hostapis()}"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, check=False)
    if found.returncode:
        pytest.skip("sounddevice with PortAudio over ALSA is not installed")


@contextmanager
def fed_microphone(
    folder: Path, samples: NDArray[np.int16], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Processes started within hear these samples, int16 at 16 kHz, again and again.

    They begin to sound when somebody listens. A busy computer may pass over some of them.
    """
    require_portaudio()
    pipe = folder / "microphone"
    os.mkfifo(pipe)
    configuration = folder / "asound.conf"
    configuration.write_text(_CONFIGURATION.replace("PIPE", str(pipe)), "utf-8")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configuration))
    over = threading.Event()
    # open on both sides, so that neither opening nor writing waits for a listener
    end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 4096)  # little sound waits for a listener
    feeder = threading.Thread(target=_feed, args=(end, samples, over))
    feeder.start()
    try:
        yield
    finally:
        over.set()
        feeder.join()
        os.close(end)


def _feed(end: int, samples: NDArray[np.int16], over: threading.Event) -> None:
    length = RATE_HZ // _BLOCKS_PER_SECOND
    blocks = [samples[i : i + length] for i in range(0, len(samples), length)]
    sent, due = 0, time.monotonic()
    while not over.is_set():
        block = blocks[sent % len(blocks)]
        try:
            os.write(end, block.astype("<i2").tobytes())
            sent += 1
        except BlockingIOError:  # nobody listens yet
            due = time.monotonic()
        due += 1 / _BLOCKS_PER_SECOND
        time.sleep(max(0.0, due - time.monotonic()))


def spoken_words(*words: str) -> NDArray[np.int16]:
    """One recording of each word, with half a second of a quiet room around them; int16 at 16 kHz."""
    room = np.random.default_rng(3).normal(0, 8, RATE_HZ // 2).astype(np.int16)
    parts = [room]
    for word in words:
        recording = sorted(shared_data("speech", "speech_commands", word).glob("*.wav"))[0]
        parts += [read_samples(recording), room]
    return np.concatenate(parts)
