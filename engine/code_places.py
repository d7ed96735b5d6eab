"""Functions and lines of a linked firmware: where in the C sources an address is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.dwarf.lineprogram import LineProgram
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from engine.errors import BadInputFile

_UNREADABLE = (ELFError, DWARFError, ConstructError, ValueError, LookupError, AttributeError, TypeError)


@dataclass(frozen=True)
class CodePlace:
    """A place in the firmware's code.

    Attributes:
        function: name of the function that holds the address.
        offset_bytes: distance from its beginning.
        file: name of the source file without its folder, empty if the firmware does not tell.
        line: from 1, or 0 if it is not known.
    """

    function: str
    offset_bytes: int
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        if self.file:
            return f"{self.function} ({self.file}:{self.line})"
        return f"{self.function}+0x{self.offset_bytes:X}"


@dataclass(frozen=True)
class _Function:
    start: int
    end: int
    name: str


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    file: str
    line: int


class CodePlaces:
    """The functions and lines of one ELF file, read when they are first asked for."""

    def __init__(self, elf: Path) -> None:
        self._path = elf

    def place(self, address: int) -> CodePlace | None:
        """Where an instruction is; None where the firmware has no function.

        Args:
            address: of the instruction; the Thumb bit does not matter.

        Raises:
            BadInputFile: the file is missing or no ELF file.
        """
        address &= ~1
        at = bisect_right(self._functions, address, key=lambda function: function.start) - 1
        if at < 0 or address >= self._functions[at].end:
            return None
        function = self._functions[at]
        file, line = self._line_of(address)
        name = function.name.partition(".")[0]  # without what gcc adds: .constprop.0, .isra.1
        return CodePlace(name, address - function.start, file, line)

    def call_before(self, return_address: int) -> CodePlace | None:
        """Where the call is that would return to this address; None if that is no code.

        Raises:
            BadInputFile: as `place`.
        """
        return self.place((return_address & ~1) - 2) if return_address & 1 else None

    def is_of(self, model_hash: str, flash_bytes: int) -> bool:
        """Whether a board that tells this hash and size of its firmware runs just this file.

        Raises:
            BadInputFile: as `place`.
        """
        size, data = self._image
        return size == flash_bytes and model_hash.encode() in data

    @cached_property
    def _image(self) -> tuple[int, bytes]:
        """Length of what goes into flash, gaps included, and its bytes without gaps."""
        try:
            with self._path.open("rb") as stream:
                parts = sorted(
                    (int(segment["p_paddr"]), bytes(segment.data()))
                    for segment in ELFFile(stream).iter_segments("PT_LOAD")
                    if segment["p_filesz"]
                )
        except (OSError, *_UNREADABLE) as error:
            raise self._no_firmware(error) from error
        length = parts[-1][0] + len(parts[-1][1]) - parts[0][0] if parts else 0
        return length, b"".join(data for _, data in parts)

    @cached_property
    def _functions(self) -> list[_Function]:
        try:
            with self._path.open("rb") as stream:
                return sorted(
                    (
                        _Function(start, start + max(2, int(symbol["st_size"])), symbol.name)
                        for section in ELFFile(stream).iter_sections()
                        if isinstance(section, SymbolTableSection)
                        for symbol in section.iter_symbols()
                        if symbol["st_info"]["type"] == "STT_FUNC"
                        for start in (int(symbol["st_value"]) & ~1,)
                    ),
                    key=lambda function: function.start,
                )
        except (OSError, *_UNREADABLE) as error:
            raise self._no_firmware(error) from error

    def _line_of(self, address: int) -> tuple[str, int]:
        at = bisect_right(self._lines, address, key=lambda span: span.start) - 1
        if at < 0 or address >= self._lines[at].end:
            return "", 0
        return self._lines[at].file, self._lines[at].line

    @cached_property
    def _lines(self) -> list[_Line]:
        """All lines in order of address; none where the line table is absent or cannot be read."""
        try:
            with self._path.open("rb") as stream:
                elf = ELFFile(stream)
                found = list(_lines_in(elf.get_dwarf_info())) if elf.has_dwarf_info() else []
        except (OSError, *_UNREADABLE):
            return []
        return sorted(found, key=lambda span: span.start)

    def _no_firmware(self, error: Exception) -> BadInputFile:
        return BadInputFile(
            f"{self._path.name} cannot be read as firmware: {error}.", hint="Build the firmware again."
        )


def _lines_in(dwarf: DWARFInfo) -> Iterator[_Line]:
    for unit in dwarf.iter_CUs():
        name = unit.get_top_DIE().attributes["DW_AT_name"].value
        if not name.endswith(b".c"):  # the compiler's own library: seconds to read, and nobody's mistake
            continue
        program = dwarf.line_program_for_CU(unit)
        previous = None
        if program is None:
            continue
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            if previous is not None and previous.address < state.address:
                line = int(previous.line)  # 0: code that the compiler made of several lines
                file = _file_name(program, previous.file) if line else ""
                yield _Line(previous.address, state.address, file, line)
            previous = None if state.end_sequence else state


def _file_name(program: LineProgram, number: int) -> str:
    # files count from 1 up to version 4 of the format, from 0 since
    index = number if program.header["version"] >= 5 else number - 1
    return PurePosixPath(program.header["file_entry"][index].name.decode(errors="replace")).name
