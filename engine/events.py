"""What a long stage tells while it runs: frozen plain data that survives a JSON round trip.

A stage takes keyword-only `report: Report` and `cancel: CancelToken`. Events cross the process
border as one JSON object a line; `to_json` and `from_json` are exact inverses.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from engine.errors import Cancelled


@dataclass(frozen=True, kw_only=True)
class Event:
    """Root of all events. `kind` is the value of the JSON key `event`."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True, kw_only=True)
class StageStarted(Event):
    """A pipeline stage began; `title` is a short sentence for people."""

    kind: ClassVar[str] = "stage_started"
    stage: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class StageProgress(Event):
    """`done` of `total` units of a stage; total 0 means unknown."""

    kind: ClassVar[str] = "stage_progress"
    stage: str
    done: float
    total: float
    unit: str = ""
    seconds_left: float | None = None


@dataclass(frozen=True, kw_only=True)
class EpochEnded(Event):
    """One pass over the training data. Accuracies are fractions in 0..1, None where nobody can tell.

    `confusion[true][said]` counts validation samples, where there are few classes; `hardest` has the
    fields of `engine.examples.HardExample`, of the validation samples.
    """

    kind: ClassVar[str] = "epoch_ended"
    stage: str
    step: str
    epoch: int
    epochs: int
    train_loss: float
    train_accuracy: float | None
    validation_loss: float
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    samples_per_second: float
    confusion: list[list[int]] = field(default_factory=list)
    hardest: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Metric(Event):
    """One named number, for example the loss of one batch."""

    kind: ClassVar[str] = "metric"
    stage: str
    name: str
    value: float
    step: int = 0


@dataclass(frozen=True, kw_only=True)
class LogLine(Event):
    """One line for the log view. `level` is `info`, `warning` or `error`."""

    kind: ClassVar[str] = "log_line"
    stage: str
    text: str
    level: str = "info"


@dataclass(frozen=True, kw_only=True)
class ArtifactReady(Event):
    """A stage wrote its result; `path` is the artefact folder inside the project."""

    kind: ClassVar[str] = "artifact_ready"
    stage: str
    path: str
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StageFinished(Event):
    """A stage is done; `cached` says that an earlier result was reused."""

    kind: ClassVar[str] = "stage_finished"
    stage: str
    seconds: float
    cached: bool = False


@dataclass(frozen=True, kw_only=True)
class StageFailed(Event):
    """A stage ended with an error (or was cancelled: then `code` is `cancelled`)."""

    kind: ClassVar[str] = "stage_failed"
    stage: str
    code: str
    message: str
    hint: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 1


@dataclass(frozen=True, kw_only=True)
class Result(Event):
    """One row of a verb's answer, with the keys that the command line promises."""

    kind: ClassVar[str] = "result"
    values: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class JobEnded(Event):
    """A worker's job is over, whatever its outcome; `exit_code` as on the command line."""

    kind: ClassVar[str] = "job_ended"
    exit_code: int


_KINDS: dict[str, type[Event]] = {
    cls.kind: cls
    for cls in (
        StageStarted,
        StageProgress,
        EpochEnded,
        Metric,
        LogLine,
        ArtifactReady,
        StageFinished,
        StageFailed,
        Result,
        JobEnded,
    )
}

Report = Callable[[Event], None]


def to_json(event: Event) -> str:
    """One line of JSON without a line end; the key `event` names the kind."""
    if isinstance(event, Result):
        return json.dumps({"event": event.kind, **event.values}, allow_nan=True)
    return json.dumps({"event": event.kind, **dataclasses.asdict(event)}, allow_nan=True)


def from_json(line: str) -> Event:
    """The event of one line.

    Raises:
        ValueError: the line is not JSON or its kind is unknown.
    """
    values = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError(f"not an event: {line[:80]!r}")
    kind = values.pop("event", None)
    if kind == Result.kind:
        return Result(values=values)
    try:
        return _KINDS[str(kind)](**values)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an event: {line[:80]!r}") from error


def discard(event: Event) -> None:
    """A `Report` for callers that do not listen."""


class CancelToken:
    """Set by the front, checked by stages at every batch, flash page and compile unit.

    Attributes:
        paused_seconds: how long the work has rested so far, for those who time it.
        keep_resumed: the next training that would go on from where an earlier run was cancelled ends
            there, with its best weights; that training sets it back.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._may_go_on = threading.Event()
        self._may_go_on.set()
        self._cut_short = ""
        self.keep_resumed = False
        self.paused_seconds = 0.0

    def cancel(self) -> None:
        """Ask the stage to stop at its next safe point; a paused one stops at once."""
        self._event.set()
        self._may_go_on.set()

    def pause(self) -> None:
        """Let the stage rest at its next safe point. For the thread that also cancels."""
        if not self._event.is_set():
            self._may_go_on.clear()

    def go_on(self) -> None:
        """End the pause."""
        self._may_go_on.set()

    def keep_best(self, stage: str) -> None:
        """Ask the training that runs in a stage to end now with its best weights; ends a pause."""
        self._cut_short = stage
        self.go_on()

    def keeps_best(self, stage: str) -> bool:
        """Whether the training that runs in this stage was asked to end with its best weights."""
        return bool(stage) and self._cut_short == stage

    def forget_keep_best(self) -> None:
        """Another training begins: what was asked of the one before is not meant for it."""
        self._cut_short = ""

    def working_seconds(self) -> float:
        """A clock that stands still during a pause; only differences mean something."""
        return time.monotonic() - self.paused_seconds

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Wait while paused; raise `Cancelled` if somebody asked to stop."""
        if not self._may_go_on.is_set():
            since = time.monotonic()
            self._may_go_on.wait()
            self.paused_seconds += time.monotonic() - since
        if self._event.is_set():
            raise Cancelled
