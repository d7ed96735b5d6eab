"""Readable module paths made from the names that exporters give to layers."""

from __future__ import annotations

import re

_ROOTS = re.compile(
    r"^(?:StatefulPartitionedCall|PartitionedCall|model|sequential|functional)(?:_\d+)*$"
)
_OPERATIONS = re.compile(
    r"^(?:Conv\d?D?|DepthwiseConv2dNative|depthwise|separable_conv2d|MatMul|Gemm|BiasAdd|Relu6?|Softmax|"
    r"FusedBatchNorm(?:V3)?|BatchNormalization|batchnorm|AvgPool|MaxPool|Mean|Reshape|Tensordot|Sigmoid|"
    r"Tanh|convolution|merged_input|ReadVariableOp|resource|Squeeze|ExpandDims|Pad|concat|add|mul|sub)"
    r"(?:_weights_fused_bn)?(?:_?\d+)?$",
    re.IGNORECASE,
)
_WEIGHTED = re.compile(r"conv|depthwise|dense|matmul|gemm|tensordot", re.IGNORECASE)


def torch_path(scoped: str) -> str:
    """Path from the older PyTorch exporter's node name: `layer1.0` from `/layer1/layer1.0/Conv`."""
    *scopes, _ = scoped.strip("/").split("/")
    path, last = "", ""
    for scope in scopes:
        if last and scope.startswith(f"{last}."):
            path = path[: len(path) - len(last)]
        path = f"{path}.{scope}" if path and not path.endswith(".") else path + scope
        last = scope
    return path


def tensorflow_path(name: str, *, weighted: bool) -> str:
    """Path from a TensorFlow tensor or node name, "" if nothing readable is in it.

    Args:
        name: `model/conv2d/BiasAdd;model/conv2d/Conv2D1`, `StatefulPartitionedCall/net/LAYER_3/Relu6:0`.
        weighted: the layer has weights: of the names joined by a fusion, theirs is wanted.
    """
    pieces = [piece for piece in name.removeprefix("TFLITE2ONNX_FAF_").split(";") if piece]
    if weighted:
        pieces = [piece for piece in pieces if _WEIGHTED.search(piece)][-1:] or pieces
    parts = [part for part in pieces[0].split(":")[0].split("/") if part] if pieces else []
    while len(parts) > 1 and _ROOTS.match(parts[0]):
        parts = parts[1:]
    while len(parts) > 1 and _OPERATIONS.match(parts[-1]):
        parts = parts[:-1]
    return ".".join(part.replace(".", "_") for part in parts)
