"""One Keras layer about to become a torch layer. Keras is not loaded here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import UnsupportedOperator
from engine.model_import import network_layers as layers
from engine.model_import.module_builder import ModuleBuilder, NDArrayAny, Value
from engine.model_import.network_layers import Window


@dataclass(frozen=True)
class Call:
    """One layer about to be built.

    Attributes:
        builder: takes the nodes.
        kind: Keras' class.
        name: of the layer, behind those of the networks around it.
        layer: the Keras layer.
        operands: what it reads.
    """

    builder: ModuleBuilder
    kind: str
    name: str
    layer: Any
    operands: list[Value]

    @property
    def value(self) -> Value:
        """The first operand."""
        return self.operands[0]

    @property
    def order(self) -> tuple[int, ...]:
        """The axes of the first operand in torch's order."""
        return layers.spatial_order(self.value, channels_last=True)

    def weights(self, *names: str) -> list[NDArrayAny | None]:
        """Tensors of the layer, None for one that it lacks."""
        found = (getattr(self.layer, name, None) for name in names)
        return [None if w is None else np.asarray(w) for w in found]

    def refuse(self, why: str, fix: str = "Replace the layer in the network.") -> UnsupportedOperator:
        """The error that names this layer."""
        return self.builder.refuse(self.kind, self.name, why, fix)

    def window(self, kernel: tuple[int, ...], strides: tuple[int, ...]) -> Window:
        """The sliding window with the padding that the layer names."""
        dilations = tuple(getattr(self.layer, "dilation_rate", (1,) * len(kernel)))
        zeros = (0,) * len(kernel)
        before, after = zeros, zeros
        if self.layer.padding == "same":
            sizes = self.value.shape[1:-1]
            before, after = layers.same_padding(sizes, kernel, strides, dilations)
        elif self.layer.padding == "causal":
            before = ((kernel[0] - 1) * dilations[0],)
        return Window(kernel, strides, dilations, before, after)
