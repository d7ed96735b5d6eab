"""Firmware images: both toolchains, sizes from the ELF, and refusals of the linker in words."""

from __future__ import annotations

import shutil

import msgspec
import pytest
from elftools.elf.elffile import ELFFile

from engine.boards import load_board
from engine.child import run_tool
from engine.errors import BuildFailed, Cancelled, DoesNotFit, UsageError
from engine.events import CancelToken, StageProgress
from engine.firmware.build import build_firmware
from engine.firmware.generate import generate_model
from engine.firmware.kernel_choice import choose_kernels
from engine.firmware.toolchains import find_toolchain
from engine.memory import fit_on_board, plan_memory
from engine.model_import.tflite_file import read_tflite
from engine.resources import resource
from tests.helpers.shared_data import shared_data

BOARD = load_board("stm32f407")


def generate(folder, name="mlperf_kws_int8", family="portable"):
    graph = read_tflite(shared_data("models", "tflite", f"{name}.tflite"))
    choices = choose_kernels(graph, family=family)
    return generate_model(graph, plan_memory(graph, choices), choices, folder / "source")


@pytest.mark.parametrize("toolchain", ["zig", "gcc"])
def test_an_image_is_linked_where_the_board_has_its_memories(tmp_path, toolchain):
    if toolchain == "gcc" and shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    generated = generate(tmp_path)
    built = build_firmware(generated, BOARD, tmp_path, toolchain=toolchain)
    assert built.toolchain.startswith(toolchain)
    with (tmp_path / built.elf).open("rb") as stream:
        sections = {s.name: s for s in ELFFile(stream).iter_sections()}
    assert sections[".vectors"]["sh_addr"] == BOARD.region("code").origin
    assert sections[".arena"]["sh_addr"] == BOARD.region("arena").origin
    # the stack at the bottom of its memory, so that one that overflows leaves it
    assert sections[".stack"]["sh_addr"] == BOARD.region("data").origin
    image = (tmp_path / built.bin).read_bytes()
    assert len(image) == built.flash_bytes == sum(built.flash_parts.values())
    assert built.ram_parts["arena"] == generated.arena_bytes
    entry = int.from_bytes(image[4:8], "little")
    assert entry & 1, "the reset vector must be a Thumb address"
    assert BOARD.region("code").origin < entry < BOARD.region("code").origin + len(image)


def test_the_same_network_gives_the_same_image(tmp_path):
    images = []
    for name in ("one", "two"):
        folder = tmp_path / name
        built = build_firmware(generate(folder), BOARD, folder)
        images.append((folder / built.bin).read_bytes())
    assert images[0] == images[1]


@pytest.mark.parametrize("family", ["portable", "dsp"])
@pytest.mark.parametrize("name", ["mlperf_kws_int8", "mlperf_ad_int8", "mlperf_vww_int8"])
def test_predicted_sizes_hold(tmp_path, name, family):
    graph = read_tflite(shared_data("models", "tflite", f"{name}.tflite"))
    choices = choose_kernels(graph, family=family)
    plan = plan_memory(graph, choices)
    fit = fit_on_board(graph, plan, choices, BOARD)
    built = build_firmware(
        generate_model(graph, plan, choices, tmp_path / "source"), BOARD, tmp_path, kernels=family
    )
    assert built.kernels == family
    allowed = fit.flash_bytes.value * fit.flash_bytes.error_percent / 100
    assert abs(built.flash_bytes - fit.flash_bytes.value) <= allowed
    assert abs(built.ram_bytes - fit.ram_bytes.value) <= 64
    assert abs(built.flash_parts["weights"] - fit.flash_parts["weights"]) <= 64


def test_an_arena_larger_than_its_memory_is_refused_with_the_amount(tmp_path):
    regions = [
        msgspec.structs.replace(r, size_bytes=8192) if r.use == "arena" else r for r in BOARD.regions
    ]
    small = msgspec.structs.replace(BOARD, regions=regions)
    with pytest.raises(DoesNotFit, match="RAM: needs 9 KB, .* has 8 KB"):
        build_firmware(generate(tmp_path), small, tmp_path)


def test_a_compiler_error_names_the_file(tmp_path):
    generated = generate(tmp_path)
    (generated.folder / "model.c").write_text("this is not C;\n")
    with pytest.raises(BuildFailed, match=r"The compiler refused model\.c") as caught:
        build_firmware(generated, BOARD, tmp_path)
    assert "error" in caught.value.facts["log"]


def test_progress_is_told_and_cancel_is_heeded(tmp_path):
    generated = generate(tmp_path)
    events, cancel = [], CancelToken()

    def report(event):
        events.append(event)
        cancel.cancel()

    with pytest.raises(Cancelled):
        build_firmware(generated, BOARD, tmp_path, report=report, cancel=cancel)
    assert isinstance(events[0], StageProgress)


def test_an_unknown_toolchain():
    with pytest.raises(UsageError, match="no toolchain called tcc"):
        find_toolchain("tcc")


def test_the_header_compiles_as_cpp(tmp_path):
    """The network is a library for other people's projects, C++ ones too."""
    generated = generate(tmp_path)
    source = tmp_path / "user.cpp"
    source.write_text('#include "model.h"\nint main() { return MLPERF_KWS_INT8_LAYER_COUNT - 13; }\n')
    tools = find_toolchain("zig")
    command = [
        tools.program[0],
        "c++",
        "-c",
        f"-I{generated.folder}",
        str(source),
        "-o",
        str(tmp_path / "user.o"),
    ]
    result = run_tool(command, env=tools.environment)
    assert result.returncode == 0, result.stderr


def test_no_path_of_our_sources_gets_into_the_image(tmp_path):
    built = build_firmware(generate(tmp_path), BOARD, tmp_path)
    content = (tmp_path / built.elf).read_bytes()
    assert b"model.c" in content  # lines are told by the names of files alone
    assert str(tmp_path).encode() not in content
    assert str(resource("firmware")).encode() not in content
