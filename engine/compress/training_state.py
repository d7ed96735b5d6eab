"""What a training has reached after an epoch, and the file of it: enough to go on to the same bits."""

from __future__ import annotations

import contextlib
import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from msgspec import structs

from engine.summaries import EpochRow


@dataclass
class TrainingState:
    """How far a training is.

    Attributes:
        epoch: finished ones.
        improved_epoch: the last one that beat the best accuracy or the lowest loss.
        lowest_loss: on validation.
        best_score: accuracy and minus loss of the best epoch.
        best_epoch: its number from 1; 0 before there is one.
        best_weights: its weights.
        rows: one for each finished epoch.
    """

    epoch: int = 0
    improved_epoch: int = 0
    lowest_loss: float = float("inf")
    best_score: tuple[float, float] = (-1.0, 0.0)
    best_epoch: int = 0
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    rows: list[EpochRow] = field(default_factory=list)


def save_state(path: Path, state: TrainingState, fingerprint: str, parts: dict[str, Any]) -> None:
    """Write a checkpoint in one rename.

    Args:
        path: of the file.
        state: how far the training is.
        fingerprint: settings and data that it belongs to.
        parts: what has a `state_dict`, by name.

    Raises:
        OSError, RuntimeError: it could not be written.
    """
    content: dict[str, Any] = {name: part.state_dict() for name, part in parts.items()}
    content |= vars(state) | {
        "fingerprint": fingerprint,
        "rows": [structs.asdict(row) for row in state.rows],
    }
    # LambdaLR keeps its function among its state; it is made anew.
    content["schedule"].pop("lr_lambdas", None)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, draft)
        draft.replace(path)
    except (OSError, RuntimeError):
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def load_state(path: Path, fingerprint: str, parts: dict[str, Any]) -> TrainingState | None:
    """Put a checkpoint into the parts that `save_state` took; None if there is none of this training."""
    if not path.exists():
        return None
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
        if content["fingerprint"] != fingerprint:
            return None
    except (OSError, RuntimeError, KeyError, EOFError, pickle.UnpicklingError):
        return None
    content["schedule"]["lr_lambdas"] = [None]
    for name, part in parts.items():
        part.load_state_dict(content[name])
    return TrainingState(
        epoch=content["epoch"],
        improved_epoch=content["improved_epoch"],
        lowest_loss=content["lowest_loss"],
        best_score=tuple(content["best_score"]),
        best_epoch=content.get("best_epoch", content["improved_epoch"]),  # older files lack it
        best_weights=content["best_weights"],
        rows=[EpochRow(**row) for row in content["rows"]],
    )
