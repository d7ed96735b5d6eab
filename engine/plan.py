"""How one network will run on a chip, as plain data: a kernel per operator and a place per tensor.

`firmware.kernel_choice` makes the choices, `memory` the plan; code generation, `latency` and the fronts
read both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.summaries import Placement

# What the network's own code is compiled for: fewest cycles, or fewest bytes of flash.
Optimise = Literal["speed", "size"]


@dataclass(frozen=True, kw_only=True)
class OperatorNeeds:
    """What an operator's kernel asks of the arena besides its tensors.

    Attributes:
        scratch_bytes: working memory while this operator runs.
        in_place_input: position in `Operator.inputs` of the input whose bytes output 0 may overwrite
            (the kernel reads each element before it writes over it), None if none may.
        in_place_tensor: the input to overwrite instead, where it is one of another operator of the
            group; the lead heeds all that the group reads of it. -1 for none.
        in_place_lead_bytes: how far before that input's first byte output 0 must begin at least (behind
            it if negative), so that no byte is written that is still to be read; None for any.
        in_place_step_bytes: if not 0, output 0 may begin only at multiples of it before or behind. With
            neither of the two, both begin at one place and output 0 is no larger; otherwise any size.
        in_place_back_lead_bytes: the kernel can also work from its last result to its first
            (`backwards` in its shape); then output 0 must begin so far before the input at most. None
            if it cannot.
        view: output 0 is the same bytes as `in_place_input` under another shape; no kernel runs, and
            the input stays valid.
        covers: operators, in schedule order right behind this one, whose work this one's calls do too;
            `in_place_input` of a covered operator is still its own.
    """

    scratch_bytes: int = 0
    in_place_input: int | None = None
    in_place_tensor: int = -1
    in_place_lead_bytes: int | None = None
    in_place_step_bytes: int = 0
    in_place_back_lead_bytes: int | None = None
    view: bool = False
    covers: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Constant:
    """One table in flash, packed as the kernel reads it.

    Attributes:
        values: int8/uint8/int16/int32/int64/float32, emitted in C order, flat.
        tensor: index of the graph tensor it was made from, -1 if computed (multipliers, tables).
        align: bytes, a power of two.
    """

    values: NDArray[np.generic]
    tensor: int = -1
    align: int = 4


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a call finds the rows of a tensor that it works on, for layers that run in bands.

    Attributes:
        offset: bytes from the tensor's own place, or from the start of the operator's scratch.
        step: bytes by which it moves on with each repetition.
        in_scratch: the rows lie in scratch; the tensor has no place of its own.
    """

    offset: int
    step: int = 0
    in_scratch: bool = False


@dataclass(frozen=True, kw_only=True)
class KernelCall:
    """One call of one C function.

    Its arguments always come in this order: inputs, constants, parameters, scratch, outputs, shape (each
    group only if present), that is::

        function(const in *, ..., const table *, ..., const parameters_type *, void *scratch,
                 out *, ..., const shape_type *)

    `shape` is literal at the call, so that the compiler specialises the kernel; calls of equal function
    and shape share one out-of-line copy. `parameters` stand in flash, one struct a layer.

    Attributes:
        function: C name, `static inline` in `header`.
        header: file name in `resources/firmware/kernels/`.
        inputs: tensor indices passed as pointers (run-time tensors; constants go into `constants`).
        outputs: tensor indices.
        shape: members of the literal struct `shape_type`, in any order.
        parameters: members of the flash struct `parameters_type`; int or float.
        constants: tables by their readable name (`weights`, `bias`), in the order of the arguments.
        scratch: whether the function takes the operator's scratch pointer.
        scratch_offset: bytes of the operator's scratch before what the function takes.
        operator: whose work it is, where that is not the choice's own operator.
        places: by tensor, where it differs from the tensor's place.
        band: calls that follow each other with one number other than 0 form the body of a loop.
        repeats: rounds of that loop.
    """

    function: str
    header: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shape_type: str = ""
    shape: Mapping[str, int] = field(default_factory=dict)
    parameters_type: str = ""
    parameters: Mapping[str, int | float] = field(default_factory=dict)
    constants: Mapping[str, Constant] = field(default_factory=dict)
    scratch: bool = False
    scratch_offset: int = 0
    operator: int = -1
    places: Mapping[int, Place] = field(default_factory=dict)
    band: int = 0
    repeats: int = 1


@dataclass(frozen=True, kw_only=True)
class KernelChoice(OperatorNeeds):
    """The kernel that will run one operator.

    Attributes:
        operator: index in the schedule.
        kernel: name for people and for the cost tables (`conv_int8`, `conv_1x1_int8_dsp`).
        calls: in order; none for a view, and for an operator that another one covers.
        initial_calls: run once by the network's init, before the first inference.
    """

    operator: int
    kernel: str
    calls: tuple[KernelCall, ...] = ()
    initial_calls: tuple[KernelCall, ...] = ()


@dataclass(frozen=True)
class MemoryPlan:
    """Where every run-time tensor lies in the arena.

    Attributes:
        placements: one per run-time tensor, in tensor order; views and in-place outputs name their
            partner in `shares_with`.
        scratch_offsets: offset of each operator's scratch block, -1 where it has none.
        arena_bytes: size of the arena, a multiple of 4.
        arena_lower_bound_bytes: largest sum over the schedule of live tensor bytes plus the running
            operator's scratch, tensors aligned to 4 bytes, in-place pairs counted once.
        scratch_bytes: the largest scratch block.
        live_bytes: per operator, the sum that the bound is the maximum of (scratch included).
        is_least: no other plan for these kernels is smaller: it meets the bound, or all were searched.
        backwards: operators that must work from their last result to their first.
    """

    placements: tuple[Placement, ...]
    scratch_offsets: tuple[int, ...]
    arena_bytes: int
    arena_lower_bound_bytes: int
    scratch_bytes: int
    live_bytes: tuple[int, ...]
    is_least: bool = False
    backwards: frozenset[int] = frozenset()

    def offset(self, tensor: int) -> int:
        """Byte offset of a run-time tensor.

        Raises:
            KeyError: the tensor is a constant or unused.
        """
        for placement in self.placements:
            if placement.tensor == tensor:
                return placement.offset
        raise KeyError(tensor)


@dataclass(frozen=True)
class ExtraMemory:
    """What firmware holds besides network and platform: a name for people, bytes of flash and RAM."""

    name: str
    flash_bytes: int
    ram_bytes: int


def constant_bytes(choices: Sequence[KernelChoice]) -> tuple[int, ...]:
    """Flash bytes of constants per operator, as emitted: equal tables once, each padded to 4."""
    seen: set[tuple[str, bytes]] = set()
    sizes = []
    for choice in choices:
        size = 0
        for call in (*choice.initial_calls, *choice.calls):
            for constant in call.constants.values():
                key = (constant.values.dtype.name, constant.values.tobytes())
                if key not in seen:
                    seen.add(key)
                    size += -(-constant.values.nbytes // 4) * 4
        sizes.append(size)
    return tuple(sizes)
