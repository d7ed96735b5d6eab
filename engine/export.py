"""A network for people's own firmware: the file itself, C arrays, generated C, an Arduino library.

All C text stands in `resources/export`; this module fills in numbers and names.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import UnsupportedOperator, UsageError
from engine.export_front_end import export_front_end
from engine.firmware.generate import GeneratedModel, generate_model
from engine.firmware.kernel_choice import choose_kernels
from engine.front_end import AnyFrontEnd
from engine.graph import Tensor, TensorGraph
from engine.grouping import keep_small
from engine.memory import plan_memory
from engine.micro_reference import MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.text_templates import templates_in
from engine.tflite_model import TfliteModel

KERNELS = ("portable", "dsp")
_PER_ROW = 16
_ARENA_STEP_BYTES = 1024
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same network gives the same bytes
_C_TYPES = {"float32": "float", "bool": "uint8_t"}
_LOWER_WORDS = {"BATCH_MATMUL": "BatchMatMul", "CUMSUM": "CumSum", "PADV2": "PadV2"}


@dataclass(frozen=True)
class _Source:
    """What every form needs: the file, its graph and the names made from it."""

    path: Path
    graph: TensorGraph
    kernels: str
    front_end: AnyFrontEnd | None
    classes: tuple[str, ...]

    @property
    def values(self) -> dict[str, Any]:
        """What every template may name."""
        graph = self.graph
        return {
            "name": graph.name,
            "upper": graph.name.upper(),
            "camel": _camel(graph.name),
            "file_name": re.sub(r"[^\w. -]", "_", self.path.name),
            "model_hash": graph.model_hash,
            "kernels": self.kernels,
            "floats": any(t.dtype == "float32" for t in graph.tensors),
            "inputs": [_described(graph.tensors[i]) for i in graph.inputs],
            "outputs": [_described(graph.tensors[i]) for i in graph.outputs],
            "front_end": None,
        }


def export_model(
    path: Path,
    form: str,
    folder: Path,
    *,
    kernels: str = "portable",
    front_end: AnyFrontEnd | None = None,
    classes: Sequence[str] = (),
) -> tuple[Path, ...]:
    """Write a network in a form that other firmware can take in.

    Args:
        path: the `.tflite`.
        form: `tflite`, `c-array`, `c`, `cmake`, `arduino` or `tflm`.
        folder: created if missing; files of an earlier export are replaced.
        kernels: `portable` for any core, `dsp` for Arm cores with the DSP extension; for generated C.
        front_end: what C makes of raw samples, None for nothing; for the forms `WITH_FRONT_END`.
        classes: names of the outputs for the example, empty where nothing names them.

    Returns:
        The files, sorted.

    Raises:
        UsageError: there is no such form, or no such kernels, the form carries no front-end, or the
            network does not read what it makes.
        BadInputFile: not a TFLite file.
        UnsupportedOperator: the network has an operator that the form cannot carry.
    """
    if form not in FORMS:
        raise UsageError(f"There is no format called {form}.", hint=f"Known: {', '.join(FORMS)}.")
    if kernels not in KERNELS:
        raise UsageError(
            f"Exported C cannot use kernels called {kernels}.", hint=f"Known: {', '.join(KERNELS)}."
        )
    if front_end is not None and form not in WITH_FRONT_END:
        raise UsageError(
            f"The format {form} carries no front-end.", hint=f"Use {', '.join(WITH_FRONT_END)}."
        )
    source = _Source(path, read_tflite(path), kernels, front_end, tuple(classes))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(sorted(FORMS[form](source, folder)))
    except OSError as error:
        raise UsageError(
            f"{folder.name} cannot be written: {error.strerror or error}.", hint="Choose another folder."
        ) from error


def _tflite(source: _Source, folder: Path) -> list[Path]:
    target = folder / source.path.name
    if target.resolve() != source.path.resolve():
        shutil.copyfile(source.path, target)
    return [target]


def _c_array(source: _Source, folder: Path) -> list[Path]:
    data = TfliteModel.read(source.path)
    content = data.to_bytes() if data.external_buffers else source.path.read_bytes()
    numbers = np.frombuffer(content, np.uint8).tolist()
    rows = ",\n".join(
        ",".join(map(str, numbers[start : start + _PER_ROW]))
        for start in range(0, len(numbers), _PER_ROW)
    )
    values = source.values | {"rows": rows, "data_bytes": len(content)}
    name = source.graph.name
    return [
        _write("model_data.h", folder / f"{name}_model_data.h", values),
        _write("model_data.c", folder / f"{name}_model_data.c", values),
    ]


def _tflm(source: _Source, folder: Path) -> list[Path]:
    files = _c_array(source, folder)
    model = TfliteModel.read(source.path)
    reference = MicroReference(source.path)
    used = reference.arena_bytes()
    run_time = sum(t.size_bytes for t in source.graph.tensors if not t.is_constant)
    values = source.values | {
        "data_bytes": source.path.stat().st_size,
        "operators": micro_operators(model),
        "arena_bytes": _rounded(used) if used else None,
        "estimated_arena_bytes": _rounded(run_time + 64 * len(source.graph.tensors)),
    }
    name = source.graph.name
    return [
        *files,
        _write("operators.h", folder / f"{name}_operators.h", values),
        _write("tflm_main.cc", folder / f"{name}_main.cc", values),
        _write("tflm_README.md", folder / "README.md", values),
    ]


def micro_operators(model: TfliteModel) -> list[str]:
    """The methods of TFLite Micro's `MicroMutableOpResolver` that register a network's operators.

    Raises:
        UnsupportedOperator: a custom operator that TFLite Micro does not bring.
    """
    found = set()
    for graph in model.model.subgraphs:
        for operator in graph.operators:
            kind = model.kind(operator)
            if kind == "CUSTOM":
                code = model.model.operatorCodes[operator.opcodeIndex].customCode
                found.add(_custom_method(code.decode("utf-8", "replace") if code else ""))
            else:
                found.add(_method(kind))
    return sorted(found)


def _method(kind: str) -> str:
    """`DEPTHWISE_CONV_2D` is registered by `AddDepthwiseConv2D`."""
    if kind in _LOWER_WORDS:
        return f"Add{_LOWER_WORDS[kind]}"
    words = [w if w == "LSTM" or w[0].isdigit() else w.capitalize() for w in kind.split("_")]
    return f"Add{''.join(words)}"


def _custom_method(name: str) -> str:
    signal = re.fullmatch(r"Signal(\w+)", name)
    if signal:
        return f"Add{signal[1]}"
    known = {
        "CIRCULAR_BUFFER": "AddCircularBuffer",
        "TFLite_Detection_PostProcess": "AddDetectionPostprocess",
    }
    if name not in known:
        raise UnsupportedOperator(
            f"TFLite Micro has no custom operator {name}.", hint="Export the network without it."
        )
    return known[name]


def _c(source: _Source, folder: Path) -> list[Path]:
    values, files = _generated(source, folder)
    values |= {"source_folder": "", "build_files": False}
    return [*files, _write("c_README.md", folder / "README.md", values)]


def _cmake(source: _Source, folder: Path) -> list[Path]:
    values, files = _generated(source, folder / "src")
    values |= {"source_folder": "src/", "build_files": True}
    (folder / "example").mkdir(exist_ok=True)
    return [
        *files,
        _write(
            "example_samples.c" if source.front_end else "example.c",
            folder / "example" / "main.c",
            values,
        ),
        _write("CMakeLists.txt", folder / "CMakeLists.txt", values),
        _write("Makefile", folder / "Makefile", values),
        _write("c_README.md", folder / "README.md", values),
    ]


def _arduino(source: _Source, folder: Path) -> list[Path]:
    name = source.graph.name
    camel = _camel(name)
    with tempfile.TemporaryDirectory(prefix="thimble-arduino-") as temporary:
        library = Path(temporary) / camel
        values, files = _generated(source, library / "src" / name)
        values |= {"source_folder": f"src/{name}/", "build_files": False}
        example = library / "examples" / "Run" / "Run.ino"
        example.parent.mkdir(parents=True)
        files += [
            _write("library.properties", library / "library.properties", values),
            _write("library.h", library / "src" / f"{camel}.h", values),
            _write("example.ino", example, values),
            _write("c_README.md", library / "README.md", values),
        ]
        target = folder / f"{camel}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(files):
                entry = zipfile.ZipInfo(file.relative_to(temporary).as_posix(), _ZIP_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes())
    return [target]


FORMS: dict[str, Callable[[_Source, Path], list[Path]]] = {
    "tflite": _tflite,
    "c-array": _c_array,
    "c": _c,
    "cmake": _cmake,
    "arduino": _arduino,
    "tflm": _tflm,
}


WITH_FRONT_END = ("c", "cmake", "arduino")  # forms of generated C


def _generated(source: _Source, folder: Path) -> tuple[dict[str, Any], list[Path]]:
    """Generate C into a folder; returns the templates' values and the files."""
    graph = source.graph
    choices = keep_small(graph, choose_kernels(graph, family=source.kernels))
    memory = plan_memory(graph, choices)
    model: GeneratedModel = generate_model(graph, memory, choices, folder)
    headers = [header for header in model.headers if header.name != "thimble_model.h"]
    (folder / "thimble_model.h").unlink()  # it serves Thimble's own firmware alone
    values = source.values | {
        "arena_bytes": model.arena_bytes,
        "constant_bytes": sum(model.constant_bytes),
    }
    files = [*model.sources, *headers]
    if source.front_end is not None:
        values["front_end"], written = export_front_end(
            source.front_end, graph, folder, classes=source.classes
        )
        files += written
    return values, files


def _write(template: str, target: Path, values: dict[str, Any]) -> Path:
    environment = templates_in("export")
    text = environment.get_template(f"{template}.jinja").render(values)
    target.write_text(text, "utf-8", newline="\n")
    return target


def _described(tensor: Tensor) -> dict[str, Any]:
    quantization = tensor.quantization
    meaning = ""
    if quantization is not None and not quantization.per_channel:
        meaning = f"{quantization.scale:.9g} * (q - {quantization.zero_point})".replace("- -", "+ ")
    return {
        "dtype": tensor.dtype,
        "c_type": _C_TYPES.get(tensor.dtype, f"{tensor.dtype}_t"),
        "shape": list(tensor.shape),
        "elements": tensor.elements,
        "meaning": meaning,
    }


def _camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_") if word)


def _rounded(size_bytes: int) -> int:
    return -(-size_bytes // _ARENA_STEP_BYTES) * _ARENA_STEP_BYTES
