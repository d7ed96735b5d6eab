"""From a graph and a board to a plan and to firmware: joins kernel choice, memory plan and build."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

import msgspec

from engine.boards import BoardSpec
from engine.errors import DoesNotFit, UsageError
from engine.events import CancelToken, Report
from engine.figures import Predicted
from engine.front_end import AnyFrontEnd, front_end_input
from engine.graph import TensorGraph
from engine.plan import ExtraMemory, KernelChoice, MemoryPlan, Optimise
from engine.summaries import BuildSummary, FitSummary


@dataclass(frozen=True)
class BoardPlan:
    """How a network will run on a board, before anything is built."""

    choices: tuple[KernelChoice, ...]
    memory: MemoryPlan
    fit: FitSummary


_AUTO_PATCHES = (2, 4, 8, 16, 32, 64)  # few cost the least time


def plan_on_board(
    graph: TensorGraph,
    board: BoardSpec,
    *,
    family: str,
    patches: str | int = "auto",
    optimise: Optimise | None = None,
    front_end: AnyFrontEnd | None = None,
) -> BoardPlan:
    """Choose kernels, place every tensor, and predict flash, RAM and time.

    Args:
        graph: a finished network.
        board: where it shall run.
        family: `portable`, `dsp` or `cmsis-nn`.
        patches: how many bands of rows the layers that need most memory run in: `off`; a number, which
            trades time for the least arena; `auto`, only if the board has no room otherwise.
        optimise: what the network's code is compiled for; None for the core's usual way.
        front_end: what the firmware makes of raw samples by itself, None for nothing.

    Raises:
        UnsupportedOperator: an operator has no kernel (it is named with its layer).
        UsageError: the network does not read what the front-end makes.
    """
    from engine.firmware.kernel_choice import choose_kernels
    from engine.grouping import keep_small, run_in_patches
    from engine.memory import arena_room_bytes, fit_on_board, plan_memory

    chosen = choose_kernels(graph, family=family)
    choices = keep_small(graph, chosen)
    if isinstance(patches, int):
        choices = keep_small(graph, run_in_patches(graph, chosen, patches))
    memory = plan_memory(graph, choices)
    optimise = optimise or usual_optimise(board)
    extra = _front_end_memory(front_end, graph, optimise)
    room = arena_room_bytes(graph, board, extra)
    if patches == "auto" and memory.arena_bytes > room:
        for number in _AUTO_PATCHES:
            patched = keep_small(graph, run_in_patches(graph, chosen, number, goal_bytes=room))
            plan = plan_memory(graph, patched)
            if plan.arena_bytes <= room:
                choices, memory = patched, plan
                break
    fit = fit_on_board(graph, memory, choices, board, optimise, extra)
    if front_end is not None:
        fit = _with_front_end_time(fit, front_end, board, optimise)
    return BoardPlan(choices, memory, fit)


def _with_front_end_time(
    fit: FitSummary, front_end: AnyFrontEnd, board: BoardSpec, optimise: Optimise
) -> FitSummary:
    from engine.firmware.front_end_cost import predict_front_end_cycles

    cycles = predict_front_end_cycles(front_end, board, optimise)
    error = (cycles.error_percent or 0) + board.cycle_error_percent  # of a chip's time
    milliseconds = Predicted(cycles.value / board.clock_hz * 1000, "ms", error)
    return msgspec.structs.replace(fit, front_end_cycles=cycles, front_end_latency_ms=milliseconds)


def _front_end_memory(
    front_end: AnyFrontEnd | None, graph: TensorGraph, optimise: Optimise
) -> ExtraMemory | None:
    if front_end is None:
        return None
    from engine.firmware.front_end import front_end_memory

    return front_end_memory(front_end, front_end_input(front_end, graph), optimise)


def build_on_board(
    graph: TensorGraph,
    board: BoardSpec,
    *,
    family: str,
    folder: Path,
    patches: str | int = "auto",
    optimise: Optimise | None = None,
    toolchain: str | None = None,
    tflite: Path | None = None,
    protocol: str = "thimble",
    front_end: AnyFrontEnd | None = None,
    report: Report,
    cancel: CancelToken,
) -> BuildSummary:
    """Plan, generate C and link the firmware into `folder`.

    With `tflite`, the file that `graph` was read from, the firmware tests itself at every reset.
    `protocol`: what it speaks, see `engine.firmware.protocols`. `front_end`: what it makes of raw
    samples by itself.

    Raises:
        UsageError: the network does not read what the front-end makes, or the protocol carries none.
        UnsupportedOperator: an operator has no kernel.
        DoesNotFit: the plan needs more than the board has; nothing was built.
        BuildFailed: the compiler or linker refused.
        Cancelled: the user stopped it.
    """
    from engine.firmware.build import build_firmware
    from engine.firmware.front_end import with_front_end
    from engine.firmware.generate import generate_model
    from engine.firmware.protocols import TELEMETRY, protocol_defines
    from engine.layer_outputs import golden_of

    if front_end is not None and protocol != TELEMETRY:
        raise UsageError(
            f"The protocol {protocol} carries no raw samples.",
            hint="Leave out --protocol or --front-end.",
        )
    optimise = optimise or usual_optimise(board)
    plan = plan_on_board(
        graph, board, family=family, patches=patches, optimise=optimise, front_end=front_end
    )
    if not plan.fit.fits:
        raise DoesNotFit(" ".join(plan.fit.reasons), hint=" ".join(plan.fit.suggestions[:1]))
    extra = protocol_defines(protocol, graph)
    golden = golden_of(tflite, graph) if tflite is not None and not extra else None
    generated = generate_model(graph, plan.memory, plan.choices, folder / "source", golden=golden)
    generated = replace(generated, defines={**generated.defines, **extra})
    if front_end is not None:
        generated = with_front_end(generated, front_end, front_end_input(front_end, graph))
    return build_firmware(
        generated,
        board,
        folder,
        kernels=family,
        optimise=optimise,
        toolchain=toolchain,
        report=report,
        cancel=cancel,
    )


def usual_optimise(board: BoardSpec) -> Optimise:
    """How code is compiled unasked: for speed, but where smaller code is as fast (decision 6)."""
    return "size" if board.core == "cortex-m0plus" else "speed"


def optimise_of(text: str | None) -> Optimise | None:
    """What `--optimise` asks for; None for the core's usual way.

    Raises:
        UsageError: it is neither `speed` nor `size`.
    """
    if text in (None, "", "auto"):
        return None
    if text in get_args(Optimise):
        return cast(Optimise, text)
    raise UsageError(f"Code cannot be optimised for {text}.", hint="Use --optimise speed or size.")


def patches_of(text: str | None) -> str | int:
    """What `--patches` asks for: `auto` (or None), `off` or a number from 2 on.

    Raises:
        UsageError: it is none of these.
    """
    if text in (None, "", "auto"):
        return "auto"
    assert text is not None
    if text == "off":
        return "off"
    if text.isdecimal() and int(text) >= 2:
        return int(text)
    raise UsageError(f"--patches {text} is not a number of bands.", hint="Use auto, off or 2 to 64.")


def family_of(name: str | None, board: BoardSpec) -> str:
    """The kernel family that a name means on a board; `auto` (or None) is the board's own.

    Raises:
        UsageError: there is no such family, or its sources are not installed.
    """
    from engine.firmware import cmsis_nn
    from engine.firmware.kernel_choice import FAMILIES

    if name in (None, "", "auto"):
        return board.kernels
    if name not in FAMILIES:
        raise UsageError(
            f"There are no kernels called {name}.", hint=f"Known: auto, {', '.join(FAMILIES)}."
        )
    if name == cmsis_nn.FAMILY:
        cmsis_nn.require_sources()
    return str(name)
