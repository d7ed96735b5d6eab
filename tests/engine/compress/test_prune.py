from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.compress.finetune import TrainingFailed, evaluate, train
from engine.compress.prune import parameter_count, prune, remove_filters
from engine.errors import Cancelled
from engine.events import CancelToken, EpochEnded, Event, LogLine, discard
from engine.recipe import PruneStep, TrainStep
from engine.zoo import build_network
from tests.engine.compress import sets


def _convolutions(module: nn.Module) -> dict[str, nn.Conv2d]:
    return {name: layer for name, layer in module.named_modules() if isinstance(layer, nn.Conv2d)}


@pytest.mark.parametrize(
    ("network", "shape"),
    [("ds-cnn-s", (49, 10, 1)), ("resnet8", (32, 32, 3)), ("mobilenet-v1-025", (48, 48, 3))],
)
def test_networks_still_run_with_fewer_channels_in_multiples_of_four(
    network: str, shape: tuple[int, int, int]
) -> None:
    module = build_network(network, shape, 10, seed=0)
    before = _convolutions(module)
    widths = {name: layer.out_channels for name, layer in before.items()}
    remove_filters(module, shape, ratio=0.4, round_to=4)
    after = _convolutions(module)
    for name, layer in after.items():
        assert layer.out_channels % 4 == 0
        assert layer.out_channels <= widths[name]
    assert sum(layer.out_channels for layer in after.values()) < 0.75 * sum(widths.values())
    assert module(torch.zeros(2, shape[2], *shape[:2])).shape == (2, 10)


def test_an_autoencoder_keeps_its_outputs() -> None:
    module = build_network("autoencoder", (640,), 0, seed=0)
    before = parameter_count(module)
    remove_filters(module, (640,), ratio=0.5, round_to=4)
    assert module(torch.zeros(2, 640)).shape == (2, 640)
    assert parameter_count(module) < 0.7 * before


def test_the_filters_of_the_smallest_l1_norm_go() -> None:
    module = build_network("tiny-cnn", (8, 8, 1), 10, seed=0)
    convolution = module.get_submodule("conv1.conv")
    assert isinstance(convolution, nn.Conv2d)
    with torch.no_grad():
        convolution.weight[::2] *= 1e-4
        # The next layer's weights for these channels belong to the same group.
        following = module.get_submodule("conv2.conv")
        assert isinstance(following, nn.Conv2d)
        following.weight[:, ::2] *= 1e-4
        kept = convolution.weight[1::2].clone()
    remove_filters(module, (8, 8, 1), ratio=0.5, round_to=1)
    assert torch.equal(convolution.weight, kept)


def test_pruned_digits_recover_with_training() -> None:
    data = sets.digits()
    module = build_network("tiny-cnn", data.input_shape, 10, seed=0)
    step = TrainStep(epochs=6)
    trained = train(module, data, step, report=discard, cancel=CancelToken())
    before = parameter_count(module)
    events: list[Event] = []
    result = prune(
        module,
        data,
        PruneStep(ratio=0.4, epochs=6),
        report=events.append,
        cancel=CancelToken(),
        stage="step-2-prune",
    )
    assert parameter_count(result.module) < 0.5 * before
    assert result.test_accuracy > trained.test_accuracy - 0.1
    assert evaluate(result.module, data, data.test).accuracy == result.test_accuracy
    assert [e.step for e in events if isinstance(e, EpochEnded)] == ["prune"] * 6


@pytest.mark.parametrize("settings", [{"ratio": 1.0}, {"ratio": -0.1}, {"round_to": 0}])
def test_ratios_that_leave_nothing_are_refused(settings: dict[str, float]) -> None:
    module = build_network("tiny-cnn", (8, 8, 1), 10, seed=0)
    options = {"ratio": 0.4, "round_to": 4} | settings
    with pytest.raises(TrainingFailed):
        remove_filters(module, (8, 8, 1), ratio=options["ratio"], round_to=int(options["round_to"]))


@pytest.fixture(scope="module")
def digits() -> sets.LabelledSet:
    return sets.digits()


@pytest.fixture(scope="module")
def trained(digits: sets.LabelledSet) -> dict[str, torch.Tensor]:
    module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    train(module, digits, TrainStep(epochs=3), report=discard, cancel=CancelToken())
    return {name: value.clone() for name, value in module.state_dict().items()}


def _network(trained: dict[str, torch.Tensor]) -> nn.Module:
    module = build_network("tiny-cnn", (8, 8, 1), 10, seed=0)
    module.load_state_dict(trained)
    return module


def _filters(module: nn.Module) -> list[int]:
    return [layer.out_channels for layer in _convolutions(module).values()]


@pytest.mark.parametrize(("network", "shape"), [("ds-cnn-s", (49, 10, 1)), ("resnet8", (16, 16, 3))])
def test_a_ranking_over_all_layers_removes_the_share_and_leaves_every_layer_a_part(
    network: str, shape: tuple[int, int, int]
) -> None:
    module = build_network(network, shape, 10, seed=0)
    # one layer's weights are all tiny: per layer normalised, that alone makes it no target
    convolutions = list(_convolutions(module).values())
    with torch.no_grad():
        convolutions[0].weight *= 1e-3
    before = _filters(module)
    remove_filters(module, shape, ratio=0.4, round_to=4, scope="global")
    after = _filters(module)
    assert all(a % 4 == 0 and a >= b / 4 for a, b in zip(after, before, strict=True))
    # depthwise layers and the ends of shortcuts follow others; over all, the share is as asked
    assert 0.3 < 1 - sum(after) / sum(before) < 0.5
    assert len({a / b for a, b in zip(after, before, strict=True)}) > 1  # not the same everywhere
    assert module(torch.zeros(2, shape[2], *shape[:2])).shape == (2, 10)


@pytest.mark.parametrize("importance", ["l1", "taylor", "bn-scale"])
def test_a_filter_that_nothing_depends_on_goes_first(
    digits: sets.LabelledSet, trained: dict[str, torch.Tensor], importance: str
) -> None:
    module = _network(trained)
    with torch.no_grad():
        for name in ("conv1.conv", "conv1.norm"):
            module.get_submodule(name).weight[5] = 0.0
        module.get_submodule("conv1.norm").bias[5] = 0.0
        module.get_submodule("conv2.conv").weight[:, 5] = 0.0
    kept = module.get_submodule("conv1.conv").weight.detach().clone()
    step = PruneStep(ratio=1 / 16 + 0.01, importance=importance, round_to=1, epochs=1, learning_rate=0.0)
    prune(module, digits, step, report=discard, cancel=CancelToken())
    left = module.get_submodule("conv1.conv").weight
    assert torch.equal(left, torch.cat([kept[:5], kept[6:]]))


def test_rounds_end_at_the_same_widths_and_count_their_epochs_through(
    digits: sets.LabelledSet, trained: dict[str, torch.Tensor]
) -> None:
    at_once, gradual = _network(trained), _network(trained)
    step = PruneStep(ratio=0.5, epochs=1, scope="layer", rounds=1)
    prune(at_once, digits, step, report=discard, cancel=CancelToken())
    told: list[Event] = []
    step = dataclasses.replace(step, rounds=3, epochs=5, distil=True)
    result = prune(gradual, digits, step, report=told.append, cancel=CancelToken())
    assert _filters(gradual) == _filters(at_once)
    epochs = [event for event in told if isinstance(event, EpochEnded)]
    assert [e.epoch for e in epochs] == [1, 2, 3, 4, 5] == [row.epoch for row in result.epochs]
    assert {e.epochs for e in epochs} == {5}
    assert result.test_accuracy > 0.8


@pytest.mark.parametrize(("epochs", "rounds"), [(0, 1), (1, 1), (2, 2), (9, 3)])
def test_no_round_goes_without_an_epoch(
    digits: sets.LabelledSet, trained: dict[str, torch.Tensor], epochs: int, rounds: int
) -> None:
    told: list[Event] = []
    step = PruneStep(ratio=0.5, rounds=3, epochs=epochs)
    result = prune(_network(trained), digits, step, report=told.append, cancel=CancelToken())
    assert sum("emoved" in e.text for e in told if isinstance(e, LogLine)) == rounds
    assert [row.epoch for row in result.epochs] == list(range(1, epochs + 1))


def test_an_interrupted_round_goes_on_to_the_same_bits(
    digits: sets.LabelledSet, trained: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    step = PruneStep(ratio=0.5, rounds=2, epochs=4)
    straight = _network(trained)
    prune(straight, digits, step, report=discard, cancel=CancelToken())
    cancel = CancelToken()

    def stop_in_the_second_round(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            cancel.cancel()

    options = {"checkpoint": tmp_path / "state"}
    with pytest.raises(Cancelled):
        prune(_network(trained), digits, step, report=stop_in_the_second_round, cancel=cancel, **options)
    told: list[Event] = []
    resumed = _network(trained)
    result = prune(resumed, digits, step, report=told.append, cancel=CancelToken(), **options)
    assert [e.epoch for e in told if isinstance(e, EpochEnded)] == [3, 4]
    assert [row.epoch for row in result.epochs] == [1, 2, 3, 4]
    for one, other in zip(straight.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"importance": "l7"}, "l7"),
        ({"scope": "galaxy"}, "galaxy"),
        ({"rounds": 0}, "rounds"),
        ({"ratio": 0.95}, "empty"),
    ],
)
def test_settings_out_of_range_are_named(
    digits: sets.LabelledSet, settings: dict[str, object], named: str
) -> None:
    module = build_network("tiny-cnn", (8, 8, 1), 10, seed=0)
    with pytest.raises(TrainingFailed, match=named) as caught:
        prune(module, digits, PruneStep(**settings), report=discard, cancel=CancelToken())
    assert caught.value.hint


def test_factors_of_batchnorm_need_one(digits: sets.LabelledSet) -> None:
    module = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))
    step = PruneStep(importance="bn-scale")
    with pytest.raises(TrainingFailed, match="BatchNorm"):
        prune(module, digits, step, report=discard, cancel=CancelToken())


def test_an_autoencoder_is_pruned_by_gradients_and_learns_from_itself() -> None:
    data = sets.vibrations()
    module = build_network("autoencoder", data.input_shape, 2, seed=0)
    train(
        module,
        data,
        TrainStep(epochs=30, batch_size=32, patience=0),
        report=discard,
        cancel=CancelToken(),
    )
    before = parameter_count(module)
    step = PruneStep(importance="taylor", scope="global", distil=True, epochs=10, learning_rate=4e-3)
    result = prune(module, data, step, report=discard, cancel=CancelToken())
    assert parameter_count(module) < 0.7 * before
    assert result.test_accuracy > 0.8  # area under the ROC curve
