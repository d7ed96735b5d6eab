"""Before post-training quantisation: which samples set the ranges, and what helps the weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import nn

from engine.compress.batches import to_tensor
from engine.compress.bias_correction import bias_corrected
from engine.compress.calibration import advised_rows, usable_rows
from engine.compress.equalise import equalised
from engine.compress.fake_quantised import AUTOENCODER_HEADROOM
from engine.data.labelled_set import LabelledSet
from engine.errors import UsageError
from engine.events import CancelToken
from engine.recipe import QuantizeStep


def calibration_inputs(
    data: LabelledSet,
    step: QuantizeStep,
    module: nn.Module | None = None,
    *,
    cancel: CancelToken | None = None,
) -> NDArray[np.float32]:
    """The training samples that set the ranges, see `calibration_rows`; float32, channels last.

    For an autoencoder every second one is stretched by `AUTOENCODER_HEADROOM`: it will be judged by what
    it makes of inputs beyond any that it has seen, and where those are cut off at the end of a range, so
    is the score.
    """
    rows = calibration_rows(data, step, module, cancel=cancel)
    inputs = np.ascontiguousarray(data.train.inputs[rows], np.float32)
    if getattr(module, "reconstructs", False):
        inputs[::2] *= AUTOENCODER_HEADROOM
    return inputs


def calibration_rows(
    data: LabelledSet,
    step: QuantizeStep,
    module: nn.Module | None = None,
    *,
    cancel: CancelToken | None = None,
) -> NDArray[np.int64]:
    """Which training samples set the ranges.

    Args:
        data: only its training part is read, without augmentation.
        step: how many samples, how they are chosen (`balanced`: the same number of every class as far as
            there are enough; `advised`: see `calibration.advised_rows`), and the seed.
        module: the trained float network; `advised` needs it, and an autoencoder's ranges come from the
            healthy samples that it learnt from, as there are no others where it is put to use.
        cancel: checked while the adviser chooses.

    Returns:
        int64 indices into the training part, at most `step.calibration_samples` (`advised`: 100 to 500).

    Raises:
        UsageError: the training part is empty, or fewer than one sample is asked for.
    """
    if step.calibration_samples < 1:
        raise UsageError(
            f"{step.calibration_samples} calibration samples are too few.", hint="Ask for 100 to 500."
        )
    rows = usable_rows(data, module)
    if not len(rows):
        raise UsageError("The training set is empty.", hint="Add samples to the training part.")
    if step.choice == "advised" and module is not None:
        return advised_rows(data, step, module, cancel=cancel or CancelToken())
    labels, generator = data.train.labels[rows], np.random.default_rng(step.seed)
    return rows[_balanced(labels, step.calibration_samples, generator)]


def prepared_network(
    module: nn.Module,
    calibration: NDArray[np.float32],
    step: QuantizeStep,
    *,
    given_ranges: bool = False,
    cancel: CancelToken,
) -> tuple[nn.Module, list[str]]:
    """The float network to convert: as `step` asks, equalised and with corrected biases.

    Args:
        module: trained float network in evaluation mode; it is left alone.
        calibration: float32 (samples, *input_shape), channels last.
        step: settings.
        given_ranges: the network was trained or made with ranges that are kept; then nothing is changed.
        cancel: checked at every layer.

    Returns:
        The network itself if nothing is asked for, else a copy; and a sentence on each thing done.
    """
    inputs, notes = to_tensor(calibration), []
    if given_ranges and (step.equalise or step.bias_correction):
        return module, ["The network came with its ranges, so its weights and biases stay as they are."]
    if step.equalise:
        module, pairs = equalised(module, inputs, cancel=cancel)
        notes.append(
            f"The channels of {pairs} pairs of layers were balanced; the float answers stay the same."
            if pairs
            else "No two layers of this network could be balanced without changing what it computes."
        )
    if step.bias_correction:
        module, layers = bias_corrected(module, inputs, cancel=cancel)
        notes.append(
            f"The biases of {layers} layers make up for the rounding of their weights."
            if layers
            else "The biases stay as they are: the operations of this network cannot be followed."
        )
    return module, notes


def _balanced(labels: NDArray[np.int64], wanted: int, choice: np.random.Generator) -> NDArray[np.int64]:
    """Indices dealt from the shuffled classes in turn, until enough or all are out."""
    piles = [list(choice.permutation(np.flatnonzero(labels == label))) for label in np.unique(labels)]
    chosen: list[int] = []
    while len(chosen) < min(wanted, len(labels)):
        for pile in piles:
            if pile and len(chosen) < wanted:
                chosen.append(int(pile.pop()))
    return np.array(chosen, np.int64)
