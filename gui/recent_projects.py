"""The projects that were opened last, kept between sessions."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

MOST = 6
_KEY = "recent_projects"


class RecentProjects:
    """Folders of projects, the latest first.

    Args:
        settings: None remembers nothing.
    """

    def __init__(self, settings: QSettings | None) -> None:
        self._settings = settings

    def remember(self, folder: Path) -> None:
        """This one was opened now."""
        if self._settings is None:
            return
        known = [str(folder), *(name for name in self._names() if name != str(folder))]
        self._settings.setValue(_KEY, known[:MOST])

    @property
    def latest(self) -> Path | None:
        """The last one, if it is still there."""
        names = self._names()
        return Path(names[0]) if names and Path(names[0]).is_dir() else None

    def folders(self) -> list[Path]:
        """Those that are still there."""
        return [folder for name in self._names() if (folder := Path(name)).is_dir()]

    def _names(self) -> list[str]:
        if self._settings is None:
            return []
        kept = self._settings.value(_KEY)
        # Qt's own files give a list of one back as a text
        return [kept] if isinstance(kept, str) else [str(name) for name in kept or ()]


def project_name(folder: Path) -> str:
    """What a person calls it."""
    return folder.name.removesuffix(".thimble")


def free_project_folder(root: Path | None, name: str) -> Path:
    """Where a new project of that name goes, not taken yet.

    Args:
        root: holds the projects; None is `Thimble` among the user's documents. It is made.
        name: with `-2`, `-3` and so on if there is one already.
    """
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    root = root or Path(documents) / "Thimble"
    root.mkdir(parents=True, exist_ok=True)
    folder, number = root / f"{name}.thimble", 2
    while folder.exists():
        folder, number = root / f"{name}-{number}.thimble", number + 1
    return folder
