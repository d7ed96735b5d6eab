"""The whole conversion, hop by hop, from a trained torch module to a network for TFLite Micro."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import nn

from engine.convert.onnx_to_tensorflow import build_tensorflow
from engine.convert.ranges import measure_ranges
from engine.convert.tensorflow_to_tflite import convert_float, convert_int8
from engine.convert.tflite_to_micro import check_micro
from engine.convert.torch_to_onnx import export_onnx
from engine.converted_network import ConvertedNetwork, Samples, per_input
from engine.events import CancelToken, Event, LogLine, Report, StageProgress

__all__ = ["ConvertedNetwork", "check_network", "convert_network"]

Shapes = tuple[int, ...] | list[tuple[int, ...]]
STAGE = "convert"
HOPS = ("ONNX", "TensorFlow", "TFLite float", "calibration", "TFLite INT8", "TFLite Micro")


def convert_network(
    module: nn.Module,
    input_shape: Shapes,
    calibration: Samples,
    folder: Path,
    *,
    classification: bool = True,
    first_last_int16: bool = False,
    int16_layers: Collection[str] = (),
    method: str = "minmax",
    given_ranges: Mapping[str, tuple[float, float]] | None = None,
    report: Report,
    cancel: CancelToken,
) -> ConvertedNetwork:
    """Convert PyTorch -> ONNX -> TensorFlow -> TFLite -> TFLite INT8 -> TFLite Micro.

    Args:
        module: float network in evaluation mode, channels first, without softmax.
        input_shape: of one input without batch, channels last: (height, width, channels), (length,
            channels) or (features,); a list of shapes for a network of several inputs.
        calibration: float32 (samples, *input_shape), or a list of them; sets the activations' ranges.
        folder: where all files go; must exist.
        classification: append a softmax over the classes.
        first_last_int16: 16-bit activations in the first and last layer.
        int16_layers: further layers of 16-bit activations, by name; see `convert_int8`.
        method: how ranges are read from the calibration set: `minmax`, `percentile` or `mse`.
        given_ranges: ranges that are known already, by layer; they replace measured ones.
        report: told about each hop.
        cancel: checked at each hop and each calibration sample.

    Raises:
        UsageError: a name in `int16_layers` is unknown.
        UnsupportedOperator: an operator cannot be converted; it is named with its layer.
        ConversionFailed: a hop failed.
        Cancelled: somebody asked to stop.
    """
    seconds: dict[str, float] = {}

    @contextmanager
    def hop(number: int) -> Iterator[None]:
        cancel.check()
        report(StageProgress(stage=STAGE, done=number, total=len(HOPS), unit=HOPS[number]))
        started = time.perf_counter()
        yield
        seconds[HOPS[number]] = time.perf_counter() - started

    def within_calibration(event: Event) -> None:
        if isinstance(event, StageProgress) and event.total:
            done = HOPS.index("calibration") + event.done / event.total
            report(StageProgress(stage=STAGE, done=done, total=len(HOPS), unit="calibration"))

    onnx_path, tensorflow_path = folder / "network.onnx", folder / "network.pb"
    float_path, int8_path = folder / "network_float.tflite", folder / "network_int8.tflite"
    with hop(0):
        onnx_model = export_onnx(module, _channels_first(input_shape), onnx_path, softmax=classification)
    with hop(1):
        network = build_tensorflow(onnx_model)
        tensorflow_path.write_bytes(network.graph_bytes())
    with hop(2):
        convert_float(network, float_path)
    with hop(3):
        ranges = measure_ranges(
            float_path,
            calibration,
            method=method,
            given=given_ranges,
            report=within_calibration,
            cancel=cancel,
        )
    for name, wanted in (given_ranges or {}).items():
        if name in ranges and ranges[name] != wanted:
            report(LogLine(stage=STAGE, text=_other_range(name, wanted, ranges[name])))
    with hop(4):
        ranges = convert_int8(
            float_path,
            int8_path,
            ranges,
            first_last_int16=first_last_int16,
            int16_layers=int16_layers,
        )
    with hop(5):
        micro = check_micro(int8_path)
        report(LogLine(stage=STAGE, text=micro.note))
    report(StageProgress(stage=STAGE, done=len(HOPS), total=len(HOPS), unit="done"))
    converted = ConvertedNetwork(
        folder=folder,
        onnx_path=onnx_path,
        tensorflow_path=tensorflow_path,
        tflite_float_path=float_path,
        tflite_int8_path=int8_path,
        layers=network.layers,
        inputs=network.inputs,
        outputs=network.outputs,
        softmax=classification,
        ranges=ranges,
        calibration_samples=len(per_input(calibration)[0]),
        arena_bytes=micro.arena_bytes,
        seconds=seconds,
    )
    converted.save()
    return converted


def check_network(module: nn.Module, input_shape: Shapes) -> None:
    """Refuse a network that could not be converted, before time is spent on training it.

    Args:
        module: float network, channels first.
        input_shape: of one input without batch, channels last; a list of them for several inputs.

    Raises:
        UnsupportedOperator: an operator cannot be converted; it is named with its layer.
        ConversionFailed: PyTorch cannot export the network.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        build_tensorflow(export_onnx(module, _channels_first(input_shape), path))


def _channels_first(shapes: Shapes) -> list[tuple[int, ...]]:
    """The shape of every input as torch has it."""
    return [(s[-1], *s[:-1]) for s in (shapes if isinstance(shapes, list) else [shapes])]


def _other_range(name: str, wanted: tuple[float, float], found: tuple[float, float]) -> str:
    return (
        f"Layer {name} gets the range {found[0]:.4g} to {found[1]:.4g} instead of {wanted[0]:.4g} to "
        f"{wanted[1]:.4g}: in TFLite it shares its range with its neighbour."
    )
