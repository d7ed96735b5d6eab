"""The tables of docs/results.md compare like with like, and show only what was measured."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from engine.compress.paired import paired_difference
from engine.data.spec import DataSpec
from engine.metrics import calibration_error
from engine.recipe import PruneStep, QatStep, TrainStep
from tests.results import measure as measuring
from tests.results.board import board_run, kept_board_run
from tests.results.document import document
from tests.results.measure import Wanted, measure, measurement, usual
from tests.results.statistics import (
    Pooled,
    calibration_difference,
    calibration_errors,
    difference,
    share_kept,
    verdict,
)
from tests.results.subjects import SUBJECTS, Subject
from tests.results.tables import tables, without_compression

ROWS = [
    pytest.param(row, id=f"{name}: {row.after.subject}: {row.title}")
    for name, table in tables().items()
    for part in table.parts
    for row in part.rows
]


def epochs(wanted):
    return sum(getattr(step, "epochs", 0) for step in wanted.steps)


@pytest.mark.parametrize("row", ROWS)
def test_both_sides_of_a_row_train_as_long_on_the_same_data(row):
    assert epochs(row.before) == epochs(row.after)
    assert row.before.subject == row.after.subject


def test_without_compression_only_training_is_left():
    steps = [PruneStep(epochs=7), QatStep(epochs=3, learning_rate=1e-4)]
    first, second = without_compression(steps)
    assert (first.kind, first.epochs, first.learning_rate) == ("train", 7, PruneStep().learning_rate)
    assert (second.kind, second.epochs, second.learning_rate) == ("train", 3, 1e-4)


def answers(right, clusters, certainty=None):
    right = np.asarray(right)
    certainty = certainty if certainty is not None else np.full(len(right), 0.5)
    form = {"right": "".join(map(str, right)), "certainty": list(certainty)}
    return {"clusters": list(clusters), "float": form, "teacher": form}


def test_the_same_split_in_every_seed_is_judged_as_seeds_of_one_set():
    generator = np.random.default_rng(0)
    clusters = [f"speaker {n}" for n in generator.integers(0, 12, 90)]
    a, b = (generator.integers(0, 2, (3, 90)) for _ in range(2))
    pools = [Pooled(tuple(answers(row, clusters) for row in rows), "float") for rows in (a, b)]
    assert difference(*pools) == pytest.approx(paired_difference(a, b, clusters))


def test_a_speaker_of_several_seeds_is_one_cluster():
    clusters = ["ann", "bob", "cid"] * 20
    right = [1, 0, 0] * 20
    one = Pooled((answers(right, clusters),), "float")
    twice = Pooled((answers(right, clusters),) * 2, "float")
    wrong = answers([0] * 60, clusters)
    once = difference(Pooled((wrong,), "float"), one)
    assert difference(Pooled((wrong,) * 2, "float"), twice) == pytest.approx(once)


def test_calibration_is_that_of_the_metrics():
    generator = np.random.default_rng(1)
    probabilities = generator.dirichlet(np.ones(5), 200)
    labels = generator.integers(0, 5, 200)
    right = (probabilities.argmax(1) == labels).astype(int)
    pool = Pooled((answers(right, range(200), probabilities.max(1)),), "float")
    (error,) = calibration_errors(pool, np.ones((1, 200)))
    assert error == pytest.approx(calibration_error(probabilities, labels))
    assert calibration_difference(pool, pool)[2] == (0, 0, 0)
    assert share_kept(pool, pool).points == 100


@pytest.mark.parametrize(
    ("points", "low", "high", "most_loss", "words"),
    [
        (-0.2, -0.9, 0.5, 1.0, "no difference shown; at most 1 lost: shown"),
        (-0.2, -0.9, 0.5, 0.3, "no difference shown; at most 0.3 lost: so in the mean, not shown"),
        (-4.0, -5.0, -3.0, 1.5, "a loss; at most 1.5 lost: missed"),
        (-2.0, -3.0, -1.0, 1.5, "a loss; at most 1.5 lost: missed in the mean"),
        (-0.5, -0.9, -0.1, None, "a loss, but less than the 1.0 points that 960 clips resolve"),
        (2.0, 1.0, 3.0, 0.0, "a gain; nothing lost: shown"),
    ],
)
def test_words_follow_the_interval(points, low, high, most_loss, words):
    from engine.compress.paired import PairedDifference

    assert verdict(PairedDifference(points, low, high), 960, most_loss) == words


def test_nothing_is_said_of_what_was_not_measured(tmp_path):
    text = document(tmp_path, [0, 1, 2])
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows == [
        "| network | parameters | float file | INT8 file | INT8 / float | weights and biases alone |",
        "|---|---|---|---|---|---|",
    ]
    assert len(re.findall("not measured", text)) >= sum(len(t.parts) for t in tables().values())


def test_a_row_says_which_seeds_it_holds_and_how_old_it_is(tmp_path):
    row = next(row for row in tables()["qat"].parts[0].rows if row.title == "QAT")
    if SUBJECTS[row.after.subject].missing:
        pytest.skip("its data are not on this machine")
    (tmp_path / "measurements").mkdir()
    clusters = [f"speaker {n % 10}" for n in range(100)]
    right = {row.before: "1" * 90 + "0" * 10, row.after: "1" * 80 + "0" * 20}
    for wanted, bits in right.items():
        forms = dict.fromkeys(("float", "int8"), {"right": bits, "certainty": [0.5] * 100})
        sizes = dict.fromkeys(("parameters", "macs", "float_bytes", "int8_bytes"), 100)
        depends = wanted.depends(1)
        del depends["spec"]["mirror"]  # as if the setting had been invented since
        kept = {"clusters": clusters, "code_version": "0.0.0", "depends": depends, **forms, **sizes}
        place = tmp_path / "measurements" / f"{len(bits.rstrip('0'))}-0.0.0.json"
        place.write_text(json.dumps(kept))
    lines = document(tmp_path, [0, 1]).splitlines()
    shown = [line for line in lines if line.startswith("| QAT | float -> INT8 | 90.0 % | 80.0 %")]
    assert len(shown) == 1
    assert "| -10.00 [" in shown[0]
    assert "| 1 |" in shown[0]
    assert "older version" in shown[0]


def test_a_network_is_measured_once_and_runs_on_the_virtual_board(tmp_path, monkeypatch):
    digits = DataSpec(source="builtin:digits", task="images")
    subject = Subject("digits", digits, (TrainStep(epochs=1),), "tiny-cnn")
    monkeypatch.setitem(SUBJECTS, "digits", subject)
    wanted = Wanted("digits", usual(*subject.base))
    found = measure(wanted, 0, tmp_path)
    assert len(found["float"]["right"]) == len(found["int8"]["right"]) == len(found["clusters"])
    assert found["int8_bytes"] < found["float_bytes"]
    assert found["int8_constant_bytes"] < 0.3 * found["float_constant_bytes"]
    monkeypatch.setattr(measuring, "_judged", None)
    assert measure(wanted, 0, tmp_path) == found
    assert measurement(wanted, 1, tmp_path) is None
    assert wanted.key(0) != wanted.key(1)
    ran = board_run(wanted, 0, tmp_path)
    assert ran["inputs"] == len(found["int8"]["right"])
    assert ran["mismatched_bytes"] == 0
    assert ran["accuracy"] == ran["host_accuracy"]
    assert ran["accuracy"] == pytest.approx(found["int8"]["right"].count("1") / ran["inputs"])
    assert board_run(wanted, 0, tmp_path) == ran == kept_board_run(wanted, 0, tmp_path)
