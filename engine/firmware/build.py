"""Compile and link a generated network with a board's platform into a firmware image."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from engine.boards import BoardSpec, MemoryRegion
from engine.child import run_tool
from engine.errors import BuildFailed, DoesNotFit
from engine.events import CancelToken, Report, StageProgress, discard
from engine.firmware import cmsis_nn
from engine.firmware.generate import GeneratedModel
from engine.firmware.toolchains import Toolchain, find_toolchain
from engine.plan import Optimise
from engine.resources import resource
from engine.summaries import BuildSummary
from engine.text_templates import templates_in

STACK_BYTES = 2048
_LEVELS: dict[Optimise, str] = {"speed": "-O3", "size": "-Os"}
_STAGE = "build"
FRONT_END_MACRO = "THIMBLE_FRONT_END"
BOOT_BLOCK = ".boot_block"
_PARALLEL_UNITS = 2

# Which part of the image each section of link.ld.jinja is.
_FLASH_PARTS = {
    BOOT_BLOCK: "boot block",
    ".weights": "weights",
    ".code": "kernels",
    ".tables": "tables",
    ".front_end": "front-end",
    ".text": "platform",
    ".rodata": "platform",
    ".vectors": "vectors",
    ".data": "initial data",
}
_RAM_PARTS = {".arena": "arena", ".data": "data", ".bss": "data", ".stack": "stack"}


@dataclass(frozen=True)
class ImageSizes:
    """Bytes of a linked image by part, in flash and in RAM."""

    flash_parts: dict[str, int]
    ram_parts: dict[str, int]

    @property
    def flash_bytes(self) -> int:
        """All bytes of flash, without padding between sections."""
        return sum(self.flash_parts.values())

    @property
    def ram_bytes(self) -> int:
        """All bytes of RAM that the image occupies, the reserved stack included."""
        return sum(self.ram_parts.values())


def build_firmware(
    generated: GeneratedModel,
    board: BoardSpec,
    folder: Path,
    *,
    kernels: str = "",
    optimise: Optimise = "speed",
    toolchain: str | None = None,
    report: Report = discard,
    cancel: CancelToken | None = None,
) -> BuildSummary:
    """Build `firmware.elf` and `firmware.bin`.

    Args:
        generated: the network's C files.
        board: the chip, its memories and its platform sources.
        folder: where the image goes; created if missing.
        kernels: name of the kernel family for the summary; by default told from the kernels' names.
        optimise: what the network's code is compiled for; the platform's is always small.
        toolchain: `zig` or `gcc`, None for the first that is installed.
        report: told after each compile unit.
        cancel: checked during each compile unit.

    Returns:
        Sizes by part; `elf` and `bin` relative to `folder`.

    Raises:
        BuildFailed: the compiler or linker refused.
        DoesNotFit: the image is larger than a memory of the chip.
        Cancelled: `cancel` was set.
    """
    started = time.monotonic()
    cancel = cancel or CancelToken()
    tools = find_toolchain(toolchain)
    folder.mkdir(parents=True, exist_ok=True)
    objects_folder = folder / "objects"
    shutil.rmtree(objects_folder, ignore_errors=True)
    objects_folder.mkdir()
    script = folder / "link.ld"
    objects = _compile(tools, generated, board, objects_folder, _LEVELS[optimise], report, cancel)
    elf, image = folder / "firmware.elf", folder / "firmware.bin"
    has_front_end = FRONT_END_MACRO in generated.defines
    *others, last = board.arena_regions
    for arena in (*others, last):
        write_linker_script(board, script, arena=arena, front_end=has_front_end)
        result = run_tool(
            tools.link_command(objects, elf, script, board), cancel=cancel, env=tools.environment
        )
        if result.returncode == 0:
            break
        if arena is last or not _overflows(result.stderr, arena):
            _refuse_link(result.stderr, board)
    shutil.rmtree(objects_folder)
    if board.boot_block_bytes:
        seal_boot_block(elf)
    content = flash_image(elf)
    image.write_bytes(content)
    sizes = image_sizes(elf)
    padding = len(content) - sizes.flash_bytes
    flash_parts = {**sizes.flash_parts, **({"padding": padding} if padding else {})}
    return BuildSummary(
        model=generated.name,
        board=board.id,
        elf=elf.name,
        bin=image.name,
        flash_bytes=len(content),
        ram_bytes=sizes.ram_bytes,
        flash_parts=flash_parts,
        ram_parts=sizes.ram_parts,
        toolchain=tools.title,
        kernels=kernels or ("dsp" if any("_dsp" in k for k in generated.kernels) else "portable"),
        seconds=round(time.monotonic() - started, 3),
        model_hash=generated.model_hash,
    )


def write_linker_script(
    board: BoardSpec, path: Path, *, arena: MemoryRegion | None = None, front_end: bool = False
) -> Path:
    """Write the linker script for a board's memories and return its path.

    Args:
        board: the memories.
        path: the script.
        arena: the memory that gets the arena, by default the best one.
        front_end: whether the firmware has one.
    """
    environment = templates_in("firmware", "templates")
    text = environment.get_template("link.ld.jinja").render(
        board=board,
        regions=board.regions,
        flash=board.region("code").name,
        data=board.region("data").name,
        arena=(arena or board.arena_regions[0]).name,
        stack_bytes=STACK_BYTES,
        front_end=front_end,
        boot_block_bytes=board.boot_block_bytes,
    )
    path.write_text(text, "utf-8", newline="\n")
    return path


def platform_defines(board: BoardSpec) -> dict[str, str]:
    """The macros that tell the platform's sources about the board: see platform.h."""
    uart = board.uart
    (tx_port, tx_pin), (rx_port, rx_pin) = _port_and_pin(uart.tx_pin), _port_and_pin(uart.rx_pin)
    return {
        "THIMBLE_BOARD_ID": f'"{board.id}"',
        "THIMBLE_CLOCK_HZ": str(board.clock_hz),
        "THIMBLE_HSE_HZ": str(board.crystal_hz),
        "THIMBLE_HSE_BYPASS": str(int(board.crystal_bypass)),
        "THIMBLE_UART_BASE": f"0x{uart.base:08X}",
        "THIMBLE_UART_IRQ": str(uart.irq),
        "THIMBLE_UART_AF": str(uart.alternate_function),
        "THIMBLE_UART_TX_PORT": str(tx_port),
        "THIMBLE_UART_TX_PIN": str(tx_pin),
        "THIMBLE_UART_RX_PORT": str(rx_port),
        "THIMBLE_UART_RX_PIN": str(rx_pin),
    }


def _port_and_pin(name: str) -> tuple[int, int]:
    """`PB10` is port 1, pin 10; `GP1` of a chip without ports is pin 1."""
    if name.startswith("GP"):
        return 0, int(name[2:])
    return ord(name[1]) - ord("A"), int(name[2:])


def seal_boot_block(elf: Path) -> None:
    """Write the checksum of the boot block into its last word, as the RP2040's ROM wants it."""
    with elf.open("r+b") as stream:
        section = ELFFile(stream).get_section_by_name(BOOT_BLOCK)
        if section is None:
            raise BuildFailed("The linked image has no boot block.")
        block = section.data()[:-4]
        stream.seek(section["sh_offset"] + len(block))
        stream.write(boot_checksum(block).to_bytes(4, "little"))


def boot_checksum(block: bytes) -> int:
    """CRC-32 with the polynomial 0x04C11DB7, most significant bit first, from all ones, not inverted."""
    crc = 0xFFFF_FFFF
    for byte in block:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C1_1DB7 if crc >> 31 else 0)) & 0xFFFF_FFFF
    return crc


def image_sizes(elf: Path) -> ImageSizes:
    """Sizes of a linked image by part, from its section headers."""
    flash: dict[str, int] = {}
    ram: dict[str, int] = {}
    with elf.open("rb") as stream:
        for section in ELFFile(stream).iter_sections():
            name, size = section.name, int(section["sh_size"])
            if size and name in _FLASH_PARTS:
                part = _FLASH_PARTS[name]
                flash[part] = flash.get(part, 0) + size
            if size and name in _RAM_PARTS:
                part = _RAM_PARTS[name]
                ram[part] = ram.get(part, 0) + size
    return ImageSizes(flash, ram)


def flash_image(elf: Path) -> bytes:
    """The bytes from the first flash address to the last, gaps filled with 0xFF (erased flash)."""
    pieces: list[tuple[int, bytes]] = []
    with elf.open("rb") as stream:
        for segment in ELFFile(stream).iter_segments():
            if segment["p_type"] == "PT_LOAD" and segment["p_filesz"] > 0:
                pieces.append((int(segment["p_paddr"]), segment.data()))
    if not pieces:
        raise BuildFailed("The linked image is empty.")
    start = min(address for address, _ in pieces)
    end = max(address + len(data) for address, data in pieces)
    image = bytearray(b"\xff" * (end - start))
    for address, data in pieces:
        image[address - start : address - start + len(data)] = data
    return bytes(image)


def _compile(
    tools: Toolchain,
    generated: GeneratedModel,
    board: BoardSpec,
    folder: Path,
    level: str,
    report: Report,
    cancel: CancelToken,
) -> list[Path]:
    common = resource("firmware", "platform", "common")
    family = resource("firmware", "platform", board.family)
    includes = (generated.folder, common, family, *generated.includes)
    defines = platform_defines(board)
    defines |= generated.defines
    # The largest first, so that the two lanes end together.
    units = [(source, level, False) for source in generated.sources]
    if any(header.name == cmsis_nn.HEADER for header in generated.headers):
        library = cmsis_nn.require_sources()
        units += [(source, level, False) for source in library.sources]
        includes += library.includes
        defines |= library.defines
    # Kernels gain by accesses that are not aligned; the platform must work where those fault, too.
    platform = sorted([*common.glob("*.c"), *family.glob("*.c")])
    units += [(source, "-Os", True) for source in platform]
    done = 0
    lock = threading.Lock()

    def compile_unit(unit: tuple[Path, str, bool]) -> Path:
        nonlocal done
        source, optimise, aligned = unit
        cancel.check()
        target = folder / f"{source.stem}.o"
        command = tools.compile_command(
            source,
            target,
            board,
            optimise=optimise,
            aligned=aligned,
            includes=includes,
            defines=defines,
        )
        result = run_tool(command, cwd=folder, cancel=cancel, env=tools.environment)
        if result.returncode != 0:
            raise BuildFailed(
                f"The compiler refused {source.name}: {_first_error(result.stderr)}",
                hint="This is a fault of Thimble or of its installation; run: thimble-cli doctor",
                log=result.stderr[-20_000:],
            )
        with lock:
            done += 1
            report(StageProgress(stage=_STAGE, done=done, total=len(units) + 1, unit="files"))
        return target

    with ThreadPoolExecutor(_PARALLEL_UNITS) as pool:
        futures = [pool.submit(compile_unit, unit) for unit in units]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


_OVERFLOW = r"region [`'](\w+)'.*?overflowed by (\d+) bytes"


def _overflows(log: str, region: MemoryRegion) -> bool:
    """Whether this memory alone was too small."""
    return {name for name, _ in re.findall(_OVERFLOW, log)} == {region.name}


def _refuse_link(log: str, board: BoardSpec) -> None:
    overflow = re.search(_OVERFLOW, log)
    if overflow:
        name, bytes_over = overflow[1], int(overflow[2])
        size = next((r.size_bytes for r in board.regions if r.name == name), 0)
        needed = (size + bytes_over + 1023) // 1024
        raise DoesNotFit(
            f"{name}: needs {needed} KB, {board.name} has {size // 1024} KB.",
            hint="Prune the model, lower its input size, or choose a larger board.",
            region=name,
            bytes_over=bytes_over,
        )
    raise BuildFailed(
        f"The linker refused the firmware: {_first_error(log)}",
        hint="This is a fault of Thimble or of its installation; run: thimble-cli doctor",
        log=log[-20_000:],
    )


def _first_error(log: str) -> str:
    lines: Sequence[str] = [line for line in log.splitlines() if "error" in line.lower()]
    return (lines or log.splitlines() or ["no message"])[0][:300]
