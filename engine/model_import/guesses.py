"""What a network's numbers probably mean, from its shapes and its quantised input, without PyTorch."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from engine.meaning import COLOUR_CHANNELS, PICTURE_RANGES, USUAL_PICTURE_RANGE, WHITE, Meaning

_SPOKEN_FEATURES = 490  # 49 windows of 10 coefficients, flattened by some exporters
_SAME_END = 0.02


def guessed_meaning(
    input_shape: tuple[int, ...],
    output_shape: tuple[int, ...],
    *,
    softmax: bool,
    **said: Any,
) -> Meaning:
    """What the file says, and guesses from the shapes for the rest.

    Args:
        input_shape: without batch, channels last.
        output_shape: without batch.
        softmax: whether the file's network ended with a softmax.
        **said: attributes of `Meaning` that the file does say.
    """
    guesses: dict[str, Any] = {"task": _guessed_task(input_shape, output_shape, softmax)}
    if len(input_shape) == 3 and input_shape[-1] == COLOUR_CHANNELS:
        guesses["channel_order"] = "RGB"
    guesses = {k: v for k, v in guesses.items() if v and k not in said}
    numbers = () if {"scale", "mean"} & set(said) else ("scale", "mean")
    meaning = Meaning(softmax=softmax, guesses=(*guesses, *numbers), **guesses, **said)
    if not numbers or meaning.task != "images":
        return meaning
    reason = f"pictures are usually brought to {USUAL_PICTURE_RANGE}"
    return with_range(meaning, *PICTURE_RANGES[USUAL_PICTURE_RANGE], reason)


def with_range(
    meaning: Meaning, scale: tuple[float, ...], mean: tuple[float, ...], reason: str
) -> Meaning:
    """The same with another guess of scale and mean; `reason` is half a sentence for people."""
    return replace(
        meaning, scale=scale, mean=mean, reasons={**meaning.reasons, "scale": reason, "mean": reason}
    )


def with_quantised_input(meaning: Meaning, low: float, high: float) -> Meaning:
    """A guess of the pixels' scale and mean from the real values that a quantised input can hold.

    Args:
        meaning: with what is known already; what the file says stays.
        low: real value of the input's smallest quantum.
        high: of its largest one.
    """
    if meaning.task != "images" or "scale" not in meaning.guesses or not high > low:
        return meaning
    reason = f"the file's quantised input holds {low:.3g} to {high:.3g}"
    span = high - low
    for scale, mean in PICTURE_RANGES.values():
        ends = (scale[0] * (0 - mean[0]), scale[0] * (WHITE - mean[0]))
        if len(scale) == 1 and max(abs(low - ends[0]), abs(high - ends[1])) <= _SAME_END * span:
            return with_range(meaning, scale, mean, reason)
    return with_range(meaning, (span / WHITE,), (-low * WHITE / span,), reason)


def _guessed_task(input_shape: tuple[int, ...], output_shape: tuple[int, ...], softmax: bool) -> str:
    repeats = math.prod(input_shape) == math.prod(output_shape) > 1
    if repeats and not softmax:
        return "anomaly"
    if math.prod(input_shape) == _SPOKEN_FEATURES:
        return "keywords"
    if len(input_shape) != 3:
        return "vibration"
    height, width, channels = input_shape
    return "images" if channels == COLOUR_CHANNELS or height == width else "keywords"
