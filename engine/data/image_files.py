"""Pictures as arrays of the network's size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from engine.data.features import Floats
from engine.data.spec import DataSpec
from engine.errors import BadInputFile
from engine.meaning import COLOUR_CHANNELS


def read_picture(path: Path, size: int, channels: int) -> np.ndarray:
    """One picture: its middle square, resized.

    Args:
        path: PNG or JPEG.
        size: edge in pixels.
        channels: 1 (grey) or 3 (red, green, blue).

    Returns:
        uint8 (size, size, channels).

    Raises:
        BadInputFile: the file is damaged or not a picture.
    """
    try:
        with Image.open(path) as picture:
            converted = picture.convert("L" if channels == 1 else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadInputFile(
            f"{path.name} cannot be read as a picture.",
            hint="Save it as PNG or JPEG, or delete it.",
            details=str(error),
        ) from error
    edge = min(converted.size)
    left, top = (converted.width - edge) // 2, (converted.height - edge) // 2
    box = (left, top, left + edge, top + edge)
    resized = converted.resize((size, size), Image.Resampling.BILINEAR, box=box, reducing_gap=3.0)
    return np.asarray(resized, dtype=np.uint8).reshape(size, size, channels)


def resize_grey(pictures: np.ndarray, size: int) -> np.ndarray:
    """Grey pictures (n, height, width, 1) of any number type as float32 (n, size, size, 1)."""
    resized = [
        np.asarray(
            Image.fromarray(p[..., 0].astype(np.float32)).resize((size, size), Image.Resampling.BILINEAR)
        )
        for p in pictures
    ]
    return np.stack(resized)[..., None]


def is_colour(path: Path) -> bool:
    """Whether a picture's file has several channels; False if it cannot be read."""
    try:
        with Image.open(path) as picture:
            return picture.mode not in ("1", "L", "I", "I;16")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return False


def scale_pixels(pixels: np.ndarray, image_range: str, white: float = 255.0) -> Floats:
    """Pixels 0..white as float32: -1..1 for `symmetric`, 0..1 for `unit`."""
    unit = pixels.astype(np.float32) / np.float32(white)
    return unit if image_range == "unit" else unit * np.float32(2) - np.float32(1)


def network_inputs(pixels: np.ndarray, spec: DataSpec, white: float = 255.0) -> Floats:
    """Pictures as the network takes them.

    Args:
        pixels: (..., height, width, channels) of any number type, 0..white; red, green, blue if three.
        spec: its range, or its scale and mean, and its order of channels.
        white: the value of a white pixel.

    Returns:
        float32, same shape.

    Raises:
        BadInputFile: scale or mean has another number of channels than the pictures.
    """
    if spec.channel_order == "BGR" and pixels.shape[-1] == COLOUR_CHANNELS:
        pixels = np.ascontiguousarray(pixels[..., ::-1])
    if not spec.input_scale and not spec.input_mean:
        return scale_pixels(pixels, spec.image_range, white)
    bytes_like = pixels.astype(np.float32) * np.float32(255.0 / white)
    return scaled(bytes_like, spec.input_scale, spec.input_mean)


def scaled(values: Floats, scale: tuple[float, ...], mean: tuple[float, ...]) -> Floats:
    """Float32 scale * (value - mean); one number, or one per channel, the last axis; () changes nothing.

    Raises:
        BadInputFile: the values have another number of channels.
    """
    if not scale and not mean:
        return values
    for name, numbers in (("scale", scale), ("mean", mean)):
        if len(numbers) > 1 and len(numbers) != values.shape[-1]:
            raise BadInputFile(
                f"The {name} has {len(numbers)} numbers, the samples have {values.shape[-1]} channels.",
                hint="Give one number, or one per channel.",
            )
    result = (values.astype(np.float64) - np.array(mean or 0.0)) * np.array(scale or 1.0)
    return np.ascontiguousarray(result, np.float32)
