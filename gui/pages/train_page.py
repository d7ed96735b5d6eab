"""Train: the job, its curves while they grow, and what the model mixes up afterwards."""

from __future__ import annotations

import time
from typing import ClassVar

import msgspec
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.events import EpochEnded, Event, LogLine, StageFailed, StageFinished, StageStarted
from engine.examples import HardExample
from engine.recipe import DistillStep, PruneStep, QatStep, QuantizeStep, Step, TrainStep
from engine.summaries import EpochRow, StepSummary
from gui.early_stops import early_stop_sentences
from gui.engine_words import engine_sentences, engine_words
from gui.intents import (
    CancelJob,
    CopyText,
    KeepBest,
    OpenPage,
    PauseJob,
    PlaySound,
    RunUntil,
    ShowExamples,
)
from gui.pages.page import Footer
from gui.pages.result_page import EmptyWords, ResultPage
from gui.project_model import ProjectModel, RunningJob
from gui.statuses import why_not_keep_best
from gui.theme import CARD_GAP
from gui.widgets import amounts
from gui.widgets.curve_cards import CurveCards
from gui.widgets.curves import Level
from gui.widgets.job_card import JobCard, Phase
from gui.widgets.log_view import LogView
from gui.widgets.mistakes_card import MistakesCard
from gui.widgets.primitives import (
    EN_DASH,
    Button,
    Card,
    Fact,
    Icon,
    Text,
    card_head,
    column,
    row,
)
from gui.widgets.what_is import WhatIs

Epoch = EpochRow | EpochEnded
# expected time of the stages without epochs, in epochs of training
_WEIGHTS = {"data": 2.0, "model": 0.5, "convert": 4.0, "verify": 3.0, "fit": 0.5, "build": 2.0}


class TrainPage(ResultPage):
    """The recipe's training and pruning steps."""

    key: ClassVar[str] = "train"
    fills_with_log: ClassVar[bool] = False
    icon: ClassVar[str] = "learn"

    def __init__(self) -> None:
        super().__init__()
        self._job: RunningJob | None = None
        self.job_card = JobCard()
        self.job_card.cancel_confirmed.connect(lambda: self.intent.emit(CancelJob()))
        self.job_card.best_asked.connect(lambda: self.intent.emit(KeepBest()))
        self.job_card.pause_asked.connect(lambda on: self.intent.emit(PauseJob(on)))
        self.again = Button("", "", "refresh")
        self.again.clicked.connect(self._run)
        self.actions.addWidget(self.again)
        self.curves = CurveCards(self)
        self.curves.changed.connect(self._show_curves)
        self.accuracy, self.loss = self.curves.accuracy, self.curves.loss
        self.mistakes = MistakesCard()
        self.mistakes.wanted.connect(lambda origins: self.intent.emit(ShowExamples(origins)))
        self.mistakes.play_asked.connect(lambda key, wav: self.intent.emit(PlaySound(key, wav)))
        self.content_layout.addWidget(self.job_card)
        self.content_layout.addLayout(
            row(
                (self.curves.accuracy_card, 11),
                (column((self.curves.loss_card, 2), (self.mistakes, 3), gap=CARD_GAP), 9),
                gap=CARD_GAP,
            ),
            1,
        )
        self.content_layout.addLayout(self._bottom())

    def _bottom(self) -> QWidget:
        self.happening_title = Text(self.tr("What is happening"), "sentence_strong")
        self.happening = Text("", "sentence", "text2", wrap=True)
        self.rate = Fact(self.tr("Learning rate"), what=WhatIs("learning-rate"))
        self.speed = Fact(self.tr("Samples per second"))
        self.epoch_time = Fact(self.tr("Time per epoch"))
        self.best = Fact(self.tr("Best on validation"))
        facts = row(self.best, self.rate, self.speed, self.epoch_time, None, gap=16)
        said = Card(
            row(Icon("info", "accent", 16), self.happening_title, None),
            self.happening,
            None,
            facts,
            kind="info",
            gap=4,
            margins=(14, 10, 14, 10),
        )
        self.log = LogView()
        copy = Button(self.tr("Copy"), "small", "copy")
        copy.clicked.connect(lambda: self.intent.emit(CopyText(self.log.toPlainText())))
        self.log_card = log_card = Card(
            card_head(self.tr("Log"), "", copy), (self.log, 1), gap=4, margins=(16, 6, 12, 10)
        )
        for card in (said, log_card):
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.said_card = said
        return row((said, 11), (log_card, 9), gap=CARD_GAP)

    def title(self) -> str:  # noqa: D102 - see Page
        return self.tr("Train")

    def sentence(self) -> str:  # noqa: D102 - see Page
        return self.tr("The model practises on your examples until it is as good as it can be.")

    def footer(self) -> Footer:  # noqa: D102 - see Page
        model = self.model
        if self.state == "busy":
            return Footer(
                self.tr("Verify opens when training is done"), self.tr("Continue to Verify"), None
            )
        if self.state == "done":
            return Footer(self._result_hint(), self.tr("Continue to Verify"), OpenPage("verify"))
        if self.state == "empty" and model is not None and _untrained(model):
            return Footer("", self.tr("Continue to Verify"), OpenPage("verify"))
        if self.state == "empty":
            return Footer(self.tr("Verify opens after training"), self.tr("Continue to Verify"), None)
        until = self._last_step(model)
        ready = model is not None and until and self.blocked_words(model) is None
        hint = self.tr("The results are out of date") if self.state == "stale" else ""
        return Footer(hint, self.tr("Train again"), RunUntil(until) if ready else None)

    def refresh(self, model: ProjectModel) -> None:  # noqa: D102 - see Page
        steps = model.steps()
        shown = [summary for summary in steps.values() if summary is not None]
        self._take_job(model.job)
        self.show_state(
            model,
            has_result=bool(shown) or bool(self._epochs(model)),
            empty=EmptyWords(
                self.tr("Nothing to train"),
                self.tr("This model has no data set, so it is taken as it is."),
                self.tr("Open Verify"),
                OpenPage("verify"),
            )
            if _untrained(model)
            else EmptyWords(
                self.tr("Not trained yet"),
                self.tr("Training runs on this computer. You can watch every epoch here."),
                self.tr("Start training"),
                RunUntil(self._last_step(model)),
            ),
        )
        early = self.state == "done" and bool(early_stop_sentences(model))
        self.again.setVisible(early or self.state == "error")  # else the same bits would come out
        words = self.tr("Try again") if self.state == "error" else self.tr("Train to the end")
        self.again.set_label(words)
        self.again.setEnabled(not self._job_running(model))
        self.job_card.setVisible(self.state == "busy")
        with_log = self.state == "busy" or not self.log.is_empty
        self.log_card.setVisible(with_log)
        for card in (self.said_card, self.log_card):
            card.setFixedHeight(140 if with_log else 112)
        self._show_job()
        self._show_curves()
        self._show_mistakes()
        self._show_words()
        self.footer_changed.emit()

    def on_event(self, event: Event) -> None:  # noqa: D102 - see Page
        if isinstance(event, StageStarted):
            self._log(engine_words(event.title) or event.stage)
        elif isinstance(event, EpochEnded):
            self._log_epoch(event)
            self._show_curves()
            self._show_mistakes()
            self._show_words()
        elif isinstance(event, LogLine):
            self._log(engine_words(event.text), event.level)
        elif isinstance(event, StageFinished):
            text = self.tr("kept from before") if event.cached else amounts.duration(event.seconds)
            self._log(f"{event.stage}  {text}")
        elif isinstance(event, StageFailed):
            self._log(
                engine_sentences(event.message, event.hint),
                "error" if event.code != "cancelled" else "warning",
            )
        if self.state == "busy":
            self._show_job()

    # ---- job -----------------------------------------------------------------------------------
    def _take_job(self, job: RunningJob | None) -> None:
        if job is self._job:
            return
        self._job = job
        if job is not None:
            self.job_card.reset()

    def _show_job(self) -> None:
        model, job = self.model, self._job
        if model is None or job is None or not job.running:
            return
        steps = [key for key in job.stages if key.startswith("step-")]
        here = steps.index(job.stage) + 1 if job.stage in steps else 0
        parts = []
        if here:
            parts.append(self.tr("Step {n} of {all}").format(n=here, all=len(steps)))
        epochs = [e for e in job.epochs if e.stage == job.stage]
        if epochs:
            parts.append(
                self.tr("epoch {n} of at most {all}").format(n=epochs[-1].epoch, all=epochs[-1].epochs)
            )
        elif job.progress is not None and job.progress.total > 0:
            done, total = amounts.number(job.progress.done), amounts.number(job.progress.total)
            parts.append(f"{done} / {total} {job.progress.unit}".strip())
        self.job_card.show_job(
            title=job.title or self.tr("Getting ready"),
            detail=", ".join(parts) or self.tr("The first results follow shortly."),
            phases=self._phases(job),
            seconds_left=self._seconds_left(job, epochs),
            cancelling=job.cancelling,
            pausable=job.trains,
            paused=job.paused,
            why_no_best=why_not_keep_best(model),
            icon="scissors" if "-prune" in job.stage else "learn",
        )

    def _phases(self, job: RunningJob) -> list[Phase]:
        names = {
            "train": self.tr("Train"),
            "remove-dead": self.tr("Remove dead filters"),
            "distill": self.tr("Learn from a teacher"),
            "prune": self.tr("Prune and retrain"),
            "qat": self.tr("Practise with whole numbers"),
            "data": self.tr("Prepare"),
            "convert": self.tr("Whole numbers (INT8)"),
            "verify": self.tr("Compare"),
            "board": self.tr("Board"),
        }
        groups: dict[str, list[str]] = {}
        for key in job.stages:
            if key in ("data", "model"):
                groups.setdefault("data", []).append(key)
            elif key in ("fit", "build", "flash", "board-run"):
                groups.setdefault("board", []).append(key)
            else:
                groups[key] = [key]
        phases = []
        for key, members in groups.items():
            kind = key.split("-", 2)[-1] if key.startswith("step-") else key
            weights = [self._weight(member) for member in members]
            shares = [self._share(job, member) for member in members]
            total = sum(weights)
            share = sum(w * s for w, s in zip(weights, shares, strict=True)) / total
            phases.append(Phase(names.get(kind, kind), total, share))
        return phases

    def _weight(self, stage: str) -> float:
        step = self._step(stage)
        if step is not None:
            return float(max(2, getattr(step, "epochs", 2)))
        return _WEIGHTS.get(stage, 3.0)

    @staticmethod
    def _share(job: RunningJob, stage: str) -> float:
        if stage in job.finished:
            return 1.0
        if stage != job.stage:
            return 0.0
        epochs = [e for e in job.epochs if e.stage == stage]
        if epochs:
            return min(0.99, epochs[-1].epoch / max(1, epochs[-1].epochs))
        return min(0.99, job.share or 0.01)

    @staticmethod
    def _seconds_left(job: RunningJob, epochs: list[EpochEnded]) -> float | None:
        """Until the running step ends at the latest; later stages are not known yet."""
        if epochs:
            recent = epochs[-5:]
            seconds = sum(e.seconds for e in recent) / len(recent)
            return seconds * (epochs[-1].epochs - epochs[-1].epoch)
        return job.progress.seconds_left if job.progress is not None else None

    # ---- curves --------------------------------------------------------------------------------
    def _epochs(self, model: ProjectModel) -> dict[str, list[Epoch]]:
        """Epochs by stage in order: those of the job where it trained, else those of the result."""
        found: dict[str, list[Epoch]] = {}
        job = model.job
        ran = {e.stage for e in job.epochs} if job is not None else set()
        behind = False  # results after the running step are older than what runs now
        for key, summary in model.steps().items():
            if job is not None and key in ran:
                found[key] = [e for e in job.epochs if e.stage == key]
            elif summary is not None and not behind:
                found[key] = list(summary.epochs)
            if job is not None and job.running and key == job.stage:
                behind = True
        return found

    def _show_curves(self) -> None:
        model = self.model
        if model is None:
            return
        by_step, end = self._epochs(model), 0
        trains = self._job_running(model)
        for key in model.steps():
            epochs = by_step.setdefault(key, [])
            last = epochs[-1] if epochs else None
            running = trains and model.job is not None and key == model.job.stage
            planned = last.epochs if running and isinstance(last, EpochEnded) else 0
            end += max(len(epochs), planned)
        self.curves.show_epochs(
            by_step,
            end=end,
            levels=self._levels(),
            past=model.looked_up.trainings,
            running=trains,
        )

    def _levels(self) -> list[Level]:
        levels = []
        project = self.model.project if self.model is not None else None
        if project is not None and project.budgets.accuracy is not None:
            minimum = project.budgets.accuracy
            words = self.tr("your minimum, {percent}").format(percent=amounts.percent(minimum))
            levels.append(Level("minimum", 100 * minimum, words, "bad", at=0.98, below=True))
        steps = self.model.steps().values() if self.model is not None else ()
        taught = [s.teacher_accuracy for s in steps if s is not None and s.teacher_accuracy is not None]
        if taught:
            words = self.tr("teacher, {percent}").format(percent=amounts.percent(taught[-1].value))
            levels.append(Level("teacher", 100 * taught[-1].value, words, dash=(2, 3)))
        return levels

    # ---- words ---------------------------------------------------------------------------------
    def _show_mistakes(self) -> None:
        model = self.model
        if model is None:  # made in an idle moment, and not shown yet
            return
        confusion, hardest, words = [], [], self.tr("{n} examples never trained on")
        last = self._last_result(model)
        epochs = model.job.epochs if model.job is not None else []
        told = [e for e in epochs if e.confusion or e.hardest]
        if self.state == "busy" and told:
            confusion = told[-1].confusion
            hardest = msgspec.convert(told[-1].hardest, list[HardExample])
            words = self.tr("{n} of validation, epoch {epoch}").format(n="{n}", epoch=told[-1].epoch)
        elif self.state != "busy" and last is not None:
            confusion, hardest = last.confusion, last.hardest
        self.mistakes.setVisible(bool(confusion or hardest))
        if not confusion and not hardest:
            return
        data, project = model.data(), model.project
        same = data is not None and project is not None and project.data is not None
        self.mistakes.show_mistakes(
            confusion,
            hardest,
            data.classes if data is not None else [],
            looked_up=model.looked_up,
            same_data=same and data.source == project.data.source,
            unseen=words,
        )

    def _show_words(self) -> None:
        model = self.model
        if model is None:
            return
        rows = [epoch for epochs in self._epochs(model).values() for epoch in epochs]
        known = [r.validation_accuracy for r in rows if r.validation_accuracy is not None]
        self.best.set(amounts.percent(max(known)) if known else "")
        self.rate.set(f"{rows[-1].learning_rate:.2g}" if rows else "")
        last = rows[-1] if rows else None
        timed = isinstance(last, EpochEnded)
        self.speed.set(amounts.number(last.samples_per_second) if timed else "")
        self.epoch_time.set(amounts.duration(last.seconds) if timed else "")
        busy = self.state == "busy"
        self.happening_title.setText(self.tr("What is happening") if busy else self.tr("What happened"))
        self.happening.setText(self._sentence_busy(model) if busy else self._sentence_done(model))

    def _sentence_busy(self, model: ProjectModel) -> str:
        stage = model.job.stage if model.job is not None else ""
        if "-prune" in stage:
            return self.tr(
                "The least useful filters are gone. The rest practises to win back what was lost."
            )
        if "-distill" in stage:
            return self.tr(
                "The model sees every training example once an epoch, and imitates how sure its teacher "
                "is of each class."
            )
        if "-qat" in stage:
            return self.tr(
                "The model practises with the rounding errors that the chip will make, and learns to "
                "live with them."
            )
        if "-train" in stage:
            return self.tr(
                "The model sees every training example once an epoch and corrects itself. The line "
                "\u201cvalidation\u201d is of examples it does not learn from; the best epoch is kept."
            )
        if stage in ("data", "model"):
            return self.tr("Your examples are read and turned into what the model sees.")
        return self.tr("Training is done; the job goes on with the next stage.")

    def _sentence_done(self, model: ProjectModel) -> str:
        return " ".join([*early_stop_sentences(model), self._last_sentence(model)])

    def _last_sentence(self, model: ProjectModel) -> str:
        last = self._last_result(model)
        if last is None:
            return self.tr("There is no finished training yet.")
        if last.accuracy_after is None:
            return self.tr(
                "The last step took {time}. How good the model is stays unknown: the test examples "
                "cannot tell."
            ).format(time=amounts.duration(last.seconds))
        after = amounts.percent(last.accuracy_after.value)
        if not last.confusion:  # an autoencoder
            return self.tr(
                "In {time} it has learnt what is healthy. Of a faulty and a healthy example it finds "
                "the faulty one in {after} of all pairs (AUC), also of examples that it never saw."
            ).format(time=amounts.duration(last.seconds), after=after)
        if last.accuracy_before is not None:
            return self.tr(
                "The last step went from {before} to {after} right, in {time}, with {n} parameters."
            ).format(
                before=amounts.percent(last.accuracy_before.value),
                after=after,
                time=amounts.duration(last.seconds),
                n=amounts.number(last.parameters),
            )
        return self.tr(
            "After {epochs} epochs and {time} the model gets {after} right of examples it never saw."
        ).format(epochs=len(last.epochs), time=amounts.duration(last.seconds), after=after)

    def _result_hint(self) -> str:
        last = self._last_result(self.model) if self.model is not None else None
        if last is None or last.accuracy_after is None:
            return ""
        return self.tr("Trained to {percent}").format(percent=amounts.percent(last.accuracy_after.value))

    def _log_epoch(self, event: EpochEnded) -> None:
        self._log(
            self.tr("epoch {n}  loss {loss}  validation {validation}  right {right}").format(
                n=event.epoch,
                loss=amounts.number(event.train_loss, 3),
                validation=amounts.number(event.validation_loss, 3),
                right=EN_DASH
                if event.validation_accuracy is None
                else amounts.percent(event.validation_accuracy),
            )
        )

    def _log(self, text: str, level: str = "info") -> None:
        self.log.append_line(f"{time.strftime('%H:%M:%S')}  {text}", level)

    # ---- helpers -------------------------------------------------------------------------------
    @staticmethod
    def _last_result(model: ProjectModel) -> StepSummary | None:
        done = [summary for summary in model.steps().values() if summary is not None]
        return done[-1] if done else None

    @staticmethod
    def _last_step(model: ProjectModel | None) -> str:
        keys = list(model.steps()) if model is not None else []
        return keys[-1] if keys else ""

    def _step(self, stage: str) -> Step | None:
        project = self.model.project if self.model is not None else None
        if project is None or not stage.startswith("step-"):
            return None
        steps = [s for s in project.recipe.steps if s.enabled and not isinstance(s, QuantizeStep)]
        number = int(stage.split("-")[1])
        step = steps[number - 1] if number <= len(steps) else None
        return step if isinstance(step, TrainStep | PruneStep | DistillStep | QatStep) else None

    def _run(self) -> None:
        if self.model is not None and (until := self._last_step(self.model)):
            to_the_end = self.state == "done" and bool(early_stop_sentences(self.model))
            self.intent.emit(RunUntil(until, to_the_end))


def _untrained(model: ProjectModel) -> bool:
    """Whether the project's model is taken as it is."""
    return model.project is not None and model.project.is_without_data
