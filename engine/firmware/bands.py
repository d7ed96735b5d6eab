"""Layers that run together in bands of rows, so that what passes between them is never whole in memory.

The last layer of a group makes a band of rows at a time; each layer before it makes just the rows that
the band newly needs and keeps those that the next band reads again (line buffers), so nothing is
computed twice. The idea of trading time for memory at the first layers is MCUNetV2's (Lin et al. 2021),
with rows instead of patches. A convolution and the ADD behind it are a group too: the convolution's
result needs a band of memory alone, and the sum may take the other operand's place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.firmware import packing
from engine.graph import Operator, TensorGraph
from engine.plan import KernelCall, KernelChoice, Place

_WINDOWS = ("CONV_2D", "DEPTHWISE_CONV_2D", "AVERAGE_POOL_2D", "MAX_POOL_2D")
_SUMS = ("ADD", "SUB")
_NO_ROW = 1 << 30


@dataclass(frozen=True)
class _Rows:
    """[read_low, read_high) of the input that a call reads, [low, high) of the output that it makes."""

    read_low: int
    read_high: int
    low: int
    high: int
    pad_top: int


@dataclass(frozen=True)
class _Layer:
    """One operator of a group and how its rows depend on those of its input."""

    operator: Operator
    choice: KernelChoice
    source: int
    output: int
    height: int
    input_height: int
    stride: int = 1
    reach: int = 1
    pad: int = 0

    def step_over(self, tensor: int) -> int:
        """`in_place_step_bytes` of its kernel where it reads a tensor in place, else 0."""
        place = self.choice.in_place_input
        reads = place is not None and self.operator.inputs[place] == tensor
        return self.choice.in_place_step_bytes if reads else 0

    def rows(self, low: int, high: int) -> _Rows:
        """What it reads to make rows [low, high)."""
        start = low * self.stride - self.pad
        end = (high - 1) * self.stride - self.pad + self.reach
        return _Rows(max(start, 0), min(end, self.input_height), low, high, max(-start, 0))


def run_in_bands(
    graph: TensorGraph, choices: Sequence[KernelChoice], first: int, last: int, rows: int
) -> tuple[KernelChoice, ...] | None:
    """The choices with operators first..last as one group that operator `first` runs.

    Args:
        graph: the network.
        choices: one kernel per operator, in schedule order.
        first: index of the group's first operator.
        last: index of its last one; `first` itself for a layer that only shall need less scratch.
        rows: of the last operator's output in a band.

    Returns:
        None if they are no chain, or a kernel cannot make so few rows.
    """
    layers = _layers(graph, choices, first, last)
    if layers is None:
        return None
    bands = _bands(layers, rows)
    lines = _line_buffers(graph, layers, bands)
    line_bytes = sum(line.size for line in lines.values())
    calls, scratch_bytes = [], 0
    for band in bands:
        made = _band_calls(graph, layers, band, lines, line_bytes)
        if made is None:
            return None
        calls.append(made[0])
        scratch_bytes = max(scratch_bytes, made[1])
    changed = list(choices)
    names = [layer.choice.kernel for layer in layers]
    changed[first] = replace(
        choices[first],
        kernel="+".join(names),
        calls=_rolled(calls),
        scratch_bytes=line_bytes + scratch_bytes,
        in_place_input=None,
        in_place_lead_bytes=None,
        in_place_step_bytes=0,
        in_place_back_lead_bytes=None,
        covers=tuple(range(first + 1, last + 1)),
    )
    for layer in layers[1:]:
        index = layer.operator.index
        changed[index] = KernelChoice(operator=index, kernel=f"in layer {first}")
    tensor, lead = _overlap(graph, layers, bands)
    changed[last] = replace(
        changed[last],
        in_place_tensor=tensor,
        in_place_lead_bytes=lead,
        in_place_step_bytes=layers[-1].step_over(tensor),
    )
    return tuple(changed)


def _layers(
    graph: TensorGraph, choices: Sequence[KernelChoice], first: int, last: int
) -> tuple[_Layer, ...] | None:
    layers: list[_Layer] = []
    for operator, choice in zip(graph.operators[first : last + 1], choices[first:], strict=False):
        layer = _layer(graph, operator, choice, layers[-1].output if layers else None)
        if layer is None:
            return None
        layers.append(layer)
    passed_on = {layer.output for layer in layers[:-1]}
    for operator in graph.operators:
        inside = first <= operator.index <= last
        if not inside and passed_on & set(operator.inputs):
            return None
    return None if passed_on & set(graph.outputs) else tuple(layers)


def _layer(
    graph: TensorGraph, operator: Operator, choice: KernelChoice, before: int | None
) -> _Layer | None:
    """The operator as a layer of a group whose layer before it made `before`."""
    output = graph.tensors[operator.outputs[0]]
    if len(output.shape) != 4 or output.shape[0] != 1 or choice.covers or not choice.calls:
        return None
    if any(call.shape_type not in _BANDED for call in choice.calls):
        return None
    main = choice.calls[0]
    source = before if before is not None else operator.inputs[0]
    if operator.inputs.count(source) != 1 or source not in main.inputs:
        return None
    layer = _Layer(operator, choice, source, output.index, output.shape[1], output.shape[1])
    if operator.kind in _SUMS:
        run_time = [i for i in operator.inputs if not graph.tensors[i].is_constant]
        same = all(graph.tensors[i].shape == output.shape for i in run_time)
        return layer if same and len(run_time) == 2 else None
    if operator.kind not in _WINDOWS or source != operator.inputs[0]:
        return None
    if "positions" in main.shape:
        return layer
    shape = _upright(main)
    return replace(
        layer,
        input_height=shape["input_height"],
        stride=shape["stride_height"],
        reach=(shape["kernel_height"] - 1) * shape.get("dilation_height", 1) + 1,
        pad=shape["pad_top"],
    )


@dataclass(frozen=True)
class _Turn:
    """A layer in one band: the rows that it makes, if any, and the first that it reads from then on."""

    rows: _Rows | None
    read_low: int


def _bands(layers: Sequence[_Layer], rows: int) -> list[list[_Turn]]:
    """Per band, the turn of each layer."""
    done = [0] * len(layers)
    bands = []
    while done[-1] < layers[-1].height:
        band: list[_Turn] = []
        wanted = {layers[-1].output: min(done[-1] + rows, layers[-1].height)}
        for index in reversed(range(len(layers))):
            layer = layers[index]
            high = wanted.get(layer.output, 0)
            needed = layer.rows(done[index], high) if high > done[index] else None
            if needed is not None:
                for tensor in layer.operator.inputs:
                    wanted[tensor] = max(wanted.get(tensor, 0), needed.read_high)
            more = done[index] < layer.height
            read_low = layer.rows(done[index], done[index] + 1).read_low if more else _NO_ROW
            band.insert(0, _Turn(needed, read_low))
            done[index] = max(done[index], high)
        bands.append(band)
    return bands


@dataclass
class _LineBuffer:
    """Rows [base, high) of a tensor, in scratch from `offset` on, as bands go by."""

    offset: int
    size: int
    row_bytes: int
    base: int = 0
    high: int = 0

    def advance(self, read_low: int, made: _Rows) -> int:
        """Make room for new rows; returns how many bytes further back the kept ones lay before."""
        base = min(read_low, made.low)
        moved = (base - self.base) * self.row_bytes
        self.base, self.high = base, made.high
        return moved


def _read_low(layers: Sequence[_Layer], band: Sequence[_Turn], tensor: int) -> int:
    """The first row of a tensor that is still read."""
    turns = zip(layers, band, strict=True)
    return min(turn.read_low for layer, turn in turns if tensor in layer.operator.inputs)


def _line_buffers(
    graph: TensorGraph, layers: Sequence[_Layer], bands: Sequence[Sequence[_Turn]]
) -> dict[int, _LineBuffer]:
    """The line buffer behind each layer but the last, by tensor."""
    lines: dict[int, _LineBuffer] = {}
    offset = 0
    for index, layer in enumerate(layers[:-1]):
        line = _LineBuffer(offset, 0, _row_bytes(graph, layer.output))
        for band in bands:
            made = band[index].rows
            if made is not None:
                line.advance(_read_low(layers, band, layer.output), made)
                line.size = max(line.size, -(-(line.high - line.base) * line.row_bytes // 4) * 4)
        lines[layer.output] = replace(line, base=0, high=0)
        offset += line.size
    return lines


def _band_calls(
    graph: TensorGraph,
    layers: Sequence[_Layer],
    band: Sequence[_Turn],
    lines: Mapping[int, _LineBuffer],
    line_bytes: int,
) -> tuple[list[KernelCall], int] | None:
    """The calls of one band, and the scratch that its kernels take besides the line buffers."""
    calls: list[KernelCall] = []
    scratch_bytes = 0
    for layer, turn in zip(layers, band, strict=True):
        rows = turn.rows
        if rows is None:
            continue
        if layer.output in lines:
            read_low = _read_low(layers, band, layer.output)
            calls += _keep(layer, rows, read_low, lines[layer.output])
        places = {}
        for tensor in {*layer.operator.inputs, layer.output}:
            low = rows.low if tensor == layer.output else rows.read_low
            if tensor in lines:
                line = lines[tensor]
                start = line.offset + (low - line.base) * line.row_bytes
                places[tensor] = Place(offset=start, in_scratch=True)
            elif tensor >= 0 and not graph.tensors[tensor].is_constant:
                places[tensor] = Place(offset=low * _row_bytes(graph, tensor))
        for call in layer.choice.calls:
            banded = _BANDED[call.shape_type](call, rows, graph.tensors[layer.output].shape)
            if banded is None:
                return None
            shape, needs = banded
            scratch_bytes = max(scratch_bytes, layer.choice.scratch_bytes if needs is None else needs)
            calls.append(
                replace(
                    call,
                    shape=shape,
                    places={i: places[i] for i in (*call.inputs, *call.outputs)},
                    scratch_offset=line_bytes,
                    operator=layer.operator.index,
                )
            )
    return calls, scratch_bytes


def _keep(layer: _Layer, rows: _Rows, read_low: int, line: _LineBuffer) -> list[KernelCall]:
    """The call that moves the rows which are read again to the front, if there are any."""
    kept = line.high
    moved = line.advance(read_low, rows)
    if moved == 0 or kept <= line.base:
        return []
    return [
        KernelCall(
            function="th_keep_rows",
            header="th_bands.h",
            inputs=(),
            outputs=(layer.output,),
            shape_type="th_keep_rows_shape",
            shape={"from": moved, "bytes": (kept - line.base) * line.row_bytes},
            places={layer.output: Place(offset=line.offset, in_scratch=True)},
            operator=layer.operator.index,
        )
    ]


def _row_bytes(graph: TensorGraph, tensor: int) -> int:
    info = graph.tensors[tensor]
    return info.size_bytes // info.shape[1]


def _overlap(
    graph: TensorGraph, layers: Sequence[_Layer], bands: Sequence[Sequence[_Turn]]
) -> tuple[int, int]:
    """The whole input that the group's output may best lie over, -1 for none, and with what lead."""
    output = layers[-1].output
    passed_on = {layer.output for layer in layers}
    chosen, saved = (-1, 0), 0
    for source in sorted({i for layer in layers for i in layer.operator.inputs} - passed_on):
        if source < 0 or graph.tensors[source].is_constant or source in graph.outputs:
            continue
        if any(source in o.inputs for o in graph.operators[layers[-1].operator.index + 1 :]):
            continue
        lead = _band_lead(graph, layers, bands, source)
        sizes = graph.tensors[source].size_bytes, graph.tensors[output].size_bytes
        saving = sum(sizes) - max(*sizes, sizes[0] + lead)
        if saving > saved:
            chosen, saved = (source, lead), saving
    return chosen


def _band_lead(
    graph: TensorGraph,
    layers: Sequence[_Layer],
    bands: Sequence[Sequence[_Turn]],
    source: int,
) -> int:
    """How far before `source` the output must begin: nothing is written that is still to be read."""
    row_bytes, written_bytes = _row_bytes(graph, source), _row_bytes(graph, layers[-1].output)
    final = layers[-1].operator
    read_last = source in final.inputs
    lead = 0 if read_last and final.kind in _SUMS else -graph.tensors[source].size_bytes
    needed = _NO_ROW
    for band in reversed(bands):
        written = band[-1].rows
        assert written is not None
        # the last layer reads while it writes: sums and kernels with a step know how, others keep apart
        if read_last and final.kind not in _SUMS and not layers[-1].step_over(source):
            needed = min(needed, written.read_low)
        if needed != _NO_ROW:
            lead = max(lead, written.high * written_bytes - needed * row_bytes)
        for layer, turn in zip(layers, band, strict=True):
            if turn.rows is not None and source in layer.operator.inputs:
                needed = min(needed, turn.rows.read_low)
    return lead


def _rolled(bands: Sequence[Sequence[KernelCall]]) -> tuple[KernelCall, ...]:
    """All bands in order, runs of those that differ in their places alone as loops."""
    calls: list[KernelCall] = []
    start = 0
    while start < len(bands):
        steps = _steps(bands[start], bands[start + 1]) if start + 1 < len(bands) else None
        end = start + 1
        while steps is not None and end < len(bands) and _steps(bands[end - 1], bands[end]) == steps:
            end += 1
        for index, call in enumerate(bands[start]):
            places = call.places
            if steps is not None:
                places = {i: replace(p, step=steps[index][i]) for i, p in places.items()}
            calls.append(replace(call, places=places, band=start + 1, repeats=end - start))
        start = end
    return tuple(calls)


def _steps(one: Sequence[KernelCall], next_one: Sequence[KernelCall]) -> list[dict[int, int]] | None:
    """Per call and tensor, by how much the places move on; None if more differs, or in scratch."""
    if len(one) != len(next_one):
        return None
    steps = []
    for a, b in zip(one, next_one, strict=True):
        if (a.function, a.operator, a.shape, set(a.places)) != (
            b.function,
            b.operator,
            b.shape,
            set(b.places),
        ):
            return None
        moves = {i: b.places[i].offset - a.places[i].offset for i in a.places}
        if any(a.places[i].in_scratch and moves[i] for i in moves):
            return None
        steps.append(moves)
    return steps


_Banded = tuple[dict[str, int], int | None]  # members of the shape, own scratch if it differs


def _by_positions(call: KernelCall, rows: _Rows, output_shape: tuple[int, ...]) -> _Banded | None:
    positions = (rows.high - rows.low) * output_shape[2]
    return {**call.shape, "positions": positions}, None


def _by_count(call: KernelCall, rows: _Rows, output_shape: tuple[int, ...]) -> _Banded | None:
    return {**call.shape, "count": (rows.high - rows.low) * output_shape[2] * output_shape[3]}, None


def _by_broadcast(call: KernelCall, rows: _Rows, output_shape: tuple[int, ...]) -> _Banded | None:
    """Equal shapes, which `broadcast_shape` makes one dimension."""
    count = (rows.high - rows.low) * output_shape[2] * output_shape[3]
    return {**call.shape, "size3": count}, None


def _by_window(call: KernelCall, rows: _Rows, _: tuple[int, ...]) -> _Banded | None:
    changed = {
        "input_height": rows.read_high - rows.read_low,
        "output_height": rows.high - rows.low,
        "pad_top": rows.pad_top,
    }
    return {**call.shape, **changed}, None


def _by_plane(call: KernelCall, rows: _Rows, output_shape: tuple[int, ...]) -> _Banded | None:
    transposed, by_3x3 = bool(call.shape["transposed"]), bool(call.shape["by_3x3"])
    image = _by_window(replace(call, shape=_upright(call)), rows, output_shape)
    assert image is not None
    shape = image[0]
    if by_3x3 and transposed and shape["output_height"] < 2:
        return None
    plane = packing.plane_of(shape, transposed=transposed, by_3x3=by_3x3)
    scratch = packing.depthwise_scratch_bytes(shape, plane, by_3x3=by_3x3)
    members = {**shape, "plane_height": plane.height, "plane_width": plane.width}
    return (_on_its_side(members) if transposed else members), scratch


def _by_upright_rows(call: KernelCall, rows: _Rows, output_shape: tuple[int, ...]) -> _Banded | None:
    """Depthwise convolution whose rows are the image's, not its columns."""
    upright = call.shape["input_step"] == call.shape["input_channels"]
    return _by_window(call, rows, output_shape) if upright else None


def _upright(call: KernelCall) -> Mapping[str, int]:
    """The members of a window's shape as they are in the image."""
    return _on_its_side(call.shape) if call.shape.get("transposed") else call.shape


def _on_its_side(members: Mapping[str, int]) -> dict[str, int]:
    """Members of `th_depthwise_dsp_shape` with kernel and padding turned between image and plane."""
    turned = dict(members)
    for name in ("kernel", "stride", "dilation"):
        turned[f"{name}_height"], turned[f"{name}_width"] = (
            members[f"{name}_width"],
            members[f"{name}_height"],
        )
    turned["pad_top"], turned["pad_left"] = members["pad_left"], members["pad_top"]
    return turned


_BANDED: dict[str, Callable[[KernelCall, _Rows, tuple[int, ...]], _Banded | None]] = {
    "th_broadcast_shape": _by_broadcast,
    "th_clamp_shape": _by_count,
    "th_conv_1x1_dsp_shape": _by_positions,
    "th_conv_1x1_live_dsp_shape": _by_positions,
    "th_conv_1x1_live_thumb_shape": _by_positions,
    "th_conv_1x1_thumb_shape": _by_positions,
    "th_conv_dsp_shape": _by_window,
    "th_conv_shape": _by_window,
    "th_conv_thumb_shape": _by_window,
    "th_count_shape": _by_count,
    "th_depthwise_dsp_shape": _by_plane,
    "th_depthwise_taps_dsp_shape": _by_window,
    "th_depthwise_thumb_shape": _by_upright_rows,
    "th_pool_shape": _by_window,
    "th_sum_thumb_shape": _by_count,
}
