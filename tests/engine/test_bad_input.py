"""What a person sees when a file or setting is wrong: one sentence, a next step, the exit code."""

import struct

import numpy as np
import pytest

from tests.helpers.command_line import thimble
from tests.helpers.shared_data import shared_data

LFS_POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 300568\n"
)


def refused(outcome, exit_code):
    """The message, after checking what every refusal must have."""
    assert outcome.exit_code == exit_code
    failure = outcome.failure
    assert failure["message"].endswith((".", "?")), failure
    assert failure["hint"], failure
    assert "Traceback" not in outcome.stdout + outcome.stderr
    return failure["message"]


def empty_wav(path):
    header = b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
    path.write_bytes(header + b"data" + struct.pack("<I", 0))
    assert path.stat().st_size == 44


@pytest.mark.parametrize("verb", ["import", "fit", "build"])
def test_missing_file(verb, tmp_path):
    assert "gone.tflite" in refused(thimble(verb, tmp_path / "gone.tflite"), 3)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 this is a zip archive, not a model" * 10, "not a"),
        (LFS_POINTER.encode(), "Git LFS"),
    ],
)
def test_foreign_file(tmp_path, content, word):
    file = tmp_path / "model.tflite"
    file.write_bytes(content)
    assert word in refused(thimble("import", file), 3)


def test_truncated_file(tmp_path):
    whole = shared_data("models", "tflite", "mlperf_kws_int8.tflite").read_bytes()
    file = tmp_path / "half.tflite"
    file.write_bytes(whole[: len(whole) // 2])
    refused(thimble("import", file), 3)


def test_unsupported_operator_is_named_with_its_layer(tmp_path):
    file = shared_data("models", "tflite", "tflm_audio_preprocessor_int8.tflite")
    outcome = thimble("build", file, "-o", tmp_path / "out")
    message = refused(outcome, 4)
    assert "Signal" in message
    assert not (tmp_path / "out").exists()


def test_model_that_does_not_fit_says_by_how_much(tmp_path):
    file = shared_data("models", "tflite", "mlperf_vww_float.tflite")
    outcome = thimble("build", file, "--board", "stm32f407", "-o", tmp_path / "out")
    message = refused(outcome, 5)
    assert "KB" in message


def test_unknown_board_lists_the_known_ones(tmp_path):
    file = tmp_path / "x.tflite"
    file.write_bytes(b"x")
    outcome = thimble("new", tmp_path / "p", "--task", "keywords", "--board", "stm32f999")
    assert "stm32f999" in refused(outcome, 2)
    assert "stm32f407" in outcome.failure["hint"]
    assert not (tmp_path / "p.thimble").exists()


def test_unknown_network_leaves_no_folder(tmp_path):
    outcome = thimble("new", tmp_path / "p", "--task", "keywords", "--network", "gpt-9")
    assert "gpt-9" in refused(outcome, 2)
    assert not (tmp_path / "p.thimble").exists()


def test_unknown_word_on_the_command_line():
    assert refused(thimble("levitate"), 2)


@pytest.fixture
def speech_project(tmp_path):
    """A project over a folder of two classes; tests break one thing in it."""
    import soundfile

    data = tmp_path / "words"
    random = np.random.default_rng(0)
    for word in ("yes", "no"):
        (data / word).mkdir(parents=True)
        for number in range(6):
            noise = 0.1 * random.standard_normal(16000).astype(np.float32)
            soundfile.write(data / word / f"{number}.wav", noise, 16000)
    outcome = thimble("new", tmp_path / "p", "--task", "keywords", "--data", data)
    assert outcome.exit_code == 0, outcome
    return data, tmp_path / "p.thimble"


def test_empty_class_folder(speech_project):
    data, project = speech_project
    (data / "maybe").mkdir()
    before = sorted(p.name for p in project.iterdir())
    outcome = thimble("run", project, "--until", "data")
    assert "maybe" in refused(outcome, 3)
    saved = [n for n in before if n.endswith((".json", ".toml"))]
    assert all((project / name).exists() for name in saved)


def test_empty_recording_is_named(speech_project):
    data, project = speech_project
    empty_wav(data / "yes" / "nothing.wav")
    outcome = thimble("run", project, "--until", "data")
    assert outcome.exit_code == 0, outcome.stderr
    (ready,) = [e for e in outcome.events if e["event"] == "artifact_ready"]
    assert any("nothing.wav" in p for p in ready["summary"]["problems"])
    assert sum(ready["summary"]["counts"]["train"].values()) > 0


def test_multi_channel_recording_is_read(speech_project):
    data, project = speech_project
    odd = shared_data("odd_files", "mimii_8channel_WAVE_EXTENSIBLE.wav")
    (data / "yes" / "eight.wav").write_bytes(odd.read_bytes())
    outcome = thimble("run", project, "--until", "data")
    assert outcome.exit_code == 0, outcome.stderr


def test_recipe_with_an_unknown_key_is_refused_by_name(speech_project):
    _, project = speech_project
    recipe = project / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("epochs =", "epoks =", 1))
    assert "epoks" in refused(thimble("run", project), 2)
