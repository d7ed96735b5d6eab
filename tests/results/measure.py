"""Measures one network: runs its recipe, converts it, and keeps every answer to the test clips.

A measurement is one file, named by a hash of what it depends on; it is never made twice. The recipe's
steps run through `pipeline.run`, which keeps every finished step and every epoch, so a run that is
killed goes on where it stopped.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import pipeline, summaries
from engine.content_hash import hash_tree, hash_values
from engine.data.labelled_set import LabelledSet
from engine.data.spec import DataSpec
from engine.events import CancelToken, Event, LogLine, discard
from engine.project import Project, create_project, open_project, write_atomically
from engine.recipe import DistillStep, QuantizeStep, Recipe, Step, new_step
from engine.stages import StageContext
from tests.results.subjects import SUBJECTS, Subject

_VERSION = 1  # of what a measurement holds


@dataclass(frozen=True)
class Wanted:
    """A network to measure: steps from the first training to the conversion."""

    subject: str
    steps: tuple[Step, ...]

    def depends(self, seed: int) -> dict[str, Any]:
        """Everything but code that decides the measurement: content of data and model, and settings."""
        subject = SUBJECTS[self.subject]
        spec = dataclasses.asdict(subject.spec_of(seed)) | {"source": ""}
        model = _content(str(subject.model_file)) if subject.model_file else subject.network
        steps = [{"kind": s.kind, **dataclasses.asdict(s)} for s in seeded(self.steps, seed)]
        plain = {"data": _content(subject.spec.source), "spec": spec, "model": model, "steps": steps}
        return json.loads(json.dumps(plain))

    def key(self, seed: int) -> str:
        """Names the measurement; other data, settings or seeds have another."""
        return hash_values([_VERSION, self.depends(seed)])

    def file(self, seed: int, folder: Path) -> Path:
        """Where the measurement lies; other code has another place."""
        return folder / "measurements" / f"{self.key(seed)}-{code_version()}.json"


@functools.cache
def _content(source: str) -> str:
    """Hash of data or of a model; they do not change while this runs."""
    return source if source.startswith("builtin:") else hash_tree(Path(source))


def code_version() -> str:
    """Of the code that decides figures, as the pipeline counts it: data, step, convert."""
    return ".".join(str(pipeline.CODE_VERSIONS[stage]) for stage in ("data", "step", "convert"))


def seeded(steps: Sequence[Step], seed: int) -> tuple[Step, ...]:
    """The same steps with this seed added to their own."""
    return tuple(
        dataclasses.replace(s, **{"seed": s.seed + seed}) if hasattr(s, "seed") else s for s in steps
    )


def measurement(
    wanted: Wanted, seed: int, folder: Path, *, older: bool = False
) -> dict[str, Any] | None:
    """What is known of a network, or None if it has not been measured.

    Args:
        wanted: the network.
        seed: of the run.
        folder: where measurements are kept.
        older: take one made by an older version of the code where there is none of this.
    """
    path = wanted.file(seed, folder)
    if not path.exists() and older:
        path = _older(wanted.depends(seed), path)
    return _read(path) if path.exists() else None


def _older(depends: dict[str, Any], path: Path) -> Path:
    """The newest measurement of the same, also from before some setting was invented."""
    same = [p for p in path.parent.glob("*.json") if _same(_read(p)["depends"], depends)]
    return max(same, default=path, key=lambda p: p.stat().st_mtime)


def _same(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if (old["data"], old["model"]) != (new["data"], new["model"]):
        return False
    pairs = [(DataSpec(), old["spec"], new["spec"])]
    if len(old["steps"]) != len(new["steps"]):
        return False
    for before, after in zip(old["steps"], new["steps"], strict=True):
        if before["kind"] != after["kind"]:
            return False
        pairs.append((new_step(after["kind"]), before, after))
    return all(_same_settings(*pair) for pair in pairs)


def _same_settings(usual: Any, old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether all old settings hold, and settings that are newer are the usual ones."""
    added = {k: v for k, v in new.items() if k not in old}
    known = json.loads(json.dumps(dataclasses.asdict(usual)))
    return all(new.get(k, None) == v for k, v in old.items()) and all(
        known[k] == v for k, v in added.items()
    )


@functools.cache
def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def measure(wanted: Wanted, seed: int, folder: Path) -> dict[str, Any]:
    """Train, convert and judge a network, unless that is done.

    Returns:
        `clusters` (speaker or shot of each test clip), `float` and `int8` (each `right`, a text of 0 and
        1 for each clip, and `certainty` of the winning class; or `scores` and `abnormal`),
        `parameters`, `macs`, `float_bytes`, `int8_bytes` (of the `.tflite` files), the same of
        `_constant_bytes` (weights and biases alone), `seconds`, `notes`.
    """
    if (known := measurement(wanted, seed, folder)) is not None:
        return known
    started = time.monotonic()
    steps = seeded(wanted.steps, seed)
    project = dataclasses.replace(project_of(wanted.subject, seed, folder), recipe=Recipe(steps))
    found = {"subject": wanted.subject, "seed": seed, "depends": wanted.depends(seed)}
    found |= {"code_version": code_version(), **_judged(project)}
    found["seconds"] = round(time.monotonic() - started, 1)
    kept = wanted.file(seed, folder)
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(kept, json.dumps(found) + "\n")
    return found


def project_of(name: str, seed: int, folder: Path) -> Project:
    """The project of one subject and seed, made when it is first asked for."""
    subject = SUBJECTS[name]
    spec = subject.spec_of(seed)
    identity = hash_values([spec.to_toml(), subject.network, str(subject.model_file)])[:6]
    place = folder / "projects" / f"{name}-{seed}-{identity}.thimble"
    if (place / "project.json").exists():
        return open_project(place)
    if subject.model_file is None:
        return create_project(place, task=spec.task, network=subject.network, data=spec)
    return _project_of_file(subject, place, seed)


def _project_of_file(subject: Subject, place: Path, seed: int) -> Project:
    from engine.verbs import perform

    arguments = {
        "verb": "new",
        "project": str(place),
        "network": str(subject.model_file),
        "data": subject.spec.source,
        "task": subject.spec.task,
    }
    perform(arguments, report=discard, cancel=CancelToken())
    project = open_project(place)
    assert project.data is not None
    project.data = dataclasses.replace(project.data, seed=subject.spec_of(seed).seed)
    project.save()
    return project


def _judged(project: Project) -> dict[str, Any]:
    """Run the steps and convert; the answers of both forms to the test clips."""
    from engine.compress.finetune import outputs_of, to_tensor
    from engine.compress.quantize import calibration_inputs, prepared_network
    from engine.convert.chain import convert_network
    from engine.micro_reference import MicroReference
    from engine.trainable_network import fixed_ranges, load_network

    notes: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, LogLine):
            notes.append(event.text)

    channels: dict[str, Any] = {"report": listen, "cancel": CancelToken()}
    last = [p.stage for p in pipeline.planned_stages(project) if p.stage.startswith("step-")][-1]
    pipeline.run(project, until=last, **channels)
    folders = {s.stage: s.folder for s in pipeline.readiness(project) if s.state == "done"}
    step_folder = folders[last]
    assert step_folder is not None
    context = StageContext(project, "", listen, CancelToken(), {k: v for k, v in folders.items() if v})
    data, module = context.data(), load_network(step_folder)
    classifies = not getattr(module, "reconstructs", False)
    step = project.recipe.quantisation()[0]
    given = fixed_ranges(step_folder)
    samples = calibration_inputs(data, step, module)
    prepared, _ = prepared_network(
        module, samples, step, given_ranges=bool(given), cancel=channels["cancel"]
    )
    with tempfile.TemporaryDirectory(prefix="thimble-results-") as name:
        converted = convert_network(
            prepared,
            data.input_shape,
            samples,
            Path(name),
            classification=classifies,
            first_last_int16=step.first_last_int16,
            method=step.method,
            given_ranges=given,
            **channels,
        )
        reference = MicroReference(converted.tflite_int8_path)
        whole = reference.run_all(reference.quantize_input(data.test.inputs), **_cancel(channels))
        sizes = converted.tflite_float_path, converted.tflite_int8_path
        float_bytes, int8_bytes = (path.stat().st_size for path in sizes)
        float_constants, int8_constants = map(_constant_bytes, sizes)
    exact = outputs_of(module, to_tensor(data.test.inputs))
    summary = summaries.read_summary(summaries.StepSummary, step_folder)
    found: dict[str, Any] = {
        "clusters": _clusters(data),
        "float": _answers(exact.softmax(1).numpy() if classifies else exact.numpy(), data, classifies),
        "int8": _answers(whole, data, classifies),
        "parameters": summary.parameters,
        "macs": summary.macs_after,
        "float_bytes": float_bytes,
        "int8_bytes": int8_bytes,
        "float_constant_bytes": float_constants,
        "int8_constant_bytes": int8_constants,
        "notes": notes,
    }
    distil = [s for s in project.recipe.steps if isinstance(s, DistillStep)]
    if distil:
        found["teacher"] = _teacher(distil[0], context, data, channels)
    return found


def _constant_bytes(path: Path) -> int:
    """Weights and biases of a `.tflite`, without scales, names and the description of the graph."""
    from engine.model_import.tflite_file import read_tflite

    return sum(t.data.nbytes for t in read_tflite(path).tensors if t.data is not None)


def _cancel(channels: dict[str, Any]) -> dict[str, Any]:
    return {"cancel": channels["cancel"]}


def _teacher(
    step: DistillStep, context: StageContext, data: LabelledSet, channels: dict[str, Any]
) -> dict[str, Any]:
    """Answers and size of the teacher, which the step has left among the project's results."""
    from engine.compress.finetune import outputs_of, to_tensor
    from engine.compress.prune import parameter_count
    from engine.distillation import find_teachers

    (teacher,) = find_teachers(step, context, data, {**channels, "stage": "distill"})
    answers = outputs_of(teacher.module, to_tensor(data.test.inputs)).softmax(1).numpy()
    return {"parameters": parameter_count(teacher.module), **_answers(answers, data, True)}


def _clusters(data: LabelledSet) -> list[str]:
    """Speaker or shot of each clip; a clip of nobody is a cluster by itself, known by its content."""
    test = data.test
    content = (hashlib.sha256(x.tobytes()).hexdigest()[:12] for x in test.inputs)
    return [group or f"clip {text}" for group, text in zip(test.groups, content, strict=True)]


def _answers(answers: NDArray[Any], data: LabelledSet, classifies: bool) -> dict[str, Any]:
    test = data.test
    answers = answers.reshape(len(answers), -1)
    if not classifies:
        inputs = np.moveaxis(test.inputs, -1, 1) if test.inputs.ndim > 2 else test.inputs
        scores = np.square(answers - inputs.reshape(len(inputs), -1)).mean(axis=1)
        healthy = np.isin(test.labels, [data.classes.index(name) for name in data.normal])
        return {"scores": [float(f"{s:.6g}") for s in scores], "abnormal": _bits(~healthy)}
    certainty = answers.max(axis=1)
    return {
        "right": _bits(answers.argmax(axis=1) == test.labels),
        "certainty": [round(float(c), 4) for c in certainty],
    }


def _bits(values: NDArray[np.bool_]) -> str:
    return "".join("1" if value else "0" for value in values)


def usual(*steps: Step, quantize: QuantizeStep | None = None) -> tuple[Step, ...]:
    """Steps, then the conversion."""
    return (*steps, quantize or QuantizeStep())
