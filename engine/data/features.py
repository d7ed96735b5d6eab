"""From recordings to network inputs: MFCC of speech, log-mel of machine sound, spectra of vibration.

All functions are vectorised over recordings and keep float32.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Floats = NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000
CLIP_SAMPLES = 16_000  # one second

# MLPerf Tiny v1.x, keyword spotting: 30 ms windows every 20 ms, 40 mel bins from 20 to 4000 Hz, 10 MFCC.
MFCC_WINDOW = 480
MFCC_STRIDE = 320
MFCC_FFT = 512
MFCC_MEL_BINS = 40
MFCC_MEL_HZ = (20.0, 4000.0)
MFCC_COEFFICIENTS = 10
MFCC_SHAPE = (49, 10, 1)

LOG_MEL_WINDOW = 1024
LOG_MEL_STRIDE = 512
LOG_MEL_BINS = 32
LOG_MEL_HZ = (20.0, 8000.0)
LOG_MEL_SHAPE = (30, 32, 1)
# Fixed, so that a recording's features never depend on the other recordings of the set.
LOG_MEL_CENTRE, LOG_MEL_SPAN = -4.0, 4.0
MEL_FLOOR = 1e-6  # added before the logarithm

SPECTRUM_WINDOW = 64
SPECTRUM_STRIDE = 32
SPECTRUM_BINS = 32
SPECTRUM_CENTRE, SPECTRUM_SPAN = -4.0, 4.0
SPECTRUM_FLOOR = 1e-4  # in g, added before the logarithm

GAIN_FREE_WINDOW = 32
GAIN_FREE_STRIDE = 4
GAIN_FREE_BANDS = 8
# Of a band of two bins that holds noise alone the logarithm of the magnitude spreads by 0.40.
GAIN_FREE_NOISE_SPREAD = 0.4
GAIN_FREE_USUAL_COHERENCE = 0.25
GAIN_FREE_SCALE = 2.0

_CHUNK = 64


def mfcc(clips: Floats) -> Floats:
    """MFCC as MLPerf Tiny's keyword task defines them.

    Args:
        clips: float32 (n, 16000), 16 kHz; any scale, each clip is divided by its largest magnitude.

    Returns:
        float32 (n, 49, 10, 1): time, coefficient, channel.
    """
    return coefficients(speech_log_mel(clips))


def speech_log_mel(clips: Floats) -> Floats:
    """The log-mel spectrum that `mfcc` is made of, float32 (n, 49, 40); natural log of x + 1e-6."""
    peak = np.abs(clips).max(axis=1, keepdims=True)
    scaled = (clips / np.where(peak > 0, peak, 1)).astype(np.float32)
    mel = mel_matrix(MFCC_MEL_BINS, MFCC_FFT, SAMPLE_RATE_HZ, *MFCC_MEL_HZ)
    spectra = _by_chunks(scaled, lambda c: _magnitudes(c, MFCC_WINDOW, MFCC_STRIDE, MFCC_FFT) @ mel)
    result: Floats = np.log(spectra + np.float32(MEL_FLOOR))
    return result


def coefficients(log_mel: Floats) -> Floats:
    """The first ten cosine coefficients (n, 49, 10, 1) of log-mel spectra (n, 49, 40).

    DCT-II times sqrt(2 / bins) for every coefficient: the HTK convention that TensorFlow follows, in
    which the first one is not scaled by another sqrt(1/2).
    """
    basis = cosine_basis(log_mel.shape[-1], MFCC_COEFFICIENTS)
    result: Floats = (log_mel @ basis.astype(np.float32))[..., None]
    return result


def cosine_basis(bins: int, count: int) -> NDArray[np.float64]:
    """What `coefficients` multiplies with, (bins, count)."""
    k = np.arange(count)
    basis = np.cos(np.pi * k * (np.arange(bins)[:, None] + 0.5) / bins) * np.sqrt(2.0 / bins)
    return np.asarray(basis, np.float64)


def log_mel(clips: Floats) -> Floats:
    """Log-mel power of machine sound.

    Args:
        clips: float32 (n, 16000), 16 kHz, full scale 1. The level counts, so nothing is normalised.

    Returns:
        float32 (n, 30, 32, 1), about -3..3.
    """
    mel = mel_matrix(LOG_MEL_BINS, LOG_MEL_WINDOW, SAMPLE_RATE_HZ, *LOG_MEL_HZ)

    def spectra(chunk: Floats) -> Floats:
        magnitudes = _magnitudes(chunk, LOG_MEL_WINDOW, LOG_MEL_STRIDE, LOG_MEL_WINDOW)
        power: Floats = np.square(magnitudes) @ mel
        return power

    logs = np.log(_by_chunks(clips, spectra) + np.float32(MEL_FLOOR))
    scaled: Floats = (logs - np.float32(LOG_MEL_CENTRE)) / np.float32(LOG_MEL_SPAN)
    return scaled[..., None]


def vibration_spectra(records: Floats) -> Floats:
    """Log spectra of acceleration, one channel for each axis; the constant part (gravity) is removed.

    Args:
        records: float32 (n, rows, axes), rows >= 64, in g.

    Returns:
        float32 (n, frames, 32, axes): frames of 64 rows every 32, bins 1 to 32 of 64.
    """
    moving = records - records.mean(axis=1, keepdims=True)
    per_axis = np.moveaxis(moving, 2, 1)
    magnitudes = _magnitudes(per_axis, SPECTRUM_WINDOW, SPECTRUM_STRIDE, SPECTRUM_WINDOW)
    logs = np.log(magnitudes[..., 1 : SPECTRUM_BINS + 1] + np.float32(SPECTRUM_FLOOR))
    scaled = (logs - np.float32(SPECTRUM_CENTRE)) / np.float32(SPECTRUM_SPAN)
    return np.ascontiguousarray(np.moveaxis(scaled, 1, 3))


def gain_free_vibration(records: Floats) -> Floats:
    """What of a vibration does not change when its mount passes more or less of it.

    In each of 8 bands: how much the magnitude of each axis fluctuates (standard deviation of its natural
    logarithm over time), and how firmly each pair of axes moves together (magnitude-squared coherence,
    0 to 1). Multiplying an axis by any factor changes neither, so another mounting or a louder speed
    looks much like a known one; and both are bounded by nature, so 8 bits hold them without clipping.

    Args:
        records: float32 (n, rows, axes), rows >= 64, any unit.

    Returns:
        float32 (n, 8 * (axes + pairs of axes)), about -1..2: bands of the first axis, of the others,
        then bands of the pairs 0-1, 0-2, 1-2 and so on.
    """
    moving = np.moveaxis(records - records.mean(axis=1, keepdims=True), 2, 1)
    return _by_chunks(moving, _gain_free)


def _gain_free(signals: Floats) -> Floats:
    """Gain-free features of signals (n, axes, rows)."""
    count, axes, _ = signals.shape
    tiny = 1e-12  # below any sensor's noise; keeps an axis that is still from dividing zero by zero
    spectra = _spectra(signals, GAIN_FREE_WINDOW, GAIN_FREE_STRIDE, GAIN_FREE_WINDOW)[..., 1:]
    per_band = spectra.shape[3] // GAIN_FREE_BANDS
    banded = spectra.reshape(*spectra.shape[:3], GAIN_FREE_BANDS, per_band)
    power = np.square(np.abs(banded))
    spread = (0.5 * np.log(power.mean(axis=4) + tiny)).std(axis=2)
    whole = power.sum(axis=(2, 4))
    parts = [(spread - GAIN_FREE_NOISE_SPREAD).reshape(count, axes * GAIN_FREE_BANDS)]
    for first, second in combinations(range(axes), 2):
        shared = np.abs((banded[:, first] * banded[:, second].conj()).sum(axis=(1, 3)))
        coherence = np.square(shared) / (whole[:, first] * whole[:, second] + tiny**2)
        parts.append(coherence - GAIN_FREE_USUAL_COHERENCE)
    result: Floats = (GAIN_FREE_SCALE * np.concatenate(parts, axis=1)).astype(np.float32)
    return result


@cache
def mel_matrix(bins: int, fft_length: int, rate_hz: int, lowest_hz: float, highest_hz: float) -> Floats:
    """Triangular mel filters, float32 (fft_length / 2 + 1, bins).

    HTK's mel scale, 1127 ln(1 + f / 700); the triangles are straight on the mel axis and the constant
    bin takes no part (as in `tf.signal.linear_to_mel_weight_matrix`).
    """

    def to_mel(hz: Any) -> Any:
        return 1127.0 * np.log1p(np.asarray(hz) / 700.0)

    spectrum_mel = to_mel(np.arange(fft_length // 2 + 1) * (rate_hz / fft_length))[:, None]
    edges = np.linspace(to_mel(lowest_hz), to_mel(highest_hz), bins + 2)
    rising = (spectrum_mel - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - spectrum_mel) / (edges[2:] - edges[1:-1])
    matrix = np.maximum(0.0, np.minimum(rising, falling))
    matrix[0] = 0.0
    result: Floats = matrix.astype(np.float32)
    return result


def hann_window(count: int) -> NDArray[np.float64]:
    """A periodic Hann window, 0 to 1."""
    result: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(count) / count)
    return result


def _magnitudes(signals: Floats, window: int, stride: int, fft_length: int) -> Floats:
    """Magnitudes of `_spectra`."""
    result: Floats = np.abs(_spectra(signals, window, stride, fft_length))
    return result


def _spectra(signals: Floats, window: int, stride: int, fft_length: int) -> NDArray[np.complex64]:
    """Short-time spectra (..., frames, fft_length / 2 + 1) under a periodic Hann window."""
    hann = hann_window(window).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(signals, window, axis=-1)[..., ::stride, :]
    result: NDArray[np.complex64] = fft.rfft(frames * hann, fft_length, axis=-1)
    return result


def _by_chunks(clips: Floats, function: Callable[[Floats], Floats]) -> Floats:
    """Apply to a few clips at a time: spectra of a whole set would not fit in memory."""
    starts = range(0, max(1, len(clips)), _CHUNK)  # once for an empty set: its shape counts
    return np.concatenate([function(clips[i : i + _CHUNK]) for i in starts])
