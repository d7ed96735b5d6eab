"""The real range of every activation, measured on calibration samples with the float network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from engine.errors import ConversionFailed, UsageError
from engine.events import CancelToken, Report, StageProgress
from engine.tflite_model import TfliteModel

METHODS = ("minmax", "percentile")
PERCENTILE = 99.99
_KEPT_PER_SAMPLE = 4096

# Outputs that the kernels fix: the real values of quanta -128 and 127 (TFLite 8-bit quantisation
# specification): softmax and logistic have scale 1/256 and zero point -128, tanh 1/128 and 0.
FIXED_RANGES: dict[str, tuple[float, float]] = {
    "SOFTMAX": (0.0, 255 / 256),
    "LOGISTIC": (0.0, 255 / 256),
    "TANH": (-1.0, 127 / 128),
}
# With 16 bits they all have scale 1/32768 and zero point 0.
FIXED_INT16_RANGE = (-1.0, 32767 / 32768)
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
        "SQUEEZE",
        "TRANSPOSE",
    }
)


def measure_ranges(
    path: Path,
    calibration: NDArray[np.float32],
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
        calibration: float32 (samples, *input shape without batch), channels last.
        method: `minmax`, or `percentile`: cut the outermost 0.01 % of the values at either end.
        given: ranges that are known already, by tensor name; they replace measured ones.
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
    if not len(calibration):
        raise UsageError("The calibration set is empty.", hint="Give at least one sample.")
    model = TfliteModel.read(path)
    interpreter = Interpreter(
        model_content=path.read_bytes(),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    activations = model.activations()
    lows = {t: np.full(len(calibration), np.inf) for t in activations}
    highs = {t: np.full(len(calibration), -np.inf) for t in activations}
    kept: dict[int, list[NDArray[np.float32]]] = {t: [] for t in activations}
    choice = np.random.default_rng(0)
    for number, sample in enumerate(calibration):
        cancel.check()
        interpreter.set_tensor(source["index"], sample.reshape(source["shape"]))
        interpreter.invoke()
        for tensor in activations:
            values = interpreter.get_tensor(tensor).ravel()
            lows[tensor][number], highs[tensor][number] = values.min(), values.max()
            if method == "percentile":
                few = values.size <= _KEPT_PER_SAMPLE
                kept[tensor].append(
                    values.copy() if few else choice.choice(values, _KEPT_PER_SAMPLE, replace=False)
                )
        report(
            StageProgress(
                stage=stage, done=number + 1, total=len(calibration), unit="calibration samples"
            )
        )
    measured: dict[int, tuple[float, float]] = {}
    for tensor in activations:
        if method == "percentile":
            low, high = np.percentile(np.concatenate(kept[tensor]), [100 - PERCENTILE, PERCENTILE])
        else:
            low, high = lows[tensor].min(), highs[tensor].max()
        if not np.isfinite([low, high]).all():
            raise ConversionFailed(
                f"Layer {model.name(tensor)} gives values that are not finite.",
                hint="Train again with a lower learning rate, or check the calibration data.",
            )
        known = (given or {}).get(model.name(tensor))
        measured[tensor] = known or _usable(float(low), float(high))
    return _shared(model, measured)


def _usable(low: float, high: float) -> tuple[float, float]:
    """A range with zero inside that is not empty."""
    low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if high - low > 1e-6 else (0.0, 1.0)


def _shared(
    model: TfliteModel, measured: dict[int, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """One range for tensors that must share one; a fixed range wins over a measured one."""
    group = {tensor: tensor for tensor in measured}

    def root(tensor: int) -> int:
        while group[tensor] != tensor:
            tensor = group[tensor]
        return tensor

    fixed: dict[int, tuple[float, float]] = {}
    for kind, operator in model.operators():
        if kind in FIXED_RANGES:
            fixed[int(operator.outputs[0])] = FIXED_RANGES[kind]
        if kind in ONE_RANGE:
            members = [t for t in (*model.operands(operator), *map(int, operator.outputs)) if t in group]
            for tensor in members:
                group[root(tensor)] = root(members[0])
    ranges: dict[str, tuple[float, float]] = {}
    for tensor in measured:
        members = [t for t in measured if root(t) == root(tensor)]
        source = [fixed[t] for t in members if t in fixed] or [measured[t] for t in members]
        ranges[model.name(tensor)] = (min(low for low, _ in source), max(high for _, high in source))
    return ranges
