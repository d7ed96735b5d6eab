"""Which of two networks is better: paired differences on the same clips, with clustered intervals.

Clips of one speaker, shot or machine resemble each other, so they are drawn together: a bootstrap over
whole clusters (Efron & Tibshirani 1993, chapter 8; Field & Welsh 2007), percentile interval of 95 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.errors import UsageError

RESAMPLES = 10_000
COVERAGE = 0.95
_WEIGHTS_AT_ONCE = 2_000_000


class PairedDifference(NamedTuple):
    """How much better B is than A, in points (hundredths); negative: B is worse.

    Attributes:
        points: the difference on all clips.
        low: lower end of the 95 % interval.
        high: upper end of the 95 % interval.
    """

    points: float
    low: float
    high: float

    @property
    def resolved(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{self.points:+.2f} [{self.low:+.2f}, {self.high:+.2f}]"


def paired_difference(
    correct_a: ArrayLike, correct_b: ArrayLike, clusters: Sequence[Any], seed: int = 0
) -> PairedDifference:
    """Accuracy of B minus accuracy of A on the same clips.

    Args:
        correct_a: bool or 0/1, shape (clips,) or (seeds, clips): which answers of A were right. Several
            trainings count as one with their mean share of right answers; the interval says how the
            difference varies over new speakers, not over new trainings.
        correct_b: the same for B, same shape; row i is the pair of row i of A.
        clusters: (clips,) speaker, shot or machine of each clip.
        seed: of the 10,000 resamples; the same seed gives the same interval.

    Returns:
        Points and the 95 % interval. With fewer than about ten clusters the interval is too narrow.

    Raises:
        UsageError: shapes differ, there are no clips, or only one cluster.
    """
    a, b = np.atleast_2d(np.asarray(correct_a, float)), np.atleast_2d(np.asarray(correct_b, float))
    members = _checked(a, b, clusters)
    differences = (b - a).mean(axis=0)
    sums = np.bincount(members, weights=differences)
    sizes = np.bincount(members)
    drawn = np.concatenate(
        [counts @ sums / (counts @ sizes) for counts in _resamples(len(sums), len(sums), seed)]
    )
    return _interval(float(differences.mean()), drawn)


def paired_auc_difference(
    scores_a: ArrayLike,
    scores_b: ArrayLike,
    abnormal: ArrayLike,
    clusters: Sequence[Any],
    seed: int = 0,
) -> PairedDifference:
    """Area under the ROC curve of B minus that of A on the same clips, in points.

    Args:
        scores_a: (clips,) or (seeds, clips); larger means more abnormal; equal scores count half.
        scores_b: the same for B, same shape.
        abnormal: (clips,) bool.
        clusters: (clips,) machine, speaker or shot of each clip; a cluster may hold both kinds.
        seed: of the 10,000 resamples. Resamples without normal or without abnormal clips are left out.

    Raises:
        UsageError: as `paired_difference`; also if all clips are normal or all abnormal.
    """
    a, b = np.atleast_2d(np.asarray(scores_a, float)), np.atleast_2d(np.asarray(scores_b, float))
    members = _checked(a, b, clusters)
    positive = np.asarray(abnormal, bool)
    if positive.shape != members.shape:
        raise UsageError(f"There are {len(members)} clips, but {positive.size} labels.")
    if positive.all() or not positive.any():
        raise UsageError(
            "All clips are of one kind, so there is no ROC curve.",
            hint="Test with normal and abnormal clips.",
        )

    def difference(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        each = [_auc(y, positive, weights) - _auc(x, positive, weights) for x, y in pairs]
        return np.asarray(np.mean(each, axis=0), np.float64)

    pairs = list(zip(a, b, strict=True))
    clips = len(members)
    drawn = []
    for counts in _resamples(int(members.max()) + 1, clips, seed):
        weights = counts[:, members]
        both = (weights[:, positive].sum(axis=1) > 0) & (weights[:, ~positive].sum(axis=1) > 0)
        drawn.append(difference(weights[both]))
    return _interval(float(difference(np.ones((1, clips)))[0]), np.concatenate(drawn))


def _auc(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weighted area under the ROC curve, one for each row of weights (resamples, clips)."""
    order = np.argsort(scores, kind="stable")
    ordered, kinds, weights = scores[order], positive[order], weights[:, order]
    normal = np.where(kinds, 0.0, weights)
    below = np.pad(np.cumsum(normal, axis=1), ((0, 0), (1, 0)))
    first = np.searchsorted(ordered, ordered, side="left")
    after = np.searchsorted(ordered, ordered, side="right")
    beaten = (below[:, first] + below[:, after]) / 2
    abnormal = np.where(kinds, weights, 0.0)
    won, pairs = (abnormal * beaten).sum(axis=1), abnormal.sum(axis=1) * normal.sum(axis=1)
    return np.asarray(won / pairs, np.float64)


def _checked(
    a: NDArray[np.float64], b: NDArray[np.float64], clusters: Sequence[Any]
) -> NDArray[np.intp]:
    """The number of each clip's cluster."""
    if a.shape != b.shape or a.ndim != 2 or a.shape[1] != len(clusters):
        raise UsageError(
            f"Answers of shape {a.shape} and {b.shape} and {len(clusters)} clusters do not pair up.",
            hint="Judge both networks on the same clips, and say the cluster of each.",
        )
    if not a.size:
        raise UsageError("There are no clips to compare.", hint="Add samples to the test part.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise UsageError("Some answers are not numbers.", hint="Check the networks for NaN.")
    names, members = np.unique(np.asarray([str(c) for c in clusters]), return_inverse=True)
    if len(names) < 2:
        raise UsageError(
            "All clips are of one speaker, shot or machine: nothing can be said about others.",
            hint="Test with at least two, better ten or more.",
        )
    return np.asarray(members, np.intp)


def _resamples(clusters: int, columns: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each cluster was drawn, (resamples, clusters), in blocks that fit into memory."""
    generator = np.random.default_rng(seed)
    left = RESAMPLES
    while left:
        rows = min(left, max(1, _WEIGHTS_AT_ONCE // max(columns, clusters)))
        yield generator.multinomial(clusters, np.full(clusters, 1 / clusters), size=rows).astype(float)
        left -= rows


def _interval(difference: float, drawn: NDArray[np.float64]) -> PairedDifference:
    tail = 100 * (1 - COVERAGE) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return PairedDifference(100 * difference, 100 * float(low), 100 * float(high))
