"""Project models with chosen documents, for tests of what the window shows."""

from __future__ import annotations

from pathlib import Path

from engine.data.spec import DataSpec
from engine.pipeline import StageState, planned_stages
from engine.project import Project, create_project
from engine.summaries import Document
from gui.project_model import ProjectModel


def project_in(folder: Path, **fields: object) -> Project:
    """A keyword project for the F407."""
    settings: dict[str, object] = {"network": "ds-cnn-s", "data": DataSpec()}
    return create_project(folder / "p", task="keywords", board_id="stm32f407", **{**settings, **fields})


def model_with(project: Project, *, stale: tuple[str, ...] = (), **documents: Document) -> ProjectModel:
    """A model whose stages hold these documents (`board_run` for `board-run`); the rest is to do."""
    model = ProjectModel()
    model.project = project
    by_stage = {name.replace("_", "-"): document for name, document in documents.items()}
    for planned in planned_stages(project):
        document = by_stage.get(planned.stage)
        state = "stale" if planned.stage in stale else "done" if document is not None else "todo"
        model.stages[planned.stage] = StageState(planned.stage, planned.title, state, summary=document)
    return model
