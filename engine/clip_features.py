"""What a network reads of a clip of sound, made on this computer as it was made for training."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.front_end import BOARD, FrontEnd, front_end_input
from engine.front_end_choice import chosen_front_end
from engine.graph import Quantization
from engine.microphone import FULL_SCALE, Samples
from engine.project import Project

_WAVE_COLUMNS = 160
_SHOWN_RANGE = 3.0  # of `log_mel`: from a quiet room to a loud voice


@dataclass(frozen=True)
class ClipFeatures:
    """Makes the input of one network.

    Attributes:
        front_end: what a board would compute; it says the length of a clip.
        scale, mean: the network takes scale * (feature - mean); () changes nothing.
        quantization: of the network's input.
    """

    front_end: FrontEnd
    scale: tuple[float, ...]
    mean: tuple[float, ...]
    quantization: Quantization

    def tensor(self, samples: Samples) -> tuple[bytes, float]:
        """The bytes of the input for a clip, int16 (n,), and the us that it took on this computer."""
        from engine.data.features import log_mel, mfcc
        from engine.data.image_files import scaled
        from engine.micro_reference import quantize

        began = time.perf_counter()
        make = mfcc if self.front_end.kind == "mfcc" else log_mel
        values = scaled(make(_as_floats(samples)), self.scale, self.mean)
        to = self.quantization
        quanta = quantize(values, to.scale, to.zero_point, np.dtype(np.int8))
        return quanta.tobytes(), 1e6 * (time.perf_counter() - began)


def clip_features(project: Project, model: Path) -> ClipFeatures:
    """How a project's network is fed with sound.

    Args:
        project: it says what its features are.
        model: its network in INT8, a .tflite.

    Raises:
        UsageError: the project does not take sound, or the network is of another shape.
        BadInputFile: the network cannot be read.
    """
    from engine.model_import.tflite_file import read_tflite

    try:
        front_end = chosen_front_end(BOARD, project)
    except UsageError as error:
        raise UsageError("This model is not fed with sound.", hint=error.message) from error
    if not isinstance(front_end, FrontEnd):
        raise UsageError("This model is not fed with sound.", hint="It reads tables of vibration.")
    data = project.data
    scale, mean = (data.input_scale, data.input_mean) if data is not None else ((), ())
    return ClipFeatures(front_end, scale, mean, front_end_input(front_end, read_tflite(model)))


def clip_wave(samples: Samples) -> list[tuple[float, float]]:
    """Least and greatest sample, -1..1, of each of some 160 stretches of a clip; for the eye."""
    parts = np.array_split(samples.astype(np.float64) / FULL_SCALE, _WAVE_COLUMNS)
    return [(round(float(part.min()), 3), round(float(part.max()), 3)) for part in parts if part.size]


def clip_spectrum(samples: Samples) -> NDArray[np.uint8]:
    """A spectrogram for the eye, uint8 (bands, moments): high tones on top, loud is 255.

    The range is fixed, so that a quiet room looks quiet.
    """
    from engine.data.features import log_mel

    values = log_mel(_as_floats(samples))[0, :, :, 0]
    shares = np.clip((values + _SHOWN_RANGE) / (2 * _SHOWN_RANGE), 0, 1)
    picture: NDArray[np.uint8] = np.round(shares.T[::-1] * 255).astype(np.uint8)
    return picture


def _as_floats(samples: Samples) -> NDArray[np.float32]:
    return (samples / FULL_SCALE).astype(np.float32)[None]
