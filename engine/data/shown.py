"""Samples as people see and hear them: small pictures, sound to play, spectrograms, lines."""

from __future__ import annotations

import base64
import io
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from engine.data import audio_files, tables
from engine.data.features import CLIP_SAMPLES, SAMPLE_RATE_HZ, Floats
from engine.data.spec import DataSpec
from engine.errors import BadInputFile
from engine.examples import Example

_MOST_SECONDS = 4
_PICTURE_EDGE = 160
_WAVE_COLUMNS = 160
_GRID_COLUMNS = 120
_FFT = 512
_BANDS = 64
_DYNAMIC_DB = 60.0
_MOST_POINTS = 240
_MOST_LINES = 6


def shown_file(path: Path, kind: str, *, origin: str, label: str, piece: int = 0) -> Example:
    """One file, or one second of a recording that is cut into seconds.

    Args:
        path: of the file.
        kind: `audio`, `image` or `table`.
        origin: given back.
        label: given back.
        piece: which whole second of a longer recording; 0 shows the recording from its beginning.

    Raises:
        BadInputFile: it is damaged or of another kind.
    """
    if kind == "image":
        return Example(origin=origin, label=label, kind="picture", png=_file_png(path))
    if kind == "table":
        return _lines(tables.read_record(path), origin, label)
    recording, _ = audio_files.read_recording(path)
    if piece:
        recording = recording[piece * CLIP_SAMPLES : (piece + 1) * CLIP_SAMPLES]
    return _sound(recording[: _MOST_SECONDS * SAMPLE_RATE_HZ], origin, label)


def shown_sample(values: Floats, kind: str, spec: DataSpec, *, origin: str, label: str) -> Example:
    """One sample of a source that holds them all; `kind` as `RawSamples` has it."""
    if kind in ("mfcc", "log-mel"):
        return _sound(values, origin, label)
    if kind == "image" and values.shape[-1] in (1, 3):
        return Example(origin=origin, label=label, kind="picture", png=_pixels_png(values, spec))
    if kind in ("spectrum", "gain-free"):
        return _lines(values, origin, label)
    if values.ndim >= 2:
        grid = values.reshape(values.shape[0], -1)[:, :_MOST_POINTS].T[::-1]
        text, size = _grid(_spread(grid))
        return Example(origin=origin, label=label, kind="grid", grid=text, grid_size=size)
    return _lines(values[:, None], origin, label)


def is_silent(recording: Floats) -> bool:
    """Nothing can be heard: no value is above -60 dB of full scale."""
    return float(np.abs(recording).max(initial=0.0)) < 10 ** (-_DYNAMIC_DB / 20)


def _sound(recording: Floats, origin: str, label: str) -> Example:
    columns = min(_WAVE_COLUMNS, max(1, len(recording)))
    peak = float(np.abs(recording).max(initial=0.0)) or 1.0
    pieces = np.array_split(recording / peak, columns)
    ends = [(round(127 * float(p.min())), round(127 * float(p.max()))) for p in pieces if len(p)]
    text, size = _grid(_spectrogram(recording))
    return Example(
        origin=origin,
        label=label,
        kind="sound",
        wav=base64.b64encode(_wav(recording)).decode(),
        seconds=len(recording) / SAMPLE_RATE_HZ,
        wave=[value for pair in ends for value in pair],
        grid=text,
        grid_size=size,
    )


def _wav(recording: Floats) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        whole = np.round(np.clip(recording, -1, 1) * 32767).astype("<i2")
        writer.writeframes(whole.tobytes())
    return file.getvalue()


def _spectrogram(recording: Floats) -> NDArray[np.uint8]:
    """Decibels under the loudest, 0 for 60 dB below: (bands, columns), the highest band first."""
    padded = np.pad(recording, (0, max(0, _FFT - len(recording))))
    starts = np.linspace(0, len(padded) - _FFT, min(_GRID_COLUMNS, 1 + len(padded) // 128)).astype(int)
    frames = padded[starts[:, None] + np.arange(_FFT)] * np.hanning(_FFT)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))[:, 1:]
    bands = power.reshape(len(starts), _BANDS, -1).max(axis=2)
    decibels = 10 * np.log10(np.maximum(bands, 1e-12))
    scaled = (decibels - decibels.max() + _DYNAMIC_DB) / _DYNAMIC_DB
    shades: NDArray[np.uint8] = (255 * np.clip(scaled, 0, 1)).astype(np.uint8)
    return shades.T[::-1]


def _spread(values: Floats) -> NDArray[np.uint8]:
    low, high = float(values.min()), float(values.max())
    return (255 * (values - low) / ((high - low) or 1.0)).astype(np.uint8)


def _grid(values: NDArray[np.uint8]) -> tuple[str, tuple[int, int]]:
    text = base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
    return text, (values.shape[0], values.shape[1])


def _lines(record: Floats, origin: str, label: str) -> Example:
    step = -(-len(record) // _MOST_POINTS)
    axes = [[round(float(v), 6) for v in axis] for axis in record[::step].T[:_MOST_LINES]]
    return Example(origin=origin, label=label, kind="lines", lines=axes)


def _file_png(path: Path) -> str:
    try:
        with Image.open(path) as picture:
            picture.thumbnail((_PICTURE_EDGE, _PICTURE_EDGE))
            return _png(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadInputFile(
            f"{path.name} cannot be read as a picture.", hint="Save it as PNG or JPEG, or delete it."
        ) from error


def _pixels_png(values: Floats, spec: DataSpec) -> str:
    """Network inputs as the picture that they were made of, as far as that can be told."""
    low, high = float(values.min()), float(values.max())
    if not spec.input_scale and not spec.input_mean:
        low, high = (0.0, 1.0) if spec.image_range == "unit" else (-1.0, 1.0)
    unit = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
    if values.shape[-1] == 3 and spec.channel_order == "BGR":
        unit = unit[..., ::-1]
    pixels = (255 * unit).astype(np.uint8)
    return _png(Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))


def _png(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
