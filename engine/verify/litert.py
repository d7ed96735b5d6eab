"""LiteRT's interpreter as verification needs it."""

from __future__ import annotations

from typing import Any

from ai_edge_litert.interpreter import Interpreter, OpResolverType


def open_reference(data: bytes) -> Any:
    """LiteRT with its reference kernels (its faster ones differ by many quanta), all tensors kept.

    Raises:
        RuntimeError: LiteRT refuses the network.
        ValueError: LiteRT refuses the network.
    """
    interpreter = Interpreter(
        model_content=data,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    return interpreter
