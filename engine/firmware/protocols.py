"""What the firmware speaks on its serial port: Thimble's telemetry, or the protocol of MLPerf Tiny.

MLPerf Tiny's host loads inputs in the form of its data sets: `mlperf` takes the network's own bytes,
`mlperf-uint8` pixels from 0 to 255, `mlperf-float32` real values, which the board quantises.
"""

from __future__ import annotations

from engine.errors import UnsupportedOperator, UsageError
from engine.graph import TensorGraph

TELEMETRY = "thimble"
_INPUTS = {"mlperf": 0, "mlperf-uint8": 1, "mlperf-float32": 2}  # numbers of mlperf.h
PROTOCOLS = (TELEMETRY, *_INPUTS)


def protocol_of(text: str | None) -> str:
    """What `--protocol` asks for; Thimble's own unasked.

    Raises:
        UsageError: there is none of that name.
    """
    if text in (None, ""):
        return TELEMETRY
    if text not in PROTOCOLS:
        raise UsageError(f"There is no protocol called {text}.", hint=f"Known: {', '.join(PROTOCOLS)}.")
    assert text is not None
    return text


def loaded_bytes(protocol: str, graph: TensorGraph) -> int:
    """Bytes of an input as MLPerf Tiny's host loads it."""
    elements = graph.tensors[graph.inputs[0]].elements
    return 4 * elements if protocol == "mlperf-float32" else elements


def protocol_defines(protocol: str, graph: TensorGraph) -> dict[str, str]:
    """The macros that make firmware speak a protocol: see mlperf.h.

    Raises:
        UnsupportedOperator: the protocol knows one int8 input and one int8 output only.
    """
    if protocol == TELEMETRY:
        return {}
    tensors = [graph.tensors[i] for i in (*graph.inputs, *graph.outputs)]
    if len(tensors) != 2 or any(t.dtype != "int8" or t.quantization is None for t in tensors):
        raise UnsupportedOperator(
            "MLPerf Tiny's protocol is for networks with one int8 input and one int8 output.",
            hint="Build without --protocol.",
        )
    output = tensors[1].quantization
    assert output is not None
    return {
        "THIMBLE_MLPERF": "1",
        "THIMBLE_MLPERF_INPUT": str(_INPUTS[protocol]),
        "THIMBLE_MLPERF_OUTPUT_COUNT": f"{tensors[1].elements}u",
        "THIMBLE_MLPERF_OUTPUT_SCALE": f"{float(output.scale):.9e}f",
        "THIMBLE_MLPERF_OUTPUT_ZERO_POINT": f"({int(output.zero_point)})",
    }
