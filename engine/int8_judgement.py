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
) -> tuple[NDArray[Any], float | None]:
    """What the network in a conversion's folder makes of one part of a set.

    Returns:
        Of a classifier, bool (n,) which answers are right, and their share; of an autoencoder, float
        (n,) the mean squared errors of what it repeats, and the area under the ROC curve (None
        where the part has not both healthy and other samples).
    """
    summary = read_summary(ConvertSummary, folder)
    reference = MicroReference(folder / summary.files["int8"])
    if not summary.confusion:
        return judge_repetition(reference, data, split, cancel=cancel)
    answers = reference.run_all(reference.quantize_input(split.inputs), cancel=cancel)
    right = answers.argmax(axis=1) == split.labels
    return right, float(right.mean())


def judge_repetition(
    reference: MicroReference, data: LabelledSet, split: Split, *, cancel: CancelToken
) -> tuple[NDArray[np.float32], float | None]:
    """How well an autoencoder of 8 bits tells healthy samples from others.

    Returns:
        Float (n,) mean squared differences between what it took and what it gave, both as the 8-bit
        numbers say (a board knows no others), and the area under the ROC curve; None where the part has
        not both healthy and other samples.
    """
    quanta = reference.quantize_input(split.inputs)
    answers = reference.run_all(quanta, cancel=cancel)
    taken = reference.input_values(quanta)
    taken = np.moveaxis(taken, -1, 1) if taken.ndim > 2 else taken
    errors = np.square(answers.reshape(len(quanta), -1) - taken.reshape(len(quanta), -1)).mean(axis=1)
    ill = abnormal(data, split)
    if not ill.any() or ill.all():
        return errors, None
    from sklearn.metrics import roc_auc_score

    return errors, float(roc_auc_score(ill, errors))


def abnormal(data: LabelledSet, split: Split) -> NDArray[np.bool_]:
    """Which samples of a part belong to no healthy class, bool (n,)."""
    normal = [data.classes.index(name) for name in data.normal]
    return ~np.isin(split.labels, normal)


def why_unknown(data: LabelledSet, split: Split, name: str) -> str:
    """Why a part, of this name, cannot tell how well an autoencoder finds faults; "" if it can."""
    if not len(split.labels):
        return f"There are no {name} samples, so nobody can tell how well faults are found."
    ill = abnormal(data, split)
    if ill.any() and not ill.all():
        return ""
    kind = "healthy" if ill.all() else "faulty"
    return (
        f"No AUC: the {name} part holds no {kind} samples, so nobody can tell how well faults are found."
    )
