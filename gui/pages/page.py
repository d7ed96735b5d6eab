"""What every page is: a heading, a body, a footer, and intents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.events import Event
from gui.intents import Intent
from gui.theme import PAGE_MARGIN, SECTION_GAP
from gui.widgets.primitives import Text, column, row

if TYPE_CHECKING:
    from gui.project_model import ProjectModel

PAGE_KEYS = ("model", "board", "compress", "train", "verify", "fit", "live")
_TITLES = {
    "model": QT_TRANSLATE_NOOP("Page", "Model"),
    "board": QT_TRANSLATE_NOOP("Page", "Board"),
    "compress": QT_TRANSLATE_NOOP("Page", "Compress"),
    "train": QT_TRANSLATE_NOOP("Page", "Train"),
    "verify": QT_TRANSLATE_NOOP("Page", "Verify"),
    "fit": QT_TRANSLATE_NOOP("Page", "Fit"),
    "live": QT_TRANSLATE_NOOP("Page", "Flash & Live"),
}


def page_title(key: str) -> str:
    """The heading of a page, translated."""
    return QCoreApplication.translate("Page", _TITLES[key])


@dataclass(frozen=True)
class Footer:
    """The bar under a page: one hint and one primary action.

    Attributes:
        hint: a sentence about what comes next.
        action: words of the primary button, '' for no button.
        intent: what the button asks for; None shows it disabled.
        icon: of the button.
    """

    hint: str = ""
    action: str = ""
    intent: Intent | None = None
    icon: str = "arrow-right"


class Page(QWidget):
    """One of the seven pages.

    A page builds its widgets once in `__init__` (into `body`; buttons on the right of the heading into
    `actions`) and fills them in `refresh`, which the window calls after every change of project, stage
    or job while the page is in view, and when it comes into view. `on_event` gets the running job's
    events at no more than 30 Hz (epochs, logs and outcomes are never dropped), also while hidden;
    `on_live` gets what the board sent. All three must be quick. Pages know neither each other nor
    processes; a page never starts a thread and never touches a file or port: it emits `intent`.
    """

    key: ClassVar[str] = ""
    intent = Signal(object)
    footer_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.heading = Text(self.title(), "h1")
        self.subheading = Text(self.sentence(), "body", "text2", wrap=True)
        self.actions: QHBoxLayout = row(gap=8)
        self.body: QVBoxLayout = column(gap=SECTION_GAP)
        head = row((column(self.heading, self.subheading, gap=3), 1), self.actions, gap=8)
        self.setLayout(
            column(head, (self.body, 1), gap=SECTION_GAP, margins=(PAGE_MARGIN, 18, PAGE_MARGIN, 16))
        )

    def title(self) -> str:
        """The heading, translated."""
        return page_title(self.key)

    def sentence(self) -> str:
        """One sentence under the heading, translated."""
        raise NotImplementedError

    def footer(self) -> Footer:
        """What the footer shows now; emit `footer_changed` when it differs."""
        return Footer()

    def refresh(self, model: ProjectModel) -> None:
        """Show the state of the project."""

    def on_event(self, event: Event) -> None:
        """Follow one event of the running job."""

    def on_live(self, frame: dict[str, object]) -> None:
        """Follow one frame of the live link (see `ProjectModel.live_frame`)."""

    def focus_first(self) -> None:
        """Give the focus to the first setting, or the first fix of an error."""
