"""Which kernel runs each operator: a table from operator kind to ordered candidates.

A candidate is a function `(graph, operator) -> KernelChoice | None`; None means that it does not apply,
a `Refusal` says why it cannot. All families but `portable` try their own candidates first, then the
portable one.
"""

from __future__ import annotations

from engine.errors import UnsupportedOperator, UsageError
from engine.firmware import cmsis_nn
from engine.firmware.dsp import DSP
from engine.firmware.m7_choice import DSP_M7
from engine.firmware.portable import PORTABLE
from engine.firmware.refusal import Refusal
from engine.firmware.thumb_choice import THUMB
from engine.graph import Operator, TensorGraph
from engine.plan import KernelChoice

_FAST = {
    "dsp": DSP,
    "dsp-m7": DSP_M7,
    "thumb": THUMB,
    cmsis_nn.FAMILY: cmsis_nn.CMSIS_NN,
    "portable": {},
}
FAMILIES = tuple(_FAST)


def choose_kernels(graph: TensorGraph, *, family: str) -> tuple[KernelChoice, ...]:
    """One kernel per operator, in schedule order.

    Args:
        graph: the network.
        family: `dsp` (Cortex-M4), `dsp-m7` (Cortex-M7), `thumb` (Cortex-M0, M0+), `portable`, or
            `cmsis-nn` where its sources are installed.

    Raises:
        UnsupportedOperator: an operator has no kernel; names it, its layer and what is supported.
        UsageError: there is no such family, or its sources are not installed.
    """
    _check_family(family)
    choices = []
    for operator in graph.operators:
        try:
            choices.append(_choose(graph, operator, family))
        except Refusal as refusal:
            raise UnsupportedOperator(
                f"Layer {operator.index} ({graph.layer_name(operator)}) cannot run: {refusal}.",
                hint=_hint(operator),
                layer=operator.index,
                operator=operator.kind,
            ) from refusal
    return tuple(choices)


def unsupported_layers(graph: TensorGraph, *, family: str = "portable") -> dict[int, str]:
    """Reason for each operator that has no kernel, by its index; empty if the graph can be generated."""
    _check_family(family)
    reasons = {}
    for operator in graph.operators:
        try:
            _choose(graph, operator, family)
        except Refusal as refusal:
            reasons[operator.index] = str(refusal)
    return reasons


def supported_kinds() -> tuple[str, ...]:
    """All operator kinds with a kernel, sorted."""
    return tuple(sorted(PORTABLE))


def _choose(graph: TensorGraph, operator: Operator, family: str) -> KernelChoice:
    if operator.kind not in PORTABLE:
        kind = operator.kind.removeprefix("CUSTOM:")
        article = "custom operator" if operator.kind.startswith("CUSTOM:") else "operator"
        raise Refusal(f"the {article} {kind} is not supported")
    try:
        for candidate in _FAST[family].get(operator.kind, ()):
            choice = candidate(graph, operator)
            if choice is not None:
                return choice
        return PORTABLE[operator.kind](graph, operator)
    except Refusal as refusal:
        raise Refusal(f"{operator.kind} with {_as_reason(refusal)}") from refusal


def _as_reason(refusal: Refusal) -> str:
    text = str(refusal)
    return f"a mismatch: {text}" if text.startswith("its ") else text


def _hint(operator: Operator) -> str:
    if operator.kind in PORTABLE:
        documentation = PORTABLE[operator.kind].__doc__ or ""
        return f"Supported: {documentation.splitlines()[0]}"
    return f"Supported operators: {', '.join(supported_kinds())}."


def _check_family(family: str) -> None:
    if family not in FAMILIES:
        raise UsageError(
            f"There is no kernel family called {family}.", hint=f"Known families: {', '.join(FAMILIES)}."
        )
    if family == cmsis_nn.FAMILY:
        cmsis_nn.require_sources()
