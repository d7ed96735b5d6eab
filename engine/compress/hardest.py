"""Which samples a classifier finds hardest, and which an autoencoder repeats worst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from msgspec import structs
from numpy.typing import NDArray

from engine.examples import HardExample

if TYPE_CHECKING:
    from engine.data.labelled_set import Split

MOST = 12
_TOLD = 6  # after each epoch
_MOST_CLASSES_TOLD = 24  # of a confusion after each epoch


def hardest_examples(outputs: torch.Tensor, split: Split, most: int = MOST) -> list[HardExample]:
    """The samples whose true class got the lowest probability, the hardest first.

    Args:
        outputs: (n, classes) of the network, before the softmax.
        split: the samples that they are of.
        most: how many at most.
    """
    if not len(split.labels):
        return []
    probabilities = outputs.softmax(dim=1)
    truths = torch.from_numpy(split.labels)
    given = probabilities.gather(1, truths[:, None])[:, 0]
    confidences, said = probabilities.max(dim=1)
    order = torch.argsort(given, stable=True)[:most].tolist()
    return [
        HardExample(
            index=index,
            true_class=int(truths[index]),
            said_class=int(said[index]),
            confidence=float(confidences[index]),
            origin=split.origins[index] if split.origins else "",
        )
        for index in order
    ]


def worst_repeated(
    errors: NDArray[np.float32], healthy: NDArray[np.bool_], split: Split, most: int = MOST
) -> list[HardExample]:
    """The samples with the largest error, that first: faults that stand out, and healthy ones that do.

    Args:
        errors: (n,) mean squared difference of what goes in and comes out.
        healthy: (n,) whether a sample's class is a healthy one.
        split: the samples that they are of.
        most: how many at most.
    """
    if not len(errors):
        return []
    usual = float(errors[healthy].mean() if healthy.any() else errors.mean()) or 1.0
    return [
        HardExample(
            index=index,
            true_class=int(split.labels[index]),
            said_class=int(split.labels[index]),
            confidence=0.0,
            origin=split.origins[index] if split.origins else "",
            error_ratio=float(errors[index]) / usual,
            healthy=bool(healthy[index]),
        )
        for index in np.argsort(-errors, kind="stable")[:most].tolist()
    ]


def told_of_epoch(confusion: list[list[int]], hardest: list[HardExample]) -> dict[str, Any]:
    """What `EpochEnded` tells of them, short enough to be kept of every epoch."""
    return {
        "confusion": confusion if len(confusion) <= _MOST_CLASSES_TOLD else [],
        "hardest": [structs.asdict(example) for example in hardest[:_TOLD]],
    }
