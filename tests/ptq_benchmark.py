"""What post-training quantisation costs: `python -m tests.ptq_benchmark [--seeds 0 1 2] [--sets ...]`.

Trains each network once a seed and keeps it in the cache folder; then quantises it in many ways and
compares each with the float network on the same clips. One row a way: what it loses on the validation
part (which is what defaults may be chosen by) and on the test part (which is not), in points, mean over
the seeds, with the 95 % bootstrap interval over whole speakers or shots. `changed` is the share of
answers that differ from the float network's, `moved` the mean distance of their probabilities (total
variation), which is far less noisy. Answers are kept too: remove the cache folder after changes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.compress.batches import to_tensor
from engine.compress.finetune import evaluate, train
from engine.compress.paired import PairedDifference, paired_difference
from engine.compress.quantize import calibration_inputs, prepared_network
from engine.convert.onnx_to_tensorflow import build_tensorflow
from engine.convert.ranges import measure_ranges
from engine.convert.tensorflow_to_tflite import convert_float, convert_int8
from engine.convert.torch_to_onnx import export_onnx
from engine.data import DataSpec, LabelledSet, load_data
from engine.data.labelled_set import Split
from engine.events import CancelToken, discard
from engine.micro_reference import MicroReference
from engine.recipe import QuantizeStep, TrainStep
from engine.value_histogram import METHODS
from engine.zoo import build_network
from engine.zoo.checkpoint import load_network, save_network
from tests.helpers.shared_data import shared_data_folder

_CHANNELS = {"report": discard, "cancel": CancelToken()}


@dataclass(frozen=True)
class Subject:
    """A network on a data set, and how it is trained.

    `even` divides every column of the inputs by its standard deviation over the training part: the first
    coefficient of speech is twenty times as large as the others, which then are left a few quanta.
    """

    spec: DataSpec
    network: str
    training: TrainStep
    even: bool = False


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def subjects() -> dict[str, Subject]:
    """What can be measured here; sets that are not on this machine are left out."""
    speech = str(shared_data_folder("speech", "speech_commands"))
    signs = str(shared_data_folder("images", "sign_digits100"))
    found = {
        "keywords": Subject(DataSpec(source=speech, task="keywords"), "ds-cnn-s", TrainStep(epochs=24)),
        "keywords-even": Subject(
            DataSpec(source=speech, task="keywords"), "ds-cnn-s", TrainStep(epochs=24), even=True
        ),
        "keywords-builtin": Subject(DataSpec(), "ds-cnn-s", TrainStep(epochs=12)),
        "signs": Subject(DataSpec(source=signs, task="images"), "resnet8", TrainStep(epochs=16)),
        "signs-mobilenet": Subject(
            DataSpec(source=signs, task="images", image_size=48),
            "mobilenet-v1-025",
            TrainStep(epochs=16),
        ),
    }
    return {n: s for n, s in found.items() if s.spec.built_in or Path(s.spec.source).exists()}


def loaded(subject: Subject, cache: Path) -> LabelledSet:
    """The subject's data, from the cache after the first time."""
    data = load_data(subject.spec, cache_folder=cache / "features", **_CHANNELS)
    if not subject.even:
        return data
    size = data.train.inputs.std(axis=(0, 1), keepdims=True)[0]
    parts = {n: replace(s, inputs=s.inputs / size) for n, s in data.splits.items()}
    return data.replaced(**parts, train_variants=data.train_variants / size)


def trained(name: str, subject: Subject, data: LabelledSet, seed: int, cache: Path) -> nn.Module:
    """The network of this seed, trained now or taken from the cache."""
    folder = cache / f"{name}-{seed}"
    if not (folder / "network.json").exists():
        started = time.monotonic()
        module = build_network(subject.network, data.input_shape, len(data.classes), seed=seed)
        result = train(module, data, replace(subject.training, seed=seed), **_CHANNELS)
        folder.mkdir(parents=True, exist_ok=True)
        save_network(
            result.module,
            folder,
            network=subject.network,
            input_shape=data.input_shape,
            classes=len(data.classes),
        )
        _say(
            f"{name} seed {seed}: test accuracy {result.test_accuracy:.1%} "
            f"after {time.monotonic() - started:.0f} s",
        )
    return load_network(folder)


@dataclass
class Answers:
    """Probabilities of one network on the two parts, each (samples, classes)."""

    validation: NDArray[np.float64]
    test: NDArray[np.float64]


def float_answers(module: nn.Module, data: LabelledSet) -> Answers:
    """What the float network says."""

    def of(split: Split) -> NDArray[np.float64]:
        with torch.inference_mode():
            return torch.softmax(module(to_tensor(split.inputs)).double(), dim=1).numpy()

    return Answers(of(data.validation), of(data.test))


def quantised_answers(
    module: nn.Module, data: LabelledSet, steps: Sequence[QuantizeStep], folder: Path
) -> list[Answers]:
    """What TFLite Micro says after each way of reading ranges; the steps prepare the network alike."""
    calibration = calibration_inputs(data, steps[0], module)
    prepared, _ = prepared_network(module, calibration, steps[0], cancel=CancelToken())
    shape = (data.input_shape[-1], *data.input_shape[:-1])
    network = build_tensorflow(export_onnx(prepared, [shape], folder / "network.onnx", softmax=True))
    float_path, int8_path = folder / "float.tflite", folder / "int8.tflite"
    convert_float(network, float_path)
    answers = []
    for step in steps:
        ranges = measure_ranges(float_path, calibration, method=step.method, **_CHANNELS)
        convert_int8(float_path, int8_path, ranges, first_last_int16=step.first_last_int16)
        reference = MicroReference(int8_path)
        parts = (data.validation, data.test)
        answers.append(Answers(*(_probabilities(reference, split) for split in parts)))
    return answers


def _probabilities(reference: MicroReference, split: Split) -> NDArray[np.float64]:
    quanta = reference.quantize_input(split.inputs)
    return reference.run_all(quanta).astype(np.float64)


def ways() -> dict[str, list[QuantizeStep]]:
    """Steps by how the network is prepared; those of one entry share a float conversion."""
    kinds = {
        "": QuantizeStep(equalise=False, bias_correction=False),
        " + bias correction": QuantizeStep(equalise=False, bias_correction=True),
        " + equalise": QuantizeStep(equalise=True, bias_correction=False),
        " + equalise + bias correction": QuantizeStep(equalise=True, bias_correction=True),
        ", samples by the adviser": QuantizeStep(
            equalise=False, bias_correction=False, choice="advised"
        ),
    }
    return {title: [replace(step, method=method) for method in METHODS] for title, step in kinds.items()}


def main(words: Sequence[str] | None = None) -> None:
    """Train what is missing, quantise in every way, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--sets", nargs="+", choices=list(subjects()), default=["keywords", "signs"])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "thimble-ptq")
    parser.add_argument("--train-only", action="store_true")
    given = parser.parse_args(words)
    for name in given.sets:
        subject = subjects()[name]
        data = loaded(subject, given.cache)
        networks = [trained(name, subject, data, seed, given.cache) for seed in given.seeds]
        if given.train_only:
            continue
        print_table(name, subject, data, networks, given.seeds, given.cache)


def print_table(
    name: str,
    subject: Subject,
    data: LabelledSet,
    networks: list[nn.Module],
    seeds: list[int],
    cache: Path,
) -> None:
    """One row for each way to quantise."""
    before = [float_answers(module, data) for module in networks]
    shares = [evaluate(module, data, data.test).accuracy for module in networks]
    _say(
        f"\n{name}: {subject.network}, seeds {seeds}, float test accuracy "
        f"{np.mean(shares):.1%} ({', '.join(f'{s:.1%}' for s in shares)}); "
        f"{len(data.validation.labels)} validation clips of {len(set(data.validation.groups))} groups, "
        f"{len(data.test.labels)} test clips of {len(set(data.test.groups))} groups"
    )
    _say("| way | validation: points | changed | moved | test: points | changed | moved |")
    _say("|---|---|---|---|---|---|---|")
    for title, steps in ways().items():
        after = [
            kept_answers(cache / f"{name}-{seed}", title, module, data, steps)
            for seed, module in zip(seeds, networks, strict=True)
        ]
        for number, step in enumerate(steps):
            cells = []
            for part in ("validation", "test"):
                floats = np.stack([getattr(a, part) for a in before])
                whole = np.stack([getattr(answers[number], part) for answers in after])
                cells.append(str(difference(floats, whole, data.splits[part])))
                changed = floats.argmax(axis=2) != whole.argmax(axis=2)
                cells += [
                    f"{changed.mean():.2%}",
                    f"{np.abs(floats - whole).sum(axis=2).mean() / 2:.3%}",
                ]
            _say(f"| {step.method}{title} | {' | '.join(cells)} |")


def kept_answers(
    folder: Path, title: str, module: nn.Module, data: LabelledSet, steps: Sequence[QuantizeStep]
) -> list[Answers]:
    """The answers of one network after each step, computed now or taken from the cache."""
    path = folder / f"answers{title.replace(' ', '')}.npz"
    if not path.exists():
        with tempfile.TemporaryDirectory() as name:
            found = quantised_answers(module, data, steps, Path(name))
        np.savez(
            path,
            validation=np.stack([a.validation for a in found]),
            test=np.stack([a.test for a in found]),
        )
    with np.load(path) as stored:
        return [Answers(v, t) for v, t in zip(stored["validation"], stored["test"], strict=True)]


def difference(
    floats: NDArray[np.float64], whole: NDArray[np.float64], split: Split
) -> PairedDifference:
    """Points that the whole numbers gain (or lose: negative); answers are (seeds, samples, classes)."""
    right = [answers.argmax(axis=2) == split.labels for answers in (floats, whole)]
    return paired_difference(right[0], right[1], split.groups, 0)


if __name__ == "__main__":
    main()
