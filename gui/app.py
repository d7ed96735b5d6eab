"""Starts the window: `thimble [PROJECT]`, or the hands-free demo with `--demo`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    arguments = argparse.ArgumentParser(
        prog="thimble", description="Fits a neural network into a microcontroller."
    )
    arguments.add_argument("project", nargs="?", type=Path, metavar="PROJECT", help="folder or model")
    arguments.add_argument(
        "--demo", action="store_true", help="play the whole path, hands-free, on a virtual board"
    )
    arguments.add_argument("--headless", action="store_true", help="without a display")
    arguments.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="with --demo: save a picture of every page"
    )
    arguments.add_argument(
        "--quit-when-done", action="store_true", help="with --demo: close the window at the end"
    )
    arguments.add_argument("--theme", choices=["system", "dark", "light"], help="colours")
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
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from gui.demo import DemoPlayer
    from gui.main_window import MainWindow
    from gui.theme import theme

    app = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(app, QApplication)
    app.setApplicationName("Thimble")
    app.setOrganizationName("Thimble")
    settings = None if options.demo else QSettings()
    remembered = str(settings.value("theme", "system")) if settings is not None else "dark"
    theme().apply(options.theme or remembered)
    theme().follow_system()
    window = MainWindow(settings)
    window.show()
    demo = DemoPlayer(window, screenshots=options.screenshots)
    window.top_bar.demo_asked.connect(demo.play)
    project = options.project
    if project is None and settings is not None and settings.value("project"):
        project = Path(str(settings.value("project")))
        project = project if project.is_dir() else None
    if project is not None:
        if project.is_file():
            window.open_model_file(project)
        else:
            window.open_project_folder(project)
    if options.demo:
        demo.speak = True
        if options.quit_when_done:
            demo.finished.connect(app.exit)
        demo.play()
    code = app.exec()
    window.close()
    return demo.exit_code if options.demo else code


if __name__ == "__main__":
    sys.exit(main())
