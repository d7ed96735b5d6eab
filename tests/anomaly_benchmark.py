"""How well autoencoders tell a faulty fan: `python -m tests.anomaly_benchmark --folder FOLDER`.

Recordings of a ceiling fan by others: normal (off, low, medium, and low while the mount was moved every
20 seconds), and with a coin on a blade (low, medium). Clips that follow each other resemble each other,
so whole blocks of 25 and whole mountings are held out, and are what intervals are made of. A mounting
is told by gravity: where it turns by more than 0.01 g from one clip to the next, a new one begins.

Networks learn from normal clips only; the best epoch is that of the lowest error on normal blocks held
out for it, so no clip with a coin chooses anything. Finished measurements in the folder are kept;
`--write docs/results-anomaly.md` writes what the folder holds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.data import augment, features
from engine.data.features import Floats
from engine.data.labelled_set import LabelledSet, Split
from engine.data.tables import read_record
from engine.events import CancelToken, discard
from engine.recipe import QuantizeStep, TrainStep
from engine.tflite_model import TfliteModel
from tests.anomaly_document import document
from tests.anomaly_recipes import RECIPES, measure_recipe, recipes_text
from tests.helpers.shared_data import shared_data_folder

if TYPE_CHECKING:
    from torch import nn

OFF, LOW, MOVING, MEDIUM, LOW_COIN, MEDIUM_COIN = range(6)
CLASSES = (
    *("fan_0_off_0_weight", "fan_0_low_0_weight", "fan_0_low_0_weight-moving", "fan_0_med_0_weight"),
    *("fan_0_low_1_weight", "fan_0_med_1_weight"),
)
NORMAL = CLASSES[:4]
_BLOCK_CLIPS = 25
_TURNED_G = 0.01
_FEWEST_CLIPS = 4  # between two mountings somebody's hand is in the clip; such pieces are left out
_CHANNELS: dict[str, Any] = {"report": discard, "cancel": CancelToken()}
_VARIANTS = 24
_ENDS = (-128, 127)
_TIGHT = ("medium",)  # where ranges without headroom are measured, too


@dataclass(frozen=True)
class Question:
    """What is tested: which conditions are learnt from, and which are tested on.

    Attributes:
        text: for the table.
        learnt: normal conditions that train.
        tested: conditions whose test blocks are tested; those that were not learnt from, whole.
    """

    text: str
    learnt: tuple[int, ...]
    tested: tuple[int, ...]


QUESTIONS = {
    "mixed": Question(
        "every condition known, other blocks and mountings", (0, 1, 2, 3), tuple(range(6))
    ),
    "mounting": Question(
        "unseen mountings, half of the 14 known", (OFF, LOW, MOVING, MEDIUM), (MOVING, LOW_COIN)
    ),
    "only-mounting": Question(
        "unseen mountings, one single known", (OFF, LOW, MEDIUM), (MOVING, LOW_COIN)
    ),
    "medium": Question("unseen speed: medium", (OFF, LOW, MOVING), (MEDIUM, MEDIUM_COIN)),
    "low": Question("unseen speed: low", (OFF, MEDIUM), (LOW, LOW_COIN)),
}
CONTENDERS = {
    "plain": ("autoencoder", "spectra"),
    "plain-small": ("autoencoder-s", "spectra"),
    "mlperf-gain-free": ("autoencoder", "gain-free"),
    "small-gain-free": ("autoencoder-s", "gain-free"),
}


@dataclass(frozen=True)
class Recordings:
    """All clips: float32 (n, 200, 3) in g, the condition of each, and its block or mounting."""

    records: Floats
    conditions: NDArray[np.int64]
    blocks: NDArray[np.int64]


def read_recordings(folder: Path) -> Recordings:
    """Read every clip and tell its block."""
    records, conditions, blocks = [], [], []
    for condition, name in enumerate(CLASSES):
        clips = np.stack([read_record(path) for path in sorted((folder / name).glob("*.csv"))])
        numbers = block_numbers(clips)
        kept = np.bincount(numbers)[numbers] >= _FEWEST_CLIPS
        _, numbers = np.unique(numbers[kept], return_inverse=True)
        records.append(clips[kept])
        conditions.append(np.full(len(numbers), condition))
        blocks.append(numbers)
    return Recordings(np.concatenate(records), np.concatenate(conditions), np.concatenate(blocks))


def block_numbers(clips: Floats) -> NDArray[np.int64]:
    """Which block each clip (n, rows, axes) of one recording is in, counted from 0."""
    gravity = clips.mean(axis=1)
    turned = np.abs(np.diff(gravity, axis=0, prepend=gravity[:1])).sum(axis=1) > _TURNED_G
    numbers, length = [0], 1
    for new in turned[1:]:
        starts = bool(new) or length == _BLOCK_CLIPS
        numbers.append(numbers[-1] + starts)
        length = 1 if starts else length + 1
    return np.array(numbers)


def labelled(recordings: Recordings, question: str, kind: str) -> LabelledSet:
    """The set of one question: of what is learnt from, one block in four is tested and one judges.

    Of `mounting`, every second mounting is tested.
    """
    asked = QUESTIONS[question]
    conditions, blocks = recordings.conditions, recordings.blocks
    learnt = np.isin(conditions, asked.learnt)
    held = blocks % 4 == 1
    if question == "mounting":
        held = np.where(conditions == MOVING, blocks % 2 == 1, held)
    judging = learnt & ~held & (blocks % 4 == 2)
    training = learnt & ~held & ~judging
    tested = np.isin(conditions, asked.tested)
    # A coin is never learnt from; where all is known, as large a part of both kinds is tested.
    tested &= held | (~learnt & (question != "mixed"))
    to_features: Callable[[Floats], Floats] = (
        features.gain_free_vibration if kind == "gain-free" else features.vibration_spectra
    )
    splits = [
        Split(
            to_features(recordings.records[rows]),
            conditions[rows],
            tuple(f"{CLASSES[c]} {b}" for c, b in zip(conditions[rows], blocks[rows], strict=True)),
        )
        for rows in (training, judging, tested)
    ]
    copies = _VARIANTS if kind == "spectra" else 0
    shape = splits[0].inputs.shape
    variants = np.empty((copies, *shape), np.float32)
    for number in range(copies):
        generator = np.random.default_rng([0, 24, number])
        variants[number] = to_features(augment.vary_records(recordings.records[training], generator))
    return LabelledSet(
        name="ceiling fan",
        kind="spectrum" if kind == "spectra" else kind,
        classes=CLASSES,
        input_shape=shape[1:],
        train=splits[0],
        validation=splits[1],
        test=splits[2],
        train_variants=variants,
        normal=NORMAL,
    )


def measure(contender: str, data: LabelledSet, seed: int, *, board: bool, tight: bool) -> dict[str, Any]:
    """Train, convert, and score every test clip.

    Returns:
        `clusters` and `abnormal` of the test clips; `float`, their scores; `weights` in number; what
        `_in_8_bits` says; and, if `tight`, the same under `tight`, with ranges that end where healthy
        samples do.
    """
    from engine.compress.batches import to_tensor
    from engine.compress.finetune import outputs_of, train
    from engine.compress.quantize import calibration_inputs, calibration_rows
    from engine.zoo import build_network

    module = build_network(CONTENDERS[contender][0], data.input_shape, 0, seed=seed)
    module = train(module, data, TrainStep(epochs=40, seed=seed), **_CHANNELS).module
    test, step = to_tensor(data.test.inputs), QuantizeStep(seed=seed)
    repeated = outputs_of(module, test)
    found = {
        "clusters": list(data.test.groups),
        "abnormal": "".join("1" if c >= LOW_COIN else "0" for c in data.test.labels),
        "float": _short((repeated - test.flatten(1)).square().mean(dim=1).numpy()),
        "weights": sum(p.numel() for p in module.parameters()),
        **_in_8_bits(module, data, calibration_inputs(data, step, module), board=board),
    }
    if tight:
        seen = data.train.inputs[calibration_rows(data, step, module)]
        found["tight"] = _in_8_bits(module, data, seen, board=False)
    return found


def _in_8_bits(module: nn.Module, data: LabelledSet, samples: Floats, *, board: bool) -> dict[str, Any]:
    """How the converted network scores the test clips.

    Returns:
        `int8`: mean squared errors between what the network took and what it gave, as a board can
        compute them; `input_rail` and `output_rail`: shares of 8-bit numbers at either end;
        `clips_at_rail`: share of clips with any; `int8_bytes` of the whole `.tflite`; and, if the
        virtual board is asked, `board_clips` and `board_mismatched_bytes`.
    """
    from engine.convert.chain import convert_network
    from engine.micro_reference import MicroReference

    with tempfile.TemporaryDirectory(prefix="thimble-anomaly-") as name:
        converted = convert_network(
            module, data.input_shape, samples, Path(name), classification=False, **_CHANNELS
        )
        path = converted.tflite_int8_path
        int8_bytes, reference = path.stat().st_size, MicroReference(path)
        quanta = reference.quantize_input(data.test.inputs)
        answers = reference.run_all(quanta).reshape(len(quanta), -1)
        output = TfliteModel.read(path)
        found = output.quantization(int(output.graph.outputs[0]))
        played = _on_board(path, quanta) if board else {}
    assert found is not None
    given = np.rint(answers / float(found[0][0])) + int(found[1][0])
    taken = np.moveaxis(quanta, -1, 1) if quanta.ndim > 2 else quanta
    wanted = reference.input_values(taken).reshape(len(quanta), -1)
    at_ends = [np.isin(q.reshape(len(quanta), -1), _ENDS) for q in (taken, given)]
    return {
        "int8": _short(np.square(answers - wanted).mean(axis=1)),
        "input_rail": float(at_ends[0].mean()),
        "output_rail": float(at_ends[1].mean()),
        "clips_at_rail": float((at_ends[0].any(axis=1) | at_ends[1].any(axis=1)).mean()),
        "int8_bytes": int8_bytes,
        **played,
    }


def _on_board(path: Path, quanta: NDArray[Any]) -> dict[str, int]:
    """Every clip on a virtual STM32F407: how many ran, and bytes that differ from TFLite Micro's."""
    from engine.board_access import open_board
    from engine.board_run import run_inputs_on_board
    from engine.boards import load_board
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import build_on_board

    board = load_board("stm32f407")
    with tempfile.TemporaryDirectory(prefix="thimble-anomaly-") as name:
        build = build_on_board(
            read_tflite(path),
            board,
            family=board.kernels,
            folder=Path(name),
            tflite=path,
            **_CHANNELS,
        )
        with open_board("virtual", board.id) as access:
            access.flash(Path(name) / build.elf, **_CHANNELS)
            inputs = np.ascontiguousarray(quanta.reshape(len(quanta), -1).view(np.int8))
            ran = run_inputs_on_board(
                access, board, tflite=path, build=build, inputs=inputs, layers=False, **_CHANNELS
            )
    return {"board_clips": len(quanta), "board_mismatched_bytes": ran.mismatched_bytes}


def _short(scores: NDArray[np.float32]) -> list[float]:
    return [float(f"{score:.6g}") for score in scores]


def result_file(folder: Path, contender: str, question: str, seed: int) -> Path:
    """Where a measurement is kept."""
    return folder / f"{contender}-{question}-{seed}.json"


def recipe_file(folder: Path, name: str, seed: int) -> Path:
    """Where a recipe's measurement is kept."""
    return folder / f"recipe-{list(RECIPES).index(name) + 1}-{seed}.json"


def main(words: Sequence[str] | None = None) -> int:
    """Measure what is missing, or write the document."""
    parser = argparse.ArgumentParser(prog="python -m tests.anomaly_benchmark", description=__doc__)
    parser.add_argument("--contender", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--question", nargs="+", choices=list(QUESTIONS), default=list(QUESTIONS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, required=True, help="keeps measurements")
    parser.add_argument("--recipes", action="store_true", help="measure recipes instead")
    parser.add_argument("--board", action="store_true", help="run the smallest network on a board, too")
    parser.add_argument("--write", type=Path, help="write this document; measure nothing")
    given = parser.parse_args(words)
    if given.write:
        found = {
            (c, q, s): json.loads(path.read_text("utf-8"))
            for c in given.contender
            for q in given.question
            for s in given.seeds
            if (path := result_file(given.folder, c, q, s)).exists()
        }
        texts = {name: question.text for name, question in QUESTIONS.items()}
        recipes = {
            (r, s): json.loads(path.read_text("utf-8"))
            for r in RECIPES
            for s in given.seeds
            if (path := recipe_file(given.folder, r, s)).exists()
        }
        page = document(found, texts, given.seeds, recipes_text(recipes, given.seeds))
        given.write.write_text(page, "utf-8")
        return 0
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    given.folder.mkdir(parents=True, exist_ok=True)
    source = shared_data_folder("anomaly_vibration", "ceiling_fan")
    if given.recipes:
        for seed, name in itertools.product(given.seeds, RECIPES):
            path = recipe_file(given.folder, name, seed)
            if not path.exists():
                measured = measure_recipe(name, source.resolve(), NORMAL, seed)
                path.write_text(json.dumps(measured) + "\n", "utf-8")
                _say(f"{name}, seed {seed}, is measured")
        return 0
    recordings = read_recordings(source)
    for seed in given.seeds:
        for question in given.question:
            for contender in given.contender:
                path = result_file(given.folder, contender, question, seed)
                board = given.board and contender == "small-gain-free"
                known = json.loads(path.read_text("utf-8")) if path.exists() else {}
                tight = question in _TIGHT
                if known and ("board_clips" in known or not board) and ("tight" in known or not tight):
                    continue
                data = labelled(recordings, question, CONTENDERS[contender][1])
                path.write_text(
                    json.dumps(measure(contender, data, seed, board=board, tight=tight)) + "\n", "utf-8"
                )
                _say(f"{path.stem} is measured")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
