"""The real range of every activation, measured on calibration samples with the float network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from engine.converted_network import Samples, per_input
from engine.errors import ConversionFailed, UsageError
from engine.events import CancelToken, Report, StageProgress
from engine.tflite_model import TfliteModel
from engine.value_histogram import METHODS, ValueHistogram, usable_range

# Outputs that the kernels fix: the real values of quanta -128 and 127 (TFLite 8-bit quantisation
# specification): softmax and logistic have scale 1/256 and zero point -128, tanh 1/128 and 0.
FIXED_RANGES: dict[str, tuple[float, float]] = {
    "SOFTMAX": (0.0, 255 / 256),
    "LOGISTIC": (0.0, 255 / 256),
    "TANH": (-1.0, 127 / 128),
}
# With 16 bits they all have scale 1/32768 and zero point 0.
FIXED_INT16_RANGE = (-1.0, 32767 / 32768)
_STEP = re.compile(r"(?<=\.)step\d+_of_\d+(?=\.)")  # see engine.convert.recurrent
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
# These kernels copy or compare quanta: operands and result must share one scale and zero point.
ONE_RANGE = frozenset(
    {
        "AVERAGE_POOL_2D",
        "CONCATENATION",
        "EXPAND_DIMS",
        "MAXIMUM",
        "MAX_POOL_2D",
        "MINIMUM",
        "MIRROR_PAD",
        "PAD",
        "RESHAPE",
        "SLICE",
        "SQUEEZE",
        "STRIDED_SLICE",
        "TRANSPOSE",
    }
)


def measure_ranges(
    path: Path,
    calibration: Samples,
    *,
    method: str = "minmax",
    given: Mapping[str, tuple[float, float]] | None = None,
    report: Report,
    cancel: CancelToken,
    stage: str = "convert",
) -> dict[str, tuple[float, float]]:
    """Run the float network and note the range of every activation.

    Args:
        path: the float `.tflite`.
        calibration: float32 (samples, *input shape without batch), channels last; a list of such
            arrays, one per input, for a network of several.
        method: `minmax`, `percentile` or `mse`; see `ValueHistogram.range`.
        given: ranges that are known already, by tensor name; they replace measured ones, also of
            tensors that must share one with them.
        report: told how many samples are done.
        cancel: checked at every sample.
        stage: name for the events.

    Returns:
        Smallest and largest value by tensor name; zero always inside, one range for tensors that
        the kernels want to share one.

    Raises:
        UsageError: unknown method or no samples.
        ConversionFailed: a value is not finite.
    """
    if method not in METHODS:
        raise UsageError(
            f"Unknown range method: {method}.", hint=f"Known methods: {', '.join(METHODS)}."
        )
    given_inputs = per_input(calibration)
    count = min(len(values) for values in given_inputs)
    if not count:
        raise UsageError("The calibration set is empty.", hint="Give at least one sample.")
    model = TfliteModel.read(path)
    interpreter = Interpreter(
        model_content=path.read_bytes(),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    sources = interpreter.get_input_details()
    activations = model.activations()
    histograms = {t: ValueHistogram() for t in activations}
    for number in range(count):
        cancel.check()
        for source, values in zip(sources, given_inputs, strict=True):
            interpreter.set_tensor(source["index"], values[number].reshape(source["shape"]))
        interpreter.invoke()
        for tensor in activations:
            histograms[tensor].add(interpreter.get_tensor(tensor))
        report(StageProgress(stage=stage, done=number + 1, total=count, unit="calibration samples"))
    measured: dict[int, tuple[float, float]] = {}
    known = {t: given[model.name(t)] for t in activations if given and model.name(t) in given}
    for tensor in activations:
        low, high = histograms[tensor].range(method)
        if not np.isfinite([low, high]).all():
            raise ConversionFailed(
                f"Layer {model.name(tensor)} gives values that are not finite.",
                hint="Train again with a lower learning rate, or check the calibration data.",
            )
        measured[tensor] = usable_range(low, high)
    return _shared(model, measured, known)


def _shared(
    model: TfliteModel,
    measured: dict[int, tuple[float, float]],
    known: dict[int, tuple[float, float]],
) -> dict[str, tuple[float, float]]:
    """One range for tensors that must share one: a fixed one, else known ones, else measured ones."""
    group = {tensor: tensor for tensor in measured}

    def root(tensor: int) -> int:
        while group[tensor] != tensor:
            tensor = group[tensor]
        return tensor

    fixed: dict[int, tuple[float, float]] = {}
    readers: dict[int, int] = {}
    for kind, operator in model.operators():
        if kind in FIXED_RANGES:
            fixed[int(operator.outputs[0])] = FIXED_RANGES[kind]
        if kind in WEIGHTED:
            # Layers that share weights share a bias, whose scale is the input's times the weights'.
            source, weights = int(operator.inputs[0]), int(operator.inputs[1])
            if source in group:
                group[root(source)] = root(readers.setdefault(weights, source))
        if kind in ONE_RANGE:
            members = [t for t in (*model.operands(operator), *map(int, operator.outputs)) if t in group]
            for tensor in members:
                group[root(tensor)] = root(members[0])
    # One range for a layer at all steps of a sequence: its constants and tables then stand once.
    first: dict[str, int] = {}
    for tensor in measured:
        name = model.name(tensor)
        if _STEP.search(name):
            group[root(tensor)] = root(first.setdefault(_STEP.sub("", name), tensor))
    ranges: dict[str, tuple[float, float]] = {}
    for tensor in measured:
        members = [t for t in measured if root(t) == root(tensor)]
        sources = [t for t in (fixed, known, measured) if not t.keys().isdisjoint(members)]
        shared = [sources[0][t] for t in members if t in sources[0]]
        ranges[model.name(tensor)] = (min(low for low, _ in shared), max(high for _, high in shared))
    return ranges
