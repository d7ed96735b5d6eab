"""Faults put into the chain for real, one at a time, each with the layer and the cause to be named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import nn

from engine.convert import chain as convert_chain
from engine.convert import tensorflow_to_tflite
from engine.convert.operator_call import Call
from engine.convert.tensorflow_operators import OPERATORS
from engine.firmware import fixed_point, layers
from engine.summaries import VerifyRow, VerifySummary
from engine.tflite_model import TfliteModel
from tests.helpers.networks import conv_bn_relu
from tests.helpers.whole_chain import convert_and_verify

SHAPE = (16, 16, 3)
ONNX_TO_TENSORFLOW = ("ONNX Runtime", "TensorFlow")
FLOAT_TO_QUANTISED = ("TFLite float", "QAT simulation")
MICRO_TO_C = ("TFLite Micro", "generated C on the host")


class Victim(nn.Module):
    """Strided, depthwise and pointwise convolutions, then a flatten over height, width and channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_bn_relu(3, 8, 3, 2, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.pointwise = nn.Conv2d(8, 12, 1)
        self.pool = nn.AvgPool2d(2)
        self.dense = nn.Linear(12 * 16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.depthwise(self.stem(x)))
        return self.dense(self.pool(self.pointwise(x)).flatten(1))


def victim() -> nn.Module:
    """The network, seeded, in evaluation mode."""
    torch.manual_seed(5)
    return Victim().eval()


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is broken, how, and what verification must say.

    Attributes:
        name: for people.
        breakage: a context in which the chain is broken.
        pair: neighbouring forms between which it must show first.
        layer: the first guilty layer.
        cause: words that the likely cause must hold.
    """

    name: str
    breakage: Callable[[], AbstractContextManager[Any]]
    pair: tuple[str, str]
    layer: str
    cause: str


def _translation(kind: str, layer: str, change: Callable[[Call], Call]) -> Callable[[], Any]:
    """One layer of the translation to TensorFlow is given something else."""
    right = OPERATORS[kind]

    def wrong(call: Call) -> Any:
        return right(change(call) if call.layer == layer else call)

    return lambda: mock.patch.dict(OPERATORS, {kind: wrong})


def _pads(*pads: int) -> Callable[[Call], Call]:
    return lambda call: dataclasses.replace(call, attributes={**call.attributes, "pads": pads})


def _outputs_backwards(call: Call) -> Call:
    value, weights, *rest = call.operands
    assert isinstance(weights, np.ndarray)
    return dataclasses.replace(call, operands=(value, weights[::-1].copy(), *rest))


def _inputs_backwards(call: Call) -> Call:
    value, weights, *rest = call.operands
    assert isinstance(weights, np.ndarray)
    return dataclasses.replace(call, operands=(value, weights[:, ::-1].copy(), *rest))


def _without_bias(call: Call) -> Call:
    return dataclasses.replace(call, operands=call.operands[:2])


def _wrong_variance(call: Call) -> Call:
    """Each output channel by a factor of its own, as a batch normalisation folded wrongly leaves it."""
    value, weights, *rest = call.operands
    assert isinstance(weights, np.ndarray)
    factors = np.linspace(0.8, 1.2, len(weights), dtype=weights.dtype).reshape(-1, 1, 1, 1)
    return dataclasses.replace(call, operands=(value, weights * factors, *rest))


@contextmanager
def _flatten_unordered() -> Iterator[None]:
    right = OPERATORS["Reshape"]
    with mock.patch.dict(
        OPERATORS, {"Reshape": lambda call: dataclasses.replace(right(call), features=None)}
    ):
        yield


def _quantised_file(change: Callable[[TfliteModel], None]) -> Callable[[], Any]:
    """The quantiser's file is changed before anybody reads it."""

    def broken(float_path: Path, path: Path, ranges: Any, **settings: Any) -> Any:
        aimed_at = tensorflow_to_tflite.convert_int8(float_path, path, ranges, **settings)
        model = TfliteModel.read(path)
        change(model)
        path.write_bytes(model.to_bytes())
        return aimed_at

    return lambda: mock.patch.object(convert_chain, "convert_int8", broken)


def _tensor(model: TfliteModel, name: str) -> int:
    return next(t for t in range(len(model.tensors)) if model.name(t) == name)


def _zero_point_one_off(model: TfliteModel) -> None:
    quantization = model.tensors[_tensor(model, "stem.2")].quantization
    quantization.zeroPoint = np.array([quantization.zeroPoint[0] + 1])


def _range_too_narrow(model: TfliteModel) -> None:
    quantization = model.tensors[_tensor(model, "stem.2")].quantization
    quantization.scale = np.array([quantization.scale[0] * 0.8])


def _weights_swapped(model: TfliteModel) -> None:
    weights = _tensor(model, "depthwise.weight")
    model.set_constant(weights, model.constant(weights)[..., ::-1])


def _padding_on_the_other_side(model: TfliteModel) -> None:
    pad = next(o for kind, o in model.operators() if kind == "PAD")
    widths = int(pad.inputs[1])
    rows = model.constant(widths).copy()
    rows[1], rows[2] = (2, 0), (2, 0)
    model.set_constant(widths, rows)


def _wrong_multipliers(factor: float) -> Callable[[], Any]:
    right = fixed_point.quantize_multipliers
    return lambda: mock.patch.object(
        fixed_point, "quantize_multipliers", lambda reals: right([real * factor for real in reals])
    )


def _input_zero_point_one_off() -> Any:
    right = layers.quantization_parameters
    return mock.patch.object(
        layers,
        "quantization_parameters",
        lambda *given: (found := right(*given)) | {"input_zero_point": found["input_zero_point"] + 1},
    )


FAULTS = [
    Fault(
        "padding on the other side (translation)",
        _translation("Conv", "depthwise", _pads(2, 2, 0, 0)),
        ONNX_TO_TENSORFLOW,
        "depthwise",
        "Padding on the wrong side",
    ),
    Fault(
        "TensorFlow's SAME for PyTorch's padding with stride 2",
        _translation("Conv", "stem.1", _pads(0, 0, 1, 1)),
        ONNX_TO_TENSORFLOW,
        "stem.1",
        "Padding: it is [0, 0, 1, 1] and should be [1, 1, 1, 1]",
    ),
    Fault(
        "swapped output channels (translation)",
        _translation("Conv", "pointwise", _outputs_backwards),
        ONNX_TO_TENSORFLOW,
        "pointwise",
        "Swapped channels: 12 of 12",
    ),
    Fault(
        "swapped input channels (translation)",
        _translation("Conv", "pointwise", _inputs_backwards),
        ONNX_TO_TENSORFLOW,
        "pointwise",
        "Swapped channels: its inputs are taken in the opposite order",
    ),
    Fault(
        "bias forgotten (translation)",
        _translation("Conv", "depthwise", _without_bias),
        ONNX_TO_TENSORFLOW,
        "depthwise",
        "Bias",
    ),
    Fault(
        "batch normalisation folded wrongly (translation)",
        _translation("Conv", "pointwise", _wrong_variance),
        ONNX_TO_TENSORFLOW,
        "pointwise",
        "Scale of each channel",
    ),
    Fault(
        "flatten in the wrong order (translation)",
        _flatten_unordered,
        ONNX_TO_TENSORFLOW,
        "view",
        "Layout",
    ),
    Fault(
        "zero point off by one (quantiser)",
        _quantised_file(_zero_point_one_off),
        FLOAT_TO_QUANTISED,
        "stem.2",
        "Zero point: it is",
    ),
    Fault(
        "range clipped to 80 % (quantiser)",
        _quantised_file(_range_too_narrow),
        FLOAT_TO_QUANTISED,
        "stem.2",
        "Range clipped: the scale covers 80.0 %",
    ),
    Fault(
        "swapped channels of weights (quantiser)",
        _quantised_file(_weights_swapped),
        FLOAT_TO_QUANTISED,
        "relu",
        "Swapped channels: 8 of 8",
    ),
    Fault(
        "padding on the other side (quantiser)",
        _quantised_file(_padding_on_the_other_side),
        FLOAT_TO_QUANTISED,
        "stem.1.pad",
        "Padding",
    ),
    Fault(
        "requantisation multiplier 2 % too large (generated C)",
        _wrong_multipliers(1.02),
        MICRO_TO_C,
        "stem.2",
        "Scale",
    ),
    Fault(
        "requantisation multiplier rounded badly (generated C)",
        _wrong_multipliers(1 + 1e-4),
        MICRO_TO_C,
        "stem.2",
        "Rounding",
    ),
    Fault(
        "zero point of the input off by one (generated C)",
        _input_zero_point_one_off,
        MICRO_TO_C,
        "stem.2",
        "zero point of its input",
    ),
]


def verify_broken(fault: Fault, folder: Path) -> VerifySummary:
    """Convert and verify the network with the fault in place."""
    with fault.breakage():
        return convert_and_verify(victim(), SHAPE, folder, classification=True).summary


def first_guilty_row(summary: VerifySummary) -> VerifyRow | None:
    """The first row above its limit."""
    return next((row for row in summary.rows if not row.passed), None)


def is_named(fault: Fault, summary: VerifySummary) -> bool:
    """Whether the fault was caught between the right forms, at the right layer, for the right reason."""
    row = first_guilty_row(summary)
    return (
        row is not None
        and (row.from_form, row.to_form, row.layer) == (*fault.pair, fault.layer)
        and fault.layer in summary.first_guilty
        and fault.cause in summary.likely_cause
    )
