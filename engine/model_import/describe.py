"""What a finished network is, in a form that people and fronts read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.graph import Operator, Tensor, TensorGraph
from engine.meaning import Meaning
from engine.model_import.guesses import guessed_meaning, with_quantised_input
from engine.model_import.label_file import labels_behind
from engine.summaries import LayerInfo, ModelSummary, TensorInfo


def describe(
    graph: TensorGraph, path: Path, *, unsupported: Mapping[int, str] | None = None
) -> ModelSummary:
    """Describe a graph that was read from `path`.

    Args:
        graph: the network.
        path: its file.
        unsupported: reason for each operator without a kernel, by operator index.
    """
    reasons = unsupported or {}
    return ModelSummary(
        model=graph.name,
        format=_format(graph, path),
        trainable=False,
        task="",
        inputs=[_tensor_info(graph.tensors[i]) for i in graph.inputs],
        outputs=[_tensor_info(graph.tensors[i]) for i in graph.outputs],
        parameters=_parameters(graph),
        macs=graph.total_macs,
        layers=[_layer_info(graph, operator, reasons) for operator in graph.operators],
        model_hash=graph.model_hash,
        layout=layout_of(graph),
    )


def layout_of(graph: TensorGraph) -> str:
    """How the first input lies; TFLite knows one order only."""
    return "channels-last" if len(graph.tensors[graph.inputs[0]].shape) > 2 else ""


def meaning_of(graph: TensorGraph, path: Path) -> Meaning:
    """What the numbers of a finished network mean, as far as it says, with guesses for the rest.

    Args:
        graph: the network.
        path: its file; class names may be packed behind it.
    """
    first, last = (graph.tensors[ends[0]] for ends in (graph.inputs, graph.outputs))
    softmax = any(o.kind == "SOFTMAX" and graph.outputs[0] in o.outputs for o in graph.operators)
    labels = labels_behind(path)
    said = {"classes": labels} if labels else {}
    meaning = guessed_meaning(first.shape[1:], last.shape[1:], softmax=softmax, **said)
    if first.quantization is None or first.dtype not in ("int8", "uint8", "int16"):
        return meaning
    limits = np.iinfo(first.dtype)
    low, high = (
        first.quantization.scale * (end - first.quantization.zero_point)
        for end in (int(limits.min), int(limits.max))
    )
    return with_quantised_input(meaning, low, high)


def _layer_info(graph: TensorGraph, operator: Operator, reasons: Mapping[int, str]) -> LayerInfo:
    results = list(graph.results(operator))
    return LayerInfo(
        index=operator.index,
        name=graph.layer_name(operator),
        kind=operator.kind,
        output_shape=results[0].shape if results else (),
        macs=graph.macs(operator),
        parameter_bytes=sum(t.size_bytes for t in graph.operands(operator) if t.is_constant),
        output_bytes=sum(t.size_bytes for t in results),
        support="unsupported" if operator.index in reasons else "supported",
        reason=reasons.get(operator.index, ""),
    )


def _tensor_info(tensor: Tensor) -> TensorInfo:
    quantization = tensor.quantization
    return TensorInfo(
        name=tensor.name,
        shape=tensor.shape,
        dtype=tensor.dtype,
        scale=quantization.scale if quantization else 0.0,
        zero_point=quantization.zero_point if quantization else 0,
    )


def _parameters(graph: TensorGraph) -> int:
    """Elements of weights and biases: constants of the layers that multiply."""
    layers = [operator for operator in graph.operators if graph.macs(operator) > 0]
    tensors = {t.index: t for operator in layers for t in graph.operands(operator) if t.is_constant}
    return sum(t.elements for t in tensors.values())


def _format(graph: TensorGraph, path: Path) -> str:
    """`tflite-int8`, `tflite-int16x8`, `tflite-float` or `tflite-mixed`, by the layers' activations."""
    kinds = {
        graph.tensors[operator.inputs[0]].dtype
        for operator in graph.operators
        if graph.macs(operator) > 0 and operator.inputs
    }
    if not kinds:
        kinds = {graph.tensors[i].dtype for i in graph.inputs}
    names = {"int8": "int8", "int16": "int16x8", "float32": "float"}
    if len(kinds) == 1:
        return f"{path.suffix.lstrip('.').lower()}-{names.get(next(iter(kinds)), 'mixed')}"
    return f"{path.suffix.lstrip('.').lower()}-mixed"
