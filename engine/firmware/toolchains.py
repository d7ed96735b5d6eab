"""C compilers for Cortex-M behind one contract: zig (always installed), then arm-none-eabi-gcc if found.

Both take the same sources and the same linker script. Zig's flags follow its `-mcpu` names, which the
board file holds; freestanding C with the compiler's own run-time library for memcpy, 64-bit division,
soft float and expf.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import platformdirs

from engine.boards import BoardSpec
from engine.child import run_tool
from engine.errors import BuildFailed, UsageError

_COMMON_FLAGS = (
    "-std=c11",
    "-g1",  # functions and lines, for faults; they stay in the ELF file and out of flash
    "-Wall",
    "-ffreestanding",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-strict-aliasing",
    "-ffp-contract=off",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
)


@dataclass(frozen=True)
class Toolchain:
    """One compiler.

    Attributes:
        name: `zig` or `gcc`.
        program: the command that compiles and links.
        version: as the compiler states it.
        environment: variables that its processes need.
    """

    name: str
    program: tuple[str, ...]
    version: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Name and version for people."""
        return f"{self.name} {self.version}"

    def target_flags(self, board: BoardSpec, *, aligned: bool = False) -> list[str]:
        """Flags that select the core, its FPU and its calling convention."""
        if self.name == "gcc":
            return [*board.gcc_flags, *(["-mno-unaligned-access"] if aligned else [])]
        has_fpu = "+fp" in board.compiler_cpu or "+vfp" in board.compiler_cpu
        abi = "eabihf" if has_fpu else "eabi"
        return [
            "-target",
            f"thumb-freestanding-{abi}",
            f"-mcpu={board.compiler_cpu}{'+strict_align' if aligned else ''}",
            "-fno-sanitize=all",
        ]

    def compile_command(
        self,
        source: Path,
        target: Path,
        board: BoardSpec,
        *,
        optimise: str,
        aligned: bool = False,
        includes: Sequence[Path] = (),
        defines: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The command that turns one C file into one object file.

        Run in the target's folder, it leaves no path of this computer in the object file.

        Args:
            source: the C file.
            target: the object file.
            board: selects the core.
            optimise: `-O3` for kernels, `-Os` for the platform.
            aligned: never join bytes to one access that may not be aligned.
            includes: folders searched for headers.
            defines: macros.
        """
        own_folders = (target.parent, source.parent, *includes)
        return [
            *self.program,
            *self.target_flags(board, aligned=aligned),
            *_COMMON_FLAGS,
            optimise,
            *(f"-fdebug-prefix-map={folder}=." for folder in own_folders),
            *(f"-I{folder}" for folder in includes),
            *(f"-D{name}={value}" for name, value in (defines or {}).items()),
            "-c",
            str(source),
            "-o",
            str(target),
        ]

    def link_command(
        self, objects: Sequence[Path], elf: Path, script: Path, board: BoardSpec
    ) -> list[str]:
        """The command that links object files by a linker script."""
        flags = ["-Wl,--gc-sections", f"-Wl,-T,{script}"]
        libraries: list[str] = []
        if self.name == "gcc":
            flags += ["-nostartfiles", "-Wl,--no-warn-rwx-segments"]
            libraries = ["-lm"]
        return [
            *self.program,
            *self.target_flags(board),
            "-ffreestanding",
            *flags,
            *map(str, objects),
            *libraries,
            "-o",
            str(elf),
        ]


def find_toolchain(name: str | None = None) -> Toolchain:
    """The toolchain called `name` (`zig`, `gcc`), or the first that is installed.

    Raises:
        UsageError: there is no toolchain of that name.
        BuildFailed: it is not installed.
    """
    finders = {"zig": _find_zig, "gcc": _find_gcc}
    if name is not None and name not in finders:
        raise UsageError(f"There is no toolchain called {name}.", hint="Known toolchains: zig, gcc.")
    for finder in [finders[name]] if name else finders.values():
        found = finder()
        if found is not None:
            return found
    raise BuildFailed(
        f"The C compiler {name or 'zig'} is not installed.",
        hint="Install it with: pip install ziglang",
    )


def available_toolchains() -> tuple[Toolchain, ...]:
    """Every toolchain that is installed, the default first."""
    return tuple(t for t in (_find_zig(), _find_gcc()) if t is not None)


@cache
def _find_zig() -> Toolchain | None:
    spec = importlib.util.find_spec("ziglang")
    if spec is None or not spec.submodule_search_locations:
        return None
    program = Path(spec.submodule_search_locations[0]) / (
        "zig.exe" if sys.platform == "win32" else "zig"
    )
    if not program.is_file():
        return None
    cache_folder = os.environ.get("ZIG_GLOBAL_CACHE_DIR") or str(
        platformdirs.user_cache_path("thimble-studio", appauthor=False) / "zig"
    )
    environment = {"ZIG_GLOBAL_CACHE_DIR": cache_folder, "ZIG_LOCAL_CACHE_DIR": cache_folder}
    version = _version([str(program), "version"], environment)
    return Toolchain("zig", (str(program), "cc"), version, environment) if version else None


@cache
def _find_gcc() -> Toolchain | None:
    program = shutil.which("arm-none-eabi-gcc")
    if program is None:
        return None
    version = _version([program, "-dumpfullversion"], {})
    return Toolchain("gcc", (program,), version) if version else None


def _version(command: list[str], environment: Mapping[str, str]) -> str:
    result = run_tool(command, timeout_seconds=60, env=environment)
    return result.stdout.strip() if result.returncode == 0 else ""
