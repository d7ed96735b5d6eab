"""The firmware's COBS and CRC, compiled for this computer, against the Python packages."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import pytest
from cobs import cobs
from hypothesis import example, given
from hypothesis import strategies as st

from engine.child import run_tool
from engine.firmware.toolchains import find_toolchain
from engine.resources import resource
from engine.telemetry.frame import checksum

WRITE = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_uint8), ctypes.c_uint32)


class Encoder(ctypes.Structure):
    _fields_ = [("write", WRITE), ("count", ctypes.c_uint32), ("group", ctypes.c_uint8 * 255)]


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = resource("firmware", "platform", "common")
    library: Path = tmp_path_factory.mktemp("codec") / "codec.so"
    tools = find_toolchain("zig")
    command = [*tools.program, "-shared", "-O2", "-std=c11", "-Wall", "-Wextra", "-Werror"]
    sources = [str(folder / "cobs.c"), str(folder / "crc16.c")]
    result = run_tool([*command, *sources, "-o", str(library)], env=tools.environment)
    assert result.returncode == 0, result.stderr
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="module")
def encode(firmware: ctypes.CDLL) -> Callable[[bytes], bytes]:
    def run(data: bytes) -> bytes:
        written = bytearray()
        write = WRITE(lambda pointer, count: written.extend(ctypes.string_at(pointer, count)))
        encoder = Encoder()
        firmware.cobs_begin(ctypes.byref(encoder), write)
        for byte in data:
            firmware.cobs_put(ctypes.byref(encoder), byte)
        firmware.cobs_end(ctypes.byref(encoder))
        return bytes(written)

    return run


@given(st.binary(max_size=1200))
@example(b"")
@example(b"\0")
@example(b"\x01" * 253)
@example(b"\x01" * 254)
@example(b"\x01" * 255)
@example(b"\x01" * 254 + b"\0")
@example(b"\x01" * 508)
def test_encoder_writes_what_the_package_writes(encode: Callable[[bytes], bytes], data: bytes) -> None:
    assert encode(data) == cobs.encode(data) + b"\0"


@given(st.binary(max_size=1200))
def test_decoder_reads_what_the_package_wrote(firmware: ctypes.CDLL, data: bytes) -> None:
    encoded = cobs.encode(data)
    buffer = (ctypes.c_uint8 * len(encoded)).from_buffer_copy(encoded)
    count = firmware.cobs_decode(buffer, len(encoded))
    assert bytes(buffer[:count]) == data


@given(st.lists(st.integers(1, 255), min_size=1, max_size=300).map(bytes))
def test_decoder_refuses_what_the_package_refuses(firmware: ctypes.CDLL, encoded: bytes) -> None:
    try:
        expected: bytes | None = cobs.decode(encoded)
    except cobs.DecodeError:
        expected = None
    guard = b"\xa5" * 8
    buffer = (ctypes.c_uint8 * (len(encoded) + len(guard))).from_buffer_copy(encoded + guard)
    count = firmware.cobs_decode(buffer, len(encoded))
    assert (bytes(buffer[:count]) if count >= 0 else None) == expected
    assert bytes(buffer[len(encoded) :]) == guard


@given(st.binary(max_size=300))
def test_checksum_is_the_same(firmware: ctypes.CDLL, data: bytes) -> None:
    firmware.crc16_add.restype = ctypes.c_uint16
    crc = 0xFFFF
    for byte in data:
        crc = firmware.crc16_add(ctypes.c_uint16(crc), ctypes.c_uint8(byte))
    assert crc == checksum(data)
