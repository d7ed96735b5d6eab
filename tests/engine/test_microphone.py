"""What is heard: other rates, devices that are not there, and PortAudio itself to a virtual board."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.signal import resample_poly

from engine.doctor import _microphones
from engine.errors import BoardError, UsageError
from engine.events import CancelToken
from engine.microphone import Microphone, Resampler, require_microphone, sound_devices

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown")


class OneDevice:
    """In place of sounddevice: one microphone that offers 44,100 Hz only, and hears a tone of 440 Hz."""

    class PortAudioError(Exception):
        pass

    def __init__(self, *names: str) -> None:
        self.default = SimpleNamespace(device=[-1, -1])
        self.found = [
            {"index": i, "name": name, "max_input_channels": 1, "default_samplerate": 44_100.0}
            for i, name in enumerate(names)
        ]
        self.active = True
        self.heard_blocks = 30

    def _terminate(self) -> None: ...

    def _initialize(self) -> None: ...

    def query_devices(self, number: int | None = None) -> Any:
        return self.found if number is None else self.found[number]

    def check_input_settings(self, number: int, *, samplerate: int, **_: Any) -> None:
        if samplerate != 44_100:
            raise self.PortAudioError("Invalid sample rate")

    def InputStream(self, *, samplerate: int, blocksize: int, callback: Any, **_: Any) -> OneDevice:  # noqa: N802
        self.check_input_settings(0, samplerate=samplerate)
        tone = 8000 * np.sin(2 * np.pi * 440 * np.arange(self.heard_blocks * blocksize) / samplerate)
        for block in np.split(tone.astype(np.int16)[:, None], self.heard_blocks):
            callback(block, len(block), None, None)
        return self

    def start(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def one_device(monkeypatch: pytest.MonkeyPatch) -> OneDevice:
    found = OneDevice("USB Audio")
    monkeypatch.setitem(sys.modules, "sounddevice", found)
    return found


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000])
def test_another_rate_is_resampled_block_by_block_as_if_it_came_as_one(rate_hz: int) -> None:
    noise = np.random.default_rng(1).normal(0, 3000, rate_hz // 2).astype(np.int16)
    rest = np.zeros(rate_hz // 2, np.int16)  # pushes out what waits in the filter
    resampler = Resampler(rate_hz, 16_000)
    blocks = np.array_split(np.concatenate([noise, rest]), 29)
    made = np.concatenate([resampler.take(block) for block in blocks])
    ratio = Fraction(16_000, rate_hz)
    expected = resample_poly(noise.astype(float), ratio.numerator, ratio.denominator)
    delay = int(np.correlate(made.astype(float), expected[:2000], "valid").argmax())
    assert delay < 16_000 // 20
    assert np.abs(made[delay : delay + len(expected)] - expected).max() <= 0.5


def test_blocks_of_the_advised_length_leave_nothing_over() -> None:
    for rate_hz in (8_000, 11_025, 22_050, 44_100, 48_000):
        resampler = Resampler(rate_hz, 16_000)
        length = resampler.block_length(0.05)
        assert 0.02 < length / rate_hz < 0.08
        assert len(resampler.take(np.zeros(length, np.int16))) * rate_hz == length * 16_000


def test_a_device_that_does_not_offer_the_rate_is_heard_all_the_same(one_device: OneDevice) -> None:
    with Microphone(16_000, "usb") as microphone:
        blocks = microphone.blocks(CancelToken())
        heard = next(blocks)
        one_device.active = False
        with pytest.raises(BoardError, match="unplugged"):
            next(blocks)
    tone = heard[-16_000:]
    assert len(tone) == 16_000
    assert np.abs(np.fft.rfft(tone)).argmax() == 440
    assert 7_900 < np.abs(tone).max() < 8_100


def test_devices_that_are_not_there_are_told(
    one_device: OneDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = sound_devices()
    assert (found.number, found.name, found.rate_hz) == (0, "USB Audio", 44_100)
    with pytest.raises(UsageError, match="there is no webcam"):
        Microphone(16_000, "webcam")
    monkeypatch.setattr("engine.doctor._version", lambda name: "1.0")
    assert [(row.state, row.found) for row in _microphones()] == [("ok", "USB Audio")]
    monkeypatch.setitem(sys.modules, "sounddevice", OneDevice())
    ((state, found),) = [(row.state, row.found) for row in _microphones()]
    assert (state, found) == ("optional", "No microphone was found.")
    with pytest.raises(UsageError, match="No microphone was found"):
        require_microphone()
