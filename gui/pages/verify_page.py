"""Verify: do all forms of the network give the same answers, layer by layer, up to the board?"""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from engine.events import Event, StageFailed, StageProgress, StageStarted
from engine.summaries import BoardRunSummary, VerifyRow, VerifySummary
from gui.intents import CancelJob, OpenPage, RunUntil, SaveText
from gui.pages.page import Footer
from gui.pages.result_page import EmptyWords, ResultPage
from gui.project_model import ProjectModel, RunningJob
from gui.theme import CARD_GAP
from gui.widgets import amounts
from gui.widgets.chain import ConversionChain, Hop, Node
from gui.widgets.confusion import ConfusionMatrix
from gui.widgets.job_card import JobCard, Phase
from gui.widgets.layer_table import (
    TIGHT,
    LayerTable,
    VerifyTableModel,
    error_words,
    used_tolerance,
)
from gui.widgets.memory_map import short_name
from gui.widgets.primitives import Badge, Button, Card, Text, row
from gui.widgets.verdict import Verdict

# words in a form's key -> name and detail for people, the first match counts
_FORMS = (
    (("generated",), "C code", "on this PC"),
    (("micro",), "TFLite Micro", "on this PC"),
    (("arithmetic",), "Reference", "exact INT8"),
    (("litert",), "TFLite", "LiteRT"),
    (("int8",), "TFLite", "INT8"),
    (("tflite", "float"), "TFLite", "32-bit float"),
    (("tensorflow",), "TensorFlow", "32-bit float"),
    (("onnx",), "ONNX", "32-bit float"),
    (("torch",), "PyTorch", "trained"),
    (("tflite",), "TFLite", ""),
)


def form_name(form: str) -> tuple[str, str]:
    """Name and detail of a form of the network; an unknown form keeps its own name."""
    lowered = form.lower()
    for words, name, detail in _FORMS:
        if all(word in lowered for word in words):
            return name, detail
    return form, ""


# Where a long chain leaves little room for each form.
_SHORT = {"TFLite Micro": "Micro", "TensorFlow": "TF", "32-bit float": "float"}
_ROOM_FOR_LONG_NAMES = 7


def shortened(words: str, forms: int) -> str:
    """The words, or short ones where so many forms stand side by side."""
    return _SHORT.get(words, words) if forms > _ROOM_FOR_LONG_NAMES else words


def worst_row(rows: list[VerifyRow]) -> VerifyRow | None:
    """The row that uses most of its limit; with equals, the first."""
    return max(rows, key=used_tolerance, default=None)


def chain_of(hops: list[tuple[str, str]]) -> list[str]:
    """The forms from the first one on, each followed by what was made from it."""
    forms = list(hops[0][:1]) if hops else []
    while forms and (after := [b for a, b in hops if a == forms[-1] and b not in forms]):
        forms.append(after[0])
    return forms


class VerifyPage(ResultPage):
    """Conversion and comparison, and the comparison on the board."""

    key: ClassVar[str] = "verify"
    icon: ClassVar[str] = "shield"

    def __init__(self) -> None:
        super().__init__()
        self._job: RunningJob | None = None
        self.again = Button(self.tr("Run again"), "", "refresh")
        self.again.clicked.connect(lambda: self.intent.emit(RunUntil("verify")))
        self.actions.addWidget(self.again)
        self.job_card = JobCard()
        self.job_card.cancel_confirmed.connect(lambda: self.intent.emit(CancelJob()))
        self.verdict = Verdict("ok")
        self.report = Button(self.tr("Save table"), "", "download")
        self.report.clicked.connect(self._save)
        self.verdict.add_action(self.report)
        self.chain = ConversionChain()
        self.chain_card = Card(self.chain, margins=(14, 6, 14, 6))
        self.table_model = VerifyTableModel()
        self.table = LayerTable(self.table_model, row_height=38)
        self.table.setAccessibleName(self.tr("Worst error in each layer"))
        self.table_about = Text("", "small", "text3", elide=True)
        self.table_card = Card(
            row(Text(self.tr("Worst error in each layer"), "card_title"), (self.table_about, 1)),
            (self.table, 1),
            gap=6,
            margins=(16, 12, 10, 8),
        )
        self.confusion = ConfusionMatrix()
        self.confusion_about = Text("", "small", "text3", elide=True)
        self.confusion_words = Text("", "small", "text2", wrap=True)
        self.confusion_card = Card(
            row(Text(self.tr("What it mixes up"), "card_title"), (self.confusion_about, 1)),
            (self.confusion, 1),
            self.confusion_words,
            gap=6,
        )
        self.content_layout.addWidget(self.job_card)
        self.content_layout.addWidget(self.verdict)
        self.content_layout.addWidget(self.chain_card)
        self.content_layout.addLayout(
            row((self.table_card, 63), (self.confusion_card, 37), gap=CARD_GAP), 1
        )
        self.board_card = self._board_row()
        self.content_layout.addWidget(self.board_card)

    def _board_row(self) -> QWidget:
        self.board_badge = Badge("", "text2")
        self.board_words = Text("", "sentence", "text", elide=True)
        self.board_run = Button(self.tr("Compare on the board"), "small", "board")
        self.board_run.clicked.connect(lambda: self.intent.emit(RunUntil("board-run")))
        return Card(
            Text(self.tr("On the board"), "card_title"),
            self.board_badge,
            (self.board_words, 1),
            self.board_run,
            vertical=False,
            gap=12,
            margins=(16, 8, 12, 8),
        )

    def title(self) -> str:  # noqa: D102 - see Page
        return self.tr("Verify")

    def sentence(self) -> str:  # noqa: D102 - see Page
        return self.tr(
            "Runs the same inputs through every conversion and compares the numbers, layer by layer."
        )

    def footer(self) -> Footer:  # noqa: D102 - see Page
        forward = self.tr("Continue to Fit")
        if self.state == "done":
            summary = self.model.verify() if self.model is not None else None
            compared = summary.inputs_compared if summary is not None else 0
            hint = self.tr("Compared with {n} inputs").format(n=amounts.number(compared))
            if summary is not None and summary.accuracy_samples:
                hint = self.tr("{compared}; before the board, accuracy of {n} examples").format(
                    compared=hint, n=amounts.number(summary.accuracy_samples)
                )
            return Footer(hint, forward, OpenPage("fit"))
        if self.state == "stale":
            hint = self.tr("The results are out of date")
            return Footer(hint, self.tr("Verify again"), RunUntil("verify"))
        if self.state == "error":
            return Footer(self.tr("Verify stopped"), self.tr("Verify again"), RunUntil("verify"))
        hint = self.tr("Fit opens when the check is done") if self.state == "busy" else ""
        return Footer(hint, forward, None)

    def refresh(self, model: ProjectModel) -> None:  # noqa: D102 - see Page
        summary = model.verify()
        trained = any(model.steps().values()) or (
            model.project is not None and model.project.is_finished_model
        )
        self.show_state(
            model,
            has_result=summary is not None,
            empty=EmptyWords(
                self.tr("Not verified yet"),
                self.tr("Thimble converts the model step by step and compares every layer.")
                if trained
                else self.tr("The model has to be trained first; running this does both."),
                self.tr("Convert and verify"),
                RunUntil("verify"),
            ),
        )
        if model.job is not self._job:
            self._job = model.job
            self.job_card.reset()
        self.job_card.setVisible(self.state == "busy")
        self.again.setVisible(summary is not None and self.state in ("done", "error"))
        self.again.setEnabled(not self._job_running(model))
        for widget in (self.verdict, self.chain_card, self.table_card, self.board_card):
            widget.setVisible(summary is not None)
        self._show_job()
        if summary is not None:
            self._show_verdict(summary, model.board_run())
            self._show_chain(model, summary)
            self._show_table(summary)
            self._show_confusion(model)
            self._show_board(model)
        self.confusion_card.setVisible(summary is not None and bool(self.confusion.counts))
        self.footer_changed.emit()

    def on_event(self, event: Event) -> None:  # noqa: D102 - see Page
        self.follow_log(event)
        if self.state == "busy" and isinstance(event, StageStarted | StageProgress | StageFailed):
            self._show_job()

    def _show_job(self) -> None:
        job = self._job
        if job is None or not job.running:
            return
        names = {"convert": self.tr("Convert"), "verify": self.tr("Compare every layer")}
        mine = [key for key in job.stages if key in names]
        earlier = [key for key in job.stages if key in ("data", "model") or key.startswith("step-")]
        phases = []
        if earlier:
            done = sum(key in job.finished for key in earlier) / len(earlier)
            phases.append(Phase(self.tr("Train"), 2.0, done))
        for key in mine:
            share = 1.0 if key in job.finished else (job.share or 0.02) if key == job.stage else 0.0
            phases.append(
                Phase(names[key], 2.0, min(share, 1.0) if key in job.finished else min(share, 0.99))
            )
        progress = job.progress
        detail = ""
        if progress is not None and progress.total > 0:
            done_text, total = amounts.number(progress.done), amounts.number(progress.total)
            detail = f"{done_text} / {total} {progress.unit}".strip()
        self.job_card.show_job(
            title=job.title or self.tr("Getting ready"),
            detail=detail or self.tr("Each form of the network is made from the one before it."),
            phases=phases,
            seconds_left=progress.seconds_left if progress is not None else None,
            cancelling=job.cancelling,
            icon="shield",
        )

    # ---- verdict, chain, table -----------------------------------------------------------------
    def _show_verdict(self, summary: VerifySummary, ran: BoardRunSummary | None) -> None:
        failed = [r for r in summary.rows if not r.passed]
        layers = len(dict.fromkeys(r.layer for r in summary.rows))
        if failed:
            first = max(failed, key=used_tolerance)
            bad = len(dict.fromkeys(r.layer for r in failed))
            title = self.tr("{n} of {all} layers differ by more than they may.").format(
                n=bad, all=layers
            )
            words = self.tr(
                "The worst is {layer}, from {before} to {after}: {error}, the limit is {limit}."
            )
            sentence = words.format(
                layer=short_name(first.layer),
                before=" ".join(form_name(first.from_form)),
                after=" ".join(form_name(first.to_form)),
                error=self._with_unit(first.isolated_error, first.unit),
                limit=self._with_unit(first.limit, first.unit),
            )
            self.verdict.set("bad", title, sentence)
            return
        if ran is not None and ran.mismatched_bytes:
            title = self.tr("The board's answers differ in {n} bytes.").format(
                n=amounts.number(ran.mismatched_bytes)
            )
            self.verdict.set(
                "bad", title, self.tr("All conversions on this computer agree. Flash the board again.")
            )
            return
        same = self.tr("The board gives the same answers as the converted model.")
        title = same if ran is not None else self.tr("Every conversion gives the same answers.")
        self.verdict.set("ok", title, self._agreement(summary, layers), "shield")

    def _agreement(self, summary: VerifySummary, layers: int) -> str:
        text = self.tr("All {n} layers agree.").format(n=layers)
        relative = worst_row([r for r in summary.rows if r.unit == "relative"])
        if relative is not None and used_tolerance(relative) > 0:
            text += " " + self.tr("Closest to its limit: {layer} with {share} of it.").format(
                layer=short_name(relative.layer), share=amounts.percent(used_tolerance(relative), 0)
            )
        return text

    def _with_unit(self, value: float, unit: str) -> str:
        words = error_words(value, unit)
        if unit != "quanta":
            return words
        return self.tr("1 INT8 step") if words == "1" else self.tr("{n} INT8 steps").format(n=words)

    def _show_chain(self, model: ProjectModel, summary: VerifySummary) -> None:
        hops = list(dict.fromkeys((r.from_form, r.to_form) for r in summary.rows))
        forms = chain_of(hops) or list(summary.accuracies)
        by_hop = {
            hop: worst_row([r for r in summary.rows if (r.from_form, r.to_form) == hop]) for hop in hops
        }
        nodes, shown = [], []
        for index, form in enumerate(forms):
            name, detail = form_name(form)
            accuracy = summary.accuracies.get(form)
            value = amounts.percent(accuracy) if accuracy is not None else ""
            count = len(forms) + 1
            nodes.append(Node(shortened(name, count), shortened(detail, count), value))
            if index:
                worst = by_hop.get((forms[index - 1], form))
                shown.append(self._hop(worst))
        board = model.board()
        ran = model.board_run()
        board_name = board.id.upper() if board is not None else self.tr("no board yet")
        accuracy = ran.accuracy if ran is not None else None
        value = amounts.percent(accuracy.value) if accuracy is not None else ""
        if ran is None:
            shown.append(Hop(self.tr("not run"), "text3"))
        elif ran.mismatched_bytes:
            shown.append(Hop(self.tr("{n} B").format(n=amounts.number(ran.mismatched_bytes)), "bad"))
        else:
            shown.append(Hop(self.tr("exact"), "ok"))
        if len(nodes) >= _ROOM_FOR_LONG_NAMES:
            board_name = board_name.removeprefix("STM32")
        nodes.append(Node(self.tr("Board"), board_name, value, todo=ran is None))
        self.chain.show_chain(nodes, shown[: len(nodes) - 1])

    def _hop(self, worst: VerifyRow | None) -> Hop:
        if worst is None:
            return Hop(amounts.DASH, "text3")
        tone = "ok" if worst.passed else "bad"
        if worst.passed and worst.unit == "relative" and used_tolerance(worst) > TIGHT:
            tone = "warn"
        if worst.isolated_error == 0:
            return Hop(self.tr("exact"), tone)
        words = error_words(worst.isolated_error, worst.unit)
        if worst.unit == "quanta":
            words = self.tr("1 step") if words == "1" else self.tr("{n} steps").format(n=words)
        return Hop(words, tone)

    def _show_table(self, summary: VerifySummary) -> None:
        forms = dict.fromkeys(form for r in summary.rows for form in (r.from_form, r.to_form))
        names = {}
        for form in forms:
            name, detail = form_name(form)
            names[form] = f"{name} {detail}".strip() if name == "TFLite" else name
            if len(forms) >= _ROOM_FOR_LONG_NAMES:
                names[form] = (detail if name == "TFLite" else "") or shortened(name, len(forms) + 1)
        names = {
            form: name.replace(self.tr("32-bit float"), self.tr("float")) for form, name in names.items()
        }
        self.table_model.show_rows(summary.rows, names)
        self.table_about.setText(self.tr("above: this layer alone; below: added up from the start"))

    def _show_confusion(self, model: ProjectModel) -> None:
        convert, ran, data = model.convert(), model.board_run(), model.data()
        counts = (
            ran.confusion if ran is not None and ran.confusion else convert.confusion if convert else []
        )
        self.confusion.show_counts(counts, data.classes if data is not None else [])
        number = amounts.number(sum(sum(answers) for answers in counts))
        where = self.tr("on the board") if ran is not None and ran.confusion else self.tr("INT8")
        self.confusion_about.setText(self.tr("{n} examples, {where}").format(n=number, where=where))
        self.confusion_words.setText(self.confusion.sentence())

    def _show_board(self, model: ProjectModel) -> None:
        ran = model.board_run()
        state = model.stage("board-run")
        self.board_run.setEnabled(
            not self._job_running(model) and state is not None and state.state != "blocked"
        )
        if ran is None:
            self.board_badge.set(self.tr("not run yet"), "text2", "")
            self.board_words.setText(
                self.tr("Builds, flashes and streams every test input to the board.")
            )
            self.board_run.set_label(self.tr("Compare on the board"))
            return
        self.board_run.set_label(self.tr("Compare again"))
        if ran.mismatched_bytes:
            words = self.tr("{n} bytes differ").format(n=amounts.number(ran.mismatched_bytes))
            self.board_badge.set(words, "bad")
        else:
            self.board_badge.set(self.tr("0 mismatched bytes"), "ok")
        text = self.tr("{n} inputs").format(n=amounts.number(ran.inputs_compared))
        if ran.accuracy is not None and ran.host_accuracy is not None:
            text += ", " + self.tr("answers right: board {board}, this PC {host}").format(
                board=amounts.percent(ran.accuracy.value), host=amounts.percent(ran.host_accuracy.value)
            )
        if state is not None and state.state == "stale":
            text += ". " + self.tr("Made with an older model or board.")
        self.board_words.setText(text)

    def _save(self) -> None:
        summary = self.model.verify() if self.model is not None else None
        if summary is None:
            return
        lines = ["from,to,layer,isolated_error,cumulated_error,unit,limit,passed"]
        for r in summary.rows:
            layer = '"' + r.layer.replace('"', '""') + '"'
            values = (r.isolated_error, r.cumulated_error, r.unit, r.limit, str(r.passed).lower())
            lines.append(",".join([r.from_form, r.to_form, layer, *(str(v) for v in values)]))
        self.intent.emit(SaveText("verify.csv", "\n".join(lines) + "\n"))
