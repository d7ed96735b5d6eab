"""Ready-made recipes: what each is for, and its steps."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.recipe import (
    DEFAULT_RECIPE,
    DistillStep,
    PruneStep,
    QatStep,
    QuantizeStep,
    Recipe,
    RemoveDeadStep,
    TrainStep,
)

# The shares are the ends of what was measured in docs/results.md, "frontier": up to a half nothing was
# lost that could be shown, and 70 % left a sixth of the weights and of the work.
PRESETS: dict[str, Recipe] = {
    "usual": DEFAULT_RECIPE,
    "smallest": Recipe(
        (TrainStep(), RemoveDeadStep(), PruneStep(ratio=0.7, epochs=20), QatStep(), QuantizeStep())
    ),
    # The same share from every layer: the first ones, with their large maps, take most of the time.
    "fastest": Recipe((TrainStep(), PruneStep(ratio=0.6, scope="layer", epochs=20), QuantizeStep())),
    "most-accurate": Recipe(
        (TrainStep(epochs=60), DistillStep(epochs=60), QuantizeStep(first_last_int16=True))
    ),
}


def preset_words(key: str) -> tuple[str, str]:
    """Title and sentence of a preset, translated."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Presets", text)

    return {
        "usual": (tr("Usual recipe"), tr("train, then whole numbers")),
        "smallest": (tr("Smallest"), tr("seven in ten filters go, trained with roundings")),
        "fastest": (tr("Fastest"), tr("six in ten filters go from every layer")),
        "most-accurate": (tr("Most accurate"), tr("long training with a teacher, 16 bits at the ends")),
    }[key]
