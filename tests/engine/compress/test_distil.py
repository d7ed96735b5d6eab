"""Learning from a teacher: the loss, who may teach, and what is told afterwards."""

from __future__ import annotations

import copy
import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.compress.distil import Distillation, distil
from engine.compress.finetune import TrainingFailed, train
from engine.errors import Cancelled
from engine.events import CancelToken, EpochEnded, Event, discard
from engine.metrics import calibration_error
from engine.recipe import DistillStep, TrainStep
from engine.zoo import build_network
from tests.engine.compress import sets

CHANNELS = {"report": discard, "cancel": CancelToken()}


class Says(nn.Module):
    """Gives the same scores whatever it sees."""

    def __init__(self, *scores: float) -> None:
        super().__init__()
        self.scores = torch.tensor(scores)

    def forward(self, x: Tensor) -> Tensor:
        return self.scores.expand(len(x), -1)


def _loss(*teachers: nn.Module, alpha: float, scores: list[float]) -> float:
    outputs = torch.tensor([scores, scores])
    loss = Distillation(teachers, alpha, 2.0)
    return loss(outputs, torch.zeros(2, 1), torch.tensor([0, 0])).item()


def test_the_loss_is_hintons() -> None:
    # student: scores 0, 0 (half and half); teacher at T = 2: exp(0) against exp(log 3) = 1/4, 3/4
    teacher = Says(0.0, 2 * math.log(3.0))
    kl = 0.25 * math.log(0.25 / 0.5) + 0.75 * math.log(0.75 / 0.5)
    assert _loss(teacher, alpha=0.0, scores=[0.0, 0.0]) == pytest.approx(4 * kl, rel=1e-5)
    assert _loss(teacher, alpha=1.0, scores=[0.0, 0.0]) == pytest.approx(math.log(2), rel=1e-5)
    mixed = 0.3 * math.log(2) + 0.7 * 4 * kl
    assert _loss(teacher, alpha=0.3, scores=[0.0, 0.0]) == pytest.approx(mixed, rel=1e-5)


def test_several_teachers_say_their_mean() -> None:
    opposed = Says(0.0, 5.0), Says(5.0, 0.0)  # together: half and half, as the student says
    assert _loss(*opposed, alpha=0.0, scores=[1.0, 1.0]) == pytest.approx(0.0, abs=1e-6)


def test_an_autoencoder_imitates_the_teachers_repetition() -> None:
    inputs, outputs = torch.zeros(2, 3), torch.ones(2, 3)
    loss = Distillation([Says(2.0, 2.0, 2.0)], 0.25, 4.0, reconstructs=True)
    assert loss(outputs, inputs, torch.zeros(2)).item() == pytest.approx(0.25 * 1 + 0.75 * 1)
    loss = Distillation([Says(3.0, 3.0, 3.0)], 0.25, 4.0, reconstructs=True)
    assert loss(outputs, inputs, torch.zeros(2)).item() == pytest.approx(0.25 * 1 + 0.75 * 4)


def test_the_calibration_error_is_the_gap_between_certainty_and_accuracy() -> None:
    certain = np.array([[0.9, 0.1]] * 10)
    assert calibration_error(certain, np.array([0] * 9 + [1])) == pytest.approx(0.0)
    assert calibration_error(certain, np.array([0] * 5 + [1] * 5)) == pytest.approx(0.4)
    # over- and underconfidence in different bins add up
    both = np.array([[0.9, 0.1], [0.6, 0.4]])
    assert calibration_error(both, np.array([1, 0])) == pytest.approx((0.9 + 0.4) / 2)
    assert calibration_error(np.zeros((0, 2)), np.zeros(0, np.int64)) == 0.0


@pytest.fixture(scope="module")
def digits() -> sets.LabelledSet:
    return sets.digits()


@pytest.fixture(scope="module")
def teacher(digits: sets.LabelledSet) -> nn.Module:
    module = build_network("tiny-cnn", digits.input_shape, 10, seed=1)
    return train(module, digits, TrainStep(epochs=4), **CHANNELS).module


def _student(seed: int = 0) -> nn.Module:
    return build_network("tiny-dense", (8, 8, 1), 10, seed=seed)


QUICK = DistillStep(epochs=2, learning_rate=4e-3)


def test_a_student_learns_and_all_figures_are_told(digits: sets.LabelledSet, teacher: nn.Module) -> None:
    before = copy.deepcopy(teacher.state_dict())
    found = distil(_student(), digits, QUICK, [teacher], **CHANNELS)
    assert found.result.test_accuracy > 0.7
    assert [row.step for row in found.result.epochs] == ["distill"] * 2
    assert found.teacher_accuracy > 0.9
    alone = train(_student(), digits, TrainStep(epochs=2), **CHANNELS)
    assert found.alone_accuracy == alone.test_accuracy
    assert set(found.calibration_errors) == {"teacher", "before", "alone", "after"}
    assert all(0.0 <= error <= 1.0 for error in found.calibration_errors.values())
    assert "points" in found.notes[0]
    assert all(torch.equal(v, before[k]) for k, v in teacher.state_dict().items())


def test_a_teacher_that_harms_is_named_as_such(digits: sets.LabelledSet) -> None:
    wrong = Says(*[9.0 if n == 3 else 0.0 for n in range(10)])
    step = dataclasses.replace(QUICK, alpha=0.0)
    found = distil(_student(), digits, step, [wrong], **CHANNELS)
    assert "costs" in found.notes[0]
    assert "Switch this step off" in found.notes[0]


def test_the_comparison_can_be_left_out(digits: sets.LabelledSet, teacher: nn.Module) -> None:
    step = dataclasses.replace(QUICK, compare_alone=False, epochs=1)
    found = distil(_student(), digits, step, [teacher], **CHANNELS)
    assert found.alone_accuracy is None
    assert found.notes == []


def test_an_interrupted_step_does_not_repeat_the_comparison(
    digits: sets.LabelledSet, teacher: nn.Module, tmp_path: Path
) -> None:
    straight = _student()
    expected = distil(straight, digits, QUICK, [teacher], **CHANNELS)
    cancel, told = CancelToken(), []

    def stop(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.step == "distill":
            cancel.cancel()

    options = {"checkpoint": tmp_path / "state"}
    with pytest.raises(Cancelled):
        distil(_student(), digits, QUICK, [teacher], report=stop, cancel=cancel, **options)
    resumed = _student()
    found = distil(
        resumed, digits, QUICK, [teacher], report=told.append, cancel=CancelToken(), **options
    )
    assert [e.step for e in told if isinstance(e, EpochEnded)] == ["distill"]
    assert found.alone_accuracy == expected.alone_accuracy
    for one, other in zip(straight.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert not list(tmp_path.iterdir())


def test_autoencoders_teach_autoencoders() -> None:
    data = sets.vibrations()
    teacher = build_network("autoencoder", data.input_shape, 2, seed=1)
    train(teacher, data, TrainStep(epochs=10, batch_size=32, patience=0), **CHANNELS)
    student = build_network("autoencoder", data.input_shape, 2, seed=0)
    step = DistillStep(epochs=3, compare_alone=False)
    found = distil(student, data, step, [teacher], **CHANNELS)
    assert found.calibration_errors == {}
    assert found.result.epochs[-1].validation_loss < found.result.epochs[0].validation_loss


@pytest.mark.parametrize(
    ("network", "shape", "classes", "named"),
    [("tiny-dense", (10,), 10, "8x8x1"), ("tiny-cnn", (8, 8, 1), 7, "7 outputs.*10")],
)
def test_a_teacher_of_another_size_is_refused_in_words(
    digits: sets.LabelledSet, network: str, shape: tuple[int, ...], classes: int, named: str
) -> None:
    teacher = build_network(network, shape, classes, seed=0)
    with pytest.raises(TrainingFailed, match=named) as caught:
        distil(_student(), digits, QUICK, [teacher], **CHANNELS)
    assert caught.value.hint


@pytest.mark.parametrize("settings", [{"alpha": 1.5}, {"alpha": -0.1}, {"temperature": 0.0}])
def test_settings_out_of_range_are_named(
    digits: sets.LabelledSet, teacher: nn.Module, settings: dict[str, float]
) -> None:
    with pytest.raises(TrainingFailed, match="alpha"):
        distil(_student(), digits, dataclasses.replace(QUICK, **settings), [teacher], **CHANNELS)
