"""Where the board's inputs come from: clips of the test set, one by hand, or the microphone."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.engine_words import engine_words
from gui.live_input import CLIPS, HAND, MICROPHONE, InputState
from gui.theme import reduced_motion
from gui.widgets import amounts
from gui.widgets.board_log import frame_number
from gui.widgets.clip_preview import ClipPreview, clip_picture, heard_picture
from gui.widgets.primitives import Bar, Button, Card, Icon, Text, row

_QUIETEST_DB, _LOUD_DB = -60.0, -3.0
_CALM_SECONDS = 0.5  # between two moves of the meter where the desktop asks for little motion
_SENT_AGAIN_MS = 250


class InputCard(Card):
    """See the module."""

    source_chosen = Signal(str, str)  # source, device
    input_sent = Signal(bytes)

    def __init__(self) -> None:
        super().__init__(vertical=False, gap=16, margins=(16, 10, 12, 10))
        self._state = InputState()
        self._shape: tuple[int, ...] = ()
        self._input_bytes = 0
        self._connected = False
        self._moved_at = 0.0
        self.sources: dict[str, Button] = {}
        words = {
            CLIPS: self.tr("Test clips"),
            HAND: self.tr("By hand"),
            MICROPHONE: self.tr("Microphone"),
        }
        icons = {CLIPS: "play", HAND: "pencil", MICROPHONE: "microphone"}
        for key, text in words.items():
            button = Button(text, "small", icons[key])
            button.setCheckable(True)
            button.clicked.connect(lambda _on, key=key: self._on_source(key))
            self.sources[key] = button
        self._parts = QStackedWidget()
        self._parts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for part in (
            self._clips_part(),
            self._hand_part(),
            self._microphone_part(),
            self._problem_part(),
        ):
            self._parts.addWidget(part)
        self.preview = ClipPreview()
        self.preview.setFixedWidth(230)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(row(Text(self.tr("Input"), "card_title"), 6, *self.sources.values(), None, gap=6))
        left.addWidget(self._parts)
        self.add((left, 1), self.preview)
        self._send_timer = QTimer(self)  # a number that is being typed or held is sent when it rests
        self._send_timer.setSingleShot(True)
        self._send_timer.setInterval(_SENT_AGAIN_MS)
        self._send_timer.timeout.connect(self._send)

    def _clips_part(self) -> QWidget:
        self._about_clips = Text("", "sentence", "text2", elide=True)
        return _line(self._about_clips)

    def _hand_part(self) -> QWidget:
        self._number_name = Text("", "sentence", "text2")
        self.number = QSpinBox()
        self.number.setFixedWidth(84)
        self.number.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.number.valueChanged.connect(self._on_number)
        self._number_about = Text("", "sentence", "text2", elide=True)
        self.send = Button(self.tr("Send"), "small", "arrow-right")
        self.send.clicked.connect(self._send)
        return _line(self._number_name, self.number, self.send, (self._number_about, 1))

    def _microphone_part(self) -> QWidget:
        self.devices = QComboBox()
        self.devices.setAccessibleName(self.tr("Microphone"))
        self.devices.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.devices.setMinimumContentsLength(18)
        self.devices.activated.connect(self._on_device)
        self.level = Bar(None, "ok_fill", 8)
        self.level.setAccessibleName(self.tr("Level"))
        self.level.setMinimumWidth(70)
        self._level_words = Text(amounts.DASH, "small", "text3")
        self._level_words.setFixedWidth(52)
        return _line((self.devices, 3), (self.level, 2), self._level_words)

    def _problem_part(self) -> QWidget:
        self.problem = Text("", "sentence", "text", elide=True)
        self.cure = Text("", "small", "text2", elide=True)
        self.again = Button(self.tr("Try again"), "small", "refresh")
        self.again.clicked.connect(
            lambda: self.source_chosen.emit(MICROPHONE, "")  # the device may be gone: the default
        )
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.problem)
        words.addWidget(self.cure)
        return _line(Icon("alert", "warn", 18), (words, 1), self.again)

    # ---- state ---------------------------------------------------------------------------------
    def refresh(
        self,
        state: InputState,
        *,
        connected: bool,
        no_sound: str,
        has_clips: bool,
        shape: tuple[int, ...],
        input_bytes: int,
    ) -> None:
        """Show where inputs come from.

        Args:
            state: of the project model.
            connected: the board talks.
            no_sound: why this network cannot be fed from a microphone, "" if it can.
            has_clips: there is a test set.
            shape: of the network's input without batch, () if not known.
            input_bytes: of all its inputs, 0 if not known.
        """
        new_rows = state.rows is not self._state.rows
        self._state, self._shape, self._connected = state, shape, connected
        self._input_bytes = input_bytes
        self._mark(state.source)
        microphone = self.sources[MICROPHONE]
        microphone.setEnabled(not no_sound)
        microphone.setToolTip(no_sound)
        rows = state.rows
        about = self.tr("The clips of the test set, one after the other")
        if not has_clips:
            about = self.tr("There is no test set: the board repeats its last input")
        elif rows is not None:
            about = self.tr("{n} clips of the test set, one after the other")
            about = about.format(n=amounts.number(len(rows)))
        self._about_clips.setText(about)
        self._show_hand(new_rows)
        self._show_devices()
        part = (CLIPS, HAND, MICROPHONE).index(state.source)
        self._parts.setCurrentIndex(3 if state.source == MICROPHONE and state.problem else part)
        self.problem.setText(engine_words(state.problem))
        self.cure.setText(engine_words(state.hint))
        if not state.hearing:
            self._show_level(None)
        deaf = state.source == MICROPHONE and bool(state.problem)
        if self.preview.picture is None or deaf:
            self.preview.show_clip(None, words=self._waiting_words())

    def _waiting_words(self) -> str:
        state = self._state
        if state.source == MICROPHONE:
            if state.problem:
                return self.tr("Nothing is heard")
            return self.tr("Say a word") if state.hearing else self.tr("Opening the microphone")
        return self.tr("The newest input appears here")

    def _show_hand(self, new_rows: bool) -> None:
        rows = self._state.rows
        whole = rows is not None and len(rows) > 0
        name = self.tr("Clip") if whole else self.tr("Every value")
        self._number_name.setText(name)
        self.number.setAccessibleName(name)
        low, high = (1, len(rows)) if whole and rows is not None else (-128, 127)
        if (self.number.minimum(), self.number.maximum()) != (low, high) or new_rows:
            self.number.blockSignals(True)
            self.number.setRange(low, high)
            self.number.blockSignals(False)
        self._number_about.setText(self._words_of(self.number.value() - 1) if whole else "")
        self.send.setEnabled(self._connected and self._hand_data() is not None)

    def _words_of(self, index: int) -> str:
        """The class of a test input, as far as it is known."""
        state = self._state
        if state.rows is None or not 0 <= index < len(state.rows):
            return ""
        label = int(state.labels[index]) if state.labels is not None else -1
        total = amounts.number(len(state.rows))
        if 0 <= label < len(state.classes):
            return self.tr("of {n}: {name}").format(n=total, name=state.classes[label])
        return self.tr("of {n}").format(n=total)

    def _show_devices(self) -> None:
        names = list(self._state.devices)
        if names != [self.devices.itemText(i) for i in range(self.devices.count())]:
            self.devices.clear()
            self.devices.addItems(names)
        self.devices.setCurrentIndex(
            names.index(self._state.device) if self._state.device in names else 0
        )
        self.devices.setEnabled(len(names) > 0)

    def _on_source(self, source: str) -> None:
        self._mark(source)
        self.source_chosen.emit(source, "")

    def _mark(self, source: str) -> None:
        """One is chosen; no button group, in which Tab would reach that one alone."""
        for key, button in self.sources.items():
            button.setChecked(key == source)

    # ---- what happens --------------------------------------------------------------------------
    def take(self, frame: dict[str, object]) -> None:
        """What recorder and microphone told: inputs that were played or heard, and the level."""
        kind = frame.get("event")
        if kind == "heard_level" and self._state.hearing:
            now = time.monotonic()
            if not reduced_motion() or now - self._moved_at >= _CALM_SECONDS:
                self._moved_at = now
                self._show_level(frame_number(frame, "db", _QUIETEST_DB))
        elif kind == "heard_clip" and self._state.source == MICROPHONE:
            self._show_heard(frame)
        elif kind == "inference" and "index" in frame and self._state.source == CLIPS:
            self.show_row(int(frame_number(frame, "index")))

    def show_row(self, index: int) -> None:
        """Show a test input."""
        rows = self._state.rows
        if rows is not None and 0 <= index < len(rows):
            words = self.tr("Clip {n} {about}").format(
                n=amounts.number(index + 1), about=self._words_of(index)
            )
            self.preview.show_clip(clip_picture(rows[index], self._shape), words=words)

    def forget(self) -> None:
        """Another source: what was shown came from the last one."""
        self.preview.show_clip(None, words=self._waiting_words())

    def _show_heard(self, frame: dict[str, object]) -> None:
        picture = heard_picture(frame)
        if picture is not None:
            words = self.tr("The last second that was heard")
            self.preview.show_clip(picture, wave=frame.get("wave"), words=words)

    def _show_level(self, db: float | None) -> None:
        if db is None:
            self.level.set(None, "ok_fill")
            words = amounts.DASH
        else:
            share = (db - _QUIETEST_DB) / -_QUIETEST_DB
            too_loud = db > _LOUD_DB
            self.level.set(min(max(share, 0.0), 1.0), "warn_fill" if too_loud else "ok_fill")
            words = self.tr("too loud") if too_loud else f"{amounts.number(max(db, -99.0))} dB"
        self._level_words.setText(words)
        self.level.setAccessibleDescription(words)

    def _on_device(self, place: int) -> None:
        name = self.devices.itemText(place)
        if name != self._state.device:
            self.source_chosen.emit(MICROPHONE, name)

    def _on_number(self) -> None:
        if self._state.rows is not None:
            self._number_about.setText(self._words_of(self.number.value() - 1))
            self.show_row(self.number.value() - 1)
        if self._connected:
            self._send_timer.start()

    def _hand_data(self) -> bytes | None:
        rows, value = self._state.rows, self.number.value()
        if rows is not None and 0 < value <= len(rows):
            return rows[value - 1].tobytes()
        if rows is None and self._input_bytes:
            return np.full(self._input_bytes, value, np.int8).tobytes()
        return None

    def _send(self) -> None:
        self._send_timer.stop()
        data = self._hand_data()
        if data is not None and self._connected:
            if self._state.rows is not None:
                self.show_row(self.number.value() - 1)
            self.input_sent.emit(data)


def _line(*items: object) -> QWidget:
    """One line of the card, as high as its tallest control."""
    line = QWidget()
    line.setLayout(row(*items, gap=8))  # type: ignore[arg-type]
    line.layout().setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return line
