"""Projects of model files without a data set: several inputs or outputs, or a person who wants none."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine import pipeline, summaries
from engine.errors import BadInputFile, UsageError
from engine.micro_reference import MicroReference
from engine.project import Project, open_project
from engine.recipe import PruneStep, QuantizeStep, Recipe
from engine.tflite_model import TfliteModel
from tests.helpers.networks import PictureAndVector
from tests.helpers.projects import told_by

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def exported(module: nn.Module, shapes: dict[str, tuple[int, ...]], path: Path) -> Path:
    examples = tuple(torch.zeros(1, *shape) for shape in shapes.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), examples, str(path), dynamo=False, input_names=list(shapes)
        )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def two_inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture and a vector go in, two answers come out."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("files") / "two.onnx"
    return exported(PictureAndVector(), {"picture": (3, 12, 12), "vector": (5,)}, path)


@pytest.fixture(scope="module")
def one_input(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 3))
    return exported(module, {"image": (3, 8, 8)}, tmp_path_factory.mktemp("files") / "one.onnx")


@pytest.fixture(scope="module")
def done(two_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[str]]:
    """A project of the two inputs that ran to the board, and what was said."""
    folder = tmp_path_factory.mktemp("projects") / "two.thimble"
    _, said = told_by("new", project=str(folder), network=str(two_inputs), board="stm32f407")
    _, more = told_by("run", project=str(folder))
    return open_project(folder), [*said, *more]


def stage(project: Project, key: str) -> pipeline.StageState:
    return next(state for state in pipeline.readiness(project) if state.stage == key)


def test_two_inputs_reach_the_board_without_a_data_set(done: tuple[Project, list[str]]) -> None:
    project, said = done
    assert project.data is None
    assert [state.stage for state in pipeline.readiness(project)] == [
        "model", "convert", "verify", "fit", "build", "flash", "board-run",
    ]  # fmt: skip
    assert any("No data belong to this file" in text and "not offered" in text for text in said)
    verified, ran = stage(project, "verify").summary, stage(project, "board-run").summary
    assert isinstance(verified, summaries.VerifySummary)
    assert isinstance(ran, summaries.BoardRunSummary)
    assert verified.passed
    forms = {row.to_form for row in verified.rows}
    assert {"ONNX Runtime", "TFLite Micro", "generated C on the host"} <= forms
    assert ran.mismatched_bytes == 0
    assert ran.inputs_compared == 100
    assert ran.layer_rows
    assert ran.accuracy is None
    converted = stage(project, "convert").summary
    assert isinstance(converted, summaries.ConvertSummary)
    assert converted.float_accuracy is None
    assert "32 seeded inputs" in converted.notes[0]
    assert project.budgets.accuracy is None


def test_its_board_is_compared_by_verify_and_watched(done: tuple[Project, list[str]]) -> None:
    project, _ = done
    rows, _ = told_by("verify", target=str(project.folder), board="stm32f407")
    on_board = [row for row in rows if row["to"] == "virtual board"]
    assert on_board
    assert all(row["passed"] and row["isolated_error"] == 0 for row in on_board)
    answers, _ = told_by("monitor", target=str(project.folder), count=2)
    outputs = TfliteModel.read(tflite(project)).graph.outputs
    assert len(outputs) == 2
    model = MicroReference(tflite(project))
    assert [len(answer["output"]) for answer in answers] == [model.output_bytes] * 2
    assert "expected" not in answers[0]


def tflite(project: Project) -> Path:
    state = stage(project, "convert")
    assert isinstance(state.summary, summaries.ConvertSummary)
    assert state.folder is not None
    return state.folder / state.summary.files["int8"]


@pytest.mark.parametrize("form", ["tflite", "c-array", "c", "cmake", "arduino", "tflm"])
def test_it_is_exported(done: tuple[Project, list[str]], form: str, tmp_path: Path) -> None:
    project, _ = done
    (values,), _ = told_by("export", target=str(project.folder), format=form, out=str(tmp_path))
    assert values["files"]
    assert all((tmp_path / name).stat().st_size for name in values["files"])
    if form == "tflite":
        assert len(TfliteModel.read(tmp_path / values["files"][0]).graph.inputs) == 2
    if form == "arduino":
        assert zipfile.ZipFile(tmp_path / values["files"][0]).testzip() is None


def test_fit_build_and_flash_take_it(done: tuple[Project, list[str]], tmp_path: Path) -> None:
    folder = str(done[0].folder)
    rows, _ = told_by("fit", target=folder, board="all")
    assert len(rows) > 5
    assert all(row["fits"] for row in rows)
    (built,), _ = told_by("build", target=folder, out=str(tmp_path / "out"))
    assert Path(built["elf"]).is_file()
    (flashed,), _ = told_by("flash", target=folder)
    assert flashed["bytes_written"] > 0


def test_steps_that_need_data_are_refused(done: tuple[Project, list[str]]) -> None:
    project, _ = done
    assert project.recipe == Recipe((QuantizeStep(),))
    with pytest.raises(UsageError, match="The step prune needs a data set"):
        told_by("recipe", project=str(project.folder), action="add", kind="prune", settings=[])
    project = Project(**{**vars(project), "recipe": Recipe((PruneStep(), QuantizeStep()))})
    assert "needs a data set" in stage(project, "convert").reason
    with pytest.raises(UsageError, match="no data set whose samples"):
        told_by("calibration", project=str(project.folder), action="check")
    with pytest.raises(UsageError, match="has no data set"):
        told_by("recipe", project=str(project.folder), action="compare")


def test_data_for_two_inputs_are_refused_at_once(two_inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two.onnx has 2 inputs and 2 outputs"):
        told_by("new", project=str(tmp_path / "p"), network=str(two_inputs), data="builtin:digits")
    assert not (tmp_path / "p.thimble").exists()


def test_own_samples_set_the_ranges_and_go_to_the_board(two_inputs: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    arrays = {
        "picture": random.uniform(2, 6, (120, 12, 12, 3)),
        "vector": random.uniform(-9, 1, (120, 5)),
    }
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(BadInputFile, match="There is no file"):
        told_by(
            "new", project=str(tmp_path / "p"), network=str(two_inputs), calibration=str(tmp_path / "no")
        )
    _, said = told_by(
        "new", project=str(tmp_path / "p"), network=str(two_inputs), board="stm32f407",
        calibration=str(tmp_path / "mine.npz"),
    )  # fmt: skip
    assert any("ranges come from your 120 samples" in text for text in said)
    (tmp_path / "mine.npz").unlink()  # the project has its own copy
    told_by("run", project=str(tmp_path / "p.thimble"))
    project = open_project(tmp_path / "p.thimble")
    ran = stage(project, "board-run").summary
    assert isinstance(ran, summaries.BoardRunSummary)
    assert (ran.mismatched_bytes, ran.inputs_compared) == (0, 100)
    model = TfliteModel.read(tflite(project))
    for tensor, (low, high) in zip(map(int, model.graph.inputs), ((0.0, 6.0), (-9.0, 1.0)), strict=True):
        scale, zero = (float(values[0]) for values in model.quantization(tensor)[:2])
        assert scale * (-128 - zero) == pytest.approx(low, abs=0.1)
        assert scale * (127 - zero) == pytest.approx(high, abs=0.1)
    # another file of samples makes the conversion stale, not the reading of the network
    np.savez(project.calibration_path, **{name: 2 * values for name, values in arrays.items()})
    assert stage(project, "model").state == "done"
    assert stage(project, "convert").state == "stale"


def test_one_input_can_go_the_same_way(one_input: Path, tmp_path: Path) -> None:
    arguments = {"network": str(one_input), "board": "stm32f407"}
    told_by("new", project=str(tmp_path / "a"), data="none", **arguments)
    _, said = told_by("run", project=str(tmp_path / "a.thimble"))
    assert any("seeded inputs" in text for text in said)
    project = open_project(tmp_path / "a.thimble")
    ran = stage(project, "board-run").summary
    assert isinstance(ran, summaries.BoardRunSummary)
    assert ran.mismatched_bytes == 0
    # nothing is added to what the file says: its last layer gives scores, not shares
    kinds = [kind for kind, _ in TfliteModel.read(tflite(project)).operators()]
    assert kinds[-1] == "FULLY_CONNECTED"


def test_options_that_contradict_each_other_are_refused(one_input: Path, tmp_path: Path) -> None:
    project = str(tmp_path / "p")
    np.savez(tmp_path / "mine.npz", image=np.zeros((1, 8, 8, 3)))
    own = str(tmp_path / "mine.npz")
    with pytest.raises(UsageError, match="only a model file can do without"):
        told_by("new", project=project, task="images", data="none")
    with pytest.raises(UsageError, match="--calibration is for a network without a data set"):
        told_by(
            "new", project=project, network=str(one_input), data="builtin:digits", calibration=own
        )  # fmt: skip
    assert not (tmp_path / "p.thimble").exists()


def test_keras_networks_of_two_inputs_reach_the_board(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    picture, extra = keras.Input((12, 12, 1), name="picture"), keras.Input((4,), name="extra")
    seen = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 3, activation="relu")(picture))
    both = keras.layers.Concatenate()([seen, keras.layers.Dense(8, activation="relu")(extra)])
    scores = keras.layers.Dense(4, activation="softmax", name="scores")(both)
    keras.Model([picture, extra], scores).save(tmp_path / "two.h5")
    np.savez(tmp_path / "mine.npz", picture=np.random.rand(6, 12, 12, 1), extra=np.random.rand(6, 4))

    told_by(
        "new", project=str(tmp_path / "p"), network=str(tmp_path / "two.h5"), board="stm32f407",
        calibration=str(tmp_path / "mine.npz"),
    )  # fmt: skip
    told_by("run", project=str(tmp_path / "p.thimble"))

    project = open_project(tmp_path / "p.thimble")
    ran = stage(project, "board-run").summary
    assert isinstance(ran, summaries.BoardRunSummary)
    assert (ran.mismatched_bytes, ran.inputs_compared) == (0, 100)
    kinds = [kind for kind, _ in TfliteModel.read(tflite(project)).operators()]
    assert kinds[-1] == "SOFTMAX"  # as in the file
