"""The files that the conversion chain leaves behind, and how their tensors correspond."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

_INDEX = "network.json"

Samples = NDArray[np.float32] | Sequence[NDArray[np.float32]]
"""float32 (count, *input shape), channels last; for a network of several inputs a list, one for each."""


def per_input(samples: Samples) -> list[NDArray[np.float32]]:
    """One array (count, *shape) per input of the network."""
    return [samples] if isinstance(samples, np.ndarray) else list(samples)


class LayerForm(msgspec.Struct, frozen=True):
    """One tensor of the network under the same name in every form.

    Attributes:
        name: of the ONNX tensor and of the TFLite tensor, after the torch module that computes it.
        module: path of the torch module, '' for functions called by the network itself.
        kind: ONNX operator type, `Input` for inputs of the network.
        shape: in ONNX order (channels first), with a batch of one.
        axes: for each axis in TensorFlow the ONNX axis it holds, None for an added axis of length one.
        tensorflow: name of the tensor in the TensorFlow graph.
        features: for a flattened image, the ONNX position of each feature as TensorFlow stores it.
        constants: names of the constant operands (weights, bias).
    """

    name: str
    module: str
    kind: str
    shape: tuple[int, ...]
    axes: tuple[int | None, ...]
    tensorflow: str
    features: tuple[int, ...] | None = None
    constants: tuple[str, ...] = ()


class ConvertedNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """A network in all forms of the chain. Files lie in `folder`.

    Attributes:
        folder: where the files are.
        onnx_path: float, channels first.
        tensorflow_path: a serialised TensorFlow GraphDef, float, channels last.
        tflite_float_path: float.
        tflite_int8_path: 8-bit integers (first and last layer 16 bits if asked).
        layers: every tensor of the ONNX graph, inputs first, in order of execution.
        inputs: names of the network's inputs.
        outputs: names of the network's outputs, in order.
        softmax: whether a softmax was appended to the torch module's output.
        ranges: smallest and largest real value of each TFLite tensor that quantisation aimed at.
        calibration_samples: how many samples set them.
        arena_bytes: what TFLite Micro's interpreter needs, None where it is not installed.
        seconds: of each hop.
    """

    folder: Path
    onnx_path: Path
    tensorflow_path: Path
    tflite_float_path: Path
    tflite_int8_path: Path
    layers: tuple[LayerForm, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    softmax: bool
    ranges: dict[str, tuple[float, float]]
    calibration_samples: int
    arena_bytes: int | None
    seconds: dict[str, float]

    @property
    def file_names(self) -> dict[str, str]:
        """The files that people may take: `onnx`, `float` and `int8`."""
        return {kind: path.name for kind, path in self._for_people.items()}

    @property
    def file_bytes(self) -> dict[str, int]:
        """Their sizes."""
        return {kind: path.stat().st_size for kind, path in self._for_people.items()}

    @property
    def _for_people(self) -> dict[str, Path]:
        return {
            "onnx": self.onnx_path,
            "float": self.tflite_float_path,
            "int8": self.tflite_int8_path,
        }

    def save(self) -> None:
        """Write `network.json` beside the files, with paths relative to the folder."""
        plain = msgspec.to_builtins(self, enc_hook=str)
        for key, value in plain.items():
            if key.endswith("_path"):
                plain[key] = Path(value).name
        plain["folder"] = ""
        (self.folder / _INDEX).write_bytes(msgspec.json.encode(plain))

    @classmethod
    def in_folder(cls, folder: Path) -> ConvertedNetwork:
        """Read what `save` wrote, wherever the folder is now.

        Raises:
            FileNotFoundError: the folder holds no conversion.
        """
        plain = msgspec.json.decode((folder / _INDEX).read_bytes())
        for key, value in plain.items():
            if key.endswith("_path"):
                plain[key] = folder / value
        plain["folder"] = folder
        return msgspec.convert(plain, cls)
