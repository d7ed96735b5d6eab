"""What the engine's `doctor` last said about this computer; the light worker looks, nothing waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.events import StageFailed
from gui.jobs import Predictor

_ORDER = ("missing", "optional", "ok")


@dataclass(frozen=True)
class Finding:
    """One row: `state` is `ok`, `missing` or `optional` (missing, and can be done without)."""

    check: str
    state: str
    found: str
    cure: str


class MachineCheck(QObject):
    """Asks, and keeps the answer.

    Attributes:
        findings: of the last look that succeeded, in the engine's order; () before it.
        running: a look is under way.
        failure: why the last look failed, None if it did not.
    """

    changed = Signal()

    def __init__(self, predictor: Predictor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.findings: tuple[Finding, ...] = ()
        self.running = False
        self.failure: StageFailed | None = None
        self._predictor = predictor
        predictor.answered.connect(self._on_answered)
        predictor.failed.connect(self._on_failed)

    def look(self) -> None:
        """Ask again; `changed` follows now and with the answer."""
        if self.running:
            return
        self.running, self.failure = True, None
        self.changed.emit()
        self._predictor.ask({"verb": "doctor"})

    def by_urgency(self) -> list[Finding]:
        """What is missing first, then what can be done without, then what is well."""
        return sorted(self.findings, key=lambda finding: _ORDER.index(finding.state))

    def _on_failed(self, question: dict[str, object], failure: StageFailed) -> None:
        if question.get("verb") == "doctor":
            self.running, self.failure = False, failure
            self.changed.emit()

    def _on_answered(self, question: dict[str, object], values: list[dict[str, Any]]) -> None:
        if question.get("verb") != "doctor" or self.failure is not None:
            return
        self.running = False
        self.findings = tuple(
            Finding(str(v["check"]), str(v["state"]), str(v["found"]), str(v["cure"]))
            for v in values
            if v.get("state") in _ORDER
        )
        self.changed.emit()
