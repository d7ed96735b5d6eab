"""Recordings as one-second clips of 16 kHz mono, whatever the files hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from engine.data.features import CLIP_SAMPLES, SAMPLE_RATE_HZ, Floats
from engine.errors import BadInputFile

_QUIET_DB = 45.0  # below the recording, like a good microphone in a quiet room


def read_recording(path: Path) -> tuple[Floats, int]:
    """One recording, resampled to 16 kHz; of several channels the first.

    Args:
        path: WAV (also WAVE_EXTENSIBLE), FLAC or OGG.

    Returns:
        float32 (samples,), full scale 1, and the number of channels in the file.

    Raises:
        BadInputFile: the file is damaged, of another kind, or holds no sample.
    """
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise BadInputFile(
            f"{path.name} cannot be read as a recording.",
            hint="Save it as WAV, FLAC or OGG, or delete it.",
            details=str(error),
        ) from error
    count, channels = samples.shape
    if count == 0:
        raise BadInputFile(
            f"{path.name} holds no sound (0 samples).", hint="Record it again or delete it."
        )
    mono = samples[:, 0]
    if not np.isfinite(mono).all():
        raise BadInputFile(
            f"{path.name} holds values that are no numbers.", hint="Record it again or delete it."
        )
    if rate_hz != SAMPLE_RATE_HZ:
        factor = Fraction(SAMPLE_RATE_HZ, rate_hz)
        mono = resample_poly(mono, factor.numerator, factor.denominator).astype(np.float32)
    return mono, channels


def spoken_clip(recording: Floats, generator: np.random.Generator) -> Floats:
    """One second around the loudest part; a shorter recording is centred in faint noise.

    Digital silence never comes from a microphone, and its log-spectrum lies far from everything else.

    Args:
        recording: float32 (samples,) at 16 kHz.
        generator: decides the noise.

    Returns:
        float32 (16000,).
    """
    if len(recording) > CLIP_SAMPLES:
        energy = np.concatenate([[0.0], np.cumsum(np.square(recording, dtype=np.float64))])
        start = int((energy[CLIP_SAMPLES:] - energy[:-CLIP_SAMPLES]).argmax())
        return recording[start : start + CLIP_SAMPLES]
    if len(recording) == CLIP_SAMPLES:
        return recording
    level = np.sqrt(np.square(recording).mean()) * 10 ** (-_QUIET_DB / 20)
    clip = generator.standard_normal(CLIP_SAMPLES, dtype=np.float32) * np.float32(level)
    start = (CLIP_SAMPLES - len(recording)) // 2
    clip[start : start + len(recording)] += recording
    return clip


def consecutive_clips(recording: Floats) -> Floats:
    """All whole seconds of a recording, float32 (n, 16000); a shorter one is repeated to fill one."""
    if len(recording) < CLIP_SAMPLES:
        return np.resize(recording, (1, CLIP_SAMPLES)).astype(np.float32)
    count = len(recording) // CLIP_SAMPLES
    return recording[: count * CLIP_SAMPLES].reshape(count, CLIP_SAMPLES)
