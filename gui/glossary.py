"""Words of machine learning in two plain sentences each."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

WORDS = (
    "parameters",
    "macs",
    "number-format",
    "validation",
    "loss",
    "learning-rate",
    "train",
    "distill",
    "prune",
    "remove-dead",
    "qat",
    "quantize",
    "layer-error",
    "arena",
)


def tr(text: str) -> str:
    """The text in the language in force."""
    return QCoreApplication.translate("Words", text)


def meaning(word: str) -> tuple[str, str]:
    """What a word of `WORDS` is called, and what it means, translated."""
    return {
        "parameters": (
            tr("Parameters"),
            tr("The numbers inside the network that training adjusts. Each takes space in flash."),
        ),
        "macs": (
            tr("MACs"),
            tr(
                "One multiplication and one addition, which is what networks do all the time. "
                "Fewer are faster."
            ),
        ),
        "number-format": (
            tr("FP32 and INT8"),
            tr(
                "Training uses numbers with a point (FP32, 4 bytes each). "
                "The chip uses whole numbers from \u2212128 to 127 (INT8, 1 byte each)."
            ),
        ),
        "validation": (
            tr("Validation"),
            tr(
                "A check on examples that the model does not learn from. "
                "If only training gets better, it learns by heart."
            ),
        ),
        "loss": (
            tr("Loss"),
            tr("How wrong the answers are, as one number. Training makes it small."),
        ),
        "learning-rate": (
            tr("Learning rate"),
            tr("How far the parameters move after each batch of examples. It falls towards the end."),
        ),
        "train": (
            tr("Training"),
            tr(
                "The model sees examples with their right answers and corrects itself a little. "
                "It stops when it gets no better."
            ),
        ),
        "distill": (
            tr("Distillation"),
            tr(
                "A large network, the teacher, shows how sure it is of every answer. "
                "The small one learns more from that than from right answers alone."
            ),
        ),
        "prune": (
            tr("Pruning"),
            tr(
                "The filters that matter least are taken out, which saves flash, SRAM and time. "
                "The rest trains on to win back what was lost."
            ),
        ),
        "remove-dead": (
            tr("Dead filters"),
            tr("Filters whose output never changes. They can go, and no answer changes."),
        ),
        "qat": (
            tr("Quantisation-aware training"),
            tr(
                "Training with the roundings that the chip will make. "
                "The model learns to be right in spite of them."
            ),
        ),
        "quantize": (
            tr("Quantisation"),
            tr(
                "All numbers become whole numbers of 8 bits, a quarter of the size. "
                "Some examples tell how large the numbers get."
            ),
        ),
        "layer-error": (
            tr("Error of a layer"),
            tr(
                "The largest difference between one form of the model and the next, for the same input. "
                "A whole number means steps of the 8-bit scale."
            ),
        ),
        "arena": (
            tr("Tensor arena"),
            tr(
                "The piece of SRAM where the layers keep what they work on. "
                "Two tensors may share an address if they are never needed at once."
            ),
        ),
    }[word]
