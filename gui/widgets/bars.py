"""The two bars that every page shares: the top bar and the footer with its one primary action."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from engine.resources import resource
from gui.pages.page import Footer
from gui.project_model import ProjectModel
from gui.theme import MODES, sized_font, theme
from gui.translation import LANGUAGES, language
from gui.widgets.primitives import Button, Card, Icon, Text, row


class Logo(QWidget):
    """The thimble."""

    def __init__(self, size: int = 26) -> None:
        super().__init__()
        self._picture = QSvgRenderer(str(resource("icons", "thimble.svg")), self)
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        self._picture.render(QPainter(self), QRectF(self.rect()))


class TopBar(QFrame):
    """Project, model and board, the connection, and what concerns the whole window."""

    theme_chosen = Signal(str)
    language_chosen = Signal(str)
    help_asked = Signal()
    demo_asked = Signal()
    booth_asked = Signal()
    open_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("topbar")
        self.setFixedHeight(56)
        name = Text("Thimble", "h3")
        name.setFont(sized_font(17, 700))
        self._project = Text("", "strong")
        self._saved = Text(self.tr("Saved"), "small", "text3")
        self._chain = [
            Icon("document", "text3", 16),
            Text("", "sentence", "text2"),
            Icon("arrow-right", "text3", 14),
            Icon("board", "text3", 16),
            Text("", "sentence", "text2"),
        ]
        self._link_icon = Icon("plug", "text3", 16)
        self._link = Text("", "sentence", "text2")
        pill = Card(self._link_icon, self._link, kind="flat", vertical=False, margins=(10, 5, 12, 5))
        opener = Button("", "ghost", "folder", tip=self.tr("Open a project or a model (Ctrl+O)"))
        opener.clicked.connect(self.open_asked)
        self._theme = Button("", "ghost", "system-theme", tip=self.tr("Dark, light, or as the system"))
        self._theme.clicked.connect(self._on_theme_clicked)
        # both names, so that nobody has to read the other language to find it
        self._language = Button("", "ghost", "language", tip="Language \u00b7 \u8a9e\u8a00")
        self._language.clicked.connect(self._on_language_clicked)
        helper = Button("", "ghost", "help", tip=self.tr("Keys and help (F1)"))
        helper.clicked.connect(self.help_asked)
        self.demo = Button(self.tr("Demo mode"), "", "demo", tip=self.tr("Plays the whole path (F11)"))
        self.demo.clicked.connect(self.demo_asked)
        self.booth = Button("", "ghost", "booth", tip=self.tr("Booth mode: full screen, for visitors"))
        self.booth.clicked.connect(self.booth_asked)
        self.setLayout(
            row(
                Logo(),
                name,
                10,
                self._project,
                self._saved,
                14,
                *self._chain,
                None,
                pill,
                opener,
                self._theme,
                self._language,
                helper,
                self.booth,
                self.demo,
                margins=(20, 0, 16, 0),
            )  # fmt: skip
        )

    def refresh(self, model: ProjectModel) -> None:
        """Show the state of the project and of the connection."""
        project, board = model.project, model.board()
        self._project.setText(project.name if project else self.tr("New project"))
        self._saved.setVisible(project is not None)
        for part in self._chain:
            part.setVisible(project is not None)
        if project is not None:
            path = project.model_path
            model_text, board_text = self._chain[1], self._chain[4]
            assert isinstance(model_text, Text)
            assert isinstance(board_text, Text)
            model_text.setText(path.name if path else project.network or self.tr("no model yet"))
            board_text.setText(board.name if board else self.tr("no board yet"))
            board_text.set_role("text2" if board else "text3")
        self._show_link(model)

    def _show_link(self, model: ProjectModel) -> None:
        live = model.live
        words, role = {
            "open": (self.tr("Connected"), "ok"),
            "connecting": (self.tr("Connecting"), "text3"),
            "lost": (self.tr("Connection lost"), "bad"),
            "stopped": (self.tr("Stopped"), "bad"),
        }.get("stopped" if live.fault else live.state, (self.tr("No board connected"), "text3"))
        if live.state == "open":
            words = self.tr("Virtual board") if live.simulated else live.link
        icon = "virtual" if live.simulated and live.state == "open" else "plug"
        self._link_icon.set_icon(icon, role)
        self._link.setText(words)

    def _on_theme_clicked(self) -> None:
        menu = QMenu(self)
        group = QActionGroup(menu)
        names = {
            "system": self.tr("As the system"),
            "dark": self.tr("Dark"),
            "light": self.tr("Light"),
        }
        for mode in MODES:
            action = QAction(names[mode], group)
            action.setCheckable(True)
            action.setChecked(theme().mode == mode)
            action.triggered.connect(lambda _=False, mode=mode: self.theme_chosen.emit(mode))
            menu.addAction(action)
        menu.popup(self._theme.mapToGlobal(self._theme.rect().bottomLeft()))

    def _on_language_clicked(self) -> None:
        menu = QMenu(self)
        group = QActionGroup(menu)
        names = {"system": self.tr("As the system"), **LANGUAGES}
        for choice, name in names.items():
            action = QAction(name, group)
            action.setCheckable(True)
            action.setChecked(language().choice == choice)
            action.triggered.connect(lambda _=False, choice=choice: self.language_chosen.emit(choice))
            menu.addAction(action)
        menu.popup(self._language.mapToGlobal(self._language.rect().bottomLeft()))


class FooterBar(QFrame):
    """Back, a hint, one primary action."""

    back_asked = Signal()
    action_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("footer")
        self.setFixedHeight(60)
        self._back = Button("", "ghost", "back")
        self._back.clicked.connect(self.back_asked)
        self._hint = Text("", "sentence", "text2", elide=True)
        self._action = Button("", "primary", "arrow-right", icon_after=True)
        self._action.clicked.connect(self.action_asked)
        self.setLayout(
            row(self._back, None, (self._hint, 1000), 8, self._action, margins=(16, 0, 24, 0))
        )
        self._hint.setAlignment(self._hint.alignment().AlignRight | self._hint.alignment().AlignVCenter)

    def show_footer(self, back: str, footer: Footer) -> None:
        """Show the words of a page; `back` is the name of the page before, '' for none."""
        self._back.setVisible(bool(back))
        if back:
            self._back.set_label(back)
        self._hint.setText(footer.hint)
        self._action.setVisible(bool(footer.action))
        if footer.action:
            self._action.set_icon(footer.icon)
            self._action.set_label(footer.action)
        self._action.setEnabled(footer.intent is not None)

    def trigger(self) -> None:
        """Do the primary action as if it was clicked."""
        if self._action.isEnabled() and not self._action.isHidden():
            self._action.click()
