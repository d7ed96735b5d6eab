"""The full screen of booth mode: it takes every key and touch, and only one combination leaves it."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui.theme import dress, reduced_motion, theme
from gui.translation import LANGUAGES, language
from gui.widgets.booth_canvas import HEIGHT, WIDTH, BoothCanvas, BoothView
from gui.widgets.icons import app_icon
from gui.widgets.primitives import Button

IDLE_SECONDS = 60.0
"""Without a touch for so long, the inviting screen takes turns with the show."""
ATTRACT_SECONDS, SHOW_SECONDS = 12.0, 36.0
CLIP_SECONDS = 1.1  # a clip's way over the screen
_CURSOR_SECONDS = 3.0
_FRAME_MS, _SLOW_MS = 40, 500
_TOUCHES = (
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.TouchBegin,
    QEvent.Type.KeyPress,
    QEvent.Type.Wheel,
)
_ALL_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.ShiftModifier
)


class BoothScreen(QWidget):
    """See the module. `may_close` is set by who leaves booth mode; until then it stays."""

    leave_asked = Signal()
    reset_asked = Signal()
    language_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Thimble")
        self.setWindowIcon(app_icon())
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.may_close = False
        self.canvas = BoothCanvas()
        self.canvas.setParent(self)
        self.idle_seconds = IDLE_SECONDS
        self._touched = self._clip_began = time.monotonic()
        short = {"en": "EN", "zh_TW": "\u4e2d\u6587"}
        self.languages: dict[str, Button] = {}
        for choice, name in LANGUAGES.items():
            button = Button(short.get(choice, name), "")
            button.setParent(self)
            button.setAccessibleName(name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, choice=choice: self.language_asked.emit(choice))
            self.languages[choice] = button
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_tick)
        dress(self)
        theme().themeChanged.connect(self._on_theme_changed)
        self.say_language()

    def _on_theme_changed(self) -> None:
        dress(self)

    @property
    def view(self) -> BoothView:
        """What is shown; call `refresh` after a change of it."""
        return self.canvas.view

    def refresh(self) -> None:
        """Paint anew, and tell a screen reader what the board said."""
        answer = self.view.answer
        if answer is not None:
            self.setAccessibleDescription(f"{answer.word}, {answer.latency_ms:.1f} ms")
        self._arm()
        self.canvas.update()

    def begin_clip(self) -> None:
        """The clip in the view goes over the screen; at once where no motion is wanted."""
        self._clip_began = time.monotonic()
        self.view.clip_share = 1.0 if reduced_motion() else 0.0
        self.refresh()

    def say_language(self) -> None:
        """Mark the language in force, and say everything in it."""
        for choice, button in self.languages.items():
            button.set_kind("primary" if choice == language().name else "")
        self.setAccessibleName(self.tr("Booth mode"))
        self._place_buttons()
        self.canvas.update()

    def touched(self) -> None:
        """Somebody is there: the show comes back and stays."""
        self._touched = time.monotonic()
        self.unsetCursor()
        if self.view.attract:
            self.view.attract = False
            self.refresh()

    # ---- time ------------------------------------------------------------------------------------
    def _arm(self) -> None:
        moving = self.view.attract or 0 < self.view.clip_share < 1 or self._clip_due
        quick = moving and not reduced_motion()
        self._timer.setInterval(_FRAME_MS if quick else _SLOW_MS)
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    @property
    def _clip_due(self) -> bool:
        return self.view.clip is not None and self.view.answer is None and self.view.clip_share < 1

    def _on_tick(self) -> None:
        now, view = time.monotonic(), self.view
        if view.clip_share < 1:
            view.clip_share = min(1.0, (now - self._clip_began) / CLIP_SECONDS)
            self.canvas.update()
        idle = now - self._touched - self.idle_seconds
        turn = idle % (ATTRACT_SECONDS + SHOW_SECONDS)
        attract = idle >= 0 and turn < ATTRACT_SECONDS
        if attract != view.attract:
            view.attract = attract
            self.canvas.update()
        if view.attract and not reduced_motion():
            view.pulse = 0.5 + 0.5 * math.cos(turn * math.pi)
            self.canvas.update()
        if now - self._touched > _CURSOR_SECONDS:
            self.setCursor(Qt.CursorShape.BlankCursor)
        self._arm()

    # ---- Qt --------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt
        if event.type() in _TOUCHES:
            self.touched()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102, N802 - Qt
        """Only these keys do anything; none reaches the window behind."""
        if event.key() == Qt.Key.Key_Q and event.modifiers() & _ALL_MODIFIERS == _ALL_MODIFIERS:
            self.leave_asked.emit()
        elif event.key() in (Qt.Key.Key_R, Qt.Key.Key_F5) and not event.isAutoRepeat():
            self.reset_asked.emit()
        elif event.key() == Qt.Key.Key_L:
            names = list(LANGUAGES)
            place = names.index(language().name) if language().name in names else 0
            self.language_asked.emit(names[(place + 1) % len(names)])
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102, N802 - Qt
        self.canvas.setGeometry(self.rect())
        self._place_buttons()

    def _place_buttons(self) -> None:
        unit = self.canvas.unit
        right = (self.width() + WIDTH * unit) / 2 - 56 * unit
        top = (self.height() - HEIGHT * unit) / 2 + 30 * unit
        for button in reversed(self.languages.values()):
            # set here and not by a font, which the style sheet would outdo
            button.setStyleSheet(
                f"font-size:{max(14, round(22 * unit))}px; padding:0; min-height:0; min-width:0;"
            )
            size = QSize(round(84 * unit), round(52 * unit))
            button.setGeometry(round(right - size.width()), round(top), size.width(), size.height())
            right -= size.width() + 8 * unit
            button.raise_()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102, N802 - Qt
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.touched()
        self._arm()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102, N802 - Qt
        self._timer.stop()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102, N802 - Qt
        if self.may_close or QApplication.closingDown():
            super().closeEvent(event)
        else:
            event.ignore()
