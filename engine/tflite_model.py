"""One `.tflite` file as an editable tree: reading, renaming, cutting into single layers, writing.

The planner reads networks through `TensorGraph`; this is for the stages that must write a `.tflite`
again: conversion, and verification, which cuts a network so that every layer can be fed by itself.
"""

from __future__ import annotations

import copy
import math
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from engine.errors import BadInputFile

_IDENTIFIER = b"TFL3"
_KIND_NAMES: dict[int, str] = {
    v: k for k, v in vars(schema.BuiltinOperator).items() if not k.startswith("_")
}
_DTYPES: dict[int, str] = {
    schema.TensorType.FLOAT32: "float32",
    schema.TensorType.INT8: "int8",
    schema.TensorType.INT16: "int16",
    schema.TensorType.INT32: "int32",
    schema.TensorType.INT64: "int64",
    schema.TensorType.UINT8: "uint8",
    schema.TensorType.BOOL: "bool",
}


@dataclass(frozen=True)
class CutModel:
    """A network whose layers do not feed each other: each reads its own input tensors.

    Attributes:
        model: the cut network.
        data: its bytes.
        feeds: for each input of the cut network, the tensor index in the whole network.
        fetches: for each output of the cut network, the tensor index in the whole network.
    """

    model: TfliteModel
    data: bytes
    feeds: tuple[int, ...]
    fetches: tuple[int, ...]


class TfliteModel:
    """A single-subgraph `.tflite` network that can be changed and written again.

    Args:
        data: the file's bytes; buffers that lie behind the flatbuffer are taken inside.

    Raises:
        BadInputFile: the bytes are not a TFLite file.
    """

    def __init__(self, data: bytes) -> None:
        if data[4:8] != _IDENTIFIER:
            raise BadInputFile("This is not a TFLite file.", hint="Choose a file that ends in .tflite.")
        try:
            self.model: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        except (struct.error, IndexError, ValueError, TypeError) as error:
            raise BadInputFile("The TFLite file is damaged.", hint="Copy or export it again.") from error
        if not self.model.subgraphs:
            raise BadInputFile("The TFLite file holds no network.", hint="Copy or export it again.")
        self.external_buffers = 0
        for buffer in self.model.buffers:
            if buffer.offset > 1:  # 0 and 1 mean "inside"
                outside = data[buffer.offset : buffer.offset + buffer.size]
                buffer.data = np.frombuffer(outside, dtype=np.uint8)
                buffer.offset = buffer.size = 0
                self.external_buffers += 1

    @classmethod
    def read(cls, path: Path) -> TfliteModel:
        """Read a file.

        Raises:
            BadInputFile: there is no such file or it is not a TFLite file.
        """
        try:
            return cls(path.read_bytes())
        except OSError as error:
            raise BadInputFile(f"{path.name} cannot be read.", hint="Check the path.") from error

    @property
    def graph(self) -> Any:
        """The main subgraph (the schema's SubGraphT)."""
        return self.model.subgraphs[0]

    @property
    def tensors(self) -> list[Any]:
        """The main subgraph's tensors (the schema's TensorT)."""
        return list(self.graph.tensors)

    def operators(self) -> Iterator[tuple[str, Any]]:
        """Kind (`CONV_2D`) and the schema's OperatorT, in execution order."""
        for operator in self.graph.operators:
            yield self.kind(operator), operator

    def kind(self, operator: Any) -> str:
        """TFLite's name of an operator's kind."""
        code = self.model.operatorCodes[operator.opcodeIndex]
        return _KIND_NAMES.get(max(code.builtinCode, code.deprecatedBuiltinCode), "CUSTOM")

    def name(self, index: int) -> str:
        """A tensor's name; one made from its index where the file gives none."""
        name = self.graph.tensors[index].name
        return str(name.decode("utf-8", "replace")) if name else f"tensor_{index}"

    def rename(self, index: int, name: str) -> None:
        """Give a tensor another name."""
        self.graph.tensors[index].name = name.encode()

    def shape(self, index: int) -> tuple[int, ...]:
        """A tensor's static shape, () for a scalar."""
        shape = self.graph.tensors[index].shape
        return () if shape is None else tuple(int(n) for n in shape)

    def dtype(self, index: int) -> str:
        """A tensor's numpy type name.

        Raises:
            BadInputFile: numpy has no such type (strings, 4-bit numbers).
        """
        kind = self.graph.tensors[index].type
        if kind not in _DTYPES:
            raise BadInputFile(
                f"Tensor {self.name(index)} has an unsupported number type ({kind}).",
                hint="Convert the network to 8-bit integers.",
            )
        return _DTYPES[kind]

    def quantization(self, index: int) -> tuple[NDArray[np.float64], NDArray[np.int64], int] | None:
        """Scales, zero points and channel axis of a tensor, None if it holds plain numbers."""
        found = self.graph.tensors[index].quantization
        if found is None or found.scale is None or len(found.scale) == 0:
            return None
        scales = np.asarray(found.scale, np.float32).astype(np.float64)
        points = (
            np.zeros(scales.size, np.int64) if found.zeroPoint is None else np.asarray(found.zeroPoint)
        )
        return scales, points.astype(np.int64), int(found.quantizedDimension)

    def is_constant(self, index: int) -> bool:
        """Whether a tensor's values stand in the file."""
        data = self.model.buffers[self.graph.tensors[index].buffer].data
        return data is not None and len(data) > 0

    def constant(self, index: int) -> NDArray[Any]:
        """The values of a constant tensor, with its shape."""
        data = self.model.buffers[self.graph.tensors[index].buffer].data
        raw = np.asarray(data, np.uint8).tobytes()
        return np.frombuffer(raw, self.dtype(index)).reshape(self.shape(index))

    def set_constant(self, index: int, values: NDArray[Any]) -> None:
        """Replace the values of a constant tensor; its type must stay."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        self.graph.tensors[index].buffer = len(self.model.buffers) - 1

    def activations(self) -> tuple[int, ...]:
        """Tensors computed at run time: inputs of the network, then outputs of operators in order.

        Handles of variables are not among them: they have no values to look at.
        """
        found = [int(t) for t in self.graph.inputs]
        for _, operator in self.operators():
            found += [int(t) for t in operator.outputs if self.graph.tensors[t].type in _DTYPES]
        return tuple(found)

    def operands(self, operator: Any) -> tuple[int, ...]:
        """The operator's inputs that other operators or the user compute at run time."""
        given = (int(t) for t in operator.inputs if t >= 0 and not self.is_constant(int(t)))
        return tuple(t for t in given if not self.graph.tensors[t].isVariable)

    def to_bytes(self) -> bytes:
        """The file's bytes, all buffers inside."""
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())

    def drop_unused_tensors(self) -> None:
        """Remove tensors that nothing reads or writes, and their buffers' contents."""
        graph = self.graph
        used = {int(t) for t in (*graph.inputs, *graph.outputs)}
        for operator in graph.operators:
            used |= {int(t) for t in (*operator.inputs, *operator.outputs) if t >= 0}
        place = {old: new for new, old in enumerate(sorted(used))}

        def moved(tensors: Any) -> NDArray[np.int32]:
            return np.array([place.get(int(t), -1) for t in tensors], np.int32)

        graph.tensors = [graph.tensors[t] for t in sorted(used)]
        graph.inputs, graph.outputs = moved(graph.inputs), moved(graph.outputs)
        for operator in graph.operators:
            operator.inputs, operator.outputs = moved(operator.inputs), moved(operator.outputs)
        for signature in self.model.signatureDefs or []:
            for entry in (*signature.inputs, *signature.outputs):
                entry.tensorIndex = place.get(int(entry.tensorIndex), -1)
        needed = {t.buffer for g in self.model.subgraphs for t in g.tensors}
        needed |= {entry.buffer for entry in self.model.metadata or []}
        for number, buffer in enumerate(self.model.buffers):
            if number not in needed:
                buffer.data = None

    def cut(self, at: Collection[int]) -> CutModel:
        """A network in which whoever reads one of these tensors reads a twin fed from outside.

        Args:
            at: tensor indices; all of them become outputs, and those that are read become inputs.
        """
        cut = copy.copy(self)
        cut.model = copy.copy(self.model)
        graph = copy.copy(self.graph)
        cut.model.subgraphs = [graph]
        cut.model.signatureDefs = None
        cut.model.metadata = None
        graph.tensors = [copy.copy(t) for t in graph.tensors]
        graph.operators = [copy.copy(o) for o in graph.operators]
        twins = {int(t): int(t) for t in graph.inputs}
        read: list[int] = []
        for operator in graph.operators:
            for tensor in self.operands(operator):
                if tensor in at and tensor not in twins:
                    twin = copy.copy(graph.tensors[tensor])
                    twin.name = f"twin of {self.name(tensor)}".encode()
                    graph.tensors.append(twin)
                    twins[tensor] = len(graph.tensors) - 1
                if tensor in twins and tensor not in read:
                    read.append(tensor)
            operator.inputs = np.array([twins.get(int(t), int(t)) for t in operator.inputs], np.int32)
        computed = {int(t) for operator in graph.operators for t in operator.outputs}
        fetches = [t for t in self.activations() if t in at and t in computed]
        graph.inputs = np.array([twins[t] for t in read], np.int32)
        graph.outputs = np.array(fetches, np.int32)
        return CutModel(cut, cut.to_bytes(), tuple(read), tuple(fetches))

    def elements(self, index: int) -> int:
        """Number of elements of a tensor."""
        return math.prod(self.shape(index))
