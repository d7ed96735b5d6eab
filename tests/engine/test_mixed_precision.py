"""`recipe sensitivity`: what it measures and chooses, and that its 16 bits reach the board."""

from __future__ import annotations

import dataclasses

import pytest

from engine import pipeline
from engine.candidates import Cost
from engine.errors import UsageError
from engine.events import CancelToken, discard
from engine.mixed_precision import Precision, pays, places
from engine.project import open_project
from engine.recipe import QuantizeStep, Recipe
from engine.summaries import BoardRunSummary
from engine.tflite_model import TfliteModel
from tests.helpers.projects import QUICK, told_by, trained_digits, with_steps


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return trained_digits(tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="module")
def examined(trained, tmp_path_factory):
    project = with_steps(trained, tmp_path_factory.mktemp("examined"), QuantizeStep())
    project.board_id = "stm32f407"
    project.save()
    rows, _ = told_by("recipe", action="sensitivity", project=str(project.folder), improve=True)
    return project, rows[:-1], rows[-1]


def test_every_place_is_measured_best_first(examined):
    _, rows, _ = examined
    layers = ["conv1.relu", "conv2.relu", "conv3.relu", "head.classifier"]
    assert {row["place"] for row in rows} == {", ".join(place) for place in places(layers)}
    left = [row["error_left"] for row in rows]
    assert left == sorted(left)
    assert left[0] < 1.0


def test_the_choice_lowers_the_error_and_says_what_it_costs(examined):
    _, _, chosen = examined
    assert chosen["error_left"] < 1.0
    assert chosen["fits"]
    assert chosen["latency_ms_more"] >= 0.0
    assert 0.0 < chosen["accuracy_8_bits"] <= 1.0


def test_what_was_chosen_reaches_the_board(examined):
    project, _, chosen = examined
    changed = open_project(project.folder)
    step, _ = changed.recipe.quantisation()
    assert list(step.wide_layers) == chosen["layers"]
    pipeline.run(changed, report=discard, cancel=CancelToken())
    states = {state.stage: state for state in pipeline.readiness(changed)}
    assert isinstance(run := states["board-run"].summary, BoardRunSummary)
    assert run.mismatched_bytes == 0
    model = TfliteModel.read(states["convert"].folder / states["convert"].summary.files["int8"])
    types = {model.name(t): model.dtype(t) for t in model.activations()}
    assert all(types[name] == "int16" for name in chosen["layers"])
    assert "int8" in types.values() or len(chosen["layers"]) == 4


def test_a_layer_that_is_not_there_is_named(trained, tmp_path):
    project = with_steps(trained, tmp_path, QuantizeStep(int16_layers="conv1.relu,conv9"))
    with pytest.raises(UsageError, match="conv9") as caught:
        pipeline.run(project, until="convert", report=discard, cancel=CancelToken())
    assert "head.classifier" in caught.value.hint


def test_the_ends_alone_and_all_neighbours():
    assert places(["a", "b", "c"]) == [("a",), ("c",), ("a", "b"), ("b", "c")]
    assert places(["a"]) == [("a",)]


def precision(error, latency_ms=None, *, fits=True):
    cost = None
    if latency_ms is not None:
        cost = Cost(1, 1, latency_ms, {"flash": -1.0 if fits else 1.0})
    return Precision((), error, 1.0, cost)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (precision(1.0, 10), precision(0.5, 15), True),
        (precision(1.0, 10), precision(0.5, 21), False),  # more than twice the time for half the error
        (precision(1.0, 10), precision(0.95, 10), False),  # hardly less error
        (precision(1.0, 10), precision(0.1, 10, fits=False), False),
        (precision(1.0), precision(0.5), True),
    ],
)
def test_when_16_bits_pay(before, after, wanted):
    assert pays(before, after) is wanted


def test_the_recipe_keeps_one_conversion():
    wide = QuantizeStep(int16_layers="a, b")
    assert wide.wide_layers == ("a", "b")
    recipe = Recipe((QUICK, QuantizeStep()))
    assert recipe.with_quantisation(wide).steps == (QUICK, wide)
    off = Recipe((QUICK, dataclasses.replace(QuantizeStep(), enabled=False)))
    assert off.with_quantisation(wide).steps == (QUICK, wide)
    assert Recipe.from_toml(recipe.with_quantisation(wide).to_toml()).steps[-1] == wide
