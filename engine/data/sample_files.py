"""Loose files as network inputs: what a folder holds that suits one quantised input tensor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadInputFile
from engine.graph import Tensor

_AUDIO = frozenset({".wav", ".flac", ".ogg"})
_IMAGES = frozenset({".bmp", ".png", ".jpg", ".jpeg"})
_MFCC_SHAPE = (1, 49, 10, 1)


def inputs_from_files(folder: Path, tensor: Tensor, *, count: int) -> NDArray[np.int8]:
    """Real inputs first, then seeded noise up to `count`.

    One-second recordings become MFCC where the tensor is (1, 49, 10, 1); images are resized where it is
    an image of 1 or 3 channels, black to white over all that it can hold; a `.bin` file of float32
    vectors is cut to the length of a flat tensor.

    Args:
        folder: searched with its sub-folders, in order of names; other files are passed over.
        tensor: the network's input, int8 with its quantisation.
        count: number of inputs wanted.

    Returns:
        int8 (count, bytes of the tensor).

    Raises:
        BadInputFile: the folder is not there.
    """
    if not folder.is_dir():
        raise BadInputFile(f"There is no folder {folder.name}.", hint="Check the path after --samples.")
    real = np.zeros((0, tensor.elements), np.float32)
    if tensor.dtype == "int8" and tensor.quantization is not None:
        found = [_values(path, tensor) for path in sorted(folder.rglob("*")) if path.is_file()]
        real = np.concatenate([real, *[f for f in found if f is not None]])[:count]
    noise = np.random.default_rng(0).integers(-128, 128, (count - len(real), tensor.size_bytes))
    if not len(real):
        return noise.astype(np.int8)
    assert tensor.quantization is not None
    quanta = np.round(real / tensor.quantization.scale) + tensor.quantization.zero_point
    return np.concatenate([np.clip(quanta, -128, 127), noise]).astype(np.int8)


def _values(path: Path, tensor: Tensor) -> NDArray[np.float32] | None:
    """Rows of float32 values of one file, or None if it does not suit the tensor's shape."""
    shape = tensor.shape
    ending = path.suffix.lower()
    if ending in _AUDIO and shape == _MFCC_SHAPE:
        return _speech(path)
    if ending in _IMAGES and len(shape) == 4 and shape[3] in (1, 3):
        return _image(path, tensor)
    if ending == ".bin" and len(shape) == 2:
        values = np.fromfile(path, np.float32)
        return values[: len(values) // shape[1] * shape[1]].reshape(-1, shape[1])
    return None


def _speech(path: Path) -> NDArray[np.float32] | None:
    import soundfile

    from engine.data.features import CLIP_SAMPLES, SAMPLE_RATE_HZ, mfcc

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != SAMPLE_RATE_HZ or not len(samples):
        return None
    clip = np.zeros((1, CLIP_SAMPLES), np.float32)
    length = min(len(samples), CLIP_SAMPLES)
    clip[0, :length] = samples[:length, 0]
    return mfcc(clip).reshape(1, -1)


def _image(path: Path, tensor: Tensor) -> NDArray[np.float32]:
    """Pixels 0 to 255 over the whole range of real values that the quantised tensor can hold."""
    from PIL import Image

    shape, quantization = tensor.shape, tensor.quantization
    assert quantization is not None
    low = quantization.scale * (-128 - quantization.zero_point)
    with Image.open(path) as image:
        mode = "L" if shape[3] == 1 else "RGB"
        resized = image.convert(mode).resize((shape[2], shape[1]))
        pixels = np.asarray(resized, np.float32).reshape(1, -1)
    return pixels * np.float32(quantization.scale) + np.float32(low)
