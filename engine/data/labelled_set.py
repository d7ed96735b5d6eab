"""Samples with labels, split into parts that share no speaker, machine or shot."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.summaries import DataSummary


@dataclass(frozen=True)
class Split:
    """One part of a set.

    Attributes:
        inputs: float32 (n, *input_shape).
        labels: int64 (n,), indices into the set's classes.
        groups: who or what each sample comes from (a speaker, a machine); empty text if unknown.
        origins: finds each sample again, see `engine.examples.Example`; () if unknown.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    groups: tuple[str, ...]
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LabelledSet:
    """A data set that is ready to train on.

    Attributes:
        name: of the source, for people.
        kind: what an input is: `mfcc`, `image`, `log-mel`, `spectrum`, `gain-free` or `vector`.
        classes: names, in the order of the labels.
        input_shape: of one input without the batch: (height, width, channels), or (length,).
        train: what networks learn from.
        validation: chooses the best epoch; no gradient comes from it.
        test: never trained or tuned on.
        train_variants: float32 (variants, n, *input_shape), augmented copies of the training inputs in
            the same order; (0, n, ...) where there are none.
        normal: the classes that count as healthy, for anomaly detection; empty for other tasks.
        mirror: whether a mirrored image keeps its class.
        problems: what was left out or looks odd, in sentences.
    """

    name: str
    kind: str
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    train: Split
    validation: Split
    test: Split
    train_variants: NDArray[np.float32]
    normal: tuple[str, ...] = ()
    mirror: bool = False
    problems: tuple[str, ...] = field(default=())

    @property
    def splits(self) -> dict[str, Split]:
        """The three parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def summary(self, source: str) -> DataSummary:
        """The counts of each class in each split, and the groups, for people."""
        counts = {}
        for name, split in self.splits.items():
            totals = np.bincount(split.labels, minlength=len(self.classes))
            counts[name] = {c: int(n) for c, n in zip(self.classes, totals, strict=True)}
        return DataSummary(
            source=source,
            kind=self.kind,
            classes=list(self.classes),
            counts=counts,
            groups={name: sorted(set(s.groups) - {""}) for name, s in self.splits.items()},
            input_shape=self.input_shape,
            problems=list(self.problems),
        )

    def replaced(self, **changes: object) -> LabelledSet:
        """A copy with some attributes changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]
