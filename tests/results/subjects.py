"""What is measured: a network, the data it learns from, and how it is first trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.data.spec import DataSpec
from engine.recipe import Step, TrainStep
from engine.zoo import network_names
from tests.helpers.shared_data import shared_data_folder

_NORMAL = ("fan_0_off_0_weight", "fan_0_low_0_weight", "fan_0_low_0_weight-moving", "fan_0_med_0_weight")


@dataclass(frozen=True)
class Subject:
    """A network on a data set.

    Attributes:
        title: for the tables.
        spec: of the data, with the split of seed 0.
        base: the steps that make the float network which others start from.
        network: of the zoo, or "".
        model_file: a file that is trained on, or None.
        one_split: every seed has the same test part (an area under a curve is not pooled over splits).
    """

    title: str
    spec: DataSpec
    base: tuple[Step, ...]
    network: str = ""
    model_file: Path | None = None
    one_split: bool = False

    def spec_of(self, seed: int) -> DataSpec:
        """The data of one seed: each seed tests other speakers, so that more of them are heard."""
        from dataclasses import replace

        return self.spec if self.one_split else replace(self.spec, seed=self.spec.seed + seed)

    @property
    def missing(self) -> str:
        """Why it cannot be measured here, or ""."""
        if self.network and self.network not in network_names():
            return f"the zoo has no {self.network}"
        paths = [Path(self.spec.source)] + ([self.model_file] if self.model_file else [])
        gone = [path.name for path in paths if not path.exists()]
        return f"{gone[0]} is not on this machine" if gone else ""


def _shared(*parts: str) -> str:
    return str(shared_data_folder(*parts).resolve())


def _signs(size: int) -> DataSpec:
    return DataSpec(source=_shared("images", "sign_digits100"), task="images", image_size=size)


def _file(name: str, *folder: str) -> Subject:
    path = Path(_shared("models", *folder, name))
    base = (TrainStep(epochs=10, learning_rate=2e-3),)
    return Subject(f"{name}, sign digits 32x32", _signs(32), base, model_file=path)


_WORDS = DataSpec(source=_shared("speech", "speech_commands"), task="keywords")
_FAN = DataSpec(
    source=_shared("anomaly_vibration", "ceiling_fan"),
    task="vibration",
    normal_classes=",".join(_NORMAL),
)

SUBJECTS: dict[str, Subject] = {
    "keywords": Subject("keywords, DS-CNN-S", _WORDS, (TrainStep(epochs=30),), "ds-cnn-s"),
    "signs-mobilenet-v2": Subject(
        "sign digits 48x48, MobileNetV2-0.35", _signs(48), (TrainStep(epochs=24),), "mobilenet-v2-035"
    ),
    "signs-resnet8": Subject(
        "sign digits 32x32, ResNet-8", _signs(32), (TrainStep(epochs=16),), "resnet8"
    ),
    "signs-student": Subject("sign digits 48x48, tiny-cnn", _signs(48), (), "tiny-cnn"),
    "fan": Subject(
        "ceiling fan, autoencoder",
        _FAN,
        (TrainStep(epochs=40),),
        "autoencoder",
        one_split=True,
    ),
    "file-onnx": _file("mlperf_ic_resnet_float.onnx", "onnx_torch"),
    "file-keras": _file("pretrainedResnet.h5", "keras_h5"),
    "file-torch": _file("resnet20_cifar10.th", "onnx_torch"),
}
