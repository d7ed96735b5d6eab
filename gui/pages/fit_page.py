"""Fit: does it fit, where does every kilobyte go, and what to change if it does not."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import (
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QWidget,
)

from engine.boards import BoardSpec
from engine.events import Event, StageProgress, StageStarted
from engine.figures import Figure, Measured
from engine.summaries import BuildSummary, FitSummary, LayerCost
from gui.engine_words import engine_sentences
from gui.fit_fixes import Fix, fixes, in_order
from gui.intents import CancelJob, CopyText, OpenPage, RunUntil, SaveText
from gui.pages.page import Footer
from gui.pages.result_page import EmptyWords, ResultPage
from gui.project_model import ProjectModel, RunningJob
from gui.theme import CARD_GAP
from gui.widgets import amounts
from gui.widgets.compare_table import CompareTable, figure_text
from gui.widgets.flash_bar import FlashBar, NeedBar
from gui.widgets.job_card import JobCard, Phase
from gui.widgets.layer_table import CostTableModel, LayerTable
from gui.widgets.memory_map import MemoryMap, busiest_operator, live_bytes, short_name
from gui.widgets.primitives import (
    Badge,
    Button,
    Card,
    Text,
    Tile,
    card_head,
    clear,
    column,
    legend,
    row,
    text_column,
)
from gui.widgets.verdict import Details, Verdict, facts_text
from gui.widgets.view_switch import ViewSwitch
from gui.widgets.what_is import WhatIs


class FitPage(ResultPage):
    """The memory plan and the linked firmware."""

    key: ClassVar[str] = "fit"
    icon: ClassVar[str] = "fit"

    def __init__(self) -> None:
        super().__init__()
        self._job: RunningJob | None = None
        self.build_button = Button(self.tr("Build again"), "", "refresh")
        self.build_button.clicked.connect(lambda: self.intent.emit(RunUntil("build", again=True)))
        self.export = Button(self.tr("Export map"), "", "download")
        self.export.clicked.connect(self._export)
        self.actions.addWidget(self.build_button)
        self.actions.addWidget(self.export)
        self.job_card = JobCard()
        self.job_card.cancel_confirmed.connect(lambda: self.intent.emit(CancelJob()))
        self.verdict = Verdict("ok")
        self.need_bar = NeedBar()
        self.need_card = Card(self.need_bar, kind="bad", margins=(24, 12, 24, 10))
        self.fixes = column(gap=8)
        self.fixes_title = card_head(
            self.tr("Ways to make it fit"), self.tr("one click each; Ctrl+Z takes a recipe back")
        )
        self.fixes_box = QWidget()
        self.fixes_box.setLayout(column(self.fixes_title, self.fixes, gap=8))
        self.details = Details()
        self.details.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        for widget in (self.job_card, self.verdict, self.need_card, self.fixes_box):
            self.content_layout.addWidget(widget)
        self.content_layout.addWidget(self._flash_card())
        self.content_layout.addWidget(self._map_card(), 1)
        self.content_layout.addLayout(self._bottom())
        self.content_layout.addWidget(self.details)

    def _flash_card(self) -> QWidget:
        self.flash_about = Text("", "small", "text3", elide=True)
        self.flash_basis = Badge("", "text2", "")
        self.flash_bar = FlashBar()
        self.flash_card = Card(
            row(
                Text(self.tr("Flash: what is stored on the chip"), "card_title"),
                (self.flash_about, 1),
                self.flash_basis,
            ),
            self.flash_bar,
            gap=6,
            margins=(16, 12, 16, 8),
        )
        return self.flash_card

    def _map_card(self) -> QWidget:
        self.map = MemoryMap()
        self.map.tensor_selected.connect(self._on_tensor_selected)
        self.cost_model = CostTableModel()
        self.cost_table = LayerTable(self.cost_model, row_height=28)
        self.cost_table.setAccessibleName(self.tr("Cost of each layer"))
        self.map_title = Text(self.tr("SRAM: which piece of data lives when"), "card_title")
        self.map_about = Text("", "small", "text3", elide=True)
        self.view = ViewSwitch((self.tr("Memory"), self.tr("Layers")))
        self.view.view_chosen.connect(self._on_view_chosen)
        self.map_legend = QWidget()
        self._legend_roles: set[str] = set()
        map_side = QWidget()
        map_side.setLayout(column((self.map, 1)))
        stack = QWidget()
        self._views = QStackedLayout(stack)
        self._views.addWidget(map_side)
        self._views.addWidget(self.cost_table)
        stack.setMinimumHeight(230)
        self.map_card = Card(
            row(self.map_title, WhatIs("arena"), (self.map_about, 1), self.view),
            (stack, 1),
            row(self.map_legend, None),
            gap=4,
            margins=(16, 10, 12, 8),
        )
        return self.map_card

    def _bottom(self) -> QWidget:
        self.peak_title = Text("", "card_title", wrap=True)
        self.peak_words = Text("", "sentence", "text2", wrap=True)
        self.peak_card = Card(
            Tile("memory", "accent", 36),
            4,
            (text_column(self.peak_title, self.peak_words, gap=1), 1),
            vertical=False,
            margins=(12, 10, 14, 10),
        )
        self.compare = CompareTable()
        self.compare_about = Text("", "small", "text3", elide=True)
        self.compare_card = Card(
            row(Text(self.tr("Predicted and real"), "card_title"), (self.compare_about, 1)),
            self.compare,
            gap=6,
            margins=(16, 10, 16, 10),
        )
        for card in (self.peak_card, self.compare_card):
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            card.setFixedHeight(112)
        return row((self.peak_card, 1), (self.compare_card, 1), gap=CARD_GAP)

    def sentence(self) -> str:  # noqa: D102 - see Page
        return self.tr("Where every kilobyte goes on the chip, and how long an answer takes.")

    def footer(self) -> Footer:  # noqa: D102 - see Page
        forward = self.tr("Continue to Live")
        fit = self.model.fit() if self.model is not None else None
        if self.state == "busy":
            return Footer(self.tr("The live page opens when the firmware is built"), forward, None)
        if fit is not None and not fit.fits:
            return Footer(self.tr("Flash opens when the model fits"), forward, None)
        if self.state == "stale":
            return Footer(self.tr("The results are out of date"), self.tr("Plan again"), RunUntil("fit"))
        if self.state == "error":
            return Footer(self.tr("The last run stopped"), self.tr("Build again"), RunUntil("build"))
        if self.state == "done" and self.model is not None and self.model.build() is None:
            hint = self.tr("Generates C code and links it for the board")
            return Footer(hint, self.tr("Build the firmware"), RunUntil("build"))
        if self.state == "done":
            return Footer(self.tr("The firmware is built"), forward, OpenPage("live"), "lightning")
        return Footer(self.tr("The live page needs a plan and a build"), forward, None)

    def refresh(self, model: ProjectModel) -> None:  # noqa: D102 - see Page
        fit = model.fit()
        failing = fit is not None and not fit.fits
        self.show_state(
            model,
            has_result=fit is not None,
            empty=EmptyWords(
                self.tr("No memory plan yet"),
                self.tr("Thimble gives every tensor a place in memory and says what stays free."),
                self.tr("Plan the memory"),
                RunUntil("fit"),
            ),
            failed_document=failing,
        )
        if model.job is not self._job:
            self._job = model.job
            self.job_card.reset()
        busy = self.state == "busy"
        self.job_card.setVisible(busy)
        self.verdict.setVisible(fit is not None)
        self.need_card.setVisible(failing)
        self.fixes_box.setVisible(failing)
        self.details.setVisible(failing)
        self.export.setVisible(fit is not None)
        self.build_button.setVisible(self.state == "done" and model.build() is not None)
        for widget in (self.flash_card, self.peak_card, self.compare_card):
            widget.setVisible(fit is not None and not failing)
        self.map_card.setVisible(fit is not None)
        self._show_job()
        if fit is not None:
            board = model.board()
            self._show_verdict(model, fit)
            self._show_flash(fit, model.build(), board)
            self._show_map(model, fit, board)
            self._show_peak(fit)
            self._show_compare(model, fit)
            if failing:
                self._show_failing(model, fit)
        self.footer_changed.emit()

    def on_event(self, event: Event) -> None:  # noqa: D102 - see Page
        self.follow_log(event)
        if self.state == "busy" and isinstance(event, StageStarted | StageProgress):
            self._show_job()

    def focus_first(self) -> None:  # noqa: D102 - see Page
        if self.fixes.count() and not self.fixes_box.isHidden():
            first = self.fixes.itemAt(0).widget().findChild(QPushButton)
            if first is not None:
                first.setFocus()
                return
        super().focus_first()

    def _show_job(self) -> None:
        job = self._job
        if job is None or not job.running:
            return
        names = {"fit": self.tr("Plan the memory"), "build": self.tr("Build the firmware")}
        mine = [key for key in job.stages if key in names]
        before = job.stages[: job.stages.index(mine[0])] if mine else ()
        phases = []
        if before:
            share = sum(key in job.finished for key in before) / len(before)
            phases.append(Phase(self.tr("Everything before"), 2.0, share))
        for key in mine:
            here = min(job.share or 0.02, 0.99) if key == job.stage else 0.0
            phases.append(Phase(names[key], 2.0, 1.0 if key in job.finished else here))
        progress = job.progress
        detail = self.tr("The plan takes a moment, the build a few seconds.")
        if progress is not None and progress.total > 0:
            done, total = amounts.number(progress.done), amounts.number(progress.total)
            detail = f"{done} / {total} {progress.unit}".strip()
        self.job_card.show_job(
            title=job.title or self.tr("Getting ready"),
            detail=detail,
            phases=phases,
            seconds_left=progress.seconds_left if progress is not None else None,
            cancelling=job.cancelling,
            icon="fit",
        )

    # ---- verdict -------------------------------------------------------------------------------
    def _show_verdict(self, model: ProjectModel, fit: FitSummary) -> None:
        build = model.build()
        flash = build.flash_bytes if build is not None else fit.flash_bytes.value
        ram = build.ram_bytes if build is not None else fit.ram_bytes.value
        flash_free, ram_free = fit.flash_budget_bytes - flash, fit.ram_budget_bytes - ram
        if not fit.fits:
            over = []
            if flash_free < 0:
                over.append(self.tr("flash is {size} too big").format(size=amounts.size(-flash_free)))
            if ram_free < 0:
                over.append(self.tr("SRAM is {size} too big").format(size=amounts.size(-ram_free)))
            title = self.tr("It does not fit: {what}.").format(what=self.tr(" and ").join(over))
            if not over:
                title = self.tr("It does not fit.")
            self.verdict.set("bad", title, engine_sentences(*fit.reasons))
            return
        words = [
            self.tr("{flash} of flash and {ram} of SRAM stay free.").format(
                flash=amounts.size(flash_free), ram=amounts.size(ram_free)
            )
        ]
        latency = self._latency(model, fit)
        budget = model.project.budgets.latency_ms if model.project is not None else None
        tone, title = "ok", self.tr("Yes, it fits.")
        if latency is not None:
            basis = {
                "predicted": self.tr("predicted"),
                "simulated": self.tr("simulated"),
                "measured": self.tr("measured"),
            }[latency.basis]
            time = figure_text(latency)
            if budget:
                words.append(
                    self.tr("An answer takes {time} of {budget} ms ({basis}).").format(
                        time=time, budget=amounts.milliseconds(budget), basis=basis
                    )
                )
                if latency.value > budget:
                    tone = "warn"
                    title = self.tr("It fits, but it is {ms} ms too slow.").format(
                        ms=amounts.milliseconds(latency.value - budget)
                    )
            else:
                words.append(self.tr("An answer takes {time} ({basis}).").format(time=time, basis=basis))
        self.verdict.set(tone, title, " ".join(words))

    @staticmethod
    def _latency(model: ProjectModel, fit: FitSummary) -> Figure | None:
        ran = model.board_run()
        return ran.latency_ms if ran is not None else fit.latency_ms

    def _show_failing(self, model: ProjectModel, fit: FitSummary) -> None:
        ram_over = fit.ram_bytes.value - fit.ram_budget_bytes
        flash_over = fit.flash_bytes.value - fit.flash_budget_bytes
        need, have = (
            (fit.ram_bytes.value, fit.ram_budget_bytes)
            if ram_over > 0 or flash_over <= 0
            else (fit.flash_bytes.value, fit.flash_budget_bytes)
        )
        self.need_bar.show_amounts(
            int(need),
            have,
            have_text=self.tr("there is room for {size}").format(size=amounts.size(have)),
            over_text=self.tr("{size} too big").format(size=amounts.size(need - have)),
            need_text=self.tr("the model needs {size}").format(size=amounts.size(need)),
        )
        clear(self.fixes)
        for fix in in_order(fixes(model, fit), 3):
            self.fixes.addWidget(self._fix(fix))
        facts: dict[str, object] = {
            "board": fit.board,
            "flash_bytes": fit.flash_bytes.value,
            "flash_budget_bytes": fit.flash_budget_bytes,
            "ram_bytes": fit.ram_bytes.value,
            "ram_budget_bytes": fit.ram_budget_bytes,
            "arena_bytes": fit.arena_bytes,
            "arena_lower_bound_bytes": fit.arena_lower_bound_bytes,
            "scratch_bytes": fit.scratch_bytes,
            "flash_parts": fit.flash_parts,
            "ram_parts": fit.ram_parts,
            "reasons": " ".join(fit.reasons),
        }
        self.details.set_text(facts_text(facts))

    def _fix(self, fix: Fix) -> QWidget:
        button = Button(
            fix.action, "primary" if not self.fixes.count() else "", "arrow-right", icon_after=True
        )
        button.clicked.connect(lambda: self._apply(fix))
        words = [Text(fix.words, "body", wrap=True)]
        if fix.gives:
            words.append(Text(fix.gives, "small", "text2", wrap=True))
        tile, text = Tile(fix.icon, "accent", 36), column(*words, gap=2)
        return Card(tile, 4, (text, 1), button, vertical=False, margins=(14, 9, 14, 9))

    def _apply(self, fix: Fix) -> None:
        for intent in fix.intents:
            self.intent.emit(intent)

    # ---- flash and SRAM ------------------------------------------------------------------------
    def _show_flash(self, fit: FitSummary, build: BuildSummary | None, board: BoardSpec | None) -> None:
        parts = build.flash_parts if build is not None else fit.flash_parts
        used = build.flash_bytes if build is not None else int(fit.flash_bytes.value)
        total = board.flash_bytes if board is not None else fit.flash_budget_bytes
        self.flash_about.setText(
            self.tr("{used} of {total}").format(used=amounts.size(used), total=amounts.size(total))
        )
        if build is not None:
            self.flash_basis.set(self.tr("measured in the linked firmware"), "ok")
        else:
            self.flash_basis.set(self.tr("predicted"), "text2", "")
        self.flash_bar.show_parts(
            parts, total=total, budget=fit.flash_budget_bytes, predicted=build is None
        )

    def _show_map(self, model: ProjectModel, fit: FitSummary, board: BoardSpec | None) -> None:
        region = board.region("arena") if board is not None else None
        memory = fit.ram_budget_bytes
        name = self.tr("SRAM")
        if region is not None and board is not None:
            memory, name = board.arena_budget_bytes, region.name
        if not fit.fits:
            memory = min(memory, fit.ram_budget_bytes)
        self.map.show_plan(
            fit.placements,
            [layer.name for layer in fit.layers],
            arena_bytes=fit.arena_bytes,
            lower_bound_bytes=fit.arena_lower_bound_bytes,
            memory_bytes=memory,
            memory_name=name,
            kernels={layer.index: layer.kernel for layer in fit.layers},
        )
        self._show_legend({block.role for block in self.map.blocks})
        ran = model.board_run()
        cycles = ran.layer_cycles if ran is not None else []
        basis = ran.cycles.basis if ran is not None else "simulated"
        self.cost_model.show_layers(fit.layers, ran=cycles, ran_basis=basis)
        self._on_view_chosen(self.view.chosen)

    def _show_legend(self, roles: set[str]) -> None:
        """Name the colours that the map holds."""
        if roles == self._legend_roles:
            return
        self._legend_roles = roles
        names = {
            "cat1": self.tr("convolution"),
            "cat0": self.tr("depthwise"),
            "cat2": self.tr("pointwise"),
            "cat3": self.tr("dense"),
            "cat4": self.tr("add, join"),
            "cat5": self.tr("other"),
        }
        old = self.map_legend.layout()
        if old is not None:
            clear(old)
            QWidget().setLayout(
                old
            )  # a widget takes a new layout only when the old one has another owner
        self.map_legend.setLayout(
            legend(*((n, role, "box") for role, n in names.items() if role in roles))
        )

    def _show_peak(self, fit: FitSummary) -> None:
        busiest = busiest_operator(fit.placements)
        if busiest < 0 or busiest >= len(fit.layers):
            self.peak_title.setText(self.tr("No tensors to place"))
            self.peak_words.setText("")
            return
        layer: LayerCost = fit.layers[busiest]
        alive = live_bytes(fit.placements, busiest)
        self.peak_title.setText(
            self.tr("Busiest moment: layer {n}, {layer}").format(
                n=busiest + 1, layer=short_name(layer.name)
            )
        )
        largest = max(
            (p for p in fit.placements if p.first <= busiest <= p.last), key=lambda p: p.size_bytes
        )
        share = largest.size_bytes / max(1, alive)
        text = self.tr("{live} are in use then, {share} of it is one tensor.").format(
            live=amounts.size(alive), share=amounts.percent(share, 0)
        )
        spare = fit.arena_bytes - fit.arena_lower_bound_bytes
        if spare <= 0:
            text += " " + self.tr("The plan reaches the lowest possible size.")
        else:
            text += " " + self.tr("The plan is {size} above the lowest possible.").format(
                size=amounts.size(spare)
            )
        self.peak_words.setText(text)

    def _show_compare(self, model: ProjectModel, fit: FitSummary) -> None:
        build, ran = model.build(), model.board_run()
        pairs: list[tuple[str, Figure, Figure | None]] = [
            (
                self.tr("Flash"),
                fit.flash_bytes,
                Measured(build.flash_bytes, "bytes") if build is not None else None,
            ),
            (
                self.tr("SRAM"),
                fit.ram_bytes,
                Measured(build.ram_bytes, "bytes") if build is not None else None,
            ),
        ]
        if fit.latency_ms is not None:
            pairs.append((self.tr("Time per answer"), fit.latency_ms, ran.latency_ms if ran else None))
        self.compare.show_pairs(pairs)
        about = (
            self.tr("after the build") if build is None else self.tr("{toolchain}, {kernels} kernels")
        )
        if build is not None:
            about = about.format(toolchain=build.toolchain, kernels=build.kernels)
        self.compare_about.setText(about)

    # ---- actions -------------------------------------------------------------------------------
    def _on_view_chosen(self, view: int) -> None:
        self._views.setCurrentIndex(view)
        self.map_legend.setVisible(view == 0)
        if view == 0:
            self.map_title.setText(self.tr("SRAM: which piece of data lives when"))
            self.map_about.setText(self.tr("KB in the tensor arena"))
        else:
            self.map_title.setText(self.tr("What each layer costs"))
            self.map_about.setText(self.tr("stripes predicted, dots simulated, solid counted"))

    def _on_tensor_selected(self, tensor: int) -> None:
        block = next((b for b in self.map.blocks if b.placement.tensor == tensor), None)
        if block is None:
            self.map_about.setText(self.tr("KB in the tensor arena"))
        else:
            self.map_about.setText(self.map.describe(block))

    def _export(self) -> None:
        fit = self.model.fit() if self.model is not None else None
        if fit is None:
            return
        lines = ["tensor,name,kind,offset_bytes,size_bytes,first_operator,last_operator,shares_with"]
        for p in fit.placements:
            name = '"' + p.name.replace('"', '""') + '"'
            lines.append(
                f"{p.tensor},{name},{p.layer_kind},{p.offset},{p.size_bytes},{p.first},{p.last},{p.shares_with}"
            )
        self.intent.emit(SaveText("memory-map.csv", "\n".join(lines) + "\n"))
