"""Stand-ins for OpenOCD and dfu-util: programs on PATH that print what those print, around a file.

The chip is `chip.bin`, its flash from 0x08000000; `trouble.txt` names what goes wrong.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

SECTORS = [16384] * 4 + [65536] + [131072] * 7
FLASH = 0x0800_0000

_COMMON = f"""#!{sys.executable}
import re, sys, time
from pathlib import Path
HERE = Path(__file__).parent
FLASH, SECTORS = {FLASH}, {SECTORS}
memory = bytearray((HERE / "chip.bin").read_bytes())
trouble = (HERE / "trouble.txt").read_text() if (HERE / "trouble.txt").exists() else ""
with (HERE / "calls.txt").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")

def say(*lines):
    for line in lines:
        print(line, file=sys.stderr, flush=True)

def save():
    (HERE / "chip.bin").write_bytes(memory)

def fail(*lines):
    save()
    say(*lines)
    sys.exit(1)

def sector(address):
    start = FLASH
    for size in SECTORS:
        if address < start + size:
            return start - FLASH, size
        start += size

def erase(at, size):
    memory[at:at + size] = b"\\xff" * size

def program(at, data):
    assert memory[at:at + len(data)] == b"\\xff" * len(data), "not erased"
    memory[at:at + len(data)] = data
"""

OPENOCD = (
    _COMMON
    + r"""
say("Open On-Chip Debugger 0.12.0", "Licensed under GNU GPL v2")
if trouble == "no probe":
    fail("Error: open failed")
if trouble == "permission":
    fail("Error: libusb_open() failed with LIBUSB_ERROR_ACCESS", "Error: open failed")
if trouble == "no chip":
    fail("Error: init mode failed (unable to connect to the target)")
say("Info : Target voltage: " + ("0.61" if trouble == "supply" else "3.24"))
words = sys.argv[1:]
commands = [words[i + 1] for i, word in enumerate(words) if word == "-c"]
for command in commands:
    for part in command.split("; "):
        found = re.match(r"mdw 0x(\w+)", part)
        if found:
            number = "10016421" if trouble == "wrong chip" else "10076413"
            print(f"0x{found[1].lower()}: {number} ", file=sys.stderr)
        found = re.match(r"flash erase_address 0x(\w+) (\d+)", part)
        if found:
            if trouble == "protected":
                fail("Error: stm32x device protected", "Error: failed erasing sectors 0 to 0")
            at, size = int(found[1], 16) - FLASH, int(found[2])
            assert sector(at + FLASH) == (at, size), "erases whole sectors"
            erase(at, size)
        found = re.match(r"flash write_image \{(.*)\} 0x(\w+) bin", part)
        if found:
            if trouble.startswith("slow"):
                time.sleep(0.3)
            program(int(found[2], 16) - FLASH, Path(found[1]).read_bytes())
        found = re.match(r"verify_image \{(.*)\} 0x(\w+) bin", part)
        if found:
            data, at = Path(found[1]).read_bytes(), int(found[2], 16) - FLASH
            if trouble == "worn":
                memory[at + 100] ^= 1
            if memory[at:at + len(data)] != data:
                fail("Error: checksum mismatch - attempting binary compare")
        if part.startswith("echo "):
            print(part[5:], file=sys.stderr, flush=True)
save()
"""
)

DFU_UTIL = (
    _COMMON
    + r"""
print("dfu-util 0.11\n")
words = sys.argv[1:]
found = 'Found DFU: [0483:df11] ver=2200, devnum=5, cfg=1, intf=0, alt={}, name="{}", serial="{}"'
if words == ["-l"]:
    for serial in () if trouble == "none" else ("355F", "366A") if trouble == "two" else ("355F",):
        print(found.format(1, "@Option Bytes  /0x1FFFC000/01*016 e", serial))
        print(found.format(0, "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg", serial))
    sys.exit(0)
if trouble == "permission":
    fail("Cannot open DFU device 0483:df11 found on devnum 5 (LIBUSB_ERROR_ACCESS)")
parts = words[words.index("-s") + 1].split(":")
address = int(parts[0], 16) - FLASH
def bar(name, size):
    for percent in (0, 50, 100):
        done = size * percent // 100
        print(f"{name}\t[{'=' * (percent // 4):25}] {percent:3}% {done:12} bytes", end="\r")
    print()
if "-D" in words:
    data = Path(words[words.index("-D") + 1]).read_bytes()
    if trouble == "protected":
        fail(
            "Error during special command \"ERASE_PAGE\" get_status",
            "state(10) = dfuERROR, status(11) = errVENDOR",
        )
    at = address
    while at < address + len(data):
        start, size = sector(at + FLASH)
        erase(start, size)
        at = start + size
    bar("Erase   ", len(data))
    if trouble == "unplugged" and len(data) > 256:
        program(address, data[:len(data) // 2])
        fail("dfuse_download: libusb_control_transfer returned -4 (LIBUSB_ERROR_NO_DEVICE)")
    program(address, data)
    bar("Download", len(data))
    print("File downloaded successfully")
if "-U" in words:
    target = Path(words[words.index("-U") + 1])
    if target.exists():
        fail("Cannot open file for writing: File exists")
    data = bytes(memory[address:address + int(parts[1])])
    if trouble == "worn":
        data = data[:100] + bytes([data[100] ^ 1]) + data[101:]
    target.write_bytes(data)
    bar("Upload", len(data))
    if "leave" in parts:
        print("Submitting leave request...")
        (HERE / "started.txt").write_text("yes")
save()
"""
)


class Tools:
    """The folder on PATH; `trouble` chooses what goes wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def memory(self) -> bytes:
        return (self.folder / "chip.bin").read_bytes()

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls.txt").read_text().splitlines()

    @property
    def started(self) -> bool:
        return (self.folder / "started.txt").exists()

    def go_wrong(self, trouble: str) -> None:
        (self.folder / "trouble.txt").write_text(trouble)


@pytest.fixture
def fake_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """OpenOCD and dfu-util on PATH, and a chip with an old program."""
    if sys.platform == "win32":
        pytest.skip("Windows starts no scripts by their first line")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "chip.bin").write_bytes(bytes(sum(SECTORS)))
    for name, text in (("openocd", OPENOCD), ("dfu-util", DFU_UTIL)):
        program = folder / name
        program.write_text(text)
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Tools(folder)
