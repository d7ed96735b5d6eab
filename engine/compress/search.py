"""Which network, how many filters, how many bits and which size of input are best on a board.

Optuna's tree-structured Parzen estimator (Bergstra et al. 2011) proposes; flash, RAM and time are limits
that are known before a candidate is trained, so no training is spent on what cannot fit. The study lives
in a journal file: a search goes on after it was stopped, and several machines may share one.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from engine.candidates import Candidate, Cost, SearchSpace, Trial
from engine.errors import BadInputFile, EngineError
from engine.events import CancelToken

_REPEATS = 40  # proposals in a row that were tried already: little is left to find
_UNTRAINED = 0.0


class Judge(Protocol):
    """What the search asks about a candidate."""

    def cost(self, candidate: Candidate) -> Cost:
        """What the candidate takes on the board, before any training."""

    def trained(self, candidate: Candidate) -> tuple[float, Cost]:
        """What it gets right on the validation samples, trained and in 8 bits, and what that takes."""


def search(
    space: SearchSpace,
    judge: Judge,
    *,
    trials: int,
    journal: Path,
    study: str,
    seed: int,
    cancel: CancelToken,
    tell: Callable[[Trial, list[Trial]], None],
) -> list[Trial]:
    """Try candidates until so many were trained, or until there are no new ones.

    Args:
        space: what may be combined.
        judge: knows cost and accuracy.
        trials: how many to have trained at the end, those in the journal counted in; candidates that
            do not fit cost no training and do not count.
        journal: file of the study; made where it is absent.
        study: name of the study in it: equal only for the same data, board and limits.
        seed: of the proposals.
        cancel: checked before each candidate.
        tell: called after each with it and all that were judged so far.

    Returns:
        All judged candidates, each once, in their order.

    Raises:
        BadInputFile: the journal cannot be read or written.
        Cancelled: the user stopped it; what was judged stays in the journal.
        EngineError: the judge failed in a way that other candidates would share.
    """
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    opened = _open_study(optuna, journal, study, seed)
    judged = _judged(opened)
    if not opened.trials:
        opened.enqueue_trial(dataclasses.asdict(_first(space)))
    repeats = 0
    while (
        sum(trial.accuracy is not None for trial in judged.values()) < trials
        and len(judged) < space.size
        and repeats < _REPEATS
    ):
        cancel.check()
        proposal = opened.ask()
        candidate = _proposed(proposal, space)
        known = judged.get(candidate)
        repeats = repeats + 1 if known is not None else 0
        found = known or _judge(proposal.number, candidate, judge)
        for limit, over in (found.cost.excess if found.cost else {"converts": 1.0}).items():
            proposal.set_constraint(limit, over)
        proposal.set_user_attr("trial", found.to_document())
        latency = found.cost.latency_ms if found.cost else 0.0
        opened.tell(proposal, [found.accuracy or _UNTRAINED, latency])
        if known is None:
            judged = _judged(opened)  # other machines have judged meanwhile
            tell(found, list(judged.values()))
    return list(judged.values())


def judged_before(journal: Path, study: str) -> list[Trial]:
    """What a study in a journal has judged; nothing where there is none.

    Raises:
        BadInputFile: the journal cannot be read.
    """
    if not journal.exists():
        return []
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    return list(_judged(_open_study(optuna, journal, study, seed=0)).values())


def _judge(number: int, candidate: Candidate, judge: Judge) -> Trial:
    cost = None
    try:
        cost = judge.cost(candidate)
        if not cost.fits:
            return Trial(number, candidate, cost, None, " ".join(cost.reasons))
        accuracy, cost = judge.trained(candidate)
    except EngineError as error:
        if error.exit_code not in _ITS_OWN_FAULT:
            raise
        return Trial(number, candidate, cost, None, error.message)
    return Trial(number, candidate, cost, accuracy)


# A setting that this network cannot take, a training that diverged, an unsupported operator: others may
# do better.
_ITS_OWN_FAULT = (2, 4)


def _open_study(optuna: Any, journal: Path, name: str, seed: int) -> Any:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    try:
        journal.parent.mkdir(parents=True, exist_ok=True)
        storage = JournalStorage(JournalFileBackend(str(journal)))
        study = optuna.create_study(
            storage=storage,
            study_name=name,
            load_if_exists=True,
            directions=["maximize", "minimize"],
        )
        before = len(study.trials)
    except (OSError, ValueError, KeyError) as error:
        raise BadInputFile(
            f"The journal of the search cannot be used: {error}.",
            hint="Name another file with --journal, or remove this one.",
            path=str(journal),
        ) from error
    study.sampler = optuna.samplers.TPESampler(seed=seed + before)
    return study


def _first(space: SearchSpace) -> Candidate:
    return Candidate(
        space.networks[0], space.pruned_percents[0], space.first_last_int16[0], space.image_sizes[0]
    )


def _proposed(trial: Any, space: SearchSpace) -> Candidate:
    # sorted: a study allows one order only, whatever comes first now
    return Candidate(
        network=trial.suggest_categorical("network", sorted(space.networks)),
        pruned_percent=trial.suggest_categorical("pruned_percent", sorted(space.pruned_percents)),
        first_last_int16=trial.suggest_categorical("first_last_int16", sorted(space.first_last_int16)),
        image_size=trial.suggest_categorical("image_size", sorted(space.image_sizes)),
    )


def _judged(study: Any) -> dict[Candidate, Trial]:
    """What this machine and others have judged, each candidate once: the first judgement counts."""
    judged: dict[Candidate, Trial] = {}
    for stored in study.get_trials(deepcopy=False):
        document = stored.user_attrs.get("trial")
        if document is not None and stored.state.is_finished():
            trial = Trial.from_document(stored.number, document)
            judged.setdefault(trial.candidate, trial)
    return judged
