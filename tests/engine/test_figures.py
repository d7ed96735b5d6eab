"""Predicted, simulated and measured numbers are different types, in Python and in JSON."""

from __future__ import annotations

import msgspec
import pytest

from engine.figures import Figure, Measured, Predicted, Simulated

KINDS = [(Predicted, "predicted"), (Simulated, "simulated"), (Measured, "measured")]


@pytest.mark.parametrize(("kind", "basis"), KINDS)
def test_the_basis_survives_json(kind, basis):
    figure = kind(17.25, "ms", error_percent=8.0)
    text = msgspec.json.encode(figure)
    assert msgspec.json.decode(text)["basis"] == figure.basis == basis
    assert msgspec.json.decode(text, type=Figure) == figure


def test_the_same_number_from_another_source_is_not_equal():
    assert Predicted(1.0, "ms") != Simulated(1.0, "ms")
    assert Simulated(1.0, "ms") != Measured(1.0, "ms")


@pytest.mark.parametrize(
    "text", ['{"value":1.0,"unit":"ms"}', '{"basis":"guessed","value":1.0,"unit":"ms"}']
)
def test_a_number_without_a_known_basis_is_refused(text):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Figure)


def test_a_figure_cannot_be_changed():
    with pytest.raises(AttributeError):
        Measured(1.0, "ms").value = 2.0
