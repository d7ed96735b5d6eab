"""The gauge: a value against its budget. Solid is measured, dots are simulated, stripes predicted."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.readings import Reading
from gui.theme import color, font, mix, reduced_motion, sized_font
from gui.widgets.amounts import milliseconds, number
from gui.widgets.icons import STATUS_ICONS, icon_pixmap
from gui.widgets.primitives import EN_DASH, dots, rounded, stripes

ICONS = {"flash": "flash", "ram": "memory", "latency": "timer", "accuracy": "budget"}
UNITS = {"flash": "KB", "ram": "KB", "latency": "ms", "accuracy": "%"}
_ANIMATION_MS = 180
_LEFT = Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


def value_text(kind: str, value: float) -> str:
    """A value of a gauge without its unit."""
    if kind == "accuracy":
        return number(value * 100, 1)
    if kind == "latency":
        return milliseconds(value)
    return number(value, 1 if value < 9.95 else 0)


class Gauge(QWidget):
    """One of the four gauges; `kind` is `flash`, `ram`, `latency` or `accuracy`."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.reading = Reading(least=kind == "accuracy")
        self._shown = 0.0
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(_ANIMATION_MS)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.valueChanged.connect(self._on_animated)
        self.setFixedHeight(122)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._describe()

    def set(self, reading: Reading) -> None:
        """Show another reading; the bar moves, the number jumps."""
        if reading == self.reading:
            return
        self.reading = reading
        end = 0.0 if reading.value is None else reading.position(reading.value)
        self._animation.stop()
        if reduced_motion() or not self.isVisible():
            self._shown = end
        else:
            self._animation.setStartValue(self._shown)
            self._animation.setEndValue(end)
            self._animation.start()
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt
        return QSize(240, 122)

    def name(self) -> str:
        """The gauge's name, translated."""
        return {
            "flash": self.tr("Flash"),
            "ram": self.tr("SRAM"),
            "latency": self.tr("Latency"),
            "accuracy": self.tr("Accuracy"),
        }[self.kind]

    def term(self) -> str:
        """What the name means, translated."""
        return {
            "flash": self.tr("program size"),
            "ram": self.tr("working memory"),
            "latency": self.tr("time per answer"),
            "accuracy": self.tr("faults told apart, AUC")
            if self.reading.area
            else self.tr("answers right"),
        }[self.kind]

    def caption(self) -> str:
        """The sentence under the bar: how much is to spare or too much."""
        reading = self.reading
        if reading.value is None:
            return self.tr("not known yet")
        if reading.budget is None:
            return self.tr("no budget set")
        difference = reading.value - reading.budget
        if reading.least:
            points = number(abs(difference) * 100, 1)
            if difference >= 0:
                return self.tr("{n} pt above minimum").format(n=points)
            return self.tr("{n} pt too low").format(n=points)
        amount = f"{value_text(self.kind, abs(difference))} {UNITS[self.kind]}"
        if difference <= 0:
            return self.tr("{amount} to spare").format(amount=amount)
        if self.kind == "latency":
            return self.tr("{amount} too slow").format(amount=amount)
        return self.tr("{amount} too much").format(amount=amount)

    def budget_text(self) -> str:
        """The words at the right of the value."""
        reading = self.reading
        if reading.budget is None:
            return "" if reading.value is None else self.tr("no budget")
        text = value_text(self.kind, reading.budget)
        if reading.least:
            return self.tr("at least {n}").format(n=text)
        return self.tr("budget {n}").format(n=text)

    def side_text(self) -> str:
        """The words at the right of the caption: how often over, where from, or what it was."""
        reading = self.reading
        if reading.value is None:
            return ""
        if reading.tone == "bad" and not reading.least and reading.budget:
            return self.tr("{n}\u00d7 the budget").format(n=number(reading.value / reading.budget, 1))
        if reading.error_percent is not None:
            words = self.tr("simulated") if reading.basis == "simulated" else self.tr("predicted")
            return f"{words} \u00b1{number(reading.error_percent)} %"
        if reading.basis == "simulated":
            return self.tr("simulated")
        if reading.was is not None:
            return self.tr("was {n}").format(n=value_text(self.kind, reading.was))
        return ""

    def _describe(self) -> None:
        value = EN_DASH if self.reading.value is None else value_text(self.kind, self.reading.value)
        words = (self.name(), f"{value} {UNITS[self.kind]}", self.budget_text(), self.caption())
        self.setAccessibleName(", ".join(word for word in words if word))
        basis = {
            "measured": self.tr("measured"),
            "simulated": self.tr("simulated on a virtual board"),
            "predicted": self.tr("predicted"),
        }.get(self.reading.basis, "")
        self.setToolTip(basis)

    def _on_animated(self, value: object) -> None:
        if isinstance(value, float):
            self._shown = value
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_head(painter)
        if self.reading.pending:
            painter.setOpacity(0.5)
        self._paint_value(painter)
        self._paint_track(painter)
        self._paint_caption(painter)

    def _paint_head(self, painter: QPainter) -> None:
        width, tone = self.width(), self.reading.tone
        painter.drawPixmap(QPointF(0, 1), icon_pixmap(ICONS[self.kind], "text3", 16))
        name_font = font("sentence_strong")
        painter.setFont(name_font)
        painter.setPen(color("text"))
        painter.drawText(QRectF(23, 0, width, 18), _LEFT, self.name())
        advance = QFontMetricsF(name_font).horizontalAdvance(self.name())
        painter.setFont(font("small"))
        painter.setPen(color("text3"))
        painter.drawText(QRectF(30 + advance, 0, width, 18), _LEFT, self.term())
        if tone:
            painter.drawPixmap(QPointF(width - 18, 0), icon_pixmap(STATUS_ICONS[tone], tone, 18))

    def _paint_value(self, painter: QPainter) -> None:
        width, reading = self.width(), self.reading
        text = EN_DASH if reading.value is None else value_text(self.kind, reading.value)
        big = font("gauge")
        painter.setFont(big)
        role = "text3" if reading.value is None else "bad" if reading.tone == "bad" else "text"
        painter.setPen(color(role))
        painter.drawText(QRectF(0, 24, width, 40), _LEFT, text)
        advance = QFontMetricsF(big).horizontalAdvance(text)
        painter.setFont(sized_font(14, 500))
        painter.setPen(color("text2"))
        painter.drawText(QRectF(advance + 6, 33, width, 28), _LEFT, UNITS[self.kind])
        painter.setFont(font("small"))
        painter.setPen(color("text3"))
        painter.drawText(QRectF(0, 35, width, 28), _RIGHT, self.budget_text())

    def _paint_track(self, painter: QPainter) -> None:
        width, reading, top, height = self.width(), self.reading, 76.0, 14.0
        track = rounded(0, top, width, height, 7)
        painter.fillPath(track, color("raised"))
        line = None if reading.budget is None else width * reading.position(reading.budget)
        if line is not None:
            painter.save()
            painter.setClipPath(track)
            over = (
                QRectF(0, top, line, height)
                if reading.least
                else QRectF(line, top, width - line, height)
            )
            painter.fillRect(over, mix("raised", "bad", 0.16))
            painter.restore()
        if reading.value is not None and line is not None:
            self._paint_fill(painter, top, height)
        if line is not None:
            for role, pen_width in (("panel", 6), ("text", 2)):
                painter.setPen(QPen(color(role), pen_width))
                painter.drawLine(QPointF(line, top - 5), QPointF(line, top + height + 5))

    def _paint_fill(self, painter: QPainter, top: float, height: float) -> None:
        width, reading = self.width(), self.reading
        role = f"{reading.tone}_fill" if reading.tone else "text3"
        length = max(width * self._shown, height)
        path = rounded(0, top, length, height, 7)
        if reading.basis == "measured":
            painter.fillPath(path, color(role))
        else:
            painter.fillPath(path, mix("card", role, 0.28))
            if reading.basis == "simulated":
                dots(painter, path, color(role))
            else:
                stripes(painter, path, color(role))
            painter.setPen(QPen(color(role), 1.25))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(rounded(0.6, top + 0.6, length - 1.2, height - 1.2, 6.4))
        if reading.off_scale:  # a torn end
            painter.setPen(QPen(color("panel"), 3))
            for back in (12, 20):
                painter.drawLine(
                    QPointF(width - back - 4, top + height + 2), QPointF(width - back + 4, top - 2)
                )

    def _paint_caption(self, painter: QPainter) -> None:
        width, tone = self.width(), self.reading.tone
        painter.setFont(font("small_medium"))
        painter.setPen(color("text2" if tone in ("", "ok") else tone))
        painter.drawText(QRectF(0, 100, width, 18), _LEFT, self.caption())
        over = tone == "bad" and not self.reading.least
        if not over:
            painter.setFont(font("small"))
            painter.setPen(color("text3"))
        painter.drawText(QRectF(0, 100, width, 18), _RIGHT, self.side_text())


class GaugeStrip(QWidget):
    """The folded form of one gauge: icon, value and the shape of its status."""

    def __init__(self, gauge: Gauge) -> None:
        super().__init__()
        self._gauge = gauge
        self.setFixedHeight(92)
        self.refresh()

    def refresh(self) -> None:
        """Follow the gauge."""
        self.setAccessibleName(self._gauge.accessibleName())
        self.setToolTip(self._gauge.accessibleName())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        reading, kind, width = self._gauge.reading, self._gauge.kind, self.width()
        painter.drawPixmap(QPointF((width - 18) / 2, 4), icon_pixmap(ICONS[kind], "text3", 18))
        if reading.pending:
            painter.setOpacity(0.5)
        text = EN_DASH if reading.value is None else value_text(kind, reading.value)
        painter.setFont(sized_font(15, 600))
        painter.setPen(color("bad" if reading.tone == "bad" else "text"))
        painter.drawText(QRectF(0, 26, width, 20), Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(font("axis"))
        painter.setPen(color("text3"))
        painter.drawText(QRectF(0, 45, width, 16), Qt.AlignmentFlag.AlignCenter, UNITS[kind])
        if reading.tone:
            painter.drawPixmap(
                QPointF((width - 16) / 2, 64), icon_pixmap(STATUS_ICONS[reading.tone], reading.tone, 16)
            )
