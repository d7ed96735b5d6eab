"""Measure what kernels cost on a virtual board and write the table that predictions use.

`python -m engine.cost_measurement TABLE.toml BOARD MODEL.tflite...` builds every model with every kernel
family, reads cycles per layer from the board, and fits per C function the coefficients of
`engine.latency` by bounded least squares on relative errors. Functions that no model uses keep
their old row.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from scipy.optimize import lsq_linear

from engine.board_access import open_board
from engine.board_run import run_inputs_on_board
from engine.boards import BoardSpec, load_board
from engine.errors import DoesNotFit, UnsupportedOperator
from engine.events import CancelToken, discard
from engine.graph import TensorGraph
from engine.latency import call_work
from engine.plan import KernelChoice
from engine.planning import build_on_board, plan_on_board

_INPUTS = 2
# Bounds that keep few and similar layers from being explained by absurd constants.
_MOST_PER_CALL, _MOST_PER_OUTPUT, _MOST_PER_STEP = 50_000.0, 150.0, 20.0
_MOST_SHARED_BYTES = 2500.0
_LEAST_COST = 1e-3
_PULL = 0.03
_FAMILIES = ("portable", "dsp")


@dataclass(frozen=True)
class Measurement:
    """One model with one kernel family on the board."""

    graph: TensorGraph
    family: str
    choices: tuple[KernelChoice, ...]
    layer_cycles: list[int]
    copy_bytes: dict[str, list[int]]
    code_bytes: int


def measure(path: Path, board: BoardSpec, family: str) -> Measurement | None:
    """Build one model, run it on a virtual board and read its costs; None where it does not fit."""
    from engine.model_import.tflite_file import read_tflite

    graph, cancel = read_tflite(path), CancelToken()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            plan = plan_on_board(graph, board, family=family)
            built = build_on_board(
                graph, board, family=family, folder=folder, report=discard, cancel=cancel
            )
        except (DoesNotFit, UnsupportedOperator):
            return None
        copies, code = _code_sizes(folder / built.elf)
        size = sum(graph.tensors[i].size_bytes for i in graph.inputs)
        inputs = np.random.default_rng(0).integers(-128, 128, (_INPUTS, size)).astype(np.int8)
        if any(graph.tensors[i].dtype == "float32" for i in graph.inputs):
            inputs = np.zeros_like(inputs)
        with open_board("virtual", board.id) as access:
            access.flash(folder / built.elf, report=discard, cancel=cancel)
            ran = run_inputs_on_board(
                access, board, tflite=path, build=built, inputs=inputs, report=discard, cancel=cancel
            )
    return Measurement(graph, family, plan.choices, ran.layer_cycles, copies, code)


def fit_table(measurements: list[Measurement], old: dict[str, list[float]]) -> dict[str, list[float]]:
    """Rows [copy_bytes, shared_bytes, per_call, per_output, per_step] by C function without prefix."""
    functions = sorted({_name(c.function) for m in measurements for o in m.choices for c in o.calls})
    cycles = _fit_cycles(measurements, functions)
    shared = _fit_shared(measurements, functions)
    table = dict(old)
    for i, function in enumerate(functions):
        copies = [s for m in measurements for s in m.copy_bytes.get(function, [])]
        mean = float(np.mean(copies)) if copies else 0.0
        row = [round(mean), round(shared[i]), *(float(f"{v:.4g}") for v in cycles[i])]
        table[function] = row
    return table


def _fit_cycles(measurements: list[Measurement], functions: list[str]) -> np.ndarray[Any, Any]:
    place = {function: 3 * i for i, function in enumerate(functions)}
    rows, targets = [], []
    for m in measurements:
        for choice, measured in zip(m.choices, m.layer_cycles, strict=True):
            if not choice.calls or measured <= 0:
                continue
            row = np.zeros(3 * len(functions))
            for call in choice.calls:
                at = place[_name(call.function)]
                row[at : at + 3] += (1.0, *call_work(m.graph, choice, call))
            rows.append(row / measured)
            targets.append(1.0)
    upper = np.tile([_MOST_PER_CALL, _MOST_PER_OUTPUT, _MOST_PER_STEP], len(functions))
    matrix = np.array(rows)
    # A weak pull towards zero decides what too few layers leave open.
    pull = np.diag(_PULL / upper)
    solution = lsq_linear(
        np.vstack([matrix, pull]), np.array([*targets, *np.zeros(len(upper))]), bounds=(0.0, upper)
    ).x
    solution[~matrix.any(axis=0) | (solution < _LEAST_COST)] = 0.0
    return np.asarray(solution).reshape(-1, 3)


def _fit_shared(measurements: list[Measurement], functions: list[str]) -> list[float]:
    rows, targets = [], []
    for m in measurements:
        used = {_name(c.function) for o in m.choices for c in o.calls}
        rows.append([float(f in used) for f in functions])
        targets.append(float(m.code_bytes - sum(sum(sizes) for sizes in m.copy_bytes.values())))
    solution = lsq_linear(np.array(rows), np.array(targets), bounds=(0.0, _MOST_SHARED_BYTES)).x
    return [float(v) for v in solution]


def _code_sizes(elf: Path) -> tuple[dict[str, list[int]], int]:
    """Sizes of the specialised copies of each function, and of all code of the network."""
    copies: dict[str, list[int]] = {}
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        code, symbols = image.get_section_by_name(".code"), image.get_section_by_name(".symtab")
        assert code is not None
        assert isinstance(symbols, SymbolTableSection)
        start, end = code["sh_addr"], code["sh_addr"] + code["sh_size"]
        for symbol in symbols.iter_symbols():
            stem, _, number = symbol.name.rpartition("_")
            inside = symbol["st_info"]["type"] == "STT_FUNC" and start <= symbol["st_value"] < end
            if inside and number.isdigit() and not symbol.name.startswith("th_"):
                copies.setdefault(stem, []).append(int(symbol["st_size"]))
        return copies, int(code["sh_size"])


def _name(function: str) -> str:
    return function.removeprefix("th_")


def _errors(
    measurements: list[Measurement], table: dict[str, list[float]]
) -> list[tuple[str, float, float]]:
    """(network and family, error of predicted cycles, of predicted code), in percent of the measured."""
    rows = []
    for m in measurements:
        cycles, code = 0.0, 0.0
        seen: set[object] = set()
        for choice in m.choices:
            for call in choice.calls:
                row = table[_name(call.function)]
                outputs, steps = call_work(m.graph, choice, call)
                cycles += row[2] + row[3] * outputs + row[4] * steps
                key = (call.function, tuple(sorted(call.shape.items())))
                code += 0 if key in seen else row[0]
                code += 0 if call.function in seen else row[1]
                seen |= {key, call.function}
        title = f"{m.graph.name} {m.family}"
        total = sum(m.layer_cycles)
        rows.append((title, (cycles / total - 1) * 100, (code / m.code_bytes - 1) * 100))
    return rows


def main(arguments: list[str]) -> int:
    """Measure and write the table."""
    target, board, models = Path(arguments[0]), load_board(arguments[1]), map(Path, arguments[2:])
    document = tomllib.loads(target.read_text("utf-8"))
    measurements = []
    for path in models:
        for family in _FAMILIES:
            measurement = measure(path, board, family)
            if measurement is not None:
                measurements.append(measurement)
    table = fit_table(measurements, document.get(board.core, {}).get("kernels", {}))
    errors = _errors(measurements, table)
    cycle_error = max(abs(cycles) for _, cycles, _ in errors)
    code_error = max(abs(code) for _, _, code in errors)
    lines = [
        "# Costs of kernels per core, written by engine/cost_measurement.py:",
        "# [copy_bytes, shared_bytes, per_call, per_output, per_step], in bytes and cycles.",
        f"# Predicted against measured on {board.id}:",
        *(f"# {title}: cycles {c:+.0f} %, code {b:+.0f} %" for title, c, b in errors),
        "",
        "[platform_flash_bytes]",
        *(f"{family} = {size}" for family, size in document["platform_flash_bytes"].items()),
    ]
    document[board.core] = {
        "error_percent": 5 * (int(cycle_error) // 5 + 1),
        "code_error_percent": 5 * (int(code_error) // 5 + 1),
        "kernels": table,
    }
    for core, section in document.items():
        if core != "platform_flash_bytes":
            lines += ["", f"[{core}]", f"error_percent = {section['error_percent']}"]
            lines += [f"code_error_percent = {section['code_error_percent']}", "", f"[{core}.kernels]"]
            lines += [f"{name} = {row}" for name, row in sorted(section["kernels"].items())]
    target.write_text("\n".join(lines) + "\n", "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
