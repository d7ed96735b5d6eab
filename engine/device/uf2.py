"""The UF2 format of drag-and-drop drives: 512-byte blocks that each say where they go."""

from __future__ import annotations

import struct

RP2040_FAMILY = 0xE48B_FF56
BLOCK_BYTES = 512
PAYLOAD_BYTES = 256  # one flash page of the RP2040; its boot loader takes no other size

_MAGIC = (0x0A32_4655, 0x9E5D_5157)
_MAGIC_END = 0x0AB1_6F30
_FAMILY_PRESENT = 0x2000
_HEADER = struct.Struct("<8I")
_DATA_BYTES = BLOCK_BYTES - _HEADER.size - 4


def uf2_file(address: int, data: bytes, family: int = RP2040_FAMILY) -> bytes:
    """An image as UF2.

    Blocks may come in any order; the first page, without which the chip starts nothing, comes last.

    Args:
        address: of the first byte, a multiple of 256.
        data: the image; what lacks to a whole page is left erased.
        family: which chips may take it.
    """
    if address % PAYLOAD_BYTES:
        raise ValueError(f"0x{address:08X} is not the start of a page")
    pages = [data[at : at + PAYLOAD_BYTES] for at in range(0, len(data), PAYLOAD_BYTES)]
    blocks = [
        _HEADER.pack(
            *_MAGIC,
            _FAMILY_PRESENT,
            address + number * PAYLOAD_BYTES,
            PAYLOAD_BYTES,
            number,
            len(pages),
            family,
        )
        + page.ljust(PAYLOAD_BYTES, b"\xff").ljust(_DATA_BYTES, b"\0")
        + struct.pack("<I", _MAGIC_END)
        for number, page in enumerate(pages)
    ]
    return b"".join([*blocks[1:], *blocks[:1]])
