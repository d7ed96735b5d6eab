"""Fitting an imported network to a data set: its input's shape, and the layer that names the classes."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import torch
from torch import nn

from engine.errors import BadInputFile
from engine.model_import.stored_module import ModulePlan, Node, StoredModule, add_layer

# Between the last layer with weights and the output these change no count of classes.
_PASSED = frozenset(
    {"flatten", "reshape", "identity", "dropout", "softmax", "sigmoid", "mean", "permute"}
    | {f"adaptive_{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2)}
    | {f"{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2)}
)
_SQUASHING = frozenset({"softmax", "sigmoid"})
_OUTPUTS = {"linear": "out_features", "conv1d": "out_channels", "conv2d": "out_channels"}


def adapted(
    module: StoredModule,
    input_shape: tuple[int, ...],
    classes: int,
    *,
    name: str,
    reconstructs: bool = False,
    seed: int = 0,
) -> tuple[StoredModule, tuple[str, ...]]:
    """The network for a data set, and what had to change, in sentences.

    Args:
        module: the imported network; it stays as it is.
        input_shape: of one sample without batch, channels last.
        classes: how many the data set has.
        name: of the network, for messages.
        reconstructs: keep the output: the network is to repeat its input.
        seed: of the weights of a new last layer.

    Raises:
        BadInputFile: the network cannot take such samples, or ends with no layer of classes.
    """
    plan = copy.deepcopy(module.plan)
    if len(plan.inputs) != 1 or len(plan.outputs) != 1:
        raise BadInputFile(
            f"{name} has {len(plan.inputs)} inputs and {len(plan.outputs)} outputs.",
            hint="A network that is trained here has one of each.",
        )
    state = dict(module.state_dict())
    notes = _with_input(plan, input_shape, name)
    plan.reconstructs = reconstructs and module.plan.reconstructs
    if not plan.reconstructs:
        notes += _with_classes(plan, state, classes, name, seed)
    with torch.device("meta"):
        result = StoredModule(plan)
    result.load_state_dict(state, assign=True)
    return result.eval(), tuple(notes)


def _with_input(plan: ModulePlan, input_shape: tuple[int, ...], name: str) -> list[str]:
    """Put a reshape in front where the samples hold the same numbers in the same order."""
    ((source, wanted),) = plan.inputs.items()
    given = [input_shape[-1], *input_shape[:-1]] if len(input_shape) > 1 else list(input_shape)
    if given == wanted:
        return []
    shown = "x".join(map(str, input_shape))
    expected = "x".join(map(str, [*wanted[1:], wanted[0]] if len(wanted) > 1 else wanted))
    channels = [shape[0] if len(shape) > 1 else 1 for shape in (given, wanted)]
    if math.prod(given) != math.prod(wanted) or channels[0] != channels[1]:
        raise BadInputFile(
            f"{name} takes inputs of {expected}, but one sample here has {shown}.",
            hint="Choose data of that size, or a network made for these data.",
        )
    settings = {} if len(wanted) == 1 else {"shape": wanted}
    front = Node("input_shaped", "reshape" if settings else "flatten", [source], settings)
    for node in plan.nodes:
        node.inputs = [front.name if i == source else i for i in node.inputs]
    plan.nodes.insert(0, front)
    plan.inputs[source] = given
    return [f"Samples of {shown} are reshaped to the {expected} that the network takes."]


def _with_classes(
    plan: ModulePlan, state: dict[str, torch.Tensor], classes: int, name: str, seed: int
) -> list[str]:
    """Leave off what squashes the scores; replace the last layer where it has other classes."""
    producers = {node.name: node for node in plan.nodes}
    behind: list[Node] = []
    last = producers.get(plan.outputs[0])
    while last is not None and last.kind in _PASSED:
        behind.append(last)
        last = producers.get(last.inputs[0])
    if last is None or last.kind not in _OUTPUTS:
        kind = "nothing with weights" if last is None else last.kind
        raise BadInputFile(
            f"{name} ends with {kind}, not with a layer of classes.",
            hint="End the network with a dense layer that has one output per class.",
        )
    notes = []
    for node in behind:
        if node.kind in _SQUASHING:
            _bypass(plan, node)
            notes.append(f"The {node.kind} at the end ({node.name}) is left off; training needs scores.")
        elif node.kind == "reshape" and len(node.settings["shape"]) == 1:
            node.kind, node.settings = "flatten", {}
    setting = _OUTPUTS[last.kind]
    had = int(last.settings[setting])
    if had == classes:
        return notes
    fresh = replace(last, settings={**last.settings, setting: classes})
    root = nn.Module()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        add_layer(root, fresh)
    last.settings = fresh.settings
    state |= root.state_dict()
    notes.append(
        f"The last layer ({last.name}) is new: it had {had} outputs, the data have {classes} classes."
    )
    return notes


def _bypass(plan: ModulePlan, gone: Node) -> None:
    plan.nodes.remove(gone)
    for node in plan.nodes:
        node.inputs = [gone.inputs[0] if i == gone.name else i for i in node.inputs]
    plan.outputs = [gone.inputs[0] if o == gone.name else o for o in plan.outputs]
