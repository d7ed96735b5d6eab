"""What to learn from: the choice of a data set, as small text that travels with a project."""

from __future__ import annotations

import dataclasses
import math
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.meaning import TASKS, Meaning

BUILT_IN_SOURCES = {
    "builtin:keywords": "keywords",
    "builtin:digits": "images",
    "builtin:hum": "anomaly",
}
# What `--data` says for a model file that shall be converted without training.
NO_DATA = "none"
VIBRATION_FEATURES = ("spectra", "gain-free")
TASKS_WITH_FAULTS = ("anomaly", "vibration")
_LATER_SETTINGS = ("vibration_features",)
_NAME = re.compile(r'\s*(?:("(?:[^"]|"")+")\s*(?=,|\Z)|([^,]+))(?:,|\Z)')
_SAYS_NORMAL = re.compile(r"(?<!ab)normal|healthy|good", re.IGNORECASE)
DEFAULT_SOURCES = {
    "keywords": "builtin:keywords",
    "images": "builtin:digits",
    "anomaly": "builtin:hum",
    "vibration": "builtin:hum",
}


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """A labelled set and how it is split and turned into network inputs.

    Attributes:
        source: `builtin:keywords`, `builtin:digits`, `builtin:hum`, or the path of a folder or file.
        task: `keywords` (MFCC of speech), `images`, `anomaly` (log-mel of sound) or `vibration`
            (spectra of acceleration).
        seed: of the split and of the augmentation.
        validation_share: share of the samples that chooses the best epoch, 0 to 0.5.
        test_share: share of the samples that is never trained or tuned on, 0 to 0.5.
        variants: augmented copies of every training recording, 0 to 64; fewer for very large sets.
        image_size: edge of the square that images are resized to, pixels; 0 keeps the built-in
            digits at 8 and takes 32 for a folder.
        image_channels: 1 (grey) or 3 (colour); 0 lets the files decide.
        image_range: `symmetric` scales pixels to -1..1, `unit` to 0..1; where `input_scale` is empty.
        mirror: a mirrored picture keeps its class, so training may mirror it (not so for digits).
        normal_classes: the healthy classes for anomaly and vibration, separated by commas, a name with
            a comma in double quotes (see `joined_names`); empty takes those whose name says normal.
        input_scale: the network takes scale * (value - mean) of a pixel 0..255 or of a feature; one
            number or one per channel; empty for `image_range` and features as they are. Pictures that
            a file holds as fractions are taken as they are.
        input_mean: see `input_scale`; empty is 0.
        channel_order: of colour pictures, `RGB` or `BGR`.
        classes: names in the order of the network's outputs; empty for the order of the data.
        vibration_features: of acceleration: `spectra` keeps the level of every line; `gain-free` keeps
            what another mounting leaves alone, and suits the small autoencoder.
    """

    source: str = "builtin:keywords"
    task: str = "keywords"
    seed: int = 0
    validation_share: float = 0.15
    test_share: float = 0.25
    variants: int = 24
    image_size: int = 0
    image_channels: int = 0
    image_range: str = "symmetric"
    mirror: bool = False
    normal_classes: str = ""
    input_scale: tuple[float, ...] = ()
    input_mean: tuple[float, ...] = ()
    channel_order: str = "RGB"
    classes: tuple[str, ...] = ()
    vibration_features: str = "spectra"

    def prepared_for(self, meaning: Meaning, *, classes: bool) -> DataSpec:
        """The same with samples prepared as a network takes them.

        Args:
            meaning: of the network's numbers.
            classes: whether the data have the network's classes; else its last layer will be new.
        """
        return dataclasses.replace(
            self,
            input_scale=meaning.scale,
            input_mean=meaning.mean,
            channel_order=meaning.channel_order or "RGB",
            classes=meaning.classes if classes else (),
        )

    @property
    def built_in(self) -> bool:
        """Whether the source is one of Thimble's own samples."""
        return self.source.startswith("builtin:")

    def resolved(self, folder: Path) -> DataSpec:
        """The same with a relative source path taken from `folder`."""
        if self.built_in:
            return self
        return dataclasses.replace(self, source=str(folder / self.source))

    def with_folder(self, folder: Path) -> DataSpec:
        """The same settings for another folder of examples.

        Healthy classes that it does not have are forgotten: naming them would only be refused.
        """
        from engine.data.folder_scan import file_kind, labels_in

        known = labels_in(folder, file_kind(self.task)) if self.normal_classes else set()
        kept = joined_names(name for name in self.named_normal if name in known)
        return dataclasses.replace(self, source=str(folder), normal_classes=kept)

    @property
    def named_normal(self) -> tuple[str, ...]:
        """What `normal_classes` names, one by one."""
        return split_names(self.normal_classes)

    def healthy(self, classes: Sequence[str]) -> tuple[str, ...]:
        """Which of the data's classes count as healthy; () for a task that knows no faults.

        They are those that `normal_classes` names; where it names none, those whose name says normal.
        """
        if self.task not in TASKS_WITH_FAULTS:
            return ()
        named = self.named_normal
        return tuple(c for c in classes if (c in named if named else _SAYS_NORMAL.search(c)))

    def to_toml(self) -> str:
        """The text form; `from_toml` is its exact inverse.

        Settings that came later are left out at their defaults: results made before stay valid.
        """
        lines = [
            f"{f.name} = {_toml_value(getattr(self, f.name))}"
            for f in dataclasses.fields(self)
            if f.name not in _LATER_SETTINGS or getattr(self, f.name) != f.default
        ]
        return "\n".join(lines) + "\n"

    @classmethod
    def from_toml(cls, text: str) -> DataSpec:
        """Read a specification; keys that are not given keep their defaults.

        Raises:
            UsageError: the text is not TOML, or a key or value is unknown (it is named).
        """
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(
                f"The data settings are not valid TOML: {error}.", hint="Correct the line it names."
            ) from error
        defaults = {f.name: f.default for f in dataclasses.fields(cls)}
        for key, value in table.items():
            if key not in defaults:
                raise UsageError(
                    f"The data settings have an unknown key: {key}.",
                    hint=f"Known keys: {', '.join(defaults)}.",
                )
            wanted = type(defaults[key])
            if wanted is float and type(value) is int:
                table[key] = float(value)
            elif wanted is tuple:
                table[key] = _tuple(key, value)
            elif type(value) is not wanted:
                raise UsageError(
                    f"Data settings: {key} must be a {wanted.__name__}, not {value!r}.",
                    hint="Correct the value.",
                )
        spec = cls(**table)
        spec.check()
        return spec

    def check(self) -> None:
        """Refuse values that make no sense.

        Raises:
            UsageError: a value is out of its range (it is named).
        """
        if self.built_in and self.source not in BUILT_IN_SOURCES:
            _refuse("source", self.source, f"one of {', '.join(BUILT_IN_SOURCES)}, or a path")
        if not self.source:
            _refuse("source", self.source, f"one of {', '.join(BUILT_IN_SOURCES)}, or a path")
        if self.task not in TASKS:
            _refuse("task", self.task, f"one of {', '.join(TASKS)}")
        for name in ("validation_share", "test_share"):
            if not 0.0 <= getattr(self, name) <= 0.5:
                _refuse(name, getattr(self, name), "between 0 and 0.5")
        if not 0 <= self.variants <= 64:
            _refuse("variants", self.variants, "between 0 and 64")
        if self.image_size != 0 and not 8 <= self.image_size <= 512:
            _refuse("image_size", self.image_size, "between 8 and 512 (or 0 for the usual size)")
        if self.image_channels not in (0, 1, 3):
            _refuse("image_channels", self.image_channels, "1, 3 or 0")
        if self.image_range not in ("symmetric", "unit"):
            _refuse("image_range", self.image_range, "symmetric or unit")
        for name in ("input_scale", "input_mean"):
            if not all(math.isfinite(n) for n in getattr(self, name)):
                _refuse(name, list(getattr(self, name)), "finite numbers")
        if any(n <= 0 for n in self.input_scale):
            _refuse("input_scale", list(self.input_scale), "above 0")
        if self.vibration_features not in VIBRATION_FEATURES:
            wanted = " or ".join(VIBRATION_FEATURES)
            _refuse("vibration_features", self.vibration_features, wanted)
        if self.channel_order not in ("RGB", "BGR"):
            _refuse("channel_order", self.channel_order, "RGB or BGR")
        if len(set(self.classes)) < len(self.classes):
            _refuse("classes", list(self.classes), "different names")


def joined_names(names: Iterable[str]) -> str:
    """Names as one text, separated by commas; `split_names` is its inverse.

    A name that holds a comma or a double quote, or has spaces around it, stands in double quotes, and
    its own are doubled.
    """

    def quoted(name: str) -> str:
        plain = not set(name) & set(',"') and name == name.strip()
        return name if plain else f'"{name.replace(chr(34), chr(34) * 2)}"'

    return ",".join(map(quoted, names))


def split_names(text: str) -> tuple[str, ...]:
    """The names in a text such as `normal, "on, off"`, without empty ones."""
    found = []
    for quoted, plain in _NAME.findall(text):
        name = quoted[1:-1].replace('""', '"') if quoted else plain.strip()
        if name:
            found.append(name)
    return tuple(found)


def _refuse(key: str, value: object, wanted: str) -> None:
    message = f"Data settings: {key} is {value!r}, but must be {wanted}."
    raise UsageError(message, hint="Correct the value.")


def _tuple(key: str, value: Any) -> tuple[Any, ...]:
    """A TOML array as the tuple that a setting holds: names for `classes`, else numbers."""
    kinds: tuple[type, ...] = (str,) if key == "classes" else (int, float)
    if not isinstance(value, list) or not all(type(entry) in kinds for entry in value):
        what = "a list of names" if key == "classes" else "a list of numbers"
        raise UsageError(
            f"Data settings: {key} must be {what}, not {value!r}.", hint="Correct the value."
        )
    return tuple(value) if key == "classes" else tuple(float(entry) for entry in value)


def _toml_value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_toml_value(entry) for entry in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_TOML_ESCAPES.get(c, c) for c in value) + '"'
    return repr(value)


_TOML_ESCAPES = {'"': '\\"', "\\": "\\\\", "\x7f": "\\u007f"} | {
    chr(code): f"\\u{code:04x}" for code in range(32)
}
