"""Measure what kernels cost on a virtual board and write the table that predictions use.

`python -m engine.cost_measurement TABLE.toml BOARD speed|size MODEL.tflite...` builds the networks of
`engine.cost_networks` and the given models with every kernel family, reads cycles per layer from the
board, and fits per C function the cost of each unit of `engine.kernel_work` by non-negative least
squares on relative errors. The error bars it writes are those of each model predicted from the others.
"""

from __future__ import annotations

import math
import sys
import tempfile
import tomllib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from scipy.optimize import nnls

from engine.board_access import open_board
from engine.boards import BoardSpec, load_board
from engine.cost_networks import banded_networks, cost_networks
from engine.errors import DoesNotFit, UnsupportedOperator
from engine.events import CancelToken, discard
from engine.firmware import cmsis_nn
from engine.firmware.build import build_firmware
from engine.firmware.generate import generate_model
from engine.graph import TensorGraph
from engine.kernel_work import Work, call_work, code_variant
from engine.latency import nearest, table_name
from engine.layer_outputs import golden_of
from engine.plan import KernelCall, KernelChoice, Optimise
from engine.planning import plan_on_board

# A layer's error counts relative to its cycles, but little below this.
_SMALL_LAYER_CYCLES = 300.0
# Pulls costs that too few layers tell apart towards zero, relative to the largest seen amount.
_PULL = 2e-3
_FIGURES = 4
_MOSTLY_KNOWN = 0.1
_SMALL_NETWORK_CYCLES = 10_000  # below, a few calls decide; such networks do not make the error bar
_MODEL_WEIGHT = 4  # of a model against a network made for measuring, in means of code sizes


@dataclass(frozen=True)
class Measurement:
    """One network with one kernel family on the board."""

    graph: TensorGraph
    family: str
    is_model: bool
    choices: tuple[KernelChoice, ...]
    layer_cycles: tuple[int, ...]
    cycles: int
    instructions: int
    copies: dict[str, list[int]]
    shared: dict[str, int]
    code_bytes: int
    platform_bytes: int

    @property
    def calls(self) -> list[tuple[KernelChoice, KernelCall]]:
        """All calls of an inference."""
        return [(choice, call) for choice in self.choices for call in choice.calls]

    def work(self) -> list[dict[str, Work]]:
        """Per layer, amounts of work by function."""
        layers = []
        for choice in self.choices:
            amounts: dict[str, Work] = {}
            for call in choice.calls:
                of_function = amounts.setdefault(_name(call.function), {})
                for unit, amount in call_work(self.graph, call).items():
                    of_function[unit] = of_function.get(unit, 0.0) + amount
            layers.append(amounts)
        return layers


def measure(
    graph: TensorGraph,
    board: BoardSpec,
    family: str,
    optimise: Optimise,
    *,
    path: Path | None = None,
    patches: str | int = "auto",
) -> Measurement | None:
    """Build one network, run it on a virtual board and read its costs; None where it does not fit.

    A network with a file (`path`) is a model: its firmware tests itself, as `build` would make it.
    """
    cancel = CancelToken()
    size = sum(graph.tensors[i].size_bytes for i in graph.inputs)
    values = np.random.default_rng(0).integers(-128, 128, size).astype(np.int8)
    if any(graph.tensors[i].dtype == "float32" for i in graph.inputs):
        values = np.zeros_like(values)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            plan = plan_on_board(graph, board, family=family, patches=patches)
            golden = golden_of(path, graph) if path is not None else None
            generated = generate_model(
                graph, plan.memory, plan.choices, folder / "source", golden=golden
            )
            built = build_firmware(
                generated, board, folder, kernels=family, optimise=optimise, cancel=cancel
            )
        except (DoesNotFit, UnsupportedOperator):
            return None
        copies, shared, code = _code_sizes(folder / built.elf)
        with open_board("virtual", board.id) as access:
            access.flash(folder / built.elf, report=discard, cancel=cancel)
            session = access.session()
            cycles = session.run(values.tobytes()).cycles
            instructions = int(access.statistics()["instructions"])
            layer_cycles = tuple(session.layers(values.tobytes()))
    return Measurement(
        graph=graph,
        family=family,
        is_model=path is not None,
        choices=plan.choices,
        layer_cycles=layer_cycles,
        cycles=cycles,
        instructions=instructions,
        copies=copies,
        shared=shared,
        code_bytes=code,
        platform_bytes=built.flash_bytes - code - built.flash_parts.get("weights", 0),
    )


def fit_cycles(measurements: Iterable[Measurement]) -> dict[str, Work]:
    """Cycles per unit of work, by function."""
    layers = [
        (amounts, float(cycles))
        for m in measurements
        for amounts, cycles in zip(m.work(), m.layer_cycles, strict=True)
        if amounts and cycles > 0
    ]
    columns = sorted({(f, unit) for amounts, _ in layers for f in amounts for unit in amounts[f]})
    place = {column: i for i, column in enumerate(columns)}
    matrix = np.zeros((len(layers), len(columns)))
    target = np.zeros(len(layers))
    for row, (amounts, cycles) in enumerate(layers):
        weight = 1.0 / (cycles + _SMALL_LAYER_CYCLES)
        target[row] = cycles * weight
        for function, work in amounts.items():
            for unit, amount in work.items():
                matrix[row, place[function, unit]] += amount * weight
    size = matrix.max(axis=0)
    pull = np.eye(len(columns)) * _PULL
    costs, _ = nnls(np.vstack([matrix / size, pull]), np.concatenate([target, np.zeros(len(columns))]))
    table: dict[str, Work] = {}
    for (function, unit), cost in zip(columns, costs / size, strict=True):
        table.setdefault(function, {})
        if cost > 0:
            table[function][unit] = _rounded(cost)
    return table


def predicted_cycles(
    measurement: Measurement, table: dict[str, Work], *, only: Container[str] | None = None
) -> float:
    """Cycles of a network by a table, with the costs of the nearest name for functions it lacks.

    Args:
        measurement: of the network.
        table: cycles per unit of work, by function.
        only: functions that count, None for all.
    """
    return sum(
        nearest(table, function).get(unit, 0.0) * amount
        for amounts in measurement.work()
        for function, work in amounts.items()
        if only is None or function in only
        for unit, amount in work.items()
    )


def left_out_errors(
    measurements: Sequence[Measurement], whole: dict[str, Work]
) -> dict[tuple[str, str], float]:
    """Percent by which each model is missed by the fit of all others, by (model, family).

    Kernels that no other network has keep their costs, which can only be learnt from this one; models
    that spend much of their time in such kernels are left away.
    """
    errors = {}
    for name in sorted({m.graph.name for m in measurements if m.is_model}):
        others = [m for m in measurements if m.graph.name != name]
        table = fit_cycles(others)
        for m in measurements:
            alone = {function: work for function, work in whole.items() if function not in table}
            if (
                m.graph.name == name
                and predicted_cycles(m, whole, only=alone) < _MOSTLY_KNOWN * m.cycles
            ):
                guess = predicted_cycles(m, {**whole, **table})
                errors[name, m.family] = (guess / m.cycles - 1) * 100
    return errors


def fit_instructions(measurements: Sequence[Measurement], cycles: dict[str, Work]) -> dict[str, float]:
    """Instructions per cycle by function, from whole networks."""
    functions = sorted(cycles)
    place = {function: i for i, function in enumerate(functions)}
    matrix, target = np.zeros((len(measurements), len(functions))), np.zeros(len(measurements))
    for row, m in enumerate(measurements):
        for amounts in m.work():
            for function, work in amounts.items():
                matrix[row, place[function]] += sum(
                    cycles[function].get(u, 0.0) * a for u, a in work.items()
                )
        total = matrix[row].sum()
        matrix[row] /= max(total, 1.0)
        target[row] = m.instructions / m.cycles
    usual = float(np.mean(target))
    pull = np.eye(len(functions)) * 0.02
    change = np.linalg.lstsq(
        np.vstack([matrix, pull]),
        np.concatenate([target - usual * matrix.sum(axis=1), np.zeros(len(functions))]),
        rcond=None,
    )[0]
    return {f: _rounded(min(max(usual + c, 0.1), 2.0)) for f, c in zip(functions, change, strict=True)}


def fit_code(measurements: Sequence[Measurement]) -> dict[str, Any]:
    """The part of a cost table that is about code bytes."""
    copies: dict[str, list[int]] = {}
    shared_by: dict[str, set[str]] = {}
    sizes: dict[str, list[int]] = {}
    for m in measurements:
        for function, found in m.copies.items():
            copies.setdefault(function, []).extend(found)
        for _, call in m.calls:
            variant = code_variant(call)
            shared_by[variant] = shared_by.get(variant, set(m.shared)) & set(m.shared)
        # compilers inline less into the functions of larger networks, which count more
        for name, size in m.shared.items():
            sizes.setdefault(name, []).extend([size] * (_MODEL_WEIGHT if m.is_model else 1))
    copy_bytes = {f: round(float(np.mean(found))) for f, found in copies.items()}
    rows, rest = [], []
    for m in measurements:
        known = sum(map(sum, m.copies.values())) + sum(m.shared.values())
        calls = len(m.calls) + sum(len(c.initial_calls) for c in m.choices)
        rows.append([1.0, float(calls)])
        rest.append(float(m.code_bytes - known))
    (model_bytes, call_bytes), _ = nnls(np.array(rows), np.array(rest))
    used = sorted(set().union(*shared_by.values()))
    return {
        "model_bytes": round(model_bytes),
        "call_bytes": round(float(call_bytes), 1),
        "copy_bytes": copy_bytes,
        "shared": {variant: sorted(names) for variant, names in shared_by.items()},
        "shared_bytes": {name: round(float(np.mean(sizes[name]))) for name in used},
    }


def _code_sizes(elf: Path) -> tuple[dict[str, list[int]], dict[str, int], int]:
    """Sizes of the specialised copies of each function, of shared functions, and of all model code."""
    copies: dict[str, list[int]] = {}
    shared: dict[str, int] = {}
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        code, symbols = image.get_section_by_name(".code"), image.get_section_by_name(".symtab")
        assert code is not None
        assert isinstance(symbols, SymbolTableSection)
        start, end = code["sh_addr"], code["sh_addr"] + code["sh_size"]
        for symbol in symbols.iter_symbols():
            if symbol["st_info"]["type"] != "STT_FUNC" or not start <= symbol["st_value"] < end:
                continue
            stem, _, number = symbol.name.rpartition("_")
            if symbol.name.startswith(("th_", "arm_")):
                shared[symbol.name] = int(symbol["st_size"])
            elif number.isdigit():
                copies.setdefault(stem, []).append(int(symbol["st_size"]))
        return copies, shared, int(code["sh_size"])


def _code_error(m: Measurement, code: dict[str, Any]) -> float:
    """Percent of predicted over measured code, the platform's included in both."""
    seen: set[object] = set()
    names: set[str] = set()
    total = float(code["model_bytes"])
    for choice in m.choices:
        for call in (*choice.initial_calls, *choice.calls):
            key = (call.function, tuple(sorted(call.shape.items())))
            total += 0.0 if key in seen else code["copy_bytes"].get(_name(call.function), 0)
            total += code["call_bytes"]
            names |= set(code["shared"].get(code_variant(call), ()))
            seen.add(key)
    total += sum(code["shared_bytes"][name] for name in names)
    return float((total - m.code_bytes) / (m.code_bytes + m.platform_bytes)) * 100


def _name(function: str) -> str:
    return function.removeprefix("th_")


def _rounded(value: float) -> float:
    return float(f"{value:.{_FIGURES}g}")


def measure_all(board: BoardSpec, optimise: Optimise, models: Sequence[Path]) -> list[Measurement]:
    """Every network with every family that the board's core and this machine can build."""
    from engine.model_import.tflite_file import read_tflite

    families = ["portable"]
    if board.kernels not in families:
        families.append(board.kernels)
    if cmsis_nn.find_sources() is not None:
        families.append(cmsis_nn.FAMILY)
    networks: list[tuple[TensorGraph, Path | None, str | int]] = [
        *((graph, None, "auto") for graph in cost_networks()),
        *((graph, None, bands) for graph, bands in banded_networks()),
        *((read_tflite(path), path, "auto") for path in models),
    ]
    found = []
    for graph, path, patches in networks:
        for family in families:
            measurement = measure(graph, board, family, optimise, path=path, patches=patches)
            if measurement is not None:
                found.append(measurement)
    return found


def table_of(board: BoardSpec, measurements: Sequence[Measurement]) -> tuple[dict[str, Any], list[str]]:
    """A core's cost table, and comments that say how well it predicts."""
    cycles = fit_cycles(measurements)
    code = fit_code(measurements)
    errors = left_out_errors(measurements, cycles)
    comments = []
    for m in measurements:
        if m.is_model:
            fitted = (predicted_cycles(m, cycles) / m.cycles - 1) * 100
            missed = errors.get((m.graph.name, m.family))
            left_out = "has kernels of its own" if missed is None else f"left out {missed:+.1f} %"
            comments.append(
                f"{m.graph.name} {m.family}: {m.cycles} cycles, fitted {fitted:+.1f} %, "
                f"{left_out}, code {_code_error(m, code):+.1f} %"
            )
    largest: dict[str, float] = {}
    code_errors: dict[str, float] = {}
    for m in measurements:
        if m.is_model:
            error = abs(_code_error(m, code))
            code_errors[m.family] = max(error, code_errors.get(m.family, 0.0))
            if m.cycles >= _SMALL_NETWORK_CYCLES:
                error = abs(errors.get((m.graph.name, m.family), 0.0))
                largest[m.family] = max(error, largest.get(m.family, 0.0))
    table = {
        "board": board.id,
        "error_percent": {family: float(math.ceil(error)) for family, error in largest.items()},
        "code_error_percent": {f: float(math.ceil(error)) for f, error in code_errors.items()},
        **{key: code[key] for key in ("model_bytes", "call_bytes")},
        "cycles": cycles,
        "instructions_per_cycle": fit_instructions(measurements, cycles),
        **{key: code[key] for key in ("copy_bytes", "shared", "shared_bytes")},
    }
    return table, comments


def _lines(path: str, table: dict[str, Any]) -> list[str]:
    """One TOML table: plain values, then the tables inside it, a line for each of their entries."""
    plain = {k: v for k, v in table.items() if not isinstance(v, dict)}
    lines = ["", f"[{path}]", *(f"{key} = {_toml(value)}" for key, value in plain.items())]
    for name, inner in table.items():
        if isinstance(inner, dict):
            lines += ["", f"[{path}.{name}]"]
            lines += [f"{_toml(key)} = {_toml(inner[key])}" for key in sorted(inner)]
    return lines


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(v)}" for key, v in sorted(value.items())) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def main(arguments: list[str]) -> int:
    """Measure one board, and write its core's table and its family's platform into the file."""
    target, board, models = Path(arguments[0]), load_board(arguments[1]), list(map(Path, arguments[3:]))
    optimise: Optimise = "size" if arguments[2] == "size" else "speed"
    name = table_name(board.costs_name, optimise)
    document: dict[str, Any] = {"platform_bytes": {}, "core": {}}
    if target.is_file():
        document = tomllib.loads(target.read_text("utf-8"))
    measurements = measure_all(board, optimise, models)
    table, comments = table_of(board, measurements)
    document["core"][name] = table
    usual = float(np.median([m.platform_bytes for m in measurements if m.is_model]))
    document["platform_bytes"][board.family] = round(usual)
    # the comments of other cores' tables stay
    kept = [
        line
        for line in (target.read_text("utf-8").splitlines() if target.is_file() else [])
        if line.startswith("# ") and " cycles, fitted " in line and f" on {name}:" not in line
    ]
    lines = [
        "# Costs of kernels per core, written by engine/cost_measurement.py; engine/latency.py says",
        "# what each key means. How far predictions were from the virtual board, per network:",
        *sorted([*kept, *(f"# on {name}: {comment}" for comment in comments)]),
    ]
    lines += _lines("platform_bytes", document["platform_bytes"])
    for core in sorted(document["core"]):
        lines += _lines(f"core.{core}", document["core"][core])
    target.write_text("\n".join(lines) + "\n", "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
