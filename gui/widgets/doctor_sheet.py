"""What this computer has and lacks, each with its cure, laid over the window."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from gui.engine_words import engine_words
from gui.intents import CheckMachine, CopyText
from gui.machine_check import Finding, MachineCheck
from gui.widgets.overlay import Overlay
from gui.widgets.primitives import Badge, Button, Card, Rule, Text, clear, column, row
from gui.widgets.verdict import ErrorCard

_WIDTH, _EDGE = 820, 40
_TONES = {"ok": "ok", "missing": "bad", "optional": "text2"}
_ICONS = {"optional": "minus"}


class FindingRow(QWidget):
    """One thing that was looked at; with a cure it has a Copy button."""

    copied = Signal(str)

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding
        state = {
            "ok": self.tr("Ready"),
            "missing": self.tr("Missing"),
            "optional": self.tr("Optional"),
        }[finding.state]
        self.badge = Badge(state, _TONES[finding.state], _ICONS.get(finding.state))
        holder = QWidget()
        holder.setFixedWidth(110)
        holder.setLayout(column(row(self.badge, None), None))
        name = Text(engine_words(finding.check), "strong", wrap=True)
        found = Text(engine_words(finding.found), "small", "text3", wrap=True)
        self.copy: Button | None = None
        texts = column(name, found, gap=2)
        content = row(holder, (texts, 1), margins=(0, 8, 0, 8))
        if finding.cure:
            self.cure = Text(engine_words(finding.cure), "sentence", "text", wrap=True)
            self.cure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            texts.addWidget(self.cure)
            self.copy = Button(self.tr("Copy"), "small", "copy")
            self.copy.setAccessibleName(self.tr("Copy the cure of: {check}").format(check=name.text()))
            self.copy.clicked.connect(self._on_copy)
            content.addLayout(column(self.copy, None))
        self.setLayout(content)
        spoken = (state, name.text(), found.text(), engine_words(finding.cure))
        self.setAccessibleName(". ".join(words for words in spoken if words))

    def _on_copy(self) -> None:
        assert self.copy is not None
        self.copied.emit(self.finding.cure)
        self.copy.set_label(self.tr("Copied"))
        self.copy.set_icon("check")


class DoctorSheet(Overlay):
    """Shows a `MachineCheck`; Esc closes it."""

    intent = Signal(object)

    def __init__(self, check: MachineCheck, parent: QWidget) -> None:
        super().__init__(parent)
        self._check = check
        self._shown: tuple[Finding, ...] | None = None
        self._waiting: deque[Finding] = deque()
        self._adder = QTimer(self)  # one row a time: thirty at once would hold the window up
        self._adder.setInterval(0)
        self._adder.timeout.connect(self._add_row)
        self.words = Text("", "body", "text2", wrap=True)
        self.again = Button(self.tr("Check again"), "small", "refresh")
        self.again.clicked.connect(lambda: self.intent.emit(CheckMachine()))
        self._copy_all = Button(self.tr("Copy all"), "small", "copy")
        self._copy_all.clicked.connect(self._on_copy_all)
        self._close = Button(self.tr("Close"), "small", "cross")
        self._close.clicked.connect(self.dismiss)
        self.error = ErrorCard()
        self.error.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        self._rows = column(gap=0)
        inside = QWidget()
        inside.setObjectName("findings")
        inside.setLayout(column(self._rows, None, margins=(0, 0, 12, 0)))
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setObjectName("findings_area")
        self._area.setAccessibleName(self.tr("What was found"))
        self._area.setWidget(inside)
        self._card = Card(
            row(Text(self.tr("This computer"), "h2"), None, self.again, self._copy_all, self._close),
            self.words,
            self.error,
            (self._area, 1),
            gap=12,
            margins=(24, 20, 12, 16),
        )
        self._card.setFixedWidth(_WIDTH)
        self.setLayout(column(row(None, self._card, None), margins=(0, _EDGE, 0, _EDGE)))
        check.changed.connect(self.refresh)
        self.refresh()

    def appear(self) -> None:  # noqa: D102 - Overlay
        super().appear()
        self.intent.emit(CheckMachine())

    def focus_first(self) -> None:  # noqa: D102 - Overlay
        self._close.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show what is known."""
        check = self._check
        self.error.show_failure(check.failure)
        self.again.setEnabled(not check.running)
        self.again.set_label(self.tr("Checking…") if check.running else self.tr("Check again"))
        self._copy_all.setEnabled(bool(check.findings))
        self.words.setText(self._sentence())
        self.words.setHidden(not self.words.text())
        if self._shown != check.findings:
            self._shown = check.findings
            clear(self._rows)
            self._waiting = deque(check.by_urgency())
            self._adder.start()

    def _add_row(self) -> None:
        if not self._waiting:
            self._adder.stop()
            return
        if self._rows.count():
            self._rows.addWidget(Rule())
        shown = FindingRow(self._waiting.popleft())
        shown.copied.connect(lambda text: self.intent.emit(CopyText(text)))
        self._rows.addWidget(shown)

    def _sentence(self) -> str:
        check = self._check
        if not check.findings:
            if check.running:
                return self.tr("Looking at tools, packages, ports and permissions…")
            if check.failure is not None:
                return ""
            return self.tr("Nothing was looked at yet. Press Check again.")
        missing = sum(finding.state == "missing" for finding in check.findings)
        optional = sum(finding.state == "optional" for finding in check.findings)
        if missing == 1:
            first = self.tr("1 thing is missing; its cure stands beside it.")
        elif missing:
            first = self.tr("{n} things are missing; their cures stand beside them.").format(n=missing)
        else:
            first = self.tr("Everything that Thimble needs is here.")
        if optional == 1:
            return first + " " + self.tr("1 more is optional.")
        if optional:
            return first + " " + self.tr("{n} more are optional.").format(n=optional)
        return first

    def _on_copy_all(self) -> None:
        lines = []
        for finding in self._check.by_urgency():
            line = f"{finding.state}: {finding.check}: {finding.found}"
            lines.append(f"{line} -> {finding.cure}" if finding.cure else line)
        self.intent.emit(CopyText("\n".join(lines) + "\n"))
