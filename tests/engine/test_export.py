"""Exported networks: each form is compiled, and run where this computer can run it."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.boards import load_board
from engine.child import run_tool
from engine.convert.chain import convert_network
from engine.errors import UnsupportedOperator, UsageError
from engine.events import CancelToken, discard
from engine.export import FORMS, export_model, micro_operators
from engine.firmware.toolchains import find_toolchain
from engine.micro_reference import MicroReference
from engine.tflite_model import TfliteModel
from tests.helpers.command_line import thimble
from tests.helpers.conversions import noise
from tests.helpers.networks import PictureAndVector
from tests.helpers.shared_data import shared_data
from tests.helpers.tflite_builder import TfliteBuilder

STUBS = Path(__file__).resolve().parents[1] / "helpers" / "stubs"
ZIG = [sys.executable, "-m", "ziglang"]


def compile_or_fail(*words: str | Path, cwd: Path | None = None) -> None:
    done = run_tool([*ZIG, *map(str, words)], cwd=cwd, env=dict(find_toolchain("zig").environment))
    assert done.returncode == 0, done.stderr


def compile_for_cortex_m4(sources: list[Path], folder: Path, board: str = "stm32f407") -> None:
    tools = find_toolchain("zig")
    for source in sources:
        command = tools.compile_command(
            source, folder / f"{source.stem}.o", load_board(board), optimise="-O3"
        )
        done = run_tool([*command, "-Werror"], env=tools.environment)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def model():
    """A keyword network of 8-bit integers with the operators most people have."""
    return shared_data("models", "tflite", "mlperf_kws_int8.tflite")


def test_the_file_itself_is_copied(model, tmp_path):
    (copied,) = export_model(model, "tflite", tmp_path / "new")
    assert copied.read_bytes() == model.read_bytes()


def test_c_array_holds_the_files_bytes(model, tmp_path):
    source = next(f for f in export_model(model, "c-array", tmp_path) if f.suffix == ".c")
    compile_or_fail("cc", "-std=c11", "-Wall", "-Werror", "-c", source, "-o", tmp_path / "data.o")
    body = source.read_text().split("{", 1)[1]
    assert bytes(int(n) for n in re.findall(r"\d+", body)) == model.read_bytes()
    compile_for_cortex_m4([source], tmp_path)


def answers_of_example(folder: Path, data: bytes) -> list[float]:
    """Compile the example of an exported folder for this computer, and what it prints for an input."""
    return [float(word) for word in answers_of_program(folder, data)]


def answers_of_program(folder: Path, data: bytes, *more_sources: str) -> list[str]:
    """The words that the example prints for an input, with sources besides the network's."""
    example = folder / "example_program"
    sources = [folder / "src" / f"{name}.c" for name in ("model", "model_constants", *more_sources)]
    compile_or_fail(
        "cc", "-std=c11", "-O1", "-Wall", "-Werror", "-fno-strict-aliasing", "-ffp-contract=off",
        f"-I{folder / 'src'}", folder / "example" / "main.c", *sources, "-lm", "-o", example,
    )  # fmt: skip
    (folder / "input.bin").write_bytes(data)
    done = run_tool([str(example), str(folder / "input.bin")])
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("name", ["mlperf_kws_int8", "tflm_mnist_lstm_int8", "mlperf_ad_float"])
def test_cmake_folder_builds_and_equals_tflite_micro(name, tmp_path):
    model = shared_data("models", "tflite", f"{name}.tflite")
    export_model(model, "cmake", tmp_path)
    reference = MicroReference(model)
    chance = np.random.default_rng(0)
    data = chance.integers(-128, 128, reference.input_bytes).astype(np.int8).tobytes()
    if name.endswith("float"):
        data = chance.normal(0, 1, reference.input_bytes // 4).astype(np.float32).tobytes()
    printed = answers_of_example(tmp_path, data)
    expected = reference.run_bytes(data)
    if name.endswith("float"):
        np.testing.assert_allclose(printed, np.frombuffer(expected, np.float32), rtol=1e-4, atol=1e-4)
    else:
        np.testing.assert_array_equal(printed, np.frombuffer(expected, np.int8))
    compile_for_cortex_m4(sorted((tmp_path / "src").glob("*.c")), tmp_path)


def test_several_inputs_and_outputs_are_exported(tmp_path):
    torch.manual_seed(0)
    shapes = [(12, 12, 3), (5,)]
    samples = [noise(shape, 20) for shape in shapes]
    (tmp_path / "forms").mkdir()
    converted = convert_network(
        PictureAndVector().eval(), shapes, samples, tmp_path / "forms", classification=False,
        report=discard, cancel=CancelToken(),
    )  # fmt: skip
    model = converted.tflite_int8_path
    for form in FORMS:
        export_model(model, form, tmp_path / form)
    reference = MicroReference(model)
    (data, *_) = reference.input_samples(samples)
    printed = answers_of_example(tmp_path / "cmake", data)
    np.testing.assert_array_equal(printed, np.frombuffer(reference.run_bytes(data), np.int8))
    compile_for_cortex_m4(sorted((tmp_path / "c").glob("*.c")), tmp_path)
    (archive,) = (tmp_path / "arduino").glob("*.zip")
    compile_sketch(archive, tmp_path)


def test_example_refuses_an_input_that_is_too_short(model, tmp_path):
    export_model(model, "cmake", tmp_path)
    compile_or_fail(
        "cc", "-std=c11", "-O1", f"-I{tmp_path / 'src'}", tmp_path / "example" / "main.c",
        tmp_path / "src" / "model.c", tmp_path / "src" / "model_constants.c", "-lm",
        "-o", tmp_path / "program",
    )  # fmt: skip
    (tmp_path / "short.bin").write_bytes(b"abc")
    done = run_tool([str(tmp_path / "program"), str(tmp_path / "short.bin")])
    assert done.returncode == 1
    assert "too short for input 0" in done.stderr


def test_makefile_names_every_file_that_is_there(model, tmp_path):
    export_model(model, "cmake", tmp_path)
    for build_file in ("CMakeLists.txt", "Makefile"):
        text = (tmp_path / build_file).read_text()
        named = set(re.findall(r"(?:src|example)/\w+\.c", text))
        assert all((tmp_path / name).is_file() for name in named), named
    done = run_tool(["make", "-n", "library"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "src/model_constants.c" in done.stdout


def test_generated_c_with_dsp_kernels_is_for_cortex_m4(model, tmp_path):
    files = export_model(model, "c", tmp_path, kernels="dsp")
    assert any("_dsp" in f.name for f in files)
    compile_for_cortex_m4([f for f in files if f.suffix == ".c"], tmp_path)
    assert "DSP extension" in (tmp_path / "README.md").read_text()


def compile_sketch(archive: Path, folder: Path) -> Path:
    """Compile an Arduino library and its example; its unpacked folder."""
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder)
    library = folder / archive.stem
    compile_for_cortex_m4(sorted((library / "src").rglob("*.c")), folder)
    sketch = library / "examples" / "Run" / "Run.ino"
    compile_or_fail(
        "c++", "-std=gnu++17", "-x", "c++", "-include", STUBS / "arduino" / "Arduino.h",
        f"-I{library / 'src'}", "-Wall", "-c", sketch, "-o", folder / "sketch.o",
    )  # fmt: skip
    return library


def test_arduino_library_compiles_with_its_example(model, tmp_path):
    (archive,) = export_model(model, "arduino", tmp_path)
    library = compile_sketch(archive, tmp_path)
    properties = dict(
        line.split("=", 1) for line in (library / "library.properties").read_text().splitlines()
    )
    assert properties["name"] == archive.stem
    assert (library / "src" / properties["includes"]).is_file()


def test_arduino_library_is_the_same_bytes_each_time(model, tmp_path):
    (one,) = export_model(model, "arduino", tmp_path / "one")
    (two,) = export_model(model, "arduino", tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("name", "operators"),
    [
        (
            "mlperf_kws_int8",
            {"AveragePool2D", "Conv2D", "DepthwiseConv2D", "FullyConnected", "Reshape", "Softmax"},
        ),
        (
            "tflm_mnist_lstm_int8",
            {"FullyConnected", "Reshape", "Softmax", "UnidirectionalSequenceLSTM"},
        ),
        ("tflm_keyword_scrambled_8bit", {"FullyConnected", "Quantize", "Softmax", "Svdf"}),
    ],
)
def test_tflm_sources_register_exactly_the_operators(name, operators, tmp_path):
    model = shared_data("models", "tflite", f"{name}.tflite")
    files = {f.name: f for f in export_model(model, "tflm", tmp_path)}
    header = next(f for n, f in files.items() if n.endswith("_operators.h")).read_text()
    assert set(re.findall(r"operators\.Add(\w+)\(\)", header)) == operators
    assert f"MicroMutableOpResolver<{len(operators)}>" in header
    used = MicroReference(model).arena_bytes()
    if used is not None:
        (arena,) = re.findall(r"ArenaBytes = (\d+)", header)
        assert used <= int(arena) < used + 2048
    main = next(f for n, f in files.items() if n.endswith("_main.cc"))
    compile_or_fail(
        "c++",
        "-std=c++17",
        "-Wall",
        "-c",
        "-o",
        tmp_path / "main.o",
        f"-I{STUBS / 'tflm'}",
        f"-I{tmp_path}",
        main,
    )


def test_operators_of_every_subgraph_are_registered():
    model = TfliteModel.read(shared_data("models", "tflite", "mww_v2_okay_nabu.tflite"))
    methods = micro_operators(model)
    assert {"AddCallOnce", "AddVarHandle", "AddReadVariable", "AddAssignVariable"} <= set(methods)


def test_unknown_custom_operator_is_refused():
    builder = TfliteBuilder()
    a, b = builder.tensor((1, 4), scale=0.1), builder.tensor((1, 4), scale=0.1)
    builder.operator("CUSTOM:MyOwn", [a], [b])
    builder.inputs, builder.outputs = [a], [b]
    with pytest.raises(UnsupportedOperator, match="MyOwn"):
        micro_operators(TfliteModel(builder.content()))


def test_what_does_not_exist_is_refused(model, tmp_path):
    with pytest.raises(UsageError, match="no format called zip") as caught:
        export_model(model, "zip", tmp_path)
    assert all(form in caught.value.hint for form in FORMS)
    with pytest.raises(UsageError, match="kernels called cmsis-nn"):
        export_model(model, "c", tmp_path, kernels="cmsis-nn")


def test_command_line_names_the_files(model, tmp_path):
    outcome = thimble("export", model, "--format", "c-array", "-o", tmp_path / "out")
    assert outcome.exit_code == 0, outcome.stderr
    (row,) = outcome.results
    assert row["format"] == "c-array"
    assert all((Path(row["folder"]) / name).is_file() for name in row["files"])
