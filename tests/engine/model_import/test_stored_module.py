import json

import numpy as np
import pytest
import torch

from engine.compress.finetune import TrainingFailed
from engine.compress.prune import parameter_count, remove_filters
from engine.errors import BadInputFile
from engine.model_import import network_layers
from engine.model_import.adaptation import adapted
from engine.model_import.imported_model import ImportedModel
from engine.model_import.keras_file import read_keras
from engine.model_import.module_builder import ModuleBuilder
from engine.model_import.network_layers import Window
from engine.model_import.onnx_file import read_onnx
from engine.model_import.stored_module import load_module, save_module
from engine.model_import.tflite_float import read_tflite_float
from engine.model_import.torch_file import read_torch
from tests.helpers.shared_data import shared_data

FILES = {
    "onnx_torch/mlperf_ic_resnet_float.onnx": read_onnx,
    "onnx_torch/mlperf_vww_96_float.onnx": read_onnx,
    "onnx_torch/resnet20_cifar10.th": read_torch,
    "onnx_torch/st_tutorial_mobilenet_v2_128_0.5.onnx": read_onnx,
    "keras_h5/pretrainedResnet.h5": read_keras,
    "tflite/mlperf_ad_float.tflite": read_tflite_float,
    "tflite/mlperf_kws_float.tflite": read_tflite_float,
}


def imported(name) -> ImportedModel:
    return FILES[name](shared_data("models", *name.split("/")))


def blank(model: ImportedModel, batch=2):
    ((shape),) = model.module.plan.inputs.values()
    return torch.randn(batch, *shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", FILES)
def test_stored_networks_come_back_the_same_and_hold_no_code(name, tmp_path):
    model = imported(name)
    model.save(tmp_path)

    again = ImportedModel.load(tmp_path)

    inputs = blank(model)
    with torch.no_grad():
        assert torch.equal(again.module(inputs), model.module(inputs))
    assert (again.meaning, again.notes, again.input_shape) == (
        model.meaning,
        model.notes,
        model.input_shape,
    )
    assert all(p.requires_grad for p in again.module.parameters())


@pytest.mark.parametrize("name", FILES)
def test_imported_networks_lose_filters_and_are_stored_narrower(name, tmp_path):
    model = imported(name)
    before = parameter_count(model.module)

    remove_filters(model.module, model.input_shape, ratio=0.3, round_to=4)
    save_module(model.module, tmp_path)
    again = load_module(tmp_path)

    assert parameter_count(again) == parameter_count(model.module) < 0.85 * before
    inputs = blank(model)
    with torch.no_grad():
        assert torch.equal(again(inputs), model.module.eval()(inputs))


def scaled_network() -> ImportedModel:
    """Two convolutions; between them each channel is scaled, in front of them all of the picture."""
    builder = ModuleBuilder("scaled")
    draw = np.random.default_rng(0)
    plain = Window((3, 3), (1, 1), (1, 1), (0, 0), (0, 0))
    given = builder.input((1, 3, 9, 9))
    x = network_layers.binary(builder, "brightness", "mul", given, np.float32([[[2]], [[3]], [[4]]]))
    order = (0, 1, 2, 3)
    x = network_layers.conv(builder, "first", x, order, plain, draw.normal(size=(16, 3, 3, 3)), None)
    x = network_layers.binary(builder, "scale", "mul", x, draw.uniform(1, 2, size=(16, 1, 1)))
    x = network_layers.conv(builder, "second", x, order, plain, draw.normal(size=(4, 16, 3, 3)), None)
    return ImportedModel("scaled", "onnx", builder.finish([x]), (9, 9, 3), (5, 5, 4))


def test_numbers_of_channels_are_trained_and_pruned_but_those_of_the_input_stay(tmp_path):
    model = scaled_network()
    assert [n for n, _ in model.module.named_parameters()] == [
        "first.weight",
        "scale_constant.value",
        "second.weight",
    ]

    remove_filters(model.module, (9, 9, 3), ratio=0.5, round_to=4)
    save_module(model.module, tmp_path)

    again = load_module(tmp_path)
    assert again.get_parameter("scale_constant.value").shape == (8,)
    inputs = torch.randn(1, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(again(inputs), model.module(inputs))


def test_what_the_pruner_cannot_follow_is_said(tmp_path):
    builder = ModuleBuilder("wide")
    draw = np.random.default_rng(0)
    plain = Window((3, 3), (1, 1), (1, 1), (0, 0), (0, 0))
    x, order = builder.input((1, 3, 9, 9)), (0, 1, 2, 3)
    x = network_layers.conv(builder, "first", x, order, plain, draw.normal(size=(8, 3, 3, 3)), None)
    x = network_layers.conv(builder, "deep", x, order, plain, draw.normal(size=(16, 1, 3, 3)), None, 8)
    x = network_layers.conv(builder, "last", x, order, plain, draw.normal(size=(4, 16, 3, 3)), None)
    with pytest.raises(TrainingFailed, match="filters cannot be removed"):
        remove_filters(builder.finish([x]), (9, 9, 3), ratio=0.5, round_to=4)


def test_a_step_of_training_changes_an_imported_network():
    model = imported("keras_h5/pretrainedResnet.h5")
    module = model.module.train()
    inputs, labels = blank(model, 8), torch.arange(8)
    optimiser = torch.optim.SGD(module.parameters(), lr=0.01)
    first = torch.nn.functional.cross_entropy(module(inputs), labels)
    first.backward()
    assert all(p.grad is not None for p in module.parameters())
    optimiser.step()
    assert torch.nn.functional.cross_entropy(module(inputs), labels) < first


def test_a_head_for_other_classes_is_new_and_said():
    model = imported("onnx_torch/st_tutorial_mobilenet_v2_128_0.5.onnx")

    module, notes = adapted(model.module, (128, 128, 3), 5, name="net", seed=1)

    with torch.no_grad():
        assert module(blank(model)).shape == (2, 5)
    assert notes == (
        "The last layer (predictions_dense) is new: it had 2 outputs, the data have 5 classes.",
    )
    kept = [k for k in module.state_dict() if not k.startswith("predictions_dense")]
    assert all(torch.equal(module.state_dict()[k], model.module.state_dict()[k]) for k in kept)


def test_a_network_that_suits_the_data_stays_as_it_is():
    model = imported("onnx_torch/resnet20_cifar10.th")
    module, notes = adapted(model.module, (32, 32, 3), 10, name="net")
    assert notes == ()
    inputs = blank(model)
    with torch.no_grad():
        assert torch.equal(module(inputs), model.module(inputs))


def test_spectra_reach_a_network_that_takes_them_flat():
    model = imported("tflite/mlperf_ad_float.tflite")
    module, notes = adapted(model.module, (64, 10, 1), 2, name="net", reconstructs=True)
    inputs = blank(model)
    with torch.no_grad():
        assert torch.equal(module(inputs.reshape(2, 1, 64, 10)), model.module(inputs))
    assert module.reconstructs
    assert notes == ("Samples of 64x10x1 are reshaped to the 640 that the network takes.",)


@pytest.mark.parametrize("shape", [(96, 96, 3), (3, 32, 32), (32, 32, 1)])
def test_samples_of_another_shape_are_refused(shape):
    model = imported("onnx_torch/resnet20_cifar10.th")
    with pytest.raises(BadInputFile, match="net takes inputs of 32x32x3"):
        adapted(model.module, shape, 10, name="net")


def unknown_kind(document):
    document["nodes"][0]["kind"] = "eval"


def other_size(document):
    document["nodes"][0]["settings"]["out_channels"] = 1 << 40


def out_of_order(document):
    document["nodes"].reverse()


@pytest.mark.parametrize("damage", [unknown_kind, other_size, out_of_order])
def test_damaged_descriptions_are_refused(damage, tmp_path):
    save_module(imported("onnx_torch/resnet20_cifar10.th").module, tmp_path)
    path = tmp_path / "module.json"
    document = json.loads(path.read_text())
    damage(document)
    path.write_text(json.dumps(document))
    with pytest.raises(BadInputFile, match="cannot be read"):
        load_module(tmp_path)
