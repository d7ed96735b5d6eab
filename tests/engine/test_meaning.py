"""What a network's numbers mean: guessed, set, checked, and used on the samples that it is fed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from engine.data import DataSpec, load_data
from engine.errors import BadInputFile, UsageError
from engine.events import CancelToken, discard
from engine.meaning import PICTURE_RANGES, Meaning, set_by
from engine.model_import.guesses import guessed_meaning, with_quantised_input

PIXELS = {"cat": (10, 20, 30), "dog": (200, 100, 50)}


@pytest.fixture
def pictures(tmp_path):
    """Two classes of plain 8x8 pictures of known colours."""
    for size, part in enumerate(("train", "validation", "test"), start=8):
        for name, colour in PIXELS.items():
            folder = tmp_path / "pictures" / part / name
            folder.mkdir(parents=True)
            Image.new("RGB", (size, size), colour).save(folder / f"{part}.png")
    return tmp_path / "pictures"


def loaded(source, **settings):
    spec = DataSpec(source=str(source), task="images", image_size=8, image_channels=3, **settings)
    return load_data(spec, cache_folder=None, report=discard, cancel=CancelToken())


def colour_of(data, name):
    """The one input value per channel that pictures of a class became."""
    rows = data.train.inputs[data.train.labels == data.classes.index(name)]
    assert (rows == rows[:1, :1, :1]).all()
    return rows[0, 0, 0].tolist()


@pytest.mark.parametrize(
    ("scale", "mean", "expected"),
    [
        ((1.0,), (0.0,), [200.0, 100.0, 50.0]),
        ((1 / 255,), (0.0,), [200 / 255, 100 / 255, 50 / 255]),
        ((2 / 255,), (127.5,), [145 / 255, -55 / 255, -155 / 255]),
        ((0.1, 0.2, 0.5), (100.0, 90.0, 60.0), [10.0, 2.0, -5.0]),
    ],
)
def test_pictures_are_brought_to_the_networks_scale(pictures, scale, mean, expected):
    data = loaded(pictures, input_scale=scale, input_mean=mean)
    assert colour_of(data, "dog") == pytest.approx(expected, rel=1e-6)


def test_the_order_of_channels_goes_before_scale_and_mean(pictures):
    settings = {"input_scale": (1.0, 1.0, 2.0), "input_mean": (0.0, 0.0, 10.0)}
    data = loaded(pictures, channel_order="BGR", **settings)
    assert colour_of(data, "dog") == [50.0, 100.0, 380.0]


def test_labels_follow_the_networks_classes(pictures):
    data = loaded(pictures, classes=("dog", "bird", "cat"), input_scale=(1.0,))
    assert data.classes == ("dog", "bird", "cat")
    assert colour_of(data, "cat") == [10.0, 20.0, 30.0]
    assert set(data.test.labels.tolist()) == {0, 2}
    assert any("bird" in problem for problem in data.problems)


def test_a_class_that_the_network_does_not_know_is_refused(pictures):
    with pytest.raises(BadInputFile, match="no class dog"):
        loaded(pictures, classes=("cat", "bird"))


def test_scale_per_channel_must_suit_the_pictures(pictures):
    with pytest.raises(BadInputFile, match="2 numbers.*3 channels"):
        loaded(pictures, input_scale=(1.0, 2.0))


def test_settings_survive_their_text_form():
    spec = DataSpec(
        source="x", task="images", input_scale=(0.25, 1 / 3), input_mean=(1.0,), channel_order="BGR",
        classes=("a", 'say "b"', "\u7121"),
    )  # fmt: skip
    assert DataSpec.from_toml(spec.to_toml()) == spec


@pytest.mark.parametrize(
    "text",
    ["input_scale = [0.0]", "input_scale = [-1]", "input_scale = 1", 'input_mean = ["a"]',
     'channel_order = "RBG"', 'classes = ["a", "a"]', "classes = [1]", "input_mean = [nan]"],
)  # fmt: skip
def test_bad_settings_are_refused_by_name(text):
    with pytest.raises(UsageError, match=text.split()[0]):
        DataSpec.from_toml(text)


def test_texts_of_the_command_line_become_values(tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("yes\nno\n\nstop\n", "utf-8")
    assert set_by({"scale": "1/255", "mean": "1,2.5,3", "channel_order": "bgr", "task": None}) == {
        "scale": (1 / 255,), "mean": (1.0, 2.5, 3.0), "channel_order": "BGR",
    }  # fmt: skip
    assert set_by({"classes": "yes, no"})["classes"] == ("yes", "no")
    assert set_by({"classes": str(names)})["classes"] == ("yes", "no", "stop")
    names.with_suffix(".json").write_text('["a", "b"]', "utf-8")
    assert set_by({"classes": str(names.with_suffix(".json"))})["classes"] == ("a", "b")


@pytest.mark.parametrize("text", ["a", "1/0", "1,,2", "1/2/3"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(UsageError, match="not a number"):
        set_by({"scale": text})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"scale": (0.0,)}, "scale"),
        ({"scale": (float("nan"),)}, "scale"),
        ({"scale": (1.0, 1.0)}, "one per channel"),
        ({"mean": (float("inf"),)}, "mean"),
        ({"channel_order": "GRB"}, "RGB or BGR"),
        ({"classes": ("a", "b", "c")}, "2 outputs"),
        ({"classes": ("a", "a")}, "twice"),
        ({"classes": ("a", " ")}, "no name"),
        ({"task": "smell"}, "task"),
    ],
)
def test_what_does_not_suit_the_network_is_refused(values, named):
    with pytest.raises(UsageError, match=named):
        Meaning().with_set(**values).check(input_shape=(8, 8, 3), outputs=2)


def test_grey_pictures_have_no_order_of_channels():
    with pytest.raises(UsageError, match="3 channels; this one has 1"):
        Meaning(channel_order="RGB").check(input_shape=(8, 8, 1))


def test_what_people_set_is_a_guess_no_more():
    guess = guessed_meaning((32, 32, 3), (10,), softmax=True)
    assert set(guess.guesses) == {"task", "channel_order", "scale", "mean"}
    known = guess.with_set(scale=(1.0,), task="images")
    assert set(known.guesses) == {"channel_order", "mean"}
    assert "scale" not in known.reasons
    assert "mean" in known.reasons
    assert Meaning.from_document(known.to_document()) == known


def test_a_quantised_input_tells_the_range_of_pixels():
    guess = guessed_meaning((32, 32, 3), (10,), softmax=True)
    for low, high, name in ((0.0, 255.0, "0 to 255"), (0.0, 1.0, "0 to 1"), (-1.0, 1.0, "-1 to 1")):
        found = with_quantised_input(guess, low, high)
        assert (found.scale, found.mean) == PICTURE_RANGES[name]
    odd = with_quantised_input(guess, -2.0, 3.0)
    assert odd.scale[0] * (0 - odd.mean[0]) == pytest.approx(-2.0)
    assert odd.scale[0] * (255 - odd.mean[0]) == pytest.approx(3.0)
    said = guessed_meaning((32, 32, 3), (10,), softmax=True, scale=(1.0,), mean=(0.0,))
    assert with_quantised_input(said, -1.0, 1.0) == said


def test_sound_features_are_scaled_too():
    spec = DataSpec(source="builtin:keywords", variants=0)
    plain = load_data(spec, cache_folder=None, report=discard, cancel=CancelToken())
    spec = DataSpec(source="builtin:keywords", variants=0, input_scale=(0.5,), input_mean=(3.0,))
    scaled = load_data(spec, cache_folder=None, report=discard, cancel=CancelToken())
    np.testing.assert_allclose(scaled.test.inputs, (plain.test.inputs - 3) / 2, rtol=1e-5, atol=1e-5)
