"""A window that takes files dropped anywhere on it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QWidget


class DropWindow(QWidget):
    """Says whether a local file is being dragged over it, and which one was dropped."""

    dragging_changed = Signal(bool)
    file_dropped = Signal(object)  # Path

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt
        if _local_file(event.mimeData().urls()) is not None:
            event.acceptProposedAction()
            self.dragging_changed.emit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: D102 - Qt
        self.dragging_changed.emit(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 - Qt
        self.dragging_changed.emit(False)
        path = _local_file(event.mimeData().urls())
        if path is not None:
            event.acceptProposedAction()
            self.file_dropped.emit(path)


def _local_file(urls: list[QUrl]) -> Path | None:
    return next((Path(url.toLocalFile()) for url in urls if url.isLocalFile()), None)
