"""The window in every state that matters, without an engine: what pictures are taken of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer

from engine.boards import board_ids
from engine.events import LogLine, StageFailed, StageProgress, StageStarted
from gui import intents
from gui.main_window import MainWindow
from gui.pages.live_page import LivePage
from gui.pages.page import PAGE_KEYS
from gui.project_model import LiveState, ProjectModel
from gui.theme import theme
from gui.translation import language
from tests.gui import documents
from tests.gui.documents import STAGES, STEP, project_model

SETTLE_MS = 400  # gauges move for 180 ms
_PLAIN = ("data", "model")


class _Samples:
    """A ring with a minute of answers, the same each time."""

    def __init__(self, _path: Path) -> None:
        noise = np.random.default_rng(0).gamma(2.0, 0.3, 1200)
        times = np.arange(1200) * 50_000.0
        self._rows = np.stack([times, 9_200 + 300 * noise + 900 * (np.arange(1200) % 90 == 0)], 1)

    @property
    def count(self) -> int:
        """All of them."""
        return len(self._rows)

    def read_since(self, count: int) -> tuple[NDArray[np.float64], int]:
        """Those after the first `count`."""
        return self._rows[count:].copy(), len(self._rows)


def _show(window: MainWindow, state: ProjectModel, page: str) -> None:
    window.model.project, window.model.stages = state.project, state.stages
    window.model.set_predictions({board_id: documents.fit() for board_id in board_ids()})
    window.model.project_changed.emit()
    window.open_page(page)


def _done(page: str, **documents_: object) -> Callable[[MainWindow, Path], None]:
    return lambda window, folder: _show(window, project_model(folder, **documents_), page)  # type: ignore[arg-type]


def _todo(page: str) -> Callable[[MainWindow, Path], None]:
    return lambda window, folder: _show(window, project_model(folder, done=_PLAIN), page)


def _stale(page: str) -> Callable[[MainWindow, Path], None]:
    return lambda window, folder: _show(window, project_model(folder, stale=STAGES[2:]), page)


def _training(window: MainWindow, folder: Path) -> None:
    _show(window, project_model(folder, done=_PLAIN), "train")
    model = window.model
    model.begin_job({"verb": "run", "until": STEP})
    model.take_event(StageStarted(stage=STEP, title="Train"))
    model.take_event(LogLine(stage=STEP, text="160 clips of 10 classes"))
    for epoch in range(1, 13):
        model.take_event(documents.epoch_event(epoch))
    model.take_event(StageProgress(stage=STEP, done=12, total=30, unit="epochs", seconds_left=40.0))


def _failed(window: MainWindow, folder: Path) -> None:
    _show(window, project_model(folder, done=_PLAIN), "train")
    model = window.model
    model.begin_job({"verb": "run", "until": STEP})
    model.take_event(StageStarted(stage=STEP, title="Train"))
    words = {
        "message": "The result of 'Train' could not be written: No space left on device.",
        "hint": "Free some disk space, then run again; finished stages are kept.",
    }
    model.take_event(StageFailed(stage=STEP, code="disk", exit_code=4, **words))
    model.end_job(4)


def _does_not_fit(window: MainWindow, folder: Path) -> None:
    planned = STAGES[: STAGES.index("fit") + 1]
    _show(window, project_model(folder, done=planned, fit=documents.fit(fits=False)), "fit")


def _live(state: str) -> Callable[[MainWindow, Path], None]:
    def show(window: MainWindow, folder: Path) -> None:
        page = window.pages["live"]
        assert isinstance(page, LivePage)
        page._open_ring = _Samples
        _show(window, project_model(folder), "live")
        model = window.model
        model.set_live(LiveState("open", "virtual", ring="samples", since=time.time()))
        hello = {"event": "hello", "board_id": "stm32f407", "clock_hz": 168e6, "arena_bytes": 16_000}
        model.take_live_frame(hello)
        output = [-120, -128, -128, -110, -128, -128, -128, -128, -128, 94]
        answer = {"event": "inference", "latency_us": 9321.0, "output": output, "label": 9}
        model.take_live_frame({"event": "stats", "lost_frames": 0, "host_lost_frames": 0})
        model.take_live_frame(answer)
        page.strip.draw()
        page._show_statistics()
        if state != "open":
            model.set_live(LiveState(state, "virtual", ring="samples", since=time.time()))

    return show


def _sheet(intent: intents.Intent) -> Callable[[MainWindow, Path], None]:
    def show(window: MainWindow, folder: Path) -> None:
        _show(window, project_model(folder), "model")
        window.act(intent)

    return show


SCENES: dict[str, Callable[[MainWindow, Path], None]] = {
    "model-empty": lambda window, folder: None,
    **{f"{page}-done": _done(page) for page in PAGE_KEYS},
    **{f"{page}-todo": _todo(page) for page in PAGE_KEYS[2:]},
    **{f"{page}-stale": _stale(page) for page in PAGE_KEYS[3:]},
    "train-running": _training,
    "train-failed": _failed,
    "verify-failed": _done("verify", verify=documents.verify(worst=3e-4)),
    "fit-failing": _does_not_fit,
    "live-open": _live("open"),
    "live-lost": _live("lost"),
    "keys": _sheet(intents.ShowKeys()),
    "tour": _sheet(intents.ShowTour()),
    "palette": _sheet(intents.ShowCommands()),
}


@contextmanager
def staged(name: str, folder: Path, *, mode: str, tongue: str) -> Iterator[MainWindow]:
    """A window of 1440x900 in the scene `name`, in a theme and a language, calm."""
    theme().apply(mode)
    language().apply(tongue)
    window = MainWindow(projects_folder=folder / "projects")
    window.work.predictor.ask = lambda *_, **__: None  # type: ignore[method-assign]
    window.work.find_boards = lambda *_: None  # type: ignore[method-assign]
    window.model.reload_stages = lambda: None  # type: ignore[method-assign]
    try:
        SCENES[name](window, folder)
        window.show()
        wait(SETTLE_MS)
        yield window
    finally:
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        language().apply("en")


def wait(milliseconds: int) -> None:
    """Let the window live."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
