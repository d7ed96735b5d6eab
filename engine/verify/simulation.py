"""The quantised network simulated in real numbers, as quantisation-aware training sees it.

Weights and activations are rounded to the quanta of the `.tflite`, half away from zero; between two
roundings everything is float32 (float64 where 16-bit quanta would drown in its rounding). It shows what
quantisation itself costs, before any kernel rounds in its own way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tflite_model import TfliteModel
from engine.verify.quantised_arithmetic import expected_quanta, has_arithmetic


class SimulationForm:
    """A quantised `.tflite` operator by operator in real numbers, rounded after each.

    Args:
        model: the quantised network; `supports` says whether it can be simulated.
    """

    title = "QAT simulation"

    def __init__(self, model: TfliteModel) -> None:
        self._model = model
        self._inputs = [int(t) for t in model.graph.inputs]

    @staticmethod
    def supports(model: TfliteModel) -> bool:
        """Whether every operator has its arithmetic here, reads no variable, and gives quanta."""
        return all(
            has_arithmetic(model, operator)
            and not any(model.graph.tensors[t].isVariable for t in operator.inputs if t >= 0)
            for _, operator in model.operators()
        )

    def run(self, inputs: list[NDArray[Any]]) -> dict[int, NDArray[Any]]:
        """A whole run.

        Args:
            inputs: quanta of the network's inputs, in its order and the tensors' types.

        Returns:
            Quanta of every tensor by index, in the tensors' own types and shapes.
        """
        model = self._model
        quanta = {
            t: np.asarray(values, model.dtype(t)).reshape(model.shape(t))
            for t, values in zip(self._inputs, inputs, strict=True)
        }
        for _, operator in model.operators():
            results = [int(t) for t in operator.outputs]
            wide = any(model.dtype(t) == "int16" for t in (*model.operands(operator), *results))
            found = expected_quanta(model, operator, quanta, dtype=np.float64 if wide else np.float32)
            assert found is not None  # `supports` has looked
            for tensor, values in zip(results, found, strict=True):
                quanta[tensor] = values.astype(model.dtype(tensor)).reshape(model.shape(tensor))
        return quanta
