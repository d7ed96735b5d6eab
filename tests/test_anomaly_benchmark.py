"""What the anomaly benchmark holds out, on made-up recordings; no clip may be on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from tests.anomaly_benchmark import (
    CLASSES,
    LOW_COIN,
    MOVING,
    QUESTIONS,
    Recordings,
    block_numbers,
    labelled,
)


def _clips(count: int, gravity: tuple[float, float, float], seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 0.005, size=(count, 64, 3))
    return (noise + gravity).astype(np.float32)


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    records, conditions, blocks = [], [], []
    for condition in range(len(CLASSES)):
        clips = _clips(8 * 25, (0.0, 0.2, 0.98), condition)
        records.append(clips)
        conditions.append(np.full(len(clips), condition))
        blocks.append(block_numbers(clips))
    return Recordings(np.concatenate(records), np.concatenate(conditions), np.concatenate(blocks))


def test_a_block_ends_after_25_clips_or_where_the_mount_turned() -> None:
    clips = np.concatenate([_clips(30, (0.0, 0.2, 0.98), 1), _clips(10, (0.05, 0.2, 0.97), 2)])
    assert block_numbers(clips).tolist() == [0] * 25 + [1] * 5 + [2] * 10


@pytest.mark.parametrize("question", list(QUESTIONS))
def test_nothing_that_is_tested_has_been_learnt_from(recordings: Recordings, question: str) -> None:
    data, asked = labelled(recordings, question, "gain-free"), QUESTIONS[question]
    parts = [set(data.train.groups), set(data.validation.groups), set(data.test.groups)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert all(parts)
    for part in (data.train, data.validation):
        assert set(part.labels) == set(asked.learnt)
        assert part.labels.max() < LOW_COIN
    assert set(data.test.labels) == set(asked.tested)
    unseen = [c for c in asked.tested if c not in asked.learnt and c < LOW_COIN]
    for condition in unseen:
        assert (data.test.labels == condition).sum() == 200
    if question == "mounting":
        assert (data.train.labels == MOVING).any()
