"""A front-end beside an exported network: samples in, class out, on this computer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.child import run_tool
from engine.data.features import CLIP_SAMPLES, log_mel, vibration_spectra
from engine.errors import UsageError
from engine.export import WITH_FRONT_END, export_model
from engine.front_end_choice import front_end_of, vibration_front_end
from engine.listening import read_samples
from engine.meaning import Meaning
from engine.project import create_project
from tests.engine.test_export import answers_of_program, compile_sketch
from tests.helpers.projects import told_by
from tests.helpers.shared_data import shared_data
from tests.helpers.tflite_builder import TfliteBuilder

CLASSES = "down go left no off on right stop up yes silence unknown".split()


def keywords() -> Path:
    return shared_data("models", "tflite", "mlperf_kws_int8.tflite")


def test_a_projects_example_goes_from_samples_to_the_word(tmp_path: Path) -> None:
    project = create_project(
        tmp_path / "words",
        task="keywords",
        model_file=keywords(),
        meaning=Meaning(task="keywords", classes=tuple(CLASSES)),
        front_end="board",
    )
    out = tmp_path / "out"
    told_by("export", target=str(project.folder), format="cmake", out=str(out))
    heard = sorted(shared_data("speech", "speech_commands", "yes").glob("*.wav"))[0]
    samples = read_samples(heard).astype("<i2").tobytes()
    assert answers_of_program(out, samples, "front_end") == ["yes"]
    done = run_tool([str(out / "example_program"), str(out / "Makefile")])  # too short
    assert done.returncode == 1
    assert "does not hold 16000 samples" in done.stderr
    readme = (out / "README.md").read_text()
    assert "mlperf_kws_int8_front_end_run(samples" in readme
    assert "one clip at 16000 Hz" in readme
    for build_file in ("CMakeLists.txt", "Makefile"):
        assert "front_end." in (out / build_file).read_text()


def test_a_sketch_calls_it(tmp_path: Path) -> None:
    (archive,) = export_model(keywords(), "arduino", tmp_path, front_end=front_end_of("mfcc"))
    library = compile_sketch(archive, tmp_path)
    assert "_front_end_run(samples" in (library / "examples" / "Run" / "Run.ino").read_text()


def test_an_example_of_a_network_that_repeats_says_how_badly_it_does(tmp_path: Path) -> None:
    builder, scale = TfliteBuilder(), 6 / 255
    given = builder.tensor((1, 30, 32, 1), scale=scale)
    builder.operator("RELU", [given], [builder.tensor((1, 30, 32, 1), scale=scale)])
    builder.inputs, builder.outputs = [0], [1]
    model = tmp_path / "hum.tflite"
    model.write_bytes(builder.content())
    export_model(model, "cmake", tmp_path / "out", front_end=front_end_of("log-mel"))
    samples = np.random.default_rng(0).normal(0, 300, CLIP_SAMPLES).astype(np.int16)
    (printed,) = answers_of_program(tmp_path / "out", samples.astype("<i2").tobytes(), "front_end")
    features = log_mel((samples / 32768).astype(np.float32)[None])
    lost = np.square(np.minimum(features, 0)).mean()  # what it does not repeat
    assert float(printed) == pytest.approx(lost, rel=0.03)


def test_a_network_that_reads_something_else_is_refused(tmp_path: Path) -> None:
    model = shared_data("models", "tflite", "mlperf_ad_int8.tflite")
    with pytest.raises(UsageError, match="takes 1x640"):
        export_model(model, "c", tmp_path, front_end=front_end_of("log-mel"))


def test_forms_without_generated_c_carry_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="carries no front-end") as caught:
        export_model(keywords(), "tflm", tmp_path, front_end=front_end_of("mfcc"))
    assert all(form in caught.value.hint for form in WITH_FRONT_END)
    project = create_project(
        tmp_path / "words", task="keywords", model_file=keywords(), front_end="board"
    )
    told_by("export", target=str(project.folder), format="c-array", out=str(tmp_path / "array"))
    assert len(list((tmp_path / "array").iterdir())) == 2


def test_vibration_is_exported_too(tmp_path: Path) -> None:
    builder = TfliteBuilder()
    builder.inputs = [builder.tensor((1, 3, 32, 2), scale=6 / 255)]
    builder.outputs = [builder.tensor((1, 3, 32, 2), scale=6 / 255)]
    builder.operator("RELU", builder.inputs, builder.outputs)
    model = tmp_path / "fan.tflite"
    model.write_bytes(builder.content())
    front_end = vibration_front_end(130, 2, 2048.0)
    export_model(model, "cmake", tmp_path / "out", front_end=front_end)
    samples = np.random.default_rng(0).normal(0, 3, (130, 2)).astype("<i2")
    (printed,) = answers_of_program(tmp_path / "out", samples.tobytes(), "front_end")
    features = vibration_spectra((samples[None] / 2048).astype(np.float32))
    assert float(printed) == pytest.approx(np.square(np.minimum(features, 0)).mean(), rel=0.03)
    assert "130 moments of 2 axes" in (tmp_path / "out" / "README.md").read_text()
