"""Which network of the zoo teaches where the recipe names none."""

from __future__ import annotations

import pytest

from engine.distillation import default_teacher
from engine.zoo import NETWORKS


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
