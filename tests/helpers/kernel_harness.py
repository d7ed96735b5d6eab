"""A generated network compiled for a Cortex-M core and called in an emulator that counts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.boards import load_board
from engine.child import run_tool
from engine.firmware.generate import generate_model
from engine.firmware.kernel_choice import choose_kernels
from engine.firmware.toolchains import find_toolchain
from engine.graph import TensorGraph
from engine.memory import plan_memory
from engine.plan import KernelChoice, MemoryPlan

_BOARDS = {"cortex-m0plus": "stm32g0b1", "cortex-m4f": "stm32f407", "cortex-m7f": "stm32h743"}

HERE = Path(__file__).resolve().parents[1] / "kernels" / "dsp"


@dataclass(frozen=True)
class KernelRun:
    """What the emulator saw.

    Attributes:
        outputs: uint8 (inputs, output bytes).
        instructions: int64 (inputs,), from entry to return of invoke.
        cycles: int64 (inputs,), the same by the core's cycle model, memory without wait states.
        layer_instructions: int64 (layers,), of one invoke, the call of each layer's function included.
        choices: the kernels.
        plan: the arena.
        code_bytes: of the image's executable section.
    """

    outputs: np.ndarray
    instructions: np.ndarray
    cycles: np.ndarray
    layer_instructions: np.ndarray
    choices: tuple[KernelChoice, ...]
    plan: MemoryPlan
    code_bytes: int


def run_on_cortex_m4(graph: TensorGraph, inputs: np.ndarray, folder: Path, **options: Any) -> KernelRun:
    """`run_on_core` for the Cortex-M4 with its own kernels."""
    return run_on_core(graph, inputs, folder, core="cortex-m4f", **options)


def run_on_core(
    graph: TensorGraph,
    inputs: np.ndarray,
    folder: Path,
    *,
    core: str,
    family: str = "dsp",
    toolchain: str = "zig",
    optimise: str = "-O3",
    choices: tuple[KernelChoice, ...] = (),
) -> KernelRun:
    """Build and run a network; `inputs` (n, bytes of all inputs) of any 8-bit type."""
    choices = choices or choose_kernels(graph, family=family)
    plan = plan_memory(graph, choices)
    generated = generate_model(graph, plan, choices, folder)
    elf = folder / "harness.elf"
    tool = find_toolchain(toolchain)
    board = load_board(_BOARDS[core])
    objects = []
    for source in (*generated.sources, HERE / "harness.c"):
        target = folder / f"{source.stem}.o"
        command = tool.compile_command(source, target, board, optimise=optimise, includes=(folder,))
        _run([*command, "-Wextra", "-Werror", "-Wno-unused-function"], tool.environment)
        objects.append(target)
    _run(tool.link_command(objects, elf, HERE / "harness.ld", board), tool.environment)
    request, result = folder / "request.npz", folder / "result.npz"
    np.savez(
        request,
        arena_bytes=plan.arena_bytes,
        layers=len(choices),
        input_bytes=np.array([graph.tensors[i].size_bytes for i in graph.inputs]),
        output_bytes=np.array([graph.tensors[i].size_bytes for i in graph.outputs]),
        inputs=np.ascontiguousarray(inputs).view(np.uint8).reshape(len(inputs), -1),
    )
    _run(
        [sys.executable, "-m", "tests.kernels.dsp.emulate", str(elf), str(request), str(result), core],
        None,
    )
    values = np.load(result)
    assert bool(values["guards_intact"]), "the network wrote outside its arena"
    return KernelRun(
        outputs=values["outputs"],
        instructions=values["instructions"],
        cycles=values["cycles"],
        layer_instructions=values["layer_instructions"],
        choices=choices,
        plan=plan,
        code_bytes=_code_bytes(elf),
    )


def _code_bytes(elf: Path) -> int:
    from elftools.elf.elffile import ELFFile

    with elf.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".text")
        return int(section["sh_size"])


def _run(command: list[str], environment: object) -> None:
    result = run_tool(command, cwd=HERE.parents[2], timeout_seconds=600, env=environment)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"
