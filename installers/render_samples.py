"""Renders the built-in spoken words; only needed when the set itself is to change.

    pip install espeakng-loader soundfile scipy numpy
    python installers/render_samples.py

Ten words are spoken by many synthetic voices, each with a timbre of its own (an eSpeak NG variant)
and one of eight English accents. Every voice becomes one FLAC file in resources/samples/keywords:
the slots of one second follow each other, word by word, take by take. `voices.json` names voices,
words and takes.

The synthesiser is GPL-3.0-or-later and serves only as a tool here: no part of it is in the product.
"""

from __future__ import annotations

import ctypes
import json
from fractions import Fraction
from pathlib import Path

import espeakng_loader
import numpy as np
import soundfile
from scipy.signal import resample_poly

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "samples" / "keywords"
RATE_HZ = 16_000
WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
ACCENTS = (
    "en",
    "en-us",
    "en-gb-scotland",
    "en-029",
    "en-gb-x-rp",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-us-nyc",
)
# Every variant is used once, so no timbre appears in two voices. Whispering and robots are left out.
VARIANTS = (
    "m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 Alex Alicia Andrea Andy Annie Denis Diogo Gene Hugo "
    "Jacky Lee Marco Mario Michael Mike Reed adam anika antonio aunty belinda boris david ed grandma "
    "grandpa ian iven klatt2 linda norbert pablo shelby travis zac"
).split()
# (relative pitch 0..100, words per minute) of the takes
TAKES = ((50, 175), (38, 145))
# Twelve bits are enough for speech and keep the files small.
PEAK = 4095

AUDIO_OUTPUT_RETRIEVAL = 1
CHARS_UTF8 = 1
PARAMETER_RATE, PARAMETER_PITCH = 1, 3


class Synthesiser:
    """The part of the eSpeak NG library that renders a word to samples."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate_hz = self._library.espeak_Initialize(AUDIO_OUTPUT_RETRIEVAL, 0, data, 0)
        if self.rate_hz <= 0:
            raise RuntimeError("eSpeak NG does not start.")
        self._chunks: list[np.ndarray] = []
        callback = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
        )
        self._callback = callback(self._on_samples)  # kept alive: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def _on_samples(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def speak(self, word: str, voice: str, pitch: int, words_per_minute: int) -> np.ndarray:
        """One word as float64 samples in -1..1 at `rate_hz`."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise RuntimeError(f"eSpeak NG has no voice {voice}.")
        self._library.espeak_SetParameter(PARAMETER_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(PARAMETER_PITCH, pitch, 0)
        self._chunks.clear()
        text = word.encode()
        self._library.espeak_Synth(text, len(text) + 1, 0, 0, 0, CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        return np.concatenate(self._chunks).astype(np.float64) / 32768.0


def one_second(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """The word without surrounding silence, centred in one second of 16 kHz int16."""
    factor = Fraction(RATE_HZ, rate_hz)
    clip = resample_poly(samples, factor.numerator, factor.denominator)
    clip /= np.abs(clip).max()
    loud = np.flatnonzero(np.abs(clip) > 0.01)
    clip = clip[loud[0] : loud[-1] + 1]
    if len(clip) > RATE_HZ:
        raise RuntimeError(f"The word lasts {len(clip) / RATE_HZ:.2f} s, over the slot of one second.")
    second = np.zeros(RATE_HZ)
    start = (RATE_HZ - len(clip)) // 2
    second[start : start + len(clip)] = clip
    return np.round(second * PEAK).astype(np.int16)


def main() -> None:
    """Render every voice and write the index."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    synthesiser = Synthesiser()
    voices = []
    for number, variant in enumerate(VARIANTS):
        accent = ACCENTS[number % len(ACCENTS)]
        slots = [
            one_second(synthesiser.speak(word, f"{accent}+{variant}", *take), synthesiser.rate_hz)
            for word in WORDS
            for take in TAKES
        ]
        name = f"{number:02d}_{variant.lower()}"
        soundfile.write(
            FOLDER / f"{name}.flac", np.concatenate(slots), RATE_HZ, "PCM_16", compression_level=1.0
        )
        voices.append({"file": f"{name}.flac", "variant": variant, "accent": accent})
        print(f"{name} ({accent})")
    index = {
        "rate_hz": RATE_HZ,
        "slot_samples": RATE_HZ,
        "words": WORDS,
        "takes": [{"pitch": pitch, "words_per_minute": rate} for pitch, rate in TAKES],
        "voices": voices,
    }
    (FOLDER / "voices.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
