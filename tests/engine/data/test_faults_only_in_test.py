"""Machine data as they are recorded: healthy for training, faults for the test only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data import DataSpec, LabelledSet, load_data
from engine.errors import BadInputFile
from engine.events import CancelToken, discard
from tests.engine.data.recordings import write_tone

TONES = {"normal": 300, "loose": 900, "idle": 500}


def write_machine(folder: Path, **parts: tuple[str, ...]) -> Path:
    """A folder of tones: for each part its classes, eight recordings each."""
    for part, classes in parts.items():
        for name in classes:
            for number in range(8):
                letter = "abcdefgh"[number]
                write_tone(folder / part / name / f"{part} {name} no{letter}.wav", TONES[name] + number)
    return folder


def load(folder: Path, task: str = "anomaly", **settings: object) -> LabelledSet:
    spec = DataSpec(source=str(folder), task=task, variants=1, **settings)  # type: ignore[arg-type]
    return load_data(spec, cache_folder=None, report=discard, cancel=CancelToken())


def classes_of(data: LabelledSet, part: str) -> set[str]:
    return {data.classes[label] for label in np.unique(data.splits[part].labels)}


def test_faults_may_be_in_the_test_folder_alone(tmp_path: Path) -> None:
    data = load(write_machine(tmp_path, train=("normal",), test=("normal", "loose")))
    assert classes_of(data, "train") == classes_of(data, "validation") == {"normal"}
    assert classes_of(data, "test") == {"normal", "loose"}
    assert "The train part holds no sample of loose." in data.problems


def test_every_healthy_class_must_be_among_those_that_are_learnt(tmp_path: Path) -> None:
    folder = write_machine(tmp_path, train=("normal",), test=("normal", "idle", "loose"))
    with pytest.raises(BadInputFile, match="train would hold none of class idle"):
        load(folder, normal_classes="normal,idle")
    assert classes_of(load(folder), "train") == {"normal"}


def test_a_task_without_faults_still_needs_every_class(tmp_path: Path) -> None:
    folder = write_machine(tmp_path, train=("normal",), test=("normal", "loose"))
    with pytest.raises(BadInputFile, match="train would hold none of class loose"):
        load(folder, "keywords")


def test_a_classifier_does_not_train_on_what_it_never_sees(tmp_path: Path) -> None:
    from engine.compress.finetune import TrainingFailed, train
    from engine.recipe import TrainStep
    from engine.zoo import build_network

    data = load(write_machine(tmp_path, train=("normal",), test=("normal", "loose")))
    step = TrainStep(epochs=1)
    network = build_network("tiny-cnn", data.input_shape, 2, seed=0)
    with pytest.raises(TrainingFailed, match="no sample of class loose") as refused:
        train(network, data, step, report=discard, cancel=CancelToken())
    assert "autoencoder" in refused.value.hint
    network = build_network("autoencoder", data.input_shape, 2, seed=0)
    result = train(network, data, step, report=discard, cancel=CancelToken())
    assert result.test_accuracy is not None
    assert result.validation_accuracy is None, "no faults to find there"


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ({"": ("normal", "loose")}, "normal"),
        ({"train": ("idle",), "test": ("idle", "normal", "loose")}, "normal,idle"),
        ({"": ("loose",)}, ""),
    ],
    ids=["one less", "below train and test", "none"],
)
def test_other_examples_keep_the_healthy_classes_that_they_have(
    tmp_path: Path, parts: dict[str, tuple[str, ...]], kept: str
) -> None:
    write_machine(tmp_path, **parts)
    spec = DataSpec(task="anomaly", source="elsewhere", normal_classes="normal, idle", seed=3)
    changed = spec.with_folder(tmp_path)
    assert (changed.source, changed.normal_classes, changed.seed) == (str(tmp_path), kept, 3)


def test_names_of_files_tell_the_classes_too(tmp_path: Path) -> None:
    for name in ("normal_fan_1", "normal_pump_2", "loose_fan_3", "loose_pump_4"):
        write_tone(tmp_path / f"{name}.wav", 400)
    spec = DataSpec(task="anomaly", source="elsewhere", normal_classes="normal,idle")
    assert spec.with_folder(tmp_path).normal_classes == "normal"


def test_a_folder_without_samples_keeps_none(tmp_path: Path) -> None:
    spec = DataSpec(task="anomaly", source="elsewhere", normal_classes="normal")
    assert spec.with_folder(tmp_path).normal_classes == ""
