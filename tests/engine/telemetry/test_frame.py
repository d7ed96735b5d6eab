"""The codec: round trips, damage, gaps, unknown types."""

from __future__ import annotations

import random
import struct

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from engine.telemetry.frame import FRAME_TYPES, FrameDecoder, FrameType, Value, checksum, encode_frame

TEXT = st.text(st.characters(min_codepoint=1, max_codepoint=126))
KINDS = {
    "u8": st.integers(0, 0xFF),
    "u16": st.integers(0, 0xFFFF),
    "u32": st.integers(0, 0xFFFFFFFF),
    "text16": TEXT.filter(lambda text: len(text) <= 16),
    "text24": TEXT.filter(lambda text: len(text) <= 24),
    "bytes": st.binary(max_size=700),
    "text": TEXT,
    "u32s": st.lists(st.integers(0, 0xFFFFFFFF), max_size=80).map(tuple),
}


@st.composite
def frames(draw: st.DrawFn) -> tuple[FrameType, dict[str, Value]]:
    frame_type = draw(st.sampled_from(FRAME_TYPES))
    return frame_type, {name: draw(KINDS[kind]) for name, kind in frame_type.fields}


def raw_frame(body: bytes) -> bytes:
    """A frame with a right checksum around any body."""
    return cobs.encode(body + struct.pack("<H", checksum(body))) + b"\0"


def test_checksum_is_ccitt_false() -> None:
    assert checksum(b"123456789") == 0x29B1  # the check value of the CRC catalogue


@given(st.lists(frames(), min_size=1, max_size=5), st.integers(1, 64), st.integers(0, 0xFFFF))
def test_frames_survive_any_portioning(
    sent: list[tuple[FrameType, dict[str, Value]]], portion: int, first: int
) -> None:
    wire = b"".join(
        encode_frame(frame_type.name, (first + i) & 0xFFFF, values)
        for i, (frame_type, values) in enumerate(sent)
    )
    decoder = FrameDecoder()
    received = [
        frame for at in range(0, len(wire), portion) for frame in decoder.feed(wire[at : at + portion])
    ]
    assert [(frame.kind, dict(frame.values)) for frame in received] == [
        (frame_type.name, values) for frame_type, values in sent
    ]
    assert (decoder.damaged, decoder.lost, decoder.unknown) == (0, 0, 0)


def test_the_zero_byte_only_ends_a_frame() -> None:
    wire = encode_frame("set_input", 0, {"offset": 0, "data": bytes(600)})
    assert wire.count(0) == 1
    assert wire.endswith(b"\0")


def test_garbage_costs_one_frame_and_is_counted() -> None:
    ack = {"request": 1, "status": 0}
    wire = encode_frame("ack", 0, ack)
    wire += b"\x17\x99\xfe noise "  # runs into the next frame, which is lost with it
    wire += encode_frame("ack", 1, ack)
    wire += encode_frame("ack", 2, ack)
    decoder = FrameDecoder()
    assert [frame.sequence for frame in decoder.feed(wire)] == [0, 2]
    assert decoder.damaged == 1
    assert decoder.lost == 1


def test_gaps_are_counted_across_the_wrap_and_restarts_are_not() -> None:
    decoder = FrameDecoder()
    ack = {"request": 0, "status": 0}
    for sequence in (0xFFFE, 0xFFFF, 2):
        decoder.feed(encode_frame("ack", sequence, ack))
    assert decoder.lost == 2
    hello: dict[str, Value] = {
        name: "" if kind.startswith("text") else 0 for name, kind in FRAME_TYPES[0].fields
    }
    decoder.feed(encode_frame("hello", 0, hello))
    decoder.feed(encode_frame("ack", 1, ack))
    assert decoder.lost == 2


def test_unknown_types_are_skipped_and_counted() -> None:
    decoder = FrameDecoder()
    wire = raw_frame(struct.pack("<BH", 99, 0) + b"from the future")
    wire += raw_frame(struct.pack("<BH", 254, 1))
    wire += encode_frame("ack", 2, {"request": 7, "status": 0})
    assert [frame.kind for frame in decoder.feed(wire)] == ["ack"]
    assert (decoder.unknown, decoder.lost, decoder.damaged) == (2, 0, 0)


def test_a_longer_payload_is_accepted_and_a_shorter_one_dropped() -> None:
    decoder = FrameDecoder()
    longer = raw_frame(struct.pack("<BHHBI", 8, 0, 7, 3, 123456))
    shorter = raw_frame(struct.pack("<BHH", 8, 1, 7))
    frames_found = decoder.feed(longer + shorter)
    assert [dict(frame.values) for frame in frames_found] == [{"request": 7, "status": 3}]
    assert decoder.damaged == 1


def test_endless_noise_does_not_fill_memory() -> None:
    decoder = FrameDecoder()
    for _ in range(120):
        decoder.feed(b"\x55" * 10_000)
    assert decoder.damaged >= 1
    decoder.feed(b"\0")
    assert len(decoder.feed(encode_frame("ask_hello", 0))) == 1


def test_no_damaged_frame_is_taken_for_a_good_one() -> None:
    generator = random.Random(20_407)
    good = {}
    wire = b""
    for sequence in range(8):
        values = {
            "timestamp_us": generator.getrandbits(32),
            "cycles": generator.getrandbits(22),
            "status": 0,
            "output": generator.randbytes(generator.choice((2, 10, 300))),
        }
        good[sequence] = values
        wire += encode_frame("inference", sequence, values)
    for _ in range(3000):
        damaged = bytearray(wire)
        for _ in range(generator.randint(1, 6)):
            at = generator.randrange(len(damaged))
            match generator.randrange(4):
                case 0:
                    damaged[at] ^= 1 << generator.randrange(8)
                case 1:
                    damaged[at] = generator.randrange(256)
                case 2:
                    del damaged[at : at + generator.randint(1, 5)]
                case 3:
                    damaged[at:at] = generator.randbytes(generator.randint(1, 5))
        for frame in FrameDecoder().feed(bytes(damaged)):
            assert frame.kind == "inference"
            assert dict(frame.values) == good[frame.sequence]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("ack", {"request": 70_000, "status": 0}),
        ("ack", {"request": 1, "status": -1}),
        ("run_freely", {"period_us": 1 << 32}),
    ],
)
def test_values_that_do_not_fit_are_refused(kind: str, values: dict[str, Value]) -> None:
    with pytest.raises(ValueError, match=kind):
        encode_frame(kind, 0, values)
