"""The choice of who turns sound into features, with what the board would need for it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from gui.engine_words import engine_words
from gui.feature_place import BOARD, HOST
from gui.project_model import ProjectModel
from gui.widgets import amounts
from gui.widgets.primitives import Button, Card, Text, Tile, column, row


class FeaturesCard(Card):
    """Two buttons, and a sentence about the one that is chosen."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(vertical=False, margins=(14, 12, 14, 12))
        self.buttons: dict[str, Button] = {}
        words = {HOST: self.tr("The computer"), BOARD: self.tr("The board")}
        icons = {HOST: "virtual", BOARD: "board"}
        for place, text in words.items():
            button = Button(text, "small", icons[place])
            button.setCheckable(True)
            button.setAccessibleName(self.tr("Features are made by: {who}").format(who=text))
            button.clicked.connect(lambda _on, place=place: self._on_chosen(place))
            self.buttons[place] = button
        self.sentence = Text("", "sentence", "text2", wrap=True)
        self.cost = Text("", "small", "text3", wrap=True)
        self.add(
            Tile("microphone", "accent", 40),
            4,
            (
                column(
                    row(
                        Text(self.tr("Who turns sound into what the network reads?"), "card_title"),
                        Text(self.tr("features"), "small", "text3"),
                        None,
                        *self.buttons.values(),
                        gap=8,
                    ),
                    self.sentence,
                    self.cost,
                    gap=3,
                ),
                1,
            ),
        )

    def _on_chosen(self, place: str) -> None:
        self._mark(place)
        self.chosen.emit(place)

    def _mark(self, place: str) -> None:
        """One is chosen; no button group, in which Tab would reach that one alone."""
        for key, button in self.buttons.items():
            button.setChecked(key == place)

    def refresh(self, model: ProjectModel) -> None:
        """Show the project's choice; hidden where the network is not fed with sound."""
        project, costs = model.project, model.feature_costs
        self.setVisible(project is not None and project.takes_sound)
        if project is None or not project.takes_sound:
            return
        on_board = project.front_end == BOARD
        self._mark(project.front_end)
        possible = on_board or not costs.problem
        self.buttons[BOARD].setEnabled(possible)
        self.sentence.setText(
            self.tr("The board hears raw sound and works without a computer.")
            if on_board
            else self.tr("The computer prepares the sound and sends the result to the board.")
        )
        self.cost.set_role("text3")
        if costs.problem:
            self.cost.setText(engine_words(costs.problem))
        elif not costs.known:
            self.cost.setText(self.tr("What it costs is told when the model and the board are known."))
        else:
            self._show_cost(model, on_board=on_board)

    def _show_cost(self, model: ProjectModel, *, on_board: bool) -> None:
        costs = model.feature_costs
        assert costs.board is not None
        flash, ram = amounts.size(costs.flash_bytes), amounts.size(costs.ram_bytes)
        text = (
            self.tr("It takes {flash} of flash and {ram} of SRAM for it (predicted).")
            if on_board
            else self.tr("If the board did it: {flash} more flash, {ram} more SRAM (predicted).")
        ).format(flash=flash, ram=ram)
        if not costs.board.fits:
            self.cost.set_role("warn")
            text += " " + self.tr("That is more than this board has.")
        self.cost.setText(text)
