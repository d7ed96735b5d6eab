"""A network as bakenn's compiler writes it, behind the names of our firmware: a peer to measure.

bakenn (Apache-2.0, extra `bench`) compiles INT8 models to C with CMSIS-NN. It takes its own way from
file to C; only the model's functions around it are ours, so that the same platform runs and counts it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Any

from engine.boards import BoardSpec
from engine.errors import UnsupportedOperator, UsageError
from engine.firmware.generate import GeneratedModel
from engine.graph import TensorGraph
from engine.resources import resource
from engine.text_templates import templates_in
from engine.tflite_model import TfliteModel

PEER = "bakenn"

_PACKAGES = ("bakenn", "tflite")
_NAME = "model"  # gives bknn_model.h and bknn_model_infer
_ALIGNMENT = 16
_HAS_DSP = ("cortex-m4f", "cortex-m7f")


def title() -> str:
    """Name and version for people."""
    return f"{PEER} {importlib.metadata.version(PEER)}"


def require_bakenn() -> None:
    """Check that bakenn is installed, with what it reads models with.

    Raises:
        UsageError: it is not.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"Peers cannot be measured: {' and '.join(missing)} is not installed.",
            hint='Install it with: pip install "thimble-studio[bench]"',
        )


def generate_bakenn(path: Path, graph: TensorGraph, board: BoardSpec, folder: Path) -> GeneratedModel:
    """Let bakenn compile a model, and write the functions that our firmware calls.

    Its importer refuses tensors whose batch size is left open; the copy it gets says what the file's
    static shapes say already.

    Args:
        path: the model.
        graph: the same model, read.
        board: selects bakenn's target; CMSIS-NN is used where the core has the DSP extension.
        folder: where the C goes; created if missing.

    Raises:
        UnsupportedOperator: bakenn refused the model; holds its words.
        UsageError: bakenn is not installed.
    """
    require_bakenn()
    bakenn: Any = importlib.import_module(PEER)
    folder.mkdir(parents=True, exist_ok=True)
    fixed = TfliteModel.read(path)
    for tensor in fixed.tensors:
        tensor.shapeSignature = None
    has_dsp = board.core in _HAS_DSP
    policy = bakenn.KernelPolicy.STATIC_PRIORITY if has_dsp else bakenn.KernelPolicy.PORTABLE
    try:
        compiled = bakenn.compile_tflite(
            fixed.to_bytes(),
            folder,
            name=_NAME,
            backend_options=bakenn.CBackendOptions(kernel_policy=policy, enable_cmsis_nn=has_dsp),
            target="cortex-m4" if has_dsp else "cortex-m0plus",
        )
    except bakenn.BakeNNError as refusal:
        raise UnsupportedOperator(f"{title()}: {refusal}", hint="") from refusal
    working_bytes = int(compiled.memory_report.arena_bytes)
    source, output = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    input_offset = _align(working_bytes)
    output_offset = input_offset + _align(source.size_bytes)
    values = {
        "name": graph.name,
        "upper": graph.name.upper(),
        "header": f"bknn_{_NAME}.h",
        "infer": f"bknn_{_NAME}_infer",
        "model_hash": graph.model_hash,
        "working_bytes": working_bytes,
        "arena_bytes": output_offset + _align(output.size_bytes),
        "inputs": [_terminal(source.shape, source.size_bytes, input_offset)],
        "outputs": [_terminal(output.shape, output.size_bytes, output_offset)],
        "layers": [{"index": 0, "operator": "whole network", "name": graph.name, "kernel": PEER}],
        "layer_outputs": [],
        "check_seed": 0,
    }
    environment = templates_in("firmware", "templates")
    for template, name in (
        ("bakenn_model.c", "model.c"),
        ("model.h", "model.h"),
        ("thimble_model.h", "thimble_model.h"),
    ):
        text = environment.get_template(f"{template}.jinja").render(values)
        (folder / name).write_text(text, "utf-8", newline="\n")
    headers = tuple(sorted(folder.rglob("*.h")))
    shim = resource("firmware", "cmsis_nn")
    return GeneratedModel(
        name=graph.name,
        folder=folder,
        sources=tuple(sorted(folder.rglob("*.c"))),
        headers=headers,
        model_hash=graph.model_hash,
        arena_bytes=output_offset + _align(output.size_bytes),
        constant_bytes=(),
        kernels=(PEER,),
        includes=(*sorted({h.parent for h in headers if "third_party" in h.parts}), shim),
        defines={"BAKENN_CMSIS_NN_BUILTIN_MEMORY": "1"},
    )


def _terminal(shape: tuple[int, ...], size_bytes: int, offset: int) -> dict[str, object]:
    return {"offset": offset, "bytes": size_bytes, "c_type": "int8_t", "shape": list(shape)}


def _align(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
