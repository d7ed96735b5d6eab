"""Which features a board shall make by itself: what `--front-end` asks for, out of `engine.data`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.front_end import (
    BOARD,
    HOST,
    KINDS,
    PLACES,
    VIBRATION,
    AnyFrontEnd,
    FrontEnd,
    VibrationFrontEnd,
)
from engine.project import Project, check_front_end, checked_counts

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


def vibration_front_end(
    rows: int,
    axes: int,
    counts_per_unit: float,
    *,
    scale: Sequence[float] = (),
    mean: Sequence[float] = (),
) -> VibrationFrontEnd:
    """The front-end that computes `engine.data.features.vibration_spectra`.

    Args:
        rows: of a record, at least one window.
        axes: of the sensor.
        counts_per_unit: of the sensor, for one unit of the tables.
        scale: the network takes scale * (feature - mean); one number or one for each axis, () is 1.
        mean: see `scale`; () is 0.
    """
    from engine.data import features as f

    def of_axes(values: Sequence[float], default: float) -> NDArray[np.float64]:
        return np.broadcast_to(np.array(values or [default]), axes)

    # (log - centre) / span, then scale * (that - mean)
    scales = of_axes(scale, 1.0) / f.SPECTRUM_SPAN
    means = f.SPECTRUM_CENTRE + of_axes(mean, 0.0) * f.SPECTRUM_SPAN
    return VibrationFrontEnd(
        rows=rows,
        axes=axes,
        counts_per_unit=counts_per_unit,
        window=f.hann_window(f.SPECTRUM_WINDOW),
        stride=f.SPECTRUM_STRIDE,
        lines=f.SPECTRUM_BINS,
        floor=f.SPECTRUM_FLOOR,
        scale=tuple(scales.tolist()),
        mean=tuple(means.tolist()),
    )


def _mel(matrix: Floats) -> NDArray[np.float64]:
    return matrix.astype(np.float64)


def chosen_front_end(choice: str | None, project: Project | None) -> AnyFrontEnd | None:
    """What `--front-end` asks for; None where the host makes the features.

    Args:
        choice: `host`, `board` for the project's own features, or `mfcc`, `log-mel`; None for what the
            project says, and for a model file `host`.
        project: None for a model file.

    Raises:
        UsageError: there is no such choice, or the project's features are not made on boards.
        BadInputFile: the project's tables of vibration cannot be read.
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
        choice = project.board_kind
        if choice == VIBRATION:
            return _of_vibration(project)
    return front_end_of(choice, scale=scale, mean=mean)


def board_features(project: Project) -> list[Any]:
    """What decides the front-end in a project's firmware, as plain values; [] where there is none."""
    if project.front_end == HOST or project.board_features_problem:
        return []
    kind = project.board_kind
    sensor = [project.counts_per_unit] if kind == VIBRATION else []
    return ["front-end", _VERSION, kind, *_scale_and_mean(project), *sensor]


def set_front_end(project: Project, choice: str | None, counts_per_unit: float | None = None) -> None:
    """Keep in a project who makes its features and of which sensor; None leaves it as it is.

    Raises:
        UsageError: there is no such choice, boards cannot make the project's features, or no sensor has
            so many counts.
    """
    if choice:
        check_front_end(choice, project.task, project.data)
    choice = choice or project.front_end
    counts = project.counts_per_unit if counts_per_unit is None else counts_per_unit
    checked_counts(counts)
    if (choice, counts) != (project.front_end, project.counts_per_unit):
        project.front_end, project.counts_per_unit = choice, counts
        project.save()


def _of_vibration(project: Project) -> VibrationFrontEnd:
    from engine.data.sources import record_shape

    data = project.data
    assert data is not None
    rows, axes = record_shape(data)
    return vibration_front_end(
        rows, axes, project.counts_per_unit, scale=data.input_scale, mean=data.input_mean
    )


def _scale_and_mean(project: Project | None) -> tuple[float, float]:
    if project is None or project.data is None:
        return 1.0, 0.0
    return _only(project.data.input_scale, 1.0), _only(project.data.input_mean, 0.0)


def _only(values: tuple[float, ...], default: float) -> float:
    return values[0] if values else default
