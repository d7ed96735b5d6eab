"""TFLite -> TFLite Micro: the same file, once TFLite Micro's interpreter has run it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import ConversionFailed
from engine.micro_reference import TFLITE_MICRO, MicroReference


@dataclass(frozen=True)
class MicroCheck:
    """What TFLite Micro said about a network.

    Attributes:
        engine: who ran it; LiteRT's reference kernels where TFLite Micro is not installed.
        arena_bytes: used on this 64-bit host, None if TFLite Micro did not run.
    """

    engine: str
    arena_bytes: int | None

    @property
    def note(self) -> str:
        """One sentence for the log."""
        if self.engine != TFLITE_MICRO:
            return (
                "TFLite Micro is not available on this system; LiteRT's reference kernels ran instead."
            )
        return (
            f"TFLite Micro accepts the network and uses {self.arena_bytes} bytes of arena on this host."
        )


def check_micro(path: Path) -> MicroCheck:
    """Run the network once on a zero input.

    Raises:
        UnsupportedOperator: TFLite Micro refuses the network.
        ConversionFailed: it accepts the network but cannot run it.
    """
    reference = MicroReference(path)
    try:
        reference.run_bytes(np.zeros(reference.input_bytes, np.uint8).tobytes())
    except RuntimeError as error:
        raise ConversionFailed(
            f"TFLite Micro cannot run {path.name}: {error}.", hint="Report the network."
        ) from error
    return MicroCheck(reference.engine, reference.arena_bytes())
