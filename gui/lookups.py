"""What pages look at beside results: trainings of earlier runs, and samples of data sets.

Samples come from a worker of their own, so that a look at a large folder keeps no prediction waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject

from engine.data.spec import DEFAULT_SOURCES
from engine.events import StageFailed
from engine.examples import DataLook, Example
from engine.past_runs import PastTraining
from gui import intents
from gui.sound_player import SoundPlayer

if TYPE_CHECKING:
    from gui.child_process import ChildProcess
    from gui.jobs import Predictor
    from gui.project_model import ProjectModel
    from gui.running_job import RunningJob
    from gui.viewer import Viewer

Question = dict[str, object]
_MOST_KEPT = 60  # single samples; a sound takes some 100 KB


@dataclass
class LookedUp:
    """What was found; part of the project model.

    Attributes:
        trainings: of earlier runs, the newest first.
        question: what the look at a data set is about, None before there was one.
        look: what it found, None while it is under way or has failed.
        failure: why it failed.
        examples: single samples by their origin.
        playing: key of the sound that is heard, "" for none.
        sound_problem: why no sound can be heard, "" if nothing is known to be wrong.
    """

    trainings: list[PastTraining] = field(default_factory=list)
    question: Question | None = None
    look: DataLook | None = None
    failure: StageFailed | None = None
    examples: dict[str, Example] = field(default_factory=dict)
    playing: str = ""
    sound_problem: str = ""


def look_question(model: ProjectModel) -> Question | None:
    """What to ask for a look at the data set in use; None where there is none."""
    found, project = model.candidate, model.project
    if found is not None:
        task = found.meaning.task
        if found.goes_without_data or not (found.data or task in DEFAULT_SOURCES):
            return None
        return {"verb": "examples", "target": found.data, "task": task}
    if project is None or project.data is None:
        return None
    settings = project.data.to_toml()  # so that other settings are another question
    return {"verb": "examples", "target": str(project.folder), "settings": settings}


class Lookups(QObject):
    """Asks for it and puts the answers into the model."""

    def __init__(
        self,
        model: ProjectModel,
        predictor: Predictor,
        viewer: Viewer,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._predictor, self._viewer = model, predictor, viewer
        self.player = SoundPlayer(self)
        self._folder: Path | None = None
        model.project_changed.connect(self._on_project_changed)
        model.job_finished.connect(self._on_job_finished)
        predictor.answered.connect(self._on_answered)
        viewer.answered.connect(self._on_seen)
        viewer.failed.connect(self._on_unseen)
        self.player.changed.connect(self._on_sound)

    def actions(self) -> dict[type, Callable[[Any], None]]:
        """What to do for each intent that is about samples."""
        return {
            intents.LookAtData: lambda i: self.look(),
            intents.ShowExamples: lambda i: self.show(i.origins),
            intents.PlaySound: lambda i: self.play(i.key, i.wav),
        }

    def look(self) -> None:
        """Look at the data set in use, unless that was done or is under way."""
        question, found = look_question(self._model), self._model.looked_up
        if question is None or (question == found.question and found.failure is None):
            return
        found.question, found.look, found.failure = question, None, None
        self._viewer.ask_instead(question)
        self._model.predictions_changed.emit()

    def show(self, origins: Sequence[str]) -> None:
        """Get single samples of the project's data set."""
        known, project = self._model.looked_up.examples, self._model.project
        missing = [origin for origin in origins if origin and origin not in known]
        if project is not None and project.data is not None and missing:
            self._viewer.ask({"verb": "examples", "target": str(project.folder), "origins": missing})

    def play(self, key: str, wav: str) -> None:
        """Play a sound, or stop it if it is the one that is heard."""
        if self.player.playing == key:
            self.player.stop()
        else:
            self.player.play(key, wav)

    def close(self) -> list[ChildProcess]:
        """Ask the worker to end; returns what is to be waited for."""
        self.player.close()
        return self._viewer.close()

    # ---- earlier runs --------------------------------------------------------------------------
    def _on_project_changed(self) -> None:
        project = self._model.project
        folder = project.folder if project is not None else None
        if folder != self._folder:
            self._folder = folder
            self.player.stop()
            self._model.looked_up = LookedUp()
            self._ask_for_runs()

    def _on_job_finished(self, job: RunningJob) -> None:
        if job.job.get("verb") == "run":
            self._ask_for_runs()

    def _ask_for_runs(self) -> None:
        project = self._model.project
        if project is not None and not project.is_without_data and (project.folder / "runs").is_dir():
            self._predictor.ask({"verb": "runs", "project": str(project.folder)})

    def _on_answered(self, question: Question, values: list[dict[str, Any]]) -> None:
        if question["verb"] != "runs" or question["project"] != str(self._folder):
            return
        self._model.looked_up.trainings = msgspec.convert(values, list[PastTraining])
        self._model.predictions_changed.emit()

    # ---- samples -------------------------------------------------------------------------------
    def _on_unseen(self, question: Question, failure: StageFailed) -> None:
        found = self._model.looked_up
        if question == found.question and failure.code == "cancelled":
            self._viewer.ask(question)  # another look came between, and then this one was wanted again
        elif question == found.question:
            found.failure = failure
        elif question["target"] == str(self._folder) and isinstance(question.get("origins"), list):
            for origin in question["origins"]:  # so that they are not asked for again and again
                missing = Example(origin=origin, label="", kind="", problem=failure.message)
                found.examples[origin] = missing

    def _on_seen(self, question: Question, values: list[dict[str, Any]]) -> None:
        found = self._model.looked_up
        rows: dict[str, list[dict[str, Any]]] = {}
        for row in values:
            rows.setdefault(str(row.get("row")), []).append(row)
        if question == found.question:
            if found.failure is None and "set" in rows:
                parts = {
                    "classes": rows.get("class", []),
                    "problems": rows.get("problem", []),
                    "examples": rows.get("example", []),
                }
                found.look = msgspec.convert({**rows["set"][-1], **parts}, DataLook)
        elif question["target"] == str(self._folder) and "origins" in question:
            for example in msgspec.convert(rows.get("example", []), list[Example]):
                found.examples.pop(example.origin, None)
                found.examples[example.origin] = example
            for origin in list(found.examples)[:-_MOST_KEPT]:
                del found.examples[origin]
        else:
            return
        self._model.predictions_changed.emit()

    def _on_sound(self) -> None:
        found = self._model.looked_up
        found.playing, found.sound_problem = self.player.playing, self.player.problem
        self._model.predictions_changed.emit()
