"""Which range of pixels a network was trained on, seen in the statistics that its own training left.

The first batch normalisation remembers mean and variance of what reached it. Pictures brought to the
right range give about these numbers, pictures in a wrong one numbers that are far off. Where it is
merged into its convolution, that gives numbers around 1 for pictures of the right range: one that does
so for pixels 0 to 255 was trained on them, for any other range they would come out near zero.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from engine.meaning import PICTURE_RANGES, WHITE
from engine.model_import.guesses import with_quantised_input, with_range
from engine.model_import.imported_model import ImportedModel
from engine.model_import.stored_module import StoredModule, run_node

_PICTURES = 4
_LEAST_VARIANCE = 1e-8  # channels below are dead and say nothing
_WORST_DISTANCE = 2.0  # mean of |log variance ratio| and of the means' distance in deviations
_LEAST_LEAD = 0.15
_LARGEST_MERGED_DEVIATION = 8.0  # of a first convolution's results on pixels 0 to 255
_UNTOUCHED = "0 to 255"


def with_guessed_range(model: ImportedModel) -> ImportedModel:
    """The model with scale and mean guessed as well as its numbers allow; what the file says stays."""
    meaning = model.meaning
    if meaning.task != "images" or "scale" not in meaning.guesses:
        return model
    first = next(iter(model.module.plan.inputs))
    if first in model.ranges:
        return replace(model, meaning=with_quantised_input(meaning, *model.ranges[first]))
    found = range_by_statistics(model.module)
    if found is None:
        return model
    name, layer = found
    reason = f"the numbers that training left in {layer} suit pictures brought to {name}"
    return replace(model, meaning=with_range(meaning, *PICTURE_RANGES[name], reason))


def range_by_statistics(module: StoredModule) -> tuple[str, str] | None:
    """Key of `PICTURE_RANGES` that suits the network, and the layer that tells; None if none does.

    Args:
        module: takes pictures, channels first.
    """
    if len(module.plan.inputs) != 1:
        return None
    ((_, shape),) = module.plan.inputs.items()
    if len(shape) != 3:
        return None
    pixels = torch.from_numpy(_pictures(shape))
    distances: dict[str, float] = {}
    layer = ""
    for name, (scale, mean) in PICTURE_RANGES.items():
        if len(scale) not in (1, shape[0]):
            continue
        factors, offsets = (
            torch.tensor(v, dtype=torch.float32).view(1, -1, 1, 1) for v in (scale, mean)
        )
        found = _distance(module, factors * (pixels - offsets))
        if found is None:
            return _by_first_convolution(module, pixels)
        layer, distances[name] = found
    best, second = sorted(distances, key=distances.__getitem__)[:2]
    clear = distances[second] - distances[best] >= _LEAST_LEAD
    return (best, layer) if clear and distances[best] <= _WORST_DISTANCE else None


def _distance(module: StoredModule, inputs: Tensor) -> tuple[str, float] | None:
    """The first batch normalisation, and how far its statistics are from what these inputs give."""
    values = dict(zip(module.plan.inputs, (inputs,), strict=True))
    with torch.no_grad():
        for node in module.plan.nodes:
            operands = [values[name] for name in node.inputs]
            if node.kind == "batch_norm2d":
                norm = module.get_submodule(node.name)
                assert isinstance(norm, nn.BatchNorm2d)
                return node.name, _from_statistics(norm, operands[0])
            values[node.name] = run_node(module, node, operands)
    return None


def _by_first_convolution(module: StoredModule, pixels: Tensor) -> tuple[str, str] | None:
    values = dict(zip(module.plan.inputs, (pixels,), strict=True))
    with torch.no_grad():
        for node in module.plan.nodes:
            values[node.name] = run_node(module, node, [values[name] for name in node.inputs])
            if node.kind == "conv2d":
                deviation = float(values[node.name].std(dim=(0, 2, 3)).median())
                return (_UNTOUCHED, node.name) if deviation < _LARGEST_MERGED_DEVIATION else None
    return None


def _from_statistics(norm: nn.BatchNorm2d, values: Tensor) -> float:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    alive = norm.running_var > _LEAST_VARIANCE
    if not bool(alive.any()):
        return float("inf")
    mean = values.mean(dim=(0, 2, 3))[alive]
    variance = values.var(dim=(0, 2, 3))[alive].clamp(min=1e-12)
    expected_mean, expected = norm.running_mean[alive], norm.running_var[alive]
    spread = (variance / expected).log().abs() / 2
    shift = (mean - expected_mean).abs() / expected.sqrt()
    return float(torch.minimum(spread, torch.tensor(10.0)).mean() + shift.clamp(max=10.0).mean())


def _pictures(shape: list[int]) -> np.ndarray:
    """Seeded pictures like photographs: power falls with the square of the frequency, channels agree.

    Returns:
        float32 (4, channels, height, width), values 0..255.
    """
    channels, height, width = shape
    generator = np.random.default_rng(0)
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    falling = 1 / np.maximum(frequencies, 1 / max(height, width, 2))
    falling[0, 0] = 0.0

    def field(count: int) -> np.ndarray:
        real, imaginary = generator.normal(size=(2, count, *falling.shape))
        waves = np.fft.irfft2((real + 1j * imaginary) * falling, s=(height, width), axes=(1, 2))
        level: np.ndarray = waves / (waves.std(axis=(1, 2), keepdims=True) + 1e-9)
        return level

    brightness = field(_PICTURES)[:, None] * 0.95
    colour = field(_PICTURES * channels).reshape(_PICTURES, channels, height, width) * 0.3
    level = generator.normal(118.0, 30.0, size=(_PICTURES, 1, 1, 1))
    pictures = np.clip(level + 55.0 * (brightness + colour), 0.0, WHITE)
    return pictures.astype(np.float32)
