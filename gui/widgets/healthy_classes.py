"""Which classes of machine data are healthy, and what is read of vibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QGridLayout, QRadioButton, QSizePolicy, QWidget

from engine.data.spec import TASKS_WITH_FAULTS, VIBRATION_FEATURES, DataSpec, joined_names
from engine.project import Project
from engine.summaries import DataSummary, ModelSummary
from gui.theme import color, font
from gui.widgets.icons import icon_pixmap
from gui.widgets.primitives import Card, Text, card_head, column, rounded, row

_MARK, _GAP, _HEIGHT = 18, 9, 28
_ROOM, _MOST_COLUMNS, _WIDEST = 780, 4, 300


def has_faults(project: Project) -> bool:
    """Whether a project learns what is healthy and what is not."""
    return project.data is not None and project.data.task in TASKS_WITH_FAULTS


class _Drawn:
    """What a check box and a radio button in the theme's colours share: a mark, a name beside it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        _prepare(self)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt
        """See Qt."""
        return _size(self, self.name)

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802 - Qt
        """See Qt; the name belongs to the button."""
        return self.rect().contains(position)


class Tick(_Drawn, QCheckBox):
    """A check box; a name that is too long ends in an ellipsis."""

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(_MARK + 60, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        _paint(self, self.name, 5)


class _Pick(_Drawn, QRadioButton):
    """A radio button."""

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        _paint(self, self.name, _MARK / 2)


class HealthyClasses(Card):
    """Tick what is healthy; `changed` carries the data settings with the choice in them.

    Nothing is told while no class is ticked: settings without names mean "by their names".
    """

    changed = Signal(object)  # DataSpec

    def __init__(self) -> None:
        super().__init__(gap=6)
        self._spec = DataSpec()
        self._shown: object = None
        self.boxes: list[Tick] = []
        title = self.tr("Which classes are healthy?")
        self.setAccessibleName(title)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._boxes = QWidget()
        self._boxes.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._not_read = Text(
            self.tr("Read the examples first; then their classes are shown here."), "sentence", "text2"
        )
        self.sentence = Text("", "sentence", "warn", wrap=True)
        self.note = Text("", "small", "text3", wrap=True)
        self.features = self._make_features()
        self.add(
            card_head(title, self.tr("all others count as faults")),
            self._not_read,
            self._boxes,
            self.sentence,
            self.note,
            self.features,
        )
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_choice(
        self, project: Project, data: DataSummary | None, network: ModelSummary | None
    ) -> None:
        """Show what a project has chosen.

        Args:
            project: with data settings.
            data: what was read, also with settings of before; None where nothing was.
            network: what was read of the model, or None.
        """
        assert project.data is not None
        spec = project.data
        known = data is not None and data.source == spec.source
        classes = data.classes if data is not None and known else []
        kind = data.kind if data is not None and known else ""
        repeats = _repeats(project, network)
        state = (project.folder, spec, tuple(classes), kind, repeats)
        if state == self._shown:
            return  # what was ticked and not told yet stays
        self._shown, self._spec = state, spec
        self._not_read.setVisible(not classes)
        self._boxes.setVisible(bool(classes))
        if [box.name for box in self.boxes] != list(classes):
            self._make_boxes(classes)
        healthy = spec.healthy(classes)
        for box in self.boxes:
            box.blockSignals(True)  # noqa: FBT003 - Qt
            box.setChecked(box.name in healthy)
            box.blockSignals(False)  # noqa: FBT003 - Qt
        self.features.setVisible(_reads_vibration(spec, kind))
        self._picks[spec.vibration_features].setChecked(True)
        words = []
        if classes and healthy and not spec.named_normal:
            words.append(self.tr("Chosen by their names: what is called normal, healthy or good."))
        if classes and not repeats:
            words.append(
                self.tr(
                    "This network tells all classes apart and learns the faults, too: "
                    "what is healthy counts for an autoencoder only."
                )
            )
        self.note.setText(" ".join(words))
        self.note.setVisible(bool(words))
        self._show_sentence(untold=False)

    @property
    def ticked(self) -> list[str]:
        """The classes that are ticked."""
        return [box.name for box in self.boxes if box.isChecked()]

    def _show_sentence(self, *, untold: bool) -> None:
        words, count = "", len(self.ticked)
        if self.boxes and not count:
            words = self.tr("No class is ticked: an autoencoder has nothing to learn from. Tick one.")
            if untold:
                words += " " + self.tr("Until then the choice before stays.")
        elif self.boxes and count == len(self.boxes):
            words = self.tr(
                "Every class is ticked: without faults no AUC can be computed, so how well faults are "
                "found stays unknown."
            )
        self.sentence.setText(words)
        self.sentence.setVisible(bool(words))

    def _make_boxes(self, classes: Sequence[str]) -> None:
        for box in self.boxes:
            self._grid.removeWidget(box)
            box.deleteLater()
        self.boxes = [Tick(name) for name in classes]
        widest = max((box.sizeHint().width() for box in self.boxes), default=_ROOM)
        columns = max(1, min(_MOST_COLUMNS, _ROOM // (widest + _GAP)))
        for place in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(place, int(place < columns))
        for number, box in enumerate(self.boxes):
            box.setAccessibleName(self.tr("{name} is healthy").format(name=box.name))
            box.toggled.connect(self._on_ticked)
            self._grid.addWidget(box, number // columns, number % columns)

    def _make_features(self) -> QWidget:
        words = {
            "spectra": (
                self.tr("Spectra"),
                self.tr("The level of every frequency. Best to tell several classes apart."),
            ),
            "gain-free": (
                self.tr("Gain-free"),
                self.tr(
                    "What another mounting of the sensor leaves alone. Suits the small autoencoder."
                ),
            ),
        }
        self._picks: dict[str, _Pick] = {}
        lines = []
        for key in VIBRATION_FEATURES:
            name, sentence = words[key]
            pick = _Pick(name)
            pick.setAccessibleName(name)
            pick.setAccessibleDescription(sentence)
            pick.clicked.connect(lambda _, key=key: self._on_picked(key))
            self._picks[key] = pick
            lines.append(row(pick, (Text(sentence, "sentence", "text2", wrap=True), 1), gap=12))
        width = max(pick.sizeHint().width() for pick in self._picks.values())
        for pick in self._picks.values():
            pick.setFixedWidth(width)
        box = QWidget()
        head = Text(self.tr("What is read of the vibration"), "sentence_strong")
        box.setLayout(column(head, *lines, gap=2, margins=(0, 8, 0, 0)))
        return box

    def _on_ticked(self) -> None:
        ticked = self.ticked
        self._show_sentence(untold=not ticked and bool(self._spec.healthy([b.name for b in self.boxes])))
        if ticked:
            self.changed.emit(replace(self._spec, normal_classes=joined_names(ticked)))

    def _on_picked(self, key: str) -> None:
        if key != self._spec.vibration_features:
            self.changed.emit(replace(self._spec, vibration_features=key))


def _repeats(project: Project, network: ModelSummary | None) -> bool:
    """Whether the network is an autoencoder, as far as its name or its shapes tell."""
    if network is None:
        return project.network.startswith("autoencoder")
    given, asked = (math.prod(t[0].shape[1:]) for t in (network.outputs, network.inputs))
    return given == asked


def _reads_vibration(spec: DataSpec, kind: str) -> bool:
    """Whether the data are records of vibration; a table of features and sound are read as they are."""
    if kind:
        return kind in ("spectrum", "gain-free")
    return spec.task == "vibration" and not spec.built_in and not Path(spec.source).suffix


def _prepare(button: QAbstractButton) -> None:
    button.setFont(font("body"))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)


def _size(button: QAbstractButton, name: str) -> QSize:
    wanted = math.ceil(QFontMetricsF(button.font()).horizontalAdvance(name)) + _MARK + _GAP + 6
    return QSize(min(wanted, _WIDEST), _HEIGHT)


def _paint(button: QAbstractButton, name: str, radius: float) -> None:
    painter = QPainter(button)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    top, on, enabled = (button.height() - _MARK) / 2, button.isChecked(), button.isEnabled()
    mark = rounded(2.5, top + 0.5, _MARK - 1, _MARK - 1, radius)
    painter.fillPath(mark, color("accent" if enabled else "line2") if on else color("well"))
    if not on:
        painter.setPen(QPen(color("text3" if enabled else "line2"), 1.5))
        painter.drawPath(mark)
    elif isinstance(button, QRadioButton):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("accent_ink"))
        painter.drawEllipse(QPointF(2 + _MARK / 2, top + _MARK / 2), 3.5, 3.5)
    else:
        painter.drawPixmap(QPointF(4, top + 2), icon_pixmap("check", "accent_ink", 14))
    if button.hasFocus():
        painter.setPen(QPen(color("text"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(rounded(1, top - 1, _MARK + 2, _MARK + 2, radius + 1))
    left = _MARK + _GAP
    room = QRectF(left, 0, button.width() - left, button.height())
    painter.setFont(button.font())
    painter.setPen(color("text" if enabled else "text3"))
    shown = QFontMetricsF(button.font()).elidedText(name, Qt.TextElideMode.ElideRight, room.width())
    if enabled:
        button.setToolTip(name if shown != name else "")
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
