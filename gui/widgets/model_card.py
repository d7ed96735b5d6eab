"""What a model is: facts, and four ways to look at what is inside and what it costs."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedLayout, QWidget

from engine.boards import load_board
from engine.summaries import DataSummary, FitSummary, LayerInfo, ModelSummary
from gui.widgets.amounts import number
from gui.widgets.import_tables import BoardsTable, OperatorsTable
from gui.widgets.model_layers import COSTS, LayersTable, LayerStrip, layer_costs, shape_text
from gui.widgets.primitives import Badge, Card, Fact, Rule, Text, Tile, column, row, text_column
from gui.widgets.view_switch import ViewSwitch
from gui.widgets.what_is import WhatIs

BLOCKS, LAYERS, OPERATORS, BOARDS = range(4)
_NAMED_OPERATORS = 2  # more would not fit into the badge


class ModelCard(Card):
    """What the model is: facts, and what is inside."""

    def __init__(self) -> None:
        super().__init__(gap=10)
        self._refused = ""
        self._name = Text("", "h3", elide=True)
        self._what = Text("", "sentence", "text2", elide=True)
        self._badge = Badge()
        self._facts = {
            "parameters": Fact(self.tr("Adjustable numbers (parameters)"), what=WhatIs("parameters")),
            "macs": Fact(self.tr("Work per answer (MACs)"), what=WhatIs("macs")),
            "format": Fact(self.tr("Number format"), what=WhatIs("number-format")),
            "input": Fact(self.tr("Input")),
            "answers": Fact(self.tr("Answers")),
        }
        names = (self.tr("Blocks"), self.tr("Layers"), self.tr("Operators"), self.tr("Boards"))
        self.switch = ViewSwitch(names)
        self.switch.view_chosen.connect(self._on_view_chosen)
        self._hint = Text("", "small", "text3", elide=True)
        self.strip, self.layers = LayerStrip(), LayersTable()
        costs = (self.tr("Flash"), self.tr("MACs"), self.tr("SRAM"), self.tr("Time"))
        self.cost = ViewSwitch(costs)
        self.cost.setAccessibleName(self.tr("Which cost the colours show"))
        self.cost.view_chosen.connect(lambda _: self._show_costs())
        self._layers: list[LayerInfo] = []
        self._channels_first = False
        self._fit: FitSummary | None = None
        self.operators, self.boards = OperatorsTable(), BoardsTable()
        self._views = QStackedLayout()
        self._inside = QWidget()
        self._inside.setLayout(
            column(row(self.switch, 4, (self._hint, 1), self.cost), self._views, gap=6)
        )
        # only now: a stack without a parent shows its first widget as a window
        for view in (self.strip, self.layers, self.operators, self.boards):
            self._views.addWidget(view)
        self._on_view_chosen(BLOCKS)
        self._views.setContentsMargins(0, 0, 0, 0)
        self._nothing = QWidget()  # keeps the facts at the top while there is nothing inside
        facts: list[QWidget | int | None] = []
        for fact in self._facts.values():
            facts += [fact, 18]
        self.add(
            row(
                Tile("box", "accent", 38),
                2,
                (text_column(self._name, self._what, gap=1), 1),
                self._badge,
            ),
            row(*facts, None),
            Rule(),
            (self._inside, 1),
            (self._nothing, 1),
        )

    def show_model(self, name: str, summary: ModelSummary | None, data: DataSummary | None) -> None:
        """Fill the card; a summary None means that the model was not read yet."""
        self._name.setText(name)
        self._inside.setVisible(summary is not None)
        self._nothing.setVisible(summary is None)
        self._badge.setVisible(summary is not None)
        if summary is None:
            self._what.setText(self.tr("not read yet; its facts appear here"))
            for fact in self._facts.values():
                fact.set("")
            return
        self._what.setText(self._sentence(summary))
        self._facts["parameters"].set(number(summary.parameters))
        self._facts["macs"].set(number(summary.macs))
        dtypes = sorted({tensor.dtype for tensor in summary.inputs})
        self._facts["format"].set(", ".join(_dtype_words(dtype) for dtype in dtypes))
        self._facts["input"].set(", ".join(shape_text(tensor.shape) for tensor in summary.inputs))
        if data is not None and data.classes:
            self._facts["answers"].set(self.tr("{n} classes").format(n=len(data.classes)))
        else:
            self._facts["answers"].set(", ".join(shape_text(tensor.shape) for tensor in summary.outputs))
        refused = sorted({layer.kind for layer in summary.layers if layer.support == "unsupported"})
        if refused:
            words = self.tr("Cannot run on a board: {kinds}").format(kinds=", ".join(refused))
            if len(refused) > _NAMED_OPERATORS:
                words = self.tr("{n} kinds of operators cannot run").format(n=len(refused))
            self._badge.set(words, "bad")
        else:
            self._badge.set(self.tr("Every layer can run on a board"), "ok")
        self._layers, self._channels_first = summary.layers, summary.layout == "channels-first"
        self._show_costs()
        self.layers.show_layers(summary.layers)
        self.operators.show_layers(summary.layers)
        if refused and summary.model_hash != self._refused:
            self.show_view(OPERATORS)  # once: what has to be mended comes first
        self._refused = summary.model_hash if refused else ""

    def show_predictions(self, fits: dict[str, FitSummary], board_id: str = "") -> None:
        """What the model takes on every board, by id, and which of them is chosen."""
        self.boards.show_fits(fits, _board_name)
        self._fit = fits.get(board_id)
        self._show_costs()

    def _show_costs(self) -> None:
        costs = layer_costs(self._layers, self._fit)[COSTS[self.cost.chosen]]
        self.strip.show_layers(self._layers, costs, channels_first=self._channels_first)
        self._on_view_chosen(self.switch.chosen)

    def show_view(self, view: int) -> None:
        """Look at BLOCKS, LAYERS, OPERATORS or BOARDS."""
        self.switch.choose(view)

    def _sentence(self, summary: ModelSummary) -> str:
        kind = self.tr("can be trained") if summary.trainable else self.tr("finished, cannot be trained")
        if summary.trainable and not len(summary.inputs) == len(summary.outputs) == 1:
            kind = self.tr("converted as it is")
        refused = any(layer.support == "unsupported" for layer in summary.layers)
        if refused and not summary.trainable and not summary.format.startswith("tflite"):
            kind = self.tr("cannot be read as it is")
        words = self.tr("{format}, {layers} layers, {kind}").format(
            format=_format_words(summary.format), layers=len(summary.layers), kind=kind
        )
        layouts = {
            "channels-first": self.tr("channels first in the file"),
            "channels-last": self.tr("channels last in the file"),
            "steps-first": self.tr("time steps first in the file"),
        }
        return ", ".join(part for part in (words, layouts.get(summary.layout, "")) if part)

    def _on_view_chosen(self, view: int) -> None:
        self._views.setCurrentIndex(view)
        self.cost.setVisible(view == BLOCKS)
        timed = COSTS[self.cost.chosen] != "time" or bool(layer_costs(self._layers, self._fit)["time"])
        words = (
            self.tr("wide: channels; high: output; bright: cost")
            if timed
            else self.tr("times need a plan of just these layers"),
            self.tr("one row a layer, in the order in which they run"),
            self.tr("what a board can calculate, and what helps where it cannot"),
            self.tr("predicted from the plan; before training, for its 8-bit form"),
        )
        empty = view == BOARDS and self.boards.rows.rowCount() == 0
        self._hint.setText(
            self.tr("no prediction yet, or an operator cannot run") if empty else words[view]
        )


def _format_words(name: str) -> str:
    names = {
        "zoo": QCoreApplication.translate("Tasks", "network that comes with Thimble"),
        "onnx": QCoreApplication.translate("Tasks", "ONNX"),
        "onnx-quantised": QCoreApplication.translate("Tasks", "ONNX in 8-bit numbers"),
        "keras": QCoreApplication.translate("Tasks", "Keras"),
        "keras-h5": QCoreApplication.translate("Tasks", "Keras HDF5"),
        "saved-model": QCoreApplication.translate("Tasks", "TensorFlow SavedModel"),
        "torch-state-dict": QCoreApplication.translate("Tasks", "PyTorch weights"),
        "torchscript": QCoreApplication.translate("Tasks", "TorchScript"),
        "exported-program": QCoreApplication.translate("Tasks", "PyTorch exported program"),
        "tflite-float": QCoreApplication.translate("Tasks", "TensorFlow Lite in floating point"),
        "tflite-int8": QCoreApplication.translate("Tasks", "TensorFlow Lite in 8-bit numbers"),
        "tflite-int16x8": QCoreApplication.translate("Tasks", "TensorFlow Lite in 16-bit numbers"),
        "tflite-mixed": QCoreApplication.translate("Tasks", "TensorFlow Lite, mixed numbers"),
        "tflite": QCoreApplication.translate("Tasks", "TensorFlow Lite"),
    }
    return names.get(name, name)


def _dtype_words(dtype: str) -> str:
    return {"int8": "INT8", "uint8": "UINT8", "float32": "FP32", "int16": "INT16"}.get(dtype, dtype)


@cache
def _board_name(board_id: str) -> str:
    return load_board(board_id).name
