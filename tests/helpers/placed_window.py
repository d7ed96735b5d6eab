"""The window as a program that says, on request, where its controls lie on the screen.

`python -m tests.helpers.placed_window [words of thimble]` starts `gui.app`. A name on a line of standard
input is answered by one line of JSON on standard output: the controls in view that bear it, as a screen
reader would hear them, or whose words are it. `?` is answered by all the words in view. It only looks:
whoever wants to change something has to click.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QPoint, QRect, QSocketNotifier
from PySide6.QtWidgets import QApplication, QWidget

import gui.app
from gui.widgets.primitives import NO_BREAK_SPACE


def words_of(widget: QWidget) -> str:
    """What a control says of itself."""
    text = widget.property("text")
    spoken = widget.accessibleName() or (text if isinstance(text, str) else "")
    return spoken.replace(NO_BREAK_SPACE, " ").strip()


def in_view() -> list[QWidget]:
    """Visible widgets with words of which something is not scrolled away."""
    return [
        widget
        for widget in QApplication.allWidgets()
        if widget.isVisible() and words_of(widget) and not widget.visibleRegion().isEmpty()
    ]


def place_of(widget: QWidget) -> dict[str, object]:
    """Where one lies, in pixels of the screen."""
    seen: QRect = widget.visibleRegion().boundingRect()
    corner: QPoint = widget.mapToGlobal(seen.topLeft())
    return {
        "x": corner.x(),
        "y": corner.y(),
        "width": seen.width(),
        "height": seen.height(),
        "enabled": widget.isEnabled(),
        "kind": type(widget).__name__,
    }


def answer() -> None:
    """Read one name and say where it is."""
    line = sys.stdin.readline()
    if not line:
        QApplication.exit(0)
        return
    name = line.strip()
    said: object
    if name == "?":
        said = sorted({words_of(widget) for widget in in_view()})
    else:
        said = [place_of(widget) for widget in in_view() if words_of(widget) == name]
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def main() -> int:
    """See the module."""
    app = QApplication(sys.argv[:1])
    asked = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, app)
    asked.activated.connect(answer)
    return gui.app.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
