"""What a search for a network that fits a board combines, and what it finds out about each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.recipe import PruneStep, QuantizeStep, Recipe


@dataclass(frozen=True)
class Candidate:
    """One way to make the network small.

    Attributes:
        network: of the zoo; "" for the project's own file.
        pruned_percent: share of every layer's filters that goes.
        first_last_int16: 16-bit activations in the first and last layer.
        image_size: edge of the pictures in pixels; 0 for data of another kind.
    """

    network: str
    pruned_percent: int
    first_last_int16: bool
    image_size: int

    def in_recipe(self, recipe: Recipe) -> Recipe:
        """The recipe as this candidate wants it.

        Its prune step keeps its settings but for the share, and takes that from each layer: then the
        number of channels does not depend on weights, and what the candidate costs is known before it is
        trained. Without a prune step one comes last before the conversion.
        """
        quantize, _ = recipe.quantisation()
        steps = [step for step in recipe.steps if not isinstance(step, QuantizeStep)]
        found = [(place, step) for place, step in enumerate(steps) if isinstance(step, PruneStep)]
        place, own = found[0] if found else (len(steps), PruneStep())
        share = self.pruned_percent / 100
        changed = dataclasses.replace(own, enabled=share > 0, ratio=share, scope="layer")
        steps[place : place + 1] = [changed]
        quantize = dataclasses.replace(quantize, first_last_int16=self.first_last_int16)
        return Recipe((*steps, quantize))


@dataclass(frozen=True)
class SearchSpace:
    """What may be combined; the first of each is tried first."""

    networks: tuple[str, ...]
    pruned_percents: tuple[int, ...]
    first_last_int16: tuple[bool, ...]
    image_sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many candidates there are."""
        return (
            len(self.networks)
            * len(self.pruned_percents)
            * len(self.first_last_int16)
            * len(self.image_sizes)
        )


@dataclass(frozen=True)
class Cost:
    """Predicted of the 8-bit network on the board.

    Attributes:
        flash_bytes: weights, code and tables.
        ram_bytes: arena, buffers and stack.
        latency_ms: of one inference.
        excess: by limit (`flash`, `ram`, `latency`), by which share of it the network is over; not above
            0 where it fits.
        reasons: sentences that say what does not fit.
    """

    flash_bytes: int
    ram_bytes: int
    latency_ms: float
    excess: dict[str, float]
    reasons: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every limit is kept."""
        return all(over <= 0 for over in self.excess.values())


@dataclass(frozen=True)
class Trial:
    """A candidate that was judged.

    Attributes:
        number: in the study.
        candidate: what was tried.
        cost: None where it could not be converted.
        accuracy: of the 8-bit network on the validation samples, a fraction; None where nothing was
            trained because it does not fit.
        problem: why it was not trained, or "".
    """

    number: int
    candidate: Candidate
    cost: Cost | None
    accuracy: float | None
    problem: str = ""

    def to_document(self) -> dict[str, Any]:
        """Plain values for a journal; `from_document` is its inverse."""
        document = dataclasses.asdict(self)
        del document["number"]
        return document

    @classmethod
    def from_document(cls, number: int, document: dict[str, Any]) -> Trial:
        """Read what `to_document` gave.

        Raises:
            KeyError, TypeError: it is not such a document.
        """
        cost = document["cost"]
        if cost is not None:
            cost = Cost(**{**cost, "reasons": tuple(cost["reasons"])})
        return cls(
            number=number,
            candidate=Candidate(**document["candidate"]),
            cost=cost,
            accuracy=document["accuracy"],
            problem=document["problem"],
        )


def pareto_front(trials: Iterable[Trial]) -> list[Trial]:
    """Those that fit and that no other one beats in accuracy without being slower; fastest first."""
    usable: list[Trial] = []
    points: list[tuple[float, float]] = []
    for trial in trials:
        if trial.cost is not None and trial.cost.fits and trial.accuracy is not None:
            usable.append(trial)
            points.append((trial.cost.latency_ms, trial.accuracy))
    return [usable[index] for index in front_of(points)]


def front_of(points: Sequence[tuple[float, float]]) -> list[int]:
    """Places of those points (time, accuracy) that no other beats in accuracy without taking longer.

    The fastest comes first; of equal points only one is on the front.
    """
    front: list[int] = []
    for index in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if not front or points[index][1] > points[front[-1]][1]:
            front.append(index)
    return front
