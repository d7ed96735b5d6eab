"""The quantised (or float) network as plain data: what planning and code generation read.

A `TensorGraph` is a faithful, framework-free copy of one `.tflite` subgraph: operators in execution
order, tensors in NHWC, TFLite's names for operator kinds and options. numpy only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

OptionValue = int | float | bool | str | tuple[int, ...]


@dataclass(frozen=True)
class Quantization:
    """Affine quantisation, real = scale * (quantum - zero_point) (arXiv 1712.05877, eq. 1).

    Attributes:
        scales: float32, shape (1,) per tensor or (channels,) per channel.
        zero_points: int64, same shape as `scales`.
        axis: the channel dimension if per channel, else 0.
    """

    scales: NDArray[np.float32]
    zero_points: NDArray[np.int64]
    axis: int = 0

    @property
    def scale(self) -> float:
        """The first (or only) scale, as the float32 value that the file holds."""
        return float(self.scales[0])

    @property
    def zero_point(self) -> int:
        """The first (or only) zero point."""
        return int(self.zero_points[0])

    @property
    def per_channel(self) -> bool:
        """More than one scale."""
        return self.scales.size > 1


@dataclass(frozen=True)
class Tensor:
    """One tensor of a graph.

    Attributes:
        index: position in `TensorGraph.tensors`.
        name: name in the file (often the path in the original framework).
        shape: static shape, batch first, NHWC for images; () for a scalar.
        dtype: numpy name: int8, uint8, int16, int32, int64, float32, bool.
        quantization: None for plain numbers.
        data: the constant's values with `shape`, or None if computed at run time.
        is_variable: keeps its value from one inference to the next.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    quantization: Quantization | None = None
    data: NDArray[np.generic] | None = None
    is_variable: bool = False

    @property
    def elements(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes of the values without padding."""
        return self.elements * np.dtype(self.dtype).itemsize

    @property
    def is_constant(self) -> bool:
        """Whether the values are known at generation time."""
        return self.data is not None


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes:
        index: position in the schedule.
        kind: TFLite's builtin name (`CONV_2D`), or `CUSTOM:<name>`.
        inputs: tensor indices, -1 for an absent optional input.
        outputs: tensor indices.
        options: the builtin options by their schema name in snake_case (`stride_w`, `padding` =
            `SAME`, `VALID` or, from `fold_padding`, `EXPLICIT`; `fused_activation_function` =
            `NONE`/`RELU`/`RELU6`/...).
    """

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True)
class TensorGraph:
    """One network ready for planning.

    Attributes:
        name: a C identifier, the prefix of all generated symbols.
        tensors: all tensors, by index.
        operators: in execution order.
        inputs: tensor indices of the network's inputs.
        outputs: tensor indices of the network's outputs.
        model_hash: first 16 hex digits of the SHA-256 of the file it came from.
        initialisation: operators that run once before the first inference (resource variables).
    """

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    model_hash: str = ""
    initialisation: tuple[Operator, ...] = ()

    def operands(self, operator: Operator) -> Iterator[Tensor]:
        """The operator's present inputs."""
        return (self.tensors[i] for i in operator.inputs if i >= 0)

    def results(self, operator: Operator) -> Iterator[Tensor]:
        """The operator's outputs."""
        return (self.tensors[i] for i in operator.outputs)

    def layer_name(self, operator: Operator) -> str:
        """A short readable name: the last meaningful part of the output tensor's name."""
        name = self.tensors[operator.outputs[0]].name if operator.outputs else ""
        first = name.split(";")[0].rstrip("/")
        return first or f"{operator.kind.lower()}_{operator.index}"

    def macs(self, operator: Operator) -> int:
        """Multiply-accumulates of one operator for one inference (0 where none are counted)."""
        if operator.kind == "CONV_2D":
            filters = self.tensors[operator.inputs[1]]
            return self.tensors[operator.outputs[0]].elements * math.prod(filters.shape[1:])
        if operator.kind == "DEPTHWISE_CONV_2D":
            filters = self.tensors[operator.inputs[1]]
            return self.tensors[operator.outputs[0]].elements * filters.shape[1] * filters.shape[2]
        if operator.kind == "TRANSPOSE_CONV":
            filters = self.tensors[operator.inputs[1]]
            return self.tensors[operator.inputs[2]].elements * math.prod(filters.shape[:3])
        if operator.kind == "FULLY_CONNECTED":
            filters = self.tensors[operator.inputs[1]]
            return self.tensors[operator.outputs[0]].elements * filters.shape[-1]
        return 0

    @property
    def total_macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(self.macs(operator) for operator in self.operators)

    @property
    def constant_bytes(self) -> int:
        """Bytes of all constants as they stand in the file (weights, biases)."""
        return sum(t.size_bytes for t in self.tensors if t.is_constant)
