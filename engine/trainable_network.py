"""The network that a project trains: one of the zoo, or one that was imported from the user's file."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from engine.data.spec import TASKS_WITH_FAULTS
from engine.errors import BadInputFile, EngineError, UnsupportedOperator
from engine.events import CancelToken, Event, LogLine, Report, StageProgress
from engine.project import Project
from engine.summaries import ModelSummary

if TYPE_CHECKING:
    from torch import nn

    from engine.data import LabelledSet
    from engine.model_import.imported_model import ImportedModel

STAGE = "model"
_RANGES = "ranges.json"
OUTLINE_FILE = "outline.tflite"


def prepare_imported(
    project: Project, data: LabelledSet, folder: Path, *, report: Report, cancel: CancelToken
) -> ModelSummary:
    """Fit the project's imported network to its data and store it in `folder`, ready to be trained.

    Beside it lies its outline, see `write_outline`.

    Raises:
        BadInputFile: the file cannot be read, or the network cannot take the data.
        UnsupportedOperator: an operation cannot be converted later; it is named with its path.
    """
    from engine.model_import.adaptation import adapted
    from engine.model_import.describe_module import describe_module
    from engine.model_import.norms import with_norms

    imported = _imported(project, report=report, cancel=cancel)
    module, notes = adapted(
        imported.module,
        data.input_shape,
        len(data.classes),
        name=imported.name,
        reconstructs=project.task in TASKS_WITH_FAULTS,
    )
    if not imported.ranges:  # which are those of the layers as they came
        module, note = with_norms(module, data.train.inputs)
        notes += (note,) if note else ()
    for note in (*imported.notes, *notes):
        report(LogLine(stage=STAGE, text=note))
    cancel.check()
    write_data_outline(module, data, folder / OUTLINE_FILE, report=report, cancel=cancel)
    before = {node.name: node.settings for node in imported.module.plan.nodes}
    after = {node.name: node.settings for node in module.plan.nodes}
    ranges = {k: v for k, v in imported.ranges.items() if before.get(k) == after.get(k)}
    replace(imported, module=module, ranges=ranges).save(folder)
    return describe_module(
        module,
        name=imported.name,
        task=project.task,
        model_format=imported.format,
        layout=imported.layout,
    )


def keep_imported(
    project: Project, folder: Path, *, report: Report, cancel: CancelToken
) -> ModelSummary:
    """Store the network of a project without data in `folder` as it is, with what people set about it.

    Beside it lies its outline, see `write_outline`, if every operation can be converted.

    Raises:
        BadInputFile: the file cannot be read.
    """
    imported = _imported(project, report=report, cancel=cancel)
    imported = replace(imported, meaning=project.meaning or imported.meaning)
    for note in imported.notes:
        report(LogLine(stage=STAGE, text=note))
    summary, _ = describe_imported(imported, folder, as_it_is=True, report=report, cancel=cancel)
    imported.save(folder)
    return summary


def describe_imported(
    imported: ImportedModel,
    folder: Path,
    *,
    as_it_is: bool = False,
    report: Report,
    cancel: CancelToken,
) -> tuple[ModelSummary, Path | None]:
    """What an imported network is, which of its operations cannot be converted, and its outline.

    Args:
        imported: what an importer read.
        folder: where the outline goes.
        as_it_is: it will not be trained, so nothing is added to what the file says.
        report: told about progress.
        cancel: checked at each step of the conversion.

    Returns:
        The description, and the file of the outline (see `write_outline`), None if there is none.
    """
    from engine.model_import.describe_module import describe_module
    from engine.untrained import ends_in_softmax

    unsupported: dict[str, tuple[str, str]] = {}
    outline: Path | None = folder / OUTLINE_FILE
    try:
        assert outline is not None
        write_outline(
            imported.module,
            list(imported.input_shapes.values()),
            outline,
            classification=ends_in_softmax(imported) if as_it_is else _classifies(imported),
            report=report,
            cancel=cancel,
        )
    except UnsupportedOperator as error:
        outline = None
        places = (str(error.facts.get("module", "")), str(error.facts.get("layer", "")))
        unsupported = {place: (error.message, error.hint) for place in places if place}
    except EngineError as error:
        outline = None
        unsupported = dict.fromkeys(imported.module.plan.outputs, (error.message, error.hint))
    summary = describe_module(
        imported.module,
        name=imported.name,
        task=imported.meaning.task,
        model_format=imported.format,
        layout=imported.layout,
        unsupported=unsupported,
    )
    called = [
        structs.replace(tensor, name=name)
        for tensor, name in zip(summary.inputs, imported.input_shapes, strict=True)
    ]
    return structs.replace(summary, inputs=called), outline


def _classifies(imported: ImportedModel) -> bool:
    one = len(imported.module.plan.outputs) == 1 and len(imported.output_shape) == 1
    return imported.meaning.softmax or (one and not imported.module.reconstructs)


def write_outline(
    module: nn.Module,
    input_shapes: list[tuple[int, ...]],
    path: Path,
    *,
    classification: bool,
    first_last_int16: bool = False,
    report: Report,
    cancel: CancelToken,
) -> None:
    """Write the INT8 form of a network whose activations have made-up ranges.

    Its answers are of no use, but its sizes and costs are those of the form that training will give:
    they do not depend on values. So flash, RAM and time are known before anything is trained.

    Args:
        module: the network, channels first.
        input_shapes: of each input without batch, channels last.
        path: where the `.tflite` goes.
        classification: append a softmax over the classes.
        first_last_int16: 16-bit activations in the first and last layer.
        report: told about progress.
        cancel: checked at each step of the conversion.

    Raises:
        UnsupportedOperator: an operation cannot be converted; it is named with its path.
        ConversionFailed: a step of the conversion failed.
    """
    import numpy as np

    from engine.compress.statistics import with_statistics_of
    from engine.convert.chain import convert_network

    def progress(event: Event) -> None:
        if isinstance(event, StageProgress):
            report(replace(event, stage=STAGE))

    generator = np.random.default_rng(0)
    noise = [generator.normal(size=(8, *shape)).astype(np.float32) for shape in input_shapes]
    module = with_statistics_of(module, noise)
    several = len(input_shapes) != 1
    with tempfile.TemporaryDirectory(prefix="thimble-outline-") as name:
        converted = convert_network(
            module,
            input_shapes if several else input_shapes[0],
            noise if several else noise[0],
            Path(name),
            classification=classification,
            first_last_int16=first_last_int16,
            report=progress,
            cancel=cancel,
        )
        shutil.copyfile(converted.tflite_int8_path, path)


def write_data_outline(
    module: nn.Module,
    data: LabelledSet,
    path: Path,
    *,
    first_last_int16: bool = False,
    report: Report,
    cancel: CancelToken,
) -> None:
    """`write_outline` of a network that takes the samples of a labelled set."""
    write_outline(
        module,
        [data.input_shape],
        path,
        classification=not getattr(module, "reconstructs", False),
        first_last_int16=first_last_int16,
        report=report,
        cancel=cancel,
    )


def first_network(project: Project, data: LabelledSet, model_folder: Path, *, seed: int) -> nn.Module:
    """The network before its first step.

    Args:
        project: an opened project.
        data: its data.
        model_folder: result of the model stage, where an imported network lies.
        seed: of the first weights of a network of the zoo.
    """
    if project.model_file:
        return load_network(model_folder)
    from engine.zoo import build_network

    return build_network(project.network, data.input_shape, len(data.classes), seed=seed)


def save_learnt_ranges(ranges: dict[str, tuple[float, float]], folder: Path) -> None:
    """Keep the ranges that training with 8-bit roundings gave the activations, beside the network."""
    (folder / _RANGES).write_text(json.dumps(ranges, indent=1) + "\n", "utf-8")


def learnt_ranges(folder: Path) -> dict[str, tuple[float, float]]:
    """What `save_learnt_ranges` wrote; empty for a network trained in float.

    Raises:
        BadInputFile: the file is damaged.
    """
    path = folder / _RANGES
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
        return {str(name): (float(low), float(high)) for name, (low, high) in document.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadInputFile(
            "The ranges of this project's network cannot be read.",
            hint="Run the training again; the data and the recipe are kept.",
            path=str(path),
        ) from error


def fixed_ranges(folder: Path) -> dict[str, tuple[float, float]]:
    """Ranges learnt in training, or those of the user's file if the network is still that one."""
    if learnt := learnt_ranges(folder):
        return learnt
    from engine.model_import.imported_model import MEANING_FILE, ImportedModel

    return ImportedModel.load(folder).ranges if (folder / MEANING_FILE).exists() else {}


def save_network(module: nn.Module, folder: Path, project: Project, data: LabelledSet) -> None:
    """Write a trained network; `load_network` reads it again."""
    from engine.model_import.stored_module import StoredModule, save_module
    from engine.zoo import checkpoint

    if isinstance(module, StoredModule):
        save_module(module, folder)
        return
    checkpoint.save_network(
        module,
        folder,
        network=project.network,
        input_shape=data.input_shape,
        classes=len(data.classes),
    )


def load_network(folder: Path) -> nn.Module:
    """The trained network in a stage's folder, in evaluation mode.

    Raises:
        BadInputFile: a file is missing or damaged.
    """
    from engine.model_import.stored_module import MODULE_FILE, load_module
    from engine.zoo import checkpoint

    return load_module(folder) if (folder / MODULE_FILE).exists() else checkpoint.load_network(folder)


def _imported(project: Project, *, report: Report, cancel: CancelToken) -> ImportedModel:
    """What importing the project's model file gave, when it was made; now only if that is missing.

    Trust was given for the one reading when the project was made, so nothing is read again with it.
    """
    from engine.model_import.confined_import import TRUST, import_confined
    from engine.model_import.imported_model import ImportedModel

    if project.imported_folder.is_dir():
        return ImportedModel.load(project.imported_folder)
    assert project.model_path is not None
    with tempfile.TemporaryDirectory(prefix="thimble-imported-") as name:
        try:
            return import_confined(project.model_path, Path(name), report=report, cancel=cancel)
        except BadInputFile as error:
            if error.facts.get("option") != TRUST:
                raise
            file_name = project.model_path.name
            raise BadInputFile(
                f"The project has lost what was read from {file_name} (its folder model/imported).",
                hint=f"Make it again: thimble-cli new NAME --network {file_name} --trust",
                path=str(project.model_path),
            ) from error
