"""What to change where a network does not fit: each way with what it gives, and what does it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from engine.boards import load_board
from engine.errors import EngineError
from engine.recipe import PruneStep, QuantizeStep, Recipe, TrainStep
from engine.summaries import FitSummary
from gui.engine_words import engine_words
from gui.intents import ChangeRecipe, ChooseBoard, ChooseFeaturePlace, Intent, OpenPage
from gui.project_model import ProjectModel
from gui.recipe_figures import may_follow
from gui.widgets import amounts
from gui.widgets.primitives import NO_BREAK_SPACE

_MOST_PRUNED = 0.9
_MARGIN = 0.95  # channels come in fours, and the input does not shrink
_STEP = 0.05  # of the share that is offered
_MOST_BOARDS = 2


@dataclass(frozen=True)
class Fix:
    """One way to make it fit.

    Attributes:
        icon: name.
        words: what is changed.
        gives: what comes of it, with where that figure is from; "" where nobody can tell yet.
        action: on the button.
        intents: what the button asks for, in order.
    """

    icon: str
    words: str
    gives: str
    action: str
    intents: tuple[Intent, ...]


def tr(text: str) -> str:
    """The text in the language in force."""
    return QCoreApplication.translate("Fixes", text)


def fixes(model: ProjectModel, fit: FitSummary) -> list[Fix]:
    """Ways to make a network fit, the ones that keep the board first."""
    pruned, boards = prune_fix(model, fit), board_fixes(model, fit)
    found = [pruned] if pruned is not None else []
    for suggestion in fit.suggestions:
        lower = suggestion.lower()
        if "to the computer" in lower:
            words = engine_words(suggestion)
            action = tr("Let the computer do it")
            found.insert(0, Fix("microphone", words, "", action, (ChooseFeaturePlace("host"),)))
        elif "prune" in lower and pruned is None:
            words = engine_words(suggestion)
            found.append(Fix("scissors", words, "", tr("Open Compress"), (OpenPage("compress"),)))
        elif "board" in lower and "prune" not in lower and not boards:
            words = engine_words(suggestion)
            found.append(Fix("board", words, "", tr("Open Board"), (OpenPage("board"),)))
    return found + boards


def prune_fix(model: ProjectModel, fit: FitSummary) -> Fix | None:
    """More filters removed, as many as the plan's figures ask for; None where that cannot be done here.

    RAM goes with the channels that are left, weights with their square; both are estimates.
    """
    project = model.project
    if project is None or project.is_without_data or project.is_finished_model:
        return None
    kept = kept_share(fit)
    steps = list(project.recipe.steps)
    pruning = [(i, step) for i, step in enumerate(steps) if isinstance(step, PruneStep) and step.enabled]
    before = pruning[-1][1].ratio if pruning else 0.0
    ratio = round(math.ceil(round((1 - (1 - before) * kept) / _STEP, 6)) * _STEP, 2)
    if kept >= 1 or ratio > _MOST_PRUNED:
        return None
    if pruning:
        place, step = pruning[-1]
        steps[place] = replace(step, ratio=ratio)
    else:
        trained = [i for i, step in enumerate(steps) if isinstance(step, TrainStep) and step.enabled]
        ends = [i for i, step in enumerate(steps) if isinstance(step, QuantizeStep)]
        place = trained[-1] + 1 if trained else ends[0] if ends else len(steps)
        steps.insert(place, PruneStep(ratio=ratio))
    if fit.ram_bytes.value > fit.ram_budget_bytes:
        # Ranked over the whole network, the busiest layer might keep its filters.
        steps[place] = replace(steps[place], scope="layer")
    if not may_follow(tuple(steps), trained=bool(project.model_file)):
        return None
    left = (1 - ratio) / (1 - before)
    words = tr("Remove {percent} of the filters, then train on.").format(
        percent=amounts.percent(ratio, 0)
    )
    arena, weights = fit.arena_bytes, fit.flash_parts.get("weights", 0)
    gives = tr("about {ram} of SRAM and {flash} of flash, estimated").format(
        ram=amounts.size(fit.ram_bytes.value - arena * (1 - left)),
        flash=amounts.size(fit.flash_bytes.value - weights * (1 - left**2)),
    )
    asked = (ChangeRecipe(Recipe(tuple(steps))), OpenPage("train"))
    return Fix("scissors", words, gives, tr("Change the recipe"), asked)


def kept_share(fit: FitSummary) -> float:
    """The share of the channels that may stay for flash and RAM to suffice; 1 if all may."""
    ram_over = fit.ram_bytes.value - fit.ram_budget_bytes
    flash_over = fit.flash_bytes.value - fit.flash_budget_bytes
    weights = fit.flash_parts.get("weights", 0)
    share = 1.0
    if ram_over > 0:
        share = min(share, max(0.0, 1 - ram_over / max(fit.arena_bytes, 1)) * _MARGIN)
    if flash_over > 0:
        share = min(share, math.sqrt(max(0.0, 1 - flash_over / max(weights, 1))) * _MARGIN)
    return share


def board_fixes(model: ProjectModel, fit: FitSummary) -> list[Fix]:
    """Boards that it fits on, those with the smallest memories first; chips without a board last."""
    suited = [
        (key, other) for key, other in model.predictions.items() if other.fits and key != fit.board
    ]
    suited.sort(
        key=lambda pair: (
            pair[0].startswith("cortex-"),
            pair[1].ram_budget_bytes,
            pair[1].flash_budget_bytes,
            pair[0],
        )
    )
    found = []
    for board_id, other in suited[:_MOST_BOARDS]:
        try:
            name = load_board(board_id).name
        except EngineError:
            continue
        amounts_ = [
            tr("{used} of {all} SRAM").format(
                used=amounts.size(other.ram_bytes.value), all=amounts.size(other.ram_budget_bytes)
            ),
            tr("{used} of {all} flash").format(
                used=amounts.size(other.flash_bytes.value), all=amounts.size(other.flash_budget_bytes)
            ),
        ]
        if other.latency_ms is not None:
            amounts_.append(f"{amounts.milliseconds(other.latency_ms.value)}{NO_BREAK_SPACE}ms")
        gives = tr("{amounts}, predicted").format(amounts=", ".join(amounts_))
        words = tr("Take the {board}.").format(board=name)
        asked = (ChooseBoard(board_id), OpenPage("fit"))
        found.append(Fix("board", words, gives, tr("Choose this board"), asked))
    return found


def in_order(found: Sequence[Fix], most: int) -> list[Fix]:
    """So many of them; a board stays among them if there is one."""
    chosen = list(found[:most])
    boards = [fix for fix in found if fix.icon == "board"]
    if boards and boards[0] not in chosen:
        chosen[-1] = boards[0]
    return chosen
