"""A network that computes as its 8-bit form will, and still learns: quantisation-aware training.

Weights and activations are rounded on the way forward; on the way back the rounding is skipped
(straight-through estimator, Bengio et al. 2013). What is rounded is what the target rounds (Jacob et al.
2018): convolutions with BatchNorm folded into them, 8 bits symmetric for each output channel (dense
layers for the whole tensor); results after their ReLU, 8 bits asymmetric for the whole tensor. Pooling,
padding and reshaping keep their operand's scale.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from engine.compress.traced import PREFIX, OneInput, layer_of, norm_behind, traced

Ranges = dict[str, tuple[float, float]]
INPUT = "input"
# Of its ranges beyond what healthy samples need; costs 0.6 bits.
AUTOENCODER_HEADROOM = 1.5
_AVERAGE_SHARE = 0.05  # of a batch in the moving average of a range
_LEAST_RANGE = 1e-6
_LEAST_FACTOR = 1e-8  # of a folded BatchNorm; below, its channel gives nothing whatever it is divided by
_WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.Linear)
_FUSED = (nn.ReLU, nn.ReLU6)
_FUSED_FUNCTIONS = (torch.relu, functional.relu, functional.relu6)
_KEEPS_SCALE = (
    *(nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d, nn.Identity, nn.Dropout, nn.Flatten),
    *(nn.ConstantPad1d, nn.ConstantPad2d, nn.ConstantPad3d, nn.ZeroPad1d, nn.ZeroPad2d),
    *(nn.ReplicationPad1d, nn.ReplicationPad2d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d),
)
_AVERAGES = (nn.AvgPool1d, nn.AvgPool2d)
_FIXED = {nn.Softmax: (0.0, 255 / 256), nn.Sigmoid: (0.0, 255 / 256), nn.Tanh: (-1.0, 127 / 128)}
_KEEPS_SCALE_CALLS = {"flatten", "reshape", "view", "permute", "transpose", "contiguous", "squeeze"}


class Rounding(nn.Module):
    """Rounds a tensor to 256 steps of its range, which it learns by watching.

    Args:
        known: the range to begin with, or None to take that of the first batch.
        headroom: factor by which the range goes beyond what is seen.
    """

    low: Tensor
    high: Tensor
    seen: Tensor

    def __init__(self, known: tuple[float, float] | None = None, headroom: float = 1.0) -> None:
        super().__init__()
        self._headroom = headroom
        low, high = known or (0.0, 0.0)
        self.register_buffer("low", torch.tensor(float(low)))
        self.register_buffer("high", torch.tensor(float(high)))
        self.register_buffer("seen", torch.tensor(int(known is not None)))
        self.watching = True
        self.rounding = True

    def forward(self, x: Tensor) -> Tensor:
        """The same values, on the steps."""
        if self.watching and self.training:
            self._watch(x.detach())
        return round_to_range(x, self.low, self.high) if self.rounding else x

    def _watch(self, x: Tensor) -> None:
        low, high = (self._headroom * end for end in (x.amin().clamp(max=0.0), x.amax().clamp(min=0.0)))
        if self.seen:
            self.low.lerp_(low, _AVERAGE_SHARE)
            self.high.lerp_(high, _AVERAGE_SHARE)
        else:
            self.low.copy_(low)
            self.high.copy_(high)
            self.seen.fill_(1)

    @property
    def range(self) -> tuple[float, float]:
        """The real values of quanta -128 and 127."""
        scale, zero = _scale_and_zero(self.low, self.high)
        return float(scale * (-128 - zero)), float(scale * (127 - zero))


def _scale_and_zero(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    scale = (high - low).clamp(min=_LEAST_RANGE) / 255
    return scale, (-128 - low / scale).round().clamp(-128, 127)


def round_to_range(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Real values of the nearest quanta; the gradient passes where nothing is cut off."""
    scale, zero = _scale_and_zero(low, high)
    cut = torch.minimum(torch.maximum(x, scale * (-128 - zero)), scale * (127 - zero))
    rounded = (torch.round(cut / scale + zero) - zero) * scale
    return cut + (rounded - cut).detach()


def round_weights(weight: Tensor, *, per_channel: bool) -> Tensor:
    """Weights on 255 symmetric steps, of each output channel (axis 0) or of the whole tensor."""
    dims = tuple(range(1, weight.ndim))
    largest = weight.detach().abs()
    largest = largest.amax(dims, keepdim=True) if per_channel else largest.amax()
    scale = largest.clamp(min=1e-12) / 127
    return weight + (torch.round(weight / scale) * scale - weight).detach()


class FakeQuantised(nn.Module):
    """Runs a network with rounded weights and activations; training it trains the network itself.

    BatchNorm is folded into the convolution before it, with its running mean and variance, which stay
    as they are; its factor and summand go on learning. With `live_norms` the weights are rounded in
    that folded form, but the result is normalised by its own batch, and the running statistics follow,
    as long as the ranges do (Krishnamoorthi 2018, section 3.2).

    Args:
        network: in float; its layers are shared, not copied.
        ranges: of activations by the name that conversion gives them, as far as they are known.

    Attributes:
        freeze_after: batches of training after which the ranges stay; 0 lets them follow for ever.
        live_norms: BatchNorm behind a convolution uses the statistics of each batch.

    Raises:
        UsageError: its operations cannot be followed.
    """

    batches: Tensor

    def __init__(
        self, network: nn.Module, ranges: Mapping[str, tuple[float, float]] | None = None
    ) -> None:
        super().__init__()
        self.reconstructs = bool(getattr(network, "reconstructs", False))
        self.rounded = OneInput(network)
        _, self._graph = traced(network)
        plan = _plan(self.rounded, self._graph)
        self._folded = plan.folded
        self._names = plan.names
        known = dict(ranges or {}) | plan.fixed
        headroom = AUTOENCODER_HEADROOM if self.reconstructs else 1.0
        roundings = {name: Rounding(known.get(name), headroom) for name in plan.names.values()}
        for name in plan.fixed:
            roundings[name].watching = False
        self.roundings = nn.ModuleDict({_key(name): one for name, one in roundings.items()})
        self._fixed = set(plan.fixed)
        self._keeps = plan.keeps
        self.freeze_after = 0  # batches, 0 for never
        self.live_norms = False
        self._lives = False  # in this batch
        self.register_buffer("batches", torch.tensor(0))

    def __deepcopy__(self, memo: dict[int, Any]) -> FakeQuantised:
        twin = FakeQuantised(copy.deepcopy(self.network, memo)).to(self.batches.device)
        twin.load_state_dict(self.state_dict())
        twin.freeze_after = self.freeze_after
        twin.live_norms = self.live_norms
        return twin.train(self.training)

    @property
    def network(self) -> nn.Module:
        """The network in float, with the weights learnt so far."""
        return self.rounded.network

    @property
    def ranges(self) -> Ranges:
        """Ranges of the activations by the name that conversion gives them."""
        pairs = ((name, self._rounding(name)) for name in self._names.values())
        return {name: rounding.range for name, rounding in pairs if rounding.seen}

    def _watch(self, on: bool) -> None:
        for name in self._names.values():
            self._rounding(name).watching = on and name not in self._fixed

    @torch.no_grad()
    def observe(self, batches: Iterable[Tensor]) -> None:
        """Learn the ranges from inputs (batch, channels, ...), without rounding activations."""
        training = self.training
        self.eval()  # without dropout
        self.roundings.train()
        for name in self._names.values():
            self._rounding(name).rounding = False
        for inputs in batches:
            self(inputs)
        for name in self._names.values():
            self._rounding(name).rounding = True
        self.train(training)

    def _rounding(self, name: str) -> Rounding:
        rounding = self.roundings[_key(name)]
        assert isinstance(rounding, Rounding)
        return rounding

    def train(self, mode: bool = True) -> FakeQuantised:
        """Training or evaluation; BatchNorm layers count as in evaluation in both."""
        super().train(mode)
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                layer.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, ...) as the network takes it, to what its 8-bit form would give."""
        if self.training:
            self.batches += 1
            follows = not self.freeze_after or int(self.batches) <= self.freeze_after
            self._watch(follows)
            self._lives = self.live_norms and follows
        values: dict[fx.Node, Any] = {}
        for node in self._graph.nodes:
            if node.op == "output":
                break
            values[node] = self._result(node, values, x)
        (result,) = node.args
        final: Tensor = values[result]
        return final

    def _result(self, node: fx.Node, values: dict[fx.Node, Any], x: Tensor) -> Any:
        args: Any = fx.node.map_arg(node.args, lambda n: values[n])
        kwargs: Any = fx.node.map_arg(node.kwargs, lambda n: values[n])
        result: Any
        if node.op == "placeholder":
            result = x
        elif node.op == "get_attr":
            result = _attribute(self.rounded, str(node.target))
        elif node.op == "call_module":
            layer = self.rounded.get_submodule(str(node.target))
            if node in self._folded.values():
                result = args[0]  # BatchNorm that went into its convolution
            elif isinstance(layer, _WEIGHTED):
                result = self._weighted(layer, self._folded.get(node), args[0])
            else:
                result = layer(*args, **kwargs)
        elif node.op == "call_method":
            result = getattr(args[0], str(node.target))(*args[1:], **kwargs)
        else:
            assert callable(node.target)
            result = node.target(*args, **kwargs)
        if node in self._names:
            return self._rounding(self._names[node])(result)
        if node in self._keeps:  # averages are rounded to the steps of what they average
            source = self._rounding(self._names[self._keeps[node]])
            return round_to_range(result, source.low, source.high) if source.rounding else result
        return result

    def _weighted(self, layer: nn.Module, norm: fx.Node | None, x: Tensor) -> Tensor:
        assert isinstance(layer, _WEIGHTED)
        weight, bias = layer.weight, layer.bias
        if norm is not None:
            batch_norm: Any = self.rounded.get_submodule(str(norm.target))
            scale = torch.rsqrt(batch_norm.running_var + batch_norm.eps)
            if batch_norm.weight is not None:
                scale = scale * batch_norm.weight
            weight = weight * scale.reshape(-1, *(1,) * (weight.ndim - 1))
            if self.training and self._lives and not isinstance(layer, nn.Linear):
                return _normalised(layer, round_weights(weight, per_channel=True), scale, batch_norm, x)
            shift = (0 if bias is None else bias) - batch_norm.running_mean
            bias = shift * scale + (0 if batch_norm.bias is None else batch_norm.bias)
        if isinstance(layer, nn.Linear):
            return functional.linear(x, round_weights(weight, per_channel=False), bias)
        result: Tensor = layer._conv_forward(x, round_weights(weight, per_channel=True), bias)
        return result


def _normalised(
    layer: nn.Conv1d | nn.Conv2d, folded: Tensor, scale: Tensor, batch_norm: Any, x: Tensor
) -> Tensor:
    """Convolve with rounded folded weights, take the folded factor out, and normalise by the batch."""
    factor = torch.where(scale.detach().abs() < _LEAST_FACTOR, 1.0, scale.detach())
    result = layer._conv_forward(x, folded, None) / factor.reshape(-1, *(1,) * (x.ndim - 2))
    if layer.bias is not None:
        result = result + layer.bias.reshape(-1, *(1,) * (x.ndim - 2))
    return functional.batch_norm(
        result,
        batch_norm.running_mean,
        batch_norm.running_var,
        batch_norm.weight,
        batch_norm.bias,
        training=True,
        momentum=0.1 if batch_norm.momentum is None else batch_norm.momentum,
        eps=batch_norm.eps,
    )


class _Plan:
    """Where a network is rounded."""

    def __init__(self) -> None:
        self.folded: dict[fx.Node, fx.Node] = {}  # BatchNorm by its convolution
        self.names: dict[fx.Node, str] = {}  # rounded results by their name in conversion
        self.fixed: Ranges = {}  # ranges that the kernels fix
        self.keeps: dict[fx.Node, fx.Node] = {}  # averages, by the rounded result they share steps with


def _plan(root: OneInput, graph: fx.Graph) -> _Plan:
    plan = _Plan()
    names = _Names(graph)
    source: dict[fx.Node, fx.Node] = {}  # the rounded result whose steps a node's values are on
    for node in graph.nodes:
        layer = layer_of(root, node)
        if isinstance(layer, _WEIGHTED) and (norm := norm_behind(root, node)) is not None:
            plan.folded[node] = norm[0]
        name = INPUT if node.op == "placeholder" else names.of(node)
        if not _is_tensor(node):
            continue
        parent = next((p for p in node.all_input_nodes if p in source), None)
        if _keeps_scale(node, layer) and parent is not None:
            source[node] = source[parent]
            if isinstance(layer, _AVERAGES) and source[parent] in plan.names:
                plan.keeps[node] = source[parent]
            continue
        source[node] = node
        if _goes_on(root, node):
            continue
        plan.names[node] = name
        for kind, fixed in _FIXED.items():
            if isinstance(layer, kind):
                plan.fixed[name] = fixed
    return plan


def _is_tensor(node: fx.Node) -> bool:
    if node.op in ("output", "get_attr") or node.target in (getattr, "size"):
        return False
    return not any(parent.target in (getattr, "size") for parent in node.all_input_nodes[:1])


def _keeps_scale(node: fx.Node, layer: nn.Module | None) -> bool:
    if layer is not None:
        return isinstance(layer, _KEEPS_SCALE)
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    return name in _KEEPS_SCALE_CALLS


def _goes_on(root: OneInput, node: fx.Node) -> bool:
    """Whether the target computes this together with what alone reads it: BatchNorm, then ReLU."""
    users = list(node.users)
    if len(users) != 1:
        return False
    layer, following = layer_of(root, node), layer_of(root, users[0])
    if isinstance(layer, _WEIGHTED) and norm_behind(root, node) is not None:
        return True
    fused = isinstance(following, _FUSED) or users[0].target in (*_FUSED_FUNCTIONS, "relu")
    adds = getattr(node.target, "__name__", "") in ("add", "sub", "mul")
    fusing = isinstance(layer, (*_WEIGHTED, nn.BatchNorm1d, nn.BatchNorm2d)) or adds
    return fused and fusing


class _Names:
    """What conversion calls each result.

    A layer's path; for a function the path of the module that calls it, and the function's own name
    where that module calls several.
    """

    def __init__(self, graph: fx.Graph) -> None:
        functions = [n for n in graph.nodes if n.op.startswith("call_") and n.op != "call_module"]
        self._calls = Counter(_owner(node) for node in functions if _is_tensor(node))
        self._taken: Counter[str] = Counter()

    def of(self, node: fx.Node) -> str:
        if node.op == "call_module":
            return str(node.target).removeprefix(PREFIX)
        function = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
        owner = _owner(node)
        stem = f"{owner}.{function}" if owner else str(function)
        if owner and self._calls[owner] == 1:
            stem = owner
        self._taken[stem] += 1
        return stem if self._taken[stem] == 1 else f"{stem}.{self._taken[stem]}"


def _owner(node: fx.Node) -> str:
    """Path of the module whose `forward` calls a function; "" for the network's own."""
    stack = node.meta.get("nn_module_stack") or {}
    return str(next(reversed(stack), "")).removeprefix("network").removeprefix(".")


def _key(name: str) -> str:
    return name.replace(".", "/")


def _attribute(root: nn.Module, path: str) -> Any:
    value: Any = root
    for name in path.split("."):
        value = getattr(value, name)
    return value
