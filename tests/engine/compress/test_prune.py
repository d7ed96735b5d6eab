from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.compress.finetune import TrainingFailed, evaluate, train
from engine.compress.prune import parameter_count, prune, remove_filters
from engine.events import CancelToken, EpochEnded, Event, discard
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
