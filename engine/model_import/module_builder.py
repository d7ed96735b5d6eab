"""Builds a `StoredModule` node by node for readers of files, keeping track of how values lie.

A file may think of images as channels last (Keras, TFLite, much of what TensorFlow exports to ONNX);
torch wants channels first. Values are not transposed: each remembers which of the file's axes every
axis of the torch tensor holds, and weights are brought into that order instead. Shapes are found by
running each layer without memory (torch's `meta` device), so a file cannot make this program large.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.errors import BadInputFile, UnsupportedOperator
from engine.model_import.stored_module import (
    LAYERS,
    ModulePlan,
    Node,
    StoredModule,
    add_layer,
    run_node,
)

Axes = tuple[int, ...]
NDArrayAny = NDArray[Any]

# What a channels-last image, signal or sequence of the file is for torch.
CHANNELS_LAST: dict[int, Axes] = {5: (0, 4, 1, 2, 3), 4: (0, 3, 1, 2), 3: (0, 2, 1)}
_MAX_ELEMENTS = 1 << 26
_TAKEN = frozenset(dir(nn.Module)) | {"plan", "reconstructs", "input"}


@dataclass(frozen=True)
class Value:
    """One tensor of the file in its torch form.

    Attributes:
        name: of the node or input that computes it.
        shape: as the file sees it, with a batch of one.
        axes: for each torch axis the file's axis that it holds.
        meta: a tensor without memory, of the torch shape.
        features: for a flattened image, the file's position of each torch feature of the last axis.
    """

    name: str
    shape: tuple[int, ...]
    axes: Axes
    meta: Tensor
    features: NDArray[np.int64] | None = None

    def torch_axis(self, axis: int) -> int:
        """Where one of the file's axes (negative counts from the end) lies."""
        return self.axes.index(axis % len(self.shape))

    @property
    def rank(self) -> int:
        """Number of axes, the batch included."""
        return len(self.shape)


def memory_order(value: Value) -> NDArray[np.int64]:
    """For each element in torch's order, its position in the file's (row-major) order."""
    return _order(value.shape, value.axes, value.features)


def _order(
    shape: tuple[int, ...], axes: Axes, features: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    positions = np.arange(math.prod(shape), dtype=np.int64).reshape(shape)
    if features is not None:
        positions = positions[..., features]
    return positions.transpose(axes).ravel()


def _batch_moved(value: Value, shape: tuple[int, ...]) -> Axes | None:
    """Where axes go if a reshape only adds or drops axes of length one, the batch among them."""
    before = [axis for axis, n in enumerate(value.shape) if n > 1]
    after = [axis for axis, n in enumerate(shape) if n > 1]
    ones = [axis for axis, n in enumerate(shape) if n == 1]
    if not ones or [value.shape[a] for a in before] != [shape[a] for a in after]:
        return None
    place = dict(zip(before, after, strict=True))
    return (ones[0], *(place[a] for a in value.axes if a in place), *ones[1:])


class ModuleBuilder:
    """Collects nodes; `finish` makes the network of them.

    Args:
        file_name: for messages.

    Attributes:
        notes: what people should know, one sentence each.
        ranges: smallest and largest value that the file gives for a node's result.
    """

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name
        self.notes: list[str] = []
        self.ranges: dict[str, tuple[float, float]] = {}
        self._root = nn.Module()
        self._inputs: dict[str, list[int]] = {}
        self._nodes: list[Node] = []
        self._producers: dict[str, Node] = {}
        self._results: dict[str, Tensor] = {}
        self._leaves: set[str] = set()
        self._containers: set[str] = set()

    def input(self, shape: tuple[int, ...], axes: Axes | None = None) -> Value:
        """A new input with the file's shape (batch of one), lying along `axes` in torch."""
        axes = axes or tuple(range(len(shape)))
        name = "input" if not self._inputs else f"input_{len(self._inputs)}"
        if len(shape) < 2 or any(n < 1 for n in shape) or math.prod(shape) > _MAX_ELEMENTS:
            raise BadInputFile(
                f"{self.file_name} has an input of shape {'x'.join(map(str, shape))}.",
                hint="Export it with a fixed input size, for example 1x3x96x96.",
            )
        meta = torch.empty([shape[a] for a in axes], device="meta")
        self._inputs[name] = list(meta.shape[1:])
        self._results[name] = meta
        return Value(name, shape, axes, meta)

    @property
    def root(self) -> nn.Module:
        """Holds the layers built so far."""
        return self._root

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What was built so far, in order."""
        return tuple(self._nodes)

    @property
    def results(self) -> Mapping[str, Tensor]:
        """What each input and node gives, as tensors without memory, by name."""
        return self._results

    def producer(self, name: str) -> Node | None:
        """The node that computes a value, None for an input."""
        return self._producers.get(name)

    def layer(self, name: str, kind: str, value: Value) -> Layer:
        """A layer or function under construction, reading `value`."""
        return Layer(self, name, kind, [value])

    def add(
        self,
        name: str,
        kind: str,
        operands: Sequence[Value],
        settings: Mapping[str, Any],
        tensors: Mapping[str, NDArrayAny],
    ) -> tuple[str, Tensor]:
        """Append a node; returns its name and its result's torch form.

        Raises:
            BadInputFile: the operands, settings and tensors do not fit together, or are too large.
        """
        path = self._path(name, is_layer=kind in LAYERS)
        node = Node(path, kind, [v.name for v in operands], dict(settings))
        try:
            with torch.device("meta"):
                add_layer(self._root, node)
            layer = self._root.get_submodule(path).eval()
            filled = {k: torch.from_numpy(_float32(v)) for k, v in tensors.items()}
            if "running_mean" in filled:
                filled["num_batches_tracked"] = torch.tensor(1)
            meta = run_node(self._root, node, [v.meta for v in operands])
            layer.load_state_dict(filled, assign=True)
        except (RuntimeError, ValueError, TypeError, IndexError, OverflowError) as error:
            shapes = " and ".join("x".join(map(str, v.meta.shape)) for v in operands)
            raise BadInputFile(
                f"{self.file_name}: {path} ({kind}) cannot take an input of {shapes}.",
                hint="Export the model again.",
                details=str(error)[:500],
            ) from error
        if meta.numel() > _MAX_ELEMENTS or not meta.numel():
            raise BadInputFile(
                f"{self.file_name}: the result of {path} would have {meta.numel():,} elements.",
                hint="Choose a model for small pictures or short recordings.",
            )
        self._nodes.append(node)
        self._producers[path] = node
        self._results[path] = meta
        return path, meta

    def add_bias(self, value: Value, bias: NDArrayAny) -> None:
        """Give the bias-free layer that computes `value` a bias (in torch's order)."""
        node = self._producers[value.name]
        layer = self._root.get_submodule(node.name)
        weight = layer.weight
        node.settings["bias"] = True
        with torch.device("meta"):
            add_layer(self._root, node)
        added = torch.from_numpy(_float32(bias))
        self._root.get_submodule(node.name).load_state_dict(
            {"weight": weight, "bias": added}, assign=True
        )

    def refuse(self, kind: str, layer: str, why: str, hint: str) -> UnsupportedOperator:
        """The error that names an operator that has no torch form here."""
        return UnsupportedOperator(
            f"{self.file_name}: {kind} in layer {layer} cannot be imported: {why}.",
            hint=hint,
            operator=kind,
            layer=layer,
            why=f"{why[:1].upper()}{why[1:]}.",
        )

    def reordered(self, value: Value, axes: Axes, name: str = "") -> Value:
        """The value lying along other axes, by a real permutation where it must move."""
        if value.features is not None:
            raise self.refuse(
                "Transpose", value.name, "it moves a flattened image", "Flatten last in the network."
            )
        if value.axes == axes:
            return value
        order = [value.axes.index(axis) for axis in axes]
        stem = name or f"{value.name}_permuted"
        path, meta = self.add(stem, "permute", [value], {"order": order}, {})
        return Value(path, value.shape, axes, meta)

    def transposed(self, value: Value, order: Sequence[int]) -> Value:
        """The file transposes: nothing moves, the axes get other meanings."""
        order = tuple(int(a) % value.rank for a in order)
        if value.features is not None and order != tuple(range(value.rank)):
            value = self.in_file_order(value)
        shape = tuple(value.shape[a] for a in order)
        axes = tuple(order.index(a) for a in value.axes)
        return Value(value.name, shape, axes, value.meta, value.features)

    def in_file_order(self, value: Value) -> Value:
        """The value as the file stores it: permuted, if that is not how it lies."""
        plain = tuple(range(value.rank))
        if value.features is None:
            return self.reordered(value, plain)
        raise self.refuse(
            "Reshape", value.name, "it flattens an image that then moves on", "Use global pooling."
        )

    def reshaped(self, value: Value, shape: tuple[int, ...], name: str) -> Value:
        """The file reshapes to `shape`; a flatten of an image remembers its order instead of moving."""
        if shape == value.shape:
            return value
        if math.prod(shape) != math.prod(value.shape):
            raise BadInputFile(
                f"{self.file_name}: {name} reshapes {'x'.join(map(str, value.shape))} to "
                f"{'x'.join(map(str, shape))}.",
                hint="Export the model again.",
            )
        if value.features is None and (shape[:1] != (1,) or value.axes[0] != 0):
            axes = _batch_moved(value, shape)
            if axes is not None:
                return self._reshape(value, shape, axes, name, None)
        if not shape or shape[0] != 1:
            raise self.refuse(
                "Reshape", name, "it changes the batch", "Export the model with a batch of one."
            )
        before, rank = memory_order(value), len(shape)
        for axes in dict.fromkeys((tuple(range(rank)), CHANNELS_LAST.get(rank, tuple(range(rank))))):
            if np.array_equal(before, _order(shape, axes)):
                return self._reshape(value, shape, axes, name, None)
        if rank == 2:
            return self._reshape(value, shape, (0, 1), name, before)
        plain = self.in_file_order(value)
        return self._reshape(plain, shape, tuple(range(rank)), name, None)

    def _reshape(
        self, value: Value, shape: tuple[int, ...], axes: Axes, name: str, features: Any
    ) -> Value:
        target = [shape[a] for a in axes]
        node = self.producer(value.name)
        if node is not None and node.kind == "reshape":  # two reshapes are one
            source = self._results[node.inputs[0]]
            if target == list(source.shape):
                return Value(node.inputs[0], shape, axes, source, features)
        if target == list(value.meta.shape):
            return Value(value.name, shape, axes, value.meta, features)
        if len(target) == 2:
            path, meta = self.add(name, "flatten", [value], {}, {})
        else:
            if value.meta.ndim > 1 and value.meta.shape[1] == target[1]:
                target[1] = -1  # as many channels as pruning leaves
            path, meta = self.add(name, "reshape", [value], {"shape": target[1:]}, {})
        return Value(path, shape, axes, meta, features)

    def finish(self, outputs: Sequence[Value], *, reconstructs: bool = False) -> StoredModule:
        """The network in evaluation mode; parts of names that all layers share are dropped."""
        read = {name for node in self._nodes for name in node.inputs} | {v.name for v in outputs}
        self._nodes = [n for n in self._nodes if n.kind != "reshape" or n.name in read]
        prefix = self._shared_prefix()
        state = {k.removeprefix(prefix): v for k, v in self._root.state_dict().items()}

        def short(name: str) -> str:
            return name.removeprefix(prefix)

        nodes = [Node(short(n.name), n.kind, [*map(short, n.inputs)], n.settings) for n in self._nodes]
        plan = ModulePlan(self._inputs, nodes, [short(v.name) for v in outputs], reconstructs)
        self.ranges = {short(name): bounds for name, bounds in self.ranges.items()}
        with torch.device("meta"):
            module = StoredModule(plan)
        module.load_state_dict(state, assign=True)
        return module.eval()

    def _shared_prefix(self) -> str:
        prefix = ""
        while True:
            rests = [n.name.removeprefix(prefix) for n in self._nodes]
            firsts = {rest.split(".")[0] for rest in rests}
            if len(firsts) != 1 or any("." not in rest for rest in rests):
                break
            prefix += f"{firsts.pop()}."
        firsts = {n.name.removeprefix(prefix).split(".")[0] for n in self._nodes}
        return prefix if not firsts & _TAKEN else ""

    def _path(self, name: str, *, is_layer: bool) -> str:
        """A free module path made from a wish."""
        parts = [re.sub(r"\W+", "_", part).strip("_") for part in name.split(".")]
        parts = [f"{part}_" if part in _TAKEN else part for part in parts if part] or ["layer"]
        for cut in range(1, len(parts)):
            if ".".join(parts[:cut]) in self._leaves:  # a layer has no layers inside
                parts = ["_".join(parts[: cut + 1]), *parts[cut + 1 :]]
                break
        while not is_layer and len(parts) > 1 and ".".join(parts[:-1]) not in self._containers:
            parts = [*parts[:-2], "_".join(parts[-2:])]  # a function takes no layer's name away
        stem = path = ".".join(parts)
        number = 1
        while path in self._producers or path in self._containers:
            number += 1
            path = f"{stem}_{number}"
        self._leaves.add(path)
        pieces = path.split(".")
        self._containers |= {".".join(pieces[:i]) for i in range(1, len(pieces))}
        return path


@dataclass
class Layer:
    """A node under construction: fill in settings and tensors, then take its result."""

    builder: ModuleBuilder
    name: str
    kind: str
    operands: list[Value]

    def same_shape(self, tensors: Mapping[str, NDArrayAny] | None = None, **settings: Any) -> Value:
        """The result of an operation that works on each element, or each channel, for itself."""
        value = self.operands[0]
        path, meta = self.builder.add(self.name, self.kind, self.operands, settings, tensors or {})
        return Value(path, value.shape, value.axes, meta, value.features)

    def laid_out(self, tensors: Mapping[str, NDArrayAny] | None = None, **settings: Any) -> Value:
        """The result of an operation that keeps the axes but changes their lengths."""
        value = self.operands[0]
        path, meta = self.builder.add(self.name, self.kind, self.operands, settings, tensors or {})
        shape = [0] * value.rank
        for size, axis in zip(meta.shape, value.axes, strict=True):
            shape[axis] = int(size)
        return Value(path, tuple(shape), value.axes, meta)


def _float32(array: NDArrayAny) -> NDArray[np.float32]:
    return np.array(array, np.float32, order="C")  # a copy: the file's memory is read-only
