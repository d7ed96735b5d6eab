"""A look at a data set: what it shows, counts and finds wrong, and that samples are found again."""

from __future__ import annotations

import base64
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from engine.data import DataSpec, load_data
from engine.data.look import look_at, show
from engine.errors import BadInputFile, Cancelled
from engine.events import CancelToken, Result, discard
from engine.examples import Example
from engine.verbs import perform
from tests.engine.data.recordings import write_picture, write_tone, write_words

WORDS = {"task": "keywords"}


def look(spec: DataSpec, **settings):
    return look_at(spec, report=discard, cancel=CancelToken(), **settings)


def problems(found) -> dict[str, tuple[int, list[str]]]:
    return {problem.kind: (problem.count, problem.names) for problem in found.problems}


def picture(example: Example) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(example.png))))


def test_a_folder_of_recordings_is_counted_heard_and_seen(tmp_path: Path) -> None:
    write_words(tmp_path, count=24)
    write_words(tmp_path, count=25, classes=("high",))
    found = look(DataSpec(source=str(tmp_path), **WORDS), most=3)
    assert [(c.name, c.samples) for c in found.classes] == [("high", 25), ("low", 24)]
    assert (found.kind, found.samples, found.checked) == ("sound", 49, 49)
    assert found.problems == []
    assert [example.label for example in found.examples] == ["high", "low", "high"]
    low = found.examples[1]
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(low.wav)))
    assert (rate, low.seconds) == (16_000, pytest.approx(0.5))
    assert np.abs(sound).max() == pytest.approx(0.3, abs=0.05)
    rows, columns = low.grid_size
    shades = np.frombuffer(base64.b64decode(low.grid), np.uint8).reshape(rows, columns)
    loudest = rows - 1 - int(shades.mean(axis=1).argmax())  # row 0 is the highest
    assert loudest == int(600 / (8000 / rows))
    assert max(map(abs, low.wave)) == 127


def test_what_is_wrong_in_a_folder_is_named_and_not_shown(tmp_path: Path) -> None:
    write_words(tmp_path, count=21)
    (tmp_path / "high" / "empty.wav").touch()
    (tmp_path / "high" / "broken.wav").write_bytes(b"RIFF and no more")
    (tmp_path / "low" / "pointer.wav").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    shutil.copy(tmp_path / "low" / "low noa.wav", tmp_path / "low" / "twice.wav")
    soundfile.write(tmp_path / "low" / "still.wav", np.zeros(8000), 16_000)
    write_tone(tmp_path / "rare" / "one.wav", 440)
    found = look(DataSpec(source=str(tmp_path), **WORDS), most=100)
    wrong = problems(found)
    assert wrong["empty"] == (1, ["high/empty.wav"])
    assert wrong["unreadable"] == (1, ["high/broken.wav"])
    assert wrong["pointer"] == (1, ["low/pointer.wav"])
    assert wrong["silent"] == (1, ["low/still.wav"])
    assert wrong["copy"][0] == 1
    assert wrong["few"] == (1, ["rare"])
    assert len(found.examples) == 43


def test_only_some_files_of_a_large_folder_are_opened(tmp_path: Path) -> None:
    for number in range(9):
        write_picture(tmp_path / "few" / f"{number}.png", 100)
    write_picture(tmp_path / "flat" / "a.png", 100)
    Image.new("RGB", (9, 9), "red").save(tmp_path / "flat" / "b.png")
    for number in range(500):
        path = tmp_path / "many" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        path.hardlink_to(tmp_path / "few" / "0.png")
    found = look(DataSpec(source=str(tmp_path), task="images"))
    assert (found.samples, found.checked) == (511, 400)
    assert problems(found)["flat"] == (1, ["flat/b.png"])
    assert problems(found)["few"] == (2, ["flat", "few"])
    # whichever of the 501 equal files came first is shown, and no other
    assert len(found.examples) == 9 + 1
    assert problems(found)["copy"][0] == 400 - len(found.examples) - 1


def test_bad_folders_are_refused_and_a_look_can_be_stopped(tmp_path: Path) -> None:
    with pytest.raises(BadInputFile, match="holds no recording"):
        look(DataSpec(source=str(tmp_path), **WORDS))
    with pytest.raises(BadInputFile, match="no data"):
        look(DataSpec(source=str(tmp_path / "gone"), **WORDS))
    write_words(tmp_path, count=2)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        look_at(DataSpec(source=str(tmp_path), **WORDS), report=discard, cancel=token)


def test_one_class_and_unequal_classes_are_told(tmp_path: Path) -> None:
    labels = np.array([0] * 150 + [1] * 25)
    inputs = np.random.default_rng(0).integers(0, 255, (175, 6, 6), dtype=np.uint8)
    inputs[7] = inputs[3]
    np.savez(tmp_path / "set.npz", inputs=inputs, labels=labels)
    spec = DataSpec(source=str(tmp_path / "set.npz"), task="images")
    found = look(spec)
    assert problems(found)["unbalanced"] == (2, ["0", "1"])
    assert problems(found)["copy"][0] == 1
    number = int(found.examples[0].origin.removeprefix("#"))
    assert np.abs(picture(found.examples[0]).astype(int) - inputs[number]).max() <= 1
    write_tone(tmp_path / "alone" / "only" / "a.wav", 440)
    lonely = look(DataSpec(source=str(tmp_path / "alone"), **WORDS))
    assert problems(lonely)["one-class"] == (1, ["only"])


def test_every_sample_of_a_split_is_found_again_by_its_origin(tmp_path: Path) -> None:
    for name, level in (("dark", 40), ("light", 200)):
        for number in range(12):
            write_picture(
                tmp_path / "data" / name / f"{chr(97 + number)}.png", level + number, size=(8, 8)
            )
    (tmp_path / "data" / "dark" / "broken.png").write_bytes(b"no picture")
    spec = DataSpec(source=str(tmp_path / "data"), task="images", image_size=8, image_range="unit")
    options = {"report": discard, "cancel": CancelToken()}
    for _ in ("read", "from the cache"):
        test = load_data(spec, cache_folder=tmp_path / "cache", **options).test
        shown = show(spec, test.origins, cancel=CancelToken())
        assert len(shown) == len(test.labels) > 2
        for values, example in zip(test.inputs, shown, strict=True):
            assert np.abs(picture(example) / 255 - values).max() < 0.01


def test_a_sample_that_is_gone_or_foreign_says_so(tmp_path: Path) -> None:
    write_words(tmp_path / "data", count=2)
    secret = tmp_path / "secret.wav"
    write_tone(secret, 440)
    spec = DataSpec(source=str(tmp_path / "data"), **WORDS)
    origins = ["low/low noa.wav#0", "low/gone.wav#0", "../secret.wav#0", "nonsense"]
    shown = show(spec, origins, cancel=CancelToken())
    assert [bool(example.problem) for example in shown] == [False, True, True, True]
    built_in = show(
        DataSpec(source="builtin:digits", task="images"), ["#5", "#99999"], cancel=CancelToken()
    )
    assert [(e.label, bool(e.problem)) for e in built_in] == [("5", False), ("", True)]


def test_records_are_shown_as_lines_and_the_command_gives_rows(tmp_path: Path) -> None:
    for name in ("good", "worn"):
        (tmp_path / name).mkdir()
        for number in range(3):
            rows = np.random.default_rng(number).normal(size=(500, 2)) + (name == "worn")
            np.savetxt(tmp_path / name / f"{number}.csv", rows, delimiter=",")
    rows = []
    perform(
        {"verb": "examples", "target": str(tmp_path), "task": "vibration"},
        report=lambda event: rows.append(event.values) if isinstance(event, Result) else None,
        cancel=CancelToken(),
    )
    assert [row["row"] for row in rows] == ["class"] * 2 + ["problem"] + ["example"] * 6 + ["set"]
    example = rows[3]
    assert (example["kind"], len(example["lines"])) == ("lines", 2)
    assert len(example["lines"][0]) <= 240
    assert rows[-1]["samples"] == 6
