"""What each stage leaves behind for people and fronts: small frozen documents with a JSON form.

Every artefact folder holds `summary.json`, one of the documents below. The window and the command
line read these and nothing else; bulky results (weights, ELF files, tensors) stand beside them as
files named by the document, relative to the artefact folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from engine.examples import HardExample
from engine.figures import Figure

# Beside the summary of a step that was ended early: so that what is made from it is told apart.
EARLY_STOPS_FILE = "early-stops.txt"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Root of all summaries."""


class TensorInfo(msgspec.Struct, frozen=True):
    """An input or output. `scale` is 0.0 where the tensor is not quantised."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float = 0.0
    zero_point: int = 0


class LayerInfo(msgspec.Struct, frozen=True):
    """One operator as people see it.

    Attributes:
        support: `supported`, `replaced` or `unsupported`.
        reason: why it is replaced or unsupported, one sentence.
        fix: what helps this very layer, one sentence; "" where its kind alone tells.
    """

    index: int
    name: str
    kind: str
    output_shape: tuple[int, ...]
    macs: int
    parameter_bytes: int
    output_bytes: int
    support: str = "supported"
    reason: str = ""
    fix: str = ""


class ModelSummary(Document, frozen=True, kw_only=True):
    """What a model is, right after import.

    Attributes:
        task: keywords, images, anomaly, vibration or "".
        layout: how the file's first input lies: `channels-last`, `channels-first`, `steps-first` (a
            sequence with its steps in front of the batch), or "" for an input without channels.
    """

    model: str
    format: str
    trainable: bool
    task: str
    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    parameters: int
    macs: int
    layers: list[LayerInfo]
    model_hash: str
    layout: str = ""


class DataSummary(Document, frozen=True, kw_only=True):
    """A labelled set after splitting. `counts[split][class]` samples; splits share no group."""

    source: str
    kind: str
    classes: list[str]
    counts: dict[str, dict[str, int]]
    groups: dict[str, list[str]]
    input_shape: tuple[int, ...]
    problems: list[str]


class EpochRow(msgspec.Struct, frozen=True):
    """One epoch of one step; accuracies are fractions, None where nobody can tell.

    An autoencoder has none on training samples, and none on a part without healthy or without faulty
    samples.
    """

    step: str
    epoch: int
    train_loss: float
    train_accuracy: float | None
    validation_loss: float
    validation_accuracy: float | None
    learning_rate: float


class EarlyStop(msgspec.Struct, frozen=True):
    """A training that was ended early because somebody asked for its best weights so far.

    Attributes:
        epochs: how many were finished.
        planned: how many there would have been at most.
        best: the epoch whose weights were kept.
        training: "" for the step's own; the name of a teacher; `alone` for the comparison without one.
    """

    epochs: int
    planned: int
    best: int
    training: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
        whose = {"": "Stopped", "alone": "The training without a teacher was stopped"}.get(
            self.training, f"The training of the teacher {self.training} was stopped"
        )
        return f"{whose} after {self.epochs} of {self.planned} epochs; the best was epoch {self.best}."


class StepSummary(Document, frozen=True, kw_only=True):
    """What one recipe step took and gave. Figures before and after, same unit each.

    Accuracies are None where nobody can tell them; `notes` then say why.

    `confusion[true][predicted]` counts test samples after the step, and `hardest` are those that the
    network is least sure of. `notes` are sentences about what
    was done, and warnings. After distillation, `teacher_accuracy` and `alone_accuracy` (the same network
    trained without a teacher) are test figures, and `calibration_errors` (ECE, fractions) has the keys
    `teacher`, `before`, `alone` and `after` as far as they are known. `early_stops` are the trainings in
    this step that somebody ended early; it stays empty where all went to their ends.
    """

    kind: str
    accuracy_before: Figure | None
    accuracy_after: Figure | None
    model_bytes_before: int
    model_bytes_after: int
    macs_before: int
    macs_after: int
    parameters: int
    epochs: list[EpochRow]
    confusion: list[list[int]]
    seconds: float
    notes: list[str] = []
    teacher_accuracy: Figure | None = None
    alone_accuracy: Figure | None = None
    calibration_errors: dict[str, float] = {}
    hardest: list[HardExample] = []
    early_stops: list[EarlyStop] = []


class ConvertSummary(Document, frozen=True, kw_only=True):
    """The conversion chain's files (relative) and sizes, and the accuracy of the INT8 form.

    `notes` are sentences: what was done before rounding, and settings that the recipe did not give.
    """

    files: dict[str, str]
    file_bytes: dict[str, int]
    float_accuracy: Figure | None
    int8_accuracy: Figure | None
    confusion: list[list[int]]
    calibration_samples: int
    notes: list[str] = []


ERROR_EDGES: dict[str, tuple[float, ...]] = {
    "relative": (0.0, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3),
    "quanta": (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
}


class VerifyRow(msgspec.Struct, frozen=True):
    """One pair of neighbouring forms, one layer. `unit` is `relative` or `quanta`.

    `signal_to_noise_db` is of the isolated outputs over all inputs, None where they are equal;
    `worst_index` is the place of the largest isolated difference in the layer's own order;
    `error_counts[n]` elements over all inputs differ by at most `ERROR_EDGES[unit][n]`, and by more than
    the edge before; the last count is of those beyond all edges.
    """

    from_form: str
    to_form: str
    layer: str
    isolated_error: float
    cumulated_error: float
    unit: str
    limit: float
    passed: bool
    signal_to_noise_db: float | None = None
    worst_index: list[int] | None = None
    error_counts: list[int] = []


class VerifySummary(Document, frozen=True, kw_only=True):
    """The chain's rows in order, and the accuracy at each form (fractions).

    `first_guilty` is a sentence that names the first layer above its limit, empty if all passed;
    `likely_cause` one that says what its differences look like. `class_accuracies[form][class]` are
    fractions of the `accuracy_samples`, None for a class without samples.
    """

    rows: list[VerifyRow]
    accuracies: dict[str, float]
    inputs_compared: int
    passed: bool
    first_guilty: str = ""
    likely_cause: str = ""
    class_accuracies: dict[str, list[float | None]] = {}
    classes: list[str] = []
    accuracy_samples: int = 0


class Placement(msgspec.Struct, frozen=True):
    """One tensor in the arena, alive from operator `first` to `last`, both inclusive."""

    tensor: int
    name: str
    layer_kind: str
    offset: int
    size_bytes: int
    first: int
    last: int
    shares_with: int = -1


class LayerCost(msgspec.Struct, frozen=True):
    """Costs of one operator on one board. `cycles` 0 where unknown, the ratio None without MACs.

    The other cycles and bytes are those of code compiled the other way, see `FitSummary.optimise`.
    """

    index: int
    name: str
    kind: str
    kernel: str
    macs: int
    flash_bytes: int
    live_bytes: int
    scratch_bytes: int
    cycles: float = 0.0
    instructions_per_mac: float | None = None
    other_cycles: float = 0.0
    other_flash_bytes: int = 0


def layers_in_order(rows: Iterable[VerifyRow]) -> list[str]:
    """All layers in the order they run; what only a later pair has follows its neighbour there."""
    hops: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        hops.setdefault((row.from_form, row.to_form), []).append(row.layer)
    layers: list[str] = []
    for members in hops.values():
        place = 0 if set(members) & set(layers) else len(layers)
        for layer in members:
            if layer in layers:
                place = layers.index(layer) + 1
            else:
                layers.insert(place, layer)
                place += 1
    return layers


class FitSummary(Document, frozen=True, kw_only=True):
    """Does it fit, and why not. Budgets are what the board leaves for the model.

    `arena_is_least`: no other placement for these kernels takes fewer bytes, as an exact search showed.
    `optimise`: whether the code is compiled for `speed` or `size`; `other_flash_bytes` and
    `other_cycles` are what the other of the two would give.
    `flash_parts` names the parts of flash_bytes (weights, code, tables, start-up...).
    `reasons` are sentences with amounts; `suggestions` are sentences with the next step.
    `front_end_cycles` and `front_end_latency_ms` are of the features of one clip, where the board makes
    them; `cycles` and `latency_ms` do not hold them.
    """

    model: str
    board: str
    flash_bytes: Figure
    ram_bytes: Figure
    arena_bytes: int
    arena_lower_bound_bytes: int
    scratch_bytes: int
    cycles: Figure | None
    latency_ms: Figure | None
    flash_budget_bytes: int
    ram_budget_bytes: int
    flash_parts: dict[str, int]
    ram_parts: dict[str, int]
    placements: list[Placement]
    layers: list[LayerCost]
    fits: bool
    reasons: list[str]
    suggestions: list[str]
    arena_is_least: bool = False
    optimise: str = "speed"
    other_flash_bytes: Figure | None = None
    other_cycles: Figure | None = None
    front_end_cycles: Figure | None = None
    front_end_latency_ms: Figure | None = None


class BuildSummary(Document, frozen=True, kw_only=True):
    """A linked firmware image. Paths are relative to the artefact folder (absolute from `build -o`)."""

    model: str
    board: str
    elf: str
    bin: str
    flash_bytes: int
    ram_bytes: int
    flash_parts: dict[str, int]
    ram_parts: dict[str, int]
    toolchain: str
    kernels: str
    seconds: float
    model_hash: str


class FlashSummary(Document, frozen=True, kw_only=True):
    """One write to a board: seconds of each step (erase, write, verify, restart)."""

    board: str
    link: str
    bytes_written: int
    step_seconds: dict[str, float]


class BoardRunSummary(Document, frozen=True, kw_only=True):
    """Inputs streamed to a board and compared with TFLite Micro on the host.

    Integers count byte for byte; `worst_relative_error` is of float outputs, None where there are none.
    `layer_rows` compares every layer; `self_test` is what the firmware found at boot, '' if it has none.
    """

    board: str
    link: str
    inputs_compared: int
    mismatched_bytes: int
    accuracy: Figure | None
    host_accuracy: Figure | None
    instructions: int
    cycles: Figure
    latency_ms: Figure
    layer_cycles: list[int]
    arena_bytes: int
    stack_bytes: int
    confusion: list[list[int]]
    worst_relative_error: float | None = None
    layer_rows: list[VerifyRow] = []
    self_test: str = ""


D = TypeVar("D", bound=Document)


def write_summary(document: Document, folder: Path) -> None:
    """Write `summary.json` into an artefact folder that is not yet visible to others."""
    (folder / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1))


def read_summary(kind: type[D], folder: Path) -> D:
    """Read `summary.json` of an artefact folder.

    Raises:
        FileNotFoundError: there is none.
        msgspec.ValidationError: it does not hold the document asked for.
    """
    return msgspec.json.decode((folder / "summary.json").read_bytes(), type=kind)


def to_plain(document: Document) -> dict[str, object]:
    """The document as plain JSON values."""
    plain: dict[str, object] = msgspec.to_builtins(document)
    return plain
