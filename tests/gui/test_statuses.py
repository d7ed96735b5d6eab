from __future__ import annotations

from engine.events import StageFailed, StageFinished, StageProgress, StageStarted
from engine.figures import Measured, Simulated
from engine.recipe import Recipe, TrainStep
from gui.pages.page import PAGE_KEYS
from gui.project_model import PageStatus, ProjectModel
from gui.statuses import page_statuses, time_left
from tests.gui import documents
from tests.gui.states import model_with, project_in
from tests.gui.test_readings import board_run, build_summary, fit_summary

RUN = {"verb": "run", "until": "board-run"}


def test_without_a_project_only_the_model_page_waits_for_work(qapp):
    statuses = page_statuses(ProjectModel())
    assert list(statuses) == list(PAGE_KEYS)
    assert statuses["model"].state == "todo"
    assert {statuses[key].state for key in PAGE_KEYS[1:]} == {"blocked"}


def test_a_fresh_project_has_a_board_and_a_recipe_and_the_rest_to_do(qapp, tmp_path):
    statuses = page_statuses(model_with(project_in(tmp_path)))
    assert (statuses["board"].state, statuses["compress"].words) == ("done", "2 steps on")
    assert {statuses[key].state for key in ("train", "verify", "fit", "live")} == {"todo"}


def test_a_recipe_with_everything_off_is_not_done(qapp, tmp_path):
    project = project_in(tmp_path, recipe=Recipe((TrainStep(enabled=False),)))
    assert page_statuses(model_with(project))["compress"].state == "todo"


def test_what_has_run_says_its_result(qapp, tmp_path):
    model = model_with(
        project_in(tmp_path),
        fit=fit_summary(flash=Measured(1024, "bytes")),
        build=build_summary(flash_bytes=1024),
    )
    assert (page_statuses(model)["fit"].state, page_statuses(model)["fit"].words) == ("done", "fits")


def test_a_part_of_a_page_that_is_stale_makes_the_page_stale(qapp, tmp_path):
    model = model_with(
        project_in(tmp_path), stale=("build",), fit=fit_summary(flash=Measured(1024, "bytes")),
        build=build_summary(flash_bytes=1024),
    )  # fmt: skip
    assert page_statuses(model)["fit"].state == "stale"


def test_a_running_stage_fills_its_ring(qapp, tmp_path):
    model = model_with(project_in(tmp_path), board_run=board_run(Simulated(1.0, "ms")))
    model.begin_job(RUN)
    model.take_event(StageStarted(stage="fit", title="Plan"))
    model.take_event(StageFinished(stage="fit", seconds=1.0))
    model.take_event(StageStarted(stage="build", title="Build"))
    model.take_event(StageProgress(stage="build", done=1, total=4, seconds_left=12.0))
    status = page_statuses(model)["fit"]
    assert status.state == "running"
    assert status.share == (1 + 0.25) / 2
    assert time_left(model) == status.words == "about 12 s left"
    model.end_job(0)
    model.wait_for_stages()


def test_a_failed_stage_says_why_until_the_next_job(qapp, tmp_path):
    model = model_with(project_in(tmp_path))
    failure = StageFailed(stage="fit", code="does-not-fit", message="SRAM is 72 KB too big.")
    model.begin_job(RUN)
    model.take_event(failure)
    model.end_job(5)
    status = page_statuses(model)["fit"]
    assert (status.state, status.words) == ("error", "SRAM is 72 KB too big.")
    model.begin_job(RUN)
    assert page_statuses(model)["fit"].state != "error"
    model.end_job(0)
    model.wait_for_stages()


def test_a_cancelled_job_is_no_error(qapp, tmp_path):
    model = model_with(project_in(tmp_path))
    model.begin_job(RUN)
    model.take_event(StageFailed(stage="fit", code="cancelled", message="Stopped as you asked."))
    model.end_job(9)
    assert page_statuses(model)["fit"].state == "todo"
    model.wait_for_stages()


def test_a_result_that_says_no_is_an_error_not_a_tick(qapp, tmp_path):
    planned = documents.STAGES[: documents.STAGES.index("fit") + 1]
    bad = {"fit": documents.fit(fits=False), "verify": documents.verify(worst=1e-3)}
    statuses = page_statuses(documents.project_model(tmp_path, done=planned, **bad))
    assert statuses["fit"] == PageStatus("error", "does not fit")
    assert statuses["verify"].state == "error"
    assert page_statuses(documents.project_model(tmp_path))["verify"].state == "done"
