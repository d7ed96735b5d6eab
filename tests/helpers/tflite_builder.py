"""Small TFLite models made by hand, for kernels and parsers to be tried on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
    "int16": schema.TensorType.INT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "bool": schema.TensorType.BOOL,
}


@dataclass(repr=False)
class TfliteBuilder:
    """Collects tensors and operators; `content` is the file."""

    tensors: list[schema.TensorT] = field(default_factory=list)
    buffers: list[schema.BufferT] = field(default_factory=lambda: [schema.BufferT()])
    codes: list[schema.OperatorCodeT] = field(default_factory=list)
    operators: list[schema.OperatorT] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def __repr__(self) -> str:
        shapes = {t.name.decode(): t.shape for t in self.tensors}
        return f"TfliteBuilder({len(self.operators)} operators, {shapes})"

    def tensor(
        self,
        shape: tuple[int, ...],
        dtype: str = "int8",
        *,
        scale: float | np.ndarray | None = None,
        zero_point: int = 0,
        axis: int = 0,
        data: np.ndarray | None = None,
        variable: bool = False,
        name: str = "",
    ) -> int:
        """Add a tensor and return its index. `scale` is a number, or an array for per-channel."""
        tensor = schema.TensorT()
        tensor.shape = list(shape)
        tensor.type = _TYPES[dtype]
        tensor.name = (name or f"t{len(self.tensors)}").encode()
        tensor.isVariable = variable
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, dtype).tobytes(), np.uint8)
            self.buffers.append(buffer)
            tensor.buffer = len(self.buffers) - 1
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            quantization = schema.QuantizationParametersT()
            quantization.scale = scales
            quantization.zeroPoint = np.full(scales.size, zero_point, np.int64)
            quantization.quantizedDimension = axis
            tensor.quantization = quantization
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(
        self,
        kind: str,
        inputs: list[int],
        outputs: list[int],
        options: str = "",
        *,
        version: int = 1,
        **values: Any,
    ) -> None:
        """Add an operator; `options` names its options table (`Conv2DOptions`), `values` its fields."""
        code = schema.OperatorCodeT()
        custom = kind.startswith("CUSTOM:")
        code.builtinCode = getattr(schema.BuiltinOperator, "CUSTOM" if custom else kind)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.customCode = kind.removeprefix("CUSTOM:").encode() if custom else None
        code.version = version
        self.codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.codes) - 1
        operator.inputs, operator.outputs = inputs, outputs
        if options:
            table = getattr(schema, f"{options}T")()
            for name, value in values.items():
                assert hasattr(table, name), name
                setattr(table, name, value)
            operator.builtinOptions = table
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
        self.operators.append(operator)

    def content(self) -> bytes:
        """The finished file."""
        subgraph = schema.SubGraphT()
        subgraph.tensors, subgraph.operators = self.tensors, self.operators
        subgraph.inputs, subgraph.outputs = self.inputs, self.outputs
        subgraph.name = b"main"
        model = schema.ModelT()
        model.version = 3
        model.operatorCodes, model.subgraphs, model.buffers = self.codes, [subgraph], self.buffers
        model.description = b"test"
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
