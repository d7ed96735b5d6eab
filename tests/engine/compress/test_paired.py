"""Paired differences: known cases, coverage of the interval, clusters, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from engine.compress.paired import paired_auc_difference, paired_difference
from engine.errors import UsageError


def test_the_difference_is_in_points_and_its_sign_says_who_is_better() -> None:
    worse, better = [1, 1, 0, 0], [1, 1, 1, 0]
    clusters = ["ann", "ann", "bob", "cid"]
    assert paired_difference(worse, better, clusters, 0).points == pytest.approx(25.0)
    assert paired_difference(better, worse, clusters, 0).points == pytest.approx(-25.0)
    assert paired_difference(worse, worse, clusters, 0) == (0.0, 0.0, 0.0)
    assert not paired_difference(worse, better, clusters, 0).resolved


def test_the_same_seed_gives_the_same_interval() -> None:
    generator = np.random.default_rng(1)
    a, b = generator.random((2, 60))  # shares of right answers, so that few resamples coincide
    clusters = np.repeat(np.arange(20), 3)
    assert paired_difference(a, b, clusters, 3) == paired_difference(a, b, clusters, 3)
    assert paired_difference(a, b, clusters, 3) != paired_difference(a, b, clusters, 4)


def test_the_interval_agrees_with_the_normal_one_where_that_holds() -> None:
    generator = np.random.default_rng(2)
    a, b = generator.random(600) < 0.8, generator.random(600) < 0.85
    low, high = paired_difference(a, b, np.arange(600), 0)[1:]
    difference = b.astype(float) - a
    half_width = 100 * 1.96 * difference.std() / np.sqrt(600)
    assert (high - low) / 2 == pytest.approx(half_width, rel=0.05)


def test_clips_of_one_speaker_count_as_one() -> None:
    generator = np.random.default_rng(3)
    per_speaker = generator.random((2, 30)) < [[0.6], [0.8]]
    a, b = np.repeat(per_speaker, 10, axis=1)
    clustered = paired_difference(a, b, np.repeat(np.arange(30), 10), 0)
    alone = paired_difference(a, b, np.arange(300), 0)
    assert clustered.points == pytest.approx(alone.points)
    ratio = (clustered.high - clustered.low) / (alone.high - alone.low)
    assert ratio == pytest.approx(np.sqrt(10), rel=0.15)


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    generator = np.random.default_rng(4)
    hits = 0
    for _ in range(100):
        habit = generator.normal(0, 0.1, (40, 1))
        clips = generator.random((40, 5))
        a, b = clips < 0.70 + habit, clips < 0.75 + habit
        low, high = paired_difference(a.ravel(), b.ravel(), np.repeat(np.arange(40), 5), 0)[1:]
        hits += low <= 5.0 <= high
    assert 87 <= hits <= 100


def test_several_trainings_count_with_their_mean() -> None:
    a = np.array([[1, 0, 1, 0], [1, 1, 1, 0]])
    b = np.array([[1, 1, 1, 0], [1, 1, 1, 1]])
    result = paired_difference(a, b, ["p", "q", "r", "s"], 0)
    assert result.points == pytest.approx(25.0)


def test_areas_are_those_of_scikit_learn_also_with_equal_scores() -> None:
    generator = np.random.default_rng(5)
    abnormal = generator.random(200) < 0.4
    a = np.round(generator.normal(abnormal * 0.5), 1)
    b = np.round(generator.normal(abnormal * 1.5), 1)
    result = paired_auc_difference(a, b, abnormal, np.arange(200) // 4, 0)
    expected = roc_auc_score(abnormal, b) - roc_auc_score(abnormal, a)
    assert result.points == pytest.approx(100 * expected)
    assert result.resolved
    assert result.low < result.points < result.high


def test_resampled_areas_are_those_of_repeated_clips() -> None:
    """One pair of clusters, each drawn 0, 1 or 2 times: all areas can be listed by hand."""
    abnormal = np.array([False, True, False, True])
    clusters = ["a", "a", "b", "b"]
    a, b = np.array([1.0, 0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0, 1.0])
    result = paired_auc_difference(a, b, abnormal, clusters, 0)
    # Drawn a and a: area of A 0; b and b: 1; a and b: 1/2. Network B always has 1.
    assert result == pytest.approx((50.0, 0.0, 100.0))


@pytest.mark.parametrize(
    ("a", "b", "clusters", "words"),
    [
        ([1, 0], [1, 0, 1], ["a", "b"], "do not pair up"),
        ([1, 0], [1, 0], ["a"], "do not pair up"),
        ([], [], [], "no clips"),
        ([1, 0], [1, 1], ["a", "a"], "one speaker"),
        ([1, float("nan")], [1, 1], ["a", "b"], "not numbers"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    a: list[float], b: list[float], clusters: list[str], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        paired_difference(a, b, clusters, 0)


def test_one_kind_of_clips_has_no_area() -> None:
    with pytest.raises(UsageError, match="one kind"):
        paired_auc_difference([1, 2], [1, 2], [True, True], ["a", "b"], 0)
