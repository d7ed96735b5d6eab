"""ONNX files (float, opset 11 to 23) as trainable torch networks; nothing in a file is believed.

Reads what PyTorch's two exporters, Keras and TensorFlow (tf2onnx) write. Sizes, references and
external data are checked before use; `engine.model_import.onnx_operators` translates node by node.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import onnx

from engine.errors import BadInputFile, EngineError, UnsupportedOperator
from engine.model_import import layer_names
from engine.model_import import onnx_folding as fold
from engine.model_import.file_bytes import read_file
from engine.model_import.imported_model import (
    FIRST,
    LAST,
    STEPS_FIRST,
    ImportedModel,
    channels_last,
    guessed_meaning,
)
from engine.model_import.module_builder import CHANNELS_LAST, ModuleBuilder, NDArrayAny, Value
from engine.model_import.onnx_call import Call
from engine.model_import.onnx_operators import OPERATORS
from engine.model_import.onnx_shapes import inferred_shapes
from engine.model_import.survey import NO_EQUAL, UnsupportedLayers
from engine.model_import.survey_builder import Survey
from engine.operator_fixes import fix_of

OPSETS = range(11, 24)
_MAX_NODES = 20_000
_MAX_CLASSES = 10_000
_SCOPES_KEY = "pkg.torch.onnx.name_scopes"
# Operators that calculate with whole numbers, in place of QuantizeLinear and DequantizeLinear.
_WHOLE_NUMBERS = re.compile(r"QLinear|QGemm|(Conv|MatMul)Integer|DynamicQuantize")
_QDQ_HINT = (
    "Import the float network; or quantise it with QuantizeLinear and DequantizeLinear around float "
    "operators, which keeps its ranges (ONNX Runtime: quantize_static with quant_format=QDQ)."
)
# What a damaged file makes the reader raise; behind a missing layer it may be the gap's own fault.
_READING_ERRORS = (
    EngineError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError,
)  # fmt: skip
# Operators whose constants say how to calculate, not what was learnt.
_ONLY_SETTINGS = frozenset({"Resize", "Upsample", "Clip", "Pad", "Slice", "Range", "OneHot"})
_QUANTISED = frozenset({"QuantizeLinear", "DequantizeLinear"})
# What may stand between an input and the transpose that brings its channels to the front.
_STEPS_FIRST = (1, 2, 0)
_KEEPS_LAST_AXIS = frozenset(
    {"Add", "Sub", "Mul", "Div", "Cast", "Identity", "Clip", "Relu", "Pad", "Unsqueeze"}
)


def read_onnx(path: Path) -> ImportedModel:
    """Read a float ONNX network with a fixed input size.

    Args:
        path: the file; external data are read from beside it, never from elsewhere.

    Returns:
        The network, in evaluation mode, without a softmax at its end.

    Raises:
        BadInputFile: damaged, inconsistent, too large, or of another opset.
        UnsupportedOperator: an operator has no torch form; it is named with its layer.
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(read_file(path, "an ONNX model"))
    except Exception as error:  # protobuf's own errors, which have no types here
        raise BadInputFile(f"{path.name} is not an ONNX model.", hint="Export it again.") from error
    try:
        return _Reader(path, model).imported()
    except EngineError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise BadInputFile(
            f"{path.name} is damaged: its graph contradicts itself.",
            hint="Export the model again.",
            details=f"{type(error).__name__}: {error}",
        ) from error


class _Missing:
    """A result that is not known because a layer cannot be imported."""


class _Reader:
    """One pass over one model."""

    def __init__(self, path: Path, model: onnx.ModelProto) -> None:
        self._path = path
        self._model = model
        self._builder = ModuleBuilder(path.name)
        self._companions: dict[str, bytes] = {}
        self._values: dict[str, Value | NDArrayAny | _Missing] = {}
        self._notes: list[str] = []
        self._layout = ""
        self._survey = Survey(self._builder)
        self._shapes: dict[str, tuple[int, ...]] = {}  # filled when a layer is missing

    def imported(self) -> ImportedModel:
        self._check()
        graph = self._model.graph
        for initializer in graph.initializer:
            self._values[initializer.name] = self._array(initializer)
        inputs = [v for v in graph.input if v.name not in self._values]
        if not inputs or not graph.output:
            self._refuse("has no input or no output")
        entries = [self._input(value) for value in inputs]
        nodes, ends, softmax = self._without_softmax()
        self._uses = Counter(name for node in nodes for name in node.input)
        self._uses.update(ends)
        for node in nodes:
            self._read(node)
        if self._survey:
            raise self._refusal()
        outputs = [self._output(name) for name in ends]
        first, last = entries[0], outputs[0]
        shape = channels_last(tuple(first.meta.shape[1:]))
        results = channels_last(tuple(last.meta.shape[1:]))
        meaning = guessed_meaning(shape, results, softmax=softmax, **self._said())
        reconstructs = meaning.task == "anomaly" and len(results) == 1 and len(entries) == 1
        module = self._builder.finish(outputs, reconstructs=reconstructs)
        if self._builder.ranges:
            self._notes.append(
                "The file is quantised: its weights became real numbers, and its ranges are used when "
                "it is converted without training."
            )
        return ImportedModel(
            name=self._path.name,
            format="onnx-quantised" if self._builder.ranges else "onnx",
            module=module,
            ranges=self._builder.ranges,
            input_shape=shape,
            output_shape=results,
            meaning=meaning,
            notes=(*self._notes, *self._builder.notes),
            companions=tuple(sorted(self._companions)),
            layout=self._layout,
            input_names=tuple(value.name for value in inputs),
        )

    def _refuse(self, why: str, hint: str = "Export the model again.") -> NoReturn:
        raise BadInputFile(f"{self._path.name} {why}.", hint=hint, path=str(self._path))

    def _check(self) -> None:
        model = self._model
        if not model.graph.node:
            self._refuse("holds no network")
        if len(model.graph.node) > _MAX_NODES:
            self._refuse(f"has {len(model.graph.node):,} nodes", "Choose a smaller network.")
        versions = [o.version for o in model.opset_import if o.domain in ("", "ai.onnx")]
        self._opset = versions[0] if versions else 1
        if self._opset not in OPSETS:
            self._refuse(
                f"uses ONNX opset {self._opset}; Thimble reads {OPSETS[0]} to {OPSETS[-1]}",
                "Export the model again with opset_version=20.",
            )

    def _array(self, tensor: onnx.TensorProto) -> NDArrayAny:
        """An initialiser's numbers, if the file really holds as many as it declares."""
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor = self._with_external(tensor)
        try:
            dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
            elements = math.prod(tensor.dims)
            held = len(tensor.raw_data) // max(1, np.dtype(dtype).itemsize)
            held = held or max(
                len(tensor.float_data),
                len(tensor.int32_data),
                len(tensor.int64_data),
                len(tensor.double_data),
                len(tensor.uint64_data),
            )
            if any(d < 0 for d in tensor.dims) or elements != held:
                self._refuse(f"declares {elements:,} numbers for {tensor.name} but holds {held:,}")
            return onnx.numpy_helper.to_array(tensor)
        except (ValueError, KeyError, TypeError) as error:
            raise BadInputFile(
                f"{self._path.name}: the numbers of {tensor.name} cannot be read.",
                hint="Export the model again.",
                details=str(error),
            ) from error

    def _with_external(self, tensor: onnx.TensorProto) -> onnx.TensorProto:
        """The tensor with its numbers, which lie in a file beside the model and nowhere else."""
        entries = {entry.key: entry.value for entry in tensor.external_data}
        name = entries.get("location", "")
        if not name or name in (".", "..") or re.search(r"[/\\:\0]", name):
            self._refuse(
                "keeps its weights outside its own folder", "Keep the .onnx and its data file together."
            )
        if name not in self._companions:
            beside = self._path.with_name(name)
            if beside.is_symlink():
                self._refuse("keeps its weights behind a link", "Copy the data file beside the model.")
            self._companions[name] = read_file(beside, "the data file of an ONNX model")
        data = self._companions[name]
        start = int(entries.get("offset", "0"))
        length = int(entries.get("length", str(len(data) - start)))
        if start < 0 or length < 0 or start + length > len(data):
            self._refuse(f"expects more in {name} than it holds")
        inside = onnx.TensorProto()
        inside.CopyFrom(tensor)
        inside.data_location = onnx.TensorProto.DEFAULT
        inside.ClearField("external_data")
        inside.raw_data = data[start : start + length]
        return inside

    def _input(self, info: onnx.ValueInfoProto) -> Value:
        kind = info.type.tensor_type
        if kind.elem_type != onnx.TensorProto.FLOAT:
            self._refuse(
                f"takes {onnx.TensorProto.DataType.Name(kind.elem_type).lower()} as {info.name}",
                "Only float32 inputs can be trained; remove the conversion in front.",
            )
        dims = [d.dim_value if d.HasField("dim_value") else 0 for d in kind.shape.dim]
        if len(dims) < 2 or any(n < 1 for n in dims[1:]):
            shown = "x".join(str(n) if n > 0 else "?" for n in dims) or "unknown"
            self._refuse(
                f"leaves the size of its input {info.name} open ({shown})",
                "Export it with a fixed input size; only the batch may be open.",
            )
        if self._is_steps_first(info.name, dims):
            value = self._builder.input((dims[0], 1, dims[2]), _STEPS_FIRST)
            self._layout = self._layout or STEPS_FIRST
            self._values[info.name] = value
            return value
        if dims[0] > 1:
            self._notes.append(f"The file has a batch of {dims[0]}; one is used.")
        shape = (1, *dims[1:])
        last = len(shape) in CHANNELS_LAST and self._reads_channels_last(info.name, len(shape))
        if len(shape) > 2:
            self._layout = self._layout or (LAST if last else FIRST)
        value = self._builder.input(shape, CHANNELS_LAST[len(shape)] if last else None)
        self._values[info.name] = value
        return value

    def _is_steps_first(self, name: str, dims: list[int]) -> bool:
        """Whether an input is a sequence with its steps in front of a batch of one."""
        return len(dims) == 3 and dims[0] > 0 and dims[1] == 1 and self._starts_recurrence(name)

    def _reads_channels_last(self, name: str, rank: int) -> bool:
        """Whether an input has its channels last: the first thing that reads it says so.

        Pictures are brought into the other order; sequences are read step by step, or by a dense layer.
        """
        waiting, seen = [name], set()
        while waiting:
            current = waiting.pop()
            for node in self._model.graph.node:
                if current not in node.input or node.output[0] in seen:
                    continue
                if node.op_type == "Transpose":
                    order = [list(a.ints) for a in node.attribute if a.name == "perm"] or [[]]
                    is_sequence = self._starts_recurrence(node.output[0]) and order[0] == [1, 0, 2]
                    return is_sequence or order[0][:2] == [0, len(order[0]) - 1]
                if node.op_type == "MatMul" and rank == 3:
                    return True
                if node.op_type in _KEEPS_LAST_AXIS | _QUANTISED:
                    seen.add(node.output[0])
                    waiting.append(node.output[0])
        return False

    def _starts_recurrence(self, name: str) -> bool:
        readers = [node for node in self._model.graph.node if name in node.input]
        return any(node.op_type in ("LSTM", "GRU") for node in readers)

    def _without_softmax(self) -> tuple[list[onnx.NodeProto], list[str], bool]:
        """Nodes and names of outputs, the softmax of the only output left off."""
        graph = self._model.graph
        nodes, ends = list(graph.node), [v.name for v in graph.output]
        if len(ends) > 1:
            return nodes, ends, False
        producers = {name: node for node in nodes for name in node.output}
        last, passed = producers.get(ends[0]), []
        while last is not None and last.op_type in {"Identity", "Softmax", *_QUANTISED}:
            passed.append(last)
            if last.op_type == "Softmax":
                self._notes.append("The softmax at the end is left off; conversion adds it again.")
                kept = [n for n in nodes if not any(n is p for p in passed)]
                return kept, [last.input[0]], True
            last = producers.get(last.input[0])
        return nodes, ends, False

    def _read(self, node: onnx.NodeProto) -> None:
        """Build a node; what cannot be built is noted, and what stands behind it still looked at."""
        try:
            self._translate(node)
        except UnsupportedOperator as error:
            follows = node.op_type in OPERATORS and any(
                self._survey.is_stand_in(self._values.get(name)) for name in node.input[1:]
            )
            if not self._survey:
                self._shapes = inferred_shapes(self._model)
            shape, parameters = self._shapes.get(next(iter(node.output), ""), ()), self._held(node)
            shown = self._as_people_see(shape)
            if follows:  # only because an operand is missing
                self._survey.unchecked(self._path_of(node), node.op_type, shown, parameters)
            else:
                self._survey.missing(error, shown, parameters)
            self._stand_in(node)
        except _READING_ERRORS:
            if not self._survey:
                raise
            self._survey.unchecked(self._path_of(node), node.op_type, (), self._held(node))
            self._stand_in(node)

    def _stand_in(self, node: onnx.NodeProto) -> None:
        """Values in place of the results of a node that was not built."""
        for name in node.output:
            shape = self._shapes.get(name, ())
            axes = CHANNELS_LAST.get(len(shape)) if self._layout == LAST else None
            value = self._survey.stand_in(shape, axes) if shape else None
            self._values[name] = _Missing() if value is None else value

    def _as_people_see(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape if self._layout == LAST else (*shape[:1], *channels_last(shape[1:]))

    def _held(self, node: onnx.NodeProto) -> int:
        """How many weights the file holds for a node."""
        if node.op_type in _ONLY_SETTINGS:
            return 0
        held = (self._values.get(name) for name in node.input)
        return sum(a.size for a in held if isinstance(a, np.ndarray) and a.dtype.kind == "f")

    def _refusal(self) -> UnsupportedLayers:
        outputs = [
            (v.name, self._as_people_see(self._shapes.get(v.name, ()))) for v in self._model.graph.output
        ]
        kinds = {node.op_type for node in self._model.graph.node} - set(OPERATORS) - fold.FOLDABLE
        whole_numbers = bool(kinds) and all(_WHOLE_NUMBERS.match(kind) for kind in kinds)
        return self._survey.refusal(
            self._path.name,
            "onnx",
            layout=self._layout,
            outputs=outputs,
            hint=_QDQ_HINT if whole_numbers else "",
        )

    def _translate(self, node: onnx.NodeProto) -> None:
        path = self._path_of(node)
        known = node.op_type in OPERATORS or node.op_type in fold.FOLDABLE
        if not known or node.domain not in ("", "ai.onnx"):
            hint = fix_of(node.op_type)
            raise self._builder.refuse(node.op_type, path, NO_EQUAL.rstrip("."), hint)
        operands: list[Value | NDArrayAny | None] = []
        for name in node.input:
            if name and name not in self._values:
                self._refuse(f"reads {name} before anything computes it (a cycle, or an unsorted graph)")
            operand = self._values[name] if name else None
            if isinstance(operand, _Missing):
                raise ValueError(name)
            operands.append(operand)
        attributes = {a.name: self._attribute(a) for a in node.attribute}
        if all(not isinstance(o, Value) for o in operands) or node.op_type == "Shape":
            results: Any = fold.folded(node, operands, attributes, self._opset, self._path.name)
        else:
            if node.op_type not in OPERATORS:
                raise self._builder.refuse(
                    node.op_type, path, "it depends on the input", "Export with fixed sizes."
                )
            alone = self._uses[node.input[0]] == 1
            used = tuple(bool(name) and self._uses[name] > 0 for name in node.output)
            call = Call(
                self._builder, node.op_type, path, operands, attributes, self._opset, alone, used
            )
            results = OPERATORS[node.op_type](call)
        results = results if isinstance(results, list) else [results]
        for name, result in zip(node.output, results, strict=False):
            if name:
                self._values[name] = result

    def _attribute(self, attribute: onnx.AttributeProto) -> Any:
        if attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS):
            return None
        if attribute.type == onnx.AttributeProto.TENSOR:
            return self._array(attribute.t)
        value = onnx.helper.get_attribute_value(attribute)
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        return tuple(value) if not isinstance(value, int | float | str) else value

    def _output(self, name: str) -> Value:
        value = self._values.get(name)
        if not isinstance(value, Value):
            self._refuse(f"has an output {name} that does not depend on the input")
        if value.features is not None:
            return self._builder.in_file_order(value)
        return value

    def _path_of(self, node: onnx.NodeProto) -> str:
        """A readable module path for a node."""
        for name in node.input[1:2]:
            if name.endswith(".weight"):  # PyTorch names its parameters
                return str(name).removesuffix(".weight")
        for entry in node.metadata_props:
            if entry.key == _SCOPES_KEY:
                scopes = ast.literal_eval(entry.value)
                module = next((str(s) for s in reversed(scopes[:-1]) if s), "")
                kind = re.sub(r"_\d+$", "", str(scopes[-1]))
                return module if module and len(node.input) > 1 else f"{module}.{kind}".strip(".")
        if node.name.startswith("/"):
            path = layer_names.torch_path(node.name)
            return path or node.op_type.lower()
        weighted = node.op_type in ("Conv", "ConvTranspose", "Gemm", "MatMul")
        source = node.output[0] if node.output else ""
        if weighted:  # a fused batch normalisation may have given the result its own name
            source = next((n for n in (*node.input[1:2], node.name) if "/" in n), source)
        return layer_names.tensorflow_path(source, weighted=weighted) or node.op_type.lower()

    def _said(self) -> dict[str, Any]:
        """What the file's metadata say about its classes."""
        said: dict[str, Any] = {}
        for entry in self._model.metadata_props:
            if entry.key.lower() in ("names", "classes", "labels", "class_names"):
                names = _names(entry.value)
                if names:
                    said["classes"] = names
        return said


def _names(text: str) -> tuple[str, ...]:
    """Class names from metadata: a Python or JSON list or dictionary, or a comma-separated line."""
    if len(text) > 200_000:
        return ()
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        value = [name.strip() for name in re.split(r"[,;\n]", text)]
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value, key=str)] if len(value) <= _MAX_CLASSES else []
    if not isinstance(value, list | tuple) or not 1 < len(value) <= _MAX_CLASSES:
        return ()
    return tuple(str(name) for name in value)
