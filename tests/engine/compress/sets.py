"""Small labelled sets that train in a second or two."""

from __future__ import annotations

import dataclasses

import numpy as np

from engine.data import DataSpec, LabelledSet, load_data
from engine.data.labelled_set import Split
from engine.events import CancelToken, discard


def digits() -> LabelledSet:
    """The built-in handwritten digits."""
    spec = DataSpec(source="builtin:digits", task="images")
    return load_data(spec, cache_folder=None, report=discard, cancel=CancelToken())


def few_tiny_digits() -> LabelledSet:
    """Of 4x4 pixels, and no picture is augmented: an epoch is one batch."""
    full = digits()
    parts = {}
    for name in ("train", "validation", "test"):
        part = getattr(full, name)
        inputs = part.inputs[:24, ::2, ::2]
        parts[name] = dataclasses.replace(
            part, inputs=inputs, labels=part.labels[:24], groups=part.groups[:24]
        )
    variants = full.train_variants[:, :24, ::2, ::2]
    return dataclasses.replace(
        full, kind="vector", input_shape=(4, 4, 1), train_variants=variants, **parts
    )


def vibrations(seed: int = 0) -> LabelledSet:
    """Vectors on a three-dimensional sheet (normal), and some that left it (broken)."""
    generator = np.random.default_rng(seed)
    sheet = generator.normal(size=(3, 24))

    def split(normal: int, broken: int) -> Split:
        inputs = generator.normal(size=(normal + broken, 3)) @ sheet
        inputs += 0.05 * generator.normal(size=inputs.shape)
        inputs[normal:] += 0.7 * generator.normal(size=(broken, 24))
        labels = np.array([1] * normal + [0] * broken)
        return Split(inputs.astype(np.float32), labels, ("",) * len(labels))

    return LabelledSet(
        name="vibrations",
        kind="vector",
        classes=("broken", "normal"),
        input_shape=(24,),
        train=split(600, 50),
        validation=split(100, 50),
        test=split(100, 50),
        train_variants=np.empty((0, 650, 24), dtype=np.float32),
        normal=("normal",),
    )
