"""A small project that booth mode can show: digits, trained for a moment, with firmware."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from engine.project import open_project
from engine.recipe import QuantizeStep, Recipe, TrainStep
from tests.helpers.command_line import thimble


def booth_project(folder: Path) -> Path:
    """Make it below `folder`, by command line, so that no framework gets into this process."""
    path = folder / "digits.thimble"
    made = thimble("new", path, "--task", "images", "--board", "stm32f407")
    assert made.exit_code == 0, made
    project = open_project(path)
    project.recipe = Recipe((TrainStep(epochs=3), QuantizeStep(calibration_samples=50)))
    project.data = dataclasses.replace(project.data, variants=2)
    project.save()
    ran = thimble("run", path, "--until", "build")
    assert ran.exit_code == 0, ran
    return path
