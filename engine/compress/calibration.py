"""The calibration adviser: is a set of samples good enough to set ranges, and which would be better?

Copies add nothing; a class that is missing may use other channels; samples between two classes are
those whose answers 8-bit arithmetic can tip; and if the halves of a set give different ranges, a few
more samples would change them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.compress.batches import to_tensor
from engine.data.labelled_set import LabelledSet
from engine.events import CancelToken
from engine.recipe import QuantizeStep
from engine.value_histogram import ValueHistogram, usable_range

FEWEST, MOST = 100, 500
NEAR = 0.5  # probability of the best class minus that of the second
NEAR_SHARE = 0.1  # of a set
RANGE_TOLERANCE = 0.2  # of the wider of two ranges
_NEAR_CHOSEN = 0.25  # of a class's part of an advised set
_BATCH = 128
_ACTIVATIONS = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.Hardswish, nn.SiLU, nn.GELU, nn.ELU),
    *(nn.Sigmoid, nn.Tanh, nn.Hardsigmoid, nn.Hardtanh, nn.Softplus),
)
_CURE = 'Let the adviser choose (choice = "advised")'


@dataclass(frozen=True)
class Finding:
    """One check: what was found, in a sentence, and the cure, empty if it passed.

    `check` is `size`, `classes`, `copies`, `boundary` or `ranges`; `figures` holds plain numbers.
    """

    check: str
    passed: bool
    sentence: str
    cure: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


def advised_rows(
    data: LabelledSet, step: QuantizeStep, module: nn.Module, *, cancel: CancelToken
) -> NDArray[np.int64]:
    """The training samples that the adviser would take: no copies, balanced, near and far.

    A quarter of each class's samples lie nearest to another class (smallest margin between the two best
    probabilities), the rest is spread: each is the one whose outputs are farthest from all chosen before
    (k-center, Gonzalez 1985; Sener and Savarese 2018, arXiv 1708.00489). No margin without classes.

    Args:
        data: only its training part is read, without augmentation.
        step: how many samples, brought to 100..500, and the seed.
        module: trained float network.
        cancel: checked at every batch and sample.

    Returns:
        int64 indices into the training part, all different.
    """
    usable = usable_rows(data, module)
    rows = usable[first_of_copies(data.train.inputs[usable])]
    outputs = _outputs(module, data.train.inputs[rows], cancel)
    near = None if getattr(module, "reconstructs", False) else margins(outputs)
    quotas = _quotas(data.train.labels[rows], min(max(step.calibration_samples, FEWEST), MOST))
    chosen = []
    for label, quota in quotas.items():
        members = np.flatnonzero(data.train.labels[rows] == label)
        first = members[:0]
        if near is not None:
            count = min(round(_NEAR_CHOSEN * quota), int((near[members] < NEAR).sum()))
            first = members[np.argsort(near[members], kind="stable")[:count]]
        chosen.append(_spread(outputs, members, first, quota, cancel))
    return np.sort(rows[np.concatenate(chosen)])


def examine(
    data: LabelledSet,
    rows: NDArray[np.int64],
    step: QuantizeStep,
    module: nn.Module,
    *,
    cancel: CancelToken,
) -> list[Finding]:
    """Every check of a calibration set, in the order that people should mend them.

    Args:
        data: the labelled set.
        rows: indices into its training part.
        step: how ranges are read, and the seed that halves the set.
        module: trained float network.
        cancel: checked at every batch.
    """
    inputs = data.train.inputs[rows]
    findings = [
        _size(len(rows), len(data.train.labels)),
        _classes(data, rows, usable_rows(data, module)),
        _copies(inputs),
    ]
    if not getattr(module, "reconstructs", False):
        findings.append(_boundary(module, data, rows, cancel))
    findings.append(_ranges(module, inputs, step, cancel))
    return findings


def usable_rows(data: LabelledSet, module: nn.Module | None) -> NDArray[np.int64]:
    """Which training samples may set ranges: of an autoencoder those that it learns from, else all."""
    rows = np.arange(len(data.train.labels))
    if not getattr(module, "reconstructs", False) or not data.normal:
        return rows
    healthy = [data.classes.index(name) for name in data.normal]
    return rows[np.isin(data.train.labels, healthy)]


def first_of_copies(inputs: NDArray[np.float32]) -> NDArray[np.int64]:
    """Indices of the samples that differ once they are 8-bit numbers, the first of equals."""
    low, high = usable_range(float(inputs.min()), float(inputs.max())) if inputs.size else (0.0, 1.0)
    quanta = np.rint((inputs.reshape(len(inputs), -1) - low) * (255 / (high - low))).astype(np.uint8)
    seen: dict[bytes, int] = {}
    for row, values in enumerate(quanta):
        seen.setdefault(values.tobytes(), row)
    return np.array(sorted(seen.values()), np.int64)


def margins(outputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probability of the best class minus that of the second, from scores (samples, classes)."""
    probabilities = torch.softmax(torch.from_numpy(outputs).double(), dim=1).numpy()
    best = np.sort(probabilities, axis=1)[:, -2:]
    return best[:, 1] - best[:, 0] if best.shape[1] == 2 else np.ones(len(outputs))


def _size(count: int, available: int) -> Finding:
    figures = {"samples": count, "available": available}
    if FEWEST <= count <= MOST:
        return Finding("size", True, f"{count} samples set the ranges.", figures=figures)
    if count > MOST:
        return Finding(
            "size",
            False,
            f"{count} samples set the ranges; more than {MOST} take time and change little.",
            f"Set calibration_samples to {FEWEST} to {MOST}.",
            figures,
        )
    short = available < FEWEST
    return Finding(
        "size",
        False,
        f"Only {count} samples set the ranges; fewer than {FEWEST} leave them to chance.",
        f"Add examples: the training part has only {available}."
        if short
        else f"Set calibration_samples to {FEWEST} to {MOST}.",
        figures,
    )


def _classes(data: LabelledSet, rows: NDArray[np.int64], usable: NDArray[np.int64]) -> Finding:
    healthy_only = len(usable) < len(data.train.labels)
    wanted = data.normal if healthy_only else data.classes
    found = np.bincount(data.train.labels[rows], minlength=len(data.classes))
    counts = [int(found[data.classes.index(name)]) for name in wanted]
    absent = [name for name, count in zip(wanted, counts, strict=True) if not count]
    figures = {"classes": len(wanted), "absent": len(absent)}
    if not absent:
        kind = "healthy class" if healthy_only else "class"
        text = f"Every {kind} is present, each with {min(counts)} samples or more."
        return Finding("classes", True, text, figures=figures)
    everywhere = set(np.unique(data.train.labels))
    learnt = [name for name in absent if data.classes.index(name) in everywhere]
    return Finding(
        "classes",
        False,
        f"No sample of {', '.join(absent)}.",
        f"{_CURE}, or take more samples."
        if learnt
        else "Add examples of that class: the training part has none either.",
        figures,
    )


def _copies(inputs: NDArray[np.float32]) -> Finding:
    copies = len(inputs) - len(first_of_copies(inputs))
    if not copies:
        return Finding("copies", True, "No sample is a copy of another.", figures={"copies": 0})
    text = f"{copies} samples are copies of others, once they are 8-bit numbers: they add nothing."
    return Finding("copies", False, text, f"{_CURE}.", {"copies": copies})


def _boundary(
    module: nn.Module, data: LabelledSet, rows: NDArray[np.int64], cancel: CancelToken
) -> Finding:
    near = margins(_outputs(module, data.train.inputs, cancel)) < NEAR
    found, available = int(near[rows].sum()), int(near.sum())
    wanted = min(round(NEAR_SHARE * len(rows)), available)
    figures = {"near": found, "wanted": wanted, "available": available}
    text = f"{found} of {len(rows)} samples lie near the boundary between two classes"
    if found >= wanted:
        rest = "." if available >= NEAR_SHARE * len(rows) else ", all that the training part has."
        return Finding("boundary", True, text + (rest if found >= available else "."), figures=figures)
    text += f"; {wanted} would show what rounding does to close answers."
    return Finding("boundary", False, text, f"{_CURE}.", figures)


def _ranges(
    module: nn.Module, inputs: NDArray[np.float32], step: QuantizeStep, cancel: CancelToken
) -> Finding:
    order = np.random.default_rng(step.seed).permutation(len(inputs))
    halves = [
        _layer_ranges(module, inputs[part], step.method, cancel) for part in np.array_split(order, 2)
    ]
    apart: dict[str, float] = {}
    for name, first in halves[0].items():
        second = halves[1].get(name, first)
        wide = max(first[1], second[1]) - min(first[0], second[0])
        apart[name] = (abs(first[0] - second[0]) + abs(first[1] - second[1])) / wide
    worst = max(apart, key=apart.__getitem__)
    figures = {"worst": round(apart[worst], 4), "median": round(float(np.median([*apart.values()])), 4)}
    text = (
        f"The ranges of the halves of the set differ by {figures['median']:.0%} of their width in the "
        f"middle layer and by {apart[worst]:.0%} in the worst ({worst})"
    )
    if apart[worst] <= RANGE_TOLERANCE:
        return Finding("ranges", True, text + ".", figures=figures)
    more = len(inputs) < MOST
    cure = f"Take more samples, up to {MOST}" if more else "Add more varied examples"
    if step.method == "minmax":
        cure += ', or read ranges without rare extremes (method = "mse")'
    return Finding("ranges", False, text + ": more samples would move them again.", cure + ".", figures)


@torch.inference_mode()
def _layer_ranges(
    module: nn.Module, inputs: NDArray[np.float32], method: str, cancel: CancelToken
) -> dict[str, tuple[float, float]]:
    """The range of the input, of every activation function's result and of the output."""
    histograms: dict[str, ValueHistogram] = {}

    def noting(name: str) -> Callable[..., None]:
        def note(_layer: object, _inputs: object, result: object) -> None:
            if isinstance(result, Tensor):
                histograms.setdefault(name, ValueHistogram()).add(result.numpy())

        return note

    hooks = [
        layer.register_forward_hook(noting(name))
        for name, layer in module.named_modules()
        if isinstance(layer, _ACTIVATIONS)
    ]
    hooks.append(module.register_forward_hook(noting("the output")))
    try:
        for part in torch.split(to_tensor(inputs), _BATCH):
            cancel.check()
            noting("the input")(None, None, part)
            module(part)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: usable_range(*found.range(method)) for name, found in histograms.items()}


@torch.inference_mode()
def _outputs(module: nn.Module, inputs: NDArray[np.float32], cancel: CancelToken) -> NDArray[np.float32]:
    parts = []
    for part in torch.split(to_tensor(inputs), _BATCH):
        cancel.check()
        parts.append(module(part).flatten(1).numpy())
    return np.concatenate(parts)


def _quotas(labels: NDArray[np.int64], wanted: int) -> dict[int, int]:
    """How many samples of each class: as equal as the classes' sizes allow."""
    left = {
        int(label): int(count)
        for label, count in zip(*np.unique(labels, return_counts=True), strict=True)
    }
    quotas = dict.fromkeys(left, 0)
    for _ in range(min(wanted, len(labels))):
        label = min((name for name in left if left[name]), key=lambda name: quotas[name])
        quotas[label] += 1
        left[label] -= 1
    return quotas


def _spread(
    outputs: NDArray[np.float32],
    members: NDArray[np.int64],
    first: NDArray[np.int64],
    quota: int,
    cancel: CancelToken,
) -> NDArray[np.int64]:
    """`first`, then always the member that is farthest from all chosen ones."""
    points = outputs[members]
    chosen = [int(np.flatnonzero(members == row)[0]) for row in first]
    if not chosen:  # begin in the middle
        chosen = [int(np.square(points - points.mean(axis=0)).sum(axis=1).argmin())]
    distance = np.full(len(members), np.inf)
    for position in chosen:
        distance = np.minimum(distance, np.square(points - points[position]).sum(axis=1))
    while len(chosen) < quota:
        cancel.check()
        distance[chosen] = -1.0
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.square(points - points[chosen[-1]]).sum(axis=1))
    return members[chosen[:quota]]
