"""A network through the whole chain with the functions that projects use, and what came of it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from engine.board_access import open_board
from engine.board_run import run_inputs_on_board
from engine.boards import load_board
from engine.convert.chain import convert_network
from engine.converted_network import ConvertedNetwork
from engine.errors import DoesNotFit
from engine.events import CancelToken, discard
from engine.micro_reference import MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board
from engine.summaries import BoardRunSummary, VerifyRow, VerifySummary
from engine.target_layers import with_host
from engine.verify import verify_converted
from engine.verify.boundary import boundary_values

BOARDS = ("stm32f407", "stm32h743")  # the second where the first has no room
_CALIBRATION_SAMPLES = 16
_NOISE_SAMPLES = 3
_BOARD_INPUTS = 3
_CHANNELS = {"report": discard, "cancel": CancelToken()}


@dataclass(frozen=True)
class Verified:
    """A converted network and how its forms differ. `samples` are the inputs as the board gets them."""

    converted: ConvertedNetwork
    summary: VerifySummary
    samples: list[bytes]


def convert_and_verify(
    module: nn.Module,
    input_shape: tuple[int, ...] | list[tuple[int, ...]],
    folder: Path,
    *,
    classification: bool,
    given_ranges: Mapping[str, tuple[float, float]] | None = None,
    span: float = 1.0,
) -> Verified:
    """Convert with seeded noise of `span` as calibration, then compare all forms up to generated C.

    `input_shape` is without batch, channels last; a list of shapes for a network of several inputs.
    """
    chance = np.random.default_rng(0)
    shapes = input_shape if isinstance(input_shape, list) else [input_shape]
    count = _CALIBRATION_SAMPLES + _NOISE_SAMPLES
    noise = [(span * chance.standard_normal((count, *s))).astype(np.float32) for s in shapes]
    converted = convert_network(
        module,
        input_shape,
        [values[_NOISE_SAMPLES:] for values in noise],
        folder,
        classification=classification,
        given_ranges=given_ranges,
        **_CHANNELS,
    )
    path = converted.tflite_int8_path
    inputs = [
        np.concatenate([values[:_NOISE_SAMPLES], boundary_values(path, shape, position)])
        for position, (values, shape) in enumerate(zip(noise, shapes, strict=True))
    ]
    summary = verify_converted(module, converted, inputs, **_CHANNELS)
    samples = MicroReference(path).input_samples(inputs)
    return Verified(converted, with_host(summary, path, samples, **_CHANNELS), samples)


def run_on_board(path: Path, samples: Sequence[bytes]) -> BoardRunSummary:
    """Build for the first board with room, run a few inputs and compare every layer.

    Raises:
        DoesNotFit: none of the boards has room.
        UnsupportedOperator: a kernel refuses the network.
    """
    for board_id in BOARDS:
        board = load_board(board_id)
        with tempfile.TemporaryDirectory(prefix="thimble-chain-") as name:
            try:
                build = build_on_board(
                    read_tflite(path),
                    board,
                    family=board.kernels,
                    folder=Path(name),
                    tflite=path,
                    **_CHANNELS,
                )
            except DoesNotFit:
                if board_id == BOARDS[-1]:
                    raise
                continue
            inputs = np.stack([np.frombuffer(s, np.int8) for s in samples[:_BOARD_INPUTS]])
            with open_board("virtual", board_id) as access:
                access.flash(Path(name) / build.elf, **_CHANNELS)
                return run_inputs_on_board(
                    access, board, tflite=path, build=build, inputs=inputs, layers=True, **_CHANNELS
                )
    raise AssertionError("there are no boards")


def worst_by_pair(rows: Sequence[VerifyRow]) -> dict[tuple[str, str], dict[str, float]]:
    """The largest isolated error of each pair of neighbouring forms, by unit."""
    worst: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        of_pair = worst.setdefault((row.from_form, row.to_form), {})
        of_pair[row.unit] = max(of_pair.get(row.unit, 0.0), row.isolated_error)
    return worst


def shown_error(errors: Mapping[str, float]) -> str:
    """`1.2e-07` for relative errors, `0.5 q` for quanta."""
    words = [f"{errors[unit]:.1e}" if errors[unit] else "0" for unit in ("relative",) if unit in errors]
    words += [f"{errors[unit]:.2g} q" for unit in ("quanta",) if unit in errors]
    return ", ".join(words) or "not compared"


def in_cell(text: str) -> str:
    """A text that breaks no table."""
    return " ".join(text.replace("|", "/").split())
