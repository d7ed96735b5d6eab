"""Training with 8-bit roundings: the same arithmetic as the converted network, and it learns."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.compress.fake_quantised import FakeQuantised, round_to_range, round_weights
from engine.compress.finetune import TrainingFailed, TrainResult, evaluate, train
from engine.compress.prune import prune
from engine.compress.qat import RoundedTraining, train_quantised
from engine.convert.chain import convert_network
from engine.converted_network import ConvertedNetwork
from engine.events import CancelToken, discard
from engine.micro_reference import MicroReference
from engine.model_import.stored_module import ModulePlan, Node, StoredModule
from engine.recipe import PruneStep, QatStep, TrainStep
from engine.tflite_model import TfliteModel
from engine.zoo import build_network
from tests.engine.compress import sets
from tests.helpers.networks import build_test_network

CHANNELS = {"report": discard, "cancel": CancelToken()}


def test_values_land_on_steps_that_hold_zero_and_gradients_stop_where_values_are_cut() -> None:
    x = torch.linspace(-3, 3, 101, requires_grad=True)
    low, high = torch.tensor(-1.0), torch.tensor(2.0)
    y = round_to_range(x, low, high)
    scale = 3 / 255
    steps = y.detach() / scale
    assert torch.allclose(steps, steps.round(), atol=1e-3)
    assert round_to_range(torch.zeros(1), low, high).item() == 0.0
    assert (y.detach() - x.detach().clamp(-1, 2)).abs().max() < scale
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, ((x > y.min()) & (x < y.max())).float())


def test_weights_have_a_scale_for_each_output_channel() -> None:
    weight = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    weight[2] *= 100
    rounded = round_weights(weight, per_channel=True)
    for channel in range(4):
        scale = weight[channel].abs().max() / 127
        assert (rounded[channel] - weight[channel]).abs().max() <= scale / 2 * 1.001
        quanta = rounded[channel] / scale
        assert torch.allclose(quanta, quanta.round(), atol=1e-3)


@pytest.mark.parametrize("name", ["ds-cnn", "squeeze-excite", "autoencoder", "resnet8"])
def test_it_computes_what_the_converted_network_computes(name: str, tmp_path: Path) -> None:
    if name == "resnet8":
        module, shape = build_network(name, (16, 16, 3), 10, seed=0).eval(), (16, 16, 3)
    else:
        module, shape = build_test_network(name)
    samples = np.random.default_rng(0).normal(size=(16, *shape)).astype(np.float32)
    inputs = torch.from_numpy(samples)
    inputs = inputs.movedim(-1, 1) if inputs.ndim > 2 else inputs
    rounded = FakeQuantised(module)
    rounded.observe([inputs])
    rounded.eval()
    converted = convert_network(
        module, shape, samples, tmp_path, classification=False, given_ranges=rounded.ranges, **CHANNELS
    )
    _ranges_were_used(converted, rounded)
    reference = MicroReference(converted.tflite_int8_path)
    answers = reference.run_all(reference.quantize_input(samples))
    model = TfliteModel.read(converted.tflite_int8_path)
    found = model.quantization(int(model.graph.outputs[0]))
    assert found is not None
    quantum = float(found[0][0])
    with torch.inference_mode():
        simulated, plain = rounded(inputs).numpy(), module(inputs).numpy()
    far = np.abs(answers - simulated).mean() / quantum
    assert far < 0.5
    assert far < 0.8 * np.abs(answers - plain).mean() / quantum  # nearer than the float network


def test_functions_of_an_imported_network_have_the_names_of_their_conversion(tmp_path: Path) -> None:
    convolution = {"kernel_size": 3, "padding": 1}
    nodes = [
        Node("left", "conv2d", ["x"], {"in_channels": 2, "out_channels": 4, **convolution}),
        Node("right", "conv2d", ["x"], {"in_channels": 2, "out_channels": 4, **convolution}),
        Node("first_sum", "add", ["left", "right"]),
        Node("first_rect", "relu", ["first_sum"]),
        Node("product", "mul", ["first_rect", "left"]),
        Node("second.sum", "add", ["product", "right"]),
        Node("average", "mean", ["second.sum"], {"dim": [2, 3], "keepdim": False}),
        Node("dense", "linear", ["average"], {"in_features": 4, "out_features": 3}),
    ]
    torch.manual_seed(0)
    module = StoredModule(ModulePlan({"x": [2, 6, 6]}, nodes, ["dense"])).eval()
    samples = np.random.default_rng(0).normal(size=(8, 6, 6, 2)).astype(np.float32)
    rounded = FakeQuantised(module)
    rounded.observe([torch.from_numpy(samples).movedim(-1, 1)])
    converted = convert_network(
        module, (6, 6, 2), samples, tmp_path, given_ranges=rounded.ranges, **CHANNELS
    )
    assert {"first_rect", "product", "second.sum", "average", "dense"} <= rounded.ranges.keys()
    _ranges_were_used(converted, rounded)


def _ranges_were_used(converted: ConvertedNetwork, rounded: FakeQuantised) -> None:
    for name, (low, high) in rounded.ranges.items():
        assert converted.ranges[name] == pytest.approx((low, high), abs=1e-6), name


@pytest.fixture(scope="module")
def digits() -> sets.LabelledSet:
    return sets.digits()


@pytest.fixture(scope="module")
def trained(digits: sets.LabelledSet) -> nn.Module:
    module = build_network("tiny-cnn", digits.input_shape, 10, seed=0)
    train(module, digits, TrainStep(epochs=3), **CHANNELS)
    return module


def _clone(trained: nn.Module) -> nn.Module:
    return copy.deepcopy(trained)


def _observed(trained: nn.Module, inputs: torch.Tensor) -> tuple[nn.Module, FakeQuantised]:
    """The network without dropout, and its rounded form with the ranges of these inputs."""
    module = _clone(trained)
    for layer in module.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    rounded = FakeQuantised(_clone(module))
    rounded.observe([inputs])
    return module, rounded


def test_training_goes_on_and_gives_a_float_network_and_its_ranges(
    digits: sets.LabelledSet, trained: nn.Module
) -> None:
    trainer = RoundedTraining()
    module = _clone(trained)
    result = train_quantised(module, digits, QatStep(epochs=2), trainer=trainer, **CHANNELS)
    assert result.module is module
    assert set(result.module.state_dict()) == set(trained.state_dict())
    assert result.test_accuracy > 0.9
    assert set(trainer.ranges) >= {"input", "conv1.relu", "conv3.relu", "head.classifier"}
    assert all(low <= 0.0 < high for low, high in trainer.ranges.values())
    assert [row.step for row in result.epochs] == ["qat", "qat"]
    simulated = FakeQuantised(result.module, trainer.ranges).eval()
    right = simulated(torch.from_numpy(digits.test.inputs).movedim(-1, 1)).argmax(1).numpy()
    assert (right == digits.test.labels).mean() == pytest.approx(result.test_accuracy, abs=0.003)


def test_an_interrupted_training_goes_on_to_the_same_bits(
    digits: sets.LabelledSet, trained: nn.Module, tmp_path: Path
) -> None:
    from engine.errors import Cancelled
    from engine.events import EpochEnded, Event

    step = QatStep(epochs=2)
    straight, straight_ranges = _clone(trained), RoundedTraining()
    train_quantised(straight, digits, step, trainer=straight_ranges, **CHANNELS)
    cancel = CancelToken()

    def stop(event: Event) -> None:
        if isinstance(event, EpochEnded):
            cancel.cancel()

    state = tmp_path / "state"
    with pytest.raises(Cancelled):
        train_quantised(
            _clone(trained),
            digits,
            step,
            report=stop,
            cancel=cancel,
            checkpoint=state,
            trainer=RoundedTraining(),
        )
    resumed, ranges = _clone(trained), RoundedTraining()
    train_quantised(resumed, digits, step, checkpoint=state, trainer=ranges, **CHANNELS)
    assert ranges.ranges == straight_ranges.ranges
    for one, other in zip(straight.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_ranges_stay_after_their_share_of_the_training(
    digits: sets.LabelledSet, trained: nn.Module
) -> None:
    inputs = torch.from_numpy(digits.train.inputs[:64]).movedim(-1, 1)
    _, rounded = _observed(trained, inputs)
    rounded.freeze_after = 2
    rounded.train()
    before = rounded.ranges
    rounded(3 * inputs)
    moved = rounded.ranges
    assert moved["input"][1] > before["input"][1]
    rounded(3 * inputs)
    frozen = rounded.ranges
    rounded(9 * inputs)
    assert rounded.ranges == frozen


def test_a_training_freezes_ranges_after_the_share_of_its_step(
    digits: sets.LabelledSet, trained: nn.Module
) -> None:
    def learnt(freeze_share: float) -> dict[str, tuple[float, float]]:
        ranges = RoundedTraining()
        step = QatStep(epochs=1, freeze_share=freeze_share)
        train_quantised(_clone(trained), digits, step, trainer=ranges, **CHANNELS)
        return ranges.ranges

    early, late = learnt(0.01), learnt(1.0)
    assert early.keys() == late.keys()
    assert early != late


def test_batchnorm_keeps_its_statistics(digits: sets.LabelledSet, trained: nn.Module) -> None:
    rounded = FakeQuantised(_clone(trained)).train()
    norm = rounded.network.get_submodule("conv1.norm")
    before = norm.running_mean.clone()
    rounded(torch.from_numpy(5 * digits.train.inputs[:64]).movedim(-1, 1))
    assert torch.equal(norm.running_mean, before)


def test_live_batchnorm_follows_the_batches_until_the_ranges_stay(
    digits: sets.LabelledSet, trained: nn.Module
) -> None:
    inputs = torch.from_numpy(digits.train.inputs[:64]).movedim(-1, 1)
    module, rounded = _observed(trained, inputs)
    rounded.live_norms, rounded.freeze_after = True, 1
    norm = rounded.network.get_submodule("conv1.norm")
    before = norm.running_mean.clone()
    live = rounded.train()(inputs)
    followed = norm.running_mean.clone()
    assert not torch.equal(followed, before)
    rounded(inputs)
    assert torch.equal(norm.running_mean, followed)
    # What a batch normalises by itself is what the same network gives in float with live BatchNorm.
    plain = module.train()(inputs)
    far = (live - plain).abs().mean() / plain.std()
    assert far < 0.1, far


def test_a_channel_that_batchnorm_switches_off_stays_finite_with_live_norms(
    digits: sets.LabelledSet, trained: nn.Module
) -> None:
    rounded = FakeQuantised(_clone(trained))
    rounded.live_norms = True
    norm = rounded.network.get_submodule("conv1.norm")
    with torch.no_grad():
        norm.weight[0] = 0.0
    answers = rounded.train()(torch.from_numpy(digits.train.inputs[:64]).movedim(-1, 1))
    answers.sum().backward()
    conv = rounded.network.get_submodule("conv1.conv")
    assert torch.isfinite(answers).all()
    assert torch.isfinite(conv.weight.grad).all()


def test_a_live_training_is_judged_in_the_folded_form(
    digits: sets.LabelledSet, trained: nn.Module
) -> None:
    module, trainer = _clone(trained), RoundedTraining()
    step = QatStep(epochs=2, batch_norm="live")
    result = train_quantised(module, digits, step, trainer=trainer, **CHANNELS)
    assert result.test_accuracy == pytest.approx(
        evaluate(FakeQuantised(module, trainer.ranges), digits, digits.test).accuracy
    )
    assert result.test_accuracy > 0.9


def test_pruning_afterwards_learns_the_ranges_anew(digits: sets.LabelledSet, trained: nn.Module) -> None:
    trainer, module = RoundedTraining(), _clone(trained)
    train_quantised(module, digits, QatStep(epochs=1), trainer=trainer, **CHANNELS)
    before = trainer.ranges
    later = RoundedTraining(before, module)
    step = PruneStep(ratio=0.5, scope="layer", epochs=3)
    statistics: list[torch.Tensor] = []

    def watched(network: nn.Module, *arguments: object, **settings: object) -> TrainResult:
        statistics.append(network.get_submodule("conv1.norm").running_mean.clone())
        return later(network, *arguments, **settings)

    result = prune(module, digits, step, trainer=watched, **CHANNELS)
    assert module.get_submodule("conv1.conv").out_channels == 8
    assert later.ranges.keys() == before.keys()
    assert later.ranges["conv2.relu"] != before["conv2.relu"]
    # The statistics of BatchNorm went on after pruning: what is left of the network has others.
    assert not torch.equal(module.get_submodule("conv1.norm").running_mean, statistics[-1])
    assert result.test_accuracy > 0.8


def test_an_autoencoder_is_trained_with_roundings() -> None:
    data = sets.vibrations()
    module = build_network("autoencoder", data.input_shape, 2, seed=0)
    train(module, data, TrainStep(epochs=20, batch_size=32, patience=0), **CHANNELS)
    step = QatStep(epochs=2)
    result = train_quantised(module, data, step, trainer=RoundedTraining(), **CHANNELS)
    assert result.test_accuracy > 0.85


def test_a_share_out_of_range_is_named(digits: sets.LabelledSet, trained: nn.Module) -> None:
    with pytest.raises(TrainingFailed, match="frozen"):
        train_quantised(
            _clone(trained), digits, QatStep(freeze_share=0.0), trainer=RoundedTraining(), **CHANNELS
        )


def test_the_ranges_of_an_autoencoder_reach_beyond_healthy_samples() -> None:
    inputs = 3 * torch.rand(20, 24, generator=torch.Generator().manual_seed(0)) - 1
    inputs[0, 0], inputs[1, 1] = 2.0, -1.0
    reach = {}
    for name in ("autoencoder-s", "tiny-dense"):
        rounded = FakeQuantised(build_network(name, (24,), 3, seed=0))
        rounded.observe([inputs])
        reach[name] = rounded.ranges["input"]
    assert reach["tiny-dense"] == pytest.approx((-1.0, 2.0), abs=0.02)
    assert reach["autoencoder-s"] == pytest.approx((-1.5, 3.0), abs=0.03)
