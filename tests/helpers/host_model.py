"""A generated network, compiled for this computer and called through ctypes."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.child import run_tool
from engine.firmware.generate import generate_model
from engine.firmware.kernel_choice import choose_kernels
from engine.graph import TensorGraph
from engine.memory import plan_memory
from engine.plan import KernelChoice

_GUARD_BYTES = 64


class HostModel:
    """One network as a shared library, its arena between guard bytes that must stay untouched."""

    def __init__(
        self,
        graph: TensorGraph,
        folder: Path,
        *,
        family: str = "portable",
        choices: Sequence[KernelChoice] | None = None,
    ) -> None:
        self.graph = graph
        choices = choices or choose_kernels(graph, family=family)
        self.plan = plan_memory(graph, choices)
        self.generated = generate_model(graph, self.plan, choices, folder)
        library = folder / "model.so"
        result = run_tool(
            [
                sys.executable, "-m", "ziglang", "cc", "-shared", "-fPIC", "-std=c11", "-O1", "-Wall",
                "-Wextra", "-Werror", "-Wno-unused-function", "-fno-strict-aliasing",
                "-ffp-contract=off", "-o", str(library), *map(str, self.generated.sources), "-lm",
            ]
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        self._library = ctypes.CDLL(str(library))
        name = graph.name
        self._invoke = self._library[f"{name}_invoke"]
        self._memory = np.full(self.plan.arena_bytes + 2 * _GUARD_BYTES + 16, 0xA5, np.uint8)
        start = self._memory.ctypes.data + _GUARD_BYTES
        self._arena = start + (-start) % 16
        self._context = (ctypes.c_void_p * 3)()
        self._library[f"{name}_init"](self._context, ctypes.c_void_p(self._arena))
        self._input, self._output = self._library[f"{name}_input"], self._library[f"{name}_output"]
        self._input.restype = self._output.restype = ctypes.c_void_p

    def run(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Outputs for one set of inputs, in the network's own types."""
        for i, values in enumerate(inputs):
            tensor = self.graph.tensors[self.graph.inputs[i]]
            data = np.ascontiguousarray(values, tensor.dtype)
            assert data.size == tensor.elements
            place = self._input(self._context, ctypes.c_uint32(i))
            ctypes.memmove(place, data.ctypes.data, data.nbytes)
        assert self._invoke(self._context) == 0
        outputs = []
        for i, index in enumerate(self.graph.outputs):
            tensor = self.graph.tensors[index]
            place = self._output(self._context, ctypes.c_uint32(i))
            raw = ctypes.string_at(place, tensor.size_bytes)
            outputs.append(np.frombuffer(raw, tensor.dtype).reshape(tensor.shape))
        self._check_guards()
        return outputs

    def _check_guards(self) -> None:
        start = self._arena - self._memory.ctypes.data
        assert (self._memory[:start] == 0xA5).all(), "the network wrote before its arena"
        assert (self._memory[start + self.plan.arena_bytes :] == 0xA5).all(), "it wrote behind its arena"
