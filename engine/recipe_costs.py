"""What each step of a recipe changes on the board: flash, RAM and time, predicted of its 8-bit form."""

from __future__ import annotations

import contextlib

from engine import pipeline
from engine.board_cost import planned_cost
from engine.boards import load_board
from engine.candidates import Cost
from engine.errors import EngineError
from engine.events import CancelToken
from engine.front_end_choice import chosen_front_end
from engine.project import Project
from engine.summaries import ConvertSummary
from engine.trainable_network import OUTLINE_FILE


def step_costs(project: Project, *, cancel: CancelToken) -> dict[str, Cost]:
    """Costs on the project's board by stage: of the network as it came, and after each finished step.

    Stages without a result, and networks that the board cannot run, are left out. Empty without a board.

    Args:
        project: an opened project.
        cancel: checked before each plan.

    Raises:
        Cancelled: the user stopped it.
    """
    if not project.board_id:
        return {}
    board, found = load_board(project.board_id), {}
    for state in pipeline.readiness(project):
        cancel.check()
        if state.folder is None or state.state not in ("done", "stale"):
            continue
        name = OUTLINE_FILE
        if isinstance(state.summary, ConvertSummary):
            name = state.summary.files["int8"]
        elif state.stage != "model" and not state.stage.startswith("step-"):
            continue
        with contextlib.suppress(EngineError):  # without a file, or on a board that cannot run it
            front_end = chosen_front_end(None, project)
            found[state.stage] = planned_cost(state.folder / name, board, project.budgets, front_end)
    return found
