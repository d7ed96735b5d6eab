"""Which filters go: importance of every filter over dependency groups, and the choice among them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from engine.compress.batches import to_tensor
from engine.compress.finetune import TrainingFailed, repetition_error
from engine.compress.groups import dependency_graph, followed, loose_parameters
from engine.compress.traced import channels_first
from engine.events import CancelToken

if TYPE_CHECKING:
    from engine.data.labelled_set import LabelledSet

IMPORTANCES = ("l1", "taylor", "bn-scale")
SCOPES = ("layer", "global")
_FLOOR_SHARE = 0.25  # of its filters that a layer keeps in a ranking over all layers
_GRADIENT_SAMPLES = 512
_GRADIENT_BATCH = 64
_ROOTS = [nn.Conv1d, nn.Conv2d, nn.Linear]


@dataclass
class _Layers:
    """Layers that lose the same channels, by the one that comes first."""

    first: nn.Module
    name: str
    scores: torch.Tensor  # importance of every channel
    target: int  # channels to keep


class Importance:
    """Scores of the filters of a network: for each group of layers (channels,), larger matters more.

    Args:
        kind: one of `IMPORTANCES`.
        module: the network; `taylor` leaves gradients in it until `clear`.
        data: `taylor` reads some of its training samples.
        cancel: checked at every batch.

    Raises:
        TrainingFailed: the kind is unknown, or the network has no BatchNorm to read.
    """

    def __init__(
        self, kind: str, module: nn.Module, data: LabelledSet | None, cancel: CancelToken
    ) -> None:
        import torch_pruning

        if kind not in IMPORTANCES:
            raise TrainingFailed(
                f"Filters cannot be ranked by {kind!r}.", hint=f"Known: {', '.join(IMPORTANCES)}."
            )
        self.kind = kind
        self._module = module
        if kind == "taylor":
            assert data is not None
            _leave_gradients(module, data, cancel)
            self.scorer = torch_pruning.importance.GroupTaylorImportance()
        elif kind == "bn-scale":
            if not any(isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d) for m in module.modules()):
                raise TrainingFailed(
                    "Filters cannot be ranked by the factors of BatchNorm: this network has none.",
                    hint="Choose l1 or taylor; in imported networks BatchNorm is often folded away.",
                )
            self.scorer = torch_pruning.importance.BNScaleImportance()
        else:
            self.scorer = torch_pruning.importance.GroupMagnitudeImportance(p=1)

    def __call__(self, group: Any) -> torch.Tensor | None:
        """Scores of one group, None if it holds nothing to judge by."""
        scores: torch.Tensor | None = self.scorer(group)
        if scores is None or self.kind != "bn-scale":
            return scores
        # Layers without BatchNorm would have no score at all; leave them whole.
        return scores if scores.numel() else None

    def clear(self) -> None:
        """Forget the gradients."""
        self._module.zero_grad(set_to_none=True)


def _leave_gradients(module: nn.Module, data: LabelledSet, cancel: CancelToken) -> None:
    """Gradients of the loss on training samples, the same number of every class as far as possible."""
    module.eval()  # BatchNorm as it will run
    module.zero_grad(set_to_none=True)
    reconstructs = bool(getattr(module, "reconstructs", False))
    labels = torch.from_numpy(data.train.labels)
    if reconstructs:
        normal = torch.tensor([data.classes.index(name) for name in data.normal])
        rows = torch.nonzero(torch.isin(labels, normal)).flatten()
    else:
        rows = torch.arange(len(labels))
    rows = rows[torch.linspace(0, len(rows) - 1, min(_GRADIENT_SAMPLES, len(rows))).long()]
    for part in torch.split(rows, _GRADIENT_BATCH):
        cancel.check()
        inputs, wanted = to_tensor(data.train.inputs[part.numpy()]), labels[part]
        outputs = module(inputs)
        loss = (
            repetition_error(outputs, inputs, wanted)
            if reconstructs
            else functional.cross_entropy(outputs, wanted)
        )
        (loss * len(part) / len(rows)).backward()  # type: ignore[no-untyped-call]


@dataclass
class Selection:
    """How many channels each layer keeps in the end; remembers the widths before the first round."""

    module: nn.Module
    input_shape: tuple[int, ...]
    ratio: float
    scope: str
    round_to: int

    def __post_init__(self) -> None:
        if self.scope not in SCOPES:
            raise TrainingFailed(
                f"Filters cannot be ranked over {self.scope!r}.", hint=f"Known: {', '.join(SCOPES)}."
            )
        if not 0.0 <= self.ratio <= 0.9:
            raise TrainingFailed(
                f"The pruning ratio is {self.ratio:g}, but must lie between 0 and 0.9: more would leave "
                "layers empty.",
                hint="0.4 removes 40 % of the filters.",
            )
        if self.round_to < 1:
            raise TrainingFailed(
                f"Channels cannot be rounded to multiples of {self.round_to}.",
                hint="Use 4, or 1 for no rounding.",
            )
        self._names = {layer: name for name, layer in self.module.named_modules()}
        self._widths: dict[str, int] = {}

    def remove(self, importance: Importance, share: float) -> dict[str, tuple[int, int]]:
        """Remove filters until this share of the ratio is reached.

        Returns:
            Filters before and after by layer, for those that lost some.

        Raises:
            TrainingFailed: the layers are joined in a way that cannot be followed, or none can lose
                a filter.
        """
        layers = self._layers(importance)
        if not self._widths:
            self._widths = {layer.name: len(layer.scores) for layer in layers}
        ratio = self.ratio * share
        for layer in layers:
            layer.target = len(layer.scores)
        if self.scope == "layer":
            for layer in layers:
                width = self._widths[layer.name]
                layer.target = self._rounded(width - int(width * ratio), width)
        else:
            self._rank_together(layers, ratio)
        losing = [layer for layer in layers if layer.target < len(layer.scores)]
        self._cut(losing, importance)
        return {layer.name: (len(layer.scores), layer.target) for layer in losing}

    def _layers(self, importance: Importance) -> list[_Layers]:
        dependencies = dependency_graph(self.module, self.input_shape)
        layers = []
        with followed():
            for group in dependencies.get_all_groups(
                ignored_layers=self._outputs(), root_module_types=_ROOTS
            ):
                scores = importance(group)
                if scores is not None and len(scores) > 1:
                    first = group[0].dep.target.module
                    layers.append(_Layers(first, self._names[first], scores, len(scores)))
        return layers

    def _outputs(self) -> list[nn.Module]:
        """The last layer, which keeps its channels."""
        return [m for m in self.module.modules() if isinstance(m, tuple(_ROOTS))][-1:]

    def _rounded(self, kept: int, width: int) -> int:
        """Down to a multiple, but never to nothing."""
        return min(width, max(kept - kept % self.round_to, min(self.round_to, width)))

    def _rank_together(self, layers: list[_Layers], ratio: float) -> None:
        """Take the least important blocks of `round_to` filters, whichever layer has them."""
        floor_share = min(_FLOOR_SHARE, (1 - self.ratio) / 2)
        blocks: list[tuple[float, int, int]] = []  # score, layer, channels left after it
        for number, layer in enumerate(layers):
            ranked = torch.sort(layer.scores / layer.scores.mean().clamp(min=1e-12)).values
            floor = max(math.ceil(self._widths[layer.name] * floor_share), self.round_to)
            left = len(ranked)
            while left > floor:
                size = left % self.round_to or self.round_to
                if left - size < floor:
                    break
                start = len(ranked) - left
                blocks.append((float(ranked[start : start + size].mean()), number, left - size))
                left -= size
        wanted = ratio * sum(self._widths.values())
        gone = sum(self._widths[layer.name] - len(layer.scores) for layer in layers)
        for _, number, left in sorted(blocks):
            if gone >= wanted:
                break
            gone += layers[number].target - left
            layers[number].target = left

    def _cut(self, layers: list[_Layers], importance: Importance) -> None:
        if not layers:
            return
        import torch_pruning

        # A hair below the share: what is left is rounded down.
        ratios = {
            layer.first: (len(layer.scores) - layer.target - 1e-3) / len(layer.scores)
            for layer in layers
        }
        with followed():
            pruner = torch_pruning.pruner.BasePruner(
                self.module,
                torch.zeros(2, *channels_first(self.input_shape)),
                importance=importance,
                pruning_ratio=0.0,
                pruning_ratio_dict=ratios,
                ignored_layers=self._outputs(),
                unwrapped_parameters=loose_parameters(self.module),
                in_channel_groups={},
                out_channel_groups={},
            )
            pruner.step()
