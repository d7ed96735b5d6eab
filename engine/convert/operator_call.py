"""One ONNX node about to become TensorFlow: its operands, attributes, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from engine.convert.layout import Value, channels_last, memory_order, stored_shape
from engine.errors import UnsupportedOperator


@dataclass(frozen=True)
class Call:
    """One ONNX node about to be built.

    Attributes:
        kind: ONNX operator type.
        layer: name of the node's result.
        module: path of the torch module it came from.
        operands: a `Value` (computed), an array (constant) or None (absent) per input.
        attributes: by ONNX name; repeated numbers as tuples.
        never_negative: whether the first operand is known to be >= 0.
        result: which of the node's results is wanted.
    """

    kind: str
    layer: str
    module: str
    operands: tuple[Value | NDArray[Any] | None, ...]
    attributes: dict[str, Any]
    never_negative: bool = False
    result: int = 0

    def refuse(self, why: str, supported: str) -> NoReturn:
        """Raise `UnsupportedOperator` naming operator, layer and what would work."""
        refuse(self.kind, self.layer, self.module, why, supported)

    def value(self, position: int = 0) -> Value:
        """A computed operand."""
        operand = self.operands[position]
        if not isinstance(operand, Value):
            self.refuse(f"operand {position} is a constant", "a computed tensor there")
        return operand

    def constant(self, position: int) -> NDArray[Any] | None:
        """A constant operand, None if absent."""
        if position >= len(self.operands) or self.operands[position] is None:
            return None
        operand = self.operands[position]
        if isinstance(operand, Value):
            self.refuse(f"operand {position} is computed at run time", "a constant there")
        return operand

    def attribute(self, name: str, default: Any) -> Any:
        """An attribute or its default."""
        return self.attributes.get(name, default)

    def image(self, position: int = 0) -> Value:
        """A computed operand as an image or signal, channels last."""
        value = self.value(position)
        if len(value.shape) not in (3, 4):
            self.refuse(f"its input has {len(value.shape)} dimensions", "3 (signals) or 4 (images)")
        return self.arranged(value, value.shape, channels_last(len(value.shape)))

    def keeps_memory(self, value: Value, shape: tuple[int, ...], axes: tuple[int | None, ...]) -> bool:
        """Whether the same numbers in the same places could have another shape and order."""
        before = memory_order(value.shape, value.axes, value.features)
        return bool(np.array_equal(before, memory_order(shape, axes)))

    def arranged(self, value: Value, shape: tuple[int, ...], axes: tuple[int | None, ...]) -> Value:
        """The same numbers under another shape or order, if memory need not move."""
        if value.shape == shape and value.axes == axes and value.features is None:
            return value
        if not self.keeps_memory(value, shape, axes):
            self.refuse(
                f"it would need the values of shape {value.shape} in another order in memory",
                "networks that keep channels first up to a flatten before dense layers",
            )
        return Value(tf.reshape(value.tensor, stored_shape(shape, axes)), shape, axes)


def refuse(kind: str, layer: str, module: str, why: str, supported: str) -> NoReturn:
    """Raise `UnsupportedOperator` with the facts a front shows."""
    where = f"layer {layer}" + (f" (torch module {module})" if module and module != layer else "")
    raise UnsupportedOperator(
        f"{kind} in {where} cannot be converted: {why}.",
        hint=f"Supported: {supported}.",
        operator=kind,
        layer=layer,
        module=module,
        supported=supported,
    )
