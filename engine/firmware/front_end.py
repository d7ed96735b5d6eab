"""Writes the tables of the front-end on the board: see resources/firmware/front_end."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.firmware.build import FRONT_END_MACRO
from engine.firmware.front_end_tables import (
    CURVE_DIGITS,
    FACTOR_BITS,
    LOG_DIGITS,
    curve_tables,
    entry,
    table,
    vibration_tables,
)
from engine.firmware.generate import GeneratedModel
from engine.front_end import VIBRATION, AnyFrontEnd, FrontEnd, VibrationFrontEnd
from engine.graph import Quantization
from engine.plan import ExtraMemory, Optimise
from engine.resources import resource
from engine.text_templates import templates_in

_ONE_15 = 1 << 15  # 1 in numbers with 15 digits behind the point
_FULL_SCALE = 1 << 15
_SIZES = {"int32_t": 4, "int64_t": 8, "front_end_filter": 6}
# Code of the front-end and of what serves it, from builds for the STM32F407 and the STM32G0B1.
_CODE_BYTES: dict[str, dict[Optimise, int]] = {
    "mfcc": {"speed": 3450, "size": 1700},
    "log-mel": {"speed": 2170, "size": 530},
    VIBRATION: {"speed": 1480, "size": 920},
}
_OTHER_RAM_BYTES = 8  # what raw_samples.c counts


def front_end_memory(
    front_end: AnyFrontEnd, quantization: Quantization, optimise: Optimise
) -> ExtraMemory:
    """What a front-end adds to firmware: tables and RAM exactly, code as measured."""
    flash = table_bytes(front_end, quantization) + _CODE_BYTES[front_end.kind][optimise]
    return ExtraMemory("front-end", flash, front_end.ram_bytes + _OTHER_RAM_BYTES)


def table_bytes(front_end: AnyFrontEnd, quantization: Quantization) -> int:
    """Flash of a front-end's tables."""
    _, tables = tables_of(front_end, quantization)
    return sum(_SIZES[found["c_type"]] * found["count"] for found in tables)


def source_of(front_end: AnyFrontEnd) -> str:
    """The C file in resources/firmware/front_end that computes it."""
    return "vibration_front_end.c" if isinstance(front_end, VibrationFrontEnd) else "front_end.c"


def with_front_end(
    generated: GeneratedModel, front_end: AnyFrontEnd, quantization: Quantization
) -> GeneratedModel:
    """The same network with a front-end: its sources compute features from raw samples.

    Args:
        generated: the network's C files; the tables are written beside them.
        front_end: what to compute.
        quantization: of the network's int8 input.
    """
    folder = resource("firmware", "front_end")
    header = write_tables(front_end, quantization, generated.folder)
    return replace(
        generated,
        sources=(*generated.sources, folder / source_of(front_end), folder / "raw_samples.c"),
        headers=(*generated.headers, header),
        includes=(*generated.includes, folder),
        defines={**generated.defines, FRONT_END_MACRO: "1"},
    )


def write_tables(front_end: AnyFrontEnd, quantization: Quantization, folder: Path) -> Path:
    """Write `front_end_tables.h` into a folder and return its path."""
    settings, tables = tables_of(front_end, quantization)
    environment = templates_in("firmware", "templates")
    text = environment.get_template("front_end_tables.h.jinja").render(
        kind=front_end.kind, settings=settings, tables=tables
    )
    path = folder / "front_end_tables.h"
    path.write_text(text, "utf-8", newline="\n")
    return path


def tables_of(
    front_end: AnyFrontEnd, quantization: Quantization
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Macros and tables, as the template takes them."""
    if isinstance(front_end, VibrationFrontEnd):
        return vibration_tables(front_end, quantization)
    return _sound_tables(front_end, quantization)


def _sound_tables(
    front_end: FrontEnd, quantization: Quantization
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    log2_points = int(math.log2(front_end.fft_length)) - 1
    lines = np.flatnonzero(front_end.mel.any(axis=1))
    first, last = int(lines[0]), int(lines[-1])
    # Digits behind the point of a band, without the frame's own shift: see take_logs in front_end.c.
    if front_end.takes_power:
        band_digits = 33 - 2 * log2_points
        floor = front_end.floor * 2.0 ** (30 + band_digits)
    else:
        band_digits = 30 - log2_points
        floor = front_end.floor * 2.0 ** (band_digits + 16)
    factors, offset, shift = _to_quanta(front_end, quantization)
    settings = {
        "rate_hz": f"{front_end.rate_hz}u",
        "samples": f"{front_end.samples}u",
        "window": f"{len(front_end.window)}u",
        "stride": f"{front_end.stride}u",
        "fft": f"{front_end.fft_length}u",
        "log2_fft": log2_points + 1,
        "frames": f"{front_end.frames}u",
        "bins": f"{front_end.mel.shape[1]}u",
        "columns": f"{front_end.columns}u",
        "first_line": f"{first}u",
        "last_line": f"{last}u",
        "power": int(front_end.takes_power),
        "by_peak": int(front_end.by_peak),
        "has_basis": int(front_end.basis is not None),
        "full_scale": f"{_FULL_SCALE}u",
        "floor": f"{round(floor)}ull",
        "band_digits": f"{band_digits}u",
        "curve_digits": CURVE_DIGITS,
        "shift": shift,
        "offset": f"{offset}ll",
    }
    turns = np.arange(3 * front_end.fft_length // 4) * (2 * np.pi / front_end.fft_length)
    half = front_end.window[: len(front_end.window) // 2 + 1]
    tables = [
        table("window", half * 2.0**31, "first half of the window; 2^31 is 1"),
        table("sines", np.sin(turns) * 2.0**31, "sines of a turn; 2^31 is 1"),
        _filters(front_end.mel[first : last + 1]),
        *curve_tables(),
        table("basis", factors, "from binary logarithms to quanta, by column"),
    ]
    return settings, tables


def _to_quanta(front_end: FrontEnd, quantization: Quantization) -> tuple[NDArray[np.float64], int, int]:
    """Logarithms to quanta: factors (columns * bands, or columns), what is added, the shift behind."""
    per_value = front_end.scale / float(quantization.scale)
    if front_end.basis is None:
        factors = np.full(front_end.columns, math.log(2) * per_value)
    else:
        factors = (front_end.basis.T * (math.log(2) * per_value)).reshape(-1)
    digits = FACTOR_BITS - math.ceil(math.log2(float(np.abs(factors).max())))
    zero = float(quantization.zero_point) - front_end.mean * per_value
    shift = digits + LOG_DIGITS
    offset = round((zero + 0.5) * 2.0**shift)
    return factors * 2.0**digits, offset, shift


def _filters(mel: NDArray[np.float64]) -> dict[str, Any]:
    rows = []
    for weights in mel:
        bands = np.flatnonzero(weights)
        band = int(bands[0])
        assert bands[-1] - band <= 1, "a line belongs to neighbouring bands"
        pair = [round(_ONE_15 * w) for w in (*weights[band : band + 2], 0.0)[:2]]
        rows.append(f"{{{{{pair[0]}, {pair[1]}}}, {band}}}")
    comment = "mel filters, a line at a time; 32768 is 1"
    return entry("filters", "front_end_filter", rows, comment)
