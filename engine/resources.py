"""The only locator of `resources/`: from a checkout, an installed wheel, or a frozen program."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.errors import EngineError


def resources_folder() -> Path:
    """The folder that holds boards, firmware sources, samples, themes and translations.

    Raises:
        EngineError: no such folder was found beside the program (a broken installation).
    """
    here = Path(__file__).resolve().parent
    candidates = [here / "_resources", here.parent / "resources"]
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        candidates.insert(0, Path(frozen) / "resources")
    for candidate in candidates:
        if (candidate / "boards").is_dir():
            return candidate
    raise EngineError("Thimble's own data files are missing.", hint="Install the program again.")


def resource(*parts: str) -> Path:
    """A file or folder inside `resources/`, for example `resource("boards", "stm32f407.toml")`."""
    return resources_folder().joinpath(*parts)
