"""How far two forms of one layer differ, kept small while inputs stream by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.summaries import VerifyRow

RELATIVE = "relative"
QUANTA = "quanta"
FLOAT_LIMIT = 1e-5
QUANTUM_LIMIT = 1.0


def relative_error(reference: NDArray[Any], actual: NDArray[Any]) -> float:
    """Largest difference over the largest magnitude of the reference; inf if shapes or NaNs differ."""
    if reference.size != actual.size:
        return float("inf")
    reference = reference.astype(np.float64).ravel()
    actual = actual.astype(np.float64).ravel()
    if not (np.isfinite(reference).all() and np.isfinite(actual).all()):
        return float("inf")
    difference = float(np.abs(reference - actual).max(initial=0.0))
    largest = float(np.abs(reference).max(initial=0.0))
    if largest == 0.0:
        return 0.0 if difference == 0.0 else float("inf")
    return difference / largest


def quanta_error(reference: NDArray[Any], actual: NDArray[Any]) -> float:
    """Largest difference of two arrays of quanta; inf if their sizes differ."""
    if reference.size != actual.size:
        return float("inf")
    difference = reference.astype(np.float64).ravel() - actual.astype(np.float64).ravel()
    return float(np.abs(difference).max(initial=0.0))


def compare_outputs(
    from_form: str,
    to_form: str,
    layer: str,
    reference: NDArray[Any],
    actual: NDArray[Any],
    *,
    limit: float,
    unit: str = QUANTA,
) -> VerifyRow:
    """One row for two forms' outputs on the same inputs, where no single layer can be fed.

    Args:
        from_form: name of the reference form.
        to_form: name of the form under test.
        layer: name of the layer, or of the network's output.
        reference: what the first form gave, any shape.
        actual: what the second form gave, the same number of elements.
        limit: largest difference that passes.
        unit: `quanta`, or `relative` to the largest magnitude of `reference`.
    """
    measure = relative_error if unit == RELATIVE else quanta_error
    error = measure(reference, actual)
    return VerifyRow(from_form, to_form, layer, error, error, unit, limit, error <= limit)


@dataclass
class _Layer:
    limit: float
    isolated: float = 0.0
    cumulated: float = 0.0


@dataclass
class PairRecord:
    """The worst differences of one pair of forms so far, by layer in order of execution."""

    from_form: str
    to_form: str
    unit: str
    layers: dict[str, _Layer] = field(default_factory=dict)

    def note(self, layer: str, *, isolated: float, cumulated: float, limit: float) -> None:
        """Keep the worst of one more input."""
        kept = self.layers.setdefault(layer, _Layer(limit))
        kept.limit = min(kept.limit, limit)
        kept.isolated = max(kept.isolated, isolated)
        kept.cumulated = max(kept.cumulated, cumulated)

    def rows(self) -> list[VerifyRow]:
        """One row per layer."""
        return [
            VerifyRow(
                self.from_form,
                self.to_form,
                layer,
                kept.isolated,
                kept.cumulated,
                self.unit,
                kept.limit,
                kept.isolated <= kept.limit,
            )
            for layer, kept in self.layers.items()
        ]


def first_guilty(rows: Iterable[VerifyRow]) -> str:
    """A sentence about the first row that did not pass, '' if all did."""
    for row in rows:
        if not row.passed:
            unit = "of its largest value" if row.unit == RELATIVE else "quanta"
            return (
                f"Layer {row.layer} changes from {row.from_form} to {row.to_form}: it differs by "
                f"{row.isolated_error:.3g} {unit}, the limit is {row.limit:.3g}."
            )
    return ""
