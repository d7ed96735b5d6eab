"""A board is a chip on a circuit, read from `resources/boards/<id>.toml`.

`BoardSpec` answers what planning, firmware, flashing and the virtual board need to know; nothing in
it is guessed from the id. Adding a board is adding a file: see CONTRIBUTING.md.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from engine.errors import UsageError
from engine.resources import resource


class MemoryRegion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One memory of the chip.

    Attributes:
        name: `FLASH`, `RAM`, `CCM`, `DTCM`, ...
        kind: `flash` or `ram`.
        origin: first address.
        size_bytes: length.
        use: `code` (flash), `arena`, `data` (stack, .data, .bss) or `spare`.
        page_bytes: erase granularity of a flash (the largest sector), 0 for RAM.
        sectors: where sectors differ in size, `[count, bytes]` in order of address.
    """

    name: str
    kind: str
    origin: int
    size_bytes: int
    use: str
    page_bytes: int = 0
    sectors: list[tuple[int, int]] = []

    def page_starts(self) -> tuple[int, ...]:
        """First address of every page or sector of a flash, in order: its index is its number."""
        groups = self.sectors or [(self.size_bytes // self.page_bytes, self.page_bytes)]
        sizes = [size for count, size in groups for _ in range(count)]
        return tuple(self.origin + sum(sizes[:number]) for number in range(len(sizes)))

    def pages(self, address: int, size_bytes: int) -> list[int]:
        """Numbers of the pages that hold this range."""
        starts = self.page_starts()
        ends = [*starts[1:], self.origin + self.size_bytes]
        return [
            number
            for number, (start, end) in enumerate(zip(starts, ends, strict=True))
            if start < address + size_bytes and address < end
        ]


class Uart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One serial port of the chip: register block, interrupt number, pins and alternate function."""

    name: str
    base: int
    irq: int
    tx_pin: str
    rx_pin: str
    alternate_function: int
    wiring: str


class CacheShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cache of `sets` times `ways` lines; powers of two."""

    line_bytes: int
    sets: int
    ways: int


class MemoryTiming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What memories of a chip family cost: see resources/firmware/timing.toml."""

    clock_ratio: int
    flash_extra_cycles: int
    ram_miss_cycles: int
    prefetched_bytes: int
    instruction: CacheShape
    data: CacheShape
    one_cache: bool = False


class CoreTiming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far simulated cycles of a core may be off, and what they rest on."""

    error_percent: float
    basis: str


class _TimingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    core: dict[str, CoreTiming]
    memory: dict[str, MemoryTiming]


class BoardSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One board.

    Attributes:
        id: file name without ending, used by `--board`.
        name: for people.
        core: `cortex-m4f`, `cortex-m7f`, `cortex-m0plus`.
        family: folder under `resources/firmware/platform/`, for example `stm32f4`.
        kernels: kernel family by default, `dsp`, `dsp-m7`, `thumb` or `portable`.
        compiler_cpu: zig's `-mcpu` value; `gcc_flags`: the same for arm-none-eabi-gcc.
        clock_hz: core clock that the start-up code sets.
        crystal_hz: crystal or clock signal at the HSE pins, 0 if there is none.
        crystal_bypass: it is a clock signal, as a Nucleo board's ST-LINK gives.
        flash_wait_states: at `clock_hz`.
        reserved_flash_bytes, reserved_ram_bytes: what the user's own application keeps by default.
        regions: memories, flash first.
        uart: the telemetry port. bootloader_uart: name of the port the ROM loader listens on.
        chip_id: what the ROM loader answers to Get ID (AN2606), 0 if the chip has none; an STM32 holds
            the same number in its DBGMCU_IDCODE, where a probe reads it.
        probe_target: pyOCD's name of the chip, empty where the board is no particular one.
        drive_codes: first four digits of the code that the board's own drive gives in MBED.HTM.
        boot_block_bytes: at the start of flash, for what the ROM checks and starts before the program; 0
            where it starts the program itself.
        costs: table of costs.toml to predict by, empty for that of `core`.
        links: ways to reach it: `virtual`, `probe`, `serial-bootloader`, `drive`, `dfu`.
        source: datasheet and manual the facts come from.
    """

    id: str
    name: str
    core: str
    family: str
    kernels: str
    compiler_cpu: str
    gcc_flags: list[str]
    clock_hz: int
    flash_wait_states: int
    reserved_flash_bytes: int
    reserved_ram_bytes: int
    regions: list[MemoryRegion]
    uart: Uart
    bootloader_uart: str
    links: list[str]
    source: str
    chip_id: int = 0
    probe_target: str = ""
    drive_codes: list[str] = []
    crystal_hz: int = 0
    crystal_bypass: bool = False
    boot_block_bytes: int = 0
    costs: str = ""

    @property
    def flash_bytes(self) -> int:
        """All flash of the chip."""
        return sum(r.size_bytes for r in self.regions if r.kind == "flash")

    @property
    def ram_bytes(self) -> int:
        """All RAM of the chip, over its regions."""
        return sum(r.size_bytes for r in self.regions if r.kind == "ram")

    @property
    def flash_budget_bytes(self) -> int:
        """Flash left for the model's firmware."""
        return self.flash_bytes - self.reserved_flash_bytes

    @property
    def arena_budget_bytes(self) -> int:
        """RAM of the region that holds the arena, less what the application keeps."""
        return self.region("arena").size_bytes - self.reserved_ram_bytes

    @property
    def costs_name(self) -> str:
        """Whose costs predict this board's."""
        return self.costs or self.core

    @property
    def core_timing(self) -> CoreTiming:
        """Error bar and basis of simulated cycles."""
        timings = _timing_file().core
        return timings.get(self.costs_name, timings[self.core])

    @property
    def memory_timing(self) -> MemoryTiming:
        """Wait states and caches, as simulated."""
        return _timing_file().memory[self.family]

    @property
    def cycle_error_percent(self) -> float:
        """Half the width of the error bar of simulated cycles."""
        return self.core_timing.error_percent

    @property
    def arena_regions(self) -> tuple[MemoryRegion, ...]:
        """Memories that may hold the arena, the best first: the one beside the core, with the data."""
        found = [region for region in self.regions if "arena" in region.use.split("+")]
        return tuple(sorted(found, key=lambda region: "data" not in region.use.split("+")))

    def region(self, use: str) -> MemoryRegion:
        """The first region with this use; one region may serve as `arena` and `data` at once.

        Raises:
            KeyError: the board has no such region.
        """
        for region in self.regions:
            if use in region.use.split("+"):
                return region
        raise KeyError(use)


@cache
def _timing_file() -> _TimingFile:
    text = resource("firmware", "timing.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _TimingFile)


@cache
def board_ids() -> tuple[str, ...]:
    """Ids of all known boards by name, the generic ones last."""
    found = (path.stem for path in resource("boards").glob("*.toml"))
    return tuple(sorted(found, key=lambda board_id: (board_id.startswith("cortex-"), board_id)))


def boards_with_chip(chip_id: int) -> tuple[BoardSpec, ...]:
    """Known boards whose chip says this product id to its boot loader."""
    boards = (load_board(board_id) for board_id in board_ids())
    return tuple(board for board in boards if board.chip_id == chip_id)


def load_board(board_id: str) -> BoardSpec:
    """The board with this id.

    Raises:
        UsageError: there is no such board, or its file is not valid (the key is named).
    """
    if board_id not in board_ids():
        raise UsageError(
            f"There is no board called {board_id}.", hint=f"Known boards: {', '.join(board_ids())}."
        )
    return read_board_file(resource("boards", f"{board_id}.toml"))


def read_board_file(path: Path) -> BoardSpec:
    """Read and check one board file.

    Raises:
        UsageError: the file is not TOML, or a key is missing, unknown or of the wrong type.
    """
    try:
        return msgspec.convert({"id": path.stem, **tomllib.loads(path.read_text("utf-8"))}, BoardSpec)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The board file {path.name} is not valid: {error}.", hint="Compare it with stm32f407.toml."
        ) from error
