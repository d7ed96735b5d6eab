"""The verification of a converted network, or of a finished `.tflite`, through all forms there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.converted_network import ConvertedNetwork, Samples, per_input
from engine.errors import EngineError
from engine.events import CancelToken, LogLine, Report, StageProgress
from engine.micro_reference import quantize
from engine.summaries import VerifySummary
from engine.tflite_model import TfliteModel
from engine.verify.boundary import boundary_inputs
from engine.verify.comparison import (
    FLOAT_LIMIT,
    QUANTA,
    RELATIVE,
    PairRecord,
    first_cause,
    first_guilty,
)
from engine.verify.quantised_forms import (
    PARAMETER_LIMIT,
    MicroForm,
    Quanta,
    ReferenceForm,
    arithmetic_limit,
    arithmetic_results,
    micro_limit,
    parameter_errors,
)
from engine.verify.rivals import usual_mistake
from engine.verify.simulation import SimulationForm

if TYPE_CHECKING:
    from torch import nn

    from engine.verify.float_forms import CuttableForm, FloatForm, Values

STAGE = "verify"
_NOISE_INPUTS = 8
_BREAKS_LITERT = frozenset({"SVDF"})  # LiteRT 2.3.0 writes past the end of a buffer there
_STATEFUL = frozenset({"VAR_HANDLE", "CALL_ONCE", "READ_VARIABLE", "ASSIGN_VARIABLE", "WHILE", "IF"})


class LabelledInputs(Protocol):
    """Test samples with their classes."""

    @property
    def inputs(self) -> NDArray[np.float32]:
        """float32 (n, *input shape), channels last."""
        ...

    @property
    def labels(self) -> NDArray[np.int64]:
        """int64 (n,)."""
        ...


def verify_converted(
    module: nn.Module,
    converted: ConvertedNetwork,
    inputs: Samples,
    *,
    labelled: LabelledInputs | None = None,
    report: Report,
    cancel: CancelToken,
) -> VerifySummary:
    """Send the same inputs through every form of a converted network.

    Args:
        module: the float network that was converted.
        converted: the files of the chain.
        inputs: float32 (n, *input shape), channels last: real samples and noise; a list of such
            arrays, one per input, for a network of several.
        labelled: test samples for the accuracy of each form (classifiers only).
        report: told how many inputs are done.
        cancel: checked at every input.

    Returns:
        A row per pair of neighbouring forms and layer; `passed` says whether all are within limits.

    Raises:
        EngineError: a form cannot be opened (a damaged file).
    """
    chain = _Chain(module, converted)
    wanted = labelled if converted.softmax else None
    samples = list(zip(*per_input(inputs), strict=True))
    done = len(samples)
    total = done + (len(wanted.labels) if wanted is not None else 0)
    for number, sample in enumerate(samples):
        cancel.check()
        chain.compare(*sample)
        report(StageProgress(stage=STAGE, done=number + 1, total=total, unit="inputs"))
    summary = _summary(chain.records(), len(samples), report)
    if wanted is not None and len(wanted.labels):
        right: dict[str, list[bool]] = {title: [] for title in chain.titles}
        for number, (only, label) in enumerate(zip(wanted.inputs, wanted.labels, strict=True)):
            cancel.check()
            for title, scores in chain.outputs(only).items():
                right[title].append(bool(scores.argmax() == label))
            report(StageProgress(stage=STAGE, done=done + number + 1, total=total, unit="inputs"))
        for title, hits in right.items():
            summary = with_accuracy(summary, title, hits, wanted.labels)
    return summary


def with_accuracy(
    summary: VerifySummary, title: str, hits: Sequence[bool], labels: NDArray[np.int64]
) -> VerifySummary:
    """The summary with one form's accuracy, over all samples and of each class."""
    right = np.asarray(hits, np.float64)
    shares = [
        float(right[labels == number].mean()) if (labels == number).any() else None
        for number in range(int(labels.max()) + 1)
    ]
    return msgspec.structs.replace(
        summary,
        accuracies={**summary.accuracies, title: float(right.mean())},
        class_accuracies={**summary.class_accuracies, title: shares},
        accuracy_samples=len(labels),
    )


def verify_tflite(
    path: Path,
    inputs: NDArray[Any] | None = None,
    *,
    report: Report,
    cancel: CancelToken,
) -> VerifySummary:
    """Compare LiteRT's reference kernels and TFLite Micro on a finished quantised network.

    Where LiteRT refuses the file, TFLite Micro alone runs it and the row says that it ran.

    Args:
        path: the `.tflite`.
        inputs: (n, ...) numbers of the (only) input tensor's type; None takes `file_inputs`.
        report: told how many inputs are done.
        cancel: checked at every input.

    Raises:
        BadInputFile: not a TFLite file.
        UnsupportedOperator: TFLite Micro refuses the network.
    """
    model = TfliteModel.read(path)
    stateless = len(model.model.subgraphs) == 1 and all(k not in _STATEFUL for k, _ in model.operators())
    micro = MicroForm(model, isolated=stateless)
    try:
        if any(kind in _BREAKS_LITERT for kind, _ in model.operators()):
            raise ValueError(f"it would crash on {', '.join(sorted(_BREAKS_LITERT))}")
        reference = ReferenceForm(model)
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        report(LogLine(stage=STAGE, text=f"LiteRT cannot run this file, TFLite Micro does: {reason}"))
        return _micro_alone(model, micro, report=report, cancel=cancel)
    samples = _noise_and_boundaries(model) if inputs is None else [[sample] for sample in inputs]
    record = PairRecord(reference.title, micro.title, QUANTA)
    for number, sample in enumerate(samples):
        cancel.check()
        quanta = reference.run(sample)
        answers = micro.run(sample)
        isolated = micro.run_isolated(quanta) if stateless else answers
        _note_micro(record, model, quanta, answers, isolated)
        report(StageProgress(stage=STAGE, done=number + 1, total=len(samples), unit="inputs"))
    return _summary([record], len(samples), report)


def _micro_alone(
    model: TfliteModel, micro: MicroForm, *, report: Report, cancel: CancelToken
) -> VerifySummary:
    """Against the float64 model of each operator, since there is no second interpreter."""
    record = PairRecord("quantised arithmetic", micro.title, QUANTA)
    samples = _noise_and_boundaries(model)
    for number, sample in enumerate(samples):
        cancel.check()
        quanta = micro.run(sample)
        expected = arithmetic_results(model, quanta)
        for kind, operator in model.operators():
            tensor = int(operator.outputs[0])
            if tensor in expected:
                record.note(
                    model.name(tensor),
                    expected[tensor],
                    quanta[tensor],
                    quanta[tensor],
                    limit=arithmetic_limit(kind, model.dtype(tensor)),
                )
        report(StageProgress(stage=STAGE, done=number + 1, total=len(samples), unit="inputs"))
    return _summary([record], len(samples), report)


def file_inputs(path: Path) -> list[bytes]:
    """Seeded noise and boundary cases for a `.tflite`: raw bytes, all inputs one behind another.

    Raises:
        BadInputFile: not a TFLite file.
    """
    samples = _noise_and_boundaries(TfliteModel.read(path))
    return [b"".join(values.tobytes() for values in sample) for sample in samples]


def _noise_and_boundaries(model: TfliteModel) -> list[list[NDArray[Any]]]:
    integers = all(np.dtype(model.dtype(int(t))).itemsize <= 2 for t in model.graph.inputs)
    floats = all(model.dtype(int(t)) == "float32" for t in model.graph.inputs)
    # Wide whole numbers are indices and counts: their ends mean nothing.
    return _noise(model) + (boundary_inputs(model) if integers or floats else [])


def _noise(model: TfliteModel) -> list[list[NDArray[Any]]]:
    """Seeded noise over the whole range of every input."""
    random = np.random.default_rng(0)
    samples: list[list[NDArray[Any]]] = []
    for _ in range(_NOISE_INPUTS):
        sample = []
        for tensor in map(int, model.graph.inputs):
            dtype = np.dtype(model.dtype(tensor))
            if dtype.kind == "f":
                sample.append(random.standard_normal(model.shape(tensor)).astype(dtype))
            else:
                limits = np.iinfo(dtype)
                sample.append(
                    random.integers(limits.min, limits.max, model.shape(tensor), dtype, endpoint=True)
                )
        samples.append(sample)
    return samples


def _note_micro(
    record: PairRecord, model: TfliteModel, quanta: Quanta, answers: Quanta, isolated: Quanta
) -> None:
    for kind, operator in model.operators():
        for tensor in map(int, operator.outputs):
            if tensor not in isolated:
                continue
            real = model.dtype(tensor) == "float32"
            record.note(
                model.name(tensor),
                quanta[tensor],
                isolated[tensor],
                answers[tensor],
                limit=FLOAT_LIMIT if real else micro_limit(kind),
            )


def _summary(records: Sequence[PairRecord], count: int, report: Report) -> VerifySummary:
    rows = [row for record in records for row in record.rows()]
    cause = first_cause(records)
    guilty = (
        first_guilty(rows) if rows else "Nothing could be compared: no second program runs this network."
    )
    if guilty:
        report(LogLine(stage=STAGE, text=f"{guilty} {cause}".rstrip(), level="error"))
    return VerifySummary(
        rows=rows,
        accuracies={},
        inputs_compared=count,
        passed=not guilty,
        first_guilty=guilty,
        likely_cause=cause,
    )


class _Chain:
    """All forms of one converted network, opened once."""

    def __init__(self, module: nn.Module, converted: ConvertedNetwork) -> None:
        from engine.verify.float_forms import OnnxForm, TensorflowForm, TfliteFloatForm, TorchForm

        self._converted = converted
        layers = converted.layers
        self._layers = {layer.name: layer for layer in layers}
        torch_form = TorchForm(module, layers, converted.outputs, softmax=converted.softmax)
        self._torch: FloatForm = torch_form
        self._cuttable: list[CuttableForm] = [
            OnnxForm(converted.onnx_path, layers, torch_form.names),
            TensorflowForm(converted.tensorflow_path, layers),
            TfliteFloatForm(converted.tflite_float_path, layers),
        ]
        self._model = TfliteModel.read(converted.tflite_int8_path)
        try:
            simulated = SimulationForm.supports(self._model)
            self._reference = ReferenceForm(self._model, isolated=simulated)
        except (RuntimeError, ValueError) as error:
            raise EngineError(
                f"LiteRT refuses {converted.tflite_int8_path.name}: {error}", hint="Convert again."
            ) from error
        self._micro = MicroForm(self._model)
        self._tensors = {self._model.name(t): t for t in self._model.activations()}
        float_model = TfliteModel.read(converted.tflite_float_path)
        self._parameter_errors = parameter_errors(float_model, self._model, converted.ranges)
        self._floats: list[FloatForm] = [torch_form, *self._cuttable]
        titles = [form.title for form in self._floats]
        self._float_pairs = [
            PairRecord(a, b, RELATIVE, channels_first=True)
            for a, b in zip(titles, titles[1:], strict=False)
        ]
        self._simulation = SimulationForm(self._model) if simulated else None
        titles = [titles[-1], *self._quantised_titles]
        self._quantised_pairs = [
            PairRecord(a, b, QUANTA) for a, b in zip(titles, titles[1:-1], strict=False)
        ]
        self._micro_pair = PairRecord(self._reference.title, self._micro.title, QUANTA)

    @property
    def titles(self) -> list[str]:
        """All forms in order."""
        return [*(form.title for form in self._floats), *self._quantised_titles]

    @property
    def _quantised_titles(self) -> list[str]:
        first = [self._simulation.title] if self._simulation else []
        return [*first, self._reference.title, self._micro.title]

    def _inputs(self, *sample: NDArray[np.float32]) -> Values:
        """Every input, by name, in ONNX's order."""
        found: Values = {}
        for name, values in zip(self._converted.inputs, sample, strict=True):
            batch = values[None].astype(np.float32)
            found[name] = np.ascontiguousarray(np.moveaxis(batch, -1, 1))
        return found

    def _quantised_inputs(self, values: Values) -> list[NDArray[Any]]:
        from engine.verify.float_forms import to_stored

        quanta = []
        for name in self._converted.inputs:
            stored = to_stored(values[name], self._layers[name])
            quanta.append(_in_quanta(self._model, self._tensors[name], stored))
        return quanta

    def compare(self, *sample: NDArray[np.float32]) -> None:
        """Send one sample (channels last, without batch; one array per input) through all forms."""
        inputs = self._inputs(*sample)
        before = self._torch.run(inputs)
        for form, record in zip(self._cuttable, self._float_pairs, strict=True):
            after, alone = form.run(inputs), form.run_isolated(before)
            self._note_float(record, before, after, alone)
            guilty = record.unexplained()
            if guilty:
                cause = usual_mistake(self._converted.onnx_path, guilty, before, alone[guilty])
                record.explain(guilty, cause)
            before = after
        given = self._quantised_inputs(inputs)
        quanta = self._reference.run(given)
        self._note_quantised(before, given, quanta)
        _note_micro(
            self._micro_pair,
            self._model,
            quanta,
            self._micro.run(given),
            self._micro.run_isolated(quanta),
        )

    def _note_float(self, record: PairRecord, before: Values, after: Values, alone: Values) -> None:
        for name, values in alone.items():
            if name in before:
                record.note(name, before[name], values, after[name], limit=FLOAT_LIMIT)

    def _note_quantised(self, values: Values, given: list[NDArray[Any]], quanta: Quanta) -> None:
        """The constants, and what quantisation costs; then the kernels' rounding."""
        if self._simulation is None:
            self._note_arithmetic(values, quanta)
            return
        first, second = self._quantised_pairs
        simulated = self._simulation.run(given)
        alone = self._reference.run_isolated(simulated)
        for tensor in self._model.activations():
            name = self._model.name(tensor)
            wrong = self._parameter_errors.get(tensor)
            real = self._real_in_quanta(values, tensor)
            if real is not None:
                first.note_constants(name, real, simulated[tensor], limit=PARAMETER_LIMIT)
            if wrong is not None:
                first.note_wrong_constants(name, wrong.quanta, wrong.cause, limit=PARAMETER_LIMIT)
        for kind, operator in self._model.operators():
            for tensor in map(int, operator.outputs):
                second.note(
                    self._model.name(tensor),
                    simulated[tensor],
                    alone[tensor],
                    quanta[tensor],
                    limit=arithmetic_limit(kind, self._model.dtype(tensor)),
                )

    def _note_arithmetic(self, values: Values, quanta: Quanta) -> None:
        """The same in one pair, for networks with operators that only the kernels know."""
        pair = self._quantised_pairs[0]
        arithmetic = arithmetic_results(self._model, quanta)
        kinds = {int(o.outputs[0]): kind for kind, o in self._model.operators()}
        for tensor in self._model.activations():
            name = self._model.name(tensor)
            limit = arithmetic_limit(kinds.get(tensor, ""), self._model.dtype(tensor))
            wrong = self._parameter_errors.get(tensor)
            if wrong is not None:
                limit = PARAMETER_LIMIT
            elif tensor not in arithmetic:
                continue
            right = arithmetic.get(tensor, quanta[tensor])
            pair.note(name, right, quanta[tensor], None, limit=limit)
            if wrong is not None:
                pair.note_wrong_constants(name, wrong.quanta, wrong.cause, limit=limit)
            real = self._real_in_quanta(values, tensor)
            if real is not None:
                pair.note_cumulated(name, real, quanta[tensor])

    def _real_in_quanta(self, values: Values, tensor: int) -> NDArray[Any] | None:
        """What the float network gave for a tensor, in its quanta; None if it has no such layer."""
        from engine.verify.float_forms import to_stored

        name = self._model.name(tensor)
        if name not in values:
            return None
        return _in_quanta(self._model, tensor, to_stored(values[name], self._layers[name]))

    def records(self) -> list[PairRecord]:
        """All pairs in order."""
        return [*self._float_pairs, *self._quantised_pairs, self._micro_pair]

    def outputs(self, *sample: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """The first output of every form for one sample (one array per input), by form."""
        inputs = self._inputs(*sample)
        name = self._converted.outputs[0]
        found: dict[str, NDArray[Any]] = {f.title: f.run(inputs)[name].ravel() for f in self._floats}
        given = self._quantised_inputs(inputs)
        forms = [form for form in (self._simulation, self._reference, self._micro) if form]
        for form in forms:
            found[form.title] = form.run(given)[int(self._model.graph.outputs[0])].ravel()
        return found


def _in_quanta(model: TfliteModel, tensor: int, real: NDArray[Any]) -> NDArray[Any]:
    found = model.quantization(tensor)
    dtype = np.dtype(model.dtype(tensor))
    if found is None:
        return real.astype(dtype)
    return quantize(real, float(found[0][0]), int(found[1][0]), dtype)
