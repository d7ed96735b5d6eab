"""What an importer hands on: a trainable network with what is known about its inputs and outputs.

What the file does not say is guessed, and every guess is named as one, so that people can set it right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import BadInputFile
from engine.meaning import Meaning
from engine.model_import.guesses import guessed_meaning
from engine.model_import.stored_module import StoredModule, load_module, save_module

__all__ = [
    "FIRST", "LAST", "MEANING_FILE", "STEPS_FIRST", "ImportedModel", "channels_last", "guessed_meaning",
]  # fmt: skip

MEANING_FILE = "imported.json"
LAST, FIRST, STEPS_FIRST = "channels-last", "channels-first", "steps-first"


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
        layout: how the first input lies in the file, see `ModelSummary.layout`.
        input_names: what the file calls its inputs, in order; empty where it does not say.
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
    layout: str = ""
    input_names: tuple[str, ...] = ()

    @property
    def input_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each input without batch, channels last, by the file's name for it, in order."""
        shapes = {n: channels_last(tuple(shape)) for n, shape in self.module.plan.inputs.items()}
        names = self.input_names
        if len(names) != len(shapes) or len(set(names)) < len(names) or not all(names):
            return shapes
        return dict(zip(names, shapes.values(), strict=True))

    def save(self, folder: Path) -> None:
        """Write everything into a folder; nothing in it is code."""
        save_module(self.module, folder)
        document = {k: v for k, v in vars(self).items() if k not in ("module", "meaning")}
        document["meaning"] = self.meaning.to_document()
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
            meaning = Meaning.from_document(document.pop("meaning"))
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
