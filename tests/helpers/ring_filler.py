"""Fills a telemetry ring as a very fast board would: `python -m tests.helpers.ring_filler RING`.

First `--before` samples are there at once, spread evenly over the `--span` seconds that have passed;
then `--rate` samples a second arrive until standard input ends. It says `ready` after the first part.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path

import numpy as np

from engine.telemetry.ring import RingWriter

_CHUNK_SECONDS = 0.01


def main() -> None:
    """See the module."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("ring", type=Path)
    arguments.add_argument("--rate", type=int, default=100_000, help="samples a second")
    arguments.add_argument("--before", type=int, default=0, help="samples that are there at once")
    arguments.add_argument("--span", type=float, default=50.0, help="seconds that these are spread over")
    options = arguments.parse_args()
    ring = RingWriter(options.ring)
    values = (9_000 + np.random.default_rng(0).gamma(2.0, 300.0, 1 << 16)).tolist()
    for index in range(options.before):
        ring.append(index / options.before * options.span * 1e6, values[index % len(values)])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    began, sent = time.monotonic(), 0
    while not over.wait(_CHUNK_SECONDS):
        due = int((time.monotonic() - began) * options.rate)
        for index in range(sent, due):
            ring.append(options.span * 1e6 + index / options.rate * 1e6, values[index % len(values)])
        sent = due
    ring.close()


if __name__ == "__main__":
    main()
