"""How outputs may lie over inputs: the leads of windows against a memory that remembers what it held."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.firmware.overlap import window_back_lead, window_lead


@st.composite
def windows(draw):
    """Members of a window's shape, channels of both sides, positions in a block."""
    shape = {"batches": 1}
    for down, before in (("height", "top"), ("width", "left")):
        kernel, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 2))
        reach = (kernel - 1) * dilation + 1
        shape[f"input_{down}"] = draw(st.integers(1, 6))
        shape[f"kernel_{down}"], shape[f"dilation_{down}"] = kernel, dilation
        shape[f"pad_{before}"] = pad = draw(st.integers(0, reach - 1))
        shape[f"stride_{down}"] = stride = draw(st.integers(1, 4))
        room = shape[f"input_{down}"] + pad + draw(st.integers(0, reach - 1)) - reach
        shape[f"output_{down}"] = max(room, 0) // stride + 1
    channels = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return shape, channels, draw(st.integers(0, 2))


def reads_of(shape, position, channels):
    """Input bytes that an output position reads."""
    y, x = divmod(position, shape["output_width"])
    found = set()
    for ky in range(shape["kernel_height"]):
        for kx in range(shape["kernel_width"]):
            row = y * shape["stride_height"] - shape["pad_top"] + ky * shape["dilation_height"]
            column = x * shape["stride_width"] - shape["pad_left"] + kx * shape["dilation_width"]
            if 0 <= row < shape["input_height"] and 0 <= column < shape["input_width"]:
                first = (row * shape["input_width"] + column) * channels
                found.update(range(first, first + channels))
    return found


def is_right(shape, channels, block, lead, *, backwards):
    """Whether no byte is written before it was read for the last time, by trying."""
    positions = list(range(shape["output_height"] * shape["output_width"]))
    if backwards:
        positions.reverse()
    groups = [positions[i : i + max(block, 1)] for i in range(0, len(positions), max(block, 1))]
    written = set()
    for group in groups:
        writes = {p * channels[1] + c - lead for p in group for c in range(channels[1])}
        if block == 0:
            written |= writes
        for position in group:
            if reads_of(shape, position, channels[0]) & written:
                return False
        written |= writes
    return True


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(case=windows())
def test_leads_are_right_and_as_good_as_they_can_be(case):
    shape, channels, block = case
    least = window_lead(shape, channels=channels, value_bytes=1, block=block)
    most = window_back_lead(shape, channels=channels, value_bytes=1, block=block)
    sizes = [
        shape[f"{side}_height"] * shape[f"{side}_width"] * count
        for side, count in zip(("input", "output"), channels, strict=True)
    ]
    for lead, away, apart, backwards in (
        (least, 1, sizes[1], False),
        (most, -1, -sizes[0], True),
    ):
        if abs(lead) > 10**6:
            continue  # nothing of the input is read behind the first result
        for further in range(3):
            assert is_right(shape, channels, block, lead + further * away, backwards=backwards)
        if (lead - away < apart) if away > 0 else (lead - away > apart):
            assert not is_right(shape, channels, block, lead - away, backwards=backwards)
