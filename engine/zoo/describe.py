"""Facts about a torch module for people: layers, shapes, parameters, multiply-accumulates."""

from __future__ import annotations

import hashlib

import torch
from torch import nn

from engine.summaries import LayerInfo, ModelSummary, TensorInfo

_KINDS: dict[type[nn.Module], str] = {
    nn.Conv1d: "CONV_2D",
    nn.Conv2d: "CONV_2D",
    nn.Linear: "FULLY_CONNECTED",
    nn.AvgPool2d: "AVERAGE_POOL_2D",
    nn.AdaptiveAvgPool2d: "AVERAGE_POOL_2D",
    nn.MaxPool2d: "MAX_POOL_2D",
}


def describe_network(
    module: nn.Module, *, name: str, task: str, input_shape: tuple[int, ...]
) -> ModelSummary:
    """Run one blank input through the module and note what each layer does.

    Args:
        module: takes (batch, channels, height, width), or (batch, features).
        name: what to call the model.
        task: what it is for.
        input_shape: without batch, channels last.
    """
    layers: list[LayerInfo] = []
    hooks = []

    def note(layer: nn.Module, path: str) -> None:
        def hook(_: nn.Module, __: object, output: torch.Tensor) -> None:
            layers.append(_layer(len(layers), path, layer, output))

        hooks.append(layer.register_forward_hook(hook))

    for path, layer in module.named_modules():
        if type(layer) in _KINDS:
            note(layer, path)
    channels_first = (input_shape[-1], *input_shape[:-1]) if len(input_shape) > 1 else tuple(input_shape)
    training = module.training
    try:
        with torch.no_grad():
            output = module.eval()(torch.zeros(1, *channels_first))
    finally:
        module.train(training)
        for handle in hooks:
            handle.remove()
    digest = hashlib.sha256()
    for tensor in module.state_dict().values():
        digest.update(tensor.numpy().tobytes())
    return ModelSummary(
        model=name,
        format="zoo",
        trainable=True,
        task=task,
        inputs=[TensorInfo("input", (1, *input_shape), "float32")],
        outputs=[TensorInfo("output", tuple(output.shape), "float32")],
        parameters=sum(p.numel() for p in module.parameters()),
        macs=sum(layer.macs for layer in layers),
        layers=layers,
        model_hash=digest.hexdigest()[:16],
    )


def _layer(index: int, path: str, layer: nn.Module, output: torch.Tensor) -> LayerInfo:
    kind, macs = _KINDS[type(layer)], 0
    if isinstance(layer, nn.Conv1d | nn.Conv2d):
        macs = output[0].numel() * layer.weight[0].numel()
        if layer.groups > 1 and layer.groups == layer.in_channels:
            kind = "DEPTHWISE_CONV_2D"
    elif isinstance(layer, nn.Linear):
        macs = output[0].numel() * layer.in_features
    shape = tuple(output.shape)
    if len(shape) == 4:  # people and the chip see channels last
        shape = (shape[0], shape[2], shape[3], shape[1])
    return LayerInfo(
        index=index,
        name=path,
        kind=kind,
        output_shape=shape,
        macs=macs,
        parameter_bytes=4 * sum(p.numel() for p in layer.parameters(recurse=False)),
        output_bytes=4 * output[0].numel(),
    )
