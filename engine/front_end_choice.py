"""Which features a board shall make by itself: what `--front-end` asks for, out of `engine.data`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.front_end import BOARD, HOST, KINDS, PLACES, TASK_KINDS, FrontEnd
from engine.project import Project, check_front_end

if TYPE_CHECKING:
    from engine.data.features import Floats

CHOICES = (*PLACES, *KINDS)
_VERSION = 1  # raise it when the same settings give another front-end: plans and firmware become stale


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
        choice: `host`, `board` for the project's own features, or `mfcc`, `log-mel`; None for what the
            project says, and for a model file `host`.
        project: None for a model file.

    Raises:
        UsageError: there is no such choice, or the project's features are not made on boards.
    """
    choice = choice or (project.front_end if project is not None else HOST)
    if choice == HOST:
        return None
    if choice not in CHOICES:
        raise UsageError(f"There is no front-end called {choice}.", hint=f"Known: {', '.join(CHOICES)}.")
    scale, mean = _scale_and_mean(project)
    if choice == BOARD:
        if project is None:
            raise UsageError(
                "A model file does not say what its features are.",
                hint=f"Say it: --front-end {' or '.join(KINDS)}.",
            )
        check_front_end(BOARD, project.task, project.data)
        choice = TASK_KINDS[project.task]
    return front_end_of(choice, scale=scale, mean=mean)


def board_features(project: Project) -> list[Any]:
    """What decides the front-end in a project's firmware, as plain values; [] where there is none."""
    if project.front_end == HOST or project.board_features_problem:
        return []
    return ["front-end", _VERSION, TASK_KINDS[project.task], *_scale_and_mean(project)]


def set_front_end(project: Project, choice: str | None) -> None:
    """Keep in a project who makes its features; None leaves it as it is.

    Raises:
        UsageError: there is no such choice, or boards cannot make the project's features.
    """
    if choice is None or choice == project.front_end:
        return
    check_front_end(choice, project.task, project.data)
    project.front_end = choice
    project.save()


def _scale_and_mean(project: Project | None) -> tuple[float, float]:
    if project is None or project.data is None:
        return 1.0, 0.0
    return _only(project.data.input_scale, 1.0), _only(project.data.input_mean, 0.0)


def _only(values: tuple[float, ...], default: float) -> float:
    return values[0] if values else default
