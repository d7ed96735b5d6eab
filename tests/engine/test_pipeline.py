import dataclasses
import shutil

import pytest

from engine import summaries
from engine.content_hash import hash_values
from engine.data.spec import DataSpec
from engine.figures import Measured
from engine.pipeline import CODE_VERSIONS, planned_stages, readiness
from engine.project import create_project
from engine.recipe import PruneStep, QatStep, QuantizeStep, Recipe, TrainStep
from engine.resources import resource

STEPS = Recipe((TrainStep(epochs=2), PruneStep(ratio=0.3), QuantizeStep()))


@pytest.fixture
def project(tmp_path):
    return create_project(
        tmp_path / "p",
        task="images",
        network="resnet8",
        board_id="stm32f407",
        data=DataSpec(source="builtin:digits", task="images"),
        recipe=STEPS,
    )


def pretend_done(project):
    """Leave a valid summary for every stage up to verify."""
    step = summaries.StepSummary(
        kind="train", accuracy_before=None, accuracy_after=Measured(0.9, "fraction"),
        model_bytes_before=1, model_bytes_after=1, macs_before=1, macs_after=1, parameters=1,
        epochs=[], confusion=[], seconds=1.0,
    )  # fmt: skip
    documents = {
        "step": step,
        "data": summaries.DataSummary(
            source="", kind="image", classes=[], counts={}, groups={}, input_shape=(8, 8, 1),
            problems=[],
        ),
        "model": summaries.ModelSummary(
            model="m", format="zoo", trainable=True, task="", inputs=[], outputs=[], parameters=1,
            macs=1, layers=[], model_hash="",
        ),
        "verify": summaries.VerifySummary(rows=[], accuracies={}, inputs_compared=1, passed=True),
        "convert": summaries.ConvertSummary(
            files={}, file_bytes={}, float_accuracy=None, int8_accuracy=None, confusion=[],
            calibration_samples=1,
        ),
    }  # fmt: skip
    for planned in planned_stages(project):
        if planned.family in documents:
            planned.folder(project).mkdir(parents=True)
            summaries.write_summary(documents[planned.family], planned.folder(project))


def states(project):
    return {s.stage: s.state for s in readiness(project)}


def test_stages_follow_the_recipe(project):
    assert [p.stage for p in planned_stages(project)] == [
        "data", "model", "step-1-train", "step-2-prune", "convert", "verify",
        "fit", "build", "flash", "board-run",
    ]  # fmt: skip


def test_nothing_done_yet(project):
    assert set(states(project).values()) == {"todo"}


def test_changed_step_makes_only_what_follows_stale(project):
    pretend_done(project)
    assert states(project)["verify"] == "done"
    project.recipe = Recipe((TrainStep(epochs=2), PruneStep(ratio=0.5), QuantizeStep()))
    after = states(project)
    assert after["step-1-train"] == "done"
    assert after["step-2-prune"] == "stale"
    assert after["convert"] == "stale"
    assert after["verify"] == "stale"


def test_calibration_settings_leave_training_alone(project):
    pretend_done(project)
    project.recipe = Recipe((*STEPS.steps[:2], QuantizeStep(calibration_samples=300)))
    after = states(project)
    assert after["step-2-prune"] == "done"
    assert after["convert"] == "stale"


def test_a_setting_that_came_later_leaves_older_results_valid(project):
    def hashes(step):
        plan = planned_stages(dataclasses.replace(project, recipe=Recipe((TrainStep(), step))))
        return {p.stage: p.input_hash for p in plan}

    plan = hashes(QatStep(epochs=3))
    before_there_was_batch_norm = {
        "kind": "qat", "enabled": True, "epochs": 3, "learning_rate": 5e-4, "freeze_share": 0.6,
        "seed": 0,
    }  # fmt: skip
    inputs = [plan["step-1-train"], before_there_was_batch_norm]
    assert plan["step-2-qat"] == hash_values(["step", CODE_VERSIONS["step"], inputs])
    assert hashes(QatStep(epochs=3, batch_norm="live"))["step-2-qat"] != plan["step-2-qat"]


def test_pruning_after_a_training_with_roundings_is_made_anew_and_other_pruning_is_not(project):
    prune = PruneStep(ratio=0.3)

    def hash_and_older_one(*before):
        plan = planned_stages(dataclasses.replace(project, recipe=Recipe((TrainStep(), *before, prune))))
        steps = [p for p in plan if p.stage.startswith("step-")]
        settings = {"kind": "prune", **dataclasses.asdict(prune)}
        inputs = [steps[-2].input_hash, settings]
        return steps[-1].input_hash, hash_values(["step", CODE_VERSIONS["step"], inputs])

    now, older = hash_and_older_one()
    assert now == older
    now, older = hash_and_older_one(QatStep())
    assert now != older


def test_changing_back_finds_the_old_results(project):
    pretend_done(project)
    project.data = dataclasses.replace(project.data, seed=7)
    assert states(project)["data"] == "stale"
    project.data = dataclasses.replace(project.data, seed=0)
    assert states(project)["verify"] == "done"


def test_board_touches_only_the_board_stages(project):
    pretend_done(project)
    before = {p.stage: p.input_hash for p in planned_stages(project)}
    project.board_id = ""
    after = readiness(project)
    assert {s.stage for s in after if s.state == "blocked"} == {"fit", "build", "flash", "board-run"}
    assert all(s.reason == "Choose a board first." for s in after if s.state == "blocked")
    kept = {p.stage: p.input_hash for p in planned_stages(project)}
    assert {s for s in before if before[s] == kept[s]} >= {"data", "model", "convert", "verify"}


def test_changed_kernels_or_costs_touch_the_plan_but_not_the_network(project, tmp_path, monkeypatch):
    before = {p.stage: p.input_hash for p in planned_stages(project)}
    copy = tmp_path / "resources"
    shutil.copytree(resource("firmware"), copy / "firmware")
    (copy / "firmware" / "costs.toml").write_text("changed = 1\n")
    monkeypatch.setattr(
        "engine.pipeline.resource",
        lambda *parts: copy / "firmware" if parts == ("firmware",) else resource(*parts),
    )
    after = {p.stage: p.input_hash for p in planned_stages(project)}
    assert {s for s in before if before[s] != after[s]} == {"fit", "build", "flash", "board-run"}


def test_artefacts_may_be_deleted(project):
    pretend_done(project)
    shutil.rmtree(project.artefacts_folder)
    assert set(states(project).values()) == {"todo"}


def test_damaged_summary_counts_as_not_done(project):
    pretend_done(project)
    planned = {p.stage: p for p in planned_stages(project)}["convert"]
    (planned.folder(project) / "summary.json").write_text('{"files": 3')
    assert states(project)["convert"] == "todo"


def test_finished_model_skips_training(tmp_path):
    file = tmp_path / "net.tflite"
    file.write_bytes(b"anything")
    project = create_project(tmp_path / "q", task="keywords", model_file=file)
    assert [p.stage for p in planned_stages(project)] == [
        "model", "verify", "fit", "build", "flash", "board-run",
    ]  # fmt: skip


def test_missing_data_blocks_with_the_reason(tmp_path):
    project = create_project(
        tmp_path / "q",
        task="images",
        network="resnet8",
        data=DataSpec(source=str(tmp_path / "gone"), task="images"),
    )
    by_stage = {s.stage: s for s in readiness(project)}
    assert by_stage["data"].state == "blocked"
    assert "Choose it again" in by_stage["data"].reason


def test_who_makes_the_features_touches_plan_and_firmware_alone(tmp_path):
    project = create_project(
        tmp_path / "words", task="keywords", network="ds-cnn-s", board_id="stm32f407", data=DataSpec()
    )

    def hashes():
        return {p.stage: p.input_hash for p in planned_stages(project)}

    host = hashes()
    project.front_end = "board"
    assert {s for s in host if host[s] != hashes()[s]} == {"fit", "build", "flash", "board-run"}
    project.front_end = "host"
    assert hashes() == host  # what was made before is found again
    project.task = "images"
    project.front_end = "board"
    assert {s.stage for s in readiness(project) if "not made on a board" in s.reason} == {
        "fit", "build", "flash", "board-run",
    }  # fmt: skip
