"""Bringing a model: `import` says what a file is and what it would cost, `new` makes a project of it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from engine import summaries
from engine.boards import board_ids, load_board
from engine.data.spec import NO_DATA
from engine.errors import BadInputFile, EngineError, UnsupportedOperator, UsageError
from engine.events import CancelToken, LogLine, Report, Result, StageFinished, StageStarted
from engine.file_code import shown_path
from engine.front_end import HOST
from engine.meaning import SETTABLE, Meaning, set_by
from engine.model_import.survey import UnsupportedLayers
from engine.project import Budgets, create_project
from engine.result_values import fit_values

if TYPE_CHECKING:
    from engine.data.spec import DataSpec
    from engine.graph import TensorGraph
    from engine.model_import.imported_model import ImportedModel

Arguments = dict[str, Any]
STAGE = "model"
DEFAULT_NETWORKS = {
    "keywords": "ds-cnn-s",
    "images": "tiny-cnn",
    "anomaly": "autoencoder",
    "vibration": "tiny-cnn",
}
# What people usually ask for: MLPerf Tiny's accuracy floors, and answers that feel immediate.
DEFAULT_BUDGETS = {
    "keywords": Budgets(latency_ms=100.0, accuracy=0.90),
    "images": Budgets(latency_ms=200.0, accuracy=0.85),
    "anomaly": Budgets(latency_ms=100.0),
    "vibration": Budgets(latency_ms=100.0),
}
_NO_TRAINING = "Steps that train (train, distill, prune, qat) are not offered for it."
# Forms that a prediction may be of.
INT8_OUTLINE, AS_IT_IS = "int8", "file"


def import_model(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Say what a model file is; all but finished `.tflite` files are read in a child without rights.

    Raises:
        UnsupportedLayers: layers cannot be imported; a result with the table of layers came before.
        EngineError: the file cannot be read.
    """
    path, chosen, started = Path(arguments["file"]), set_by(arguments), time.monotonic()
    report(StageStarted(stage=STAGE, title="Read the model file"))
    with tempfile.TemporaryDirectory(prefix="thimble-imported-") as name:
        folder = Path(name)
        graph: TensorGraph | None
        if path.suffix.lower() == ".tflite":
            summary, meaning, graph = _finished(path, chosen)
            form = AS_IT_IS
            if summary.trainable:
                # what it will be after training fits other boards than its float form does
                try:
                    _, _, trained = _imported(path, folder, arguments, chosen, report, cancel)
                except UnsupportedOperator as error:
                    summary, trained = structs.replace(summary, trainable=False), None
                    report(LogLine(stage=STAGE, text=f"It cannot be trained: {error.message}"))
                graph, form = (trained, INT8_OUTLINE) if trained is not None else (graph, form)
        else:
            try:
                summary, meaning, graph = _imported(path, folder, arguments, chosen, report, cancel)
            except UnsupportedLayers as error:
                report(Result(values=_refused(error.summary, chosen)))
                raise
            form = INT8_OUTLINE
        if any(layer.support == "unsupported" for layer in summary.layers):
            graph = None  # no board runs it: the operators say why
        boards = _board_rows(graph, cancel) if graph is not None else []
        values = _values(summary, meaning, boards, form if graph is not None else "")
    report(StageFinished(stage=STAGE, seconds=time.monotonic() - started))
    report(Result(values=values))


def new(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Make a project."""
    chosen = set_by(arguments)
    network = str(arguments.get("network") or "")
    model_file = _model_file(network) if network else None
    if arguments.get("board"):
        load_board(arguments["board"])
    if model_file is None:
        _new_from_zoo(arguments, network, chosen, report)
    else:
        _new_from_file(arguments, model_file, chosen, report, cancel)


def _new_from_zoo(arguments: Arguments, network: str, chosen: Mapping[str, Any], report: Report) -> None:
    described = [name for name in SETTABLE if name in chosen and name != "task"]
    if described:
        raise UsageError(
            f"--{described[0].replace('_', '-')} describes a model file of your own.",
            hint="Name one with --network FILE, or leave the option away.",
        )
    if arguments.get("calibration") or arguments.get("data") == NO_DATA:
        raise UsageError(
            "A network of the zoo learns from examples; only a model file can do without.",
            hint="Name one with --network FILE, or name examples with --data.",
        )
    task = _task(arguments, "")
    network = network or DEFAULT_NETWORKS[task]
    _check_network(network)
    _make_project(
        arguments, report, task=task, network=network, data=_data_spec(arguments, task, report)
    )


def _new_from_file(
    arguments: Arguments,
    path: Path,
    chosen: Mapping[str, Any],
    report: Report,
    cancel: CancelToken,
) -> None:
    given, own = arguments.get("data") or "", _own_samples(arguments)
    if _is_finished(path, wants_training=given not in ("", NO_DATA)):
        if own is not None:
            raise UsageError(
                f"{path.name} is used as it is: it needs no samples for its ranges.",
                hint="Leave --calibration away.",
            )
        _, meaning, _ = _finished(path, chosen)
        _make_project(arguments, report, task=meaning.task, model_file=path, meaning=meaning)
        return
    with tempfile.TemporaryDirectory(prefix="thimble-imported-") as name:
        folder = Path(name)
        model = _read(path, folder, arguments, report, cancel)
        if _goes_without_data(arguments, model):
            model = replace(model, meaning=_meaning(model, chosen))
            _new_without_data(arguments, path, folder, model, own, report)
            return
        task = _task(arguments, model.meaning.task)
        meaning = _meaning(model, {**chosen, "task": task})
        replace(model, meaning=meaning).save(folder)
        size, data = model.input_shape, _data_spec(arguments, task, report)
        if task == "images" and len(size) == 3 and size[0] == size[1]:
            data = replace(data, image_size=size[0], image_channels=size[2])
        named = _data_have_its_classes(data, meaning, "classes" in chosen, report)
        _make_project(
            arguments,
            report,
            task=task,
            model_file=path,
            companions=model.companions,
            imported=folder,
            data=data.prepared_for(meaning, classes=named),
            meaning=meaning,
        )


def _goes_without_data(arguments: Arguments, model: ImportedModel) -> bool:
    """Whether nobody can or wants to train the network here.

    Raises:
        UsageError: a data set is named for a network that cannot learn from one.
    """
    given, plan = arguments.get("data") or "", model.module.plan
    several = len(plan.inputs) != 1 or len(plan.outputs) != 1
    if given in ("", NO_DATA):
        return several or bool(given or arguments.get("calibration"))
    if several:
        raise UsageError(
            f"{model.name} has {len(plan.inputs)} inputs and {len(plan.outputs)} outputs; a data set "
            "gives one of each, so it cannot be trained here.",
            hint="Leave --data away: it is converted as it is. Own samples: --calibration FILE.npz",
        )
    return False


def _own_samples(arguments: Arguments) -> Path | None:
    """The file behind --calibration.

    Raises:
        UsageError: a data set is named beside it.
        BadInputFile: there is no such file.
    """
    if not arguments.get("calibration"):
        return None
    if arguments.get("data") not in (None, "", NO_DATA):
        raise UsageError(
            "--calibration is for a network without a data set; with --data, the data set the ranges.",
            hint="Leave one of the two away.",
        )
    path = Path(arguments["calibration"])
    if not path.is_file():
        raise BadInputFile(f"There is no file {path}.", hint="Check the path after --calibration.")
    return path


def _new_without_data(
    arguments: Arguments,
    path: Path,
    folder: Path,
    model: ImportedModel,
    own: Path | None,
    report: Report,
) -> None:
    """A project of a network that is converted as it is; its samples are checked now, not at a run."""
    from engine.untrained import samples_for

    note = samples_for(model, own).note
    model.save(folder)
    report(LogLine(stage=STAGE, text=f"{note} {_NO_TRAINING}"))
    _make_project(
        arguments,
        report,
        task=model.meaning.task,
        model_file=path,
        companions=model.companions,
        imported=folder,
        meaning=model.meaning,
        calibration=own,
    )


def _task(arguments: Arguments, guessed: str) -> str:
    from engine.meaning import TASKS

    task = str(arguments.get("task") or guessed)
    if task not in TASKS:
        raise UsageError(
            f"There is no task called {task}." if task else "The task is not named.",
            hint=f"Add --task with one of {', '.join(TASKS)}.",
        )
    return task


def _data_spec(arguments: Arguments, task: str, report: Report) -> DataSpec:
    from engine.data.spec import DEFAULT_SOURCES, DataSpec

    source = arguments.get("data") or DEFAULT_SOURCES[task]
    if not source.startswith("builtin:"):
        path = Path(source).absolute()
        if not path.exists():
            raise BadInputFile(f"There is no data at {source}.", hint="Check the path after --data.")
        source = str(path)
    # The small autoencoder is made for what a mount cannot change; others need levels to tell classes.
    suits = task == "vibration" and arguments.get("network") == "autoencoder-s"
    features = str(arguments.get("features") or ("gain-free" if suits else "spectra"))
    if arguments.get("features") and task != "vibration":
        raise UsageError(
            f"--features is for vibration; the task is {task}.", hint="Leave the option away."
        )
    spec = DataSpec(source=source, task=task, vibration_features=features)
    spec.check()
    return spec if arguments.get("normal") is None else _with_normal(spec, arguments["normal"], report)


def _with_normal(spec: DataSpec, names: Sequence[str], report: Report) -> DataSpec:
    """The same with these classes as the healthy ones.

    Raises:
        UsageError: the task knows no healthy classes, or none is named.
        BadInputFile: the data have no class of a name.
    """
    from engine.data.sources import class_names, normal_classes
    from engine.data.spec import TASKS_WITH_FAULTS, joined_names

    if spec.task not in TASKS_WITH_FAULTS:
        raise UsageError(
            f"--normal is for anomaly and vibration; the task is {spec.task}.",
            hint="Leave the option away.",
        )
    found = class_names(spec)
    if not names:
        raise UsageError("--normal names no class.", hint=f"The classes are {', '.join(found)}.")
    spec = replace(spec, normal_classes=joined_names(names))
    if set(normal_classes(spec, found)) == set(found):
        text = "Every class is healthy: it can be trained, but no AUC tells how well it finds faults."
        report(LogLine(stage=STAGE, text=text, level="warning"))
    return spec


def _make_project(arguments: Arguments, report: Report, *, task: str, **settings: Any) -> None:
    budgets = DEFAULT_BUDGETS.get(task, Budgets())
    described = [name for name in ("normal", "features") if arguments.get(name) is not None]
    if settings.get("data") is None and described:
        raise UsageError(
            f"--{described[0]} describes examples, but this model goes without.",
            hint="Name examples with --data, or leave the option away.",
        )
    if settings.get("data") is None:  # nobody can tell how accurate it is
        budgets = replace(budgets, accuracy=None)
    project = create_project(
        Path(arguments["project"]),
        task=task,
        board_id=arguments.get("board") or "",
        front_end=arguments.get("front_end") or HOST,
        budgets=budgets,
        **settings,
    )
    network = project.network or str(arguments.get("network"))
    report(Result(values={"project": str(project.folder), "task": task, "network": network}))


def _data_have_its_classes(data: DataSpec, meaning: Meaning, wanted: bool, report: Report) -> bool:
    """Whether labels go by the network's classes, so that what it has learned stays of use.

    Raises:
        BadInputFile: people named classes, but the data have others.
    """
    if not meaning.classes or data.task == "anomaly":
        return False
    from engine.data.sources import class_names

    found = class_names(data)
    others = [name for name in found if name not in meaning.classes]
    if others and wanted:
        raise BadInputFile(
            f"The data have a class {others[0]} that --classes does not name.",
            hint=f"The data's classes: {', '.join(found[:20])}.",
        )
    if others:
        shown = ", ".join(others[:3])
        text = f"The data have classes that the model has not ({shown}): its last layer will be new."
        report(LogLine(stage=STAGE, text=text))
    return not others


def _finished(
    path: Path, chosen: Mapping[str, Any]
) -> tuple[summaries.ModelSummary, Meaning, TensorGraph]:
    """A `.tflite` as it is: what it is, what its numbers mean, and its graph."""
    from engine.firmware.kernel_choice import unsupported_layers
    from engine.model_import.describe import describe, meaning_of

    graph = _read_graph(path)
    summary = describe(graph, path, unsupported=unsupported_layers(graph))
    if summary.format == "tflite-float":
        from engine.model_import.tflite_float import can_train

        summary = structs.replace(summary, trainable=can_train(graph))
    meaning = meaning_of(graph, path).with_set(**chosen)
    if chosen:
        shapes = [tensor.shape[1:] for tensor in (*summary.inputs, *summary.outputs)]
        meaning.check(input_shape=shapes[0], outputs=shapes[-1][0] if len(shapes[-1]) == 1 else 0)
    return structs.replace(summary, task=meaning.task), meaning, graph


def _imported(
    path: Path,
    folder: Path,
    arguments: Arguments,
    chosen: Mapping[str, Any],
    report: Report,
    cancel: CancelToken,
) -> tuple[summaries.ModelSummary, Meaning, TensorGraph | None]:
    """A trainable network: what it is, what its numbers mean, and its INT8 form before any training."""
    from engine.trainable_network import describe_imported

    imported = _read(path, folder, arguments, report, cancel)
    imported = replace(imported, meaning=_meaning(imported, chosen))
    for note in imported.notes:
        report(LogLine(stage=STAGE, text=note))
    report(StageStarted(stage=STAGE, title="Predict flash, RAM and time"))
    summary, outline = describe_imported(imported, folder, report=report, cancel=cancel)
    return summary, imported.meaning, _read_graph(outline) if outline is not None else None


def _meaning(model: ImportedModel, chosen: Mapping[str, Any]) -> Meaning:
    meaning = model.meaning.with_set(**chosen)
    if chosen:
        outputs = model.output_shape[0] if len(model.output_shape) == 1 else 0
        meaning.check(input_shape=model.input_shape, outputs=outputs)
    return meaning


def _read(
    path: Path, folder: Path, arguments: Arguments, report: Report, cancel: CancelToken
) -> ImportedModel:
    """Read a model file in a child without rights; plain data stay in `folder`."""
    from engine.model_import.confined_import import import_confined

    file = shown_path(path)
    making = f"new {arguments.get('project')} --network {file}"
    return import_confined(
        path,
        folder,
        trust=bool(arguments.get("trust")),
        trust_by=f"thimble-cli {making if arguments.get('project') else f'import {file}'} --trust",
        input_shape=arguments.get("input_shape") or (),
        report=report,
        cancel=cancel,
    )


def _refused(summary: summaries.ModelSummary, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a result for a file that cannot be imported: all but predictions."""
    from engine.model_import.guesses import guessed_meaning

    shapes = [ends[0].shape[1:] for ends in (summary.inputs, summary.outputs)]
    meaning = guessed_meaning(*shapes, softmax=False) if all(shapes) else Meaning()
    return _values(summary, meaning.with_set(**chosen), [], "")


def _values(
    summary: summaries.ModelSummary, meaning: Meaning, boards: list[dict[str, Any]], form: str
) -> dict[str, Any]:
    return summaries.to_plain(summary) | {
        "task": meaning.task,
        "meaning": meaning.to_document(),
        "operators": _operator_rows(summary),
        "boards": boards,
        "predicted_form": form,
    }


def _operator_rows(summary: summaries.ModelSummary) -> list[dict[str, Any]]:
    """One row per kind of operator and how it is supported: count, layers, reason and fix.

    Layers of one kind that are unsupported for other reasons have rows of their own.
    """
    from engine.operator_fixes import fix_of

    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for layer in summary.layers:
        unsupported = layer.support == "unsupported"
        row = rows.setdefault(
            (layer.kind, layer.support, layer.reason if unsupported else ""),
            {
                "name": layer.kind,
                "count": 0,
                "support": layer.support,
                "layer": layer.name,
                "layers": [],
                "macs": 0,
                "reason": layer.reason,
                "fix": layer.fix or fix_of(layer.kind) if unsupported else "",
            },
        )
        row["count"] += 1
        row["layers"].append(layer.name)
        row["macs"] += layer.macs
    return list(rows.values())


def _board_rows(graph: TensorGraph, cancel: CancelToken) -> list[dict[str, Any]]:
    """What the network would take on every known board, and why it does not fit where it does not."""
    from engine.planning import plan_on_board

    rows: list[dict[str, Any]] = []
    for board_id in board_ids():
        cancel.check()
        board = load_board(board_id)
        row: dict[str, Any] = {"board": board_id, "name": board.name}
        try:
            row |= fit_values(plan_on_board(graph, board, family=board.kernels).fit)
        except EngineError as error:
            row |= {"fits": False, "reasons": [error.message], "suggestions": [error.hint]}
        rows.append(row)
    return rows


def _read_graph(path: Path) -> TensorGraph:
    from engine.model_import.tflite_file import read_tflite

    return read_tflite(path)


def _model_file(network: str) -> Path | None:
    """The file or folder that `--network` names, None if it names a network of the zoo."""
    from engine.model_import.any_file import KNOWN_SUFFIXES

    path = Path(network)
    return path if path.suffix.lower() in KNOWN_SUFFIXES or path.is_dir() else None


def _is_finished(path: Path, *, wants_training: bool) -> bool:
    """Whether a model is used as it is: any `.tflite`, but a float one for which data are given."""
    if path.suffix.lower() != ".tflite":
        return False
    from engine.model_import.tflite_float import can_train

    return not (wants_training and can_train(_read_graph(path)))


def _check_network(network: str) -> None:
    from engine.zoo import network_names

    if network not in network_names():
        raise UsageError(
            f"There is no network called {network}.", hint=f"Known: {', '.join(network_names())}."
        )
