"""What the pages with results have in common: empty, busy, done, stale and failed states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.events import Event, LogLine, StageFailed, StageStarted
from gui.engine_words import engine_words
from gui.intents import CopyText, Intent, OpenPage
from gui.pages.page import Page
from gui.project_model import ProjectModel
from gui.theme import SECTION_GAP
from gui.widgets.log_view import LogView
from gui.widgets.primitives import Button, Card, DropFrame, Icon, Text, Tile, card_head, column, row
from gui.widgets.verdict import ErrorCard


@dataclass(frozen=True)
class EmptyWords:
    """What an empty page says, and its button."""

    title: str
    sentence: str
    action: str = ""
    intent: Intent | None = None


class EmptyState(DropFrame):
    """Fills the page while there is nothing to show: what is missing, and the way there."""

    def __init__(self, icon: str) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        self.title = Text("", "h1", align=centre)
        self.sentence = Text("", "body", "text2", wrap=True, align=centre)
        self.button = Button("", "primary", "arrow-right", icon_after=True)
        super().__init__(
            None,
            row(None, Tile(icon, "accent", 64), None),
            12,
            self.title,
            self.sentence,
            12,
            row(None, self.button, None),
            None,
        )
        self.words = EmptyWords("", "")

    def set(self, words: EmptyWords) -> None:
        """Change the words."""
        self.words = words
        self.title.setText(words.title)
        self.sentence.setText(words.sentence)
        self.button.set_label(words.action)
        self.button.setVisible(bool(words.action))
        self.button.setEnabled(words.intent is not None)


class StaleBand(Card):
    """The amber band over results that an older model, recipe or board made."""

    def __init__(self) -> None:
        self.words = Text("", "sentence", "text", elide=True)
        super().__init__(
            Icon("refresh", "warn", 18),
            (self.words, 1),
            kind="warn",
            vertical=False,
            gap=10,
            margins=(16, 9, 16, 9),
        )
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)


class ResultPage(Page):
    """A page over the results of some stages. Subclasses put their widgets into `content`.

    `state` is `empty`, `busy`, `done`, `error` or `stale`.
    """

    icon: ClassVar[str] = "box"
    # the log fills the page while the first results are made; pages with a log of their own say False
    fills_with_log: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.state = "empty"
        self.model: ProjectModel | None = None
        self.stale_band = StaleBand()
        self.failure = ErrorCard()
        self.failure.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        self.empty = EmptyState(self.icon)
        self.empty.button.clicked.connect(lambda: self._emit(self.empty.words.intent))
        self.content = QWidget()
        self.content_layout = column(gap=SECTION_GAP)
        self.content.setLayout(self.content_layout)
        for widget in (self.stale_band, self.failure):
            self.body.addWidget(widget)
        self.body.addWidget(self.content, 1)
        self.job_log = LogView()
        self.job_log_card = Card(card_head(self.tr("Log")), (self.job_log, 1), gap=6)
        self.job_log_card.hide()
        self.body.addWidget(self.job_log_card, 4)
        self.body.addWidget(self.empty, 1)
        for widget in (self.stale_band, self.failure, self.content):
            widget.hide()

    def stage_keys(self, model: ProjectModel) -> tuple[str, ...]:
        """The stages behind the page."""
        return model.page_stages(self.key)

    def waiting(self, model: ProjectModel) -> bool:
        """A running job, or the one to follow it, will come to a stage of this page, or is in it."""
        job = model.job
        if job is None or not job.running:
            return False
        keys = self.stage_keys(model)
        if job.then is not None and job.then.stage in keys:
            return True
        return any(key in job.stages and key not in job.finished for key in keys)

    def own_failure(self, model: ProjectModel) -> StageFailed | None:
        """How the last job failed, if it failed in a stage of this page."""
        job = model.job
        if job is None or job.running or job.failure is None:
            return None
        return job.failure if job.failure.stage in self.stage_keys(model) else None

    def stale_reason(self, model: ProjectModel) -> str:
        """Why the first out-of-date result of this page is so, or ''."""
        for key in self.stage_keys(model):
            state = model.stage(key)
            if state is not None and state.state == "stale":
                return engine_words(state.reason)
        return ""

    def blocked_words(self, model: ProjectModel) -> EmptyWords | None:
        """What has to be chosen before this page's stages can run, or None."""
        if model.project is None:
            return EmptyWords(
                self.tr("No project yet"),
                self.tr("Start with a ready-made task or a model file of your own."),
                self.tr("Choose a model"),
                OpenPage("model"),
            )
        for key in self.stage_keys(model):
            state = model.stage(key)
            if state is not None and state.state == "blocked":
                return self._cure(model, engine_words(state.reason))
        return None

    def _cure(self, model: ProjectModel, reason: str) -> EmptyWords:
        project = model.project
        assert project is not None
        trains = any(step.enabled and step.kind != "quantize" for step in project.recipe.steps)
        chosen = bool(project.network or project.model_file)
        if not chosen or (project.data is None and not project.is_without_data):
            return EmptyWords(self.tr("Not ready yet"), reason, self.tr("Open Model"), OpenPage("model"))
        if not trains and not project.is_without_data:
            return EmptyWords(
                self.tr("Not ready yet"), reason, self.tr("Open Compress"), OpenPage("compress")
            )
        if not project.board_id:
            return EmptyWords(self.tr("Not ready yet"), reason, self.tr("Open Board"), OpenPage("board"))
        return EmptyWords(self.tr("Not ready yet"), reason, self.tr("Open Model"), OpenPage("model"))

    def show_state(
        self,
        model: ProjectModel,
        *,
        has_result: bool,
        empty: EmptyWords,
        failed_document: bool = False,
    ) -> None:
        """Decide between the states and show the widgets that all pages share.

        Args:
            model: what to show.
            has_result: there is a document to show, also a stale one.
            empty: words for the time before there is one.
            failed_document: the page shows the failure by itself.
        """
        self.model = model
        failure = None if failed_document else self.own_failure(model)
        busy = self.waiting(model)
        reason = "" if busy else self.stale_reason(model)
        if busy:
            self.state = "busy"
        elif failure is not None and failure.code != "cancelled":
            self.state = "error"
        elif not has_result:
            self.state = "empty"
        else:
            self.state = "stale" if reason else "error" if failed_document else "done"
        self.failure.show_failure(failure if not busy else None, model.board())
        self.stale_band.setVisible(self.state == "stale")
        self.stale_band.words.setText(self.tr("Out of date. {reason}").format(reason=reason))
        show_content = has_result or busy
        self.content.setVisible(show_content)
        self.job_log_card.setVisible(busy and not has_result and self.fills_with_log)
        self.empty.setVisible(not show_content)
        if not show_content:
            self.empty.set(self.blocked_words(model) or empty)

    def follow_log(self, event: Event) -> None:
        """Put what a job tells into the log that fills the page."""
        if isinstance(event, StageStarted):
            self.job_log.append_line(engine_words(event.title) or event.stage)
        elif isinstance(event, LogLine):
            self.job_log.append_line(engine_words(event.text), event.level)

    @staticmethod
    def _job_running(model: ProjectModel) -> bool:
        return model.job is not None and model.job.running

    def _emit(self, intent: Intent | None) -> None:
        if intent is not None:
            self.intent.emit(intent)

    def focus_first(self) -> None:  # noqa: D102 - see Page
        if not self.empty.isHidden():
            self.empty.button.setFocus()
