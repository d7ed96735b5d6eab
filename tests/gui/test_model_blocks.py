"""The network as blocks: how wide, and how bright."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from gui.widgets.model_card import ModelCard
from gui.widgets.model_layers import COSTS, channels
from tests.gui import documents


def test_blocks_are_as_wide_as_their_channels_and_as_bright_as_their_cost(qtbot):
    card = ModelCard()
    qtbot.addWidget(card)
    summary = documents.model()
    card.show_model("ds-cnn-s", summary, None)
    card.strip.resize(600, 200)
    edges = card.strip.edges
    assert edges[0] == 0
    assert edges[-1] == pytest.approx(600)
    widths = [right - left for left, right in itertools.pairwise(edges)]
    outputs = [layer.output_shape[-1] for layer in summary.layers]
    for one, other in itertools.permutations(range(12), 2):
        if outputs[one] > outputs[other]:
            assert widths[one] > widths[other] + 1
        elif outputs[one] == outputs[other]:
            assert widths[one] == pytest.approx(widths[other])
    assert min(widths) > 600 / 12 / 3  # narrow ones can still be seen
    bytes_ = [layer.parameter_bytes for layer in summary.layers]
    assert card.strip.share(2) == pytest.approx(bytes_[2] / sum(bytes_))
    card.cost.choose(COSTS.index("macs"))
    assert card.strip.share(2) == pytest.approx(summary.layers[2].macs / summary.macs)
    card.cost.choose(COSTS.index("time"))
    assert card.strip.share(2) == 0
    assert "times need a plan" in card._hint.text()
    fit = documents.fit()
    card.show_predictions({"stm32f407": fit}, "stm32f407")
    cycles = [layer.cycles for layer in fit.layers]
    assert card.strip.share(2) == pytest.approx(cycles[2] / sum(cycles))
    joined = msgspec.structs.replace(fit, layers=fit.layers[1:])
    card.show_predictions({"stm32f407": joined}, "stm32f407")  # not these layers: no time is told
    assert card.strip.share(2) == 0
    card.show_view(1)
    assert card.cost.isHidden()


def test_channels_are_told_from_where_they_lie():
    assert channels((1, 16, 32, 8), first=False) == 8
    assert channels((1, 16, 32, 8), first=True) == 16
    assert channels((1, 10), first=True) == 10
    assert channels((), first=False) == 1
