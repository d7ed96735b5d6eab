"""Raw samples to a virtual board that makes the features by itself, and the microphone's clips."""

from __future__ import annotations

import importlib.util
import itertools
import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.board_access import open_board
from engine.boards import load_board
from engine.child import run_tool
from engine.clip_features import clip_features
from engine.data.features import mfcc
from engine.errors import BadInputFile, BoardError, DoesNotFit, UsageError
from engine.events import CancelToken, discard
from engine.front_end_choice import front_end_of
from engine.listening import clips_of, read_samples, whole_samples
from engine.meaning import Meaning
from engine.micro_reference import MicroReference
from engine.microphone import newest_clips
from engine.model_import.tflite_file import read_tflite
from engine.pipeline import readiness
from engine.planning import build_on_board, plan_on_board
from engine.project import create_project, open_project
from engine.summaries import BuildSummary, FitSummary
from engine.telemetry.board_session import BoardSession
from engine.telemetry.frame import FrameDecoder, encode_frame
from engine.telemetry.link import open_link
from tests.helpers.command_line import ROOT
from tests.helpers.fed_microphone import fed_microphone, require_portaudio, spoken_words
from tests.helpers.noisy_line import noisy_line
from tests.helpers.projects import told_by
from tests.helpers.shared_data import shared_data

WORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
CLASSES = (*WORDS, "silence", "unknown")
SILENT = {"report": discard, "cancel": CancelToken()}


def keywords() -> Path:
    return shared_data("models", "tflite", "mlperf_kws_int8.tflite")


def recordings(word: str) -> list[Path]:
    return sorted(shared_data("speech", "speech_commands", word).glob("*.wav"))


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("listening")
    rows, _ = told_by("build", target=str(keywords()), front_end="mfcc", out=str(folder))
    assert rows[0]["flash_parts"]["front-end"] > 0
    return folder / "firmware.elf"


@pytest.fixture(scope="module")
def line(elf: Path) -> Iterator[str]:
    """Where the firmware is heard."""
    with open_board("virtual", "stm32f407") as access:
        access.flash(elf, **SILENT)
        yield access.uart_url


@pytest.fixture
def session(line: str) -> Iterator[BoardSession]:
    with BoardSession(line) as opened:
        yield opened


def test_the_board_makes_the_features_that_python_makes(session: BoardSession) -> None:
    reference = MicroReference(keywords())
    for word in WORDS[::3]:
        samples = read_samples(recordings(word)[0])
        inference, front_end = session.run_samples(samples.astype("<i2").tobytes(), features=True)
        expected = reference.quantize_input(mfcc((samples / 32768).astype(np.float32)[None]))
        found = np.frombuffer(front_end.features, np.int8)
        assert np.abs(found.astype(int) - expected.reshape(-1)).max() <= 1
        assert inference.output == reference.run_bytes(front_end.features)
        # Half a second at the clock would be no live input; far below the network nothing was done.
        assert 100_000 < front_end.cycles < load_board("stm32f407").clock_hz / 2
    assert session.front_end().cycles == front_end.cycles
    assert session.run(front_end.features).output == inference.output  # an input still can be sent
    tested = session.self_test()
    assert tested is not None
    assert tested.passed


def test_a_clip_that_is_not_whole_is_refused(session: BoardSession) -> None:
    with pytest.raises(BoardError, match="takes 32000"):
        session.run_samples(bytes(31_998))


def test_chunks_out_of_order_and_broken_ones_are_told(line: str) -> None:
    link, decoder = open_link(line), FrameDecoder()
    sequences = itertools.count(1)

    def status(kind: str, **values: int | bytes) -> int:
        sequence = next(sequences)
        link.write(b"\0" + encode_frame(kind, sequence, values))
        while True:
            for frame in decoder.feed(link.read(5.0)):
                if frame.kind == "ack" and frame.number("request") == sequence:
                    return frame.number("status")

    part = struct.pack("<4h", 1, -2, 3, -4)
    try:
        assert status("raw_samples", offset=0, samples=part) == 0
        assert status("raw_samples", offset=5, samples=part) == 3
        assert status("raw_samples", offset=4, samples=part) == 0
        assert status("raw_samples", offset=0, samples=part) == 0
        assert status("raw_samples", offset=8, samples=part) == 3  # a new clip began
        assert status("raw_samples", offset=0, samples=part + b"\1") == 2
        assert status("raw_samples", offset=15_998, samples=part) == 2
        assert status("infer", flags=4) == 4
    finally:
        link.close()


def test_a_noisy_line_changes_no_sample(line: str) -> None:
    samples = [read_samples(recordings(word)[1]).astype("<i2").tobytes() for word in ("up", "go")]
    with BoardSession(line) as session:
        expected = [session.run_samples(clip, features=True)[1].features for clip in samples]
    with (
        noisy_line(line, bytes_per_error=8000, seed=5) as noisy,
        BoardSession(noisy.url, timeout_seconds=0.2, inference_timeout_seconds=1.0) as session,
    ):
        found = [session.run_samples(clip, features=True)[1].features for clip in samples]
        assert noisy.errors > 0
    assert found == expected


def test_recordings_are_answered_by_name(line: str, tmp_path: Path) -> None:
    project = create_project(
        tmp_path / "words",
        task="keywords",
        model_file=keywords(),
        board_id="stm32f407",
        meaning=Meaning(task="keywords", classes=CLASSES),
    )
    stereo = tmp_path / "long.wav"  # 1.5 s, two channels, another rate
    heard, rate_hz = soundfile.read(recordings("stop")[0])
    left = np.interp(np.arange(0, 1.5, 1 / 22_050), np.arange(len(heard)) / rate_hz, heard, right=0)
    soundfile.write(stereo, np.stack([left, 0 * left], axis=1), 22_050)
    files = [str(recordings("yes")[0]), str(recordings("left")[0]), str(stereo)]
    told_by("run", project=str(project.folder), front_end="board", until="build")
    summaries = {state.stage: state.summary for state in readiness(open_project(project.folder))}
    fit, built = summaries["fit"], summaries["build"]
    assert isinstance(fit, FitSummary)
    assert isinstance(built, BuildSummary)
    assert fit.flash_parts["front-end"] == pytest.approx(built.flash_parts["front-end"], rel=0.05)
    rows, _ = told_by("listen", target=str(project.folder), wav=files, count=3)
    assert [row["answer"] for row in rows] == ["yes", "left", "stop"]
    assert [row["basis"] for row in rows] == ["simulated"] * 3
    again, _ = told_by("listen", on=line, wav=files[2:], step=0.25)
    assert [row["start_seconds"] for row in again] == [0.0, 0.25, 0.5]
    assert again[0]["output"] == rows[2]["output"]
    assert "answer" not in again[0]  # firmware does not name its outputs


def test_what_cannot_be_heard_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF no sound")
    model = str(keywords())
    with pytest.raises(BadInputFile, match="broken.wav"):
        told_by("listen", target=model, front_end="mfcc", wav=[str(broken)])
    for arguments in (
        {"target": model, "front_end": "mfcc"},
        {"target": model, "front_end": "mfcc", "wav": ["x.wav"], "microphone": ""},
        {"target": model, "front_end": "mfcc", "wav": ["x.wav"], "step": 0.0},
        {"target": model, "front_end": "host", "wav": ["x.wav"]},
        {"target": model, "wav": ["x.wav"]},
        {"wav": ["x.wav"]},
    ):
        with pytest.raises(UsageError):
            told_by("listen", **arguments)


def test_a_board_without_room_for_a_clip_says_so_before_building(tmp_path: Path) -> None:
    graph, small, front_end = read_tflite(keywords()), load_board("cortex-m0plus"), front_end_of("mfcc")
    assert plan_on_board(graph, small, family=small.kernels).fit.fits
    with pytest.raises(DoesNotFit, match="SRAM: needs .* KB, board has") as caught:
        build_on_board(
            graph, small, family=small.kernels, folder=tmp_path / "out", front_end=front_end, **SILENT
        )
    assert "34 KB of RAM" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_the_fit_counts_what_the_front_end_takes(session: BoardSession) -> None:
    board, graph = load_board("stm32f407"), read_tflite(keywords())
    plain = plan_on_board(graph, board, family=board.kernels).fit
    fit = plan_on_board(graph, board, family=board.kernels, front_end=front_end_of("mfcc")).fit
    hello = session.hello()
    added = fit.ram_bytes.value - plain.ram_bytes.value
    assert hello.data_bytes - fit.ram_parts["data"] == pytest.approx(added, rel=0.01)
    assert hello.flash_bytes == pytest.approx(fit.flash_bytes.value, rel=0.05)


def test_the_fit_predicts_the_time_of_the_features(session: BoardSession) -> None:
    board, graph = load_board("stm32f407"), read_tflite(keywords())
    plain = plan_on_board(graph, board, family=board.kernels).fit
    fit = plan_on_board(graph, board, family=board.kernels, front_end=front_end_of("mfcc")).fit
    samples = read_samples(recordings("no")[0])
    _, front_end = session.run_samples(samples.astype("<i2").tobytes())
    predicted, milliseconds = fit.front_end_cycles, fit.front_end_latency_ms
    assert predicted is not None
    assert milliseconds is not None
    assert predicted.error_percent is not None
    assert predicted.value == pytest.approx(front_end.cycles, rel=predicted.error_percent / 100)
    assert milliseconds.value == pytest.approx(1000 * predicted.value / board.clock_hz)
    assert predicted.basis == milliseconds.basis == "predicted"
    assert fit.cycles == plain.cycles  # it counts beside the network's
    (row,), _ = told_by("fit", target=str(keywords()), front_end="mfcc")
    assert row["front_end_cycles"] == predicted.value
    (row,), _ = told_by("fit", target=str(keywords()))
    assert "front_end_cycles" not in row


def test_the_other_protocol_carries_no_samples(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="carries no raw samples"):
        told_by(
            "build", target=str(keywords()), front_end="mfcc", protocol="mlperf", out=str(tmp_path / "x")
        )


def test_a_microphone_gives_the_newest_clip_of_what_it_heard() -> None:
    heard = np.arange(100, dtype=np.int16)
    sizes = [3, 4, 1, 1, 1, 20, 2, 3]  # while the board was busy, 20 came at once
    ends = np.cumsum(sizes)
    blocks = (heard[end - size : end] for size, end in zip(sizes, ends, strict=True))
    clips = [clip.tolist() for clip in newest_clips(blocks, 8, 4)]
    assert [clip[-1] for clip in clips] == [7, 29, 34]
    assert all(clip == list(range(clip[-1] - 7, clip[-1] + 1)) for clip in clips)


def test_clips_of_a_recording_follow_in_steps() -> None:
    samples = whole_samples(np.array([0.0, 0.25, -0.25, 0.5, 1.0, -1.0], np.float32))
    assert samples.tolist() == [0, 8192, -8192, 16384, 32767, -32768]
    clips = list(clips_of("a.wav", samples, 4, 1, 2))
    assert [(clip.start_seconds, clip.samples[0]) for clip in clips] == [(0, 0), (0.5, 8192), (1, -8192)]


@pytest.mark.skipif(
    importlib.util.find_spec("sounddevice") is not None, reason="the package sounddevice is installed"
)
def test_without_its_package_the_microphone_says_what_to_install() -> None:
    with pytest.raises(UsageError, match="needs the package sounddevice") as caught:
        told_by("listen", target=str(keywords()), front_end="mfcc", microphone="")
    assert "pip install" in caught.value.hint


def test_features_made_on_this_computer_are_those_of_the_board(
    session: BoardSession, tmp_path: Path
) -> None:
    project = create_project(tmp_path / "words", task="keywords", model_file=keywords())
    features = clip_features(project, keywords())
    for word in WORDS[:2]:
        samples = read_samples(recordings(word)[2])
        _, front_end = session.run_samples(samples.astype("<i2").tobytes(), features=True)
        made, took_us = features.tensor(samples)
        difference = np.frombuffer(made, np.int8).astype(int) - np.frombuffer(
            front_end.features, np.int8
        )
        assert np.abs(difference).max() <= 1
        assert took_us > 0
    pictures = create_project(tmp_path / "pictures", task="images", model_file=keywords())
    with pytest.raises(UsageError, match="not fed with sound"):
        clip_features(pictures, keywords())


def test_words_from_a_microphone_through_portaudio_are_answered(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_portaudio()
    arguments = ["listen", "--on", line, "--microphone", "--step", "0.25", "--count", "12", "--json"]
    with fed_microphone(tmp_path, spoken_words("yes", "stop"), monkeypatch):
        told = run_tool([sys.executable, "-m", "engine", *arguments], cwd=ROOT, timeout_seconds=120)
    assert told.returncode == 0, told.stdout + told.stderr
    rows = [json.loads(row) for row in told.stdout.splitlines()]
    outputs = [np.array(row["output"], np.uint8) for row in rows if row["event"] == "result"]
    answers = [CLASSES[int(output.view(np.int8).argmax())] for output in outputs]
    assert {"yes", "stop"} <= set(answers)  # a word that is cut in two may be another word
