"""Starts the window: `thimble [PROJECT]`, the hands-free demo with `--demo`, the show with `--booth`."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext, QtMsgType

    from gui.main_window import MainWindow

_CANCELLED = 9
_TOUR_SEEN = "tour_seen"


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    arguments = argparse.ArgumentParser(
        prog="thimble", description="Fits a neural network into a microcontroller."
    )
    arguments.add_argument("project", nargs="?", type=Path, metavar="PROJECT", help="folder or model")
    arguments.add_argument(
        "--demo", action="store_true", help="play the whole path, hands-free, on a virtual board"
    )
    arguments.add_argument(
        "--booth", action="store_true", help="full screen, for visitors; Ctrl+Alt+Shift+Q leaves it"
    )
    arguments.add_argument("--headless", action="store_true", help="without a display")
    arguments.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="with --demo: save a picture of every page"
    )
    arguments.add_argument(
        "--quit-when-done", action="store_true", help="with --demo: close the window at the end"
    )
    arguments.add_argument("--theme", choices=["system", "dark", "light"], help="colours")
    arguments.add_argument("--language", choices=["system", "en", "zh_TW"], help="of the window")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window.

    Args:
        argv: words after the program's name; None takes those of the process.

    Returns:
        0, or for a demo the exit code of the stage that failed.
    """
    options = parser().parse_args(argv)
    if options.headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QSettings, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from gui.booth import Booth
    from gui.demo import DemoPlayer
    from gui.intents import ShowTour
    from gui.main_window import MainWindow
    from gui.theme import theme
    from gui.translation import language

    qInstallMessageHandler(_on_qt_message)
    app = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(app, QApplication)
    app.setApplicationName("Thimble")
    app.setOrganizationName("Thimble")
    settings = None if options.demo else QSettings()
    remembered = str(settings.value("theme", "system")) if settings is not None else "dark"
    theme().apply(options.theme or remembered)
    theme().follow_system()
    spoken = str(settings.value("language", "system")) if settings is not None else "system"
    language().apply(options.language or spoken)
    window = MainWindow(settings)
    # what is there by now stays: Python's search for garbage need not hold up the window for it
    gc.freeze()
    # the window's timers let Python see the signal
    signal.signal(signal.SIGINT, lambda *_: app.exit(_CANCELLED))
    if not options.booth:
        window.show()
    booth = Booth(window, settings)
    window.booth_asked.connect(booth.open)
    demo = DemoPlayer(window, screenshots=options.screenshots)
    demo.speak = options.demo
    window.demo_asked.connect(demo.play)
    window.escape_pressed.connect(demo.stop)
    opened = _open(window, options.project)
    if not opened and (options.demo or options.booth):
        demo.speak = True
        demo.refuse(window.model.problem)
        if options.quit_when_done or options.booth:
            window.close()
            return demo.exit_code
    elif options.demo:
        if options.quit_when_done:
            demo.finished.connect(app.exit)
        demo.play()
    elif options.booth:
        booth.open()
    elif settings is not None and not settings.value(_TOUR_SEEN):
        settings.setValue(_TOUR_SEEN, "yes")
        window.act(ShowTour())
    code = app.exec()
    booth.close()
    window.close()
    return code or demo.exit_code


def _open(window: MainWindow, path: Path | None) -> bool:
    """Open what was asked for, else the latest project; False if that was asked for and is bad."""
    if path is None:
        if window.recent.latest is not None:
            window.work.open_project_folder(window.recent.latest)
        return True
    if path.is_file():
        window.work.open_model_file(path)
        return True
    return window.work.open_project_folder(path.absolute())


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if "propagateSizeHints" not in text:  # the offscreen platform says it for every window
        sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
