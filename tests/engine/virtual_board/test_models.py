"""A benchmark model built for every board, with every toolchain, gives TFLite Micro's bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.boards import board_ids, load_board
from engine.events import CancelToken, discard
from engine.firmware.toolchains import available_toolchains
from engine.micro_reference import MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board
from tests.helpers.board_in_process import Firmware
from tests.helpers.shared_data import shared_data

MODEL = "mlperf_kws_int8"
INPUTS = 2


@pytest.mark.parametrize("toolchain", [tools.name for tools in available_toolchains()])
@pytest.mark.parametrize("board_id", board_ids())
def test_the_answers_are_those_of_tflite_micro(tmp_path: Path, board_id: str, toolchain: str) -> None:
    path = shared_data("models", "tflite", f"{MODEL}.tflite")
    board = load_board(board_id)
    build_on_board(
        read_tflite(path),
        board,
        family=board.kernels,
        folder=tmp_path,
        toolchain=toolchain,
        report=discard,
        cancel=CancelToken(),
    )
    firmware = Firmware(tmp_path / "firmware.elf", spec=board)
    firmware.settle()
    reference = MicroReference(path)
    chance = np.random.default_rng(5)
    for _ in range(INPUTS):
        data = chance.integers(-128, 128, reference.input_bytes).astype(np.int8).tobytes()
        assert firmware.infer(data) == reference.run_bytes(data)
