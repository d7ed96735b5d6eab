"""ONNX operators that change a tensor's shape or extent: here only where memory need not move."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from engine.convert.layout import Value, channels_last, memory_order
from engine.convert.operator_call import Call

_MOST_JOINED = 10


def concat(call: Call) -> Value:
    """Concat of computed tensors in the same order."""
    values = [call.value(i) for i in range(len(call.operands))]
    first = values[0]
    axis = call.attribute("axis", 0) % len(first.shape)
    if any(v.axes != first.axes for v in values):
        values = [call.arranged(v, v.shape, first.axes) for v in values]
    features = None
    if any(v.features is not None for v in values):
        if axis != len(first.shape) - 1:
            call.refuse("it joins flattened images along another axis", "joining along the features")
        starts = np.cumsum([0, *(v.shape[-1] for v in values)])
        orders = [np.arange(v.shape[-1]) if v.features is None else v.features for v in values]
        features = np.concatenate([order + start for order, start in zip(orders, starts, strict=False)])
    shape = list(first.shape)
    shape[axis] = sum(v.shape[axis] for v in values)
    tensor = _joined([v.tensor for v in values], first.stored_axis(axis))
    return Value(tensor, tuple(shape), first.axes, features)


def _joined(tensors: list[Any], axis: int) -> Any:
    """Joined in groups: TFLite Micro takes ten tensors at most."""
    while len(tensors) > _MOST_JOINED:
        starts = range(0, len(tensors), _MOST_JOINED)
        groups = [tensors[start : start + _MOST_JOINED] for start in starts]
        tensors = [tf.concat(group, axis) if len(group) > 1 else group[0] for group in groups]
    return tf.concat(tensors, axis)


def slice_(call: Call) -> Value:
    """Slice with constant bounds; backwards only over a whole axis."""
    value = call.value()
    starts, ends, listed, stepped = (call.constant(i) for i in range(1, 5))
    if starts is None or ends is None:
        call.refuse("it has no bounds", "constant bounds")
    rank = len(value.shape)
    axes = range(starts.size) if listed is None else [int(a) % rank for a in listed.ravel()]
    steps = [1] * starts.size if stepped is None else [int(s) for s in stepped.ravel()]
    for axis, start, end, step in zip(axes, starts.ravel(), ends.ravel(), steps, strict=True):
        begin, stop, _ = slice(int(start), int(end), step).indices(value.shape[axis])
        if (begin, stop, step) == (value.shape[axis] - 1, -1, -1):
            value = _reversed(call, value, axis)
            continue
        if step < 1 or stop <= begin:
            call.refuse("it takes nothing, or a part backwards", "a part in order, or x.flip(1)")
        value = _part(call, value, axis, begin, stop, step)
    return value


def split(call: Call) -> Value:
    """Split into parts along one axis; the wanted part as a slice."""
    value = call.value()
    axis = call.attribute("axis", 0) % len(value.shape)
    given = call.constant(1)
    parts = call.attribute("num_outputs", 1)
    size = -(-value.shape[axis] // parts)
    sizes = [size] * parts if given is None else [int(n) for n in given.ravel()]
    start = sum(sizes[: call.result])
    stop = min(start + sizes[call.result], value.shape[axis])
    return _part(call, value, axis, start, stop, 1)


def gather(call: Call) -> Value:
    """Gather of one constant index: that place of the axis, without the axis."""
    value = call.value()
    index = call.constant(1)
    axis = call.attribute("axis", 0) % len(value.shape)
    if index is None or index.size != 1:
        call.refuse("it picks several places", "one fixed place, such as x[:, -1]")
    place = int(index.item()) % value.shape[axis]
    part = _part(call, value, axis, place, place + 1, 1)
    if index.ndim == 1:
        return part
    shape = tuple(n for i, n in enumerate(part.shape) if i != axis)
    return _reshaped(call, part, shape)


def _part(call: Call, value: Value, axis: int, start: int, stop: int, step: int) -> Value:
    if value.features is not None and axis == len(value.shape) - 1:
        call.refuse("it cuts a flattened image", "cutting before the flatten")
    shape = list(value.shape)
    shape[axis] = len(range(start, stop, step))
    if shape[axis] == value.shape[axis]:
        return Value(tf.identity(value.tensor), value.shape, value.axes, value.features)
    rank, stored = len(value.axes), value.stored_axis(axis)
    if step == 1:
        begin, size = [0] * rank, list(value.tensor.shape)
        begin[stored], size[stored] = start, shape[axis]
        tensor = tf.slice(value.tensor, begin, size)
    else:
        bounds = [slice(None)] * rank
        bounds[stored] = slice(start, stop, step)
        tensor = value.tensor[tuple(bounds)]
    return Value(tensor, tuple(shape), value.axes, value.features)


def _reversed(call: Call, value: Value, axis: int) -> Value:
    if value.features is not None and axis == len(value.shape) - 1:
        call.refuse("it reverses a flattened image", "reversing before the flatten")
    if value.shape[axis] == 1:
        return Value(tf.identity(value.tensor), value.shape, value.axes, value.features)
    bounds = [slice(None)] * len(value.axes)
    bounds[value.stored_axis(axis)] = slice(None, None, -1)
    return Value(value.tensor[tuple(bounds)], value.shape, value.axes, value.features)


def pad(call: Call) -> Value:
    """Pad with a constant."""
    value = call.value()
    if call.attribute("mode", "constant") != "constant" or value.features is not None:
        call.refuse(f"its mode is {call.attribute('mode', 'constant')}", "constant padding")
    amounts = call.constant(1)
    pads = [int(p) for p in (call.attribute("pads", ()) if amounts is None else amounts.ravel())]
    rank = len(value.shape)
    axes_operand = call.constant(3)
    axes = list(range(rank)) if axes_operand is None else [int(a) % rank for a in axes_operand.ravel()]
    per_axis = {axis: (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    if any(amount < 0 for pair in per_axis.values() for amount in pair):
        call.refuse("it cuts (negative padding)", "padding of zero or more")
    fill = call.constant(2)
    stored = [[0, 0] if axis is None else list(per_axis.get(axis, (0, 0))) for axis in value.axes]
    fill_value = 0.0 if fill is None else float(np.asarray(fill).ravel()[0])
    tensor = tf.pad(value.tensor, stored, constant_values=fill_value)
    shape = tuple(n + sum(per_axis.get(i, (0, 0))) for i, n in enumerate(value.shape))
    return Value(tensor, shape, value.axes)


def reshape(call: Call) -> Value:
    """Reshape, Flatten, Squeeze, Unsqueeze: only where memory need not move.

    A flatten of an image keeps the stored order and remembers it; the dense layer behind it gets
    its weights in that order.
    """
    value = call.value()
    return _reshaped(call, value, _target_shape(call, value))


def _reshaped(call: Call, value: Value, shape: tuple[int, ...]) -> Value:
    rank = len(shape)
    for axes in dict.fromkeys((channels_last(rank), tuple(range(rank)))):
        before = memory_order(value.shape, value.axes, value.features)
        if np.array_equal(before, memory_order(shape, axes)):
            return call.arranged(value, shape, axes)
    if rank == 2 and shape[0] == 1:
        order = memory_order(value.shape, value.axes, value.features)
        return Value(tf.reshape(value.tensor, shape), shape, (0, 1), order)
    return call.arranged(value, shape, channels_last(rank))  # refuses, with the reason


def _target_shape(call: Call, value: Value) -> tuple[int, ...]:
    shape = value.shape
    rank = len(shape)
    if call.kind == "Flatten":
        axis = call.attribute("axis", 1) % (rank + 1)
        return (int(np.prod(shape[:axis], dtype=int)), int(np.prod(shape[axis:], dtype=int)))
    operand = call.constant(1)
    numbers = tuple(int(n) for n in (call.attribute("axes", ()) if operand is None else operand.ravel()))
    if call.kind == "Squeeze":
        dropped = {n % rank for n in numbers} if numbers else {i for i, n in enumerate(shape) if n == 1}
        return tuple(n for i, n in enumerate(shape) if i not in dropped)
    if call.kind == "Unsqueeze":
        places = {n % (rank + len(numbers)) for n in numbers}
        rest = iter(shape)
        return tuple(1 if i in places else next(rest) for i in range(rank + len(numbers)))
    total = int(np.prod(shape, dtype=int))
    if not call.attribute("allowzero", 0):
        numbers = tuple(shape[i] if n == 0 else n for i, n in enumerate(numbers))
    known = -int(np.prod(numbers, dtype=int)) if -1 in numbers else 1
    return tuple(total // known if n == -1 else n for n in numbers)


def transpose(call: Call) -> Value:
    """Transpose: nothing moves, only the meaning of the stored axes changes."""
    value = call.value()
    rank = len(value.shape)
    order = tuple(call.attribute("perm", tuple(reversed(range(rank)))))
    if value.features is not None:
        call.refuse("it transposes a flattened image", "transposing before the flatten")
    axes = tuple(None if axis is None else order.index(axis) for axis in value.axes)
    return Value(tf.identity(value.tensor), tuple(value.shape[i] for i in order), axes)
