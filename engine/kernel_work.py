"""What a kernel call has to do, in the units that its time depends on.

`engine.latency` multiplies these amounts by the costs in `resources/firmware/costs.toml`;
`engine.cost_measurement` finds those costs. The units follow the kernels' loops: a matrix kernel works
on pairs of positions and blocks of four channels, a depthwise kernel on planes, all others on outputs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from engine.graph import TensorGraph
from engine.plan import KernelCall

Work = dict[str, float]

# Layers with a memory multiply by every weight at every step; the graph counts no MACs for them.
_SEQUENCE_SHAPES = ("th_svdf_shape", "th_lstm_shape")
_BLOCK_CONSTANTS = 15  # words of a block of th_gemm_dsp.h besides its weights, about
_TAPS_3X3 = 9
_CACHE_BYTES = 16_384  # of STM32H7 (RM0433); smaller ones differ in speed alone
_SHIFT_WORD, _FORM_WORD, _FIXED_FORM = 3, 4, 0  # of a record of th_depthwise_thumb.h
_CONSTANT_CHANNEL = 33  # TH_DEPTHWISE_CONSTANT
_SIZE = re.compile(r"size\d")
_VARIANT_MEMBERS = ("wide_weights", "by_3x3", "transposed")


def call_work(graph: TensorGraph, call: KernelCall) -> Work:
    """Amounts of work of one call by unit, all its repetitions together; unit `call` counts those."""
    members = call.shape
    match call.shape_type:
        case "th_conv_1x1_dsp_shape" | "th_conv_1x1_live_dsp_shape":
            depth = members.get("live_channels", members["input_channels"])
            work = _matrix_work(members, members["positions"], depth)
        case "th_conv_dsp_shape":
            work = _columns_work(members)
        case "th_depthwise_dsp_shape":
            work = _plane_work(call)
        case "th_depthwise_taps_dsp_shape":
            work = _taps_work(members)
        case "th_conv_1x1_thumb_shape":
            work = _thumb_work(call, members["positions"], members["input_channels"])
        case "th_conv_1x1_live_thumb_shape":
            work = _thumb_work(call, members["positions"], members["live_input_count"])
            work["result"] = float(members["positions"] * members["output_channels"])
        case "th_conv_thumb_shape":
            work = _thumb_columns_work(call)
        case "th_depthwise_thumb_shape":
            work = _thumb_rows_work(call)
        case "th_fully_connected_shape":
            features = members["output_features"], members["input_features"]
            work = _dense_work(members["batches"], *features)
        case "th_keep_rows_shape":
            work = {"call": 1.0, "word": members["bytes"] / 4}
        case _ if "kernel_height" in members and "output_height" in members:
            work = _window_work(call)
        case _:
            work = {"call": 1.0, "output": float(_elements(graph, call))}
            if call.shape_type in _SEQUENCE_SHAPES:
                weights = sum(constant.values.size for constant in call.constants.values())
                work["step"] = float(weights * members.get("steps", 1))
    return {unit: amount * call.repeats for unit, amount in work.items()}


def _elements(graph: TensorGraph, call: KernelCall) -> int:
    """Output elements: the shape's, which in bands is a part of the tensor's."""
    sizes = [size for member, size in call.shape.items() if _SIZE.fullmatch(member)]
    if sizes:
        return math.prod(sizes)
    return call.shape.get("count", sum(graph.tensors[i].elements for i in call.outputs))


def code_variant(call: KernelCall) -> str:
    """The function and what of its shape decides which shared functions come with it."""
    chosen = [f"{m}={call.shape[m]}" for m in _VARIANT_MEMBERS if call.shape.get(m)]
    if call.shape.get("by_3x3"):
        chosen.append(f"stride={call.shape['stride_width']}")
    if call.shape.get("positions") == 1:
        chosen.append("single")
    return " ".join([call.function.removeprefix("th_"), *chosen])


def _matrix_work(members: Mapping[str, int], positions: int, depth: int) -> Work:
    depth = -(-depth // 4) * 4
    wide = bool(members["wide_weights"])
    blocks = members["stream_words"] / (depth * (2 if wide else 1) + _BLOCK_CONSTANTS)
    pairs, single = divmod(positions, 2)
    suffix = "_wide" if wide else ""
    stream_bytes = 4 * members["stream_words"]
    return _nonzero(
        {
            "call": 1,
            "pair": pairs,
            "pair_depth": pairs * depth,
            "pair_block": pairs * blocks,
            f"pair_weights{suffix}": pairs * blocks * depth,
            "single": single,
            "single_depth": single * depth,
            "single_block": single * blocks,
            f"single_weights{suffix}": single * blocks * depth,
            # what a data cache cannot keep comes from flash for every pair
            "streamed": (pairs + single) * max(0, stream_bytes - _CACHE_BYTES),
            "first_read": stream_bytes,
        }
    )


def _taps_work(members: Mapping[str, int]) -> Work:
    positions = members["batches"] * members["output_height"] * members["output_width"]
    taps = members["kernel_height"] * members["kernel_width"]
    blocks = -(-members["output_channels"] // 4)
    return {
        "call": 1.0,
        "position": float(positions),
        "pointer": float(positions * taps),
        "block": float(positions * blocks),
        "block_tap": float(positions * blocks * taps),
    }


def _dense_work(positions: int, outputs: int, depth: int) -> Work:
    return {
        "call": 1.0,
        "position": float(positions),
        "column": float(positions * depth),
        "output": float(positions * outputs),
        "step": float(positions * outputs * depth),
    }


def _columns_work(members: Mapping[str, int]) -> Work:
    height, width = members["output_height"], members["output_width"]
    positions = members["batches"] * height * width
    row = members["kernel_width"] * members["input_channels"]
    work = _matrix_work(members, positions, members["kernel_height"] * row)
    inside = members["batches"] * _inside(members, "height") * _inside(members, "width")
    if members["dilation_width"] != 1:
        inside = 0
    whole_rows, whole_pixels = row % 4 == 0, members["input_channels"] % 4 == 0
    fast = inside if whole_rows else 0
    slow = positions - inside
    work.pop("pair_depth", None)
    work.pop("single_depth", None)
    rows, pixels = members["kernel_height"], members["kernel_height"] * members["kernel_width"]
    depth = -(-rows * row // 4) * 4
    if whole_pixels:
        return work | _nonzero(
            {
                "row": fast * rows,
                "column": fast * depth,
                "pixel": slow * pixels,
                "pixel_column": slow * depth,
            }
        )
    return work | _nonzero(
        {
            "row": fast * rows,
            "column": fast * depth,
            "gathered_row": (inside - fast) * rows,
            "gathered_word": (inside - fast) * rows * -(-row // 4),
            "gathered_border": slow * pixels,
            "gathered_byte": slow * rows * row,
            "gathered_column": (positions - fast) * depth,
        }
    )


def _plane_work(call: KernelCall) -> Work:
    members = call.shape
    height, width = members["output_height"], members["output_width"]
    rows, columns = (width, height) if members["transposed"] else (height, width)
    taps = members["kernel_height"] * members["kernel_width"]
    batches, channels = members["batches"], members["output_channels"]
    records = call.constants["records"].values.reshape(channels, -1)
    live = int((records[:, 12 + taps + 1] != _CONSTANT_CHANNEL).sum())
    planes = batches * live * members["input_channels"] / channels
    image = members["input_height"] * members["input_width"]
    image_rows = members["input_width"] if members["transposed"] else members["input_height"]
    suffix = "_transposed" if members["transposed"] else ""
    work: Work = {
        "call": 1,
        "border": members["plane_height"] * members["plane_width"] / 2,
        "channel": batches * live,
        f"plane_row{suffix}": planes * image_rows,
        f"plane{suffix}": planes * image,
        "constant": batches * (channels - live) * height * width,
    }
    if members["by_3x3"]:
        stride = members["stride_width"]
        work |= {
            f"row_{stride}": batches * live * rows,
            f"pair_{stride}": batches * live * rows * (columns // 2),
            f"odd_{stride}": batches * live * rows * (columns % 2),
        }
    else:
        words = members["kernel_height"] * (
            ((members["kernel_width"] - 1) * members["dilation_width"] + 2) // 2
        )
        fours = batches * live * rows * -(-columns // 4)
        work |= {
            "weights": batches * live * taps,
            "row": batches * live * rows,
            "four": fours,
            "four_row": fours * members["kernel_height"],
            "four_words": fours * words,
        }
    return _nonzero(work)


def _thumb_work(call: KernelCall, positions: int, depth: int) -> Work:
    """Positions go in pairs where the weights allow it; a layer with `mixed` lines rounds otherwise."""
    members = call.shape
    pairs, single = (0, positions) if members["alone"] else divmod(positions, 2)
    stream = call.constants["stream"].values.size
    outputs = members.get("live_output_count", members["output_channels"])
    suffix = "_mixed" if members["mixed"] else ""
    return _nonzero(
        {
            "call": 1,
            "pair": pairs,
            "pair_depth": pairs * depth,
            "pair_stream": pairs * stream,
            f"pair_output{suffix}": pairs * outputs,
            "single": single,
            "single_depth": single * depth,
            "single_stream": single * stream,
            f"single_output{suffix}": single * outputs,
        }
    )


def _thumb_columns_work(call: KernelCall) -> Work:
    members = call.shape
    positions = members["batches"] * members["output_height"] * members["output_width"]
    rows, columns = members["kernel_height"], members["kernel_width"]
    work = _thumb_work(call, positions, rows * columns * members["input_channels"])
    inside = members["batches"] * _inside(members, "height") * _inside(members, "width")
    cut = positions - inside
    return work | _nonzero(
        {
            "row": positions * rows,
            "pixel": cut * rows * columns,
            "pixel_column": cut * rows * columns * members["input_channels"],
        }
    )


def _thumb_rows_work(call: KernelCall) -> Work:
    members = call.shape
    channels, taps = members["output_channels"], members["kernel_height"] * members["kernel_width"]
    records = call.constants["records"].values.reshape(channels, -1).view("int32")
    forms = records[:, _FORM_WORD]
    rounded = int(((records[:, _SHIFT_WORD] == 0) & (forms != _FIXED_FORM)).sum())
    outputs = members["batches"] * members["output_height"] * members["output_width"]
    work: Work = {"call": 1, "output_rounded": rounded * outputs}
    for form in sorted(set(forms.tolist())):
        count = int((forms == form).sum()) * members["batches"]
        rows = count * members["output_height"]
        work[f"channel_{form}"] = count
        work[f"output_{form}"] = rows * members["output_width"]
        if form != _FIXED_FORM:
            for unit, amount in (
                ("row", rows),
                ("word", count * members["input_height"] * members["row_words"]),
                ("tap", rows * members["output_width"] * taps * (taps != _TAPS_3X3)),
            ):
                work[unit] = work.get(unit, 0.0) + amount
    return _nonzero(work)


def _window_work(call: KernelCall) -> Work:
    """Compilers make loops over windows that the image never cuts other code than the rest."""
    members = call.shape
    positions = members["batches"] * members["output_height"] * members["output_width"]
    rows = _taps(members, "height") * members["output_width"] * members["batches"]
    taps = _taps(members, "height") * _taps(members, "width") * members["batches"]
    kernel = members["kernel_height"] * members["kernel_width"]
    suffix = "" if taps == positions * kernel else "_cut"
    strided = "_strided" if members["stride_width"] > 1 else ""
    if "channels" in members:
        return _nonzero(
            {
                "call": 1,
                "position": positions,
                "tap": taps,
                f"output{suffix}": positions * members["channels"],
                f"row{suffix}": rows * members["channels"],
                f"step{suffix}": taps * members["channels"],
            }
        )
    channels = members["output_channels"]
    if "depthwise" in call.function:
        multiplier = channels // members["input_channels"]
        return _nonzero(
            {
                "call": 1,
                "channel": members["input_channels"],
                "position": positions,
                "tap": taps,
                f"output{suffix}": positions * channels,
                f"row{suffix}": rows * channels,
                f"step{suffix}{strided}": taps * channels,
                "step_multiplied": taps * channels * (multiplier > 1),
            }
        )
    depth = members["input_channels"] // max(members.get("groups", 1), 1)
    return _nonzero(
        {
            "call": 1,
            "position": positions,
            "tap": positions * kernel,
            "column": positions * kernel * depth,
            "output": positions * channels,
            f"row{suffix}": rows * channels,
            "single": positions % 2 * channels * depth * (kernel == 1),
            f"tap_output{suffix}": taps * channels,
            f"step{suffix}": taps * channels * depth,
        }
    )


def _taps(members: Mapping[str, int], axis: str) -> int:
    """Kernel taps that lie in the image, summed over the output positions of one axis."""
    pad = members["pad_top" if axis == "height" else "pad_left"]
    size, kernel = members[f"input_{axis}"], members[f"kernel_{axis}"]
    stride, dilation = members[f"stride_{axis}"], members.get(f"dilation_{axis}", 1)
    starts = (o * stride - pad for o in range(members[f"output_{axis}"]))
    return sum(sum(0 <= start + k * dilation < size for k in range(kernel)) for start in starts)


def _inside(members: Mapping[str, int], axis: str) -> int:
    """Output positions of one axis whose whole kernel lies in the image."""
    pad = members["pad_top" if axis == "height" else "pad_left"]
    reach = (members[f"kernel_{axis}"] - 1) * members[f"dilation_{axis}"]
    starts = (o * members[f"stride_{axis}"] - pad for o in range(members[f"output_{axis}"]))
    return sum(start >= 0 and start + reach < members[f"input_{axis}"] for start in starts)


def _nonzero(work: Mapping[str, float]) -> Work:
    return {unit: float(amount) for unit, amount in work.items() if amount}
