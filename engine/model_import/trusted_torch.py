"""TorchScript and exported programs: files that hold code. Only the confined child opens them.

Loading a `.pt2` may unpickle anything, and a TorchScript network may write files while it runs, so both
run here only after the user has said that the file is trusted. They leave as ONNX, and from then on
nothing of them but the graph and its numbers is used.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.errors import BadInputFile, ConversionFailed

OPSET = 20
_SCRIPT_OPSET = 17  # the newest that PyTorch's exporter of TorchScript writes
_SIDES = (8, 16, 20, 24, 28, 32, 40, 48, 49, 56, 64, 80, 96, 112, 128, 160, 192, 224, 299)
_WRITING = ("aten::save", "aten::from_file")
_CHATTY_LOGGERS = ("torch.onnx", "torch.export", "torch._export", "onnxscript", "onnx_ir")


def export_trusted(path: Path, kind: str, folder: Path, *, input_shape: Sequence[int] = ()) -> Path:
    """Load a file that holds code and write its network as ONNX.

    Args:
        path: a TorchScript file or an exported program.
        kind: `TorchScript` or `exported program`.
        folder: where the ONNX file goes, under the same name.
        input_shape: of the input without batch, channels first; TorchScript does not say it.

    Returns:
        The ONNX file.

    Raises:
        BadInputFile: PyTorch cannot load the file, or the shape of the input is not known.
        ConversionFailed: PyTorch cannot export the network.
    """
    loggers = [logging.getLogger(name) for name in _CHATTY_LOGGERS]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    target = folder / f"{path.stem}.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "TorchScript":
            _export_script(path, target, tuple(input_shape))
        else:
            _export_program(path, target)
    return target


def _export_program(path: Path, target: Path) -> None:
    program = _loaded(path, torch.export.load)
    try:
        exported = torch.onnx.export(
            program, (), dynamo=True, opset_version=OPSET, verbose=False, external_data=False
        )
        if exported is None:
            raise RuntimeError("nothing was exported")
        exported.save(target, external_data=False)
    except Exception as error:
        raise _not_exported(path, error) from error


def _export_script(path: Path, target: Path, input_shape: tuple[int, ...]) -> None:
    module = _loaded(path, _load_script)
    module.eval()
    # The kernel stops these writes, but TorchScript then goes on as if nothing had happened.
    writes = [kind for kind in _WRITING if module.inlined_graph.findAllNodes(kind, recurse=True)]
    if writes:
        raise BadInputFile(
            f"{path.name} uses files while it runs ({', '.join(writes)}), which no network needs.",
            hint="Do not use this file; get the model from its author.",
            path=str(path),
        )
    shape = input_shape or _guessed_shape(path, module)
    try:
        torch.onnx.export(
            module,
            (torch.zeros(1, *shape),),
            str(target),
            dynamo=False,
            opset_version=_SCRIPT_OPSET,
            input_names=["input"],
            verbose=False,
            external_data=False,
        )
    except Exception as error:
        raise _not_exported(path, error) from error


def _guessed_shape(path: Path, module: torch.jit.ScriptModule) -> tuple[int, ...]:
    """The only usual shape that the network accepts."""
    state: dict[str, torch.Tensor] = module.state_dict()
    weights = [w for w in state.values() if w.dim() > 1]
    if not weights:
        raise _shape_unknown(path, "it has no layer with weights")
    first = weights[0]
    channels = int(first.shape[1])
    usual: dict[int, list[tuple[int, ...]]] = {
        2: [(channels,)],
        3: [(channels, length) for length in (64, 96, 128, 256, 512, 1000, 1024, 4000, 8000, 16000)],
        4: [(channels, side, side) for side in _SIDES],
    }
    accepted = [shape for shape in usual.get(first.dim(), []) if _accepts(module, shape)]
    if len(accepted) != 1:
        reason = "several sizes suit it" if accepted else "no usual size suits it"
        raise _shape_unknown(path, reason)
    return accepted[0]


def _accepts(module: torch.jit.ScriptModule, shape: tuple[int, ...]) -> bool:
    try:
        with torch.no_grad():
            module(torch.zeros(1, *shape))
    except Exception as error:  # TorchScript raises what it likes, in types of its own
        if isinstance(error, MemoryError):
            raise
        return False
    return True


def _shape_unknown(path: Path, reason: str) -> BadInputFile:
    return BadInputFile(
        f"{path.name} does not say the shape of its input, and {reason}.",
        hint="Say it without the batch, channels first: --input-shape 3,96,96",
        path=str(path),
    )


def _load_script(file: str) -> Any:
    return torch.jit.load(file, map_location="cpu")  # type: ignore[no-untyped-call]


def _loaded(path: Path, load: Callable[[str], Any]) -> Any:
    try:
        return load(str(path))
    except MemoryError:
        raise
    except Exception as error:  # whatever the code in the file raises
        raise BadInputFile(
            f"{path.name} cannot be loaded: {_first_line(error)}.",
            hint="Export it again with the PyTorch of this program, or export to ONNX.",
            path=str(path),
        ) from error


def _not_exported(path: Path, error: Exception) -> ConversionFailed:
    return ConversionFailed(
        f"PyTorch cannot export the network in {path.name}: {_first_line(error)}.",
        hint="Export it to ONNX where it was made, and import that file.",
        path=str(path),
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:300]
