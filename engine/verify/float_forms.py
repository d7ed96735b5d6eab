"""The four float forms of a network: run whole, or every layer by itself.

All forms speak ONNX's order (channels first) under ONNX's names, one sample at a time.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import torch
from numpy.typing import NDArray
from torch import nn

from engine.converted_network import LayerForm
from engine.tflite_model import TfliteModel
from engine.verify.litert import open_reference

Values = dict[str, NDArray[np.float32]]


class FloatForm(Protocol):
    """One float form of the network.

    Attributes:
        title: for people.
        names: the layers it can tell about, inputs included.
    """

    title: str
    names: tuple[str, ...]

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every layer's result of a whole run; `inputs` by name."""
        ...


class CuttableForm(FloatForm, Protocol):
    """A float form whose layers can be fed one by one."""

    def run_isolated(self, values: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every layer's result when whoever reads one of `values` gets it from there."""
        ...


def to_stored(values: NDArray[Any], layer: LayerForm) -> NDArray[Any]:
    """From ONNX's order to the order in TensorFlow and TFLite."""
    values = values.reshape(layer.shape)
    if layer.features is not None:
        values = values[..., list(layer.features)]
    order = [axis for axis in layer.axes if axis is not None]
    shape = tuple(1 if axis is None else layer.shape[axis] for axis in layer.axes)
    return np.ascontiguousarray(values.transpose(order)).reshape(shape)


def from_stored(values: NDArray[Any], layer: LayerForm) -> NDArray[Any]:
    """From the order in TensorFlow and TFLite to ONNX's."""
    order = [axis for axis in layer.axes if axis is not None]
    values = values.reshape([layer.shape[axis] for axis in order]).transpose(np.argsort(order))
    if layer.features is not None:
        values = values[..., np.argsort(layer.features)]
    return np.ascontiguousarray(values)


class TorchForm:
    """The original module; layers are the outputs of its leaf modules."""

    title = "PyTorch"

    def __init__(
        self, module: nn.Module, layers: Sequence[LayerForm], outputs: Sequence[str], *, softmax: bool
    ) -> None:
        self._module = module.eval()
        self._layers = {layer.name: layer for layer in layers}
        computed = [layer for layer in layers if layer.kind != "Input"]
        self._inputs = [layer.name for layer in layers if layer.kind == "Input"]
        self._softmax = computed[-1].name if softmax else ""
        self._outputs = [computed[-2].name] if softmax else list(outputs)
        self._of_module: dict[str, list[str]] = defaultdict(list)
        for layer in computed:
            if layer.name != self._softmax:
                self._of_module[layer.module].append(layer.name)
        self._leaves = {
            path: leaf
            for path, leaf in module.named_modules()
            if path in self._of_module and not any(leaf.children())
        }
        zeros = {name: np.zeros(self._layers[name].shape, np.float32) for name in self._inputs}
        found = self.run(zeros)
        self.names = tuple(layer.name for layer in layers if layer.name in found)

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every leaf module's output, and the network's."""
        calls: dict[str, list[list[torch.Tensor]]] = defaultdict(list)

        def note(path: str) -> Any:
            # Copies, since an activation that works in place overwrites what it was given.
            def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
                calls[path].append([tensor.detach().clone() for tensor in _tensors(output)])

            return hook

        handles = [leaf.register_forward_hook(note(path)) for path, leaf in self._leaves.items()]
        try:
            with torch.no_grad():
                result = self._module(*(torch.from_numpy(inputs[name]) for name in self._inputs))
        finally:
            for handle in handles:
                handle.remove()
        values: Values = {name: inputs[name] for name in self._inputs}
        for path, results in calls.items():
            names = self._of_module[path]
            if len(names) % len(results):
                continue
            per_call = len(names) // len(results)  # the last node of a call holds the module's output
            for name, tensors in zip(names[per_call - 1 :: per_call], results, strict=True):
                shape = self._layers[name].shape
                fitting = [t for t in tensors if tuple(t.shape) == shape]
                if not fitting and len(tensors) > 1:  # a recurrent layer: the sequence, its last state
                    fitting = [t for t in tensors if t.numel() == math.prod(shape)]
                if fitting:
                    values[name] = fitting[0].numpy().reshape(shape)
        outputs = _tensors(result)
        for name, tensor in zip(self._outputs, outputs, strict=True):
            values[name] = tensor.numpy()
        if self._softmax:
            values[self._softmax] = torch.softmax(outputs[0], -1).numpy()
        return values


def _tensors(result: Any) -> list[torch.Tensor]:
    """The tensors of a module's result, however it packs them."""
    if torch.is_tensor(result):
        return [result]
    parts = result.values() if isinstance(result, Mapping) else result
    return [t for part in parts for t in _tensors(part)] if isinstance(parts, Iterable) else []


class OnnxForm:
    """The ONNX network in ONNX Runtime, without its graph optimisations."""

    title = "ONNX Runtime"

    def __init__(self, path: Path, layers: Sequence[LayerForm], fed: Collection[str]) -> None:
        model = onnx.load(path)
        self._shapes = {layer.name: layer.shape for layer in layers}
        self.names = tuple(layer.name for layer in layers)
        computed = [layer.name for layer in layers if layer.kind != "Input"]
        self._whole = self._session(model, {}, computed)
        self._cut_names = {name: f"{name}/fed" for name in fed if name in computed}
        self._isolated = self._session(model, self._cut_names, computed)
        self._computed = computed

    def _session(
        self, model: onnx.ModelProto, cut: Mapping[str, str], outputs: Sequence[str]
    ) -> onnxruntime.InferenceSession:
        changed = onnx.ModelProto()
        changed.CopyFrom(model)
        graph = changed.graph
        for node in graph.node:
            for position, name in enumerate(node.input):
                node.input[position] = cut.get(name, name)
        float32 = onnx.TensorProto.FLOAT
        describe = onnx.helper.make_tensor_value_info
        graph.input.extend(describe(fed, float32, self._shapes[name]) for name, fed in cut.items())
        graph.ClearField("output")
        graph.output.extend(describe(name, float32, self._shapes[name]) for name in outputs)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            changed.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every node's result."""
        feeds = {entry.name: inputs[entry.name] for entry in self._whole.get_inputs()}
        values = dict(zip(self._computed, self._whole.run(self._computed, feeds), strict=True))
        return {**feeds, **values}

    def run_isolated(self, values: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every node's result; layers are cut where the previous form has a value."""
        feeds = {e.name: values[e.name.removesuffix("/fed")] for e in self._isolated.get_inputs()}
        return dict(zip(self._computed, self._isolated.run(self._computed, feeds), strict=True))


class TensorflowForm:
    """The TensorFlow graph, cut at every layer by feeding its consumers."""

    title = "TensorFlow"

    def __init__(self, path: Path, layers: Sequence[LayerForm]) -> None:
        definition = tf.compat.v1.GraphDef.FromString(path.read_bytes())
        self._layers = {layer.name: layer for layer in layers}
        self.names = tuple(self._layers)
        self._computed = [layer for layer in layers if layer.kind != "Input"]
        self._fed = list(layers)
        graph = tf.Graph()
        with graph.as_default():
            entrances = {
                layer.name: tf.compat.v1.placeholder(
                    tf.float32, tuple(1 if a is None else layer.shape[a] for a in layer.axes)
                )
                for layer in layers
            }
            sources = [layer for layer in layers if layer.kind == "Input"]
            for scope, fed in (("whole", sources), ("isolated", layers)):
                tf.graph_util.import_graph_def(
                    definition, {layer.tensorflow: entrances[layer.name] for layer in fed}, name=scope
                )
        # By name: as an element of the import, a mapped tensor would be what it was mapped to.
        self._whole, self._isolated = (
            [graph.get_tensor_by_name(f"{scope}/{layer.tensorflow}") for layer in self._computed]
            for scope in ("whole", "isolated")
        )
        self._entrances = entrances
        self._inputs = [layer.name for layer in sources]
        settings = tf.compat.v1.ConfigProto(
            intra_op_parallelism_threads=1, inter_op_parallelism_threads=1
        )
        # Fusing rewrites would merge the very layers that are compared.
        settings.graph_options.rewrite_options.disable_meta_optimizer = True
        self._session = tf.compat.v1.Session(graph=graph, config=settings)

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every layer's result."""
        return {name: inputs[name] for name in self._inputs} | self._fetch(
            self._whole, {name: inputs[name] for name in self._inputs}
        )

    def run_isolated(self, values: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every layer's result from the previous form's operands."""
        return self._fetch(self._isolated, {layer.name: values[layer.name] for layer in self._fed})

    def _fetch(self, tensors: Any, values: Mapping[str, NDArray[np.float32]]) -> Values:
        feeds = {self._entrances[n]: to_stored(v, self._layers[n]) for n, v in values.items()}
        results = self._session.run(tensors, feeds)
        return {
            layer.name: from_stored(result, layer)
            for layer, result in zip(self._computed, results, strict=True)
        }


class TfliteFloatForm:
    """The float `.tflite` with LiteRT's reference kernels."""

    title = "TFLite float"

    def __init__(self, path: Path, layers: Sequence[LayerForm]) -> None:
        model = TfliteModel.read(path)
        sizes = {layer.name: int(np.prod(layer.shape, dtype=int)) for layer in layers}
        counts = Counter(model.name(t) for t in model.activations())
        self._layers = {layer.name: layer for layer in layers}
        self._tensors = {
            model.name(t): t
            for t in model.activations()
            if counts[model.name(t)] == 1 and sizes.get(model.name(t)) == model.elements(t)
        }
        self.names = tuple(self._tensors)
        self._whole = open_reference(path.read_bytes())
        cut = model.cut(set(self._tensors.values()))
        self._feeds = [model.name(t) for t in cut.feeds]
        self._fetches = [model.name(t) for t in cut.fetches]
        self._isolated = open_reference(cut.data)

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every layer's result that TFLite did not fuse away."""
        for entry in self._whole.get_input_details():
            layer = self._layers[entry["name"]]
            self._whole.set_tensor(entry["index"], to_stored(inputs[layer.name], layer))
        self._whole.invoke()
        return {
            name: from_stored(self._whole.get_tensor(tensor), self._layers[name])
            for name, tensor in self._tensors.items()
        }

    def run_isolated(self, values: Mapping[str, NDArray[np.float32]]) -> Values:
        """Every layer's result from the previous form's operands."""
        for entry, name in zip(self._isolated.get_input_details(), self._feeds, strict=True):
            stored = to_stored(values[name], self._layers[name])
            self._isolated.set_tensor(entry["index"], stored.reshape(entry["shape"]))
        self._isolated.invoke()
        return {
            name: from_stored(self._isolated.get_tensor(entry["index"]), self._layers[name])
            for entry, name in zip(self._isolated.get_output_details(), self._fetches, strict=True)
        }
