"""Keras files (`.keras`, `.h5`) and SavedModel folders as trainable torch networks.

A Keras file may name Python code: Lambda layers and classes of other packages. Its configuration is
read as text first, and anything but Keras' own layers of the table below is refused before Keras sees
the file. A SavedModel is a TensorFlow graph: it is refused if it holds an operation that touches files
or runs Python, then goes through the float `.tflite` reader.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py

from engine.errors import BadInputFile, EngineError
from engine.model_import import network_layers as layers
from engine.model_import.file_bytes import MAX_FILE_BYTES, check_file
from engine.model_import.imported_model import LAST, ImportedModel, channels_last, guessed_meaning
from engine.model_import.keras_call import Call
from engine.model_import.keras_layers import ACTIVATIONS, LAYERS, PER_STEP
from engine.model_import.keras_recurrent import KINDS as RECURRENT
from engine.model_import.keras_survey import unknown_layers
from engine.model_import.module_builder import CHANNELS_LAST, ModuleBuilder, Value
from engine.model_import.tflite_float import read_tflite_float
from engine.operator_fixes import fix_of

# TensorFlow reads these when it is first imported: only errors, and the same bits on every processor.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

_MAX_CONFIG_BYTES = 16 << 20
# Where Keras keeps what a network consists of; its other modules also download and write files.
_KERAS_MODULES = (
    "keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints", "keras.models",
    "keras.src.models", "keras.dtype_policies",
)  # fmt: skip
_INTERNAL = frozenset({"__keras_tensor__", "__tensor__", "__numpy__"})
_CONTAINERS = frozenset({"Functional", "Model", "Sequential"})
# Graph operations that reach outside the graph; see `_check_saved_model`.
_REFUSED_OPERATIONS = (
    "File", "PyFunc", "Save", "Print", "Assert", "Dataset", "Iterator", "Queue", "Summary", "Socket",
    "Rpc", "Load", "Bigtable", "Http",
)  # fmt: skip
_HARMLESS = frozenset({"SaveV2", "MergeV2Checkpoints", "ShardedFilename", "Assert", "RestoreV2"})


def read_keras(path: Path) -> ImportedModel:
    """Read a `.keras` or `.h5` file, or a SavedModel folder.

    Args:
        path: the file, with its architecture (weights alone have no structure), or the folder.

    Returns:
        The network, in evaluation mode, without a softmax at its end.

    Raises:
        BadInputFile: damaged, too large, weights only, or it would need code of its own to load.
        UnsupportedOperator: a layer has no torch form; it is named.
    """
    if path.is_dir():
        return read_saved_model(path)
    check_file(path, "a Keras model")
    config = _archive_config(path) if zipfile.is_zipfile(path) else _h5_config(path)
    _check_config(path, config)
    import keras

    keras.config.disable_traceback_filtering()  # filtering loads all of TensorFlow for one class
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras lets anything out
        raise BadInputFile(
            f"{path.name} cannot be read by Keras {keras.__version__}.",
            hint="Save it again with a recent Keras: model.save('model.keras').",
            details=str(error)[:500],
        ) from error
    try:
        return _Reader(path, model).imported()
    except EngineError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BadInputFile(
            f"{path.name} has a structure that cannot be followed.",
            hint="Export it as a SavedModel or float TFLite and import that.",
            details=f"{type(error).__name__}: {error}",
        ) from error


def read_saved_model(folder: Path) -> ImportedModel:
    """Read a SavedModel folder by way of float TFLite.

    Raises:
        BadInputFile: damaged, or it holds operations that reach outside the graph.
        UnsupportedOperator: an operator has no torch form.
    """
    _check_saved_model(folder)
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(folder))
        signature = loaded.signatures[tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY]
        inputs = {
            name: tf.TensorSpec([1, *spec.shape[1:]] if spec.shape.rank else (), spec.dtype, name)
            for name, spec in signature.structured_input_signature[1].items()
        }
        # Traced again: with a batch of one all shapes are known, and fewer operators are written.
        function = tf.function(lambda **given: signature(**given)).get_concrete_function(**inputs)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], loaded)
        content = converter.convert()
    except Exception as error:  # TensorFlow lets anything out
        raise BadInputFile(
            f"TensorFlow cannot convert the SavedModel {folder.name}.",
            hint="Give it one input of a fixed size and only operations of TFLite. A Keras network with "
            "recurrent layers is imported from its .keras file.",
            details=str(error)[:500],
        ) from error
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / f"{folder.name}.tflite"
        path.write_bytes(content)
        imported = read_tflite_float(path)
    note = "TensorFlow has merged the batch normalisations into their layers."
    return replace(imported, name=folder.name, format="saved-model", notes=(*imported.notes, note))


def _archive_config(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(i.file_size for i in archive.infolist()) > MAX_FILE_BYTES:
                raise BadInputFile(
                    f"{path.name} unpacks to more than {MAX_FILE_BYTES // 1_000_000} MB.",
                    hint="Choose a model of at most a few megabytes.",
                )
            for entry in archive.infolist():
                if entry.filename.startswith(("/", "\\")) or ".." in entry.filename.split("/"):
                    raise BadInputFile(
                        f"{path.name} would write outside its folder.", hint="Do not use this file."
                    )
            if archive.getinfo("config.json").file_size > _MAX_CONFIG_BYTES:
                raise BadInputFile(f"The description in {path.name} is too large.", hint="Export again.")
            return json.loads(archive.read("config.json"))
    except (KeyError, ValueError, zipfile.BadZipFile, OSError, RecursionError) as error:
        raise BadInputFile(
            f"{path.name} is not a Keras model.", hint="Save it with model.save('model.keras')."
        ) from error


def _h5_config(path: Path) -> Any:
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get("model_config")
            if text is None:
                raise BadInputFile(
                    f"{path.name} holds weights but no network.",
                    hint="Save the whole model: model.save('model.keras').",
                )
            return json.loads(text)
    except (OSError, ValueError, TypeError, RecursionError, RuntimeError, KeyError) as error:
        raise BadInputFile(
            f"{path.name} is not a Keras model.", hint="Save it with model.save('model.keras')."
        ) from error


def _described(config: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every object that a configuration describes, at any depth."""
    if depth > 60:
        raise BadInputFile("The Keras configuration is nested too deeply.", hint="Do not use this file.")
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str):
            yield config
        for value in config.values():
            yield from _described(value, depth + 1)
    elif isinstance(config, list):
        for value in config:
            yield from _described(value, depth + 1)


def _check_config(path: Path, config: Any) -> None:
    """Refuse whatever would make Keras import or run something that is not its own."""
    for item in _described(config):
        name, module = item["class_name"], item.get("module")
        foreign = module not in (None, "keras") and not str(module).startswith(_KERAS_MODULES)
        inner = name.startswith("__") and name not in _INTERNAL
        if foreign or inner or name == "function" or name.endswith("Lambda"):
            raise BadInputFile(
                f"{path.name} holds Python code of its own ({name}); it was not loaded.",
                hint="Replace Lambda and custom layers by Keras' own, or export to ONNX.",
                layer=str(item.get("name", "")),
            )
    if not isinstance(config, dict) or config.get("class_name") not in _CONTAINERS:
        raise BadInputFile(f"{path.name} is not a Keras network.", hint="Save a whole model.")
    refusal = unknown_layers(path.name, _format(path), _layers_of(config), LAYERS)
    if refusal is not None:
        raise refusal


def _format(path: Path) -> str:
    return "keras" if path.suffix == ".keras" else "keras-h5"


def _layers_of(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The layers of a network's configuration, those of networks inside it too."""
    inner = config.get("config")
    for item in inner.get("layers", []) if isinstance(inner, dict) else inner or []:
        if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
            raise BadInputFile("The Keras configuration lists something that is no layer.", hint="")
        if item["class_name"] in _CONTAINERS:
            yield from _layers_of(item)
        else:
            yield item
            yield from _inside(item)


def _inside(wrapper: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The layers in a layer that wraps others."""
    config = wrapper.get("config")
    for key in ("layer", "backward_layer"):
        inner = config.get(key) if isinstance(config, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("class_name"), str):
            yield inner
            yield from _inside(inner)


def _check_saved_model(folder: Path) -> None:
    """Refuse graphs that reach outside: files, Python, networks. Saving itself is never called."""
    from tensorflow.core.protobuf import saved_model_pb2

    total = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    if total > MAX_FILE_BYTES or any(p.is_symlink() for p in folder.rglob("*")):
        raise BadInputFile(
            f"{folder.name} is too large or holds links.", hint="Choose a SavedModel of a few megabytes."
        )
    description = saved_model_pb2.SavedModel()
    try:
        description.ParseFromString((folder / "saved_model.pb").read_bytes())
    except Exception as error:
        raise BadInputFile(
            f"{folder.name} is not a SavedModel.", hint="Choose the folder with saved_model.pb."
        ) from error
    for graph in description.meta_graphs:
        nodes = list(graph.graph_def.node)
        nodes += [node for function in graph.graph_def.library.function for node in function.node_def]
        for node in nodes:
            kind = node.op
            if kind not in _HARMLESS and any(word in kind for word in _REFUSED_OPERATIONS):
                raise BadInputFile(
                    f"{folder.name} holds the operation {kind}, which reaches outside the network; "
                    "it was not loaded.",
                    hint="Export only the inference function of the model.",
                    operator=kind,
                )


class _Reader:
    """Follows a loaded model from its inputs to its outputs."""

    def __init__(self, path: Path, model: Any) -> None:
        self._path = path
        self._model = model
        self._builder = ModuleBuilder(path.name)
        self._notes: list[str] = []
        self._softmax = False

    def imported(self) -> ImportedModel:
        values: dict[int, Value] = {}
        for tensor in self._model.inputs:
            shape = tuple(tensor.shape)
            if len(shape) < 2 or any(n is None for n in shape[1:]):
                raise BadInputFile(
                    f"{self._path.name} leaves the size of its input open.",
                    hint="Build the network with a fixed input size.",
                )
            whole = (1, *(int(n) for n in shape[1:]))
            values[id(tensor)] = self._builder.input(whole, CHANNELS_LAST.get(len(whole)))
        first = values[id(self._model.inputs[0])]
        ends = [self._ordered(v) for v in self._follow(self._model, values, outermost=True)]
        shape = channels_last(tuple(first.meta.shape[1:]))
        results = channels_last(tuple(ends[0].meta.shape[1:]))
        meaning = guessed_meaning(shape, results, softmax=self._softmax)
        reconstructs = meaning.task == "anomaly" and len(results) == 1 and len(values) == 1
        return ImportedModel(
            name=self._path.name,
            format=_format(self._path),
            module=self._builder.finish(ends, reconstructs=reconstructs),
            input_shape=shape,
            output_shape=results,
            meaning=meaning,
            notes=tuple(self._notes),
            layout=LAST if len(shape) > 1 else "",
            input_names=tuple(str(tensor.name) for tensor in self._model.inputs),
        )

    def _ordered(self, value: Value) -> Value:
        return value if value.features is None else self._builder.in_file_order(value)

    def _follow(
        self, model: Any, given: dict[int, Value], *, outermost: bool = False, prefix: str = ""
    ) -> list[Value]:
        """Build every layer of a network behind the values of its inputs; returns its outputs."""
        network = getattr(model, "_functional", None) or model
        values = dict(given)
        last = network.outputs[0]
        for depth in sorted(network._nodes_by_depth, reverse=True):
            for node in network._nodes_by_depth[depth]:
                if node.is_input:
                    continue
                layer = node.operation
                operands = [values[id(t)] for t in node.arguments.keras_tensors]
                end = outermost and len(network.outputs) == 1 and node.outputs[0] is last
                results = self._layer(layer, operands, end=end, prefix=prefix)
                values.update((id(t), v) for t, v in zip(node.outputs, results, strict=True))
        return [values[id(t)] for t in network.outputs]

    def _layer(self, layer: Any, operands: list[Value], *, end: bool, prefix: str) -> list[Value]:
        kind, name = type(layer).__name__, f"{prefix}{layer.name}"
        if kind in _CONTAINERS:
            network = getattr(layer, "_functional", None) or layer
            inner = {id(t): v for t, v in zip(network.inputs, operands, strict=True)}
            return self._follow(layer, inner, outermost=end, prefix=f"{name}.")
        build = LAYERS[kind]
        if kind == "TimeDistributed":
            layer = layer.layer
            inner_kind = type(layer).__name__
            if inner_kind not in PER_STEP:
                held = f"it holds {inner_kind}"
                raise self._builder.refuse(kind, name, held, f"It may hold {', '.join(PER_STEP)}.")
            kind, build = inner_kind, PER_STEP[inner_kind]
        if getattr(layer, "data_format", "channels_last") != "channels_last":
            raise self._builder.refuse(kind, name, "it has channels first", "Use channels_last.")
        call = Call(self._builder, kind, name, layer, operands)
        value = build(call)
        activation = getattr(layer, "activation", None)
        if kind == "Softmax":
            axis = layer.axis if isinstance(layer.axis, int) else -1
            end = end and axis % value.rank == value.rank - 1
            value = self._activated(call, value, "softmax", end=end, axis=axis)
        elif activation is not None and kind not in RECURRENT:
            value = self._activated(call, value, str(activation.__name__), end=end)
        return [value]

    def _activated(self, call: Call, value: Value, kind: str, *, end: bool, axis: int = -1) -> Value:
        name = call.name if call.kind in ("Activation", "Softmax") else f"{call.name}_{kind}"
        if kind == "linear":
            return value
        if kind == "softmax" and end:
            self._softmax = True
            self._notes.append("The softmax at the end is left off; conversion adds it again.")
            return value
        if kind == "softmax":
            return layers.softmax(call.builder, name, value, axis)
        if kind not in ACTIVATIONS:
            raise call.refuse(f"its activation is {kind}", fix_of(kind))
        torch_kind, settings = ACTIVATIONS[kind]
        return call.builder.layer(name, torch_kind, value).same_shape(**settings)
