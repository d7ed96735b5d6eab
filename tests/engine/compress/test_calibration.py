"""The adviser: each fault is found and named, and the set it chooses has none of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from engine.compress.calibration import NEAR, Finding, advised_rows, examine, first_of_copies, margins
from engine.compress.quantize import calibration_rows
from engine.data.labelled_set import LabelledSet, Split
from engine.events import CancelToken
from engine.recipe import QuantizeStep
from engine.zoo import build_network

CLASSES = 4
STEP = QuantizeStep(calibration_samples=120, method="minmax", choice="advised")


def clouds(counts: list[int], seed: int = 0) -> LabelledSet:
    """Points around one corner for each class, far apart; a few lie half-way to the next corner."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    corners = 4 * np.eye(len(counts))
    inputs = corners[labels] + 0.3 * generator.normal(size=(len(labels), len(counts)))
    between = np.arange(len(labels)) % 10 == 0
    inputs[between] += 0.5 * (corners[(labels + 1) % len(counts)] - corners[labels])[between]
    split = Split(inputs.astype(np.float32), labels, ("",) * len(labels))
    return LabelledSet(
        name="clouds",
        kind="vector",
        classes=tuple("abcd"[: len(counts)]),
        input_shape=(len(counts),),
        train=split,
        validation=split,
        test=split,
        train_variants=np.zeros((0, *inputs.shape), np.float32),
    )


def network() -> nn.Module:
    """Scores are four times the coordinates: right in the corners, undecided half-way."""
    dense = nn.Linear(CLASSES, CLASSES)
    with torch.no_grad():
        dense.weight.copy_(4 * torch.eye(CLASSES))
        dense.bias.zero_()
    return nn.Sequential(nn.ReLU(), dense).eval()


def checks(data: LabelledSet, rows: np.ndarray, **settings: object) -> dict[str, Finding]:
    step = dataclasses.replace(STEP, **settings)
    found = examine(data, np.asarray(rows), step, network(), cancel=CancelToken())
    assert all(finding.passed == (not finding.cure) for finding in found)
    assert all(finding.sentence.endswith(".") for finding in found)
    return {finding.check: finding for finding in found}


def test_a_good_set_passes() -> None:
    data = clouds([60] * CLASSES)
    found = checks(data, np.arange(240), method="percentile")
    assert [name for name, finding in found.items() if not finding.passed] == []
    assert list(found) == ["size", "classes", "copies", "boundary", "ranges"]


@pytest.mark.parametrize(("counts", "words"), [([60] * 4, "calibration_samples"), ([10] * 4, "Add ex")])
def test_too_few_samples(counts: list[int], words: str) -> None:
    found = checks(clouds(counts), np.arange(min(50, sum(counts))))
    assert not found["size"].passed
    assert words in found["size"].cure


def test_a_missing_class_is_named() -> None:
    found = checks(clouds([60] * CLASSES), np.arange(120))
    assert not found["classes"].passed
    assert found["classes"].sentence == "No sample of c, d."
    nowhere = checks(clouds([60, 60, 60, 0]), np.arange(180))["classes"]
    assert "the training part has none" in nowhere.cure


def test_copies_are_counted_even_with_noise_below_a_quantum() -> None:
    data = clouds([60] * CLASSES)
    data.train.inputs[7] = data.train.inputs[3]
    data.train.inputs[100] = data.train.inputs[3] + 1e-6
    found = checks(data, np.arange(240))["copies"]
    assert found.figures["copies"] == 2
    assert list(first_of_copies(np.array([[0.0], [1.0], [0.0], [0.5]], np.float32))) == [0, 1, 3]


def test_samples_between_classes_are_wanted() -> None:
    data = clouds([60] * CLASSES)
    near = np.arange(240) % 10 == 0
    assert not checks(data, np.flatnonzero(~near))["boundary"].passed
    assert checks(data, np.arange(240))["boundary"].passed
    scores = np.array([[2.0, 2.0, 0.0], [9.0, 0.0, 0.0]], np.float32)
    np.testing.assert_allclose(margins(scores), [0.0, 1.0], atol=1e-3)


def test_ranges_that_one_sample_decides_are_not_converged() -> None:
    data = clouds([60] * CLASSES)
    data.train.inputs[17] *= 5
    found = checks(data, np.arange(240), method="minmax")["ranges"]
    assert not found.passed
    assert "mse" in found.cure
    assert found.figures["worst"] > 0.5


def test_the_adviser_chooses_a_set_without_faults() -> None:
    data = clouds([200, 100, 50, 30])
    data.train.inputs[:40] = data.train.inputs[0]  # copies that a balanced choice may take
    rows = advised_rows(data, STEP, network(), cancel=CancelToken())
    assert len(rows) == len(set(rows)) == 120
    assert np.bincount(data.train.labels[rows]).tolist() == [30] * 4
    found = checks(data, rows, method="percentile")
    assert all(found[name].passed for name in ("size", "classes", "copies", "boundary"))
    near = margins(network()(torch.from_numpy(data.train.inputs[rows])).detach().numpy()) < NEAR
    assert near.sum() >= 12


def test_the_advised_set_reaches_farther_than_chance() -> None:
    """k-center covers: no sample is as far from the chosen ones as with a random choice."""
    data = clouds([150] * CLASSES)

    def cover(rows: np.ndarray) -> float:
        chosen = data.train.inputs[rows]
        distance = np.square(data.train.inputs[:, None] - chosen[None]).sum(axis=2)
        return float(distance.min(axis=1).max())

    advised = calibration_rows(data, STEP, network())
    chance = calibration_rows(data, dataclasses.replace(STEP, choice="balanced"))
    assert cover(advised) < cover(chance)
    again = calibration_rows(data, STEP, network())
    np.testing.assert_array_equal(advised, again)


def test_autoencoders_have_no_boundary() -> None:
    data, module = clouds([60] * CLASSES), network()
    module.reconstructs = True  # type: ignore[assignment]
    rows = advised_rows(data, STEP, module, cancel=CancelToken())
    found = examine(data, rows, STEP, module, cancel=CancelToken())
    assert len(rows) == 120
    assert "boundary" not in [finding.check for finding in found]


def test_a_small_set_gives_all_it_has() -> None:
    rows = advised_rows(clouds([5, 7, 3, 2]), STEP, network(), cancel=CancelToken())
    assert sorted(rows) == list(range(17))


def test_a_set_for_an_autoencoder_need_not_hold_faulty_samples() -> None:
    data = clouds([200, 200, 200]).replaced(normal=("a", "c"))
    module = build_network("autoencoder-s", data.input_shape, 0, seed=0).eval()
    rows = calibration_rows(data, STEP, module)
    found = {f.check: f for f in examine(data, rows, STEP, module, cancel=CancelToken())}
    assert found["classes"].passed
    assert found["classes"].figures == {"classes": 2, "absent": 0}
    lacking = rows[data.train.labels[rows] == 0]
    found = {f.check: f for f in examine(data, lacking, STEP, module, cancel=CancelToken())}
    assert "No sample of c" in found["classes"].sentence
