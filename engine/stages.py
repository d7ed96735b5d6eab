"""One runner per stage: joins the rooms, writes files into the artefact folder, returns the summary.

Only `pipeline` calls `run_stage`, and only after it has found that the result is not there yet. Rooms
are imported inside their runner: torch and tensorflow load when a stage needs them, not before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine import summaries
from engine.board_access import BoardAccess, open_board
from engine.boards import BoardSpec, load_board
from engine.events import CancelToken, LogLine, Report
from engine.figures import Figure, Measured
from engine.front_end_choice import chosen_front_end
from engine.live import TEST_INPUTS, read_test_inputs
from engine.metrics import accuracy_and_confusion
from engine.project import Project
from engine.project_data import load_project_data
from engine.summaries import Document

if TYPE_CHECKING:
    from engine.data import LabelledSet
    from engine.data.labelled_set import Split
    from engine.pipeline import PlannedStage
    from engine.untrained import Samples

# Samples that verification compares layer by layer: real ones first, then seeded noise.
_VERIFY_REAL_SAMPLES = 8
_VERIFY_NOISE_SAMPLES = 4
_ACCURACY_SAMPLES = 200
# Within a conversion: the float network that was converted, where it is not the last step's.
_PREPARED = "prepared"


@dataclass
class StageContext:
    """What runners share during one run. `folders` holds the results of the stages before."""

    project: Project
    link: str
    report: Report
    cancel: CancelToken
    folders: dict[str, Path] = field(default_factory=dict)
    _data: LabelledSet | None = None
    _samples: Samples | None = None
    _board_access: BoardAccess | None = None

    @property
    def board(self) -> BoardSpec:
        """The chosen board."""
        return load_board(self.project.board_id)

    def data(self) -> LabelledSet:
        """The labelled set, loaded once a run (features come from the cache after the first time)."""
        if self._data is None:
            self._data = load_project_data(self.project, report=self.report, cancel=self.cancel)
        return self._data

    def samples(self) -> Samples:
        """What a network without a data set is fed, made once a run."""
        if self._samples is None:
            from engine.model_import.imported_model import ImportedModel
            from engine.untrained import samples_for

            imported = ImportedModel.load(self.folders["model"])
            self._samples = samples_for(imported, self.project.calibration_path)
        return self._samples

    def board_access(self) -> BoardAccess:
        """The board behind the link, opened once a run."""
        if self._board_access is None:
            self._board_access = open_board(self.link, self.project.board_id)
        return self._board_access

    def last_step_folder(self) -> Path:
        """Result of the last training or pruning step that ran; of the import if there is none."""
        steps = (f for s, f in reversed(self.folders.items()) if s.startswith("step-"))
        return next(steps, self.folders["model"])

    def tflite_path(self) -> Path:
        """The final `.tflite`: converted here, or made elsewhere."""
        if self.project.is_finished_model:
            assert self.project.model_path is not None
            return self.project.model_path
        folder = self.folders["convert"]
        return folder / summaries.read_summary(summaries.ConvertSummary, folder).files["int8"]

    def close(self) -> None:
        """Let go of the board."""
        if self._board_access is not None:
            self._board_access.close()


def run_stage(planned: PlannedStage, context: StageContext, folder: Path) -> Document:
    """Run one stage; its files go into `folder`.

    Raises:
        EngineError: the stage failed.
        Cancelled: the user stopped it.
    """
    if planned.step is not None:
        from engine.recipe_steps import run_step

        return run_step(planned, context, folder)
    return _RUNNERS[planned.stage](context, folder)


def _run_data(context: StageContext, folder: Path) -> Document:
    data = context.data()
    assert context.project.data is not None
    return data.summary(context.project.data.source)


def _run_model(context: StageContext, folder: Path) -> Document:
    project = context.project
    if project.is_finished_model:
        from engine.firmware.kernel_choice import unsupported_layers
        from engine.model_import.describe import describe
        from engine.model_import.tflite_file import read_tflite

        path = context.tflite_path()
        graph = read_tflite(path)
        return describe(graph, path, unsupported=unsupported_layers(graph))
    from engine.trainable_network import (
        OUTLINE_FILE,
        keep_imported,
        prepare_imported,
        write_data_outline,
    )

    if project.is_without_data:
        return keep_imported(project, folder, report=context.report, cancel=context.cancel)
    data = context.data()
    if project.model_file:
        return prepare_imported(project, data, folder, report=context.report, cancel=context.cancel)
    from engine.zoo import build_network
    from engine.zoo.describe import describe_network

    module = build_network(project.network, data.input_shape, len(data.classes), seed=0)
    write_data_outline(module, data, folder / OUTLINE_FILE, report=context.report, cancel=context.cancel)
    return describe_network(
        module, name=project.network, task=project.task, input_shape=data.input_shape
    )


def _run_convert(context: StageContext, folder: Path) -> Document:
    from engine.compress.finetune import evaluate
    from engine.compress.quantize import calibration_inputs, prepared_network
    from engine.convert.chain import convert_network
    from engine.int8_judgement import judge_repetition, why_unknown
    from engine.micro_reference import MicroReference
    from engine.trainable_network import fixed_ranges, load_network, save_network

    if context.project.is_without_data:
        return _convert_as_it_is(context, folder)
    data = context.data()
    step_folder = context.last_step_folder()
    step, by_default = context.project.recipe.quantisation()
    module = load_network(step_folder)
    given_ranges = fixed_ranges(step_folder)
    calibration = calibration_inputs(data, step, module, cancel=context.cancel)
    prepared, notes = prepared_network(
        module, calibration, step, given_ranges=bool(given_ranges), cancel=context.cancel
    )
    notes = [*([by_default] if by_default else []), *notes]
    for note in notes:
        context.report(LogLine(stage="convert", text=note))
    if prepared is not module:
        (folder / _PREPARED).mkdir()
        save_network(prepared, folder / _PREPARED, context.project, data)
    classification = not getattr(module, "reconstructs", False)
    converted = convert_network(
        prepared,
        data.input_shape,
        calibration,
        folder,
        classification=classification,
        first_last_int16=step.first_last_int16,
        int16_layers=step.wide_layers,
        method=step.method,
        given_ranges=given_ranges,
        report=context.report,
        cancel=context.cancel,
    )
    reference = MicroReference(converted.tflite_int8_path)
    quanta = reference.quantize_input(data.test.inputs)
    np.savez(
        folder / TEST_INPUTS,
        inputs=quanta.reshape(len(quanta), -1).view(np.int8),
        labels=data.test.labels,
        classes=np.array(data.classes if classification else [], dtype=str),
    )
    int8_accuracy: Figure | None = None
    confusion: list[list[int]] = []
    if classification:
        answers = reference.run_all(quanta, cancel=context.cancel)
        share, confusion = accuracy_and_confusion(answers, data.test.labels, len(data.classes))
        int8_accuracy = Measured(share, "fraction")
    else:
        _, area = judge_repetition(reference, data, data.test, cancel=context.cancel)
        int8_accuracy = None if area is None else Measured(area, "fraction")
        if why := why_unknown(data, data.test, "test"):
            notes.append(why)
    exact = evaluate(module, data, data.test).accuracy
    return summaries.ConvertSummary(
        files=converted.file_names,
        file_bytes=converted.file_bytes,
        float_accuracy=None if exact is None else Measured(exact, "fraction"),
        int8_accuracy=int8_accuracy,
        confusion=confusion,
        calibration_samples=len(calibration),
        notes=notes,
    )


def _convert_as_it_is(context: StageContext, folder: Path) -> Document:
    """Convert what was imported, with the samples that there are; nobody can say how accurate it is."""
    from engine.board_run import NOISE_INPUTS, noise_inputs
    from engine.micro_reference import MicroReference
    from engine.model_import.imported_model import ImportedModel
    from engine.untrained import convert_as_it_is

    samples, (step, _) = context.samples(), context.project.recipe.quantisation()
    notes = [samples.note]
    if step.equalise or step.bias_correction:
        notes.append("Without a data set, weights and biases stay as they are.")
    for note in notes:
        context.report(LogLine(stage="convert", text=note))
    converted = convert_as_it_is(
        ImportedModel.load(context.folders["model"]),
        samples,
        folder,
        first_last_int16=step.first_last_int16,
        int16_layers=step.wide_layers,
        method=step.method,
        report=context.report,
        cancel=context.cancel,
    )
    reference = MicroReference(converted.tflite_int8_path)
    chosen = _evenly(len(samples.calibration[0]), NOISE_INPUTS)
    rows = reference.input_samples([values[chosen] for values in samples.calibration])
    played = np.frombuffer(b"".join(rows), np.int8).reshape(len(rows), -1)
    noise = noise_inputs(reference.input_types, NOISE_INPUTS - len(rows))
    np.savez(folder / TEST_INPUTS, inputs=np.concatenate([played, noise]))
    return summaries.ConvertSummary(
        files=converted.file_names,
        file_bytes=converted.file_bytes,
        float_accuracy=None,
        int8_accuracy=None,
        confusion=[],
        calibration_samples=converted.calibration_samples,
        notes=notes,
    )


def _evenly(count: int, most: int) -> NDArray[np.int64]:
    """At most so many of `count` rows, evenly over all."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64))


def _spread(split: Split, most: int) -> Split:
    """At most so many samples, evenly over the whole part."""
    chosen = _evenly(len(split.labels), most)
    groups = tuple(split.groups[i] for i in chosen)
    origins = tuple(split.origins[i] for i in chosen) if split.origins else ()
    return dataclasses.replace(
        split,
        inputs=split.inputs[chosen],
        labels=split.labels[chosen],
        groups=groups,
        origins=origins,
    )


def _run_verify(context: StageContext, folder: Path) -> Document:
    from engine.target_layers import with_host
    from engine.verify import file_inputs, verify_converted, verify_tflite

    channels: dict[str, Any] = {"report": context.report, "cancel": context.cancel}
    path = context.tflite_path()
    if context.project.is_finished_model:
        return with_host(verify_tflite(path, **channels), path, file_inputs(path), **channels)
    from engine.converted_network import ConvertedNetwork
    from engine.micro_reference import MicroReference
    from engine.trainable_network import load_network
    from engine.verify.boundary import boundary_values

    if context.project.is_without_data:
        own = context.samples().with_ends(path)
        converted = ConvertedNetwork.in_folder(context.folders["convert"])
        summary = verify_converted(load_network(context.folders["model"]), converted, own, **channels)
        return with_host(summary, path, MicroReference(path).input_samples(own), **channels)
    data = context.data()
    real = data.test.inputs[:: max(1, len(data.test.inputs) // _VERIFY_REAL_SAMPLES)]
    noise = np.random.default_rng(0).normal(
        data.train.inputs.mean(), data.train.inputs.std(), (_VERIFY_NOISE_SAMPLES, *data.input_shape)
    )
    ends = boundary_values(path, data.input_shape)
    inputs = np.concatenate([real[:_VERIFY_REAL_SAMPLES], noise, ends]).astype(np.float32)
    labelled = _spread(data.test, _ACCURACY_SAMPLES)
    converted = ConvertedNetwork.in_folder(context.folders["convert"])
    prepared = context.folders["convert"] / _PREPARED
    module = load_network(prepared if prepared.exists() else context.last_step_folder())
    summary = verify_converted(module, converted, inputs, labelled=labelled, **channels)
    reference = MicroReference(path)
    tested = [quanta.tobytes() for quanta in reference.quantize_input(labelled.inputs)]
    summary = with_host(
        summary,
        path,
        [quanta.tobytes() for quanta in reference.quantize_input(inputs)],
        labelled=(tested, labelled.labels) if converted.softmax else None,
        **channels,
    )
    return msgspec.structs.replace(summary, classes=list(data.classes))


def _run_fit(context: StageContext, folder: Path) -> Document:
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import plan_on_board

    graph = read_tflite(context.tflite_path())
    board, front_end = context.board, chosen_front_end(None, context.project)
    return plan_on_board(graph, board, family=board.kernels, front_end=front_end).fit


def _run_build(context: StageContext, folder: Path) -> Document:
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import build_on_board

    return build_on_board(
        read_tflite(context.tflite_path()),
        context.board,
        family=context.board.kernels,
        folder=folder,
        tflite=context.tflite_path(),
        front_end=chosen_front_end(None, context.project),
        report=context.report,
        cancel=context.cancel,
    )


def _run_flash(context: StageContext, folder: Path) -> Document:
    build = _build(context)
    return context.board_access().flash(
        context.folders["build"] / build.elf, build=build, report=context.report, cancel=context.cancel
    )


def _run_board_run(context: StageContext, folder: Path) -> Document:
    from engine.board_run import run_inputs_on_board

    inputs, labels, classes = None, None, 0
    if not context.project.is_finished_model:
        played = read_test_inputs(context.folders["convert"])
        inputs, labels, classes = played.inputs, played.labels, len(played.classes)
    return run_inputs_on_board(
        context.board_access(),
        context.board,
        tflite=context.tflite_path(),
        build=_build(context),
        inputs=inputs,
        labels=labels,
        classes=classes,
        layers=True,
        partial=folder.with_suffix(".partial"),
        report=context.report,
        cancel=context.cancel,
    )


def _build(context: StageContext) -> summaries.BuildSummary:
    return summaries.read_summary(summaries.BuildSummary, context.folders["build"])


_RUNNERS: dict[str, Callable[[StageContext, Path], Document]] = {
    "data": _run_data,
    "model": _run_model,
    "convert": _run_convert,
    "verify": _run_verify,
    "fit": _run_fit,
    "build": _run_build,
    "flash": _run_flash,
    "board-run": _run_board_run,
}
