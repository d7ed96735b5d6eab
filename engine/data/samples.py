"""The built-in sets: spoken words, handwritten digits; machine hum has a file of its own."""

from __future__ import annotations

import json

import numpy as np
import soundfile

from engine.data.augment import add_noise
from engine.data.features import Floats
from engine.resources import resource

# The clips are rendered without any noise; every one is heard in a room of its own.
ROOM_SNR_DB = (5.0, 25.0)

DIGIT_WHITE = 16.0


def spoken_words() -> tuple[Floats, np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Ten keywords by many synthetic voices, each clip with fixed background noise.

    Returns:
        clips float32 (n, 16000) at 16 kHz, labels int64 (n,), n voice names, and the words.
    """
    folder = resource("samples", "keywords")
    index = json.loads((folder / "voices.json").read_text("utf-8"))
    words = tuple(index["words"])
    takes = len(index["takes"])
    clips, groups = [], []
    for voice in index["voices"]:
        samples, _ = soundfile.read(folder / voice["file"], dtype="float32")
        slots = samples.reshape(-1, index["slot_samples"])
        clips.append(slots)
        groups += [voice["variant"]] * len(slots)
    labels = np.tile(np.repeat(np.arange(len(words)), takes), len(index["voices"]))
    noisy = add_noise(np.concatenate(clips), np.random.default_rng(16), snr_db=ROOM_SNR_DB)
    return noisy, labels.astype(np.int64), tuple(groups), words


def handwritten_digits() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """The 8x8 digits that scikit-learn carries (Alpaydin and Kaynak 1998).

    Returns:
        pixels float64 (n, 8, 8, 1) in 0..16, labels int64 (n,), and the class names.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.images[..., None], digits.target.astype(np.int64), tuple("0123456789")
