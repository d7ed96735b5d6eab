"""Real documents of a small keyword model, built by hand so that their sums can be checked."""

from __future__ import annotations

from pathlib import Path

from engine.data.spec import DataSpec
from engine.events import EpochEnded
from engine.figures import Measured, Predicted, Simulated
from engine.pipeline import StageState
from engine.project import Budgets, Project
from engine.recipe import Recipe, TrainStep
from engine.summaries import (
    BoardRunSummary,
    BuildSummary,
    ConvertSummary,
    DataSummary,
    Document,
    EpochRow,
    FitSummary,
    FlashSummary,
    LayerCost,
    LayerInfo,
    ModelSummary,
    Placement,
    StepSummary,
    TensorInfo,
    VerifyRow,
    VerifySummary,
)
from gui.project_model import ProjectModel

CLASSES = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"]
STEP = "step-1-train"
STAGES = ("data", "model", STEP, "convert", "verify", "fit", "build", "flash", "board-run")
_DEPTHWISE, _CONV = "DEPTHWISE_CONV_2D", "CONV_2D"
# name, kind, kernel, output bytes, MACs, weight bytes
LAYERS = [
    ("conv_1", _CONV, "conv_int8_dsp", 8000, 320_000, 2816),
    *[
        layer
        for n in range(1, 5)
        for layer in (
            (f"depthwise_{n}", _DEPTHWISE, "depthwise_int8_dsp", 8000, 72_000, 1088),
            (f"pointwise_{n}", _CONV, "conv_1x1_int8_dsp", 8000, 512_000, 4608),
        )
    ],
    ("average_pool", "AVERAGE_POOL_2D", "average_pool_int8", 64, 0, 0),
    ("dense", "FULLY_CONNECTED", "fully_connected_int8_dsp", 10, 640, 680),
    ("softmax", "SOFTMAX", "softmax_int8", 10, 0, 512),
]


def epoch_row(epoch: int) -> EpochRow:
    """A row that improves with every epoch."""
    left = 0.8**epoch
    return EpochRow(
        step="train",
        epoch=epoch,
        train_loss=0.08 + 2.2 * left,
        train_accuracy=0.985 - 0.85 * left,
        validation_loss=0.16 + 2.1 * left + (0.02 if epoch % 4 == 0 else 0.0),
        validation_accuracy=0.952 - 0.8 * left - (0.008 if epoch % 5 == 0 else 0.0),
        learning_rate=0.004 * (1 - epoch / 40),
    )


def epoch_event(epoch: int, epochs: int = 30) -> EpochEnded:
    """The same row as an event of a running job."""
    row = epoch_row(epoch)
    return EpochEnded(
        stage=STEP,
        step=row.step,
        epoch=epoch,
        epochs=epochs,
        train_loss=row.train_loss,
        train_accuracy=row.train_accuracy,
        validation_loss=row.validation_loss,
        validation_accuracy=row.validation_accuracy,
        learning_rate=row.learning_rate,
        seconds=2.0,
        samples_per_second=1480.0,
    )


def confusion(mistakes: dict[tuple[int, int], int] | None = None, each: int = 40) -> list[list[int]]:
    """`each` samples a class, all right but the mistakes given."""
    wrong = {(1, 9): 4, (9, 1): 3, (2, 7): 2, (4, 5): 1} if mistakes is None else mistakes
    rows = []
    for true in range(len(CLASSES)):
        answers = [wrong.get((true, said), 0) for said in range(len(CLASSES))]
        answers[true] = each - sum(answers)
        rows.append(answers)
    return rows


def data() -> DataSummary:
    """Ten keywords."""
    counts = {"train": 160, "validation": 40, "test": 40}
    return DataSummary(
        source="builtin:keywords",
        kind="audio",
        classes=CLASSES,
        counts={split: dict.fromkeys(CLASSES, n) for split, n in counts.items()},
        groups={"train": ["a", "b"], "validation": ["c"], "test": ["d"]},
        input_shape=(49, 10, 1),
        problems=[],
    )


def model() -> ModelSummary:
    """The network before training."""
    return ModelSummary(
        model="ds-cnn-s",
        format="built in",
        trainable=True,
        task="keywords",
        inputs=[TensorInfo("input", (1, 49, 10, 1), "float32")],
        outputs=[TensorInfo("output", (1, 10), "float32")],
        parameters=23_754,
        macs=sum(layer[4] for layer in LAYERS),
        layers=[
            LayerInfo(i, name, kind, (1, out), macs, weights, out)
            for i, (name, kind, _, out, macs, weights) in enumerate(LAYERS)
        ],
        model_hash="0123456789abcdef",
    )


def step() -> StepSummary:
    """A finished training."""
    return StepSummary(
        kind="train",
        accuracy_before=None,
        accuracy_after=Measured(0.975, "fraction"),
        model_bytes_before=95_016,
        model_bytes_after=95_016,
        macs_before=2_656_640,
        macs_after=2_656_640,
        parameters=23_754,
        epochs=[epoch_row(n) for n in range(1, 31)],
        confusion=confusion(),
        seconds=64.0,
    )


def convert() -> ConvertSummary:
    """The chain's files."""
    return ConvertSummary(
        files={"onnx": "model.onnx", "float": "float.tflite", "int8": "int8.tflite"},
        file_bytes={"onnx": 99_000, "float": 98_000, "int8": 38_000},
        float_accuracy=Measured(0.975, "fraction"),
        int8_accuracy=Measured(0.97, "fraction"),
        confusion=confusion({(1, 9): 5, (9, 1): 4, (2, 7): 2, (4, 5): 1}),
        calibration_samples=200,
    )


FORMS = ("torch", "onnx", "tensorflow", "tflite-float", "tflite-int8", "tflite-micro")


def verify(*, worst: float = 4e-6, quanta: float = 1.0) -> VerifySummary:
    """Every layer through five hops; `worst` is the largest relative error, in the first hop."""
    rows = []
    for hop, (before, after) in enumerate(zip(FORMS, FORMS[1:], strict=False)):
        for index, (name, *_rest) in enumerate(LAYERS):
            if hop < 3:
                isolated = worst if (hop, index) == (0, 4) else 2e-7 * (1 + (index * 3 + hop) % 7)
                limit, unit = 1e-5, "relative"
                cumulated = isolated * (1 + 0.4 * index)
            else:
                isolated = quanta if hop == 3 and index % 3 == 1 else 0.0
                limit, unit = 1.0, "quanta"
                cumulated = isolated + (index // 4 if hop == 3 else 0)
            rows.append(
                VerifyRow(before, after, name, isolated, cumulated, unit, limit, isolated <= limit)
            )
    accuracies = {form: 0.975 for form in FORMS[:4]} | {form: 0.97 for form in FORMS[4:]}
    return VerifySummary(
        rows=rows, accuracies=accuracies, inputs_compared=12, passed=all(row.passed for row in rows)
    )


def placements() -> list[Placement]:
    """Two buffers in turn; the softmax writes over its input."""
    found = [Placement(0, "input", "INPUT", 8000, 490, 0, 0)]
    for index, (name, kind, _, size, _macs, _weights) in enumerate(LAYERS):
        last = min(index + 1, len(LAYERS) - 1)
        offset, shares = (0 if index % 2 == 0 else 8000), -1
        if name == "softmax":
            offset, shares = found[-1].offset, found[-1].tensor
        found.append(Placement(index + 1, name, kind, offset, size, index, last, shares))
    return found


def fit(*, fits: bool = True) -> FitSummary:
    """A plan for the STM32F407; not fitting, its RAM budget is 12 KB."""
    weights = sum(layer[5] for layer in LAYERS)
    parts = {"weights": weights, "kernels": 14_200, "platform": 6100, "tables": 1400}
    cycles = [4_000 + macs * 1.35 for *_, macs, _weights in LAYERS]
    ram_budget = 196_608 if fits else 12_288
    ram = 16_000 + 1536 + 2048
    return FitSummary(
        model="ds-cnn-s",
        board="stm32f407",
        flash_bytes=Predicted(sum(parts.values()), "bytes", 5.0),
        ram_bytes=Predicted(ram, "bytes", 5.0),
        arena_bytes=16_000,
        arena_lower_bound_bytes=16_000,
        scratch_bytes=640,
        cycles=Predicted(sum(cycles), "cycles", 15.0),
        latency_ms=Predicted(sum(cycles) / 168_000, "ms", 15.0),
        flash_budget_bytes=524_288,
        ram_budget_bytes=ram_budget,
        flash_parts=parts,
        ram_parts={"arena": 16_000, "data and buffers": 1536, "stack": 2048},
        placements=placements(),
        layers=[
            LayerCost(i, name, kind, kernel, macs, weights_ + 60, 16_000, 640, cycles[i])
            for i, (name, kind, kernel, _, macs, weights_) in enumerate(LAYERS)
        ],
        fits=fits,
        reasons=[] if fits else ["SRAM: needs 20 KB, board has 12 KB."],
        suggestions=(
            []
            if fits
            else [
                "Layer 1 (dw_1) needs the most: lower the input size, or prune about 38 % of its "
                "channels.",
                "Or choose a larger board: STM32F407 Discovery, Raspberry Pi Pico.",
            ]
        ),
    )


def build() -> BuildSummary:
    """The linked image of the same plan."""
    parts = {"weights": 34_100, "kernels": 13_650, "platform": 6240, "tables": 1388}
    return BuildSummary(
        model="ds-cnn-s",
        board="stm32f407",
        elf="firmware.elf",
        bin="firmware.bin",
        flash_bytes=sum(parts.values()),
        ram_bytes=19_400,
        flash_parts=parts,
        ram_parts={"arena": 16_000, "data and buffers": 1352, "stack": 2048},
        toolchain="zig 0.17",
        kernels="dsp",
        seconds=3.2,
        model_hash="0123456789abcdef",
    )


def flash() -> FlashSummary:
    """One write to the virtual board."""
    return FlashSummary(
        board="stm32f407",
        link="virtual",
        bytes_written=55_378,
        step_seconds={"erase": 0.1, "write": 0.8, "verify": 0.3, "restart": 0.2},
    )


def board_run(*, mismatched: int = 0) -> BoardRunSummary:
    """All test clips on the virtual board."""
    cycles = [4_400 + round(macs * 1.28) for *_, macs, _weights in LAYERS]
    return BoardRunSummary(
        board="stm32f407",
        link="virtual",
        inputs_compared=400,
        mismatched_bytes=mismatched,
        accuracy=Measured(0.97, "fraction"),
        host_accuracy=Measured(0.97, "fraction"),
        instructions=2_900_000,
        cycles=Simulated(sum(cycles), "cycles"),
        latency_ms=Simulated(sum(cycles) / 168_000, "ms"),
        layer_cycles=cycles,
        arena_bytes=16_000,
        stack_bytes=1320,
        confusion=confusion({(1, 9): 5, (9, 1): 4, (2, 7): 2, (4, 5): 1}),
    )


DOCUMENTS = {
    "data": data,
    "model": model,
    STEP: step,
    "convert": convert,
    "verify": verify,
    "fit": fit,
    "build": build,
    "flash": flash,
    "board-run": board_run,
}


def project_model(
    folder: Path,
    *,
    done: tuple[str, ...] = STAGES,
    stale: tuple[str, ...] = (),
    budgets: Budgets | None = None,
    **documents: Document,
) -> ProjectModel:
    """A project model with these stages done; `documents` replace single results (`board_run` too)."""
    state = ProjectModel()
    state.project = Project(
        folder=folder,
        name="Ten keywords",
        task="keywords",
        board_id="stm32f407",
        network="ds-cnn-s",
        data=DataSpec(),
        recipe=Recipe((TrainStep(epochs=30),)),
        budgets=budgets or Budgets(latency_ms=40.0, accuracy=0.9),
    )
    for key in STAGES:
        document = documents.get(key.replace("-", "_")) or DOCUMENTS[key]()
        if key in stale:
            reason = "Made with an older model, recipe, data set or board."
            state.stages[key] = StageState(key, key, "stale", reason, folder, document)
        elif key in done:
            state.stages[key] = StageState(key, key, "done", "", folder, document)
        else:
            state.stages[key] = StageState(key, key, "todo")
    return state
