"""How well a converted 8-bit network answers, sample by sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.events import CancelToken
from engine.micro_reference import MicroReference
from engine.summaries import ConvertSummary, read_summary

if TYPE_CHECKING:
    from engine.data import LabelledSet
    from engine.data.labelled_set import Split


def judge_int8(
    folder: Path, data: LabelledSet, split: Split, *, cancel: CancelToken
) -> tuple[NDArray[Any], float]:
    """What the network in a conversion's folder makes of one part of a set.

    Returns:
        Of a classifier, bool (n,) which answers are right, and their share; of an autoencoder, float
        (n,) the mean squared errors of what it repeats, and the area under the ROC curve (0 where the
        part has not both healthy and other samples).
    """
    summary = read_summary(ConvertSummary, folder)
    reference = MicroReference(folder / summary.files["int8"])
    inputs = split.inputs
    answers = reference.run_all(reference.quantize_input(inputs), cancel=cancel)
    if summary.int8_accuracy is not None:
        right = answers.argmax(axis=1) == split.labels
        return right, float(right.mean())
    from sklearn.metrics import roc_auc_score

    wanted = np.moveaxis(inputs, -1, 1) if inputs.ndim > 2 else inputs
    errors = np.square(answers - wanted.reshape(len(wanted), -1)).mean(axis=1)
    ill = abnormal(data, split)
    both = ill.any() and not ill.all()
    return errors, float(roc_auc_score(ill, errors)) if both else 0.0


def abnormal(data: LabelledSet, split: Split) -> NDArray[np.bool_]:
    """Which samples of a part belong to no healthy class, bool (n,)."""
    normal = [data.classes.index(name) for name in data.normal]
    return ~np.isin(split.labels, normal)
