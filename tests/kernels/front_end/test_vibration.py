"""The board's spectra of an accelerometer, compiled for this computer, against the training's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.data.features import vibration_spectra
from engine.data.image_files import scaled
from engine.data.tables import read_record
from engine.front_end_choice import vibration_front_end
from engine.graph import Quantization
from engine.micro_reference import quantize
from tests.helpers.shared_data import shared_data
from tests.kernels.front_end.test_front_end import Run, compiled

COUNTS = 2048.0  # 16 bits for +-16 g
ROWS, AXES = 200, 3
QUANTA = Quantization(np.array([6 / 255], np.float32), np.array([7]))
Samples = NDArray[np.int16]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return compiled(
        vibration_front_end(ROWS, AXES, COUNTS), QUANTA, tmp_path_factory.mktemp("vibration")
    )


def quanta_of(features: NDArray[np.float32], quantization: Quantization = QUANTA) -> NDArray[np.int8]:
    kept = quantize(features, quantization.scale, quantization.zero_point, np.dtype(np.int8))
    return np.asarray(kept.reshape(len(features), -1))


def by_python(samples: Samples) -> NDArray[np.int8]:
    return quanta_of(vibration_spectra((samples / COUNTS).astype(np.float32)))


def exactly(samples: Samples, counts: float = COUNTS) -> NDArray[np.float64]:
    """What `vibration_spectra` says of itself, with 16 digits."""
    moving = samples / counts - (samples / counts).mean(axis=1, keepdims=True)
    frames = np.lib.stride_tricks.sliding_window_view(moving, 64, axis=1)[:, ::32]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(64) / 64)
    lines = np.abs(np.fft.rfft(frames * window, axis=-1))[..., 1:33]
    return np.moveaxis((np.log(lines + 1e-4) + 4) / 4, 2, 3)


def test_a_real_fan_gives_the_same_quanta_or_their_neighbours(run: Run) -> None:
    files = sorted(shared_data("anomaly_vibration", "ceiling_fan").rglob("*.csv"))[::19]
    records = np.stack([read_record(file)[:ROWS] for file in files])
    samples = np.round(records * COUNTS).astype(np.int16)
    found, wanted = run(samples), quanta_of(vibration_spectra(records))
    apart = np.abs(found.astype(int) - wanted)
    assert len(files) == 100
    assert apart.max() <= 1
    assert (apart == 0).mean() > 0.999
    assert len(np.unique(wanted)) > 32  # it says something


def extremes() -> dict[str, Samples]:
    chance, rows = np.random.default_rng(3), np.arange(ROWS)
    silence = np.zeros((ROWS, AXES))
    spike = silence.copy()
    spike[100] = 32767
    one = silence.copy()
    one[77, 1] = 1
    tone = np.stack([np.cos(2 * np.pi * rows * n / 64) for n in (3, 7.3, 32)], axis=1)
    found = {
        "silence": silence,
        "offset": silence + [2048, -32768, 32767],
        "spike": spike,
        "one count": one,
        "square": np.where(rows[:, None] // 8 % 2, 32767, -32768) + silence,
        "fastest": np.where(rows[:, None] % 2, 32767, -32768) + silence,
        "faint on an offset": 30_000 + chance.integers(-1, 2, (ROWS, AXES)),
        "noise": chance.integers(-32768, 32768, (ROWS, AXES)),
        "loud tone": 32767 * tone,
        "faint tone": 2 * tone,
    }
    return {name: np.round(values).astype(np.int16) for name, values in found.items()}


def test_extremes_stay_within_a_quantum(run: Run) -> None:
    samples = extremes()
    found = run(np.stack(list(samples.values()))).astype(int)
    wanted = quanta_of(exactly(np.stack(list(samples.values()))).astype(np.float32)).astype(int)
    apart = dict(zip(samples, np.abs(found - wanted).max(axis=1), strict=True))
    assert max(apart.values()) <= 1, apart
    # Python's own 32 bits lose faint lines beside loud ones; where there are none they agree, too.
    for name in ("silence", "offset", "one count", "noise", "faint tone"):
        given = samples[name][None]
        assert np.abs(run(given).astype(int) - by_python(given)).max() <= 1, name


@pytest.mark.parametrize("axes", [1, 2])
def test_scale_and_mean_of_each_axis_count(axes: int, tmp_path: Path) -> None:
    rows, counts = 97, 16384.0
    samples = np.random.default_rng(axes).normal(0, 900, (4, rows, axes)).astype(np.int16)
    scale, mean = (0.7, 1.9)[:axes], (-0.4, 0.3)[:axes]
    front_end = vibration_front_end(rows, axes, counts, scale=scale, mean=mean)
    found = compiled(front_end, QUANTA, tmp_path)(samples)
    features = vibration_spectra((samples / counts).astype(np.float32))
    wanted = quanta_of(scaled(features, scale, mean))
    assert front_end.shape == features.shape[1:]
    assert np.abs(found.astype(int) - wanted).max() <= 1
