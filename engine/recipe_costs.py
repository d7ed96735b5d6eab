"""What each step of a recipe changes on the board: flash, RAM and time, predicted of its 8-bit form."""

from __future__ import annotations

from pathlib import Path

from engine import pipeline
from engine.boards import load_board
from engine.candidates import Cost
from engine.errors import EngineError
from engine.events import CancelToken
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
    found = {}
    for state in pipeline.readiness(project):
        cancel.check()
        path = None
        if state.folder is None or state.state not in ("done", "stale"):
            continue
        if isinstance(state.summary, ConvertSummary):
            path = state.folder / state.summary.files["int8"]
        elif state.stage == "model" or state.stage.startswith("step-"):
            path = state.folder / OUTLINE_FILE
        if path is not None and path.exists() and (cost := _cost(project, path)) is not None:
            found[state.stage] = cost
    return found


def _cost(project: Project, path: Path) -> Cost | None:
    from engine.board_search import cost_within
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import plan_on_board

    board = load_board(project.board_id)
    try:
        fit = plan_on_board(read_tflite(path), board, family=board.kernels).fit
    except EngineError:
        return None
    return cost_within(fit, project.budgets)
