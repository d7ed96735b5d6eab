# SPDX-License-Identifier: GPL-2.0-or-later
"""The counter in C.

block_hook.c is compiled at first use with the C compiler that Thimble brings along and kept in the
user's cache; where that fails, the same runs in Python, some thirty times slower.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import platformdirs
from unicorn import arm_const, unicorn_const
from unicorn.unicorn_py3 import unicorn as binding

from engine.child import run_tool
from engine.errors import EngineError
from engine.virtual_board.block_counter import (
    NEVER,
    PAGE_BYTES,
    RING_BYTES,
    BlockCounter,
    FindAccess,
    FindCost,
    ReadOther,
    SerialOffsets,
    WriteOther,
)
from engine.virtual_board.python_counter import PythonCounter
from engine.virtual_board.reads import Read
from engine.virtual_board.waits import Waits


class _BlockEntry(ctypes.Structure):
    _fields_ = [
        ("bytes", ctypes.c_uint32),
        ("cycles", ctypes.c_uint32),
        ("instructions", ctypes.c_uint32),
        ("refill", ctypes.c_uint8),
        ("unmasks", ctypes.c_uint8),
        ("reads", ctypes.c_uint8),
        ("seen", ctypes.c_uint8),
        ("first_read", ctypes.c_uint32),
        ("aligned", ctypes.c_uint32),
    ]


class _Read(ctypes.Structure):
    _fields_ = [
        ("a", ctypes.c_uint32),
        ("times_a", ctypes.c_int32),
        ("b", ctypes.c_uint32),
        ("times_b", ctypes.c_int32),
        ("offset", ctypes.c_uint32),
        ("bytes", ctypes.c_uint32),
        ("watched", ctypes.c_uint32),
    ]


class _Range(ctypes.Structure):
    _fields_ = [("start", ctypes.c_uint32), ("bytes", ctypes.c_uint32)]


_NewBlock = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.c_uint32)
_ReadOther = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint32)
_WriteOther = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint64)

# The binding declares these functions for callbacks in Python; here they get the address of one in C.
_AddHook = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_uint64,
    ctypes.c_uint64,
)
_DeleteHook = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
_MapPage = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_uint64,
    ctypes.c_size_t,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
)


def _of_type(kind: Any, names: str) -> list[tuple[str, Any]]:
    return [(name, kind) for name in names.split()]


_CACHE_LINES = 2048
_READS = 1 << 16
_WATCHED = 4


class _Cache(ctypes.Structure):
    _fields_ = [
        *_of_type(ctypes.c_uint32, "line_shift sets ways"),
        ("tags", ctypes.c_uint32 * _CACHE_LINES),
    ]


class _HookState(ctypes.Structure):
    _fields_ = [
        *_of_type(ctypes.c_uint64, "cycles instructions waits next_event"),
        *_of_type(ctypes.c_uint64, "invoke_begin_cycles invoke_begin_instructions invoke_begin_waits"),
        *_of_type(ctypes.c_uint64, "invoke_cycles invoke_instructions invoke_waits invoke_count"),
        *_of_type(ctypes.c_void_p, "table read_table"),
        ("new_block", _NewBlock),
        *_of_type(ctypes.c_void_p, "stop read_register read_memory"),
        ("read_other", _ReadOther),
        ("write_other", _WriteOther),
        *_of_type(ctypes.c_void_p, "received sent"),
        ("elsewhere", _BlockEntry),
        *_of_type(ctypes.c_uint32, "code_base code_halfwords previous_end block_start stopped"),
        *_of_type(
            ctypes.c_uint32, "interrupt_masked invoke_entry invoke_return invoke_stack inside_invoke"
        ),
        *_of_type(ctypes.c_uint32, "ring_bytes received_head received_tail sent_count"),
        *_of_type(ctypes.c_uint32, "status_offset received_offset to_send_offset"),
        *_of_type(ctypes.c_uint32, "status_idle status_waiting divided_by_zero"),
        *_of_type(ctypes.c_int, "register_lr register_sp register_r0"),
        *_of_type(ctypes.c_uint32, "flash_miss sequential_miss ram_miss one_cache"),
        *_of_type(_Cache, "instruction data"),
        ("watched", _Range * _WATCHED),
        ("unaligned", ctypes.c_uint32),
        ("access_of", ctypes.c_void_p),
        ("new_access", _NewBlock),
        *_of_type(ctypes.c_uint32, "looks_for_unaligned unaligned_block"),
    ]


class CompiledCounter:
    """The form in C. Its counters are those of the C structure."""

    compiled = True

    def __init__(self, library: Path, code_base: int, code_bytes: int) -> None:
        # bypasses __setattr__, which writes counters into the C structure
        self.__dict__["_state"] = _HookState()
        self._library = ctypes.CDLL(str(library))
        self._unicorn = binding.uclib
        self._table = (_BlockEntry * (code_bytes // 2))()
        self._reads = (_Read * _READS)()
        self._used_reads = 0
        self._received = (ctypes.c_uint8 * RING_BYTES)()
        self._sent = (ctypes.c_uint8 * RING_BYTES)()
        self._handles: list[ctypes.c_size_t] = []
        self._callbacks: list[Any] = []
        state = self._state
        state.next_event = NEVER
        state.looks_for_unaligned = 1
        state.table = ctypes.addressof(self._table)
        state.read_table = ctypes.addressof(self._reads)
        state.stop = _address(self._unicorn.uc_emu_stop)
        state.read_register = _address(self._unicorn.uc_reg_read)
        state.read_memory = _address(self._unicorn.uc_mem_read)
        state.received = ctypes.addressof(self._received)
        state.sent = ctypes.addressof(self._sent)
        state.ring_bytes = RING_BYTES
        state.code_base = code_base
        state.code_halfwords = code_bytes // 2
        state.status_offset = state.received_offset = state.to_send_offset = PAGE_BYTES
        state.register_lr = arm_const.UC_ARM_REG_LR
        state.register_sp = arm_const.UC_ARM_REG_SP
        state.register_r0 = arm_const.UC_ARM_REG_R0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_state"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _COUNTERS:
            setattr(self.__dict__["_state"], name, value)
        else:
            self.__dict__[name] = value

    def attach(self, engine: Any, find_cost: FindCost) -> None:
        """See `BlockCounter`."""
        self._engine = engine
        state = self._state

        def new_block(address: int, size: int) -> None:
            cost = find_cost(address, size)
            index = (address - state.code_base) >> 1
            inside = 0 <= index < state.code_halfwords
            entry = self._table[index] if inside else state.elsewhere
            entry.bytes = size
            entry.cycles = cost.cycles
            entry.instructions = cost.instructions
            entry.refill = cost.refill
            entry.unmasks = cost.unmasks
            self._keep_reads(entry, cost.reads if inside else (), cost.aligned if inside else ())

        state.new_block = self._kept(_NewBlock(new_block))
        self._add_hook(unicorn_const.UC_HOOK_BLOCK, self._library.on_block, 1, 0)

    def set_waits(self, waits: Waits) -> None:
        """See `BlockCounter`."""
        state = self._state
        state.flash_miss, state.ram_miss = waits.flash_miss, waits.ram_miss
        state.sequential_miss = waits.sequential_miss
        state.one_cache = waits.one_cache
        for cache, shape in ((state.instruction, waits.instruction), (state.data, waits.data)):
            ctypes.memset(ctypes.addressof(cache), 0, ctypes.sizeof(cache))
            if shape is not None:
                assert shape.sets * shape.ways <= _CACHE_LINES
                cache.line_shift = shape.line_bytes.bit_length() - 1
                cache.sets, cache.ways = shape.sets, shape.ways

    def watch_reads(self, ranges: Sequence[range]) -> None:
        """See `BlockCounter`."""
        assert len(ranges) <= _WATCHED
        for place, addresses in zip(self._state.watched, ranges, strict=False):
            place.start, place.bytes = addresses.start, len(addresses)

    def _keep_reads(self, entry: _BlockEntry, reads: Sequence[Read], aligned: Sequence[Read]) -> None:
        """Put a block's accesses into the table of loads; those beyond its end are not modelled."""
        used = self._used_reads
        reads = reads[: max(0, min(len(self._reads) - used, 255))]
        aligned = aligned[: max(0, len(self._reads) - used - len(reads))]
        entry.first_read, entry.reads, entry.seen, entry.aligned = used, len(reads), 0, len(aligned)
        for number, read in enumerate((*reads, *aligned)):
            self._put_read(used + number, read)
        self._used_reads += len(reads) + len(aligned)

    def _put_read(self, number: int, read: Read) -> None:
        place = self._reads[number]
        (place.a, place.times_a), (place.b, place.times_b) = (*read.terms, (0, 0), (0, 0))[:2]
        place.offset, place.bytes, place.watched = read.offset, read.size_bytes, 0

    def map_serial_page(
        self, page: int, serial: SerialOffsets, read: ReadOther, write: WriteOther
    ) -> None:
        """See `BlockCounter`."""
        state = self._state
        state.status_offset = serial.status
        state.received_offset, state.to_send_offset = serial.received, serial.to_send
        state.status_idle, state.status_waiting = serial.idle, serial.waiting
        state.read_other = self._kept(_ReadOther(read))
        state.write_other = self._kept(_WriteOther(write))
        user = ctypes.addressof(state)
        status = _MapPage(("uc_mmio_map", self._unicorn))(
            self._engine._uch,
            page,
            PAGE_BYTES,
            _address(self._library.read_page),
            user,
            _address(self._library.write_page),
            user,
        )
        if status != unicorn_const.UC_ERR_OK:
            raise binding.UcError(status)

    def hook_division(self, address: int) -> None:
        """See `BlockCounter`."""
        self._add_hook(unicorn_const.UC_HOOK_CODE, self._library.on_division, address, address)

    def hook_alignment(self, find_access: FindAccess) -> None:
        """See `BlockCounter`."""
        state = self._state
        self._access_of = (ctypes.c_uint32 * state.code_halfwords)()
        state.access_of = ctypes.addressof(self._access_of)

        def new_access(address: int, size: int) -> None:
            access, place = find_access(address, size), self._used_reads
            known = access is not None and place < len(self._reads)
            if access is not None and known:
                self._put_read(place, access)
                self._used_reads += 1
            self._access_of[(address - state.code_base) // 2] = place + 2 if known else 1

        state.new_access = self._kept(_NewBlock(new_access))
        self._alignment = self._add_hook(unicorn_const.UC_HOOK_CODE, self._library.on_instruction, 1, 0)

    def unhook_alignment(self) -> None:
        """See `BlockCounter`."""
        _DeleteHook(("uc_hook_del", self._unicorn))(self._engine._uch, self._alignment)

    def forget_blocks(self) -> None:
        """See `BlockCounter`."""
        ctypes.memset(self._table, 0, ctypes.sizeof(self._table))
        self._used_reads = 0
        if self._state.access_of:
            ctypes.memset(self._access_of, 0, ctypes.sizeof(self._access_of))

    def forget_invoke(self) -> None:
        """See `BlockCounter`."""
        self._state.inside_invoke = 0
        self._state.invoke_return = 0

    def receive(self, data: bytes) -> int:
        """See `BlockCounter`."""
        state = self._state
        head: int = state.received_head
        used: int = (head - state.received_tail) & 0xFFFFFFFF
        count = min(len(data), RING_BYTES - used)
        at = head % RING_BYTES
        first = min(count, RING_BYTES - at)
        ctypes.memmove(ctypes.addressof(self._received) + at, data[:first], first)
        ctypes.memmove(self._received, data[first:count], count - first)
        state.received_head = (head + count) & 0xFFFFFFFF
        return count

    def has_received(self) -> bool:
        """See `BlockCounter`."""
        return bool(self._state.received_head != self._state.received_tail)

    def drop_received(self) -> None:
        """See `BlockCounter`."""
        self._state.received_tail = self._state.received_head

    def take_sent(self) -> bytes:
        """See `BlockCounter`."""
        data = ctypes.string_at(self._sent, self._state.sent_count)
        self._state.sent_count = 0
        return data

    def _add_hook(self, kind: int, function: Any, begin: int, end: int) -> ctypes.c_size_t:
        handle = ctypes.c_size_t()
        self._handles.append(handle)
        status = _AddHook(("uc_hook_add", self._unicorn))(
            self._engine._uch,
            ctypes.byref(handle),
            kind,
            _address(function),
            ctypes.addressof(self._state),
            begin,
            end,
        )
        if status != unicorn_const.UC_ERR_OK:
            raise binding.UcError(status)
        return handle

    def _kept(self, callback: Any) -> Any:
        self._callbacks.append(callback)
        return callback


_COUNTERS = frozenset(entry[0] for entry in _HookState._fields_)


def make_counter(code_base: int, code_bytes: int, *, allow_compiled: bool = True) -> BlockCounter:
    """The form in C where it can be compiled or loaded, else the one in Python."""
    if allow_compiled:
        try:
            return CompiledCounter(_compiled_library(), code_base, code_bytes)
        except (EngineError, OSError) as error:
            sys.stderr.write(f"The virtual board runs without its compiled part: {error}\n")
    return PythonCounter(code_base, code_bytes)


def _compiled_library() -> Path:
    """Path of the shared library, compiled if this version of the source has not been yet."""
    source = Path(__file__).with_name("block_hook.c")
    digest = hashlib.sha256(source.read_bytes() + sys.platform.encode()).hexdigest()[:16]
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    folder = Path(platformdirs.user_cache_dir("thimble")) / "virtual-board"
    library = folder / f"block_hook-{digest}{suffix}"
    if not library.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            built = Path(work) / f"block_hook{suffix}"
            flags = ["-shared", "-O2", "-ffreestanding", "-nostdlib", "-fno-sanitize=all"]
            result = run_tool([str(_zig()), "cc", *flags, str(source), "-o", str(built)])
            if result.returncode != 0:
                raise OSError(result.stderr.strip()[-300:])
            os.replace(built, library)
    return library


def _zig() -> Path:
    """The compiler inside the package `ziglang`, by path, so that a frozen program finds it too."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        raise OSError("the package ziglang is not installed")
    return Path(spec.origin).with_name("zig.exe" if sys.platform == "win32" else "zig")


def _address(function: Any) -> int:
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address
