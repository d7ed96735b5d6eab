"""A person's own inputs for a network without a data set: an `.npz` file, one array for each input."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.tables import read_arrays
from engine.errors import BadInputFile

Floats = NDArray[np.float32]


def read_own_inputs(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> list[Floats]:
    """Samples for every input, row by row those that belong together.

    Args:
        path: the archive; an array bears the name of its input and holds (samples, *shape), as the
            network takes the numbers. Channels first is turned where the shape tells.
        shapes: of each input without batch, channels last, by name in the network's order.

    Returns:
        For each input float32 (samples, *shape), channels last.

    Raises:
        BadInputFile: the archive is damaged, an array is missing, is of another shape, has no sample or
            another number of them, or holds what is no finite number.
    """
    arrays = read_arrays(path, tuple(shapes))
    unknown = [name for name in arrays if name not in shapes]
    if unknown:
        raise BadInputFile(
            f"{path.name} has an array named {unknown[0]}, but the network has no such input.",
            hint=f"Its inputs: {', '.join(shapes)}.",
        )
    found = {name: _checked(path, name, arrays[name], shape) for name, shape in shapes.items()}
    counts = {name: len(values) for name, values in found.items()}
    first, *_ = counts
    other = next((name for name, count in counts.items() if count != counts[first]), None)
    if other is not None:
        raise BadInputFile(
            f"{path.name}: {first} has {counts[first]} samples, but {other} has {counts[other]}.",
            hint="Row by row the arrays belong together, so give each as many samples.",
        )
    return list(found.values())


def _checked(path: Path, name: str, values: NDArray[np.generic], shape: tuple[int, ...]) -> Floats:
    shown = f"(samples, {', '.join(map(str, shape))})"
    if values.dtype.kind not in "biuf":
        raise BadInputFile(
            f"{path.name}: {name} holds {values.dtype}, not real numbers.", hint="Store it as float32."
        )
    channels_first = (shape[-1], *shape[:-1])
    if values.ndim and values.shape[1:] not in (shape, channels_first):
        raise BadInputFile(
            f"{path.name}: {name} has the shape {values.shape}, but the network takes {shown}.",
            hint="The first axis counts the samples; channels come last.",
        )
    if not values.ndim or not len(values):
        raise BadInputFile(
            f"{path.name}: {name} holds no sample.", hint=f"Store an array of shape {shown}."
        )
    if values.shape[1:] != shape:
        values = np.moveaxis(values, 1, -1)
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(values, np.float32)
    if not np.isfinite(numbers).all():
        raise BadInputFile(
            f"{path.name}: {name} holds a number that is not finite.",
            hint="Take out samples with NaN or infinity.",
        )
    return numbers
