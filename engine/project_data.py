"""A project's labelled data, with the features that are cached beside its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.events import CancelToken, Report
from engine.project import Project

if TYPE_CHECKING:
    from engine.data import LabelledSet


def load_project_data(project: Project, *, report: Report, cancel: CancelToken) -> LabelledSet:
    """The labelled set; features come from the cache after the first time.

    Raises:
        UsageError: the project has no data.
        BadInputFile: the data cannot be read.
        Cancelled: the user stopped it.
    """
    from engine.data import load_data

    if project.data is None:
        raise UsageError("Choose examples (a data set) first.")
    cache = project.artefacts_folder / "features"
    return load_data(project.data, cache_folder=cache, report=report, cancel=cancel)
