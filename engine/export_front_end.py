"""The front-end's C beside an exported network, under names that begin with the network's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.firmware.front_end import source_of, table_bytes, write_tables
from engine.front_end import AnyFrontEnd, front_end_input
from engine.graph import Quantization, TensorGraph
from engine.resources import resource

_HEADERS = ("front_end.h", "front_end_curves.h")
_OWN_NAMES = re.compile(r"\bfront_end_(?!tables\.h|curves\.h)|\bFRONT_END_")


def export_front_end(
    front_end: AnyFrontEnd, graph: TensorGraph, folder: Path, *, classes: Sequence[str]
) -> tuple[dict[str, Any], list[Path]]:
    """Write the front-end into a folder; what templates may name of it, and its files.

    Args:
        front_end: what to compute.
        graph: the network that reads it.
        folder: exists already.
        classes: names of the network's outputs; left out where their number is another.

    Raises:
        UsageError: the network does not read what the front-end makes.
    """
    quantization = front_end_input(front_end, graph)
    files = [write_tables(front_end, quantization, folder)]
    for name in (source_of(front_end), *_HEADERS):
        path = folder / (name if name in _HEADERS else "front_end.c")
        path.write_bytes(resource("firmware", "front_end", name).read_bytes())
        files.append(path)
    for path in files:
        text = _OWN_NAMES.sub(lambda found: _prefixed(graph.name, found[0]), path.read_text("utf-8"))
        path.write_text(text, "utf-8", newline="\n")
    output = graph.tensors[graph.outputs[0]]
    repeats = output.elements == front_end.frames * front_end.columns
    values = {
        "kind": front_end.kind,
        "samples": front_end.samples,
        "meaning": front_end.meaning,
        "ram_bytes": front_end.ram_bytes,
        "table_bytes": table_bytes(front_end, quantization),
        "repeats": _repeated(quantization, output.quantization) if repeats else None,
        "classes": [_c_text(word) for word in classes] if len(classes) == output.elements else [],
    }
    return values, files


def _prefixed(name: str, begin: str) -> str:
    return f"{name.upper() if begin.isupper() else name}_{begin}"


def _repeated(given: Quantization, output: Quantization | None) -> dict[str, Any]:
    return {
        "input_scale": f"{given.scale:.9g}",
        "input_zero": given.zero_point,
        "output_scale": f"{output.scale:.9g}" if output is not None else "1.0",
        "output_zero": output.zero_point if output is not None else 0,
    }


def _c_text(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
