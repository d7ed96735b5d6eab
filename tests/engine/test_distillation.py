"""Which network of the zoo teaches where the recipe names none."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.compress.distil import distil
from engine.distillation import default_teacher, find_teachers
from engine.events import CancelToken, Event, LogLine, discard
from engine.project import create_project
from engine.recipe import DistillStep
from engine.stages import StageContext
from engine.zoo import NETWORKS, build_network
from tests.engine.compress import sets


@pytest.mark.parametrize("edge", [8, 32, 48, 96, 224])
def test_the_default_teacher_for_pictures_can_be_trained_on_two_cores(edge: int) -> None:
    """ResNet-50 has the most weights of all, and would take hours."""
    name = default_teacher("images", (edge, edge, 3), 10)
    (network,) = [network for network in NETWORKS if network.name == name]
    assert network.for_boards
    assert network.least_edge <= edge


def test_a_dense_layer_over_a_large_picture_is_no_teacher() -> None:
    """At 96x96 pixels tiny-dense has more weights than most networks that see."""
    assert "dense" not in default_teacher("images", (96, 96, 3), 10)


def test_words_are_taught_by_the_largest_keyword_spotter() -> None:
    assert default_teacher("keywords", (49, 10, 1), 12) == "ds-cnn-l"


def test_where_all_work_too_hard_the_one_with_least_to_do_teaches() -> None:
    assert default_teacher("keywords", (490, 400, 1), 12) == "tiny-cnn"


def test_vectors_are_taught_by_the_dense_network() -> None:
    assert default_teacher("vibration", (36,), 4) == "tiny-dense"


def test_resnet_18_can_be_named_as_a_teacher_and_is_trained_once(tmp_path: Path) -> None:
    data, cancel, told = sets.few_tiny_digits(), CancelToken(), list[Event]()
    project = create_project(tmp_path / "p.thimble", task="images", network="tiny-cnn")
    folder = tmp_path / "data"
    context = StageContext(project, "virtual", discard, cancel, folders={"data": folder})
    step = DistillStep(teacher="resnet-18", teacher_epochs=1, epochs=1, compare_alone=False)
    channels = {"report": told.append, "cancel": cancel, "stage": "step-1-distill"}
    (teacher,) = find_teachers(step, context, data, channels)
    (again,) = find_teachers(step, context, data, channels)
    assert teacher.name == "resnet-18"
    trained = [event for event in told if isinstance(event, LogLine) and "trained first" in event.text]
    assert len(trained) == 1
    for ours, theirs in zip(again.module.parameters(), teacher.module.parameters(), strict=True):
        assert ours.equal(theirs)
    student = build_network("tiny-cnn", data.input_shape, 10, seed=0)
    found = distil(student, data, step, [teacher.module], report=discard, cancel=cancel, stage="s")
    assert found.teacher_accuracy is not None
    assert [row.step for row in found.result.epochs] == ["distill"]
