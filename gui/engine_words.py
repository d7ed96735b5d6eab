"""Short fixed texts of the engine, in the language of the window: titles of stages, names, reasons."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

TEXTS = (
    QT_TRANSLATE_NOOP("Engine", "Read the examples"),
    QT_TRANSLATE_NOOP("Engine", "Read the model"),
    QT_TRANSLATE_NOOP("Engine", "Read the model file"),
    QT_TRANSLATE_NOOP("Engine", "Train"),
    QT_TRANSLATE_NOOP("Engine", "Remove filters that never change"),
    QT_TRANSLATE_NOOP("Engine", "Learn from a teacher"),
    QT_TRANSLATE_NOOP("Engine", "Remove the least useful filters"),
    QT_TRANSLATE_NOOP("Engine", "Train with 8-bit roundings"),
    QT_TRANSLATE_NOOP("Engine", "Convert to 8-bit whole numbers"),
    QT_TRANSLATE_NOOP("Engine", "Compare every layer"),
    QT_TRANSLATE_NOOP("Engine", "Plan the memory"),
    QT_TRANSLATE_NOOP("Engine", "Build the firmware"),
    QT_TRANSLATE_NOOP("Engine", "Write it to the board"),
    QT_TRANSLATE_NOOP("Engine", "Compare the board's answers"),
    QT_TRANSLATE_NOOP("Engine", "Search for the best that fits"),
    QT_TRANSLATE_NOOP("Engine", "Predict flash, RAM and time"),
    QT_TRANSLATE_NOOP("Engine", "Made with an older model, recipe, data set or board."),
    QT_TRANSLATE_NOOP("Engine", "Choose examples (a data set) first."),
    QT_TRANSLATE_NOOP("Engine", "The data set cannot be read. Choose it again."),
    QT_TRANSLATE_NOOP("Engine", "The recipe has no training step."),
    QT_TRANSLATE_NOOP("Engine", "Choose a board first."),
    QT_TRANSLATE_NOOP("Engine", "weights"),
    QT_TRANSLATE_NOOP("Engine", "kernels"),
    QT_TRANSLATE_NOOP("Engine", "platform"),
    QT_TRANSLATE_NOOP("Engine", "tables"),
    QT_TRANSLATE_NOOP("Engine", "front-end"),
    QT_TRANSLATE_NOOP("Engine", "boot block"),
    QT_TRANSLATE_NOOP("Engine", "vectors"),
    QT_TRANSLATE_NOOP("Engine", "initial data"),
    QT_TRANSLATE_NOOP("Engine", "padding"),
)


def engine_words(text: str) -> str:
    """The text in the language of the window; as it is if it is none of the fixed ones."""
    return QCoreApplication.translate("Engine", text) or text
