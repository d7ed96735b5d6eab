"""The ready-made tasks: what each is called, and its card."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal

from gui.widgets.primitives import Badge, Card, Text, Tile, row

TASKS = ("keywords", "images", "anomaly")
_TASK_ICONS = {"keywords": "microphone", "images": "image", "anomaly": "waveform"}


def task_words(task: str) -> tuple[str, str, str]:
    """Title, sentence and small print of a ready-made task, translated."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Tasks", text)

    return {
        "keywords": (
            tr("Keyword spotting"),
            tr("Hears a few spoken words, such as yes, no, stop, go."),
            tr("10 words \u00b7 1 s of sound at 16 kHz"),
        ),
        "images": (
            tr("Image classification"),
            tr("Says which digit a small picture shows."),
            tr("10 digits \u00b7 8 \u00d7 8 grey"),
        ),
        "anomaly": (
            tr("Anomalous sound"),
            tr("Notices when a machine starts to sound wrong."),
            tr("machine hum with faults"),
        ),
    }[task]


class TaskCard(Card):
    """A ready-made task."""

    chosen = Signal(str)

    def __init__(self, task: str) -> None:
        super().__init__(clickable=True, gap=4)
        self.task = task
        title, sentence, small = task_words(task)
        self._tile = Tile(_TASK_ICONS[task], "text2", 40)
        self._badge = Badge(self.tr("In use"), "accent", "check")
        self._badge.hide()
        self.add(
            row(self._tile, None, self._badge),
            2,
            Text(title, "h3"),
            Text(sentence, "sentence", "text2", wrap=True),
            None,
            Text(small, "small", "text3"),
        )
        self.setAccessibleName(f"{title}. {sentence}")
        self.clicked.connect(lambda: self.chosen.emit(self.task))

    def set_in_use(self, in_use: bool) -> None:
        """Mark the task of the open project."""
        self.set_selected(in_use)
        self._badge.setVisible(in_use)
        self._tile.set_icon(_TASK_ICONS[self.task], "accent" if in_use else "text2")
