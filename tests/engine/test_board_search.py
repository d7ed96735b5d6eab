"""`search` on a real project: costs before training, candidates that are taken, what is refused."""

from __future__ import annotations

import pytest

from engine import pipeline
from engine.board_cost import cost_within
from engine.board_search import space_of, with_candidate
from engine.boards import load_board
from engine.candidates import Candidate
from engine.data.spec import DataSpec
from engine.errors import UsageError
from engine.events import CancelToken, discard
from engine.model_import.tflite_file import read_tflite
from engine.planning import plan_on_board
from engine.project import Budgets, create_project, open_project
from engine.recipe import DistillStep, PruneStep, QuantizeStep, Recipe, TrainStep
from engine.summaries import FitSummary
from tests.helpers.projects import QUICK, told_by


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A project for the built-in digits, what its search told, and what it wrote."""
    project = create_project(
        tmp_path_factory.mktemp("search") / "digits",
        task="images",
        board_id="stm32f407",
        network="tiny-cnn",
        data=DataSpec(source="builtin:digits", task="images"),
        recipe=Recipe((QUICK, PruneStep(enabled=False, epochs=1), QuantizeStep())),
        budgets=Budgets(latency_ms=2.0, accuracy=0.05),
    )
    rows, _ = told_by("search", project=str(project.folder), trials=2)
    return project, rows[:-1], rows[-1]


def test_what_was_found_can_be_shown_again(searched):
    project, rows, closing = searched
    shown, _ = told_by("search", project=str(project.folder), show=True)
    assert shown[-1] == closing
    front = closing["front"]
    assert [row["number"] for row in shown[:-1]] == [row["number"] for row in rows]
    assert sorted(row["number"] for row in shown[:-1] if row["on_front"]) == sorted(front)


def test_what_is_too_slow_is_said_and_not_trained(searched):
    _, rows, closing = searched
    slow = [row for row in rows if row["latency_ms"] > 2.0]
    assert slow  # the whole network needs more than 2 ms
    assert all(row["accuracy"] is None and row["problem"].startswith("Too slow") for row in slow)
    assert closing["refused_before_training"] == len(slow)


def test_a_taken_candidate_is_trained_and_costs_what_was_said(searched):
    project, _, closing = searched
    (row,) = told_by("search", project=str(project.folder), take=closing["best"])[0]
    taken = open_project(project.folder)
    prune = next(step for step in taken.recipe.steps if isinstance(step, PruneStep))
    assert (prune.ratio, prune.scope) == (row["pruned_percent"] / 100, "layer")
    assert {s.stage: s.state for s in pipeline.readiness(taken)}["convert"] == "done"
    again, _ = told_by("search", project=str(project.folder), show=True)
    assert again[-1] == closing  # the search goes on from where it was
    pipeline.run(taken, until="fit", report=discard, cancel=CancelToken())
    fit = next(s.summary for s in pipeline.readiness(taken) if s.stage == "fit")
    assert isinstance(fit, FitSummary)
    assert row["flash_bytes"] == fit.flash_bytes.value
    assert row["ram_bytes"] == fit.ram_bytes.value
    assert row["latency_ms"] == fit.latency_ms.value


def test_what_a_candidate_costs_is_known_before_it_is_trained(searched, monkeypatch):
    """The cost that decided over training is that of the network which training gave."""
    from engine.board_search import _ProjectJudge

    project, rows, _ = searched
    row = next(row for row in rows if row["accuracy"] is not None)
    names = ("network", "pruned_percent", "first_last_int16", "image_size")
    monkeypatch.setattr("engine.compress.finetune.train", None)  # it must do without
    judge = _ProjectJudge(project, discard, CancelToken())
    cost = judge.cost(Candidate(**{name: row[name] for name in names}))
    assert cost.ram_bytes == row["ram_bytes"]
    # scales take other values after training, which may choose another path of the same kernel
    assert cost.flash_bytes == pytest.approx(row["flash_bytes"], abs=64)
    assert cost.latency_ms == pytest.approx(row["latency_ms"], rel=0.005)


def test_a_candidate_that_was_not_found_cannot_be_taken(searched):
    with pytest.raises(UsageError, match="no candidate 77"):
        told_by("search", project=str(searched[0].folder), take=77)


def project_of(folder, **settings):
    usual = {
        "task": "images",
        "board_id": "stm32f407",
        "network": "tiny-cnn",
        "data": DataSpec(source="builtin:digits", task="images"),
    }
    return create_project(folder / "p", **{**usual, **settings})


def test_a_candidate_changes_only_what_it_names(tmp_path):
    steps = (TrainStep(epochs=3), DistillStep(), PruneStep(rounds=2, distil=True), QuantizeStep())
    project = project_of(tmp_path, recipe=Recipe(steps))
    changed = with_candidate(project, Candidate("tiny-dense", 30, True, 0))
    train, distill, prune, quantize = changed.recipe.steps
    assert (train, distill) == steps[:2]
    assert (prune.rounds, prune.distil, prune.ratio, prune.enabled) == (2, True, 0.3, True)
    assert quantize == QuantizeStep(first_last_int16=True)
    assert changed.network == "tiny-dense"
    assert project.recipe.steps == steps


def test_pruning_comes_last_where_the_recipe_has_none(tmp_path):
    project = project_of(tmp_path, recipe=Recipe((QUICK, QuantizeStep())))
    kinds = [step.kind for step in with_candidate(project, Candidate("", 20, False, 0)).recipe.steps]
    assert kinds == ["train", "prune", "quantize"]
    whole = with_candidate(project, Candidate("", 0, False, 0))
    assert [step.kind for step in whole.recipe.steps if step.enabled] == ["train", "quantize"]


@pytest.mark.parametrize(
    ("settings", "chosen", "words"),
    [
        ({"board_id": ""}, {}, "Choose a board"),
        ({"data": None}, {}, "finished model"),
        ({}, {"networks": ("ds-cnn-s",)}, "does not suit"),
        ({}, {"networks": ("tiny-cnn", "resnet-50")}, "resnet-50 does not suit"),
        ({}, {"image_sizes": (16, 32)}, "image-sizes"),
    ],
)
def test_what_cannot_be_searched_is_said(tmp_path, settings, chosen, words):
    with pytest.raises(UsageError, match=words):
        space_of(project_of(tmp_path, **settings), **chosen)


def test_what_the_project_is_now_comes_first(tmp_path):
    space = space_of(project_of(tmp_path), networks=("resnet8", "tiny-cnn", "tiny-dense"))
    assert space.networks == ("tiny-cnn", "resnet8", "tiny-dense")
    assert space.pruned_percents[0] == 0
    assert space.first_last_int16 == (False, True)


def test_limits_are_the_smaller_of_board_and_user(searched):
    project, _, _ = searched
    path = next(project.artefacts_folder.glob("model/*/outline.tflite"))
    board = load_board("stm32f407")
    fit = plan_on_board(read_tflite(path), board, family=board.kernels).fit
    assert cost_within(fit, Budgets()).fits
    assert cost_within(fit, Budgets(flash_bytes=10**9)).fits
    for name in ("flash_bytes", "ram_bytes"):
        used = int(getattr(fit, name).value)
        assert cost_within(fit, Budgets(**{name: used})).fits
        over = cost_within(fit, Budgets(**{name: used - 1}))
        assert not over.fits
        assert len(over.reasons) == 1
