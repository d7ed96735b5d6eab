"""What the running job, or the one that ran last, has told."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from engine.events import EpochEnded, StageFailed, StageProgress
from gui.intents import RunUntil


@dataclass
class RunningJob:
    """What a job has told so far. `exit_code` is None while it runs.

    Attributes:
        job: what the worker was asked, for example `{"verb": "run", "until": "fit", ...}`.
        started_at: `time.time()` of the start.
        stage, title: what runs now.
        stages: keys of the stages this job goes through, in order.
        finished: stages that ended, with their seconds.
        progress: the latest StageProgress of the present stage, or None.
        epochs, results: every EpochEnded, and the values of every Result, so far.
        failure: the StageFailed that ended the job, or None.
        cancelling: Cancel was asked for and has not taken effect yet.
        paused: the work was asked to rest at its next safe point.
        keeping: the running training was asked to end with its best weights so far.
        then: the run that was asked for meanwhile and follows when this one has ended well.
    """

    job: dict[str, object]
    stages: tuple[str, ...] = ()
    started_at: float = field(default_factory=time.time)
    stage: str = ""
    stage_started_at: float = 0.0
    title: str = ""
    finished: dict[str, float] = field(default_factory=dict)
    cached: set[str] = field(default_factory=set)
    progress: StageProgress | None = None
    epochs: list[EpochEnded] = field(default_factory=list)
    results: list[dict[str, object]] = field(default_factory=list)
    failure: StageFailed | None = None
    exit_code: int | None = None
    cancelling: bool = False
    paused: bool = False
    keeping: bool = False
    then: RunUntil | None = None

    @property
    def running(self) -> bool:
        """Whether the job has not ended yet."""
        return self.exit_code is None

    def leads_to(self, stage: str, project: Path) -> bool:
        """Whether a run up to `stage` can follow: this one is of the same project and goes elsewhere."""
        of = self.job.get("verb"), self.job.get("project")
        return self.running and of == ("run", str(project)) and self.job.get("until") != stage

    @property
    def trains(self) -> bool:
        """Whether a step of the recipe runs now."""
        return self.running and self.stage.startswith("step-")

    @property
    def has_best(self) -> bool:
        """Whether the training that runs has finished an epoch, has another before it, and may go on."""
        here = [epoch for epoch in self.epochs if epoch.stage == self.stage]
        return self.trains and not self.keeping and bool(here) and here[-1].epoch < here[-1].epochs

    @property
    def share(self) -> float | None:
        """How much of the present stage is done, 0..1, or None if it does not say."""
        if self.progress is None or self.progress.total <= 0:
            return None
        return min(1.0, self.progress.done / self.progress.total)
