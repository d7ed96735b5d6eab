"""What lies in the window in one language: bars, rail, Fit panel, and the pages, made when needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from engine.boards import board_ids, load_board
from gui.pages.board_page import BoardPage
from gui.pages.compress_page import CompressPage
from gui.pages.fit_page import FitPage
from gui.pages.live_page import LivePage
from gui.pages.model_page import ModelPage
from gui.pages.page import PAGE_KEYS, Page, page_title
from gui.pages.train_page import TrainPage
from gui.pages.verify_page import VerifyPage
from gui.project_model import ProjectModel
from gui.theme import dress
from gui.widgets.bars import FooterBar, TopBar
from gui.widgets.fit_panel import FitPanel
from gui.widgets.primitives import column
from gui.widgets.rail import Rail

PAGE_MAX_WIDTH = 1280
Makers = Mapping[str, Callable[[], Page]]


class _Pages(dict[str, Page]):
    """Pages by key; one that is asked for the first time is made."""

    def __init__(self, make: Callable[[str], Page]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> Page:
        return self._make(key)


class PageStack(QStackedWidget):
    """The pages, each in a scroll area of its own."""

    page_made = Signal(object)

    def __init__(self, makers: Makers) -> None:
        super().__init__()
        self.setObjectName("page_stack")
        self._makers = makers
        self.areas: dict[str, QScrollArea] = {}
        self._ready: dict[str, Page] = {}
        self.pages: dict[str, Page] = _Pages(self._put_in)

    @property
    def missing(self) -> list[str]:
        """Keys of the pages that are not made yet."""
        return [key for key in PAGE_KEYS if key not in self.areas]

    def open(self, key: str) -> Page:
        """Show a page."""
        page = self.pages[key]
        self.setCurrentWidget(self.areas[key])
        return page

    def prepare(self, key: str) -> None:
        """Make a page that is missing; it still has to be put in, which `pages` does."""
        if key not in self.areas and key not in self._ready:
            self._ready[key] = self._makers[key]()

    def _put_in(self, key: str) -> Page:
        self.prepare(key)
        page = self.pages[key] = self._ready.pop(key)
        self.areas[key] = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # dressed while it is empty: what comes later takes the style over but once
        self.addWidget(area)
        dress(area)
        holder = QWidget()
        holder.setObjectName("pages")
        area.setWidget(holder)
        layout = QHBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        page.setMaximumWidth(PAGE_MAX_WIDTH)
        layout.addWidget(page, 1000)
        layout.addStretch(1)
        self.page_made.emit(page)
        return page


def page_makers(recent_projects: Callable[[], Sequence[Path]]) -> Makers:
    """How each page is made; `recent_projects` is asked for the folders that the first page offers."""
    return {
        "model": lambda: ModelPage(recent_projects()),
        "board": lambda: BoardPage(tuple(load_board(board_id) for board_id in board_ids())),
        "compress": CompressPage,
        "train": TrainPage,
        "verify": VerifyPage,
        "fit": FitPage,
        "live": LivePage,
    }


class WindowParts:
    """The parts; `layout` puts them together."""

    def __init__(self, makers: Makers) -> None:
        self.top_bar, self.footer, self.fit_panel = TopBar(), FooterBar(), FitPanel()
        self.rail = Rail([(key, page_title(key)) for key in PAGE_KEYS])
        self.stack = PageStack(makers)
        self.bars: tuple[QWidget, ...] = (self.top_bar, self.rail, self.footer, self.fit_panel)
        for bar in self.bars:
            dress(bar)

    @property
    def in_tab_order(self) -> tuple[QWidget, ...]:
        """Where Tab goes, in this order."""
        return (self.rail, self.stack, self.footer, self.fit_panel, self.top_bar)

    def slices(self, key: str, model: ProjectModel) -> tuple[Callable[[], object], ...]:
        """What makes the page that is shown first, bit by bit, and everything beside it."""
        pages = self.stack.pages
        return (
            lambda: self.stack.prepare(key),
            lambda: pages[key].refresh(model),
            lambda: _polish(pages[key]),
            lambda: [_polish(bar) for bar in self.bars],
        )

    def layout(self) -> QVBoxLayout:
        """All parts in their places."""
        middle = column((self.stack, 1), self.footer, gap=0)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.rail)
        body.addLayout(middle, 1)
        body.addWidget(self.fit_panel)
        return column(self.top_bar, (body, 1), gap=0)

    def order_tabs(self) -> None:
        """Let Tab go through the parts in their order, once they lie in the window."""
        for first, second in pairwise(self.in_tab_order):
            before, after = _takers(first), _takers(second)
            if before and after:
                QWidget.setTabOrder(before[-1], after[0])

    def put_into_tab_order(self, page: Page) -> None:
        """Let Tab go through a page that was made later."""
        chain = [_takers(self.rail)[-1], *_takers(page)]
        for first, second in pairwise(chain):
            QWidget.setTabOrder(first, second)


def _polish(part: QWidget) -> None:
    """Let the style sheet look at everything in a part before it is shown."""
    part.ensurePolished()
    for widget in part.findChildren(QWidget):
        widget.ensurePolished()


def _takers(widget: QWidget) -> list[QWidget]:
    """What takes the focus inside a widget."""
    inside = widget.findChildren(QWidget)
    here = widget.window()  # menus are windows of their own
    return [w for w in inside if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.window() is here]
