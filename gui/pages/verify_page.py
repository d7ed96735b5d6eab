"""Verify: do all forms of the network give the same answers, layer by layer, up to the board?"""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QModelIndex
from PySide6.QtWidgets import QWidget

from engine.events import Event, StageFailed, StageProgress, StageStarted
from engine.summaries import BoardRunSummary, VerifyRow, VerifySummary
from gui.engine_words import engine_words
from gui.intents import (
    CancelJob,
    ForgetReport,
    OpenFile,
    OpenPage,
    RunUntil,
    SaveReport,
    SaveText,
)
from gui.pages.page import Footer
from gui.pages.result_page import EmptyWords, ResultPage
from gui.project_model import ProjectModel, RunningJob
from gui.saved_report import suggested_name
from gui.theme import CARD_GAP
from gui.widgets import amounts
from gui.widgets.chain import ConversionChain, Hop, Node
from gui.widgets.job_card import JobCard, Phase
from gui.widgets.layer_table import (
    NOT_COMPARABLE,
    TIGHT,
    LayerTable,
    VerifyTableModel,
    error_words,
    used_tolerance,
)
from gui.widgets.memory_map import short_name
from gui.widgets.primitives import Badge, Button, Card, Text, row
from gui.widgets.report_note import ReportNote
from gui.widgets.verdict import Verdict
from gui.widgets.verify_side import VerifySide, error_sentence
from gui.widgets.what_is import WhatIs

# words in a form's key -> name and detail for people, the first match counts
_FORMS = (
    (("simulation",), "QAT", "rounded"),
    (("virtual board",), "Board", "virtual"),
    (("real board",), "Board", ""),
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
_SHORT = {
    "TFLite Micro": "Micro",
    "TensorFlow": "TF",
    "32-bit float": "float",
    "on this PC": "this PC",
}
_ROOM_FOR_LONG_NAMES = 7
_STEPS_WITH_A_WORD = 10  # a larger number stands alone on its arrow


def shortened(words: str, forms: int) -> str:
    """The words, or short ones where so many forms stand side by side."""
    return _SHORT.get(words, words) if forms > _ROOM_FOR_LONG_NAMES else words


def tr(text: str) -> str:
    """The text in the language in force."""
    return QCoreApplication.translate("Forms", text)


def said(words: str) -> str:
    """A name or detail of a form in the language in force; names of programs stay."""
    known = {
        "Board": tr("Board"),
        "C code": tr("C code"),
        "Reference": tr("Reference"),
        "rounded": tr("rounded"),
        "virtual": tr("virtual"),
        "on this PC": tr("on this PC"),
        "this PC": tr("this PC"),
        "exact INT8": tr("exact INT8"),
        "32-bit float": tr("32-bit float"),
        "float": tr("float"),
        "trained": tr("trained"),
    }
    return known.get(words, words)


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
        self._shown: VerifySummary | None = None
        self.again = Button(self.tr("Run again"), "", "refresh")
        self.again.clicked.connect(lambda: self.intent.emit(RunUntil("verify", again=True)))
        self.actions.addWidget(self.again)
        self.job_card = JobCard()
        self.job_card.cancel_confirmed.connect(lambda: self.intent.emit(CancelJob()))
        self.verdict = Verdict("ok")
        self.report = Button(self.tr("Save table"), "", "download")
        self.report.clicked.connect(self._save)
        self.html = Button(self.tr("Save report"), "", "download")
        self.html.clicked.connect(self._save_report)
        self.verdict.add_action(self.html, self.report)
        self.report_note = ReportNote()
        self.report_note.closed.connect(lambda: self.intent.emit(ForgetReport()))
        self.report_note.opened.connect(self._open_report)
        self.chain = ConversionChain()
        self.chain_card = Card(self.chain, margins=(14, 6, 14, 6))
        self.table_model = VerifyTableModel()
        self.table = LayerTable(self.table_model, row_height=38)
        self.table.setAccessibleName(self.tr("Worst error in each layer"))
        self.table.setSelectionBehavior(LayerTable.SelectionBehavior.SelectItems)
        self.table.clicked.connect(self._show_cell)
        self.table.activated.connect(self._show_cell)
        self.table_about = Text("", "small", "text3", elide=True)
        table_title = Text(self.tr("Worst error in each layer"), "card_title")
        self.table_card = Card(
            row(table_title, WhatIs("layer-error"), (self.table_about, 1)),
            (self.table, 1),
            gap=6,
            margins=(16, 12, 10, 8),
        )
        self.side = VerifySide()
        self.side.closed.connect(self._close_cell)
        self.content_layout.addWidget(self.job_card)
        self.content_layout.addWidget(self.verdict)
        self.content_layout.addWidget(self.report_note)
        self.content_layout.addWidget(self.chain_card)
        self.content_layout.addLayout(row((self.table_card, 63), (self.side, 37), gap=CARD_GAP), 1)
        self.board_card = self._board_row()
        self.content_layout.addWidget(self.board_card)

    def _board_row(self) -> QWidget:
        self.board_badge = Badge("", "text2")
        self.self_test_badge = Badge("", "text2")
        self.board_words = Text("", "sentence", "text", elide=True)
        self.board_run = Button(self.tr("Compare on the board"), "small", "board")
        self.board_run.clicked.connect(lambda: self.intent.emit(RunUntil("board-run", again=True)))
        return Card(
            Text(self.tr("On the board"), "card_title"),
            self.board_badge,
            self.self_test_badge,
            (self.board_words, 1),
            self.board_run,
            vertical=False,
            gap=12,
            margins=(16, 8, 12, 8),
        )

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
            model.project is not None and model.project.is_without_data
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
            self.show_report(model)
            self._show_chain(model, summary)
            self._show_table(summary, model.board_run())
            self._show_answers(model, summary)
            self._show_board(model)
        if summary is None or summary is not self._shown:
            self._shown = summary
            self._close_cell()
        self._show_side()
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
            trains = any(key.startswith("step-") for key in earlier)
            phases.append(Phase(self.tr("Train") if trains else self.tr("Read"), 2.0, done))
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
            bad = len(dict.fromkeys(r.layer for r in failed))
            several = self.tr("{n} of {all} layers differ by more than they may.")
            title = self.tr("One of {all} layers differs by more than it may.") if bad == 1 else several
            title = title.format(n=bad, all=layers)
            self.verdict.set("bad", title, self._guilty_words(failed[0], summary.likely_cause))
            return
        wrong = next((r for r in ran.layer_rows if not r.passed), None) if ran is not None else None
        if wrong is not None:
            title = self.tr("A layer gives other numbers on the board.")
            self.verdict.set("bad", title, self._guilty_words(wrong, ""))
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

    def _guilty_words(self, row: VerifyRow, cause: str) -> str:
        """The first layer that is wrong, by how much, and the likely cause."""
        words = self.tr("It begins at {layer}, from {before} to {after}: {error}, the limit is {limit}.")
        text = words.format(
            layer=short_name(row.layer),
            before=" ".join(map(said, form_name(row.from_form))),
            after=" ".join(map(said, form_name(row.to_form))),
            error=error_sentence(row.isolated_error, row.unit),
            limit=error_sentence(row.limit, row.unit),
        )
        likely = self.tr("Likely cause:")
        return f"{text} {likely} {engine_words(cause)}" if cause else text

    def _agreement(self, summary: VerifySummary, layers: int) -> str:
        text = self.tr("All {n} layers agree.").format(n=layers)
        relative = worst_row([r for r in summary.rows if r.unit == "relative"])
        if relative is not None and used_tolerance(relative) > 0:
            text += " " + self.tr("Closest to its limit: {layer} with {share} of it.").format(
                layer=short_name(relative.layer), share=amounts.percent(used_tolerance(relative), 0)
            )
        project = self.model.project if self.model is not None else None
        if project is not None and project.is_without_data:
            made_up = self.tr("Its inputs were made up: they say nothing about accuracy.")
            yours = self.tr("Your samples have no labels: they say nothing about accuracy.")
            text += " " + (made_up if project.calibration_path is None else yours)
        return text

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
            nodes.append(Node(said(shortened(name, count)), said(shortened(detail, count)), value))
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
        if worst.isolated_error >= NOT_COMPARABLE:
            return Hop(self.tr("wrong"), tone)
        words = error_words(worst.isolated_error, worst.unit)
        if worst.unit == "quanta" and worst.isolated_error < _STEPS_WITH_A_WORD:
            words = self.tr("1 step") if words == "1" else self.tr("{n} steps").format(n=words)
        elif worst.unit == "quanta":
            words = amounts.number(worst.isolated_error)
        return Hop(words, tone)

    def _show_table(self, summary: VerifySummary, ran: BoardRunSummary | None) -> None:
        rows = [*summary.rows, *(ran.layer_rows if ran is not None else [])]
        forms = dict.fromkeys(form for r in rows for form in (r.from_form, r.to_form))
        names = {}
        for form in forms:
            name, detail = form_name(form)
            if name != "TFLite":
                names[form] = said(shortened(name, len(forms) + 1))
            else:
                detail = said(_SHORT.get(detail, detail))
                alone = detail and len(forms) >= _ROOM_FOR_LONG_NAMES
                names[form] = detail if alone else f"{name} {detail}".strip()
        self._names = names
        self.table_model.show_rows(rows, names)
        about = self.tr("above: this layer alone; below: added up. Click for more")
        self.table_about.setText(about)

    def _show_answers(self, model: ProjectModel, summary: VerifySummary) -> None:
        convert, ran, data = model.convert(), model.board_run(), model.data()
        on_board = ran is not None and bool(ran.confusion)
        counts = ran.confusion if ran is not None and on_board else convert.confusion if convert else []
        trained = next(iter(summary.class_accuracies.values()), [])
        where = self.tr("on the board") if on_board else self.tr("INT8")
        self.side.show_answers(counts, data.classes if data is not None else [], trained, where)

    def _show_side(self) -> None:
        self.side.setVisible(self._shown is not None and self.side.has_something)

    def _close_cell(self) -> None:
        self.side.close_cell()
        self.table.clearSelection()
        self._show_side()

    def _show_cell(self, index: QModelIndex) -> None:
        found = self.table_model.row_at(index)
        if found is None:
            self._close_cell()
            return
        self.side.show_cell(found, self._names)
        self._show_side()

    def _show_board(self, model: ProjectModel) -> None:
        ran = model.board_run()
        state = model.stage("board-run")
        self.board_run.setEnabled(
            not self._job_running(model) and state is not None and state.state != "blocked"
        )
        tested = ran.self_test if ran is not None else ""
        self.self_test_badge.setVisible(bool(tested))
        good = tested == "passed"
        self.self_test_badge.set(
            self.tr("self-test passed") if good else self.tr("self-test failed"), "ok" if good else "bad"
        )
        self.self_test_badge.setToolTip(
            self.tr("What the firmware found at its last reset: {found}").format(found=tested)
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
            text += ", " + self.tr("right: board {board}, this PC {host}").format(
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

    def _save_report(self) -> None:
        if self.model is not None and self.model.project is not None:
            self.intent.emit(SaveReport(suggested_name(self.model.project.folder)))

    def _open_report(self) -> None:
        path = self.model.saved_report.path if self.model is not None else None
        if path is not None:
            self.intent.emit(OpenFile(path))

    def show_report(self, model: ProjectModel) -> None:
        """Show how far the saving of a report is; the rest of the page stays as it is."""
        saved, state = model.saved_report, model.stage("verify")
        current = state is not None and state.state == "done"
        self.html.setEnabled(current and not saved.running)
        self.html.set_label(self.tr("Saving…") if saved.running else self.tr("Save report"))
        why = self.tr("Verify again first: a report is only of results that are up to date.")
        self.html.setToolTip("" if current else why)
        self.report_note.show_report(saved)
