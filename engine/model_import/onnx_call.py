"""One ONNX node, as the functions that build its torch form see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import UnsupportedOperator
from engine.model_import.module_builder import ModuleBuilder, NDArrayAny, Value


@dataclass(frozen=True)
class Call:
    """One ONNX node about to be built.

    Attributes:
        builder: takes the nodes.
        kind: ONNX operator type.
        path: readable path of the layer.
        operands: a `Value` (computed), an array (constant) or None (absent) per input.
        attributes: by ONNX name; repeated numbers as tuples.
        opset: of the file.
        alone: nothing else reads the first operand.
        used: for each result, whether anything reads it.
    """

    builder: ModuleBuilder
    kind: str
    path: str
    operands: list[Value | NDArrayAny | None]
    attributes: dict[str, Any]
    opset: int
    alone: bool
    used: tuple[bool, ...] = ()

    def value(self, position: int = 0) -> Value:
        """A computed operand."""
        operand = self.operands[position] if position < len(self.operands) else None
        if not isinstance(operand, Value):
            raise self.refuse(f"operand {position} is not computed", "Export the model again.")
        return operand

    def constant(self, position: int, attribute: str = "") -> NDArrayAny | None:
        """A constant operand (or, in older opsets, the attribute), None if absent."""
        operand = self.operands[position] if position < len(self.operands) else None
        if isinstance(operand, Value):
            raise self.refuse(f"operand {position} depends on the input", "Use fixed weights and sizes.")
        if operand is None and attribute in self.attributes:
            return np.asarray(self.attributes[attribute])
        return operand

    def needed(self, position: int, attribute: str = "") -> NDArrayAny:
        """A constant operand that must be there."""
        found = self.constant(position, attribute)
        if found is None:
            raise self.refuse(f"operand {position} is missing", "Export the model again.")
        return found

    def get(self, name: str, default: Any) -> Any:
        """An attribute or its default."""
        return self.attributes.get(name, default)

    def refuse(self, why: str, hint: str) -> UnsupportedOperator:
        """The error that names this node."""
        return self.builder.refuse(self.kind, self.path, why, hint)

    def axes(self, position: int = 1) -> list[int]:
        """Axes, which moved from an attribute to an operand."""
        found = self.constant(position, "axes")
        return [] if found is None else [int(a) for a in found.ravel()]
