"""Prints how networks come through the whole chain: `python -m tests.zoo_table [--only NAME]`.

Every network of the zoo, then networks that users would write. A form's column holds the worst isolated
error of all layers and inputs against the form to its left, relative or in quanta (q); what is promised
of every conversion is a column too.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import onnx
import torch
from torch import nn

from engine.compress.prune import remove_filters
from engine.errors import EngineError
from engine.firmware.generate import generate_model
from engine.firmware.kernel_choice import choose_kernels
from engine.grouping import keep_small
from engine.memory import plan_memory
from engine.model_import.tflite_file import read_tflite
from engine.tflite_model import TfliteModel
from engine.zoo import NETWORKS as ZOO
from engine.zoo import build_network, network_names
from tests.helpers.conversions import NOT_CLASSIFIERS
from tests.helpers.importing import seeded_norms
from tests.helpers.networks import (
    NETWORKS,
    PictureAndVector,
    Recurrent,
    SignalAndSequence,
    build_test_network,
)
from tests.helpers.whole_chain import (
    Verified,
    convert_and_verify,
    in_cell,
    run_on_board,
    shown_error,
    worst_by_pair,
)

_FORMS = (
    "ONNX Runtime",
    "TensorFlow",
    "TFLite float",
    "QAT simulation",
    "TFLite INT8 reference",
    "TFLite Micro",
    "generated C on the host",
    "virtual board",
)
_HEADINGS = (
    "PyTorch network",
    *_FORMS,
    "board",
    "bytes that differ",
    "Transposes",
    "BatchNorms left",
    "names kept",
    "passed",
    "seconds",
)
_WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.Linear)
# A network, its input shape (a list for several inputs), and whether it classifies.
Built = tuple[nn.Module, tuple[int, ...] | list[tuple[int, ...]], bool]
# What each network of the zoo is for: keyword spectra, 32x32 or 96x96 pictures, vectors. Networks that
# only teach never go to a board.
_SHAPES = {
    "resnet8": (32, 32, 3),
    **dict.fromkeys(("mobilenet-v1-025", "mobilenet-v1-050", "mobilenet-v2-035"), (96, 96, 3)),
    **dict.fromkeys(("mobilenet-v2-050", "mobilenet-v2-100", "mcunet-in3"), (96, 96, 3)),
    "tiny-dense": (36,),
    "autoencoder": (640,),
    "autoencoder-s": (640,),
}
# No board here has room for all of its weights.
_PRUNED_SHARES = {"mobilenet-v2-100": 0.4}
_SPECTRUM = (49, 10, 1)
_CLASSES = 12


def zoo_network(name: str) -> Built:
    """A network of the zoo with seeded normalisations, its input shape, whether it classifies."""
    shape = _SHAPES.get(name, _SPECTRUM)
    module = seeded_norms(build_network(name, shape, _CLASSES, seed=0))
    if name in _PRUNED_SHARES:
        remove_filters(module, shape, ratio=_PRUNED_SHARES[name], round_to=4)
    return module, shape, not getattr(module, "reconstructs", False)


def written_network(name: str) -> Built:
    """A network as users write them, its input shape, whether it classifies."""
    module, shape = build_test_network(name)
    return module, shape, name not in NOT_CLASSIFIERS


def further_network(name: str) -> Built:
    """A network of several inputs, or a recurrent one; its input shapes, whether it classifies."""
    torch.manual_seed(0)
    build, shapes, classifies = _FURTHER[name]
    return build().eval(), shapes, classifies


_FURTHER: dict[str, tuple[Callable[[], nn.Module], list[tuple[int, ...]], bool]] = {
    "picture and vector, two answers": (PictureAndVector, [(12, 12, 3), (5,)], False),
    "signal and sequence": (SignalAndSequence, [(16, 3), (6, 4)], True),
    "lstm": (lambda: Recurrent(nn.LSTM(6, 12, batch_first=True), "last", 4), [(10, 6)], True),
    "gru, two layers": (
        lambda: Recurrent(nn.GRU(6, 12, 2, batch_first=True), "whole", 4),
        [(10, 6)],
        True,
    ),
}


def layout_transposes(found: Verified) -> int:
    """Transposes in any TensorFlow Lite form."""
    paths = (found.converted.tflite_float_path, found.converted.tflite_int8_path)
    kinds = [kind for path in paths for kind, _ in TfliteModel.read(path).operators()]
    return kinds.count("TRANSPOSE")


def norms_left(found: Verified) -> int:
    """Batch normalisations that were not folded."""
    nodes = onnx.load(found.converted.onnx_path).graph.node
    return sum(node.op_type == "BatchNormalization" for node in nodes)


def lost_names(module: nn.Module, found: Verified) -> list[str]:
    """Weighted torch modules whose path is missing in the `.tflite` or in the symbols of the C code."""
    path = found.converted.tflite_int8_path
    weights = {f"{p}.weight": p for p, m in module.named_modules() if isinstance(m, _WEIGHTED)}
    model, graph = TfliteModel.read(path), read_tflite(path)
    names = {model.name(tensor) for tensor in range(len(model.tensors))}
    lost = [name for name in weights if name not in names]
    # A fused batch normalisation or activation gives a layer its name: the last of the same block.
    choices = keep_small(graph, choose_kernels(graph, family="portable"))
    with tempfile.TemporaryDirectory(prefix="thimble-names-") as folder:
        generate_model(graph, plan_memory(graph, choices), choices, Path(folder))
        symbols = set(re.findall(r"\b\w+_weights\b", (Path(folder) / "model_constants.c").read_text()))
    for operator in graph.operators:
        if len(operator.inputs) > 1 and graph.tensors[operator.inputs[1]].name in weights:
            wanted = re.sub(r"\W+", "_", graph.layer_name(operator))
            if not any(f"_{operator.index}_{wanted}_" in symbol for symbol in symbols):
                lost.append(wanted)
    return lost


def row(title: str, build: Callable[[], Built]) -> tuple[str, bool]:
    """One network's line, and whether all promises hold."""
    cells, good = {"PyTorch network": title}, False
    started = time.monotonic()
    try:
        good = _fill(cells, build)
    except EngineError as refusal:
        cells["passed"] = in_cell(f"refused: {refusal.message} {refusal.hint}")
    except Exception as error:  # every network gets its row
        traceback.print_exc()
        cells["passed"] = in_cell(f"**FAULT** {type(error).__name__}: {error}")
    cells["seconds"] = f"{time.monotonic() - started:.0f}"
    return "| " + " | ".join(cells.get(heading) or "-" for heading in _HEADINGS) + " |", good


def _fill(cells: dict[str, str], build: Callable[[], Built]) -> bool:
    module, shape, classification = build()
    with tempfile.TemporaryDirectory(prefix="thimble-zoo-") as name:
        found = convert_and_verify(module, shape, Path(name), classification=classification)
        ran = run_on_board(found.converted.tflite_int8_path, found.samples)
        transposes, left, lost = layout_transposes(found), norms_left(found), lost_names(module, found)
    for (_, form), errors in worst_by_pair([*found.summary.rows, *ran.layer_rows]).items():
        cells[form] = shown_error(errors)
    cells["board"], cells["bytes that differ"] = ran.board, str(ran.mismatched_bytes)
    cells["Transposes"], cells["BatchNorms left"] = str(transposes), str(left)
    cells["names kept"] = f"**no**: {', '.join(lost[:3])}" if lost else "yes"
    missing = [form for form in _FORMS if form not in cells and form != "QAT simulation"]
    passed = found.summary.passed and not missing and all(layer.passed for layer in ran.layer_rows)
    cells["passed"] = "yes" if passed else in_cell(f"**no**: {found.summary.first_guilty}")
    return passed and not (ran.mismatched_bytes or transposes or left or lost)


def main() -> int:
    """One row a network; 1 if a promise is broken in any."""
    parser = argparse.ArgumentParser(prog="python -m tests.zoo_table", description=__doc__)
    parser.add_argument("--only", default="", metavar="NAME", help="networks whose name holds this")
    wanted = parser.parse_args().only
    torch.set_num_threads(1)
    broken = 0
    sys.stdout.write("| " + " | ".join(_HEADINGS) + " |\n")
    sys.stdout.write("|" + "---|" * len(_HEADINGS) + "\n")
    titles: list[tuple[str, Callable[[str], Built]]] = [
        *((network.name, zoo_network) for network in ZOO if network.for_boards),
        *((name, written_network) for name in NETWORKS if name not in network_names()),
        *((name, further_network) for name in _FURTHER),
    ]
    for name, build in titles:
        if wanted in name:
            title = name if build is zoo_network else f"{name} (as a user writes it)"
            line, good = row(title, lambda name=name, build=build: build(name))
            broken += not good
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
