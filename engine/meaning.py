"""What the numbers that go into a network and come out of it mean: read, guessed, or set by people.

A model file holds arithmetic, not intent: whether a picture's pixels arrive as 0..255 or -1..1 is
rarely written down, and a network that is fed the wrong one answers nonsense without a word.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from engine.errors import BadInputFile, UsageError

TASKS = ("keywords", "images", "anomaly", "vibration")
CHANNEL_ORDERS = ("RGB", "BGR")
SETTABLE = ("task", "scale", "mean", "channel_order", "classes")
COLOUR_CHANNELS = 3
WHITE = 255.0
# What pictures are usually brought to before a network sees them: scale and mean of pixels 0..255.
# The last is the mean and the deviation of ImageNet's channels, which torchvision's networks expect.
PICTURE_RANGES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "0 to 255": ((1.0,), (0.0,)),
    "0 to 1": ((1 / WHITE,), (0.0,)),
    "-1 to 1": ((2 / WHITE,), (WHITE / 2,)),
    "ImageNet's mean and deviation": (
        tuple(1 / (WHITE * s) for s in (0.229, 0.224, 0.225)),
        tuple(WHITE * m for m in (0.485, 0.456, 0.406)),
    ),
}
USUAL_PICTURE_RANGE = "0 to 1"
_MAX_CLASSES = 100_000
_MAX_FILE_BYTES = 10_000_000
_MAX_NUMBER = 1e9
_NAME_FILES = (".txt", ".json", ".csv", ".names")


@dataclass(frozen=True)
class Meaning:
    """What the numbers that go in and come out mean.

    Attributes:
        task: `keywords`, `images`, `anomaly`, `vibration`, or "".
        channel_order: `RGB` or `BGR` for colour pictures, else "".
        scale: real input = scale * (stored value - mean); one number, or one per channel. The stored
            value of a picture is its pixel, 0..255; of anything else the feature as Thimble computes it.
        mean: see `scale`.
        classes: names in the order of the outputs; empty if nothing names them.
        softmax: the file's network ended with a softmax; it is left off the trainable network.
        guesses: names of the attributes above that the file does not say and nobody has set.
        reasons: for some attributes, one sentence on where the value comes from.
    """

    task: str = ""
    channel_order: str = ""
    scale: tuple[float, ...] = (1.0,)
    mean: tuple[float, ...] = (0.0,)
    classes: tuple[str, ...] = ()
    softmax: bool = False
    guesses: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def pixel_range(self) -> tuple[float, float]:
        """What pixels of 0 and 255 become, over all channels."""
        pairs = list(zip(*_paired(self.scale, self.mean), strict=True))
        return min(s * (0.0 - m) for s, m in pairs), max(s * (255.0 - m) for s, m in pairs)

    def with_set(self, **values: Any) -> Meaning:
        """The same with some attributes set by people: these are guesses no more."""
        kept = {k: v for k, v in self.reasons.items() if k not in values}
        guesses = tuple(name for name in self.guesses if name not in values)
        return replace(self, **values, guesses=guesses, reasons=kept)

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values; `from_document` is the inverse."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Meaning:
        """Read what `to_document` wrote, also where scale and mean are single numbers.

        Raises:
            ValueError: it is no such document.
        """
        known = {attribute.name for attribute in fields(cls)}
        values: dict[str, Any] = {k: v for k, v in document.items() if k in known}
        try:
            for name in ("scale", "mean"):
                if name in values:
                    value = values[name]
                    numbers = value if isinstance(value, list | tuple) else [value]
                    values[name] = tuple(float(n) for n in numbers)
                    if not values[name] or not all(map(math.isfinite, values[name])):
                        raise ValueError(f"{name} is {value}")
            for name in ("classes", "guesses"):
                values[name] = tuple(str(n) for n in values.get(name, ()))
            for name in ("task", "channel_order"):
                values[name] = str(values.get(name, ""))
            values["softmax"] = bool(values.get("softmax", False))
            values["reasons"] = {str(k): str(v) for k, v in values.get("reasons", {}).items()}
        except (TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error
        return cls(**values)

    def check(self, *, input_shape: Sequence[int] = (), outputs: int = 0) -> None:
        """Refuse values that cannot be meant.

        Args:
            input_shape: of the network's input without batch, channels last; empty if not known.
            outputs: numbers that the network answers with; 0 if not known.

        Raises:
            UsageError: a value makes no sense, or does not suit the network; it is named.
        """
        if self.task and self.task not in TASKS:
            raise _refused("The task", self.task, f"one of {', '.join(TASKS)}")
        channels = input_shape[-1] if input_shape else 0
        for name, values in (("scale", self.scale), ("mean", self.mean)):
            shown = ",".join(f"{n:g}" for n in values)
            if not values or not all(math.isfinite(n) and abs(n) <= _MAX_NUMBER for n in values):
                raise _refused(f"The {name}", shown, "a finite number")
            if name == "scale" and min(values) <= 0:
                raise _refused("The scale", shown, "above 0")
            if len(values) > 1 and channels and len(values) != channels:
                raise _refused(f"The {name}", shown, f"one number, or {channels}: one per channel")
        if 1 < len(self.scale) != len(self.mean) > 1:
            raise _refused(
                "The mean", f"{len(self.mean)} numbers", f"as many as the scale's {len(self.scale)}"
            )
        if self.channel_order:
            if self.channel_order not in CHANNEL_ORDERS:
                raise _refused("The order of channels", self.channel_order, "RGB or BGR")
            if channels and channels != COLOUR_CHANNELS:
                raise UsageError(
                    f"The order of channels is for inputs of 3 channels; this one has {channels}.",
                    hint="Leave --channel-order away.",
                )
        self._check_classes(outputs)

    def _check_classes(self, outputs: int) -> None:
        if not self.classes:
            return
        if any(not name.strip() for name in self.classes):
            raise UsageError("A class has no name.", hint="Write names with commas between: yes,no,stop")
        twice = next((n for n in self.classes if self.classes.count(n) > 1), "")
        if twice:
            raise UsageError(f"The class {twice} is named twice.", hint="Give each class its own name.")
        if outputs and len(self.classes) != outputs:
            raise UsageError(
                f"{len(self.classes)} classes are named, but the network has {outputs} outputs.",
                hint="Name one class for each output, in the order of the outputs.",
            )


def _paired(scale: tuple[float, ...], mean: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    count = max(len(scale), len(mean))
    return tuple(v * count if len(v) == 1 else v for v in (scale, mean))


def _refused(what: str, value: object, wanted: str) -> UsageError:
    return UsageError(f"{what} is {value}, but must be {wanted}.", hint="Correct the value.")


def set_by(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of `Meaning` that people set, from texts of a command line or plain JSON values.

    Args:
        arguments: `task`, `scale`, `mean`, `channel_order` and `classes`, each may be absent or None.
            Numbers are a number, a text such as `1/255` or `0.017,0.018,0.017`, or a list; classes a
            list, a text with commas, or the path of a file with one name a line (or a JSON list).

    Raises:
        UsageError: a text is no number.
        BadInputFile: the file of class names cannot be read.
    """
    found: dict[str, Any] = {}
    for name in SETTABLE:
        value = arguments.get(name)
        if value in (None, "", [], ()):
            continue
        if name in ("scale", "mean"):
            found[name] = _numbers(name, value)
        elif name == "classes":
            found[name] = _class_names(value)
        elif name == "channel_order":
            found[name] = str(value).upper()
        else:
            found[name] = str(value)
    return found


def _numbers(name: str, value: Any) -> tuple[float, ...]:
    if isinstance(value, int | float):
        return (float(value),)
    parts = value.split(",") if isinstance(value, str) else list(value)
    try:
        return tuple(_number(part) for part in parts)
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise UsageError(
            f"The {name} {value!r} is not a number.",
            hint="Write one number, a fraction such as 1/255, or one number per channel: 0.5,0.5,0.5",
        ) from error


def _number(part: Any) -> float:
    if isinstance(part, str) and "/" in part:
        above, below = part.split("/", 1)
        return float(above) / float(below)
    return float(part)


def _class_names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, str):
        return tuple(str(name).strip() for name in value)
    path = Path(value)
    if "," not in value and (path.suffix.lower() in _NAME_FILES or path.is_file()):
        return _names_in(path)
    return tuple(name.strip() for name in value.split(","))


def _names_in(path: Path) -> tuple[str, ...]:
    """Class names from a text file, one a line, or a JSON list."""
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise ValueError("it is too large")
        text = path.read_text("utf-8")
        if text.lstrip().startswith("["):
            listed = json.loads(text)
            names = [str(name) for name in listed]
        else:
            names = [line.strip() for line in text.splitlines() if line.strip()]
        if not 1 < len(names) <= _MAX_CLASSES:
            raise ValueError(f"it holds {len(names)} names")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInputFile(
            f"The class names in {path.name} cannot be read: {reason}.",
            hint="Write one name a line, in the order of the network's outputs.",
            path=str(path),
        ) from error
    return tuple(names)
