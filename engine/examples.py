"""Samples of a data set as people see and hear them, and what a look at the set has found."""

from __future__ import annotations

import msgspec


class HardExample(msgspec.Struct, frozen=True):
    """A sample that a classifier is least sure of, or gets wrong; or that an autoencoder repeats badly.

    Attributes:
        index: of the sample in its part of the set.
        true_class: index of the class that it is.
        said_class: index of the class that the network says; may be the same. An autoencoder says none.
        confidence: probability of the said class, 0 to 1.
        origin: see `Example`; "" where nobody can tell.
        error_ratio: of an autoencoder: the sample's squared error over the mean of healthy samples, or
            of all where none is healthy; None for a classifier.
        healthy: of an autoencoder: the sample's class is a healthy one.
    """

    index: int
    true_class: int
    said_class: int
    confidence: float
    origin: str = ""
    error_ratio: float | None = None
    healthy: bool = False


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One sample.

    Attributes:
        origin: where it comes from: path in the folder and number within that file, `yes/a.wav#0`; for
            data of one file or built-in ones the number alone.
        label: its class; "" where only the origin was given.
        kind: `sound`, `picture`, `lines` (values over time, one line an axis) or `grid` (features).
        problem: why it cannot be shown, one sentence, or "".
        png: base64 of a picture; "" for other kinds.
        wav: base64 of 16-bit sound at 16 kHz; "" for other kinds.
        seconds: length of a sound.
        wave: least and largest value of each column of a sound, in turn, -127 to 127.
        grid: base64 of bytes, row after row, 0 to 255: the spectrogram of a sound, its highest
            frequencies first, or features.
        grid_size: rows and columns of `grid`.
        lines: values, one list an axis.
    """

    origin: str
    label: str
    kind: str
    problem: str = ""
    png: str = ""
    wav: str = ""
    seconds: float = 0.0
    wave: list[int] = []
    grid: str = ""
    grid_size: tuple[int, int] = (0, 0)
    lines: list[list[float]] = []


class ClassCount(msgspec.Struct, frozen=True):
    """How many samples (of a folder: files) a class has."""

    name: str
    samples: int


class DataProblem(msgspec.Struct, frozen=True):
    """What looks wrong.

    Attributes:
        kind: `empty`, `pointer` (of Git LFS), `unreadable`, `copy`, `silent`, `flat` (one colour), `few`
            (samples in a class), `unbalanced` or `one-class`.
        count: samples or classes concerned, among those that were looked at.
        names: of the first few.
    """

    kind: str
    count: int
    names: list[str]


class DataLook(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at a data set has found; `checked` of its `samples` were opened."""

    source: str
    kind: str
    samples: int
    checked: int
    classes: list[ClassCount]
    problems: list[DataProblem]
    examples: list[Example]
