"""Reading on behind layers that cannot be imported: all of them are found, and the rest described.

Where the file says what a missing layer's result is shaped like, a stand-in takes its place and the
layers behind it are built as usual; else they are listed with what the file says about them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from msgspec import structs

from engine.errors import EngineError, UnsupportedOperator
from engine.model_import.describe_module import layer_rows
from engine.model_import.imported_model import channels_last
from engine.model_import.module_builder import Axes, ModuleBuilder, Value
from engine.model_import.survey import UnsupportedLayers
from engine.summaries import LayerInfo, ModelSummary, TensorInfo

_NOT_CHECKED = "Not looked at further: it stands behind a layer that cannot be imported."


class Survey:
    """What was found behind and beside the first refusal; empty until there is one.

    Args:
        builder: where the layers that can be imported are built.
    """

    def __init__(self, builder: ModuleBuilder) -> None:
        self._builder = builder
        self._extra: list[tuple[int, LayerInfo]] = []  # number of built nodes in front, row
        self._stand_ins: set[str] = set()
        self._names: Counter[str] = Counter()
        self._failed = False

    def __bool__(self) -> bool:
        return self._failed

    def missing(
        self, error: UnsupportedOperator, shape: tuple[int, ...] = (), parameters: int = 0
    ) -> None:
        """Note a layer that cannot be imported.

        Args:
            error: names the operator and the layer, as `ModuleBuilder.refuse` does.
            shape: of its result, with a batch of one, as people see it; () if not known.
            parameters: numbers that the file holds for it.
        """
        self._failed = True
        reason = str(error.facts.get("why") or error.message)
        name, kind = str(error.facts.get("layer", "")), str(error.facts.get("operator", ""))
        self._note(name, kind, shape, parameters, "unsupported", reason, error.hint)

    def unchecked(self, name: str, kind: str, shape: tuple[int, ...] = (), parameters: int = 0) -> None:
        """Note a layer that stands behind one that cannot be imported; for the rest see `missing`."""
        self._note(name, kind, shape, parameters, "supported", _NOT_CHECKED, "")

    def stand_in(self, shape: tuple[int, ...], axes: Axes | None = None) -> Value | None:
        """A value in place of a missing layer's result; None if no network here can have it."""
        try:
            value = self._builder.input(shape, axes)
        except (EngineError, RuntimeError):
            return None
        self._stand_ins.add(value.name)
        return value

    def is_stand_in(self, value: object) -> bool:
        """Whether a value only stands in for one that is missing."""
        return isinstance(value, Value) and value.name in self._stand_ins

    def refusal(
        self,
        name: str,
        model_format: str,
        *,
        layout: str,
        outputs: Sequence[tuple[str, tuple[int, ...]]],
        hint: str,
    ) -> UnsupportedLayers:
        """The error that names every layer that cannot be imported and carries the whole table.

        Args:
            name: of the file.
            model_format: see `ImportedModel`.
            layout: see `ImportedModel`.
            outputs: name and shape of each, as people see it; () for one that is not known.
            hint: what helps, "" for what helps each of them.
        """
        builder = self._builder
        place = {node.name: number for number, node in enumerate(builder.nodes)}
        built = layer_rows(builder.root, builder.nodes, builder.results, {})
        # a noted row stands in front of the node that was built next
        rows = [(place[row.name], 1, row) for row in built]
        rows += [(number, 0, row) for number, row in self._extra]
        rows.sort(key=lambda entry: entry[:2])
        layers = [structs.replace(row, index=index) for index, (*_, row) in enumerate(rows)]
        inputs = [
            TensorInfo(n, (1, *channels_last(tuple(t.shape[1:]))), "float32")
            for n, t in builder.results.items()
            if builder.producer(n) is None and n not in self._stand_ins
        ]
        summary = ModelSummary(
            model=name,
            format=model_format,
            trainable=False,
            task="",
            inputs=inputs,
            outputs=[TensorInfo(n, shape, "float32") for n, shape in outputs],
            parameters=sum(row.parameter_bytes for row in layers) // 4,
            macs=sum(row.macs for row in layers),
            layers=layers,
            model_hash=hashlib.sha256(repr(layers).encode()).hexdigest()[:16],
            layout=layout,
        )
        return UnsupportedLayers(summary, hint)

    def _note(
        self,
        name: str,
        kind: str,
        shape: tuple[int, ...],
        parameters: int,
        support: str,
        reason: str,
        fix: str,
    ) -> None:
        self._names[name] += 1
        row = LayerInfo(
            index=0,
            name=f"{name}_{self._names[name]}" if self._names[name] > 1 else name,
            kind=kind,
            output_shape=shape,
            macs=0,
            parameter_bytes=4 * parameters,
            output_bytes=0,
            support=support,
            reason=reason,
            fix=fix,
        )
        self._extra.append((len(self._builder.nodes), row))
