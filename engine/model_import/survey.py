"""The table of layers of a file that cannot be imported because some of its layers are unknown here.

Needs no PyTorch: the confined child writes the table, the parent reads it and believes nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.errors import UnsupportedOperator
from engine.operator_fixes import fix_of
from engine.summaries import LayerInfo, ModelSummary

SURVEY_FILE = "survey.json"
NO_EQUAL = "Thimble has no equal for it."
_NAMED_LAYERS = 8
_MAX_TEXT = 300


class UnsupportedLayers(UnsupportedOperator):
    """Some layers cannot be imported: all of them are named, and the others are described.

    Args:
        summary: the whole network; the layers that cannot be imported are `unsupported`.
        hint: what helps, where one sentence holds for all; else each kind's own.
    """

    def __init__(self, summary: ModelSummary, hint: str = "") -> None:
        refused = unsupported_of(summary.layers)
        kinds = sorted({layer.kind for layer in refused})
        super().__init__(
            f"{summary.model} has operators that cannot be imported: {named(refused)}.",
            hint=hint or " ".join(f"{kind}: {_fix(kind, refused)}" for kind in kinds),
            operator=refused[0].kind,
            layer=refused[0].name,
            operators=kinds,
        )
        self.summary = summary


def unsupported_of(layers: Sequence[LayerInfo]) -> list[LayerInfo]:
    """Those that cannot be imported or run."""
    return [layer for layer in layers if layer.support == "unsupported"]


def named(refused: Sequence[LayerInfo]) -> str:
    """The layers with their operators: `a (CumSum), c (Resize: it interpolates) and 3 more`."""
    parts = []
    for layer in refused[:_NAMED_LAYERS]:
        reason = layer.reason.rstrip(".")
        why = f": {reason[:1].lower()}{reason[1:]}" if layer.reason not in ("", NO_EQUAL) else ""
        parts.append(f"{layer.name} ({layer.kind}{why})")
    more = f" and {len(refused) - _NAMED_LAYERS} more" if len(refused) > _NAMED_LAYERS else ""
    return ", ".join(parts) + more


def _fix(kind: str, refused: Sequence[LayerInfo]) -> str:
    return next((layer.fix for layer in refused if layer.kind == kind and layer.fix), fix_of(kind))


def save_survey(error: UnsupportedLayers, folder: Path) -> None:
    """Write the table for the parent; `load_survey` reads it."""
    (folder / SURVEY_FILE).write_bytes(msgspec.json.encode((error.hint, error.summary)))


def load_survey(folder: Path) -> UnsupportedLayers | None:
    """The refusal with its table; None if there is none, or it is not what `save_survey` writes."""
    path = folder / SURVEY_FILE
    try:
        hint, summary = msgspec.json.decode(path.read_bytes(), type=tuple[str, ModelSummary])
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not unsupported_of(summary.layers) or not summary.inputs or not summary.outputs:
        return None
    layers = [
        msgspec.structs.replace(
            layer, **{name: _plain(getattr(layer, name)) for name in ("name", "kind", "reason", "fix")}
        )
        for layer in summary.layers
    ]
    return UnsupportedLayers(
        msgspec.structs.replace(summary, model=_plain(summary.model), trainable=False, layers=layers),
        _plain(hint),
    )


def _plain(text: str) -> str:
    """Text of a file that may be shown: printable, and of bounded length."""
    return "".join(c if c.isprintable() else " " for c in text[:_MAX_TEXT])
