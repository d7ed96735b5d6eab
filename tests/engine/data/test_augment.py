from __future__ import annotations

import numpy as np

from engine.data.augment import add_noise, vary_clips, vary_log_mel, vary_records


def _tones(count: int = 40) -> np.ndarray:
    time = np.arange(16_000) / 16_000
    tone = np.sin(2 * np.pi * 500 * time) * np.hanning(16_000)
    return np.tile(tone.astype(np.float32), (count, 1))


def _peak_hz(clips: np.ndarray) -> np.ndarray:
    return np.abs(np.fft.rfft(clips * np.hanning(16_000))).argmax(axis=1)


def test_speed_changes_the_pitch_within_its_range() -> None:
    varied = vary_clips(_tones(), np.random.default_rng(0))
    peaks = _peak_hz(varied)
    assert peaks.min() >= 500 * 0.88 - 1
    assert peaks.max() <= 500 * 1.14 + 1
    assert np.ptp(peaks) > 60


def test_a_shift_moves_by_at_most_a_tenth_of_a_second() -> None:
    clips = np.zeros((50, 16_000), dtype=np.float32)
    clips[:, 8_000] = 1.0
    moved = vary_clips(clips, np.random.default_rng(0), speed=(1.0, 1.0))
    distance = np.abs(moved).argmax(axis=1) - 8_000
    assert np.abs(distance).max() <= 1_600
    assert np.ptp(distance) > 1_600


def test_noise_has_the_asked_level_and_silence_stays_silent() -> None:
    clips = _tones()
    noise = add_noise(clips, np.random.default_rng(0), snr_db=(20.0, 20.0)) - clips
    ratio = np.square(clips).mean(axis=1) / np.square(noise).mean(axis=1)
    np.testing.assert_allclose(10 * np.log10(ratio), 20.0, atol=0.01)
    silent = np.zeros_like(clips)
    np.testing.assert_array_equal(add_noise(silent, np.random.default_rng(0)), silent)


def test_mel_spectra_move_by_one_bin_or_lose_a_few() -> None:
    spectra = np.zeros((200, 49, 40), dtype=np.float32)
    spectra[:, ::2, 20] = 50.0  # changes in time, so the colour cannot hide it
    varied = vary_log_mel(spectra, np.random.default_rng(0))
    movement = varied[:, 0] - varied[:, 1]
    found = movement.max(axis=1) > 49
    assert set(movement[found].argmax(axis=1)) == {19, 20, 21}
    assert 0 < (~found).sum() < 60  # masked away


def test_the_colour_of_a_variant_does_not_change_in_time() -> None:
    varied = vary_log_mel(np.zeros((50, 49, 40), dtype=np.float32), np.random.default_rng(0))
    np.testing.assert_allclose(varied, np.broadcast_to(varied[:, :1], varied.shape), atol=1e-6)
    assert 0.2 < varied.std() < 0.8


def test_variants_are_decided_by_the_generator_and_leave_the_originals_alone() -> None:
    clips = _tones(3)
    before = clips.copy()
    one, same = (vary_clips(clips, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(clips, before)


def test_vibration_records_keep_their_mean() -> None:
    records = np.random.default_rng(0).normal(size=(4, 200, 3)).astype(np.float32) + 5
    varied = vary_records(records, np.random.default_rng(1))
    np.testing.assert_allclose(varied.mean(axis=1), records.mean(axis=1), atol=0.05)
    assert not np.allclose(varied, records, atol=0.01)
