"""The picture of booth mode: one canvas of 1440 x 900 units, as large as the screen allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent, QPolygonF
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from engine.resources import resource
from gui.theme import color, mix, sized_font
from gui.widgets import amounts
from gui.widgets.icons import icon_pixmap
from gui.widgets.primitives import rounded

WIDTH, HEIGHT = 1440, 900
_LEFT, _RIGHT, _MIDDLE = 56, 1384, 800
_LEAST_PIXELS = 14
_GREYS = 256
_BLINK_MS = 150  # of an eye, at least
_FILM_MS = 1000 / 24
_ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    "centre": Qt.AlignmentFlag.AlignCenter,
}


@dataclass(frozen=True)
class BoothFacts:
    """What stays the same while the show runs; 0 or None where it is not known.

    Attributes:
        board: its name. clock_hz, ram_bytes, flash_bytes: of the chip.
        simulated: the board is a virtual one.
        task: `keywords`, `images` or another.
        classes: what the network can answer.
        program_bytes, memory_bytes: what the firmware takes of flash and RAM.
        accuracy: fraction of `tested` inputs that were answered rightly, on the board.
    """

    board: str = ""
    clock_hz: int = 0
    ram_bytes: int = 0
    flash_bytes: int = 0
    simulated: bool = True
    task: str = ""
    classes: tuple[str, ...] = ()
    program_bytes: int = 0
    memory_bytes: int = 0
    accuracy: float | None = None
    tested: int = 0


@dataclass(frozen=True)
class BoothAnswer:
    """One answer: the class, how sure (0..1), the true class or '', and the time on the board."""

    word: str
    share: float
    truth: str
    latency_ms: float


@dataclass
class BoothView:
    """What is to be seen now. `mode` is `preparing`, `playing`, `lost` or `problem`.

    Attributes:
        work: the page key of the stage that runs while preparing. share: of it, 0..1 or None.
        detail: time left, or what went wrong, in words.
        clip: uint8 (rows, columns), the input in view. clip_share: how much of it was played, 0..1.
        answer: None while a clip plays.
        latencies: the newest times in ms.
        answers, right: since the show began.
        silent_seconds: since the board fell silent.
        listens: visitors speak into a microphone; else clips are played.
        attract: the screen that invites people. pulse: brightness of its invitation, 0..1.
    """

    mode: str = "preparing"
    work: str = ""
    share: float | None = None
    detail: str = ""
    facts: BoothFacts = field(default_factory=BoothFacts)
    clip: NDArray[np.uint8] | None = None
    clip_share: float = 0.0
    answer: BoothAnswer | None = None
    latencies: Sequence[float] = ()
    answers: int = 0
    right: int = 0
    silent_seconds: int = 0
    listens: bool = False
    attract: bool = False
    pulse: float = 1.0


class BoothCanvas(QWidget):
    """Paints a `BoothView`. `shrunk` names each text that was made smaller to fit, with its share."""

    def __init__(self) -> None:
        super().__init__()
        self.view = BoothView()
        self.shrunk: dict[str, float] = {}
        self._logo = QSvgRenderer(str(resource("icons", "thimble.svg")), self)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:  # noqa: D102, N802 - Qt
        return QSize(WIDTH, HEIGHT)

    @property
    def unit(self) -> float:
        """Pixels of the screen for one unit of the canvas."""
        return min(self.width() / WIDTH, self.height() / HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102, N802 - Qt
        self.shrunk = {}
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), color("bg"))
        unit = self.unit
        painter.translate((self.width() - WIDTH * unit) / 2, (self.height() - HEIGHT * unit) / 2)
        painter.scale(unit, unit)
        view = self.view
        if view.mode in ("preparing", "problem"):
            self._paint_preparing(painter)
        elif view.attract and view.mode == "playing":
            self._paint_attract(painter)
        else:
            self._paint_show(painter)

    # ---- the three pictures ----------------------------------------------------------------------
    def _paint_preparing(self, painter: QPainter) -> None:
        view = self.view
        self._head(painter, "")
        titles = {
            "model": self.tr("Reading the examples"),
            "train": self.tr("The network is learning"),
            "verify": self.tr("Making it small, and checking every layer"),
            "fit": self.tr("Planning its memory and building its program"),
            "live": self.tr("Writing it to the board"),
        }
        problem = view.mode == "problem"
        title = self.tr("A moment, please") if problem else self.tr("Getting ready")
        self._words(painter, QRectF(_LEFT, 300, 1328, 90), title, 72, 700, "text", "centre")
        words = titles.get(view.work, "") if not problem else self.tr("Trying again by itself")
        self._words(painter, QRectF(_LEFT, 410, 1328, 50), words, 34, 500, "text2", "centre")
        if not problem:
            self._bar(painter, QRectF(420, 500, 600, 18), view.share, "accent")
        self._words(painter, QRectF(_LEFT, 540, 1328, 40), view.detail, 24, 400, "text3", "centre")

    def _paint_attract(self, painter: QPainter) -> None:
        view, facts = self.view, self.view.facts
        self._logo.render(painter, QRectF(640, 110, 160, 160))
        kilobytes = amounts.size(facts.program_bytes)
        title = self.tr("A neural network in {size}").format(size=kilobytes)
        self._words(painter, QRectF(_LEFT, 320, 1328, 130), title, 96, 700, "text", "centre")
        self._words(
            painter, QRectF(_LEFT, 470, 1328, 50), self._chip_words(), 32, 400, "text2", "centre"
        )
        if view.answers and not view.listens:
            count = self.tr("{right} of {count} answers right so far").format(
                right=amounts.number(view.right), count=amounts.number(view.answers)
            )
            self._words(painter, QRectF(_LEFT, 540, 1328, 50), count, 32, 500, "accent", "centre")
        painter.setOpacity(0.55 + 0.45 * view.pulse)
        painter.fillPath(rounded(420, 670, 600, 96, 48), color("accent"))
        painter.setOpacity(1.0)
        invite = self.tr("Touch the screen to watch it")
        if view.listens:
            invite = self.tr("Touch the screen and say a word")
        self._words(painter, QRectF(450, 670, 540, 96), invite, 34, 600, "accent_ink", "centre")

    def _paint_show(self, painter: QPainter) -> None:
        view, lost = self.view, self.view.mode == "lost"
        self._head(painter, self._chip_words())
        if lost:
            painter.fillPath(rounded(_LEFT, 98, 1328, 56, 14), color("warn_bg"))
            painter.drawPixmap(QRectF(72, 110, 32, 32), icon_pixmap("alert", "warn", 32), QRectF())
            words = self.tr("The board stopped talking {n} s ago. It comes back by itself.")
            words = words.format(n=view.silent_seconds)
            self._words(painter, QRectF(116, 98, 1250, 56), words, 26, 600, "warn")
        else:
            kinds = {"keywords": self.tr("It just heard"), "images": self.tr("It just saw")}
            heading = kinds.get(view.facts.task, self.tr("Its answer"))
            if view.answer is None:
                listens = {"keywords": self.tr("It listens"), "images": self.tr("It looks")}
                heading = listens.get(view.facts.task, self.tr("It works"))
                if view.listens:
                    heading = self.tr("It listens: say one of the words below")
            self._words(painter, QRectF(_LEFT, 106, 690, 40), heading, 28, 500, "text2")
            time_words = self.tr("Time to answer")
            self._words(painter, QRectF(_MIDDLE, 106, 584, 40), time_words, 28, 500, "text2")
        self._answer(painter, lost)
        self._latency(painter, lost)
        self._clip(painter)
        self._tiles(painter)
        self._foot(painter)

    # ---- parts -----------------------------------------------------------------------------------
    def _head(self, painter: QPainter, right: str) -> None:
        self._logo.render(painter, QRectF(_LEFT, 34, 44, 44))
        self._words(painter, QRectF(116, 34, 200, 44), "Thimble", 30, 700, "text")
        # the language buttons are at the right end
        self._words(painter, QRectF(320, 34, 860, 44), right, 22, 400, "text2", "right")

    def _chip_words(self) -> str:
        facts = self.view.facts
        if not facts.clock_hz:
            return ""
        values = {
            "board": facts.board,
            "clock": f"{facts.clock_hz / 1e6:g}",
            "ram": amounts.size(facts.ram_bytes),
        }
        if facts.simulated:
            words = self.tr("{board}, simulated: a {clock} MHz chip with {ram} of memory.")
        else:
            words = self.tr("{board}, a {clock} MHz chip with {ram} of memory. No cloud, no internet.")
        return words.format(**values)

    def _answer(self, painter: QPainter, lost: bool) -> None:
        answer = self.view.answer
        box = QRectF(_LEFT, 146, 690, 220)
        if answer is None:
            self._words(painter, box, "\u2026", 200, 700, "text3")
            return
        role = "text3" if lost else "accent"
        self._words(painter, box, answer.word, 200, 700, role)
        sure = self.tr("{share} sure").format(share=amounts.percent(answer.share, 0))
        self._words(painter, QRectF(_LEFT, 378, 190, 44), sure, 30, 600, "text")
        self._bar(painter, QRectF(256, 391, 200, 18), answer.share, role)
        if answer.truth:
            right = answer.truth == answer.word
            tone = "ok" if right else "bad"
            words = self.tr("Right") if right else self.tr("Wrong: it was {word}")
            words = words.format(word=answer.truth)
            painter.fillPath(rounded(476, 374, 270, 52, 26), color(f"{tone}_bg"))
            name = "check-circle" if right else "cross-circle"
            painter.drawPixmap(QRectF(490, 384, 32, 32), icon_pixmap(name, tone, 32), QRectF())
            self._words(painter, QRectF(532, 374, 204, 52), words, 26, 600, tone)

    def _latency(self, painter: QPainter, lost: bool) -> None:
        view = self.view
        newest = view.latencies[-1] if view.latencies else None
        text = amounts.DASH if newest is None else amounts.milliseconds(newest)
        box = QRectF(_MIDDLE, 146, 470, 220)
        role = "text3" if lost or newest is None else "text"
        used = self._words(painter, box, text, 200, 700, role)
        self._words(painter, QRectF(_MIDDLE + used + 20, 260, 110, 70), "ms", 54, 500, "text2")
        basis = self.tr("simulated, virtual board") if view.facts.simulated else self.tr("measured")
        self._words(painter, QRectF(_MIDDLE, 378, 584, 44), basis, 24, 500, "text2")
        if newest is None:
            return
        if newest < _FILM_MS:
            words = self.tr("shorter than one picture of a film")
        elif newest < _BLINK_MS:
            words = self.tr("shorter than the blink of an eye")
        else:
            words = self.tr("{n} answers in a second").format(n=amounts.number(1000 / newest, 1))
        self._words(painter, QRectF(_MIDDLE, 548, 584, 40), words, 24, 400, "text2")
        self._spark(painter, QRectF(_MIDDLE, 446, 576, 90), view.latencies, lost)

    def _spark(self, painter: QPainter, area: QRectF, values: Sequence[float], lost: bool) -> None:
        if len(values) < 2:
            return
        low, high = min(values), max(values)
        span = max(high - low, abs(high) * 0.05, 1e-9)  # a steady stream looks steady
        middle, step = (low + high) / 2, area.width() / (len(values) - 1)
        points = [
            QPointF(area.x() + n * step, area.center().y() - (v - middle) / span * area.height() * 0.9)
            for n, v in enumerate(values)
        ]
        pen = painter.pen()
        pen.setColor(color("text3" if lost else "accent"))
        pen.setWidthF(3)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(pen.color())
        painter.drawEllipse(points[-1], 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _clip(self, painter: QPainter) -> None:
        clip, share = self.view.clip, self.view.clip_share
        if clip is None or not clip.size:
            return
        rows, columns = clip.shape
        area = QRectF(_LEFT, 446, 690, 142)
        if 0.5 <= columns / rows <= 2 and not self.view.listens:  # a picture keeps its form
            area.setWidth(area.height() * columns / rows)
        painter.save()
        painter.fillPath(rounded(area.x(), area.y(), area.width(), area.height(), 10), color("well"))
        painter.setClipPath(rounded(area.x(), area.y(), area.width(), area.height(), 10))
        painter.setClipRect(
            QRectF(area.x(), area.y(), area.width() * share, area.height()),
            Qt.ClipOperation.IntersectClip,
        )
        pixels = np.ascontiguousarray(clip)
        image = QImage(pixels.data, columns, rows, columns, QImage.Format.Format_Indexed8)
        image.setColorTable(_color_table())
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, area.width() > area.height() * 2
        )
        painter.drawImage(area, image)
        painter.restore()
        if 0 < share < 1:
            painter.fillRect(QRectF(area.x() + area.width() * share - 1.5, 446, 3, 142), color("text"))

    def _tiles(self, painter: QPainter) -> None:
        view, facts = self.view, self.view.facts
        so_far = view.right / view.answers if view.answers else None
        of = self.tr("of {amount}")
        tiles = (
            (
                self.tr("Program size"), *_split(amounts.size(facts.program_bytes)),
                of.format(amount=amounts.size(facts.flash_bytes)),
                facts.program_bytes / facts.flash_bytes if facts.flash_bytes else None,
            ),
            (
                self.tr("Working memory"), *_split(amounts.size(facts.memory_bytes)),
                of.format(amount=amounts.size(facts.ram_bytes)),
                facts.memory_bytes / facts.ram_bytes if facts.ram_bytes else None,
            ),
            (
                self.tr("Answers right"),
                *(("\u2013", "") if facts.accuracy is None else _split(amounts.percent(facts.accuracy))),
                self.tr("of {n} clips in the test").format(n=amounts.number(facts.tested)),
                facts.accuracy,
            ),
            (
                self.tr("Answers so far"), amounts.number(view.answers), "",
                self.tr("words that were spoken") if view.listens
                else self.tr("{n} of them right").format(n=amounts.number(view.right)),
                None if view.listens else so_far,
            ),
        )  # fmt: skip
        for place, (title, value, unit, under, share) in enumerate(tiles):
            x = _LEFT + place * 337
            painter.fillPath(rounded(x, 616, 317, 186, 14), color("line"))
            painter.fillPath(rounded(x + 1, 617, 315, 184, 13), color("card"))
            self._words(painter, QRectF(x + 24, 630, 270, 32), title, 22, 500, "text2")
            used = self._words(painter, QRectF(x + 24, 664, 200, 72), value, 60, 700, "text")
            self._words(painter, QRectF(x + 36 + used, 690, 70, 40), unit, 26, 500, "text2")
            self._bar(painter, QRectF(x + 24, 744, 269, 10), share, "accent")
            self._words(painter, QRectF(x + 24, 762, 270, 30), under, 18, 400, "text2")

    def _foot(self, painter: QPainter) -> None:
        facts = self.view.facts
        name = {"keywords": "microphone", "images": "image"}.get(facts.task, "pulse")
        painter.drawPixmap(QRectF(_LEFT, 828, 32, 32), icon_pixmap(name, "text", 32), QRectF())
        known = self.tr("Say") if self.view.listens else self.tr("It knows")
        used = self._words(painter, QRectF(100, 824, 240, 40), known, 28, 600, "text")
        words = " \u00b7 ".join(word for word in facts.classes if not word.startswith("_"))
        self._words(painter, QRectF(120 + used, 824, 1040 - used, 40), words, 28, 500, "accent")
        again = self.tr("R starts over")
        self._words(painter, QRectF(1184, 824, 200, 40), again, 18, 400, "text3", "right")

    # ---- tools -----------------------------------------------------------------------------------
    def _words(
        self, painter: QPainter, box: QRectF, text: str, pixels: float, weight: int, role: str,
        align: str = "left",
    ) -> float:  # fmt: skip
        """Write text in a box, smaller if it must be; returns its width."""
        if not text:
            return 0.0
        value = sized_font(pixels, weight)
        wide = QFontMetricsF(value).horizontalAdvance(text)
        while wide > box.width() and pixels > _LEAST_PIXELS:
            smaller = max(_LEAST_PIXELS, min(pixels - 1, pixels * box.width() / wide))
            self.shrunk[text] = self.shrunk.get(text, 1.0) * smaller / pixels
            pixels = smaller
            value = sized_font(pixels, weight)
            wide = QFontMetricsF(value).horizontalAdvance(text)
        painter.setFont(value)
        painter.setPen(color(role))
        painter.drawText(box, _ALIGN[align] | Qt.TextFlag.TextDontClip, text)
        return wide

    def _bar(self, painter: QPainter, area: QRectF, share: float | None, role: str) -> None:
        radius = area.height() / 2
        track = rounded(area.x(), area.y(), area.width(), area.height(), radius)
        painter.fillPath(track, color("raised"))
        if share:
            length = max(area.height(), area.width() * min(share, 1.0))
            painter.fillPath(rounded(area.x(), area.y(), length, area.height(), radius), color(role))


def _split(amount: str) -> tuple[str, str]:
    """The number and the unit of a formatted amount."""
    value, _, unit = amount.partition(" ")
    return value, unit


def _color_table() -> list[int]:
    half = _GREYS // 2
    low = [mix("well", "accent", n / half).rgb() for n in range(half)]
    return low + [mix("accent", "text", n / half).rgb() for n in range(half)]
