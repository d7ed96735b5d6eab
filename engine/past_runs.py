"""The trainings that earlier runs of a project went through, read from what is kept of each run."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.events import ArtifactReady, EpochEnded, Event, StageFailed, StageFinished, from_json
from engine.summaries import EpochRow

MOST = 6
_TIME_LENGTH = len("2026-01-31T23-59-59")
# Only these lines are parsed: most of a file is progress.
_WANTED = (
    *(f'{{"event": "{kind.kind}"' for kind in (EpochEnded, StageFinished, StageFailed)),
    f'{{"event": "{ArtifactReady.kind}", "stage": "step-',
)


class PastTraining(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one run.

    Attributes:
        run: name of the run's folder.
        started: when the run began, local time in ISO form to the second; "" if the name does not say.
        stage: for example `step-1-train`.
        kind: of the recipe's step.
        ended: `done`, `early` where somebody took the best weights before the end, `cancelled`,
            `failed`, or `running` where nothing tells of an end.
        epochs: at least one; the first has a number above 1 where the run went on after an earlier one.
    """

    run: str
    started: str
    stage: str
    kind: str
    ended: str
    epochs: list[EpochRow]

    @property
    def key(self) -> str:
        """Names it within its project."""
        return f"{self.run}/{self.stage}"


def past_trainings(project_folder: Path, *, most: int = MOST) -> list[PastTraining]:
    """The latest trainings, the newest first; damaged or foreign files are passed over."""
    runs = project_folder / "runs"
    folders = sorted(runs.iterdir(), reverse=True) if runs.is_dir() else []
    found: list[PastTraining] = []
    for folder in folders:
        if len(found) >= most:
            break
        found += reversed(_trainings(folder))
    return found[:most]


def _trainings(folder: Path) -> list[PastTraining]:
    epochs: dict[str, list[EpochRow]] = {}
    kinds: dict[str, str] = {}
    ended: dict[str, str] = {}
    for event in _events(folder / "events.jsonl"):
        if isinstance(event, EpochEnded) and event.stage.endswith(f"-{event.step}"):
            # else it is of a help, such as the training without a teacher
            kinds[event.stage] = event.step
            values = {name: getattr(event, name) for name in EpochRow.__struct_fields__}
            epochs.setdefault(event.stage, []).append(EpochRow(**values))
        elif isinstance(event, ArtifactReady):
            ended[event.stage] = "early" if event.summary.get("early_stops") else "done"
        elif isinstance(event, StageFinished):
            ended.setdefault(event.stage, "done")
        elif isinstance(event, StageFailed):
            ended[event.stage] = "cancelled" if event.code == "cancelled" else "failed"
    return [
        PastTraining(
            run=folder.name,
            started=_time(folder.name),
            stage=stage,
            kind=kinds[stage],
            ended=ended.get(stage, "running"),
            epochs=rows,
        )
        for stage, rows in epochs.items()
    ]


def _events(path: Path) -> Iterator[Event]:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith(_WANTED):
                    try:
                        yield from_json(line)
                    except (ValueError, json.JSONDecodeError):
                        continue  # the last line of a run that was killed
    except OSError:
        return


def _time(name: str) -> str:
    try:
        began = datetime.datetime.strptime(name[:_TIME_LENGTH], "%Y-%m-%dT%H-%M-%S")
    except ValueError:
        return ""
    return began.isoformat(timespec="seconds")
