"""Networks from users' files through the pipeline: trained, pruned, converted, compared."""

import shutil
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from engine import pipeline, summaries
from engine.errors import BadInputFile
from engine.events import CancelToken, discard
from engine.project import open_project
from engine.recipe import PruneStep, QuantizeStep, Recipe, TrainStep
from engine.tflite_model import TfliteModel
from engine.trainable_network import write_outline
from engine.zoo import build_network
from tests.helpers.projects import told_by
from tests.helpers.shared_data import shared_data

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


class Small(nn.Module):
    """A residual network for 8x8 pictures with seven classes."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU())
        self.body = nn.Conv2d(16, 16, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(16 * 16, 7)

    def forward(self, x):
        x = self.stem(x)
        return self.head(self.pool(torch.relu(self.body(x) + x)).flatten(1)).softmax(1)


@pytest.fixture
def small_onnx(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "small.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Small().eval(), (torch.zeros(1, 1, 8, 8),), str(path), verbose=False)
    return path


def test_import_says_what_an_onnx_network_is(small_onnx):
    (values,), notes = told_by("import", file=str(small_onnx))
    assert values["trainable"]
    assert values["parameters"] == sum(p.numel() for p in Small().parameters())
    assert values["macs"] == 64 * 16 * 9 + 64 * 16 * 16 * 9 + 256 * 7
    assert {row["name"]: row["support"] for row in values["operators"]}["ADD"] == "supported"
    assert {"stem.0", "body", "head"} <= {layer["name"] for layer in values["layers"]}
    assert values["meaning"]["softmax"]
    assert any("softmax" in note for note in notes)


def test_an_onnx_network_is_trained_pruned_converted_and_compared(small_onnx, tmp_path):
    told_by(
        "new", project=str(tmp_path / "p"), task="images", data="builtin:digits", network=str(small_onnx)
    )
    project = open_project(tmp_path / "p.thimble")
    assert (project.folder / "model" / "small.onnx.data").exists()
    project.recipe = Recipe(
        (TrainStep(epochs=2, learning_rate=0.004), PruneStep(ratio=0.3, epochs=1), QuantizeStep())
    )
    project.save()

    _, notes = told_by("run", project=str(project.folder), until="verify")

    assert "The last layer (head) is new: it had 7 outputs, the data have 10 classes." in notes
    results = {s.stage: s.summary for s in pipeline.readiness(project) if s.summary is not None}
    trained, pruned = results["step-1-train"], results["step-2-prune"]
    assert trained.accuracy_after.value > 0.8
    assert pruned.parameters < trained.parameters
    assert results["convert"].int8_accuracy.value > 0.8
    assert results["verify"].passed


def test_a_quantised_network_is_converted_with_its_own_ranges(tmp_path):
    file = shared_data("models", "onnx_torch", "mlperf_kws_ref.onnx")
    told_by(
        "new", project=str(tmp_path / "p"), task="keywords", data="builtin:keywords", network=str(file)
    )
    project = open_project(tmp_path / "p.thimble")
    project.data = replace(project.data, variants=0)
    project.recipe = Recipe((QuantizeStep(calibration_samples=10),))
    project.save()

    told_by("run", project=str(project.folder), until="convert")

    state = next(s for s in pipeline.readiness(project) if s.stage == "convert")
    assert isinstance(state.summary, summaries.ConvertSummary)
    model = TfliteModel.read(state.folder / state.summary.files["int8"])
    scales = {model.name(t): model.quantization(t)[0][0] for t in model.activations()}
    # QuantizeLinear's own numbers, read from the file
    assert scales["input"] == pytest.approx(0.9765625, rel=1e-6)
    assert scales["conv2d_relu"] == pytest.approx(0.00628318, rel=1e-5)
    assert scales["conv2d_4_relu"] == pytest.approx(0.11065236, rel=1e-5)
    assert scales["PPQ_Variable_160"] == pytest.approx(0.02954897, rel=1e-5)  # of the average pool


def test_a_trusted_file_is_read_once_and_never_again(tmp_path):
    """A project of a TorchScript file lives from the plain data that its one reading left."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted = torch.jit.trace(Small().eval(), torch.zeros(1, 1, 8, 8))
        scripted.save(str(tmp_path / "small.pt"))
    arguments = {"task": "images", "data": "builtin:digits", "network": str(tmp_path / "small.pt")}
    with pytest.raises(BadInputFile, match="may hold code"):
        told_by("new", project=str(tmp_path / "untrusted"), **arguments)
    told_by("new", project=str(tmp_path / "p"), trust=True, input_shape=(1, 8, 8), **arguments)
    project = open_project(tmp_path / "p.thimble")
    content = project.model_path.read_bytes()
    project.model_path.write_bytes(b"whoever opens this fails")

    told_by("run", project=str(project.folder), until="model")

    project.model_path.write_bytes(content)
    shutil.rmtree(project.imported_folder)
    shutil.rmtree(project.artefacts_folder)
    with pytest.raises(BadInputFile, match="has lost what was read from small.pt") as refusal:
        told_by("run", project=str(project.folder), until="model")
    assert "thimble-cli new NAME --network small.pt --trust" in refusal.value.hint


def test_a_float_tflite_is_trained_where_data_are_given_and_finished_otherwise(tmp_path):
    file = str(shared_data("models", "tflite", "mlperf_ic_float.tflite"))
    told_by("new", project=str(tmp_path / "a"), task="images", network=file)
    told_by("new", project=str(tmp_path / "b"), task="images", network=file, data="builtin:digits")
    assert open_project(tmp_path / "a.thimble").is_finished_model
    trained = open_project(tmp_path / "b.thimble")
    assert not trained.is_finished_model
    assert (trained.data.image_size, trained.data.image_channels) == (32, 3)


def test_data_that_do_not_suit_the_network_are_refused_before_training(tmp_path):
    file = shared_data("models", "onnx_torch", "mlperf_ic_resnet_float.onnx")
    told_by("new", project=str(tmp_path / "p"), task="anomaly", data="builtin:hum", network=str(file))
    with pytest.raises(BadInputFile, match="takes inputs of 32x32x3, but one sample here has"):
        told_by("run", project=str(tmp_path / "p.thimble"), until="model")


def test_networks_of_the_zoo_still_need_a_training_step(tmp_path):
    told_by("new", project=str(tmp_path / "p"), task="images", data="builtin:digits")
    project = open_project(tmp_path / "p.thimble")
    project.recipe = Recipe((QuantizeStep(),))
    project.save()
    states = {s.stage: s for s in pipeline.readiness(project)}
    assert (
        states["convert"].reason
        == "The step quantize needs a trained network: put train or distill before it."
    )


def test_costs_of_a_deep_network_are_known_before_it_is_trained(tmp_path):
    # Its untrained values fall to 1e-11 of the inputs, which TFLite Micro's softmax cannot scale.
    module = build_network("mobilenet-v2-035", (48, 48, 3), 10, seed=0)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    write_outline(
        module,
        [(48, 48, 3)],
        tmp_path / "outline.tflite",
        classification=True,
        report=discard,
        cancel=CancelToken(),
    )
    outline = TfliteModel.read(tmp_path / "outline.tflite")
    scales = [outline.quantization(t)[0].min() for t in outline.activations()]
    assert min(scales) > 1e-4
    for name, value in module.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
