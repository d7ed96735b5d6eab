"""The search for candidates: what it spends training on, when it ends, what survives in its journal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.candidates import Candidate, Cost, SearchSpace, Trial, pareto_front
from engine.compress.finetune import TrainingFailed
from engine.compress.search import judged_before, search
from engine.errors import BadInputFile, Cancelled, UnsupportedOperator, UsageError
from engine.events import CancelToken

SPACE = SearchSpace(("small", "large"), (0, 40), (False, True), (16, 32))


class Judge:
    """Large networks are better and slower, pruning costs a little accuracy; only 50 ms are allowed."""

    def __init__(self) -> None:
        self.trained_candidates: list[Candidate] = []

    def cost(self, candidate: Candidate) -> Cost:
        latency = {"small": 20.0, "large": 80.0}[candidate.network] * (
            1 - candidate.pruned_percent / 100
        )
        latency *= (1.5 if candidate.first_last_int16 else 1.0) * (candidate.image_size / 32) ** 2
        return Cost(1000, 500, latency, {"flash": -0.5, "ram": -0.5, "latency": latency / 50 - 1})

    def trained(self, candidate: Candidate) -> tuple[float, Cost]:
        self.trained_candidates.append(candidate)
        return accuracy_of(candidate), self.cost(candidate)


def accuracy_of(candidate: Candidate) -> float:
    return (
        {"small": 0.8, "large": 0.9}[candidate.network]
        - candidate.pruned_percent / 1000
        + (0.01 if candidate.first_last_int16 else 0)
        - (0.05 if candidate.image_size == 16 else 0)
    )


def searched(folder, judge, *, trials, seed=0, cancel=None, tell=lambda trial, judged: None):
    return search(
        SPACE,
        judge,
        trials=trials,
        journal=folder / "journal.log",
        study="s",
        seed=seed,
        cancel=cancel or CancelToken(),
        tell=tell,
    )


def test_nothing_that_does_not_fit_is_trained_and_nothing_twice(tmp_path):
    judge = Judge()
    trials = searched(tmp_path, judge, trials=100)
    assert len(judge.trained_candidates) == len(set(judge.trained_candidates))
    assert all(judge.cost(candidate).fits for candidate in judge.trained_candidates)
    refused = [trial for trial in trials if trial.accuracy is None]
    assert refused
    assert all(not trial.cost.fits for trial in refused)


def test_the_first_candidate_is_what_the_project_is_now(tmp_path):
    (first,) = searched(tmp_path, Judge(), trials=1)
    assert first.candidate == Candidate("small", 0, False, 16)


def test_it_finds_the_best_that_fits(tmp_path):
    everything = [
        Candidate(network, pruned, wide, size)
        for network in SPACE.networks
        for pruned in SPACE.pruned_percents
        for wide in SPACE.first_last_int16
        for size in SPACE.image_sizes
    ]
    assert len(everything) == SPACE.size
    best = max((c for c in everything if Judge().cost(c).fits), key=accuracy_of)
    front = pareto_front(searched(tmp_path, Judge(), trials=100))
    assert front[-1].candidate == best


def test_a_second_search_goes_on_from_the_journal(tmp_path):
    first, second = Judge(), Judge()
    searched(tmp_path, first, trials=3)
    trials = searched(tmp_path, second, trials=5)
    assert len(first.trained_candidates) == 3
    assert len(second.trained_candidates) == 2
    assert not set(first.trained_candidates) & set(second.trained_candidates)
    assert len({trial.number for trial in trials}) == len(trials)
    assert judged_before(tmp_path / "journal.log", "s") == trials
    assert judged_before(tmp_path / "journal.log", "another") == []


def test_cancel_keeps_what_was_judged(tmp_path):
    token = CancelToken()
    with pytest.raises(Cancelled):
        searched(tmp_path, Judge(), trials=9, cancel=token, tell=lambda *_: token.cancel())
    assert len(judged_before(tmp_path / "journal.log", "s")) == 1


def test_two_machines_share_a_journal(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.engine.compress.test_search import *\n"
        "judge = Judge(); searched(Path(sys.argv[1]), judge, trials=8, seed=int(sys.argv[2]))\n"
        "print(len(judge.trained_candidates))"
    )
    searched(tmp_path, Judge(), trials=1)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(seed)], stdout=subprocess.PIPE, text=True
        )
        for seed in (1, 2)
    ]
    counts = [int(process.communicate()[0]) for process in processes]
    trials = judged_before(tmp_path / "journal.log", "s")
    trained = [trial for trial in trials if trial.accuracy is not None]
    assert 8 <= len(trained) <= 9  # the last two may have been under way together
    assert len(trained) - 1 <= sum(counts) <= 9 + 2


def test_a_candidate_that_cannot_be_converted_is_left_out_with_its_reason(tmp_path):
    class Refusing(Judge):
        def cost(self, candidate):
            if candidate.pruned_percent:
                raise UnsupportedOperator("No kernel does that.", hint="Choose another.")
            return super().cost(candidate)

    trials = searched(tmp_path, Refusing(), trials=100)
    assert {t.problem for t in trials if t.candidate.pruned_percent} == {"No kernel does that."}
    assert all(t.cost is None for t in trials if t.candidate.pruned_percent)


def test_a_training_that_diverges_does_not_end_the_search(tmp_path):
    class Diverging(Judge):
        def trained(self, candidate):
            if not candidate.pruned_percent:
                raise TrainingFailed("The loss is not a number.", hint="Lower the rate.")
            return super().trained(candidate)

    trials = searched(tmp_path, Diverging(), trials=100)
    whole = [t for t in trials if not t.candidate.pruned_percent and t.cost.fits]
    assert {t.problem for t in whole} == {"The loss is not a number."}
    assert len(pareto_front(trials)) > 0


def test_a_fault_that_all_candidates_share_ends_the_search(tmp_path):
    class Broken(Judge):
        def trained(self, candidate):
            raise BadInputFile("The samples are gone.", hint="Bring them back.")

    with pytest.raises(BadInputFile, match="samples are gone"):
        searched(tmp_path, Broken(), trials=3)


def test_a_damaged_journal_is_named(tmp_path):
    (tmp_path / "journal.log").write_text("this is no journal\n")
    with pytest.raises(BadInputFile, match="journal"):
        searched(tmp_path, Judge(), trials=1)


def trial(number, accuracy, latency, *, fits=True):
    excess = {"flash": -0.1 if fits else 0.1}
    return Trial(number, Candidate("n", number, False, 0), Cost(1, 1, latency, excess), accuracy)


def test_the_front_holds_what_nothing_beats():
    slower_and_worse, slow, fast = trial(0, 0.7, 9.0), trial(1, 0.9, 8.0), trial(2, 0.8, 2.0)
    too_big, untrained = trial(3, 0.99, 1.0, fits=False), trial(4, None, 1.0)
    equal_but_slower = trial(5, 0.8, 3.0)
    trials = [slower_and_worse, slow, fast, too_big, untrained, equal_but_slower]
    assert pareto_front(trials) == [fast, slow]


def test_a_usage_error_of_one_candidate_does_not_end_the_search(tmp_path):
    class Particular(Judge):
        def cost(self, candidate):
            if candidate.network == "large":
                raise UsageError("The network large needs larger pictures.")
            return super().cost(candidate)

    trials = searched(tmp_path, Particular(), trials=100)
    assert any("larger pictures" in t.problem for t in trials)
    assert any(t.accuracy is not None for t in trials)
