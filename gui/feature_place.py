"""Who turns sound into features, the computer or the board: the choice, and what it would cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QObject

from engine.events import StageFailed
from engine.summaries import FitSummary
from gui import intents

if TYPE_CHECKING:
    from gui.jobs import Predictor
    from gui.project_model import ProjectModel

HOST, BOARD = "host", "board"


@dataclass(frozen=True)
class FeatureCosts:
    """Predictions for the chosen board; part of the project model.

    Attributes:
        host, board: the plan if the computer makes the features, and if the board does; None if unknown.
        problem: why the board cannot make them for this network, "" if nothing is known to be wrong.
    """

    host: FitSummary | None = None
    board: FitSummary | None = None
    problem: str = ""

    @property
    def known(self) -> bool:
        """Whether the two can be compared."""
        return self.host is not None and self.board is not None

    @property
    def flash_bytes(self) -> float:
        """What the board's program grows by."""
        assert self.host is not None
        assert self.board is not None
        return self.board.flash_bytes.value - self.host.flash_bytes.value

    @property
    def ram_bytes(self) -> float:
        """What the board's memory is needed for beside the network."""
        assert self.host is not None
        assert self.board is not None
        return self.board.ram_bytes.value - self.host.ram_bytes.value


class FeaturePlace(QObject):
    """Asks what it costs whenever the network or the board changes, and keeps the choice."""

    def __init__(
        self,
        model: ProjectModel,
        predictor: Predictor,
        guarded: Callable[[Callable[..., object]], Callable[..., None]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._predictor, self._guarded = model, predictor, guarded
        self._asked_for: object = None
        model.predictions_changed.connect(self._ask)
        model.project_changed.connect(self._ask)
        predictor.answered.connect(self._on_answered)
        predictor.failed.connect(self._on_unanswered)

    def actions(self) -> dict[type, Callable[[Any], None]]:
        """What to do for the intent that is about this choice."""
        return {intents.ChooseFeaturePlace: lambda i: self.choose(i.place)}

    def choose(self, place: str) -> None:
        """Keep in the project who makes the features; the plan and the firmware become out of date."""
        if self._model.project is not None and self._model.project.front_end != place:
            self._guarded(self._model.save)(front_end=place)

    def _ask(self) -> None:
        project, wanted = self._model.project, None
        if (
            project is not None
            and project.takes_sound
            and project.board_id in self._model.predictions  # else nothing is known of the network yet
        ):
            folders = [
                state.folder
                for state in (self._model.stage("model"), self._model.stage("convert"))
                if state is not None and state.summary is not None
            ]
            wanted = (project.folder, project.board_id, folders)
        if wanted == self._asked_for:
            return
        self._asked_for = wanted
        self._model.set_feature_costs(FeatureCosts())
        if project is not None and wanted is not None:
            question = {"verb": "fit", "target": str(project.folder), "board": project.board_id}
            for place in (HOST, BOARD):
                self._predictor.ask({**question, "front_end": place})

    def _concerns(self, question: dict[str, object]) -> bool:
        project = self._model.project
        return (
            project is not None
            and question["verb"] == "fit"
            and question.get("front_end") in (HOST, BOARD)
            and question["target"] == str(project.folder)
            and question["board"] == project.board_id
        )

    def _on_answered(self, question: dict[str, object], values: list[dict[str, Any]]) -> None:
        if not values or not self._concerns(question):
            return
        fit = msgspec.convert(values[-1]["summary"], FitSummary)
        costs = self._model.feature_costs
        if question["front_end"] == HOST:
            costs = FeatureCosts(fit, costs.board, costs.problem)
        else:
            costs = FeatureCosts(costs.host, fit)
        self._model.set_feature_costs(costs)

    def _on_unanswered(self, question: dict[str, object], failure: StageFailed) -> None:
        if self._concerns(question) and question["front_end"] == BOARD:
            host = self._model.feature_costs.host
            self._model.set_feature_costs(FeatureCosts(host, problem=failure.message))
