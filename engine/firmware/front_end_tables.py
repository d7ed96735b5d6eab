"""Tables that front-ends share, and those of vibration: see resources/firmware/front_end."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.front_end import VibrationFrontEnd
from engine.graph import Quantization

LOG_DIGITS = 16  # as front_end_curves.h has them
CURVE_DIGITS = 24
FACTOR_BITS = 30  # of the largest factor
_PER_ROW = 16
_LARGEST_31 = (1 << 31) - 1
_SINE_DIGITS = 29  # as vibration_front_end.c has them
_SAMPLE_DIGITS = 12


def vibration_tables(
    front_end: VibrationFrontEnd, quantization: Quantization
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Macros and tables of spectra of vibration, as the template takes them."""
    one = front_end.counts_per_unit * 2.0 ** (_SINE_DIGITS + _SAMPLE_DIGITS)  # a unit, as lines have it
    per_value = np.array(front_end.scale) / quantization.scale
    factors = per_value * math.log(2)
    digits = FACTOR_BITS - math.ceil(math.log2(float(factors.max())))
    shift = digits + LOG_DIGITS
    zero = quantization.zero_point - (np.array(front_end.mean) + math.log(one)) * per_value
    settings = {
        "rate_hz": "0u",
        "samples": f"{front_end.samples}u",
        "rows": f"{front_end.rows}u",
        "axes": f"{front_end.axes}u",
        "window": f"{len(front_end.window)}u",
        "stride": f"{front_end.stride}u",
        "lines": f"{front_end.lines}u",
        "frames": f"{front_end.frames}u",
        "columns": f"{front_end.columns}u",
        "floor": f"{round(front_end.floor * one)}ull",
        "curve_digits": CURVE_DIGITS,
        "shift": shift,
    }
    count = len(front_end.window)
    turns = np.arange(count + count // 4) * (2 * np.pi / count)
    offsets = [f"{round(value * 2.0**shift)}ll" for value in (zero + 0.5).tolist()]
    tables = [
        table(
            "window", front_end.window[: count // 2 + 1] * 2.0**31, "first half of the window; 2^31 is 1"
        ),
        table("sines", np.sin(turns) * 2.0**_SINE_DIGITS, f"sines of a turn; 2^{_SINE_DIGITS} is 1"),
        *curve_tables(),
        table("factors", factors * 2.0**digits, "from binary logarithms to quanta, by axis"),
        entry("offsets", "int64_t", offsets, "what is added then"),
    ]
    return settings, tables


def curve_tables() -> list[dict[str, Any]]:
    """What front_end_curves.h reads."""
    roots = np.sqrt(np.arange(64, 257) / 256) * 2.0**31
    curve = np.log2(1 + np.arange(129) / 128) * 2.0**CURVE_DIGITS
    return [
        table("roots", roots, "square roots of 64/256 to 256/256; 2^31 is 1"),
        table("logs", curve, "binary logarithms of 1 to 2"),
    ]


def table(name: str, values: Any, comment: str) -> dict[str, Any]:
    """A table of int32; what is just above the range is its end."""
    texts = [str(min(round(value), _LARGEST_31)) for value in np.asarray(values).tolist()]
    return entry(name, "int32_t", texts, comment)


def entry(name: str, c_type: str, texts: list[str], comment: str) -> dict[str, Any]:
    """A table of C values."""
    rows = ",\n".join(", ".join(texts[at : at + _PER_ROW]) for at in range(0, len(texts), _PER_ROW))
    return {"name": name, "c_type": c_type, "count": len(texts), "rows": rows, "comment": comment}
