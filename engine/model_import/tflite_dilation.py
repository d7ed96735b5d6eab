"""Dilated convolutions that are written out between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND.

TensorFlow deals the image out to a larger batch and convolves that. TFLite's converter puts the pieces
together again only where the size of the batch is known; here it need not be.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from engine.graph import Operator, TensorGraph

PADDING_SIDES = "padding_sides"
"""Option of a convolution that was put together: before and after, by dimension."""

_CONVOLUTIONS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D"})
_SAME_NUMBERS = frozenset({"EXPAND_DIMS", "RESHAPE", "SQUEEZE"})


def with_dilated_convolutions(graph: TensorGraph, operators: list[Operator]) -> list[Operator]:
    """The operators, in order, each such group as one convolution with dilation.

    What does not fit the pattern exactly stays as it is.
    """
    readers: dict[int, list[Operator]] = defaultdict(list)
    for operator in operators:
        for tensor in operator.inputs:
            readers[tensor].append(operator)

    def only_reader(operator: Operator) -> Operator | None:
        found = readers[operator.outputs[0]]
        alone = len(found) == 1 and operator.outputs[0] not in graph.outputs
        return found[0] if alone and found[0].inputs[0] == operator.outputs[0] else None

    joined: dict[int, Operator] = {}
    dropped: set[int] = set()
    for first in operators:
        if first.kind != "SPACE_TO_BATCH_ND":
            continue
        group: list[Operator] = [first]
        while (follower := only_reader(group[-1])) is not None:
            group.append(follower)
            if follower.kind not in _CONVOLUTIONS | _SAME_NUMBERS:
                break
        whole = _joined(graph, group)
        if whole is not None:
            joined[group[-1].index] = whole
            dropped.update(member.index for member in group)
    return [
        joined.get(operator.index, operator)
        for operator in operators
        if operator.index in joined or operator.index not in dropped
    ]


def _joined(graph: TensorGraph, group: list[Operator]) -> Operator | None:
    """The dilated convolution that a group stands for, None if it stands for something else."""
    first, last = group[0], group[-1]
    convolutions = [member for member in group if member.kind in _CONVOLUTIONS]
    if last.kind != "BATCH_TO_SPACE_ND" or len(convolutions) != 1:
        return None
    conv = convolutions[0]
    numbers = [graph.tensors[i].data for i in (*first.inputs[1:3], *last.inputs[1:3])]
    if any(values is None for values in numbers):
        return None
    block, padding, same_block, crops = (np.asarray(values) for values in numbers)
    plain = (
        conv.options.get("padding") == "VALID"
        and {conv.options.get(f"stride_{axis}", 1) for axis in "hw"} == {1}
        and {conv.options.get(f"dilation_{axis}factor", 1) for axis in "hw"} == {1}
    )
    sides = padding.reshape(-1, 2) - crops.reshape(-1, 2)
    if not plain or not np.array_equal(block, same_block) or (sides < 0).any():
        return None
    dilations = [int(n) for n in block]
    factors = {"dilation_hfactor": dilations[0] if len(dilations) == 2 else 1}
    factors["dilation_wfactor"] = dilations[-1]
    return replace(
        conv,
        index=last.index,
        inputs=(first.inputs[0], *conv.inputs[1:]),
        outputs=last.outputs,
        options={**conv.options, **factors, PADDING_SIDES: tuple(int(n) for n in sides.ravel())},
    )
