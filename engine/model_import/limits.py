"""How much of the machine one import may use; the child sets these limits on itself first.

Unix only: Windows has no such limits for a single process, so there the parent's clock is the only
bound, and `thimble-cli doctor` says so.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from engine.model_import.protection import Protection

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class ImportLimits:
    """Bounds of one import.

    Attributes:
        memory_bytes: private memory (heap, stacks, anonymous maps) that the child may hold.
        address_space_bytes: all that it may map, libraries and files included.
        cpu_seconds: processor time.
        wall_seconds: time on the clock; the parent ends the child after it.
        written_file_bytes: size of any one file that it writes.
        open_files: files open at the same time.
        processes: processes and threads, counted where the child has a user namespace of its own.
    """

    memory_bytes: int
    address_space_bytes: int
    cpu_seconds: int
    wall_seconds: float
    written_file_bytes: int
    open_files: int = 128
    processes: int = 64


def limits_for(file_bytes: int) -> ImportLimits:
    """Limits for a file of that size: a small file never gets the memory that a large one needs.

    PyTorch and its exporter hold 340 MB of private memory before the first weight; a network in
    conversion holds its weights about six times.
    """
    memory = 700 * _MEGABYTE + 6 * file_bytes
    return ImportLimits(
        memory_bytes=memory,
        address_space_bytes=memory + 3000 * _MEGABYTE,
        cpu_seconds=60 + file_bytes // _MEGABYTE,
        wall_seconds=120 + 4 * file_bytes / _MEGABYTE,
        written_file_bytes=64 * _MEGABYTE + 4 * file_bytes,
    )


def apply_limits(limits: ImportLimits) -> list[Protection]:
    """Set the limits on this process, for good; each row says whether the system took it."""
    rows = [
        ("memory", "RLIMIT_DATA", limits.memory_bytes, f"{limits.memory_bytes / 1e6:.0f} MB"),
        (
            "address space",
            "RLIMIT_AS",
            limits.address_space_bytes,
            f"{limits.address_space_bytes / 1e6:.0f} MB",
        ),
        ("processor time", "RLIMIT_CPU", limits.cpu_seconds, f"{limits.cpu_seconds} s"),
        (
            "file size",
            "RLIMIT_FSIZE",
            limits.written_file_bytes,
            f"{limits.written_file_bytes / 1e6:.0f} MB",
        ),
        ("open files", "RLIMIT_NOFILE", limits.open_files, str(limits.open_files)),
        ("core dumps", "RLIMIT_CORE", 0, "none"),
    ]
    return [
        Protection(f"limit of {name}", _set_limit(constant, value), detail)
        for name, constant, value, detail in rows
    ]


def apply_process_limit(limits: ImportLimits) -> Protection:
    """Bound processes and threads. Only inside a user namespace: elsewhere the user's others count."""
    return Protection(
        "limit of processes", _set_limit("RLIMIT_NPROC", limits.processes), str(limits.processes)
    )


def _set_limit(constant: str, value: int) -> bool:
    if sys.platform == "win32":
        return False
    import resource

    which = getattr(resource, constant, None)
    if which is None:
        return False
    _soft, hard = resource.getrlimit(which)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    # At the soft limit of time comes a signal that says so, only at the hard one plain death.
    ceiling = bound + 1 if constant == "RLIMIT_CPU" and bound != hard else bound
    try:
        resource.setrlimit(which, (bound, ceiling))
    except (OSError, ValueError):
        return False
    return resource.getrlimit(which) == (bound, ceiling)
