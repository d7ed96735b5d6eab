"""How far two forms of one layer differ, kept small while inputs stream by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.summaries import ERROR_EDGES, VerifyRow
from engine.verify.diagnosis import NO_PATTERN, Evidence, likely_cause

RELATIVE = "relative"
QUANTA = "quanta"
FLOAT_LIMIT = 1e-5
QUANTUM_LIMIT = 1.0
_EVIDENCE_INPUTS = 8
_EVIDENCE_ELEMENTS = 1 << 18
BEYOND = 1e9
"""The error of results that cannot be compared: other shapes, infinite or missing numbers."""


def relative_error(reference: NDArray[Any], actual: NDArray[Any]) -> float:
    """Largest difference over the reference's largest magnitude; BEYOND if shapes or NaNs differ."""
    if reference.size != actual.size:
        return BEYOND
    reference = reference.astype(np.float64).ravel()
    actual = actual.astype(np.float64).ravel()
    if not (np.isfinite(reference).all() and np.isfinite(actual).all()):
        return BEYOND
    difference = float(np.abs(reference - actual).max(initial=0.0))
    largest = float(np.abs(reference).max(initial=0.0))
    if largest == 0.0:
        return 0.0 if difference == 0.0 else BEYOND
    return min(difference / largest, BEYOND)


def quanta_error(reference: NDArray[Any], actual: NDArray[Any]) -> float:
    """Largest difference of two arrays of quanta; BEYOND if their sizes differ."""
    if reference.size != actual.size:
        return BEYOND
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
    record = PairRecord(from_form, to_form, unit)
    record.note(layer, reference, actual, actual, limit=limit)
    return record.rows()[0]


@dataclass
class _Layer:
    limit: float
    unit: str
    isolated: float = 0.0
    cumulated: float = 0.0
    signal: float = 0.0
    noise: float = 0.0
    worst: float = 0.0
    worst_index: list[int] | None = None
    cause: str = ""
    counts: NDArray[np.int64] | None = None

    @property
    def passed(self) -> bool:
        return self.isolated <= self.limit

    @property
    def signal_to_noise_db(self) -> float | None:
        if self.noise == 0.0:
            return None
        return 10 * math.log10(self.signal / self.noise) if self.signal else 0.0


@dataclass
class PairRecord:
    """The worst differences of one pair of forms so far, by layer in order of execution.

    Of the first layer that is above its limit a few inputs' results are kept, to tell the cause from.
    """

    from_form: str
    to_form: str
    unit: str
    channels_first: bool = False
    layers: dict[str, _Layer] = field(default_factory=dict)
    _evidence: list[tuple[NDArray[Any], NDArray[Any]]] = field(default_factory=list)
    _evidence_of: str = ""
    _asked: set[str] = field(default_factory=set)

    def unexplained(self) -> str:
        """The first layer above its limit if its differences follow no pattern; each is named once."""
        guilty = next((name for name, kept in self.layers.items() if not kept.passed), "")
        if not guilty or guilty in self._asked or self.cause() not in ("", NO_PATTERN):
            return ""
        self._asked.add(guilty)
        return guilty

    def explain(self, layer: str, cause: str) -> None:
        """Keep what was found out about a layer; nothing changes with ''."""
        self.layers[layer].cause = self.layers[layer].cause or cause

    def note(
        self,
        layer: str,
        reference: NDArray[Any],
        isolated: NDArray[Any],
        cumulated: NDArray[Any] | None,
        *,
        limit: float,
    ) -> None:
        """Keep the worst of one more input.

        Args:
            layer: its name.
            reference: what the first form gave, or what is right.
            isolated: what the second form gave from the first one's operands.
            cumulated: what it gave in a whole run, None if that cannot be compared.
            limit: largest isolated difference that passes.
        """
        unit = RELATIVE if reference.dtype.kind == "f" else self.unit
        kept = self.layers.setdefault(layer, _Layer(limit, unit))
        measure = relative_error if unit == RELATIVE else quanta_error
        kept.limit = min(kept.limit, limit)
        error = measure(reference, isolated)
        kept.isolated = max(kept.isolated, error)
        if cumulated is not None:
            self.note_cumulated(layer, reference, cumulated)
        if reference.size == isolated.size:
            self._note_noise(kept, reference, isolated, error)
        if error > limit and self._is_first(layer):
            self._evidence = []
            self._evidence_of = layer
        if layer == self._evidence_of and len(self._evidence) < _EVIDENCE_INPUTS:
            if (len(self._evidence) + 1) * reference.size <= _EVIDENCE_ELEMENTS or not self._evidence:
                self._evidence.append((np.array(reference), np.array(isolated)))

    def note_constants(
        self, layer: str, reference: NDArray[Any], whole: NDArray[Any], *, limit: float
    ) -> None:
        """Keep the worst of one more input where only constants and whole runs can be compared.

        Args:
            layer: its name.
            reference: what the first form gave in a whole run, in the second one's quanta.
            whole: what the second form gave in a whole run.
            limit: largest error of the layer's constants that passes, in quanta.
        """
        kept = self.layers.setdefault(layer, _Layer(limit, self.unit))
        error = quanta_error(reference, whole)
        kept.cumulated = max(kept.cumulated, error)
        if reference.size == whole.size:
            self._note_noise(kept, reference, whole, error)

    def note_wrong_constants(self, layer: str, error: float, cause: str, *, limit: float) -> None:
        """A layer whose scales, zero points, weights or biases are not what they should be."""
        kept = self.layers.setdefault(layer, _Layer(limit, self.unit))
        kept.isolated = max(kept.isolated, error)
        kept.cause = kept.cause or cause

    def note_cumulated(self, layer: str, reference: NDArray[Any], actual: NDArray[Any]) -> None:
        """Keep the worst difference of whole runs, where their reference is not the isolated one's."""
        kept = self.layers[layer]
        measure = relative_error if kept.unit == RELATIVE else quanta_error
        kept.cumulated = max(kept.cumulated, measure(reference, actual))

    def _note_noise(
        self, kept: _Layer, reference: NDArray[Any], actual: NDArray[Any], error: float
    ) -> None:
        real = reference.astype(np.float64)
        difference = actual.astype(np.float64).reshape(real.shape) - real
        kept.signal += float(np.square(real - real.mean()).sum()) if real.size else 0.0
        kept.noise += float(np.square(difference).sum())
        edges = ERROR_EDGES[kept.unit]
        size = np.abs(difference).ravel()
        if kept.unit == RELATIVE:
            size = size / (float(np.abs(real).max(initial=0.0)) or 1.0)
        places = np.searchsorted(edges, size)  # what is not a number is beyond all edges
        counts = np.bincount(places, minlength=len(edges) + 1)
        kept.counts = counts if kept.counts is None else kept.counts + counts
        if error > kept.worst:
            kept.worst = error
            place = np.unravel_index(int(np.abs(difference).argmax()), real.shape)
            kept.worst_index = [int(n) for n in place]

    def _is_first(self, layer: str) -> bool:
        order = list(self.layers)
        return not self._evidence_of or order.index(layer) < order.index(self._evidence_of)

    def rows(self) -> list[VerifyRow]:
        """One row per layer."""
        return [
            VerifyRow(
                self.from_form,
                self.to_form,
                layer,
                kept.isolated,
                kept.cumulated,
                kept.unit,
                kept.limit,
                kept.passed,
                kept.signal_to_noise_db if math.isfinite(kept.noise) else None,
                kept.worst_index,
                [] if kept.counts is None else kept.counts.tolist(),
            )
            for layer, kept in self.layers.items()
        ]

    def cause(self) -> str:
        """What the first layer above its limit looks like, '' if there is none."""
        guilty = next((name for name, kept in self.layers.items() if not kept.passed), "")
        if not guilty:
            return ""
        kept = self.layers[guilty]
        if kept.cause or not self._evidence or self._evidence_of != guilty:
            return kept.cause
        reference, actual = (_stacked(values) for values in zip(*self._evidence, strict=True))
        largest = float(np.abs(reference.astype(np.float64)).max(initial=0.0))
        evidence = Evidence(
            reference,
            actual,
            kept.limit * largest if kept.unit == RELATIVE else kept.limit,
            quanta=kept.unit == QUANTA,
            channel_axis=1 if self.channels_first else -1,
        )
        return likely_cause(evidence)


def _stacked(values: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Several inputs' results behind one another; results come with a batch of one in front."""
    return np.concatenate([value if value.ndim else value.reshape(1) for value in values])


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


def first_cause(records: Sequence[PairRecord]) -> str:
    """The likely cause at the first layer that did not pass, '' if all did."""
    return next((cause for record in records if (cause := record.cause())), "")
