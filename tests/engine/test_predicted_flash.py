"""Flash predicted before building is what the linker then takes, with self-test and fault reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.boards import load_board
from engine.events import CancelToken, discard
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board, plan_on_board
from tests.helpers.shared_data import shared_data

_PLATFORM_PERCENT = 5  # of a firmware that is mostly platform; its size hangs on the network a little


@pytest.mark.parametrize("board_id", ["stm32f407", "stm32h743", "stm32g0b1", "rp2040"])
def test_a_small_network_takes_the_flash_that_was_predicted(tmp_path: Path, board_id: str) -> None:
    path, board = shared_data("models", "tflite", "tflm_hello_world_int8.tflite"), load_board(board_id)
    graph = read_tflite(path)
    settings = {"family": board.kernels}
    predicted = plan_on_board(graph, board, **settings).fit.flash_bytes
    built = build_on_board(
        graph, board, folder=tmp_path, tflite=path, report=discard, cancel=CancelToken(), **settings
    )
    error_percent = abs(predicted.value / built.flash_bytes - 1) * 100
    assert error_percent <= max(_PLATFORM_PERCENT, predicted.error_percent)
