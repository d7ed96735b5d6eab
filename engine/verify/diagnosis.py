"""What a wrong layer's differences look like: a likely cause in words.

Wrong conversions leave patterns: padding on the wrong side moves an image or spoils its border, a zero
point that is off shifts all values alike, swapped channels hold each other's values, a range that is too
narrow cuts the largest values off. The pattern is looked for in a few inputs' right and wrong results.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]

_ALIKE = 0.02  # how much of the difference a pattern may leave unexplained, of its power
_MOSTLY_ALIKE = 0.1
_FEW = 0.98  # share of the wrong elements that must be where a pattern says
_MOST_SHIFT = 2
_WIDEST_BORDER = 3
_MOST_CHANNELS = 512
_FEWEST_POSITIONS = 3
_ROUNDING_QUANTA = 2.0

NO_PATTERN = (
    "The differences follow no pattern: its weights, or the order of its inputs, are not the same."
)


@dataclass(frozen=True)
class Evidence:
    """One layer's results for a few inputs.

    Attributes:
        reference: what is right, inputs first.
        actual: what came out, the same number of elements.
        limit: difference up to which an element counts as right, in the values' own unit.
        quanta: both are whole numbers, quantised.
        channel_axis: of `reference`.
    """

    reference: NDArray[Any]
    actual: NDArray[Any]
    limit: float
    quanta: bool
    channel_axis: int


def likely_cause(evidence: Evidence) -> str:
    """One sentence for people about what went wrong."""
    if evidence.reference.size != evidence.actual.size:
        return "Its shape is another one: a layer before it was dropped, or an axis was kept."
    reference = evidence.reference.astype(np.float64)
    actual = evidence.actual.astype(np.float64).reshape(reference.shape)
    if not np.isfinite(actual).all():
        return (
            "It computes infinite values or none at all: a division by zero, or a range that overflows."
        )
    wrong = np.abs(actual - reference) > evidence.limit
    if not wrong.any():
        return ""
    for pattern in (
        _clipped,
        _shifted_values,
        _flattened,
        _swapped,
        _border,
        _moved,
        _rounding,
        _scaled,
        _reordered,
    ):
        found = pattern(reference, actual, wrong, evidence)
        if found:
            return found
    return NO_PATTERN


def _explains(reference: Real, actual: Real, explained: Real) -> bool:
    """Whether the differences all but vanish under a hypothesis of what should have come out."""
    before = float(np.square(actual - reference).sum())
    return float(np.square(actual - explained).sum()) <= _ALIKE * before


def _clipped(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    """Wrong elements all sit at an end of what came out, and should lie beyond it."""
    low, high = float(actual.min()), float(actual.max())
    if low == high:
        return ""
    beyond = wrong & (((actual == high) & (reference > high)) | ((actual == low) & (reference < low)))
    if beyond.sum() < _FEW * wrong.sum() or wrong.all():
        return ""
    share = 100 * wrong.sum() / wrong.size
    return f"Range clipped: {share:.1f} % of its elements stand at an end of the range, not beyond it."


def _shifted_values(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    """All elements, or all of each channel, are off by one amount; what touches an end may not be."""
    free = _between(actual) & _between(reference)
    if free.sum() < 2:
        free = np.ones_like(free)
    difference = (actual - reference)[free]
    mean = float(difference.mean())
    spread = float(difference.std())
    if wrong[free].mean() >= _FEW and spread <= 0.1 * abs(mean):
        amount = f"{mean:+.3g} quanta" if evidence.quanta else f"{mean:+.3g}"
        return f"Zero point or offset: all its elements are off by the same {amount}."
    channels = _by_channel(actual - reference, evidence)
    if channels is not None and channels.shape[1] > 1:
        counted = _by_channel(free.astype(np.float64), evidence)
        assert counted is not None
        totals = (channels * counted).sum(axis=1, keepdims=True)
        means = totals / np.maximum(counted.sum(axis=1, keepdims=True), 1.0)
        rest = float(np.square((channels - means) * counted).sum())
        whole = float(np.square(channels * counted).sum())
        rounding = _rounding_power(counted, evidence)
        share = _MOSTLY_ALIKE if evidence.quanta else _ALIKE  # padding is a zero that is not off
        if whole > 2 * rounding and rest <= share * whole + rounding:
            return (
                "Bias, or the zero point of its input: each channel is off by an amount of its own, "
                "the same at every position."
            )
    return ""


def _rounding_power(counted: Real, evidence: Evidence) -> float:
    """What rounding both results to whole numbers leaves of any difference: a twelfth each, squared."""
    return float(counted.sum()) / 6 if evidence.quanta else 0.0


def _between(values: Real) -> NDArray[np.bool_]:
    """Elements that no activation has cut off: not at an end of what there is."""
    inside: NDArray[np.bool_] = np.logical_and(values > values.min(), values < values.max())
    return inside


def _swapped(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    """Channels hold each other's values, but for an offset: biases may have stayed in place."""
    right, came = _by_channel(reference, evidence), _by_channel(actual, evidence)
    if right is None or came is None or not 1 < len(right) <= _MOST_CHANNELS:
        return ""
    if right.shape[1] < _FEWEST_POSITIONS:
        return ""
    right = right - right.mean(axis=1, keepdims=True)
    came = came - came.mean(axis=1, keepdims=True)
    squares = np.square(right).sum(axis=1)[None] + np.square(came).sum(axis=1)[:, None]
    distances = squares - 2 * came @ right.T  # (came out, right)
    source = distances.argmin(axis=1)
    moved = np.flatnonzero(source != np.arange(len(source)))
    if len(moved) < 2 or len(set(source.tolist())) < len(source):
        return ""
    if not _explains(right, came, right[source]):
        return ""
    first = int(moved[0])
    return (
        f"Swapped channels: {len(moved)} of {len(source)} channels hold another one's values "
        f"(channel {first} those of channel {int(source[first])})."
    )


def _flattened(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    """Layers of single values have no channels to swap: the same values in other places are a layout."""
    return _reordered(reference, actual, wrong, evidence) if reference.ndim == 2 else ""


def _border(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    """Only elements near the border are wrong."""
    axes = _space(reference, evidence)
    for width in range(1, _WIDEST_BORDER + 1):
        inner = [slice(None)] * reference.ndim
        for axis in axes:
            if reference.shape[axis] > 2 * width:
                inner[axis] = slice(width, -width)
        inside = wrong[tuple(inner)]
        if inside.size < wrong.size and inside.size and inside.sum() <= (1 - _FEW) * wrong.sum():
            return f"Padding: only elements within {width} of the border are wrong."
    return ""


def _moved(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    """The whole image stands one or two positions away, along one axis or two."""
    axes = [a for a in _space(reference, evidence) if reference.shape[a] > 2 * _MOST_SHIFT]
    steps = range(-_MOST_SHIFT, _MOST_SHIFT + 1)
    for shifts in sorted(product(steps, repeat=len(axes)), key=lambda s: sum(map(abs, s))):
        if not any(shifts):
            continue
        here: list[Any] = [slice(None)] * reference.ndim
        there = list(here)
        for axis, shift in zip(axes, shifts, strict=True):
            size = reference.shape[axis]
            here[axis] = slice(max(shift, 0), size + min(shift, 0))
            there[axis] = slice(max(-shift, 0), size + min(-shift, 0))
        came, right = actual[tuple(here)], reference[tuple(here)]
        if np.square(came - right).any() and _explains(right, came, reference[tuple(there)]):
            moves = [f"{s:+d} along axis {a}" for a, s in zip(axes, shifts, strict=True) if s]
            return f"Padding on the wrong side: the image is moved by {' and '.join(moves)}."
    return ""


def _rounding(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    worst = float(np.abs(actual - reference).max())
    if not evidence.quanta or worst > _ROUNDING_QUANTA:
        return ""
    share = 100 * wrong.sum() / wrong.size
    return f"Rounding: {share:.1f} % of its elements are off, by no more than {worst:.0f} quanta."


def _scaled(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    """All elements are too large, or too small, by one factor, but for an offset of each channel."""
    right, came = _by_channel(reference, evidence), _by_channel(actual, evidence)
    free = _by_channel((_between(actual) & _between(reference)).astype(np.float64), evidence)
    if right is None or came is None or free is None or right.shape[1] < _FEWEST_POSITIONS:
        return ""
    counts = np.maximum(free.sum(axis=1, keepdims=True), 1.0)
    right = free * (right - (right * free).sum(axis=1, keepdims=True) / counts)
    came = free * (came - (came * free).sum(axis=1, keepdims=True) / counts)
    powers = np.square(right).sum(axis=1, keepdims=True)
    if not powers.any():
        return ""
    products = (came * right).sum(axis=1, keepdims=True)
    rounding = _rounding_power(free, evidence)
    factor = float(products.sum() / powers.sum())
    why = "requantisation multiplier" if evidence.quanta else "its weights by one factor"
    if _vanishes(right, came, factor * right, rounding):
        return f"Scale: all its elements are {factor:.5g} times what they should be ({why})."
    factors = products / np.where(powers > 0, powers, 1.0)
    if _vanishes(right, came, factors * right, rounding):
        low, high = float(factors[powers > 0].min()), float(factors[powers > 0].max())
        return (
            f"Scale of each channel: {low:.4g} to {high:.4g} times what it should be (scales of "
            "weights, or a normalisation folded wrongly)."
        )
    return ""


def _vanishes(reference: Real, actual: Real, explained: Real, rounding: float) -> bool:
    """Whether a factor leaves no more than rounding of a difference that is more than rounding."""
    before = float(np.square(actual - reference).sum())
    left = float(np.square(actual - explained).sum())
    return before > 2 * rounding and left <= _ALIKE * before + rounding


def _reordered(reference: Real, actual: Real, wrong: NDArray[np.bool_], evidence: Evidence) -> str:
    """The same values in other places."""
    right, came = np.sort(reference.ravel()), np.sort(actual.ravel())
    if np.abs(right - came).max() > evidence.limit or right[0] == right[-1]:
        return ""
    return "Layout: its values are right but stand in another order (axes taken for one another)."


def _by_channel(values: Real, evidence: Evidence) -> Real | None:
    """(channels, positions), or None without a channel axis."""
    if values.ndim < 2:
        return None
    channels = np.moveaxis(values, evidence.channel_axis, 0)
    return channels.reshape(channels.shape[0], -1)


def _space(values: Real, evidence: Evidence) -> list[int]:
    """The axes that are neither batch nor channels, longer than one."""
    channel = evidence.channel_axis % values.ndim
    return [a for a in range(1, values.ndim) if a != channel and values.shape[a] > 1]
