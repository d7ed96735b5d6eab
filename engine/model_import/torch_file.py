"""PyTorch checkpoints that hold tensors: a state dictionary of a network that Thimble knows.

Only plain tensors are read (`weights_only`): no code in the file ever runs. Such a file has no graph,
so its network is recognised by the names and shapes of its tensors.
"""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.errors import BadInputFile
from engine.meaning import PICTURE_RANGES
from engine.model_import.cifar_resnet import CifarResNet
from engine.model_import.file_bytes import MAX_FILE_BYTES, check_file
from engine.model_import.guesses import with_range
from engine.model_import.imported_model import FIRST, ImportedModel, channels_last, guessed_meaning
from engine.model_import.torch_graph import stored_copy
from engine.zoo import build_network, network_names
from engine.zoo.checkpoint import narrow_to_weights
from engine.zoo.published import PUBLISHED_SHAPE, published_network

State = dict[str, Tensor]
_NESTED = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "model_state", "ema")
_WRAPPERS = ("module.", "_orig_mod.", "model.", "net.", "network.", "_module.")
_MAX_RATIO = 1100  # a zip cannot shrink more: what claims to is refused

# Input shape (channels last) that a zoo network has in the task it was made for.
_ZOO_SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "ds-cnn-s": ((49, 10, 1),),
    "ds-cnn-m": ((49, 10, 1),),
    "ds-cnn-l": ((49, 10, 1),),
    "resnet8": ((32, 32, 3), (32, 32, 1)),
    **dict.fromkeys(("mobilenet-v1-025", "mobilenet-v1-050"), ((96, 96, 3), (96, 96, 1))),
    **dict.fromkeys(
        ("mobilenet-v2-035", "mobilenet-v2-050", "mobilenet-v2-100"), ((96, 96, 3), (96, 96, 1))
    ),
    "mcunet-in3": ((176, 176, 3), (176, 176, 1)),
    "resnet-18": ((32, 32, 3), (32, 32, 1)),
    "resnet-50": ((32, 32, 3), (32, 32, 1)),
    "tiny-cnn": ((8, 8, 1), (32, 32, 3), (28, 28, 1)),
}


def read_torch(path: Path, input_shape: Sequence[int] = ()) -> ImportedModel:
    """Read a state dictionary or a checkpoint that holds one.

    Args:
        path: `.pt`, `.pth`, `.th`, `.ckpt`... as `torch.save` writes it.
        input_shape: without batch, channels first, where it is known; weights alone do not say it.

    Returns:
        The network, in evaluation mode.

    Raises:
        BadInputFile: damaged, holds more than tensors, or belongs to a network that is not known.
    """
    state, known = read_state(path), channels_last(tuple(input_shape))
    if (imported := _published(path, state, known)) is not None:
        return imported
    for narrowed in (False, True):  # a pruned network has fewer channels than the known one
        for name, shape, module in _candidates(state, known):
            if narrowed:
                narrow_to_weights(module, state)
            if _belongs(state, module):
                module.load_state_dict({**module.state_dict(), **state})
                return _imported(path, name, shape, module.eval(), known)
    shown = ", ".join(sorted(state)[:4])
    raise BadInputFile(
        f"{path.name} holds {len(state)} tensors ({shown}...) of a network that Thimble does not know.",
        hint="A file of weights has no structure: export the network with torch.onnx.export instead.",
        tensors=sorted(state)[:100],
    )


def read_state(path: Path) -> State:
    """The float tensors of a checkpoint by name, wrappers' prefixes taken off.

    Raises:
        BadInputFile: damaged, or it holds more than tensors.
    """
    check_file(path, "a PyTorch checkpoint")
    _refuse_other_archives(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, TypeError) as error:
        more = "Weights only load failed" in str(error) or isinstance(error, pickle.UnpicklingError)
        reason = "holds Python objects, which could run code" if more else "is damaged"
        raise BadInputFile(
            f"{path.name} {reason}; it was not loaded.",
            hint="Save only the weights, torch.save(model.state_dict(), ...), or export to ONNX.",
            details=str(error)[:500],
        ) from error
    except Exception as error:  # what a hostile pickle makes the reader trip over
        raise BadInputFile(
            f"{path.name} is not a PyTorch checkpoint.", hint="Choose another file.", details=str(error)
        ) from error
    for key in _NESTED:
        inner = content.get(key) if isinstance(content, dict) else None
        if isinstance(inner, dict) and any(isinstance(v, Tensor) for v in inner.values()):
            content = inner
            break
    found = content.items() if isinstance(content, dict) else ()
    state = {str(k): v for k, v in found if isinstance(v, Tensor) and v.layout == torch.strided}
    if not state:
        raise BadInputFile(
            f"{path.name} holds no weights.", hint="Save them with torch.save(model.state_dict(), ...)."
        )
    for prefix in _WRAPPERS * 2:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    return {k: v.float() if v.is_floating_point() else v for k, v in state.items()}


def _refuse_other_archives(path: Path) -> None:
    """TorchScript and exported programs are zips too, but hold code; zip bombs hold nothing good."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise BadInputFile(f"{path.name} is damaged.", hint="Copy it again.") from error
    total = sum(entry.file_size for entry in entries)
    if total > min(MAX_FILE_BYTES, _MAX_RATIO * path.stat().st_size):
        raise BadInputFile(
            f"{path.name} unpacks to {total // 1_000_000:,} MB, more than a microcontroller ever holds.",
            hint="Choose a model of at most a few megabytes.",
        )
    names = {re.sub(r"^[^/]*/", "", entry.filename) for entry in entries}
    if any(name.startswith("code/") for name in names) or "constants.pkl" in names:
        raise BadInputFile(
            f"{path.name} is a TorchScript program, not a file of weights.",
            hint="Export the network with torch.onnx.export instead.",
        )
    if any(n.startswith("models/") or n.startswith("serialized_") for n in names):
        raise BadInputFile(
            f"{path.name} is an exported program (.pt2), not a file of weights.",
            hint="Export the network with torch.onnx.export instead.",
        )


def _candidates(
    state: State, known: tuple[int, ...]
) -> Iterator[tuple[str, tuple[int, ...], nn.Module]]:
    """Known networks that the tensors could belong to: name, input shape (channels last), module."""
    yield from _cifar_resnets(state)
    biases = [v for v in state.values() if v.ndim == 1]
    classes = int(biases[-1].shape[0]) if biases else 0
    if not 0 < classes < 100_000:
        return
    first = next((v for v in state.values() if v.ndim == 2), None)
    for name in network_names():
        shapes: tuple[tuple[int, ...], ...] = _ZOO_SHAPES.get(name, ())
        if shapes and len(known) == 3:
            shapes = (known, *shapes)
        elif not shapes and first is not None:
            shapes = ((int(first.shape[1]),),)
        for shape in shapes:
            if shape[0] < 1_000_000:
                with torch.device("meta"):  # only names: the large ones take long to make
                    names = build_network(name, shape, classes, seed=0).state_dict().keys()
                if not set(state) - names:
                    yield name, shape, build_network(name, shape, classes, seed=0)


def _cifar_resnets(state: State) -> Iterator[tuple[str, tuple[int, ...], nn.Module]]:
    blocks = len({k.split(".")[1] for k in state if re.match(r"layer1\.\d+\.conv1\.weight$", k)})
    head = state.get("linear.weight")
    if blocks < 1 or blocks > 20 or head is None or head.ndim != 2 or head.shape[0] > 100_000:
        return
    projected = "layer2.0.shortcut.0.weight" in state
    module = CifarResNet(blocks, int(head.shape[0]), projected=projected)
    yield f"ResNet-{6 * blocks + 2} for CIFAR", (32, 32, 3), module


def _belongs(state: State, module: nn.Module) -> bool:
    """Whether the tensors are all that the network needs, and no more."""
    expected = module.state_dict()
    missing = {k for k in expected if k not in state and not k.endswith("num_batches_tracked")}
    if missing - _rebuilt(module) or set(state) - set(expected):
        return False
    return all(state[k].shape == v.shape for k, v in expected.items() if k in state)


def _rebuilt(module: nn.Module) -> set[str]:
    """Weights that a known network makes itself and files do not hold."""
    if not isinstance(module, CifarResNet):
        return set()
    return {k for k in module.state_dict() if re.search(r"\.shortcut\.weight$", k)}


def _published(path: Path, state: State, known: tuple[int, ...]) -> ImportedModel | None:
    """The network that torchvision or timm publish such weights for, None if they publish none."""
    shape = (known[0], known[1], known[2]) if len(known) == 3 else PUBLISHED_SHAPE
    found = published_network(state, shape)
    if found is None:
        return None
    model = _imported(path, f"{found.name}, as {found.source} publishes it,", shape, found.module, known)
    scale, mean = PICTURE_RANGES["ImageNet's mean and deviation"]
    if shape[2] == 1:
        scale, mean = (sum(scale) / len(scale),), (sum(mean) / len(mean),)
    reason = f"{found.source} trains with ImageNet's mean and deviation"
    meaning = with_range(model.meaning, scale, mean, reason)
    return replace(model, meaning=replace(meaning, task="images"))


def _imported(
    path: Path, name: str, shape: tuple[int, ...], module: nn.Module, known: tuple[int, ...]
) -> ImportedModel:
    first = (shape[-1], *shape[:-1]) if len(shape) > 1 else shape
    with torch.no_grad():
        results = channels_last(tuple(module(torch.zeros(1, *first)).shape[1:]))
    meaning = guessed_meaning(shape, results, softmax=False)
    notes = [f"Recognised as {name} by the names and shapes of its tensors."]
    if len(shape) == 3 and shape != known:
        size = "x".join(map(str, shape))
        notes.append(f"The input size {size} is a guess: a file of weights does not say it.")
    return ImportedModel(
        name=path.name,
        format="torch-state-dict",
        module=stored_copy(module, first),
        input_shape=shape,
        output_shape=results,
        meaning=meaning,
        notes=tuple(notes),
        layout=FIRST if len(shape) > 1 else "",
    )
