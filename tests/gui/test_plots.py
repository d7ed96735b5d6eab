"""Plots against independent arithmetic: decimation, spans, ranges, ticks, bins, the memory map."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from engine.summaries import Placement
from gui.theme import font, theme
from gui.widgets import live_plot
from gui.widgets.curves import EpochPlot, Level, Series, padded_range
from gui.widgets.histogram import LatencyHistogram, latency_bins, latency_statistics
from gui.widgets.live_plot import GrowingRange, SpanBuffer, StripChart, min_max_per_column
from gui.widgets.memory_map import (
    MemoryMap,
    busiest_operator,
    clear_part,
    live_bytes,
    map_blocks,
    map_scale,
    place_name,
    short_name,
)
from gui.widgets.plot import nice_ticks, tick_text
from tests.gui import documents


class ListRing:
    """A ring in plain lists with the reader's interface."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, float]] = []

    @property
    def count(self) -> int:
        return len(self.samples)

    def add(self, samples) -> None:
        self.samples.extend(samples)

    def read_since(self, count: int):
        return np.array(self.samples[count:], dtype=np.float64).reshape(-1, 2), len(self.samples)


# ---- decimation ---------------------------------------------------------------------------------
def _column_by_column(times, values, start, end, columns):
    """The same in plain Python: put every sample into its column, then take minimum and maximum."""
    width = (end - start) / columns
    found: dict[int, list[float]] = {}
    for t, v in zip(times, values, strict=True):
        if start <= t <= end:
            found.setdefault(min(columns - 1, int((t - start) / width)), []).append(v)
    x, y = [], []
    for column in sorted(found):
        x += [start + (column + 0.5) * width] * 2
        y += [min(found[column]), max(found[column])]
    return x, y


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), number=st.integers(300, 3000), columns=st.integers(1, 120))
def test_decimation_keeps_the_extremes_of_every_column(seed, number, columns):
    random = np.random.default_rng(seed)
    # quarters are exact in binary, so that no sample lies on the wrong side of an edge by rounding
    times = np.sort(random.integers(0, 4 * 1024, number)) / 4
    values = random.normal(20, 3, number)
    start, end = 64.0, 64.0 + 8 * columns
    inside = int(((times >= start) & (times <= end)).sum())
    x, y = min_max_per_column(times, values, start, end, columns)
    if inside <= 2 * columns:
        assert x.size == inside
        return
    wanted_x, wanted_y = _column_by_column(times.tolist(), values.tolist(), start, end, columns)
    assert x == pytest.approx(wanted_x)
    assert y.tolist() == wanted_y


def test_few_samples_are_drawn_as_they_are():
    times, values = np.arange(10.0), np.arange(10.0) ** 2
    x, y = min_max_per_column(times, values, 2.0, 7.0, 100)
    assert x.tolist() == [2, 3, 4, 5, 6, 7]
    assert y.tolist() == [4, 9, 16, 25, 36, 49]


def test_a_gap_in_the_stream_stays_empty():
    times = np.concatenate([np.linspace(0, 0.99, 500), np.linspace(9.01, 10, 500)])
    x, _ = min_max_per_column(times, np.ones(1000), 0.0, 10.0, 10)
    assert x.tolist() == [0.5, 0.5, 9.5, 9.5]


def test_one_spike_in_a_million_is_seen():
    times = np.arange(1_000_000.0)
    values = np.full(times.size, 20.0)
    values[654_321] = 99.0
    x, y = min_max_per_column(times, values, 0.0, 1e6, 800)
    assert x.size == 1600
    assert y.max() == 99.0
    assert abs(x[int(y.argmax())] - 654_321) <= 1e6 / 800 / 2


def test_a_long_stream_keeps_its_span_in_memory_that_no_longer_grows(monkeypatch):
    monkeypatch.setattr(live_plot, "_LARGE", 64)
    monkeypatch.setattr(live_plot, "_LARGEST", 512)
    buffer, stream = SpanBuffer(100.0, capacity=16), np.empty((0, 2))
    random, blocks = np.random.default_rng(1), set()
    for _ in range(400):
        number = int(random.integers(0, 30))
        first = stream[-1, 0] + 1 if len(stream) else 0.0
        samples = np.stack([first + np.arange(number), random.normal(size=number)], 1)
        stream = np.concatenate([stream, samples])
        buffer.append(samples)
        wanted = stream[stream[:, 0] >= stream[-1, 0] - 100.0] if len(stream) else stream
        assert np.array_equal(buffer.times, wanted[:, 0])
        assert np.array_equal(buffer.values, wanted[:, 1])
        if len(stream) > 1000:
            blocks.add(id(buffer._samples))
    assert len(blocks) == 1


def test_the_buffer_of_a_span_equals_the_filtered_stream():
    random = np.random.default_rng(3)
    times = np.cumsum(random.uniform(0, 1, 5000))
    stream = np.stack([times, random.normal(size=5000)], axis=1)
    buffer = SpanBuffer(100.0, capacity=16)
    position = 0
    while position < len(stream):
        size = int(random.integers(1, 200))
        buffer.append(stream[position : position + size].copy())
        position = min(len(stream), position + size)
        seen = stream[:position]
        wanted = seen[seen[:, 0] >= seen[-1, 0] - 100.0]
        assert np.array_equal(buffer.times, wanted[:, 0])
        assert np.array_equal(buffer.values, wanted[:, 1])


# ---- strip chart --------------------------------------------------------------------------------
def test_the_timer_runs_only_while_visible_live_and_not_paused(qtbot):
    chart = StripChart()
    qtbot.addWidget(chart)
    chart.set_reader(ListRing())
    assert not chart.running
    chart.set_live(True)
    assert not chart.running
    with qtbot.waitExposed(chart):
        chart.show()
    assert chart.running
    chart.set_paused(True)
    assert not chart.running
    chart.set_paused(False)
    assert chart.running
    chart.hide()
    assert not chart.running
    chart.show()
    chart.set_live(False)
    assert not chart.running


def test_new_samples_appear_by_themselves_and_a_pause_loses_none(qtbot):
    ring = ListRing()
    chart = StripChart()
    qtbot.addWidget(chart)
    chart.resize(600, 200)
    chart.set_reader(ring)
    chart.set_live(True)
    with qtbot.waitExposed(chart):
        chart.show()
    ring.add((i * 1e5, 20_000.0 + i) for i in range(50))
    qtbot.waitUntil(lambda: chart.latencies_ms.size == 50)
    x, y = chart.curve_data("latency")
    assert x[-1] == 0.0
    assert x[0] == pytest.approx(-4.9)
    assert y[-1] == pytest.approx(20.049)
    chart.set_paused(True)
    ring.add((i * 1e5, 30_000.0) for i in range(50, 80))
    assert chart.latencies_ms.size == 50
    chart.set_paused(False)
    assert chart.latencies_ms.size == 80


def test_only_the_last_minute_is_kept(qtbot):
    ring = ListRing()
    ring.add((i * 1e6, 1000.0) for i in range(200))
    chart = StripChart()
    qtbot.addWidget(chart)
    chart.set_reader(ring)
    chart.draw()
    assert chart.latencies_ms.size == 61  # both ends of 60 s
    assert chart.times_s[0] == 139.0


def test_the_picture_is_light_whatever_the_theme(qtbot):
    ring = ListRing()
    ring.add((i * 1e4, 20_000.0 + 500 * math.sin(i / 20)) for i in range(1000))
    chart = StripChart()
    qtbot.addWidget(chart)
    chart.resize(500, 200)
    chart.set_reader(ring)
    with qtbot.waitExposed(chart):
        chart.show()
    chart.draw()
    image = chart.picture()
    assert (image.width(), image.height()) == (1000, 400)
    assert theme().name == "dark"
    assert image.pixelColor(2, 2).lightness() > 240
    darkest = min(
        image.pixelColor(x, y).lightness() for x in range(0, 1000, 3) for y in range(0, 400, 3)
    )
    assert darkest < 140


def test_the_range_only_grows_in_tenths_of_its_span():
    span = GrowingRange()
    assert span.include(20.0, 22.0)
    low, high = span.low, span.high
    assert low < 20.0
    assert high > 22.0
    assert not span.include(20.5, 21.0)
    assert span.include(20.0, high + 0.01)
    assert span.high == pytest.approx(high + 0.1 * (high - low))
    assert span.low == low


# ---- histogram ----------------------------------------------------------------------------------
def test_every_latency_is_in_exactly_one_bin():
    values = np.random.default_rng(1).gamma(2.0, 3.0, 5000) + 10
    counts, edges = latency_bins(values)
    assert counts.sum() == values.size
    assert counts.size <= 41
    assert np.allclose(np.diff(edges), edges[1] - edges[0])
    inside = values[values < edges[-2]]
    for low, high, number in zip(edges[:-2], edges[1:-1], counts[:-1], strict=True):
        assert number == ((inside >= low) & (inside < high)).sum()


def test_equal_latencies_give_one_bin():
    counts, edges = latency_bins(np.full(7, 20.5))
    assert counts.tolist() == [7]
    assert edges[0] < 20.5 < edges[1]


def test_percentiles_of_a_known_distribution(qtbot):
    values = np.arange(1.0, 102.0)
    statistics = latency_statistics(values)
    assert statistics is not None
    assert (statistics.minimum, statistics.p50, statistics.p99, statistics.maximum) == (1, 51, 100, 101)
    assert latency_statistics(np.empty(0)) is None
    histogram = LatencyHistogram()
    qtbot.addWidget(histogram)
    histogram.show_latencies(values)
    assert int(histogram.counts.sum()) == 101
    histogram.show_latencies(np.empty(0))
    assert histogram.counts.size == 0


def test_labels_of_a_narrow_spread_do_not_overlap(qtbot):
    histogram = LatencyHistogram()
    qtbot.addWidget(histogram)
    histogram.resize(320, 180)
    with qtbot.waitExposed(histogram):
        histogram.show()
    histogram.show_latencies(22.3205 + np.arange(50) * 2e-5)
    ticks = histogram.getPlotItem().getAxis("bottom")._tickLevels[0]
    room = histogram.getPlotItem().getViewBox().width()
    metrics = QFontMetricsF(font("axis"))
    assert len(ticks) >= 2
    assert sum(metrics.horizontalAdvance(text) for _, text in ticks) < room


# ---- ticks and ranges ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 192, [0, 50, 100, 150]),
        (91, 95.8, [91, 92, 93, 94, 95]),
        (3, 3, []),
    ],
)
def test_ticks_are_round_and_few(low, high, ticks):
    assert nice_ticks(low, high) == ticks


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6))
def test_ticks_lie_inside_and_are_five_at_most(low, span):
    ticks = nice_ticks(low, low + span)
    assert 1 <= len(ticks) <= 5
    slack = span * 1e-6 + abs(low) * 1e-9
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)


def test_tick_labels_have_the_decimals_that_the_step_needs():
    assert tick_text(0.5, 0.25) == "0.50"
    assert tick_text(1500.0, 500.0) == "1,500"
    assert tick_text(-2.0, 1.0) == "\u22122"


def test_a_flat_curve_still_has_a_range():
    low, high = padded_range(97.0, 97.0, floor=0.0, ceiling=100.0)
    assert low < 97.0 < high <= 100.0


def test_curves_follow_the_values_and_name_their_levels(qtbot):
    plot = EpochPlot((Series("train", "training", "cat0"), Series("validation", "validation", "cat1")))
    qtbot.addWidget(plot)
    plot.show_values(
        {"train": [50.0, 60.0], "validation": [45.0, math.nan]},
        end=10,
        levels=[Level("minimum", 90.0, "your minimum, 90.0 %")],
    )
    assert plot.curve_data("train")[1].tolist() == [50.0, 60.0]
    assert plot.curve_data("validation")[0].tolist() == [1.0]
    (_, _), (low, high) = plot.getPlotItem().getViewBox().viewRange()
    assert low < 45.0
    assert high > 90.0
    assert plot.hover_text is not None
    assert plot.hover_text(2.2) == "epoch 2\ntraining 60.0"
    assert plot.hover_text(7.0) == ""
    plot.append({"train": 70.0, "validation": 65.0}, end=10)
    assert plot.curve_data("train")[1].tolist() == [50.0, 60.0, 70.0]


def test_a_change_of_theme_gives_the_curves_other_colours(qtbot):
    plot = EpochPlot((Series("train", "training", "cat0"),))
    qtbot.addWidget(plot)
    plot.show_values({"train": [1.0, 2.0]}, end=2)
    curve = plot.getPlotItem().listDataItems()[0]
    assert curve.opts["pen"].color().name() == "#6baeff"
    theme().apply("light")
    assert curve.opts["pen"].color().name() == "#0a5fcc"


# ---- memory map ---------------------------------------------------------------------------------
def _painted(placements, operator, address):
    """Which tensors a column-by-column look at the plan puts at an address, by brute force."""
    return {
        p.tensor
        for p in placements
        if p.first <= operator <= p.last and p.offset <= address < p.offset + p.size_bytes
    }


def test_blocks_cover_exactly_the_columns_and_addresses_of_their_tensors():
    plan = documents.placements()
    blocks = map_blocks(plan)
    for operator in range(len(documents.LAYERS)):
        for address in range(0, 16_000, 500):
            wanted = _painted(plan, operator, address)
            found = set()
            for quarter in (0.25, 0.75):
                column = operator + quarter
                found |= {
                    b.placement.tensor
                    for b in blocks
                    if b.start <= column < b.end and b.low <= address < b.high
                }
            assert found == wanted, (operator, address)


def test_no_two_blocks_overlap_in_a_valid_plan():
    blocks = map_blocks(documents.placements())
    for index, a in enumerate(blocks):
        for b in blocks[index + 1 :]:
            apart = a.end <= b.start or b.end <= a.start or a.high <= b.low or b.high <= a.low
            assert apart, (a, b)


def test_an_in_place_output_takes_over_in_the_middle_of_its_operator():
    blocks = {b.placement.name: b for b in map_blocks(documents.placements())}
    dense, softmax = blocks["dense"], blocks["softmax"]
    assert (dense.low, dense.high) == (softmax.low, softmax.high)
    assert dense.end == softmax.start == 11.5
    assert softmax.overwrites == "dense"
    assert blocks["conv_1"].overwrites == ""


def test_live_bytes_count_shared_addresses_once():
    plan = documents.placements()
    for operator in range(len(documents.LAYERS)):
        used = np.zeros(17_000, dtype=bool)
        for p in plan:
            if p.first <= operator <= p.last:
                used[p.offset : p.offset + p.size_bytes] = True
        assert live_bytes(plan, operator) == used.sum()
    assert busiest_operator(plan) == 1  # conv_1 and depthwise_1 are both alive
    assert busiest_operator([]) == -1


def test_the_scale_ends_at_the_memory_or_breaks_the_axis():
    area = QRectF(50, 20, 900, 300)
    whole = map_scale(area, 10, 60_000, 80_000)
    assert not whole.broken
    assert whole.y(0) == area.bottom()
    assert area.top() < whole.y(80_000) < whole.y(60_000)
    assert whole.x(10) == pytest.approx(area.right())
    small = map_scale(area, 10, 20_000, 130_000)
    assert small.broken
    assert area.top() < small.y(20_000) < area.center().y()


def test_a_name_stands_where_no_line_and_no_words_are():
    block = QRectF(100, 50, 200, 80)
    line, words = QRectF(0, 100, 900, 2), QRectF(0, 80, 150, 17)
    assert clear_part(block, []) == block
    assert clear_part(block, [line]) == QRectF(100, 50, 200, 50)
    assert clear_part(block, [line, words]) == QRectF(100, 50, 200, 30)
    assert clear_part(block, [line, QRectF(0, 52, 150, 40)]) == QRectF(100, 102, 200, 28)
    assert clear_part(block, [QRectF(301, 0, 50, 500)]) == block  # beside it
    assert clear_part(block, [QRectF(0, 0, 900, 900)]).height() == 0


def test_pixels_lead_back_to_their_tensor(qtbot):
    widget = MemoryMap()
    qtbot.addWidget(widget)
    widget.resize(900, 320)
    fit = documents.fit()
    widget.show_plan(
        fit.placements,
        [layer.name for layer in fit.layers],
        arena_bytes=fit.arena_bytes,
        lower_bound_bytes=fit.arena_lower_bound_bytes,
        memory_bytes=131_072,
        memory_name="RAM",
    )
    for index, block in enumerate(widget.blocks):
        if block.high - block.low > 1000:
            centre = widget.scale.rect(block).center()
            assert widget.block_at(centre) == index
    assert widget.block_at(QPointF(2, 2)) == -1
    with qtbot.waitExposed(widget):
        widget.show()
    with qtbot.waitSignal(widget.tensor_selected) as selected:
        qtbot.keyClick(widget, Qt.Key.Key_Right)
    assert selected.args == [0]
    assert "input" in widget.accessibleDescription()


def test_a_plan_without_names_still_has_a_column_for_every_operator(qtbot):
    widget = MemoryMap()
    qtbot.addWidget(widget)
    plan = [Placement(0, "a", "INPUT", 0, 64, 0, 2)]
    widget.show_plan(plan, [], arena_bytes=64, lower_bound_bytes=64, memory_bytes=0, memory_name="RAM")
    assert widget.scale.operators == 3
    assert "alive from 1 to 3" in widget.describe(widget.blocks[0])


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("block1.pointwise.relu", "block1.pw"),
        ("model/activation_1/Relu", "activation_1"),
        ("relu", "relu"),
    ],
)
def test_names_of_places(name, place):
    assert place_name(name) == place


@pytest.mark.parametrize(
    ("name", "short"),
    [("conv_1", "conv_1"), ("a/b/conv/Relu;a/b/conv/Bias", "conv/Relu"), ("", ""), ("x/y", "x/y")],
)
def test_short_names(name, short):
    assert short_name(name) == short
