"""Pictures of every page in its states: `python -m tests.screenshots FOLDER [--compare | --approve]`.

Each scene of `tests/gui/scenes.py` in both themes and languages, at 100 % and 200 %. `--compare` holds
them against the approved ones (`tests/gui/approved`, small and grey), names those that differ and puts
a picture of each difference into FOLDER/differences; `--approve` makes them the approved ones. Fonts
differ between machines: with other fonts than the approved pictures have, nothing is compared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, qInstallMessageHandler
from PySide6.QtGui import QColor, QFontInfo, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication

from gui.app import _on_qt_message
from gui.theme import font
from gui.translation import LANGUAGES
from tests.gui.scenes import SCENES, staged

ROOT = Path(__file__).parents[1]
APPROVED = Path(__file__).parent / "gui" / "approved"
FONTS = APPROVED / "fonts.txt"
THEMES = ("dark", "light")
_WIDTH = 360  # of an approved picture
_QUALITY = 45
_BLOCK = 6  # pixels; 24 of the window
_MOST_LEVELS = 11.0  # grey levels by which the mean of a block may differ
_MOST_BLOCKS = 3  # blocks that may differ more, such as a time of day


def fonts_here() -> str:
    """What letters are drawn with, as far as the pictures depend on it."""
    parts = []
    for style in ("body", "mono"):
        drawn = font(style)
        width = QFontMetrics(drawn).horizontalAdvance("Flash 0123 \u71d2\u9304\u8207\u5373\u6642 \u25b6")
        parts.append(f"{QFontInfo(drawn).family()} {width}")
    return ", ".join(parts) + "\n"


def small(picture: QImage) -> QImage:
    """A picture as it is kept: grey, 360 pixels wide."""
    smooth = Qt.TransformationMode.SmoothTransformation
    return picture.scaledToWidth(_WIDTH, smooth).convertToFormat(QImage.Format.Format_Grayscale8)


def differing_blocks(one: QImage, other: QImage) -> NDArray[np.bool_]:
    """Which blocks of two small pictures differ, shape (rows, columns); all if the sizes do."""
    first, second = _levels(one), _levels(other)
    rows, columns = (side // _BLOCK for side in first.shape)
    if first.shape != second.shape:
        return np.ones((rows, columns), np.bool_)

    def means(levels: NDArray[np.float64]) -> NDArray[np.float64]:
        cut = levels[: rows * _BLOCK, : columns * _BLOCK]
        found: NDArray[np.float64] = cut.reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3))
        return found

    return np.abs(means(first) - means(second)) > _MOST_LEVELS


def differs(one: QImage, other: QImage) -> bool:
    """Whether two small pictures show something else to an eye."""
    return int(differing_blocks(one, other).sum()) > _MOST_BLOCKS


def difference(approved: QImage, now: QImage) -> QImage:
    """The approved picture, the present one, and the present one with what differs marked in red."""
    marked = now.convertToFormat(QImage.Format.Format_RGB32)
    shown = QImage(3 * now.width(), now.height(), QImage.Format.Format_RGB32)
    painter = QPainter(marked)
    for row, column in np.argwhere(differing_blocks(approved, now)):
        painter.fillRect(column * _BLOCK, row * _BLOCK, _BLOCK, _BLOCK, QColor(255, 0, 0, 110))
    painter.end()
    painter = QPainter(shown)
    for place, picture in enumerate((approved, now, marked)):
        painter.drawImage(place * now.width(), 0, picture)
    painter.end()
    return shown


def approved_file(name: str) -> Path:
    """Where the approved picture of a scene is; both scales share it."""
    return APPROVED / f"{name}.webp"


def _levels(picture: QImage) -> NDArray[np.float64]:
    grey = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].astype(np.float64)


def _take_pictures(folder: Path, scale: int, only: str) -> None:
    """All scenes at the scale of this process."""
    qInstallMessageHandler(_on_qt_message)
    app = QApplication([])
    app.setApplicationName("Thimble")
    for name in SCENES:
        for mode in THEMES:
            for tongue in LANGUAGES:
                full = f"{name}-{mode}-{tongue}"
                if only not in full:
                    continue
                with (
                    tempfile.TemporaryDirectory() as project,
                    staged(name, Path(project), mode=mode, tongue=tongue) as window,
                ):
                    window.grab().toImage().save(str(folder / f"{full}-{scale}.png"))


def _compare(folder: Path, files: list[Path]) -> int:
    if not FONTS.is_file() or FONTS.read_text("utf-8") != fonts_here():
        sys.stdout.write("Not compared: the fonts here are not those of the approved pictures.\n")
        return 0
    differences = folder / "differences"
    found = 0
    for file in files:
        approved = QImage(str(approved_file(file.stem.rsplit("-", 1)[0])))
        now = small(QImage(str(file)))
        if approved.isNull():
            sys.stdout.write(f"{file.stem}: there is no approved picture\n")
        elif differs(approved, now):
            differences.mkdir(exist_ok=True)
            difference(approved, now).save(str(differences / file.name))
            sys.stdout.write(f"{file.stem}: differs, see {differences / file.name}\n")
        else:
            continue
        found += 1
    sys.stdout.write(f"{len(files)} pictures, {found} differ from the approved ones.\n")
    return 1 if found else 0


def _approve(files: list[Path]) -> None:
    APPROVED.mkdir(exist_ok=True)
    FONTS.write_text(fonts_here(), "utf-8")
    for file in files:
        stem, scale = file.stem.rsplit("-", 1)
        if scale == "100":
            small(QImage(str(file))).save(str(approved_file(stem)), quality=_QUALITY)
    kept = sum(file.stat().st_size for file in APPROVED.glob("*.webp"))
    sys.stdout.write(f"Approved; {kept / 1000:.0f} KB are kept.\n")


def main() -> int:
    """See the module."""
    arguments = argparse.ArgumentParser(prog="python -m tests.screenshots")
    arguments.add_argument("folder", type=Path, metavar="FOLDER")
    arguments.add_argument("--compare", action="store_true", help="with the approved pictures")
    arguments.add_argument("--approve", action="store_true", help="make these the approved pictures")
    arguments.add_argument("--only", default="", help="scenes whose name holds this")
    arguments.add_argument("--scales", type=int, nargs="+", default=[100, 200], help="in per cent")
    arguments.add_argument("--take", type=int, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    if options.take:
        _take_pictures(folder, options.take, options.only)
        return 0
    for scale in options.scales:  # the scale is one of a process
        environment = {**os.environ, "QT_SCALE_FACTOR": f"{scale / 100:g}"}
        command = [sys.executable, "-m", "tests.screenshots", str(folder.absolute())]
        command += ["--take", str(scale), "--only", options.only]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    scales = {str(scale) for scale in options.scales}
    files = sorted(folder.glob("*.png"))
    files = [f for f in files if options.only in f.stem and f.stem.rsplit("-", 1)[1] in scales]
    sys.stdout.write(f"{len(files)} pictures in {folder}\n")
    _app = QApplication([])
    if options.approve:
        _approve(files)
    return _compare(folder, files) if options.compare else 0


if __name__ == "__main__":
    sys.exit(main())
