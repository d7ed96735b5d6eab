"""TFLite Micro on the host: the reference that generated firmware must equal byte for byte.

The interpreter (PyPI `tflite-micro`) exists for Linux only. Elsewhere LiteRT's reference kernels
stand in, which differ from it by at most one quantum in dense layers; `MicroReference.engine` says
which one ran.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnsupportedOperator
from engine.events import CancelToken
from engine.native_messages import captured_messages
from engine.tflite_model import TfliteModel

TFLITE_MICRO = "TFLite Micro"
LITERT = "LiteRT reference kernels"


def has_tflite_micro() -> bool:
    """Whether TFLite Micro's interpreter is installed."""
    return importlib.util.find_spec("tflite_micro") is not None


class _Interpreter(Protocol):
    def set_input(self, position: int, values: NDArray[Any]) -> None: ...
    def invoke(self) -> None: ...
    def output(self, position: int) -> NDArray[Any]: ...
    def tensor(self, index: int) -> NDArray[Any]: ...


class MicroReference:
    """One interpreter of one quantised network, for many inputs.

    Args:
        path: the `.tflite`.
        layers: keep every tensor, so that `tensor` works.

    Attributes:
        engine: `TFLite Micro`, or `LiteRT reference kernels` where that is not installed.
        input_bytes: of all inputs together.
        output_bytes: of all outputs together.

    Raises:
        BadInputFile: not a TFLite file.
        UnsupportedOperator: TFLite Micro refuses the network.
    """

    def __init__(self, path: Path, *, layers: bool = False) -> None:
        self._open(TfliteModel.read(path), path.read_bytes(), layers)

    @classmethod
    def of_model(cls, model: TfliteModel, data: bytes, *, layers: bool = False) -> MicroReference:
        """The same for a network in memory; `data` are the bytes of `model`."""
        reference = cls.__new__(cls)
        reference._open(model, data, layers)
        return reference

    def _open(self, model: TfliteModel, data: bytes, layers: bool) -> None:
        self._model = model
        if model.external_buffers:  # the interpreter would read garbage from them without a word
            data = model.to_bytes()
        self._inputs = [int(t) for t in model.graph.inputs]
        self._outputs = [int(t) for t in model.graph.outputs]
        self.input_bytes = sum(self._size(t) for t in self._inputs)
        self.output_bytes = sum(self._size(t) for t in self._outputs)
        self._interpreter: _Interpreter
        if has_tflite_micro():
            self.engine = TFLITE_MICRO
            self._interpreter = _Micro(model, data, layers)
        else:
            self.engine = LITERT
            self._interpreter = _LiteRT(data)

    def _size(self, tensor: int) -> int:
        return self._model.elements(tensor) * np.dtype(self._model.dtype(tensor)).itemsize

    def run(self, *inputs: NDArray[Any]) -> list[NDArray[Any]]:
        """One inference; one array of the tensor's type per input, in any shape of the right size."""
        for position, values in enumerate(inputs):
            tensor = self._inputs[position]
            shaped = np.ascontiguousarray(values, self._model.dtype(tensor)).reshape(
                self._model.shape(tensor)
            )
            self._interpreter.set_input(position, shaped)
        self._interpreter.invoke()
        return [
            np.array(self._interpreter.output(i)).reshape(self._model.shape(t))
            for i, t in enumerate(self._outputs)
        ]

    def run_bytes(self, data: bytes) -> bytes:
        """One inference on raw bytes, all inputs and all outputs one behind another."""
        inputs, start = [], 0
        for tensor in self._inputs:
            inputs.append(
                np.frombuffer(data[start : start + self._size(tensor)], self._model.dtype(tensor))
            )
            start += self._size(tensor)
        return b"".join(output.tobytes() for output in self.run(*inputs))

    def tensor(self, index: int) -> NDArray[Any]:
        """Values of one tensor after the last inference, if opened with `layers`."""
        return np.array(self._interpreter.tensor(index)).reshape(self._model.shape(index))

    def quantize_input(self, values: NDArray[np.float32]) -> NDArray[Any]:
        """Real inputs (n, *shape without batch) of a one-input network as the input tensor's numbers."""
        return self._to_quanta(values, self._inputs[0])

    def input_values(self, quanta: NDArray[Any]) -> NDArray[np.float32]:
        """The real values that numbers of `quantize_input` stand for, of the same shape."""
        found = self._model.quantization(self._inputs[0])
        if found is None:
            return quanta.astype(np.float32)
        return (quanta.astype(np.float32) - float(found[1][0])) * np.float32(found[0][0])

    def input_samples(self, inputs: Sequence[NDArray[np.float32]]) -> list[bytes]:
        """Real inputs as raw bytes, all inputs of a sample one behind another.

        Args:
            inputs: for each input of the network, (n, *shape without batch).
        """
        quanta = [self._to_quanta(v, t) for v, t in zip(inputs, self._inputs, strict=True)]
        return [b"".join(q.tobytes() for q in sample) for sample in zip(*quanta, strict=True)]

    def _to_quanta(self, values: NDArray[np.float32], tensor: int) -> NDArray[Any]:
        dtype = np.dtype(self._model.dtype(tensor))
        found = self._model.quantization(tensor)
        if found is None:
            return values.astype(dtype)
        return quantize(values, float(found[0][0]), int(found[1][0]), dtype)

    @property
    def input_types(self) -> tuple[tuple[str, int], ...]:
        """Numpy type name and number of elements of each input tensor."""
        return tuple((self._model.dtype(t), self._model.elements(t)) for t in self._inputs)

    def split_outputs(self, data: bytes) -> list[NDArray[Any]]:
        """Raw output bytes, all outputs one behind another, as one flat array per tensor."""
        parts, start = [], 0
        for tensor in self._outputs:
            end = start + self._size(tensor)
            parts.append(np.frombuffer(data[start:end], self._model.dtype(tensor)))
            start = end
        return parts

    def output_values(self, data: bytes) -> NDArray[np.float32]:
        """Real values of raw output bytes, all outputs one behind another; shape (elements,)."""
        parts = []
        for tensor, raw in zip(self._outputs, self.split_outputs(data), strict=True):
            found = self._model.quantization(tensor)
            if found is None:
                parts.append(raw.astype(np.float32))
            else:
                parts.append(((raw.astype(np.float64) - found[1][0]) * found[0][0]).astype(np.float32))
        return np.concatenate(parts)

    def run_all(self, quanta: NDArray[Any], *, cancel: CancelToken | None = None) -> NDArray[np.float32]:
        """Real outputs, shape (n, elements), of many quantised inputs (n, ...), one input each."""
        answers = []
        for sample in quanta:
            if cancel is not None:
                cancel.check()
            answers.append(self.output_values(b"".join(o.tobytes() for o in self.run(sample))))
        return np.stack(answers) if answers else np.zeros((0, 0), np.float32)

    def arena_bytes(self) -> int | None:
        """Arena that TFLite Micro uses on this (64-bit) host, None if another engine stands in."""
        return self._interpreter.arena_bytes() if isinstance(self._interpreter, _Micro) else None


def quantize(values: NDArray[Any], scale: float, zero_point: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Real numbers to quanta, halves away from zero, as TFLite's QUANTIZE and the firmware do it."""
    scaled = np.asarray(values, np.float32) / np.float32(scale)
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    limits = np.iinfo(dtype)
    quanta: NDArray[Any] = np.clip(rounded + zero_point, limits.min, limits.max).astype(dtype)
    return quanta


class _Micro:
    """TFLite Micro's Python interpreter."""

    def __init__(self, model: TfliteModel, data: bytes, layers: bool) -> None:
        from tflite_micro import runtime

        config = runtime.InterpreterConfig
        self._position: dict[int, int] = {}
        if layers:
            data = self._all_outputs(data)
        # It aborts the process when the arena is far too small, so it gets plenty.
        tensors = range(len(model.tensors))
        arena = 1 << 20
        arena += 4 * sum(max(model.elements(t), 0) * 4 for t in tensors if not model.is_constant(t))
        arena += 4 * len(data)
        _refuse_flat_softmax(model)
        with captured_messages() as said:
            try:
                self._interpreter = runtime.Interpreter.from_bytes(
                    data,
                    arena_size=arena,
                    intrepreter_config=config.kPreserveAllTensors
                    if layers
                    else config.kAllocationRecording,
                )
            except (RuntimeError, ValueError) as error:
                reason = said() or str(error)
                raise UnsupportedOperator(
                    f"TFLite Micro refuses the network: {' '.join(reason.split())[:300].rstrip('.')}.",
                    hint="Convert the network to 8-bit integers with operators that TFLite Micro has.",
                ) from error

    def _all_outputs(self, data: bytes) -> bytes:
        """The network with every computed tensor among its outputs: `GetTensor` never frees its copy."""
        wide = TfliteModel(data)
        outputs = [int(t) for t in wide.graph.outputs]
        ends = {*outputs, *(int(t) for t in wide.graph.inputs)}
        outputs += [t for t in wide.activations() if t not in ends]
        wide.graph.outputs = np.array(outputs, np.int32)
        self._position = {tensor: position for position, tensor in enumerate(outputs)}
        return wide.to_bytes()

    def set_input(self, position: int, values: NDArray[Any]) -> None:
        self._interpreter.set_input(values, position)

    def invoke(self) -> None:
        self._interpreter.invoke()

    def output(self, position: int) -> NDArray[Any]:
        result: NDArray[Any] = self._interpreter.get_output(position)
        return result

    def tensor(self, index: int) -> NDArray[Any]:
        if index in self._position:
            return self.output(self._position[index])
        return np.asarray(self._interpreter.GetTensor(index, 0)["tensor_data"])

    def arena_bytes(self) -> int | None:
        with captured_messages() as said:
            self._interpreter.print_allocations()
            match = re.search(r"allocation total (\d+) bytes", said())
        return int(match.group(1)) if match else None


def _refuse_flat_softmax(model: TfliteModel) -> None:
    """TFLite Micro aborts the process where a softmax's inputs are finer than its arithmetic.

    It scales them by 2^26, as whole numbers, and asks for more than 1 of it.
    """
    for kind, operator in model.operators():
        if kind != "SOFTMAX" or model.dtype(operator.inputs[0]) != "int8":
            continue
        quantization = model.quantization(operator.inputs[0])
        beta = operator.builtinOptions.beta if operator.builtinOptions else 1.0
        if quantization is not None and beta * float(quantization[0][0]) * 2**26 <= 1:
            name = model.name(operator.inputs[0])
            raise UnsupportedOperator(
                f"The values that go into the softmax ({name}) are all nearly the same: 8 bits in steps "
                f"of {float(quantization[0][0]):.2g} tell nothing apart.",
                hint="The last layer has learned nothing yet: train the network, or remove its softmax.",
            )


class _LiteRT:
    """LiteRT's reference kernels, for systems without TFLite Micro's package."""

    def __init__(self, data: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self._interpreter = Interpreter(
            model_content=data,
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        self._interpreter.allocate_tensors()
        self._inputs = [d["index"] for d in self._interpreter.get_input_details()]
        self._outputs = [d["index"] for d in self._interpreter.get_output_details()]

    def set_input(self, position: int, values: NDArray[Any]) -> None:
        self._interpreter.set_tensor(self._inputs[position], values)

    def invoke(self) -> None:
        self._interpreter.invoke()

    def output(self, position: int) -> NDArray[Any]:
        return self.tensor(self._outputs[position])

    def tensor(self, index: int) -> NDArray[Any]:
        values: NDArray[Any] = self._interpreter.get_tensor(index)
        return values
