"""Training on another device than the processor; PyTorch's lazy device stands for a GPU.

It keeps its tensors apart, as a GPU does: a tensor that was left behind on the processor is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from engine.compress import devices, finetune
from engine.compress.batches import to_tensor
from engine.compress.distil import Distillation, frozen
from engine.compress.finetune import evaluate, train
from engine.compress.prune import prune
from engine.compress.qat import RoundedTraining, train_quantised
from engine.data.labelled_set import Split
from engine.errors import UsageError
from engine.events import CancelToken, Event, LogLine, discard
from engine.recipe import PruneStep, QatStep, TrainStep
from tests.engine.compress import sets

CHANNELS = {"report": discard, "cancel": CancelToken()}


@pytest.fixture(scope="module")
def digits() -> sets.LabelledSet:
    """Few, and not augmented: the lazy device is slow."""
    whole = sets.digits()

    def few(split: Split, count: int) -> Split:
        return Split(split.inputs[:count], split.labels[:count], split.groups[:count])

    return dataclasses.replace(
        whole,
        kind="plain",
        train=few(whole.train, 128),
        validation=few(whole.validation, 32),
        test=few(whole.test, 32),
        train_variants=whole.train_variants[:0],
    )


@pytest.fixture
def other_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    from torch._lazy import ts_backend

    if not _started:
        ts_backend.init()
        _started.append(True)
    device = torch.device("lazy")
    monkeypatch.setattr(finetune, "training_device", lambda: device)
    return device


_started: list[bool] = []


def _network() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        first = (nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        second = (nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
        return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(288, 10))


def test_tensors_of_both_devices_do_not_mix(other_device: torch.device) -> None:
    with pytest.raises(RuntimeError):
        nn.Linear(3, 3).to(other_device)(torch.zeros(1, 3))


def test_every_training_runs_there_and_leaves_the_network_on_the_processor(
    digits: sets.LabelledSet, other_device: torch.device
) -> None:
    said: list[Event] = []
    module = _network()
    result = train(
        module,
        digits,
        TrainStep(epochs=1),
        report=said.append,
        cancel=CancelToken(),
    )
    assert any(isinstance(e, LogLine) and "lazy" in e.text for e in said)
    assert devices.device_of(module).type == "cpu"
    assert result.test_accuracy == evaluate(module, digits, digits.test).accuracy

    rounded = RoundedTraining()
    train_quantised(module, digits, QatStep(epochs=1, batch_norm="live"), trainer=rounded, **CHANNELS)
    step = PruneStep(epochs=1, rounds=1, importance="taylor", distil=False)
    pruned = prune(module, digits, step, trainer=rounded, **CHANNELS)
    assert devices.device_of(pruned.module).type == "cpu"
    assert all(low < high for low, high in rounded.ranges.values())


def test_a_teacher_follows_its_student(digits: sets.LabelledSet, other_device: torch.device) -> None:
    teacher, student = frozen(_network()), _network()
    inputs, labels = to_tensor(digits.train.inputs[:8]), torch.from_numpy(digits.train.labels[:8])
    loss = Distillation([teacher])
    here = loss(student(inputs), inputs, labels).item()
    student.to(other_device)
    inputs, labels = inputs.to(other_device), labels.to(other_device)
    assert loss(student(inputs), inputs, labels).item() == pytest.approx(here, rel=1e-4)


def test_the_variable_overrules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devices.DEVICE_VARIABLE, "cpu")
    assert devices.training_device() == torch.device("cpu")
    for wrong in ("cuda:99", "gpu", "cuda:-1"):
        monkeypatch.setenv(devices.DEVICE_VARIABLE, wrong)
        with pytest.raises(UsageError, match=wrong):
            devices.training_device()
