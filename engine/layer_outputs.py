"""Where each layer's outputs stand at the moment when it has run, and what they should be.

Generated code calls back after each layer; at that moment, and only then, the layer's outputs are whole:
a later layer may overwrite them.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.graph import TensorGraph
from engine.micro_reference import TFLITE_MICRO, MicroReference
from engine.plan import MemoryPlan

_SEED = 0x7B1E5EED
_CHECKED_INPUTS = ("int8", "uint8", "int16")


@dataclass(frozen=True)
class LayerOutput:
    """One output tensor of one layer, in the arena.

    Attributes:
        layer: index of the operator.
        output: which of its outputs.
        tensor: index in the graph.
        offset: in the arena.
        size_bytes: of the tensor.
    """

    layer: int
    output: int
    tensor: int
    offset: int
    size_bytes: int


@dataclass(frozen=True)
class Golden:
    """What every layer computes from one input that a formula gives.

    Attributes:
        seed: of the input, see `seeded_input`.
        checksums: CRC-16 of each computed tensor's bytes, by tensor.
    """

    seed: int
    checksums: Mapping[int, int]


def layer_outputs(graph: TensorGraph, plan: MemoryPlan) -> tuple[LayerOutput, ...]:
    """Every output that stands in the arena as a whole, in order of execution.

    Layers that run in bands with the one behind keep their results to themselves and are left out, and
    so are variables: the file has no tensor of theirs to compare with.
    """
    offsets = {p.tensor: p.offset for p in plan.placements}
    found = []
    for operator in graph.operators:
        sizes = [graph.tensors[t].size_bytes for t in operator.outputs]
        plain = all(t in offsets and not graph.tensors[t].is_variable for t in operator.outputs)
        if sizes and all(sizes) and plain:
            found += [
                LayerOutput(operator.index, number, tensor, offsets[tensor], size)
                for number, (tensor, size) in enumerate(zip(operator.outputs, sizes, strict=True))
            ]
    return tuple(found)


def seeded_input(size_bytes: int, seed: int = _SEED) -> bytes:
    """The lowest bytes of a xorshift generator's states (Marsaglia 2003, shifts 13, 17, 5)."""
    data = bytearray(size_bytes)
    state = seed
    for position in range(size_bytes):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        data[position] = state & 0xFF
    return bytes(data)


def checksum(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, as the firmware computes it."""
    return binascii.crc_hqx(data, 0xFFFF)


def golden_of(path: Path, graph: TensorGraph) -> Golden | None:
    """The checksums of TFLite Micro, for the self-test of firmware.

    Returns:
        None where no exact answer is known: TFLite Micro is not installed, an input is not of small
        integers, or the network computes with real numbers.
    """
    computed = {t for o in graph.operators for t in o.outputs if not graph.tensors[t].is_variable}
    exact = all(graph.tensors[t].dtype in _CHECKED_INPUTS for t in graph.inputs)
    exact = exact and all(graph.tensors[t].dtype != "float32" for t in computed)
    if not exact:
        return None
    reference = MicroReference(path, layers=True)
    if reference.engine != TFLITE_MICRO:
        return None
    reference.run_bytes(seeded_input(reference.input_bytes))
    checksums = {}
    for tensor in computed:
        if graph.tensors[tensor].size_bytes:
            values = np.ascontiguousarray(reference.tensor(tensor))
            checksums[tensor] = checksum(values.tobytes())
    return Golden(_SEED, checksums)
