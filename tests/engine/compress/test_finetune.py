from __future__ import annotations

import dataclasses
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.compress.finetune import TrainingFailed, TrainResult, evaluate, train
from engine.compress.hardest import hardest_examples, worst_repeated
from engine.data.labelled_set import Split
from engine.errors import Cancelled
from engine.events import (
    CancelToken,
    EpochEnded,
    Event,
    LogLine,
    StageProgress,
    discard,
    from_json,
    to_json,
)
from engine.recipe import TrainStep
from engine.zoo import build_network
from tests.engine.compress import sets

QUICK = TrainStep(epochs=3, batch_size=64, learning_rate=4e-3, patience=0, augment=False, seed=3)


@pytest.fixture(scope="module")
def digits() -> sets.LabelledSet:
    return sets.digits()


def _train(data: sets.LabelledSet, step: TrainStep = QUICK, **options: object) -> TrainResult:
    settings: dict[str, object] = {"report": discard, "cancel": CancelToken()} | options
    module = build_network("tiny-cnn", data.input_shape, len(data.classes), seed=step.seed)
    return train(module, data, step, **settings)  # type: ignore[arg-type]


def _same_weights(one: TrainResult, other: TrainResult) -> bool:
    pairs = zip(one.module.state_dict().values(), other.module.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_digits_are_learnt_and_the_result_is_what_was_measured(digits: sets.LabelledSet) -> None:
    events: list[Event] = []
    step = dataclasses.replace(QUICK, epochs=8, augment=True)
    result = _train(digits, step, report=events.append)
    assert result.hardest[0].said_class != result.hardest[0].true_class
    assert result.hardest[0].origin == digits.test.origins[result.hardest[0].index]
    told = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert sum(map(sum, told.confusion)) == len(digits.validation.labels)
    assert {h["true_class"] for h in told.hardest} <= set(range(10))
    assert from_json(to_json(told)) == told
    assert result.test_accuracy > 0.95
    assert not result.module.training
    confusion = np.array(result.confusion)
    assert confusion.sum(axis=1).tolist() == np.bincount(digits.test.labels).tolist()
    assert np.trace(confusion) / confusion.sum() == pytest.approx(result.test_accuracy)
    best = max(row.validation_accuracy for row in result.epochs)
    assert result.validation_accuracy == best
    assert evaluate(result.module, digits, digits.validation).accuracy == best


def test_the_same_seed_gives_the_same_bits(digits: sets.LabelledSet) -> None:
    augmented = dataclasses.replace(QUICK, epochs=1, augment=True)
    one = _train(digits, augmented)
    assert _same_weights(one, _train(digits, augmented))
    assert not _same_weights(one, _train(digits, dataclasses.replace(augmented, seed=4)))


def test_every_epoch_is_told_and_progress_ends_at_its_total(digits: sets.LabelledSet) -> None:
    events: list[Event] = []
    result = _train(digits, report=events.append, stage="step-1-train")
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert [e.epoch for e in epochs] == [1, 2, 3]
    assert [e.validation_accuracy for e in epochs] == [r.validation_accuracy for r in result.epochs]
    assert all(e.stage == "step-1-train" and e.samples_per_second > 0 for e in epochs)
    progress = [event for event in events if isinstance(event, StageProgress)]
    assert progress[-1].done == progress[-1].total
    assert [p.done for p in progress] == sorted(p.done for p in progress)


def test_an_interrupted_training_goes_on_to_the_same_bits(
    digits: sets.LabelledSet, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "training.pt"
    cancel = CancelToken()

    def stop_after_two(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            cancel.cancel()

    with pytest.raises(Cancelled):
        _train(digits, report=stop_after_two, cancel=cancel, checkpoint=checkpoint)
    told: list[Event] = []
    resumed = _train(digits, report=told.append, checkpoint=checkpoint)
    assert [e.epoch for e in told if isinstance(e, EpochEnded)] == [3]
    assert len(resumed.epochs) == 3
    assert _same_weights(resumed, _train(digits))
    assert not checkpoint.exists()


def test_a_pause_changes_no_bit_and_counts_in_no_time(digits: sets.LabelledSet) -> None:
    step, token, told = dataclasses.replace(QUICK, epochs=2), CancelToken(), []
    rest_seconds = 1.5

    def pause_once(event: Event) -> None:
        told.append(event)
        if isinstance(event, StageProgress) and not timers:
            token.pause()
            timers.append(threading.Timer(rest_seconds, token.go_on))
            timers[0].start()

    timers: list[threading.Timer] = []
    started = time.monotonic()
    rested = _train(digits, step, report=pause_once, cancel=token)
    elapsed = time.monotonic() - started
    assert elapsed > token.paused_seconds > rest_seconds / 2
    assert rested.seconds <= elapsed - token.paused_seconds
    epochs = [event for event in told if isinstance(event, EpochEnded)]
    assert sum(event.seconds for event in epochs) <= rested.seconds
    assert _same_weights(rested, _train(digits, step))


def test_a_checkpoint_of_other_settings_or_a_damaged_one_is_not_used(
    digits: sets.LabelledSet, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "training.pt"
    checkpoint.write_bytes(b"PK\x03\x04 not a checkpoint")
    cancel = CancelToken()

    def stop(event: Event) -> None:
        if isinstance(event, EpochEnded):
            cancel.cancel()

    with pytest.raises(Cancelled):
        _train(digits, report=stop, cancel=cancel, checkpoint=checkpoint)
    other = dataclasses.replace(QUICK, learning_rate=1e-3)
    assert _same_weights(_train(digits, other, checkpoint=checkpoint), _train(digits, other))


def test_a_checkpoint_that_cannot_be_written_costs_a_warning_only(
    digits: sets.LabelledSet, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    events: list[Event] = []
    _train(
        digits,
        dataclasses.replace(QUICK, epochs=1),
        report=events.append,
        checkpoint=tmp_path / "file" / "training.pt",
    )
    warnings = [e for e in events if isinstance(e, LogLine) and e.level == "warning"]
    assert len(warnings) == 1
    assert "epoch 1" in warnings[0].text


def test_training_stops_early_and_keeps_the_best_epoch(digits: sets.LabelledSet) -> None:
    # A rate that is far too high soon makes things worse.
    step = TrainStep(epochs=40, learning_rate=0.5, patience=2, augment=False)
    result = _train(digits, step)
    accuracies = [row.validation_accuracy for row in result.epochs]
    assert len(accuracies) < 40
    assert result.validation_accuracy == max(accuracies)


def test_a_loss_that_is_no_number_stops_with_batch_and_rate(digits: sets.LabelledSet) -> None:
    spoilt = digits.train.inputs.copy()
    spoilt[:] = np.inf
    data = digits.replaced(train=dataclasses.replace(digits.train, inputs=spoilt))
    with pytest.raises(TrainingFailed, match="batch 1 of") as caught:
        _train(data)
    assert "0.001" in caught.value.hint


def test_a_network_with_other_outputs_is_refused_with_both_numbers(digits: sets.LabelledSet) -> None:
    module = build_network("tiny-cnn", digits.input_shape, 4, seed=0)
    with pytest.raises(TrainingFailed, match="4 outputs.*10 classes"):
        train(module, digits, QUICK, report=discard, cancel=CancelToken())


def test_a_set_smaller_than_a_batch_is_one_batch(digits: sets.LabelledSet) -> None:
    rows = slice(0, 30)
    small = dataclasses.replace(
        digits.train, inputs=digits.train.inputs[rows], labels=digits.train.labels[rows]
    )
    result = _train(digits.replaced(train=small), dataclasses.replace(QUICK, epochs=1, batch_size=512))
    assert len(result.epochs) == 1


def test_an_autoencoder_learns_what_is_normal() -> None:
    data = sets.vibrations()
    module = build_network("autoencoder", data.input_shape, 2, seed=0)
    step = TrainStep(epochs=30, batch_size=32, patience=0)
    result = train(module, data, step, report=discard, cancel=CancelToken())
    assert result.test_accuracy > 0.9  # area under the ROC curve
    assert result.epochs[-1].train_loss < result.epochs[0].train_loss


def test_an_autoencoder_needs_to_know_what_is_normal() -> None:
    data = sets.vibrations().replaced(normal=())
    module = build_network("autoencoder", data.input_shape, 2, seed=0)
    with pytest.raises(TrainingFailed, match="normal"):
        train(module, data, QUICK, report=discard, cancel=CancelToken())


def test_the_hardest_samples_come_with_what_was_said_and_how_surely():
    labels = np.array([0, 1, 1, 0])
    split = Split(np.zeros((4, 2), np.float32), labels, ("",) * 4, ("a#0", "b#0", "c#0", "d#0"))
    outputs = torch.tensor([[2.0, 0.0], [5.0, 0.0], [0.0, 0.1], [9.0, 0.0]])
    found = hardest_examples(outputs, split, most=3)
    assert [(h.index, h.true_class, h.said_class, h.origin) for h in found] == [
        (1, 1, 0, "b#0"),
        (2, 1, 1, "c#0"),
        (0, 0, 0, "a#0"),
    ]
    assert found[0].confidence == pytest.approx(1 / (1 + np.exp(-5.0)))


def test_an_autoencoder_tells_what_it_repeats_worst():
    labels = np.array([1, 0, 1, 0])
    split = Split(np.zeros((4, 2), np.float32), labels, ("",) * 4, ("a#0", "b#0", "c#0", "d#0"))
    errors = np.array([1.0, 8.0, 3.0, 2.0], np.float32)
    found = worst_repeated(errors, labels == 1, split, most=3)
    assert [(h.index, h.true_class, h.healthy, h.error_ratio, h.origin) for h in found] == [
        (1, 0, False, 4.0, "b#0"),
        (2, 1, True, 1.5, "c#0"),
        (3, 0, False, 1.0, "d#0"),
    ]
    assert worst_repeated(errors, labels > 1, split)[0].error_ratio == pytest.approx(8 / 3.5)


def test_the_worst_of_an_autoencoder_are_those_of_its_own_errors() -> None:
    data = sets.vibrations()
    module = build_network("autoencoder", data.input_shape, 2, seed=0)
    found = evaluate(module, data, data.test).hardest
    with torch.no_grad():
        inputs = torch.from_numpy(data.test.inputs)
        errors = (module(inputs) - inputs).square().mean(dim=1)
    assert found[0].index == int(errors.argmax())
    assert found[0].healthy == (data.test.labels[found[0].index] == 1)
    ratios = [h.error_ratio for h in found]
    assert ratios == sorted(ratios, reverse=True)
