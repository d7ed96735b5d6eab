"""Training batches: which copy of which sample comes when, and what happens to it on the way."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from engine.data.labelled_set import LabelledSet

# An augmented epoch is at least this long: small sets would otherwise be all validation.
_SAMPLES_PER_EPOCH = 3840
_TIME_MASKS = 2
_MASK_FRAMES = 5
# Vectors of vibration have no copies, but their network hides other inputs each time.
_AUGMENTED_KINDS = ("mfcc", "log-mel", "spectrum", "gain-free", "image")
_MASKED_KINDS = ("mfcc", "log-mel")


def to_tensor(inputs: NDArray[np.float32]) -> torch.Tensor:
    """Channels last as numpy has them, channels first as torch wants them; vectors stay."""
    tensor = torch.from_numpy(inputs)
    return tensor.movedim(-1, 1) if tensor.ndim > 2 else tensor


class Batches:
    """Draws the batches of every epoch; an epoch's batches depend on nothing but seed and number.

    Args:
        data: the labelled set.
        rows: training samples to use.
        batch_size: samples a batch; fewer if there are not as many.
        augment: draw from the augmented copies, mask or shift.
        seed: decides everything.
    """

    def __init__(
        self, data: LabelledSet, rows: NDArray[np.int64], *, batch_size: int, augment: bool, seed: int
    ) -> None:
        self._data = data
        self._rows = rows
        self._augment = augment and data.kind in _AUGMENTED_KINDS
        self._seed = seed
        self.batch_size = min(batch_size, len(rows))
        self._rounds = math.ceil(_SAMPLES_PER_EPOCH / len(rows)) if self._augment else 1
        self.count = self._rounds * len(rows) // self.batch_size

    def epoch(self, number: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """The batches of one epoch: inputs (batch, channels, ...) and labels (batch,)."""
        generator = np.random.default_rng([self._seed, 3, number])
        order = np.concatenate([generator.permutation(self._rows) for _ in range(self._rounds)])
        copies = len(self._data.train_variants) if self._augment else 0
        for start in range(0, self.count * self.batch_size, self.batch_size):
            rows = order[start : start + self.batch_size]
            inputs = self._data.train.inputs[rows]
            if copies:
                # One more than there are copies: the last number stands for the sample itself.
                choice = generator.integers(0, copies + 1, size=len(rows))
                varied = choice < copies
                inputs[varied] = self._data.train_variants[choice[varied], rows[varied]]
            if self._augment and self._data.kind in _MASKED_KINDS:
                inputs = _mask_frames(inputs, generator)
            if self._augment and self._data.kind == "image":
                inputs = _shift_pictures(inputs, generator, mirror=self._data.mirror)
            yield to_tensor(inputs), torch.from_numpy(self._data.train.labels[rows])


def _mask_frames(inputs: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Replace up to two runs of frames by the sample's mean frame (SpecAugment, Park et al. 2019)."""
    count, frames = inputs.shape[:2]
    numbers = np.arange(frames)
    masked = np.zeros((count, frames), dtype=bool)
    for _ in range(_TIME_MASKS):
        widths = generator.integers(0, _MASK_FRAMES + 1, size=(count, 1))
        starts = generator.integers(0, frames, size=(count, 1))
        masked |= (numbers >= starts) & (numbers < starts + widths)
    mean: NDArray[np.float32] = inputs.mean(axis=1, keepdims=True)
    return np.where(masked[:, :, None, None], mean, inputs)


def _shift_pictures(
    inputs: NDArray[np.float32], generator: np.random.Generator, *, mirror: bool
) -> NDArray[np.float32]:
    """Move each picture by up to a tenth of its size, borders repeated; mirror every second one."""
    count, height, width, _ = inputs.shape
    down, right = (
        generator.integers(-max(1, size // 10), max(1, size // 10) + 1, size=(count, 1))
        for size in (height, width)
    )
    rows = np.clip(np.arange(height) + down, 0, height - 1)
    columns = np.clip(np.arange(width) + right, 0, width - 1)
    if mirror:
        flipped = generator.integers(0, 2, size=count).astype(bool)
        columns[flipped] = columns[flipped, ::-1]
    moved: NDArray[np.float32] = inputs[
        np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]
    ]
    return moved
