"""What pages look at beside results: trainings of earlier runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject

from engine.past_runs import PastTraining

if TYPE_CHECKING:
    from gui.jobs import Predictor
    from gui.project_model import ProjectModel, RunningJob


@dataclass
class LookedUp:
    """What was found; part of the project model."""

    trainings: list[PastTraining] = field(default_factory=list)


class Lookups(QObject):
    """Asks for it and puts the answers into the model."""

    def __init__(self, model: ProjectModel, predictor: Predictor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._predictor = model, predictor
        self._folder: Path | None = None
        model.project_changed.connect(self._on_project_changed)
        model.job_finished.connect(self._on_job_finished)
        predictor.answered.connect(self._on_answered)

    def _on_project_changed(self) -> None:
        project = self._model.project
        folder = project.folder if project is not None else None
        if folder != self._folder:
            self._folder = folder
            self._model.looked_up = LookedUp()
            self._ask_for_runs()

    def _on_job_finished(self, job: RunningJob) -> None:
        if job.job.get("verb") == "run":
            self._ask_for_runs()

    def _ask_for_runs(self) -> None:
        project = self._model.project
        if project is not None and not project.is_without_data and (project.folder / "runs").is_dir():
            self._predictor.ask({"verb": "runs", "project": str(project.folder)})

    def _on_answered(self, question: dict[str, object], values: list[dict[str, Any]]) -> None:
        if question["verb"] != "runs" or question["project"] != str(self._folder):
            return
        self._model.looked_up.trainings = msgspec.convert(values, list[PastTraining])
        self._model.predictions_changed.emit()
