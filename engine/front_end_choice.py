"""Which features a board shall make by itself: what `--front-end` asks for, out of `engine.data`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.front_end import KINDS, FrontEnd
from engine.project import Project

if TYPE_CHECKING:
    from engine.data.features import Floats

HOST, BOARD = "host", "board"
CHOICES = (HOST, BOARD, *KINDS)
_TASK_KINDS = {"keywords": "mfcc", "anomaly": "log-mel"}


def front_end_of(kind: str, *, scale: float = 1.0, mean: float = 0.0) -> FrontEnd:
    """The front-end that computes `kind`.

    Args:
        kind: `mfcc` or `log-mel`.
        scale: the network takes scale * (feature - mean).
        mean: see `scale`.
    """
    from engine.data import features as f

    if kind == "mfcc":
        return FrontEnd(
            kind=kind,
            rate_hz=f.SAMPLE_RATE_HZ,
            samples=f.CLIP_SAMPLES,
            window=f.hann_window(f.MFCC_WINDOW),
            stride=f.MFCC_STRIDE,
            fft_length=f.MFCC_FFT,
            mel=_mel(f.mel_matrix(f.MFCC_MEL_BINS, f.MFCC_FFT, f.SAMPLE_RATE_HZ, *f.MFCC_MEL_HZ)),
            takes_power=False,
            by_peak=True,
            floor=f.MEL_FLOOR,
            basis=f.cosine_basis(f.MFCC_MEL_BINS, f.MFCC_COEFFICIENTS),
            scale=scale,
            mean=mean,
        )
    return FrontEnd(
        kind=kind,
        rate_hz=f.SAMPLE_RATE_HZ,
        samples=f.CLIP_SAMPLES,
        window=f.hann_window(f.LOG_MEL_WINDOW),
        stride=f.LOG_MEL_STRIDE,
        fft_length=f.LOG_MEL_WINDOW,
        mel=_mel(f.mel_matrix(f.LOG_MEL_BINS, f.LOG_MEL_WINDOW, f.SAMPLE_RATE_HZ, *f.LOG_MEL_HZ)),
        takes_power=True,
        by_peak=False,
        floor=f.MEL_FLOOR,
        basis=None,
        # (log - centre) / span, then scale * (that - mean)
        scale=scale / f.LOG_MEL_SPAN,
        mean=f.LOG_MEL_CENTRE + mean * f.LOG_MEL_SPAN,
    )


def _mel(matrix: Floats) -> NDArray[np.float64]:
    return matrix.astype(np.float64)


def chosen_front_end(choice: str | None, project: Project | None) -> FrontEnd | None:
    """What `--front-end` asks for; None where the host makes the features.

    Args:
        choice: `host` (or None), `board` for the project's own features, or `mfcc`, `log-mel`.
        project: None for a model file.

    Raises:
        UsageError: there is no such choice, or the project's features are not made on boards.
    """
    if choice in (None, "", HOST):
        return None
    if choice not in CHOICES:
        raise UsageError(f"There is no front-end called {choice}.", hint=f"Known: {', '.join(CHOICES)}.")
    scale, mean = 1.0, 0.0
    if project is not None and project.data is not None:
        scale, mean = _only(project.data.input_scale, 1.0), _only(project.data.input_mean, 0.0)
    if choice == BOARD:
        if project is None:
            raise UsageError(
                "A model file does not say what its features are.",
                hint=f"Say it: --front-end {' or '.join(KINDS)}.",
            )
        choice = _TASK_KINDS.get(project.task, "")
        if not choice:
            raise UsageError(
                f"Features of {project.task or 'this project'} are not made on a board yet.",
                hint="A front-end on the board is for keywords and for anomalies of sound.",
            )
    assert choice is not None
    return front_end_of(choice, scale=scale, mean=mean)


def _only(values: tuple[float, ...], default: float) -> float:
    return values[0] if values else default
