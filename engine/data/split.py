"""Which samples are trained on, validated on and tested on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "validation", "test")
FEWEST_GROUPS = 3  # fewer cannot fill train, validation and test


def assign_splits(
    labels: NDArray[np.int64],
    groups: Sequence[str],
    *,
    validation_share: float,
    test_share: float,
    seed: int,
) -> NDArray[np.int64]:
    """Put every sample into a split, so that no group is in two and classes keep their proportions.

    Whole groups are dealt out, largest first, each to the split that is farthest from its share of the
    group's classes. Samples without a group (empty text) are groups of their own.

    Args:
        labels: int64 (n,).
        groups: n names.
        validation_share: wanted share of all samples, 0 to 0.5.
        test_share: likewise.
        seed: of the order among groups of equal size.

    Returns:
        int64 (n,): index into `SPLITS`.
    """
    shares = np.array([1.0 - validation_share - test_share, validation_share, test_share])
    members: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group or f"\0{index}", []).append(index)
    names = list(members)
    generator = np.random.default_rng(seed)
    generator.shuffle(names)
    names.sort(key=lambda name: -len(members[name]))

    class_count = int(labels.max()) + 1
    totals = np.bincount(labels, minlength=class_count)
    target = shares[:, None] * totals[None, :]
    placed = np.zeros_like(target)
    result = np.zeros(len(labels), dtype=np.int64)
    for name in names:
        rows = members[name]
        counts = np.bincount(labels[rows], minlength=class_count)
        missing = np.divide(target - placed, target, out=np.full_like(target, -1e9), where=target > 0)
        # The first of equals wins: train, then test, then validation.
        scores = (missing * counts)[[0, 2, 1]].sum(axis=1)
        split = (0, 2, 1)[int(scores.argmax())]
        placed[split] += counts
        result[rows] = split
    return result
