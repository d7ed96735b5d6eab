"""A real board, by the link that THIMBLE_TEST_LINK names, for example `probe@/dev/ttyACM0`.

    THIMBLE_TEST_LINK=probe THIMBLE_TEST_BOARD=stm32f446 pytest tests/hardware

Its firmware is replaced.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.board_access import open_board
from engine.events import CancelToken, discard
from tests.helpers.stub_firmware import build_stub, expected_output

LINK, BOARD = os.environ.get("THIMBLE_TEST_LINK", ""), os.environ.get("THIMBLE_TEST_BOARD", "")
DATA = bytes(range(200)) + bytes(290)

pytestmark = [
    pytest.mark.hardware,
    pytest.mark.skipif(not (LINK and BOARD), reason="THIMBLE_TEST_LINK and _BOARD name no real board"),
]


def test_it_takes_firmware_and_answers(tmp_path: Path) -> None:
    elf = build_stub(tmp_path, board=BOARD)
    with open_board(LINK, BOARD) as access:
        summary = access.flash(elf, report=discard, cancel=CancelToken())
        assert summary.bytes_written > 0
        assert access.session().run(DATA).output == expected_output(DATA)
        assert access.session().hello().board_id == BOARD
