"""What a board computes between a microphone and a network; `engine.front_end_choice` fills it in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.graph import Quantization, TensorGraph

KINDS = ("mfcc", "log-mel")
HOST, BOARD = "host", "board"  # who makes a project's features
PLACES = (HOST, BOARD)
TASK_KINDS = {"keywords": "mfcc", "anomaly": "log-mel"}  # what boards can make for a task
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


def board_problem(task: str, source: str = "") -> str:
    """Why a board cannot make a project's features, "" if it can.

    Args:
        task: what the project is for.
        source: of its data, "" without any; see `engine.data.spec.DataSpec`.
    """
    if task not in TASK_KINDS:
        return f"Features of {task or 'this project'} are not made on a board."
    if source.lower().endswith(_NUMBERS):
        return "The examples are numbers in one file: how they were made of recordings is not known."
    return ""


def front_end_input(front_end: FrontEnd, graph: TensorGraph) -> Quantization:
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
    if shape not in ([front_end.frames, front_end.columns], [front_end.frames * front_end.columns]):
        raise UsageError(
            f"The network takes {'x'.join(map(str, tensors[0].shape))}, "
            f"{front_end.kind} gives {front_end.frames}x{front_end.columns}.",
            hint="Choose the front-end that the network was trained with, or --front-end host.",
        )
    return quantization
