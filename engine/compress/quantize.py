"""Which training samples set the ranges of post-training quantisation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.data.labelled_set import LabelledSet
from engine.errors import UsageError
from engine.recipe import QuantizeStep


def calibration_inputs(data: LabelledSet, step: QuantizeStep) -> NDArray[np.float32]:
    """Training samples, the same number of every class as far as there are enough.

    Args:
        data: only its training part is read, without augmentation.
        step: how many samples, and the seed of the choice.

    Returns:
        float32 (samples, *input_shape), channels last, at most `step.calibration_samples`.

    Raises:
        UsageError: the training part is empty, or fewer than one sample is asked for.
    """
    if step.calibration_samples < 1:
        raise UsageError(
            f"{step.calibration_samples} calibration samples are too few.", hint="Ask for 100 to 500."
        )
    labels = data.train.labels
    if not len(labels):
        raise UsageError("The training set is empty.", hint="Add samples to the training part.")
    chosen = _balanced(labels, step.calibration_samples, np.random.default_rng(step.seed))
    return np.ascontiguousarray(data.train.inputs[chosen], np.float32)


def _balanced(labels: NDArray[np.int64], wanted: int, choice: np.random.Generator) -> NDArray[np.int64]:
    """Indices dealt from the shuffled classes in turn, until enough or all are out."""
    piles = [list(choice.permutation(np.flatnonzero(labels == label))) for label in np.unique(labels)]
    chosen: list[int] = []
    while len(chosen) < min(wanted, len(labels)):
        for pile in piles:
            if pile and len(chosen) < wanted:
                chosen.append(int(pile.pop()))
    return np.array(chosen, np.int64)
