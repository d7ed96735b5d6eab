# SPDX-License-Identifier: GPL-2.0-or-later
"""The board: core, peripherals and flash, run in slices, with its serial port and its statistics."""

from __future__ import annotations

import time
from enum import Enum
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from engine.boards import BoardSpec, MemoryRegion
from engine.errors import BadInputFile, BoardError
from engine.virtual_board.block_counter import NEVER
from engine.virtual_board.boot_rom import BootRom
from engine.virtual_board.clocks import SOFTWARE
from engine.virtual_board.cpu import Cpu, Stop
from engine.virtual_board.peripherals import FAMILIES, Bus

SLICE_US = 2000
_ERASED = 0xFF


class State(Enum):
    """What the core does."""

    ERASED = "erased"
    RUNNING = "running"
    ASLEEP = "asleep"
    HALTED = "halted"
    LOCKUP = "lockup"
    BOOT_ROM = "boot rom"


class VirtualBoard:
    """A board without its sockets.

    Attributes:
        boot0: level of the pin: a reset with it high starts the boot loader instead of the program.
        protected: read-out protection, as the boot loader sees it.
        boot_rom: the boot loader while it runs.
    """

    def __init__(
        self, spec: BoardSpec, *, allow_compiled: bool = True, wait_states: bool = True
    ) -> None:
        self.spec = spec
        regions = FAMILIES[spec.family].mpu_regions if spec.family in FAMILIES else 0
        self.cpu = Cpu(spec, mpu_regions=regions, allow_compiled=allow_compiled)
        self.bus = Bus(self.cpu, spec, self._request_reset, wait_states=wait_states)
        self.cpu.catch_up = self._catch_up
        self.state = State.ERASED
        self.processor_seconds = 0.0
        self._flash = spec.region("code")
        self._reset_requested = False
        self.boot0 = False
        self.protected = False
        self.boot_rom: BootRom | None = None
        self._erase_all()

    # --- running ----------------------------------------------------------------------------------

    @property
    def may_run(self) -> bool:
        """Whether `run_slice` does anything."""
        return self.state in (State.RUNNING, State.ASLEEP)

    def reset(self, cause: str = "") -> None:
        """Start what BOOT0 selects: the boot loader, or the program in flash if there is one.

        `cause` is one of `clocks.RESET_CAUSES`; without, the registers tell the same one again.
        """
        if cause:
            self.bus.rcc.note_reset(cause)
        if self.boot0 and self.spec.chip_id:
            self.boot_rom = BootRom(self, protected=self.protected)
            self.state = State.BOOT_ROM
        else:
            self.start_program()

    def start_program(self) -> None:
        """Start the program that is in flash, if there is one."""
        self.boot_rom = None
        self.bus.reset()
        self.state = State.RUNNING if self.bus.start(self.cpu, self.spec) else State.ERASED

    def run_slice(self) -> None:
        """Run for `SLICE_US` of the board's time at most, less if it falls asleep."""
        if not self.may_run:
            return
        counter = self.cpu.counter
        end = counter.cycles + SLICE_US * self.bus.rcc.core_hz // 1_000_000
        self.state = State.RUNNING
        begun = time.process_time()
        while counter.cycles < end and self.state is State.RUNNING:
            self._catch_up()
            stop = self.cpu.run(min(end, self.bus.system.tick_due))
            if self._reset_requested:
                self._reset_requested = False
                self.reset(SOFTWARE)
            elif stop is Stop.SLEEP:
                self._catch_up()
                if self.cpu.sleeps:
                    self.state = State.ASLEEP
            elif stop is Stop.LOCKUP:
                self.state = State.LOCKUP
        self.processor_seconds += time.process_time() - begun

    def _catch_up(self) -> None:
        """What timers and the serial port have to say to the core by now."""
        self.bus.system.tick()
        self.bus.update_serial_interrupt()

    def sleep_seconds(self) -> float:
        """How long the board would sleep if nothing came over the serial line."""
        due = self.bus.system.tick_due
        if due == NEVER:
            return 1.0
        return max(0.0, (due - self.cpu.counter.cycles) / self.bus.rcc.core_hz)

    def pass_time(self, seconds: float) -> None:
        """The core slept this long; its clock went on, up to the next timer."""
        counter = self.cpu.counter
        cycles = counter.cycles + int(seconds * self.bus.rcc.core_hz)
        due = self.bus.system.tick_due
        counter.cycles = max(counter.cycles, min(cycles, due) if due != NEVER else cycles)

    def _request_reset(self) -> None:
        self._reset_requested = True
        self.cpu.stop_soon()

    # --- programming ------------------------------------------------------------------------------

    def halt(self) -> None:
        """Stop the core."""
        if self.state is not State.ERASED:
            self.boot_rom = None
            self.state = State.HALTED

    def resume(self) -> None:
        """Let a halted core go on."""
        if self.state is State.HALTED:
            self.state = State.RUNNING

    def erase(self, address: int, size: int) -> None:
        """Erase the flash pages that hold `size` bytes from `address`.

        Raises:
            BoardError: that is not flash.
        """
        flash = self._flash
        self._check(flash, address, size)
        pages = flash.pages(address, size)
        starts = (*flash.page_starts(), flash.origin + flash.size_bytes)
        first, last = starts[pages[0]], starts[pages[-1] + 1]
        self.cpu.engine.mem_write(first, bytes([_ERASED]) * (last - first))
        self.cpu.code_changed()

    def write(self, address: int, data: bytes) -> None:
        """Program flash, or write RAM.

        Raises:
            BoardError: there is no memory, or flash is not erased there (programming only clears bits).
        """
        region = self._region(address, len(data))
        if region.kind == "flash":
            old = self.cpu.engine.mem_read(address, len(data))
            if any(new & ~before for new, before in zip(data, old, strict=True)):
                raise BoardError(f"The flash at 0x{address:08X} is not erased.", hint="Erase it first.")
        self.cpu.engine.mem_write(address, bytes(data))
        self.cpu.code_changed()

    def read(self, address: int, size: int) -> bytes:
        """Read memory.

        Raises:
            BoardError: there is none.
        """
        self._region(address, size)
        return bytes(self.cpu.engine.mem_read(address, size))

    def load_elf(self, path: Path) -> None:
        """Erase the flash and program a whole ELF file into it, and take its symbols.

        Raises:
            BadInputFile: the file is missing or no ELF file.
            BoardError: it does not fit this board's memory.
        """
        try:
            with path.open("rb") as stream:
                elf = ELFFile(stream)
                segments = [
                    (int(segment["p_paddr"]), bytes(segment.data()))
                    for segment in elf.iter_segments("PT_LOAD")
                    if segment["p_filesz"]
                ]
                symbols = {
                    symbol.name: int(symbol["st_value"])
                    for section in elf.iter_sections()
                    if isinstance(section, SymbolTableSection)
                    for symbol in section.iter_symbols()
                    if symbol["st_info"]["type"] == "STT_FUNC"
                }
        except (OSError, ELFError) as error:
            raise BadInputFile(
                f"{path.name} cannot be read as an ELF file: {error}.", hint="Build the firmware again."
            ) from error
        self._erase_all()
        for address, data in segments:
            self.write(address, data)
        self.set_symbols(symbols)

    def set_symbols(self, symbols: dict[str, int]) -> None:
        """Learn where the model's invoke is; other symbols are ignored."""
        entries = [address for name, address in symbols.items() if name.endswith("_invoke")]
        self.cpu.counter.invoke_entry = entries[0] & ~1 if len(entries) == 1 else 0
        self.cpu.counter.forget_invoke()

    def statistics(self) -> dict[str, object]:
        """Exact counts of the last complete call of invoke, and totals since the process began."""
        counter = self.cpu.counter
        seconds = self.processor_seconds
        return {
            "state": self.state.value,
            "pc": self.cpu.pc,
            "compiled": counter.compiled,
            "invoke_count": counter.invoke_count,
            "instructions": counter.invoke_instructions,
            "cycles": counter.invoke_cycles,
            "wait_cycles": counter.invoke_waits,
            "total_instructions": counter.instructions,
            "total_cycles": counter.cycles,
            "processor_seconds": seconds,
            "mips": counter.instructions / seconds / 1e6 if seconds else 0.0,
            "cfsr": self.cpu.exceptions.cfsr,
            "hfsr": self.cpu.exceptions.hfsr,
            "lockup": self.cpu.lockup_reason,
        }

    def _erase_all(self) -> None:
        self.erase(self._flash.origin, self._flash.size_bytes)

    def _region(self, address: int, size: int) -> MemoryRegion:
        for region in self.spec.regions:
            if region.origin <= address and address + size <= region.origin + region.size_bytes:
                return region
        raise BoardError(
            f"{self.spec.name} has no memory for {size} bytes at 0x{address:08X}.",
            hint="Build the firmware for this board.",
        )

    def _check(self, region: MemoryRegion, address: int, size: int) -> None:
        if size <= 0 or self._region(address, size) != region:
            raise BoardError(f"There is no flash at 0x{address:08X}.")
