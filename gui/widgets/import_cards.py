"""Cards while a model file is brought in: the question of trust, and what is being done."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRegularExpression, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from gui.widgets.primitives import Bar, Button, Card, Icon, Text, Tile, column, row, text_column

_SHAPE = r"( *[1-9][0-9]{0,5} *,?){0,4}"


class TrustCard(Card):
    """Asks whether a file that may hold code may be read; nothing of it was read so far."""

    trusted = Signal(object, object)  # Path, shape of one input (tuple) or ()
    declined = Signal()

    def __init__(self, *, with_shape: bool = True) -> None:
        super().__init__(kind="warn", gap=10, margins=(24, 16, 20, 16))
        self.path = Path()
        self.title = Text("", "h2", wrap=True)
        why = self.tr(
            "This kind of file can hold a program besides its numbers, and that program runs when the "
            "file is read. Open it only if you know who made it. It was not read yet."
        )
        how = self.tr(
            "If you open it, it is read in a process of its own, without network, your files or other "
            "programs, as far as this system offers that. Weights alone (a state dictionary) or an ONNX "
            "file hold no program: ask its author for one of these."
        )
        self.decline = Button(self.tr("Do not open it"), "primary")
        self.trust = Button(self.tr("I trust its author: open it"), "", "shield")
        self.decline.clicked.connect(self.declined)
        self.trust.clicked.connect(lambda: self.trusted.emit(self.path, self._shape()))
        self.shape = QLineEdit()
        self.shape.setPlaceholderText("3, 96, 96")
        self.shape.setFixedWidth(110)
        self.shape.setToolTip(self.tr("Without the batch, channels first"))
        self.shape.setAccessibleName(self.tr("Input size, channels first"))
        self.shape.setValidator(QRegularExpressionValidator(QRegularExpression(_SHAPE), self.shape))
        size_label = Text(self.tr("Input size, if the file does not say it"), "small", "text3")
        self.add(
            row(
                Icon("alert", "warn", 26), 8,
                (
                    column(
                        self.title,
                        Text(why, "body", "text2", wrap=True),
                        Text(how, "sentence", "text2", wrap=True),
                        gap=6,
                    ),
                    1,
                ),
            ),
            row(34, size_label, self.shape, None, self.trust, self.decline),
        )  # fmt: skip
        for part in (size_label, self.shape):
            part.setVisible(with_shape)
        self.hide()

    def ask(self, path: Path | None) -> None:
        """Ask about a file, or hide."""
        newly = path is not None and (self.isHidden() or path != self.path)
        self.setVisible(path is not None)
        if path is None:
            return
        self.path = path
        self.title.setText(self.tr("{file} may hold code").format(file=path.name))
        if newly:
            self.shape.clear()
            self.decline.setFocus()

    def _shape(self) -> tuple[int, ...]:
        return tuple(int(n) for n in self.shape.text().replace(" ", "").split(",") if n)


class TrustDialog(QDialog):
    """The question of `TrustCard` where a file is only named, such as a teacher."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("{file} may hold code").format(file=path.name))
        self.setMinimumWidth(620)
        self.card = TrustCard(with_shape=False)
        self.card.ask(path)
        self.card.trusted.connect(lambda *_: self.accept())
        self.card.declined.connect(self.reject)
        self.setLayout(column(self.card))


class ReadingCard(Card):
    """Says that a model file is being read, how far that is, and lets it be stopped."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__(gap=8)
        self.title, self._step = Text("", "h3", elide=True), Text("", "sentence", "text2", elide=True)
        self._bar = Bar(None, "accent", 6)
        self.cancel = Button(self.tr("Cancel"), "small", "cross")
        self.cancel.clicked.connect(self.cancelled)
        self.add(
            row(
                Tile("file-up", "accent", 38), 2,
                (text_column(self.title, self._step, gap=1), 1), self.cancel,
            ),
            self._bar,
        )  # fmt: skip
        self.hide()

    def show_job(self, title: str, step: str, share: float | None, *, cancelling: bool) -> None:
        """Show what is being done; `share` 0..1 of it, None if unknown."""
        self.title.setText(title)
        self._step.setText(self.tr("Stopping\u2026") if cancelling else step)
        self._bar.set(share, "accent")
        self.cancel.setEnabled(not cancelling)
        self.show()

    def show_share(self, share: float | None) -> None:
        """Move the bar."""
        self._bar.set(share, "accent")
