"""`import` and `new`: what a person is told about a model file, and what travels into the project."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import BadInputFile, UnsupportedOperator, UsageError
from engine.events import CancelToken
from engine.model_import.value_range import range_by_statistics
from engine.operator_fixes import fix_of
from engine.project import open_project
from tests.helpers.projects import told_by
from tests.helpers.shared_data import shared_data

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def exported(module, shape, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (torch.zeros(1, *shape),), str(path), verbose=False)
    return path


@pytest.fixture(scope="module")
def colour_onnx(tmp_path_factory):
    """Three classes of 16x16 colour pictures."""
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)
    )
    return exported(module, (3, 16, 16), tmp_path_factory.mktemp("models") / "colour.onnx")


def test_import_predicts_every_board_before_any_training(colour_onnx):
    (values,), _ = told_by("import", file=str(colour_onnx), scale="1/255", classes="a,b,c")
    rows = {row["board"]: row for row in values["boards"]}
    assert len(rows) >= 6
    assert values["predicted_form"] == "int8"
    for row in rows.values():
        assert row["fits"]
        assert row["basis"] == "predicted"
        assert row["latency_ms"] > 0
        # 8-bit weights and 32-bit biases at least; the input and the first result at least
        assert row["flash_bytes"] > 8 * 27 + 4 * 8 + 3 * 8 + 4 * 3
        assert row["ram_bytes"] > 16 * 16 * 8
    meaning = values["meaning"]
    assert meaning["scale"] == (1 / 255,)
    assert meaning["classes"] == ("a", "b", "c")
    assert set(meaning["guesses"]) == {"task", "channel_order", "mean"}
    assert {row["name"]: row["support"] for row in values["operators"]}["CONV_2D"] == "supported"


def test_what_is_set_travels_into_the_project_and_its_data(colour_onnx, tmp_path):
    settings = {"scale": "0.1,0.2,0.3", "mean": "10", "channel_order": "BGR"}
    classes = ",".join("9876543210")
    with pytest.raises(UsageError, match="10 classes are named, but the network has 3 outputs"):
        told_by(
            "new", project=str(tmp_path / "p"), task="images", data="builtin:digits",
            network=str(colour_onnx), classes=classes, **settings,
        )  # fmt: skip
    assert not (tmp_path / "p.thimble").exists()
    told_by(
        "new", project=str(tmp_path / "p"), task="images", data="builtin:digits",
        network=str(colour_onnx), **settings,
    )  # fmt: skip
    project = open_project(tmp_path / "p.thimble")
    assert project.meaning.channel_order == "BGR"
    assert project.data.channel_order == "BGR"
    assert project.data.input_scale == (0.1, 0.2, 0.3)
    assert project.data.input_mean == (10.0,)
    assert (project.data.image_size, project.data.image_channels) == (16, 3)
    assert project.meaning.guesses == ()


def test_classes_that_the_data_do_not_have_are_refused_at_once(colour_onnx, tmp_path):
    with pytest.raises(BadInputFile, match="The data have a class 0 that --classes does not name"):
        told_by(
            "new", project=str(tmp_path / "p"), task="images", data="builtin:digits",
            network=str(colour_onnx), classes="a,b,c",
        )  # fmt: skip


def test_meaning_is_for_files_and_not_for_networks_of_the_zoo(tmp_path):
    with pytest.raises(UsageError, match="--channel-order describes a model file"):
        told_by("new", project=str(tmp_path / "p"), task="images", channel_order="BGR")


def test_a_task_must_be_named_where_no_file_tells_it(tmp_path):
    with pytest.raises(UsageError, match="The task is not named"):
        told_by("new", project=str(tmp_path / "p"))


def test_a_finished_model_says_its_range_of_pixels():
    file = str(shared_data("models", "tflite", "mlperf_vww_int8.tflite"))
    (values,), _ = told_by("import", file=file)
    assert values["predicted_form"] == "file"
    assert values["task"] == "images"
    # its input is quantised with scale 1/255 and zero point -128
    assert values["meaning"]["scale"] == (1 / 255,)
    assert "quantised input" in values["meaning"]["reasons"]["scale"]


def test_a_board_that_is_too_small_is_named_with_the_amount():
    file = str(shared_data("models", "tflite", "tinyengine_detection.tflite"))
    (values,), _ = told_by("import", file=file)
    rows = {row["board"]: row for row in values["boards"]}
    assert rows["stm32h743"]["fits"]
    assert not rows["stm32g0b1"]["fits"]
    assert "board has 144 KB" in rows["stm32g0b1"]["reasons"][0]


def test_operators_without_a_kernel_come_with_a_reason_and_a_cure():
    file = str(shared_data("models", "tflite", "tflm_audio_preprocessor_int8.tflite"))
    (values,), _ = told_by("import", file=file)
    rows = {row["name"]: row for row in values["operators"] if row["support"] == "unsupported"}
    assert "not supported" in rows["CUSTOM:SignalRfft"]["reason"]
    assert "outside the network" in rows["CUSTOM:SignalRfft"]["fix"]
    assert values["boards"] == []


def test_an_operator_that_cannot_be_imported_is_refused_with_a_cure(tmp_path):
    class Odd(nn.Module):
        def forward(self, x):
            return torch.cumsum(torch.erf(x), 1)

    path = exported(Odd(), (8,), tmp_path / "odd.onnx")
    with pytest.raises(UnsupportedOperator, match="CumSum") as caught:
        told_by("import", file=str(path))
    assert "CumSum: " in caught.value.hint
    assert caught.value.facts["operators"]


def test_a_fix_is_found_by_the_names_of_every_format():
    assert fix_of("LayerNormalization") == fix_of("LAYER_NORMALIZATION") != fix_of("Unheard")
    assert fix_of("CUSTOM:Whatever") != fix_of("Whatever")


def test_the_first_norm_tells_what_pixels_a_network_was_trained_on():
    file = shared_data("models", "keras_h5", "pretrainedResnet.h5")
    (values,), _ = told_by("import", file=str(file))
    # MLPerf Tiny's training script feeds pixels 0 to 255, see its repository
    assert values["meaning"]["scale"] == (1.0,)
    assert values["meaning"]["mean"] == (0.0,)
    assert "scale" in values["meaning"]["guesses"]
    assert "batch_normalization" in values["meaning"]["reasons"]["scale"]


def test_a_wrong_scale_changes_what_an_imported_network_is_fed_and_says(tmp_path):
    from engine.data import load_data
    from engine.events import discard
    from engine.model_import.imported_model import ImportedModel

    file = shared_data("models", "keras_h5", "pretrainedResnet.h5")
    answers, ranges = {}, {}
    for name, settings in (("right", {}), ("wrong", {"scale": "1/255"})):
        told_by(
            "new", project=str(tmp_path / name), task="images", data="builtin:digits",
            network=str(file), **settings,
        )  # fmt: skip
        project = open_project(tmp_path / f"{name}.thimble")
        data = load_data(project.data, cache_folder=None, report=discard, cancel=CancelToken())
        inputs = np.moveaxis(data.test.inputs[:64], -1, 1)
        ranges[name] = (inputs.min(), inputs.max())
        module = ImportedModel.load(project.imported_folder).module
        with torch.no_grad():
            answers[name] = module(torch.from_numpy(np.ascontiguousarray(inputs))).argmax(1).numpy()
    assert ranges == {"right": (0.0, 255.0), "wrong": (0.0, 1.0)}
    assert len(np.unique(answers["wrong"])) == 1, "fed 255 times too little, it sees nothing but black"
    assert len(np.unique(answers["right"])) > 1


def test_statistics_of_a_network_trained_on_known_pixels_are_recognised():
    from engine.model_import.torch_graph import stored_copy

    torch.manual_seed(0)
    yes = 0
    for low, high, name in ((0.0, 255.0, "0 to 255"), (0.0, 1.0, "0 to 1"), (-1.0, 1.0, "-1 to 1")):
        module = nn.Sequential(nn.Conv2d(3, 16, 3, bias=False), nn.BatchNorm2d(16, momentum=None))
        smooth = nn.functional.interpolate(torch.rand(32, 3, 5, 5), size=(32, 32), mode="bilinear")
        module.train()(low + (high - low) * smooth)  # the statistics that training leaves
        found = range_by_statistics(stored_copy(module.eval(), (3, 32, 32)))
        yes += found == (name, "1")
        assert found is None or found[0] == name
    assert yes >= 2


@pytest.mark.parametrize("network", ["of the zoo", "of a file"])
def test_a_project_is_predicted_on_every_board_before_it_is_converted(network, colour_onnx, tmp_path):
    told_by(
        "new",
        project=str(tmp_path / "p"),
        task="images",
        data="builtin:digits",
        network=str(colour_onnx) if network == "of a file" else "tiny-cnn",
    )
    folder = str(tmp_path / "p.thimble")
    with pytest.raises(UsageError, match="no converted model yet"):
        told_by("fit", target=folder, board="all")
    told_by("run", project=folder, until="model")
    rows, _ = told_by("fit", target=folder, board="all")
    assert len(rows) >= 6
    assert all(row["fits"] and row["latency_ms"] > 0 for row in rows)
