"""Operators that only move values: views where the bytes stay in place, strided copies elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.firmware.refusal import (
    constant,
    operand,
    option,
    optional_operand,
    require,
    result,
    run_time,
)
from engine.graph import Operator, Tensor, TensorGraph
from engine.plan import Constant, KernelCall, KernelChoice


def reshape(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """RESHAPE, EXPAND_DIMS, SQUEEZE: the same bytes under another shape."""
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(
        source.elements == output.elements and source.dtype == output.dtype,
        "its output does not have as many elements as its input",
    )
    if source.data is None:
        return KernelChoice(operator=operator.index, kernel="view", in_place_input=0, view=True)
    call = KernelCall(
        function="th_copy_bytes",
        header="th_move.h",
        inputs=(),
        outputs=(output.index,),
        shape_type="th_bytes_shape",
        shape={"bytes": output.size_bytes},
        constants={"values": Constant(values=source.data, tensor=source.index)},
    )
    return KernelChoice(operator=operator.index, kernel="copy", calls=(call,))


def transpose(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """TRANSPOSE of up to five dimensions."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    order = integers(graph, operator, 1, "permutation")
    rank = len(source.shape)
    require(sorted(order) == list(range(rank)), "its permutation does not name each dimension once")
    require(output.shape == tuple(source.shape[i] for i in order), "its output shape is another")
    strides = contiguous(source.shape)
    block = Block(output.shape, tuple(strides[i] for i in order), contiguous(output.shape))
    return _one_copy(operator, "transpose", source, output, block)


def concatenate(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """CONCATENATION of tensors of one type and scale along one dimension."""
    output = result(graph, operator)
    require(
        operator.options.get("fused_activation_function", "NONE") == "NONE",
        "a fused activation",
    )
    axis = _axis(option(operator, "axis"), len(output.shape))
    strides = contiguous(output.shape)
    calls, start = [], 0
    for position in range(len(operator.inputs)):
        part = operand(graph, operator, position)
        _require_same_values(part, output)
        require(
            len(part.shape) == len(output.shape)
            and all(
                p == o
                for i, (p, o) in enumerate(zip(part.shape, output.shape, strict=True))
                if i != axis
            ),
            "its inputs have different shapes",
        )
        block = Block(part.shape, contiguous(part.shape), strides, to_offset=start * strides[axis])
        calls.append(_copy_call(part, output, block))
        start += part.shape[axis]
    require(start == output.shape[axis], "its inputs do not fill its output")
    return KernelChoice(operator=operator.index, kernel="concatenate", calls=tuple(calls))


def split(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """SPLIT into equal parts along one dimension."""
    return _split(graph, operator, source_position=1, axis_position=0)


def split_v(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """SPLIT_V into parts of given sizes along one dimension."""
    return _split(graph, operator, source_position=0, axis_position=2)


def slice_(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """SLICE with constant begin and size."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    begin = integers(graph, operator, 1, "begin")
    rank = len(source.shape)
    require(len(begin) == rank == len(output.shape), "its begin does not match its input")
    ends = [b + n for b, n in zip(begin, output.shape, strict=True)]
    require(
        all(0 <= b <= e <= n for b, e, n in zip(begin, ends, source.shape, strict=True)),
        "its range leaves the input",
    )
    strides = contiguous(source.shape)
    offset = sum(b * s for b, s in zip(begin, strides, strict=True))
    block = Block(output.shape, strides, contiguous(output.shape), from_offset=offset)
    return _one_copy(operator, "slice", source, output, block)


def strided_slice(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """STRIDED_SLICE with constant begin, end and strides; no new axis or ellipsis."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    begin, end, steps = (
        integers(graph, operator, i, what) for i, what in ((1, "begin"), (2, "end"), (3, "strides"))
    )
    require(not option(operator, "ellipsis_mask"), "an ellipsis")
    require(not option(operator, "new_axis_mask"), "a new axis")
    require(not option(operator, "offset"), "end given as an offset")
    rank = len(source.shape)
    require(len(begin) == len(end) == len(steps) == rank, "its begin does not match its input")
    strides = contiguous(source.shape)
    sizes, from_strides, offset = [], [], 0
    for axis, size in enumerate(source.shape):
        first, count, step = _slice_range(operator, axis, size, begin[axis], end[axis], steps[axis])
        sizes.append(count)
        from_strides.append(step * strides[axis])
        offset += first * strides[axis]
    kept = tuple(sizes)
    require(math.prod(kept) == output.elements, "its output shape is another")
    block = Block(kept, tuple(from_strides), contiguous(kept), from_offset=offset)
    return _one_copy(operator, "strided_slice", source, output, block)


def pad(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """PAD and PADV2 with constant paddings; of quanta before a convolution without cost."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    _require_same_values(source, output)
    paddings = constant(graph, operator, 1, "paddings")
    rank = len(source.shape)
    require(paddings.shape == (rank, 2), "its paddings do not match its input")
    assert paddings.data is not None
    before = [int(row[0]) for row in paddings.data.tolist()]
    after = [int(row[1]) for row in paddings.data.tolist()]
    require(min(before + after, default=0) >= 0, "a negative padding")
    require(
        output.shape == tuple(b + n + a for b, n, a in zip(before, source.shape, after, strict=True)),
        "its output shape is another",
    )
    strides = contiguous(output.shape)
    offset = sum(b * s for b, s in zip(before, strides, strict=True))
    block = Block(source.shape, contiguous(source.shape), strides, to_offset=offset)
    calls = (fill_call(output, _pad_value(graph, operator)), _copy_call(source, output, block))
    return KernelChoice(operator=operator.index, kernel="pad", calls=calls)


def resize_nearest(graph: TensorGraph, operator: Operator) -> KernelChoice:
    """RESIZE_NEAREST_NEIGHBOR by any factor, corners aligned or not, half-pixel centres or not."""
    source, output = run_time(operand(graph, operator, 0), "input"), result(graph, operator)
    require(len(source.shape) == 4 == len(output.shape), "its tensors do not have four dimensions")
    require(source.dtype == output.dtype, "its input and output types differ")
    batches, height, width, channels = source.shape
    require(
        output.shape[0] == batches and output.shape[3] == channels and output.elements > 0,
        "its channels or batches change",
    )
    require(max(height, width) <= 1 << 16, "more than 65,536 rows or columns")
    pixel_bytes = source.size_bytes // (batches * height * width)
    places = {
        name: Constant(values=_nearest_places(operator, sizes), align=2)
        for name, sizes in (
            ("rows", (height, output.shape[1])),
            ("columns", (width, output.shape[2])),
        )
    }
    call = KernelCall(
        function="th_resize_nearest",
        header="th_move.h",
        inputs=(source.index,),
        outputs=(output.index,),
        shape_type="th_resize_shape",
        shape={
            "batches": batches,
            "input_height": height,
            "input_width": width,
            "output_height": output.shape[1],
            "output_width": output.shape[2],
            "pixel_bytes": pixel_bytes,
        },
        constants=places,
    )
    return KernelChoice(operator=operator.index, kernel="resize_nearest", calls=(call,))


def _nearest_places(operator: Operator, sizes: tuple[int, int]) -> NDArray[np.uint16]:
    """Row or column of the input for each of the output, in TFLite Micro's single precision."""
    source, output = sizes
    aligned = bool(option(operator, "align_corners"))
    scale = np.float32(source) / np.float32(output)
    if aligned and output > 1:
        scale = np.float32(source - 1) / np.float32(output - 1)
    centre = np.float32(0.5 if option(operator, "half_pixel_centers") else 0)
    exact = ((np.arange(output, dtype=np.float32) + centre) * scale).astype(np.float64)
    places = np.floor(exact + 0.5) if aligned else np.floor(exact)
    return np.clip(places, 0, source - 1).astype(np.uint16)


@dataclass(frozen=True)
class Block:
    """A box of elements with strides on both sides, all in elements."""

    sizes: tuple[int, ...]
    from_strides: tuple[int, ...]
    to_strides: tuple[int, ...]
    from_offset: int = 0
    to_offset: int = 0

    def members(self) -> dict[str, int]:
        """Members of `th_strided_shape`: dimensions that run on are joined, at most five remain."""
        axes: list[list[int]] = []
        for size, source, target in zip(self.sizes, self.from_strides, self.to_strides, strict=True):
            if size == 1:
                continue
            if axes and axes[-1][1] == source * size and axes[-1][2] == target * size:
                axes[-1] = [axes[-1][0] * size, source, target]
            else:
                axes.append([size, source, target])
        require(len(axes) <= 5, "more than five dimensions")
        axes = [[1, 0, 0]] * (5 - len(axes)) + axes
        members = {"from_offset": self.from_offset, "to_offset": self.to_offset}
        for i, (size, source, target) in enumerate(axes):
            members |= {f"size{i}": size, f"from{i}": source, f"to{i}": target}
        return members


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of a dense array of this shape, in elements."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def integers(graph: TensorGraph, operator: Operator, position: int, what: str) -> list[int]:
    """The values of a constant integer input."""
    tensor = constant(graph, operator, position, what)
    require(tensor.dtype in ("int32", "int64"), f"its {what} is not a list of integers")
    assert tensor.data is not None
    return [int(v) for v in tensor.data.reshape(-1).tolist()]


def fill_call(output: Tensor, value: int) -> KernelCall:
    """A call that fills a tensor with one bit pattern."""
    bits = 8 * np.dtype(output.dtype).itemsize
    require(bits in (8, 16, 32), f"{output.dtype.upper()} values")
    return KernelCall(
        function=f"th_fill_{bits}",
        header="th_move.h",
        inputs=(),
        outputs=(output.index,),
        shape_type="th_count_shape",
        shape={"count": output.elements},
        parameters_type="th_fill_parameters",
        parameters={"value": value},
    )


def _split(
    graph: TensorGraph, operator: Operator, *, source_position: int, axis_position: int
) -> KernelChoice:
    source = run_time(operand(graph, operator, source_position), "input")
    axes = integers(graph, operator, axis_position, "axis")
    require(len(axes) == 1, "its axis is not one number")
    axis = _axis(axes[0], len(source.shape))
    strides = contiguous(source.shape)
    calls, start = [], 0
    for position in range(len(operator.outputs)):
        part = result(graph, operator, position)
        require(
            part.dtype == source.dtype
            and len(part.shape) == len(source.shape)
            and all(
                p == s
                for i, (p, s) in enumerate(zip(part.shape, source.shape, strict=True))
                if i != axis
            ),
            "its outputs have another shape or type",
        )
        block = Block(part.shape, strides, contiguous(part.shape), from_offset=start * strides[axis])
        calls.append(_copy_call(source, part, block))
        start += part.shape[axis]
    require(start == source.shape[axis], "its outputs do not use up its input")
    return KernelChoice(operator=operator.index, kernel="split", calls=tuple(calls))


def _slice_range(
    operator: Operator, axis: int, size: int, begin: int, end: int, step: int
) -> tuple[int, int, int]:
    """(first index, count, step) along one axis by TensorFlow's rules."""
    require(step != 0, "a stride of 0")
    lowest, highest = (0, size) if step > 0 else (-1, size - 1)
    if option(operator, "begin_mask") >> axis & 1:
        first = lowest if step > 0 else highest
    else:
        first = max(lowest, min(highest, begin + size if begin < 0 else begin))
    if option(operator, "shrink_axis_mask") >> axis & 1:
        require(0 <= first < size, "its range leaves the input")
        return first, 1, 1
    if option(operator, "end_mask") >> axis & 1:
        last = highest if step > 0 else lowest
    else:
        last = max(lowest, min(highest, end + size if end < 0 else end))
    count = max(0, -(-(last - first) // step))
    require(count > 0, "an empty range")
    return first, count, step


def _pad_value(graph: TensorGraph, operator: Operator) -> int:
    """The bit pattern that padding writes: the zero point, 0, or PADV2's constant."""
    output = result(graph, operator)
    explicit = optional_operand(graph, operator, 2)
    if explicit is not None:
        require(
            explicit.data is not None and explicit.elements == 1, "its padding value is not constant"
        )
        require(explicit.dtype == output.dtype, "its padding value has another type")
        assert explicit.data is not None
        pattern = explicit.data.reshape(-1)
        return int(pattern.view(np.int32)[0]) if output.dtype == "float32" else int(pattern[0])
    return output.quantization.zero_point if output.quantization else 0


def _one_copy(
    operator: Operator, kernel: str, source: Tensor, output: Tensor, block: Block
) -> KernelChoice:
    require(source.dtype == output.dtype, "its input and output types differ")
    return KernelChoice(
        operator=operator.index, kernel=kernel, calls=(_copy_call(source, output, block),)
    )


def _copy_call(source: Tensor, output: Tensor, block: Block) -> KernelCall:
    bits = 8 * np.dtype(source.dtype).itemsize
    constants = {}
    if source.data is not None:
        constants["values"] = Constant(values=source.data, tensor=source.index)
    return KernelCall(
        function=f"th_strided_copy_{bits}",
        header="th_move.h",
        inputs=() if source.data is not None else (source.index,),
        outputs=(output.index,),
        shape_type="th_strided_shape",
        shape=block.members(),
        constants=constants,
    )


def _axis(axis: int, rank: int) -> int:
    resolved = axis + rank if axis < 0 else axis
    require(0 <= resolved < rank, "its axis does not exist")
    return resolved


def _require_same_values(source: Tensor, output: Tensor) -> None:
    """Same type and, where quantised, same scale: the bytes can be copied."""
    require(source.dtype == output.dtype, "its input and output types differ")
    if source.dtype in ("int8", "uint8", "int16") and source.quantization and output.quantization:
        require(
            source.quantization.scale == output.quantization.scale
            and source.quantization.zero_point == output.quantization.zero_point,
            "its input and output have different scales",
        )
