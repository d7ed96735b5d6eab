"""A worker that is killed in mid-epoch loses that epoch and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import torch

from engine import pipeline
from engine.data.spec import DataSpec
from engine.events import CancelToken, EpochEnded, Event, discard
from engine.project import Project, create_project
from engine.recipe import QatStep, Recipe, TrainStep

STAGE = "step-2-qat"


def _project(folder: Path) -> Project:
    return create_project(
        folder,
        task="images",
        network="tiny-cnn",
        data=DataSpec(source="builtin:digits", task="images"),
        recipe=Recipe((TrainStep(epochs=1, augment=False), QatStep(epochs=3))),
    )


def _weights(project: Project) -> dict[str, torch.Tensor]:
    (state,) = [s for s in pipeline.readiness(project) if s.stage == STAGE]
    assert state.folder is not None
    weights: dict[str, torch.Tensor] = torch.load(state.folder / "network.pt", weights_only=True)
    return weights


def _kill_in_second_epoch(project: Project) -> None:
    command = [sys.executable, "-m", "engine", "compress", str(project.folder), "--json"]
    environment = os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        ended = False
        for line in process.stdout:
            event = json.loads(line)
            if event.get("stage") == STAGE:
                ended = ended or event["event"] == "epoch_ended"
                if ended and event["event"] == "stage_progress":
                    process.kill()
                    break
        process.wait()


def test_a_training_killed_in_mid_epoch_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    killed, straight = _project(tmp_path / "killed"), _project(tmp_path / "straight")
    pipeline.run(straight, until=STAGE, report=discard, cancel=CancelToken())
    _kill_in_second_epoch(killed)
    events: list[Event] = []
    pipeline.run(killed, until=STAGE, report=events.append, cancel=CancelToken())
    assert [e.epoch for e in events if isinstance(e, EpochEnded)][-1] == 3
    assert 1 not in [e.epoch for e in events if isinstance(e, EpochEnded)]
    one, other = _weights(killed), _weights(straight)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not list((killed.artefacts_folder / STAGE).glob("*.checkpoint"))
