"""Labelled sets: built-in samples and the user's folders, split, featurised and augmented.

The window imports this room for its settings alone, so the readers load when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.data.spec import DataSpec

if TYPE_CHECKING:
    from engine.data.labelled_set import LabelledSet, Split
    from engine.data.load import load_data

__all__ = ["DataSpec", "LabelledSet", "Split", "load_data"]


def __getattr__(name: str) -> Any:
    if name == "load_data":
        from engine.data.load import load_data

        return load_data
    if name in ("LabelledSet", "Split"):
        from engine.data import labelled_set

        return getattr(labelled_set, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
