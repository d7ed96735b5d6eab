"""The chip's own number, as a probe reads it from memory while the firmware runs."""

from __future__ import annotations

from collections.abc import Callable

from engine.boards import BoardSpec, board_ids, load_board
from engine.errors import BoardError

# DBGMCU_IDCODE, in the chapter on debug support: RM0090, RM0385, RM0432 (one address); RM0433; RM0444
_IDCODE = {
    "stm32f4": 0xE004_2000,
    "stm32f7": 0xE004_2000,
    "stm32l4": 0xE004_2000,
    "stm32h7": 0x5C00_1000,
    "stm32g0": 0x4001_5800,
}
_DEVICE_BITS = 0xFFF
_F405_REVISION_A = 0x411  # ES0182: early STM32F40x chips say this instead of 0x413


def read_chip_id(read_word: Callable[[int], int]) -> int:
    """The product id that some known board has, else the last number found; 0 if none can be read.

    Args:
        read_word: reads 32 bits at an address; raises `BoardError` where there is nothing.
    """
    found = 0
    for address in dict.fromkeys(_IDCODE.values()):
        try:
            number = device_id(read_word(address))
        except BoardError:
            continue
        if any(_IDCODE.get(b.family) == address and b.chip_id == number for b in known_boards()):
            return number
        found = number or found
    return found


def id_register(board: BoardSpec) -> int:
    """Where the board's chip holds its number, 0 if it has none."""
    return _IDCODE.get(board.family, 0)


def device_id(word: int) -> int:
    """The product id in what an id register says."""
    number = word & _DEVICE_BITS
    return 0x413 if number == _F405_REVISION_A else number


def known_boards() -> list[BoardSpec]:
    """Every board file."""
    return [load_board(board_id) for board_id in board_ids()]
