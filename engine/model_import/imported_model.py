"""What an importer hands on: a trainable network with what is known about its inputs and outputs.

What the file does not say is guessed, and every guess is named as one, so that people can set it right.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import BadInputFile
from engine.model_import.stored_module import StoredModule, load_module, save_module

MEANING_FILE = "imported.json"


@dataclass(frozen=True)
class Meaning:
    """What the numbers that go in and come out mean.

    Attributes:
        task: `keywords`, `images`, `anomaly`, `vibration`, or "".
        channel_order: `RGB` or `BGR` for colour pictures, else "".
        scale: real input = scale * (stored value - mean); 1 and 0 if the network takes it as it is.
        mean: see `scale`.
        classes: names in the order of the outputs; empty if the file names none.
        softmax: the file's network ended with a softmax; it is left off the trainable network.
        guesses: names of the attributes above that the file does not say.
    """

    task: str = ""
    channel_order: str = ""
    scale: float = 1.0
    mean: float = 0.0
    classes: tuple[str, ...] = ()
    softmax: bool = False
    guesses: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportedModel:
    """A network read from a file.

    Attributes:
        name: of the file, for people.
        format: `onnx`, `onnx-quantised`, `keras`, `keras-h5`, `saved-model`, `torch-state-dict` or
            `tflite-float`.
        module: the trainable network in evaluation mode, channels first.
        input_shape: of its first input without batch, channels last.
        output_shape: of its first output without batch, channels last.
        meaning: of inputs and outputs.
        notes: what was left out, replaced or guessed; one sentence each.
        companions: further files that belong to the model, beside it.
        ranges: smallest and largest value of results, by node or input, where the file fixes them.
    """

    name: str
    format: str
    module: StoredModule
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    meaning: Meaning = Meaning()
    notes: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write everything into a folder; nothing in it is code."""
        save_module(self.module, folder)
        document = {k: v for k, v in vars(self).items() if k not in ("module", "meaning")}
        document["meaning"] = asdict(self.meaning)
        (folder / MEANING_FILE).write_text(json.dumps(document, indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> ImportedModel:
        """Read what `save` wrote.

        Raises:
            BadInputFile: a file is missing or damaged.
        """
        module = load_module(folder)
        try:
            document: dict[str, Any] = json.loads((folder / MEANING_FILE).read_text("utf-8"))
            meaning = Meaning(**_as_tuples(document.pop("meaning")))
            ranges = {str(k): (float(a), float(b)) for k, (a, b) in document.pop("ranges").items()}
            return cls(module=module, meaning=meaning, ranges=ranges, **_as_tuples(document))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadInputFile(
                "What is known about the imported model cannot be read.",
                hint="Import the model file again.",
                details=str(error),
            ) from error


def _as_tuples(document: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in document.items()}


def channels_last(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without batch as people and data sets have it, from torch's."""
    return (*shape[1:], shape[0]) if len(shape) > 1 else shape


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
    if len(input_shape) == 3 and input_shape[-1] == 3:
        guesses["channel_order"] = "RGB"
    guesses = {k: v for k, v in guesses.items() if v and k not in said}
    numbers = () if {"scale", "mean"} & set(said) else ("scale", "mean")
    return Meaning(softmax=softmax, guesses=(*guesses, *numbers), **guesses, **said)


def _guessed_task(input_shape: tuple[int, ...], output_shape: tuple[int, ...], softmax: bool) -> str:
    repeats = math.prod(input_shape) == math.prod(output_shape) > 1
    if repeats and not softmax:
        return "anomaly"
    if len(input_shape) != 3:
        return "vibration"
    height, width, channels = input_shape
    return "images" if channels == 3 or height == width else "keywords"
