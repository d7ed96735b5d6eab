"""Numbers that know where they come from.

Predicted (from a model of the chip), simulated (run on a virtual board) and measured (from a real
board, the linker, or a test set) are different types and are never mixed silently.
"""

from __future__ import annotations

import msgspec


class _Figure(msgspec.Struct, frozen=True, tag_field="basis"):
    """A number with a unit, for example `Measured(35_012, "bytes")`.

    Attributes:
        value: the number, in `unit`.
        unit: `bytes`, `ms`, `cycles`, `instructions`, `fraction` (0..1).
        error_percent: half width of the error bar in percent of the value, None if exact or unknown.
    """

    value: float
    unit: str
    error_percent: float | None = None

    @property
    def basis(self) -> str:
        """`predicted`, `simulated` or `measured`."""
        return str(self.__struct_config__.tag)


class Predicted(_Figure, frozen=True, tag="predicted"):
    """Computed from a model of the chip before anything ran."""


class Simulated(_Figure, frozen=True, tag="simulated"):
    """Read from a virtual board: instructions exact, cycles modelled."""


class Measured(_Figure, frozen=True, tag="measured"):
    """Read from a real board, a linked ELF or a test set."""


Figure = Predicted | Simulated | Measured
