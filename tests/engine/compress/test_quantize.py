"""Which samples calibrate: balanced over classes, seeded, only from the training part."""

from __future__ import annotations

import numpy as np
import pytest

from engine.compress.quantize import calibration_inputs, calibration_rows
from engine.data.labelled_set import LabelledSet, Split
from engine.errors import UsageError
from engine.recipe import QuantizeStep
from engine.zoo import build_network


def labelled_set(counts: list[int]) -> LabelledSet:
    """Every sample holds (class, position); other parts hold -1."""
    labels = np.repeat(np.arange(len(counts)), counts)
    inputs = np.stack([labels, np.arange(len(labels))], 1).astype(np.float32)
    train = Split(inputs, labels, ("",) * len(labels))
    other = Split(np.full((4, 2), -1, np.float32), np.zeros(4, np.int64), ("",) * 4)
    return LabelledSet(
        name="counted",
        kind="vector",
        classes=tuple(str(i) for i in range(len(counts))),
        input_shape=(2,),
        train=train,
        validation=other,
        test=other,
        train_variants=np.zeros((0, len(labels), 2), np.float32),
    )


def chosen_per_class(inputs: np.ndarray) -> list[int]:
    return np.bincount(inputs[:, 0].astype(int)).tolist()


def test_every_class_gives_the_same_number() -> None:
    inputs = calibration_inputs(labelled_set([100, 40, 25]), QuantizeStep(calibration_samples=60))
    assert chosen_per_class(inputs) == [20, 20, 20]
    assert len(np.unique(inputs[:, 1])) == 60
    assert inputs.dtype == np.float32


def test_a_small_class_gives_all_it_has() -> None:
    inputs = calibration_inputs(labelled_set([100, 3, 100]), QuantizeStep(calibration_samples=43))
    assert chosen_per_class(inputs) == [20, 3, 20]


def test_asking_for_more_than_there_are_gives_all() -> None:
    inputs = calibration_inputs(labelled_set([5, 7]), QuantizeStep(calibration_samples=500))
    assert sorted(inputs[:, 1]) == list(range(12))


def test_the_seed_decides() -> None:
    data = labelled_set([50, 50])
    first, again, other = (
        calibration_inputs(data, QuantizeStep(calibration_samples=20, seed=seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("counts", "samples"), [([], 100), ([5], 0)])
def test_nothing_to_calibrate_with(counts: list[int], samples: int) -> None:
    with pytest.raises(UsageError):
        calibration_inputs(labelled_set(counts), QuantizeStep(calibration_samples=samples))


def test_the_ranges_of_an_autoencoder_come_from_healthy_samples_only() -> None:
    data = labelled_set([30, 40, 25]).replaced(normal=("0", "2"))
    for choice in ("balanced", "advised"):
        step = QuantizeStep(calibration_samples=40, choice=choice)
        module = build_network("autoencoder-s", data.input_shape, 0, seed=0).eval()
        labels = data.train.labels[calibration_rows(data, step, module)]
        assert set(labels) == {0, 2}


def test_an_autoencoder_gets_room_beyond_what_it_has_seen_and_a_classifier_does_not() -> None:
    data = labelled_set([30, 40]).replaced(normal=("0", "1"))
    kept = data.train.inputs.copy()
    step = QuantizeStep(calibration_samples=70)
    largest = {
        name: calibration_inputs(data, step, build_network(name, (2,), 2, seed=0)).max()
        for name in ("autoencoder-s", "tiny-dense")
    }
    assert largest["tiny-dense"] == kept.max() == 69
    assert 1.3 * 69 < largest["autoencoder-s"] <= 1.5 * 69
    np.testing.assert_array_equal(data.train.inputs, kept)
