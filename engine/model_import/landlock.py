"""Landlock, the Linux kernel's file access rules that a process sets on itself (landlock(7)).

What is not named cannot be opened, whoever owns it, and the rules cannot be taken back. Kernels from
5.13 have it; later versions add truncation (6.2), TCP (6.7), device control (6.10) and signals to
other processes (6.12).
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

# The same numbers on every processor.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_SET_NO_NEW_PRIVILEGES = 38

_WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
_ALL_OF_VERSION_1 = (1 << 13) - 1
_LATER_RIGHTS = ((2, 1 << 13), (3, _TRUNCATE), (5, 1 << 15))  # version, right
# Execute; make character, socket, pipe and block files, and symbolic links that a reader would follow.
_NEVER = (1 << 0) | (1 << 6) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12)
_ON_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE
_TCP = 0b11  # bind, connect; version 4
_SCOPES = 0b11  # abstract sockets, signals; version 6


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def landlock_version() -> int:
    """The kernel's version of Landlock, 0 where there is none."""
    try:
        return max(0, _system_call(_CREATE_RULESET, None, 0, _VERSION_FLAG))
    except OSError:
        return 0


def restrict_files(readable: Iterable[Path], writable: Iterable[Path], version: int) -> None:
    """Allow reading and writing below these paths alone, for good; no TCP, no signals to others.

    Paths that do not exist are passed over. Call it while the process has one thread: only the
    caller and threads started later are bound.

    Args:
        readable: files and folders that may be read.
        writable: files and folders that may also be written.
        version: from `landlock_version`, at least 1.

    Raises:
        OSError: the kernel refused.
    """
    rights = _ALL_OF_VERSION_1
    for needed, right in _LATER_RIGHTS:
        rights |= right if version >= needed else 0
    wanted = _Ruleset(rights, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _system_call(_CREATE_RULESET, ctypes.byref(wanted), size, 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ_FILE | _READ_DIRECTORY)
        for path in writable:
            _allow(ruleset, path, rights & ~_NEVER)
        forbid_new_privileges()
        _system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def forbid_new_privileges() -> None:
    """No program that this process could start gains rights: the kernel wants it before the rules.

    Raises:
        OSError: the kernel refused.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _ON_FILES
        rule = _PathBeneath(rights, handle)
        _system_call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(handle)


def _system_call(number: int, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    plain = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(library.syscall(ctypes.c_long(number), *plain))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return result
