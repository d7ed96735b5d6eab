"""How good a set of answers is; numpy only, so that the board's answers can be judged without torch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def accuracy_and_confusion(
    answers: NDArray[Any], labels: NDArray[np.int64], classes: int
) -> tuple[float, list[list[int]]]:
    """Share of right answers and the confusion matrix of a classifier.

    Args:
        answers: (n, classes) scores, probabilities or quanta; the largest wins, the first of equals.
        labels: (n,) true classes in 0..classes-1.
        classes: number of classes.

    Returns:
        The share in 0..1 (0 for no answers), and `confusion[true][predicted]`.
    """
    predicted = answers.reshape(len(labels), -1).argmax(axis=1)
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    accuracy = float((predicted == labels).mean()) if len(labels) else 0.0
    return accuracy, confusion.tolist()


def calibration_error(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.int64], bins: int = 15
) -> float:
    """Expected calibration error (ECE; Guo et al. 2017): how far a classifier's certainty is from right.

    Args:
        probabilities: (n, classes), each row adds up to 1.
        labels: (n,) true classes.
        bins: of equal width over the certainty of the class that wins.

    Returns:
        Mean distance between certainty and accuracy, weighted by samples, 0 to 1; 0 for no samples.
    """
    if not len(labels):
        return 0.0
    certainty = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.clip(np.ceil(certainty * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    gaps = np.bincount(place, right - certainty.astype(np.float64), minlength=bins)
    return float(np.abs(gaps).sum() / counts.sum())
