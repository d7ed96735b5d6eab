"""A process gives up its rights before it opens a file that a stranger made.

`confine` must run first, while the process has one thread and before PyTorch is loaded. Every
protection is asked for by itself, and says whether this system gave it: Linux has them all, macOS the
limits, Windows only the empty environment and the temporary folder that the parent sets up.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.model_import.landlock import forbid_new_privileges, landlock_version, restrict_files
from engine.model_import.limits import ImportLimits, apply_limits, apply_process_limit
from engine.model_import.protection import Protection
from engine.model_import.seccomp import filter_system_calls

_PARENT_DEATH_SIGNAL = 1  # prctl
_NEW_USER, _NEW_NETWORK, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_CAPABILITY_VERSION_3 = 0x20080522

# What Python and PyTorch read besides their own folders; nothing here is secret.
_SYSTEM_READABLE = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/kernel",
    "/proc/sys/vm",
    "/sys/devices/system",
)
_SYSTEM_WRITABLE = ("/dev/null",)


def confine(limits: ImportLimits, *, readable: Sequence[Path], writable: Path) -> list[Protection]:
    """Give up all rights that reading a model does not need, for good.

    Args:
        limits: of memory, time and files.
        readable: the model's file or folder; Python and its packages are added.
        writable: the only folder that may be written.

    Returns:
        One row per protection, active or with the reason why not.
    """
    rows = apply_limits(limits)
    if sys.platform != "linux":
        return rows + [Protection(name, False, "Linux only") for name in _LINUX_PROTECTIONS]
    _end_with_parent()
    namespace = _attempt("no network (namespaces)", _leave_network)
    rows.append(namespace)
    if namespace.active:
        rows.append(apply_process_limit(limits))
    version = landlock_version()
    rows.append(
        _attempt(
            f"only its own files (Landlock {version or ''})".replace(" )", ")"),
            lambda: _restrict_files([*readable, *_python_folders()], writable, version),
        )
    )
    rows.append(_attempt("no programs, no sockets (seccomp)", _filter_calls))
    return rows


_LINUX_PROTECTIONS = (
    "no network (namespaces)",
    "only its own files (Landlock)",
    "no programs, no sockets (seccomp)",
)


def _attempt(name: str, protect: Callable[[], None]) -> Protection:
    try:
        protect()
    except OSError as error:
        return Protection(name, False, error.strerror or str(error))
    return Protection(name, True)


def _end_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def _leave_network() -> None:
    """A user namespace of our own, in it one of network without any interface, and no capability."""
    user, group = os.getuid(), os.getgid()
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_NEW_USER | _NEW_NETWORK | _NEW_IPC) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path("/proc/self", name).write_text(text)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if library.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _restrict_files(readable: Sequence[Path], writable: Path, version: int) -> None:
    if version < 1:
        raise OSError(errno.ENOSYS, "this kernel does not have it")
    system = [Path(path) for path in _SYSTEM_READABLE]
    restrict_files([*readable, *system], [writable, *(Path(path) for path in _SYSTEM_WRITABLE)], version)


def _filter_calls() -> None:
    forbid_new_privileges()
    filter_system_calls()


def _python_folders() -> list[Path]:
    """Where Python finds modules, but of a checkout only the package itself."""
    package = Path(__file__).resolve().parent.parent
    found = {Path(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    found |= {Path(entry).resolve() for entry in sys.path if entry}
    if (package.parent / "pyproject.toml").exists():
        found -= {package.parent}
        found |= {package, package.parent / "resources"}
    bundle = getattr(sys, "_MEIPASS", None)  # a frozen program unpacks itself there
    return [*sorted(found), *([Path(bundle)] if bundle else [])]
