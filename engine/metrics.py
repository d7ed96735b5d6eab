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
