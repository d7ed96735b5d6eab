"""An ELF file that holds nothing but bytes at an address, for tests of flashing."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

FLASH = 0x0800_0000
_HEADER_BYTES, _PROGRAM_HEADER_BYTES = 52, 32


def write_elf(path: Path, data: bytes, address: int = FLASH) -> Path:
    """A 32-bit little-endian Arm executable with one segment."""
    header = struct.pack(
        "<16sHHIIIIIHHHHHH",
        b"\x7fELF\x01\x01\x01",
        *(2, 40, 1),  # executable, Arm, version
        *(address, _HEADER_BYTES, 0, 0),  # entry, program headers, no sections, flags
        *(_HEADER_BYTES, _PROGRAM_HEADER_BYTES, 1, 0, 0, 0),
    )
    offset = _HEADER_BYTES + _PROGRAM_HEADER_BYTES
    segment = struct.pack("<8I", 1, offset, address, address, len(data), len(data), 5, 4)
    path.write_bytes(header + segment + data)
    return path


@pytest.fixture(scope="session")
def three_sector_elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40,001 bytes: three sectors of an STM32F407, and an odd end."""
    data = random.Random(1).randbytes(40_001)
    return write_elf(tmp_path_factory.mktemp("elf") / "three.elf", data)
