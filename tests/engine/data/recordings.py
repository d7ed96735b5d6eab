"""Writes small recordings and pictures for the tests of user folders."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image


def write_tone(path: Path, hertz: float, *, rate_hz: int = 16_000, seconds: float = 0.5) -> None:
    """A tone with a little noise; the noise makes every file differ."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    noise = np.random.default_rng(zlib.crc32(path.name.encode())).normal(size=len(time))
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hertz * time) + 0.01 * noise, rate_hz)


def write_words(folder: Path, *, count: int = 8, classes: tuple[str, ...] = ("high", "low")) -> None:
    """One sub-folder for each class, `count` tones in each."""
    for number, name in enumerate(classes):
        for index in range(count):
            write_tone(folder / name / f"{name} no{chr(97 + index)}.wav", 300 * (number + 1) + index)


def write_picture(
    path: Path, level: int, *, size: tuple[int, int] = (20, 12), grey: bool = False
) -> None:
    """A noisy picture around one grey level."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (size[1], size[0]) if grey else (size[1], size[0], 3)
    noise = np.random.default_rng(zlib.crc32(path.name.encode())).integers(-5, 6, size=shape)
    Image.fromarray((level + noise).astype(np.uint8)).save(path)
