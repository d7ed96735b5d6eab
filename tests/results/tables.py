"""Which networks the tables compare. Each row is a pair: what a step made, and what it is judged by.

The other side of a step that trains is a float network that trained as many steps more, at the same
rate: training on by itself can gain points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.recipe import (
    DistillStep,
    PruneStep,
    QatStep,
    QuantizeStep,
    RemoveDeadStep,
    Step,
    TrainStep,
)
from engine.value_histogram import METHODS
from tests.results.measure import Wanted, usual
from tests.results.subjects import SUBJECTS


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        title: what was done.
        after: the network that it made.
        form: of it that is judged, `float` or `int8`.
        before: the network it is judged by.
        before_form: `float` or `int8`.
        most_loss: points that it may lose, None where nothing is promised.
    """

    title: str
    after: Wanted
    form: str
    before: Wanted
    before_form: str = "float"
    most_loss: float | None = None


@dataclass(frozen=True)
class Part:
    """Rows of one subject, with what they are judged by in words, and who taught, if anybody."""

    subject: str
    judged_by: str
    rows: tuple[Row, ...]
    teacher: str = ""


@dataclass(frozen=True)
class Table:
    """Parts under one heading; `columns` name what else than accuracy is shown.

    With `on_board` its 8-bit networks run on a virtual board too.
    """

    heading: str
    text: str
    parts: tuple[Part, ...]
    columns: tuple[str, ...] = ()
    on_board: bool = False

    def compressed(self) -> Iterator[tuple[str, Wanted]]:
        """Rows whose network went through more than training, with their titles, each network once."""
        seen: set[Wanted] = set()
        for part in self.parts:
            for row in part.rows:
                if self.on_board and row.before_form == "float" and row.after not in seen:
                    seen.add(row.after)
                    yield row.title, row.after

    def wanted(self, title: str = "") -> Iterator[Wanted]:
        """Every network that its rows need, of those whose title holds a text, in their order."""
        for part in self.parts:
            for row in part.rows:
                if title in row.title:
                    yield from (row.before, row.after)


PRUNE = PruneStep()
AT_ONCE = replace(PRUNE, scope="layer", rounds=1, distil=False)
QAT = QatStep()
LIVE = replace(QAT, batch_norm="live")
CLASSIFIERS = ("keywords", "signs-mobilenet-v2", "signs-resnet8")
FILES = ("file-onnx", "file-keras", "file-torch")
TEACHERS = {"signs-student": ("mobilenet-v2-035", 24), "keywords": ("ds-cnn-l", 12)}  # with epochs


def without_compression(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same number of training steps at the same rates, and nothing else."""
    found: list[Step] = []
    for step in steps:
        if isinstance(step, PruneStep | QatStep | DistillStep) and step.epochs:
            found.append(TrainStep(epochs=step.epochs, learning_rate=step.learning_rate, seed=step.seed))
        elif isinstance(step, TrainStep):
            found.append(step)
    return tuple(found)


def _wanted(subject: str, *steps: Step, quantize: QuantizeStep | None = None) -> Wanted:
    return Wanted(subject, usual(*SUBJECTS[subject].base, *steps, quantize=quantize))


def _judged(title: str, subject: str, form: str, *steps: Step, most_loss: float | None = None) -> Row:
    """A row against the float network that trained as long."""
    control = _wanted(subject, *without_compression(steps))
    return Row(title, _wanted(subject, *steps), form, control, most_loss=most_loss)


def _ptq(subject: str) -> Part:
    both = QuantizeStep(equalise=True, bias_correction=True)
    ways = {f"{method} ranges": QuantizeStep(method=method) for method in METHODS}
    ways["minmax ranges + equalisation"] = QuantizeStep(equalise=True)
    ways["minmax ranges + bias correction"] = QuantizeStep(bias_correction=True)
    ways |= {f"{method} ranges + both": replace(both, method=method) for method in METHODS}
    before = _wanted(subject)
    rows = [
        Row(title, _wanted(subject, quantize=step), "int8", before, most_loss=0.3)
        for title, step in ways.items()
    ]
    return Part(subject, "the float network itself", tuple(rows))


def _prune(subject: str) -> Part:
    limit = 1.5 if subject == "keywords" else 0.6
    taylor = replace(PRUNE, importance="taylor")
    trained = {
        "each layer by L1": AT_ONCE,
        "global by L1": replace(AT_ONCE, scope="global"),
        "global by L1, gradual": replace(PRUNE, distil=False),
        "global by L1, gradual, taught by the unpruned network (the default)": PRUNE,
        "global by Taylor, gradual, taught by the unpruned network": taylor,
        "the same, twice the epochs": replace(taylor, epochs=20),
    }
    rows = [
        _judged(f"{words}, not trained on", subject, "float", replace(step, epochs=0))
        for words, step in list(trained.items())[:2]
    ]
    rows += [_judged(w, subject, "float", step, most_loss=limit) for w, step in trained.items()]
    return Part(subject, "the float network trained on as long", tuple(rows))


def _qat(subject: str) -> Part:
    longer = without_compression([QAT])
    after = _wanted(subject, QAT)
    rows = (
        _judged("PTQ of the network trained on", subject, "int8", *longer),
        _judged("QAT", subject, "int8", QAT),
        Row("QAT against that PTQ", after, "int8", _wanted(subject, *longer), "int8", 0.0),
    )
    if subject in (*CLASSIFIERS, "file-onnx"):
        live, longer_trained = _wanted(subject, LIVE), _wanted(subject, *longer)
        title = "QAT with live BatchNorm against that PTQ"
        rows = (*rows, Row(title, live, "int8", longer_trained, "int8", 0.0))
    return Part(subject, "the float network trained on as long", rows)


def _orders(subject: str) -> Part:
    first, second = _wanted(subject, QAT, PRUNE), _wanted(subject, PRUNE, QAT)
    rows = (
        _judged("prune, then PTQ", subject, "int8", PRUNE),
        _judged("prune, then QAT", subject, "int8", PRUNE, QAT),
        _judged("QAT, then prune", subject, "int8", QAT, PRUNE),
        Row("QAT first against prune first", first, "int8", second, "int8"),
    )
    return Part(subject, "the float network trained on as long, in the same order", rows)


def _distil(subject: str) -> Part:
    teacher, epochs = TEACHERS[subject]
    teaching = DistillStep(
        teacher=teacher,
        teacher_epochs=epochs,
        compare_alone=False,
        epochs=30,
        learning_rate=4e-3,
    )
    lengths = {"": teaching}
    if subject == "signs-student":
        lengths[", twice as long"] = replace(teaching, epochs=60)
    rows = []
    for words, step in lengths.items():
        taught = Wanted(subject, usual(step))
        alone = Wanted(subject, usual(*without_compression([step])))
        rows.append(Row(f"taught{words}, float", taught, "float", alone))
        rows.append(Row(f"taught{words}, INT8", taught, "int8", alone, "int8"))
    return Part(subject, "the student trained alone, as long", tuple(rows), teacher)


def _frontier(subject: str) -> Part:
    rows = [
        _judged(f"{ratio:.0%} of the filters", subject, "float", replace(PRUNE, ratio=ratio))
        for ratio in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    ]
    return Part(subject, "the float network trained on as long", tuple(rows))


def _ablation(subject: str, teacher: str) -> Part:
    teaching = DistillStep(teacher=teacher, teacher_epochs=12, compare_alone=False, epochs=10)
    before = (RemoveDeadStep(), teaching)
    rows = (
        _judged("PTQ alone", subject, "int8"),
        _judged("dead filters removed alone", subject, "float", RemoveDeadStep()),
        _judged("QAT alone", subject, "int8", QAT),
        _judged("pruning alone (global, gradual, taught)", subject, "float", PRUNE),
        _judged("distillation alone", subject, "float", teaching),
        _judged("all: distillation, pruning, QAT", subject, "int8", *before, PRUNE, QAT),
        _judged("all: distillation, QAT, pruning", subject, "int8", *before, QAT, PRUNE),
    )
    return Part(subject, "the float network trained on as long", rows)


def _files(subject: str) -> Part:
    rows = (
        Row("PTQ", _wanted(subject), "int8", _wanted(subject), most_loss=0.3),
        *_qat(subject).rows,
    )
    return Part(subject, "the fine-tuned float network, trained on as long", rows)


def _fan() -> Part:
    alone = Row("PTQ", _wanted("fan"), "int8", _wanted("fan"), most_loss=0.3)
    return replace(_qat("fan"), rows=(alone, *_qat("fan").rows))


def tables() -> dict[str, Table]:
    """All tables by name, the most asked for first."""
    compressed = ("MACs", "parameters", "INT8 KB")
    return {
        "qat": Table("Quantisation-aware training", _QAT_TEXT, tuple(map(_qat, CLASSIFIERS))),
        "prune": Table(
            "Pruning 40 % of the filters", _PRUNE_TEXT, tuple(map(_prune, CLASSIFIERS[:2])), compressed
        ),
        "ptq": Table("Post-training quantisation", _PTQ_TEXT, tuple(map(_ptq, CLASSIFIERS))),
        "orders": Table(
            "Both orders",
            _ORDERS_TEXT,
            (*map(_orders, CLASSIFIERS), _orders("fan")),
            compressed,
            on_board=True,
        ),
        "distil": Table("Distillation to a small student", _DISTIL_TEXT, tuple(map(_distil, TEACHERS))),
        "frontier": Table(
            "Accuracy against MACs",
            _FRONTIER_TEXT,
            (_frontier("signs-mobilenet-v2"),),
            compressed,
            on_board=True,
        ),
        "ablation": Table(
            "Ablation",
            _ABLATION_TEXT,
            (_ablation("keywords", "ds-cnn-m"),),
            compressed,
        ),
        "autoencoder": Table("Autoencoder", _FAN_TEXT, (_fan(),), compressed),
        "files": Table("Networks from files", _FILES_TEXT, tuple(map(_files, FILES))),
    }


_QAT_TEXT = (
    "Default settings (8 epochs at 5e-4, BatchNorm folded with the statistics it has); with live "
    "BatchNorm where the row says so. QAT must be no worse than PTQ of an equally long training."
)
_PTQ_TEXT = (
    "200 balanced calibration samples; nothing is trained. The target is to lose at most 0.3 points."
)
_PRUNE_TEXT = (
    "Channel counts in multiples of 4; 10 epochs at 4e-3 afterwards unless the row says otherwise. The "
    "targets are to lose at most 0.6 points on sign digits and 1.5 on keywords. MACs and parameters are "
    "what is left."
)
_ORDERS_TEXT = (
    "The same two steps with their default settings in both orders, to INT8; `recipe compare` does it. "
    "A network that is pruned after QAT goes on with roundings, and with live BatchNorm."
)
_DISTIL_TEXT = (
    "Hinton's loss, T = 4, alpha = 0.3; 30 epochs from the same first weights, taught or alone. Being "
    "taught takes longer (Beyer et al. 2022 call a good teacher patient): one row doubles the epochs of "
    "both. The target: a student at least 10 times smaller keeps 94.7 % of its teacher's accuracy."
)
_FRONTIER_TEXT = (
    "Global, gradual pruning, taught by the unpruned network, then 10 epochs; shares are of MACs left."
)
_ABLATION_TEXT = "Each step alone, then all of them in both orders."
_FAN_TEXT = (
    "Log spectra of three axes; normal: off, low, medium and low with a moving mount; abnormal: a coin "
    "on a blade. All seeds share one split. Figures are areas under the ROC curve, points hundredths of "
    "it."
)
_FILES_TEXT = "Trained on with sign digits at 32x32 (10 epochs at 2e-3), then quantised."
