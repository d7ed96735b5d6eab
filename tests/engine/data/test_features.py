from __future__ import annotations

import os

import numpy as np
import pytest

from engine.data.features import gain_free_vibration, log_mel, mel_matrix, mfcc, vibration_spectra


@pytest.fixture(scope="module")
def clips() -> np.ndarray:
    """Noise, a chirp, a quiet tone and silence: (4, 16000)."""
    seconds = np.arange(16_000) / 16_000
    generator = np.random.default_rng(5)
    chirp = np.sin(2 * np.pi * (200 * seconds + 1500 * seconds**2))
    tone = 0.01 * np.sin(2 * np.pi * 440 * seconds)
    rows = [generator.normal(size=16_000) * 0.2, chirp, tone, np.zeros(16_000)]
    return np.stack(rows).astype(np.float32)


def test_mfcc_equal_tensorflow_with_the_settings_of_mlperf_tiny(clips: np.ndarray) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tf = pytest.importorskip("tensorflow")
    audio = clips / np.maximum(np.abs(clips).max(axis=1, keepdims=True), 1e-30)
    spectra = tf.abs(tf.signal.stft(audio, 480, 320, window_fn=tf.signal.hann_window))
    mel = tf.signal.linear_to_mel_weight_matrix(40, spectra.shape[-1], 16_000, 20.0, 4000.0)
    logs = tf.math.log(tf.tensordot(spectra, mel, 1) + 1e-6)
    expected = tf.signal.mfccs_from_log_mel_spectrograms(logs)[..., :10].numpy()

    ours = mfcc(clips)

    assert ours.shape == (4, 49, 10, 1)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours[..., 0], expected, rtol=2e-4, atol=2e-2)


def test_mfcc_do_not_depend_on_the_volume(clips: np.ndarray) -> None:
    np.testing.assert_allclose(mfcc(clips * np.float32(0.25)), mfcc(clips), atol=1e-3)


def test_mfcc_of_many_clips_equal_those_of_single_ones(clips: np.ndarray) -> None:
    many = np.tile(clips, (20, 1))
    np.testing.assert_allclose(mfcc(many)[77], mfcc(many[77:78])[0], atol=1e-4)


def test_log_mel_finds_the_band_of_a_tone() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000).astype(np.float32)[None]
    features = log_mel(tone)
    assert features.shape == (1, 30, 32, 1)
    centre_bin = mel_matrix(32, 1024, 16_000, 20.0, 8000.0)[64].argmax()  # bin 64 of 1024 is 1 kHz
    assert (features[0, :, :, 0].argmax(axis=1) == centre_bin).all()


def test_vibration_spectra_ignore_gravity_and_find_the_rotation() -> None:
    rows = np.arange(200)
    record = np.zeros((1, 200, 3), dtype=np.float32)
    record[0, :, 1] = np.sin(2 * np.pi * rows * 8 / 64)
    record[0, :, 2] = 0.98
    spectra = vibration_spectra(record)
    assert spectra.shape == (1, 5, 32, 3)
    assert (spectra[0, :, :, 1].argmax(axis=1) == 7).all()  # bin 8, counted from 1
    assert np.ptp(spectra[0, :, :, 2]) < 0.1


def test_gain_free_features_ignore_the_level_of_each_axis_and_gravity() -> None:
    records = np.random.default_rng(0).normal(size=(3, 200, 3)).astype(np.float32)
    found = gain_free_vibration(records)
    assert found.shape == (3, 8 * (3 + 3))
    other_mount = records * np.float32([0.1, 3.0, 20.0]) + np.float32([0.2, -0.4, 0.9])
    np.testing.assert_allclose(gain_free_vibration(other_mount), found, atol=2e-3)


def test_gain_free_features_tell_fluctuation_and_common_movement() -> None:
    rows = np.arange(400)
    noise = np.random.default_rng(0).normal(size=(1, 400, 3)).astype(np.float32)
    tone = np.sin(2 * np.pi * rows * 5 / 32)  # bins 5 and 6 are the third band
    record = 0.01 * noise
    record[0, :, 0] += tone
    record[0, :, 2] += tone * (1 + 0.8 * np.sin(2 * np.pi * rows / 200))
    spreads = gain_free_vibration(record)[0, :24].reshape(3, 8)[:, 2]
    pairs = gain_free_vibration(record)[0, 24:].reshape(3, 8)[:, 2]
    assert spreads[0] < -0.7 < 0.0 < spreads[2]  # steady, swelling; 0 is noise
    assert abs(spreads[1]) < 0.3
    assert pairs[1] > 0.8 > 0.5 > max(pairs[0], pairs[2])  # axes 0 and 2 move together


def test_gain_free_features_of_an_axis_that_is_still_are_finite() -> None:
    records = np.random.default_rng(0).normal(size=(2, 64, 2)).astype(np.float32)
    records[:, :, 1] = 0.98
    found = gain_free_vibration(records)
    assert found.shape == (2, 24)
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 8
    assert gain_free_vibration(records[:0]).shape == (0, 24)
