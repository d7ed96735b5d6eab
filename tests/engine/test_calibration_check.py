"""`calibration check` on projects: rows, the recipe it changes and the one it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.cli import parser
from engine.errors import UsageError
from engine.project import Project, create_project, open_project
from engine.recipe import QuantizeStep
from tests.helpers.projects import told_by, with_steps


def check(project: Project, *words: str) -> tuple[dict[tuple[str, str], dict[str, Any]], list[str]]:
    """Rows by set and check, and the lines, of the command as people type it."""
    arguments = vars(parser().parse_args(["calibration", "check", str(project.folder), *words]))
    rows, lines = told_by(**arguments)
    return {(row["set"], row["check"]): row for row in rows}, lines


def test_a_good_set_is_left_alone(trained: Project, tmp_path: Path) -> None:
    step = QuantizeStep(calibration_samples=300, method="percentile")
    project = with_steps(trained, tmp_path, step)
    rows, lines = check(project, "--improve")
    assert [name for _, name in rows] == ["size", "classes", "copies", "boundary", "ranges", "all"]
    assert rows["balanced", "all"]["passed"]
    assert rows["balanced", "all"]["figures"] == {"samples": 300, "failed": 0}
    assert open_project(project.folder).recipe == project.recipe
    assert "needs no improvement" in lines[-1]


def test_a_poor_set_is_replaced_on_request_only(trained: Project, tmp_path: Path) -> None:
    step = QuantizeStep(calibration_samples=8, seed=3)
    project = with_steps(trained, tmp_path, step)
    rows, _ = check(project)
    assert not rows["balanced", "size"]["passed"]
    assert "calibration_samples" in rows["balanced", "size"]["cure"]
    assert not rows["balanced", "classes"]["passed"]
    assert open_project(project.folder).recipe.steps[-1] == step

    rows, lines = check(project, "--improve")
    assert rows["advised", "all"]["figures"]["failed"] < rows["balanced", "all"]["figures"]["failed"]
    changed = open_project(project.folder).recipe.steps[-1]
    assert isinstance(changed, QuantizeStep)
    assert changed.choice == "advised"
    assert 100 <= changed.calibration_samples <= 500
    assert changed.seed == 3
    assert f"{changed.calibration_samples} samples" in lines[-1]


def test_without_a_step_the_usual_set_is_checked(trained: Project, tmp_path: Path) -> None:
    project = with_steps(trained, tmp_path, QuantizeStep(enabled=False, calibration_samples=8))
    rows, lines = check(project)
    assert rows["balanced", "all"]["figures"]["samples"] == QuantizeStep().calibration_samples
    assert any("is switched off" in line for line in lines)


def test_a_finished_model_needs_no_calibration(tmp_path: Path) -> None:
    file = tmp_path / "made_elsewhere.tflite"
    file.write_bytes(b"never read")
    project = create_project(tmp_path / "p", task="", model_file=file)
    with pytest.raises(UsageError, match="quantised already"):
        check(project)
