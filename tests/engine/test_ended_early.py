"""A project with a training that was ended early: what counts as done, and the way to its end."""

from __future__ import annotations

from pathlib import Path

from engine import pipeline, summaries
from engine.data.spec import DataSpec
from engine.events import CancelToken, EpochEnded, Event, StageFinished
from engine.past_runs import past_trainings
from engine.project import Project, create_project
from engine.recipe import Recipe, RemoveDeadStep, TrainStep
from engine.report_source import _early_stops
from engine.verbs import perform

FIRST, SECOND = "step-1-train", "step-2-remove-dead"


def _project(folder: Path) -> Project:
    return create_project(
        folder,
        task="images",
        network="tiny-cnn",
        data=DataSpec(source="builtin:digits", task="images"),
        recipe=Recipe((TrainStep(epochs=3, augment=False), RemoveDeadStep())),
    )


def _states(project: Project) -> dict[str, pipeline.StageState]:
    return {state.stage: state for state in pipeline.readiness(project)}


def _summary(project: Project) -> summaries.StepSummary:
    summary = _states(project)[FIRST].summary
    assert isinstance(summary, summaries.StepSummary)
    return summary


def _run(project: Project, **options: object) -> list[object]:
    told: list[object] = []
    job = {"verb": "run", "project": str(project.folder), "until": SECOND, **options}
    perform(job, report=told.append, cancel=CancelToken())
    return told


def _end_early(project: Project) -> None:
    cancel = CancelToken()

    def keep_best(event: Event) -> None:
        if isinstance(event, EpochEnded):
            cancel.keep_best(FIRST)

    pipeline.run(project, until=SECOND, report=keep_best, cancel=cancel)


def test_a_run_goes_on_with_the_best_weights_and_the_training_can_be_finished_later(
    tmp_path: Path,
) -> None:
    project = _project(tmp_path / "early")
    _end_early(project)
    (stop,) = _summary(project).early_stops
    assert stop == summaries.EarlyStop(epochs=1, planned=3, best=1)
    assert stop.sentence in _summary(project).notes
    assert stop.sentence in _early_stops(project)
    assert _states(project)[SECOND].state == "done"
    assert past_trainings(project.folder)[0].ended == "early"
    early_folder = _states(project)[SECOND].folder

    told = _run(project)
    assert all(event.cached for event in told if isinstance(event, StageFinished))
    told = _run(project, again=True)
    cached = {event.stage: event.cached for event in told if isinstance(event, StageFinished)}
    assert [stage for stage, kept in cached.items() if not kept] == [SECOND]
    assert past_trainings(project.folder)[0].ended == "early"

    told = _run(project, to_the_end=True)
    assert [event.epoch for event in told if isinstance(event, EpochEnded)] == [2, 3]
    assert _summary(project).early_stops == []
    assert _early_stops(project) == ""
    # What followed from the early result does not pass for what follows from the whole one.
    assert _states(project)[SECOND].folder != early_folder
    assert past_trainings(project.folder)[0].ended == "done"
    assert not list((project.artefacts_folder / FIRST).glob("*.checkpoint"))


def test_other_settings_train_anew_and_the_early_result_waits(tmp_path: Path) -> None:
    project = _project(tmp_path / "p")
    for planned in pipeline.planned_stages(project)[:4]:
        folder = planned.folder(project)
        folder.mkdir(parents=True)
        if planned.family == "step":
            stops = [summaries.EarlyStop(2, 4, 1)] if planned.stage == FIRST else []
            summaries.write_summary(
                summaries.StepSummary(
                    kind="train", accuracy_before=None, accuracy_after=None, model_bytes_before=1,
                    model_bytes_after=1, macs_before=1, macs_after=1, parameters=1, epochs=[],
                    confusion=[], seconds=1.0, early_stops=stops,
                ),
                folder,
            )  # fmt: skip
    assert _states(project)[SECOND].state == "done"
    mark = _states(project)[FIRST].folder / summaries.EARLY_STOPS_FILE
    mark.write_text("Stopped after 2 of 4 epochs")
    assert _states(project)[FIRST].state == "done"
    assert _states(project)[SECOND].state == "stale"
    afresh = {p.stage: p for p in pipeline.planned_stages(project, afresh={FIRST})}
    now = {p.stage: p for p in pipeline.planned_stages(project)}
    assert afresh[FIRST].input_hash == now[FIRST].input_hash
    assert afresh[SECOND].input_hash != now[SECOND].input_hash
    kept, project.recipe = project.recipe, Recipe((TrainStep(epochs=5, augment=False),))
    assert _states(project)[FIRST].state == "stale"
    project.recipe = kept
    assert _states(project)[FIRST].state == "done"
