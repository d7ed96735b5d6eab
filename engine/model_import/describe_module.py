"""What an imported trainable network is, in the form that people and fronts read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from engine.model_import.imported_model import channels_last
from engine.model_import.stepwise import Stepwise
from engine.model_import.stored_module import LAYERS, Node, StoredModule, run_node
from engine.summaries import LayerInfo, ModelSummary, TensorInfo

Refusal = tuple[str, str]  # reason and fix, a sentence each; the fix may be ""

# The TFLite operator that a node becomes, where it is not the node's own kind in capitals.
_KINDS = {
    "conv1d": "CONV_2D",
    "conv_transpose1d": "TRANSPOSE_CONV",
    "conv_transpose2d": "TRANSPOSE_CONV",
    "linear": "FULLY_CONNECTED",
    "batch_norm1d": "BATCH_NORM",
    "batch_norm2d": "BATCH_NORM",
    "hard_sigmoid": "HARD_SIGMOID",
    "sigmoid": "LOGISTIC",
    "flatten": "RESHAPE",
    "permute": "TRANSPOSE",
    "concat": "CONCATENATION",
    "amax": "REDUCE_MAX",
    "pad1d": "PAD",
    "pad2d": "PAD",
    "pad3d": "PAD",
    "edge_pad1d": "MIRROR_PAD",
    "edge_pad2d": "MIRROR_PAD",
    "upsample": "RESIZE_NEAREST_NEIGHBOR",
    "flip": "STRIDED_SLICE",
    "conv2d": "CONV_2D",
    **{f"{a}max_pool{n}d": "MAX_POOL_2D" for a in ("", "adaptive_") for n in (1, 2)},
    **{f"{a}avg_pool{n}d": "AVERAGE_POOL_2D" for a in ("", "adaptive_") for n in (1, 2)},
}
_MULTIPLYING = nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d | nn.ConvTranspose2d | nn.Linear
_RECURRENT = frozenset({"lstm", "gru", "plain_rnn", "reset_first_gru"})
_KEEPS_STEPS = frozenset(
    {"linear", "slice", "relu", "tanh", "sigmoid", "dropout", "identity", "mul", "add", "flip"}
)
_LEFT_OUT = frozenset(
    {"dropout", "identity", "constant", "learned_constant"}
)  # nothing of them reaches the chip


def describe_module(
    module: StoredModule,
    *,
    name: str,
    task: str,
    model_format: str,
    layout: str = "",
    unsupported: Mapping[str, Refusal] | None = None,
) -> ModelSummary:
    """Run one blank input through the network and note what each operation does.

    Args:
        module: the network.
        name: what to call it.
        task: what it is for, or "".
        model_format: of the file it came from.
        layout: of the file's first input, see `ModelSummary`.
        unsupported: reason and fix for each operation that cannot be converted, by its path.
    """
    values = {name: torch.zeros(1, *shape) for name, shape in module.plan.inputs.items()}
    inputs = [
        TensorInfo(n, (1, *channels_last(tuple(v.shape[1:]))), "float32") for n, v in values.items()
    ]
    was_training = module.training
    module.eval()
    with torch.no_grad():
        for node in module.plan.nodes:
            values[node.name] = run_node(module, node, [values[i] for i in node.inputs])
    module.train(was_training)
    sequences = sequences_in(module.plan.nodes)
    layers = layer_rows(module, module.plan.nodes, values, unsupported or {})
    digest = hashlib.sha256()
    for tensor in module.state_dict().values():
        digest.update(tensor.numpy().tobytes())
    outputs = [
        TensorInfo(n, _shape(values[n], sequence=n in sequences), "float32") for n in module.plan.outputs
    ]
    return ModelSummary(
        model=name,
        format=model_format,
        trainable=True,
        task=task,
        inputs=inputs,
        outputs=outputs,
        parameters=sum(p.numel() for p in module.parameters()),
        macs=sum(layer.macs for layer in layers),
        layers=layers,
        model_hash=digest.hexdigest()[:16],
        layout=layout,
    )


def layer_rows(
    module: nn.Module,
    nodes: Sequence[Node],
    results: Mapping[str, Tensor],
    unsupported: Mapping[str, Refusal],
) -> list[LayerInfo]:
    """One row per operation that reaches the chip.

    Args:
        module: holds the layers.
        nodes: the operations in order.
        results: what each gives, by name; tensors without memory do.
        unsupported: reason and fix for each operation that cannot be converted, by its path.
    """
    sequences = sequences_in(nodes)
    rows: list[LayerInfo] = []
    for node in nodes:
        if node.kind not in _LEFT_OUT:
            shape = _shape(results[node.name], sequence=node.name in sequences)
            rows.append(_layer(module, node, len(rows), results[node.name], shape, unsupported))
    return rows


def sequences_in(nodes: Sequence[Node]) -> set[str]:
    """Results that are sequences with their features last."""
    found: set[str] = set()
    for node in nodes:
        if node.kind in _RECURRENT or (node.kind in _KEEPS_STEPS and node.inputs[0] in found):
            found.add(node.name)
    return found


def _layer(
    module: nn.Module,
    node: Node,
    index: int,
    result: Tensor,
    shape: tuple[int, ...],
    unsupported: Mapping[str, Refusal],
) -> LayerInfo:
    kind, macs, parameter_bytes = _KINDS.get(node.kind, node.kind.upper()), 0, 0
    support, reason, fix = "supported", "", ""
    if node.settings.get("mode") == "bilinear":
        kind = "RESIZE_BILINEAR"
    if node.kind in LAYERS:
        layer = module.get_submodule(node.name)
        parameter_bytes = 4 * sum(p.numel() for p in layer.parameters())
        if isinstance(layer, _MULTIPLYING):
            macs = result[0].numel() * layer.weight[0].numel()
        if isinstance(layer, nn.RNNBase | Stepwise):
            steps = layer.steps if isinstance(layer, Stepwise) else result.shape[1]
            macs = steps * sum(p.numel() for p in layer.parameters() if p.ndim == 2)
            support, reason = "replaced", f"Written out as {steps} steps of dense layers."
        if isinstance(layer, nn.Conv1d | nn.Conv2d) and 1 < layer.groups == layer.in_channels:
            kind = "DEPTHWISE_CONV_2D"
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            support, reason = "replaced", "Merged into the layer in front of it."
    if node.name in unsupported:
        support, (reason, fix) = "unsupported", unsupported[node.name]
    return LayerInfo(
        index=index,
        name=node.name,
        kind=kind,
        output_shape=shape,
        macs=macs,
        parameter_bytes=parameter_bytes,
        output_bytes=4 * result[0].numel(),
        support=support,
        reason=reason,
        fix=fix,
    )


def _shape(tensor: Tensor, *, sequence: bool) -> tuple[int, ...]:
    """As people see it: channels last, and so are a sequence's features already."""
    if sequence:
        return tuple(tensor.shape)
    return (1, *channels_last(tuple(tensor.shape[1:])))
