"""Steps that cannot go on say at which batch and what to do; a full disk costs time, not results."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from engine.compress.finetune import TrainingFailed
from engine.compress.prune import prune
from engine.compress.qat import RoundedTraining, train_quantised
from engine.data import DataSpec, load_data
from engine.events import CancelToken, Event, LogLine, discard
from engine.recipe import PruneStep, QatStep
from engine.zoo import build_network
from tests.engine.compress import sets


@pytest.fixture(scope="module")
def digits() -> sets.LabelledSet:
    return sets.digits()


def test_a_loss_that_is_no_number_stops_every_kind_of_training(digits: sets.LabelledSet) -> None:
    spoilt = digits.replaced(
        train=dataclasses.replace(digits.train, inputs=np.full_like(digits.train.inputs, np.nan))
    )
    channels = {"report": discard, "cancel": CancelToken()}
    module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    with pytest.raises(TrainingFailed, match="batch 1 of") as caught:
        prune(module, spoilt, PruneStep(epochs=1), **channels)
    assert "0.001" in caught.value.hint  # a quarter of the usual rate
    module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    with pytest.raises(TrainingFailed, match="batch 1 of"):
        train_quantised(module, spoilt, QatStep(epochs=1), trainer=RoundedTraining(), **channels)


def test_rounds_that_cannot_be_kept_are_no_reason_to_stop(
    digits: sets.LabelledSet, tmp_path: Path
) -> None:
    (tmp_path / "full").write_text("not a folder")
    module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    step = PruneStep(rounds=2, epochs=2)
    told: list[Event] = []
    result = prune(
        module,
        digits,
        step,
        report=told.append,
        cancel=CancelToken(),
        checkpoint=tmp_path / "full" / "state",
    )
    assert len(result.epochs) == 2
    assert any(isinstance(event, LogLine) and event.level == "warning" for event in told)


def test_features_that_cannot_be_cached_are_used_all_the_same(
    digits: sets.LabelledSet, tmp_path: Path
) -> None:
    (tmp_path / "full").write_text("not a folder")
    told: list[Event] = []
    data = load_data(
        DataSpec(source="builtin:digits", task="images"),
        cache_folder=tmp_path / "full" / "features",
        report=told.append,
        cancel=CancelToken(),
    )
    np.testing.assert_array_equal(data.train.inputs, digits.train.inputs)
    (warning,) = [e for e in told if isinstance(e, LogLine) and e.level == "warning"]
    assert "could not be cached" in warning.text
