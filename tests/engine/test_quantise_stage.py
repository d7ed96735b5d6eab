"""The conversion of a project: what the quantisation step says, what is done where it says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import pipeline
from engine.events import CancelToken, Event, LogLine, discard
from engine.project import Project
from engine.recipe import QuantizeStep, Recipe, Step
from engine.summaries import ConvertSummary, VerifySummary
from tests.helpers.projects import QUICK, with_steps


def summaries_of(project: Project) -> dict[str, object]:
    return {s.stage: s.summary for s in pipeline.readiness(project) if s.state == "done"}


@pytest.mark.parametrize(
    ("steps", "why"),
    [((), "is missing"), ((QuantizeStep(enabled=False, method="minmax"),), "is switched off")],
)
def test_without_a_step_the_usual_settings_are_used_and_named(
    trained: Project, tmp_path: Path, steps: tuple[Step, ...], why: str
) -> None:
    project = with_steps(trained, tmp_path, *steps)
    events: list[Event] = []
    pipeline.run(project, until="convert", report=events.append, cancel=CancelToken())
    summary = summaries_of(project)["convert"]
    assert isinstance(summary, ConvertSummary)
    usual = QuantizeStep()
    assert why in summary.notes[0]
    assert f"{usual.calibration_samples} samples, {usual.method} ranges" in summary.notes[0]
    assert summary.calibration_samples == usual.calibration_samples
    assert summary.notes[0] in [event.text for event in events if isinstance(event, LogLine)]


def test_a_step_that_is_on_needs_no_words(trained: Project, tmp_path: Path) -> None:
    step = QuantizeStep(equalise=False, bias_correction=False)
    assert Recipe((QUICK, step)).quantisation() == (step, "")
    off, on = QuantizeStep(enabled=False), QuantizeStep(method="percentile")
    assert Recipe((QUICK, off, on)).quantisation() == (on, "")


def test_a_prepared_network_is_the_one_that_is_compared(trained: Project, tmp_path: Path) -> None:
    step = QuantizeStep(method="mse", equalise=True, bias_correction=True, choice="advised")
    project = with_steps(trained, tmp_path, step)
    pipeline.run(project, until="verify", report=discard, cancel=CancelToken())
    found = summaries_of(project)
    convert, verify = found["convert"], found["verify"]
    assert isinstance(convert, ConvertSummary)
    assert isinstance(verify, VerifySummary)
    assert verify.passed, verify.first_guilty
    assert len(convert.notes) == 2
    assert convert.float_accuracy is not None
    assert convert.int8_accuracy is not None
    assert abs(convert.int8_accuracy.value - convert.float_accuracy.value) < 0.03
