"""Read a finished `.tflite` file into a `TensorGraph`, trusting nothing that it says.

Every offset, count, index and size is checked before it is used; what the file cannot mean ends as
`BadInputFile`, never as another exception. Neither torch nor tensorflow is loaded.
"""

from __future__ import annotations

import hashlib
import keyword
import math
import re
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadInputFile
from engine.graph import Operator, OptionValue, Quantization, Tensor, TensorGraph
from engine.model_import.fold_padding import fold_padding
from engine.model_import.variables import lower_variables

_MAX_FILE_BYTES = 256 * 1024 * 1024
_MAX_ELEMENTS = 1 << 28
_MAX_RANK = 8
_MAX_OPTION_ITEMS = 64

# TFLite's tensor types as numpy names; a resource is only ever a handle.
_DTYPES = {
    "FLOAT32": "float32",
    "FLOAT16": "float16",
    "FLOAT64": "float64",
    "INT32": "int32",
    "UINT32": "uint32",
    "UINT8": "uint8",
    "INT64": "int64",
    "UINT64": "uint64",
    "BOOL": "bool",
    "INT16": "int16",
    "UINT16": "uint16",
    "INT8": "int8",
    "RESOURCE": "int32",
}

# What Python's flatbuffers raises when a damaged file sends it astray.
_ASTRAY = (
    struct.error,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    OverflowError,
    MemoryError,
    RecursionError,
)

_C_KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline "
    "int long register restrict return short signed sizeof static struct switch typedef union unsigned "
    "void volatile while main th thimble".split()
)


def read_tflite(path: Path) -> TensorGraph:
    """Read the first subgraph of a TFLite model (schema version 3).

    Padding in front of a convolution of quanta becomes the convolution's own (`fold_padding`).

    Operators without a kernel, custom ones included, are read like any other: `choose_kernels` refuses
    them by name.

    Args:
        path: the file.

    Returns:
        The graph, named after the file, with all constants in memory.

    Raises:
        BadInputFile: missing, too large, another kind of file, truncated or inconsistent.
    """
    content = _read_bytes(path)
    try:
        return fold_padding(lower_variables(_Reader(path, content).graph()))
    except BadInputFile:
        raise
    except _ASTRAY as error:
        raise BadInputFile(
            f"{path.name} is damaged: its tables point outside the file.",
            hint="Export or download the model again.",
            path=str(path),
            cause=f"{type(error).__name__}: {error}",
        ) from error


def c_identifier(text: str) -> str:
    """A lower-case C identifier of at most 32 characters made from any text."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:32].strip("_")
    if not name or name[0].isdigit() or name in _C_KEYWORDS or keyword.iskeyword(name):
        name = f"model_{name}".strip("_")[:32].strip("_")
    return name


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise BadInputFile(
                f"{path.name} is a folder.", hint="Choose a .tflite file.", path=str(path)
            )
        if size > _MAX_FILE_BYTES:
            raise BadInputFile(
                f"{path.name} has {size // 1_000_000} MB, far more than a microcontroller holds.",
                hint="Choose a model of at most a few megabytes.",
                path=str(path),
            )
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInputFile(
            f"There is no file {path}.", hint="Check the path.", path=str(path)
        ) from error
    except OSError as error:
        raise BadInputFile(
            f"{path.name} cannot be read: {error.strerror}.",
            hint="Check its permissions.",
            path=str(path),
        ) from error
    if content.startswith(b"version https://git-lfs"):
        raise BadInputFile(
            f"{path.name} is a Git LFS pointer, not the model itself.",
            hint="Fetch the real file with: git lfs pull",
            path=str(path),
        )
    if len(content) < 8 or content[4:8] != b"TFL3":
        raise BadInputFile(
            f"{path.name} is {'not a TFLite model' if content else 'empty'}.",
            hint="Choose a .tflite file made by a TensorFlow Lite or LiteRT converter.",
            path=str(path),
        )
    return content


class _Reader:
    """One pass over one file."""

    def __init__(self, path: Path, content: bytes) -> None:
        # Imported here because it takes a tenth of a second that most commands do not need.
        from ai_edge_litert import schema_py_generated as schema

        self._schema: Any = schema
        self._path = path
        self._content = content
        self._model: Any = schema.Model.GetRootAs(content, 0)
        self._types = _names(schema.TensorType)
        self._operator_names = _names(schema.BuiltinOperator)
        self._option_names: dict[str, dict[int, str]] = {
            "padding": _names(schema.Padding),
            "fused_activation_function": _names(schema.ActivationFunctionType),
            "weights_format": _names(schema.FullyConnectedOptionsWeightsFormat),
            "in_data_type": self._types,
            "out_data_type": self._types,
        }

    def graph(self) -> TensorGraph:
        if self._model.Version() != 3:
            self._refuse(f"has schema version {self._model.Version()}, not 3")
        if self._count(self._model.SubgraphsLength(), 4) < 1:
            self._refuse("holds no subgraph")
        main = self._model.Subgraphs(0)
        tensors = self._tensors(main, 0)
        operators = self._operators(main, len(tensors), 0)
        inputs = self._indices(main.InputsLength(), main.Inputs, len(tensors))
        outputs = self._indices(main.OutputsLength(), main.Outputs, len(tensors))
        initialisation: list[Operator] = []
        for operator in operators:
            if operator.kind == "CALL_ONCE":
                tensors, added = self._called_once(operator, tensors)
                initialisation += added
        if not outputs:
            self._refuse("has no output")
        self._check_order(tensors, inputs, initialisation, ())
        self._check_order(tensors, inputs, operators, outputs)
        return TensorGraph(
            name=c_identifier(self._path.stem),
            tensors=tuple(tensors),
            operators=tuple(operators),
            inputs=inputs,
            outputs=outputs,
            model_hash=hashlib.sha256(self._content).hexdigest()[:16],
            initialisation=tuple(initialisation),
        )

    def _called_once(
        self, operator: Operator, tensors: list[Tensor]
    ) -> tuple[list[Tensor], list[Operator]]:
        index = operator.options.get("init_subgraph_index", -1)
        if not isinstance(index, int) or not 1 <= index < self._model.SubgraphsLength():
            self._refuse(f"calls subgraph {index}, which it does not have")
        subgraph = self._model.Subgraphs(index)
        joined = tensors + self._tensors(subgraph, len(tensors))
        return joined, self._operators(subgraph, len(joined) - len(tensors), len(tensors))

    def _tensors(self, subgraph: Any, first: int) -> list[Tensor]:
        count = self._count(subgraph.TensorsLength(), 4)
        return [self._tensor(subgraph.Tensors(i), first + i) for i in range(count)]

    def _tensor(self, table: Any, index: int) -> Tensor:
        name = (table.Name() or b"").decode("utf-8", "replace") or f"tensor_{index}"
        type_name = self._types.get(table.Type(), str(table.Type()))
        if type_name not in _DTYPES:
            self._refuse(f"holds tensor {name} of type {type_name}, which no kernel reads")
        if table.Sparsity() is not None:
            self._refuse(f"holds tensor {name} in sparse form")
        rank = self._count(table.ShapeLength(), 4)
        if rank > _MAX_RANK:
            self._refuse(f"holds tensor {name} with {rank} dimensions")
        shape = tuple(int(table.Shape(i)) for i in range(rank))
        if any(n < 0 for n in shape):
            self._refuse(f"holds tensor {name} without a fixed shape: {list(shape)}")
        if math.prod(max(n, 1) for n in shape) > _MAX_ELEMENTS:
            self._refuse(f"holds tensor {name} of impossible size: {list(shape)}")
        dtype = _DTYPES[type_name]
        return Tensor(
            index=index,
            name=name,
            shape=shape,
            dtype=dtype,
            quantization=self._quantization(table.Quantization(), name, shape),
            data=self._constant(table.Buffer(), name, shape, np.dtype(dtype)),
            is_variable=bool(table.IsVariable()),
        )

    def _quantization(self, table: Any, name: str, shape: tuple[int, ...]) -> Quantization | None:
        if table is None or table.ScaleLength() == 0:
            return None
        count = self._count(table.ScaleLength(), 4)
        scales = np.array(table.ScaleAsNumpy(), np.float32)
        if not (np.isfinite(scales).all() and (scales > 0).all()):
            self._refuse(f"holds tensor {name} with a scale that is zero, negative or not a number")
        zero_count = self._count(table.ZeroPointLength(), 8)
        zero_points = np.zeros(count, np.int64)
        if zero_count in (1, count):
            zero_points[:] = np.array(table.ZeroPointAsNumpy(), np.int64)
        elif zero_count != 0:
            self._refuse(f"holds tensor {name} with {count} scales but {zero_count} zero points")
        if np.abs(zero_points).max() > 1 << 31:
            self._refuse(f"holds tensor {name} with a zero point outside 32 bits")
        axis = int(table.QuantizedDimension())
        if count == 1:
            axis = 0
        elif not (0 <= axis < len(shape) and shape[axis] == count):
            # Old converters wrote the filter's axis on the bias: harmless where only one axis fits.
            fitting = [i for i, n in enumerate(shape) if n == count]
            if len(fitting) != 1:
                self._refuse(
                    f"holds tensor {name} with {count} scales for shape {list(shape)}, axis {axis}"
                )
            axis = fitting[0]
        return Quantization(scales, zero_points, axis)

    def _constant(
        self, buffer_index: int, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> NDArray[np.generic] | None:
        if buffer_index == 0:
            return None
        if buffer_index >= self._model.BuffersLength():
            self._refuse(f"holds tensor {name} in buffer {buffer_index}, which does not exist")
        buffer = self._model.Buffers(buffer_index)
        if buffer.Offset() > 1:  # 0 and 1 mean inside the flatbuffer
            start, size = int(buffer.Offset()), int(buffer.Size())
            if start + size > len(self._content):
                self._refuse(f"is truncated: tensor {name} lies at byte {start}, beyond its end")
            raw = self._content[start : start + size]
        elif buffer.DataLength() == 0:
            return None
        else:
            self._count(buffer.DataLength(), 1)
            raw = buffer.DataAsNumpy().tobytes()
        wanted = math.prod(shape) * dtype.itemsize
        if len(raw) != wanted:
            self._refuse(f"holds {len(raw)} bytes for tensor {name}, whose shape needs {wanted}")
        return np.frombuffer(raw, dtype).reshape(shape)

    def _operators(self, subgraph: Any, tensor_count: int, first: int) -> list[Operator]:
        count = self._count(subgraph.OperatorsLength(), 4)
        return [self._operator(subgraph.Operators(i), i, tensor_count, first) for i in range(count)]

    def _operator(self, table: Any, index: int, tensor_count: int, first: int) -> Operator:
        code_index = table.OpcodeIndex()
        if code_index >= self._count(self._model.OperatorCodesLength(), 4):
            self._refuse(f"uses operator code {code_index}, which does not exist")
        code = self._model.OperatorCodes(code_index)
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = self._operator_names.get(number, f"UNKNOWN_{number}")
        if kind == "CUSTOM":
            kind = f"CUSTOM:{(code.CustomCode() or b'').decode('utf-8', 'replace')}"
        inputs = self._indices(table.InputsLength(), table.Inputs, tensor_count, first, optional=True)
        outputs = self._indices(table.OutputsLength(), table.Outputs, tensor_count, first)
        return Operator(index, kind, inputs, outputs, self._options(table))

    def _options(self, table: Any) -> dict[str, OptionValue]:
        union = table.BuiltinOptions()
        if union is None or table.BuiltinOptionsType() == 0:
            return {}
        unpacked = self._schema.BuiltinOptionsCreator(table.BuiltinOptionsType(), union)
        if unpacked is None:
            return {}
        options: dict[str, OptionValue] = {}
        for camel, value in vars(unpacked).items():
            name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", camel).lower()
            if name in self._option_names:
                options[name] = self._option_names[name].get(int(value), str(value))
            elif isinstance(value, (bool, int, float)):
                options[name] = value
            elif isinstance(value, bytes):
                options[name] = value.decode("utf-8", "replace")
            elif isinstance(value, (list, np.ndarray)) and len(value) <= _MAX_OPTION_ITEMS:
                options[name] = tuple(int(v) for v in value)
        return options

    def _indices(
        self, length: int, item: Any, tensor_count: int, first: int = 0, *, optional: bool = False
    ) -> tuple[int, ...]:
        indices = [int(item(i)) for i in range(self._count(length, 4))]
        for i in indices:
            if not (0 <= i < tensor_count or (optional and i == -1)):
                self._refuse(f"refers to tensor {i} of {tensor_count}")
        return tuple(i + first if i >= 0 else -1 for i in indices)

    def _check_order(
        self,
        tensors: list[Tensor],
        inputs: tuple[int, ...],
        operators: Iterable[Operator],
        outputs: tuple[int, ...],
    ) -> None:
        """Each run-time tensor is made exactly once, and before it is read."""
        known = {t.index for t in tensors if t.is_constant or t.is_variable} | set(inputs)
        fixed = {t.index for t in tensors if t.is_constant} | set(inputs)
        made: set[int] = set()
        for operator in operators:
            for i in operator.inputs:
                if i >= 0 and i not in known:
                    self._refuse(f"reads tensor {tensors[i].name} before any operator has made it")
            for i in operator.outputs:
                if i in made or i in fixed:
                    self._refuse(f"writes tensor {tensors[i].name} twice or over a constant or an input")
                made.add(i)
                known.add(i)
        for i in outputs:
            if i not in known:
                self._refuse(f"promises tensor {tensors[i].name} as an output but never makes it")

    def _count(self, claimed: int, item_bytes: int) -> int:
        """A vector's length, refused if its items cannot lie in the file."""
        if claimed * item_bytes > len(self._content):
            self._refuse("is truncated or damaged: a table is longer than the file")
        return int(claimed)

    def _refuse(self, what: str) -> NoReturn:
        raise BadInputFile(
            f"{self._path.name} {what}.",
            hint="Export or download the model again.",
            path=str(self._path),
        )


def _names(enumeration: Any) -> dict[int, str]:
    return {v: k for k, v in vars(enumeration).items() if isinstance(v, int)}
