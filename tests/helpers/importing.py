"""Imported networks against the runtimes of their own formats, on random inputs."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import torch

from engine.model_import.imported_model import ImportedModel

FLOAT_LIMIT = 1e-5


def relative_error(answer, reference) -> float:
    """The largest difference, measured by the largest value of the reference."""
    assert answer.size == reference.size
    reference = reference.reshape(answer.shape)
    return float(np.abs(answer - reference).max() / np.abs(reference).max())


def random_inputs(shape: tuple[int, ...], *, count: int = 1, seed: int = 0):
    """Float32 (count, *shape)."""
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype(np.float32)


def answers(model: ImportedModel, inputs) -> np.ndarray:
    """What the imported network says to inputs that lie channels last; answers channels last too."""
    tensor = torch.from_numpy(inputs)
    with torch.no_grad():
        result = model.module(torch.movedim(tensor, -1, 1) if tensor.ndim > 2 else tensor)
    return torch.movedim(result, 1, -1).numpy() if result.ndim > 2 else result.numpy()


def onnx_answers(path, inputs):
    """What ONNX Runtime says, before a softmax at the end; inputs in the file's own order."""
    model = onnx.load(path)
    ends = [v.name for v in model.graph.output]
    producers = {name: node for node in model.graph.node for name in node.output}
    if producers[ends[0]].op_type == "Softmax":
        ends = [producers[ends[0]].input[0]]
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(ends[0]))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return session.run([ends[0]], {session.get_inputs()[0].name: inputs})[0]


def channels_first(inputs):
    """(n, ..., channels) to (n, channels, ...)."""
    return np.ascontiguousarray(np.moveaxis(inputs, -1, 1)) if inputs.ndim > 2 else inputs


def seeded_norms(module: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Batch normalisations that do something, so that one left out shows."""
    generator = torch.Generator().manual_seed(seed)
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            for name, low in (
                ("weight", 0.5),
                ("bias", -0.5),
                ("running_mean", -1.0),
                ("running_var", 0.5),
            ):
                values = torch.rand(layer.num_features, generator=generator) + low
                getattr(layer, name).data.copy_(values)
    return module.eval()


def kinds(model: ImportedModel) -> list[str]:
    """Kinds of the network's operations, in order."""
    return [node.kind for node in model.module.plan.nodes]


def names(model: ImportedModel) -> list[str]:
    """Paths of the network's operations, in order."""
    return [node.name for node in model.module.plan.nodes]
