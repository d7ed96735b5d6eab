from __future__ import annotations

import pytest

from engine.figures import Measured, Predicted, Simulated
from engine.summaries import BoardRunSummary, BuildSummary, ConvertSummary, FitSummary
from gui.project_model import ProjectModel
from gui.readings import Reading, overall, readings
from gui.widgets.gauges import Gauge
from tests.gui.states import model_with, project_in


def test_the_budget_stands_at_three_quarters_of_the_track():
    assert Reading(10.0, 400.0).position(400.0) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("value", "tone"), [(0.0, "ok"), (85.0, "ok"), (85.1, "warn"), (100.0, "warn"), (100.1, "bad")]
)
def test_tones_of_a_maximum(value, tone):
    assert Reading(value, 100.0).tone == tone


@pytest.mark.parametrize(
    ("value", "tone"), [(0.94, "ok"), (0.9399, "warn"), (0.93, "warn"), (0.9299, "bad"), (0.0, "bad")]
)
def test_tones_of_a_minimum(value, tone):
    assert Reading(value, 0.93, least=True).tone == tone


def test_the_scale_of_accuracy_never_passes_one_hundred_percent():
    assert Reading(0.99, 0.98, least=True).scale == (pytest.approx(0.80), pytest.approx(1.0))
    assert Reading(0.9, 0.80, least=True).scale == (pytest.approx(0.65), pytest.approx(0.85))


def test_without_value_or_budget_there_is_no_judgement():
    assert Reading().tone == ""
    assert Reading(5.0).tone == ""
    assert overall({"flash": Reading(), "ram": Reading()}) == ""
    assert (
        overall({"a": Reading(1, 10), "b": Reading(9.5, 10), "c": Reading(0.5, 0.9, least=True)})
        == "bad"
    )


def test_an_empty_project_shows_budgets_of_its_board_and_no_values(qapp, tmp_path):
    model = model_with(project_in(tmp_path))
    found = readings(model)
    assert [found[kind].value for kind in found] == [None] * 4
    assert found["flash"].budget == 512  # 1 MB less what the board file keeps for the application
    assert found["ram"].budget == 128  # the region of the arena


def test_the_linker_beats_the_plan_and_a_board_beats_a_prediction(qapp, tmp_path):
    fit = fit_summary(flash=Predicted(100 * 1024, "bytes"), latency=Predicted(20.0, "ms", 15.0))
    build = build_summary(flash_bytes=120 * 1024)
    planned = readings(model_with(project_in(tmp_path / "a"), fit=fit))
    assert (planned["flash"].value, planned["flash"].basis) == (100.0, "predicted")
    assert (planned["latency"].value, planned["latency"].basis) == (20.0, "predicted")
    run = board_run(Simulated(17.5, "ms"))
    ran = readings(model_with(project_in(tmp_path / "b"), fit=fit, build=build, board_run=run))
    assert (ran["flash"].value, ran["flash"].basis) == (120.0, "measured")
    assert (ran["latency"].value, ran["latency"].basis) == (17.5, "simulated")


def test_accuracy_of_the_board_comes_with_that_of_the_float_network(qapp, tmp_path):
    convert = ConvertSummary(
        files={}, file_bytes={}, float_accuracy=Measured(0.95, "fraction"),
        int8_accuracy=Measured(0.94, "fraction"), confusion=[], calibration_samples=100,
    )  # fmt: skip
    reading = readings(model_with(project_in(tmp_path), convert=convert))["accuracy"]
    assert (reading.value, reading.was, reading.basis) == (0.94, 0.95, "measured")


def test_a_stale_value_stays_and_is_marked(qapp, tmp_path):
    model = model_with(project_in(tmp_path), stale=("build",), build=build_summary(flash_bytes=2048))
    assert readings(model)["flash"] == Reading(2.0, 512.0, "measured", pending=True)


@pytest.mark.parametrize(
    ("kind", "reading", "words"),
    [
        ("ram", Reading(136.0, 64.0, "predicted"), "72 KB too much"),
        ("ram", Reading(74.0, 192.0, "measured"), "118 KB to spare"),
        ("latency", Reading(3410.0, 200.0, "predicted"), "3,210 ms too slow"),
        ("accuracy", Reading(0.954, 0.93, "measured", least=True), "2.4 pt above minimum"),
        ("accuracy", Reading(0.92, 0.93, "measured", least=True), "1.0 pt too low"),
        ("flash", Reading(), "not known yet"),
        ("latency", Reading(5.0), "no budget set"),
    ],
)
def test_captions_say_the_amount(qtbot, kind, reading, words):
    gauge = Gauge(kind)
    qtbot.addWidget(gauge)
    gauge.set(reading)
    assert gauge.caption() == words
    assert words in gauge.accessibleName()


def test_far_over_the_budget_it_says_how_many_times(qtbot):
    gauge = Gauge("ram")
    qtbot.addWidget(gauge)
    gauge.set(Reading(136.0, 64.0, "predicted"))
    assert gauge.side_text() == "2.1\u00d7 the budget"
    assert gauge.reading.off_scale
    assert not gauge.grab().isNull()


@pytest.mark.parametrize(
    ("basis", "error", "words"),
    [
        ("simulated", 10.0, "simulated \u00b110 %"),
        ("predicted", 18.0, "predicted \u00b118 %"),
        ("simulated", None, "simulated"),
        ("measured", None, ""),
    ],
)
def test_a_value_that_is_not_measured_says_so_with_its_error_bar(qtbot, basis, error, words):
    gauge = Gauge("latency")
    qtbot.addWidget(gauge)
    gauge.set(Reading(26.4, 100.0, basis, error_percent=error))
    assert gauge.side_text() == words


def test_the_latency_reading_carries_the_figures_error_bar(qapp, tmp_path):
    ran = board_run(Simulated(17.5, "ms", 10.0))
    reading = readings(model_with(project_in(tmp_path), board_run=ran))["latency"]
    assert (reading.basis, reading.error_percent) == ("simulated", 10.0)


def fit_summary(*, flash, latency=None) -> FitSummary:
    return FitSummary(
        model="m", board="stm32f407", flash_bytes=flash, ram_bytes=Predicted(30 * 1024, "bytes"),
        arena_bytes=20000, arena_lower_bound_bytes=20000, scratch_bytes=0, cycles=None,
        latency_ms=latency, flash_budget_bytes=512 * 1024, ram_budget_bytes=192 * 1024,
        flash_parts={}, ram_parts={}, placements=[], layers=[], fits=True, reasons=[], suggestions=[],
    )  # fmt: skip


def build_summary(*, flash_bytes: int) -> BuildSummary:
    return BuildSummary(
        model="m", board="stm32f407", elf="a.elf", bin="a.bin", flash_bytes=flash_bytes, ram_bytes=40960,
        flash_parts={}, ram_parts={}, toolchain="zig", kernels="dsp", seconds=1.0, model_hash="0",
    )  # fmt: skip


def board_run(latency) -> BoardRunSummary:
    return BoardRunSummary(
        board="stm32f407", link="virtual", inputs_compared=10, mismatched_bytes=0, accuracy=None,
        host_accuracy=None, instructions=1, cycles=Simulated(1.0, "cycles"), latency_ms=latency,
        layer_cycles=[], arena_bytes=1, stack_bytes=1, confusion=[],
    )  # fmt: skip


def test_a_model_without_project_reads_nothing(qapp):
    assert all(reading.value is None for reading in readings(ProjectModel()).values())
