"""A trainable network as plain data: a list of torch operations in JSON and a file of tensors.

What is imported from other frameworks has no Python class that could build it again, and pickled code
is never read. So a network is a graph of ordinary torch layers: it trains, is pruned, is exported, and
comes back from its two files. Images lie channels first, as torch wants them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import BadInputFile
from engine.model_import.stepwise import PlainRnn, ResetFirstGru

MODULE_FILE = "module.json"
TENSORS_FILE = "module.pt"
FORMAT_VERSION = 1
_MAX_NODES = 20_000
_MAX_JSON_BYTES = 16 << 20


@dataclass
class Node:
    """One operation: a layer (with its own torch module) or a plain function of tensors.

    Attributes:
        name: path of the torch module, or of the function's result; dots separate levels.
        kind: key of `LAYERS` or `FUNCTIONS`.
        inputs: names of the nodes or inputs that it reads.
        settings: plain numbers, texts and lists; see the kind.
    """

    name: str
    kind: str
    inputs: list[str]
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class ModulePlan:
    """Everything about a network but its numbers.

    Attributes:
        inputs: name of each input and its shape without batch, channels first.
        nodes: in an order in which they can run.
        outputs: names of the nodes that the network returns.
        reconstructs: the network repeats its input (an autoencoder).
    """

    inputs: dict[str, list[int]]
    nodes: list[Node]
    outputs: list[str]
    reconstructs: bool = False


class Constant(nn.Module):
    """A tensor that the network reads and training leaves alone."""

    value: Tensor

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("value", torch.zeros(*shape))

    def forward(self) -> Tensor:
        """The tensor."""
        return self.value


class LearnedConstant(nn.Module):
    """One number per channel that training may change and pruning may leave out.

    Args:
        shape: of the result: ones but for the channels in second place.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.dimensions = len(shape)
        self.value = nn.Parameter(torch.zeros(shape[1]))

    def forward(self) -> Tensor:
        """The numbers, for values of (batch, channels, ...)."""
        result = self.value[None]
        for _ in range(self.dimensions - 2):
            result = result[..., None]
        return result


def _window(layer: type[nn.Module]) -> Callable[..., nn.Module]:
    def build(**settings: Any) -> nn.Module:
        return layer(**{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})

    return build


def _recurrent(layer: type[nn.LSTM] | type[nn.GRU]) -> Callable[..., nn.Module]:
    """One layer in one direction, and nothing else that a file could ask for."""

    def build(*, input_size: int, hidden_size: int, bias: bool) -> nn.Module:
        return layer(input_size, hidden_size, bias=bias, batch_first=True)

    return build


# Layers: settings are the keyword arguments of the torch class.
LAYERS: dict[str, Callable[..., nn.Module]] = {
    "constant": Constant,
    "learned_constant": LearnedConstant,
    "lstm": _recurrent(nn.LSTM),
    "gru": _recurrent(nn.GRU),
    "plain_rnn": PlainRnn,
    "reset_first_gru": ResetFirstGru,
    **{
        kind: _window(layer)
        for kind, layer in {
            "conv1d": nn.Conv1d,
            "conv2d": nn.Conv2d,
            "conv_transpose1d": nn.ConvTranspose1d,
            "conv_transpose2d": nn.ConvTranspose2d,
            "batch_norm1d": nn.BatchNorm1d,
            "batch_norm2d": nn.BatchNorm2d,
            "linear": nn.Linear,
            "relu": nn.ReLU,
            "relu6": nn.ReLU6,
            "leaky_relu": nn.LeakyReLU,
            "prelu": nn.PReLU,
            "elu": nn.ELU,
            "gelu": nn.GELU,
            "silu": nn.SiLU,
            "softplus": nn.Softplus,
            "hard_swish": nn.Hardswish,
            "hard_sigmoid": nn.Hardsigmoid,
            "hard_tanh": nn.Hardtanh,
            "sigmoid": nn.Sigmoid,
            "tanh": nn.Tanh,
            "softmax": nn.Softmax,
            "max_pool1d": nn.MaxPool1d,
            "max_pool2d": nn.MaxPool2d,
            "avg_pool1d": nn.AvgPool1d,
            "avg_pool2d": nn.AvgPool2d,
            "adaptive_avg_pool1d": nn.AdaptiveAvgPool1d,
            "adaptive_avg_pool2d": nn.AdaptiveAvgPool2d,
            "adaptive_max_pool1d": nn.AdaptiveMaxPool1d,
            "adaptive_max_pool2d": nn.AdaptiveMaxPool2d,
            "pad1d": nn.ConstantPad1d,
            "pad2d": nn.ConstantPad2d,
            "pad3d": nn.ConstantPad3d,
            "edge_pad1d": nn.ReplicationPad1d,
            "edge_pad2d": nn.ReplicationPad2d,
            "upsample": nn.Upsample,
            "flatten": nn.Flatten,
            "dropout": nn.Dropout,
            "identity": nn.Identity,
        }.items()
    },
}


def _reshape(x: Tensor, *, shape: list[int]) -> Tensor:
    return x.reshape(x.shape[0], *shape)


def _slice(x: Tensor, *, dim: int, start: int, end: int, step: int) -> Tensor:
    index = [slice(None)] * dim + [slice(start, end, step)]
    return x[tuple(index)]


# Functions: operands first, settings by name.
FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "concat": lambda *operands, dim: torch.cat(operands, dim),
    "mean": lambda x, *, dim, keepdim: x.mean(dim, keepdim=keepdim),
    "amax": lambda x, *, dim, keepdim: x.amax(dim, keepdim=keepdim),
    "sum": lambda x, *, dim, keepdim: x.sum(dim, keepdim=keepdim),
    "reshape": _reshape,
    "permute": lambda x, *, order: x.permute(*order),
    "slice": _slice,
    "flip": lambda x, *, dims: x.flip(dims),
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "neg": torch.neg,
    "abs": torch.abs,
}


class Function(nn.Module):
    """A plain function as a module: its result has the node's name in every form, as layers have."""

    def __init__(self, kind: str, settings: dict[str, Any]) -> None:
        super().__init__()
        self.kind, self.settings = kind, settings

    def forward(self, *operands: Tensor) -> Tensor:
        """See `FUNCTIONS`."""
        return FUNCTIONS[self.kind](*operands, **self.settings)


# Attributes of live layers that pruning changes, by the setting that they came from.
_PRUNED = {
    nn.Conv1d: ("in_channels", "out_channels", "groups"),
    nn.Conv2d: ("in_channels", "out_channels", "groups"),
    nn.ConvTranspose1d: ("in_channels", "out_channels", "groups"),
    nn.ConvTranspose2d: ("in_channels", "out_channels", "groups"),
    nn.BatchNorm1d: ("num_features",),
    nn.BatchNorm2d: ("num_features",),
    nn.Linear: ("in_features", "out_features"),
    nn.LSTM: ("input_size", "hidden_size"),
    nn.GRU: ("input_size", "hidden_size"),
    nn.PReLU: ("num_parameters",),
}


class StoredModule(nn.Module):
    """The network of a `ModulePlan`; its layers are submodules under the nodes' names.

    Args:
        plan: the graph; taken over, not copied.

    Raises:
        BadInputFile: a kind, a setting or a connection is impossible.
    """

    def __init__(self, plan: ModulePlan) -> None:
        super().__init__()
        self.plan = plan
        self.reconstructs = plan.reconstructs
        known = set(plan.inputs)
        for node in plan.nodes:
            if not set(node.inputs) <= known or node.name in known:
                raise _damaged(f"{node.name} reads or replaces a tensor out of order")
            known.add(node.name)
            if node.kind not in LAYERS and node.kind not in FUNCTIONS:
                raise _damaged(f"there is no operation {node.kind!r}")
            add_layer(self, node)
        if not set(plan.outputs) <= known or not plan.outputs:
            raise _damaged("an output is not computed")

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(batch, channels, ...) for each input; returns the only output, or a tuple of all."""
        values = dict(zip(self.plan.inputs, inputs, strict=True))
        for node in self.plan.nodes:
            values[node.name] = run_node(self, node, [values[name] for name in node.inputs])
        results = tuple(values[name] for name in self.plan.outputs)
        return results[0] if len(results) == 1 else results


def add_layer(root: nn.Module, node: Node) -> None:
    """Make the node's layer or function and hang it under `root` at the node's path.

    Raises:
        BadInputFile: the settings do not suit the layer.
    """
    try:
        settings = node.settings
        layer = LAYERS[node.kind](**settings) if node.kind in LAYERS else Function(node.kind, settings)
    except (TypeError, ValueError, RuntimeError) as error:
        raise _damaged(f"{node.name} has impossible settings ({error})") from error
    *parents, last = node.name.split(".")
    place = root
    for name in parents:
        if name not in place._modules:
            place.add_module(name, nn.Module())
        place = place.get_submodule(name)
    place.add_module(last, layer)


def run_node(root: nn.Module, node: Node, operands: Sequence[Tensor]) -> Tensor:
    """The result of one node."""
    result = root.get_submodule(node.name)(*operands)
    tensor: Tensor = result[0] if isinstance(result, tuple) else result  # recurrent: the sequence
    return tensor


def save_module(module: StoredModule, folder: Path) -> None:
    """Write `module.json` and `module.pt` (tensors only), with the channel counts of the live layers."""
    for node in module.plan.nodes:
        if node.kind in LAYERS:
            layer = module.get_submodule(node.name)
            for name in _PRUNED.get(type(layer), ()):
                node.settings[name] = int(getattr(layer, name))
            if isinstance(layer, LearnedConstant):
                node.settings["shape"][1] = len(layer.value)
    document = {"format_version": FORMAT_VERSION, **asdict(module.plan)}
    (folder / MODULE_FILE).write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    # Training may lay tensors out channels last, which the exporter would write down as operations.
    plain = torch.contiguous_format
    tensors = {k: v.detach().clone(memory_format=plain) for k, v in module.state_dict().items()}
    torch.save(tensors, folder / TENSORS_FILE)


def load_module(folder: Path) -> StoredModule:
    """The stored network in evaluation mode.

    Raises:
        BadInputFile: a file is missing, damaged, or the two do not belong together.
    """
    try:
        path = folder / MODULE_FILE
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise _damaged("its description is too large")
        document = json.loads(path.read_text("utf-8"))
        if document.pop("format_version") != FORMAT_VERSION:
            raise _damaged("its format is another one")
        nodes = document.pop("nodes")
        if len(nodes) > _MAX_NODES:
            raise _damaged(f"it has {len(nodes)} operations")
        tensors = torch.load(folder / TENSORS_FILE, weights_only=True, map_location="cpu")
        with torch.device("meta"):  # sizes in the description allocate nothing: the tensors have them
            module = StoredModule(ModulePlan(nodes=[Node(**node) for node in nodes], **document))
        module.load_state_dict(tensors, assign=True)
    except BadInputFile:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise _damaged(str(error) or type(error).__name__) from error
    return module.eval()


def _damaged(reason: str) -> BadInputFile:
    return BadInputFile(
        f"The stored network cannot be read: {reason[:300]}.", hint="Import the model file again."
    )
