"""A model file converted as it is, without a data set and training: verified, and run on a board.

Ranges of activations come from the file where it has them, else from a person's own samples or from
seeded inputs. Seeded ones serve to compare forms with each other; how well the network answers they do
not say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.events import CancelToken, LogLine, Report
from engine.file_code import shown_path

if TYPE_CHECKING:
    from torch import nn

    from engine.converted_network import ConvertedNetwork
    from engine.model_import.imported_model import ImportedModel

STAGE = "convert"
_CALIBRATION_SAMPLES = 32
_COMPARED_SAMPLES = 3
_MOST_COMPARED_OWN = 8
_SEEDED = (
    "No data belong to this file: ranges come from {} seeded inputs. "
    "They show whether the forms agree, not how accurate the network is."
)
_OF_THE_FILE = (
    "No data belong to this file: ranges come from the file, those that it does not say from {} seeded "
    "inputs. They show whether the forms agree, not how accurate the network is."
)
_OWN = "No data set belongs to this file: ranges come from your {} samples."
_OWN_AND_FILE = (
    "No data set belongs to this file: ranges come from the file, those that it does not say from your "
    "{} samples."
)


@dataclass(frozen=True)
class Untrained:
    """A converted file.

    Attributes:
        module: the imported network, in evaluation mode.
        converted: its forms.
        inputs: for each of its inputs float32 (samples, *shape), channels last: seeded inputs that took
            no part in the ranges, then boundary cases.
    """

    module: nn.Module
    converted: ConvertedNetwork
    inputs: list[NDArray[np.float32]]


@dataclass(frozen=True)
class Samples:
    """What a network without a data set is fed: for each input float32 (n, *shape), channels last.

    Attributes:
        calibration: set the ranges of activations.
        compared: go through every form; they took no part in the ranges where they are seeded.
        note: one sentence on where the ranges come from.
    """

    calibration: list[NDArray[np.float32]]
    compared: list[NDArray[np.float32]]
    note: str

    def with_ends(self, tflite: Path) -> list[NDArray[np.float32]]:
        """What is compared, with the boundary cases of a converted network behind it."""
        from engine.verify.boundary import boundary_values

        return [
            np.concatenate([values, boundary_values(tflite, values.shape[1:], position)])
            for position, values in enumerate(self.compared)
        ]


def samples_for(imported: ImportedModel, own: Path | None = None) -> Samples:
    """Inputs for a network without a data set: the same ones every time.

    Args:
        imported: the network.
        own: a person's `.npz`, see `engine.data.own_inputs`; None takes seeded inputs.

    Raises:
        BadInputFile: the archive does not suit the network.
    """
    shapes = imported.input_shapes
    if own is not None:
        from engine.data.own_inputs import read_own_inputs

        samples = read_own_inputs(own, shapes)
        count = len(samples[0])
        rows = np.unique(np.linspace(0, count - 1, min(count, _MOST_COMPARED_OWN)).astype(int))
        note = (_OWN_AND_FILE if imported.ranges else _OWN).format(count)
        return Samples(samples, [values[rows] for values in samples], note)
    seeded = seeded_inputs(imported, list(shapes.values()), _CALIBRATION_SAMPLES + _COMPARED_SAMPLES)
    return Samples(
        [values[_COMPARED_SAMPLES:] for values in seeded],
        [values[:_COMPARED_SAMPLES] for values in seeded],
        (_OF_THE_FILE if imported.ranges else _SEEDED).format(_CALIBRATION_SAMPLES),
    )


def ends_in_softmax(imported: ImportedModel) -> bool:
    """Whether the file's network ends with a softmax, which the imported one has not."""
    return imported.meaning.softmax and len(imported.module.plan.outputs) == 1


def convert_untrained(
    path: Path,
    folder: Path,
    *,
    trust: bool = False,
    input_shape: Sequence[int] = (),
    report: Report,
    cancel: CancelToken,
) -> Untrained:
    """Read a trainable model file in a child without rights and convert it.

    Args:
        path: any model file that imports as trainable; any number of inputs and outputs.
        folder: for the imported network and its forms; it must exist.
        trust: the user has said that the file may run code.
        input_shape: without batch, channels first, for a file that does not say it.
        report: told about each step, and where the ranges come from.
        cancel: checked at each step.

    Raises:
        BadInputFile: the file is missing, damaged, hostile, or needs trust.
        UnsupportedOperator: an operation cannot be converted; it is named with its path.
        ConversionFailed: a step of the conversion failed.
    """
    from engine.model_import.confined_import import import_confined

    imported_folder, converted_folder = folder / "imported", folder / "converted"
    imported_folder.mkdir()
    converted_folder.mkdir()
    imported = import_confined(
        path,
        imported_folder,
        trust=trust,
        trust_by=f"thimble-cli verify {shown_path(path)} --trust",
        input_shape=input_shape,
        report=report,
        cancel=cancel,
    )
    samples = samples_for(imported)
    for note in (*imported.notes, samples.note):
        report(LogLine(stage=STAGE, text=note))
    converted = convert_as_it_is(imported, samples, converted_folder, report=report, cancel=cancel)
    inputs = samples.with_ends(converted.tflite_int8_path)
    return Untrained(imported.module, converted, inputs)


def convert_as_it_is(
    imported: ImportedModel,
    samples: Samples,
    folder: Path,
    *,
    first_last_int16: bool = False,
    int16_layers: Sequence[str] = (),
    method: str = "minmax",
    report: Report,
    cancel: CancelToken,
) -> ConvertedNetwork:
    """Convert an imported network without training; ranges of the file are kept.

    Args:
        imported: any number of inputs and outputs.
        samples: set the ranges that the file does not say.
        folder: for its forms; it must exist.
        first_last_int16: 16-bit activations in the first and last layer.
        int16_layers: further layers of 16-bit activations, by name.
        method: how ranges are read from the samples: `minmax`, `percentile` or `mse`.
        report: told about each step.
        cancel: checked at each step.

    Raises:
        UnsupportedOperator: an operation cannot be converted; it is named with its path.
        ConversionFailed: a step of the conversion failed.
    """
    from engine.convert.chain import convert_network

    return convert_network(
        imported.module,
        list(imported.input_shapes.values()),
        samples.calibration,
        folder,
        classification=ends_in_softmax(imported),
        first_last_int16=first_last_int16,
        int16_layers=int16_layers,
        method=method,
        given_ranges=imported.ranges,
        report=report,
        cancel=cancel,
    )


def seeded_inputs(
    imported: ImportedModel, shapes: Sequence[tuple[int, ...]], count: int
) -> list[NDArray[np.float32]]:
    """For each input float32 (count, *shape): over the range that is known, else normally distributed.

    Args:
        imported: whose inputs.
        shapes: of each input without batch, channels last.
        count: how many.
    """
    random = np.random.default_rng(0)
    found = []
    for name, shape in zip(imported.module.plan.inputs, shapes, strict=True):
        known = imported.ranges.get(name)
        if known is None and imported.meaning.task == "images" and len(shape) == 3:
            known = imported.meaning.pixel_range
        if known is not None and all(map(math.isfinite, known)):
            values = random.uniform(*known, (count, *shape))
        else:
            values = random.standard_normal((count, *shape))
        found.append(values.astype(np.float32))
    return found
