"""PyTorch -> ONNX: batch of one, batch normalisation folded, tensors named after torch modules."""

from __future__ import annotations

import ast
import logging
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import onnx
import torch
from torch import nn

from engine.convert.onnx_to_tensorflow import MODULE_KEY
from engine.convert.recurrent import check_recurrent, unroll_recurrent
from engine.errors import ConversionFailed

OPSET = 20
SOFTMAX_NAME = "softmax"
_SCOPES_KEY = "pkg.torch.onnx.name_scopes"
_CHATTY_LOGGERS = ("torch.onnx", "onnxscript", "onnx_ir")


def export_onnx(
    module: nn.Module, input_shapes: Sequence[tuple[int, ...]], path: Path, *, softmax: bool = False
) -> onnx.ModelProto:
    """Export a network and write it.

    Every tensor is named after the torch module that computes it (`blocks.0.1.2`); results of plain
    functions are named after the module whose `forward` calls them and the function (`blocks.0.add`).
    Each node's metadata holds its module path under `torch_module`.

    Args:
        module: takes float32 tensors, channels first.
        input_shapes: shape of each input without batch, channels first.
        path: where the `.onnx` goes.
        softmax: append a softmax over the classes to the only output.

    Raises:
        ConversionFailed: PyTorch cannot trace or export the network.
        UnsupportedOperator: a recurrent layer cannot be written out; it is named.
    """
    check_recurrent(module)
    model = _export(module, input_shapes)
    unroll_recurrent(model)
    _name_after_modules(model.graph)
    if softmax:
        _append_softmax(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save_model(model, path)
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back the exporter's notes to its own authors; errors still raise."""
    loggers = [logging.getLogger(name) for name in _CHATTY_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for category in (FutureWarning, DeprecationWarning, UserWarning):
                warnings.simplefilter("ignore", category)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _export(module: nn.Module, input_shapes: Sequence[tuple[int, ...]]) -> onnx.ModelProto:
    training = module.training
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    examples = tuple(torch.zeros(1, *shape, device=device) for shape in input_shapes)
    names = ["input", *(f"input_{i}" for i in range(1, len(examples)))]
    try:
        with _quiet():
            program = torch.onnx.export(
                module.eval(),
                examples,
                dynamo=True,
                opset_version=OPSET,
                input_names=names,
                verbose=False,
                external_data=False,
            )
    except Exception as error:  # the exporter lets anything out: its own, torch.export's, the network's
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ConversionFailed(
            f"PyTorch cannot export the network: {reason[:300]}.",
            hint="Networks must not branch on the values of tensors, and must accept a batch of one.",
        ) from error
    finally:
        module.train(training)
    if program is None:
        raise ConversionFailed(
            "PyTorch exported nothing.", hint="Check the network with a batch of one."
        )
    model: onnx.ModelProto = program.model_proto
    return model


def _scopes(node: onnx.NodeProto) -> list[str]:
    for entry in node.metadata_props:
        if entry.key == _SCOPES_KEY:
            return [str(scope) for scope in ast.literal_eval(entry.value)]
    return ["", node.op_type.lower()]


def _name_after_modules(graph: onnx.GraphProto) -> None:
    """Rename all computed tensors and folded constants; drop the exporter's own metadata."""
    places = []
    for node in graph.node:
        *modules, function = _scopes(node)
        places.append((modules[-1] if modules else "", re.sub(r"_\d+$", "", function)))
    nodes_of_module = Counter(module for module, _ in places)
    taken = {value.name for value in graph.input} | {value.name for value in graph.initializer}
    renamed: dict[str, str] = {}
    for initializer in graph.initializer:
        wanted = initializer.name.removesuffix(".weight_bias") + ".bias"
        if initializer.name.endswith(".weight_bias") and wanted not in taken:
            renamed[initializer.name] = initializer.name = wanted
            taken.add(wanted)
    folded = {value.name: value for value in graph.initializer if "." not in value.name}
    for node, (module, _) in zip(graph.node, places, strict=True):
        # a dense layer over a sequence: its weights were transposed on the way and lost their name
        wanted = f"{module}.weight"
        if node.op_type == "MatMul" and node.input[1] in folded and module and wanted not in taken:
            initializer = folded.pop(node.input[1])
            renamed[initializer.name] = initializer.name = wanted
            taken.add(wanted)
    for node, (module, function) in zip(graph.node, places, strict=True):
        if module and nodes_of_module[module] == 1:
            stem = module
        else:
            stem = f"{module}.{function}" if module else function
        for position, output in enumerate(node.output):
            wanted = stem if position == 0 else f"{stem}.{position}"
            number = 1
            while wanted in taken:
                number += 1
                wanted = f"{stem}.{number}"
            taken.add(wanted)
            renamed[output] = wanted
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
        entry = node.metadata_props.add()
        entry.key, entry.value = MODULE_KEY, module
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = renamed.get(name, name)
        node.name = node.output[0]
    for value in [*graph.output, *graph.value_info]:
        value.name = renamed.get(value.name, value.name)
        value.ClearField("metadata_props")
    for initializer in graph.initializer:
        initializer.ClearField("metadata_props")


def _append_softmax(model: onnx.ModelProto) -> None:
    if len(model.graph.output) != 1:
        raise ConversionFailed(
            f"A classifier has one output, this network has {len(model.graph.output)}.",
            hint="Return only the class scores, or choose a task other than classification.",
        )
    scores = model.graph.output[0]
    node = onnx.helper.make_node("Softmax", [scores.name], [SOFTMAX_NAME], name=SOFTMAX_NAME, axis=-1)
    model.graph.node.append(node)
    result = onnx.ValueInfoProto()
    result.CopyFrom(scores)
    result.name = SOFTMAX_NAME
    model.graph.output.pop()
    model.graph.output.append(result)
