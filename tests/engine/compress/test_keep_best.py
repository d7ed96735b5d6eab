"""A training that somebody ends early gives its best weights, and what it leaves behind tells so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.compress.distil import distil, frozen
from engine.compress.fake_quantised import FakeQuantised
from engine.compress.finetune import TrainResult, evaluate, train
from engine.compress.prune import parameter_count, prune
from engine.compress.qat import RoundedTraining, train_quantised
from engine.data import LabelledSet
from engine.distillation import find_teachers
from engine.errors import Cancelled
from engine.events import CancelToken, EpochEnded, Event, discard
from engine.project import create_project
from engine.recipe import DistillStep, PruneStep, QatStep, TrainStep
from engine.stages import StageContext
from engine.zoo import build_network
from tests.engine.compress import sets

STAGE = "step-1-any"
# So fast that it overshoots: its best epoch is not its last.
WILD = TrainStep(epochs=12, batch_size=8, learning_rate=0.05, patience=0, augment=False, seed=1)


@pytest.fixture(scope="module")
def digits() -> LabelledSet:
    return sets.few_tiny_digits()


class _Watcher:
    """Asks for the best weights after an epoch of one training; `told` are all epochs."""

    def __init__(self, epoch: int = 0, kind: str = "", stage: str = STAGE) -> None:
        self.cancel = CancelToken()
        self.told: list[EpochEnded] = []
        self._epoch, self._kind, self._stage = epoch, kind, stage

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            self.told.append(event)
            if event.epoch == self._epoch and (not self._kind or event.step == self._kind):
                self.cancel.keep_best(self._stage)

    @property
    def channels(self) -> dict[str, Any]:
        return {"report": self, "cancel": self.cancel, "stage": STAGE}


def _train(data: LabelledSet, watcher: _Watcher, **options: Any) -> TrainResult:
    module = build_network("tiny-cnn", data.input_shape, 10, seed=0)
    return train(module, data, WILD, **watcher.channels, **options)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_the_weights_are_those_of_the_best_epoch_and_the_training_can_still_go_on(
    digits: LabelledSet, tmp_path: Path
) -> None:
    whole = _Watcher()
    straight = _train(digits, whole)
    scores = [(e.validation_accuracy, -e.validation_loss) for e in whole.told]
    stopped_after = next(n for n in range(2, 12) if max(scores[:n]) > scores[n - 1])
    best = scores.index(max(scores[:stopped_after])) + 1

    def cancel_at_best(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == best:
            interrupted.cancel.cancel()

    interrupted, file = _Watcher(), tmp_path / "interrupted"
    module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    channels = interrupted.channels | {"report": cancel_at_best}
    with pytest.raises(Cancelled):
        train(module, digits, WILD, **channels, checkpoint=file)
    of_best_epoch = torch.load(file, weights_only=True)["averaged"]

    checkpoint = tmp_path / "checkpoint"
    early = _train(digits, _Watcher(stopped_after), checkpoint=checkpoint)
    assert early.early_stop is not None
    assert (early.early_stop.epochs, early.early_stop.planned) == (stopped_after, 12)
    assert early.early_stop.best == best < stopped_after
    assert len(early.epochs) == stopped_after
    assert _same(early.module.state_dict(), of_best_epoch)
    assert evaluate(early.module, digits, digits.test).accuracy == early.test_accuracy

    again = _train(digits, _Watcher(), checkpoint=checkpoint)
    assert again.early_stop is None
    assert _same(again.module.state_dict(), straight.module.state_dict())
    assert again.epochs == straight.epochs
    assert not checkpoint.exists()


def test_what_is_asked_of_another_stage_ends_nothing(digits: LabelledSet) -> None:
    result = _train(digits, _Watcher(2, stage="step-2-prune"))
    assert result.early_stop is None
    assert len(result.epochs) == WILD.epochs


def test_what_came_before_the_training_began_is_not_meant_for_it(digits: LabelledSet) -> None:
    watcher = _Watcher()
    watcher.cancel.keep_best(STAGE)
    assert _train(digits, watcher).early_stop is None


def test_a_cancelled_training_can_be_ended_where_it_was(digits: LabelledSet, tmp_path: Path) -> None:
    file, cancel = tmp_path / "checkpoint", CancelToken()

    def stop(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 3:
            cancel.cancel()

    module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    with pytest.raises(Cancelled):
        train(module, digits, WILD, report=stop, cancel=cancel, stage=STAGE, checkpoint=file)
    watcher = _Watcher()
    watcher.cancel.keep_resumed = True
    result = _train(digits, watcher, checkpoint=file)
    assert result.early_stop is not None
    assert result.early_stop.epochs == 3
    assert watcher.told == []
    assert not watcher.cancel.keep_resumed  # the next step goes to its end


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_pruning_ended_early_is_still_pruned_to_its_full_share(
    digits: LabelledSet, rounds: int
) -> None:
    step = PruneStep(ratio=0.5, epochs=8, rounds=rounds, scope="layer")
    sizes, results, watchers = [], [], [_Watcher(), _Watcher(1)]
    for watcher in watchers:
        module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
        results.append(prune(module, digits, step, **watcher.channels))
        sizes.append(parameter_count(results[-1].module))
    assert sizes[0] == sizes[1]
    assert results[0].early_stop is None
    early = results[1].early_stop
    assert early is not None
    assert early.epochs == len(watchers[1].told) == rounds  # one epoch for each round
    assert [e.epoch for e in watchers[1].told] == [*range(1, rounds + 1)]
    assert early.best == rounds
    assert early.planned == 8


def test_a_training_with_roundings_ended_early_keeps_weights_and_ranges(digits: LabelledSet) -> None:
    module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    trainer = RoundedTraining()
    watcher = _Watcher(2)
    result = train_quantised(module, digits, QatStep(epochs=9), **watcher.channels, trainer=trainer)
    assert result.early_stop is not None
    assert result.early_stop.epochs == 2
    assert trainer.ranges
    rounded = FakeQuantised(result.module, trainer.ranges)
    assert evaluate(rounded, digits, digits.test).accuracy == result.test_accuracy
    best = watcher.told[result.early_stop.best - 1].validation_loss
    assert evaluate(rounded, digits, digits.validation).loss == pytest.approx(best, rel=1e-4)


def test_a_teacher_ended_early_teaches_but_is_not_kept(digits: LabelledSet, tmp_path: Path) -> None:
    project = create_project(tmp_path / "p.thimble", task="images", network="tiny-cnn")
    watcher = _Watcher(2)
    context = StageContext(project, "", discard, watcher.cancel, folders={"data": tmp_path / "data"})
    step = DistillStep(teacher="tiny-dense", teacher_epochs=5, epochs=3, compare_alone=False)
    (teacher,) = find_teachers(step, context, digits, watcher.channels)
    assert teacher.early_stop is not None
    assert (teacher.early_stop.training, teacher.early_stop.epochs) == ("tiny-dense", 2)
    student = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    taught = distil(student, digits, step, [frozen(teacher.module)], **watcher.channels)
    assert taught.result.early_stop is not None  # its own second epoch was ended, too
    later = _Watcher()
    (whole,) = find_teachers(step, context, digits, later.channels)
    assert [e.epoch for e in later.told] == [3, 4, 5]
    assert whole.early_stop is None
    (kept,) = find_teachers(step, context, digits, later.channels)
    assert len(later.told) == 3
    assert _same(kept.module.state_dict(), whole.module.state_dict())


@pytest.mark.parametrize("ended", ["train", "distill"])
def test_a_comparison_with_a_training_ended_early_gives_no_figure(
    digits: LabelledSet, tmp_path: Path, ended: str
) -> None:
    teacher = frozen(build_network("tiny-dense", digits.input_shape, 10, seed=0))
    step = DistillStep(epochs=3)
    checkpoint = tmp_path / "checkpoint"
    student = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    watcher = _Watcher(1, kind=ended)
    found = distil(student, digits, step, [teacher], **watcher.channels, checkpoint=checkpoint)
    assert found.alone_accuracy is None
    assert "alone" not in found.calibration_errors
    assert "stopped early" in found.notes[0]
    assert [e.step for e in watcher.told].count(ended) == 1
    assert [e.step for e in watcher.told].count({"train": "distill", "distill": "train"}[ended]) == 3
    assert (found.alone_stop is not None) == (ended == "train")
    again = _Watcher()
    student = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    whole = distil(student, digits, step, [teacher], **again.channels, checkpoint=checkpoint)
    assert whole.alone_accuracy is not None
    fresh = distil(
        build_network("tiny-cnn", digits.input_shape, 10, seed=0),
        digits,
        step,
        [teacher],
        **_Watcher().channels,
    )
    assert whole.alone_accuracy == fresh.alone_accuracy
    assert _same(whole.result.module.state_dict(), fresh.result.module.state_dict())
