"""Write a planned network as C: one source with a call per operator, one with the constants, one header.

All C text stands in `resources/firmware/templates` and `resources/firmware/kernels`; this module only
fills in numbers and names.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnsupportedOperator
from engine.graph import TensorGraph
from engine.layer_outputs import Golden, layer_outputs
from engine.plan import Constant, KernelCall, KernelChoice, MemoryPlan, Place, constant_bytes
from engine.resources import resource
from engine.text_templates import templates_in

_C_TYPES = {
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
    "bool": "uint8_t",
}
_PER_ROW = 20
_MAX_TITLE = 40


@dataclass(frozen=True)
class GeneratedModel:
    """The C form of one network.

    Attributes:
        name: prefix of its symbols.
        folder: where its files lie.
        sources: C files to compile.
        headers: every header they include.
        model_hash: of the file it came from.
        arena_bytes: size of the arena that it asks for.
        constant_bytes: bytes of constants as emitted, per operator (shared ones count at the first).
        kernels: name of the kernel of each operator.
        includes: folders of headers that are not its own.
        defines: macros that its sources want.
    """

    name: str
    folder: Path
    sources: tuple[Path, ...]
    headers: tuple[Path, ...]
    model_hash: str
    arena_bytes: int
    constant_bytes: tuple[int, ...]
    kernels: tuple[str, ...]
    includes: tuple[Path, ...] = ()
    defines: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Pool:
    """The constants of a network, equal ones kept once."""

    prefix: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    names: dict[tuple[str, bytes], str] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)

    def add(self, constant: Constant, label: str, layer: int, title: str, comment: str) -> str:
        values = np.ascontiguousarray(constant.values).reshape(-1)
        if values.dtype == np.bool_:
            values = values.view(np.uint8)
        key = (values.dtype.name, values.tobytes())
        if key not in self.names:
            self.names[key] = f"{self.prefix}_{layer}_{_in_symbol(title)}_{label}"
            self.sizes[layer] = self.sizes.get(layer, 0) + values.nbytes
            self.entries.append(
                {
                    "name": self.names[key],
                    "c_type": _C_TYPES[values.dtype.name],
                    "count": max(values.size, 1),
                    "align": max(constant.align, values.dtype.itemsize),
                    "rows": _rows(values),
                    "comment": comment,
                }
            )
        return self.names[key]


def generate_model(
    graph: TensorGraph,
    plan: MemoryPlan,
    choices: Sequence[KernelChoice],
    folder: Path,
    *,
    golden: Golden | None = None,
) -> GeneratedModel:
    """Write `model.c`, `model.h`, `model_constants.[ch]`, `thimble_model.h` and the kernels' headers.

    Args:
        graph: the network.
        plan: where its tensors lie.
        choices: its kernels, in schedule order.
        folder: created if missing; files of an earlier generation are replaced.
        golden: what the firmware's self-test shall expect; None leaves the test out.

    Raises:
        UnsupportedOperator: an input or output of the network is a constant.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writer = _Writer(graph, plan)
    initial_calls = [writer.call(choice, call) for choice in choices for call in choice.initial_calls]
    layers = [
        {
            "index": choice.operator,
            "operator": graph.operators[choice.operator].kind,
            "name": _in_comment(graph.layer_name(graph.operators[choice.operator])),
            "kernel": choice.kernel,
            "loops": [
                {"repeats": calls[0].repeats, "calls": [writer.call(choice, call) for call in calls]}
                for calls in _loops(choice.calls)
            ],
        }
        for choice in choices
    ]
    values = {
        "name": graph.name,
        "upper": graph.name.upper(),
        "model_hash": graph.model_hash,
        "arena_bytes": plan.arena_bytes,
        "inputs": [writer.terminal(i) for i in graph.inputs],
        "outputs": [writer.terminal(i) for i in graph.outputs],
        "layers": layers,
        "functions": list(writer.functions.values()),
        "all_parameters": writer.parameters,
        "headers": sorted(writer.headers),
        "constants": writer.pool.entries,
        "initial_calls": initial_calls,
        "input_quantization": _input_quantization(graph),
        "layer_outputs": [
            {
                "offset": output.offset,
                "bytes": output.size_bytes,
                "layer": output.layer,
                "crc": golden.checksums[output.tensor] if golden else 0,
            }
            for output in layer_outputs(graph, plan)
        ],
        "check_seed": golden.seed if golden else 0,
    }
    environment = templates_in("firmware", "templates")
    for name in ("model.c", "model.h", "model_constants.c", "model_constants.h", "thimble_model.h"):
        text = environment.get_template(f"{name}.jinja").render(values)
        (folder / name).write_text(text, "utf-8", newline="\n")
    headers = _copy_headers(writer.headers | {"th_quantize.h"}, folder)
    return GeneratedModel(
        name=graph.name,
        folder=folder,
        sources=(folder / "model.c", folder / "model_constants.c"),
        headers=(
            folder / "model.h",
            folder / "model_constants.h",
            folder / "thimble_model.h",
            *headers,
        ),
        model_hash=graph.model_hash,
        arena_bytes=plan.arena_bytes,
        constant_bytes=constant_bytes(choices),
        kernels=tuple(choice.kernel for choice in choices),
    )


def _loops(calls: Sequence[KernelCall]) -> list[list[KernelCall]]:
    """Calls that repeat together; any other call is a loop of one round."""
    loops: list[list[KernelCall]] = []
    for call in calls:
        if call.band and loops and loops[-1][0].band == call.band:
            loops[-1].append(call)
        else:
            loops.append([call])
    return loops


class _Writer:
    """Collects specialised functions, parameters and constants while layers are laid out."""

    def __init__(self, graph: TensorGraph, plan: MemoryPlan) -> None:
        self._graph = graph
        self._plan = plan
        self._offsets = {p.tensor: p.offset for p in plan.placements}
        self.pool = _Pool(graph.name)
        self.functions: dict[tuple[object, ...], dict[str, Any]] = {}
        self.parameters: list[dict[str, Any]] = []
        self.headers: set[str] = set()

    def call(self, choice: KernelChoice, call: KernelCall) -> dict[str, Any]:
        """One call in the template's terms; makes its function and constants on the way."""
        if choice.operator in self._plan.backwards and call is choice.calls[0]:
            call = replace(call, shape={**call.shape, "backwards": 1})
        arguments: list[dict[str, Any]] = []
        parameters: list[dict[str, str]] = []

        def add(label: str, c_type: str, **argument: object) -> None:
            parameters.append({"name": label, "c_type": c_type})
            arguments.append({"c_type": c_type, **argument})

        layer = choice.operator if call.operator < 0 else call.operator
        scratch = self._plan.scratch_offsets[choice.operator]

        def place(tensor: int) -> dict[str, object]:
            found = call.places.get(tensor, Place(offset=0))
            start = scratch if found.in_scratch else self._offsets[tensor]
            return {"kind": "arena", "offset": start + found.offset, "step": found.step}

        for position, tensor in enumerate(call.inputs):
            c_type = f"const {_C_TYPES[self._graph.tensors[tensor].dtype]} *"
            add(f"input_{position}", c_type, **place(tensor))
        title = self._graph.layer_name(self._graph.operators[layer])
        for label, constant in call.constants.items():
            shape = list(constant.values.shape)
            comment = _in_comment(f"layer {layer}, {title}, {label}, shape {shape}")
            name = self.pool.add(constant, label, layer, title, comment)
            dtype = "uint8" if constant.values.dtype == np.bool_ else constant.values.dtype.name
            add(label, f"const {_C_TYPES[dtype]} *", kind="constant", name=name)
        if call.parameters_type:
            name = self._add_parameters(call, layer)
            add("parameters", f"const {call.parameters_type} *", kind="parameters", name=name)
        if call.scratch:
            add("scratch", "void *", kind="arena", offset=scratch + call.scratch_offset, step=0)
        for position, tensor in enumerate(call.outputs):
            c_type = f"{_C_TYPES[self._graph.tensors[tensor].dtype]} *"
            add(f"output_{position}", c_type, **place(tensor))
        self.headers.add(call.header)
        return {"function": self._function(call, parameters, layer), "arguments": arguments}

    def terminal(self, tensor: int) -> dict[str, Any]:
        """An input or output of the network."""
        info = self._graph.tensors[tensor]
        if tensor not in self._offsets:
            raise UnsupportedOperator(
                f"The network's input or output {info.name} is a constant.",
                hint="Export the model with computed outputs only.",
            )
        return {
            "offset": self._offsets[tensor],
            "bytes": info.size_bytes,
            "c_type": _C_TYPES[info.dtype],
            "shape": list(info.shape),
        }

    def _function(self, call: KernelCall, parameters: list[dict[str, str]], layer: int) -> str:
        shape = tuple(sorted(call.shape.items()))
        types = tuple(p["c_type"] for p in parameters)
        key = (call.function, call.shape_type, shape, types)
        if key not in self.functions:
            self.functions[key] = {
                "name": f"{call.function.removeprefix('th_')}_{len(self.functions)}",
                "kernel": call.function,
                "parameters": parameters,
                "shape_type": call.shape_type,
                "shape": shape,
                "layers": "",
            }
        function = self.functions[key]
        function["layers"] = f"{function['layers']} {layer}".strip()
        return str(function["name"])

    def _add_parameters(self, call: KernelCall, layer: int) -> str:
        members = tuple((name, _literal(value)) for name, value in call.parameters.items())
        for known in self.parameters:
            if known["c_type"] == call.parameters_type and known["members"] == members:
                return str(known["name"])
        name = f"parameters_{layer}_{len(self.parameters)}"
        self.parameters.append({"name": name, "c_type": call.parameters_type, "members": members})
        return name


def _input_quantization(graph: TensorGraph) -> dict[str, Any] | None:
    if not graph.inputs:
        return None
    tensor = graph.tensors[graph.inputs[0]]
    if tensor.dtype not in ("int8", "uint8", "int16"):
        return None
    quantization = tensor.quantization
    return {
        "scale": _literal(quantization.scale if quantization else 1.0),
        "zero_point": quantization.zero_point if quantization else 0,
        "count": tensor.elements,
        "suffix": tensor.dtype,
    }


def _copy_headers(names: set[str], folder: Path) -> list[Path]:
    """Copy kernel headers and the kernel headers that they include."""
    kernels = resource("firmware", "kernels")
    done: dict[str, Path] = {}
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done[name] = folder / name
        shutil.copyfile(kernels / name, done[name])
        waiting += re.findall(r'#include "(th_\w+\.h)"', (kernels / name).read_text("utf-8"))
    return [done[name] for name in sorted(done)]


def _rows(values: NDArray[np.generic]) -> str:
    """The values as comma-separated rows of numbers."""
    if values.size == 0:
        return "0"
    if values.dtype.kind == "f":
        texts = [_literal(float(v)) for v in values.tolist()]
    else:
        texts = [str(v) for v in values.tolist()]
    return ",\n".join(
        ",".join(texts[start : start + _PER_ROW]) for start in range(0, len(texts), _PER_ROW)
    )


def _literal(value: int | float) -> str:
    """A C literal of exactly this number."""
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if math.isnan(value):
        return "(0.0f / 0.0f)"
    if math.isinf(value):
        return "(1.0f / 0.0f)" if value > 0 else "(-1.0f / 0.0f)"
    return f"{float(np.float32(value)).hex()}f"


def _in_symbol(title: str) -> str:
    """A layer's name as part of a C name: the end of it, which tells layers apart."""
    return re.sub(r"\W+", "_", title, flags=re.ASCII)[-_MAX_TITLE:].strip("_") or "layer"


def _in_comment(text: str) -> str:
    """Text from a stranger's file, made safe inside a C comment."""
    return re.sub(r"[^\x20-\x7e]|\*/|/\*|\\|\?\?", "_", text)[:80]
