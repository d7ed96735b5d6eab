"""A model file converted as it is, without data and training, so that its conversion can be verified.

Ranges of activations come from the file where it has them, else from seeded inputs. They serve to
compare forms with each other; how well the network answers they do not say.
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

if TYPE_CHECKING:
    from torch import nn

    from engine.converted_network import ConvertedNetwork
    from engine.model_import.imported_model import ImportedModel

STAGE = "convert"
_CALIBRATION_SAMPLES = 32
_COMPARED_SAMPLES = 3
_SEEDED = (
    "No data belong to this file: ranges come from {} seeded inputs. "
    "They show whether the forms agree, not how accurate the network is."
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


def convert_untrained(path: Path, folder: Path, *, report: Report, cancel: CancelToken) -> Untrained:
    """Read a trainable model file in a child without rights and convert it.

    Args:
        path: any model file that imports as trainable; any number of inputs and outputs.
        folder: for the imported network and its forms; it must exist.
        report: told about each step, and where the ranges come from.
        cancel: checked at each step.

    Raises:
        BadInputFile: the file is missing, damaged, hostile, or needs trust.
        UnsupportedOperator: an operation cannot be converted; it is named with its path.
        ConversionFailed: a step of the conversion failed.
    """
    from engine.model_import.confined_import import import_model_file

    imported_folder, converted_folder = folder / "imported", folder / "converted"
    imported_folder.mkdir()
    converted_folder.mkdir()
    import_model_file(path, imported_folder, report=report, cancel=cancel)
    # PyTorch and TensorFlow load only now: a refusal costs neither their time nor their memory.
    from engine.convert.chain import convert_network
    from engine.model_import.imported_model import ImportedModel, channels_last
    from engine.verify.boundary import boundary_values

    imported = ImportedModel.load(imported_folder)
    for note in imported.notes:
        report(LogLine(stage=STAGE, text=note))
    report(LogLine(stage=STAGE, text=_SEEDED.format(_CALIBRATION_SAMPLES)))
    shapes = [channels_last(tuple(shape)) for shape in imported.module.plan.inputs.values()]
    seeded = seeded_inputs(imported, shapes, _CALIBRATION_SAMPLES + _COMPARED_SAMPLES)
    converted = convert_network(
        imported.module,
        shapes,
        [values[_COMPARED_SAMPLES:] for values in seeded],
        converted_folder,
        classification=imported.meaning.softmax and len(imported.module.plan.outputs) == 1,
        given_ranges=imported.ranges,
        report=report,
        cancel=cancel,
    )
    inputs = [
        np.concatenate([v[:_COMPARED_SAMPLES], boundary_values(converted.tflite_int8_path, s, i)])
        for i, (v, s) in enumerate(zip(seeded, shapes, strict=True))
    ]
    return Untrained(imported.module, converted, inputs)


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
