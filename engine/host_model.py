"""A network's generated C on this computer: compiled once, run in a child process for many inputs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.child import run_tool
from engine.errors import BuildFailed, EngineError
from engine.events import CancelToken
from engine.firmware.generate import generate_model
from engine.firmware.kernel_choice import choose_kernels
from engine.firmware.toolchains import find_toolchain
from engine.graph import TensorGraph
from engine.grouping import keep_small
from engine.layer_outputs import layer_outputs
from engine.memory import plan_memory
from engine.plan import KernelChoice
from engine.resources import resource

TITLE = "generated C on the host"


@dataclass(frozen=True)
class HostRun:
    """What one input gave.

    Attributes:
        layers: bytes of each layer's outputs by tensor, empty unless asked for.
        output: all outputs one behind another.
    """

    layers: dict[int, bytes]
    output: bytes


class HostModel:
    """One network as a program of this computer; its arena lies between bytes that must stay untouched.

    Args:
        graph: the network.
        folder: for its C files and the program; created if missing.
        choices: kernels, by default the portable ones.
        cancel: checked while the compiler runs.

    Raises:
        UnsupportedOperator: an operator has no kernel.
        BuildFailed: the compiler refused.
    """

    def __init__(
        self,
        graph: TensorGraph,
        folder: Path,
        *,
        choices: Sequence[KernelChoice] | None = None,
        cancel: CancelToken | None = None,
    ) -> None:
        choices = choices or keep_small(graph, choose_kernels(graph, family="portable"))
        plan = plan_memory(graph, choices)
        generated = generate_model(graph, plan, choices, folder)
        self._layers = layer_outputs(graph, plan)
        self._output_bytes = sum(graph.tensors[i].size_bytes for i in graph.outputs)
        self._program = folder / ("model.exe" if sys.platform == "win32" else "model")
        tools = find_toolchain("zig")
        flags = "-std=c11 -O1 -fno-strict-aliasing -ffp-contract=off -fno-sanitize=all".split()
        sources = [*generated.sources, resource("firmware", "host", "main.c")]
        result = run_tool(
            [*tools.program, *flags, f"-I{folder}", *map(str, sources), "-lm", "-o", str(self._program)],
            env=tools.environment,
            cancel=cancel,
        )
        if result.returncode != 0:
            raise BuildFailed(
                "The generated C could not be compiled for this computer.",
                hint="Run: thimble-cli doctor",
                log=result.stderr[-20_000:],
            )

    def run(
        self, inputs: Sequence[bytes], *, layers: bool = False, cancel: CancelToken | None = None
    ) -> Iterator[HostRun]:
        """Run inputs one after the other; results come as they are read back.

        Args:
            inputs: each all input tensors one behind another.
            layers: also what every layer computes.
            cancel: ends the program.

        Raises:
            EngineError: the program ended by a fault, or wrote outside its arena.
        """
        with tempfile.TemporaryDirectory(prefix="thimble-host-") as name:
            given, results = Path(name) / "inputs.bin", Path(name) / "results.bin"
            given.write_bytes(b"".join(inputs))
            words = [str(self._program), str(given), str(results), "1" if layers else "0"]
            result = run_tool(words, cancel=cancel)
            if result.returncode != 0:
                how = "wrote outside its arena" if result.returncode == 2 else "ended by a fault"
                raise EngineError(
                    f"The generated C {how} on this computer (code {result.returncode}).",
                    hint="This is a fault of Thimble: please report it with the model.",
                )
            with results.open("rb") as stream:
                for _ in inputs:
                    found = {
                        entry.tensor: stream.read(entry.size_bytes)
                        for entry in (self._layers if layers else ())
                    }
                    yield HostRun(found, stream.read(self._output_bytes))
