"""The words and states of the rail, from the state of the project."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from gui.engine_words import engine_words
from gui.pages.page import PAGE_KEYS
from gui.project_model import PageStatus, ProjectModel
from gui.widgets.amounts import count, duration, percent


def tr(text: str) -> str:
    """The text in the language in force."""
    return QCoreApplication.translate("Rail", text)


def page_statuses(model: ProjectModel) -> dict[str, PageStatus]:
    """One status for each page."""
    return {key: _status(model, key) for key in PAGE_KEYS}


def time_left(model: ProjectModel) -> str:
    """How long the present stage still takes, in words, or ''."""
    job = model.job
    if job is None or not job.running:
        return ""
    if job.cancelling:
        return tr("stopping")
    if job.paused:
        return tr("paused")
    if job.progress is not None and job.progress.seconds_left is not None:
        return tr("about {time} left").format(time=duration(job.progress.seconds_left))
    if job.progress is not None and job.share is not None:
        return percent(job.share, 0)
    return tr("running")


def why_not_keep_best(model: ProjectModel) -> str:
    """Why the running training cannot be ended with its best weights now, or ''."""
    job = model.job
    if job is None or job.has_best and not job.cancelling:
        return ""
    if job.cancelling:
        return tr("It is stopping.")
    if job.keeping:
        return tr("Asked for: the training ends after its present batch.")
    return tr("Once the first epoch has ended: before that there is no best one.")


def _status(model: ProjectModel, key: str) -> PageStatus:
    job, stages = model.job, model.page_stages(key)
    if job is not None and job.running and job.stage in stages:
        return PageStatus("running", time_left(model), _share(model, stages))
    failure = job.failure if job is not None else None
    if failure is not None and failure.code != "cancelled" and failure.stage in stages:
        return PageStatus("error", engine_words(failure.message))
    if model.project is None:
        return _without_project(key)
    if key == "live" and model.live.fault:
        return PageStatus("error", tr("the program stopped"))
    own = _OWN.get(key)
    if own is not None:
        return own(model)
    if not stages:
        return PageStatus("done", tr("not needed"))
    states = [model.stages[stage] for stage in stages]
    blocked = next((state for state in states if state.state == "blocked"), None)
    if blocked is not None:
        return PageStatus("blocked", engine_words(blocked.reason).rstrip(".\u3002"))
    if any(state.state == "stale" for state in states):
        return PageStatus("stale", tr("out of date"))
    if _is_bad(model, key):
        return PageStatus("error", _DONE_WORDS[key](model))
    if all(state.state == "done" for state in states):
        return PageStatus("done", _DONE_WORDS[key](model))
    if any(state.state == "done" for state in states):
        return PageStatus("todo", tr("begun"))
    return PageStatus("todo", tr("not run yet"))


def _is_bad(model: ProjectModel, key: str) -> bool:
    """The page's result is there, and it says no."""
    fit, verify = model.fit(), model.verify()
    if key == "fit":
        return fit is not None and not fit.fits
    return key == "verify" and verify is not None and not verify.passed


def _share(model: ProjectModel, stages: tuple[str, ...]) -> float | None:
    job = model.job
    if job is None or not stages:
        return None
    ended = sum(stage in job.finished for stage in stages)
    return min(1.0, (ended + (job.share or 0.0)) / len(stages))


def _without_project(key: str) -> PageStatus:
    if key == "model":
        return PageStatus("todo", tr("choose a model"))
    return PageStatus("blocked", tr("needs a model"))


def _model_status(model: ProjectModel) -> PageStatus:
    project, summary = model.project, model.model()
    assert project is not None
    if summary is not None:
        state = model.stages["model"].state
        words = f"{summary.model}, {count(summary.parameters)}"
        return PageStatus("done" if state == "done" else "stale", words)
    name = project.network or (project.model_path.name if project.model_path is not None else "")
    return PageStatus("todo", name or tr("choose a model"))


def _board_status(model: ProjectModel) -> PageStatus:
    board = model.board()
    return PageStatus("done", board.name) if board else PageStatus("todo", tr("choose a board"))


def _compress_status(model: ProjectModel) -> PageStatus:
    project = model.project
    assert project is not None
    if project.is_without_data:
        return PageStatus("done", tr("not needed"))
    enabled = sum(step.enabled for step in project.recipe.steps)
    if not enabled:
        return PageStatus("todo", tr("all steps are off"))
    words = tr("1 step on") if enabled == 1 else tr("{n} steps on").format(n=enabled)
    return PageStatus("done", words)


def _train_words(model: ProjectModel) -> str:
    done = [summary for summary in model.steps().values() if summary is not None]
    took = duration(sum(summary.seconds for summary in done))
    last = done[-1].accuracy_after if done else None
    return f"{took}, {percent(last.value)}" if last is not None else took


def _verify_words(model: ProjectModel) -> str:
    summary = model.verify()
    if summary is None:
        return ""
    layers = {row.layer for row in summary.rows}
    failed = {row.layer for row in summary.rows if not row.passed}
    return tr("{n} of {all} layers agree").format(n=len(layers - failed), all=len(layers))


def _fit_words(model: ProjectModel) -> str:
    summary = model.fit()
    return tr("fits") if summary is not None and summary.fits else tr("does not fit")


def _live_words(model: ProjectModel) -> str:
    if model.live.state == "open":
        return tr("connected")
    summary = model.board_run()
    if summary is None:
        return ""
    if summary.mismatched_bytes:
        return tr("{n} bytes differ").format(n=summary.mismatched_bytes)
    return tr("every byte agrees")


_OWN = {"model": _model_status, "board": _board_status, "compress": _compress_status}
_DONE_WORDS = {"train": _train_words, "verify": _verify_words, "fit": _fit_words, "live": _live_words}
