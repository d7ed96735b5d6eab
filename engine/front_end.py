"""What a board computes between a sensor and a network; `engine.front_end_choice` fills it in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.graph import Quantization, TensorGraph

KINDS = ("mfcc", "log-mel")  # of sound
VIBRATION = "vibration-spectra"
HOST, BOARD = "host", "board"  # who makes a project's features
PLACES = (HOST, BOARD)
COUNTS_PER_UNIT = 2048.0  # of an accelerometer of +-16 g with 16 bits, and tables in g
_TASK_KINDS = {"keywords": "mfcc", "anomaly": "log-mel", "vibration": VIBRATION}
_NUMBERS = (".npz", ".csv")  # files that hold what a network reads


@dataclass(frozen=True, eq=False)
class FrontEnd:
    """Windows, spectrum, mel bands, logarithm, cosine transform, in this order.

    Attributes:
        kind: `mfcc` or `log-mel`.
        rate_hz: of the samples, int16.
        samples: of one clip.
        window: float64 (window length,), 0 to 1, symmetric but for its first value.
        stride: samples from one window to the next.
        fft_length: a power of two, not shorter than the window.
        mel: float64 (fft_length / 2 + 1, bands), each line in at most two neighbouring bands.
        takes_power: bands add up powers instead of magnitudes.
        by_peak: samples are divided by the clip's largest magnitude, else by 32768.
        floor: added to a band before the natural logarithm.
        basis: float64 (bands, columns) that logarithms are multiplied with; None leaves them.
        scale, mean: the network takes scale * (value - mean).
    """

    kind: str
    rate_hz: int
    samples: int
    window: NDArray[np.float64]
    stride: int
    fft_length: int
    mel: NDArray[np.float64]
    takes_power: bool
    by_peak: bool
    floor: float
    basis: NDArray[np.float64] | None
    scale: float
    mean: float

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what the network reads."""
        return (self.frames, self.columns)

    @property
    def ram_bytes(self) -> int:
        """The samples of a clip and what is computed of them."""
        return 2 * self.samples + 4 * (self.fft_length + int(self.mel.shape[1]))

    @property
    def frames(self) -> int:
        """Windows in one clip."""
        return (self.samples - len(self.window)) // self.stride + 1

    @property
    def meaning(self) -> str:
        """What the samples are, for people."""
        return f"one clip at {self.rate_hz} Hz"

    @property
    def columns(self) -> int:
        """Values of one frame."""
        return int((self.mel if self.basis is None else self.basis).shape[1])


@dataclass(frozen=True, eq=False)
class VibrationFrontEnd:
    """Log spectra of each axis of an accelerometer, without its constant part.

    Attributes:
        rows: moments of one record.
        axes: int16 samples of one moment.
        counts_per_unit: of the sensor, for one unit of the tables that the network was trained with.
        window: float64 (window length,), 0 to 1, symmetric but for its first value.
        stride: rows from one window to the next.
        lines: of a spectrum, from the first above the constant one.
        floor: in units, added to a magnitude before the natural logarithm.
        scale, mean: of each axis; the network takes scale * (value - mean).
    """

    rows: int
    axes: int
    counts_per_unit: float
    window: NDArray[np.float64]
    stride: int
    lines: int
    floor: float
    scale: tuple[float, ...]
    mean: tuple[float, ...]

    @property
    def kind(self) -> str:
        """`vibration-spectra`."""
        return VIBRATION

    @property
    def rate_hz(self) -> int:
        """0: spectra by rows do not ask for the rate."""
        return 0

    @property
    def samples(self) -> int:
        """Of one record, all axes."""
        return self.rows * self.axes

    @property
    def meaning(self) -> str:
        """What the samples are, for people."""
        return f"{self.rows} moments of {self.axes} axes, {self.counts_per_unit:g} counts per unit"

    @property
    def frames(self) -> int:
        """Windows in one record."""
        return (self.rows - len(self.window)) // self.stride + 1

    @property
    def columns(self) -> int:
        """Values of one frame."""
        return self.lines * self.axes

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what the network reads."""
        return (self.frames, self.lines, self.axes)

    @property
    def ram_bytes(self) -> int:
        """The samples of a record and what is computed of them."""
        return 2 * self.samples + 4 * len(self.window)


AnyFrontEnd = FrontEnd | VibrationFrontEnd


def board_kind(task: str, source: str, vibration_features: str) -> tuple[str, str]:
    """What a board computes for a project, or "" and why it cannot.

    Args:
        task: what the project is for.
        source: of its data, "" without any; see `engine.data.spec.DataSpec`.
        vibration_features: see `engine.data.spec.DataSpec`.
    """
    if task not in _TASK_KINDS:
        return "", f"Features of {task or 'this project'} are not made on a board."
    if source.lower().endswith(_NUMBERS):
        return "", "The examples are numbers in one file: how they were made of recordings is not known."
    if task != "vibration" or source == "builtin:hum":
        return _TASK_KINDS["anomaly" if task == "vibration" else task], ""
    if not source:
        return "", "Without examples nobody knows how long a record of vibration is."
    if vibration_features != "spectra":
        return "", f"Features {vibration_features} of vibration are not made on a board."
    return VIBRATION, ""


def front_end_input(front_end: AnyFrontEnd, graph: TensorGraph) -> Quantization:
    """The quantisation of the input that a front-end shall fill.

    Raises:
        UsageError: the network does not read what the front-end makes.
    """
    tensors = [graph.tensors[i] for i in graph.inputs]
    quantization = tensors[0].quantization if len(tensors) == 1 else None
    if quantization is None or tensors[0].dtype != "int8":
        raise UsageError(
            "A front-end on the board is for networks with one int8 input.",
            hint="Build with --front-end host.",
        )
    shape = [n for n in tensors[0].shape if n != 1]
    made = [n for n in front_end.shape if n != 1]
    if shape not in (made, [math.prod(made)]):
        raise UsageError(
            f"The network takes {'x'.join(map(str, tensors[0].shape))}, "
            f"{front_end.kind} gives {'x'.join(map(str, front_end.shape))}.",
            hint="Choose the front-end that the network was trained with, or --front-end host.",
        )
    return quantization
