"""A real firmware image around a model that a test can predict: see firmware/model.c."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import child
from engine.boards import load_board
from engine.device.virtual_probe import VirtualProbe
from engine.firmware.build import build_firmware
from engine.firmware.generate import GeneratedModel

SOURCES = Path(__file__).resolve().parents[1] / "engine" / "virtual_board" / "firmware"
OUTPUTS = 10
PLANTED_FAULT = 0xEE
SLOW = 0xDD


def build_stub(
    folder: Path, input_bytes: int = 490, *, board: str = "stm32f407", toolchain: str | None = None
) -> Path:
    """Build the firmware for a model of this input size; returns the ELF file."""
    source = folder / "source"
    source.mkdir(parents=True)
    header = (SOURCES / "thimble_model.h").read_text("utf-8")
    (source / "thimble_model.h").write_text(f"#define STUB_INPUT_BYTES {input_bytes}\n{header}", "utf-8")
    model = source / "model.c"
    model.write_text((SOURCES / "model.c").read_text("utf-8"), "utf-8")
    generated = GeneratedModel(
        name="stub",
        folder=source,
        sources=(model,),
        headers=(source / "thimble_model.h",),
        model_hash="0123456789abcdef",
        arena_bytes=input_bytes + 16,
        constant_bytes=(),
        kernels=(),
    )
    build_firmware(generated, load_board(board), folder, toolchain=toolchain)
    return folder / "firmware.elf"


def expected_output(data: bytes) -> bytes:
    """What the stub model answers."""
    share = len(data) // OUTPUTS
    return bytes(sum(data[i * share : (i + 1) * share]) & 0xFF for i in range(OUTPUTS))


def fault_input(which: int, input_bytes: int = 490) -> bytes:
    """An input that plants fault number `which` of model.c."""
    return bytes([PLANTED_FAULT, which]).ljust(input_bytes, b"\0")


@dataclass
class Running:
    """A virtual board in its own process."""

    process: child.Child
    uart_url: str
    control_port: int

    def probe(self) -> VirtualProbe:
        return VirtualProbe(self.control_port)

    def control(self, **request: object) -> dict[str, int]:
        """One command of the control port."""
        with socket.create_connection(("127.0.0.1", self.control_port)) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer: dict[str, int] = json.loads(answers.readline())
        assert answer["ok"], answer
        return answer


@contextmanager
def running_board(*arguments: str) -> Iterator[Running]:
    """Start a virtual STM32F407 and end it afterwards."""
    with child.start("virtual-board", ["--board", "stm32f407", *arguments]) as process:
        line = process.read_line(60)
        assert line is not None, process.error_text
        event = json.loads(line)
        assert event["event"] == "listening", event
        yield Running(process, event["uart"], event["control_port"])


@pytest.fixture(scope="session")
def stub_elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Firmware of a model with 490 bytes of input."""
    return build_stub(tmp_path_factory.mktemp("stub"))


@pytest.fixture(scope="session")
def large_stub_elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Firmware of a model with 27,648 bytes of input, too many to be kept beside the arena."""
    return build_stub(tmp_path_factory.mktemp("large-stub"), 27_648)
