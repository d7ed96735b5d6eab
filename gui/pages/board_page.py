"""Board: pick the chip that the model has to fit into, and how to reach it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from engine.boards import BoardSpec
from gui.engine_words import engine_words
from gui.intents import (
    ChangeBudget,
    ChooseBoard,
    ChooseFeaturePlace,
    ChooseLink,
    FindBoards,
    OpenPage,
)
from gui.pages.page import Footer, Page
from gui.project_model import FoundBoard, ProjectModel
from gui.widgets.board_cards import BoardCard
from gui.widgets.budget_row import BudgetRow
from gui.widgets.features_card import FeaturesCard
from gui.widgets.primitives import Badge, Button, Card, Text, Tile, clear, column, row, text_column

_COLUMNS = 3


class LinkCard(Card):
    """One way to reach a board."""

    chosen = Signal(str)

    def __init__(self, found: FoundBoard) -> None:
        super().__init__(vertical=False, margins=(14, 12, 14, 12))
        self.found = found
        icon, tone = ("virtual", "accent") if found.kind == "virtual" else ("plug", "ok")
        self._badge = Badge(self.tr("Selected"), "accent", "check")
        self._use = Button(self.tr("Use"), "small")
        self._use.clicked.connect(lambda: self.chosen.emit(self.found.link))
        self.add(
            Tile(icon, tone, 40),
            4,
            (
                text_column(
                    Text(found.title, "h3", elide=True),
                    Text(engine_words(found.detail), "small", "text2", elide=True),
                ),
                1,
            ),
            self._badge,
            self._use,
        )

    def show_selected(self, selected: bool) -> None:
        """Mark the link in use."""
        self.set_selected(selected)
        self._badge.setVisible(selected)
        self._use.setVisible(not selected)


class BoardPage(Page):
    """See the module; `boards` are all boards that Thimble knows."""

    key = "board"

    def __init__(self, boards: tuple[BoardSpec, ...]) -> None:
        super().__init__()
        self._footer = Footer()
        self._links: list[LinkCard] = []
        self._links_shown: tuple[FoundBoard, ...] | None = None
        self._links_row = row(gap=12)
        look = Button(self.tr("Look again"), "small", "refresh")
        look.clicked.connect(lambda: self.intent.emit(FindBoards()))
        self._other = QLineEdit()
        self._other.setPlaceholderText(self.tr("another serial port, or socket://host:port"))
        self._other.setFixedWidth(280)
        self._other.setAccessibleName(self.tr("Another link"))
        self._other.returnPressed.connect(self._on_other)
        self.cards = [BoardCard(board) for board in boards]
        grid = QGridLayout()
        grid.setSpacing(12)
        for number, card in enumerate(self.cards):
            card.chosen.connect(lambda board_id: self.intent.emit(ChooseBoard(board_id)))
            grid.addWidget(card, number // _COLUMNS, number % _COLUMNS)
        for index in range(_COLUMNS):
            grid.setColumnStretch(index, 1)
        self.budgets = BudgetRow()
        self.budgets.changed.connect(lambda name, value: self.intent.emit(ChangeBudget(name, value)))
        self.features = FeaturesCard()
        self.features.chosen.connect(lambda place: self.intent.emit(ChooseFeaturePlace(place)))
        self._bars_note = Text("", "small", "text3", elide=True)
        self.body.addLayout(
            column(
                row(Text(self.tr("How to reach the board"), "card_title"), None, self._other, look),
                self._links_row,
            )
        )
        self.body.addWidget(self.features)
        self.body.addLayout(row(Text(self.tr("All boards"), "card_title"), (self._bars_note, 1)))
        self.body.addLayout(grid)
        self.body.addStretch(1)
        self.body.addWidget(self.budgets)

    def sentence(self) -> str:  # noqa: D102 - Page
        return self.tr(
            "Pick the chip that the model has to fit into. You can compare chips without owning them."
        )

    def footer(self) -> Footer:  # noqa: D102 - Page
        return self._footer

    def focus_first(self) -> None:  # noqa: D102 - Page
        if self.cards:
            self.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, model: ProjectModel) -> None:  # noqa: D102 - Page
        project = model.project
        self._show_links(model)
        own = model.fit()
        for card in self.cards:
            selected = project is not None and project.board_id == card.board.id
            fit = model.predictions.get(card.board.id)
            if fit is None and selected:
                fit = own
            budget = project.budgets.latency_ms if project is not None else None
            card.refresh(fit, budget, selected=selected)
        known = bool(model.predictions) or own is not None
        self._bars_note.setText(
            self.tr("bars are predicted: how much of each chip your model would use")
            if known
            else self.tr("bars appear when the model is converted to 8-bit numbers")
        )
        self.features.refresh(model)
        self.budgets.setVisible(project is not None)
        if project is not None:
            self.budgets.refresh(project.budgets, model.board())
        self._set_footer(model)

    def _set_footer(self, model: ProjectModel) -> None:
        project = model.project
        finished = project is not None and project.is_without_data
        target = "fit" if finished else "compress"
        action = self.tr("Continue to Fit") if finished else self.tr("Continue to Compress")
        if model.board() is None:
            footer = Footer(self.tr("Choose a board to go on"), action, None)
        elif finished:
            hint = (
                self.tr("A finished model needs no training")
                if project is not None and project.is_finished_model
                else self.tr("Without examples there is nothing to train")
            )
            footer = Footer(hint, action, OpenPage(target))
        else:
            footer = Footer(self.tr("Next: choose how to shrink the model"), action, OpenPage(target))
        if footer != self._footer:
            self._footer = footer
            self.footer_changed.emit()

    def _show_links(self, model: ProjectModel) -> None:
        board = model.board()
        virtual = FoundBoard(
            link="virtual",
            kind="virtual",
            title=self.tr("Virtual {board}").format(board=board.name if board else self.tr("board")),
            detail=self.tr("emulator on this computer, no board needed"),
        )
        links = (virtual, *model.found_boards)
        if model.link not in {found.link for found in links}:
            links += (FoundBoard(model.link, "serial", model.link, self.tr("given by you")),)
        if links != self._links_shown:
            self._links_shown = links
            clear(self._links_row)
            self._links = [LinkCard(found) for found in links]
            for card in self._links:
                card.chosen.connect(lambda link: self.intent.emit(ChooseLink(link)))
                self._links_row.addWidget(card, 1)
            if len(links) == 1:
                self._links_row.addWidget(self._nothing_found(), 1)
        for card in self._links:
            card.show_selected(card.found.link == model.link)

    def _nothing_found(self) -> QWidget:
        return Card(
            Tile("plug", "text2", 40),
            4,
            (
                text_column(
                    Text(self.tr("No board on a serial port"), "card_title", "text2", elide=True),
                    Text(self.tr("plug one in, then look again"), "small", "text3", elide=True),
                ),
                1,
            ),
            vertical=False,
            margins=(14, 12, 14, 12),
        )

    def _on_other(self) -> None:
        link = self._other.text().strip()
        if link:
            self._other.clear()
            self.intent.emit(ChooseLink(link))
