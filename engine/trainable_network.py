"""The network that a project trains: one of the zoo, or one that was imported from the user's file."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError, UnsupportedOperator
from engine.events import CancelToken, LogLine, Report
from engine.project import Project
from engine.summaries import ModelSummary

if TYPE_CHECKING:
    from torch import nn

    from engine.data import LabelledSet
    from engine.model_import.imported_model import ImportedModel

STAGE = "model"


def prepare_imported(
    project: Project, data: LabelledSet, folder: Path, *, report: Report, cancel: CancelToken
) -> ModelSummary:
    """Fit the project's imported network to its data and store it in `folder`, ready to be trained.

    Raises:
        BadInputFile: the file cannot be read, or the network cannot take the data.
        UnsupportedOperator: an operation cannot be converted later; it is named with its path.
    """
    from engine.convert.chain import check_network
    from engine.model_import.adaptation import adapted
    from engine.model_import.describe_module import describe_module

    imported = _imported(project, report=report, cancel=cancel)
    module, notes = adapted(
        imported.module,
        data.input_shape,
        len(data.classes),
        name=imported.name,
        reconstructs=project.task in ("anomaly", "vibration"),
    )
    for note in (*imported.notes, *notes):
        report(LogLine(stage=STAGE, text=note))
    cancel.check()
    check_network(module, data.input_shape)
    before = {node.name: node.settings for node in imported.module.plan.nodes}
    after = {node.name: node.settings for node in module.plan.nodes}
    ranges = {k: v for k, v in imported.ranges.items() if before.get(k) == after.get(k)}
    replace(imported, module=module, ranges=ranges).save(folder)
    return describe_module(module, name=imported.name, task=project.task, model_format=imported.format)


def describe_imported(imported: ImportedModel) -> ModelSummary:
    """What an imported network is, and which of its operations cannot be converted."""
    from engine.convert.chain import check_network
    from engine.model_import.describe_module import describe_module

    unsupported: dict[str, str] = {}
    if len(imported.module.plan.inputs) == 1:
        try:
            check_network(imported.module, imported.input_shape)
        except UnsupportedOperator as error:
            places = (str(error.facts.get("module", "")), str(error.facts.get("layer", "")))
            unsupported = {place: f"{error.message} {error.hint}" for place in places if place}
        except EngineError as error:
            unsupported = dict.fromkeys(imported.module.plan.outputs, f"{error.message} {error.hint}")
    return describe_module(
        imported.module,
        name=imported.name,
        task=imported.meaning.task,
        model_format=imported.format,
        unsupported=unsupported,
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


def fixed_ranges(folder: Path) -> dict[str, tuple[float, float]]:
    """Ranges that the user's file gives, if the network in this folder is still the imported one."""
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
    """What importing the project's model file gave, when it was made or now."""
    from engine.model_import.confined_import import import_model_file
    from engine.model_import.imported_model import ImportedModel

    if project.imported_folder.is_dir():
        return ImportedModel.load(project.imported_folder)
    assert project.model_path is not None
    with tempfile.TemporaryDirectory(prefix="thimble-imported-") as name:
        import_model_file(project.model_path, Path(name), report=report, cancel=cancel)
        return ImportedModel.load(Path(name))
