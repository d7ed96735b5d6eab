"""How far the last saving of a report is; the light worker writes it, the Verify page shows this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.events import StageFailed


def suggested_name(project_folder: Path) -> str:
    """What the report of a project is called unless the user says otherwise."""
    return f"{project_folder.stem}-report.html"


@dataclass(frozen=True)
class SavedReport:
    """One saving of a report.

    Attributes:
        path: the file, None while nothing was saved.
        done: whether it is over.
        failure: why it could not be written, None if it could.
    """

    path: Path | None = None
    done: bool = False
    failure: StageFailed | None = None

    @property
    def running(self) -> bool:
        """Whether the worker is at it."""
        return self.path is not None and not self.done
