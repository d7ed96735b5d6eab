"""The firmware's front-end, compiled for this computer, against the features that train networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.child import run_tool
from engine.data import features
from engine.data.audio_files import consecutive_clips, read_recording, spoken_clip
from engine.errors import UsageError
from engine.firmware.front_end import source_of, write_tables
from engine.firmware.toolchains import find_toolchain
from engine.front_end import KINDS, AnyFrontEnd, front_end_input
from engine.front_end_choice import chosen_front_end, front_end_of
from engine.graph import Quantization, TensorGraph
from engine.micro_reference import quantize
from engine.model_import.tflite_file import read_tflite
from engine.resources import resource
from tests.helpers.shared_data import shared_data

MAIN = Path(__file__).with_name("main.c")
FEATURES = {"mfcc": features.mfcc, "log-mel": features.log_mel}
# MFCC as the keyword network of MLPerf Tiny takes them; log-mel with its usual -3..3 over all quanta.
QUANTA = {
    "mfcc": Quantization(np.array([0.5847029], np.float32), np.array([83])),
    "log-mel": Quantization(np.array([6 / 255], np.float32), np.array([0])),
}
Samples = NDArray[np.int16]
Run = Callable[[Samples], NDArray[np.int8]]


def compiled(front_end: AnyFrontEnd, quantization: Quantization, folder: Path) -> Run:
    write_tables(front_end, quantization, folder)
    tools, sources, program = find_toolchain("zig"), resource("firmware", "front_end"), folder / "run"
    flags = "-std=c11 -O2 -Wall -Wextra -Werror -fsanitize=undefined -fno-sanitize-recover".split()
    source = sources / source_of(front_end)
    command = [*tools.program, *flags, f"-I{folder}", f"-I{sources}", str(source)]
    result = run_tool([*command, str(MAIN), "-o", str(program)], env=tools.environment)
    assert result.returncode == 0, result.stderr

    def run(clips: Samples) -> NDArray[np.int8]:
        given, found = folder / "clips.bin", folder / "quanta.bin"
        given.write_bytes(clips.astype("<i2").tobytes())
        result = run_tool([str(program), str(given), str(found)])
        assert result.returncode == 0, result.stderr
        return np.frombuffer(found.read_bytes(), np.int8).reshape(len(clips), -1)

    return run


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def run(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return compiled(front_end_of(kind), QUANTA[kind], tmp_path_factory.mktemp(kind))


def by_python(kind: str, clips: Samples, *, scale: float = 1.0, mean: float = 0.0) -> NDArray[np.int8]:
    values = FEATURES[kind]((clips / 32768).astype(np.float32))
    taken = (np.float32(scale) * (values - np.float32(mean))).astype(np.float32)
    quanta = quantize(taken, QUANTA[kind].scale, QUANTA[kind].zero_point, np.dtype(np.int8))
    return np.asarray(quanta.reshape(len(clips), -1))


def whole(clips: NDArray[np.float32]) -> Samples:
    return np.clip(np.round(clips * 32768), -32768, 32767).astype(np.int16)


def real_clips(kind: str) -> Samples:
    """Of every word and of background speech; of machines."""
    chance = np.random.default_rng(0)
    if kind == "log-mel":
        files = sorted(shared_data("anomaly_sound").rglob("*.wav"))[:6]
        return whole(np.concatenate([consecutive_clips(read_recording(file)[0])[:8] for file in files]))
    words = sorted(shared_data("speech", "speech_commands").rglob("*.wav"))[::10]
    digits = sorted(shared_data("speech", "fsdd").rglob("*.wav"))[::40]
    return whole(np.stack([spoken_clip(read_recording(f)[0], chance) for f in (*words, *digits)]))


def test_real_sound_gives_the_same_quanta_or_their_neighbours(kind: str, run: Run) -> None:
    clips = real_clips(kind)
    found, wanted = run(clips), by_python(kind, clips)
    apart = np.abs(found.astype(int) - wanted)
    assert apart.max() <= 1
    assert (apart == 0).mean() > 0.999
    assert len(np.unique(wanted)) > 64  # it says something


def test_sounds_at_the_ends_of_the_range_do_no_harm(kind: str, run: Run) -> None:
    time = np.arange(features.CLIP_SAMPLES)
    chance = np.random.default_rng(1)
    square = np.where(time // 40 % 2, 32767, -32768)
    faint = np.zeros_like(time)
    faint[8000] = 1
    late = np.where(time > 12_000, square, chance.integers(-2, 3, len(time)))
    clips = [
        np.zeros_like(time),
        faint,
        np.full_like(time, -32768),
        square,
        late,
        np.where(time % 2, 32767, -32768),
        np.round(32767 * np.sin(2 * np.pi * 1000 / 16_000 * time)),
        chance.integers(-32768, 32768, len(time)),
        chance.integers(-1, 2, len(time)),
    ]
    samples = np.stack(clips).astype(np.int16)
    assert np.abs(run(samples).astype(int) - by_python(kind, samples)).max() <= 1


def test_scale_and_mean_of_the_network_count(kind: str, tmp_path: Path) -> None:
    clips = np.random.default_rng(2).normal(0, 3000, (3, features.CLIP_SAMPLES)).astype(np.int16)
    scale, mean = 0.7, -0.4
    front_end = front_end_of(kind, scale=scale, mean=mean)
    found = compiled(front_end, QUANTA[kind], tmp_path)(clips)
    wanted = by_python(kind, clips, scale=scale, mean=mean)
    assert np.abs(found.astype(int) - wanted).max() <= 1
    assert (wanted != by_python(kind, clips)).mean() > 0.5


def test_a_network_with_another_input_is_refused() -> None:
    keywords = read_tflite(shared_data("models", "tflite", "mlperf_kws_int8.tflite"))
    front_end_input(front_end_of("mfcc"), keywords)
    with pytest.raises(UsageError, match="30x32"):
        front_end_input(front_end_of("log-mel"), keywords)
    floats: TensorGraph = read_tflite(shared_data("models", "tflite", "mlperf_kws_float.tflite"))
    with pytest.raises(UsageError, match="one int8 input"):
        front_end_input(front_end_of("mfcc"), floats)


def test_what_is_asked_for_must_be_known() -> None:
    assert chosen_front_end(None, None) is None
    assert chosen_front_end("host", None) is None
    for choice in ("fft", "board"):
        with pytest.raises(UsageError):
            chosen_front_end(choice, None)
