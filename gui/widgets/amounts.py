"""Numbers as people read them: a space before the unit, a true minus, commas between thousands."""

from __future__ import annotations

import math

DASH = "\u2013"
MINUS = "\u2212"


def number(value: float, decimals: int = 0) -> str:
    """`-1234.5` with one decimal is "−1,234.5"; a value that is not finite is an en dash."""
    if not math.isfinite(value):
        return DASH
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def size(size_bytes: float) -> str:
    """Bytes in steps of 1,024: "512 B", "9.4 KB", "286 KB", "2,048 KB"."""
    if abs(size_bytes) < 1024:
        return f"{number(size_bytes)} B"
    kilobytes = size_bytes / 1024
    return f"{number(kilobytes, 1 if abs(kilobytes) < 9.95 else 0)} KB"


def percent(fraction: float, decimals: int = 1) -> str:
    """A fraction in 0..1 as "94.2 %"."""
    return f"{number(fraction * 100, decimals)} %"


def milliseconds(value_ms: float) -> str:
    """A time in ms without its unit: three significant digits under 10, one decimal to 1,000."""
    if value_ms < 1:
        return number(value_ms, 3)
    if value_ms < 10:
        return number(value_ms, 2)
    return number(value_ms, 1 if value_ms < 1000 else 0)


def duration(seconds: float) -> str:
    """A length of time with two units at most: "40 ms", "0.8 s", "42 s", "3 min", "1 h 5 min"."""
    if not math.isfinite(seconds):
        return DASH
    if 0 < seconds < 0.0995:
        return f"{number(max(1, seconds * 1000))} ms"
    if seconds < 9.95:
        return f"{number(seconds, 1)} s"
    if seconds < 90:
        return f"{number(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def count(value: float) -> str:
    """A large count in short: "950", "12.4 k", "2.66 M"."""
    for limit, divisor, letter in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value) >= limit:
            scaled = value / divisor
            decimals = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
            return f"{number(scaled, decimals)} {letter}"
    return number(value)


def scientific(value: float) -> str:
    """A small error as "1.4e−6"; exactly zero is "0"."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return DASH
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
