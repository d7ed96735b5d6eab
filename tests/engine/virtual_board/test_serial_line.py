"""The wire between two ports that may have different rates."""

from __future__ import annotations

import random

import pytest

from engine.telemetry.frame import FrameDecoder, encode_frame
from engine.virtual_board.serial_line import heard

DATA = random.Random(3).randbytes(500)


@pytest.mark.parametrize("receiver", [115_200, 113_000, 117_400, 112_500, 118_500])
def test_about_the_same_rate_is_understood(receiver: int) -> None:
    assert heard(DATA, 115_200, receiver) == DATA


@pytest.mark.parametrize("receiver", [57_600, 100_000, 125_000, 230_400, 921_600, 2_000_000])
def test_another_rate_is_garbage(receiver: int) -> None:
    wire = b"".join(encode_frame("set_input", n, {"offset": 0, "data": DATA[:200]}) for n in range(5))
    decoder = FrameDecoder()
    assert decoder.feed(heard(wire, 115_200, receiver)) == []


def test_a_fast_receiver_hears_a_long_start_bit_as_zero() -> None:
    assert heard(b"\xff", 115_200, 2_000_000) == b"\0"
    assert heard(b"\xff\xff", 115_200, 2_000_000) == b"\0\0"
