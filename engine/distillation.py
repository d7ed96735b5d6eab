"""The teachers of a distillation step: networks of the zoo, trained when needed, or model files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from engine.content_hash import hash_values
from engine.errors import UsageError
from engine.events import LogLine
from engine.recipe import DistillStep, TrainStep
from engine.summaries import EarlyStop
from engine.teacher_trust import how_to_trust

if TYPE_CHECKING:
    from torch import nn

    from engine.data import LabelledSet
    from engine.stages import StageContext

# Multiply-accumulates of one sample; the largest keyword spotter takes 51 million for its spectra.
_TEACHABLE_MACS = 60_000_000
_CODE_VERSION = 1  # raise it when trained teachers change


@dataclass(frozen=True)
class Teacher:
    """A trained network, in evaluation mode, and what people call it.

    `early_stop` is set where its training was ended early: such a teacher is used, but not kept.
    """

    name: str
    module: nn.Module
    early_stop: EarlyStop | None = None


def find_teachers(
    step: DistillStep,
    context: StageContext,
    data: LabelledSet,
    channels: dict[str, Any],
    *,
    repeats: bool = False,
) -> list[Teacher]:
    """The step's teachers, ready to teach.

    Args:
        step: names them.
        context: of the run; teachers of the zoo are kept among the project's results.
        data: what student and teachers see.
        channels: `report`, `cancel` and `stage`, for training and importing.
        repeats: the student is an autoencoder, so another one teaches it where none is named.

    Raises:
        UsageError: a name is unknown, or a file's network takes inputs of another size.
        BadInputFile: a file may hold code, and the step does not say that it is trusted.
        EngineError: a file cannot be read, or a training failed.
        Cancelled: the user stopped it; the teacher's last finished epoch is kept.
    """
    from engine.zoo import network_names

    task = context.project.task
    usual = "autoencoder" if repeats else default_teacher(task, data.input_shape, len(data.classes))
    names = step.teachers or (usual,)
    teachers = []
    for name in names:
        if name in network_names():
            teachers.append(_zoo_teacher(name, step, context, data, channels))
        elif Path(name).exists():
            module = _file_teacher(name, step, context, data, channels)
            teachers.append(Teacher(Path(name).name, module))
        else:
            raise UsageError(
                f"There is no teacher {name}: it is neither a file nor a network of the zoo.",
                hint=f"Give the whole path of a file, or one of {', '.join(network_names())}.",
            )
    return teachers


def default_teacher(task: str, input_shape: tuple[int, ...], classes: int) -> str:
    """The network of the zoo that teaches where none is named.

    Of those that suit the task and the size of the pictures, the one that works hardest on a sample, as
    far as two cores can train it in minutes. Work tells more than weights do: a dense layer over a large
    picture has most weights and understands least. Networks that are too large for any board teach only
    when they are named, and networks that halve a small picture until one place is left never do so by
    default. Where all ask for too much work, the one with least.

    Args:
        task: of the project.
        input_shape: of one sample without batch, channels last.
        classes: number of classes.
    """
    from engine.zoo import NETWORKS, build_network
    from engine.zoo.describe import describe_network

    if len(input_shape) != 3:
        return "tiny-dense"
    work: dict[str, int] = {}
    for network in NETWORKS:
        suits = task in network.tasks and network.least_edge <= min(input_shape[:2])
        if not suits or not network.for_boards or network.name == "tiny-dense":
            continue
        module = build_network(network.name, input_shape, classes, seed=0)
        if not getattr(module, "reconstructs", False):
            described = describe_network(module, name=network.name, task=task, input_shape=input_shape)
            work[network.name] = described.macs
    affordable = [name for name, macs in work.items() if macs <= _TEACHABLE_MACS]
    return max(affordable, key=work.__getitem__) if affordable else min(work, key=work.__getitem__)


def _zoo_teacher(
    name: str, step: DistillStep, context: StageContext, data: LabelledSet, channels: dict[str, Any]
) -> Teacher:
    from engine.compress.finetune import train
    from engine.zoo import build_network, checkpoint

    training = TrainStep(epochs=step.teacher_epochs, seed=step.seed)
    inputs = [_CODE_VERSION, name, context.folders["data"].name, training.epochs, training.seed]
    folder = context.project.artefacts_folder / f"teacher-{name}" / hash_values(inputs)
    if folder.is_dir():
        return Teacher(name, checkpoint.load_network(folder))
    _say(channels, f"The teacher {name} is trained first; its result is kept for later.")
    module = build_network(name, data.input_shape, len(data.classes), seed=step.seed)
    state = folder.parent / f".{folder.name}.checkpoint"
    result = train(module, data, training, checkpoint=state, **channels)
    if result.early_stop is not None:
        return Teacher(name, result.module.eval(), structs.replace(result.early_stop, training=name))
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    checkpoint.save_network(
        result.module, draft, network=name, input_shape=data.input_shape, classes=len(data.classes)
    )
    draft.rename(folder)
    return Teacher(name, result.module.eval())


def _file_teacher(
    name: str, step: DistillStep, context: StageContext, data: LabelledSet, channels: dict[str, Any]
) -> nn.Module:
    from engine.model_import.confined_import import import_confined

    path, steps = Path(name), context.project.recipe.steps
    number = steps.index(step) + 1 if step in steps else 0
    with tempfile.TemporaryDirectory(prefix="thimble-teacher-") as folder:
        imported = import_confined(
            path,
            Path(folder),
            trust=step.trusts(name),
            trust_by=how_to_trust(step, context.project.folder, number, name),
            input_shape=(data.input_shape[-1], *data.input_shape[:-1]),
            report=channels["report"],
            cancel=channels["cancel"],
        )
    if imported.input_shape != data.input_shape:
        raise UsageError(
            f"The teacher {path.name} takes inputs of {_words(imported.input_shape)}, the data here are "
            f"of {_words(data.input_shape)}.",
            hint="Choose a teacher for inputs of this size, or read the data at its size.",
        )
    return imported.module.eval()


def _words(shape: Sequence[int]) -> str:
    return "x".join(str(n) for n in shape)


def _say(channels: dict[str, Any], text: str) -> None:
    channels["report"](LogLine(stage=channels["stage"], text=text))
