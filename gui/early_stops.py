"""Trainings that somebody ended with their best weights so far, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.summaries import EarlyStop
from gui.project_model import ProjectModel
from gui.widgets.run_list import step_title


def early_stop_sentences(model: ProjectModel) -> list[str]:
    """One sentence for each in the results of the recipe's steps, in order."""
    steps = [summary for summary in model.steps().values() if summary is not None]
    return [_sentence(stop, step_title(step.kind)) for step in steps for stop in step.early_stops]


def _sentence(stop: EarlyStop, step: str) -> str:
    if stop.training == "alone":
        words = QCoreApplication.translate(
            "EarlyStops", "The training without a teacher was stopped after {n} of {all} epochs."
        )
    elif stop.training:
        words = QCoreApplication.translate(
            "EarlyStops", "The teacher's training was stopped after {n} of {all} epochs."
        )
    else:
        words = QCoreApplication.translate(
            "EarlyStops", "{step} was stopped after {n} of {all} epochs; the best was epoch {best}."
        )
    return words.format(step=step, n=stop.epochs, all=stop.planned, best=stop.best)
