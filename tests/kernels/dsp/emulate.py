# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls a network inside an ELF image on an emulated core and counts every instruction.

A process of its own (it imports Unicorn), started by tests/helpers/kernel_harness.py:

    emulate.py IMAGE.elf REQUEST.npz RESULT.npz CORE

REQUEST: `arena_bytes`, `input_bytes`, `output_bytes`, `layers`, `inputs` uint8 (n, input_bytes).
RESULT: `outputs` uint8 (n, output_bytes), `instructions` int64 (n,) from entry to return of invoke,
`cycles` likewise by the core's cycle model,
`layer_instructions` int64 (n, layers) of a second invoke, `guards_intact` bool.
"""

from __future__ import annotations

import struct
import sys

import numpy as np
import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const as reg

from engine.virtual_board.timing import block_cost

RAM, RAM_BYTES = 0x2000_0000, 16 << 20
CONTEXT, ARENA, STACK, GUARD = RAM + 0x10_0000, RAM + 0x20_0000, RAM + 0xF0_0000, 4096
RETURN = 0x0FFF_0000


CPU_MODELS = {
    "cortex-m0plus": reg.UC_CPU_ARM_CORTEX_M0,
    "cortex-m4f": reg.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7f": reg.UC_CPU_ARM_CORTEX_M7,
}


class Machine:
    def __init__(self, path: str, core: str) -> None:
        self.uc = uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        uc.ctl_set_cpu_model(CPU_MODELS[core])
        uc.mem_map(0, 16 << 20, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        uc.mem_map(RETURN, 0x1000, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        uc.mem_map(RAM, RAM_BYTES, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
        with open(path, "rb") as file:
            for segment in ELFFile(file).iter_segments():
                if segment["p_type"] == "PT_LOAD" and segment["p_filesz"]:
                    uc.mem_write(segment["p_paddr"], segment.data())
        self.core = core
        self.instructions = 0
        self.cycles = 0
        self._end = 0
        self._counts: dict[tuple[int, int], tuple[int, int, int]] = {}
        self.layer_entry = -1
        self.layer_marks: list[int] = []
        uc.hook_add(unicorn.UC_HOOK_BLOCK, self._block)

    def _block(self, uc: unicorn.Uc, address: int, size: int, _: object) -> None:
        if address == RETURN:
            return
        count = self._counts.get((address, size))
        if count is None:
            code = bytes(uc.mem_read(address, size))
            cost = block_cost(self.core, code, address)
            count = self._counts[address, size] = thumb_instructions(code), cost.cycles, cost.refill
        if address == self.layer_entry:
            self.layer_marks.append(self.instructions)
        self.instructions += count[0]
        self.cycles += count[1] + (count[2] if address != self._end else 0)
        self._end = address + size

    def call(self, address: int, *arguments: int) -> int:
        uc = self.uc
        for number, value in enumerate(arguments):
            uc.reg_write(reg.UC_ARM_REG_R0 + number, value)
        uc.reg_write(reg.UC_ARM_REG_SP, STACK)
        uc.reg_write(reg.UC_ARM_REG_LR, RETURN | 1)
        saved = [0x1111_1111 * (n + 1) for n in range(8)]
        for n, value in enumerate(saved):
            uc.reg_write(reg.UC_ARM_REG_R4 + n, value)
        uc.emu_start(address | 1, RETURN)
        for n, value in enumerate(saved):
            assert uc.reg_read(reg.UC_ARM_REG_R4 + n) == value, f"r{4 + n} was not preserved"
        assert uc.reg_read(reg.UC_ARM_REG_SP) == STACK, "sp was not preserved"
        return int(uc.reg_read(reg.UC_ARM_REG_R0))


def thumb_instructions(code: bytes) -> int:
    """Instructions in a block; 0b11101, 0b11110 and 0b11111 open 32-bit ones (ARMv7-M, A5.1)."""
    count = at = 0
    while at < len(code):
        (half,) = struct.unpack_from("<H", code, at)
        at += 4 if half >> 11 in (0b11101, 0b11110, 0b11111) else 2
        count += 1
    assert at == len(code)
    return count


def main(image: str, request_path: str, result_path: str, core: str) -> None:
    request = np.load(request_path)
    arena_bytes, layers = int(request["arena_bytes"]), int(request["layers"])
    input_bytes, output_bytes = request["input_bytes"].tolist(), request["output_bytes"].tolist()
    machine = Machine(image, core)
    uc = machine.uc
    init, get_input, invoke, get_output, layer = struct.unpack("<5I", uc.mem_read(0, 20))
    guard = np.random.default_rng(1).integers(0, 256, arena_bytes + 2 * GUARD, np.uint8)
    outputs, totals, cycles, per_layer = [], [], [], []
    intact = True

    def run(inputs: np.ndarray, on_layer: int) -> int:
        nonlocal intact
        uc.mem_write(ARENA - GUARD, guard.tobytes())
        machine.call(init, CONTEXT, ARENA)
        uc.mem_write(CONTEXT + 4, struct.pack("<I", on_layer))
        start = 0
        for number, count in enumerate(input_bytes):
            uc.mem_write(
                machine.call(get_input, CONTEXT, number), inputs[start : start + count].tobytes()
            )
            start += count
        machine.instructions = machine.cycles = 0
        machine.layer_marks.clear()
        machine.layer_entry = on_layer & ~1 if on_layer else -1
        machine.call(invoke, CONTEXT)
        after = np.frombuffer(bytes(uc.mem_read(ARENA - GUARD, guard.size)), np.uint8)
        intact &= bool(
            (after[:GUARD] == guard[:GUARD]).all() and (after[-GUARD:] == guard[-GUARD:]).all()
        )
        return machine.instructions

    for inputs in request["inputs"]:
        totals.append(run(inputs, 0))
        cycles.append(machine.cycles)
        outputs.append(
            b"".join(
                bytes(uc.mem_read(machine.call(get_output, CONTEXT, number), count))
                for number, count in enumerate(output_bytes)
            )
        )
    run(request["inputs"][0], layer | 1)
    marks = np.array([0, *machine.layer_marks])
    per_layer = np.diff(marks)
    assert per_layer.size == layers
    np.savez(
        result_path,
        outputs=np.array([np.frombuffer(o, np.uint8) for o in outputs]),
        instructions=np.array(totals, np.int64),
        cycles=np.array(cycles, np.int64),
        layer_instructions=per_layer.astype(np.int64),
        guards_intact=intact,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
