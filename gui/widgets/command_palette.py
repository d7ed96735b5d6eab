"""The command palette: type a few words, press Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.commands import Command, matching
from gui.theme import color, font
from gui.widgets.icons import icon_pixmap
from gui.widgets.overlay import Overlay
from gui.widgets.primitives import Card, Text, column, rounded, row

_WIDTH, _ROW_HEIGHT, _ROWS = 680, 40, 10
_TOP = 72
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ROLE = Qt.ItemDataRole.UserRole

_Index = QModelIndex | QPersistentModelIndex


class _CommandPainter(QStyledItemDelegate):
    """One row: icon, words, and on the right the keys or why not now."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: D102, N802 - Qt
        return QSize(120, _ROW_HEIGHT)

    def paint(  # noqa: D102 - Qt
        self, painter: QPainter, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        command: Command = index.data(_ROLE)
        area, state = QRectF(option.rect), option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            edge = rounded(area.x() + 1, area.y() + 1, area.width() - 2, area.height() - 2, 8)
            painter.fillPath(edge, color("accent_bg"))
            painter.setPen(color("accent"))
            painter.drawPath(edge)
        off = bool(command.reason)
        tint = "text3" if off else "accent" if chosen else "text2"
        middle = area.center().y()
        name = "lock" if off else command.icon
        painter.drawPixmap(round(area.x() + 12), round(middle - 9), icon_pixmap(name, tint, 18))
        right = command.reason or command.keys
        right_font = font("small" if off or not command.keys else "mono_medium")
        words_font = font("body")
        width = area.width() - 42 - 12
        words_width = QFontMetricsF(words_font).horizontalAdvance(command.words)
        right_width = min(QFontMetricsF(right_font).horizontalAdvance(right) + 2, width)
        words_room = max(width - right_width - 16, min(words_width, width * 0.6)) if right else width
        self._text(painter, command.words, area.x() + 42, area, words_room, "text3" if off else "text")
        if right:
            room = min(right_width, width - min(words_width, words_room) - 16)
            painter.setFont(right_font)
            shown = painter.fontMetrics().elidedText(right, Qt.TextElideMode.ElideRight, int(room))
            painter.setPen(color("text3" if off else "text2"))
            box = QRectF(area.right() - 12 - room, area.y(), room, area.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)
        painter.restore()

    @staticmethod
    def _text(painter: QPainter, text: str, x: float, area: QRectF, room: float, role: str) -> None:
        painter.setFont(font("body"))
        painter.setPen(color(role))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room) + 1)
        box = QRectF(x, area.y(), room + 1, area.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)


class CommandPalette(Overlay):
    """See the module. The focus stays in the field; arrow keys move in the list."""

    chosen = Signal(object)  # Intent

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._commands: list[Command] = []
        self.field = QLineEdit()
        self.field.setFont(font("body"))
        self.field.setPlaceholderText(self.tr("What do you want to do? Type a few words"))
        self.field.setAccessibleName(self.tr("Find a command"))
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("commands")
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_CommandPainter(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.currentItemChanged.connect(self._say_current)
        self.list.itemClicked.connect(lambda item: self._choose(item))
        self._none = Text(self.tr("Nothing is called that. Try fewer words."), "body", "text2")
        card = Card(
            self.field,
            self.list,
            self._none,
            Text(self.tr("Up and Down choose, Enter does it, Esc closes"), "small", "text3"),
            gap=10,
            margins=(14, 14, 14, 10),
        )
        card.setFixedWidth(_WIDTH)
        card.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setLayout(column(_TOP, row(None, card, None), None))

    def show_commands(self, commands: list[Command]) -> None:
        """What can be chosen from now on, with an empty field."""
        self._commands = commands
        self.field.clear()
        self._filter("")

    def focus_first(self) -> None:  # noqa: D102 - Overlay
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102, N802 - Qt
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
                self._move(event.key())
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in (
                Qt.Key.Key_Return,
                Qt.Key.Key_Enter,
            ):
                self._choose(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _filter(self, query: str) -> None:
        found = matching(self._commands, query)
        self.list.clear()
        for command in found:
            item = QListWidgetItem(self.list)
            item.setData(_ROLE, command)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, self._spoken(command))
            item.setToolTip(command.reason)
        self.list.setVisible(bool(found))
        self._none.setVisible(not found)
        self.list.setFixedHeight(max(1, min(len(found), _ROWS)) * _ROW_HEIGHT + 4)
        self.list.setCurrentRow(0)
        self._say_current()

    def _move(self, key: int) -> None:
        count = self.list.count()
        if not count:
            return
        now = self.list.currentRow()
        if key == Qt.Key.Key_Up:
            self.list.setCurrentRow((now - 1) % count)
        elif key == Qt.Key.Key_Down:
            self.list.setCurrentRow((now + 1) % count)
        else:
            by = -_ROWS if key == Qt.Key.Key_PageUp else _ROWS
            self.list.setCurrentRow(max(0, min(count - 1, now + by)))

    def _choose(self, item: QListWidgetItem | None) -> None:
        command = item.data(_ROLE) if item is not None else None
        if command is not None and not command.reason:
            self.dismiss()  # first: what is done may move the focus
            self.chosen.emit(command.intent)

    def _say_current(self, *_: object) -> None:
        """A screen reader hears of the field alone, so that its description tells the choice."""
        item = self.list.currentItem()
        spoken = self._spoken(item.data(_ROLE)) if item is not None else self._none.text()
        self.field.setAccessibleDescription(spoken)

    def _spoken(self, command: Command) -> str:
        if command.reason:
            words = self.tr("{command}. Not now: {reason}")
            return words.format(command=command.words, reason=command.reason)
        return f"{command.words}. {command.keys}" if command.keys else command.words
