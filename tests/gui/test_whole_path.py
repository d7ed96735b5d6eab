"""The hands-free demo as a real process: a finished model goes from the file to live answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage

from engine.project import create_project
from tests.helpers.shared_data import shared_data

ROOT = Path(__file__).parents[2]


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gui.app", "--demo", "--headless", "--quit-when-done", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        timeout=400,
        check=False,
    )


def test_a_finished_model_goes_from_its_file_to_live_answers(tmp_path):
    model = shared_data("models", "tflite", "mlperf_kws_int8.tflite")
    project = create_project(tmp_path / "kws", task="keywords", board_id="stm32f407", model_file=model)
    done = demo(str(project.folder), "--screenshots", str(tmp_path / "pictures"))
    print(done.stdout)  # noqa: T201 - the worst gap is worth seeing with -s
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r"Bytes unlike TFLite Micro +0 over [1-9]\d* inputs", done.stdout)
    assert re.search(r"Longest pause of the window +\d+ ms", done.stdout)
    pictures = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert [name[2:-4] for name in pictures] == [
        "model", "board", "compress", "train", "verify", "fit", "live",
    ]  # fmt: skip
    for name in pictures:
        picture = QImage(str(tmp_path / "pictures" / name))
        assert (picture.width(), picture.height()) == (1440, 900)


def test_a_stage_that_cannot_run_ends_the_demo_with_its_code(tmp_path):
    model = shared_data("models", "tflite", "mlperf_kws_int8.tflite")
    project = create_project(tmp_path / "kws", task="keywords", model_file=model)
    done = demo(str(project.folder))
    assert done.returncode == 2
    assert "Choose a board first." in done.stdout


def test_a_folder_that_is_no_project_ends_the_demo_at_once(tmp_path):
    done = demo(str(tmp_path))
    assert done.returncode == 3
    assert "is not a Thimble project" in done.stdout
