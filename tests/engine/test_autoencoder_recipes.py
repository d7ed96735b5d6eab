"""Every recipe step on an autoencoder, judged by the area under the ROC curve, up to the board."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from engine import pipeline
from engine.data import DataSpec
from engine.events import CancelToken, discard
from engine.int8_judgement import judge_int8
from engine.live import TEST_INPUTS
from engine.micro_reference import MicroReference
from engine.project import Project, create_project, open_project
from engine.recipe import (
    DistillStep,
    PruneStep,
    QatStep,
    QuantizeStep,
    Recipe,
    RemoveDeadStep,
    Step,
    TrainStep,
)
from engine.stages import StageContext
from engine.summaries import BoardRunSummary, ConvertSummary, StepSummary
from engine.verbs import perform

_TRAIN = TrainStep(epochs=2)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of two axes: of a healthy machine they shake together, of a loose one each by itself."""
    folder = tmp_path_factory.mktemp("machine")
    generator = np.random.default_rng(0)
    for name, common in (("normal", 1.0), ("loose", 0.5)):
        (folder / name).mkdir()
        for number in range(40):
            shared, own = generator.normal(size=(120, 1)), generator.normal(size=(120, 2))
            record = generator.uniform(0.5, 2) * (common * shared + 0.5 * own) + [0.0, 0.98]
            np.savetxt(folder / name / f"{number:03d}.csv", record, delimiter=",", fmt="%.5f")
    return folder


def _run(machine: Path, folder: Path, *steps: Step, until: str = "board-run") -> Project:
    spec = DataSpec(source=str(machine), task="vibration", vibration_features="gain-free")
    project = create_project(
        folder / "p",
        task="vibration",
        network="autoencoder-s",
        board_id="stm32f407",
        data=spec,
        recipe=Recipe((_TRAIN, *steps)),
    )
    pipeline.run(project, until=until, report=discard, cancel=CancelToken())
    return project


@pytest.mark.parametrize(
    "steps",
    [
        (RemoveDeadStep(), PruneStep(ratio=0.5, epochs=10), QatStep(epochs=1), QuantizeStep()),
        (
            QatStep(epochs=1),
            PruneStep(ratio=0.5, epochs=6, importance="taylor", scope="global", rounds=2, distil=True),
            QuantizeStep(),
        ),
        (
            PruneStep(ratio=0.5, epochs=10, importance="bn-scale"),
            DistillStep(epochs=1, teacher_epochs=1),
            QuantizeStep(choice="advised", method="mse", equalise=True, bias_correction=True),
        ),
        (QuantizeStep(first_last_int16=True),),
    ],
    ids=["l1 then qat", "qat then taylor", "bn-scale, distil, advised", "16 bits outside"],
)
def test_every_step_gives_an_area_and_the_board_agrees(
    machine: Path, tmp_path: Path, steps: tuple[Step, ...]
) -> None:
    project = _run(machine, tmp_path, *steps)
    done = {state.stage: state for state in pipeline.readiness(project)}
    summaries = [s.summary for s in done.values() if isinstance(s.summary, StepSummary)]
    assert len(summaries) == len(steps)  # the training, and all but the quantisation
    for summary in summaries:
        assert summary.accuracy_after is not None
        assert summary.accuracy_after.value > 0.8
    pruned = [s for s in summaries if s.kind == "prune"]
    assert all(s.parameters < 0.7 * summaries[0].parameters for s in pruned)
    converted, ran = done["convert"].summary, done["board-run"].summary
    assert isinstance(converted, ConvertSummary)
    assert converted.int8_accuracy is not None
    assert converted.float_accuracy is not None
    assert converted.int8_accuracy.value == pytest.approx(converted.float_accuracy.value, abs=0.05)
    assert isinstance(ran, BoardRunSummary)
    assert ran.mismatched_bytes == 0


def test_the_area_in_8_bits_is_that_of_what_goes_in_and_comes_out(machine: Path, tmp_path: Path) -> None:
    project = _run(machine, tmp_path, QuantizeStep(), until="convert")
    (state,) = [s for s in pipeline.readiness(project) if s.stage == "convert"]
    assert state.folder is not None
    folders = {s.stage: s.folder for s in pipeline.readiness(project) if s.folder is not None}
    data = StageContext(project, "", discard, CancelToken(), folders).data()
    errors, area = judge_int8(state.folder, data, data.test, cancel=CancelToken())
    assert isinstance(state.summary, ConvertSummary)
    reference = MicroReference(state.folder / state.summary.files["int8"])
    with np.load(state.folder / TEST_INPUTS) as kept:
        samples, labels = kept["inputs"], kept["labels"]
    answers = np.stack(
        [reference.output_values(reference.run_bytes(sample.tobytes())) for sample in samples]
    )
    np.testing.assert_allclose(
        errors, np.square(answers - reference.input_values(samples)).mean(axis=1), rtol=1e-5
    )
    assert area == pytest.approx(roc_auc_score(labels == data.classes.index("loose"), errors))
    assert state.summary.int8_accuracy is not None
    assert state.summary.int8_accuracy.value == pytest.approx(area)
    below = state.summary.file_bytes["int8"]
    assert below < 28 * 1024


@pytest.mark.parametrize(
    ("network", "wanted"), [("autoencoder-s", "gain-free"), ("tiny-cnn", "spectra")]
)
def test_a_new_project_takes_the_features_that_suit_its_network(
    machine: Path, tmp_path: Path, network: str, wanted: str
) -> None:
    arguments = {
        "verb": "new",
        "project": str(tmp_path / "p.thimble"),
        "network": network,
        "data": str(machine),
        "task": "vibration",
    }
    perform(arguments, report=discard, cancel=CancelToken())
    data = open_project(tmp_path / "p.thimble").data
    assert data is not None
    assert data.vibration_features == wanted
