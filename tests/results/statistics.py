"""What pairs of measurements say: differences pooled over seeds, with intervals over whole speakers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compress.paired import PairedDifference, paired_auc_difference, paired_difference

Floats = NDArray[np.float64]
_BINS = 15
_RESAMPLES = 2000
# After training again a difference of a point cannot be told from luck with 960 clips; with fewer clips
# it takes more.
_RESOLVED_CLIPS, _RESOLVED_POINTS = 960, 1.0


@dataclass(frozen=True)
class Pooled:
    """Answers of one form of a network to the test clips of every seed, one after the other.

    Attributes:
        runs: measurements of the same network, one for each seed.
        form: `float`, `int8` or `teacher`.
    """

    runs: tuple[dict[str, Any], ...]
    form: str

    @property
    def clusters(self) -> list[str]:
        """Speaker or shot of each answer; the same one in two seeds is one cluster."""
        return [name for run in self.runs for name in run["clusters"]]

    @property
    def scores_anomalies(self) -> bool:
        """Whether it is an autoencoder, judged by the area under its ROC curve."""
        return "scores" in self.runs[0][self.form]

    @cached_property
    def right(self) -> Floats:
        """1 for each right answer, else 0."""
        return np.concatenate([_bits(run[self.form]["right"]) for run in self.runs])

    @cached_property
    def certainty(self) -> Floats:
        """Probability of the class that won."""
        return np.concatenate([np.asarray(run[self.form]["certainty"]) for run in self.runs])

    @property
    def accuracy(self) -> float:
        """Share of right answers of all seeds; or the mean area under the curve."""
        if not self.scores_anomalies:
            return float(self.right.mean())
        from sklearn.metrics import roc_auc_score

        found = [r[self.form] for r in self.runs]
        return float(np.mean([roc_auc_score(_bits(f["abnormal"]), f["scores"]) for f in found]))

    def mean(self, key: str) -> float:
        """A number of the measurements, mean over seeds."""
        return float(np.mean([run[key] for run in self.runs]))


def difference(before: Pooled, after: Pooled) -> PairedDifference:
    """Points that `after` gains on the same clips, see `paired_difference`."""
    assert before.clusters == after.clusters, "the two networks saw different clips"
    if not before.scores_anomalies:
        return paired_difference(before.right, after.right, before.clusters)
    scores = [np.array([run[p.form]["scores"] for run in p.runs]) for p in (before, after)]
    abnormal = _bits(before.runs[0][before.form]["abnormal"])
    return paired_auc_difference(scores[0], scores[1], abnormal, before.runs[0]["clusters"])


def verdict(found: PairedDifference, clips: int, most_loss: float | None) -> str:
    """What may be said of a difference, in words.

    Args:
        found: the difference.
        clips: test clips that both networks answered, if they were trained differently; 0 if only their
            form differs, or if they are judged by the area under a curve: then the interval says all.
        most_loss: points that may be lost, None where nothing is promised.
    """
    least = _RESOLVED_POINTS * (_RESOLVED_CLIPS / clips) ** 0.5 if clips else 0.0
    if not found.resolved:
        said = "no difference shown"
    elif abs(found.points) < least:
        way = "gain" if found.points > 0 else "loss"
        said = f"a {way}, but less than the {least:.1f} points that {clips} clips resolve"
    else:
        said = "a gain" if found.points > 0 else "a loss"
    if most_loss is None:
        return said
    aim = f"at most {most_loss:g} lost" if most_loss else "nothing lost"
    if found.low >= -most_loss:
        return f"{said}; {aim}: shown"
    if found.points >= -most_loss:
        return f"{said}; {aim}: so in the mean, not shown"
    reached = "missed" if found.high < -most_loss else "missed in the mean"
    return f"{said}; {aim}: {reached}"


def calibration_difference(before: Pooled, after: Pooled) -> tuple[float, float, PairedDifference]:
    """ECE of both, and how much larger that of `after` is, in points with its interval."""

    def both(weights: Floats) -> Floats:
        return calibration_errors(after, weights) - calibration_errors(before, weights)

    one = np.ones((1, len(before.right)))
    errors = [float(calibration_errors(p, one)[0]) for p in (before, after)]
    return errors[0], errors[1], _interval(both, before.clusters)


def share_kept(teacher: Pooled, student: Pooled) -> PairedDifference:
    """The student's accuracy as a share of the teacher's, in per cent with its interval."""

    def share(weights: Floats) -> Floats:
        return np.asarray((weights @ student.right) / (weights @ teacher.right))

    return _interval(share, student.clusters)


def calibration_errors(of: Pooled, weights: Floats) -> Floats:
    """Expected calibration error for each row of weights (rows, answers); see `calibration_error`."""
    place = np.clip(np.ceil(of.certainty * _BINS).astype(int) - 1, 0, _BINS - 1)
    gaps = np.zeros((len(of.right), _BINS))
    gaps[np.arange(len(place)), place] = of.right - of.certainty
    return np.asarray(np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1))


def _interval(statistic: Callable[[Floats], Floats], clusters: list[str]) -> PairedDifference:
    """A statistic of weighted answers, with the percentile interval over resampled clusters."""
    _, members = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(members.max()) + 1
    generator = np.random.default_rng(0)
    drawn = generator.multinomial(count, np.full(count, 1 / count), size=_RESAMPLES).astype(float)
    low, high = np.percentile(statistic(drawn[:, members]), [2.5, 97.5])
    whole = float(statistic(np.ones((1, len(members))))[0])
    return PairedDifference(100 * whole, 100 * float(low), 100 * float(high))


def _bits(text: str) -> Floats:
    return np.array([int(bit) for bit in text], float)
