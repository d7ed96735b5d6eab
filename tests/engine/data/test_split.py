from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.data.split import assign_splits


def _split(labels: list[int], groups: list[str], seed: int = 0) -> np.ndarray:
    return assign_splits(np.array(labels), groups, validation_share=0.2, test_share=0.2, seed=seed)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcdefgh")), min_size=1), st.integers(0, 9)
)
def test_no_group_is_in_two_splits(samples: list[tuple[int, str]], seed: int) -> None:
    labels, groups = [s[0] for s in samples], [s[1] for s in samples]
    splits = _split(labels, groups, seed)
    homes: dict[str, set[int]] = {}
    for group, split in zip(groups, splits, strict=True):
        homes.setdefault(group, set()).add(int(split))
    assert all(len(home) == 1 for home in homes.values())


def test_samples_without_groups_keep_the_shares_in_every_class() -> None:
    labels = [0] * 100 + [1] * 50
    splits = _split(labels, [""] * 150)
    for label, total in ((0, 100), (1, 50)):
        counts = np.bincount(splits[np.array(labels) == label], minlength=3)
        np.testing.assert_allclose(counts, [0.6 * total, 0.2 * total, 0.2 * total], atol=1)


def test_four_equal_speakers_fill_all_three_splits() -> None:
    groups = [speaker for speaker in "abcd" for _ in range(50)]
    splits = _split([i % 10 for i in range(200)], groups)
    assert np.bincount(splits).tolist() == [100, 50, 50]


def test_the_seed_decides() -> None:
    labels, groups = [0, 1] * 30, [f"speaker {i // 4}" for i in range(60)]
    assert (_split(labels, groups, 1) == _split(labels, groups, 1)).all()
    assert (_split(labels, groups, 1) != _split(labels, groups, 2)).any()
