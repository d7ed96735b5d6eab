"""The table of layers of a Keras file that has unknown ones, from its description alone.

Keras itself is not asked: it would have to make layers that nobody has looked at here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.model_import.survey import NO_EQUAL, UnsupportedLayers
from engine.operator_fixes import fix_of
from engine.summaries import LayerInfo, ModelSummary, TensorInfo

_MAX_LAYERS = 5000


def unknown_layers(
    name: str, model_format: str, described: Iterable[Mapping[str, Any]], known: Collection[str]
) -> UnsupportedLayers | None:
    """The refusal that names every unknown layer; None if all are known.

    Args:
        name: of the file.
        model_format: see `ImportedModel`.
        described: the layers of the file's description, in its order.
        known: classes that can be imported.
    """
    layers: list[LayerInfo] = []
    input_shape: tuple[int, ...] = ()
    for item in described:
        config = item.get("config")
        settings = config if isinstance(config, dict) else {}
        kind = str(item["class_name"])
        if not input_shape:
            input_shape = _shape(settings.get("batch_shape") or settings.get("batch_input_shape"))
        if kind == "InputLayer" or len(layers) >= _MAX_LAYERS:
            continue
        supported = kind in known
        layers.append(
            LayerInfo(
                index=len(layers),
                name=str(settings.get("name") or item.get("name") or kind),
                kind=kind,
                output_shape=(),
                macs=0,
                parameter_bytes=0,
                output_bytes=0,
                support="supported" if supported else "unsupported",
                reason="" if supported else NO_EQUAL,
                fix="" if supported else fix_of(kind),
            )
        )
    if all(layer.support == "supported" for layer in layers):
        return None
    return UnsupportedLayers(
        ModelSummary(
            model=name,
            format=model_format,
            trainable=False,
            task="",
            inputs=[TensorInfo("input", input_shape, "float32")],
            outputs=[TensorInfo("output", (), "float32")],
            parameters=0,
            macs=0,
            layers=layers,
            model_hash=hashlib.sha256(repr(layers).encode()).hexdigest()[:16],
            layout="channels-last" if len(input_shape) > 2 else "",
        )
    )


def _shape(found: Any) -> tuple[int, ...]:
    """A shape with its batch, () if it is open or no shape."""
    if not isinstance(found, list) or not 2 <= len(found) <= 6:
        return ()
    rest = found[1:]
    is_whole = all(isinstance(n, int) and not isinstance(n, bool) and 0 < n < 1 << 31 for n in rest)
    return (1, *rest) if is_whole else ()
