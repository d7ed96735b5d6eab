"""Where a part has no healthy or no faulty samples, no figure says how well faults are found."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from engine import pipeline
from engine.compress.finetune import evaluate, train
from engine.data import DataSpec, LabelledSet
from engine.errors import BadInputFile
from engine.events import CancelToken, EpochEnded, Event, discard, from_json, to_json
from engine.int8_judgement import why_unknown
from engine.order_comparison import compare_orders
from engine.project import Project, create_project
from engine.recipe import DistillStep, PruneStep, QatStep, Recipe, TrainStep
from engine.recipe_verbs import recipe_rows
from engine.summaries import ConvertSummary, StepSummary
from engine.terminal import TerminalView
from engine.zoo import build_network
from tests.engine.compress import sets


def only(data: LabelledSet, part: str, label: int) -> LabelledSet:
    """The same with samples of one class in a part."""
    split = data.splits[part]
    rows = np.flatnonzero(split.labels == label)
    groups = tuple(split.groups[row] for row in rows)
    return data.replaced(**{part: type(split)(split.inputs[rows], split.labels[rows], groups)})


BROKEN, NORMAL = 0, 1


@pytest.mark.parametrize(("label", "missing"), [(BROKEN, "healthy"), (NORMAL, "faulty")])
def test_one_kind_of_samples_gives_no_area(label: int, missing: str) -> None:
    data = only(sets.vibrations(), "test", label)
    network = build_network("autoencoder", data.input_shape, 2, seed=0)
    assert evaluate(network, data, data.test).accuracy is None
    assert missing in why_unknown(data, data.test, "test")
    assert evaluate(network, data, data.validation).accuracy is not None
    assert why_unknown(data, data.validation, "validation") == ""


def test_a_part_without_samples_gives_no_accuracy() -> None:
    digits = sets.digits()
    none = digits.test.labels < 0
    empty = type(digits.test)(digits.test.inputs[none], digits.test.labels[none], ())
    network = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    assert evaluate(network, digits, empty).accuracy is None


@pytest.mark.parametrize("label", [BROKEN, NORMAL])
def test_training_goes_on_and_every_epoch_says_not_known(label: int) -> None:
    data, events = only(sets.vibrations(), "validation", label), list[Event]()
    network = build_network("autoencoder", data.input_shape, 2, seed=0)
    step = TrainStep(epochs=8, batch_size=32, patience=0)
    result = train(network, data, step, report=events.append, cancel=CancelToken())
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert [event.validation_accuracy for event in epochs] == [None] * 8
    assert [event.train_accuracy for event in epochs] == [None] * 8
    assert from_json(to_json(epochs[0])) == epochs[0]
    assert result.validation_accuracy is None
    assert result.test_accuracy is not None
    assert result.test_accuracy > 0.7, "the last epochs are kept, not the first"


def test_the_command_line_says_not_known() -> None:
    out = io.StringIO()
    terminal = TerminalView()
    terminal._err = Console(file=out)
    terminal.show(
        EpochEnded(
            stage="s", step="train", epoch=1, epochs=2, train_loss=1.0, train_accuracy=None,
            validation_loss=1.0, validation_accuracy=None, learning_rate=1e-3, seconds=1.0,
            samples_per_second=1.0,
        )
    )  # fmt: skip
    assert "validation not known" in out.getvalue()


@pytest.fixture(scope="module")
def healthy_only(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A trained, taught and converted autoencoder of a machine all of whose classes are healthy."""
    folder = tmp_path_factory.mktemp("machine")
    generator = np.random.default_rng(0)
    for name in ("slow", "fast"):
        (folder / "data" / name).mkdir(parents=True)
        for number in range(20):
            record = generator.normal(size=(120, 2))
            np.savetxt(folder / "data" / name / f"{number:03d}.csv", record, delimiter=",", fmt="%.5f")
    project = create_project(
        folder / "p",
        task="vibration",
        network="autoencoder-s",
        data=DataSpec(
            source=str(folder / "data"), task="vibration", vibration_features="gain-free", variants=1,
            normal_classes="slow,fast",
        ),
        recipe=Recipe(
            (TrainStep(epochs=1), DistillStep(epochs=1, teacher_epochs=1), QatStep(epochs=1))
        ),
    )  # fmt: skip
    pipeline.run(project, until="convert", report=discard, cancel=CancelToken())
    return project


def test_results_hold_no_figure_and_say_why(healthy_only: Project) -> None:
    results = {state.stage: state.summary for state in pipeline.readiness(healthy_only)}
    steps = [summary for summary in results.values() if isinstance(summary, StepSummary)]
    assert len(steps) == 3
    for summary in steps:
        assert summary.accuracy_after is None
        assert summary.teacher_accuracy is None
        assert "No AUC: the test part holds no faulty samples" in " ".join(summary.notes)
    converted = results["convert"]
    assert isinstance(converted, ConvertSummary)
    assert converted.float_accuracy is converted.int8_accuracy is None
    assert "No AUC" in " ".join(converted.notes)
    assert all(row["accuracy_after"] is None for row in recipe_rows(healthy_only, cancel=CancelToken()))


def test_orders_are_not_compared_by_what_is_not_known(healthy_only: Project, tmp_path: Path) -> None:
    recipe = Recipe((TrainStep(epochs=1), QatStep(epochs=1), PruneStep(epochs=1, ratio=0.3)))
    project = create_project(
        tmp_path / "q",
        task="vibration",
        network="autoencoder-s",
        data=healthy_only.data,
        recipe=recipe,
    )
    with pytest.raises(BadInputFile, match="no faulty samples"):
        compare_orders(project, seeds=[0], report=discard, cancel=CancelToken())
