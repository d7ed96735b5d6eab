"""`recipe sensitivity`: which layers lose most to 8 bits, and where 16 bits are worth what they cost.

A tensor between two layers keeps 16 bits only if both of them do, so what is tried are neighbours in
pairs, and the two ends alone (with the network's input, and with its output). Each is measured: the
network is quantised with 16 bits there and its answers are compared with those of the float network.
"""

from __future__ import annotations

import dataclasses
import math
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.board_cost import planned_cost
from engine.boards import BoardSpec, load_board
from engine.candidates import Cost
from engine.errors import UnsupportedOperator, UsageError
from engine.events import CancelToken, LogLine, Report, Result, StageProgress
from engine.front_end_choice import chosen_front_end
from engine.project import Project
from engine.project_data import load_project_data

if TYPE_CHECKING:
    from engine.converted_network import ConvertedNetwork
    from engine.data import LabelledSet

STAGE = "sensitivity"
_SAMPLES = 100  # training samples whose answers are compared
_PAYS = 0.9  # a further place is taken if it leaves at most this share of the error
_HARDLY = 0.01  # of the time: less than this more counts as this


@dataclass(frozen=True)
class Precision:
    """A network with 16-bit activations in some layers, measured.

    Attributes:
        layers: those with 16 bits, in order of execution.
        error: mean squared difference of its answers from those of the float network.
        agreement: share of the samples on which both give the same class.
        cost: on the board, None without one.
        refused: why it cannot run there, or "".
    """

    layers: tuple[str, ...]
    error: float
    agreement: float
    cost: Cost | None
    refused: str = ""


def sensitivity(project: Project, *, improve: bool = False, report: Report, cancel: CancelToken) -> None:
    """Measure what 16 bits give and take at each place of the trained network, the best place first.

    Then join places, those first that give most for the time they take, as long as each lowers the error
    and the network still fits the board and the project's budgets. Order and choice come from training
    samples; validation samples only say what the choice does to the accuracy.

    Args:
        project: an opened project; with `improve` its recipe may be changed and saved.
        improve: let the recipe give 16 bits to the layers that were chosen.
        report: gets one `Result` a place, then one for the choice.
        cancel: checked at each sample.

    Raises:
        UsageError: the project has nothing to quantise.
        EngineError: training or conversion failed.
        Cancelled: the user stopped it.
    """
    bench = _Bench(project, report, cancel)
    plain = bench.measure(())
    ranked = _ranked(bench, report)
    for found in ranked:
        report(Result(values=_row(found, plain)))
    chosen = _chosen(bench, plain, ranked, report)
    values = {**_row(chosen, plain), "place": "chosen", "layers": list(chosen.layers)}
    values |= {
        "accuracy_8_bits": bench.accuracy(()),
        "accuracy_chosen": bench.accuracy(chosen.layers),
        "sentence": _sentence(chosen, plain),
    }
    report(Result(values=values))
    if improve and chosen.layers:
        step, _ = project.recipe.quantisation()
        step = dataclasses.replace(step, first_last_int16=False, int16_layers=",".join(chosen.layers))
        project.recipe = project.recipe.with_quantisation(step)
        project.save()
        report(LogLine(stage=STAGE, text="The recipe now gives them 16 bits; run the project again."))


def places(layers: list[str]) -> list[tuple[str, ...]]:
    """Where 16 bits may be tried alone: both ends, and all neighbours."""
    ends = dict.fromkeys([(layers[0],), (layers[-1],)])
    return [*ends, *zip(layers, layers[1:], strict=False)]


def _ranked(bench: _Bench, report: Report) -> list[Precision]:
    tried = places(bench.layers)
    found = []
    for number, layers in enumerate(tried):
        report(StageProgress(stage=STAGE, done=number, total=len(tried), unit="places tried"))
        found.append(bench.measure(layers))
    return sorted(found, key=lambda precision: precision.error)


def _chosen(bench: _Bench, plain: Precision, ranked: list[Precision], report: Report) -> Precision:
    """Greedy: a further place is joined only if it pays and all still fits."""
    best = plain
    for number, place in enumerate(sorted(ranked, key=lambda p: _gain(p, plain), reverse=True)):
        report(StageProgress(stage=STAGE, done=number, total=len(ranked), unit="places joined"))
        wanted = {*best.layers, *place.layers}
        if place.refused or wanted <= set(best.layers):
            continue
        joined = bench.measure(tuple(name for name in bench.layers if name in wanted))
        if not joined.refused and pays(best, joined):
            best = joined
    return best


def pays(before: Precision, after: Precision) -> bool:
    """Whether more 16-bit layers are worth it: less error, and twice the time only for half of it."""
    if after.error > _PAYS * before.error:
        return False
    if after.cost is None or before.cost is None:
        return True
    slower = after.cost.latency_ms / before.cost.latency_ms
    return after.cost.fits and after.error * slower <= before.error


def _gain(found: Precision, plain: Precision) -> float:
    """How much less error for the time it takes; what takes hardly any counts as a hundredth."""
    less = math.log(max(plain.error, 1e-30) / max(found.error, 1e-30))
    if found.cost is None or plain.cost is None or less <= 0:
        return less
    return less / max(found.cost.latency_ms / plain.cost.latency_ms - 1, _HARDLY)


class _Bench:
    """Quantises the project's converted network again and again, and measures each result."""

    def __init__(self, project: Project, report: Report, cancel: CancelToken) -> None:
        from engine import pipeline
        from engine.convert.tensorflow_to_tflite import weighted_layers
        from engine.converted_network import ConvertedNetwork
        from engine.micro_reference import MicroReference
        from engine.tflite_model import TfliteModel

        plan = {planned.stage: planned for planned in pipeline.planned_stages(project)}
        if "convert" not in plan or project.data is None:
            raise UsageError(
                "Sensitivity is measured on a project's own samples, and on a float network.",
                hint="Make a project from the float network and its data.",
            )
        pipeline.run(project, until="convert", report=report, cancel=cancel)
        self._project, self._cancel = project, cancel
        self._board: BoardSpec | None = load_board(project.board_id) if project.board_id else None
        self._network: ConvertedNetwork = ConvertedNetwork.in_folder(plan["convert"].folder(project))
        self._data: LabelledSet = load_project_data(project, report=report, cancel=cancel)
        self.layers = weighted_layers(TfliteModel.read(self._network.tflite_float_path))
        rows = np.linspace(0, len(self._data.train.labels) - 1, _SAMPLES).astype(int)
        self._inputs = self._data.train.inputs[np.unique(rows)]
        reference = MicroReference(self._network.tflite_float_path)
        self._wanted = reference.run_all(reference.quantize_input(self._inputs), cancel=cancel)

    def measure(self, layers: Collection[str]) -> Precision:
        """The network with 16 bits in these layers."""
        from engine.micro_reference import MicroReference

        with tempfile.TemporaryDirectory(prefix="thimble-precision-") as folder:
            path = self._quantised(layers, Path(folder))
            reference = MicroReference(path)
            answers = reference.run_all(reference.quantize_input(self._inputs), cancel=self._cancel)
            error = float(np.square(answers - self._wanted).mean())
            agreement = float((answers.argmax(axis=1) == self._wanted.argmax(axis=1)).mean())
            cost, refused = self._cost(path)
        return Precision(tuple(layers), error, agreement, cost, refused)

    def accuracy(self, layers: Collection[str]) -> float | None:
        """Of a classifier on the validation samples."""
        from engine.micro_reference import MicroReference

        part = self._data.validation
        if not self._network.softmax or not len(part.labels):
            return None
        with tempfile.TemporaryDirectory(prefix="thimble-precision-") as folder:
            reference = MicroReference(self._quantised(layers, Path(folder)))
            answers: NDArray[Any] = reference.run_all(
                reference.quantize_input(part.inputs), cancel=self._cancel
            )
        return float((answers.argmax(axis=1) == part.labels).mean())

    def _quantised(self, layers: Collection[str], folder: Path) -> Path:
        from engine.convert.tensorflow_to_tflite import convert_int8

        path = folder / "network.tflite"
        network = self._network
        convert_int8(network.tflite_float_path, path, network.ranges, int16_layers=layers)
        return path

    def _cost(self, path: Path) -> tuple[Cost | None, str]:
        if self._board is None:
            return None, ""
        try:
            front_end = chosen_front_end(None, self._project)
            return planned_cost(path, self._board, self._project.budgets, front_end), ""
        except UnsupportedOperator as error:
            return None, error.message


def _row(found: Precision, plain: Precision) -> dict[str, Any]:
    values: dict[str, Any] = {
        "place": ", ".join(found.layers) or "none",
        "error_left": found.error / plain.error if plain.error else 1.0,
        "agreement": found.agreement,
        "refused": found.refused,
    }
    if found.cost is not None and plain.cost is not None:
        values |= {
            "flash_bytes_more": found.cost.flash_bytes - plain.cost.flash_bytes,
            "ram_bytes_more": found.cost.ram_bytes - plain.cost.ram_bytes,
            "latency_ms_more": found.cost.latency_ms - plain.cost.latency_ms,
            "basis": "predicted",
            "fits": found.cost.fits,
        }
    return values


def _sentence(chosen: Precision, plain: Precision) -> str:
    if not chosen.layers:
        return "No place is worth 16 bits: 8 bits everywhere."
    left = chosen.error / plain.error
    return f"16 bits in {len(chosen.layers)} layers leave {left:.0%} of the rounding error."
