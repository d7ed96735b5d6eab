"""The ordered compression plan: typed steps and their exact text form (TOML).

A recipe is a list of steps; each step has one table `[[step]]` with `kind`, `enabled` and the
settings of that kind. Unknown kinds and keys are refused by name.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.errors import UsageError
from engine.value_histogram import METHODS


@dataclass(frozen=True, kw_only=True)
class Step:
    """Root of all steps. `enabled` False leaves the step in the list but skips it."""

    kind: ClassVar[str] = ""
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class TrainStep(Step):
    """Train the network from scratch (or on, from loaded weights).

    Attributes:
        epochs: upper bound of passes over the training data.
        batch_size: samples a step.
        learning_rate: peak of the cosine schedule (AdamW).
        patience: epochs without a better validation accuracy before stopping early; 0 never stops.
        augment: shift, noise and speed changes (audio), shift and flip (images).
        seed: of weights, order and augmentation; the same seed gives the same bits.
    """

    kind: ClassVar[str] = "train"
    epochs: int = 30
    batch_size: int = 96
    learning_rate: float = 4e-3
    patience: int = 8
    augment: bool = True
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class RemoveDeadStep(Step):
    """Remove the filters that give the same output for every input; no answer changes."""

    kind: ClassVar[str] = "remove-dead"


@dataclass(frozen=True, kw_only=True)
class PruneStep(Step):
    """Remove whole filters over dependency groups, then train on.

    Attributes:
        ratio: share of filters to remove, 0 to 0.9.
        importance: what tells the filters that matter: `l1` (norm of the weights), `taylor` (weights
            times their gradients on training samples) or `bn-scale` (factors of BatchNorm).
        scope: `layer` removes the share from every layer; `global` ranks the filters of all layers
            together, each layer's importances divided by their mean, and leaves every layer a part.
        rounds: the filters go in so many rounds, each with its epochs; the last has the most. With
            fewer epochs there are as many rounds as epochs.
        distil: learn from the network as it was before, too.
        round_to: channel counts stay multiples of this (kernels like 4).
        epochs: fine-tuning epochs of all rounds together.
        learning_rate: peak of the fine-tuning schedule.
        seed: of the fine-tuning.
    """

    kind: ClassVar[str] = "prune"
    ratio: float = 0.4
    importance: str = "l1"
    scope: str = "global"
    rounds: int = 3
    distil: bool = True
    round_to: int = 4
    epochs: int = 10
    learning_rate: float = 4e-3
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class DistillStep(Step):
    """Learn from a teacher: alpha * cross-entropy + (1 - alpha) * T^2 * KL (Hinton et al. 2015).

    Attributes:
        teacher: a network of the zoo, which is trained first, or a model file; several with commas
            between them teach together. Empty: a large network of the zoo that suits the data and
            that two cores train in minutes.
        trusted_teacher: those of them that may run code when they are read, confined (TorchScript,
            exported programs), because the user trusts their authors; commas between them.
        alpha: weight of the true labels, 0 to 1.
        temperature: softens what the teacher says, above 0.
        teacher_epochs: upper bound of the epochs of a teacher of the zoo.
        compare_alone: train the same network without a teacher too, to see what the teacher gave.
        epochs: upper bound of passes over the training data.
        learning_rate: peak of the schedule.
        seed: of order and augmentation; of the weights if nothing was trained before.
    """

    kind: ClassVar[str] = "distill"
    teacher: str = ""
    trusted_teacher: str = ""
    alpha: float = 0.3
    temperature: float = 4.0
    teacher_epochs: int = 30
    compare_alone: bool = True
    epochs: int = 20
    learning_rate: float = 2e-3
    seed: int = 0

    @property
    def teachers(self) -> tuple[str, ...]:
        """The names in `teacher`."""
        return _names(self.teacher)

    def trusts(self, teacher: str) -> bool:
        """Whether a teacher's file may run code when it is read."""
        return teacher in _names(self.trusted_teacher)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@dataclass(frozen=True, kw_only=True)
class QatStep(Step):
    """Train on with the roundings of 8-bit weights and activations.

    Attributes:
        epochs: upper bound of passes over the training data.
        learning_rate: peak of the schedule.
        freeze_share: share of the training after which the ranges of activations stay as they are.
        batch_norm: `folded` into the convolution before it, with statistics that stay as they are; or
            `live`: it goes on with the statistics of each batch until the ranges stay.
        seed: of order and augmentation.
    """

    kind: ClassVar[str] = "qat"
    epochs: int = 8
    learning_rate: float = 5e-4
    freeze_share: float = 0.6
    batch_norm: str = dataclasses.field(
        default="folded", metadata={"known": ("folded", "live"), "earlier": "folded"}
    )
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class QuantizeStep(Step):
    """Post-training quantisation to 8-bit integers with a calibration set.

    Attributes:
        calibration_samples: training samples that set the ranges, 100 to 500.
        choice: which samples: `balanced` over the classes, or `advised` (also without copies, near the
            boundaries between classes and far from each other).
        method: how a range is read from them: `minmax`, `percentile` or `mse`.
        equalise: balance the channels' ranges first, where the network stays exactly the same.
        bias_correction: let the biases make up for the rounding of the weights.
        first_last_int16: 16-bit activations in the first and last layer.
        int16_layers: names of further layers of 16-bit activations, commas between them; `recipe
            sensitivity` finds where they pay.
        seed: of the choice of samples.
    """

    kind: ClassVar[str] = "quantize"
    calibration_samples: int = 200
    choice: str = dataclasses.field(default="balanced", metadata={"known": ("balanced", "advised")})
    method: str = dataclasses.field(default="minmax", metadata={"known": METHODS})
    equalise: bool = False
    bias_correction: bool = False
    first_last_int16: bool = False
    int16_layers: str = ""
    seed: int = 0

    @property
    def wide_layers(self) -> tuple[str, ...]:
        """The names in `int16_layers`."""
        return _names(self.int16_layers)


_STEPS: dict[str, type[Step]] = {
    s.kind: s for s in (TrainStep, RemoveDeadStep, DistillStep, PruneStep, QatStep, QuantizeStep)
}


@dataclass(frozen=True)
class Recipe:
    """Ordered steps; `order_problem` says which orders make no sense."""

    steps: tuple[Step, ...] = ()

    def quantisation(self) -> tuple[QuantizeStep, str]:
        """How to convert to whole numbers, which boards need whatever the recipe says.

        Returns:
            The first quantisation step that is on and ""; or the usual settings, and a sentence that
            says so.
        """
        steps = [step for step in self.steps if isinstance(step, QuantizeStep)]
        on = [step for step in steps if step.enabled]
        if on:
            return on[0], ""
        usual = QuantizeStep()
        why = "is switched off" if steps else "is missing"
        return usual, (
            f"The quantisation step {why}, but boards compute with whole numbers: the usual settings "
            f"were used ({usual.calibration_samples} samples, {usual.method} ranges)."
        )

    def with_quantisation(self, step: QuantizeStep) -> Recipe:
        """The recipe with this step in the place of the conversion that is on, else at the end."""
        used, by_default = self.quantisation()
        if by_default:
            return Recipe((*(s for s in self.steps if not isinstance(s, QuantizeStep)), step))
        return Recipe(tuple(step if s is used else s for s in self.steps))

    def to_toml(self) -> str:
        """The text form; `from_toml` is its exact inverse."""
        tables = []
        for step in self.steps:
            lines = ["[[step]]", f'kind = "{step.kind}"']
            for field in dataclasses.fields(step):
                lines.append(f"{field.name} = {_toml_value(getattr(step, field.name))}")
            tables.append("\n".join(lines) + "\n")
        return "\n".join(tables)

    @classmethod
    def from_toml(cls, text: str) -> Recipe:
        """Read a recipe.

        Raises:
            UsageError: the text is not TOML, or a kind, key or value is unknown (it is named).
        """
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(
                f"The recipe is not valid TOML: {error}.", hint="Correct the line it names."
            ) from error
        unknown = sorted(set(document) - {"step"})
        if unknown:
            raise UsageError(
                f"The recipe has an unknown key: {unknown[0]}.", hint="A recipe holds [[step]] tables."
            )
        tables = document.get("step", [])
        if not isinstance(tables, list):
            raise UsageError("The recipe's steps must be [[step]] tables.", hint="Use [[step]].")
        return cls(tuple(step_from_table(number, t) for number, t in enumerate(tables, start=1)))


def new_step(kind: str) -> Step:
    """A step with its usual settings.

    Raises:
        UsageError: there is no such kind.
    """
    if kind not in _STEPS:
        raise UsageError(
            f"There is no step of the kind {kind!r}.", hint=f"Known kinds: {', '.join(_STEPS)}."
        )
    return _STEPS[kind]()


def order_problem(steps: Sequence[Step], *, trained: bool = False, data: bool = True) -> str:
    """Why an order of steps makes no sense, one sentence with the way out; "" if it does.

    Args:
        steps: those that will run.
        trained: the network comes trained, from the user's file.
        data: there is a data set; all steps but the conversion need one.
    """
    kinds = [step.kind for step in steps]
    learning = next((kind for kind in kinds if kind != QuantizeStep.kind), "")
    if learning and not data:
        return f"The step {learning} needs a data set, and this project has none: remove the step."
    if kinds.count(QuantizeStep.kind) > 1:
        return "The recipe converts to whole numbers twice: remove one of the two steps."
    if QuantizeStep.kind in kinds and kinds[-1] != QuantizeStep.kind:
        return (
            f"The step {kinds[kinds.index(QuantizeStep.kind) + 1]} comes after the conversion to whole "
            "numbers, which cannot be changed any more: move quantize to the end."
        )
    for kind in kinds:
        if kind in (TrainStep.kind, DistillStep.kind):
            trained = True
        elif not trained:
            return f"The step {kind} needs a trained network: put train or distill before it."
    return ""


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):  # TOML's basic strings are JSON's, but for one character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def step_from_table(number: int, table: dict[str, Any]) -> Step:
    """A step from the keys and values of its table; `number` is its place, for messages.

    Raises:
        UsageError: the kind, a key or a value is unknown; it is named.
    """
    kind = table.get("kind")
    if kind not in _STEPS:
        raise UsageError(
            f"Step {number} of the recipe has an unknown kind: {kind}.",
            hint=f"Known kinds: {', '.join(sorted(_STEPS))}.",
        )
    step_class = _STEPS[kind]
    fields = {f.name: f for f in dataclasses.fields(step_class)}
    defaults = {name: field.default for name, field in fields.items()}
    settings = {key: value for key, value in table.items() if key != "kind"}
    for key, value in settings.items():
        if key not in defaults:
            raise UsageError(
                f"Step {number} ({kind}) has an unknown key: {key}.",
                hint=f"Known keys: {', '.join(defaults)}.",
            )
        wanted = type(defaults[key])
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            settings[key] = float(value)
        elif type(value) is not wanted:
            raise UsageError(
                f"Step {number} ({kind}): {key} must be a {wanted.__name__}, not {value!r}.",
                hint="Correct the value.",
            )
        known = fields[key].metadata.get("known", ())
        if known and value not in known:
            raise UsageError(
                f"Step {number} ({kind}): {key} is {value!r}, which is unknown.",
                hint=f"Known: {', '.join(known)}.",
            )
    return step_class(**settings)


DEFAULT_RECIPE = Recipe((TrainStep(), PruneStep(enabled=False), QuantizeStep()))
RECIPE_WITHOUT_DATA = Recipe((QuantizeStep(),))
