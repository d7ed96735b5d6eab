import dataclasses

import pytest

from engine.project import open_project
from engine.recipe import PruneStep, QuantizeStep, Recipe, TrainStep
from tests.helpers.command_line import thimble


@pytest.fixture(scope="session")
def digits_project(tmp_path_factory):
    """The digits project, trained briefly, through every stage on the virtual F407, by command line.

    Returns the project folder and the outcome of `run`.
    """
    folder = tmp_path_factory.mktemp("digits") / "digits.thimble"
    made = thimble("new", folder, "--task", "images", "--board", "stm32f407")
    assert made.exit_code == 0, made
    project = open_project(folder)
    project.recipe = Recipe(
        (TrainStep(epochs=3), PruneStep(enabled=False), QuantizeStep(calibration_samples=100))
    )
    project.data = dataclasses.replace(project.data, variants=4)
    project.save()
    return folder, thimble("run", folder)
