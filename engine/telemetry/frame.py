"""Telemetry frames, version 1: the table of docs/protocol.md, and the codec that runs over it."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Literal

from cobs import cobs

PROTOCOL = 1
DEFAULT_BAUD = 115_200

Value = int | str | bytes | tuple[int, ...]

_FIXED = {"u8": "B", "u16": "H", "u32": "I", "text16": "16s", "text24": "24s"}
_TAILS = ("bytes", "text", "u32s")
_HEADER = struct.Struct("<BH")
_CRC = struct.Struct("<H")
_LONGEST_FRAME_BYTES = 1 << 20  # no layer of a microcontroller is larger


class Status(IntEnum):
    """What an `ack` says about the request."""

    OK = 0
    UNSUPPORTED = 1
    MALFORMED = 2
    GAP = 3
    INPUT_INCOMPLETE = 4


class Capability(IntFlag):
    """Bits of `hello`."""

    LAYER_CYCLES = 1 << 0
    KEEPS_INPUT = 1 << 1
    CHANGES_BAUD = 1 << 2
    LAYER_OUTPUTS = 1 << 3
    SELF_TEST = 1 << 4
    FRONT_END = 1 << 5


@dataclass(frozen=True)
class FrameType:
    """One row of the table.

    Attributes:
        number: the type byte.
        name: how code refers to it.
        sender: `board` or `host`.
        fields: (name, kind) in order; the last may be `bytes`, `text` or `u32s`.
    """

    number: int
    name: str
    sender: Literal["board", "host"]
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def fixed(self) -> struct.Struct:
        """Layout of the fields before the tail."""
        return struct.Struct("<" + "".join(_FIXED[kind] for _, kind in self.fields if kind in _FIXED))

    @property
    def tail(self) -> tuple[str, str] | None:
        """The variable last field."""
        return self.fields[-1] if self.fields and self.fields[-1][1] in _TAILS else None


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    """`"cycles u32, output bytes"` as pairs."""
    pairs = [part.split() for part in text.split(",")]
    return tuple((name, kind) for name, kind in pairs)


FRAME_TYPES = (
    FrameType(
        1,
        "hello",
        "board",
        _fields(
            "protocol u8, reset_cause u8, capabilities u32, clock_hz u32, input_bytes u32,"
            "output_bytes u32, arena_bytes u32, data_bytes u32, stack_bytes u32, flash_bytes u32,"
            "layer_count u16, chunk_bytes u16, window_bytes u16, model_hash text16, board_id text24"
        ),
    ),
    FrameType(2, "inference", "board", _fields("timestamp_us u32, cycles u32, status u8, output bytes")),
    FrameType(3, "layers", "board", _fields("cycles u32s")),
    FrameType(4, "log", "board", _fields("level u8, message text")),
    FrameType(
        5,
        "fault",
        "board",
        _fields(
            "cause u8, cfsr u32, hfsr u32, mmfar u32, bfar u32, r0 u32, r1 u32, r2 u32, r3 u32, r12 u32,"
            "lr u32, pc u32, xpsr u32"
        ),
    ),
    FrameType(6, "self_test", "board", _fields("status u8, layer u16, cycles u32")),
    FrameType(
        7,
        "stats",
        "board",
        _fields(
            "stack_high_water_bytes u32, lost_frames u32, damaged_frames u32, unknown_frames u32,"
            "overruns u32, uptime_us u32"
        ),
    ),
    FrameType(8, "ack", "board", _fields("request u16, status u8")),
    FrameType(9, "layer_output", "board", _fields("layer u16, output u8, data bytes")),
    FrameType(
        10, "front_end", "board", _fields("cycles u32, sample_count u32, rate_hz u32, features bytes")
    ),
    FrameType(65, "ask_hello", "host"),
    FrameType(66, "set_input", "host", _fields("offset u32, data bytes")),
    FrameType(67, "infer", "host", _fields("flags u8")),
    FrameType(68, "run_freely", "host", _fields("period_us u32")),
    FrameType(69, "baud", "host", _fields("baud u32")),
    FrameType(70, "reset", "host"),
    FrameType(71, "raw_samples", "host", _fields("offset u32, samples bytes")),
    FrameType(72, "ask_stats", "host"),
    FrameType(73, "ask_self_test", "host"),
    FrameType(74, "ask_front_end", "host"),
)

_BY_NUMBER = {frame_type.number: frame_type for frame_type in FRAME_TYPES}
_BY_NAME = {frame_type.name: frame_type for frame_type in FRAME_TYPES}


@dataclass(frozen=True)
class TelemetryFrame:
    """One decoded frame.

    Attributes:
        kind: name of its type.
        sequence: the sender's count, modulo 65536.
        values: the payload's fields by name.
    """

    kind: str
    sequence: int
    values: Mapping[str, Value]

    def number(self, name: str) -> int:
        """An integer field."""
        value = self.values[name]
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        """A text field."""
        value = self.values[name]
        assert isinstance(value, str)
        return value

    def data(self, name: str) -> bytes:
        """A bytes field."""
        value = self.values[name]
        assert isinstance(value, bytes)
        return value

    def numbers(self, name: str) -> tuple[int, ...]:
        """A field of many integers."""
        value = self.values[name]
        assert isinstance(value, tuple)
        return value


def checksum(data: bytes) -> int:
    """CRC-16/CCITT-FALSE."""
    return binascii.crc_hqx(data, 0xFFFF)


def encode_frame(kind: str, sequence: int, values: Mapping[str, Value] | None = None) -> bytes:
    """A frame as it goes on the wire, the zero byte behind it included.

    Args:
        kind: name of a type in `FRAME_TYPES`.
        sequence: count of the frames sent before, modulo 65536.
        values: all fields of the type.

    Raises:
        KeyError: there is no such type, or a field is missing.
        ValueError: a value does not fit its field.
    """
    frame_type = _BY_NAME[kind]
    values = values or {}
    try:
        packed = [_pack(values[name], field) for name, field in frame_type.fields if field in _FIXED]
        body = _HEADER.pack(frame_type.number, sequence) + frame_type.fixed.pack(*packed)
    except struct.error as error:
        raise ValueError(f"{kind}: {error}") from error
    if frame_type.tail is not None:
        body += _pack_tail(values[frame_type.tail[0]], frame_type.tail[1])
    return bytes(cobs.encode(body + _CRC.pack(checksum(body)))) + b"\0"


def decode_body(body: bytes) -> TelemetryFrame | None:
    """The frame in `type | sequence | payload`, whose checksum was right; None for unknown types.

    Raises:
        ValueError: the payload is shorter than its type asks for, or a text is not UTF-8.
    """
    number, sequence = _HEADER.unpack_from(body)
    frame_type = _BY_NUMBER.get(number)
    if frame_type is None:
        return None
    fixed = frame_type.fixed
    payload = body[_HEADER.size :]
    if len(payload) < fixed.size:
        raise ValueError(f"{frame_type.name}: {len(payload)} bytes of payload, {fixed.size} expected")
    values: dict[str, Value] = {}
    for (name, _), value in zip(frame_type.fields, fixed.unpack_from(payload), strict=False):
        values[name] = value.rstrip(b"\0").decode() if isinstance(value, bytes) else value
    if frame_type.tail is not None:
        name, kind = frame_type.tail
        values[name] = _unpack_tail(payload[fixed.size :], kind)
    return TelemetryFrame(frame_type.name, sequence, values)


def _pack(value: Value, kind: str) -> int | bytes:
    if not kind.startswith("text"):
        assert isinstance(value, int)
        return value
    assert isinstance(value, str)
    encoded = value.encode()
    if len(encoded) > int(kind[4:]):
        raise ValueError(f"{value!r} is longer than {kind[4:]} bytes")
    return encoded


def _pack_tail(value: Value, kind: str) -> bytes:
    if kind == "text":
        assert isinstance(value, str)
        return value.encode()
    if kind == "u32s":
        assert isinstance(value, tuple)
        return struct.pack(f"<{len(value)}I", *value)
    assert isinstance(value, bytes)
    return value


def _unpack_tail(data: bytes, kind: str) -> Value:
    if kind == "text":
        return data.decode()
    if kind == "u32s":
        if len(data) % 4:
            raise ValueError(f"{len(data)} bytes are no whole number of words")
        return struct.unpack(f"<{len(data) // 4}I", data)
    return data


@dataclass
class FrameDecoder:
    """Turns a stream of bytes into frames, and counts what it could not use.

    Attributes:
        frames: intact frames, unknown types included.
        lost: frames that their sender's sequence shows as missing.
        damaged: broken COBS, wrong checksums, payloads that are too short.
        unknown: intact frames of unknown type, skipped.
    """

    frames: int = 0
    lost: int = 0
    damaged: int = 0
    unknown: int = 0
    _buffer: bytearray = field(default_factory=bytearray, repr=False)
    _expected: int | None = field(default=None, repr=False)

    def feed(self, data: bytes) -> list[TelemetryFrame]:
        """Take bytes in any portion; returns the frames that they completed."""
        found: list[TelemetryFrame] = []
        *whole, rest = data.split(b"\0")
        for part in whole:
            self._buffer += part
            if self._buffer:
                frame = self._decode(bytes(self._buffer))
                if frame is not None:
                    found.append(frame)
            self._buffer.clear()
        self._buffer += rest
        if len(self._buffer) > _LONGEST_FRAME_BYTES:  # noise without a zero byte must not fill memory
            self._buffer.clear()
            self.damaged += 1
        return found

    def reset(self) -> None:
        """Another connection begins: forget the unfinished frame and the sequence, keep the counts."""
        self._buffer.clear()
        self._expected = None

    def _decode(self, encoded: bytes) -> TelemetryFrame | None:
        try:
            decoded = cobs.decode(encoded)
        except cobs.DecodeError:
            self.damaged += 1
            return None
        body, crc = decoded[: -_CRC.size], decoded[-_CRC.size :]
        if len(body) < _HEADER.size or _CRC.unpack(crc)[0] != checksum(body):
            self.damaged += 1
            return None
        try:
            frame = decode_body(body)
        except ValueError:
            self.damaged += 1
            return None
        self.frames += 1
        number, sequence = _HEADER.unpack_from(body)
        self._count_gap(number, sequence)
        if frame is None:
            self.unknown += 1
        return frame

    def _count_gap(self, number: int, sequence: int) -> None:
        restarted = sequence == 0 and number in (1, 5)  # hello after a reset
        if self._expected is not None and not restarted:
            gap = (sequence - self._expected) & 0xFFFF
            if gap < 0x8000:  # a larger one is a sender that started anew
                self.lost += gap
        self._expected = (sequence + 1) & 0xFFFF
