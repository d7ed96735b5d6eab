from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SHOW = """
import sys, time
started = time.perf_counter()
from PySide6.QtWidgets import QApplication
app = QApplication([])
import gui.app
from gui.main_window import MainWindow
from gui.theme import theme
theme().apply("dark")
window = MainWindow()
window.show()
app.processEvents()
seconds = time.perf_counter() - started
heavy = sorted({"torch", "tensorflow", "onnx", "sklearn", "scipy"} & set(sys.modules))
window.close()
print(f"visible after {seconds:.2f} s; heavy modules: {heavy}")
"""


def test_showing_the_window_loads_no_framework():
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env=environment,
        timeout=120,
        check=True,
    )
    print(done.stdout)  # noqa: T201 - the figure is worth seeing with -s
    assert done.stdout.strip().endswith("heavy modules: []")
