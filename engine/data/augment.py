"""Augmented copies of recordings, made once and cached: speed, shift, noise, mel shift, mel masks."""

from __future__ import annotations

import numpy as np

from engine.data.features import SAMPLE_RATE_HZ, Floats

SPEED_RANGE = (0.88, 1.14)
SHIFT_SAMPLES = SAMPLE_RATE_HZ // 10  # 100 ms either way
SNR_DB_RANGE = (10.0, 40.0)
MASK_BINS = 5
COLOUR_WAVES = 6
COLOUR_SPREAD = 0.2  # of each wave, natural log of the magnitude: 1.7 dB
_NOISE_SAMPLES = 1 << 20


def vary_clips(
    clips: Floats, generator: np.random.Generator, *, speed: tuple[float, float] = SPEED_RANGE
) -> Floats:
    """One variant of every clip: another speed, a shift in time, and coloured noise.

    Args:
        clips: float32 (n, samples).
        generator: decides everything.
        speed: range of the factor by which the recording is sped up.

    Returns:
        float32 (n, samples).
    """
    count, length = clips.shape
    factors = generator.uniform(*speed, size=(count, 1))
    shifts = generator.integers(-SHIFT_SAMPLES, SHIFT_SAMPLES + 1, size=(count, 1))
    # The middle of the clip stays in the middle, then moves by the shift.
    positions = (np.arange(length) - length / 2 - shifts) * factors + length / 2
    return add_noise(_read_at(clips, positions), generator)


def add_noise(
    clips: Floats, generator: np.random.Generator, *, snr_db: tuple[float, float] = SNR_DB_RANGE
) -> Floats:
    """Mix in noise whose colour lies between white and brown; silent clips stay silent.

    Args:
        clips: float32 (n, samples).
        generator: decides level, colour and the piece of noise.
        snr_db: range of the ratio of the clip's power to the noise's.

    Returns:
        float32 (n, samples).
    """
    count, length = clips.shape
    white, brown = _noise_bank(generator)
    starts = generator.integers(0, _NOISE_SAMPLES - length, size=(count, 1)) + np.arange(length)
    colour = generator.uniform(0, 1, size=(count, 1)).astype(np.float32)
    noise = (1 - colour) * white[starts] + colour * brown[starts]
    ratios_db = generator.uniform(*snr_db, size=(count, 1))
    power = np.square(clips).mean(axis=1, keepdims=True)
    noise_power = np.square(noise).mean(axis=1, keepdims=True)
    gain = np.sqrt(power / np.maximum(noise_power, 1e-12) * 10 ** (-ratios_db / 10))
    result: Floats = clips + (gain * noise).astype(np.float32)
    return result


def vary_log_mel(spectra: Floats, generator: np.random.Generator) -> Floats:
    """Shift each spectrum by up to one mel bin, colour it, and blank a few bins of every second one.

    The shift stands for a longer or shorter vocal tract, the colour (a smooth gain over the bins) for
    another microphone and room; the masks are SpecAugment's (Park et al. 2019), filled with the clip's
    mean.

    Args:
        spectra: float32 (n, frames, bins).
        generator: decides everything.

    Returns:
        float32 (n, frames, bins).
    """
    count, _, bins = spectra.shape
    shifts = generator.integers(-1, 2, size=(count, 1))
    sources = np.clip(np.arange(bins) + shifts, 0, bins - 1)
    shifted = np.take_along_axis(spectra, sources[:, None, :], axis=2)
    widths = generator.integers(0, MASK_BINS + 1, size=count) * generator.integers(0, 2, size=count)
    starts = generator.integers(0, bins - MASK_BINS, size=count)
    bin_numbers = np.arange(bins)
    waves = np.cos(np.pi * np.arange(1, COLOUR_WAVES + 1)[:, None] * (bin_numbers + 0.5) / bins)
    gains = generator.normal(0, COLOUR_SPREAD, size=(count, COLOUR_WAVES)) @ waves
    shifted = shifted + gains[:, None, :].astype(np.float32)
    masked = (bin_numbers >= starts[:, None]) & (bin_numbers < (starts + widths)[:, None])
    means = shifted.mean(axis=(1, 2), keepdims=True)
    result: Floats = np.where(masked[:, None, :], means, shifted)
    return result


def vary_records(records: Floats, generator: np.random.Generator) -> Floats:
    """One variant of vibration records (n, rows, axes): another start, another level, a little noise."""
    count, rows, axes = records.shape
    starts = generator.integers(0, rows, size=(count, 1))
    rolled = np.take_along_axis(records, ((np.arange(rows) + starts) % rows)[:, :, None], axis=1)
    mean = rolled.mean(axis=1, keepdims=True)
    level = generator.uniform(0.8, 1.25, size=(count, 1, 1)).astype(np.float32)
    spread = rolled.std(axis=1, keepdims=True)
    noise = generator.standard_normal((count, rows, axes), dtype=np.float32) * spread * np.float32(0.05)
    result: Floats = mean + (rolled - mean) * level + noise
    return result


def _noise_bank(generator: np.random.Generator) -> tuple[Floats, Floats]:
    """A minute of white and of brown noise, both of unit power."""
    white = generator.standard_normal(_NOISE_SAMPLES, dtype=np.float32)
    spectrum = np.fft.rfft(white)
    spectrum[0] = 0
    # Below 50 Hz brown noise would be all rumble.
    frequency = np.fft.rfftfreq(_NOISE_SAMPLES, 1 / SAMPLE_RATE_HZ)
    brown = np.fft.irfft(spectrum / np.maximum(frequency, 50.0)).astype(np.float32)
    return white, brown / brown.std()


def _read_at(clips: Floats, positions: np.ndarray) -> Floats:
    """Read clips at fractional sample positions (n, samples), linearly; zero outside."""
    length = clips.shape[1]
    lower = np.floor(positions).astype(np.int64)
    fraction = (positions - lower).astype(np.float32)
    inside = (lower >= 0) & (lower < length - 1)
    lower = np.clip(lower, 0, length - 2)
    left = np.take_along_axis(clips, lower, axis=1)
    right = np.take_along_axis(clips, lower + 1, axis=1)
    result: Floats = (left + (right - left) * fraction) * inside
    return result
