from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.data import DataSpec, LabelledSet, load_data
from engine.data.image_files import read_picture
from engine.errors import BadInputFile, Cancelled
from engine.events import CancelToken, Event, LogLine, StageProgress, discard
from tests.engine.data.recordings import write_picture, write_tone, write_words
from tests.helpers.shared_data import shared_data


def _load(source: Path | str, task: str = "keywords", **settings: object) -> LabelledSet:
    cache = settings.pop("cache_folder", None)
    spec = DataSpec(source=str(source), task=task, **({"variants": 2} | settings))  # type: ignore[arg-type]
    return load_data(spec, cache_folder=cache, report=discard, cancel=CancelToken())  # type: ignore[arg-type]


def _assert_equal(one: LabelledSet, other: LabelledSet) -> None:
    for name, split in one.splits.items():
        np.testing.assert_array_equal(split.inputs, other.splits[name].inputs)
        np.testing.assert_array_equal(split.labels, other.splits[name].labels)
        assert split.groups == other.splits[name].groups
    np.testing.assert_array_equal(one.train_variants, other.train_variants)
    assert (one.name, one.kind, one.classes, one.input_shape, one.normal, one.problems) == (
        other.name,
        other.kind,
        other.classes,
        other.input_shape,
        other.normal,
        other.problems,
    )


def test_built_in_words_are_spoken_by_voices_that_meet_in_no_two_splits() -> None:
    data = _load("builtin:keywords")
    assert data.classes == ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
    assert data.input_shape == (49, 10, 1)
    voices = [set(split.groups) for split in data.splits.values()]
    assert sum(map(len, voices)) == len(set().union(*voices)) >= 24
    for split in data.splits.values():
        counts = np.bincount(split.labels, minlength=10)
        assert counts.min() == counts.max() > 0
    assert data.train_variants.shape == (2, *data.train.inputs.shape)
    assert not data.problems


def test_built_in_digits_have_the_asked_size_and_range() -> None:
    data = _load("builtin:digits", "images")
    assert data.input_shape == (8, 8, 1)
    assert (data.train.inputs.min(), data.train.inputs.max()) == (-1.0, 1.0)
    larger = _load("builtin:digits", "images", image_size=32, image_channels=3, image_range="unit")
    assert larger.input_shape == (32, 32, 3)
    assert larger.train.inputs.min() >= 0.0


def test_machine_hum_has_faults_and_machines_of_its_own_in_every_split() -> None:
    data = _load("builtin:hum", "anomaly", variants=0)
    assert data.normal == ("normal",)
    assert data.input_shape == (30, 32, 1)
    assert np.isfinite(data.train.inputs).all()
    machines = [set(split.groups) for split in data.splits.values()]
    assert not machines[0] & machines[2]
    assert not machines[0] & machines[1]
    _assert_equal(data, _load("builtin:hum", "anomaly", variants=0))


def test_the_cache_gives_the_same_set_without_reading_again(tmp_path: Path) -> None:
    write_words(tmp_path / "words")
    cache = tmp_path / "cache"
    first = _load(tmp_path / "words", cache_folder=cache)
    (file,) = cache.iterdir()
    events: list[Event] = []
    spec = DataSpec(source=str(tmp_path / "words"), variants=2)
    second = load_data(spec, cache_folder=cache, report=events.append, cancel=CancelToken())
    _assert_equal(first, second)
    assert not [event for event in events if isinstance(event, StageProgress)]
    file.write_bytes(file.read_bytes()[:1000])
    _assert_equal(first, _load(tmp_path / "words", cache_folder=cache))
    assert len(list(cache.iterdir())) == 1


def test_other_settings_and_other_content_have_cache_files_of_their_own(tmp_path: Path) -> None:
    write_words(tmp_path / "words")
    cache = tmp_path / "cache"
    _load(tmp_path / "words", cache_folder=cache)
    _load(tmp_path / "words", cache_folder=cache, seed=1)
    assert len(list(cache.iterdir())) == 2
    (tmp_path / "words" / "low" / "low noa.wav").unlink()
    _load(tmp_path / "words", cache_folder=cache)
    assert len(list(cache.iterdir())) == 3


def test_a_cache_that_cannot_be_written_costs_a_warning_only(tmp_path: Path) -> None:
    write_words(tmp_path / "words")
    (tmp_path / "file").touch()
    events: list[Event] = []
    spec = DataSpec(source=str(tmp_path / "words"), variants=0)
    load_data(spec, cache_folder=tmp_path / "file", report=events.append, cancel=CancelToken())
    assert [event.level for event in events if isinstance(event, LogLine)] == ["warning"]


def test_cancelling_stops_between_files(tmp_path: Path) -> None:
    write_words(tmp_path)
    cancel = CancelToken()

    def cancel_at_once(event: Event) -> None:
        cancel.cancel()

    spec = DataSpec(source=str(tmp_path))
    with pytest.raises(Cancelled):
        load_data(spec, cache_folder=None, report=cancel_at_once, cancel=cancel)


def test_speakers_of_the_test_part_are_never_trained_on() -> None:
    data = _load(shared_data("speech", "speech_commands"), variants=0)
    groups = [set(split.groups) - {""} for split in data.splits.values()]
    assert not groups[2] & (groups[0] | groups[1])
    assert not groups[0] & groups[1]
    assert min(np.bincount(data.test.labels, minlength=12)) >= 10


def test_recordings_of_eight_kilohertz_keep_their_pitch() -> None:
    data = _load(shared_data("speech", "fsdd"), variants=0)
    assert data.input_shape == (49, 10, 1)
    assert len(data.train.labels) + len(data.validation.labels) + len(data.test.labels) == 2000


def test_an_empty_wav_is_left_out_with_the_next_step(tmp_path: Path) -> None:
    write_words(tmp_path)
    soundfile.write(tmp_path / "low" / "empty.wav", np.zeros(0), 16_000)
    assert (tmp_path / "low" / "empty.wav").stat().st_size == 44
    data = _load(tmp_path, variants=0)
    assert data.problems == ("low/empty.wav holds no sound (0 samples). Record it again or delete it.",)


def test_a_class_of_unreadable_recordings_is_refused(tmp_path: Path) -> None:
    write_words(tmp_path)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "words.wav").write_text("these are words, not samples")
    with pytest.raises(BadInputFile, match=r"class text holds no usable recording: words\.wav"):
        _load(tmp_path)


def test_of_several_channels_the_first_is_used_and_a_note_says_so(tmp_path: Path) -> None:
    write_words(tmp_path)
    eight = shared_data("odd_files", "mimii_8channel_WAVE_EXTENSIBLE.wav")
    (tmp_path / "low" / "eight.wav").write_bytes(eight.read_bytes())
    data = _load(tmp_path, variants=0)
    assert data.problems == ("1 recordings have several channels: the first one is used.",)


def test_pictures_are_cut_to_their_middle_square(tmp_path: Path) -> None:
    wide = tmp_path / "wide.png"
    write_picture(wide, 100, size=(60, 20))
    assert read_picture(wide, 10, 3).shape == (10, 10, 3)
    assert read_picture(wide, 10, 1).mean() == pytest.approx(100, abs=2)


def test_grey_pictures_stay_grey_and_broken_ones_are_named(tmp_path: Path) -> None:
    for name, level in (("dark", 20), ("light", 200)):
        for index in range(8):
            write_picture(tmp_path / name / f"{name}{index}.png", level + index, grey=True)
    (tmp_path / "dark" / "broken.png").write_bytes(b"\x89PNG but not more")
    data = _load(tmp_path, "images", image_size=16)
    assert data.input_shape == (16, 16, 1)
    assert len(data.problems) == 1
    assert data.problems[0].startswith("dark/broken.png cannot be read as a picture.")


def test_vibration_tables_become_spectra_of_every_axis() -> None:
    data = _load(
        shared_data("anomaly_vibration", "ceiling_fan"),
        "vibration",
        normal_classes="fan_0_low_0_weight, fan_0_med_0_weight",
    )
    assert data.input_shape == (5, 32, 3)
    assert data.normal == ("fan_0_low_0_weight", "fan_0_med_0_weight")
    with pytest.raises(BadInputFile, match="no class elsewhere"):
        _load(shared_data("anomaly_vibration", "ceiling_fan"), "vibration", normal_classes="elsewhere")


def test_vibration_features_are_chosen(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for name in ("normal", "loose"):
        (tmp_path / name).mkdir()
        for number in range(12):
            np.savetxt(
                tmp_path / name / f"{number:04d}.csv", generator.normal(size=(80, 2)), delimiter=","
            )
    data = _load(tmp_path, "vibration", vibration_features="gain-free")
    assert (data.kind, data.input_shape) == ("gain-free", (24,))
    assert data.normal == ("normal",)
    assert _load(tmp_path, "vibration").kind == "spectrum"


def test_two_speakers_fill_training_and_test_and_a_problem_says_so(tmp_path: Path) -> None:
    for index, name in enumerate(("yes", "no")):
        for speaker in ("ann", "bob"):
            for take in range(8):
                write_tone(tmp_path / name / f"{name}_{speaker}_{take}.wav", 300 * (index + 1) + take)
    data = _load(tmp_path, variants=0)
    assert set(data.train.groups) != set(data.test.groups)
    assert len(data.validation.labels) > 0
    assert "only two groups" in data.problems[0]


@pytest.mark.parametrize("share", ["validation_share", "test_share"])
def test_a_share_of_nothing_leaves_that_part_empty(tmp_path: Path, share: str) -> None:
    write_words(tmp_path)
    data = _load(tmp_path, **{share: 0.0})
    empty = data.validation if share == "validation_share" else data.test
    assert empty.inputs.shape == (0, 49, 10, 1)
    assert not data.problems


def test_too_few_samples_to_split_are_refused(tmp_path: Path) -> None:
    write_words(tmp_path, count=1)
    with pytest.raises(BadInputFile, match="too few samples"):
        _load(tmp_path)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputFile, match="no data at"):
        _load(tmp_path / "absent")
